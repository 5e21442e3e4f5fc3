# This file is part of ip_diffim_template.
#
# Developed for the LSST Data Management System.
# This product includes software developed by the LSST Project
# (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution
# for the terms of the licence.
#
# This program is free software: you can redistribute it and/or modify
# it under the terms of the GNU General Public License as published by
# the Free Software Foundation, either version 3 of the License, or
# (at your option) any later version.
#
# This program is distributed in the hope that it will be useful,
# but WITHOUT ANY WARRANTY; without even the implied warranty of
# MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the
# GNU General Public License for more details.
#
# You should have received a copy of the GNU General Public License
# along with this program.  If not, see <https://www.gnu.org/licenses/>.

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from lsst.geom import Box2I, Extent2I, Point2I
from lsst.pex.exceptions import LengthError

from ._indexing import checkFits, checkIndex, toLocalBox, translate
from ._origin import LOCAL, PARENT, ImageOrigin

__all__ = ["Bounds", "PixelBlock", "takeFirst"]


def takeFirst(
    args: Sequence[Any], kwargs: dict[str, Any], names: Sequence[str], default: Any
) -> tuple[Any, Sequence[Any], dict[str, Any]]:
    """Separate the argument that selects a constructor from the others.

    Parameters
    ----------
    args, kwargs
        Arguments of the constructor.
    names
        Keywords that the selecting argument may have, in order of search.
    default
        Its value if there are no arguments to select by.

    Returns
    -------
    first, args, kwargs
        The selecting argument, and the rest.
    """
    if args:
        return args[0], args[1:], kwargs
    for name in names:
        if name in kwargs:
            kwargs = dict(kwargs)
            return kwargs.pop(name), (), kwargs
    return default, (), kwargs


class Bounds:
    """Getters that follow from the box of an image."""

    def _plane(self) -> PixelBlock:
        """Plane of pixels that has this object's box."""
        raise NotImplementedError(f"{type(self).__name__} has no pixels.")

    def getWidth(self) -> int:
        return self._plane()._array.shape[1]

    def getHeight(self) -> int:
        return self._plane()._array.shape[0]

    def getX0(self) -> int:
        return self._plane()._x0

    def getY0(self) -> int:
        return self._plane()._y0

    def getXY0(self) -> Point2I:
        """PARENT index of the first pixel."""
        return Point2I(self.getX0(), self.getY0())

    def getDimensions(self) -> Extent2I:
        return Extent2I(self.getWidth(), self.getHeight())

    def getBBox(self, origin: ImageOrigin = PARENT) -> Box2I:
        """Bounding box of the pixels in the frame of ``origin``."""
        return Box2I(self.getXY0() if origin is PARENT else Point2I(0, 0), self.getDimensions())

    @property
    def width(self) -> int:
        return self.getWidth()

    @property
    def height(self) -> int:
        return self.getHeight()

    @property
    def x0(self) -> int:
        return self.getX0()

    @property
    def y0(self) -> int:
        return self.getY0()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(bbox={self.getBBox()!r})"

    def _translate(self, args: Any) -> tuple[Point2I | None, Box2I, ImageOrigin]:
        return translate(args, self.getBBox(LOCAL), self.getBBox(PARENT))

    def _checkDimensions(self, rhs: Bounds) -> None:
        if self.getDimensions() != rhs.getDimensions():
            raise LengthError(f"Dimensions differ: {self.getDimensions()} and {rhs.getDimensions()} pixels.")


class PixelBlock(Bounds):
    """A plane of pixels at an integer position: what images and masks share.

    Pixels are a two-dimensional array of shape (height, width), which views
    share.
    """

    dtype: ClassVar[type[np.generic]]
    _array: NDArray[Any]
    _x0: int
    _y0: int

    def Factory(self, *args: Any, **kwargs: Any) -> Self:
        """Call the constructor of this object's class."""
        return type(self)(*args, **kwargs)

    def _plane(self) -> PixelBlock:
        return self

    @property
    def array(self) -> NDArray[Any]:
        """Pixels as an array of shape (height, width) that shares memory.

        Assigning to it copies values into the existing pixels.
        """
        return self._array.view()

    @array.setter
    def array(self, values: Any) -> None:
        self._array[...] = values

    def getArray(self) -> NDArray[Any]:
        return self._array.view()

    def setXY0(self, *args: Any, **kwargs: Any) -> None:
        """Set the PARENT index of the first pixel.

        Parameters
        ----------
        xy0
            A `lsst.geom.Point2I`, or two numbers ``x0, y0``.
        """
        first, rest, kwargs = takeFirst(args, kwargs, ("xy0", "x0"), None)
        if isinstance(first, Point2I) and not rest and not kwargs:
            self._x0, self._y0 = first.getX(), first.getY()
            return
        (y0,) = (*rest, *kwargs.values())
        xy0 = Point2I(first, y0)
        self._x0, self._y0 = xy0.getX(), xy0.getY()

    def set(self, value: Any) -> None:
        """Set all pixels to one value."""
        self._array[...] = self._scalar(value)

    def assign(self, rhs: Self, bbox: Box2I = Box2I(), origin: ImageOrigin = PARENT) -> None:  # noqa: B008
        """Copy pixel values from another plane.

        Parameters
        ----------
        rhs
            Source of the pixels; its ``XY0`` is ignored.
        bbox
            Pixels to set; an empty box stands for all.
        origin
            Frame of ``bbox``.

        Raises
        ------
        lsst.pex.exceptions.LengthError
            Raised if the dimensions differ or the box is not inside the image.
        """
        self._checkOperand(rhs)
        target = self if bbox.isEmpty() else self.subset(bbox, origin)
        target._checkDimensions(rhs)
        target._array[...] = rhs._array

    def subset(self, bbox: Box2I, origin: ImageOrigin = PARENT) -> Self:
        """View of a part of the pixels.

        Raises
        ------
        lsst.pex.exceptions.LengthError
            Raised if the box is not inside the image.
        """
        return type(self)(self, bbox, origin)

    def clone(self) -> Self:
        """Deep copy."""
        return type(self)(self, deep=True)

    def __getitem__(self, args: Any) -> Any:
        index, bbox, origin = self._translate(args)
        if index is None:
            return self.subset(bbox, origin)
        return self._array[self._offset(index, origin)].item()

    def __setitem__(self, args: Any, rhs: Any) -> None:
        index, bbox, origin = self._translate(args)
        if index is not None:
            self._array[self._offset(index, origin)] = self._scalar(rhs)
        elif isinstance(rhs, type(self)):
            self.subset(bbox, origin).assign(rhs)
        else:
            self.subset(bbox, origin).set(rhs)

    def _offset(self, index: Point2I, origin: ImageOrigin) -> tuple[int, int]:
        checkIndex(index, self.getBBox(origin))
        if origin is LOCAL:
            return index.getY(), index.getX()
        return index.getY() - self._y0, index.getX() - self._x0

    def _scalar(self, value: Any) -> Any:
        """Convert to the pixel type; TypeError if that may lose a fraction."""
        if np.ndim(value) != 0 or isinstance(value, str | bytes):
            raise TypeError(f"Expected a number for pixels of type {self.dtype.__name__}, got {value!r}.")
        if issubclass(self.dtype, np.integer):
            if not isinstance(value, int | np.integer | np.bool_):
                raise TypeError(f"Expected an integer for {self.dtype.__name__} pixels, got {value!r}.")
            return self.dtype(value)
        return self.dtype(float(value))

    def _checkOperand(self, rhs: Any) -> None:
        if not isinstance(rhs, type(self)):
            raise TypeError(f"Expected a {type(self).__name__}, got a {type(rhs).__name__}.")

    def _allocate(self, dimensions: Extent2I, xy0: Point2I, initialValue: Any = 0) -> None:
        if dimensions.getX() < 0 or dimensions.getY() < 0:
            raise LengthError(f"Dimensions cannot be negative: {dimensions}.")
        shape = (dimensions.getY(), dimensions.getX())
        value = self._scalar(initialValue)
        self._array = np.full(shape, value) if value else np.zeros(shape, dtype=self.dtype)
        self._x0, self._y0 = xy0.getX(), xy0.getY()

    def _wrap(self, array: NDArray[Any], deep: bool = False, xy0: Point2I = Point2I(0, 0)) -> None:  # noqa: B008
        if array.dtype != np.dtype(self.dtype) or array.ndim != 2:
            raise TypeError(
                f"Expected a 2-d array of {self.dtype.__name__}, got a {array.ndim}-d array of {array.dtype}."
            )
        if array.size and array.shape[1] > 1 and array.strides[1] != array.itemsize:
            raise TypeError(f"The array must be contiguous along x; its strides are {array.strides}.")
        if not deep and not array.flags.writeable:
            raise TypeError("The array is read-only; pass deep=True to copy it.")
        self._array = array.copy() if deep else array.view(np.ndarray)
        self._x0, self._y0 = xy0.getX(), xy0.getY()

    def _share(self, source: PixelBlock, bbox: Box2I | None, origin: ImageOrigin, deep: bool) -> None:
        self._array = source._array
        self._x0, self._y0 = source._x0, source._y0
        if bbox is not None:
            local = toLocalBox(bbox, source.getXY0(), origin)
            checkFits(local, source.getDimensions())
            self._array = self._array[local.getSlices()]
            self._x0 += local.getMinX()
            self._y0 += local.getMinY()
        if deep:
            self._array = self._array.copy()

    def _copySource(self, source: PixelBlock, *args: Any, **kwargs: Any) -> None:
        """Constructors ``(src, deep)`` and ``(src, bbox, origin, deep)``."""
        if args and not isinstance(args[0], Box2I):
            (kwargs["deep"],) = args
            args = ()
        bbox, origin, deep = _sourceArguments(*args, **kwargs)
        self._share(source, bbox, origin, deep)


def _sourceArguments(
    bbox: Box2I | None = None, origin: ImageOrigin = PARENT, deep: bool = False
) -> tuple[Box2I | None, ImageOrigin, bool]:
    return bbox, origin, deep
