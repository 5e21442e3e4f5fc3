# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Background models made from the statistics of bins of an image."""

from __future__ import annotations

__all__ = ("Background", "BackgroundList", "BackgroundMI", "makeBackground")

from collections.abc import Iterator
from typing import Any, Protocol, Self

import numpy as np
import numpy.typing as npt

import lsst.afw.image as afwImage
import lsst.geom
from lsst.pex.exceptions import InvalidParameterError, LengthError
from lsst.pixels import parallel_map

from . import _robust
from ._backgroundControl import (
    ApproximateControl,
    ApproximateF,
    ApproximateStyle,
    BackgroundControl,
    asInterpStyle,
    asUndersampleStyle,
    makeApproximate,
    strips,
)
from ._functions import FloatArray
from ._interpolate import GridModel, Interpolate, InterpStyle, UndersampleStyle
from ._statistics import Property

_BIN_ROWS = 8
"""Rows of bins that one thread measures at a time."""

_STATISTICS = {
    Property.MEAN: _robust.MEAN,
    Property.MEDIAN: _robust.MEDIAN,
    Property.MEANCLIP: _robust.MEANCLIP,
}


class RowModel(Protocol):
    """Model that evaluates rows of a background; see `GridModel`."""

    def _evaluateRows(self, y0: int, y1: int, x0: int, x1: int, out: npt.NDArray[np.float32]) -> None:
        """Set ``out`` to rows y0 … y1 − 1, columns x0 … x1 − 1."""


class Background:
    """A background model that can be evaluated as an image.

    Parameters
    ----------
    imageBBox
        Box of pixels that the background covers.
    bgCtrl
        How to compute the background; copied.
    """

    def __init__(self, imageBBox: lsst.geom.Box2I, bgCtrl: BackgroundControl) -> None:
        self._imageBBox = lsst.geom.Box2I(imageBBox)
        self._bgCtrl = bgCtrl._copy()
        self._asUsedInterpStyle = Interpolate.UNKNOWN
        self._asUsedUndersampleStyle = UndersampleStyle.THROW_EXCEPTION

    def getBackgroundControl(self) -> BackgroundControl:
        """Return the control of the background (not a copy)."""
        return self._bgCtrl

    def getAsUsedInterpStyle(self) -> InterpStyle:
        """Return the style of the last evaluation; UNKNOWN if none."""
        return self._asUsedInterpStyle

    def getAsUsedUndersampleStyle(self) -> UndersampleStyle:
        """Return the undersample style of the last evaluation."""
        return self._asUsedUndersampleStyle

    def _makeModel(
        self, interpStyle: InterpStyle | str, undersampleStyle: UndersampleStyle | str
    ) -> RowModel:
        """Prepare an evaluation, and record the styles used."""
        raise NotImplementedError(f"{type(self).__name__} does not implement evaluation.")

    def _evaluateRows(
        self,
        y0: int,
        y1: int,
        interpStyle: InterpStyle | str,
        undersampleStyle: UndersampleStyle | str = UndersampleStyle.THROW_EXCEPTION,
    ) -> npt.NDArray[np.float32]:
        """Evaluate whole rows, counted from the first one of the image."""
        out = np.empty((y1 - y0, self._imageBBox.getWidth()), dtype=np.float32)
        model = self._makeModel(interpStyle, undersampleStyle)
        model._evaluateRows(y0, y1, 0, out.shape[1], out)
        return out

    def getImageF(
        self,
        *args: Any,
        bbox: lsst.geom.Box2I | None = None,
        interpStyle: InterpStyle | str | None = None,
        undersampleStyle: UndersampleStyle | str | None = None,
    ) -> afwImage.ImageF:
        """Evaluate the background.

        Called as ``getImageF()``, ``getImageF(interpStyle[,
        undersampleStyle])`` or ``getImageF(bbox, interpStyle[,
        undersampleStyle])``.

        Parameters
        ----------
        bbox : `lsst.geom.Box2I`, optional
            Pixels to evaluate, of the image; all by default.
        interpStyle : `Interpolate.Style` or `str`, optional
            How to interpolate; by default as in the control.
        undersampleStyle : `UndersampleStyle` or `str`, optional
            What to do if there are too few bins; THROW_EXCEPTION by default
            if ``interpStyle`` is given, else as in the control.

        Returns
        -------
        image : `lsst.afw.image.ImageF`
            Image with the origin of ``bbox``; all of it, with origin (0, 0),
            if the control asks for an approximation.

        Raises
        ------
        lsst.pex.exceptions.LengthError
            Raised if ``bbox`` is not within the image.
        lsst.pex.exceptions.InvalidParameterError
            Raised if there are too few bins for the style.
        lsst.pex.exceptions.OutOfRangeError
            Raised if there are too few finite bins in a column or row.
        """
        rest = list(args)
        if rest and isinstance(rest[0], lsst.geom.Box2I):
            bbox = rest.pop(0)
        if rest:
            interpStyle = rest.pop(0)
        if rest:
            undersampleStyle = rest.pop(0)
        if rest:
            raise TypeError(f"Unexpected arguments {rest!r}.")
        if interpStyle is None:
            if bbox is not None or undersampleStyle is not None:
                raise TypeError("getImageF needs interpStyle if anything is given.")
            interpStyle = self._bgCtrl.getInterpStyle()
            undersampleStyle = self._bgCtrl.getUndersampleStyle()
        if undersampleStyle is None:
            undersampleStyle = UndersampleStyle.THROW_EXCEPTION
        return self._makeImage(bbox, self._makeModel(interpStyle, undersampleStyle))

    def _makeImage(self, bbox: lsst.geom.Box2I | None, model: RowModel) -> afwImage.ImageF:
        whole = self._imageBBox
        if bbox is None:
            bbox = whole
        elif not whole.contains(bbox):
            raise LengthError(f"Box {bbox} is not within the image, {whole}.")
        if isinstance(model, ApproximateF):
            return model.getImage()
        image = afwImage.ImageF(bbox)
        x0, y0 = bbox.getMinX() - whole.getMinX(), bbox.getMinY() - whole.getMinY()

        def evaluate(rows: slice) -> None:
            strip = image.array[rows]
            model._evaluateRows(y0 + rows.start, y0 + rows.stop, x0, x0 + bbox.getWidth(), strip)

        parallel_map(evaluate, strips(bbox.getHeight()))
        return image


def binEdges(width: int, n: int) -> npt.NDArray[np.int64]:
    """Return the edges of n bins, as equal in size as whole pixels allow."""
    ends = (np.arange(1, n + 1) * width + n // 2) // n
    edges = np.concatenate(([0], np.minimum(ends, width)))
    if (np.diff(edges) < 1).any():
        raise InvalidParameterError(f"{n} bins are too many for {width} pixels.")
    return edges


def binCenters(edges: npt.NDArray[np.int64]) -> FloatArray:
    """Return the centers of the bins, in pixels."""
    return edges[:-1] + 0.5 * np.diff(edges) - 0.5


class BackgroundMI(Background):
    """A background interpolated between the bins of an image.

    Parameters
    ----------
    imageDimensions
        Box of pixels that the background covers.
    statsImage
        One pixel per bin; the variance plane holds standard errors. Shared.
    """

    def __init__(self, imageDimensions: lsst.geom.Box2I, statsImage: afwImage.MaskedImageF) -> None:
        width, height = statsImage.getWidth(), statsImage.getHeight()
        super().__init__(imageDimensions, BackgroundControl(width, height))
        self._setBins()
        self._statsImage = statsImage

    @classmethod
    def _fromImage(
        cls, image: afwImage.ImageF, mask: afwImage.MaskX | None, bgCtrl: BackgroundControl
    ) -> Self:
        """Measure an image."""
        self = cls.__new__(cls)
        Background.__init__(self, image.getBBox(), bgCtrl)
        self._setBins()
        self._statsImage = afwImage.MaskedImageF(bgCtrl.getNxSample(), bgCtrl.getNySample())
        prop = bgCtrl.getStatisticsProperty()
        if prop not in _STATISTICS:
            raise InvalidParameterError(f"Backgrounds of {prop!r} are not supported.")
        sctrl = bgCtrl.getStatisticsControl()

        def measure(first: int) -> None:
            end = first + _BIN_ROWS
            _robust.binStatistics(
                image.array,
                np.zeros((1, 1), dtype=np.int32) if mask is None else mask.array,
                mask is not None and sctrl.getAndMask() != 0,
                np.int32(sctrl.getAndMask()),
                sctrl.getNanSafe(),
                self._xEdges,
                self._yEdges[first : end + 1],
                _STATISTICS[prop],
                sctrl.getNumSigmaClip(),
                sctrl.getNumIter(),
                self._statsImage.image.array[first:end],
                self._statsImage.variance.array[first:end],
            )

        parallel_map(measure, range(0, bgCtrl.getNySample(), _BIN_ROWS))
        return self

    def _setBins(self) -> None:
        self._xEdges = binEdges(self._imageBBox.getWidth(), self._bgCtrl.getNxSample())
        self._yEdges = binEdges(self._imageBBox.getHeight(), self._bgCtrl.getNySample())

    def __reduce__(self) -> tuple[Any, ...]:
        return (BackgroundMI, (self._imageBBox, self._statsImage))

    def __iadd__(self, delta: float) -> Self:
        self._statsImage += delta
        return self

    def __isub__(self, delta: float) -> Self:
        self._statsImage -= delta
        return self

    def getStatsImage(self) -> afwImage.MaskedImageF:
        """Return the statistics of the bins, sharing pixels.

        The variance plane holds the standard errors.
        """
        return self._statsImage

    def getImageBBox(self) -> lsst.geom.Box2I:
        """Return the box of pixels that the background covers."""
        return lsst.geom.Box2I(self._imageBBox)

    def getBinCentersX(self) -> FloatArray:
        """Return the centers of the bins in x, in parent pixels."""
        return binCenters(self._xEdges) + self._imageBBox.getMinX()

    def getBinCentersY(self) -> FloatArray:
        """Return the centers of the bins in y, in parent pixels."""
        return binCenters(self._yEdges) + self._imageBBox.getMinY()

    def getApproximate(
        self,
        actrl: ApproximateControl,
        undersampleStyle: UndersampleStyle = UndersampleStyle.THROW_EXCEPTION,
    ) -> ApproximateF:
        """Return a smooth model fitted to the bins.

        Parameters
        ----------
        actrl
            Model to fit.
        undersampleStyle
            Not used: the order is never reduced.
        """
        x, y = binCenters(self._xEdges), binCenters(self._yEdges)
        return makeApproximate(x.tolist(), y.tolist(), self._statsImage, self._imageBBox, actrl)

    def _makeModel(
        self, interpStyle: InterpStyle | str, undersampleStyle: UndersampleStyle | str
    ) -> RowModel:
        undersampleStyle = asUndersampleStyle(undersampleStyle)
        grid = self._statsImage.image.array
        x, y = binCenters(self._xEdges), binCenters(self._yEdges)
        model = GridModel(x, y, grid, asInterpStyle(interpStyle), undersampleStyle)
        self._asUsedInterpStyle = model.style
        self._asUsedUndersampleStyle = undersampleStyle
        actrl = self._bgCtrl.getApproximateControl()
        if actrl.getStyle() != ApproximateControl.UNKNOWN:
            return self.getApproximate(actrl, undersampleStyle)
        return model


def makeBackground(img: afwImage.ImageF | afwImage.MaskedImageF, bgCtrl: BackgroundControl) -> BackgroundMI:
    """Measure the background of an image in bins.

    Parameters
    ----------
    img
        Image.
    bgCtrl
        Number of bins, and how to measure them.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if the image is empty, or has fewer pixels than bins.
    """
    image, mask = (img.image, img.mask) if isinstance(img, afwImage.MaskedImageF) else (img, None)
    if not isinstance(image, afwImage.ImageF):
        raise TypeError(f"makeBackground needs an ImageF or MaskedImageF, not {type(img).__name__}.")
    if image.getWidth() * image.getHeight() == 0:
        raise InvalidParameterError("Cannot measure the background of an empty image.")
    return BackgroundMI._fromImage(image, mask, bgCtrl)


Entry = tuple[Background, InterpStyle, UndersampleStyle, ApproximateStyle, int, int, bool]


class BackgroundList:
    """A list of backgrounds to sum, with the styles to evaluate each.

    An entry is a tuple of background, interpolation style, undersample style,
    and the approximation's style, orders in x and y, and weighting.

    Parameters
    ----------
    *args
        Entries, or bare `Background` objects, whose styles are those
        in use when the list is first read.
    """

    def __init__(self, *args: Any) -> None:
        self._backgrounds: list[Any] = []
        for item in args:
            self.append(item)

    def __len__(self) -> int:
        return len(self._backgrounds)

    def __iter__(self) -> Iterator[Entry]:
        for i in range(len(self)):
            yield self[i]

    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return BackgroundList(*(self[i] for i in range(*index.indices(len(self)))))
        self._backgrounds[index] = self._complete(self._backgrounds[index])
        return self._backgrounds[index]

    @staticmethod
    def _complete(item: Any) -> Entry:
        """Return an entry for a bare background, or an entry unchanged."""
        if not isinstance(item, Background):
            return item
        actrl = item.getBackgroundControl().getApproximateControl()
        return (
            item,
            item.getAsUsedInterpStyle(),
            item.getAsUsedUndersampleStyle(),
            actrl.getStyle(),
            actrl.getOrderX(),
            actrl.getOrderY(),
            actrl.getWeighting(),
        )

    def append(self, val: Any) -> None:
        """Add an entry or a bare background.

        Raises
        ------
        TypeError
            Raised if it is neither.
        """
        if not isinstance(val, Background):
            val = tuple(val)
            if len(val) != 7 or not isinstance(val[0], Background):
                raise TypeError(f"Not a background nor a 7-tuple that starts with one: {val!r}.")
        self._backgrounds.append(val)

    def clone(self) -> BackgroundList:
        """Return a list of the same backgrounds."""
        return BackgroundList(*self)

    def _makeModels(self) -> list[RowModel]:
        """Prepare the evaluation of every entry."""
        return [entry[0]._makeModel(*self._stylesOf(entry)) for entry in self]

    @staticmethod
    def _stylesOf(entry: Entry) -> tuple[InterpStyle, UndersampleStyle]:
        """Return the styles to use: an approximation takes its control's."""
        background, interpStyle, undersampleStyle, approxStyle = entry[:4]
        if approxStyle == ApproximateControl.UNKNOWN:
            return interpStyle, undersampleStyle
        control = background.getBackgroundControl()
        return control.getInterpStyle(), control.getUndersampleStyle()

    def getImage(self) -> afwImage.ImageF | None:
        """Return the sum of the backgrounds as an image; None if empty."""
        image = None
        for entry in self:
            part = entry[0].getImageF(*self._stylesOf(entry))
            if image is None:
                image = part
            else:
                image += part
        return image
