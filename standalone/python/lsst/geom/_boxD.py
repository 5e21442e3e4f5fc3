# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Boxes in the plane."""

from __future__ import annotations

import math
import sys
from typing import Any, ClassVar, Self

import numpy as np

from ._boxBase import BoxBase
from ._boxI import Box2I
from ._coordinates import Extent2D, Extent2I, Point2D, Point2I
from ._interval import IntervalD, IntervalI
from ._numbers import as_float


class Box2D(BoxBase):
    """A mutable rectangle; the minimum is inside, the maximum outside.

    Parameters
    ----------
    minimum, maximum : `Point2D`
        Corners.
    corner : `Point2D`
        Corner with the smallest coordinates (unless a dimension is negative).
    dimensions : `Extent2D`
        Width and height; zero on either axis gives an empty box.
    invert : `bool`, optional
        With a maximum below the minimum or a negative dimension: swap the
        ends if true, make an empty box if false.
    other : `Box2I` or `Box2D`
        Box to convert; that of pixels gives their outer edges.
    x, y : `IntervalD`
        Ranges.

    Raises
    ------
    TypeError
        Raised if the arguments match none of these forms.
    """

    __slots__ = ("_x0", "_x1", "_y0", "_y1")
    __module__ = "lsst.geom"

    Point = Point2D
    Extent = Extent2D
    _Interval = IntervalD
    EPSILON: ClassVar[float] = 2.0 * sys.float_info.epsilon
    INVALID: ClassVar[float] = math.nan

    _x0: float
    _y0: float
    _x1: float
    _y1: float

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if not kwargs and len(args) == 2 and type(args[0]) is Point2D:
            self._setPair(args[0], args[1], True)
        elif not args and not kwargs:
            self._setEmpty()
        elif len(args) == 1 and not kwargs:
            self._setOther(args[0])
        elif kwargs.keys() == {"x", "y"} or (len(args) == 2 and isinstance(args[0], IntervalD)):
            self._setIntervals(*args, **kwargs)
        else:
            self._setKeywords(args, kwargs)

    def _setPair(self, first: Any, second: Any, invert: bool) -> None:
        # Integer points and extents convert, as everywhere.
        if type(first) is Point2I:
            first = Point2D(first)
        if type(second) is Point2I:
            second = Point2D(second)
        elif type(second) is Extent2I:
            second = Extent2D(second)
        super()._setPair(first, second, invert)

    def _setOther(self, other: Any) -> None:
        if isinstance(other, Box2D):
            self._setFrom(other)
        elif not isinstance(other, Box2I):
            raise TypeError(f"Cannot make a Box2D from {other!r}.")
        elif other.isEmpty():
            self._setEmpty()
        else:
            self._x0, self._y0 = other._x0 - 0.5, other._y0 - 0.5
            self._x1, self._y1 = other._x0 + other._w - 0.5, other._y0 + other._h - 0.5

    def _setEmpty(self) -> None:
        self._x0 = self._y0 = self._x1 = self._y1 = math.nan

    def _setFrom(self, other: Box2D) -> None:  # type: ignore[override]
        self._x0, self._y0, self._x1, self._y1 = other._x0, other._y0, other._x1, other._y1

    def _set(self, x0: float, y0: float, x1: float, y1: float) -> None:
        if x0 >= x1 or y0 >= y1:
            self._setEmpty()
        else:
            self._x0, self._y0, self._x1, self._y1 = x0, y0, x1, y1

    def _setMinMax(self, minimum: Point2D, maximum: Point2D, invert: bool) -> None:
        x0, y0, x1, y1 = minimum._x, minimum._y, maximum._x, maximum._y
        if invert:
            if x1 < x0:
                x0, x1 = x1, x0
            if y1 < y0:
                y0, y1 = y1, y0
        self._set(x0, y0, x1, y1)

    def _setCornerDimensions(self, corner: Point2D, dimensions: Extent2D, invert: bool) -> None:
        self._setMinMax(corner, corner + dimensions, invert)

    def _pixelIntervals(self, edgeHandling: Any) -> tuple[IntervalI, IntervalI]:
        """Return the pixels of this box, empty if there are none."""
        if self.isEmpty():
            return IntervalI(), IntervalI()
        x = IntervalI._fromEdges(self._x0, self._x1, edgeHandling)
        return x, IntervalI._fromEdges(self._y0, self._y1, edgeHandling)

    @staticmethod
    def makeCenteredBox(center: Point2D, size: Extent2D) -> Box2D:
        """Return the box of a size around a center."""
        center, size = Point2D(center), Extent2D(size)
        return Box2D(center - size * 0.5, size, False)

    def getMin(self) -> Point2D:
        """Return the corner with the smallest coordinates; NaN if empty."""
        return Point2D._make(self._x0, self._y0)

    def getMinX(self) -> float:
        """Return the smallest x."""
        return self._x0

    def getMinY(self) -> float:
        """Return the smallest y."""
        return self._y0

    def getMax(self) -> Point2D:
        """Return the corner with the largest coordinates; NaN if empty."""
        return Point2D._make(self._x1, self._y1)

    def getMaxX(self) -> float:
        """Return the largest x (exclusive)."""
        return self._x1

    def getMaxY(self) -> float:
        """Return the largest y (exclusive)."""
        return self._y1

    def getDimensions(self) -> Extent2D:
        """Return width and height; zero if empty."""
        return Extent2D._make(self.getWidth(), self.getHeight())

    def getWidth(self) -> float:
        """Return the width; zero if empty."""
        return 0.0 if self.isEmpty() else self._x1 - self._x0

    def getHeight(self) -> float:
        """Return the height; zero if empty."""
        return 0.0 if self.isEmpty() else self._y1 - self._y0

    def getArea(self) -> float:
        """Return the area; zero if empty."""
        return self.getWidth() * self.getHeight()

    def getCenter(self) -> Point2D:
        """Return the center; NaN if empty."""
        return Point2D._make(self.getCenterX(), self.getCenterY())

    def getCenterX(self) -> float:
        """Return the x of the center; NaN if empty."""
        return 0.5 * (self._x0 + self._x1)

    def getCenterY(self) -> float:
        """Return the y of the center; NaN if empty."""
        return 0.5 * (self._y0 + self._y1)

    def getX(self) -> IntervalD:
        """Return the range in x."""
        return IntervalD._fromMinMax(self._x0, self._x1)

    def getY(self) -> IntervalD:
        """Return the range in y."""
        return IntervalD._fromMinMax(self._y0, self._y1)

    minX = property(getMinX)
    minY = property(getMinY)
    maxX = property(getMaxX)
    maxY = property(getMaxY)
    width = property(getWidth)
    height = property(getHeight)
    area = property(getArea)
    centerX = property(getCenterX)
    centerY = property(getCenterY)
    x = property(getX)
    y = property(getY)

    def isEmpty(self) -> bool:
        """Return whether the box has no area."""
        return self._x0 != self._x0

    def contains(self, *args: Any, **kwargs: Any) -> Any:
        """Return whether a point or box is in this box.

        Parameters
        ----------
        point : `Point2D`, or other : `Box2D`
            What to test. A point on the minimum is inside, one on the maximum
            is not; an equal box and an empty one are inside.
        x, y : `float` or array-like
            Coordinates of points to test, instead.

        Returns
        -------
        result : `bool` or `numpy.ndarray` [`bool`]
            With the broadcast shape of x and y. False for NaN.
        """
        if kwargs or len(args) == 2:
            return self._containsArrays(*args, **kwargs)
        (other,) = args
        if isinstance(other, Point2D | Point2I):
            return self._x0 <= other._x < self._x1 and self._y0 <= other._y < self._y1
        if not isinstance(other, Box2D):
            raise TypeError(f"A Point2D or Box2D is required, got {other!r}.")
        return other.isEmpty() or (
            self._x0 <= other._x0
            and self._y0 <= other._y0
            and other._x1 <= self._x1
            and other._y1 <= self._y1
        )

    def _containsArrays(self, x: Any, y: Any) -> Any:
        x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
        result = (self._x0 <= x) & (x < self._x1) & (self._y0 <= y) & (y < self._y1)
        return bool(result) if result.ndim == 0 else result

    def isDisjointFrom(self, other: Box2D) -> bool:
        """Return whether no point is in both boxes."""
        if not isinstance(other, Box2D):
            raise TypeError(f"A Box2D is required, got {other!r}.")
        return (
            self.isEmpty()
            or other.isEmpty()
            or other._x1 <= self._x0
            or other._y1 <= self._y0
            or other._x0 >= self._x1
            or other._y0 >= self._y1
        )

    def grow(self, buffer: float | Extent2D) -> None:
        """Move all sides outward, in place.

        Parameters
        ----------
        buffer
            Distance to move each side; negative shrinks.
        """
        buffer = Extent2D(buffer) if isinstance(buffer, Extent2D | Extent2I) else Extent2D(as_float(buffer))
        dx, dy = buffer._x, buffer._y
        self._set(self._x0 - dx, self._y0 - dy, self._x1 + dx, self._y1 + dy)

    def shift(self, offset: Extent2D) -> None:
        """Move the box, in place."""
        if not isinstance(offset, Extent2D | Extent2I):
            raise TypeError(f"An Extent2D is required, got {offset!r}.")
        dx, dy = offset._x, offset._y
        self._x0, self._y0, self._x1, self._y1 = self._x0 + dx, self._y0 + dy, self._x1 + dx, self._y1 + dy

    def clip(self, other: Box2D) -> None:
        """Reduce to the part in another box, in place."""
        if self.isDisjointFrom(other):
            self._setEmpty()
            return
        self._x0, self._y0 = max(self._x0, other._x0), max(self._y0, other._y0)
        self._x1, self._y1 = min(self._x1, other._x1), min(self._y1, other._y1)

    def include(self, other: Point2D | Box2D) -> None:
        """Extend to cover a point or box, in place.

        The maximum is moved just beyond a point, so that the point is inside;
        NaN coordinates of a point change nothing.
        """
        if isinstance(other, Point2D | Point2I):
            self._includePoint(float(other._x), float(other._y))
        elif not isinstance(other, Box2D):
            raise TypeError(f"A Point2D or Box2D is required, got {other!r}.")
        elif self.isEmpty():
            self._setFrom(other)
        elif not other.isEmpty():
            self._x0, self._y0 = min(self._x0, other._x0), min(self._y0, other._y0)
            self._x1, self._y1 = max(self._x1, other._x1), max(self._y1, other._y1)

    def _includePoint(self, x: float, y: float) -> None:
        if self.isEmpty():
            self._x0, self._x1 = x, _nudged(x)
            self._y0, self._y1 = y, _nudged(y)
            return
        if x < self._x0:
            self._x0 = x
        elif x >= self._x1:
            self._x1 = _nudged(x)
        if y < self._y0:
            self._y0 = y
        elif y >= self._y1:
            self._y1 = _nudged(y)

    def flipLR(self, xExtent: float) -> None:
        """Mirror in x within a range starting at 0, in place."""
        self._x0, self._x1 = as_float(xExtent) - self._x1, xExtent - self._x0

    def flipTB(self, yExtent: float) -> None:
        """Mirror in y within a range starting at 0, in place."""
        self._y0, self._y1 = as_float(yExtent) - self._y1, yExtent - self._y0

    def reflectedAboutX(self, x: float) -> Self:
        """Return the box with x mirrored at the given x."""
        new = self._copyOf(self)
        new.flipLR(2.0 * as_float(x))
        return new

    def reflectedAboutY(self, y: float) -> Self:
        """Return the box with y mirrored at the given y."""
        new = self._copyOf(self)
        new.flipTB(2.0 * as_float(y))
        return new

    def __eq__(self, other: object) -> bool:
        if type(other) is not Box2D:
            return NotImplemented
        if self.isEmpty() or other.isEmpty():
            return self.isEmpty() and other.isEmpty()
        return (self._x0, self._y0, self._x1, self._y1) == (other._x0, other._y0, other._x1, other._y1)

    __hash__ = None  # type: ignore[assignment]


def _nudged(value: float) -> float:
    """Return the smallest maximum used to cover a coordinate."""
    if value > 0.0:
        return value * (1.0 + Box2D.EPSILON)
    if value < 0.0:
        return value * (1.0 - Box2D.EPSILON)
    return Box2D.EPSILON if value == 0.0 else math.nan
