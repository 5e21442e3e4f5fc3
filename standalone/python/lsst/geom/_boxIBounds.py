# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a box of pixels lies."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ._boxBase import BoxBase
from ._coordinates import Extent2I, Point2D, Point2I
from ._interval import IntervalI


class BoxIBounds(BoxBase):
    """Corner and size of a box of pixels, and all that follows from them."""

    __slots__ = ("_h", "_w", "_x0", "_y0")

    _x0: int
    _y0: int
    _w: int
    _h: int

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
        """Return the x of the centre; NaN if empty."""
        return self._x0 + 0.5 * (self._w - 1) if self._w else math.nan

    def getCenterY(self) -> float:
        """Return the y of the centre; NaN if empty."""
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
        """Tell whether the box has no pixels."""
        return self._w == 0
