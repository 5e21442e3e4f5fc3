# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading of FITS files: bytes, headers and the location of data."""

from __future__ import annotations

__all__ = (
    "FitsFile",
    "Hdu",
    "Header",
    "Source",
)

import functools
import gzip
import math
import os
import weakref
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

from ._cards import BLOCK, CARD, Card, CardValue, FitsError, parseCards

if TYPE_CHECKING:
    from ._pickleFits import MemFileManager

_MAGIC = b"SIMPLE"
_GZIP_MAGIC = b"\x1f\x8b"


class Source:
    """The bytes of a file.

    They are read lazily and never mapped: a file truncated
    during a read then raises an error instead of crashing the process. A file
    that is compressed as a whole (``.gz``) is held in memory.

    Parameters
    ----------
    source
        Path, or an in-memory file.

    Raises
    ------
    FitsError
        Raised if the file cannot be opened or is not a FITS file.
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


# The cards that give the size of an HDU come first in its header.
_STRUCTURE_BYTES = 40 * CARD
# Number of bytes of a header to read at first.
_HEADER_BYTES = 4 * BLOCK
_END = b"END" + b" " * 77


def _findCard(cards: bytes, card: bytes, start: int) -> int:
    """Return the position of a record, or -1."""
    position = cards.find(card, start)
    while position % CARD and position >= 0:
        position = cards.find(card, position + 1)
    return position


class Header:
    """The cards of one header.

    Parameters
    ----------
    cards
        Cards in file order.
    """

    def __init__(self, cards: list[Card]) -> None:
        self.cards = cards

    @functools.cached_property
    def _byKey(self) -> dict[str, CardValue]:
        return {card.key: card.value for card in self.cards}

    def get(self, key: str, default: Any = None) -> Any:
        """Return the value of a keyword (the last one if it is repeated)."""
        return self._byKey.get(key, default)

    def getInt(self, key: str, default: int | None = None) -> int:
        """Return the value of a keyword that must be an integer.

        Raises
        ------
        FitsError
            Raised if it is not an integer, or is missing without a default.
        """
        value = self._byKey.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int):
            raise FitsError(f"Header card {key} should be an integer, but is {value!r}.")
        return value

    def getFloat(self, key: str, default: float) -> float:
        """Return the value of a keyword that must be a finite number.

        Raises
        ------
        FitsError
            Raised if the value is not such a number.
        """
        value = self._byKey.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < math.inf:
            raise FitsError(f"Header card {key} should be a number, but is {value!r}.")
        return float(value)

    def __contains__(self, key: str) -> bool:
        return key in self._byKey


class Hdu:
    """One header and data unit of a file.

    Parameters
    ----------
    source
        File that the HDU belongs to.
    index
        0-based position in the file.
    start
        Offset of the header in bytes.
    """

    def __init__(self, source: Source, index: int, start: int) -> None:
        self.source = source
        self.index = index
        self._start = start
        self.dataStart = self._findEnd()
        structure = self._parseStructure()
        self.dataSize = self._computeSize(structure)
        self.end = self.dataStart + -(-self.dataSize // BLOCK) * BLOCK

    def __repr__(self) -> str:
        return f"HDU {self.index} of {self.source.name}"

    def _findEnd(self) -> int:
        """Read the header up to its END card; return where the data begin."""
        cards = b""
        position = -1
        while position < 0:
            start = self._start + len(cards)
            stop = min(start + max(_HEADER_BYTES, len(cards)), self.source.size)
            if start >= stop:
                raise FitsError(f"The header of HDU {self.index} of {self.source.name} has no END card.")
            searched = max(0, len(cards) - CARD)
            cards += self.source.read(start, stop)
            position = _findCard(cards, _END, searched)
        self._cards = cards[:position]
        return self._start + -(-(position + CARD) // BLOCK) * BLOCK

    def _parseStructure(self) -> Header:
        return Header(parseCards(self._cards[:_STRUCTURE_BYTES]))

    def _computeSize(self, header: Header) -> int:
        first = header.cards[0].key if header.cards else ""
        if first != ("SIMPLE" if self.index == 0 else "XTENSION"):
            raise FitsError(
                f"HDU {self.index} of {self.source.name} begins with {first!r}; this is not a FITS file."
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
        return Header(parseCards(self._cards))

    @property
    def raw(self) -> bytes:
        """The bytes of header and data, padded."""
        return self.source.read(self._start, min(self.end, self.source.size))

    def readRows(self, start: int, stride: int, out: np.ndarray) -> None:
        """Copy bytes of the data unit into the rows of an array.

        Parameters
        ----------
        start
            Position of the first row in the data (bytes).
        stride
            Distance between rows (bytes).
        out
            Two-dimensional array to fill.

        Raises
        ------
        FitsError
            Raised if the file ends before the data do.
        """
        position = self.dataStart + start
        if out.strides[0] == stride and out.flags.c_contiguous:
            self.source.readInto(position, out)
            return
        for row in out:
            self.source.readInto(position, row)
            position += stride

    def checkSize(self) -> None:
        """Check that the file does not end before the data do.

        Raises
        ------
        FitsError
            Raised if the file ends too early.
        """
        missing = self.dataStart + self.dataSize - self.source.size
        if missing > 0:
            raise FitsError(f"{self!r} is truncated: {missing} of {self.dataSize} data bytes are missing.")

    def read(self, start: int, stop: int) -> bytes:
        """Return bytes of the data unit.

        Raises
        ------
        FitsError
            Raised if the file ends before them.
        """
        return self.source.read(self.dataStart + start, self.dataStart + stop)


class FitsFile:
    """A FITS file opened for reading; headers are read lazily.

    Parameters
    ----------
    source
        Path, or an in-memory file.

    Raises
    ------
    FitsError
        Raised if the file cannot be opened or is not a FITS file.
    """

    def __init__(self, source: str | os.PathLike[str] | MemFileManager) -> None:
        self._source = Source(source)
        self._hdus: list[Hdu] = []

    @property
    def name(self) -> str:
        return self._source.name

    def read(self, start: int, stop: int) -> bytes:
        """Return the bytes of the file from one position to another."""
        return self._source.read(start, stop)

    def find(self, index: int) -> Hdu | None:
        """Return the HDU at a 0-based position, or `None` past the end."""
        while len(self._hdus) <= index:
            start = self._hdus[-1].end if self._hdus else 0
            stop = min(start + BLOCK, self._source.size)
            if start >= stop or not self.read(start, stop).strip(b"\0 "):
                return None
            self._hdus.append(Hdu(self._source, len(self._hdus), start))
        return self._hdus[index]

    def hdu(self, index: int) -> Hdu:
        """Return the HDU at a 0-based position.

        Raises
        ------
        FitsError
            Raised if there is no such HDU.
        """
        found = self.find(index) if index >= 0 else None
        if found is None:
            raise FitsError(f"{self.name} has no HDU {index}.")
        return found

    def count(self) -> int:
        """Return the number of HDUs."""
        while self.find(len(self._hdus)) is not None:
            continue
        return len(self._hdus)
