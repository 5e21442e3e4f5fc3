# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Rice code of FITS tiled images.

Source: Pence, Seaman & White (2009), PASP 121, 414, and section 10.4.1 of the
FITS Standard 4.0. Pixels are coded in blocks by their differences; each block
states how many low bits of a difference are stored as they are, the rest being
in unary.
"""

from __future__ import annotations

__all__ = (
    "decodeRice",
    "encodeRice",
)

import sys
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numba.np.arrayobj import make_array

from lsst.pixels import compiled

from ._quantize import TileScaling, dequantizeTile

# By bytes per pixel: bits of the split parameter, and the mark of raw pixels.
_SPLIT_BITS = (0, 3, 4, 0, 5)
_RAW_MARK = (0, 6, 14, 0, 25)

# Bits of a 64-bit window that are valid wherever in a byte it starts.
_VALID_BITS = 57
# Largest split at which four codes are decoded from one window: beyond it
# they rarely fit.
_MAX_SPLIT_OF_FOUR = 10


@intrinsic
def _loadBigEndian(typingctx: Any, data: Any, index: Any) -> Any:
    """Load eight bytes from an index, the first one as the highest."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        array = make_array(signature.args[0])(context, builder, args[0])
        pointer = builder.bitcast(builder.gep(array.data, [args[1]]), ir.IntType(64).as_pointer())
        word = builder.load(pointer, align=1)
        return word if sys.byteorder == "big" else builder.bswap(word)

    return types.uint64(data, index), generate


@intrinsic
def _countLeadingZeros(typingctx: Any, value: Any) -> Any:
    """Return the number of leading zero bits; 64 if no bit is set."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.ctlz(args[0], ir.Constant(ir.IntType(1), 0))

    return types.uint64(types.uint64), generate


@compiled(exact=True)
def _window(data, position):  # type: ignore[no-untyped-def]
    """Return at least 57 bits from a bit position on, the first highest.

    Zeros follow the end of the data.
    """
    index = position >> 3
    if index + 8 <= data.size:
        word = _loadBigEndian(data, index)
    else:
        word = np.uint64(0)
        for i in range(index, index + 8):
            byte = np.uint64(data[i]) if i < data.size else np.uint64(0)
            word = (word << np.uint64(8)) | byte
    return word << np.uint64(position & 7)


@compiled(exact=True)
def _top(window, width):  # type: ignore[no-untyped-def]
    """Return the top ``width`` bits of a window; ``width`` may be 0."""
    return (window >> np.uint64(1)) >> np.uint64(63 - width)


@compiled(exact=True)
def _decodeOne(data, position, stop, split):  # type: ignore[no-untyped-def]
    """Decode one code of any length; return it and the position after it.

    The latter is beyond ``stop`` if the code is truncated.
    """
    zeros = 0
    while True:
        window = _window(data, position)
        run = np.int64(_countLeadingZeros(window))
        if run < _VALID_BITS:
            break
        zeros += _VALID_BITS
        position += _VALID_BITS
        if position > stop:
            return np.int64(0), position
    zeros += run
    position += run + 1
    low = np.int64(_top(_window(data, position), split))
    return (np.int64(zeros) << split) | low, position + split


@compiled(exact=True)
def _difference(code):  # type: ignore[no-untyped-def]
    """Return the difference of two pixels that a code stands for."""
    code = np.int64(code)
    return (code >> 1) ^ -(code & 1)


@compiled(exact=True)
def _decodeTile(data, start, stop, code, out):  # type: ignore[no-untyped-def]
    """Decode one tile; return whether the data are complete.

    Everything done to most pixels is in one function, since passing arrays
    between functions takes time.
    """
    pixelBytes, splitBits, rawMark, blockSize = code
    nPixels = out.size
    if stop - start < pixelBytes:
        return False
    last = np.int64(0)
    for i in range(pixelBytes):
        last = (last << 8) | np.int64(data[start + i])
    width = 8 * pixelBytes
    position, stop = 8 * (start + pixelBytes), 8 * stop
    # From here on a window may reach beyond the data.
    lastWhole = 8 * (data.size - 8)
    one, mask = np.uint64(1), np.uint64(63)
    for begin in range(0, nPixels, blockSize):
        end = min(begin + blockSize, nPixels)
        if position <= lastWhole:
            window = _loadBigEndian(data, position >> 3) << np.uint64(position & 7)
        else:
            window = _window(data, position)
        split = np.int64(_top(window, splitBits)) - 1
        position += splitBits
        if split < 0:
            for i in range(begin, end):
                out[i] = last
        elif split == rawMark:
            for i in range(begin, end):
                last += _difference(_top(_window(data, position), width))
                position += width
                out[i] = last
        else:
            shift = np.uint64(split)
            # Bits of a code other than its zeros.
            length = shift + one
            i = begin
            while i < end:
                # Four codes mostly fit a window. If they do not, some are
                # wrong, and they are decoded one by one.
                used = np.int64(_VALID_BITS + 1)
                if split <= _MAX_SPLIT_OF_FOUR and i + 4 <= end and position <= lastWhole:
                    window = _loadBigEndian(data, position >> 3) << np.uint64(position & 7)
                    zeros0 = _countLeadingZeros(window)
                    code0 = (zeros0 << shift) | (
                        ((window << ((zeros0 + one) & mask)) >> one) >> (mask - shift)
                    )
                    window = window << ((zeros0 + length) & mask)
                    zeros1 = _countLeadingZeros(window)
                    code1 = (zeros1 << shift) | (
                        ((window << ((zeros1 + one) & mask)) >> one) >> (mask - shift)
                    )
                    window = window << ((zeros1 + length) & mask)
                    zeros2 = _countLeadingZeros(window)
                    code2 = (zeros2 << shift) | (
                        ((window << ((zeros2 + one) & mask)) >> one) >> (mask - shift)
                    )
                    window = window << ((zeros2 + length) & mask)
                    zeros3 = _countLeadingZeros(window)
                    code3 = (zeros3 << shift) | (
                        ((window << ((zeros3 + one) & mask)) >> one) >> (mask - shift)
                    )
                    used = np.int64(zeros0 + zeros1 + zeros2 + zeros3 + np.uint64(4) * length)
                if used <= _VALID_BITS:
                    position += used
                    # Unsigned indices need no wraparound.
                    at = np.uint64(i)
                    last += _difference(code0)
                    out[at] = last
                    last += _difference(code1)
                    out[at + one] = last
                    last += _difference(code2)
                    out[at + np.uint64(2)] = last
                    last += _difference(code3)
                    out[at + np.uint64(3)] = last
                    i += 4
                else:
                    for _ in range(min(4, end - i)):
                        value, position = _decodeOne(data, position, stop, split)
                        last += _difference(value)
                        out[i] = last
                        i += 1
        if position > stop:
            return False
    # Differences are modulo the range of a pixel.
    if pixelBytes == 2:
        for i in range(nPixels):
            out[i] = np.int16(out[i])
    elif pixelBytes == 1:
        for i in range(nPixels):
            out[i] = np.uint8(out[i])
    return True


@compiled(exact=True)
def _decodeTiles(data, starts, stops, code, first, out):  # type: ignore[no-untyped-def]
    pixels = np.empty(first + out.shape[1], np.int32)
    for tile in range(starts.size):
        if not _decodeTile(data, starts[tile], stops[tile], code, pixels):
            return tile
        out[tile, :] = pixels[first:]
    return -1


@compiled(exact=True)
def _decodeFloatTiles(data, starts, stops, code, first, scaling, out):  # type: ignore[no-untyped-def]
    pixels = np.empty(first + out.shape[1], np.int32)
    for tile in range(starts.size):
        if not _decodeTile(data, starts[tile], stops[tile], code, pixels):
            return tile
        # The pixels are still in the cache.
        dequantizeTile(pixels, tile, first, scaling, out[tile])
    return -1


def decodeRice(
    data: np.ndarray,
    starts: np.ndarray,
    stops: np.ndarray,
    pixelBytes: int,
    blockSize: int,
    first: int,
    out: np.ndarray,
    scaling: TileScaling | None = None,
) -> int:
    """Decode pixels of tiles of equal size.

    Parameters
    ----------
    data
        Bytes that hold the tiles.
    starts, stops
        Where each tile begins and ends.
    pixelBytes
        Bytes of an uncompressed pixel: 1 (unsigned), 2 or 4.
    blockSize
        Pixels per block.
    first
        Index of the first wanted pixel of each tile.
    out
        Array to fill, shape (number of tiles, number of
        wanted pixels per tile).
    scaling
        Scaling of the integers of each tile, if they are to be turned
        into floating-point pixels.

    Returns
    -------
    broken
        Number of the first tile that cannot be decoded, or -1.
    """
    code = (pixelBytes, _SPLIT_BITS[pixelBytes], _RAW_MARK[pixelBytes], blockSize)
    if scaling is None:
        return _decodeTiles(data, starts, stops, code, first, out)
    return _decodeFloatTiles(data, starts, stops, code, first, scaling.forCompiler(), out)


@compiled(exact=True)
def _putBits(out, position, accumulator, nBits, value, width):  # type: ignore[no-untyped-def]
    """Append at most 32 bits, moving whole bytes to the output."""
    accumulator = (accumulator << np.uint64(width)) | np.uint64(value)
    nBits += width
    while nBits >= 8:
        nBits -= 8
        out[position] = (accumulator >> np.uint64(nBits)) & np.uint64(255)
        position += 1
    return position, accumulator, nBits


@compiled(exact=True)
def _encodeTile(pixels, blockSize, codes, out):  # type: ignore[no-untyped-def]
    """Encode one tile of int32; return the number of bytes."""
    first = np.int64(pixels[0]) & 0xFFFFFFFF
    for i in range(4):
        out[i] = (first >> (24 - 8 * i)) & 255
    position = 4
    accumulator = np.uint64(0)
    nBits = 0
    last = np.int64(pixels[0])
    for begin in range(0, pixels.size, blockSize):
        end = min(begin + blockSize, pixels.size)
        total = 0.0
        for i in range(begin, end):
            difference = (np.int64(pixels[i]) - last) & 0xFFFFFFFF
            difference = difference - 0x100000000 if difference >= 0x80000000 else difference
            last = np.int64(pixels[i])
            codes[i - begin] = ~(difference << 1) if difference < 0 else difference << 1
            total += codes[i - begin]
        n = end - begin
        # The code is shortest near a split of log2(ln 2 x mean).
        mean = (total - n / 2 - 1) / n
        guess = np.int64(max(mean, 0.0)) >> 1
        split = 0
        while guess > 0:
            guess >>= 1
            split += 1
        if split >= 25:
            position, accumulator, nBits = _putBits(out, position, accumulator, nBits, 26, 5)
            for i in range(n):
                position, accumulator, nBits = _putBits(out, position, accumulator, nBits, codes[i], 32)
        elif split == 0 and total == 0.0:
            position, accumulator, nBits = _putBits(out, position, accumulator, nBits, 0, 5)
        else:
            position, accumulator, nBits = _putBits(out, position, accumulator, nBits, split + 1, 5)
            for i in range(n):
                unary = codes[i] >> split
                while unary >= 32:
                    position, accumulator, nBits = _putBits(out, position, accumulator, nBits, 0, 32)
                    unary -= 32
                position, accumulator, nBits = _putBits(out, position, accumulator, nBits, 1, unary + 1)
                low = codes[i] & ((1 << split) - 1)
                position, accumulator, nBits = _putBits(out, position, accumulator, nBits, low, split)
    if nBits > 0:
        out[position] = (accumulator << np.uint64(8 - nBits)) & np.uint64(255)
        position += 1
    return position


def encodeRice(pixels: np.ndarray, blockSize: int) -> bytes:
    """Encode a tile.

    Parameters
    ----------
    pixels
        Pixels of the tile in order, int32.
    blockSize
        Pixels per block.

    Returns
    -------
    code
        Encoded bytes; for random pixels slightly more than uncompressed.
    """
    # Room for twice the raw pixels; unary codes exceed the estimate that the
    # split is based on by a few bits per pixel at most.
    out = np.empty(8 * pixels.size + 64, np.uint8)
    length = _encodeTile(
        np.ascontiguousarray(pixels, np.int32), blockSize, np.empty(blockSize, np.int64), out
    )
    return out[:length].tobytes()
