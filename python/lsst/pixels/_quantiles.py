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
from typing import Any

import numpy as np

from ._bits import signed
from ._jit import compiled
from ._threads import parallel_map, row_blocks

# Rows that are measured at a time, so that what they need fits the caches.
_STRIP_ROWS = 64
# Strips, rows of them and columns between pixels that are sampled to bracket
# the quantiles, the least number of good pixels of a sample, and half of the
# width of a bracket in standard errors.
_SAMPLES = 8
_SAMPLE_ROWS = 16
_SAMPLE_STEP = 2
_LEAST_SAMPLE = 1000
_MARGIN = 5
# Least number of pixels for which a sample pays.
_MANY = 1 << 19
# Largest part of the pixels that may be inside of a bracket.
_LARGEST_PART = 1 / 8
# Pixels that are tested together whether any is inside of a bracket.
_GROUP = 16
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
    background: Callable[[slice, np.ndarray], None] | None = None,
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
    background
        Function that computes rows of a background, which is subtracted from
        the values: it is called with a slice of rows and a float32 array to
        fill, by several threads at the same time. By default, nothing is
        subtracted.

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
    A sample of the rows of a large image brackets each quantile. One pass
    over the image counts the pixels below the brackets, and copies the few
    inside of them, among which the ranks in question are selected.

    If they are not there, or the image is small, this is a radix selection in
    two passes. The bits of a float map to an integer, its key, such that keys
    sort like the floats. The first pass counts the upper halves of the keys,
    and the second the lower halves of those that have one of the upper halves
    in question.
    """
    if not values.shape == mask.shape == variances.shape:
        raise ValueError(
            f"The planes have different shapes: {values.shape}, {mask.shape} and {variances.shape}."
        )
    pixels = _Pixels(values, mask, variances, bad_bits, quantity, background)
    found = _sift(pixels, fractions) if values.size >= _MANY else None
    return found or _select_radix(pixels, fractions)


class _Pixels:
    """Pixels of an image whose quantiles are computed.

    Parameters
    ----------
    values, mask, variances, bad_bits, quantity, background
        As for `good_quantiles`.
    """

    def __init__(
        self,
        values: np.ndarray,
        mask: np.ndarray,
        variances: np.ndarray,
        bad_bits: int,
        quantity: PixelQuantity,
        background: Callable[[slice, np.ndarray], None] | None,
    ):
        self._planes = values, mask, variances
        self._options = signed(bad_bits), int(quantity)
        self._background = None if quantity == PixelQuantity.VARIANCE else background
        self.shape = values.shape

    def strips(self, rows: slice | None = None) -> list[slice]:
        """Divide rows, or all of them, into strips."""
        start, stop = (rows.start, rows.stop) if rows else (0, self.shape[0])
        return [slice(y, min(y + _STRIP_ROWS, stop)) for y in range(start, stop, _STRIP_ROWS)]

    def apply(self, function: Callable[..., Any], rows: slice, *args: object) -> Any:
        """Call a compiled function with rows, and with further arguments."""
        shape = (0, 0) if self._background is None else (rows.stop - rows.start, self.shape[1])
        background = np.empty(shape, np.float32)
        if self._background is not None:
            self._background(rows, background)
        return function(*(plane[rows] for plane in self._planes), background, *self._options, *args)


def _interpolate(position: float, low: float, high: float) -> float:
    """Interpolate between the values of the ranks around a position."""
    weight = position - int(position)
    return low if low == high else (1 - weight) * low + weight * high


def _sift(pixels: _Pixels, fractions: Sequence[float]) -> tuple[int, list[float]] | None:
    """Compute quantiles in one pass, or return None if that fails."""
    brackets = _bracket(pixels, fractions)
    if brackets is None:
        return None
    lows, highs = brackets

    def sift(rows: slice) -> tuple[int, np.ndarray, list[np.ndarray]] | None:
        size = (rows.stop - rows.start) * pixels.shape[1]
        chosen = np.empty((len(lows), int(size * _LARGEST_PART) + pixels.shape[1] + 1), np.float32)
        below, inside = np.zeros((2, len(lows)), np.int64)
        total = pixels.apply(_sift_rows, rows, lows, highs, below, inside, chosen)
        if total < 0:
            return None
        return total, below, [row[:n].copy() for row, n in zip(chosen, inside, strict=True)]

    parts = [part for part in parallel_map(sift, pixels.strips()) if part]
    if len(parts) < len(pixels.strips()):
        return None
    total = sum(part[0] for part in parts)
    below = np.sum([part[1] for part in parts], axis=0)
    quantiles = []
    for number, fraction in enumerate(fractions):
        position = fraction * (total - 1)
        inside = np.concatenate([part[2][number] for part in parts])
        rank = int(position) - int(below[number])
        following = min(int(position) + 1, total - 1) - int(below[number])
        if not 0 <= rank <= following < len(inside):
            return None
        inside.partition((rank, following))
        quantiles.append(_interpolate(position, float(inside[rank]), float(inside[following])))
    return total, quantiles


def _bracket(pixels: _Pixels, fractions: Sequence[float]) -> tuple[np.ndarray, np.ndarray] | None:
    """Bracket quantiles by those of samples, or return None if that fails."""
    samples = []
    for strip in pixels.strips()[:: max(1, len(pixels.strips()) // _SAMPLES)]:
        rows = slice(strip.start, min(strip.start + _SAMPLE_ROWS, strip.stop))
        floats = np.empty((rows.stop - rows.start, pixels.shape[1]), np.float32)
        pixels.apply(_set_quantities, rows, floats)
        sample = floats[:, ::_SAMPLE_STEP].ravel()
        sample = sample[~np.isnan(sample)]
        if len(sample) >= _LEAST_SAMPLE:
            samples.append(sample)
    if len(samples) < _SAMPLES // 2:
        return None
    # Brackets of infinite quantiles are NaN, with nothing inside.
    with np.errstate(invalid="ignore"):
        found = np.array([np.quantile(sample, fractions) for sample in samples])
        centers = found.mean(axis=0)
        margins = _MARGIN * found.std(axis=0, ddof=1) / np.sqrt(len(samples))
    return (centers - margins).astype(np.float32), (centers + margins).astype(np.float32)


def _select_radix(pixels: _Pixels, fractions: Sequence[float]) -> tuple[int, list[float]]:
    """Compute quantiles in two passes, by the bits of the quantity."""
    counts = np.cumsum(_add_up(_count_upper, pixels, (1 << 16,)))
    total = int(counts[-1])
    if total == 0:
        return 0, [float("nan")] * len(fractions)
    positions = [fraction * (total - 1) for fraction in fractions]
    ranks = sorted({rank for p in positions for rank in (int(p), min(int(p) + 1, total - 1))})
    uppers = [int(np.searchsorted(counts, rank, side="right")) for rank in ranks]
    sought = sorted(set(uppers))
    slots = np.full(2 * _HALF, -1, np.int8)
    slots[sought] = np.arange(len(sought))
    lower_counts = np.cumsum(_add_up(_count_lower, pixels, (len(sought), 1 << 16), slots), axis=1)
    at_rank = {}
    for rank, upper in zip(ranks, uppers, strict=True):
        before = int(counts[upper - 1]) if upper else 0
        lower = int(np.searchsorted(lower_counts[sought.index(upper)], rank - before, side="right"))
        at_rank[rank] = _value_of_key(upper, lower)
    return total, [
        _interpolate(position, at_rank[int(position)], at_rank[min(int(position) + 1, total - 1)])
        for position in positions
    ]


def _add_up(count: Callable[..., None], pixels: _Pixels, shape: tuple[int, ...], *args: object) -> np.ndarray:
    """Sum the counts of blocks of rows, each counted by one thread."""

    def count_block(block: slice) -> np.ndarray:
        counts = np.zeros(shape, np.int64)
        for rows in pixels.strips(block):
            pixels.apply(count, rows, *args, counts)
        return counts

    return np.sum(parallel_map(count_block, row_blocks(pixels.shape[0])), axis=0)


def _value_of_key(upper: int, lower: int) -> float:
    """Return the float whose key has these halves."""
    key = np.int32((upper - _HALF) << 16 | lower)
    bits = key if key >= 0 else key ^ np.int32(0x7FFFFFFF)
    return float(bits.view(np.float32))


@compiled
def _set_row(values, mask, variances, background, y, bad_bits, quantity, differences, floats):  # type: ignore[no-untyped-def]
    """Set ``floats`` to the quantity of a row of pixels, or NaN if not good.

    ``differences`` is scratch space for a row.
    """
    for x in range(floats.size):
        differences[x] = values[y, x]
    if background.size:
        for x in range(floats.size):
            differences[x] -= background[y, x]
    for x in range(floats.size):
        value = differences[x]
        variance = variances[y, x]
        good = (
            ((mask[y, x] & bad_bits) == 0)
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
        floats[x] = result if good else np.float32(np.nan)


@compiled
def _set_quantities(values, mask, variances, background, bad_bits, quantity, floats):  # type: ignore[no-untyped-def]
    """Set ``floats`` to the quantity of pixels, or NaN if not good."""
    differences = np.empty(values.shape[1], values.dtype)
    for y in range(values.shape[0]):
        _set_row(values, mask, variances, background, y, bad_bits, quantity, differences, floats[y])


@compiled
def _sift_rows(  # type: ignore[no-untyped-def]
    values, mask, variances, background, bad_bits, quantity, lows, highs, below, inside, chosen
):
    """Count the pixels below brackets, and copy those inside of them.

    Returns the number of good pixels; −1 if there is no room for the copies.
    """
    width = values.shape[1]
    differences = np.empty(width, values.dtype)
    floats = np.empty(width, np.float32)
    groups = width // _GROUP
    hits = np.empty(groups, np.int32)
    one = np.float32(1)
    zero = np.float32(0)
    total = 0
    for y in range(values.shape[0]):
        _set_row(values, mask, variances, background, y, bad_bits, quantity, differences, floats)
        # Sums of single-precision ones, since those run in vector registers.
        good = zero
        for x in range(width):
            good += one if floats[x] == floats[x] else zero
        total += int(good)
        for j in range(lows.size):
            low = lows[j]
            high = highs[j]
            smaller = zero
            for x in range(width):
                smaller += one if floats[x] < low else zero
            below[j] += int(smaller)
            n = inside[j]
            if n + width >= chosen.shape[1]:
                return -1
            # A group is made of pixels that are far apart, so that groups are
            # tested side by side.
            hits[:] = 0
            for k in range(_GROUP):
                part = floats[k * groups : (k + 1) * groups]
                for group in range(groups):
                    hits[group] |= np.int32((part[group] >= low) & (part[group] <= high))
            row = chosen[j]
            for group in range(groups):
                if hits[group]:
                    for x in range(group, groups * _GROUP, groups):
                        row[n] = floats[x]
                        n += (floats[x] >= low) & (floats[x] <= high)
            for x in range(groups * _GROUP, width):
                row[n] = floats[x]
                n += (floats[x] >= low) & (floats[x] <= high)
            inside[j] = n
    return total


@compiled
def _count_upper(values, mask, variances, background, bad_bits, quantity, counts):  # type: ignore[no-untyped-def]
    differences = np.empty(values.shape[1], values.dtype)
    floats = np.empty(values.shape[1], np.float32)
    keys = floats.view(np.int32)
    for y in range(values.shape[0]):
        _set_row(values, mask, variances, background, y, bad_bits, quantity, differences, floats)
        for bits in keys:
            magnitude = bits & np.int32(0x7FFFFFFF)
            if magnitude <= np.int32(0x7F800000):
                key = bits if bits >= 0 else bits ^ np.int32(0x7FFFFFFF)
                counts[(key >> 16) + 32768] += 1


@compiled
def _count_lower(values, mask, variances, background, bad_bits, quantity, slots, counts):  # type: ignore[no-untyped-def]
    differences = np.empty(values.shape[1], values.dtype)
    floats = np.empty(values.shape[1], np.float32)
    keys = floats.view(np.int32)
    for y in range(values.shape[0]):
        _set_row(values, mask, variances, background, y, bad_bits, quantity, differences, floats)
        for bits in keys:
            magnitude = bits & np.int32(0x7FFFFFFF)
            if magnitude <= np.int32(0x7F800000):
                key = bits if bits >= 0 else bits ^ np.int32(0x7FFFFFFF)
                slot = slots[(key >> 16) + 32768]
                if slot >= 0:
                    counts[slot, key & 0xFFFF] += 1
