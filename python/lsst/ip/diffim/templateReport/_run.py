# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Butler queries for the templates that a run should make and has made."""

from __future__ import annotations

__all__ = ("DatasetTypeNames", "TemplateRecord", "find_records", "open_repository")

import contextlib
import dataclasses
import os
import pathlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from lsst.daf.butler import Butler, DatasetNotFoundError, MissingCollectionError, MissingDatasetTypeError

from ._messages import UsageError, describe_folder, listing, nearest, sentence

if TYPE_CHECKING:
    from lsst.daf.butler import DatasetRef
    from lsst.sphgeom import Region

_COADD_CONNECTIONS = ("coaddExposures", "dcrCoadds")

# A constraint must mention one of these dimensions for visits without any
# output to be reported.
_CHOOSES_VISITS = re.compile(r"\b(?:visit|exposure|day_obs)\b")


@contextlib.contextmanager
def open_repository(repo: str) -> Iterator[Butler]:
    """Open a repository.

    Raises
    ------
    UsageError
        Raised if there is no repository.
    """
    path = pathlib.Path(repo)
    if "://" not in repo and os.sep in repo and not path.exists():
        raise UsageError(f"There is no repository {repo}. {describe_folder(path)}")
    try:
        butler = Butler.from_config(repo)
    except FileNotFoundError as err:
        raise UsageError(f"{repo} is not a butler repository. {describe_folder(path)}") from err
    except Exception as err:
        raise UsageError(sentence(f"Cannot open the repository {repo}: {err}")) from err
    with butler:
        yield butler


@dataclasses.dataclass(frozen=True)
class DatasetTypeNames:
    """Names of the dataset types of a run.

    Parameters
    ----------
    task
        Label of the task in its pipeline.
    template
        Dataset type of the templates.
    science
        Dataset type of the science images.
    coadds
        Dataset type of the coadds.
    """

    task: str
    template: str
    science: str
    coadds: str

    @classmethod
    def of(cls, butler: Butler, collection: str, task: str) -> DatasetTypeNames:
        """Return the names that a run was configured with.

        Raises
        ------
        UsageError
            Raised if there is no such collection, or if it has no
            configuration of the task.
        """
        try:
            config = butler.get(f"{task}_config", collections=collection)
        except MissingCollectionError as err:
            known = listing(nearest(collection, butler.collections.query("*")))
            raise UsageError(f"There is no collection {collection}. Collections: {known}.") from err
        except (DatasetNotFoundError, MissingDatasetTypeError) as err:
            types = (each.name for each in butler.registry.queryDatasetTypes("*_config"))
            labels = listing(sorted(name.removesuffix("_config") for name in types))
            raise UsageError(
                f"Collection {collection} has no {task}_config: it is not the output of a pipeline with a "
                f"task {task}. Labels of tasks in this repository: {labels}."
            ) from err
        connections = config.connections.ConnectionsClass(config=config)
        coadds = next((name for name in _COADD_CONNECTIONS if hasattr(connections, name)), None)
        if coadds is None or not hasattr(connections, "template"):
            kinds = listing(sorted((*connections.inputs, *connections.outputs)))
            raise UsageError(f"Task {task} does not make templates: its connections are {kinds}.")
        return cls(
            task,
            connections.template.name,
            connections.bbox.name.partition(".")[0],
            getattr(connections, coadds).name,
        )


@dataclasses.dataclass(frozen=True)
class TemplateRecord:
    """One template that a run should make, and its existing datasets.

    Parameters
    ----------
    instrument, visit, detector
        The data ID.
    name
        Name of the detector.
    band
        Band of the visit; empty if the registry does not say.
    region
        Region of the detector on the sky, from the registry.
    run
        Collection of the relevant attempt; empty if there was none.
    science, template, metadata, log
        Existing inputs and outputs.
    """

    instrument: str
    visit: int
    detector: int
    name: str
    band: str = ""
    region: Region | None = None
    run: str = ""
    science: DatasetRef | None = None
    template: DatasetRef | None = None
    metadata: DatasetRef | None = None
    log: DatasetRef | None = None


def find_records(
    butler: Butler, collection: str, names: DatasetTypeNames, where: str = ""
) -> list[TemplateRecord]:
    """Find all templates that a run should make.

    These are the quanta that have outputs, and the science images of the same
    visits if the collection is a chain that includes them. If ``where``
    selects visits, science images of visits without outputs count as well. If
    a quantum was tried in several runs, the run that made its template counts,
    or else the latest.

    Parameters
    ----------
    butler
        Butler of the repository.
    collection
        Output of the run.
    names
        Dataset types.
    where
        Further constraint, in the butler's query language. The instrument can
        be omitted.

    Returns
    -------
    records
        Records in the order of visit and detector.

    Raises
    ------
    UsageError
        Raised if ``where`` is not valid, or if nothing matches it.
    """
    runs = {
        run: number for number, run in enumerate(butler.collections.query(collection, flatten_chains=True))
    }
    attempts: dict[_Key, dict[str, dict[str, DatasetRef]]] = defaultdict(lambda: defaultdict(dict))
    outputs = {"template": names.template, "metadata": f"{names.task}_metadata", "log": f"{names.task}_log"}
    for kind, name in outputs.items():
        for ref in _query(butler, name, collection, where, find_first=False):
            attempts[_key(ref)][ref.run][kind] = ref
    science = {_key(ref): ref for ref in _query(butler, names.science, collection, where)}
    visits = {key[:2] for key in (science if _CHOOSES_VISITS.search(where) else attempts)}
    keys = sorted({*attempts, *(key for key in science if key[:2] in visits)})
    if not keys:
        raise UsageError(_nothing(butler, collection, names, where))
    return [_make_record(key, attempts.get(key, {}), science.get(key), runs) for key in keys]


def _nothing(butler: Butler, collection: str, names: DatasetTypeNames, where: str) -> str:
    """Report that nothing was found, and what exists instead."""
    if not where:
        return f"There is nothing to report in {collection}: it has neither templates nor logs."
    known = {
        int(ref.dataId["visit"])
        for name in (names.template, f"{names.task}_log", names.science)
        for ref in _query(butler, name, collection, "")
    }
    return f"There is nothing to report in {collection} where {where}. Its visits: {listing(known)}."


_Key = tuple[str, int, int]


def _key(ref: DatasetRef) -> _Key:
    return str(ref.dataId["instrument"]), int(ref.dataId["visit"]), int(ref.dataId["detector"])


def _query(
    butler: Butler, name: str, collection: str, where: str, find_first: bool = True
) -> Iterable[DatasetRef]:
    """Find datasets, for each of the instruments in turn.

    A query must name its instrument, and its sky map if it uses tracts or
    patches. All of those in the registry are tried.
    """
    constraints: list[dict[str, str]] = [{}]
    if where:
        constraints = _each(butler, "instrument", constraints)
        if re.search(r"\b(?:tract|patch)\b", where):
            constraints = _each(butler, "skymap", constraints)
    found: dict[Any, DatasetRef] = {}
    for constraint in constraints:
        try:
            refs = butler.query_datasets(
                name,
                collection,
                find_first=find_first,
                where=where,
                with_dimension_records=True,
                explain=False,
                limit=None,
                data_id=constraint,
            )
        except MissingDatasetTypeError:
            # For example, no logs have ever been stored.
            return []
        except Exception as err:
            # Most are query errors, but not all, as `-d visit` shows.
            if not where:
                raise
            keys = "instrument, visit, detector, band, physical_filter, day_obs, tract, patch"
            raise UsageError(
                f"{sentence(f'Cannot use -d {where!r}: {err}')} It can have conditions on {keys}, "
                "such as visit IN (100..120) AND detector = 3."
            ) from err
        found.update({ref.id: ref for ref in refs})
    return found.values()


def _each(butler: Butler, dimension: str, constraints: Iterable[dict[str, str]]) -> list[dict[str, str]]:
    names = [str(each.name) for each in butler.query_dimension_records(dimension, explain=False)]
    return [{**constraint, dimension: name} for constraint in constraints for name in names] or [{}]


def _make_record(
    key: _Key,
    attempts: Mapping[str, Mapping[str, DatasetRef]],
    science: DatasetRef | None,
    runs: Mapping[str, int],
) -> TemplateRecord:
    """Choose the relevant attempt."""
    run = min(attempts, key=lambda run: ("template" not in attempts[run], runs[run]), default="")
    refs: Mapping[str, DatasetRef] = attempts[run] if run else {}
    data_id = next(ref.dataId for ref in (*refs.values(), science) if ref is not None)
    detector, filter_ = data_id.records["detector"], data_id.records["physical_filter"]
    return TemplateRecord(
        *key,
        name=detector.full_name if detector is not None else str(key[2]),
        band=filter_.band if filter_ is not None else "",
        region=data_id.region,
        run=run,
        science=science,
        template=refs.get("template"),
        metadata=refs.get("metadata"),
        log=refs.get("log"),
    )
