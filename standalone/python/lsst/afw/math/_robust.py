# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Order statistics and clipped moments of one-dimensional samples."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from lsst.pixels import compiled, crude_moments, seek_pair, select_pair

IQ_TO_STDEV = 0.741301109252802
"""Standard deviation of a Gaussian over its interquartile range."""

_FEW, _MANY = 32, 1 << 24
"""Limits between which order statistics are found by counting."""


@compiled
def percentile(values, n, fraction, left, right):  # type: ignore[no-untyped-def]
    """Return a percentile of the first ``n`` values, linearly interpolated."""
    if n == 0:
        return np.nan
    position = fraction * (n - 1)
    lower = int(position)
    low, high = select_pair(values, n, lower, left, right)
    if lower == position:
        return np.float64(low)
    return (lower + 1 - position) * low + (position - lower) * high


@compiled
def moments(values, n):  # type: ignore[no-untyped-def]
    """Return the mean and n − 1 variance of the first ``n`` values.

    The mean is taken in two steps, and the variance about the first. The
    variance of one value is NaN, and so is the mean of none.
    """
    if n == 0:
        return np.nan, np.nan
    crude = 0.0
    for i in range(n):
        crude += values[i]
    crude /= n
    first = 0.0
    second = 0.0
    for i in range(n):
        delta = values[i] - crude
        first += delta
        second += delta * delta
    first /= n
    if n == 1:
        return crude + first, np.nan
    return crude + first, (second / n - first * first) * (n / (n - 1))


@compiled
def _momentsNear(values, n, center, width):  # type: ignore[no-untyped-def]
    """Return mean, variance and number of finite values near a value."""
    count = 0.0
    first = 0.0
    second = 0.0
    for i in range(n):
        delta = np.float64(values[i]) - center
        near = 1.0 if abs(delta) <= width else 0.0
        count += near
        near *= delta
        first += near
        second += near * delta
    if count == 0:
        return np.nan, np.nan, 0
    first /= count
    if count == 1:
        return center + first, np.nan, 1
    return center + first, (second / count - first * first) * (count / (count - 1)), int(count)


@compiled
def clippedMoments(values, n, numSigmaClip, numIter, left, right):  # type: ignore[no-untyped-def]
    """Return the mean, variance and number of the values near the center.

    Every pass selects again from all values: the first about the median, in
    units of the interquartile range; later ones about the last mean, in units
    of the last standard deviation.
    """
    # A loop with a single call: the callee is inlined, and more machine code
    # takes longer to load.
    quartiles = np.empty(4)
    for i in range(1, 4):
        quartiles[i] = percentile(values, n, 0.25 * i, left, right)
    center = quartiles[2]
    iqWidth = numSigmaClip * IQ_TO_STDEV * (quartiles[3] - quartiles[1])
    width = iqWidth
    mean, variance, count = np.nan, np.nan, 0
    for _ in range(numIter):
        if np.isnan(center) or np.isnan(width):
            return np.nan, np.nan, 0
        count = 0
        for i in range(n):
            left[count] = values[i]
            count += abs(values[i] - center) <= width
        mean, variance = moments(left, count)
        center = mean
        width = iqWidth if count <= 1 else numSigmaClip * np.sqrt(max(variance, 0.0))
    return mean, variance, count


@compiled
def _seekQuartiles(values, n, quartiles):  # type: ignore[no-untyped-def]
    """Set the quartiles of float32 values that resemble noise.

    Returns whether they were found. Elements 1, 2 and 3 are set.
    """
    if n < _FEW or n > _MANY:
        return False
    center, sigma = crude_moments(values, n)
    if not 0 < sigma < np.inf:
        return False
    for i in (3, 1, 2):
        position = 0.25 * i * (n - 1)
        lower = int(position)
        guess = center + (i - 2) * np.float32(0.6745) * sigma
        density = (0.32 if i != 2 else 0.4) * n / sigma
        if i == 2:
            guess = 0.5 * (quartiles[1] + quartiles[3])
        isFound, low, high = seek_pair(values, n, lower, guess, density)
        if not isFound:
            return False
        quartiles[i] = low
        if lower != position:
            quartiles[i] = (lower + 1 - position) * low + (position - lower) * high
    return True


@compiled
def fastClippedMoments(values, n, numSigmaClip, numIter, left, right):  # type: ignore[no-untyped-def]
    """Return the mean, variance and number of float32 values near the center.

    The result is that of `clippedMoments`, but faster if the values resemble
    noise.
    """
    quartiles = np.empty(4)
    if not _seekQuartiles(values, n, quartiles):
        return clippedMoments(values, n, numSigmaClip, numIter, left, right)
    center = quartiles[2]
    iqWidth = numSigmaClip * IQ_TO_STDEV * (quartiles[3] - quartiles[1])
    width = iqWidth
    mean, variance, count = np.nan, np.nan, 0
    for _ in range(numIter):
        if np.isnan(center) or np.isnan(width):
            return np.nan, np.nan, 0
        mean, variance, count = _momentsNear(values, n, center, width)
        center = mean
        width = iqWidth if count <= 1 else numSigmaClip * np.sqrt(max(variance, 0.0))
    return mean, variance, count


@compiled
def _addMoments(values, shift, sums):  # type: ignore[no-untyped-def]
    """Add number, sum and sum of squares of finite values less a shift."""
    for row in range(values.shape[0]):
        count = 0
        first = 0.0
        second = 0.0
        for column in range(values.shape[1]):
            value = values[row, column]
            good = np.isfinite(value)
            delta = value - shift if good else 0.0
            count += good
            first += delta
            second += delta * delta
        sums[0] += count
        sums[1] += first
        sums[2] += second


class RunningMoments:
    """Running mean and variance of finite values that arrive in parts.

    Sums are relative to the first value. The variance is accurate if that
    is of the order of the mean, as in a background.
    """

    def __init__(self) -> None:
        self._shift = np.nan
        self._sums = np.zeros(3)

    def add(self, values: npt.NDArray[np.float32]) -> None:
        """Add the values of a 2-d array."""
        if np.isnan(self._shift):
            finite = np.isfinite(values)
            if not finite.any():
                return
            self._shift = float(values[finite][0])
        _addMoments(values, self._shift, self._sums)

    @property
    def mean(self) -> float:
        """Mean; NaN if there were no values."""
        return float(self._shift + self._sums[1] / self._sums[0]) if self._sums[0] else np.nan

    @property
    def variance(self) -> float:
        """Variance, with n − 1; NaN if there were less than two values."""
        n, first, second = self._sums.tolist()
        return (second - first * first / n) / (n - 1) if n > 1 else np.nan


MEAN, MEDIAN, MEANCLIP = range(3)
"""Choices of `binStatistics`."""

_HALF_PI = 0.5 * math.pi


@compiled
def _gather(image, mask, useMask, andMask, nanSafe, xEdges, y0, y1, values, counts):  # type: ignore[no-untyped-def]
    """Copy the good pixels of a row of bins, and count them, for each bin.

    The image is read row by row, to access memory in order.
    """
    counts[:] = 0
    for y in range(y0, y1):
        for i in range(len(counts)):
            chosen = values[i]
            n = counts[i]
            for x in range(xEdges[i], xEdges[i + 1]):
                value = image[y, x]
                chosen[n] = value
                good = True
                if useMask:
                    good = (mask[y, x] & andMask) == 0
                if nanSafe:
                    good = good & np.isfinite(value)
                n += good
            counts[i] = n


@compiled
def _estimate(values, n, statistic, numSigmaClip, numIter, left, right):  # type: ignore[no-untyped-def]
    """Return one statistic and its standard error."""
    if n == 0:
        return np.nan, np.nan
    if statistic == MEANCLIP:
        mean, variance, count = fastClippedMoments(values, n, numSigmaClip, numIter, left, right)
        return mean, np.sqrt(variance / count) if count else np.nan
    mean, variance = moments(values, n)
    if statistic == MEAN:
        return mean, np.sqrt(variance / n)
    return percentile(values, n, 0.5, left, right), np.sqrt(_HALF_PI * variance / n)


@compiled
def binStatistics(  # type: ignore[no-untyped-def]
    image,
    mask,
    useMask,
    andMask,
    nanSafe,
    xEdges,
    yEdges,
    statistic,
    numSigmaClip,
    numIter,
    outValue,
    outError,
):
    """Set a statistic and its standard error for each bin.

    Parameters
    ----------
    image : array of float32, shape (height, width)
    mask : array of int32, of the same shape if used
    useMask : `bool`
        Whether to ignore pixels with bits of ``andMask``.
    andMask : `int`
    nanSafe : `bool`
        Whether to ignore pixels that are not finite.
    xEdges, yEdges : array of int
        Limits of the bins in pixels, one more than there are bins.
    statistic : `int`
        One of MEAN, MEDIAN, MEANCLIP.
    numSigmaClip, numIter : `float`, `int`
        Clipping of MEANCLIP.
    outValue, outError : array of float32, shape (ny, nx)
        Results; NaN where there is no good pixel.
    """
    size = np.max(np.diff(xEdges)) * np.max(np.diff(yEdges))
    nx = len(xEdges) - 1
    values = np.empty((nx, size), image.dtype)
    counts = np.empty(nx, np.int64)
    left = np.empty(size, image.dtype)
    right = np.empty(size, image.dtype)
    for j in range(len(yEdges) - 1):
        _gather(image, mask, useMask, andMask, nanSafe, xEdges, yEdges[j], yEdges[j + 1], values, counts)
        for i in range(nx):
            value, error = _estimate(values[i], counts[i], statistic, numSigmaClip, numIter, left, right)
            outValue[j, i] = value
            outError[j, i] = error
