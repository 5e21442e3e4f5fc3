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

"""The command ``template-report``."""

from __future__ import annotations

import argparse
import datetime
import logging
import multiprocessing
import pathlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor

from tqdm import tqdm

from lsst.daf.butler import Butler

from ._measure import Row, measure
from ._page import render
from ._run import Names, Quantum, find_quanta

__all__ = ["reportMain", "writeReport"]

_LOG = logging.getLogger(__name__)


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
        Output of the run; as a chain with its inputs, it also tells which
        science images have no template.
    folder
        Where to put the page; made if need be.
    task
        Label of the task in the pipeline.
    where
        Constraint on the data IDs, in the butler's query language.
    longest
        Longer side of the pictures (pixels). 0 leaves the templates unread.
    jobs
        Number of processes.

    Returns
    -------
    path
        The page.

    Raises
    ------
    LookupError
        The collection is not the output of such a task, or has no data for
        the constraint.
    """
    with Butler.from_config(repo) as butler:
        names = Names.of(butler, collection, task)
        quanta = find_quanta(butler, collection, names, where)
    if not quanta:
        raise LookupError(
            f"There is nothing to report in {collection}" + (f" where {where}." if where else ".")
        )
    rows = list(tqdm(_measure_all(repo, task, quanta, longest, jobs), "templates", len(quanta), disable=None))
    about = {
        "Repository": repo,
        "Task": task,
        "Dataset type": names.template,
        "Written": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC"),
    }
    if where:
        about["Where"] = where
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{collection.replace('/', '_')}.html"
    path.write_text(render(rows, collection, about), "utf-8")
    return path


def _measure_all(repo: str, task: str, quanta: Sequence[Quantum], longest: int, jobs: int) -> Iterator[Row]:
    """Yield the lines of the report in the order of the quanta."""
    if jobs == 1:
        with Butler.from_config(repo) as butler:
            for quantum in quanta:
                yield measure(butler, task, quantum, longest)
        return
    # Not forked: connections to a database must not be shared.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(jobs, len(quanta)), context, _Worker.open, (repo, task, longest)) as pool:
        yield from pool.map(_Worker.measure, quanta, chunksize=4)


class _Worker:
    """What a process keeps from one template to the next."""

    butler: Butler
    task: str
    longest: int

    @classmethod
    def open(cls, repo: str, task: str, longest: int) -> None:
        """Open the repository."""
        cls.butler, cls.task, cls.longest = Butler.from_config(repo), task, longest

    @classmethod
    def measure(cls, quantum: Quantum) -> Row:
        """Measure one template."""
        return measure(cls.butler, cls.task, quantum, cls.longest)


def reportMain(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status."""
    args = _parse(arguments)
    try:
        path = writeReport(
            args.repo,
            args.collection,
            args.output,
            task=args.task,
            where=args.where,
            longest=args.pictures,
            jobs=args.jobs,
        )
    except (LookupError, OSError) as err:
        _LOG.error("template-report: %s", err)
        return 1
    print(path)
    return 0


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="template-report",
        description="Write a web page on all templates of a run: one file that needs no network.",
    )
    parser.add_argument("repo", metavar="REPO", help="butler repository")
    parser.add_argument("collection", metavar="COLLECTION", help="output collection of the run")
    parser.add_argument(
        "-o",
        "--output",
        metavar="DIR",
        type=pathlib.Path,
        default=pathlib.Path(),
        help="folder of the page, which is named after the collection (default: here)",
    )
    parser.add_argument(
        "-d", "--where", metavar="QUERY", default="", help="report on these data IDs only, as in pipetask -d"
    )
    parser.add_argument(
        "--task", metavar="LABEL", default="buildTemplate", help="label of the task (default: %(default)s)"
    )
    parser.add_argument(
        "--pictures",
        metavar="PIXELS",
        type=int,
        default=192,
        help="longer side of the pictures (default: %(default)s); 0 for none, which reads no template",
    )
    parser.add_argument("-j", "--jobs", type=int, default=1, help="processes (default: %(default)s)")
    args = parser.parse_args(arguments)
    if args.pictures < 0 or args.jobs < 1:
        parser.error(f"--pictures must be 0 or more, --jobs 1 or more, not {args.pictures} and {args.jobs}.")
    return args
