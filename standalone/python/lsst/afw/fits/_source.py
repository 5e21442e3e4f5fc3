# This file is part of ip_diffim_template.
#
# Developed for the LSST Data Management System.
# This product includes software developed by the LSST Project
# (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution
# for the terms of the licence.
#
# This program is free software: you can redistribute it and/or modify
# it under the terms of the GNU General Public License as published by
# the Free Software Foundation, either version 3 of the License, or
# (at your option) any later version.
#
# This program is distributed in the hope that it will be useful,
# but WITHOUT ANY WARRANTY; without even the implied warranty of
# MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the
# GNU General Public License for more details.
#
# You should have received a copy of the GNU General Public License
# along with this program.  If not, see <https://www.gnu.org/licenses/>.

"""Where the bytes of a FITS file come from."""

from __future__ import annotations

import gzip
import mmap
import os
import weakref
import zlib
from typing import Any

import numpy as np

from ._errors import FitsError
from ._memFile import MemFileManager

__all__ = ["Source"]

_GZIP_MAGIC = b"\x1f\x8b"


class Source:
    """The bytes of a file.

    Those that are asked for by `readInto` are read; others are mapped. A file
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
        if isinstance(source, MemFileManager):
            self.name = "<memory>"
            self.buffer: Any = source.getData()
        else:
            self.name = os.fspath(source)
            self._open()
        if self.buffer[:6] != b"SIMPLE":
            raise FitsError(f"{self.name} is not a FITS file.")

    def _open(self) -> None:
        try:
            with open(self.name, "rb") as stream:
                if stream.read(2) == _GZIP_MAGIC:
                    stream.seek(0)
                    self.buffer = gzip.decompress(stream.read())
                    return
                if os.fstat(stream.fileno()).st_size == 0:
                    raise FitsError(f"{self.name} is empty.")
                self.buffer = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
                self._descriptor = os.dup(stream.fileno())
                weakref.finalize(self, os.close, self._descriptor)
        except FitsError:
            raise
        except (OSError, EOFError, zlib.error) as err:
            raise FitsError(f"Cannot open {self.name}: {err}") from err

    def readInto(self, position: int, out: np.ndarray) -> None:
        """Copy bytes from a position of the file into a contiguous array.

        This neither maps the file nor holds the interpreter lock.

        Raises
        ------
        FitsError
            Raised if the file ends too early, or cannot be read.
        """
        target = out.reshape(-1).view(np.uint8).data
        if self._descriptor is None:
            source = memoryview(self.buffer)[position : position + len(target)]
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
