# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Translate the argument of ``image[...]`` to a point or a box."""

from __future__ import annotations

import operator
from typing import Any

from lsst.geom import Box2I, Extent2I, Point2I
from lsst.pex.exceptions import LengthError

from ._origin import LOCAL, PARENT, ImageOrigin

__all__ = ["checkFits", "checkIndex", "toLocalBox", "translate"]


def toLocalBox(bbox: Box2I, xy0: Point2I, origin: ImageOrigin) -> Box2I:
    """Shift a box given in the frame of ``origin`` to LOCAL indices."""
    if not isinstance(origin, ImageOrigin):
        raise TypeError(f"Origin must be PARENT or LOCAL, not {origin!r}.")
    return bbox.shiftedBy(Extent2I(-xy0.getX(), -xy0.getY())) if origin is PARENT else bbox


def checkFits(local: Box2I, dimensions: Extent2I) -> None:
    """Raise LengthError unless a LOCAL box lies inside an image."""
    if (
        local.getMinX() < 0
        or local.getMinY() < 0
        or local.getEndX() > dimensions.getX()
        or local.getEndY() > dimensions.getY()
    ):
        raise LengthError(
            f"{local!r} (LOCAL) does not fit in an image of {dimensions.getX()}x{dimensions.getY()} pixels."
        )


def checkIndex(index: Point2I, bbox: Box2I) -> None:
    """Raise IndexError unless a pixel index lies inside a box."""
    if not bbox.contains(index):
        raise IndexError(f"Index {index} outside image bounds {bbox}.")


def translate(args: Any, bboxLocal: Box2I, bboxParent: Box2I) -> tuple[Point2I | None, Box2I, ImageOrigin]:
    """Interpret the argument of ``image[args]``.

    Parameters
    ----------
    args
        ``bbox``, ``point``, ``(x, y)``, ``(x0:x1, y0:y1)`` or ``:``, each
        optionally followed by an `ImageOrigin`.
    bboxLocal, bboxParent
        The box of the image in either frame.

    Returns
    -------
    index
        The pixel asked for, or `None` if a box was asked for.
    bbox
        The box asked for; empty for a single pixel.
    origin
        Frame of either.

    Raises
    ------
    IndexError
        Raised for a negative number in a PARENT index.
    TypeError
        Raised if numbers and slices are mixed or for anything else.
    ValueError
        Raised for a slice with a step.
    """
    origin = PARENT
    if isinstance(args, tuple) and args and isinstance(args[-1], ImageOrigin):
        origin = args[-1]
        args = args[0] if len(args) == 2 else args[:-1]
    bbox = bboxLocal if origin is LOCAL else bboxParent
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
