# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""How to measure and interpolate a background."""

from __future__ import annotations

__all__ = ("BackgroundControl",)


import copy
from typing import Any

from lsst.pex.exceptions import LengthError

from ._approximate import ApproximateControl
from ._interpolate import (
    Interpolate,
    InterpStyle,
    UndersampleStyle,
    stringToInterpStyle,
    stringToUndersampleStyle,
)
from ._statistics import Property, StatisticsControl, stringToStatisticsProperty


def asInterpStyle(style: InterpStyle | str) -> InterpStyle:
    """Interpolation style, given as such or by name."""
    return stringToInterpStyle(style) if isinstance(style, str) else InterpStyle(style)


def asUndersampleStyle(style: UndersampleStyle | str) -> UndersampleStyle:
    """Undersample style, given as such or by name."""
    return stringToUndersampleStyle(style) if isinstance(style, str) else UndersampleStyle(style)


def asProperty(prop: Property | str) -> Property:
    """Statistic, given as such or by name."""
    return stringToStatisticsProperty(prop) if isinstance(prop, str) else Property(prop)


def _sample(name: str, n: int) -> int:
    if n <= 0:
        raise LengthError(f"{name}={n} is not positive")
    return int(n)


class BackgroundControl:
    """How to measure and interpolate a background.

    Called as ``BackgroundControl(nxSample, nySample[, sctrl, prop, actrl])``
    or ``BackgroundControl(style[, nxSample, nySample, undersampleStyle,
    sctrl, prop, actrl])``. The statistics and approximation controls are
    copied.

    Parameters
    ----------
    style : `Interpolate.Style` or `str`
        Interpolation style; AKIMA_SPLINE in the first form.
    nxSample, nySample : `int`
        Number of bins; LengthError unless positive. 10 in the second form.
    undersampleStyle : `UndersampleStyle` or `str`
        What to do if there are too few bins.
    sctrl : `StatisticsControl`
        Which pixels to use in a bin.
    prop : `Property` or `str`
        Statistic of a bin; MEANCLIP by default.
    actrl : `ApproximateControl`
        Model to fit instead of interpolating; none by default.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if "style" in kwargs or (args and isinstance(args[0], (str, InterpStyle))):
            self._set(*args, **kwargs)
        else:
            self._setSamples(*args, **kwargs)

    def _setSamples(self, nxSample: int, nySample: int, *args: Any, **kwargs: Any) -> None:
        names = ("sctrl", "prop", "actrl")
        if len(args) > len(names):
            raise TypeError(f"unexpected arguments {args[len(names) :]!r}")
        given = dict(zip(names, args, strict=False))
        self._set(Interpolate.AKIMA_SPLINE, nxSample, nySample, **given, **kwargs)

    def _set(
        self,
        style: InterpStyle | str,
        nxSample: int = 10,
        nySample: int = 10,
        undersampleStyle: UndersampleStyle | str = UndersampleStyle.THROW_EXCEPTION,
        sctrl: StatisticsControl | None = None,
        prop: Property | str = Property.MEANCLIP,
        actrl: ApproximateControl | None = None,
    ) -> None:
        self.setInterpStyle(style)
        self.setNxSample(nxSample)
        self.setNySample(nySample)
        self.setUndersampleStyle(undersampleStyle)
        self._statisticsControl = StatisticsControl() if sctrl is None else sctrl._copy()
        self.setStatisticsProperty(prop)
        if actrl is None:
            actrl = ApproximateControl(ApproximateControl.UNKNOWN, 1)
        self.setApproximateControl(actrl)

    def _copy(self) -> BackgroundControl:
        other = copy.copy(self)
        other._statisticsControl = self._statisticsControl._copy()
        other._approximateControl = self._approximateControl._copy()
        return other

    def getInterpStyle(self) -> InterpStyle:
        """Return the interpolation style."""
        return self._interpStyle

    def setInterpStyle(self, style: InterpStyle | str) -> None:
        """Set the interpolation style."""
        self._interpStyle = asInterpStyle(style)

    def getNxSample(self) -> int:
        """Return the number of bins in x."""
        return self._nxSample

    def setNxSample(self, nxSample: int) -> None:
        """Set the number of bins in x; LengthError unless positive."""
        self._nxSample = _sample("nxSample", nxSample)

    def getNySample(self) -> int:
        """Return the number of bins in y."""
        return self._nySample

    def setNySample(self, nySample: int) -> None:
        """Set the number of bins in y; LengthError unless positive."""
        self._nySample = _sample("nySample", nySample)

    def getUndersampleStyle(self) -> UndersampleStyle:
        """Return what to do if there are too few bins."""
        return self._undersampleStyle

    def setUndersampleStyle(self, style: UndersampleStyle | str) -> None:
        """Set what to do if there are too few bins."""
        self._undersampleStyle = asUndersampleStyle(style)

    def getStatisticsControl(self) -> StatisticsControl:
        """Return which pixels to use in a bin (not a copy)."""
        return self._statisticsControl

    def getStatisticsProperty(self) -> Property:
        """Return the statistic of a bin."""
        return self._statisticsProperty

    def setStatisticsProperty(self, prop: Property | str) -> None:
        """Set the statistic of a bin."""
        self._statisticsProperty = asProperty(prop)

    def getApproximateControl(self) -> ApproximateControl:
        """Return the model to fit (not a copy)."""
        return self._approximateControl

    def setApproximateControl(self, actrl: ApproximateControl) -> None:
        """Set the model to fit."""
        self._approximateControl = actrl._copy()
