# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Description of a sky map to a butler repository."""

from __future__ import annotations

__all__ = ("registerSkyMap",)


import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from .detail import Index2D

if TYPE_CHECKING:
    from lsst.daf.butler import Butler, DatasetType

    from .baseSkyMap import BaseSkyMap
    from .tractInfo import TractInfo

_LOG = logging.getLogger("lsst.skymap")


def registerSkyMap(skyMap: BaseSkyMap, name: str, butler: Butler, datasetType: DatasetType, run: str) -> None:
    """Add a sky map's dimension records and dataset to a repository.

    Parameters
    ----------
    skyMap
        Sky map.
    name
        Its name in the repository.
    butler
        Writeable butler.
    datasetType
        Registered type of the sky map dataset.
    run
        Existing RUN collection for the dataset.

    Raises
    ------
    lsst.daf.butler.registry.ConflictingDefinitionError
        Raised if the name stands for another sky map, or the same sky map
        is known by another name.
    """
    from lsst.daf.butler.registry import ConflictingDefinitionError

    with butler.transaction():
        record = _skyMapRecord(skyMap, name)
        try:
            inserted = butler.registry.syncDimensionData("skymap", record)
        except ConflictingDefinitionError as err:
            raise ConflictingDefinitionError(
                f"Sky map {name!r} with hash {skyMap.getSha1().hex()} conflicts with one that is already "
                f"registered under that name or with that hash: {err}"
            ) from err
        if not inserted:
            _LOG.info("Sky map %r is already registered.", name)
            return
        for tract in skyMap:
            butler.registry.insertDimensionData("tract", _tractRecord(tract, name))
            butler.registry.insertDimensionData("patch", *_patchRecords(tract, name))
        butler.put(skyMap, datasetType, {"skymap": name}, run=run)


def _skyMapRecord(skyMap: BaseSkyMap, name: str) -> dict[str, Any]:
    counts = [tract.getNumPatches() for tract in skyMap]
    largest = Index2D(max(n.x for n in counts), max(n.y for n in counts))
    return {
        "skymap": name,
        "hash": skyMap.getSha1(),
        "tract_max": len(skyMap),
        "patch_nx_max": largest.x,
        "patch_ny_max": largest.y,
    }


def _tractRecord(tract: TractInfo, name: str) -> dict[str, Any]:
    return {"skymap": name, "tract": tract.getId(), "region": tract.getOuterSkyPolygon()}


def _patchRecords(tract: TractInfo, name: str) -> Iterator[dict[str, Any]]:
    for patch in tract:
        index = patch.getIndex()
        yield {
            "skymap": name,
            "tract": tract.getId(),
            "patch": patch.getSequentialIndex(),
            "cell_x": index.x,
            "cell_y": index.y,
            "region": patch.getOuterSkyPolygon(tract.getWcs()),
        }
