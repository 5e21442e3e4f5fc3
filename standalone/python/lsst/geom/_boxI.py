# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Boxes of pixels."""

from __future__ import annotations

import math
from typing import Any, Self

import numpy as np

from lsst.pex.exceptions import InvalidParameterError, OverflowError

from ._boxBase import BoxBase
from ._coordinates import Extent2I, Point2D, Point2I
from ._interval import EdgeHandlingEnum, IntervalI
from ._numbers import INT_MAX, INT_MIN, as_int


class Box2I(BoxBase):
    """A mutable rectangle of pixels; the maximum is inclusive.

    Parameters
    ----------
    minimum, maximum : `Point2I`
        Corner pixels.
    corner : `Point2I`
        Pixel with the smallest coordinates (unless a dimension is negative).
    dimensions : `Extent2I`
        Width and height in pixels; zero on either axis gives an empty box.
    invert : `bool`, optional
        With a maximum below the minimum or a negative dimension: swap the
        ends if true, make an empty box if false.
    other : `Box2D` or `Box2I`
        Box to convert.
    edgeHandling : `Box2I.EdgeHandlingEnum`, optional
        What to do with pixels partly covered by a `Box2D`.
    x, y : `IntervalI`
        Ranges of pixels.

    Raises
    ------
    TypeError
        Raised if the arguments match none of these forms.
    lsst.pex.exceptions.OverflowError
        Raised if a corner or dimension does not fit in 32 bits.
    lsst.pex.exceptions.InvalidParameterError
        Raised if ``other`` is not empty and not finite.
    """

    __slots__ = ("_h", "_w", "_x0", "_y0")
    __module__ = "lsst.geom"

    _x0: int
    _y0: int
    _w: int
    _h: int

    Point = Point2I
    Extent = Extent2I
    _Interval = IntervalI
    EdgeHandlingEnum = EdgeHandlingEnum
    EXPAND = EdgeHandlingEnum.EXPAND
    SHRINK = EdgeHandlingEnum.SHRINK

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if not kwargs and len(args) == 2 and type(args[0]) is Point2I:
            self._setPair(args[0], args[1], True)
        elif not args and not kwargs:
            self._setEmpty()
        elif kwargs.keys() <= {"other", "edgeHandling"} and (args or "other" in kwargs):
            self._setOther(*args, **kwargs)
        elif kwargs.keys() <= {"x", "y"} and len(args) + len(kwargs) == 2:
            self._setIntervals(*args, **kwargs)
        else:
            self._setKeywords(args, kwargs)

    def _setOther(self, other: Any, edgeHandling: Any = EdgeHandlingEnum.EXPAND, *rest: Any) -> None:
        if rest or isinstance(other, Point2I):
            self._setKeywords((other, edgeHandling, *rest), {})
        elif isinstance(other, IntervalI):
            self._setIntervals(other, edgeHandling)
        elif isinstance(other, Box2I):
            self._setFrom(other)
        elif isinstance(other, BoxBase):
            x, y = other._pixelIntervals(edgeHandling)  # type: ignore[attr-defined]
            self._setIntervals(x, y)
        else:
            raise TypeError(f"Cannot make a Box2I from {other!r}.")

    def _setEmpty(self) -> None:
        self._x0 = self._y0 = self._w = self._h = 0

    def _setFrom(self, other: Box2I) -> None:  # type: ignore[override]
        self._x0, self._y0, self._w, self._h = other._x0, other._y0, other._w, other._h

    def _set(self, x0: int, y0: int, w: int, h: int) -> None:
        """Set checked values; any dimension below 1 means empty."""
        if w <= 0 or h <= 0:
            self._setEmpty()
            return
        if x0 < INT_MIN or y0 < INT_MIN or x0 + w - 1 > INT_MAX or y0 + h - 1 > INT_MAX:
            raise OverflowError(f"Box at ({x0}, {y0}) of size ({w}, {h}) does not fit in 32 bits.")
        if w > INT_MAX or h > INT_MAX:
            raise OverflowError(f"Box size ({w}, {h}) does not fit in 32 bits.")
        self._x0, self._y0, self._w, self._h = x0, y0, w, h

    def _setMinMax(self, minimum: Point2I, maximum: Point2I, invert: bool) -> None:
        x0, y0, x1, y1 = minimum._x, minimum._y, maximum._x, maximum._y
        if invert:
            if x1 < x0:
                x0, x1 = x1, x0
            if y1 < y0:
                y0, y1 = y1, y0
        self._set(x0, y0, x1 - x0 + 1, y1 - y0 + 1)

    def _setCornerDimensions(self, corner: Point2I, dimensions: Extent2I, invert: bool) -> None:
        x0, y0, w, h = corner._x, corner._y, dimensions._x, dimensions._y
        if invert:
            if w < 0:
                x0, w = x0 + w + 1, -w
            if h < 0:
                y0, h = y0 + h + 1, -h
        self._set(x0, y0, w, h)

    @staticmethod
    def makeCenteredBox(center: Point2D, size: Extent2I) -> Box2I:
        """Return the box of a size whose center is nearest to a position.

        Parameters
        ----------
        center
            Position of the center, in pixels.
        size
            Width and height in pixels.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if the center is not finite.
        lsst.pex.exceptions.OverflowError
            Raised if the box does not fit in 32 bits.
        """
        center = Point2D(center)
        if not (math.isfinite(center._x) and math.isfinite(center._y)):
            raise InvalidParameterError(f"Cannot make a box with center {center}.")
        x0 = math.floor(center._x - 0.5 * size._x + 0.5 + 0.5)
        y0 = math.floor(center._y - 0.5 * size._y + 0.5 + 0.5)
        new = Box2I()
        new._set(x0, y0, size._x, size._y)
        return new

    def getMin(self) -> Point2I:
        """Return the pixel with the smallest coordinates."""
        return Point2I._make(self._x0, self._y0)

    def getMinX(self) -> int:
        """Return the smallest x."""
        return self._x0

    def getMinY(self) -> int:
        """Return the smallest y."""
        return self._y0

    def getMax(self) -> Point2I:
        """Return the pixel with the largest coordinates (inclusive)."""
        return Point2I._make(self._x0 + self._w - 1, self._y0 + self._h - 1)

    def getMaxX(self) -> int:
        """Return the largest x (inclusive)."""
        return self._x0 + self._w - 1

    def getMaxY(self) -> int:
        """Return the largest y (inclusive)."""
        return self._y0 + self._h - 1

    def getBegin(self) -> Point2I:
        """Return the pixel with the smallest coordinates."""
        return Point2I._make(self._x0, self._y0)

    def getBeginX(self) -> int:
        """Return the smallest x."""
        return self._x0

    def getBeginY(self) -> int:
        """Return the smallest y."""
        return self._y0

    def getEnd(self) -> Point2I:
        """Return the corner one past the largest coordinates."""
        return Point2I._make(self._x0 + self._w, self._y0 + self._h)

    def getEndX(self) -> int:
        """Return one more than the largest x."""
        return self._x0 + self._w

    def getEndY(self) -> int:
        """Return one more than the largest y."""
        return self._y0 + self._h

    def getDimensions(self) -> Extent2I:
        """Return width and height in pixels."""
        return Extent2I._make(self._w, self._h)

    def getWidth(self) -> int:
        """Return the width in pixels."""
        return self._w

    def getHeight(self) -> int:
        """Return the height in pixels."""
        return self._h

    def getArea(self) -> int:
        """Return the number of pixels."""
        return self._w * self._h

    def getCenter(self) -> Point2D:
        """Return the mean of minimum and maximum; NaN if empty."""
        return Point2D._make(self.getCenterX(), self.getCenterY())

    def getCenterX(self) -> float:
        """Return the x of the center; NaN if empty."""
        return self._x0 + 0.5 * (self._w - 1) if self._w else math.nan

    def getCenterY(self) -> float:
        """Return the y of the center; NaN if empty."""
        return self._y0 + 0.5 * (self._h - 1) if self._h else math.nan

    def getX(self) -> IntervalI:
        """Return the range in x."""
        return IntervalI._fromMinSize(self._x0, self._w)

    def getY(self) -> IntervalI:
        """Return the range in y."""
        return IntervalI._fromMinSize(self._y0, self._h)

    def getSlices(self) -> tuple[slice, slice]:
        """Return the slices (y, x) of this box in an array with origin 0."""
        return slice(self._y0, self._y0 + self._h, 1), slice(self._x0, self._x0 + self._w, 1)

    minX = property(getMinX)
    minY = property(getMinY)
    maxX = property(getMaxX)
    maxY = property(getMaxY)
    beginX = property(getBeginX)
    beginY = property(getBeginY)
    endX = property(getEndX)
    endY = property(getEndY)
    width = property(getWidth)
    height = property(getHeight)
    area = property(getArea)
    centerX = property(getCenterX)
    centerY = property(getCenterY)
    x = property(getX)
    y = property(getY)
    slices = property(getSlices)

    def grid(self, dtype: Any = np.int32) -> tuple[np.ndarray, np.ndarray]:
        """Return the coordinates of all pixels.

        Returns
        -------
        x, y : `numpy.ndarray`
            Arrays of shape (height, width).
        """
        x, y = np.meshgrid(self.getX().arange(dtype=dtype), self.getY().arange(dtype=dtype))
        return x, y

    def isEmpty(self) -> bool:
        """Return whether the box has no pixels."""
        return self._w == 0

    def contains(self, *args: Any, **kwargs: Any) -> Any:
        """Return whether a point or box is in this box.

        Parameters
        ----------
        point : `Point2I`, or other : `Box2I`
            What to test; an empty box is in every box.
        x, y : `int` or array-like of `int`
            Coordinates of points to test, instead.

        Returns
        -------
        result : `bool` or `numpy.ndarray` [`bool`]
            With the broadcast shape of x and y.
        """
        if kwargs or len(args) == 2:
            return self._containsArrays(*args, **kwargs)
        (other,) = args
        if isinstance(other, Point2I):
            return 0 <= other._x - self._x0 < self._w and 0 <= other._y - self._y0 < self._h
        if not isinstance(other, Box2I):
            raise TypeError(f"A Point2I or Box2I is required, got {other!r}.")
        if not other._w:
            return True
        return (
            self._x0 <= other._x0
            and self._y0 <= other._y0
            and other._x0 + other._w <= self._x0 + self._w
            and other._y0 + other._h <= self._y0 + self._h
        )

    def _containsArrays(self, x: Any, y: Any) -> Any:
        x, y = np.asarray(x), np.asarray(y)
        for array in (x, y):
            if array.dtype.kind not in "iu":
                raise TypeError(f"Coordinates must be integers, not {array.dtype}.")
        result = (self._x0 <= x) & (x < self._x0 + self._w) & (self._y0 <= y) & (y < self._y0 + self._h)
        return bool(result) if result.ndim == 0 else result

    def isDisjointFrom(self, other: Box2I) -> bool:
        """Return whether no pixel is in both boxes."""
        if not isinstance(other, Box2I):
            raise TypeError(f"A Box2I is required, got {other!r}.")
        return (
            not self._w
            or not other._w
            or other._x0 >= self._x0 + self._w
            or self._x0 >= other._x0 + other._w
            or other._y0 >= self._y0 + self._h
            or self._y0 >= other._y0 + other._h
        )

    def grow(self, buffer: int | Extent2I) -> None:
        """Move all sides outward, in place.

        Parameters
        ----------
        buffer
            Pixels to add on every side; negative shrinks.
        """
        if not isinstance(buffer, Extent2I):
            buffer = Extent2I(as_int(buffer))
        if self._w:
            dx, dy = buffer._x, buffer._y
            self._set(self._x0 - dx, self._y0 - dy, self._w + 2 * dx, self._h + 2 * dy)

    def shift(self, offset: Extent2I) -> None:
        """Move the box, in place."""
        if not isinstance(offset, Extent2I):
            raise TypeError(f"An Extent2I is required, got {offset!r}.")
        self._set(self._x0 + offset._x, self._y0 + offset._y, self._w, self._h)

    def clip(self, other: Box2I) -> None:
        """Reduce to the pixels also in another box, in place."""
        if self.isDisjointFrom(other):
            self._setEmpty()
            return
        x0, y0 = max(self._x0, other._x0), max(self._y0, other._y0)
        x1 = min(self._x0 + self._w, other._x0 + other._w)
        y1 = min(self._y0 + self._h, other._y0 + other._h)
        self._set(x0, y0, x1 - x0, y1 - y0)

    def include(self, other: Point2I | Box2I) -> None:
        """Extend to cover a pixel or box, in place."""
        if isinstance(other, Point2I):
            other = Box2I(other, Extent2I(1))
        elif not isinstance(other, Box2I):
            raise TypeError(f"A Point2I or Box2I is required, got {other!r}.")
        if not other._w:
            return
        if not self._w:
            self._setFrom(other)
            return
        x0, y0 = min(self._x0, other._x0), min(self._y0, other._y0)
        x1 = max(self._x0 + self._w, other._x0 + other._w)
        y1 = max(self._y0 + self._h, other._y0 + other._h)
        self._set(x0, y0, x1 - x0, y1 - y0)

    def flipLR(self, xExtent: int) -> None:
        """Mirror in x within a parent image of the given width, in place."""
        self._set(as_int(xExtent) - self._x0 - self._w, self._y0, self._w, self._h)

    def flipTB(self, yExtent: int) -> None:
        """Mirror in y within a parent image of the given height, in place."""
        self._set(self._x0, as_int(yExtent) - self._y0 - self._h, self._w, self._h)

    def reflectedAboutX(self, x: int) -> Self:
        """Return the box with x mirrored at the given x."""
        new = self._copyOf(self)
        new._set(2 * as_int(x) - self.getMaxX(), self._y0, self._w, self._h)
        return new

    def reflectedAboutY(self, y: int) -> Self:
        """Return the box with y mirrored at the given y."""
        new = self._copyOf(self)
        new._set(self._x0, 2 * as_int(y) - self.getMaxY(), self._w, self._h)
        return new

    def __eq__(self, other: object) -> bool:
        if type(other) is not Box2I:
            return NotImplemented
        return (self._x0, self._y0, self._w, self._h) == (other._x0, other._y0, other._w, other._h)

    __hash__ = None  # type: ignore[assignment]
