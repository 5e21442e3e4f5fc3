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

"""Which coadds a template is made of."""

from __future__ import annotations

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

__all__ = ["groupSubfilters", "selectOverlapping"]


def selectOverlapping(
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
        Box of the detector, in pixels.
    skymap
        Geometry of tracts and patches.
    wcs
        WCS of the detector.
    log
        Is told which patches are used.

    Returns
    -------
    selected : `list`
        Handles in their order.

    Raises
    ------
    lsst.pipe.base.NoWorkFound
        There is no WCS, or no patch overlaps.
    """
    if wcs is None:
        raise NoWorkFound("The science image has no WCS; no template can be built.")
    # Outlines are intersected in the pixels of the tract: its projection can
    # be inverted anywhere near, the distorted WCS of a detector may not.
    corners = wcs.pixelToSky(Box2D(bbox).getCorners())
    outlines: dict[int, Polygon | None] = {}
    selected = []
    for handle in handles:
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
    """Polygon of sky positions in pixels; None if one has no pixel."""
    points = wcs.skyToPixel(corners)
    if not all(math.isfinite(point.x) and math.isfinite(point.y) for point in points):
        return None
    return Polygon(points)


def groupSubfilters(
    handles: Sequence[DeferredDatasetHandle], number: int
) -> dict[tuple[int, int], list[DeferredDatasetHandle]]:
    """Group the handles of coadds of sub-bands by patch.

    Parameters
    ----------
    handles
        Handles of coadds, with data IDs that hold tract, patch and subfilter.
    number
        Number of sub-bands.

    Returns
    -------
    groups : `dict`
        Handles in order of subfilter, by tract and patch.

    Raises
    ------
    RuntimeError
        A patch does not come with each subfilter once.
    """
    groups: dict[tuple[int, int], list[DeferredDatasetHandle]] = {}
    for handle in handles:
        key = int(handle.dataId["tract"]), int(handle.dataId["patch"])
        groups.setdefault(key, []).append(handle)
    for (tract, patch), group in groups.items():
        group.sort(key=lambda handle: handle.dataId["subfilter"])
        subfilters = [handle.dataId["subfilter"] for handle in group]
        if subfilters != list(range(number)):
            raise RuntimeError(
                f"Tract {tract}, patch {patch} has {len(group)} subfilters {subfilters}, "
                f"not the {number} that are configured."
            )
    return groups
