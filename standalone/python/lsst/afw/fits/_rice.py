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
"""The Rice code of FITS tiled images.

Source: Pence, Seaman & White (2009), PASP 121, 414, and section 10.4.1 of the
FITS Standard 4.0. Pixels are coded in blocks by their differences; each block
states how many low bits of a difference are stored as they are, the rest being
in unary.
"""

from __future__ import annotations

import numba
import numpy as np

__all__ = ["decodeRice", "encodeRice"]

# By bytes of a pixel: bits of the split parameter, and what marks raw pixels.
_SPLIT_BITS = (0, 3, 4, 0, 5)
_RAW_MARK = (0, 6, 14, 0, 25)
_BIT_LENGTH = np.array([value.bit_length() for value in range(256)], np.int64)


@numba.njit(nogil=True, cache=True, inline="always")
def _refill(data, position, stop, accumulator, nBits):  # type: ignore[no-untyped-def]
    """Append bytes until more than 32 bits are there; zeros after the end."""
    while nBits <= 48:
        byte = np.uint64(data[position]) if position < stop else np.uint64(0)
        accumulator = (accumulator << np.uint64(8)) | byte
        position += 1
        nBits += 8
    return position, accumulator, nBits


@numba.njit(nogil=True, cache=True)
def _decodeTile(data, start, stop, pixelBytes, splitBits, rawMark, blockSize, lengths, out):  # type: ignore[no-untyped-def]
    """Decode one tile; returns whether the data sufficed."""
    nPixels = out.size
    if stop - start < pixelBytes:
        return False
    last = np.int64(0)
    for i in range(pixelBytes):
        last = (last << 8) | np.int64(data[start + i])
    width = 8 * pixelBytes
    modulus = np.int64(1) << width
    half = modulus >> 1 if pixelBytes > 1 else modulus
    position = start + pixelBytes
    accumulator = np.uint64(0)
    nBits = 0
    done = 0
    while done < nPixels:
        end = min(done + blockSize, nPixels)
        position, accumulator, nBits = _refill(data, position, stop, accumulator, nBits)
        nBits -= splitBits
        split = np.int64((accumulator >> np.uint64(nBits)) & np.uint64((1 << splitBits) - 1)) - 1
        for i in range(done, end):
            code = np.int64(0)
            if split >= 0:
                position, accumulator, nBits = _refill(data, position, stop, accumulator, nBits)
                if split == rawMark:
                    nBits -= width
                    code = np.int64((accumulator >> np.uint64(nBits)) & np.uint64(modulus - 1))
                else:
                    zeros = 0
                    while True:
                        top = np.int64((accumulator >> np.uint64(nBits - 8)) & np.uint64(255))
                        if top != 0:
                            skip = 8 - lengths[top]
                            zeros += skip
                            nBits -= skip + 1
                            break
                        zeros += 8
                        nBits -= 8
                        if nBits <= 32:
                            if position - (nBits >> 3) > stop:
                                return False
                            position, accumulator, nBits = _refill(data, position, stop, accumulator, nBits)
                    if nBits < split:
                        position, accumulator, nBits = _refill(data, position, stop, accumulator, nBits)
                    nBits -= split
                    low = np.int64((accumulator >> np.uint64(nBits)) & np.uint64((1 << split) - 1))
                    code = (np.int64(zeros) << split) | low
            difference = ~(code >> 1) if code & 1 else code >> 1
            last = (last + difference) & (modulus - 1)
            out[i] = last - modulus if last >= half else last
        done = end
    return position - (nBits >> 3) <= stop


@numba.njit(nogil=True, cache=True)
def _decodeTiles(data, starts, stops, pixelBytes, splitBits, rawMark, blockSize, lengths, out):  # type: ignore[no-untyped-def]
    for tile in range(starts.size):
        if not _decodeTile(
            data, starts[tile], stops[tile], pixelBytes, splitBits, rawMark, blockSize, lengths, out[tile]
        ):
            return tile
    return -1


def decodeRice(
    data: np.ndarray, starts: np.ndarray, stops: np.ndarray, pixelBytes: int, blockSize: int, out: np.ndarray
) -> int:
    """Decode tiles of equal size. Releases the interpreter lock.

    Parameters
    ----------
    data
        Bytes that hold the tiles.
    starts, stops
        Where each tile begins and ends.
    pixelBytes
        Bytes of an uncompressed pixel: 1 (unsigned), 2 or 4.
    blockSize
        Pixels of a block.
    out
        Array of int32 to be filled, shape (number of tiles, pixels of one).

    Returns
    -------
    broken
        Number of the first tile that cannot be decoded, or -1.
    """
    return _decodeTiles(
        data,
        starts,
        stops,
        pixelBytes,
        _SPLIT_BITS[pixelBytes],
        _RAW_MARK[pixelBytes],
        blockSize,
        _BIT_LENGTH,
        out,
    )


@numba.njit(nogil=True, cache=True, inline="always")
def _putBits(out, position, accumulator, nBits, value, width):  # type: ignore[no-untyped-def]
    """Append at most 32 bits, moving whole bytes to the output."""
    accumulator = (accumulator << np.uint64(width)) | np.uint64(value)
    nBits += width
    while nBits >= 8:
        nBits -= 8
        out[position] = (accumulator >> np.uint64(nBits)) & np.uint64(255)
        position += 1
    return position, accumulator, nBits


@numba.njit(nogil=True, cache=True)
def _encodeTile(pixels, blockSize, codes, out):  # type: ignore[no-untyped-def]
    """Encode one tile of int32; returns the number of bytes."""
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
        # Least length is near a split of log2(ln 2 x mean).
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
        Pixels of a block.

    Returns
    -------
    code
        The bytes. Random pixels take slightly more than uncompressed.
    """
    # No block is longer than raw: unary codes are at most as long on average
    # as the estimate of the split allows, a few bits a pixel above it.
    out = np.empty(8 * pixels.size + 64, np.uint8)
    length = _encodeTile(
        np.ascontiguousarray(pixels, np.int32), blockSize, np.empty(blockSize, np.int64), out
    )
    return out[:length].tobytes()
