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

"""What a run was to do, and what came of it: queries of the butler."""

from __future__ import annotations

import dataclasses
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from lsst.daf.butler import DatasetNotFoundError, MissingDatasetTypeError
from lsst.pipe.base import QuantumSuccessCaveats

if TYPE_CHECKING:
    from lsst.daf.butler import Butler, DatasetRef
    from lsst.sphgeom import Region

__all__ = ["DONE", "FAILED", "NOT_RUN", "NO_WORK", "STATUSES", "Names", "Quantum", "find_quanta", "outcome"]

DONE, NO_WORK, FAILED, NOT_RUN = STATUSES = ("done", "no work found", "failed", "not run")

# How lsst.pipe.base logs that a quantum ended without a template.
_NO_WORK_REASON = re.compile(r"(?:no work found|skipping): (.*)", re.DOTALL)
_FAILURE_REASON = re.compile(r" failed\. Exception (.*)", re.DOTALL)


@dataclasses.dataclass(frozen=True)
class Names:
    """Names of the dataset types of a run.

    Parameters
    ----------
    task
        Label of the task in its pipeline.
    template
        Dataset type of the templates.
    science
        Dataset type of the science images.
    """

    task: str
    template: str
    science: str

    @classmethod
    def of(cls, butler: Butler, collection: str, task: str) -> Names:
        """Return the names that a run was configured with.

        Raises
        ------
        LookupError
            The collection has no configuration of the task.
        """
        try:
            config = butler.get(f"{task}_config", collections=collection)
        except (DatasetNotFoundError, MissingDatasetTypeError) as err:
            names = (each.name for each in butler.registry.queryDatasetTypes("*_config"))
            labels = ", ".join(sorted(name.removesuffix("_config") for name in names)) or "none"
            raise LookupError(
                f"Collection {collection} has no {task}_config: it is not the output of a pipeline with a "
                f"task {task}. Labels of tasks in this repository: {labels}."
            ) from err
        connections = config.connections.ConnectionsClass(config=config)
        return cls(task, connections.template.name, connections.bbox.name.partition(".")[0])


@dataclasses.dataclass(frozen=True)
class Quantum:
    """One template that a run was to make, and what there is of it.

    Parameters
    ----------
    instrument, visit, detector
        The data ID.
    name
        Name of the detector.
    region
        Of the detector on the sky, as the registry has it.
    run
        Collection of the attempt that counts; empty if there was none.
    science, template, metadata, log
        What exists of its inputs and outputs.
    """

    instrument: str
    visit: int
    detector: int
    name: str
    region: Region | None = None
    run: str = ""
    science: DatasetRef | None = None
    template: DatasetRef | None = None
    metadata: DatasetRef | None = None
    log: DatasetRef | None = None


def find_quanta(butler: Butler, collection: str, names: Names, where: str = "") -> list[Quantum]:
    """Find all templates that a run was to make.

    These are the quanta of which there are outputs, and the science images
    of the same visits in the collection, if it is a chain with them. Where
    a quantum was tried in several runs, the one that made its template
    counts, or else the latest.

    Parameters
    ----------
    butler
        Butler of the repository.
    collection
        Output of the run.
    names
        Dataset types.
    where
        Further constraint, in the butler's query language.

    Returns
    -------
    quanta
        In the order of visit and detector.
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
    visits = {key[:2] for key in attempts}
    return [
        _make_quantum(key, attempts.get(key, {}), science.get(key), runs)
        for key in sorted({*attempts, *(key for key in science if key[:2] in visits)})
    ]


_Key = tuple[str, int, int]


def _key(ref: DatasetRef) -> _Key:
    return str(ref.dataId["instrument"]), int(ref.dataId["visit"]), int(ref.dataId["detector"])


def _query(
    butler: Butler, name: str, collection: str, where: str, find_first: bool = True
) -> Iterable[DatasetRef]:
    try:
        return butler.query_datasets(
            name,
            collection,
            find_first=find_first,
            where=where,
            with_dimension_records=True,
            explain=False,
            limit=None,
        )
    except MissingDatasetTypeError:
        # A run without a single log, say, where no run ever had one.
        return []


def _make_quantum(
    key: _Key,
    attempts: Mapping[str, Mapping[str, DatasetRef]],
    science: DatasetRef | None,
    runs: Mapping[str, int],
) -> Quantum:
    """Choose the attempt that counts."""
    run = min(attempts, key=lambda run: ("template" not in attempts[run], runs[run]), default="")
    refs: Mapping[str, DatasetRef] = attempts[run] if run else {}
    data_id = next(ref.dataId for ref in (*refs.values(), science) if ref is not None)
    record = data_id.records["detector"]
    return Quantum(
        *key,
        name=record.full_name if record is not None else str(key[2]),
        region=data_id.region,
        run=run,
        science=science,
        template=refs.get("template"),
        metadata=refs.get("metadata"),
        log=refs.get("log"),
    )


def outcome(butler: Butler, quantum: Quantum, metadata: Mapping[str, Any] | None) -> tuple[str, str]:
    """Tell what became of a quantum.

    Parameters
    ----------
    butler
        Butler of the repository.
    quantum
        Quantum in question.
    metadata
        Its task metadata, if there are any.

    Returns
    -------
    status
        One of `STATUSES`.
    reason
        Why there is no template; empty if there is.
    """
    if quantum.template is not None:
        return DONE, ""
    if metadata is not None:
        caveats = QuantumSuccessCaveats(metadata["quantum"].get("caveats", 0))
        if caveats & QuantumSuccessCaveats.NO_WORK:
            return NO_WORK, _last_match(butler, quantum.log, _NO_WORK_REASON) or "The log does not say why."
        return FAILED, "The task succeeded, but its template is not there."
    if quantum.log is not None:
        return FAILED, _last_match(butler, quantum.log, _FAILURE_REASON) or "The log ends without an error."
    return NOT_RUN, "No log and no metadata: not in the graph, still waiting, or killed."


def _last_match(butler: Butler, log: DatasetRef | None, pattern: re.Pattern[str]) -> str:
    """Return what a pattern finds in the last message that it matches."""
    records = butler.get(log) if log is not None else ()
    matches = [match for record in records if (match := pattern.search(record.message))]
    return matches[-1][1].strip() if matches else ""
