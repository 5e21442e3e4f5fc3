# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Quantiles of the good pixels of large images, without copying them."""

from __future__ import annotations

__all__ = ("PixelQuantity", "good_quantiles")

from collections.abc import Callable, Sequence
from enum import IntEnum

import numpy as np

from ._jit import compiled
from ._threads import parallel_map, row_blocks

# Offset from the upper half of a key, which is signed, to its index in the
# counts.
_HALF = 1 << 15


class PixelQuantity(IntEnum):
    """Quantity of a pixel whose quantiles `good_quantiles` computes."""

    VALUE = 0
    """Value of the pixel."""

    VARIANCE = 1
    """Variance of the pixel."""

    SIGNIFICANCE = 2
    """Value of the pixel divided by the square root of its variance."""


def good_quantiles(
    values: np.ndarray,
    mask: np.ndarray,
    variances: np.ndarray,
    bad_bits: int,
    quantity: PixelQuantity,
    fractions: Sequence[float],
) -> tuple[int, list[float]]:
    """Compute quantiles over the good pixels of an image.

    A pixel is good if it has none of the bad mask bits, its value and its
    variance are finite, and its variance is positive.

    Parameters
    ----------
    values, mask, variances
        Planes of the image, of the same two-dimensional shape.
    bad_bits
        Mask bits of pixels to ignore.
    quantity
        Quantity whose quantiles are computed; it is rounded to single
        precision.
    fractions
        Fractions from 0 to 1 for which to compute a quantile; 0.5 stands for
        the median.

    Returns
    -------
    count : `int`
        Number of good pixels.
    quantiles : `list` [`float`]
        One value for each fraction, interpolated linearly between the two
        nearest ranks; NaN if there is no good pixel.

    Raises
    ------
    ValueError
        Raised if the planes differ in shape.

    Notes
    -----
    This is a radix selection in two passes over the image. The bits of a
    float map to an integer, its key, such that keys sort like the floats. The
    first pass counts the upper halves of the keys, and the second the lower
    halves of those that have one of the upper halves in question.
    """
    if not values.shape == mask.shape == variances.shape:
        raise ValueError(
            f"The planes have different shapes: {values.shape}, {mask.shape} and {variances.shape}."
        )
    planes = (values, mask, variances, np.int64(bad_bits), int(quantity))
    counts = np.cumsum(_add_up(_count_upper, planes))
    total = int(counts[-1])
    if total == 0:
        return 0, [float("nan")] * len(fractions)
    positions = [fraction * (total - 1) for fraction in fractions]
    ranks = sorted({rank for p in positions for rank in (int(p), min(int(p) + 1, total - 1))})
    uppers = [int(np.searchsorted(counts, rank, side="right")) for rank in ranks]
    sought = sorted(set(uppers))
    slots = np.full(2 * _HALF, -1, np.int8)
    slots[sought] = np.arange(len(sought))
    lower_counts = np.cumsum(_add_up(_count_lower, (*planes, slots, len(sought))), axis=1)
    at_rank = {}
    for rank, upper in zip(ranks, uppers, strict=True):
        before = int(counts[upper - 1]) if upper else 0
        lower = int(np.searchsorted(lower_counts[sought.index(upper)], rank - before, side="right"))
        at_rank[rank] = _value_of_key(upper, lower)
    quantiles = []
    for position in positions:
        rank = int(position)
        low, high = at_rank[rank], at_rank[min(rank + 1, total - 1)]
        weight = position - rank
        quantiles.append(low if low == high else (1 - weight) * low + weight * high)
    return total, quantiles


def _add_up(count: Callable[..., np.ndarray], args: tuple[object, ...]) -> np.ndarray:
    """Sum the counts of blocks of rows, each counted by one thread."""
    values, mask, variances, *rest = args
    parts = parallel_map(
        lambda rows: count(values[rows], mask[rows], variances[rows], *rest),  # type: ignore[index]
        row_blocks(len(values)),  # type: ignore[arg-type]
    )
    return np.sum(parts, axis=0)


def _value_of_key(upper: int, lower: int) -> float:
    """Return the float whose key has these halves."""
    key = np.int32((upper - _HALF) << 16 | lower)
    bits = key if key >= 0 else key ^ np.int32(0x7FFFFFFF)
    return float(bits.view(np.float32))


@compiled
def _set_keys(values, mask, variances, bad_bits, quantity, floats):  # type: ignore[no-untyped-def]
    """Set ``floats`` to the quantity of pixels, or NaN if not good."""
    for i in range(len(values)):
        value = values[i]
        variance = variances[i]
        good = (
            ((mask[i] & bad_bits) == 0)
            & (variance > 0)
            & (variance < np.inf)
            & (value > -np.inf)
            & (value < np.inf)
        )
        if quantity == 0:
            result = np.float32(value)
        elif quantity == 1:
            result = np.float32(variance)
        else:
            result = np.float32(np.true_divide(value, np.sqrt(variance if good else np.float32(1))))
        floats[i] = result if good else np.float32(np.nan)


@compiled
def _count_upper(values, mask, variances, bad_bits, quantity):  # type: ignore[no-untyped-def]
    counts = np.zeros(1 << 16, np.int64)
    floats = np.empty(values.shape[1], np.float32)
    keys = floats.view(np.int32)
    for y in range(values.shape[0]):
        _set_keys(values[y], mask[y], variances[y], bad_bits, quantity, floats)
        for bits in keys:
            magnitude = bits & np.int32(0x7FFFFFFF)
            if magnitude <= np.int32(0x7F800000):
                key = bits if bits >= 0 else bits ^ np.int32(0x7FFFFFFF)
                counts[(key >> 16) + 32768] += 1
    return counts


@compiled
def _count_lower(values, mask, variances, bad_bits, quantity, slots, number):  # type: ignore[no-untyped-def]
    counts = np.zeros((number, 1 << 16), np.int64)
    floats = np.empty(values.shape[1], np.float32)
    keys = floats.view(np.int32)
    for y in range(values.shape[0]):
        _set_keys(values[y], mask[y], variances[y], bad_bits, quantity, floats)
        for bits in keys:
            magnitude = bits & np.int32(0x7FFFFFFF)
            if magnitude <= np.int32(0x7F800000):
                key = bits if bits >= 0 else bits ^ np.int32(0x7FFFFFFF)
                slot = slots[(key >> 16) + 32768]
                if slot >= 0:
                    counts[slot, key & 0xFFFF] += 1
    return counts
