# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Selection of the coadds that a template is made from."""

from __future__ import annotations

__all__ = ("select_overlapping", "select_subfilters")

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lsst.afw.geom import Polygon
from lsst.geom import Box2D
from lsst.pipe.base import NoWorkFound

if TYPE_CHECKING:
    from lsst.afw.geom import SkyWcs
    from lsst.daf.butler import DeferredDatasetHandle
    from lsst.geom import Box2I, SpherePoint
    from lsst.skymap import BaseSkyMap
    from lsst.utils.logging import LsstLogAdapter


def select_overlapping(
    handles: Sequence[DeferredDatasetHandle],
    bbox: Box2I,
    skymap: BaseSkyMap,
    wcs: SkyWcs | None,
    log: LsstLogAdapter,
) -> list[DeferredDatasetHandle]:
    """Select the handles whose patch overlaps a detector.

    Parameters
    ----------
    handles
        Handles of coadds, with data IDs that hold tract and patch.
    bbox
        Bounding box of the detector, in pixels.
    skymap
        Geometry of tracts and patches.
    wcs
        WCS of the detector.
    log
        Logger; gets one message per selected patch.

    Returns
    -------
    selected
        Selected handles, in the order given.

    Raises
    ------
    lsst.pipe.base.NoWorkFound
        Raised if there is no WCS, or no patch overlaps.
    TypeError
        Raised if anything other than a handle is given.
    """
    if wcs is None:
        raise NoWorkFound("The science image has no WCS; no template can be built")
    # Outlines are intersected in the pixels of the tract, whose projection can
    # be inverted anywhere nearby, unlike the distorted WCS of a detector.
    corners = wcs.pixelToSky(Box2D(bbox).getCorners())
    outlines: dict[int, Polygon | None] = {}
    selected = []
    for handle in handles:
        if not hasattr(handle, "dataId"):
            raise TypeError(
                "Coadds must be given as handles with a data ID, such as "
                "lsst.ip.diffim.templateMake.ExposureFile or lsst.pipe.base.InMemoryDatasetHandle, "
                f"not as {type(handle).__name__}."
            )
        tract, patch = int(handle.dataId["tract"]), int(handle.dataId["patch"])
        if tract not in outlines:
            outlines[tract] = _outline(corners, skymap[tract].getWcs())
        outline = outlines[tract]
        if outline is None:
            continue
        common = Polygon(Box2D(skymap[tract][patch].getOuterBBox())).intersection(outline)
        if any(piece.calculateArea() > 0 for piece in common):
            log.info("Using coadd of tract %s, patch %s", tract, patch)
            selected.append(handle)
    if not selected:
        raise NoWorkFound("No patches overlap detector")
    return selected


def _outline(corners: Sequence[SpherePoint], wcs: SkyWcs) -> Polygon | None:
    """Return a polygon in pixels; None if a position has no pixel."""
    points = wcs.skyToPixel(corners)
    if not all(math.isfinite(point.x) and math.isfinite(point.y) for point in points):
        return None
    return Polygon(points)


def select_subfilters(
    handles: Sequence[DeferredDatasetHandle], tract: int, patch: int, number: int
) -> list[DeferredDatasetHandle]:
    """Select the handles of the sub-bands of a patch.

    Parameters
    ----------
    handles
        Handles of coadds, with data IDs that hold tract, patch and subfilter.
    tract, patch
        Patch to select.
    number
        Number of sub-bands.

    Returns
    -------
    selected
        Handles in order of subfilter.

    Raises
    ------
    RuntimeError
        Raised if the patch does not have each subfilter once.
    """
    selected = [
        handle for handle in handles if (handle.dataId["tract"], handle.dataId["patch"]) == (tract, patch)
    ]
    selected.sort(key=lambda handle: handle.dataId["subfilter"])
    subfilters = [handle.dataId["subfilter"] for handle in selected]
    if subfilters != list(range(number)):
        raise RuntimeError(
            f"Tract {tract}, patch {patch} has {len(selected)} subfilters {subfilters}, but "
            f"config.numSubfilters is {number}."
        )
    return selected
