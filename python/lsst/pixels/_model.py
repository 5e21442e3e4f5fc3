# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Smooth models of pixels: medians in bins, interpolated between them."""

from __future__ import annotations

__all__ = ("BinnedModel", "ImageModel", "Model")

import math
from collections.abc import Iterator
from typing import Protocol, Self

import numpy as np

from ._bits import flag_above, signed
from ._jit import compiled
from ._quantiles import nanmedian, select_quantiles
from ._select import select_pair_near
from ._threads import parallel_map, row_blocks

# Rows of bins that a thread measures at a time, and rows of pixels that it
# evaluates at a time, chosen so that its working set fits the caches.
_BIN_ROWS = 8
_STRIP_ROWS = 16


class Model(Protocol):
    """Model of the pixels of a plane."""

    def median(self) -> float:
        """Compute the median of the pixels that are not NaN."""

    def flag_above(self, threshold: float, mask: np.ndarray, bits: int) -> int:
        """Set mask bits where the model exceeds a threshold.

        Returns
        -------
        flagged : `int`
            Number of such pixels.
        """


class ImageModel:
    """Model given as an image.

    Parameters
    ----------
    image
        Pixels of the model, float32.
    """

    def __init__(self, image: np.ndarray):
        self._image = image

    def median(self) -> float:
        """Compute the median of the pixels that are not NaN."""
        return nanmedian(self._image)

    def flag_above(self, threshold: float, mask: np.ndarray, bits: int) -> int:
        """Set mask bits where the model exceeds a threshold."""
        return flag_above(self._image, threshold, mask, bits)


class BinnedModel:
    """Model that interpolates linearly between the centers of bins.

    It is evaluated a few rows at a time when it is used, and is never in
    memory as a whole.

    Parameters
    ----------
    grid
        Values of the bins, float32, of shape (ny, nx), with at least two
        bins on each axis and without NaN.
    shape
        Number of rows and columns of pixels.

    Raises
    ------
    ValueError
        Raised if ``grid`` is too small or has NaN.

    Notes
    -----
    Bin i of n on an axis of W pixels ends before pixel
    ((i + 1) W + n / 2) / n, with integer division. Values are interpolated
    along columns and then along rows, in double precision, and extrapolated
    beyond the outermost centers.
    """

    def __init__(self, grid: np.ndarray, shape: tuple[int, int]):
        if min(grid.shape) < 2 or np.isnan(grid).any():
            raise ValueError(f"A grid of shape {grid.shape} has fewer than two bins on an axis, or has NaN.")
        self.grid = grid
        """Values of the bins."""
        self.shape = shape
        """Number of rows and columns of pixels."""
        self._grid = grid.astype(np.float64)
        self._rows = _Axis(shape[0], grid.shape[0])
        self._columns = _Axis(shape[1], grid.shape[1])

    @classmethod
    def measure(
        cls,
        values: np.ndarray,
        mask: np.ndarray,
        ignored: int,
        bin_shape: tuple[int, int],
        *,
        finite_only: bool = False,
        filter_size: int | None = None,
    ) -> Self | None:
        """Measure the medians of a plane.

        Parameters
        ----------
        values, mask
            Pixels of the plane, float32, and its mask, of the same shape.
        ignored
            Mask bits of pixels that are ignored.
        bin_shape
            Upper limits on the height and width of bins.
        finite_only
            Ignore infinite pixels. NaN is always ignored.
        filter_size
            Width in bins of a square median filter to apply to the bins.

        Returns
        -------
        model : `BinnedModel` or `None`
            Model; None if there is only one bin on an axis, or if bins remain
            without a value.

        Raises
        ------
        ValueError
            Raised if the mask does not fit the plane, or bins have no pixel.
        """
        height, width = values.shape
        if mask.shape != values.shape or not min(bin_shape) >= 1:
            raise ValueError(
                f"A mask of shape {mask.shape} and bins of {bin_shape} do not fit a plane of {values.shape}."
            )
        rows = _edges(height, math.ceil(height / bin_shape[0]))
        columns = _edges(width, math.ceil(width / bin_shape[1]))
        grid = np.empty((len(rows) - 1, len(columns) - 1), np.float32)
        if min(grid.shape) < 2:
            return None

        def measure(first: int) -> None:
            part = slice(first, first + _BIN_ROWS)
            edges = rows[first : first + _BIN_ROWS + 1]
            _measure(values, mask, signed(ignored), finite_only, edges, columns, grid[part])

        parallel_map(measure, range(0, len(grid), _BIN_ROWS))
        if filter_size is not None:
            grid = _filter(grid, filter_size)
        return None if np.isnan(grid).any() else cls(grid, values.shape)

    def evaluate(self, rows: slice, out: np.ndarray) -> None:
        """Compute rows of the model.

        Parameters
        ----------
        rows
            Rows to compute.
        out
            Array to fill, float32.
        """
        intervals, fractions = self._rows.intervals[rows], self._rows.fractions[rows, np.newaxis]
        low, high = self._grid[intervals], self._grid[intervals + 1]
        _interpolate(low + fractions * (high - low), self._columns.starts, self._columns.fractions, out)

    def median(self) -> float:
        """Compute the median of all pixels."""

        def measure(rows: slice) -> np.ndarray:
            strip = np.empty((rows.stop - rows.start, self.shape[1]), np.float32)
            self.evaluate(rows, strip)
            return strip

        _, (median,) = select_quantiles(measure, self.shape, (0.5,))
        return median

    def flag_above(self, threshold: float, mask: np.ndarray, bits: int) -> int:
        """Set mask bits where the model exceeds a threshold.

        Parameters
        ----------
        threshold
            Pixels of the model above it are flagged.
        mask
            Mask to modify, of the shape of the model.
        bits
            Bits to set.

        Returns
        -------
        flagged : `int`
            Number of such pixels.
        """
        if mask.shape != self.shape:
            raise ValueError(f"A model of shape {self.shape} does not fit a mask of shape {mask.shape}.")

        def flag(block: slice) -> int:
            return sum(flag_above(strip, threshold, mask[rows], bits) for rows, strip in self._strips(block))

        return sum(parallel_map(flag, row_blocks(self.shape[0])))

    def _strips(self, rows: slice) -> Iterator[tuple[slice, np.ndarray]]:
        """Evaluate rows, a few at a time, in one buffer."""
        memory = np.empty((_STRIP_ROWS, self.shape[1]), np.float32)
        for first in range(rows.start, rows.stop, _STRIP_ROWS):
            part = slice(first, min(first + _STRIP_ROWS, rows.stop))
            strip = memory[: part.stop - part.start]
            self.evaluate(part, strip)
            yield part, strip


class _Axis:
    """Intervals between the centers of bins on an axis.

    Parameters
    ----------
    length
        Number of pixels.
    number
        Number of bins, at least two.
    """

    def __init__(self, length: int, number: int):
        edges = _edges(length, number)
        centers = edges[:-1] + 0.5 * np.diff(edges) - 0.5
        at = np.arange(length)
        # The first and last interval extend to the ends of the axis.
        self.intervals = np.clip(np.searchsorted(centers, at, side="right") - 1, 0, number - 2)
        """Interval of each pixel."""
        self.fractions = (at - centers[self.intervals]) / np.diff(centers)[self.intervals]
        """Position of each pixel in its interval, as a fraction."""
        self.starts = np.searchsorted(self.intervals, np.arange(number))
        """First pixel of each interval, and the end of the last."""


def _edges(length: int, number: int) -> np.ndarray:
    """Divide pixels into bins whose sizes differ by one at most; return their
    edges.
    """
    return (np.arange(number + 1) * length + number // 2) // number


def _filter(grid: np.ndarray, size: int) -> np.ndarray:
    """Apply a median filter to the values of bins.

    Bins without a value get the median of all bins first. Beyond the edges,
    values are mirrored.
    """
    filled = np.where(np.isnan(grid), np.nanmedian(grid), grid) if np.isfinite(grid).any() else grid
    before = size // 2
    padded = np.pad(filled, (before, size - 1 - before), mode="symmetric")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (size, size)).reshape(*grid.shape, -1)
    middle = size * size // 2
    return np.partition(windows, middle, axis=-1)[..., middle]


@compiled
def _measure(values, mask, ignored, finite_only, rows, columns, out):  # type: ignore[no-untyped-def]
    """Compute the median of each bin; NaN if there is no usable pixel."""
    number = columns.size - 1
    size = np.max(np.diff(rows)) * np.max(np.diff(columns)) + 1
    chosen = np.empty((number, size), values.dtype)
    counts = np.empty(number, np.int64)
    left = np.empty(size, values.dtype)
    right = np.empty(size, values.dtype)
    for j in range(rows.size - 1):
        counts[:] = 0
        # Go row by row, to read memory in order.
        for r in range(rows[j], rows[j + 1]):
            for i in range(number):
                n = counts[i]
                for c in range(columns[i], columns[i + 1]):
                    value = values[r, c]
                    chosen[i, n] = value
                    usable = not np.isnan(value) and not (finite_only and np.isinf(value))
                    n += usable and (mask[r, c] & ignored) == 0
                counts[i] = n
        for i in range(number):
            n = counts[i]
            if n == 0:
                out[j, i] = np.nan
                continue
            low, high = select_pair_near(chosen[i], n, (n - 1) // 2, left, right)
            out[j, i] = 0.5 * (np.float64(low) + np.float64(high)) if n % 2 == 0 else low


@compiled
def _interpolate(knots, starts, fractions, out):  # type: ignore[no-untyped-def]
    """Interpolate rows between the two knots of each interval."""
    for r in range(out.shape[0]):
        row = out[r]
        for i in range(starts.size - 1):
            base = knots[r, i]
            step = knots[r, i + 1] - base
            # Whole vectors are faster than a remainder of single pixels.
            # Values written beyond the interval are overwritten by the next
            # one.
            length = (starts[i + 1] - starts[i] + 15) // 16 * 16
            part = row[starts[i] : starts[i] + length]
            fraction = fractions[starts[i] : starts[i] + length]
            for c in range(part.size):
                part[c] = base + fraction[c] * step
