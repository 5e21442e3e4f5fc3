# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sky map made from the coadds themselves."""

from __future__ import annotations

__all__ = ("CoaddSkyMap", "CoaddTract")

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from lsst.afw.geom import SkyWcs
from lsst.geom import Box2D, Box2I, SpherePoint
from lsst.skymap import BaseSkyMap, PatchInfo
from lsst.skymap.detail import Index2D
from lsst.sphgeom import ConvexPolygon


class CoaddTract:
    """A tract in which only the patches with a coadd are known.

    Parameters
    ----------
    tract
        Number of the tract.
    wcs
        WCS of the tract.
    boxes
        Box of each patch, in pixels of the tract.

    Notes
    -----
    The inner box of a patch cannot be derived from its coadd, so it equals
    the outer box here. Templates use the outer box only.
    """

    def __init__(self, tract: int, wcs: SkyWcs, boxes: Mapping[int, Box2I]) -> None:
        self._tract = tract
        self._wcs = wcs
        self._patches = {
            patch: PatchInfo(Index2D(patch, 0), Box2I(box), Box2I(box), patch, wcs)
            for patch, box in sorted(boxes.items())
        }

    def getId(self) -> int:
        """Return the number of the tract."""
        return self._tract

    def getWcs(self) -> SkyWcs:
        """Return the WCS of the tract."""
        return self._wcs

    def getBBox(self) -> Box2I:
        """Return the box that contains all patches."""
        bbox = Box2I()
        for patch in self:
            bbox.include(patch.getOuterBBox())
        return bbox

    def getCtrCoord(self) -> SpherePoint:
        """Return the position of the center of the tract."""
        return self._wcs.pixelToSky(Box2D(self.getBBox()).getCenter())

    def getVertexList(self) -> list[SpherePoint]:
        """Return the positions of the tract's corners."""
        return list(self._wcs.pixelToSky(Box2D(self.getBBox()).getCorners()))

    def getOuterSkyPolygon(self) -> ConvexPolygon:
        """Return the outline of the tract on the sky."""
        return ConvexPolygon([corner.getVector() for corner in self.getVertexList()])

    def getNumPatches(self) -> Index2D:
        """Return the numbers of columns and rows of patches."""
        return Index2D(max(self._patches) + 1, 1)

    def getPatchInfo(self, index: int) -> PatchInfo:
        """Return a patch.

        Raises
        ------
        IndexError
            Raised if there is no coadd of the patch.
        """
        if index not in self._patches:
            raise IndexError(
                f"Tract {self._tract} has coadds of patches {list(self._patches)}, not of {index}."
            )
        return self._patches[index]

    def __getitem__(self, index: int) -> PatchInfo:
        return self.getPatchInfo(index)

    def __iter__(self) -> Iterator[PatchInfo]:
        return iter(self._patches.values())

    def __len__(self) -> int:
        return len(self._patches)


class CoaddSkyMap(BaseSkyMap):
    """A sky map made from the boxes and WCSs of coadds.

    It replaces the sky map that the coadds were made with if that is not
    available. It only has the tracts and patches of the coadds.

    Parameters
    ----------
    tracts
        WCS and boxes of the patches, by tract.
    """

    def __init__(self, tracts: Mapping[int, tuple[SkyWcs, Mapping[int, Box2I]]]) -> None:
        super().__init__()
        self._tracts = {
            tract: CoaddTract(tract, wcs, boxes) for tract, (wcs, boxes) in sorted(tracts.items())
        }

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.boxes(),)

    def boxes(self) -> dict[int, tuple[SkyWcs, dict[int, Box2I]]]:
        """Return WCSs and boxes in the form that the constructor takes."""
        return {
            tract.getId(): (
                tract.getWcs(),
                {patch.getSequentialIndex(): patch.getOuterBBox() for patch in tract},
            )
            for tract in self._tracts.values()
        }

    def __getitem__(self, ind: int) -> CoaddTract:
        if ind not in self._tracts:
            raise IndexError(f"There are coadds of tracts {list(self._tracts)}, not of {ind}.")
        return self._tracts[ind]

    def __iter__(self) -> Iterator[CoaddTract]:
        return iter(self._tracts.values())

    def __len__(self) -> int:
        return len(self._tracts)

    def getSha1(self) -> bytes:
        """Return the digest of all WCSs and boxes."""
        sha1 = hashlib.sha1(type(self).__name__.encode(), usedforsecurity=False)
        self.updateSha1(sha1)
        return sha1.digest()

    def updateSha1(self, sha1: Any) -> None:
        """Add all WCSs and boxes to a digest."""
        for tract in self:
            sha1.update(f"{tract.getId()} {tract.getWcs().writeString()}".encode())
            for patch in tract:
                sha1.update(f"{patch.getSequentialIndex()} {patch.getOuterBBox()}".encode())
