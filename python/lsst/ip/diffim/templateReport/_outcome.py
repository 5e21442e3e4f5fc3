# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Outcomes of quanta, and the reasons for them."""

from __future__ import annotations

__all__ = (
    "DONE",
    "FAILED",
    "NOT_RUN",
    "NO_WORK",
    "STATUSES",
    "Outcome",
    "describe_filter",
    "is_filter_mismatch",
    "judge",
)

import dataclasses
import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lsst.pipe.base import QuantumSuccessCaveats

from ._messages import listing, root_cause, sentence

if TYPE_CHECKING:
    from lsst.daf.butler import Butler, DatasetRef
    from lsst.daf.butler.logging import ButlerLogRecord

    from ._inputs import Coverage, Inputs
    from ._run import DatasetTypeNames, TemplateRecord

DONE, NO_WORK, FAILED, NOT_RUN = STATUSES = ("done", "no work found", "failed", "not run")

# Messages with which lsst.pipe.base logs the end of a quantum without a
# template, and inputs without a file.
_NO_WORK_REASON = re.compile(r"exited early with no work found: (.*)", re.DOTALL)
_SKIPPED = re.compile(r"saving metadata and skipping: (.*)", re.DOTALL)
_FAILURE_REASON = re.compile(r" failed\. Exception (.*)", re.DOTALL)
_NO_ARTIFACT = re.compile(r"No dataset artifact found for (?P<type>[^\s@]+)@(?P<id>\{.*?\})")
_TRACT_PATCH = re.compile(
    r"\btract: (?P<tract>\d+)\b.*\bpatch: (?P<patch>\d+)\b|\bpatch: (\d+)\b.*\btract: (\d+)\b"
)

# Warnings of formatters about a file whose filter differs from its data ID:
# those of the standalone runtime, and of the Science Pipelines.
_FILTER_MISMATCH = (
    re.compile(
        r"File of (?P<what>.*?\}) has filter (?P<file>.*) where its data ID has (?P<id>.*?), which is used"
    ),
    re.compile(
        r"Reading (?P<what>.*?) with data ID .*filter label mismatch "
        r"\(file is (?P<file>.*), data ID is (?P<id>.*?)\)"
    ),
)
_LABEL_PART = re.compile(r"""(band|physical)=["']([^"']*)["']""")


@dataclasses.dataclass(frozen=True)
class Outcome:
    """Outcome of a quantum.

    Parameters
    ----------
    status
        One of `STATUSES`.
    reason
        Why there is no template, root cause first; empty if there is one.
    details
        Error of the task as it was logged; empty if there is none.
    notes
        Additional remarks: coadds that a template lacks, filters
        that differ, warnings.
    """

    status: str
    reason: str = ""
    details: str = ""
    notes: tuple[str, ...] = ()


def judge(
    butler: Butler,
    names: DatasetTypeNames,
    inputs: Inputs,
    record: TemplateRecord,
    metadata: Mapping[str, Any] | None,
    log: Iterable[ButlerLogRecord] | None,
) -> Outcome:
    """Determine the outcome of a quantum.

    Parameters
    ----------
    butler
        Butler of the repository.
    names
        Dataset types of the run.
    inputs
        Inputs of the run.
    record
        Quantum to judge.
    metadata, log
        Outputs of the quantum; `None` if missing or unreadable.
    """
    records = list(log or ())
    logged = _Log(records, names)
    exception = getattr(log, "extra", {}).get("exception")
    if exception and not logged.errors:
        # The log level was too high for the message itself.
        logged.errors.append(f"{exception['type_name'].rpartition('.')[2]}: {exception['message']}")
    notes = list(logged.notes)
    coverage = inputs.coverage(record) if record.template is None or logged.missing_coadds else None
    fewer = (
        _describe_missing(logged.missing_coadds, coverage, metadata, names) if coverage is not None else ""
    )
    if record.template is not None:
        notes = [f"Made of fewer coadds than the graph had: {fewer}", *notes] if fewer else notes
        return Outcome(DONE, notes=tuple(notes))
    assert coverage is not None
    if _found_no_work(metadata, names) or logged.no_work:
        reason = _why_no_work(butler, names, record, logged, fewer)
        notes = [fewer, *notes] if fewer and fewer not in reason else notes
        return Outcome(NO_WORK, reason, notes=tuple(notes))
    notes = [fewer, *notes] if fewer else notes
    if logged.errors:
        return Outcome(FAILED, root_cause(logged.errors[-1]), logged.details, tuple(notes))
    if metadata is not None:
        return Outcome(FAILED, "The task succeeded, but its template is gone.", notes=tuple(notes))
    if record.metadata is not None or log is not None:
        return Outcome(FAILED, "The log ends without an error: the process was stopped.", notes=tuple(notes))
    if record.log is not None:
        return Outcome(FAILED, "Its log cannot be read.", notes=tuple(notes))
    return Outcome(NOT_RUN, _why_not_run(butler, names, inputs, record, coverage), notes=tuple(notes))


class _Log:
    """Content of the log of a quantum.

    Parameters
    ----------
    records
        Messages.
    names
        Dataset types of the run.
    """

    def __init__(self, records: Sequence[ButlerLogRecord], names: DatasetTypeNames):
        self.missing_coadds: list[str] = []
        self.missing_science = False
        self.errors: list[str] = []
        self.no_work = ""
        self.skipped = ""
        self.details = ""
        notes: dict[str, None] = {}
        details = []
        for record in records:
            message = record.message
            if match := _NO_ARTIFACT.search(message):
                name = match["type"].partition(".")[0]
                if name == names.coadds:
                    self.missing_coadds.append(_describe_patch(match["id"]))
                self.missing_science |= name == names.science
            elif match := _FAILURE_REASON.search(message):
                self.errors.append(match[1])
            elif match := _NO_WORK_REASON.search(message):
                self.no_work = match[1]
            elif match := _SKIPPED.search(message):
                self.skipped = match[1]
            elif record.levelno >= logging.WARNING:
                note = describe_filter(message) if is_filter_mismatch(message) else sentence(message)
                if note:
                    notes[note] = None
            if record.levelno >= logging.ERROR:
                details.append(f"{message}\n\n{record.exc_info}" if record.exc_info else message)
        self.details = "\n\n".join(details).strip()
        self.notes = list(notes)


def is_filter_mismatch(message: str) -> bool:
    """Return whether a warning is about the filter of a file."""
    return any(pattern.search(message) for pattern in _FILTER_MISMATCH)


def describe_filter(message: str) -> str:
    """Explain the warning of a formatter; return an empty string if the file
    merely lacks a value of the data ID.
    """
    match = next(found for each in _FILTER_MISMATCH if (found := each.search(message)))
    file, data_id = (dict(_LABEL_PART.findall(match[key])) for key in ("file", "id"))
    for part, name in (("band", "band"), ("physical", "physical filter")):
        if part in file and part in data_id and file[part] != data_id[part]:
            return (
                f"The {name} of a file differs: {match['what']} is registered as {data_id[part]}, "
                f"but its file says {file[part]}."
            )
    return ""


def _describe_patch(data_id: str) -> str:
    match = _TRACT_PATCH.search(data_id)
    if match is None:
        return data_id
    tract, patch = (match["tract"], match["patch"]) if match["tract"] else (match[4], match[3])
    return f"tract {tract}, patch {patch}"


def _describe_missing(
    missing: Sequence[str], coverage: Coverage, metadata: Mapping[str, Any] | None, names: DatasetTypeNames
) -> str:
    """Describe how many coadd files were missing when the quantum ran, or are
    missing now if the log does not say.
    """
    now = [f"tract {ref.dataId['tract']}, patch {ref.dataId['patch']}" for ref in coverage.missing]
    patches = list(missing) or now
    if not patches:
        return ""
    recorded = metadata.get(names.task, {}) if metadata is not None else {}
    total = max(len(coverage.coadds), len(patches) + recorded.get("nPatches", 0))
    return f"{len(patches)} of {total} coadd files missing: {listing(f'({each})' for each in patches)}."


def _found_no_work(metadata: Mapping[str, Any] | None, names: DatasetTypeNames) -> bool:
    if metadata is None:
        return False
    caveats = QuantumSuccessCaveats(metadata.get("quantum", {}).get("caveats", 0))
    return bool(caveats & QuantumSuccessCaveats.NO_WORK)


def _why_no_work(
    butler: Butler, names: DatasetTypeNames, record: TemplateRecord, logged: _Log, fewer: str
) -> str:
    if logged.no_work:
        return root_cause(logged.no_work)
    # Without log messages of level INFO, only the present state is known.
    science = record.science
    if logged.missing_science or (science is not None and not butler.stored(science)):
        return _describe_science(butler, names, record)
    if fewer:
        return fewer
    if logged.skipped:
        return root_cause(logged.skipped)
    return "The log does not say why."


def _describe_science(butler: Butler, names: DatasetTypeNames, record: TemplateRecord) -> str:
    """Report that the science image is missing, and where it should be."""
    if record.science is None:
        return f"Science image missing: there was no file of {names.science}."
    return f"Science image missing: there was no file {_path(butler, record.science)}."


def _path(butler: Butler, ref: DatasetRef) -> str:
    try:
        uris = butler.getURIs(ref)
    except FileNotFoundError:
        # The datastore has no record of it either.
        return f"of {ref.datasetType.name}"
    uri = uris.primaryURI or next(iter(uris.componentURIs.values()))
    return uri.ospath if uri.isLocal else str(uri)


def _why_not_run(
    butler: Butler, names: DatasetTypeNames, inputs: Inputs, record: TemplateRecord, coverage: Coverage
) -> str:
    """Explain why a quantum has no outputs at all."""
    if record.science is not None and not butler.stored(record.science):
        return _describe_science(butler, names, record)
    if inputs.skymap is None:
        return "No sky map in the inputs: no graph can be built from them."
    if record.region is None:
        return (
            "No region in the registry: without one, the graph builder cannot tell which patches overlap. "
            "Run butler define-visits."
        )
    if not coverage.patches:
        return f"Off the sky map: no patch of {inputs.skymap} overlaps this detector."
    places = listing(f"({tract}, {patch})" for tract, patch in coverage.patches)
    if not coverage.coadds:
        others = f" They have some in {listing(coverage.other_bands)}." if coverage.other_bands else ""
        return (
            f"No coadds in the inputs: there is no {names.coadds} in band {record.band} of the patches that "
            f"overlap; (tract, patch): {places}.{others}"
        )
    count = len(coverage.coadds)
    lost = f" {len(coverage.missing)} of {count} coadd files missing." if coverage.missing else ""
    return (
        "Killed or still waiting: there is neither a log nor metadata, although the science image and "
        f"{count} coadd{'s are' if count > 1 else ' is'} there. Or -d of the run left it out.{lost}"
    )
