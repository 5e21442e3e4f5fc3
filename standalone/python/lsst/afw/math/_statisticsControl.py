# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""What statistics there are, and how to compute them."""

from __future__ import annotations

__all__ = ["Property", "StatisticsControl", "stringToStatisticsProperty"]

import copy
import enum

import lsst.afw.image as afwImage
from lsst.pex.exceptions import InvalidParameterError


class Property(enum.IntFlag):
    """Statistics; combine them by ``|``."""

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
    """Return the statistic of a name; InvalidParameterError if unknown."""
    if name not in Property.__members__:
        raise InvalidParameterError(f"unknown statistic: {name!r}")
    return Property[name]


class StatisticsControl:
    """How to select pixels for statistics.

    Parameters
    ----------
    numSigmaClip : `float`, optional
        Half width of the clipping, in standard deviations.
    numIter : `int`, optional
        Number of clipping passes.
    andMask : `int`, optional
        Pixels with any of these mask bits are ignored.
    isNanSafe : `bool`, optional
        Ignore pixels that are not finite?
    useWeights : `StatisticsControl.WeightsBoolean`, optional
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
        self._noGoodPixelsMask = afwImage.MaskX.getPlaneBitMask("NO_DATA")
        self._calcErrorFromInputVariance = False
        self._calcErrorMosaicMode = False
        self._maskPropagationThresholds: dict[int, float] = {}

    def _copy(self) -> StatisticsControl:
        other = copy.copy(self)
        other._maskPropagationThresholds = dict(self._maskPropagationThresholds)
        return other

    def getNumSigmaClip(self) -> float:
        """Return the half width of the clipping."""
        return self._numSigmaClip

    def setNumSigmaClip(self, numSigmaClip: float) -> None:
        """Set the half width; InvalidParameterError unless positive."""
        if not numSigmaClip > 0:
            raise InvalidParameterError(f"numSigmaClip={numSigmaClip} is not positive")
        self._numSigmaClip = float(numSigmaClip)

    def getNumIter(self) -> int:
        """Return the number of clipping passes."""
        return self._numIter

    def setNumIter(self, numIter: int) -> None:
        """Set the number of passes; InvalidParameterError unless positive."""
        if numIter <= 0:
            raise InvalidParameterError(f"numIter={numIter} is not positive")
        self._numIter = int(numIter)

    def getAndMask(self) -> int:
        """Return the mask bits that exclude a pixel."""
        return self._andMask

    def setAndMask(self, andMask: int) -> None:
        """Set the mask bits that exclude a pixel."""
        self._andMask = int(andMask)

    def getNanSafe(self) -> bool:
        """Whether pixels that are not finite are ignored."""
        return self._isNanSafe

    def setNanSafe(self, isNanSafe: bool) -> None:
        """Set whether pixels that are not finite are ignored."""
        self._isNanSafe = bool(isNanSafe)

    def getWeighted(self) -> bool:
        """Whether pixels are weighted."""
        return self._useWeights == self.WEIGHTS_TRUE

    def getWeightedIsSet(self) -> bool:
        """Whether weighting was chosen either way."""
        return self._useWeights != self.WEIGHTS_NONE

    def setWeighted(self, useWeights: bool) -> None:
        """Set whether pixels are weighted."""
        self._useWeights = self.WEIGHTS_TRUE if useWeights else self.WEIGHTS_FALSE

    def getNoGoodPixelsMask(self) -> int:
        """Return the mask bits that mean that no pixel could be used."""
        return self._noGoodPixelsMask

    def setNoGoodPixelsMask(self, noGoodPixelsMask: int) -> None:
        """Set the mask bits that mean that no pixel could be used."""
        self._noGoodPixelsMask = int(noGoodPixelsMask)

    def getCalcErrorFromInputVariance(self) -> bool:
        """Whether errors come from the variance plane."""
        return self._calcErrorFromInputVariance

    def setCalcErrorFromInputVariance(self, calcErrorFromInputVariance: bool) -> None:
        """Set whether errors come from the variance plane."""
        self._calcErrorFromInputVariance = bool(calcErrorFromInputVariance)

    def getCalcErrorMosaicMode(self) -> bool:
        """Whether errors are those of a mosaic."""
        return self._calcErrorMosaicMode

    def setCalcErrorMosaicMode(self, calcErrorMosaicMode: bool) -> None:
        """Set whether errors are those of a mosaic."""
        self._calcErrorMosaicMode = bool(calcErrorMosaicMode)

    def getMaskPropagationThreshold(self, bit: int) -> float:
        """Return the rejected share of weight that sets a bit (1 if none)."""
        return self._maskPropagationThresholds.get(bit, 1.0)

    def setMaskPropagationThreshold(self, bit: int, threshold: float) -> None:
        """Set the rejected share of weight that sets a bit."""
        self._maskPropagationThresholds[bit] = float(threshold)
