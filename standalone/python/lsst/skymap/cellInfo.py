# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Cells of a patch, and the common base of cells and patches."""

from __future__ import annotations

__all__ = ("CellInfo",)

from lsst.afw.geom import SkyWcs
from lsst.geom import Box2I
from lsst.sphgeom import ConvexPolygon

from .detail import Index2D, makeSkyPolygonFromBBox


class RegionInfo:
    """A box in a tract that overlaps its neighbors.

    Parameters
    ----------
    index
        Column and row of the region among its neighbors.
    innerBBox
        Pixels, in the tract's frame, that belong to this region alone.
    outerBBox
        ``innerBBox`` with the border that overlaps other regions.
    sequentialIndex
        Number of the region among its neighbors.
    tractWcs
        WCS of the tract.

    Raises
    ------
    RuntimeError
        Raised if ``outerBBox`` does not contain ``innerBBox``.
    """

    def __init__(
        self, index: Index2D, innerBBox: Box2I, outerBBox: Box2I, sequentialIndex: int, tractWcs: SkyWcs
    ) -> None:
        if not outerBBox.contains(innerBBox):
            raise RuntimeError(f"outerBBox={outerBBox} does not contain innerBBox={innerBBox}.")
        self._index = index
        self._sequentialIndex = sequentialIndex
        self._innerBBox = innerBBox
        self._outerBBox = outerBBox
        self._wcs = tractWcs

    def getIndex(self) -> Index2D:
        """Return the column and row in the tract or patch."""
        return self._index

    index = property(getIndex)

    def getSequentialIndex(self) -> int:
        """Return the number in the tract or patch."""
        return self._sequentialIndex

    sequential_index = property(getSequentialIndex)

    def getWcs(self) -> SkyWcs:
        """Return the WCS of the tract."""
        return self._wcs

    wcs = property(getWcs)

    def getInnerBBox(self) -> Box2I:
        """Return the pixels that belong to no neighbor."""
        return self._innerBBox

    inner_bbox = property(getInnerBBox)

    def getOuterBBox(self) -> Box2I:
        """Return the pixels including the border."""
        return self._outerBBox

    outer_bbox = property(getOuterBBox)

    def getInnerSkyPolygon(self, tractWcs: SkyWcs | None = None) -> ConvexPolygon:
        """Return the sky covered by the inner box.

        Parameters
        ----------
        tractWcs
            WCS of the tract; by default that of `getWcs`.
        """
        return makeSkyPolygonFromBBox(self._innerBBox, self._wcs if tractWcs is None else tractWcs)

    inner_sky_polygon = property(getInnerSkyPolygon)

    def getOuterSkyPolygon(self, tractWcs: SkyWcs | None = None) -> ConvexPolygon:
        """Return the sky covered by the outer box.

        Parameters
        ----------
        tractWcs
            WCS of the tract; by default that of `getWcs`.
        """
        return makeSkyPolygonFromBBox(self._outerBBox, self._wcs if tractWcs is None else tractWcs)

    outer_sky_polygon = property(getOuterSkyPolygon)

    def __str__(self) -> str:
        return f"{type(self).__name__}(index={self._index})"


class CellInfo(RegionInfo):
    """One cell of a patch.

    Parameters
    ----------
    index
        Column and row of the cell in its patch.
    innerBBox
        Pixels, in the tract's frame, that belong to this cell alone.
    outerBBox
        ``innerBBox`` with the border that overlaps other cells.
    sequentialIndex
        Number of the cell in its patch.
    tractWcs
        WCS of the tract.

    Raises
    ------
    RuntimeError
        Raised if ``outerBBox`` does not contain ``innerBBox``.
    """

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, CellInfo):
            return NotImplemented
        return (
            self._index == other._index
            and self._innerBBox == other._innerBBox
            and self._outerBBox == other._outerBBox
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return (
            f"CellInfo(index={self._index}, innerBBox={self._innerBBox}, outerBBox={self._outerBBox}, "
            f"sequentialIndex={self._sequentialIndex})"
        )
