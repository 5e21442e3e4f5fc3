# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Boxes of pixels, and boxes in the plane."""

from __future__ import annotations

__all__ = ("Box2D", "Box2I", "BoxD", "BoxI")

import math
import sys
from typing import Any, ClassVar, Generic, Self, TypeVar

import numpy as np

from lsst.pex.exceptions import InvalidParameterError, OverflowError

from ._coordinates import Extent2D, Extent2I, Point2D, Point2I
from ._interval import EdgeHandlingEnum, IntervalD, IntervalI
from ._numbers import INT_MAX, INT_MIN, as_float, as_int

_Number = TypeVar("_Number")
_Point = TypeVar("_Point")
_Extent = TypeVar("_Extent")
_Range = TypeVar("_Range")

_CORNERS = (("minimum", "maximum"), ("corner", "dimensions"))


class BoxBase(Generic[_Number, _Point, _Extent, _Range]):
    """Common base of boxes with integer and floating-point coordinates.

    Each axis is stored as the minimum and the end, which is exclusive.
    """

    __slots__ = ("_x0", "_x1", "_y0", "_y1")

    _x0: Any
    _y0: Any
    _x1: Any
    _y1: Any

    Point: ClassVar[Any]
    Extent: ClassVar[Any]
    _Interval: ClassVar[Any]
    # Types that are accepted as points and extents, besides the classes' own.
    _points: ClassVar[Any]
    _extents: ClassVar[Any]
    # Distance from the maximum to the end.
    _step: ClassVar[int]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if not kwargs and len(args) == 2 and type(args[0]) is self.Point:
            self._setPair(args[0], args[1], True)
        elif not args and not kwargs:
            self._setEmpty()
        elif (args and isinstance(args[0], BoxBase)) or "other" in kwargs:
            self._setOther(*args, **kwargs)
        elif (args and isinstance(args[0], self._Interval)) or kwargs.keys() == {"x", "y"}:
            self._setIntervals(*args, **kwargs)
        else:
            self._setKeywords(args, kwargs)

    def _setKeywords(self, args: tuple, kwargs: dict[str, Any]) -> None:
        """Set from the forms of the constructor that have two arguments."""
        for names in _CORNERS:
            missing = (*names, "invert")[len(args) :]
            if len(args) < 4 and set(missing) - {"invert"} <= kwargs.keys() <= set(missing):
                values = [*args, *(kwargs[name] for name in missing if name in kwargs), True]
                self._setPair(values[0], values[1], bool(values[2]))
                return
        raise TypeError(f"Cannot make a {type(self).__name__} from {args!r} and {sorted(kwargs)}.")

    def _setPair(self, first: Any, second: Any, invert: bool) -> None:
        """Set from two points, or a point and an extent."""
        if isinstance(first, self._points) and isinstance(second, self._extents):
            self._setCornerDimensions(first, second, invert)
        elif isinstance(first, self._points) and isinstance(second, self._points):
            self._setMinMax(first, second, invert)
        else:
            point = self.Point.__name__
            raise TypeError(
                f"{type(self).__name__} needs two {point}, or a {point} and a {self.Extent.__name__}, "
                f"got {first!r} and {second!r}."
            )

    def _setMinMax(self, minimum: Any, maximum: Any, invert: bool) -> None:
        x0, y0, x1, y1 = minimum._x, minimum._y, maximum._x, maximum._y
        if invert and x1 < x0:
            x0, x1 = x1, x0
        if invert and y1 < y0:
            y0, y1 = y1, y0
        self._set(x0, y0, x1 + self._step, y1 + self._step)

    def _setCornerDimensions(self, corner: Any, dimensions: Any, invert: bool) -> None:
        x0, y0 = corner._x, corner._y
        x1, y1 = x0 + dimensions._x, y0 + dimensions._y
        if invert and x1 < x0:
            x0, x1 = x1 + self._step, x0 + self._step
        if invert and y1 < y0:
            y0, y1 = y1 + self._step, y0 + self._step
        self._set(x0, y0, x1, y1)

    def _setIntervals(self, x: Any, y: Any) -> None:
        if not (isinstance(x, self._Interval) and isinstance(y, self._Interval)):
            raise TypeError(f"Two {self._Interval.__name__} are required, got {x!r} and {y!r}.")
        if x.isEmpty() or y.isEmpty():
            self._setEmpty()
        else:
            self._set(x.min, y.min, x.max + self._step, y.max + self._step)

    def _setOther(self, other: Any) -> None:
        """Set from a box of either kind."""
        raise NotImplementedError

    def _setEmpty(self) -> None:
        raise NotImplementedError

    def _set(self, x0: Any, y0: Any, x1: Any, y1: Any) -> None:
        """Set the limits; a box without extent on either axis is empty."""
        if x0 >= x1 or y0 >= y1:
            self._setEmpty()
        else:
            self._store(x0, y0, x1, y1)

    def _store(self, x0: Any, y0: Any, x1: Any, y1: Any) -> None:
        self._x0, self._y0, self._x1, self._y1 = x0, y0, x1, y1

    def _copy(self) -> Self:
        new = type(self).__new__(type(self))
        new._x0, new._y0, new._x1, new._y1 = self._x0, self._y0, self._x1, self._y1
        return new

    def _require(self, other: Any, what: str) -> None:
        if not isinstance(other, type(self)):
            raise TypeError(f"A {what} is required, got {other!r}.")

    @staticmethod
    def _element(value: Any) -> Any:
        """Check a number to be used as a coordinate."""
        raise NotImplementedError

    @staticmethod
    def _array(values: Any) -> np.ndarray:
        """Check coordinates of many points."""
        raise NotImplementedError

    @staticmethod
    def _endAt(value: Any) -> Any:
        """Return the smallest end of a box that contains a coordinate."""
        raise NotImplementedError

    def getMin(self) -> _Point:
        """Return the corner with the smallest coordinates."""
        return self.Point._make(self._x0, self._y0)

    def getMinX(self) -> _Number:
        """Return the smallest x."""
        return self._x0

    def getMinY(self) -> _Number:
        """Return the smallest y."""
        return self._y0

    def getMax(self) -> _Point:
        """Return the corner with the largest coordinates.

        The maximum of a `Box2I` is inside, that of a `Box2D` is not.
        """
        return self.Point._make(self.getMaxX(), self.getMaxY())

    def getMaxX(self) -> _Number:
        """Return the largest x."""
        return self._x1 - self._step

    def getMaxY(self) -> _Number:
        """Return the largest y."""
        return self._y1 - self._step

    def getDimensions(self) -> _Extent:
        """Return width and height; zero if empty."""
        return self.Extent._make(self.getWidth(), self.getHeight())

    def getWidth(self) -> _Number:
        """Return the width; zero if empty."""
        return self.Extent.dtype() if self.isEmpty() else self._x1 - self._x0

    def getHeight(self) -> _Number:
        """Return the height; zero if empty."""
        return self.Extent.dtype() if self.isEmpty() else self._y1 - self._y0

    def getArea(self) -> _Number:
        """Return the area, for a `Box2I` in pixels; zero if empty."""
        return self.getWidth() * self.getHeight()  # type: ignore[operator]

    def getCenter(self) -> Point2D:
        """Return the mean of minimum and maximum; NaN if empty."""
        return Point2D._make(self.getCenterX(), self.getCenterY())

    def getCenterX(self) -> float:
        """Return the x of the center; NaN if empty."""
        return math.nan if self.isEmpty() else 0.5 * (self._x0 + self._x1 - self._step)

    def getCenterY(self) -> float:
        """Return the y of the center; NaN if empty."""
        return math.nan if self.isEmpty() else 0.5 * (self._y0 + self._y1 - self._step)

    def getX(self) -> _Range:
        """Return the range in x."""
        return self._Interval._fromMinMax(self._x0, self._x1 - self._step)

    def getY(self) -> _Range:
        """Return the range in y."""
        return self._Interval._fromMinMax(self._y0, self._y1 - self._step)

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

    def getCorners(self) -> list[_Point]:
        """Return the corners, counter-clockwise from the minimum."""
        low: Any = self.getMin()
        high: Any = self.getMax()
        return [low, self.Point(high._x, low._y), high, self.Point(low._x, high._y)]

    def isEmpty(self) -> bool:
        """Return whether the box has no area."""
        raise NotImplementedError

    def contains(self, *args: Any, **kwargs: Any) -> Any:
        """Return whether a point or box is in this box.

        Parameters
        ----------
        point, other
            Point or box to test, with the same kind of coordinates. An empty
            box is in every box.
        x, y
            Alternatively, coordinates of points to test; scalars or arrays.

        Returns
        -------
        result
            `bool`, or an array of them with the broadcast shape of x and y.
            False for NaN.

        Notes
        -----
        A point on the minimum is inside; one on the maximum is inside a
        `Box2I`, but not a `Box2D`.
        """
        if kwargs or len(args) == 2:
            return self._containsArrays(*args, **kwargs)
        (other,) = args
        if isinstance(other, self._points):
            return self._x0 <= other._x < self._x1 and self._y0 <= other._y < self._y1
        self._require(other, f"{self.Point.__name__} or {type(self).__name__}")
        return other.isEmpty() or (
            self._x0 <= other._x0
            and self._y0 <= other._y0
            and other._x1 <= self._x1
            and other._y1 <= self._y1
        )

    def _containsArrays(self, x: Any, y: Any) -> Any:
        x, y = self._array(x), self._array(y)
        result = (self._x0 <= x) & (x < self._x1) & (self._y0 <= y) & (y < self._y1)
        return bool(result) if result.ndim == 0 else result

    def __contains__(self, other: Any) -> bool:
        return self.contains(other)

    def isDisjointFrom(self, other: Self) -> bool:
        """Return whether no point is in both boxes."""
        self._require(other, type(self).__name__)
        return (
            self.isEmpty()
            or other.isEmpty()
            or other._x1 <= self._x0
            or other._y1 <= self._y0
            or other._x0 >= self._x1
            or other._y0 >= self._y1
        )

    def overlaps(self, other: Self) -> bool:
        """Return whether any point is in both boxes."""
        return not self.isDisjointFrom(other)

    intersects = overlaps

    def grow(self, buffer: Any) -> None:
        """Move all sides outward, in place.

        Parameters
        ----------
        buffer
            Distance to move each side, as a number or an extent; negative
            shrinks.
        """
        if not isinstance(buffer, self._extents):
            buffer = self.Extent(self._element(buffer))
        if not self.isEmpty():
            dx, dy = buffer._x, buffer._y
            self._set(self._x0 - dx, self._y0 - dy, self._x1 + dx, self._y1 + dy)

    def shift(self, offset: Any) -> None:
        """Move the box, in place."""
        if not isinstance(offset, self._extents):
            raise TypeError(f"An {self.Extent.__name__} is required, got {offset!r}.")
        if not self.isEmpty():
            dx, dy = offset._x, offset._y
            self._store(self._x0 + dx, self._y0 + dy, self._x1 + dx, self._y1 + dy)

    def clip(self, other: Self) -> None:
        """Reduce to the part in another box, in place."""
        if self.isDisjointFrom(other):
            self._setEmpty()
        else:
            self._x0, self._y0 = max(self._x0, other._x0), max(self._y0, other._y0)
            self._x1, self._y1 = min(self._x1, other._x1), min(self._y1, other._y1)

    def include(self, other: Any) -> None:
        """Extend to cover a point or box, in place.

        The maximum of a `Box2D` is moved just beyond a point, so that the
        point is inside; NaN coordinates of a point change nothing.
        """
        if isinstance(other, self._points):
            self._includePoint(other._x, other._y)
            return
        self._require(other, f"{self.Point.__name__} or {type(self).__name__}")
        if self.isEmpty():
            self._x0, self._y0, self._x1, self._y1 = other._x0, other._y0, other._x1, other._y1
        elif not other.isEmpty():
            self._store(
                min(self._x0, other._x0),
                min(self._y0, other._y0),
                max(self._x1, other._x1),
                max(self._y1, other._y1),
            )

    def _includePoint(self, x: Any, y: Any) -> None:
        if self.isEmpty():
            self._store(x, y, self._endAt(x), self._endAt(y))
        else:
            self._store(
                min(self._x0, x),
                min(self._y0, y),
                self._endAt(x) if x >= self._x1 else self._x1,
                self._endAt(y) if y >= self._y1 else self._y1,
            )

    def dilatedBy(self, buffer: Any) -> Self:
        """Return the box with all sides moved outward; see `grow`."""
        new = self._copy()
        new.grow(buffer)
        return new

    def erodedBy(self, buffer: Any) -> Self:
        """Return the box with all sides moved inward; see `grow`."""
        return self.dilatedBy(-buffer)

    def shiftedBy(self, offset: Any) -> Self:
        """Return the box moved by an extent."""
        new = self._copy()
        new.shift(offset)
        return new

    def clippedTo(self, other: Self) -> Self:
        """Return the part in another box."""
        new = self._copy()
        new.clip(other)
        return new

    def expandedTo(self, other: Any) -> Self:
        """Return the smallest box that also covers a point or box."""
        new = self._copy()
        new.include(other)
        return new

    def flipLR(self, xExtent: _Number) -> None:
        """Mirror in x within a range starting at 0, in place."""
        extent = self._element(xExtent)
        if not self.isEmpty():
            self._store(extent - self._x1, self._y0, extent - self._x0, self._y1)

    def flipTB(self, yExtent: _Number) -> None:
        """Mirror in y within a range starting at 0, in place."""
        extent = self._element(yExtent)
        if not self.isEmpty():
            self._store(self._x0, extent - self._y1, self._x1, extent - self._y0)

    def reflectedAboutX(self, x: _Number) -> Self:
        """Return the box with x mirrored at the given x."""
        new = self._copy()
        new.flipLR(2 * self._element(x) + self._step)
        return new

    def reflectedAboutY(self, y: _Number) -> Self:
        """Return the box with y mirrored at the given y."""
        new = self._copy()
        new.flipTB(2 * self._element(y) + self._step)
        return new

    def swap(self, other: Self) -> None:
        """Exchange contents with another box of the same kind."""
        self._require(other, type(self).__name__)
        mine = self._copy()
        self._x0, self._y0, self._x1, self._y1 = other._x0, other._y0, other._x1, other._y1
        other._x0, other._y0, other._x1, other._y1 = mine._x0, mine._y0, mine._x1, mine._y1

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, BoxBase) or type(other) is not type(self):
            return NotImplemented
        if self.isEmpty() or other.isEmpty():
            return self.isEmpty() and other.isEmpty()
        return (self._x0, self._y0, self._x1, self._y1) == (other._x0, other._y0, other._x1, other._y1)

    __hash__ = None  # type: ignore[assignment]

    def toString(self) -> str:
        """Return the corners as text."""
        return f"(minimum={self.getMin()}, maximum={self.getMax()})"

    __str__ = toString

    def __repr__(self) -> str:
        return f"{type(self).__name__}(corner={self.getMin()!r}, dimensions={self.getDimensions()!r})"

    def __reduce__(self) -> tuple:
        if self.isEmpty():
            return type(self), ()
        return type(self), (self.getMin(), self.getMax())


class Box2I(BoxBase[int, Point2I, Extent2I, IntervalI]):
    """A mutable rectangle of pixels; the maximum is inclusive.

    Parameters
    ----------
    minimum, maximum
        Corner pixels.
    corner
        Pixel with the smallest coordinates (unless a dimension is negative).
    dimensions
        Width and height in pixels; zero on either axis gives an empty box.
    invert
        With a maximum below the minimum or a negative dimension: swap the
        ends if true (the default), make an empty box if false.
    other
        Box to convert, a `Box2D` or `Box2I`.
    edgeHandling
        How to handle pixels partly covered by a `Box2D`: `EXPAND` (the
        default) or `SHRINK`.
    x, y
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

    __slots__ = ()
    __module__ = "lsst.geom"

    Point = Point2I
    Extent = Extent2I
    _Interval = IntervalI
    _points = (Point2I,)
    _extents = (Extent2I,)
    _step = 1
    _element = staticmethod(as_int)
    EdgeHandlingEnum = EdgeHandlingEnum
    EXPAND = EdgeHandlingEnum.EXPAND
    SHRINK = EdgeHandlingEnum.SHRINK

    def _setOther(self, other: Any, edgeHandling: Any = EdgeHandlingEnum.EXPAND) -> None:
        if not isinstance(other, BoxBase):
            raise TypeError(f"Cannot make a Box2I from {other!r}.")
        if other.isEmpty():
            self._setEmpty()
        elif isinstance(other, Box2D):
            x = IntervalI._fromEdges(other._x0, other._x1, edgeHandling)
            self._setIntervals(x, IntervalI._fromEdges(other._y0, other._y1, edgeHandling))
        else:
            self._store(other._x0, other._y0, other._x1, other._y1)

    def _setEmpty(self) -> None:
        self._x0 = self._y0 = self._x1 = self._y1 = 0

    def _store(self, x0: int, y0: int, x1: int, y1: int) -> None:
        w, h = x1 - x0, y1 - y0
        if x0 < INT_MIN or y0 < INT_MIN or x1 > INT_MAX + 1 or y1 > INT_MAX + 1 or w > INT_MAX or h > INT_MAX:
            raise OverflowError(f"Box at ({x0}, {y0}) of size ({w}, {h}) does not fit in 32 bits.")
        self._x0, self._y0, self._x1, self._y1 = x0, y0, x1, y1

    @staticmethod
    def _array(values: Any) -> np.ndarray:
        array = np.asarray(values)
        if array.dtype.kind not in "iu":
            raise TypeError(f"Coordinates must be integers, not {array.dtype}.")
        return array

    @staticmethod
    def _endAt(value: int) -> int:
        return value + 1

    @staticmethod
    def makeCenteredBox(center: Point2D, size: Extent2I) -> Box2I:
        """Return the box of a given size whose center is nearest to a
        position.

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
        new._set(x0, y0, x0 + size._x, y0 + size._y)
        return new

    getBegin = BoxBase.getMin
    getBeginX = BoxBase.getMinX
    getBeginY = BoxBase.getMinY

    def getEnd(self) -> Point2I:
        """Return the corner one past the largest coordinates."""
        return Point2I._make(self._x1, self._y1)

    def getEndX(self) -> int:
        """Return one more than the largest x."""
        return self._x1

    def getEndY(self) -> int:
        """Return one more than the largest y."""
        return self._y1

    def getSlices(self) -> tuple[slice, slice]:
        """Return the slices (y, x) of this box in an array with origin 0."""
        return slice(self._y0, self._y1, 1), slice(self._x0, self._x1, 1)

    beginX = property(getBeginX)
    beginY = property(getBeginY)
    endX = property(getEndX)
    endY = property(getEndY)
    slices = property(getSlices)

    def grid(self, dtype: Any = np.int32) -> tuple[np.ndarray, np.ndarray]:
        """Return the coordinates of all pixels.

        Returns
        -------
        x, y
            Arrays of shape (height, width).
        """
        x, y = np.meshgrid(self.getX().arange(dtype=dtype), self.getY().arange(dtype=dtype))
        return x, y

    def isEmpty(self) -> bool:
        """Return whether the box has no pixels."""
        return self._x0 == self._x1


class Box2D(BoxBase[float, Point2D, Extent2D, IntervalD]):
    """A mutable rectangle; the minimum is inside, the maximum outside.

    Parameters
    ----------
    minimum, maximum
        Corners.
    corner
        Corner with the smallest coordinates (unless a dimension is negative).
    dimensions
        Width and height; zero on either axis gives an empty box.
    invert
        With a maximum below the minimum or a negative dimension: swap the
        ends if true (the default), make an empty box if false.
    other
        Box to convert; a `Box2I` gives the outer edges of its pixels.
    x, y
        Ranges.

    Raises
    ------
    TypeError
        Raised if the arguments match none of these forms.
    """

    __slots__ = ()
    __module__ = "lsst.geom"

    Point = Point2D
    Extent = Extent2D
    _Interval = IntervalD
    # Integer points and extents are converted, as everywhere.
    _points = (Point2D, Point2I)
    _extents = (Extent2D, Extent2I)
    _step = 0
    _element = staticmethod(as_float)
    EPSILON: ClassVar[float] = 2.0 * sys.float_info.epsilon
    INVALID: ClassVar[float] = math.nan

    def _setOther(self, other: Any) -> None:
        if not isinstance(other, BoxBase):
            raise TypeError(f"Cannot make a Box2D from {other!r}.")
        if other.isEmpty():
            self._setEmpty()
        else:
            edge = 0.5 * other._step
            self._store(other._x0 - edge, other._y0 - edge, other._x1 - edge, other._y1 - edge)

    def _setEmpty(self) -> None:
        self._x0 = self._y0 = self._x1 = self._y1 = math.nan

    def _store(self, x0: float, y0: float, x1: float, y1: float) -> None:
        super()._store(float(x0), float(y0), float(x1), float(y1))

    @staticmethod
    def _array(values: Any) -> np.ndarray:
        return np.asarray(values, dtype=float)

    @staticmethod
    def _endAt(value: float) -> float:
        if value == 0.0:
            return Box2D.EPSILON
        return value * (1.0 + math.copysign(Box2D.EPSILON, value))

    @staticmethod
    def makeCenteredBox(center: Point2D, size: Extent2D) -> Box2D:
        """Return the box of a given size around a center."""
        center, size = Point2D(center), Extent2D(size)
        return Box2D(center - size * 0.5, size, False)

    def isEmpty(self) -> bool:
        """Return whether the box has no area."""
        return self._x0 != self._x0


BoxI = Box2I
BoxD = Box2D
