# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Code shared by `Box2I` and `Box2D`."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from ._coordinates import Extent2D, Extent2I, Point2D, Point2I
from ._interval import IntervalD, IntervalI

_CORNERS = (("minimum", "maximum"), ("corner", "dimensions"))


class BoxBase:
    """Constructor overloads and operations that return new boxes."""

    __slots__ = ()

    Point: ClassVar[type[Point2I] | type[Point2D]]
    Extent: ClassVar[type[Extent2I] | type[Extent2D]]
    _Interval: ClassVar[type[IntervalI] | type[IntervalD]]

    def _setEmpty(self) -> None:
        raise NotImplementedError

    def _setMinMax(self, minimum: Any, maximum: Any, invert: bool) -> None:
        raise NotImplementedError

    def _setCornerDimensions(self, corner: Any, dimensions: Any, invert: bool) -> None:
        raise NotImplementedError

    def _setFrom(self, other: BoxBase) -> None:
        """Copy a box of the same kind."""
        raise NotImplementedError

    def _setPair(self, first: Any, second: Any, invert: bool) -> None:
        """Set from two points, or a point and an extent."""
        if type(first) is self.Point and type(second) is self.Extent:
            self._setCornerDimensions(first, second, invert)
        elif type(first) is self.Point and type(second) is self.Point:
            self._setMinMax(first, second, invert)
        else:
            kind = type(self).__name__
            raise TypeError(
                f"{kind} needs two {self.Point.__name__}, or a {self.Point.__name__} and a "
                f"{self.Extent.__name__}, got {first!r} and {second!r}."
            )

    def _setIntervals(self, x: Any, y: Any) -> None:
        if not (isinstance(x, self._Interval) and isinstance(y, self._Interval)):
            raise TypeError(f"Two {self._Interval.__name__} are required, got {x!r} and {y!r}.")
        if x.isEmpty() or y.isEmpty():
            self._setEmpty()
        else:
            self._setMinMax(self.Point(x.min, y.min), self.Point(x.max, y.max), False)

    def _setKeywords(self, args: tuple, kwargs: dict[str, Any]) -> None:
        """Set from the forms of the constructor that have two arguments."""
        for names in _CORNERS:
            missing = (*names, "invert")[len(args) :]
            if len(args) < 4 and set(missing) - {"invert"} <= kwargs.keys() <= set(missing):
                first, second, *rest = *args, *(kwargs[name] for name in missing if name in kwargs)
                self._setPair(first, second, bool(rest[0]) if rest else True)
                return
        raise TypeError(
            f"Cannot make a {type(self).__name__} from {len(args)} arguments and {sorted(kwargs)}."
        )

    @classmethod
    def _copyOf(cls, other: Self) -> Self:
        if type(other) is not cls:
            raise TypeError(f"A {cls.__name__} is required, got {other!r}.")
        new = cls.__new__(cls)
        new._setFrom(other)
        return new

    def getMin(self) -> Any:
        """Return the corner with the smallest coordinates."""
        raise NotImplementedError

    def getMax(self) -> Any:
        """Return the corner with the largest coordinates."""
        raise NotImplementedError

    def getDimensions(self) -> Any:
        """Return width and height."""
        raise NotImplementedError

    def getCorners(self) -> list:
        """Return the corners, counter-clockwise from the minimum."""
        low, high = self.getMin(), self.getMax()
        return [low, self.Point(high._x, low._y), high, self.Point(low._x, high._y)]

    def isEmpty(self) -> bool:
        """Return whether the box has no area."""
        raise NotImplementedError

    def isDisjointFrom(self, other: Self) -> bool:
        """Return whether no point is in both boxes."""
        raise NotImplementedError

    def overlaps(self, other: Self) -> bool:
        """Return whether any point is in both boxes."""
        return not self.isDisjointFrom(other)

    def intersects(self, other: Self) -> bool:
        """Return whether any point is in both boxes."""
        return not self.isDisjointFrom(other)

    def contains(self, *args: Any) -> Any:
        """Return whether a point or box is in this box."""
        raise NotImplementedError

    def __contains__(self, other: Any) -> bool:
        return self.contains(other)

    def grow(self, buffer: Any) -> None:
        """Move all sides outward, in place."""
        raise NotImplementedError

    def shift(self, offset: Any) -> None:
        """Move the box, in place."""
        raise NotImplementedError

    def clip(self, other: Self) -> None:
        """Reduce to the part in another box, in place."""
        raise NotImplementedError

    def include(self, other: Any) -> None:
        """Extend to cover a point or box, in place."""
        raise NotImplementedError

    def dilatedBy(self, buffer: Any) -> Self:
        """Return the box with all sides moved outward.

        Parameters
        ----------
        buffer : number or extent
            Distance in pixels, for both axes or for each.
        """
        new = self._copyOf(self)
        new.grow(buffer)
        return new

    def erodedBy(self, buffer: Any) -> Self:
        """Return the box with all sides moved inward.

        Parameters
        ----------
        buffer : number or extent
            Distance in pixels, for both axes or for each.
        """
        new = self._copyOf(self)
        new.grow(-buffer)
        return new

    def shiftedBy(self, offset: Any) -> Self:
        """Return the box moved by an extent."""
        new = self._copyOf(self)
        new.shift(offset)
        return new

    def clippedTo(self, other: Self) -> Self:
        """Return the part in another box."""
        new = self._copyOf(self)
        new.clip(other)
        return new

    def expandedTo(self, other: Any) -> Self:
        """Return the smallest box that also covers a point or box."""
        new = self._copyOf(self)
        new.include(other)
        return new

    def swap(self, other: Self) -> None:
        """Exchange contents with another box."""
        mine = self._copyOf(self)
        self._setFrom(self._copyOf(other))
        other._setFrom(mine)

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
