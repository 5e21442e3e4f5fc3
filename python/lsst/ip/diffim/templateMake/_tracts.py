# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tracts and patches, found from the coadds' own boxes and WCSs."""

from __future__ import annotations

__all__ = ("TractGroup", "arrange_coadds", "overlaps", "same_wcs")

import dataclasses
import math
from collections.abc import Iterable, Iterator, Sequence

from lsst.afw.geom import Polygon, SkyWcs
from lsst.geom import Box2D, Box2I

from ._inputs import CoaddFile
from ._terminal import Failure

_TOLERANCE = 1e-6
"""Largest distance (pixels) of positions in two WCSs considered equal."""


@dataclasses.dataclass
class TractGroup:
    """Coadds that share a WCS, and therefore a tract."""

    wcs: SkyWcs
    coadds: list[CoaddFile]
    tract: int = -1
    patches: list[int] = dataclasses.field(default_factory=list)
    """Patch of each coadd."""


def same_wcs(one: SkyWcs, other: SkyWcs, bbox: Box2I) -> bool:
    """Return whether two WCSs agree in a box, apart from rounding."""
    if one == other:
        return True
    corners = Box2D(bbox).getCorners()
    found = other.skyToPixel(one.pixelToSky(corners))
    distances = [math.hypot(p.x - q.x, p.y - q.y) for p, q in zip(corners, found, strict=True)]
    # NaN, if a position is undefined in either WCS, fails this comparison.
    return all(distance <= _TOLERANCE for distance in distances)


def arrange_coadds(coadds: Sequence[CoaddFile], *, count: bool = False) -> list[TractGroup]:
    """Group coadds into tracts, and number tracts and patches.

    Parameters
    ----------
    coadds
        Coadds of one band.
    count
        Number tracts and patches in the order of the files, even if the
        files have numbers.

    Returns
    -------
    tracts
        Tracts in the order of their first coadd. Numbers come from the
        files; those without get the lowest unused numbers.

    Raises
    ------
    Failure
        Raised if files contradict each other, or two cover the same patch.
    """
    groups: list[TractGroup] = []
    for coadd in coadds:
        group = next((each for each in groups if same_wcs(each.wcs, coadd.wcs, coadd.bbox)), None)
        if group is None:
            groups.append(group := TractGroup(coadd.wcs, []))
        group.coadds.append(coadd)
    for group in groups:
        _check_patches(group)
    known = [None if count else _stated_tract(group) for group in groups]
    _check_tracts(groups, known)
    for group, number in zip(groups, _fill(known), strict=True):
        group.tract = number
        group.patches = list(_fill([None if count else coadd.patch for coadd in group.coadds]))
    return groups


def _check_patches(group: TractGroup) -> None:
    for index, coadd in enumerate(group.coadds):
        for other in group.coadds[:index]:
            if other.bbox == coadd.bbox or (coadd.patch is not None and other.patch == coadd.patch):
                raise Failure(
                    f"The coadds {other.path} and {coadd.path} are of the same patch: leave out one of them."
                )


def _stated_tract(group: TractGroup) -> int | None:
    stated = {coadd.tract: coadd for coadd in group.coadds if coadd.tract is not None}
    if len(stated) > 1:
        one, other = list(stated.values())[:2]
        raise Failure(
            f"The coadds {one.path} and {other.path} have the same WCS, but name different tracts, "
            f"{one.tract} and {other.tract}: add --count to number tracts by their WCSs."
        )
    return next(iter(stated), None)


def _check_tracts(groups: Sequence[TractGroup], known: Sequence[int | None]) -> None:
    first: dict[int, TractGroup] = {}
    for group, tract in zip(groups, known, strict=True):
        if tract is None:
            continue
        if tract in first:
            one, other = first[tract].coadds[0].path, group.coadds[0].path
            raise Failure(
                f"The coadds {one} and {other} have different WCSs, but say that both are of tract {tract}: "
                "add --count to number tracts by their WCSs."
            )
        first[tract] = group


def _fill(known: Iterable[int | None]) -> Iterator[int]:
    """Replace `None` by unused numbers, in order."""
    known = list(known)
    free = (number for number in range(len(known)) if number not in known)
    return (next(free) if number is None else number for number in known)


def overlaps(coadd: CoaddFile, bbox: Box2I, wcs: SkyWcs) -> bool:
    """Return whether a coadd overlaps a box of an image.

    Outlines are intersected in the pixels of the tract, whose projection
    can be inverted anywhere nearby.
    """
    corners = coadd.wcs.skyToPixel(wcs.pixelToSky(Box2D(bbox).getCorners()))
    if not all(math.isfinite(corner.x) and math.isfinite(corner.y) for corner in corners):
        return False
    common = Polygon(Box2D(coadd.bbox)).intersection(Polygon(corners))
    return any(piece.calculateArea() > 0 for piece in common)
