# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sources of the bytes of FITS files."""

from __future__ import annotations

__all__ = ("Source",)

import gzip
import os
import weakref
import zlib
from typing import TYPE_CHECKING

import numpy as np

from ._errors import FitsError

if TYPE_CHECKING:
    from ._memFile import MemFileManager

_MAGIC = b"SIMPLE"
_GZIP_MAGIC = b"\x1f\x8b"


class Source:
    """The bytes of a file.

    They are read lazily and never mapped: a file that is cut
    while it is read then gives an error instead of ending the process. A file
    that is compressed as a whole (``.gz``) is held in memory.

    Parameters
    ----------
    source
        Path, or an in-memory file.

    Raises
    ------
    FitsError
        Raised if the file cannot be opened or is no FITS file.
    """

    def __init__(self, source: str | os.PathLike[str] | MemFileManager) -> None:
        self._descriptor: int | None = None
        self._held = b""
        if isinstance(source, str | os.PathLike):
            self.name = os.fspath(source)
            self._open()
        else:
            self.name = "<memory>"
            self._held = source.getData()
        self.size = os.fstat(self._descriptor).st_size if self._descriptor is not None else len(self._held)
        """Number of bytes when the file was opened."""
        if self.size < len(_MAGIC) or self.read(0, len(_MAGIC)) != _MAGIC:
            raise FitsError(f"{self.name} is not a FITS file.")

    def _open(self) -> None:
        try:
            with open(self.name, "rb") as stream:
                if stream.read(2) == _GZIP_MAGIC:
                    stream.seek(0)
                    self._held = gzip.decompress(stream.read())
                    return
                if os.fstat(stream.fileno()).st_size == 0:
                    raise FitsError(f"{self.name} is empty.")
                self._descriptor = os.dup(stream.fileno())
                weakref.finalize(self, os.close, self._descriptor)
        except FitsError:
            raise
        except (OSError, EOFError, zlib.error) as err:
            raise FitsError(f"Cannot open {self.name}: {err}") from err

    def read(self, start: int, stop: int) -> bytes:
        """Return the bytes from one position to another.

        Raises
        ------
        FitsError
            Raised if the file ends too early, or cannot be read.
        """
        if self._descriptor is None and stop <= self.size:
            return self._held[start:stop]
        if stop > self.size:
            raise FitsError(f"{self.name} is truncated: it ends before byte {stop}.")
        out = np.empty(stop - start, np.uint8)
        self.readInto(start, out)
        return out.tobytes()

    def readInto(self, position: int, out: np.ndarray) -> None:
        """Copy bytes from a position of the file into a contiguous array.

        This does not hold the interpreter lock.

        Raises
        ------
        FitsError
            Raised if the file ends too early, or cannot be read.
        """
        target = out.reshape(-1).view(np.uint8).data
        if self._descriptor is None:
            source = memoryview(self._held)[position : position + len(target)]
            done = len(source)
            target[:done] = source
        else:
            done = 0
            while done < len(target):
                try:
                    count = os.preadv(self._descriptor, [target[done:]], position + done)
                except OSError as err:
                    raise FitsError(f"Cannot read {self.name}: {err}") from err
                if count == 0:
                    break
                done += count
        if done < len(target):
            raise FitsError(f"{self.name} is truncated: it ends before byte {position + len(target)}.")
