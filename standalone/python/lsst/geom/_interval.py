# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ranges of integer or floating-point numbers."""

from __future__ import annotations

__all__ = ("IntervalD", "IntervalI")

import enum
import math
from typing import Any, Self, TypeAlias

import numpy as np

from lsst.pex.exceptions import InvalidParameterError, OverflowError

from ._numbers import INT_MAX, INT_MIN, as_float, as_int

_FORMS = ({"min", "max"}, {"min", "size"}, {"max", "size"}, {"center", "size"})


class EdgeHandlingEnum(enum.Enum):
    """Handling of pixels partly covered by a floating-point range."""

    EXPAND = 0
    SHRINK = 1


EdgeHandlingEnum.__module__ = "lsst.geom"
EdgeHandlingEnum.__qualname__ = "Box2I.EdgeHandlingEnum"


class _Interval:
    """Operations on any kind of range."""

    __slots__ = ("_max", "_min")

    _min: Any
    _max: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if len(args) == 1 and type(args[0]) is type(self) and not kwargs:
            self._min, self._max = args[0]._min, args[0]._max
        elif args:
            self._setConverted(*args, **kwargs)
        elif not kwargs:
            self._setEmpty()
        elif kwargs.keys() in _FORMS:
            self._setKeywords(**kwargs)
        else:
            raise TypeError(f"Cannot make a {type(self).__name__} from {sorted(kwargs)}.")

    def _setEmpty(self) -> None:
        raise NotImplementedError

    def _setConverted(self, *args: Any, **kwargs: Any) -> None:
        """Set from a range of the other kind."""
        raise NotImplementedError

    def _setKeywords(self, **kwargs: Any) -> None:
        raise NotImplementedError

    def _set(self, minimum: Any, maximum: Any) -> None:
        raise NotImplementedError

    @staticmethod
    def _element(value: Any) -> Any:
        """Check a value to be used as a limit."""
        raise NotImplementedError

    @classmethod
    def _fromMinMax(cls, minimum: Any, maximum: Any) -> Self:
        new = cls.__new__(cls)
        new._set(minimum, maximum)
        return new

    def _require(self, other: Any) -> Self:
        if type(other) is not type(self):
            raise TypeError(f"A {type(self).__name__} is required, got {other!r}.")
        return other

    def getMin(self) -> Any:
        """Return the lower limit."""
        return self._min

    def getMax(self) -> Any:
        """Return the upper limit (inclusive)."""
        return self._max

    min = property(getMin)
    max = property(getMax)

    def isEmpty(self) -> bool:
        """Return whether no number is in the range."""
        return not self._min <= self._max

    def contains(self, other: Any) -> Any:
        """Return whether a number, each of an array, or a range is inside.

        An empty range is inside every other.
        """
        if isinstance(other, _Interval):
            self._require(other)
            return other.isEmpty() or (self._min <= other._min and other._max <= self._max)
        values = np.asarray(other)
        result = (self._min <= values) & (values <= self._max)
        return bool(result) if result.ndim == 0 else result

    def __contains__(self, other: Any) -> bool:
        return self.contains(other)

    def isDisjointFrom(self, other: Self) -> bool:
        """Return whether no number is in both ranges."""
        self._require(other)
        return self.isEmpty() or other.isEmpty() or self._max < other._min or other._max < self._min

    def overlaps(self, other: Self) -> bool:
        """Return whether any number is in both ranges."""
        return not self.isDisjointFrom(other)

    intersects = overlaps

    def dilatedBy(self, buffer: Any) -> Self:
        """Return the range with both limits moved outward."""
        buffer = self._element(buffer)
        return type(self)() if self.isEmpty() else self._fromMinMax(self._min - buffer, self._max + buffer)

    def erodedBy(self, buffer: Any) -> Self:
        """Return the range with both limits moved inward."""
        return self.dilatedBy(-self._element(buffer))

    def shiftedBy(self, offset: Any) -> Self:
        """Return the range moved."""
        offset = self._element(offset)
        return type(self)() if self.isEmpty() else self._fromMinMax(self._min + offset, self._max + offset)

    def reflectedAbout(self, point: Any) -> Self:
        """Return the range mirrored at a number."""
        twice = 2 * self._element(point)
        return type(self)() if self.isEmpty() else self._fromMinMax(twice - self._max, twice - self._min)

    def expandedTo(self, other: Any) -> Self:
        """Return the smallest range that also covers a number or range."""
        if isinstance(other, _Interval):
            if self._require(other).isEmpty():
                return type(self)(self)
            low, high = other._min, other._max
        else:
            low = high = self._element(other)
        if self.isEmpty():
            return self._fromMinMax(low, high)
        return self._fromMinMax(min(self._min, low), max(self._max, high))

    def clippedTo(self, other: Self) -> Self:
        """Return the part in another range."""
        if self.isDisjointFrom(other):
            return type(self)()
        return self._fromMinMax(max(self._min, other._min), min(self._max, other._max))

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        if self.isEmpty() or other.isEmpty():
            return self.isEmpty() and other.isEmpty()
        return self._min == other._min and self._max == other._max

    __hash__ = None  # type: ignore[assignment]

    def __str__(self) -> str:
        return f"(min={self._min}, max={self._max})"

    def __repr__(self) -> str:
        name = type(self).__name__
        return f"{name}()" if self.isEmpty() else f"{name}(min={self._min}, max={self._max})"

    def __reduce__(self) -> tuple:
        if self.isEmpty():
            return type(self), ()
        return type(self)._fromMinMax, (self._min, self._max)


class IntervalI(_Interval):
    """A range of integers; the maximum is inclusive.

    Parameters
    ----------
    min, max, size, center
        Two of them (center and size, or the size and one limit, or both
        limits), as keywords; without arguments the range is empty.
    other
        Range to convert, with the rules of `Box2I`.
    edgeHandling
        How to handle pixels partly covered by an `IntervalD`.

    Raises
    ------
    lsst.pex.exceptions.OverflowError
        Raised if a limit or the size does not fit in 32 bits.
    """

    __slots__ = ()
    __module__ = "lsst.geom"
    EdgeHandlingEnum: TypeAlias = EdgeHandlingEnum

    _element = staticmethod(as_int)

    def _setEmpty(self) -> None:
        self._min, self._max = 0, -1

    def _setConverted(
        self, other: IntervalD, edgeHandling: EdgeHandlingEnum = EdgeHandlingEnum.EXPAND
    ) -> None:
        if not isinstance(other, IntervalD):
            raise TypeError(f"Cannot make an IntervalI from {other!r}.")
        if other.isEmpty():
            self._setEmpty()
            return
        converted = self._fromEdges(other.min, other.max, edgeHandling)
        self._min, self._max = converted._min, converted._max

    def _setKeywords(self, **kwargs: Any) -> None:
        if "center" in kwargs:
            minimum = math.floor(as_float(kwargs["center"]) - 0.5 * as_int(kwargs["size"]) + 0.5 + 0.5)
            kwargs = {"min": minimum, "size": kwargs["size"]}
        values = {name: as_int(value) for name, value in kwargs.items()}
        if "min" not in values:
            values["min"] = values["max"] - values["size"] + 1
        if "max" not in values:
            values["max"] = values["min"] + values["size"] - 1
        self._set(values["min"], values["max"])

    def _set(self, minimum: int, maximum: int) -> None:
        if maximum < minimum:
            self._setEmpty()
            return
        if minimum < INT_MIN or maximum > INT_MAX or maximum - minimum >= INT_MAX:
            raise OverflowError(f"Range {minimum}..{maximum} does not fit in 32 bits.")
        self._min, self._max = minimum, maximum

    @classmethod
    def _fromEdges(cls, low: float, high: float, edgeHandling: EdgeHandlingEnum) -> Self:
        """Return the pixels between two positions."""
        if not (math.isfinite(low) and math.isfinite(high)):
            raise InvalidParameterError(f"Cannot convert range {low}..{high} to integers.")
        if edgeHandling is EdgeHandlingEnum.EXPAND:
            return cls._fromMinMax(math.ceil(low - 0.5), math.floor(high + 0.5))
        if edgeHandling is EdgeHandlingEnum.SHRINK:
            return cls._fromMinMax(math.ceil(low + 0.5), math.floor(high - 0.5))
        raise TypeError(f"edgeHandling must be EXPAND or SHRINK, got {edgeHandling!r}.")

    def getSize(self) -> int:
        """Return how many integers are in the range."""
        return self._max - self._min + 1

    def getBegin(self) -> int:
        """Return the lower limit."""
        return self._min

    def getEnd(self) -> int:
        """Return one more than the upper limit."""
        return self._max + 1

    size = property(getSize)
    begin = property(getBegin)
    end = property(getEnd)

    def range(self) -> range:
        """Return the integers as a `range`."""
        return range(self._min, self._max + 1)

    def arange(self, dtype: Any = np.int32) -> np.ndarray:
        """Return the integers as an array."""
        return np.arange(self._min, self._max + 1, dtype=dtype)

    def slice(self) -> slice:
        """Return the integers as a `slice`."""
        return slice(self._min, self._max + 1)


class IntervalD(_Interval):
    """A range of floating-point numbers that includes both limits.

    Parameters
    ----------
    min, max, size, center
        Two of them (center and size, or the size and one limit, or both
        limits), as keywords; without arguments the range is empty.
    other
        Range to convert; a range of pixels gives their outer edges.

    Notes
    -----
    A range is empty if the maximum is below the minimum, or any of the
    numbers is NaN. The minimum may be minus infinity, and the maximum plus
    infinity.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if both limits are the same infinity, and by the methods if a
        number is NaN or they move both limits to infinity.
    """

    __slots__ = ()
    __module__ = "lsst.geom"

    @staticmethod
    def _element(value: Any) -> float:
        number = as_float(value)
        if math.isnan(number):
            raise InvalidParameterError("A range and NaN cannot be combined.")
        return number

    def _setEmpty(self) -> None:
        self._min = self._max = math.nan

    def _setConverted(self, other: IntervalI) -> None:
        if not isinstance(other, IntervalI):
            raise TypeError(f"Cannot make an IntervalD from {other!r}.")
        if other.isEmpty():
            self._setEmpty()
        else:
            self._min, self._max = other.min - 0.5, other.max + 0.5

    def _setKeywords(self, **kwargs: Any) -> None:
        values = {name: as_float(value) for name, value in kwargs.items()}
        if "center" in values:
            values["min"] = values["center"] - 0.5 * values["size"]
            if math.isinf(values["size"]):
                values["max"] = values["center"] + 0.5 * values["size"]
        if "min" not in values:
            values["min"] = values["max"] - values["size"]
        if "max" not in values:
            values["max"] = values["min"] + values["size"]
        self._set(values["min"], values["max"])

    def _set(self, minimum: float, maximum: float) -> None:
        if not minimum <= maximum:
            self._setEmpty()
            return
        if minimum == math.inf or maximum == -math.inf:
            raise InvalidParameterError(f"Both limits of a range are {minimum}.")
        self._min, self._max = minimum, maximum

    def contains(self, other: Any) -> Any:
        """Return whether a number, each of an array, or a range is inside."""
        if not isinstance(other, _Interval) and np.isnan(np.asarray(other, dtype=float)).any():
            raise InvalidParameterError("Whether a range contains NaN is not defined.")
        return super().contains(other)

    def getSize(self) -> float:
        """Return the length; zero if empty."""
        return 0.0 if self.isEmpty() else self._max - self._min

    def getCenter(self) -> float:
        """Return the center; NaN if empty."""
        return 0.5 * (self._min + self._max)

    size = property(getSize)
    center = property(getCenter)

    def isFinite(self) -> bool:
        """Return whether both limits are finite."""
        return math.isfinite(self._min) and math.isfinite(self._max)
