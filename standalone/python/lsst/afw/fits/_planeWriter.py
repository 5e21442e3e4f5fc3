# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Composition of the HDUs of image planes, tile-compressed or not."""

from __future__ import annotations

__all__ = (
    "LINEAR_WCS_KEYS",
    "linearWcsCards",
    "planeHdu",
    "planeOptions",
)

import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from lsst.geom import Point2I
from lsst.pixels import parallel_map

from ._cards import BLOCK, CardValue, FitsError, formatCard
from ._compression import CompressionAlgorithm, CompressionOptions, QuantizationOptions
from ._gzip import deflate, shuffle
from ._metadata import BASIC_WCS_KEYS, linearWcs
from ._output import composeHdu
from ._quantize import BLANK, imageScale, quantize, tileScale

_RICE_BLOCK = 32
_CHUNK_PIXELS = 1 << 18
_MAX_SEED = 10000
_LOSSLESS = CompressionOptions()


@dataclass
class _Tile:
    code: bytes = b""
    raw: bytes = b""
    scale: float = 0.0
    zero: float = 0.0


def _compressPlane(
    array: np.ndarray, bitpix: int, options: CompressionOptions, masked: np.ndarray | None
) -> tuple[list[tuple[str, CardValue, str]], list[bytes], float | None]:
    """Compress an image.

    Parameters
    ----------
    array
        Pixels as they are stored (signed integers, bytes, or floats), shape
        (height, width).
    bitpix
        FITS code of the pixel type.
    options
        Compression options.
    masked
        Pixels to ignore when choosing the quantization.

    Returns
    -------
    cards
        Cards that describe the compression (keyword, value, comment).
    data
        Parts of the table and its heap, in order.
    scale
        Step between integers, if one was used for the whole image.

    Raises
    ------
    FitsError
        Raised if the options do not suit the type of the pixels.
    """
    quantization = options.quantization
    isFloat = array.dtype.kind == "f"
    if quantization is not None and not isFloat:
        raise FitsError(f"Pixels of type {array.dtype} cannot be quantized; they are integers already.")
    if isFloat and quantization is None and options.algorithm == CompressionAlgorithm.RICE_1:
        raise FitsError("RICE_1 compression of floating-point pixels needs quantization.")
    if options.algorithm == CompressionAlgorithm.RICE_1 and array.dtype.itemsize == 8 and not isFloat:
        raise FitsError("RICE_1 compression does not do 64-bit integers.")
    scale = None
    if quantization is not None:
        scale = imageScale(array, masked, quantization)
        if scale == 0.0:
            # All pixels are equal: quantizing them gains nothing.
            options, quantization, scale = _LOSSLESS, None, None
    height = options.tile_height or array.shape[0]
    width = options.tile_width or array.shape[1]
    shape = (min(height, array.shape[0]) or 1, min(width, array.shape[1]) or 1)
    writer = _Writer(array, shape, options.algorithm, quantization, scale)
    return *writer.compose(bitpix), scale


class _Writer:
    def __init__(
        self,
        array: np.ndarray,
        shape: tuple[int, int],
        algorithm: CompressionAlgorithm,
        quantization: QuantizationOptions | None,
        scale: float | None,
    ) -> None:
        self._array = array
        self._shape = shape
        self._algorithm = algorithm
        self._quantization = quantization
        self._scale = scale
        self._seed = _chooseSeed(array, quantization)

    def _compressTiles(self) -> list[_Tile]:
        (height, width), pixels = self._shape, self._array.shape
        count = -(-pixels[0] // height) * -(-pixels[1] // width)
        step = max(1, _CHUNK_PIXELS // (height * width))
        numbers = [range(i, min(i + step, count)) for i in range(0, count, step)]
        return [tile for part in parallel_map(self._compress, numbers) for tile in part]

    def _compress(self, numbers: range) -> list[_Tile]:
        """Compress successive tiles."""
        if self._quantization is not None:
            return [self._quantize(i, self._cut(i)) for i in numbers]
        if self._shape == (1, self._array.shape[1]):
            return [_Tile(code) for code in self._encode(self._array[numbers.start : numbers.stop])]
        return [_Tile(self._encode(self._cut(i).reshape(1, -1))[0]) for i in numbers]

    def _cut(self, number: int) -> np.ndarray:
        """Cut a tile out of the image."""
        height, width = self._shape
        row, column = divmod(number, -(-self._array.shape[1] // width))
        return self._array[row * height : (row + 1) * height, column * width : (column + 1) * width]

    def _quantize(self, number: int, block: np.ndarray) -> _Tile:
        assert self._quantization is not None
        scale = self._scale
        if scale is None:
            scale = tileScale(block, self._quantization.level)
        if scale > 0:
            method = self._quantization.dither.name
            pixels, zero = quantize(
                np.ascontiguousarray(block).reshape(-1), scale, method, self._seed, number
            )
            if np.isfinite(zero):
                return _Tile(self._encode(pixels.reshape(1, -1))[0], scale=scale, zero=zero)
        return _Tile(raw=deflate(block.astype(block.dtype.newbyteorder(">")).tobytes()))

    def _encode(self, pixels: np.ndarray) -> list[bytes]:
        """Return the codes of tiles, given as the rows of an array."""
        if self._algorithm == CompressionAlgorithm.RICE_1:
            from ._rice import encodeRice

            return [encodeRice(tile, _RICE_BLOCK) for tile in pixels.astype(np.int32)]
        if self._algorithm == CompressionAlgorithm.GZIP_2:
            return [deflate(tile) for tile in shuffle(pixels)]
        return [deflate(tile) for tile in pixels.astype(pixels.dtype.newbyteorder(">")).view(np.uint8)]

    def compose(self, bitpix: int) -> tuple[list[tuple[str, CardValue, str]], list[bytes]]:
        """Return the cards and data of the table."""
        tiles = self._compressTiles()
        longest = max((len(t.code) for t in tiles), default=0)
        longestRaw = max((len(t.raw) for t in tiles), default=0)
        total = sum(len(t.code) + len(t.raw) for t in tiles)
        letter, integer = ("P", ">i4") if total < 2**31 else ("Q", ">i8")
        columns: list[tuple[str, str, Any]] = [
            ("COMPRESSED_DATA", f"1{letter}B({longest})", np.dtype((integer, (2,))))
        ]
        if longestRaw:
            columns.append(("GZIP_COMPRESSED_DATA", f"1{letter}B({longestRaw})", np.dtype((integer, (2,)))))
        if self._quantization is not None:
            columns += [("ZSCALE", "1D", np.dtype(">f8")), ("ZZERO", "1D", np.dtype(">f8"))]
        table = np.zeros(len(tiles), [(name, dtype) for name, _, dtype in columns])
        lengths = np.array([len(tile.code or tile.raw) for tile in tiles], np.int64)
        places = np.stack([lengths, np.cumsum(lengths) - lengths], axis=-1)
        usual = np.array([bool(tile.code) for tile in tiles], bool)
        table["COMPRESSED_DATA"][usual] = places[usual]
        if longestRaw:
            table["GZIP_COMPRESSED_DATA"][~usual] = places[~usual]
        if self._quantization is not None:
            table["ZSCALE"] = [tile.scale for tile in tiles]
            table["ZZERO"] = [tile.zero for tile in tiles]
        cards: list[tuple[str, CardValue, str]] = [
            ("XTENSION", "BINTABLE", "binary table extension"),
            ("BITPIX", 8, "8-bit bytes"),
            ("NAXIS", 2, "2-dimensional binary table"),
            ("NAXIS1", table.dtype.itemsize, "width of table in bytes"),
            ("NAXIS2", len(table), "number of rows in table"),
            ("PCOUNT", total, "size of special data area"),
            ("GCOUNT", 1, "one data group (required keyword)"),
            ("TFIELDS", len(columns), "number of fields in each row"),
        ]
        for number, (name, form, _) in enumerate(columns, 1):
            cards += [(f"TTYPE{number}", name, ""), (f"TFORM{number}", form, "")]
        return cards + self._describe(bitpix), [table.tobytes(), *(tile.code or tile.raw for tile in tiles)]

    def _describe(self, bitpix: int) -> list[tuple[str, CardValue, str]]:
        cards: list[tuple[str, CardValue, str]] = [
            ("ZIMAGE", True, "extension contains compressed image"),
            ("ZBITPIX", bitpix, "data type of original image"),
            ("ZNAXIS", 2, "dimension of original image"),
            ("ZNAXIS1", self._array.shape[1], "length of original image axis"),
            ("ZNAXIS2", self._array.shape[0], "length of original image axis"),
            ("ZTILE1", self._shape[1], "size of tiles to be compressed"),
            ("ZTILE2", self._shape[0], "size of tiles to be compressed"),
        ]
        if self._quantization is not None:
            cards.append(("ZQUANTIZ", self._quantization.dither.name, "Pixel Quantization Algorithm"))
            if self._quantization.dither.value:
                cards.append(("ZDITHER0", self._seed, "dithering offset when quantizing floats"))
        elif self._array.dtype.kind == "f":
            cards.append(("ZQUANTIZ", "NONE", "Lossless compression without quantization"))
        cards.append(("ZCMPTYPE", self._algorithm.name, "compression algorithm"))
        if self._quantization is not None:
            cards.append(("ZBLANK", BLANK, "null value in the compressed integer array"))
        if self._algorithm == CompressionAlgorithm.RICE_1:
            cards += [
                ("ZNAME1", "BLOCKSIZE", "compression block size"),
                ("ZVAL1", _RICE_BLOCK, "pixels per block"),
                ("ZNAME2", "BYTEPIX", "bytes per pixel (1, 2, 4, or 8)"),
                ("ZVAL2", 4, "bytes per pixel (1, 2, 4, or 8)"),
            ]
        return cards


def _chooseSeed(array: np.ndarray, quantization: QuantizationOptions | None) -> int:
    if quantization is None:
        return 0
    if not 0 <= quantization.seed <= _MAX_SEED:
        raise ValueError(f"Seed {quantization.seed} of the dithering is not in 0...{_MAX_SEED}.")
    return quantization.seed or 1 + zlib.crc32(array[:1].tobytes()) % _MAX_SEED


LINEAR_WCS_KEYS = tuple(key + "A" for key in BASIC_WCS_KEYS)
"""Cards of the WCS "A", which holds the position of the first pixel."""

# Type of pixels -> BITPIX, and type and offset of what is stored.
_KINDS: dict[str, tuple[int, str, int]] = {
    "u1": (8, "u1", 0),
    "i2": (16, "i2", 0),
    "u2": (16, "i2", 2**15),
    "i4": (32, "i4", 0),
    "i8": (64, "i8", 0),
    "u8": (64, "i8", 2**63),
    "f4": (-32, "f4", 0),
    "f8": (-64, "f8", 0),
}
_CHUNK_BYTES = 1 << 22


def planeOptions(options: Mapping[str, Any] | None, plane: str) -> CompressionOptions | None:
    """Return the compression options of a plane, parsing a mapping."""
    chosen = None if options is None else options.get(plane)
    return CompressionOptions.from_mapping(chosen) if isinstance(chosen, Mapping) else chosen


def linearWcsCards(xy0: Point2I) -> list[bytes]:
    """Return the cards of the WCS "A", which records the first pixel."""
    return [formatCard(*entry) for entry in linearWcs("A", xy0)]


def planeHdu(
    array: np.ndarray,
    records: Iterable[bytes],
    options: CompressionOptions | None = None,
    masked: np.ndarray | None = None,
) -> Iterator[bytes]:
    """Compose the HDU of an image, part by part.

    Parameters
    ----------
    array
        Pixels, shape (height, width).
    records
        Header records other than those about pixel storage.
    options
        Compression; none by default.
    masked
        Pixels to ignore when choosing the quantization.

    Yields
    ------
    part
        Successive bytes of the HDU.
    """
    code = f"{array.dtype.kind}{array.dtype.itemsize}"
    if code not in _KINDS:
        raise TypeError(f"Pixels of type {array.dtype} cannot be written to a FITS file.")
    bitpix, storedType, offset = _KINDS[code]
    scaling: list[tuple[str, CardValue, str]] = []
    if offset:
        scaling = [("BZERO", offset, "offset of unsigned integers"), ("BSCALE", 1, "")]
    if options is None:
        cards: list[tuple[str, CardValue, str]] = [
            ("XTENSION", "IMAGE", "IMAGE extension"),
            ("BITPIX", bitpix, "number of bits per data pixel"),
            ("NAXIS", 2, "number of data axes"),
            ("NAXIS1", array.shape[1], "length of data axis 1"),
            ("NAXIS2", array.shape[0], "length of data axis 2"),
            ("PCOUNT", 0, "required keyword; must = 0"),
            ("GCOUNT", 1, "required keyword; must = 1"),
        ]
        yield composeHdu([*cards, *scaling], records=records)
        yield from _plainData(array, storedType, offset)
        return
    stored = _toStored(array, storedType, offset)
    tableCards, data, scale = _compressPlane(stored, bitpix, options, masked)
    records = list(records)
    if scale is not None:
        records.append(formatCard("UZSCALE", scale))
    yield composeHdu([*tableCards, *scaling], records=records)
    yield from data
    yield bytes(-sum(map(len, data)) % BLOCK)


def _toStored(array: np.ndarray, storedType: str, offset: int) -> np.ndarray:
    """Return pixels as stored; unsigned ones have the sign bit flipped."""
    if not offset:
        return array
    return (array ^ array.dtype.type(offset)).view(storedType)


def _plainData(array: np.ndarray, storedType: str, offset: int) -> Iterator[bytes]:
    step = max(1, _CHUNK_BYTES // max(1, array.shape[1] * array.dtype.itemsize))
    for start in range(0, array.shape[0], step):
        stored = _toStored(array[start : start + step], storedType, offset)
        yield stored.astype(stored.dtype.newbyteorder(">")).tobytes()
    yield bytes(-array.size * array.dtype.itemsize % BLOCK)
