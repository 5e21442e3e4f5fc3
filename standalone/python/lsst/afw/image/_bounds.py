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
from typing import TYPE_CHECKING, Any, Self

from lsst.geom import Box2I, Extent2I, Point2I
from lsst.pex.exceptions import LengthError

from ._indexing import translate
from ._origin import LOCAL, PARENT, ImageOrigin

if TYPE_CHECKING:
    from ._pixelBlock import PixelBlock

__all__ = ["Bounds", "InPlaceArithmetic", "takeFirst"]


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


class Bounds:
    """What all kinds of images share: getters of the box, views, copies."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise NotImplementedError(f"{type(self).__name__} has no constructor.")

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
