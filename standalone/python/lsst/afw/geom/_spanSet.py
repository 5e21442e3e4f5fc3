# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sets of pixels, stored as runs on rows."""

from __future__ import annotations

__all__ = ("Span", "SpanSet", "Stencil")

import enum
import math
import operator
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from lsst.geom import Box2I, Extent2I, Point2D, Point2I
from lsst.pex.exceptions import OutOfRangeError

if TYPE_CHECKING:
    from lsst.afw.image import MaskX
    from lsst.afw.image._image import ImageBase


class Stencil(enum.Enum):
    """Shapes of neighborhoods."""

    __module__ = "lsst.afw.geom"

    CIRCLE = 0
    BOX = 1
    MANHATTAN = 2


class Span:
    """A run of pixels on a row.

    Parameters
    ----------
    y
        Row.
    x0, x1
        First and last column, both included.
    """

    __slots__ = ("_x0", "_x1", "_y")
    __module__ = "lsst.afw.geom"

    def __init__(self, y: int, x0: int, x1: int):
        self._y, self._x0, self._x1 = map(operator.index, (y, x0, x1))

    def getY(self) -> int:
        """Return the row."""
        return self._y

    def getX0(self) -> int:
        """Return the first column."""
        return self._x0

    def getX1(self) -> int:
        """Return the last column."""
        return self._x1

    getMinX = getX0
    getMaxX = getX1

    def getWidth(self) -> int:
        """Return the number of pixels."""
        return self._x1 - self._x0 + 1

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

    def __str__(self) -> str:
        return f"{self._y}: {self._x0}..{self._x1}"

    def __repr__(self) -> str:
        return f"Span({self._y}, {self._x0}, {self._x1})"


class SpanSet:
    """A set of pixels, as runs on rows in order of row and column.

    The forms are ``SpanSet()``, ``SpanSet(box)`` and ``SpanSet(spans,
    normalize=True)``.

    Parameters
    ----------
    pixels : `lsst.geom.Box2I` or iterable of `Span`
        The pixels; runs that overlap or touch are joined.
    normalize
        Whether to sort the runs and join them; they must not overlap if
        not.
    """

    __module__ = "lsst.afw.geom"

    def __init__(self, pixels: Box2I | Iterable[Span] = (), normalize: bool = True):
        if isinstance(pixels, Box2I):
            rows = range(pixels.getBeginY(), pixels.getEndY())
            runs = [(y, pixels.getMinX(), pixels.getMaxX()) for y in rows]
        else:
            runs = [(span.getY(), span.getX0(), span.getX1()) for span in pixels]
        self._runs = _joined(runs) if normalize else np.array(runs, int).reshape(-1, 3)

    @classmethod
    def _fromRuns(cls, runs: np.ndarray) -> SpanSet:
        made = cls()
        made._runs = runs
        return made

    @classmethod
    def _fromArray(cls, inside: np.ndarray, xy0: Point2I | tuple[int, int]) -> SpanSet:
        """Return the true pixels of an array whose first one is ``xy0``."""
        padded = np.zeros((inside.shape[0], inside.shape[1] + 2), np.int8)
        padded[:, 1:-1] = inside
        change = np.diff(padded, axis=1)
        y, start = np.nonzero(change == 1)
        _, stop = np.nonzero(change == -1)
        return cls._fromRuns(np.stack([y + xy0[1], start + xy0[0], stop - 1 + xy0[0]], axis=1))

    @classmethod
    def fromMask(cls, mask: MaskX, bitmask: int | None = None) -> SpanSet:
        """Return a mask's pixels with any bit, or one of some bits, set."""
        bits = mask.array if bitmask is None else mask.array & bitmask
        return cls._fromArray(bits != 0, mask.getXY0())

    @classmethod
    def fromShape(
        cls, radius: int, stencil: Stencil = Stencil.CIRCLE, offset: tuple[int, int] = (0, 0)
    ) -> SpanSet:
        """Return a stencil of a given radius (pixels) about ``offset``."""
        runs = []
        for dy in range(-radius, radius + 1):
            match stencil:
                case Stencil.CIRCLE:
                    half = int(math.sqrt(radius * radius - dy * dy))
                case Stencil.MANHATTAN:
                    half = radius - abs(dy)
                case _:
                    half = radius
            runs.append((dy + offset[1], offset[0] - half, offset[0] + half))
        return cls._fromRuns(np.array(runs, int).reshape(-1, 3))

    def getArea(self) -> int:
        """Return the number of pixels."""
        return int((self._runs[:, 2] - self._runs[:, 1] + 1).sum())

    def getBBox(self) -> Box2I:
        """Return the bounding box of the pixels."""
        if not len(self._runs):
            return Box2I()
        y, x0, x1 = self._runs.T
        return Box2I(Point2I(int(x0.min()), int(y[0])), Point2I(int(x1.max()), int(y[-1])))

    def computeCentroid(self) -> Point2D:
        """Return the mean pixel position; (NaN, NaN) if there is none."""
        area = self.getArea()
        if not area:
            return Point2D(math.nan, math.nan)
        y, x0, x1 = self._runs.T
        number = x1 - x0 + 1
        return Point2D(float((number * 0.5 * (x0 + x1)).sum() / area), float((number * y).sum() / area))

    def contains(self, other: Point2I | SpanSet) -> bool:
        """Return whether a pixel, or all pixels of a set, are in the set."""
        if isinstance(other, SpanSet):
            return other.intersect(self).getArea() == other.getArea()
        y, x0, x1 = self._runs.T
        return bool(((y == other[1]) & (x0 <= other[0]) & (x1 >= other[0])).any())

    def overlaps(self, other: SpanSet) -> bool:
        """Return whether the sets share a pixel."""
        return self.intersect(other).getArea() > 0

    def isContiguous(self) -> bool:
        """Return whether all pixels are connected along rows and columns."""
        return len(self.split()) <= 1

    def split(self) -> list[SpanSet]:
        """Return the sets of pixels connected along rows and columns."""
        from scipy import ndimage  # slow to import

        box = self.getBBox()
        labels, number = ndimage.label(self._inside(box))
        return [self._fromArray(labels == i, box.getMin()) for i in range(1, number + 1)]

    def shiftedBy(self, *args: Any) -> SpanSet:
        """Return the set moved by ``(dx, dy)`` or an `lsst.geom.Extent2I`."""
        dx, dy = args[0] if len(args) == 1 else args
        return self._fromRuns(self._runs + np.array([dy, dx, dx]))

    def clippedTo(self, box: Box2I) -> SpanSet:
        """Return the pixels that are in a box."""
        runs = self._runs.copy()
        runs[:, 1] = np.maximum(runs[:, 1], box.getMinX())
        runs[:, 2] = np.minimum(runs[:, 2], box.getMaxX())
        keep = (runs[:, 1] <= runs[:, 2]) & (runs[:, 0] >= box.getMinY()) & (runs[:, 0] <= box.getMaxY())
        return self._fromRuns(runs[keep])

    def dilated(self, other: int | SpanSet, stencil: Stencil = Stencil.CIRCLE) -> SpanSet:
        """Return the set grown by a radius, or by a set about each pixel."""
        return self._morphed("binary_dilation", other, stencil)

    def eroded(self, other: int | SpanSet, stencil: Stencil = Stencil.CIRCLE) -> SpanSet:
        """Return the set shrunk by a radius, or by a set about each pixel."""
        return self._morphed("binary_erosion", other, stencil)

    def _morphed(self, operation: str, other: int | SpanSet, stencil: Stencil) -> SpanSet:
        shape = other if isinstance(other, SpanSet) else self.fromShape(other, stencil)
        if not len(self._runs) or not len(shape._runs):
            return self._fromRuns(self._runs)
        box = shape.getBBox()
        reach = max(abs(v) for v in (*box.getMin(), *box.getMax()))
        # Centered on the origin, where the operation expects it.
        element = shape._inside(Box2I(Point2I(-reach, -reach), Point2I(reach, reach)))
        around = self.getBBox().dilatedBy(reach)
        from scipy import ndimage  # slow to import

        return self._fromArray(getattr(ndimage, operation)(self._inside(around), element), around.getMin())

    def union(self, other: SpanSet | MaskX, bitmask: int | None = None) -> SpanSet:
        """Return the pixels in this set, in another or flagged in a mask."""
        return self._combined(np.logical_or, other, bitmask)

    def intersect(self, other: SpanSet | MaskX, bitmask: int | None = None) -> SpanSet:
        """Return the pixels in both this set and another set or mask."""
        return self._combined(np.logical_and, other, bitmask)

    def intersectNot(self, other: SpanSet | MaskX, bitmask: int | None = None) -> SpanSet:
        """Return the pixels in this set, but not in another set or mask."""
        return self._combined(np.greater, other, bitmask)

    def _combined(self, operation: Any, other: SpanSet | MaskX, bitmask: int | None) -> SpanSet:
        if not isinstance(other, SpanSet):
            other = self.fromMask(other, bitmask)
        box = self.getBBox().expandedTo(other.getBBox())
        if box.isEmpty():
            return SpanSet()
        return self._fromArray(operation(self._inside(box), other._inside(box)), box.getMin())

    def indices(self) -> np.ndarray:
        """Return the rows and columns of the pixels, shape (2, area)."""
        y, x0, x1 = self._runs.T
        number = x1 - x0 + 1
        starts = np.repeat(x0 - np.cumsum(number) + number, number)
        return np.array([np.repeat(y, number), starts + np.arange(number.sum())])

    def asArray(
        self, shape: tuple[int, int] | None = None, xy0: Point2I | tuple[int, int] | None = None
    ) -> np.ndarray:
        """Return a boolean array that is true at the pixels.

        Parameters
        ----------
        shape
            Rows and columns; those of the bounding box by default.
        xy0
            Position of the first pixel of the array; the least position of
            the set by default.
        """
        box = self.getBBox()
        x, y = box.getMin() if xy0 is None else xy0
        height, width = (box.getEndY() - y, box.getEndX() - x) if shape is None else shape
        return self._inside(Box2I(Point2I(x, y), Extent2I(width, height)))

    def _inside(self, box: Box2I) -> np.ndarray:
        inside = np.zeros((box.getHeight(), box.getWidth()), bool)
        y, x = self.clippedTo(box).indices()
        inside[y - box.getMinY(), x - box.getMinX()] = True
        return inside

    def setMask(self, mask: MaskX, bits: int) -> None:
        """Set bits of a mask at the pixels, which must lie inside."""
        y, x = self._within(mask)
        mask.array[y, x] |= bits

    def clearMask(self, mask: MaskX, bits: int) -> None:
        """Clear bits of a mask at the pixels, which must lie inside."""
        y, x = self._within(mask)
        mask.array[y, x] &= ~bits

    def setImage(
        self, image: ImageBase, val: float, region: Box2I | None = None, doClip: bool = False
    ) -> None:
        """Set the pixels of an image to a value.

        Parameters
        ----------
        image
            Image to change.
        val
            Value to set.
        region
            Only pixels in this box are set, if it is not empty.
        doClip
            Whether to ignore pixels beyond the image, rather than raise an
            error.
        """
        pixels = self if region is None or region.isEmpty() else self.clippedTo(region)
        y, x = (pixels.clippedTo(image.getBBox()) if doClip else pixels)._within(image)
        image.array[y, x] = val

    def _within(self, image: ImageBase | MaskX) -> np.ndarray:
        """Return the rows and columns in the array of an image."""
        if not image.getBBox().contains(self.getBBox()):
            raise OutOfRangeError(f"Pixels in {self.getBBox()} are beyond the image {image.getBBox()}.")
        x0, y0 = image.getXY0()
        return self.indices() - np.array([[y0], [x0]])

    def __len__(self) -> int:
        return len(self._runs)

    def __iter__(self) -> Iterator[Span]:
        return (Span(*run) for run in self._runs.tolist())

    def __getitem__(self, index: int) -> Span:
        return Span(*self._runs[index].tolist())

    def __contains__(self, other: Point2I | SpanSet) -> bool:
        return self.contains(other)

    def __eq__(self, other: object) -> bool:
        return np.array_equal(self._runs, other._runs) if isinstance(other, SpanSet) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"SpanSet({list(self)!r})"


def _joined(runs: list[tuple[int, int, int]]) -> np.ndarray:
    """Sort runs, and join those that overlap or touch."""
    joined: list[list[int]] = []
    for y, x0, x1 in sorted(runs):
        if x1 < x0:
            continue
        if joined and joined[-1][0] == y and x0 <= joined[-1][2] + 1:
            joined[-1][2] = max(joined[-1][2], x1)
        else:
            joined.append([y, x0, x1])
    return np.array(joined, int).reshape(-1, 3)
