# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Median of large arrays, without copying them."""

from __future__ import annotations

__all__ = ("find_median", "nanmedian")

from collections.abc import Callable

import numpy as np

from ._jit import compiled
from ._threads import parallel_map, row_blocks


def nanmedian(values: np.ndarray) -> float:
    """Compute the median of a float32 array, ignoring NaN.

    Parameters
    ----------
    values
        Array of any shape; not copied if it is contiguous.

    Returns
    -------
    median : `float`
        Median; NaN if no value is left. It is the mean of the two middle
        values if their number is even.

    Notes
    -----
    This is a radix selection in two passes. The bits of a float map to an
    unsigned integer, its key, such that keys sort like the floats. The first
    pass counts the upper halves of the keys, and the second the lower halves
    of those that have the upper half of the median.
    """
    if values.dtype != np.float32:
        raise TypeError(f"Expected float32 values, not {values.dtype}.")
    keys = values.reshape(-1).view(np.uint32)

    def count(add: Callable[..., None], *args: int) -> np.ndarray:
        def count_block(block: slice) -> np.ndarray:
            counts = np.zeros(1 << 16, np.int64)
            add(keys[block], counts, *args)
            return counts

        return np.sum(parallel_map(count_block, row_blocks(len(keys))), axis=0)

    return find_median(count)


def find_median(count: Callable[..., np.ndarray]) -> float:
    """Compute a median as `nanmedian` does, from counts of keys.

    Parameters
    ----------
    count
        Function that counts the halves of all keys. Its first argument is a
        compiled function, to be called with an array of the bits of floats,
        an array of 65536 counts to add to, and the arguments that follow.

    Returns
    -------
    median : `float`
        As for `nanmedian`.
    """
    counts = np.cumsum(count(_count_high))
    if not counts[-1]:
        return float("nan")
    low_counts: dict[int, np.ndarray] = {}

    def select(rank: int) -> float:
        """Return the value of a rank among those that are not NaN."""
        high = int(np.searchsorted(counts, rank, side="right"))
        if high not in low_counts:
            low_counts[high] = np.cumsum(count(_count_low, high))
        before = int(counts[high - 1]) if high else 0
        low = int(np.searchsorted(low_counts[high], rank - before, side="right"))
        key = np.uint32(high << 16 | low)
        bits = key & np.uint32(0x7FFFFFFF) if key & np.uint32(0x80000000) else ~key
        return float(np.uint32(bits).view(np.float32))

    return 0.5 * (select(int(counts[-1] - 1) // 2) + select(int(counts[-1]) // 2))


@compiled
def _order(bits):  # type: ignore[no-untyped-def]
    return np.uint32(~bits) if bits & np.uint32(0x80000000) else np.uint32(bits | np.uint32(0x80000000))


@compiled
def _count_high(keys, counts):  # type: ignore[no-untyped-def]
    for bits in keys:
        if (bits & np.uint32(0x7FFFFFFF)) <= np.uint32(0x7F800000):
            counts[_order(bits) >> np.uint32(16)] += 1


@compiled
def _count_low(keys, counts, high):  # type: ignore[no-untyped-def]
    for bits in keys:
        if (bits & np.uint32(0x7FFFFFFF)) <= np.uint32(0x7F800000):
            key = _order(bits)
            if (key >> np.uint32(16)) == high:
                counts[key & np.uint32(0xFFFF)] += 1
