# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Planes of pixels: their bounding boxes, indices into them, arithmetic."""

from __future__ import annotations

__all__ = (
    "LOCAL",
    "PARENT",
    "ImageOrigin",
    "InPlaceArithmetic",
    "PixelBlock",
    "registerPixelTypes",
)

import enum
import operator
import os
from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from lsst.afw.fits import DEFAULT_HDU, MemFileManager
from lsst.geom import Box2I, Extent2I, Point2I
from lsst.pex.exceptions import LengthError

from ._fitsWriters import writePlane


class ImageOrigin(enum.Enum):
    """Frame of a pixel index.

    ``PARENT`` indices count from the origin of the parent image, ``LOCAL``
    indices from the first stored pixel; they differ by the ``XY0`` of the
    image.
    """

    PARENT = 0
    LOCAL = 1


ImageOrigin.__module__ = "lsst.afw.image"
PARENT = ImageOrigin.PARENT
LOCAL = ImageOrigin.LOCAL


def takeFirst(
    args: tuple[Any, ...], kwargs: dict[str, Any], names: Sequence[str], default: Any
) -> tuple[Any, tuple[Any, ...], dict[str, Any]]:
    """Separate the argument that selects a constructor from the others.

    Parameters
    ----------
    args, kwargs
        Arguments of the constructor.
    names
        Keywords that the selecting argument may have, in order of search.
    default
        Value of the selecting argument if there are no arguments.

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


def registerPixelTypes(template: Any, **classes: Any) -> None:
    """Let a template find its classes by pixel type and by letter."""
    for key, cls in classes.items():
        cls.__module__ = "lsst.afw.image"
        template.register(cls.dtype, cls)
        template.alias(key, cls)


class Bounds:
    """Base of all kinds of images: choice of the constructor, getters of
    the box, views, copies.
    """

    _selectors: ClassVar[tuple[str, ...]]
    """Keywords of the argument that selects a constructor."""

    _default: ClassVar[Extent2I | None] = Extent2I(0, 0)
    """Value of the selecting argument if it is not given."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        first, args, kwargs = takeFirst(args, kwargs, self._selectors, self._default)
        match first:
            case Box2I() | Extent2I():
                self._allocate(first, *args, **kwargs)
            case int() | np.integer():
                height, args, kwargs = takeFirst(args, kwargs, ("height",), None)
                self._allocate(Extent2I(first, height), *args, **kwargs)
            case _ if self._adopt(first, *args, **kwargs):
                pass
            case str() | os.PathLike() | MemFileManager():
                self._read(first, *args, **kwargs)
            case _:
                raise TypeError(f"Cannot make a {type(self).__name__} from {first!r}.")

    def _allocate(self, box: Box2I | Extent2I, *args: Any, **kwargs: Any) -> None:
        """Construct from a box or dimensions."""
        raise NotImplementedError(f"{type(self).__name__} has no pixels.")

    def _read(self, source: Any, *args: Any, **kwargs: Any) -> None:
        """Construct from a file or an in-memory file."""
        raise NotImplementedError(f"{type(self).__name__} has no pixels.")

    def _adopt(self, source: Any, *args: Any, **kwargs: Any) -> bool:
        """Try to construct from another object; return False if impossible."""
        raise NotImplementedError(f"{type(self).__name__} has no pixels.")

    def _plane(self) -> PixelBlock:
        """Return the plane of pixels that has this object's box."""
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
        """Return the PARENT index of the first pixel."""
        return Point2I(self.getX0(), self.getY0())

    def getDimensions(self) -> Extent2I:
        return Extent2I(self.getWidth(), self.getHeight())

    def getBBox(self, origin: ImageOrigin = PARENT) -> Box2I:
        """Return the bounding box of the pixels in the frame of ``origin``."""
        return Box2I(self.getXY0() if origin is PARENT else Point2I(0, 0), self.getDimensions())

    width = property(getWidth, doc="Number of columns.")
    height = property(getHeight, doc="Number of rows.")
    x0 = property(getX0, doc="PARENT column of the first pixel.")
    y0 = property(getY0, doc="PARENT row of the first pixel.")

    def Factory(self, *args: Any, **kwargs: Any) -> Self:
        """Call the constructor of this object's class."""
        return type(self)(*args, **kwargs)

    def subset(self, bbox: Box2I, origin: ImageOrigin = PARENT) -> Self:
        """Return a view of a part of the pixels.

        Raises
        ------
        lsst.pex.exceptions.LengthError
            Raised if the box is not inside the image.
        """
        return type(self)(self, bbox, origin)

    def clone(self) -> Self:
        """Return a deep copy."""
        return type(self)(self, deep=True)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(bbox={self.getBBox()!r})"

    def _translate(self, args: Any) -> tuple[Point2I | None, Box2I, ImageOrigin]:
        """Interpret the argument of ``image[args]``.

        Parameters
        ----------
        args
            ``bbox``, ``point``, ``(x, y)``, ``(x0:x1, y0:y1)`` or ``:``, each
            optionally followed by an `ImageOrigin`.

        Returns
        -------
        index
            The requested pixel, or `None` if a box was requested.
        bbox
            The requested box; empty for a single pixel.
        origin
            Frame of the index or box.

        Raises
        ------
        IndexError
            Raised if a PARENT index contains a negative number.
        TypeError
            Raised if numbers and slices are mixed, or it is anything else.
        ValueError
            Raised if a slice has a step.
        """
        origin = PARENT
        if isinstance(args, tuple) and args and isinstance(args[-1], ImageOrigin):
            origin = args[-1]
            args = args[0] if len(args) == 2 else args[:-1]
        bbox = self.getBBox(origin)
        if args is ...:
            args = slice(None)
        match args:
            case Point2I():
                return args, Box2I(), origin
            case Box2I():
                return None, args, origin
            case slice(start=None, stop=None, step=None):
                return None, bbox, origin
            case (slice() as x, slice() as y):
                beginX, endX = _bounds(x, bbox.getBeginX(), bbox.getEndX(), origin)
                beginY, endY = _bounds(y, bbox.getBeginY(), bbox.getEndY(), origin)
                corner = Point2I(beginX, beginY)
                return None, Box2I(corner, Extent2I(max(endX - beginX, 0), max(endY - beginY, 0))), origin
            case (slice(), _) | (_, slice()):
                raise TypeError(f"Cannot mix a slice and a number in {args}.")
            case (x, y):
                index = Point2I(_number(x, bbox.getWidth(), origin), _number(y, bbox.getHeight(), origin))
                return index, Box2I(), origin
        raise TypeError(f"Cannot index an image with {args!r}.")

    def _checkDimensions(self, rhs: Bounds) -> None:
        if self.getDimensions() != rhs.getDimensions():
            raise LengthError(f"Dimensions differ: {self.getDimensions()} and {rhs.getDimensions()} pixels.")


class InPlaceArithmetic:
    """Binary operators that raise, since arithmetic is in place."""

    def __add__(self, other: Any) -> Any:
        raise _notImplemented(self, "+")

    def __sub__(self, other: Any) -> Any:
        raise _notImplemented(self, "-")

    def __mul__(self, other: Any) -> Any:
        raise _notImplemented(self, "*")

    def __truediv__(self, other: Any) -> Any:
        raise _notImplemented(self, "/")


def _notImplemented(owner: object, operator: str) -> NotImplementedError:
    return NotImplementedError(
        f"{type(owner).__name__} has no operator {operator}; pixels are modified in place by {operator}=."
    )


def _number(value: Any, size: int, origin: ImageOrigin) -> int:
    number = operator.index(value)
    if number < 0:
        if origin is PARENT:
            raise IndexError(f"Negative index {number} needs the LOCAL origin, or a Point2I or Box2I.")
        number += size
    return number


def _bounds(part: slice, begin: int, end: int, origin: ImageOrigin) -> tuple[int, int]:
    if part.step not in (None, 1):
        raise ValueError(f"Slices of an image cannot have a step ({part.step}).")
    start = begin if part.start is None else _number(part.start, end - begin, origin)
    stop = end if part.stop is None else _number(part.stop, end - begin, origin)
    return start, stop


class PixelBlock(Bounds):
    """A plane of pixels at an integer position: base of images and masks.

    Pixels are a two-dimensional array of shape (height, width), which views
    share.
    """

    dtype: ClassVar[type[np.generic]]
    _readerClass: ClassVar[Any]
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

    def _read(
        self, source: Any, hdu: int = DEFAULT_HDU, metadata: Any = None, *args: Any, **kwargs: Any
    ) -> None:
        reader = self._readerClass(source, hdu)
        self._adopt(reader.read(*args, dtype=np.dtype(self.dtype), **kwargs))
        if metadata is not None:
            metadata.update(reader.readMetadata())

    @classmethod
    def readFits(cls, filename: str, hdu: int = DEFAULT_HDU) -> Self:
        """Read from a FITS file."""
        return cls(filename, hdu)

    def _headerRecords(self) -> list[bytes]:
        """Return the header records that are specific to the class."""
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
        bbox = self.getBBox(origin)
        if not bbox.contains(index):
            raise IndexError(f"Index {index} outside image bounds {bbox}.")
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

    def _share(
        self,
        source: PixelBlock,
        bbox: Box2I | None = None,
        origin: ImageOrigin = PARENT,
        deep: bool = False,
    ) -> None:
        self._array = source._array
        self._x0, self._y0 = source._x0, source._y0
        if bbox is not None:
            if not isinstance(origin, ImageOrigin):
                raise TypeError(f"Origin must be PARENT or LOCAL, not {origin!r}.")
            local = bbox.shiftedBy(Extent2I(-source._x0, -source._y0)) if origin is PARENT else bbox
            if not source.getBBox(LOCAL).contains(local):
                raise LengthError(
                    f"{local!r} (LOCAL) does not fit in an image of {source.getDimensions()} pixels."
                )
            self._array = self._array[local.getSlices()]
            self._x0 += local.getMinX()
            self._y0 += local.getMinY()
        if deep:
            self._array = self._array.copy()

    def _copySource(self, source: PixelBlock, *args: Any, **kwargs: Any) -> None:
        """Construct as ``(src, deep)`` or ``(src, bbox, origin, deep)``."""
        if args and not isinstance(args[0], Box2I):
            args = (None, PARENT, *args)
        self._share(source, *args, **kwargs)
