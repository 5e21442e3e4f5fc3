# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Quantiles of large arrays, without copying them."""

from __future__ import annotations

__all__ = ("PixelQuantity", "good_quantiles", "nanmedian", "select_quantiles")

from collections.abc import Callable, Sequence
from enum import IntEnum

import numpy as np

from ._bits import signed
from ._jit import compiled
from ._threads import parallel_map, row_blocks

# Pixels that are measured at a time, and pieces in which they are examined,
# chosen to fit the caches.
_STRIP = 1 << 18
_PIECE = 1 << 12
# Samples that bracket the quantiles, how much smaller than a strip they are,
# and half of the width of a bracket in standard errors.
_SAMPLES = 16
_SAMPLE_PART = 32
_MARGIN = 4
# Smallest number of pixels for which sampling pays off, and smallest sample.
_MANY = 1 << 19
_LEAST_SAMPLE = 500
# Largest fractions of all pixels, and of a strip, that may be in a bracket.
_LARGEST_PART, _LARGEST_STRIP_PART = 1 / 8, 1 / 2
# Pixels tested together for whether any is inside a bracket; a piece has a
# whole number of groups.
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

    """
    if not values.shape == mask.shape == variances.shape:
        raise ValueError(
            f"The planes have different shapes: {values.shape}, {mask.shape} and {variances.shape}."
        )
    has_background = background is not None and quantity != PixelQuantity.VARIANCE

    def measure(rows: slice) -> np.ndarray:
        shape = (rows.stop - rows.start, values.shape[1])
        floats = np.empty(shape, np.float32) if has_background else np.zeros(shape, np.float32)
        if has_background:
            assert background is not None
            background(rows, floats)
        _set_quantities(values[rows], mask[rows], variances[rows], signed(bad_bits), int(quantity), floats)
        return floats

    return select_quantiles(measure, values.shape, fractions)


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
    """
    if values.dtype != np.float32:
        raise TypeError(f"Expected float32 values, not {values.dtype}.")
    flat = values.reshape(-1)
    _, (median,) = select_quantiles(lambda part: flat[part], (len(flat), 1), (0.5,))
    return median


def select_quantiles(
    measure: Callable[[slice], np.ndarray], shape: tuple[int, int], fractions: Sequence[float]
) -> tuple[int, list[float]]:
    """Compute quantiles of pixels that are measured a few rows at a time.

    Parameters
    ----------
    measure
        Function that returns the values of a slice of rows, float32, where
        NaN is ignored. It is called by several threads at the same time, and
        more than once for a row.
    shape
        Number of rows and columns.
    fractions
        Fractions from 0 to 1 for which to compute a quantile.

    Returns
    -------
    count : `int`
        Number of values that are not NaN.
    quantiles : `list` [`float`]
        One value for each fraction, interpolated linearly between the two
        nearest ranks; NaN if there are no values.

    Notes
    -----
    Samples of many pixels bracket each quantile. One pass over the pixels
    counts those below the brackets and copies the few inside them, from which
    the requested ranks are selected.

    If they are not there, or the pixels are few, this is a radix selection in
    two passes. The bits of a float map to an integer, its key, such that keys
    sort like the floats. The first pass counts the upper halves of the keys,
    and the second the lower halves of those that have one of the upper halves
    in question.
    """
    pixels = _Pixels(measure, shape)
    found = _sift(pixels, fractions) if pixels.size >= _MANY else None
    return found or _select_radix(pixels, fractions)


class _Pixels:
    """Pixels that are measured a few rows at a time.

    Parameters
    ----------
    measure, shape
        As for `select_quantiles`.
    """

    def __init__(self, measure: Callable[[slice], np.ndarray], shape: tuple[int, int]):
        self._measure = measure
        self.height = shape[0]
        """Number of rows."""
        self.size = shape[0] * shape[1]
        """Number of pixels."""
        self._step = max(1, _STRIP // max(shape[1], 1))

    def measure(self, rows: slice) -> np.ndarray:
        """Measure rows; return a flat array."""
        return self._measure(rows).reshape(-1)

    def strips(self, rows: slice) -> list[slice]:
        """Divide rows into strips."""
        step = self._step
        return [slice(y, min(y + step, rows.stop)) for y in range(rows.start, rows.stop, step)]

    def samples(self) -> list[slice]:
        """Choose rows that are spread evenly."""
        height = -(-self._step // _SAMPLE_PART)
        starts = np.linspace(0, max(self.height - height, 0), 2 * _SAMPLES + 1).astype(int)[1::2]
        return [slice(y, y + height) for y in starts.tolist()]


def _interpolate(position: float, low: float, high: float) -> float:
    """Interpolate between the values of the ranks around a position."""
    weight = position - int(position)
    return low if low == high else (1 - weight) * low + weight * high


def _sift(pixels: _Pixels, fractions: Sequence[float]) -> tuple[int, list[float]] | None:
    """Compute quantiles in one pass, or return None if that fails."""
    brackets = _bracket(pixels, fractions)
    if brackets is None:
        return None
    most = int(_LARGEST_PART * pixels.size)
    sizes: list[int] = []

    def sift(rows: slice) -> tuple[int, np.ndarray, list[np.ndarray]] | None:
        # Checked only once per strip, so other threads may exceed it by a
        # strip.
        if sum(sizes) > most:
            return None
        floats = pixels.measure(rows)
        room = int(floats.size * _LARGEST_STRIP_PART) + 2 * _PIECE
        chosen = np.empty((len(fractions), room), np.float32)
        below, inside = np.zeros((2, len(fractions)), np.int64)
        total = _sift_pieces(floats, *brackets, below, inside, chosen)
        sizes.append(int(inside.max(initial=0)) if total >= 0 else most + 1)
        return total, below, [row[:n].copy() for row, n in zip(chosen, inside, strict=True)]

    parts = [part for part in parallel_map(sift, pixels.strips(slice(0, pixels.height))) if part]
    if sum(sizes) > most:
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
    samples = [sample[~np.isnan(sample)] for sample in map(pixels.measure, pixels.samples())]
    samples = [sample for sample in samples if len(sample) >= _LEAST_SAMPLE]
    if len(samples) < _SAMPLES // 2:
        return None
    pooled = np.sort(np.concatenate(samples))
    middles = pooled[np.rint(np.multiply(fractions, len(pooled) - 1)).astype(int)]
    # Fraction of each sample that is below. Its variation from sample to
    # sample shows how far the pooled samples may be off.
    parts = np.array([(sample[:, np.newaxis] < middles).mean(axis=0) for sample in samples])
    errors = np.sqrt(0.5 * (np.diff(parts, axis=0) ** 2).mean(axis=0) / len(samples))
    ends = np.multiply.outer((-_MARGIN, _MARGIN), errors) + fractions
    lows, highs = pooled[np.rint(np.clip(ends, 0, 1) * (len(pooled) - 1)).astype(int)]
    return lows, highs


def _select_radix(pixels: _Pixels, fractions: Sequence[float]) -> tuple[int, list[float]]:
    """Compute quantiles in two passes, by the bits of the values."""
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
            count(pixels.measure(rows).view(np.int32), *args, counts)
        return counts

    return np.sum(parallel_map(count_block, row_blocks(pixels.height)), axis=0)


def _value_of_key(upper: int, lower: int) -> float:
    """Return the float whose key has these halves."""
    key = np.int32((upper - _HALF) << 16 | lower)
    bits = key if key >= 0 else key ^ np.int32(0x7FFFFFFF)
    return float(bits.view(np.float32))


@compiled
def _set_quantities(values, mask, variances, bad_bits, quantity, floats):  # type: ignore[no-untyped-def]
    """Set ``floats`` from a background to the quantity of the pixels above
    it, or NaN if not good.
    """
    for y in range(values.shape[0]):
        row = floats[y]
        for x in range(row.size):
            value = values[y, x] - row[x]
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
            row[x] = result if good else np.float32(np.nan)


@compiled
def _sift_pieces(floats, lows, highs, below, inside, chosen):  # type: ignore[no-untyped-def]
    """Count the values below brackets, and copy those inside of them.

    Returns the number of values that are not NaN; −1 if there is no room for
    the copies.
    """
    # Counts are in single precision and separate from the copying, since such
    # sums run in vector registers.
    one = np.float32(1)
    zero = np.float32(0)
    hits = np.empty(_PIECE // _GROUP, np.int32)
    total = 0
    for first in range(0, floats.size, _PIECE):
        piece = floats[first : first + _PIECE]
        groups = piece.size // _GROUP
        good = zero
        for x in range(piece.size):
            good += one if piece[x] == piece[x] else zero
        total += int(good)
        for j in range(lows.size):
            low = lows[j]
            high = highs[j]
            smaller = zero
            for x in range(piece.size):
                smaller += one if piece[x] < low else zero
            below[j] += int(smaller)
            n = inside[j]
            if n + piece.size >= chosen.shape[1]:
                return -1
            # A group is made of values that are far apart, so that groups are
            # tested side by side.
            hits[:] = 0
            for k in range(_GROUP):
                part = piece[k * groups : (k + 1) * groups]
                for group in range(part.size):
                    hits[group] |= np.int32((part[group] >= low) & (part[group] <= high))
            copy = chosen[j]
            for group in range(groups):
                if hits[group]:
                    for x in range(group, groups * _GROUP, groups):
                        copy[n] = piece[x]
                        n += (piece[x] >= low) & (piece[x] <= high)
            for x in range(groups * _GROUP, piece.size):
                copy[n] = piece[x]
                n += (piece[x] >= low) & (piece[x] <= high)
            inside[j] = n
    return total


@compiled
def _count_upper(keys, counts):  # type: ignore[no-untyped-def]
    for bits in keys:
        if (bits & np.int32(0x7FFFFFFF)) <= np.int32(0x7F800000):
            key = bits if bits >= 0 else bits ^ np.int32(0x7FFFFFFF)
            counts[(key >> 16) + 32768] += 1


@compiled
def _count_lower(keys, slots, counts):  # type: ignore[no-untyped-def]
    for bits in keys:
        if (bits & np.int32(0x7FFFFFFF)) <= np.int32(0x7F800000):
            key = bits if bits >= 0 else bits ^ np.int32(0x7FFFFFFF)
            slot = slots[(key >> 16) + 32768]
            if slot >= 0:
                counts[slot, key & 0xFFFF] += 1
