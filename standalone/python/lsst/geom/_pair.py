# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pairs of booleans, the results of element-wise comparisons."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterator
from typing import Any, ClassVar, Self

import numpy as np

from lsst.utils.wrappers import TemplateMeta

from ._numbers import as_float, as_int, format_exact


class CoordinateExpr2:
    """A mutable pair of booleans.

    Parameters
    ----------
    val : `bool`, optional
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
    """Tell whether both elements are true."""
    return builtins.all(expr)


def any(expr: CoordinateExpr2) -> bool:
    """Tell whether an element is true."""
    return builtins.any(expr)


_UNSET: Any = object()


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
            raise TypeError(f"{type(self).__name__} takes x and y, or one argument")

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
                raise TypeError(f"{cls.__name__} needs 2 elements, got {value!r}")
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
            raise IndexError(f"index {index} not in range [-2, 1]")
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

    def _compare(self, other: Any, operation: Callable[[Any, Any], bool]) -> CoordinateExpr2:
        if type(other) is type(self):
            x, y = other._x, other._y
        else:
            x = y = self._element(other)
        result = CoordinateExpr2()
        result[0] = operation(self._x, x)
        result[1] = operation(self._y, y)
        return result

    def eq(self, other: Any) -> CoordinateExpr2:
        """Compare element by element."""
        return self._compare(other, lambda a, b: a == b)

    def ne(self, other: Any) -> CoordinateExpr2:
        """Compare element by element."""
        return self._compare(other, lambda a, b: a != b)

    def lt(self, other: Any) -> CoordinateExpr2:
        """Compare element by element."""
        return self._compare(other, lambda a, b: a < b)

    def le(self, other: Any) -> CoordinateExpr2:
        """Compare element by element."""
        return self._compare(other, lambda a, b: a <= b)

    def gt(self, other: Any) -> CoordinateExpr2:
        """Compare element by element."""
        return self._compare(other, lambda a, b: a > b)

    def ge(self, other: Any) -> CoordinateExpr2:
        """Compare element by element."""
        return self._compare(other, lambda a, b: a >= b)

    def __str__(self) -> str:
        return f"({self._x:0.5g}, {self._y:0.5g})"

    def __repr__(self) -> str:
        if self._isInt:
            return f"{type(self).__name__}({self._x}, {self._y})"
        return f"{type(self).__name__}({format_exact(self._x)}, {format_exact(self._y)})"

    def __reduce__(self) -> tuple:
        return type(self), (self._x, self._y)
