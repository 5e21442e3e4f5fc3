# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Decoding of tile-compressed images."""

from __future__ import annotations

__all__ = ("TiledImage",)

import io
import re
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from lsst.pixels import parallel_map

from ._cards import BLOCK, FitsError, formatCard
from ._file import Hdu
from ._gzip import inflate, unshuffle
from ._quantize import TileScaling, dequantize

_DESCRIPTORS = {"P": ">i4", "Q": ">i8"}
# Limit of the FITS standard.
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
                raise FitsError(f"{hdu!r}: column {i} of format {form!r} does not suit compressed images.")
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
        """Return numbers of elements and heap offsets, shape (tiles, 2)."""
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
            Where the data of each tile begin and end.
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
        """Return the values of a column, or of the card of that name."""
        if self.has(name):
            return self._scalars(name, tiles).astype(np.float64)
        return np.full(len(tiles), self._hdu.header.getFloat(name, default))

    def blanks(self, tiles: np.ndarray) -> np.ndarray | None:
        """Return the integers that stand for NaN."""
        if self.has("ZBLANK"):
            return self._scalars("ZBLANK", tiles).astype(np.int64)
        if "ZBLANK" in self._hdu.header:
            blank = self._hdu.header.getInt("ZBLANK")
            if abs(blank) > 2**31:
                raise FitsError(f"{self._hdu!r} has ZBLANK {blank}, which does not fit 32 bits.")
            return np.full(len(tiles), blank)
        return None

    def _scalars(self, name: str, tiles: np.ndarray) -> np.ndarray:
        found = self._rows[name]
        if found.ndim != 1:
            raise FitsError(f"{self._hdu!r} has arrays in column {name}.")
        return found[tiles]


# Number of pixels decoded at a time, small enough for the caches.
_CHUNK_PIXELS = 1 << 18
_MAX_INTEGER = 2**31 - 1
_MAX_PIXEL_BYTES = 8
# Upper limit of the pixels per byte of any algorithm.
_MAX_PIXELS_PER_BYTE = 2048


@dataclass(frozen=True)
class _Chunk:
    """Neighboring tiles of one row of tiles (or rows, if one tile wide)."""

    tiles: np.ndarray
    height: int
    width: int


class TiledImage:
    """A two-dimensional, tile-compressed image.

    GZIP and Rice codes are decoded here, on all threads; everything else is
    left to astropy.

    Parameters
    ----------
    hdu
        Binary table with the compressed image.
    shape
        Number of rows and columns of the image.
    dtype
        Type of its pixels before any scaling.

    Raises
    ------
    FitsError
        Raised if the table does not describe such an image.
    """

    def __init__(self, hdu: Hdu, shape: tuple[int, int], dtype: np.dtype) -> None:
        header = hdu.header
        self._hdu = hdu
        self._shape = shape
        self._dtype = dtype
        self._tile = (header.getInt("ZTILE2", 1), header.getInt("ZTILE1", shape[1]))
        if min(self._tile) < 1:
            raise FitsError(f"{hdu!r} has tiles of {self._tile} pixels.")
        if shape[0] * shape[1] > _MAX_PIXELS_PER_BYTE * hdu.dataSize:
            raise FitsError(f"{hdu!r} has {hdu.dataSize} bytes, too few for an image of {shape} pixels.")
        self._algorithm = str(header.get("ZCMPTYPE", ""))
        self._method = str(header.get("ZQUANTIZ", "NO_DITHER"))
        self._seed = 0 if self._method in ("NO_DITHER", "NONE") else header.getInt("ZDITHER0", 1)
        if abs(self._seed) > _MAX_INTEGER:
            raise FitsError(f"{hdu!r} has ZDITHER0 {self._seed}.")
        self._parameters = {
            header.get(f"ZNAME{i}"): header.getInt(f"ZVAL{i}")
            for i in range(1, 10)
            if header.get(f"ZNAME{i}") in ("BYTEPIX", "BLOCKSIZE")
        }

    @property
    def _isNative(self) -> bool:
        known = ("GZIP_1", "GZIP_2", "RICE_1", "RICE_ONE")
        columns = {
            "COMPRESSED_DATA",
            "GZIP_COMPRESSED_DATA",
            "UNCOMPRESSED_DATA",
            "ZSCALE",
            "ZZERO",
            "ZBLANK",
        }
        header = self._hdu.header
        names = {card.value for card in header.cards if re.match(r"TTYPE\d+\Z", card.key)}
        methods = ("NO_DITHER", "NONE", "SUBTRACTIVE_DITHER_1", "SUBTRACTIVE_DITHER_2")
        return self._algorithm in known and names <= columns and self._method in methods

    def read(self, x0: int, y0: int, x1: int, y1: int, *, double: bool = False) -> np.ndarray:
        """Decode the part of the image in columns x0...x1-1, rows y0...y1-1.

        Parameters
        ----------
        x0, y0, x1, y1
            Limits of the part.
        double
            Whether to return pixels that are scaled integers in double
            precision even if the image is of single precision.

        Returns
        -------
        pixels
            Array of native type, shape (y1 - y0, x1 - x0).
        """
        if not self._isNative:
            return self._readByAstropy(x0, y0, x1, y1)
        table = TileTable(self._hdu)
        isWider = double and self._dtype == np.float32 and table.isQuantized
        out = np.empty((y1 - y0, x1 - x0), np.float64 if isWider else self._dtype)
        nTiles = -(-self._shape[0] // self._tile[0]) * -(-self._shape[1] // self._tile[1])
        if table.nRows != nTiles:
            raise FitsError(f"{self._hdu!r} has {table.nRows} tiles, but should have {nTiles}.")

        def decode(chunk: _Chunk) -> None:
            if self._tile == (1, self._shape[1]):
                first = int(chunk.tiles[0]) - y0
                self._decode(table, chunk, slice(x0, x1), out[first : first + len(chunk.tiles)])
            else:
                n = chunk.height * chunk.width
                pixels = np.empty((len(chunk.tiles), n), out.dtype)
                self._decode(table, chunk, slice(0, n), pixels)
                self._paste(pixels, chunk, out, x0, y0)

        parallel_map(decode, self._chunks(x0, y0, x1, y1))
        return out

    def _chunks(self, x0: int, y0: int, x1: int, y1: int) -> list[_Chunk]:
        """Group the tiles that touch a box, with equal sizes in a group."""
        height, width = self._tile
        nAcross = -(-self._shape[1] // width)
        rows = np.arange(y0 // height, (y1 - 1) // height + 1)
        columns = np.arange(x0 // width, (x1 - 1) // width + 1)
        heights = np.minimum(height, self._shape[0] - rows * height)
        widths = np.minimum(width, self._shape[1] - columns * width)
        chunks = []
        # Only the last row and column of tiles may be smaller.
        for h in np.unique(heights)[::-1].tolist():
            for w in np.unique(widths)[::-1].tolist():
                tiles = np.add.outer(rows[heights == h] * nAcross, columns[widths == w]).ravel()
                step = max(1, _CHUNK_PIXELS // (h * w))
                chunks += [_Chunk(tiles[i : i + step], h, w) for i in range(0, len(tiles), step)]
        return chunks

    def _paste(self, pixels: np.ndarray, chunk: _Chunk, out: np.ndarray, x0: int, y0: int) -> None:
        """Copy the decoded tiles to where they belong in the box."""
        height, width = self._tile
        nAcross = -(-self._shape[1] // width)
        ny, nx = out.shape
        for tile, values in zip(chunk.tiles, pixels, strict=True):
            row, column = divmod(int(tile), nAcross)
            top, left = row * height - y0, column * width - x0
            ya, yb = max(top, 0), min(top + chunk.height, ny)
            xa, xb = max(left, 0), min(left + chunk.width, nx)
            block = values.reshape(chunk.height, chunk.width)
            out[ya:yb, xa:xb] = block[ya - top : yb - top, xa - left : xb - left]

    def _decode(self, table: TileTable, chunk: _Chunk, part: slice, out: np.ndarray) -> None:
        """Set ``out`` to part of the pixels of each tile."""
        quantized = self._dtype.kind == "f" and table.isQuantized
        codes = table.descriptors("COMPRESSED_DATA", chunk.tiles)
        n = chunk.height * chunk.width
        usual = codes[:, 0] > 0
        if usual.all():
            self._decodeUsual(table, chunk.tiles, codes, n, part, quantized, out)
            return
        if usual.any():
            pixels = np.empty((int(usual.sum()), out.shape[1]), out.dtype)
            self._decodeUsual(table, chunk.tiles[usual], codes[usual], n, part, quantized, pixels)
            out[usual] = pixels
        for i in np.flatnonzero(~usual):
            out[i] = self._decodeUnusual(table, int(chunk.tiles[i]), n)[part]
            if quantized:
                # Quantized planes have no infinite pixels.
                out[i][np.isinf(out[i])] = np.nan

    def _decodeUsual(
        self,
        table: TileTable,
        tiles: np.ndarray,
        codes: np.ndarray,
        n: int,
        part: slice,
        quantized: bool,
        out: np.ndarray,
    ) -> None:
        """Decode tiles of ``n`` pixels that are compressed as declared."""
        scaling = self._scaling(table, tiles) if quantized else None
        if self._algorithm.startswith("RICE"):
            self._decompressRice(table, codes, part.start, scaling, out)
            return
        shuffled = self._algorithm == "GZIP_2"
        if scaling is None:
            pixels = self._decompressGzip(table, codes, n, self._dtype, shuffled, part, out)
            if pixels is not out:
                out[...] = pixels
        else:
            integers = self._decompressGzip(table, codes, n, np.dtype("i4"), shuffled, slice(0, part.stop))
            dequantize(np.ascontiguousarray(integers, np.int32), part.start, scaling, out)

    def _decompressRice(
        self, table: TileTable, codes: np.ndarray, first: int, scaling: TileScaling | None, out: np.ndarray
    ) -> None:
        # Imported late: only Rice codes need the compiler.
        from ._rice import decodeRice

        pixelBytes = self._parameters.get("BYTEPIX", 4)
        blockSize = self._parameters.get("BLOCKSIZE", 32)
        if pixelBytes not in (1, 2, 4) or not 1 <= blockSize <= _MAX_INTEGER:
            raise FitsError(f"{self._hdu!r} has BYTEPIX {pixelBytes} and BLOCKSIZE {blockSize}.")
        if decodeRice(*table.codes(codes), pixelBytes, blockSize, first, out, scaling) >= 0:
            raise FitsError(f"A tile of {self._hdu!r} is corrupt.")

    def _decompressGzip(
        self,
        table: TileTable,
        codes: np.ndarray,
        n: int,
        dtype: np.dtype,
        shuffled: bool,
        part: slice,
        out: np.ndarray | None = None,
    ) -> np.ndarray:
        """Return part of each tile's pixels, of native type; in ``out`` if it
        is given and the pixels are stored as declared.
        """
        tiles = []
        data, starts, stops = table.codes(codes)
        for begin, end in zip(starts.tolist(), stops.tolist(), strict=True):
            try:
                tiles.append(inflate(data[begin:end], n * _MAX_PIXEL_BYTES))
            except ValueError as err:
                raise FitsError(f"A tile of {self._hdu!r} is corrupt: {err}") from err
            if len(tiles[-1]) != n * dtype.itemsize:
                return self._widen(table, codes, n, dtype, shuffled, part, len(tiles[-1]))
        raw = np.frombuffer(b"".join(tiles), np.uint8).reshape(len(tiles), -1)
        if not shuffled:
            return raw.view(dtype.newbyteorder(">"))[:, part].astype(dtype)
        if out is None or out.dtype != dtype:
            out = np.empty((len(codes), part.stop - part.start), dtype)
        unshuffle(raw, part.start, out)
        return out

    def _widen(
        self,
        table: TileTable,
        codes: np.ndarray,
        n: int,
        dtype: np.dtype,
        shuffled: bool,
        part: slice,
        found: int,
    ) -> np.ndarray:
        """Decode integers that were stored wider or narrower than declared."""
        size = found // n
        if dtype.kind == "f" or found % n or size not in (1, 2, 4, 8) or size == dtype.itemsize:
            raise FitsError(f"A tile of {self._hdu!r} has {found} bytes for {n} pixels of type {dtype}.")
        stored = np.dtype("u1") if size == 1 else np.dtype(f"i{size}")
        return self._decompressGzip(table, codes, n, stored, shuffled, part)

    def _decodeUnusual(self, table: TileTable, tile: int, n: int) -> np.ndarray:
        """Decode a tile that could not be compressed like the others."""
        tiles = np.array([tile])
        if table.has("GZIP_COMPRESSED_DATA"):
            codes = table.descriptors("GZIP_COMPRESSED_DATA", tiles)
            if codes[0, 0] > 0:
                return self._decompressGzip(table, codes, n, self._dtype, False, slice(0, n))[0]
        if table.has("UNCOMPRESSED_DATA"):
            codes = table.descriptors("UNCOMPRESSED_DATA", tiles)
            if codes[0, 0] == n:
                data, _, _ = table.codes(codes, self._dtype.itemsize)
                return data.view(self._dtype.newbyteorder(">"))
        raise FitsError(f"Tile {tile} of {self._hdu!r} has no data.")

    def _scaling(self, table: TileTable, tiles: np.ndarray) -> TileScaling:
        """Return the scaling of the integers of quantized tiles."""
        blanks = table.blanks(tiles)
        blank = None if blanks is None else int(blanks[0])
        if blanks is not None and np.any(blanks != blank):
            raise FitsError(f"{self._hdu!r} has tiles with different ZBLANK, which is not supported.")
        return TileScaling(
            tiles,
            table.numbers("ZSCALE", tiles, 1.0),
            table.numbers("ZZERO", tiles, 0.0),
            "NO_DITHER" if self._method == "NONE" else self._method,
            self._seed,
            blank,
        )

    def _readByAstropy(self, x0: int, y0: int, x1: int, y1: int) -> np.ndarray:
        from astropy.io import fits

        primary = formatCard("SIMPLE", True) + formatCard("BITPIX", 8) + formatCard("NAXIS", 0)
        raw = (primary + b"END".ljust(80)).ljust(BLOCK) + self._hdu.raw
        # Broken files make astropy raise exceptions of any type, and warn.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                with fits.open(io.BytesIO(raw), do_not_scale_image_data=True) as hdus:
                    return np.array(hdus[1].section[y0:y1, x0:x1], self._dtype)
            except Exception as err:
                raise FitsError(f"Cannot decompress {self._hdu!r}: {type(err).__name__}: {err}") from err
