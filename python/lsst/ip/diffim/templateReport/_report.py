# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report of a run: ``template-report``."""

from __future__ import annotations

__all__ = ("writeReport",)

import datetime
import multiprocessing
import os
import pathlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor

from tqdm import tqdm

from lsst.daf.butler import Butler

from ._measure import Measurer, ReportRow
from ._messages import UsageError, describe_folder
from ._page import render
from ._run import DatasetTypeNames, TemplateRecord, find_records, open_repository


def writeReport(
    repo: str,
    collection: str,
    folder: pathlib.Path,
    *,
    task: str = "buildTemplate",
    where: str = "",
    longest: int = 192,
    jobs: int = 1,
) -> pathlib.Path:
    """Write the report of a run.

    Parameters
    ----------
    repo
        Butler repository.
    collection
        Output of the run; if it is a chain with the inputs, the report also
        says which science images have no template, and why.
    folder
        Folder of the page; created if needed.
    task
        Label of the task in the pipeline.
    where
        Constraint on the data IDs, in the butler's query language. The
        instrument can be omitted.
    longest
        Longer side of the pictures (pixels). With 0,
        no templates are read.
    jobs
        Number of processes.

    Returns
    -------
    path
        Path of the page.

    Raises
    ------
    LookupError
        Raised if there is no such repository, collection or task, if the
        constraint is not valid, or if nothing matches it.
    OSError
        Raised if the page cannot be written.
    """
    with open_repository(repo) as butler:
        names = DatasetTypeNames.of(butler, collection, task)
        records = find_records(butler, collection, names, where)
        _make_folder(folder)
        measured = _measure_all(butler, _Job(repo, collection, names, longest), records, jobs)
        rows = list(tqdm(measured, "templates", len(records), disable=None))
    about = {
        "Repository": repo,
        "Task": task,
        "Dataset type": names.template,
        "Written": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC"),
    }
    if where:
        about["Where"] = where
    path = folder / f"{collection.replace('/', '_')}.html"
    partial = path.with_suffix(".html.part")
    partial.write_text(render(rows, collection, about), "utf-8")
    os.replace(partial, path)
    return path


def _make_folder(folder: pathlib.Path) -> None:
    """Create the folder of the page before the time-consuming work."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as err:
        raise UsageError(
            f"Cannot write the page to {folder}, which is not a folder. {describe_folder(folder)}"
        ) from err


class _Job:
    """Data that a process needs to measure templates.

    Parameters
    ----------
    repo
        Butler repository.
    collection, names, longest
        See `Measurer`.
    """

    def __init__(self, repo: str, collection: str, names: DatasetTypeNames, longest: int):
        self.repo = repo
        self.collection = collection
        self.names = names
        self.longest = longest

    def measurer(self, butler: Butler) -> Measurer:
        """Return a maker of rows."""
        return Measurer(butler, self.collection, self.names, self.longest)


def _measure_all(
    butler: Butler, job: _Job, records: Sequence[TemplateRecord], jobs: int
) -> Iterator[ReportRow]:
    """Yield the rows of the report in the order of the records."""
    if jobs == 1:
        yield from map(job.measurer(butler).measure, records)
        return
    # Do not fork: connections to a database must not be shared.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(jobs, len(records)), context, _Worker.open, (job,)) as pool:
        yield from pool.map(_Worker.measure, records, chunksize=4)


class _Worker:
    """State that a process keeps from one template to the next."""

    measurer: Measurer

    @classmethod
    def open(cls, job: _Job) -> None:
        """Open the repository."""
        cls.measurer = job.measurer(Butler.from_config(job.repo))

    @classmethod
    def measure(cls, record: TemplateRecord) -> ReportRow:
        """Measure one template."""
        return cls.measurer.measure(record)
