# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

__all__ = ("PixelBlock",)

from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from lsst.geom import Box2I, Extent2I, Point2I
from lsst.pex.exceptions import LengthError

from ._bounds import LOCAL, PARENT, Bounds, ImageOrigin, checkFits, checkIndex, takeFirst, toLocalBox
from ._fitsWriters import writePlane


class PixelBlock(Bounds):
    """A plane of pixels at an integer position: base of images and masks.

    Pixels are a two-dimensional array of shape (height, width), which views
    share.
    """

    dtype: ClassVar[type[np.generic]]
    _array: NDArray[Any]
    _x0: int
    _y0: int

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
        values = np.asarray(values)
        if values.dtype.kind not in "biuf":
            raise TypeError(f"Pixels cannot be set to values of type {values.dtype}.")
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

    def _headerRecords(self) -> list[bytes]:
        """Header records of a file that are particular to the class."""
        return []

    def writeFits(self, fileName: str, metadata: Any = None, mode: str = "w") -> None:
        """Write to a FITS file.

        Parameters
        ----------
        fileName
            Path of the file; an existing one is replaced unless ``mode`` is
            ``"a"``.
        metadata
            Header cards to add.
        mode
            ``"w"`` to write a new file, ``"a"`` to append an extension.
        """
        writePlane(self, fileName, metadata=metadata, mode=mode)

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

    def _allocate(self, box: Box2I | Extent2I, initialValue: Any = 0) -> None:
        dimensions, xy0 = (
            (box.getDimensions(), box.getMin()) if isinstance(box, Box2I) else (box, Point2I(0, 0))
        )
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
