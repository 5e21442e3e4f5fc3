# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from lsst.geom import Box2I, Extent2I, Point2I
from lsst.pex.exceptions import LengthError

from ._indexing import translate
from ._origin import LOCAL, PARENT, ImageOrigin

if TYPE_CHECKING:
    from ._pixelBlock import PixelBlock

__all__ = ["Bounds", "InPlaceArithmetic", "registerPixelTypes", "takeFirst"]


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


def registerPixelTypes(template: Any, **classes: Any) -> None:
    """Let a template find its classes by pixel type and by letter."""
    for key, cls in classes.items():
        cls.__module__ = "lsst.afw.image"
        template.register(cls.dtype, cls)
        template.alias(key, cls)


class Bounds:
    """What all kinds of images share: choice of the constructor, getters of
    the box, views, copies.
    """

    _selectors: ClassVar[tuple[str, ...]]
    """Keywords of the argument that selects a constructor."""

    _default: ClassVar[Extent2I | None] = Extent2I(0, 0)
    """The selecting argument if there is none."""

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
            case _ if _isFile(first):
                self._read(first, *args, **kwargs)
            case _:
                raise TypeError(f"Cannot make a {type(self).__name__} from {first!r}.")

    def _allocate(self, box: Box2I | Extent2I, *args: Any, **kwargs: Any) -> None:
        """Constructors from a box or dimensions."""
        raise NotImplementedError(f"{type(self).__name__} has no pixels.")

    def _read(self, source: Any, *args: Any, **kwargs: Any) -> None:
        """Constructors from a file or a file in memory."""
        raise NotImplementedError(f"{type(self).__name__} has no pixels.")

    def _adopt(self, source: Any, *args: Any, **kwargs: Any) -> bool:
        """Try the constructors from another object; False if there is none."""
        raise NotImplementedError(f"{type(self).__name__} has no pixels.")

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

    def Factory(self, *args: Any, **kwargs: Any) -> Self:
        """Call the constructor of this object's class."""
        return type(self)(*args, **kwargs)

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

    def __repr__(self) -> str:
        return f"{type(self).__name__}(bbox={self.getBBox()!r})"

    def _translate(self, args: Any) -> tuple[Point2I | None, Box2I, ImageOrigin]:
        return translate(args, self.getBBox(LOCAL), self.getBBox(PARENT))

    def _checkDimensions(self, rhs: Bounds) -> None:
        if self.getDimensions() != rhs.getDimensions():
            raise LengthError(f"Dimensions differ: {self.getDimensions()} and {rhs.getDimensions()} pixels.")


def _isFile(source: Any) -> bool:
    """Whether a constructor argument names a file or a file in memory."""
    from lsst.afw.fits import MemFileManager

    return isinstance(source, str | os.PathLike | MemFileManager)


class InPlaceArithmetic:
    """Operators that images do not have, for want of a place for results."""

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
