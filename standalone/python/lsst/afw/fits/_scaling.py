# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""The step between the integers that stand for floating-point pixels."""

from __future__ import annotations

__all__ = (
    "imageScale",
    "tileScale",
)

import math

import numpy as np

from ._compression import QuantizationOptions, ScalingAlgorithm

# Quartile range to standard deviation, for a normal distribution.
_QUARTILES_TO_SIGMA = 0.741
# Integers left free at both ends of the range of 32 bits.
_INTEGER_RANGE = 2.0**32 - 512.0


def imageScale(values: np.ndarray, masked: np.ndarray | None, options: QuantizationOptions) -> float | None:
    """Step for a whole image.

    Parameters
    ----------
    values
        Pixels.
    masked
        Pixels not to take into account.
    options
        How to choose the step.

    Returns
    -------
    scale
        The step; 0 if all pixels are equal; `None` if it is to be chosen tile
        by tile.

    Raises
    ------
    ValueError
        Raised if the level is not positive.
    """
    if options.scaling == ScalingAlgorithm.RANGE:
        finite = values[np.isfinite(values)]
        return float(np.ptp(finite.astype(np.float64)) / _INTEGER_RANGE) if finite.size else 0.0
    if not (options.level > 0 and math.isfinite(options.level)):
        raise ValueError(f"Quantization level {options.level} is not positive ({options.scaling.name}).")
    if options.scaling == ScalingAlgorithm.MANUAL:
        return options.level
    if options.scaling == ScalingAlgorithm.STDEV_CFITSIO:
        return None
    good = np.isfinite(values)
    if masked is not None:
        good &= ~masked
    chosen = values[good]
    n = chosen.size
    if n == 0:
        return 0.0
    low, high = n // 4, min(n // 4 + n // 2, n - 1)
    chosen.partition((low, high))
    width = float(chosen[high]) - float(chosen[low])
    return float(np.float32(_QUARTILES_TO_SIGMA * width / options.level))


def tileScale(values: np.ndarray, level: float) -> float:
    """Step for one tile from its noise.

    The noise is the least of three estimates from the median of absolute
    differences of neighbors of order 2, 3 and 5.
    Source: Pence et al. (2009), PASP 121, 414, and CFITSIO.

    Parameters
    ----------
    values
        Pixels of the tile, shape (rows, columns).
    level
        Steps per standard deviation.
    """
    orders = (
        (1.0483579, (1, 0, -1)),
        (0.6052697, (-1, 0, 2, 0, -1)),
        (0.1772048, (1, 0, -4, 0, 6, 0, -4, 0, 1)),
    )
    estimates = []
    for factor, weights in orders:
        medians = [m for row in values if (m := _medianDifference(row, weights)) > 0]
        estimates.append(factor * float(np.median(medians)) if medians else 0.0)
    positive = [estimate for estimate in estimates if estimate > 0]
    return min(positive) / level if positive else 0.0


def _medianDifference(row: np.ndarray, weights: tuple[int, ...]) -> float:
    row = row[np.isfinite(row)].astype(np.float64)
    if row.size < len(weights):
        return 0.0
    return float(np.median(np.abs(np.convolve(row, weights, "valid"))))
