# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Operations on mask bits that need no temporary arrays."""

from __future__ import annotations

__all__ = ("centroid_clear", "count_clear", "flag_above", "move_bits", "signed")

from collections.abc import Mapping

import numpy as np

from ._jit import compiled
from ._threads import parallel_map, row_blocks


def signed(bits: int) -> np.int32:
    """Return mask bits as a signed pixel value, negative if bit 31 is set."""
    return np.uint32(bits & 0xFFFFFFFF).view(np.int32)


def count_clear(mask: np.ndarray, bits: int) -> int:
    """Count the pixels of a mask (ny, nx) that have none of the bits."""

    def count(rows: slice) -> int:
        return _count_clear(mask, signed(bits), rows.start, rows.stop)

    return sum(parallel_map(count, row_blocks(len(mask))))


def centroid_clear(mask: np.ndarray, bits: int) -> tuple[float, float]:
    """Compute the mean position of the pixels that have none of the bits.

    Parameters
    ----------
    mask
        Mask of shape (ny, nx).
    bits
        Bits to avoid.

    Returns
    -------
    x, y : `float`
        Mean position, where the first pixel is at (0, 0); NaN if there is no
        such pixel.
    """
    count, x, y = _sum_clear(mask, bits)
    return (x / count, y / count) if count else (np.nan, np.nan)


def flag_above(values: np.ndarray, threshold: float, mask: np.ndarray, bits: int) -> int:
    """Set mask bits where values exceed a threshold.

    Parameters
    ----------
    values, mask
        Arrays of the same shape (ny, nx); the mask is modified.
    threshold
        Values above this are flagged; NaN values never are.
    bits
        Bits to set.

    Returns
    -------
    flagged : `int`
        Number of values above the threshold.

    Raises
    ------
    ValueError
        Raised if the shapes differ.
    """
    if values.shape != mask.shape:
        raise ValueError(f"Values of shape {values.shape} do not fit a mask of shape {mask.shape}.")

    def flag(rows: slice) -> int:
        return _flag_above(values[rows], threshold, mask[rows], signed(bits))

    return sum(parallel_map(flag, row_blocks(len(mask))))


def move_bits(mask: np.ndarray, moves: Mapping[int, int]) -> np.ndarray:
    """Return a copy of a mask with its bits renumbered.

    Parameters
    ----------
    mask
        Mask of shape (ny, nx), int32.
    moves
        New number of each bit, 0 to 31, by its old number. Bits without an
        entry are cleared.
    """
    # New bits for each value of each byte of a pixel, lowest byte first.
    table = np.zeros((4, 256), np.uint32)
    for old, new in moves.items():
        byte, bit = divmod(old, 8)
        table[byte, (np.arange(256) >> bit & 1) == 1] |= np.uint32(1 << new)
    moved = np.empty(mask.shape, np.int32)

    def move(rows: slice) -> None:
        _move_bits(mask[rows], table.view(np.int32), moved[rows])

    parallel_map(move, row_blocks(len(mask)))
    return moved


def _sum_clear(mask: np.ndarray, bits: int) -> tuple[int, float, float]:
    """Return the number of pixels with none of the bits, and the sums of their
    x and y.
    """

    def sums(rows: slice) -> tuple[int, float, float]:
        return _sums_clear(mask, signed(bits), rows.start, rows.stop)

    count, x, y = zip(*parallel_map(sums, row_blocks(len(mask))), strict=True)
    return sum(count), sum(x), sum(y)


@compiled
def _count_clear(mask, bits, start, stop):  # type: ignore[no-untyped-def]
    count = 0
    for r in range(start, stop):
        for c in range(mask.shape[1]):
            count += (mask[r, c] & bits) == 0
    return count


@compiled
def _sums_clear(mask, bits, start, stop):  # type: ignore[no-untyped-def]
    count, sum_x, sum_y = 0, 0, 0
    for r in range(start, stop):
        in_row = 0
        for c in range(mask.shape[1]):
            if not mask[r, c] & bits:
                in_row += 1
                sum_x += c
        count += in_row
        sum_y += r * in_row
    return count, float(sum_x), float(sum_y)


@compiled
def _flag_above(values, threshold, mask, bits):  # type: ignore[no-untyped-def]
    flagged = 0
    for r in range(values.shape[0]):
        for c in range(values.shape[1]):
            if values[r, c] > threshold:
                mask[r, c] |= bits
                flagged += 1
    return flagged


@compiled
def _move_bits(mask, table, moved):  # type: ignore[no-untyped-def]
    for r in range(mask.shape[0]):
        for c in range(mask.shape[1]):
            bits = mask[r, c]
            moved[r, c] = (
                table[0, bits & 0xFF]
                | table[1, bits >> 8 & 0xFF]
                | table[2, bits >> 16 & 0xFF]
                | table[3, bits >> 24 & 0xFF]
            )
