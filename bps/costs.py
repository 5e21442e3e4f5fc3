# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""The costs of the jobs of a submission."""

from __future__ import annotations

__all__ = ("CLOCK", "Attempt", "Costs", "measure_jobs", "read_attempts")


import dataclasses
import datetime
import pathlib
import re
from collections.abc import Sequence

from lsst.daf.butler import Butler

from .private_slurm import SlurmJob

CLOCK = "echo started $(date +%s.%N); trap 'echo ended $(date +%s.%N) $?; times' EXIT"
"""Commands run before those of a job (``commandPrefix`` of a site), which log
its start and end times and its exit status."""

TASK = "buildTemplate"
MEBIBYTE = 2**20


@dataclasses.dataclass(frozen=True)
class Attempt:
    """One execution of a job.

    Parameters
    ----------
    job
        Name of the job.
    started, ended
        Times at which it started and ended (s since the epoch); the latter
        is `None` if it was killed.
    status
        Exit status, `None` if it was killed.
    cpu
        CPU time (s), 0 if it was killed.
    """

    job: str
    started: float
    ended: float | None = None
    status: int | None = None
    cpu: float = 0.0


@dataclasses.dataclass(frozen=True)
class Costs:
    """Costs of the jobs of a submission.

    Parameters
    ----------
    node_jobs
        Slurm's jobs, each of which is a block of workers.
    attempts
        Executions of the jobs of bps, in the order of their start.
    starts
        Times (s) from the start of each job to that of its first quantum.
    compute
        Wall times (s) of all quanta.
    compute_cpu
        CPU time (s) of all quanta.
    memory
        Largest memory (MiB) of a process.
    final
        Wall time of the final job (s).
    """

    node_jobs: Sequence[SlurmJob]
    attempts: Sequence[Attempt]
    starts: Sequence[float]
    compute: Sequence[float]
    compute_cpu: float
    memory: float
    final: float

    @property
    def queue(self) -> float:
        """Time (s) that Slurm's jobs waited for the node."""
        return sum(job.started - job.submitted for job in self.node_jobs)

    @property
    def worker_start(self) -> float:
        """Time (s) from the start of Slurm's first job to that of the first
        job on it.
        """
        return min(each.started for each in self.attempts) - min(job.started for job in self.node_jobs)

    @property
    def wall(self) -> float:
        """Time (s) from the start of the first job to the end of the last."""
        ends = [each.ended for each in self.attempts if each.ended is not None]
        return max(ends) - min(each.started for each in self.attempts)

    @property
    def cpu(self) -> float:
        """CPU time (s) of all jobs."""
        return sum(each.cpu for each in self.attempts)

    def format(self) -> str:
        """Format the costs as a table."""
        jobs, count = len(self.attempts), len(self.compute)
        start, compute = sum(self.starts), sum(self.compute)
        rows = [
            ("Slurm jobs", f"{len(self.node_jobs)}", "blocks of workers"),
            ("jobs", f"{jobs}", f"of {count / jobs:.1f} templates"),
            ("queue", f"{self.queue:.0f} s", "until Slurm starts the workers"),
            ("workers", f"{self.worker_start:.1f} s", "until they take the first job"),
            ("start", f"{start:.1f} s", f"of all jobs: {_each(start, self.start_cpu, jobs, 'job')}"),
            (
                "compute",
                f"{compute:.1f} s",
                f"of all templates: {_each(compute, self.compute_cpu, count, 'template')}",
            ),
            ("final job", f"{self.final:.1f} s", "until the registry knows all templates"),
            ("wall time", f"{self.wall:.1f} s", "from the first job to the end of the last"),
            ("memory", f"{self.memory:.0f} MiB", "of the largest process"),
        ]
        return "\n".join(f"  {name:10}  {value:>9}  {meaning}" for name, value, meaning in rows)

    @property
    def start_cpu(self) -> float:
        """CPU time (s) of jobs outside their quanta."""
        return self.cpu - self.compute_cpu


def _each(wall: float, cpu: float, count: int, what: str) -> str:
    """Describe the mean cost of one item."""
    return f"{wall / count:.2f} s per {what}, {cpu / count:.2f} s of CPU time"


def read_attempts(submit_folder: pathlib.Path) -> list[Attempt]:
    """Read the lines that `CLOCK` wrote to the logs of the jobs.

    Parameters
    ----------
    submit_folder
        Folder of the submission.

    Returns
    -------
    attempts
        All executions of jobs, in the order of their start.
    """
    attempts: list[Attempt] = []
    for path in (submit_folder / "logs").rglob("*.stdout"):
        attempts += _parse_attempts(path.stem, path.read_text())
    return sorted(attempts, key=lambda attempt: attempt.started)


def _parse_attempts(job: str, text: str) -> list[Attempt]:
    found = []
    for part in re.split(r"^started ", text, flags=re.MULTILINE)[1:]:
        started = float(part.split(maxsplit=1)[0])
        end = re.search(r"^ended (\S+) (\d+)\n.*\n(\S+) (\S+)$", part, flags=re.MULTILINE)
        if end is None:
            found.append(Attempt(job, started))
            continue
        cpu = sum(_parse_minutes(each) for each in end.groups()[2:])
        found.append(Attempt(job, started, float(end[1]), int(end[2]), cpu))
    return found


def _parse_minutes(text: str) -> float:
    """Parse a time as bash prints it, such as "0m1.250s"."""
    minutes, seconds = text.rstrip("s").split("m")
    return 60 * float(minutes) + float(seconds)


def measure_jobs(submit_folder: pathlib.Path, butler: Butler, node_jobs: Sequence[SlurmJob]) -> Costs:
    """Compute the costs of an undisturbed submission.

    Parameters
    ----------
    submit_folder
        Folder of the submission.
    butler
        Butler with the templates in its default collections.
    node_jobs
        Slurm's jobs.

    Returns
    -------
    costs
        Costs of the jobs.
    """
    attempts = read_attempts(submit_folder)
    quanta = [butler.get(ref)["quantum"] for ref in butler.query_datasets(f"{TASK}_metadata")]
    starts = []
    for attempt in attempts:
        # The metadata do not name the job, but its log says when it was ready.
        log = next((submit_folder / "logs").rglob(f"{attempt.job}.stderr")).read_text()
        first = re.search(r"^\w+ (\S+) \S+ .*Preparing execution of quantum", log, flags=re.MULTILINE)
        if first is not None:
            starts.append(_timestamp(first[1]) - attempt.started)
    final_out, final_err = (
        next((submit_folder / "logs").rglob(f"finalJob.{name}")).stat().st_mtime
        for name in ("stdout", "stderr")
    )
    return Costs(
        node_jobs=node_jobs,
        attempts=attempts,
        starts=starts,
        compute=[_timestamp(quantum["endUtc"]) - _timestamp(quantum["prepUtc"]) for quantum in quanta],
        compute_cpu=sum(quantum["endCpuTime"] - quantum["prepCpuTime"] for quantum in quanta),
        memory=max(quantum["endMaxResidentSetSize"] for quantum in quanta) / MEBIBYTE,
        # All output goes to stderr.
        final=final_err - final_out,
    )


def _timestamp(text: str) -> float:
    """Return a time in UTC as seconds since the epoch."""
    when = datetime.datetime.fromisoformat(text)
    if when.tzinfo is None:
        when = when.replace(tzinfo=datetime.UTC)
    return when.timestamp()
