# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table that holds the tiles of a compressed image."""

from __future__ import annotations

__all__ = ("TileTable",)

from typing import Any

import numpy as np

from ._errors import FitsError
from ._file import Hdu

_DESCRIPTORS = {"P": ">i4", "Q": ">i8"}
# Of the FITS standard.
_MAX_COLUMNS = 999
_FORMS = {"D": ">f8", "E": ">f4", "J": ">i4", "I": ">i2", "B": "u1", "K": ">i8"}


class TileTable:
    """The table that holds the tiles of an image."""

    def __init__(self, hdu: Hdu) -> None:
        header = hdu.header
        self._hdu = hdu
        hdu.checkSize()
        self.nRows = header.getInt("NAXIS2")
        layout: list[tuple[str, Any]] = []
        nColumns = header.getInt("TFIELDS")
        if not 0 <= nColumns <= _MAX_COLUMNS or not 0 <= self.nRows <= hdu.dataSize:
            raise FitsError(f"{hdu!r} has {nColumns} columns and {self.nRows} rows.")
        for i in range(1, nColumns + 1):
            form = str(header.get(f"TFORM{i}", "")).strip().lstrip("1")
            if form[:1] not in _DESCRIPTORS and form not in _FORMS:
                raise FitsError(f"{hdu!r}: column {i} of format {form!r} is none of a compressed image.")
            isArray = form[:1] in _DESCRIPTORS
            dtype = np.dtype((_DESCRIPTORS[form[0]], (2,))) if isArray else np.dtype(_FORMS[form])
            layout.append((str(header.get(f"TTYPE{i}")), dtype))
        if len(dict(layout)) < nColumns:
            raise FitsError(f"{hdu!r} has several columns of one name: {[name for name, _ in layout]}.")
        row = np.dtype(layout)
        width = header.getInt("NAXIS1")
        if row.itemsize != width or width * self.nRows > hdu.dataSize:
            raise FitsError(f"{hdu!r}: rows have {width} bytes, but the columns {row.itemsize}.")
        self._rows = np.frombuffer(hdu.read(0, width * self.nRows), row, self.nRows)
        self._heapStart = header.getInt("THEAP", width * self.nRows)

    def has(self, name: str) -> bool:
        return name in (self._rows.dtype.names or ())

    @property
    def isQuantized(self) -> bool:
        return self.has("ZSCALE") or "ZSCALE" in self._hdu.header

    def descriptors(self, name: str, tiles: np.ndarray) -> np.ndarray:
        """Number of elements and offset in the heap, shape (tiles, 2)."""
        if not self.has(name) or self._rows.dtype[name].shape != (2,):
            raise FitsError(f"{self._hdu!r} has no column {name} of arrays.")
        found = self._rows[name][tiles].astype(np.int64)
        if np.any(found < 0) or np.any(found > self._hdu.dataSize):
            raise FitsError(f"A tile of {self._hdu!r} lies outside of the table.")
        return found

    def codes(self, found: np.ndarray, itemSize: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Read the data of neighboring tiles at once.

        Parameters
        ----------
        found
            Descriptors of the tiles, from `descriptors`.
        itemSize
            Bytes of an element.

        Returns
        -------
        data
            Bytes that hold the data of all tiles.
        starts, stops
            Where those of each tile begin and end.
        """
        starts = self._heapStart + found[:, 1]
        stops = starts + found[:, 0] * itemSize
        first, last = int(starts.min()), int(stops.max())
        if first < 0 or last > self._hdu.dataSize:
            raise FitsError(f"A tile of {self._hdu!r} lies outside of the table.")
        data = np.empty(last - first, np.uint8)
        self._hdu.source.readInto(self._hdu.dataStart + first, data)
        return data, starts - first, stops - first

    def numbers(self, name: str, tiles: np.ndarray, default: float) -> np.ndarray:
        """Values of a column, or of the header card of that name."""
        if self.has(name):
            return self._scalars(name, tiles).astype(np.float64)
        return np.full(len(tiles), self._hdu.header.getFloat(name, default))

    def blanks(self, tiles: np.ndarray) -> np.ndarray | None:
        """Integers that stand for NaN."""
        if self.has("ZBLANK"):
            return self._scalars("ZBLANK", tiles).astype(np.int64)
        if "ZBLANK" in self._hdu.header:
            blank = self._hdu.header.getInt("ZBLANK")
            if abs(blank) > 2**31:
                raise FitsError(f"{self._hdu!r} has ZBLANK {blank}, which is no pixel of 32 bits.")
            return np.full(len(tiles), blank)
        return None

    def _scalars(self, name: str, tiles: np.ndarray) -> np.ndarray:
        found = self._rows[name]
        if found.ndim != 1:
            raise FitsError(f"{self._hdu!r} has arrays in column {name}.")
        return found[tiles]
