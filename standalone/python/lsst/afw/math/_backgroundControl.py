# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Controls for backgrounds and their approximation by polynomials."""

from __future__ import annotations

__all__ = ("ApproximateControl", "ApproximateF", "BackgroundControl", "makeApproximate")

import copy
import enum
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

import lsst.afw.image as afwImage
import lsst.geom
from lsst.pex.exceptions import InvalidParameterError, LengthError

from ._functions import Chebyshev1Function2D
from ._interpolate import (
    Interpolate,
    InterpStyle,
    UndersampleStyle,
    stringToInterpStyle,
    stringToUndersampleStyle,
)
from ._statistics import Property, StatisticsControl, stringToStatisticsProperty

_STRIP = 128
"""Rows that one thread evaluates at a time, to bound the scratch memory."""


def strips(height: int) -> list[slice]:
    """Divide rows into strips to evaluate one at a time."""
    return [slice(y, min(y + _STRIP, height)) for y in range(0, height, _STRIP)]


class ApproximateStyle(enum.IntEnum):
    """Kinds of model."""

    UNKNOWN = -1
    CHEBYSHEV = 0
    NUM_STYLES = 1


class ApproximateControl:
    """Choice of the model to fit.

    Parameters
    ----------
    style
        Kind of model; UNKNOWN for none.
    orderX
        Highest total degree.
    orderY
        Must equal ``orderX``, or be −1 to follow it.
    weighting
        Whether to weight by the inverse of the variance plane.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if ``orderY`` is neither −1 nor ``orderX``.
    """

    Style = ApproximateStyle
    UNKNOWN = ApproximateStyle.UNKNOWN
    CHEBYSHEV = ApproximateStyle.CHEBYSHEV
    NUM_STYLES = ApproximateStyle.NUM_STYLES

    def __init__(
        self, style: ApproximateStyle, orderX: int, orderY: int = -1, weighting: bool = True
    ) -> None:
        if orderY not in (-1, orderX):
            raise InvalidParameterError(f"orderY={orderY} differs from orderX={orderX}.")
        self._style = ApproximateStyle(style)
        self._order = int(orderX)
        self._weighting = bool(weighting)

    def getStyle(self) -> ApproximateStyle:
        """Return the kind of model."""
        return self._style

    def getOrderX(self) -> int:
        """Return the order in x."""
        return self._order

    def getOrderY(self) -> int:
        """Return the order in y."""
        return self._order

    def getWeighting(self) -> bool:
        """Return whether to weight by the inverse of the variance plane."""
        return self._weighting


class ApproximateF:
    """A Chebyshev series fitted to gridded values; see `makeApproximate`.

    Parameters
    ----------
    function
        The series, of position in pixels from the first one of ``bbox``.
    bbox
        Box of the images to make.
    """

    def __init__(self, function: Chebyshev1Function2D, bbox: lsst.geom.Box2I) -> None:
        self._function = function
        self._bbox = bbox

    def getImage(self) -> afwImage.ImageF:
        """Return the model as an image with origin (0, 0)."""
        image = afwImage.ImageF(self._bbox.getDimensions())
        for rows in strips(image.getHeight()):
            self._evaluateRows(rows.start, rows.stop, 0, image.getWidth(), image.array[rows])
        return image

    def _evaluateRows(self, y0: int, y1: int, x0: int, x1: int, out: npt.NDArray[np.float32]) -> None:
        """Set ``out`` to rows y0 … y1 − 1, columns x0 … x1 − 1."""
        xs, ys = np.arange(x0, x1, dtype=float), np.arange(y0, y1, dtype=float)
        out[:, :] = self._function._evaluateGrid(xs, ys)


def makeApproximate(
    x: Sequence[float],
    y: Sequence[float],
    im: afwImage.MaskedImageF,
    bbox: lsst.geom.Box2I,
    ctrl: ApproximateControl,
) -> ApproximateF:
    """Fit a smooth model to values on a grid, by least squares.

    Parameters
    ----------
    x, y
        Positions of the columns and rows of ``im``, in pixels from the first
        one of ``bbox``.
    im
        Values; those that are not finite, in the image or (if weighting) the
        variance plane, are ignored.
    bbox
        Region that the model covers.
    ctrl
        Model to fit.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if the style is UNKNOWN, or there are too few values.
    """
    if ctrl.getStyle() != ApproximateControl.CHEBYSHEV:
        raise InvalidParameterError(f"Cannot approximate with style {ctrl.getStyle()!r}.")
    shape = im.image.array.shape
    if shape != (len(y), len(x)):
        raise InvalidParameterError(f"Grid of shape {shape} for {len(x)} columns and {len(y)} rows.")
    local = lsst.geom.Box2D(lsst.geom.Box2I(lsst.geom.Point2I(0, 0), bbox.getDimensions()))
    function = Chebyshev1Function2D(ctrl.getOrderX(), local)
    xs, ys = np.meshgrid(np.asarray(x, dtype=float), np.asarray(y, dtype=float))
    values = im.image.array.astype(float)
    weights = np.ones(shape)
    if ctrl.getWeighting():
        with np.errstate(divide="ignore"):
            weights = 1.0 / im.variance.array.astype(float)
    good = np.isfinite(values + weights)
    if np.count_nonzero(good) < function.getNParameters():
        raise InvalidParameterError(
            f"{np.count_nonzero(good)} values are too few for order {function.getOrder()}."
        )
    root = np.sqrt(weights[good])
    design = np.array(list(function._terms(xs[good], ys[good]))).T * root[:, np.newaxis]
    function.setParameters(np.linalg.lstsq(design, values[good] * root, rcond=None)[0])
    return ApproximateF(function, bbox)


def asInterpStyle(style: InterpStyle | str) -> InterpStyle:
    """Return the interpolation style, given as such or by name."""
    return stringToInterpStyle(style) if isinstance(style, str) else InterpStyle(style)


def asUndersampleStyle(style: UndersampleStyle | str) -> UndersampleStyle:
    """Return the undersample style, given as such or by name."""
    return stringToUndersampleStyle(style) if isinstance(style, str) else UndersampleStyle(style)


def asProperty(prop: Property | str) -> Property:
    """Return the statistic, given as such or by name."""
    return stringToStatisticsProperty(prop) if isinstance(prop, str) else Property(prop)


def _sample(name: str, n: int) -> int:
    if n <= 0:
        raise LengthError(f"{name}={n} is not positive.")
    return int(n)


class BackgroundControl:
    """Control of how a background is measured and interpolated.

    Called as ``BackgroundControl(nxSample, nySample[, sctrl, prop, actrl])``
    or ``BackgroundControl(style[, nxSample, nySample, undersampleStyle,
    sctrl, prop, actrl])``. The statistics and approximation controls are
    copied.

    Parameters
    ----------
    style : `Interpolate.Style` or `str`
        Interpolation style; AKIMA_SPLINE in the first form.
    nxSample, nySample : `int`
        Number of bins. 10 in the second form.
    undersampleStyle : `UndersampleStyle` or `str`
        What to do if there are too few bins.
    sctrl : `StatisticsControl`
        Which pixels to use in a bin.
    prop : `Property` or `str`
        Statistic of a bin; MEANCLIP by default.
    actrl : `ApproximateControl`
        Model to fit instead of interpolating; none by default.

    Raises
    ------
    lsst.pex.exceptions.LengthError
        Raised if a number of bins is not positive.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if "style" in kwargs or (args and isinstance(args[0], (str, InterpStyle))):
            self._set(*args, **kwargs)
        else:
            self._setSamples(*args, **kwargs)

    def _setSamples(self, nxSample: int, nySample: int, *args: Any, **kwargs: Any) -> None:
        names = ("sctrl", "prop", "actrl")
        if len(args) > len(names):
            raise TypeError(f"Unexpected arguments {args[len(names) :]!r}.")
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
        self._statisticsControl = StatisticsControl() if sctrl is None else copy.copy(sctrl)
        self.setStatisticsProperty(prop)
        if actrl is None:
            actrl = ApproximateControl(ApproximateControl.UNKNOWN, 1)
        self.setApproximateControl(actrl)

    def _copy(self) -> BackgroundControl:
        other = copy.copy(self)
        other._statisticsControl = copy.copy(self._statisticsControl)
        other._approximateControl = copy.copy(self._approximateControl)
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
        """Set the number of bins in x.

        Raises
        ------
        lsst.pex.exceptions.LengthError
            Raised if it is not positive.
        """
        self._nxSample = _sample("nxSample", nxSample)

    def getNySample(self) -> int:
        """Return the number of bins in y."""
        return self._nySample

    def setNySample(self, nySample: int) -> None:
        """Set the number of bins in y.

        Raises
        ------
        lsst.pex.exceptions.LengthError
            Raised if it is not positive.
        """
        self._nySample = _sample("nySample", nySample)

    def getUndersampleStyle(self) -> UndersampleStyle:
        """Return what to do if there are too few bins."""
        return self._undersampleStyle

    def setUndersampleStyle(self, style: UndersampleStyle | str) -> None:
        """Set what to do if there are too few bins."""
        self._undersampleStyle = asUndersampleStyle(style)

    def getStatisticsControl(self) -> StatisticsControl:
        """Return the control of which pixels a bin uses (not a copy)."""
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
        self._approximateControl = copy.copy(actrl)
