# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs of pixels on a row."""

from __future__ import annotations

__all__ = (
    "Span",
    "Stencil",
)

import enum
import operator
from collections.abc import Iterator
from typing import Any

import numpy as np

from lsst.geom import IntervalI, Point2I


class Stencil(enum.Enum):
    """Shapes of neighborhoods."""

    __module__ = "lsst.afw.geom"

    CIRCLE = 0
    BOX = 1
    MANHATTAN = 2


class Span:
    """A run of pixels on a row.

    The forms are ``Span(y, x0, x1)``, ``Span(interval, y)`` and ``Span()``,
    which is empty.

    Parameters
    ----------
    y : `int`
        Row.
    x0, x1 : `int`
        First and last column, both included.
    interval : `lsst.geom.IntervalI`
        Columns.

    Raises
    ------
    TypeError
        Raised if the arguments are of no such form.
    """

    __slots__ = ("_x0", "_x1", "_y")
    __module__ = "lsst.afw.geom"

    def __init__(self, *args: Any):
        if len(args) == 2 and isinstance(args[0], IntervalI):
            args = (args[1], args[0].getMin(), args[0].getMax())
        elif not args:
            args = (0, 0, -1)
        elif len(args) != 3:
            raise TypeError(f"A Span is made of a row and two columns, not of {args!r}.")
        self._y, self._x0, self._x1 = map(operator.index, args)

    def getY(self) -> int:
        """Row."""
        return self._y

    def getX(self) -> IntervalI:
        """Columns."""
        return IntervalI() if self.isEmpty() else IntervalI(min=self._x0, max=self._x1)

    def getX0(self) -> int:
        """First column."""
        return self._x0

    def getX1(self) -> int:
        """Last column."""
        return self._x1

    getMinX = getX0
    getMaxX = getX1
    getBeginX = getX0

    def getEndX(self) -> int:
        """Column past the last."""
        return self._x1 + 1

    def getMin(self) -> Point2I:
        """First pixel."""
        return Point2I(self._x0, self._y)

    def getMax(self) -> Point2I:
        """Last pixel."""
        return Point2I(self._x1, self._y)

    def getWidth(self) -> int:
        """Number of pixels."""
        return self._x1 - self._x0 + 1

    def isEmpty(self) -> bool:
        """Whether there is no pixel."""
        return self._x1 < self._x0

    def contains(self, *args: Any) -> Any:
        """Whether a column, a pixel given as point, or pixels given by the
        coordinates x and y, scalars or arrays, are in the run.
        """
        if len(args) == 1 and not isinstance(args[0], Point2I):
            return self._x0 <= args[0] <= self._x1
        x, y = map(np.asarray, args[0] if len(args) == 1 else args)
        inside = (y == self._y) & (self._x0 <= x) & (x <= self._x1)
        return inside if inside.ndim else bool(inside)

    def shift(self, dx: int, dy: int) -> None:
        """Move in place."""
        self._y += dy
        self._x0 += dx
        self._x1 += dx

    def toString(self) -> str:
        """Text ``y: x0..x1``."""
        return f"{self._y}: {self._x0}..{self._x1}"

    __str__ = toString

    def __repr__(self) -> str:
        return f"Span({self._y}, {self._x0}, {self._x1})"

    def __len__(self) -> int:
        return max(self.getWidth(), 0)

    def __iter__(self) -> Iterator[Point2I]:
        return (Point2I(x, self._y) for x in range(self._x0, self._x1 + 1))

    def _key(self) -> tuple[int, int, int]:
        return self._y, self._x0, self._x1

    def __eq__(self, other: object) -> bool:
        return self._key() == other._key() if isinstance(other, Span) else NotImplemented

    def __lt__(self, other: Span) -> bool:
        return self._key() < other._key()

    __hash__ = None  # type: ignore[assignment]
