# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Points and extents in the plane.

Sums and differences follow affine geometry: the difference of two points is an
extent, a point plus an extent is a point. The result is of the floating-point
kind if either operand is. Everything not meaningful is a `TypeError`.
"""

from __future__ import annotations

import math
from typing import Any, NoReturn, Self

from lsst.utils.wrappers import TemplateMeta

from ._numbers import as_float, as_int, ceil_to_int, divide, floor_to_int, round_to_int, truncate_to_int
from ._pair import Pair


class _IntPair(Pair):
    """Conversions of the integer kinds."""

    __slots__ = ()
    _isInt = True
    dtype = int

    @classmethod
    def _convert(cls, value: Any) -> int:
        return as_int(value) if hasattr(value, "__index__") else truncate_to_int(as_float(value))

    @classmethod
    def _fromPair(cls, other: Pair) -> tuple[int, int]:
        if other._isInt:
            return other._x, other._y
        return truncate_to_int(other._x), truncate_to_int(other._y)


class _FloatPair(Pair):
    """Conversions of the floating-point kinds."""

    __slots__ = ()
    _isInt = False
    dtype = float

    @classmethod
    def _convert(cls, value: Any) -> float:
        return as_float(value)

    @classmethod
    def _fromPair(cls, other: Pair) -> tuple[float, float]:
        return float(other._x), float(other._y)


class _Extent(Pair):
    """Operations of extents."""

    __slots__ = ()

    def computeSquaredNorm(self) -> float:
        """Return the squared length."""
        return self._x * self._x + self._y * self._y

    def computeNorm(self) -> float:
        """Return the length."""
        return math.sqrt(self.computeSquaredNorm())

    def asPoint(self) -> Any:
        """Return the point at this distance from the origin."""
        return _point(self._isInt)._make(self._x, self._y)

    def __add__(self, other: Any) -> Any:
        if isinstance(other, _Extent):
            kind: type[Pair] = _extent(self._isInt and other._isInt)
        elif isinstance(other, _Point):
            kind = _point(self._isInt and other._isInt)
        else:
            return NotImplemented
        return kind._make(self._x + other._x, self._y + other._y)

    def __sub__(self, other: Any) -> Any:
        if not isinstance(other, _Extent):
            return NotImplemented
        return _extent(self._isInt and other._isInt)._make(self._x - other._x, self._y - other._y)

    def __mul__(self, factor: Any) -> Any:
        if isinstance(factor, Pair):
            return NotImplemented
        if self._isInt and hasattr(factor, "__index__"):
            factor = as_int(factor)
            return Extent2I._make(self._x * factor, self._y * factor)
        if not hasattr(factor, "__float__"):
            return NotImplemented
        factor = as_float(factor)
        return Extent2D._make(self._x * factor, self._y * factor)

    __rmul__ = __mul__

    def __truediv__(self, divisor: Any) -> Extent2D:
        if isinstance(divisor, Pair) or not hasattr(divisor, "__float__"):
            return NotImplemented
        divisor = as_float(divisor)
        return Extent2D._make(divide(self._x, divisor), divide(self._y, divisor))

    def __neg__(self) -> Self:
        return self._make(-self._x, -self._y)

    def __pos__(self) -> Self:
        return self.clone()

    def __iadd__(self, other: Any) -> Self:
        _requireInPlace("+=", self, other)
        self._x += other._x
        self._y += other._y
        return self

    def __isub__(self, other: Any) -> Self:
        _requireInPlace("-=", self, other)
        self._x -= other._x
        self._y -= other._y
        return self

    def __imul__(self, factor: Any) -> Self:
        factor = self._element(factor)
        self._x *= factor
        self._y *= factor
        return self


class _Point(Pair):
    """Operations of points."""

    __slots__ = ()

    def asExtent(self) -> Any:
        """Return the distance from the origin."""
        return _extent(self._isInt)._make(self._x, self._y)

    def shift(self, offset: Any) -> None:
        """Move this point by an extent."""
        self += offset

    def scale(self, factor: float) -> None:
        """Multiply both coordinates by a factor."""
        factor = as_float(factor)
        self._x = self._convert(self._x * factor)
        self._y = self._convert(self._y * factor)

    def distanceSquared(self, other: Any) -> float:
        """Return the squared distance to another point."""
        if not isinstance(other, _Point):
            raise TypeError(f"a point is required, got {other!r}")
        dx = self._x - other._x
        dy = self._y - other._y
        return float(dx * dx + dy * dy)

    def toString(self) -> str:
        """Return the coordinates with 6 significant digits."""
        if self._isInt:
            return f"({self._x}, {self._y})"
        return f"({self._x:g}, {self._y:g})"

    def __add__(self, other: Any) -> Any:
        if not isinstance(other, _Extent):
            return NotImplemented
        return _point(self._isInt and other._isInt)._make(self._x + other._x, self._y + other._y)

    def __sub__(self, other: Any) -> Any:
        if isinstance(other, _Point):
            kind: type[Pair] = _extent(self._isInt and other._isInt)
        elif isinstance(other, _Extent):
            kind = _point(self._isInt and other._isInt)
        else:
            return NotImplemented
        return kind._make(self._x - other._x, self._y - other._y)

    def __iadd__(self, other: Any) -> Self:
        _requireInPlace("+=", self, other)
        self._x += other._x
        self._y += other._y
        return self

    def __isub__(self, other: Any) -> Self:
        _requireInPlace("-=", self, other)
        self._x -= other._x
        self._y -= other._y
        return self


class Extent2I(_Extent, _IntPair):
    """A mutable pair of integer sizes or distances.

    Elements given as floats, alone or in a pair, are truncated toward zero.
    """

    __slots__ = ()
    __module__ = "lsst.geom"

    def __floordiv__(self, divisor: Any) -> Extent2I:
        if not hasattr(divisor, "__index__"):
            return NotImplemented
        divisor = as_int(divisor)
        return Extent2I._make(self._x // divisor, self._y // divisor)

    def __ifloordiv__(self, divisor: Any) -> Self:
        divisor = as_int(divisor)
        self._x //= divisor
        self._y //= divisor
        return self

    def __itruediv__(self, divisor: Any) -> NoReturn:
        raise TypeError(f"an Extent2I cannot be divided in place, divisor {divisor!r}")


class Extent2D(_Extent, _FloatPair):
    """A mutable pair of floating-point sizes or distances."""

    __slots__ = ()
    __module__ = "lsst.geom"

    def __itruediv__(self, divisor: Any) -> Self:
        divisor = as_float(divisor)
        self._x = divide(self._x, divisor)
        self._y = divide(self._y, divisor)
        return self

    def floor(self) -> Extent2I:
        """Round the elements down."""
        return Extent2I._make(floor_to_int(self._x), floor_to_int(self._y))

    def ceil(self) -> Extent2I:
        """Round the elements up."""
        return Extent2I._make(ceil_to_int(self._x), ceil_to_int(self._y))

    def truncate(self) -> Extent2I:
        """Round the elements toward zero."""
        return Extent2I(self)


class Point2I(_Point, _IntPair):
    """A mutable position on the integer grid.

    Converting a `Point2D` rounds (halves up); all other conversions of floats
    truncate toward zero.
    """

    __slots__ = ()
    __module__ = "lsst.geom"

    @classmethod
    def _fromPair(cls, other: Pair) -> tuple[int, int]:
        if isinstance(other, Point2D):
            return round_to_int(other._x), round_to_int(other._y)
        return super()._fromPair(other)


class Point2D(_Point, _FloatPair):
    """A mutable position in the plane."""

    __slots__ = ()
    __module__ = "lsst.geom"


class Point(metaclass=TemplateMeta):
    """Factory of points by ``dtype`` (`int` or `float`)."""

    __module__ = "lsst.geom"
    TEMPLATE_PARAMS = ("dtype", "dimensions")
    TEMPLATE_DEFAULTS = (None, 2)


class Extent(metaclass=TemplateMeta):
    """Factory of extents by ``dtype`` (`int` or `float`)."""

    __module__ = "lsst.geom"
    TEMPLATE_PARAMS = ("dtype", "dimensions")
    TEMPLATE_DEFAULTS = (None, 2)


Point.register((int, 2), Point2I)
Point.register((float, 2), Point2D)
Extent.register((int, 2), Extent2I)
Extent.register((float, 2), Extent2D)

PointI = Point2I
PointD = Point2D
ExtentI = Extent2I
ExtentD = Extent2D


def _point(isInt: bool) -> type[Point2I] | type[Point2D]:
    return Point2I if isInt else Point2D


def _extent(isInt: bool) -> type[Extent2I] | type[Extent2D]:
    return Extent2I if isInt else Extent2D


def _requireInPlace(operator: str, pair: Pair, other: Any) -> None:
    """Require an extent that does not change the type of ``pair``."""
    if not isinstance(other, _Extent) or (pair._isInt and not other._isInt):
        raise TypeError(f"unsupported operands for {operator}: {pair!r} and {other!r}")


def floor(extent: Extent2D) -> Extent2I:
    """Round the elements of an extent down."""
    return extent.floor()


def ceil(extent: Extent2D) -> Extent2I:
    """Round the elements of an extent up."""
    return extent.ceil()


def truncate(extent: Extent2D) -> Extent2I:
    """Round the elements of an extent toward zero."""
    return extent.truncate()
