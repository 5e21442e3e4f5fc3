# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

__all__ = ("ExplicitTractInfo", "TractInfo")

import copy
import math
import warnings
from collections.abc import Iterable, Iterator, Sequence

from lsst.afw.geom import SkyWcs
from lsst.geom import Angle, Box2D, Box2I, Extent2I, Point2D, Point2I, SpherePoint, degrees
from lsst.sphgeom import Box, ConvexPolygon, LonLat, Region

from .detail import Index2D, makeSkyPolygonFromBBox
from .patchInfo import PatchInfo
from .tractBuilder import BaseTractBuilder


class TractInfo:
    """One tract of a sky map: a square WCS divided into patches.

    Parameters
    ----------
    id
        Number of the tract in the sky map.
    tractBuilder
        Divider into patches; the tract keeps a copy of its own.
    ctrCoord
        Center of the tract on the sky.
    vertexCoordList
        Corners of the inner region on the sky.
    tractOverlap
        Least overlap between this tract and its neighbors.
    wcs
        WCS of the tract, with any pixel origin.
    innerBoxCorners
        South-western and north-eastern corner of the inner region, if that
        is a box in longitude and latitude.

    Notes
    -----
    The pixel box begins at (0, 0) and holds whole patches. The tract reaches
    at least half of ``tractOverlap`` beyond each vertex in any direction.
    """

    def __init__(
        self,
        id: int,
        tractBuilder: BaseTractBuilder,
        ctrCoord: SpherePoint,
        vertexCoordList: Iterable[SpherePoint],
        tractOverlap: Angle,
        wcs: SkyWcs,
        innerBoxCorners: Sequence[LonLat] | None = None,
    ) -> None:
        self._id = id
        self._ctrCoord = ctrCoord
        self._vertexCoordList = tuple(vertexCoordList)
        self._tractOverlap = tractOverlap
        self._innerBoxCorners = innerBoxCorners
        self._tractBuilder = copy.copy(tractBuilder)
        minBBox = Box2D()
        for point in wcs.skyToPixel(list(self._extremes())):
            minBBox.include(point)
        self._bbox, self._wcs = self._tractBuilder.setupPatches(Box2I(minBBox), wcs)
        inner = self._tractBuilder.getPatchInnerDimensions()
        self._numPatches = Index2D(
            self._bbox.getWidth() // inner.getX(), self._bbox.getHeight() // inner.getY()
        )

    def _extremes(self) -> Iterator[SpherePoint]:
        """Yield sky positions that the tract must cover."""
        halfOverlap = self._tractOverlap / 2.0
        for vertex in self._vertexCoordList:
            if halfOverlap.asRadians() == 0.0:
                yield vertex
            else:
                for i in range(24):
                    yield vertex.offset(i * 15.0 * degrees, halfOverlap)

    def getId(self) -> int:
        """Return the number of the tract in the sky map."""
        return self._id

    tract_id = property(getId)

    def getBBox(self) -> Box2I:
        """Return the pixels of the tract."""
        return Box2I(self._bbox)

    bbox = property(getBBox)

    def getCtrCoord(self) -> SpherePoint:
        """Return the center of the tract on the sky."""
        return self._ctrCoord

    ctr_coord = property(getCtrCoord)

    def getWcs(self) -> SkyWcs:
        """Return the WCS of the tract, common to all its patches."""
        return self._wcs

    wcs = property(getWcs)

    def getNumPatches(self) -> Index2D:
        """Return the number of patches along x and y."""
        return self._numPatches

    num_patches = property(getNumPatches)

    def getPatchBorder(self) -> int:
        """Return the width of the border of a patch (pixels)."""
        return self._tractBuilder.getPatchBorder()

    patch_border = property(getPatchBorder)

    def getPatchInnerDimensions(self) -> Extent2I:
        """Return the size of the inner box of a patch (pixels)."""
        return self._tractBuilder.getPatchInnerDimensions()

    patch_inner_dimensions = property(getPatchInnerDimensions)

    def getTractOverlap(self) -> Angle:
        """Return the least overlap with neighboring tracts."""
        return self._tractOverlap

    tract_overlap = property(getTractOverlap)

    def getVertexList(self) -> list[SpherePoint]:
        """Return the corners of the inner region on the sky."""
        return list(self._vertexCoordList)

    vertex_list = property(getVertexList)

    def getOuterSkyPolygon(self) -> ConvexPolygon:
        """Return the sky covered by the tract's pixels."""
        return makeSkyPolygonFromBBox(self._bbox, self._wcs)

    outer_sky_polygon = property(getOuterSkyPolygon)

    def getInnerSkyRegion(self) -> Region:
        """Return the sky that belongs to this tract alone."""
        if self._innerBoxCorners is not None:
            return Box(*self._innerBoxCorners)
        return self._vertexHull()

    inner_sky_region = property(getInnerSkyRegion)

    def _vertexHull(self) -> ConvexPolygon:
        return ConvexPolygon.convexHull([coord.getVector() for coord in self._vertexCoordList])

    def getInnerSkyPolygon(self) -> ConvexPolygon:
        """Return the convex hull of the vertices; use the inner region."""
        warnings.warn(
            "The inner sky polygon is deprecated; use the inner sky region.",
            FutureWarning,
            stacklevel=2,
        )
        return self._vertexHull()

    inner_sky_polygon = property(getInnerSkyPolygon)

    def getPatchInfo(self, index: Index2D | Sequence[int] | int) -> PatchInfo:
        """Return a patch.

        Parameters
        ----------
        index
            Column and row of the patch, or its number.

        Raises
        ------
        IndexError
            Raised if the tract has no such patch.
        """
        return self._tractBuilder.getPatchInfo(index, self._wcs)

    def getSequentialPatchIndex(self, patchInfo: PatchInfo) -> int:
        """Return the number of a patch.

        Raises
        ------
        IndexError
            Raised if the tract has no such patch.
        """
        return self._tractBuilder.getSequentialPatchIndex(patchInfo)

    def getSequentialPatchIndexFromPair(self, index: Index2D | Sequence[int]) -> int:
        """Return the number of the patch with a column and row.

        Raises
        ------
        IndexError
            Raised if the tract has no such patch.
        """
        return self._tractBuilder.getSequentialPatchIndexFromPair(index)

    def getPatchIndexPair(self, sequentialIndex: int) -> Index2D:
        """Return the column and row of a patch from its number.

        Raises
        ------
        IndexError
            Raised if the tract has no such patch.
        """
        return self._tractBuilder.getPatchIndexPair(sequentialIndex)

    def contains(self, coord: SpherePoint) -> bool:
        """Return whether a sky position falls on a pixel of the tract.

        Parameters
        ----------
        coord
            Position; one that the projection cannot show is outside.
        """
        return self._onTract(self._wcs.skyToPixel(coord))

    def _onTract(self, pixel: Point2D) -> bool:
        # Compared as floats first: positions far from the tangent point do
        # not fit into integer pixels.
        return Box2D(self._bbox).contains(pixel) and self._bbox.contains(Point2I(pixel))

    def findPatch(self, coord: SpherePoint) -> PatchInfo:
        """Return the patch whose inner box contains a sky position.

        Parameters
        ----------
        coord
            Position.

        Raises
        ------
        LookupError
            Raised if the position is not on the tract.
        """
        pixel = self._wcs.skyToPixel(coord)
        if not self._onTract(pixel):
            raise LookupError(f"Position {coord} (pixel {pixel}) is not on tract {self._id}.")
        point, inner = Point2I(pixel), self.getPatchInnerDimensions()
        return self.getPatchInfo((point.getX() // inner.getX(), point.getY() // inner.getY()))

    def findPatchList(self, coordList: Iterable[SpherePoint]) -> tuple[PatchInfo, ...]:
        """Return the patches around a set of sky positions.

        Parameters
        ----------
        coordList
            Positions, e.g. the corners of an image; those that the
            projection cannot show are left out.

        Returns
        -------
        patches
            Patches that may overlap the smallest pixel box around the
            positions, grown by the patch border; x varies slowest.
        """
        border = self.getPatchBorder()
        around = Box2D()
        for pixel in self._wcs.skyToPixel(list(coordList)):
            around.include(pixel)
        # Positions far from the tangent point do not fit into integer
        # pixels; nothing beyond this margin affects the result.
        around.clip(Box2D(self._bbox.dilatedBy(border + 2)))
        bbox = Box2I(around)
        bbox.grow(border)
        bbox.clip(self._bbox)
        if bbox.isEmpty():
            return ()
        width, height = self.getPatchInnerDimensions()
        return tuple(
            self.getPatchInfo((x, y))
            for x in range(bbox.getMinX() // width, bbox.getMaxX() // width + 1)
            for y in range(bbox.getMinY() // height, bbox.getMaxY() // height + 1)
        )

    def __getitem__(self, index: Index2D | Sequence[int] | int) -> PatchInfo:
        return self.getPatchInfo(index)

    def __len__(self) -> int:
        return self._numPatches.x * self._numPatches.y

    def __iter__(self) -> Iterator[PatchInfo]:
        return (self.getPatchInfo(i) for i in range(len(self)))

    def __str__(self) -> str:
        return f"TractInfo(id={self._id})"

    def __repr__(self) -> str:
        return f"TractInfo(id={self._id}, ctrCoord={self._ctrCoord})"


class ExplicitTractInfo(TractInfo):
    """A tract defined by its center and half its side.

    Parameters
    ----------
    id
        Number of the tract in the sky map.
    tractBuilder
        Divider into patches.
    ctrCoord
        Center of the tract on the sky.
    radius
        Distance from the center to the middle of a side.
    tractOverlap
        Width of the margin added around that square.
    wcs
        WCS of the tract, with any pixel origin.
    innerBoxCorners
        South-western and north-eastern corner of the inner region, if that
        is a box in longitude and latitude.
    """

    def __init__(
        self,
        id: int,
        tractBuilder: BaseTractBuilder,
        ctrCoord: SpherePoint,
        radius: Angle,
        tractOverlap: Angle,
        wcs: SkyWcs,
        innerBoxCorners: Sequence[LonLat] | None = None,
    ) -> None:
        self._radius = radius
        super().__init__(id, tractBuilder, ctrCoord, (), tractOverlap, wcs, innerBoxCorners)
        # Slightly inside the box, so that each vertex is on the tract.
        corners = Box2D(self._bbox)
        corners.grow(-0.001)
        self._vertexCoordList = tuple(self._wcs.pixelToSky(corners.getCorners()))

    def _extremes(self) -> Iterator[SpherePoint]:
        reach = self._radius + self._tractOverlap
        for i in range(4):
            yield self._ctrCoord.offset(Angle(i * math.pi / 2), reach)
