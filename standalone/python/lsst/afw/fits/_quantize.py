# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Floating-point pixels as scaled integers, with subtractive dithering.

Source: section 10.2 of the FITS Standard 4.0.
"""

from __future__ import annotations

__all__ = (
    "BLANK",
    "DITHER_METHODS",
    "TileScaling",
    "dequantize",
    "dequantizeTile",
    "imageScale",
    "quantize",
    "tileScale",
)

import functools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from lsst.pixels import compiled

from ._compression import QuantizationOptions, ScalingAlgorithm

BLANK = -2147483647
"""Integer that stands for NaN in planes written here."""

DITHER_METHODS = {"NO_DITHER": 0, "SUBTRACTIVE_DITHER_1": 1, "SUBTRACTIVE_DITHER_2": 2}

_ZERO = -2147483646
_RESERVED = 10
_N_RANDOM = 10000
# Largest integer a pixel may get; the rest of the range is reserved.
_LARGEST = 2147483600.0


@functools.cache
def _randomNumbers() -> np.ndarray:
    """Return the standard's 10000 random numbers (Park & Miller 1988)."""
    values = np.empty(_N_RANDOM, np.float32)
    seed = 1.0
    for i in range(_N_RANDOM):
        product = 16807.0 * seed
        seed = product - 2147483647.0 * int(product / 2147483647.0)
        values[i] = seed / 2147483647.0
    return values


@dataclass(frozen=True)
class TileScaling:
    """Scaling of the quantized pixels of some tiles.

    Parameters
    ----------
    tiles
        0-based number of each tile in the image.
    scales, zeros
        Scale and zero point of each tile.
    method
        Key of `DITHER_METHODS`.
    seed
        Value of ZDITHER0.
    blank
        Integer that stands for NaN, if any.
    """

    tiles: np.ndarray
    scales: np.ndarray
    zeros: np.ndarray
    method: str
    seed: int
    blank: int | None

    def forCompiler(self) -> tuple[Any, ...]:
        """Return the values that `dequantizeTile` needs."""
        return (
            *(self.tiles, self.scales, self.zeros),
            *(DITHER_METHODS[self.method], self.seed),
            *(self.blank is not None, self.blank or 0),
            _randomNumbers(),
        )


@compiled(exact=True)
def _dequantizeRun(pixels, scale, zero, method, hasBlank, blank, random, out):  # type: ignore[no-untyped-def]
    """Dequantize pixels, each with its own random number."""
    for i in range(out.size):
        value = pixels[i]
        shift = 0.5 - np.float64(random[i]) if method else 0.0
        # Rounded only on storage, since images may be double precision.
        number = (value + shift) * scale + zero
        if method == 2 and value == _ZERO:
            number = 0.0
        out[i] = np.nan if hasBlank and value == blank else number


@compiled(exact=True)
def dequantizeTile(pixels, tile, first, scaling, out):  # type: ignore[no-untyped-def]
    """Dequantize a tile; to be called from compiled code.

    Parameters
    ----------
    pixels
        Integers of the tile, starting with its first.
    tile
        Index of the tile among those that ``scaling`` describes.
    first
        Index of the first wanted pixel.
    scaling
        Scaling of the integers; see `TileScaling.forCompiler`.
    out
        Array to fill.
    """
    tiles, scales, zeros, method, seed, hasBlank, blank, random = scaling
    start = (tiles[tile] + seed - 1) % random.size
    step = np.int64(random[start] * 500) + first
    done = 0
    while done < out.size:
        # Numbers are used in runs: up to the last, then from the next start.
        if step >= random.size:
            start = (start + 1) % random.size
            step += np.int64(random[start] * 500) - random.size
            continue
        end = min(out.size, done + random.size - step)
        _dequantizeRun(
            pixels[first + done : first + end],
            scales[tile],
            zeros[tile],
            method,
            hasBlank,
            blank,
            random[step : step + end - done],
            out[done:end],
        )
        step += end - done
        done = end


@compiled(exact=True)
def _dequantize(pixels, first, scaling, out):  # type: ignore[no-untyped-def]
    for tile in range(pixels.shape[0]):
        dequantizeTile(pixels[tile], tile, first, scaling, out[tile])


def dequantize(pixels: np.ndarray, first: int, scaling: TileScaling, out: np.ndarray) -> None:
    """Turn integers into floating-point pixels.

    Parameters
    ----------
    pixels
        Integers, shape (number of tiles, pixels per tile).
    first
        Index of the first wanted pixel of each tile.
    scaling
        Scaling of the integers.
    out
        Array to fill, with as many pixels of each tile as it has columns.
    """
    _dequantize(pixels, first, scaling.forCompiler(), out)


@compiled(exact=True)
def _quantize(values, scale, method, start, random, out):  # type: ignore[no-untyped-def]
    """Return the zero point, or NaN if the values do not fit integers."""
    low, high = np.inf, -np.inf
    nBad = 0
    for value in values:
        if np.isnan(value):
            nBad += 1
        else:
            low, high = min(low, value), max(high, value)
    if nBad == values.size:
        low = high = 0.0
    if method == 2 or nBad > 0:
        zero = low - scale * (BLANK + _RESERVED)
    else:
        zero = np.floor(low / scale + 0.5) * scale
    if not (high - low) / scale < 2.0 * _LARGEST or not (high - zero) / scale < _LARGEST:
        return np.nan
    nRandom = random.size
    step = np.int64(random[start] * 500)
    for i in range(values.size):
        value = np.float64(values[i])
        if np.isnan(value):
            out[i] = BLANK
        elif method == 2 and value == 0.0:
            out[i] = _ZERO
        else:
            shift = random[step] - 0.5 if method else 0.0
            out[i] = np.int32(np.floor((value - zero) / scale + shift + 0.5))
        step += 1
        if step == nRandom:
            start = (start + 1) % nRandom
            step = np.int64(random[start] * 500)
    return zero


def quantize(values: np.ndarray, scale: float, method: str, seed: int, tile: int) -> tuple[np.ndarray, float]:
    """Turn the pixels of a tile into integers.

    Parameters
    ----------
    values
        Pixels of the tile in order.
    scale
        Step between integers.
    method
        Key of `DITHER_METHODS`.
    seed
        Value of ZDITHER0.
    tile
        0-based number of the tile in the image.

    Returns
    -------
    pixels
        Integers.
    zero
        Value of integer 0; NaN if the values do not fit, e.g. infinite ones.
    """
    out = np.empty(values.size, np.int32)
    start = (tile + seed - 1) % _N_RANDOM
    zero = _quantize(values, scale, DITHER_METHODS[method], start, _randomNumbers(), out)
    return out, zero


# Quartile range to standard deviation, for a normal distribution.
_QUARTILES_TO_SIGMA = 0.741
# Usable range of 32-bit integers; some are left free at both ends.
_INTEGER_RANGE = 2.0**32 - 512.0


def imageScale(values: np.ndarray, masked: np.ndarray | None, options: QuantizationOptions) -> float | None:
    """Return the quantization step for a whole image.

    Parameters
    ----------
    values
        Pixels.
    masked
        Pixels to ignore.
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
    """Return the quantization step for one tile, from its noise.

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
