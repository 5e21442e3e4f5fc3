# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Coadds for a detector in the inputs of a run."""

from __future__ import annotations

__all__ = ("Coverage", "Inputs")

import dataclasses
import functools
from collections import defaultdict
from typing import TYPE_CHECKING

from lsst.daf.butler import DatasetNotFoundError, MissingDatasetTypeError

if TYPE_CHECKING:
    from lsst.daf.butler import Butler, DatasetRef

    from ._run import DatasetTypeNames, TemplateRecord

_Patch = tuple[int, int]


@dataclasses.dataclass(frozen=True)
class Coverage:
    """Coadds whose patch overlaps a detector, based on the regions in the
    registry.

    Parameters
    ----------
    patches
        Tract and patch of each patch that overlaps.
    coadds
        Coadds in the inputs, in the band of the visit.
    missing
        Those of the coadds that lack a file.
    other_bands
        Other bands in which these patches have coadds.
    """

    patches: tuple[tuple[int, int], ...] = ()
    coadds: tuple[DatasetRef, ...] = ()
    missing: tuple[DatasetRef, ...] = ()
    other_bands: tuple[str, ...] = ()


class Inputs:
    """Inputs of a run, looked up one visit at a time.

    Parameters
    ----------
    butler
        Butler of the repository.
    collection
        Output of the run, as a chain with its inputs.
    names
        Dataset types.
    """

    def __init__(self, butler: Butler, collection: str, names: DatasetTypeNames):
        self._butler = butler
        self._collection = collection
        self._names = names
        # Reports process visits one after the other.
        self._patches_of_visit = functools.lru_cache(maxsize=4)(self._find_patches)
        self._coadds_of_tract = functools.lru_cache(maxsize=64)(self._find_coadds)

    @functools.cached_property
    def skymap(self) -> str | None:
        """Name of the sky map; `None` if the inputs have none."""
        try:
            refs = self._butler.query_datasets("skyMap", self._collection, explain=False)
        except (DatasetNotFoundError, MissingDatasetTypeError):
            return None
        return str(refs[0].dataId["skymap"]) if refs else None

    def coverage(self, record: TemplateRecord) -> Coverage:
        """Look up the coadds for a detector."""
        if self.skymap is None:
            return Coverage()
        patches = self._patches_of_visit(record.instrument, record.visit).get(record.detector, ())
        coadds: list[DatasetRef] = []
        others: set[str] = set()
        for tract, patch in patches:
            for ref in self._coadds_of_tract(tract).get(patch, ()):
                if ref.dataId["band"] == record.band:
                    coadds.append(ref)
                else:
                    others.add(str(ref.dataId["band"]))
        stored = self._butler.stored_many(coadds)
        missing = tuple(ref for ref in coadds if not stored[ref])
        return Coverage(patches, tuple(coadds), missing, tuple(sorted(others)))

    def _find_patches(self, instrument: str, visit: int) -> dict[int, tuple[_Patch, ...]]:
        """Find the patches of the sky map on each detector of a visit."""
        dimensions = ("visit", "detector", "tract", "patch")
        ids = {"instrument": instrument, "visit": visit, "skymap": self.skymap}
        found: dict[int, set[_Patch]] = defaultdict(set)
        with self._butler.query() as query:
            for data_id in query.join_dimensions(dimensions).where(ids).data_ids(dimensions):
                found[int(data_id["detector"])].add((int(data_id["tract"]), int(data_id["patch"])))
        return {detector: tuple(sorted(patches)) for detector, patches in found.items()}

    def _find_coadds(self, tract: int) -> dict[int, list[DatasetRef]]:
        """Find the coadds of a tract, by their patches."""
        found: dict[int, list[DatasetRef]] = defaultdict(list)
        try:
            refs = self._butler.query_datasets(
                self._names.coadds,
                self._collection,
                skymap=self.skymap,
                tract=tract,
                explain=False,
                limit=None,
            )
        except MissingDatasetTypeError:
            return {}
        for ref in refs:
            found[int(ref.dataId["patch"])].append(ref)
        return found
