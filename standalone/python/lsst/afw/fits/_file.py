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
"""Reading the structure of FITS files: headers and where the data are."""

from __future__ import annotations

import functools
import gzip
import mmap
import os
import weakref
import zlib
from typing import Any

import numpy as np

from ._cards import BLOCK, CARD, Card, CardValue, parseCards
from ._errors import FitsError
from ._memFile import MemFileManager

__all__ = ["FitsFile", "Hdu", "Header"]

# The cards that say how large an HDU is come first in its header.
_STRUCTURE_BYTES = 40 * CARD
_GZIP_MAGIC = b"\x1f\x8b"
_END = b"END" + b" " * 77


class Header:
    """The cards of one header.

    Parameters
    ----------
    cards
        Cards in the order of the file.
    """

    def __init__(self, cards: list[Card]) -> None:
        self.cards = cards

    @functools.cached_property
    def _byKey(self) -> dict[str, CardValue]:
        return {card.key: card.value for card in self.cards}

    def get(self, key: str, default: Any = None) -> Any:
        """Value of a keyword (the last one if it is repeated)."""
        return self._byKey.get(key, default)

    def getInt(self, key: str, default: int | None = None) -> int:
        """Value of a keyword that must be an integer.

        Raises
        ------
        FitsError
            Raised if it is missing and there is no default, or no integer.
        """
        value = self._byKey.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int):
            raise FitsError(f"Header card {key} should be an integer, but is {value!r}.")
        return value

    def __contains__(self, key: str) -> bool:
        return key in self._byKey


class Hdu:
    """One header and data unit of a file.

    Parameters
    ----------
    file
        File it belongs to.
    index
        0-based position in the file.
    start
        Offset of the header in bytes.
    """

    def __init__(self, file: FitsFile, index: int, start: int) -> None:
        self.file = file
        self.index = index
        self._start = start
        self.dataStart = self._findEnd()
        structure = self._parseStructure()
        self.dataSize = self._computeSize(structure)
        self.end = self.dataStart + -(-self.dataSize // BLOCK) * BLOCK

    def __repr__(self) -> str:
        return f"HDU {self.index} of {self.file.name}"

    def _findEnd(self) -> int:
        buffer = self.file.buffer
        position = self._start
        while True:
            position = buffer.find(_END, position)
            if position < 0:
                raise FitsError(f"The header of HDU {self.index} of {self.file.name} has no END card.")
            if (position - self._start) % CARD == 0:
                break
            position += 1
        end = self._start + -(-(position + CARD - self._start) // BLOCK) * BLOCK
        self._cardsEnd = position
        return end

    def _parseStructure(self) -> Header:
        stop = min(self._cardsEnd, self._start + _STRUCTURE_BYTES)
        return Header(parseCards(self.file.buffer[self._start : stop]))

    def _computeSize(self, header: Header) -> int:
        first = header.cards[0].key if header.cards else ""
        if first != ("SIMPLE" if self.index == 0 else "XTENSION"):
            raise FitsError(
                f"HDU {self.index} of {self.file.name} begins with {first!r}; this is no FITS file."
            )
        nAxes = header.getInt("NAXIS")
        if nAxes == 0:
            return 0
        size = abs(header.getInt("BITPIX")) // 8 * header.getInt("GCOUNT", 1)
        count = 1
        for axis in range(1, nAxes + 1):
            count *= header.getInt(f"NAXIS{axis}")
        total = size * (count + header.getInt("PCOUNT", 0))
        if total < 0:
            raise FitsError(f"{self!r} has a negative size.")
        return total

    @functools.cached_property
    def header(self) -> Header:
        return Header(parseCards(self.file.buffer[self._start : self._cardsEnd]))

    @property
    def raw(self) -> bytes:
        """The bytes of header and data, padded."""
        return bytes(self.file.buffer[self._start : self.end])

    def readRows(self, start: int, stride: int, out: np.ndarray) -> None:
        """Copy bytes of the data unit into the rows of an array.

        Parameters
        ----------
        start
            Position of the first row in the data (bytes).
        stride
            Distance between rows (bytes).
        out
            Array to be filled, of two dimensions.

        Raises
        ------
        FitsError
            Raised if the file ends before the data do.
        """
        position = self.dataStart + start
        if out.strides[0] == stride and out.flags.c_contiguous:
            self.file.readInto(position, out)
            return
        for row in out:
            self.file.readInto(position, row)
            position += stride

    def checkSize(self) -> None:
        """Check that the file does not end before the data do.

        Raises
        ------
        FitsError
            Raised if it does.
        """
        missing = self.dataStart + self.dataSize - len(self.file.buffer)
        if missing > 0:
            raise FitsError(f"{self!r} is truncated: {missing} of {self.dataSize} data bytes are missing.")

    @property
    def data(self) -> memoryview:
        """The bytes of the data unit, not copied.

        Raises
        ------
        FitsError
            Raised if the file ends before the data do.
        """
        self.checkSize()
        return memoryview(self.file.buffer)[self.dataStart : self.dataStart + self.dataSize]


class FitsFile:
    """A FITS file opened for reading; headers are found when asked for.

    Headers and tables are mapped into memory. A file that is compressed as a
    whole (``.gz``) is held there.

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
        self._hdus: list[Hdu] = []

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

    def find(self, index: int) -> Hdu | None:
        """HDU at a 0-based position, or `None` behind the last one."""
        while len(self._hdus) <= index:
            start = self._hdus[-1].end if self._hdus else 0
            if start >= len(self.buffer) or not bytes(self.buffer[start : start + BLOCK]).strip(b"\0 "):
                return None
            self._hdus.append(Hdu(self, len(self._hdus), start))
        return self._hdus[index]

    def hdu(self, index: int) -> Hdu:
        """HDU at a 0-based position.

        Raises
        ------
        FitsError
            Raised if there is none.
        """
        found = self.find(index) if index >= 0 else None
        if found is None:
            raise FitsError(f"{self.name} has no HDU {index}.")
        return found

    def count(self) -> int:
        """Number of HDUs."""
        while self.find(len(self._hdus)) is not None:
            continue
        return len(self._hdus)
