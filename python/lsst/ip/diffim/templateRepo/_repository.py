# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Contents of a repository: queries and additions."""

from __future__ import annotations

__all__ = ("Repository", "RepositoryNames")

import dataclasses
import filecmp
import pathlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lsst.daf.butler import Butler, CollectionType, DatasetRef, DatasetType, FileDataset
from lsst.daf.butler.registry import ConflictingDefinitionError
from lsst.skymap import BaseSkyMap
from lsst.sphgeom import ConvexPolygon

from ..templateMake._terminal import Failure
from ._geometry import Placed, outline
from ._identify import Identified
from .coaddSkyMap import CoaddSkyMap

_INSTRUMENT_CLASS = "lsst.pipe.base.Instrument"
"""Class of instruments known only by name."""

_SCIENCE_DIMENSIONS = ("instrument", "visit", "detector")
_COADD_DIMENSIONS = ("skymap", "tract", "patch", "band")


@dataclasses.dataclass
class RepositoryNames:
    """Names used in a repository."""

    instrument: str
    skymap: str
    science: str
    """Dataset type of science images."""
    coadd: str
    """Dataset type of coadds."""
    chain: str
    """Collection of all inputs."""

    @property
    def science_run(self) -> str:
        """Collection of the science images."""
        return f"{self.chain}/{self.science}"

    @property
    def coadd_run(self) -> str:
        """Collection of the coadds."""
        return f"{self.chain}/{self.coadd}"


class Repository:
    """A butler repository to which files are added.

    Parameters
    ----------
    butler
        Writeable butler.
    names
        Names to use in the repository.
    """

    def __init__(self, butler: Butler, names: RepositoryNames) -> None:
        self._butler = butler
        self._names = names

    # Queries.

    def sky_map(self) -> BaseSkyMap | None:
        """Return the sky map in the repository; `None` if there is none."""
        ref = self._sky_map_ref()
        return None if ref is None else self._butler.get(ref)

    def _sky_map_ref(self) -> DatasetRef | None:
        try:
            return self._butler.find_dataset(
                BaseSkyMap.SKYMAP_DATASET_TYPE_NAME,
                skymap=self._names.skymap,
                collections=BaseSkyMap.SKYMAP_RUN_COLLECTION_NAME,
            )
        except LookupError:
            return None

    def science_files(self) -> dict[pathlib.Path, tuple[int, int]]:
        """Return the visit and detector of each science image, by file."""
        found = {}
        for ref in self._existing(self._names.science, self._names.science_run).values():
            path = self._path(ref)
            if path is not None:
                found[path.resolve()] = (int(ref.dataId["visit"]), int(ref.dataId["detector"]))
        return found

    def _existing(self, dataset_type: str, run: str) -> dict[tuple[Any, ...], DatasetRef]:
        try:
            refs = self._butler.registry.queryDatasets(dataset_type, collections=run)
            return {tuple(ref.dataId.required_values): ref for ref in refs}
        except LookupError:
            return {}

    def _path(self, ref: DatasetRef) -> pathlib.Path | None:
        uri = self._butler.getURI(ref)
        return pathlib.Path(uri.ospath) if uri.isLocal else None

    # Additions.

    def register_types(self, science_class: str, coadd_class: str) -> None:
        """Register dataset types and collections.

        Raises
        ------
        Failure
            Raised if they exist with another definition.
        """
        names, registry = self._names, self._butler.registry
        for name, dimensions, storage_class in (
            (names.science, _SCIENCE_DIMENSIONS, science_class),
            (names.coadd, _COADD_DIMENSIONS, coadd_class),
            (BaseSkyMap.SKYMAP_DATASET_TYPE_NAME, ("skymap",), "SkyMap"),
        ):
            try:
                registry.registerDatasetType(
                    DatasetType(name, dimensions, storage_class, universe=self._butler.dimensions)
                )
            except ConflictingDefinitionError as err:
                raise Failure(f"The dataset type {name} exists with another definition: {err}") from err
        runs = [names.coadd_run, names.science_run, BaseSkyMap.SKYMAP_RUN_COLLECTION_NAME]
        collections = self._butler.collections
        for run in runs:
            collections.register(run, CollectionType.RUN)
        collections.register(names.chain, CollectionType.CHAINED)
        info = collections.get_info(names.chain)
        if info.type is not CollectionType.CHAINED:
            raise Failure(
                f"The collection {names.chain} exists, but is not a chain: choose another --collection."
            )
        children = info.children
        collections.redefine_chain(names.chain, [*children, *(run for run in runs if run not in children)])

    def enter_sky_map(self, skymap: BaseSkyMap, placed: Sequence[Placed]) -> None:
        """Register a sky map, with the tracts and patches in use.

        Raises
        ------
        Failure
            Raised if the name belongs to another sky map.
        """
        names, registry = self._names, self._butler.registry
        record = self._sky_map_record(skymap, {each.tract for each in placed})
        try:
            registry.syncDimensionData("skymap", record, update=True)
        except ConflictingDefinitionError as err:
            raise Failure(f"The sky map {names.skymap} cannot be registered: {err}") from err
        used: dict[int, set[int]] = {}
        for each in placed:
            used.setdefault(each.tract, set()).add(each.patch)
        for tract, patches in used.items():
            info = skymap[tract]
            region = info.getOuterSkyPolygon()
            registry.insertDimensionData(
                "tract", {"skymap": names.skymap, "id": tract, "region": region}, replace=True
            )
            registry.insertDimensionData(
                "patch",
                *(self._patch_record(info, patch) for patch in sorted(patches)),
                replace=True,
            )
        self._put_sky_map(skymap)

    def _sky_map_record(self, skymap: BaseSkyMap, tracts: Iterable[int]) -> dict[str, Any]:
        counts = [skymap[tract].getNumPatches() for tract in tracts]
        sizes = {
            "tract_max": max(len(skymap), *(tract + 1 for tract in tracts)),
            "patch_nx_max": max(count.x for count in counts),
            "patch_ny_max": max(count.y for count in counts),
        }
        for record in self._butler.query_dimension_records("skymap", explain=False):
            if record.name != self._names.skymap:
                continue
            if record.hash != skymap.getSha1() and not isinstance(self.sky_map(), CoaddSkyMap):
                raise Failure(
                    f"The repository has another sky map named {record.name}: "
                    "choose a name with --skymap-name."
                )
            sizes = {key: max(value, getattr(record, key)) for key, value in sizes.items()}
        return {"name": self._names.skymap, "hash": skymap.getSha1(), **sizes}

    def _patch_record(self, tract: Any, patch: int) -> dict[str, Any]:
        info = tract[patch]
        index = info.getIndex()
        return {
            "skymap": self._names.skymap,
            "tract": tract.getId(),
            "id": patch,
            "cell_x": index.x,
            "cell_y": index.y,
            "region": info.getOuterSkyPolygon(tract.getWcs()),
        }

    def _put_sky_map(self, skymap: BaseSkyMap) -> None:
        ref = self._sky_map_ref()
        if ref is not None:
            if self._butler.get(ref) == skymap:
                return
            self._butler.pruneDatasets([ref], disassociate=True, unstore=True, purge=True)
        self._butler.put(
            skymap,
            BaseSkyMap.SKYMAP_DATASET_TYPE_NAME,
            skymap=self._names.skymap,
            run=BaseSkyMap.SKYMAP_RUN_COLLECTION_NAME,
        )

    def enter_visits(self, images: Sequence[Identified], filters: Mapping[str, str], day_obs: int) -> None:
        """Register the instrument, filters, detectors and visits.

        Parameters
        ----------
        images
            Science images.
        filters
            Band of each physical filter.
        day_obs
            Observing day of images without one.

        Raises
        ------
        Failure
            Raised if images contradict each other or the repository.
        """
        name, registry = self._names.instrument, self._butler.registry
        self._enter_instrument(images)
        try:
            for physical, band in filters.items():
                registry.syncDimensionData(
                    "physical_filter", {"instrument": name, "name": physical, "band": band}
                )
        except ConflictingDefinitionError as err:
            raise Failure(f"A physical filter of {name} has another band in the repository: {err}") from err
        registry.insertDimensionData(
            "detector",
            *(
                {"instrument": name, "id": detector, "full_name": str(detector)}
                for detector in sorted({each.detector for each in images})
            ),
            skip_existing=True,
        )
        visits: dict[int, list[Identified]] = {}
        for each in images:
            visits.setdefault(each.visit, []).append(each)
        for visit, group in visits.items():
            self._enter_visit(visit, group, day_obs)

    def _enter_instrument(self, images: Sequence[Identified]) -> None:
        limits = {
            "visit_max": max(each.visit for each in images) + 1,
            "exposure_max": max(each.visit for each in images) + 1,
            "detector_max": max(each.detector for each in images) + 1,
        }
        for record in self._butler.query_dimension_records("instrument", explain=False):
            if record.name != self._names.instrument:
                continue
            if record.class_name != _INSTRUMENT_CLASS:
                return
            limits = {key: max(value, getattr(record, key) or 0) for key, value in limits.items()}
        self._butler.registry.syncDimensionData(
            "instrument",
            {"name": self._names.instrument, "class_name": _INSTRUMENT_CLASS, **limits},
            update=True,
        )

    def _enter_visit(self, visit: int, group: Sequence[Identified], default_day: int) -> None:
        filters = {each.science.physical_filter for each in group}
        if len(filters) > 1:
            raise Failure(
                f"The science images of visit {visit} are of several filters: {sorted(map(str, filters))}."
            )
        days = {each.science.day_obs for each in group} - {None}
        regions = {each.detector: outline(each.science.bbox, each.science.wcs) for each in group}
        known = self._butler.query_dimension_records(
            "visit_detector_region", instrument=self._names.instrument, visit=visit, explain=False, limit=None
        )
        whole = {record.detector: record.region for record in known} | regions
        vertices = [vertex for region in whole.values() for vertex in region.getVertices()]
        day = min(days) if days else default_day  # type: ignore[type-var]
        key = {"instrument": self._names.instrument}
        registry = self._butler.registry
        registry.insertDimensionData("day_obs", {**key, "id": day}, skip_existing=True)
        registry.insertDimensionData(
            "visit",
            {
                **key,
                "id": visit,
                "name": str(visit),
                "physical_filter": filters.pop(),
                "day_obs": day,
                "region": ConvexPolygon(vertices),
            },
            replace=True,
        )
        registry.insertDimensionData(
            "visit_detector_region",
            *(
                {**key, "visit": visit, "detector": detector, "region": region}
                for detector, region in regions.items()
            ),
            replace=True,
        )

    def ingest_science(self, images: Sequence[Identified], transfer: str) -> int:
        """Ingest new science images; return how many there were."""
        files = [
            (
                each.science.path,
                {"instrument": self._names.instrument, "visit": each.visit, "detector": each.detector},
            )
            for each in images
        ]
        return self._ingest(self._names.science, self._names.science_run, files, transfer)

    def ingest_coadds(self, placed: Sequence[Placed], transfer: str) -> int:
        """Ingest new coadds; return how many there were."""
        files = [
            (
                each.coadd.path,
                {
                    "skymap": self._names.skymap,
                    "tract": each.tract,
                    "patch": each.patch,
                    "band": each.band,
                },
            )
            for each in placed
        ]
        return self._ingest(self._names.coadd, self._names.coadd_run, files, transfer)

    def _ingest(
        self, name: str, run: str, files: Sequence[tuple[pathlib.Path, dict[str, Any]]], transfer: str
    ) -> int:
        dataset_type = self._butler.get_dataset_type(name)
        existing = self._existing(name, run)
        new = []
        for path, data_id in files:
            coordinate = self._butler.registry.expandDataId(data_id, dimensions=dataset_type.dimensions)
            ref = existing.get(tuple(coordinate.required_values))
            if ref is None:
                resolved = path.resolve()
                new.append(FileDataset(str(resolved), DatasetRef(dataset_type, coordinate, run=run)))
            else:
                self._check_same(ref, path)
        if new:
            self._butler.ingest(*new, transfer=transfer)
        return len(new)

    def _check_same(self, ref: DatasetRef, path: pathlib.Path) -> None:
        """Check that an existing dataset is the given file."""
        there = self._path(ref)
        if there is None or not there.exists():
            raise Failure(
                f"{ref.datasetType.name} {ref.dataId} is in the repository, but its file is missing: {there}."
            )
        if there.resolve() != path.resolve() and not filecmp.cmp(there, path, shallow=False):
            raise Failure(
                f"In the repository, {ref.datasetType.name} {ref.dataId} is {there} and cannot be {path} "
                "as well: choose another --collection for it."
            )
