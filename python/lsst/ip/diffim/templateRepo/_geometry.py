# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tracts and patches of coadds, looked up in a sky map."""

from __future__ import annotations

__all__ = ("Placed", "load_sky_map", "outline", "place_by_coadds", "place_by_sky_map")

import contextlib
import dataclasses
import pathlib
import pickle
from collections.abc import Iterator, Sequence
from typing import Any

from lsst.afw.geom import SkyWcs
from lsst.geom import Box2D, Box2I, SpherePoint
from lsst.skymap import BaseSkyMap
from lsst.sphgeom import ConvexPolygon

from ..templateMake._inputs import CoaddFile
from ..templateMake._terminal import Failure
from ..templateMake._tracts import arrange_coadds, same_wcs
from .coaddSkyMap import CoaddSkyMap


@dataclasses.dataclass
class Placed:
    """A coadd and its data ID."""

    coadd: CoaddFile
    tract: int
    patch: int
    band: str


def load_sky_map(path: pathlib.Path) -> BaseSkyMap:
    """Load a sky map from a pickle, which runs the code in it.

    Raises
    ------
    Failure
        Raised if the file is not the pickle of a sky map.
    """
    if not path.is_file():
        raise Failure(f"There is no sky map file {path}.")
    try:
        skymap = pickle.loads(path.read_bytes())
    except Exception as err:
        # Loading a pickle runs code, which can raise any exception.
        raise Failure(f"The sky map {path} cannot be loaded: {err}") from err
    if not isinstance(skymap, BaseSkyMap):
        raise Failure(f"The sky map {path} is the pickle of {type(skymap).__name__}, not of a sky map.")
    return skymap


def outline(bbox: Box2I, wcs: SkyWcs) -> ConvexPolygon:
    """Return the outline of an image on the sky."""
    return ConvexPolygon([corner.getVector() for corner in wcs.pixelToSky(Box2D(bbox).getCorners())])


def place_by_sky_map(coadds: Sequence[CoaddFile], bands: Sequence[str], skymap: BaseSkyMap) -> list[Placed]:
    """Find the tract and patch of each coadd.

    Parameters
    ----------
    coadds
        Coadds.
    bands
        Their bands.
    skymap
        Sky map that the coadds were made with.

    Raises
    ------
    Failure
        Raised if a coadd matches no tract or patch.
    """
    tracts: dict[int, Any] = {}
    placed = []
    for coadd, band in zip(coadds, bands, strict=True):
        tract = _find_tract(coadd, skymap, tracts)
        tracts[tract.getId()] = tract
        placed.append(Placed(coadd, tract.getId(), _find_patch(coadd, tract), band))
    return placed


def _find_tract(coadd: CoaddFile, skymap: BaseSkyMap, known: dict[int, Any]) -> Any:
    for tract in _candidates(coadd, skymap, known):
        if same_wcs(tract.getWcs(), coadd.wcs, coadd.bbox):
            return tract
    raise Failure(f"The WCS of the coadd {coadd.path} does not match any tract of the sky map.")


def _candidates(coadd: CoaddFile, skymap: BaseSkyMap, known: dict[int, Any]) -> Iterator[Any]:
    """Yield likely tracts; a large sky map is not searched."""
    if coadd.tract is not None and 0 <= coadd.tract < len(skymap):
        yield skymap[coadd.tract]
    yield from known.values()
    center = coadd.wcs.pixelToSky(Box2D(coadd.bbox).getCenter())
    yield skymap.findTract(center)
    for tract, _ in skymap.findTractPatchList([center]):
        yield tract


def _find_patch(coadd: CoaddFile, tract: Any) -> int:
    center = coadd.wcs.pixelToSky(Box2D(coadd.bbox).getCenter())
    for patch in _candidate_patches(coadd, tract, center):
        if patch.getOuterBBox().contains(coadd.bbox):
            return int(patch.getSequentialIndex())
    raise Failure(
        f"The coadd {coadd.path} has the box {coadd.bbox}, which is not in any patch of its tract "
        f"{tract.getId()}: was it made with another sky map?"
    )


def _candidate_patches(coadd: CoaddFile, tract: Any, center: SpherePoint) -> Iterator[Any]:
    """Yield patches, likely ones first."""
    if coadd.patch is not None:
        with contextlib.suppress(LookupError):
            yield tract[coadd.patch]
    # Positions outside the tract have no patch.
    with contextlib.suppress(LookupError):
        yield tract.findPatch(center)
    yield from tract.findPatchList([center])


def place_by_coadds(
    coadds: Sequence[CoaddFile], bands: Sequence[str], known: CoaddSkyMap | None, *, count: bool
) -> tuple[list[Placed], CoaddSkyMap]:
    """Make a sky map from coadds, and find their tracts and patches.

    Parameters
    ----------
    coadds
        Coadds.
    bands
        Their bands.
    known
        Sky map made from earlier coadds, whose tracts and patches keep their
        numbers.
    count
        Number tracts and patches in the order of the files, even if the
        files have numbers.

    Returns
    -------
    placed
        Coadds in the given order.
    skymap
        Sky map of these and earlier coadds.

    Raises
    ------
    Failure
        Raised if files contradict each other.
    """
    for band in dict.fromkeys(bands):
        arrange_coadds([coadd for coadd, its in zip(coadds, bands, strict=True) if its == band], count=count)
    distinct = [] if known is None else list(_as_coadds(known))
    for coadd in coadds:
        if not any(_same_patch(coadd, other) for other in distinct):
            distinct.append(dataclasses.replace(coadd, tract=None, patch=None) if count else coadd)
    groups = arrange_coadds(distinct)
    numbered = [
        (coadd, group.tract, patch)
        for group in groups
        for coadd, patch in zip(group.coadds, group.patches, strict=True)
    ]
    placed = []
    for coadd, band in zip(coadds, bands, strict=True):
        tract, patch = next((t, p) for other, t, p in numbered if _same_patch(coadd, other))
        placed.append(Placed(coadd, tract, patch, band))
    skymap = CoaddSkyMap(
        {
            group.tract: (
                group.wcs,
                {patch: coadd.bbox for coadd, patch in zip(group.coadds, group.patches, strict=True)},
            )
            for group in groups
        }
    )
    return placed, skymap


def _as_coadds(skymap: CoaddSkyMap) -> Iterator[CoaddFile]:
    for tract, (wcs, boxes) in skymap.boxes().items():
        for patch, bbox in boxes.items():
            path = pathlib.Path(f"patch {patch} of tract {tract} of the repository")
            yield CoaddFile(path, bbox, wcs, None, tract, patch, None, "ExposureF")


def _same_patch(one: CoaddFile, other: CoaddFile) -> bool:
    return one.bbox == other.bbox and same_wcs(other.wcs, one.wcs, one.bbox)
