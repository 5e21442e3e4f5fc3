# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Polygons in pixel coordinates."""

from __future__ import annotations

__all__ = ("Polygon", "SinglePolygonException")

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from lsst.afw.table.io import Persistable
from lsst.afw.table.io._persistable import Fields, register
from lsst.geom import AffineTransform, Box2D, Box2I, Extent2I, Point2D, Point2I
from lsst.pex.exceptions import InvalidParameterError
from lsst.pex.exceptions import RuntimeError as LsstRuntimeError

if TYPE_CHECKING:
    from lsst.afw.image import ImageF

    from ._transform import TransformPoint2ToPoint2

# Tiles are classified whole at first, and divided only along the outline.
_TILE_SIZES = (64, 8, 1)


def coverage(region: shapely.Geometry, bbox: Box2I) -> np.ndarray:
    """Return the fraction of each pixel that a region covers.

    Parameters
    ----------
    region
        Region in pixel coordinates.
    bbox
        Pixels to return.

    Returns
    -------
    fraction : `numpy.ndarray`, shape (height, width)
        Between 0 and 1, float32.
    """
    width, height = bbox.getWidth(), bbox.getHeight()
    fraction = np.zeros((height, width), np.float32)
    shapely.prepare(region)
    x = y = np.zeros(1, int)
    divided = max(width, height)
    for size in _TILE_SIZES:
        dy, dx = np.mgrid[0:divided:size, 0:divided:size].reshape(2, -1)
        x, y = np.add.outer(x, dx).ravel(), np.add.outer(y, dy).ravel()
        within = (x < width) & (y < height)
        x, y = x[within], y[within]
        left, bottom = x + bbox.getBeginX() - 0.5, y + bbox.getBeginY() - 0.5
        tiles = shapely.box(left, bottom, left + size, bottom + size)
        full = shapely.contains(region, tiles)
        for column, row in zip(x[full].tolist(), y[full].tolist(), strict=True):
            fraction[row : row + size, column : column + size] = 1.0
        part = shapely.intersects(region, tiles) & ~full
        x, y, tiles = x[part], y[part], tiles[part]
        divided = size
    fraction[y, x] = shapely.area(shapely.intersection(region, tiles))
    return fraction


class SinglePolygonException(LsstRuntimeError):
    """Error for an operation that does not yield exactly one polygon."""


@register("Polygon")
class Polygon(Persistable):
    """A polygon in pixel coordinates.

    The forms are ``Polygon(box)``, ``Polygon(box, transform)`` and
    ``Polygon(vertices)``. The vertices are closed, and run clockwise.

    Parameters
    ----------
    outline : `lsst.geom.Box2D` or sequence of `lsst.geom.Point2D`
        Box, or vertices in either direction, closed or not.
    transform
        Transform to apply to the corners of a box.

    Raises
    ------
    TypeError
        Raised if the outline is neither.
    lsst.pex.exceptions.InvalidParameterError
        Raised if coordinates are too large to determine what is inside.
    """

    _FIELDS = Fields("vertices_x:D vertices_y:D")

    def __init__(
        self,
        outline: Box2D | Sequence[Point2D],
        transform: TransformPoint2ToPoint2 | AffineTransform | None = None,
    ):
        if isinstance(outline, Box2D):
            points = outline.getCorners()
            if transform is not None:
                points = [_apply(transform, point) for point in points]
        elif transform is None and all(isinstance(point, Point2D) for point in outline):
            points = list(outline)
        else:
            raise TypeError(f"A Polygon is made of a Box2D or a list of Point2D, not of {outline!r}.")
        self._vertices = _clockwise(np.array([[p.x, p.y] for p in points], dtype=float).reshape(-1, 2))
        self._shape = _region(self._vertices)

    @classmethod
    def _fromShape(cls, shape: shapely.Polygon) -> Polygon:
        made = cls([Point2D(x, y) for x, y in shape.exterior.coords])
        # Operations may make holes, which vertices cannot express.
        made._shape = shape
        return made

    def getVertices(self) -> list[Point2D]:
        """Return the vertices, closed: the last repeats the first."""
        return [Point2D(x, y) for x, y in self._vertices]

    def getEdges(self) -> list[tuple[Point2D, Point2D]]:
        """Return the edges as pairs of vertices."""
        return list(itertools.pairwise(self.getVertices()))

    def getNumEdges(self) -> int:
        """Return the number of edges."""
        return max(len(self._vertices) - 1, 0)

    def getBBox(self) -> Box2D:
        """Return the bounding box; empty if a vertex is not finite."""
        if not np.isfinite(self._vertices).all() or not len(self._vertices):
            return Box2D()
        return Box2D(Point2D(*self._vertices.min(axis=0)), Point2D(*self._vertices.max(axis=0)))

    def calculateCenter(self) -> Point2D:
        """Return the centroid of the area."""
        center = self._shape.centroid
        return Point2D(math.nan, math.nan) if center.is_empty else Point2D(center.x, center.y)

    def calculateArea(self) -> float:
        """Return the area in square pixels; NaN if a vertex is not finite."""
        return self._shape.area if np.isfinite(self._vertices).all() else math.nan

    def calculatePerimeter(self) -> float:
        """Return the sum of the lengths of the edges, in pixels."""
        return float(np.hypot(*np.diff(self._vertices, axis=0).T).sum())

    def contains(self, *args: Any) -> Any:
        """Return whether points lie strictly inside.

        The forms are ``contains(point)``, ``contains(points)`` and
        ``contains(x, y)`` with scalars or arrays.
        """
        if len(args) == 2:
            inside = shapely.contains_xy(self._shape, *args)
            return inside if np.ndim(inside) else bool(inside)
        (where,) = args
        if isinstance(where, Point2D):
            return bool(shapely.contains_xy(self._shape, where.x, where.y))
        if isinstance(where, Point2I):
            raise TypeError("Polygon.contains takes a Point2D, not a Point2I.")
        return [bool(shapely.contains_xy(self._shape, point.x, point.y)) for point in where]

    def __contains__(self, point: Point2D) -> bool:
        return self.contains(point)

    def overlaps(self, other: Polygon | Box2D) -> bool:
        """Return whether there is a common point, on the edges or inside."""
        return bool(self._shape.intersects(_shapeOf(other)))

    def intersection(self, other: Polygon | Box2D) -> list[Polygon]:
        """Return the polygons of the common area; none if they only touch."""
        return _pieces(self._shape.intersection(_shapeOf(other)))

    def intersectionSingle(self, other: Polygon | Box2D) -> Polygon:
        """Return the intersection as a single polygon.

        Raises
        ------
        SinglePolygonException
            Raised if there is none, or more than one.
        """
        return _single(self.intersection(other), "intersection")

    def union(self, other: Polygon | Box2D) -> list[Polygon]:
        """Return the polygons that make up the union."""
        return _pieces(self._shape.union(_shapeOf(other)))

    def unionSingle(self, other: Polygon | Box2D) -> Polygon:
        """Return the union as a single polygon.

        Raises
        ------
        SinglePolygonException
            Raised if the union is in two pieces.
        """
        return _single(self.union(other), "union")

    def symDifference(self, other: Polygon | Box2D) -> list[Polygon]:
        """Return the polygons of the area inside exactly one of the two."""
        return _pieces(self._shape.symmetric_difference(_shapeOf(other)))

    def convexHull(self) -> Polygon:
        """Return the smallest convex polygon around this one."""
        return self._fromShape(self._shape.convex_hull)

    def transform(self, transform: TransformPoint2ToPoint2 | AffineTransform) -> Polygon:
        """Return the polygon with its vertices mapped."""
        return Polygon([_apply(transform, point) for point in self.getVertices()[:-1]])

    def subSample(self, num: int | float) -> Polygon:
        """Return the polygon with its edges subdivided.

        Parameters
        ----------
        num
            Number of parts of each edge, if an integer; else the largest
            length of a part, in pixels.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if the number or length is not positive.
        """
        if not num > 0:
            raise InvalidParameterError(f"Edges cannot be divided by {num!r}.")
        whole = hasattr(num, "__index__")
        points = []
        for (x0, y0), (x1, y1) in zip(self._vertices[:-1], self._vertices[1:], strict=True):
            parts = int(num) if whole else max(math.ceil(math.hypot(x1 - x0, y1 - y0) / num), 1)
            for i in range(parts):
                points.append(Point2D(x0 + (x1 - x0) * i / parts, y0 + (y1 - y0) * i / parts))
        return Polygon(points)

    def createImage(self, bbox: Box2I | Extent2I) -> ImageF:
        """Return the fraction of each pixel of a box that is covered."""
        from lsst.afw.image._image import ImageF

        image = ImageF(bbox if isinstance(bbox, Box2I) else Box2I(Point2I(0, 0), bbox))
        image.array[...] = coverage(self._shape, image.getBBox())
        return image

    def __len__(self) -> int:
        return self.getNumEdges()

    def __iter__(self) -> Iterator[Point2D]:
        return iter(self.getVertices())

    def __getitem__(self, index: int) -> Point2D:
        return self.getVertices()[index]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Polygon):
            return NotImplemented
        return bool(self._shape.equals(other._shape))

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return Polygon, (self.getVertices(),)

    def __repr__(self) -> str:
        return f"Polygon({self.getVertices()!r})"

    def _writeArchive(self, out: Any) -> None:
        rows = [{"vertices_x": float(x), "vertices_y": float(y)} for x, y in self._vertices]
        out.addCatalog(self._FIELDS, rows)

    @classmethod
    def _readArchive(cls, archive: Any, catalogs: Sequence[Sequence[Any]]) -> Polygon:
        return cls([Point2D(row["vertices_x"], row["vertices_y"]) for row in catalogs[0]])


Polygon.__module__ = "lsst.afw.geom"
SinglePolygonException.__module__ = "lsst.afw.geom"


def _clockwise(points: np.ndarray) -> np.ndarray:
    """Close a ring and turn it clockwise; its first vertex stays first."""
    if len(points) and not np.array_equal(points[0], points[-1]):
        points = np.vstack([points, points[:1]])
    x, y = points.T
    with np.errstate(invalid="ignore", over="ignore"):
        counterclockwise = np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]) > 0
    return points[::-1] if counterclockwise else points


def _region(vertices: np.ndarray) -> shapely.Polygon:
    """Return the area inside a ring; empty if a vertex is not finite."""
    if len(vertices) < 4 or not np.isfinite(vertices).all():
        return shapely.Polygon()
    region = shapely.Polygon(vertices)
    try:
        # The sides of a thin or twisted outline may cross.
        return region if region.is_valid else shapely.make_valid(region)
    except shapely.errors.GEOSException as err:
        raise InvalidParameterError(f"What is inside {vertices.tolist()} cannot be told: {err}") from err


def _shapeOf(other: Polygon | Box2D) -> shapely.Polygon:
    if isinstance(other, Box2D):
        other = Polygon(other)
    elif not isinstance(other, Polygon):
        raise TypeError(f"A Polygon or Box2D is required, not {other!r}.")
    return other._shape


def _pieces(shape: Any) -> list[Polygon]:
    """Return the polygons among the parts of a shape that have area."""
    parts = getattr(shape, "geoms", [shape])
    return [Polygon._fromShape(part) for part in parts if isinstance(part, shapely.Polygon) and part.area > 0]


def _single(pieces: list[Polygon], operation: str) -> Polygon:
    if not pieces:
        raise SinglePolygonException(f"Polygons have no {operation}.")
    if len(pieces) > 1:
        raise SinglePolygonException(f"Multiple polygons ({len(pieces)}) created by {operation}().")
    return pieces[0]


def _apply(transform: Any, point: Point2D) -> Point2D:
    return transform(point) if isinstance(transform, AffineTransform) else transform.applyForward(point)
