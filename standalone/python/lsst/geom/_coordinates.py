# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Points and extents in the plane, and pairs of booleans."""

from __future__ import annotations

__all__ = (
    "CoordinateExpr",
    "CoordinateExpr2",
    "Extent",
    "Extent2D",
    "Extent2I",
    "ExtentD",
    "ExtentI",
    "Point",
    "Point2D",
    "Point2I",
    "PointD",
    "PointI",
    "all",
    "any",
    "ceil",
    "floor",
    "truncate",
)

import builtins
import math
import operator
from collections.abc import Callable, Iterator
from typing import Any, ClassVar, NoReturn, Self

import numpy as np

from lsst.utils.wrappers import TemplateMeta

from ._numbers import (
    as_float,
    as_int,
    ceil_to_int,
    divide,
    floor_to_int,
    format_exact,
    round_to_int,
    truncate_to_int,
)


class CoordinateExpr2:
    """A mutable pair of booleans.

    Parameters
    ----------
    val
        Both elements.
    """

    __slots__ = ("_values",)
    __module__ = "lsst.geom"

    dimensions: ClassVar[int]

    def __init__(self, val: bool = False) -> None:
        self._values = [bool(val), bool(val)]

    def __getitem__(self, index: int) -> bool:
        return self._values[as_int(index)]

    def __setitem__(self, index: int, value: bool) -> None:
        self._values[as_int(index)] = bool(value)

    def __len__(self) -> int:
        return 2

    def __iter__(self) -> Iterator[bool]:
        return iter(self._values)

    def and_(self, other: CoordinateExpr2) -> CoordinateExpr2:
        """Return the element-wise conjunction."""
        return _fromValues(self[0] and other[0], self[1] and other[1])

    def or_(self, other: CoordinateExpr2) -> CoordinateExpr2:
        """Return the element-wise disjunction."""
        return _fromValues(self[0] or other[0], self[1] or other[1])

    def not_(self) -> CoordinateExpr2:
        """Return the element-wise negation."""
        return _fromValues(not self[0], not self[1])

    def __repr__(self) -> str:
        return f"CoordinateExpr2({self[0]}, {self[1]})"

    def __reduce__(self) -> tuple:
        return _fromValues, tuple(self._values)


class CoordinateExpr(metaclass=TemplateMeta):
    """Factory of boolean pairs by ``dimensions``."""

    __module__ = "lsst.geom"
    TEMPLATE_PARAMS = ("dimensions",)
    TEMPLATE_DEFAULTS = (2,)


CoordinateExpr.register(2, CoordinateExpr2)


def _fromValues(x: bool, y: bool) -> CoordinateExpr2:
    result = CoordinateExpr2()
    result[0] = x
    result[1] = y
    return result


def all(expr: CoordinateExpr2) -> bool:
    """Return whether both elements are true."""
    return builtins.all(expr)


def any(expr: CoordinateExpr2) -> bool:
    """Return whether an element is true."""
    return builtins.any(expr)


_UNSET: Any = object()


def _comparison(operation: Callable[[Any, Any], bool]) -> Callable[[Any, Any], CoordinateExpr2]:
    def compare(self: Pair, other: Any) -> CoordinateExpr2:
        """Compare with a pair or number, element by element."""
        x, y = (other._x, other._y) if type(other) is type(self) else [self._element(other)] * 2
        return _fromValues(operation(self._x, x), operation(self._y, y))

    return compare


class Pair:
    """A mutable pair of numbers of one type.

    Parameters
    ----------
    x, y : `int` or `float`
        The elements. A single argument is a pair of any kind to convert, a
        sequence of two numbers, or a number for both elements; without
        arguments both are zero.
    value : `int` or `float`
        Both elements.

    Raises
    ------
    TypeError
        Raised if the arguments are not numbers of a usable type.
    """

    __slots__ = ("_x", "_y")

    _x: Any
    _y: Any
    _isInt: ClassVar[bool]
    dimensions: ClassVar[int]
    dtype: ClassVar[type]

    def __init__(self, x: Any = _UNSET, y: Any = _UNSET, *, value: Any = _UNSET) -> None:
        kind = self.dtype
        if type(x) is kind and type(y) is kind:
            self._x = x
            self._y = y
        elif y is not _UNSET and x is not _UNSET and value is _UNSET:
            self._x = self._convert(x)
            self._y = self._convert(y)
        elif x is _UNSET and y is _UNSET:
            self._x = self._y = self._element(0 if value is _UNSET else value)
        elif y is _UNSET and x is not _UNSET and value is _UNSET:
            self._x, self._y = self._fromSingle(x)
        else:
            raise TypeError(f"{type(self).__name__} takes x and y, or one argument.")

    @classmethod
    def _convert(cls, value: Any) -> Any:
        """Convert one of two numbers given separately."""
        raise NotImplementedError

    @classmethod
    def _fromPair(cls, other: Pair) -> tuple[Any, Any]:
        """Convert the elements of a pair of any kind."""
        raise NotImplementedError

    @classmethod
    def _element(cls, value: Any) -> Any:
        """Check a value to be stored as an element."""
        return as_int(value) if cls._isInt else as_float(value)

    @classmethod
    def _fromSingle(cls, value: Any) -> tuple[Any, Any]:
        if isinstance(value, Pair):
            return cls._fromPair(value)
        if isinstance(value, list | tuple | np.ndarray):
            if len(value) != 2:
                raise TypeError(f"{cls.__name__} needs 2 elements, got {value!r}.")
            return cls._convert(value[0]), cls._convert(value[1])
        element = cls._element(value)
        return element, element

    @classmethod
    def _make(cls, x: Any, y: Any) -> Self:
        """Build from elements known to have the right type."""
        new = cls.__new__(cls)
        new._x = x
        new._y = y
        return new

    def getX(self) -> Any:
        """Return the x element."""
        return self._x

    def getY(self) -> Any:
        """Return the y element."""
        return self._y

    def setX(self, x: Any) -> None:
        """Set the x element."""
        self._x = self._element(x)

    def setY(self, y: Any) -> None:
        """Set the y element."""
        self._y = self._element(y)

    x = property(getX, setX, doc="The x element.")
    y = property(getY, setY, doc="The y element.")

    def clone(self) -> Self:
        """Return a copy."""
        return self._make(self._x, self._y)

    def __getitem__(self, index: int) -> Any:
        return self._y if self._index(index) else self._x

    def __setitem__(self, index: int, value: Any) -> None:
        if self._index(index):
            self.setY(value)
        else:
            self.setX(value)

    @staticmethod
    def _index(index: int) -> int:
        index = as_int(index)
        if not -2 <= index < 2:
            raise IndexError(f"Index {index} not in range [-2, 1].")
        return index % 2

    def __len__(self) -> int:
        return 2

    def __iter__(self) -> Iterator:
        yield self._x
        yield self._y

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._x == other._x and self._y == other._y

    __hash__ = None  # type: ignore[assignment]

    eq = _comparison(operator.eq)
    ne = _comparison(operator.ne)
    lt = _comparison(operator.lt)
    le = _comparison(operator.le)
    gt = _comparison(operator.gt)
    ge = _comparison(operator.ge)

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

    def __str__(self) -> str:
        return f"({self._x:0.5g}, {self._y:0.5g})"

    def __repr__(self) -> str:
        if self._isInt:
            return f"{type(self).__name__}({self._x}, {self._y})"
        return f"{type(self).__name__}({format_exact(self._x)}, {format_exact(self._y)})"

    def __reduce__(self) -> tuple:
        return type(self), (self._x, self._y)


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
            raise TypeError(f"A point is required, got {other!r}.")
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
        raise TypeError(f"An Extent2I cannot be divided in place, divisor {divisor!r}.")


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
        raise TypeError(f"Unsupported operands for {operator}: {pair!r} and {other!r}.")


def floor(extent: Extent2D) -> Extent2I:
    """Round the elements of an extent down."""
    return extent.floor()


def ceil(extent: Extent2D) -> Extent2I:
    """Round the elements of an extent up."""
    return extent.ceil()


def truncate(extent: Extent2D) -> Extent2I:
    """Round the elements of an extent toward zero."""
    return extent.truncate()
