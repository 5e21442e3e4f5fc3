# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Statistics of pixels, and the control of which pixels they use."""

from __future__ import annotations

__all__ = ("Property", "Statistics", "StatisticsControl", "makeStatistics", "stringToStatisticsProperty")

import enum
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

import lsst.afw.image as afwImage
from lsst.pex.exceptions import InvalidParameterError

from ._robust import clippedMoments, moments, percentile


class Property(enum.IntFlag):
    """Statistics, to be combined with ``|``."""

    NOTHING = 0
    ERRORS = 1
    NPOINT = 2
    MEAN = 4
    STDEV = 8
    VARIANCE = 16
    MEDIAN = 32
    IQRANGE = 64
    MEANCLIP = 128
    STDEVCLIP = 256
    VARIANCECLIP = 512
    MIN = 1024
    MAX = 2048
    SUM = 4096
    MEANSQUARE = 8192
    ORMASK = 16384
    NCLIPPED = 32768
    NMASKED = 65536


def stringToStatisticsProperty(name: str) -> Property:
    """Return the statistic with a given name.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if the name is unknown.
    """
    if name not in Property.__members__:
        raise InvalidParameterError(f"Unknown statistic: {name!r}.")
    return Property[name]


class StatisticsControl:
    """Control of which pixels statistics use.

    Parameters
    ----------
    numSigmaClip
        Half width of the clipping, in standard deviations.
    numIter
        Number of clipping passes.
    andMask
        Pixels with any of these mask bits are ignored.
    isNanSafe
        Whether to ignore pixels that are not finite.
    useWeights
        Whether to weight pixels; NONE leaves it to the call.
    """

    class WeightsBoolean(enum.IntEnum):
        """Three-valued choice of weighting."""

        WEIGHTS_FALSE = 0
        WEIGHTS_TRUE = 1
        WEIGHTS_NONE = 2

    WEIGHTS_FALSE = WeightsBoolean.WEIGHTS_FALSE
    WEIGHTS_TRUE = WeightsBoolean.WEIGHTS_TRUE
    WEIGHTS_NONE = WeightsBoolean.WEIGHTS_NONE

    def __init__(
        self,
        numSigmaClip: float = 3.0,
        numIter: int = 3,
        andMask: int = 0,
        isNanSafe: bool = True,
        useWeights: WeightsBoolean = WEIGHTS_NONE,
    ) -> None:
        self.setNumSigmaClip(numSigmaClip)
        self.setNumIter(numIter)
        self._andMask = int(andMask)
        self._isNanSafe = bool(isNanSafe)
        self._useWeights = self.WeightsBoolean(useWeights)
        self._calcErrorFromInputVariance = False

    def getNumSigmaClip(self) -> float:
        """Return the half width of the clipping."""
        return self._numSigmaClip

    def setNumSigmaClip(self, numSigmaClip: float) -> None:
        """Set the half width of the clipping.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if it is not positive.
        """
        if not numSigmaClip > 0:
            raise InvalidParameterError(f"numSigmaClip={numSigmaClip} is not positive.")
        self._numSigmaClip = float(numSigmaClip)

    def getNumIter(self) -> int:
        """Return the number of clipping passes."""
        return self._numIter

    def setNumIter(self, numIter: int) -> None:
        """Set the number of clipping passes.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if it is not positive.
        """
        if numIter <= 0:
            raise InvalidParameterError(f"numIter={numIter} is not positive.")
        self._numIter = int(numIter)

    def getAndMask(self) -> int:
        """Return the mask bits that exclude a pixel."""
        return self._andMask

    def setAndMask(self, andMask: int) -> None:
        """Set the mask bits that exclude a pixel."""
        self._andMask = int(andMask)

    def getNanSafe(self) -> bool:
        """Return whether pixels that are not finite are ignored."""
        return self._isNanSafe

    def setNanSafe(self, isNanSafe: bool) -> None:
        """Set whether pixels that are not finite are ignored."""
        self._isNanSafe = bool(isNanSafe)

    def getWeighted(self) -> bool:
        """Return whether pixels are weighted."""
        return self._useWeights == self.WEIGHTS_TRUE

    def getWeightedIsSet(self) -> bool:
        """Return whether weighting was chosen either way."""
        return self._useWeights != self.WEIGHTS_NONE

    def setWeighted(self, useWeights: bool) -> None:
        """Set whether pixels are weighted."""
        self._useWeights = self.WEIGHTS_TRUE if useWeights else self.WEIGHTS_FALSE

    def getCalcErrorFromInputVariance(self) -> bool:
        """Return whether errors come from the variance plane."""
        return self._calcErrorFromInputVariance

    def setCalcErrorFromInputVariance(self, calcErrorFromInputVariance: bool) -> None:
        """Set whether errors come from the variance plane."""
        self._calcErrorFromInputVariance = bool(calcErrorFromInputVariance)


_ORDER = Property.MEDIAN | Property.IQRANGE
_CLIPPED = Property.MEANCLIP | Property.STDEVCLIP | Property.VARIANCECLIP | Property.NCLIPPED
_MOMENTS = Property.MEAN | Property.STDEV | Property.VARIANCE | Property.MEANSQUARE
_FOR_ERRORS = Property.MEAN | Property.MEDIAN


def _squareRoot(variance: float) -> float:
    """Return the square root; NaN for NaN and negative variances."""
    return math.sqrt(variance) if variance >= 0.0 else math.nan


class Statistics:
    """Requested statistics of a set of values; see `makeStatistics`.

    Parameters
    ----------
    values
        Values that are used, one-dimensional.
    nMasked
        Number of values left out.
    orMask
        Union of the mask bits of the values used.
    flags
        Statistics to compute.
    sctrl
        Clipping.
    """

    def __init__(
        self, values: npt.NDArray[Any], nMasked: int, orMask: int, flags: Property, sctrl: StatisticsControl
    ) -> None:
        self._flags = Property(flags)
        self._n = len(values)
        self._results: dict[Property, float] = {
            Property.NPOINT: self._n,
            Property.NMASKED: nMasked,
            Property.ORMASK: orMask,
            Property.SUM: float(np.sum(values, dtype=np.float64)),
            Property.MIN: float(np.min(values)) if self._n else math.nan,
            Property.MAX: float(np.max(values)) if self._n else math.nan,
        }
        if self._flags & (_MOMENTS | (_FOR_ERRORS if self._flags & Property.ERRORS else 0)):
            self._addMoments(values)
        if self._flags & (_ORDER | _CLIPPED):
            if values.dtype.kind != "f":
                raise TypeError(
                    f"Order statistics of {values.dtype} are not supported; only of floating point."
                )
            self._addOrder(values, sctrl)

    def _addMoments(self, values: npt.NDArray[Any]) -> None:
        mean, variance = moments(values, self._n) if self._n else (math.nan, math.nan)
        self._results[Property.MEAN] = mean
        self._results[Property.VARIANCE] = variance
        self._results[Property.STDEV] = _squareRoot(variance)
        self._results[Property.MEANSQUARE] = (
            (self._n - 1) / self._n * variance + mean**2 if self._n else math.nan
        )

    def _addOrder(self, values: npt.NDArray[Any], sctrl: StatisticsControl) -> None:
        left, right = np.empty_like(values), np.empty_like(values)
        if self._flags & Property.MEDIAN:
            self._results[Property.MEDIAN] = percentile(values, self._n, 0.5, left, right)
        if self._flags & Property.IQRANGE:
            upper = percentile(values, self._n, 0.75, left, right)
            self._results[Property.IQRANGE] = upper - percentile(values, self._n, 0.25, left, right)
        if self._flags & _CLIPPED:
            mean, variance, count = clippedMoments(
                values, self._n, sctrl.getNumSigmaClip(), sctrl.getNumIter(), left, right
            )
            self._results[Property.MEANCLIP] = mean
            self._results[Property.VARIANCECLIP] = variance
            self._results[Property.STDEVCLIP] = _squareRoot(variance)
            self._results[Property.NCLIPPED] = self._n - count

    def _choose(self, prop: Property) -> Property:
        """Return the requested property, or the only one there is."""
        if prop == Property.NOTHING:
            prop = Property(self._flags & ~Property.ERRORS)
            if prop not in Property.__members__.values() or prop == Property.NOTHING:
                raise InvalidParameterError(f"Name one of the statistics requested: {prop!r}.")
        prop = Property(prop & ~Property.ERRORS)
        if prop not in Property.__members__.values() or not prop & self._flags:
            raise InvalidParameterError(f"{prop!r} was not requested; {self._flags!r} was.")
        return prop

    def _error(self, prop: Property) -> float:
        """Return the standard error; NaN if not requested or not defined."""
        if not self._flags & Property.ERRORS or self._n == 0:
            return math.nan
        if prop == Property.MEAN:
            return _squareRoot(self._results[Property.VARIANCE] / self._n)
        if prop == Property.MEDIAN:
            return _squareRoot(0.5 * math.pi * self._results[Property.VARIANCE] / self._n)
        if prop == Property.MEANCLIP:
            count = self._n - self._results[Property.NCLIPPED]
            return _squareRoot(self._results[Property.VARIANCECLIP] / count) if count else math.nan
        return math.nan

    def getResult(self, prop: Property = Property.NOTHING) -> tuple[float, float]:
        """Return a statistic and its standard error.

        Parameters
        ----------
        prop
            Statistic to return; optional if only one was requested.

        Returns
        -------
        value, error
            The error is NaN unless ERRORS was requested and the statistic is
            MEAN, MEDIAN or MEANCLIP.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if the statistic was not requested.
        """
        chosen = self._choose(prop)
        return float(self._results[chosen]), self._error(chosen)

    def getValue(self, prop: Property = Property.NOTHING) -> float:
        """Return a statistic; see `getResult`."""
        return self.getResult(prop)[0]

    def getError(self, prop: Property = Property.NOTHING) -> float:
        """Return the standard error of a statistic; see `getResult`."""
        return self.getResult(prop)[1]

    def getOrMask(self) -> int:
        """Return the union of the mask bits of the values used."""
        return int(self._results[Property.ORMASK])


def makeStatistics(
    data: Any, *args: Any, flags: int | None = None, sctrl: StatisticsControl | None = None
) -> Statistics:
    """Compute statistics.

    Parameters
    ----------
    data : `lsst.afw.image.Image`, `lsst.afw.image.MaskedImage`, \
            `lsst.afw.image.Mask` or sequence of `float`
        Values.
    *args
        A mask (only with an Image), then ``flags`` and ``sctrl`` unless given
        by name.
    flags : `Property`
        Statistics to compute.
    sctrl : `StatisticsControl`, optional
        Which values to use.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if there are no pixels, or the mask is of another size.
    NotImplementedError
        Raised if weights or errors from a variance plane are requested.

    Notes
    -----
    A mask has only NPOINT and SUM, the union of the bits of all its
    pixels; other statistics raise InvalidParameterError. ``sctrl`` does not
    matter then.
    """
    if isinstance(data, afwImage.MaskX) and args and isinstance(args[0], afwImage.Mask):
        raise TypeError("The statistics of a mask cannot be restricted by another mask.")
    rest = list(args)
    mask = rest.pop(0).array if rest and isinstance(rest[0], afwImage.Mask) else None
    if flags is None:
        if not rest:
            raise TypeError("makeStatistics needs flags.")
        flags = rest.pop(0)
    if sctrl is None:
        sctrl = rest.pop(0) if rest else StatisticsControl()
    if rest or not isinstance(sctrl, StatisticsControl) or not isinstance(flags, (int, np.integer)):
        raise TypeError(f"Unexpected arguments {args!r}; weights are not supported.")
    if sctrl.getWeighted() or sctrl.getCalcErrorFromInputVariance():
        raise NotImplementedError("Weighted statistics and errors from the variance are not supported.")
    if isinstance(data, afwImage.MaskX):
        return _statisticsOfMask(data.array, Property(int(flags)), sctrl)
    if hasattr(data, "variance"):
        data, mask = data.image, data.mask.array
    if not isinstance(data, Sequence):
        data = getattr(data, "array", data)
    return _statisticsOf(np.asarray(data), mask, Property(int(flags)), sctrl)


def _statisticsOfMask(array: npt.NDArray[np.int32], flags: Property, sctrl: StatisticsControl) -> Statistics:
    """Compute the statistics that a mask has."""
    if refused := flags & ~(Property.NPOINT | Property.SUM):
        raise InvalidParameterError(f"Statistics of a mask are NPOINT and SUM only, not {refused!r}.")
    if array.size == 0:
        raise InvalidParameterError("A mask without pixels has no statistics.")
    statistics = Statistics(array[:0].ravel(), 0, 0, flags, sctrl)
    statistics._n = array.size
    statistics._results[Property.NPOINT] = array.size
    statistics._results[Property.SUM] = float(np.bitwise_or.reduce(array, axis=None))
    return statistics


def _statisticsOf(
    array: npt.NDArray[Any], mask: npt.NDArray[Any] | None, flags: Property, sctrl: StatisticsControl
) -> Statistics:
    """Select the values to use and compute."""
    if array.size == 0:
        raise InvalidParameterError("Cannot compute statistics of no pixels.")
    if mask is not None and mask.shape != array.shape:
        raise InvalidParameterError(f"Mask of shape {mask.shape} for pixels of shape {array.shape}.")
    good = np.ones(array.shape, dtype=bool)
    if mask is not None:
        good = (mask & sctrl.getAndMask()) == 0
    if sctrl.getNanSafe() and array.dtype.kind == "f":
        good &= np.isfinite(array)
    orMask = int(np.bitwise_or.reduce(mask[good])) if mask is not None and good.any() else 0
    values = np.ascontiguousarray(array[good])
    return Statistics(values, array.size - values.size, orMask, flags, sctrl)
