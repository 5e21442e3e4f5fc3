# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Statistics of the rectangular bins of an image."""

from __future__ import annotations

__all__: list[str] = []

import math

import numpy as np

from lsst.pixels._jit import compiled

from ._robust import fastClippedMoments, moments, percentile

MEAN, MEDIAN, MEANCLIP = range(3)
"""Choices of `binStatistics`."""

_HALF_PI = 0.5 * math.pi


@compiled
def _gather(image, mask, useMask, andMask, nanSafe, xEdges, y0, y1, values, counts):  # type: ignore[no-untyped-def]
    """Copy the good pixels of a row of bins, and count them, for each bin.

    Row by row of the image, to read memory in order.
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
    """One statistic and its standard error."""
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
