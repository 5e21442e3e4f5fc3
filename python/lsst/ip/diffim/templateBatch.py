# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Batch submission with parsl, followed by ``bps report``."""

from __future__ import annotations

__all__ = ("RECORD", "ReportingParslService")

import contextlib
import dataclasses
import json
import math
import os
import pathlib
import socket
import subprocess
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, TextIO

from lsst.ctrl.bps import BaseWmsWorkflow, WmsJobReport, WmsRunReport, WmsSpecificInfo, WmsStates
from lsst.ctrl.bps.parsl import ParslService
from lsst.ctrl.bps.parsl.job import ParslJob
from lsst.ctrl.bps.parsl.workflow import ParslWorkflow

RECORD = "jobs.jsonl"
"""File in the submit folder that records what happened to the jobs."""

INIT, FINAL = "pipetaskInit", "finalJob"


class ReportingParslService(ParslService):
    """Batch service for parsl that supports ``bps report``.

    It keeps a record of its jobs, unlike the service of
    ``lsst.ctrl.bps.parsl``. The ID of a run is its submit folder, as for
    ``bps restart``.

    Parameters
    ----------
    config
        Configuration of the submission.
    """

    def submit(self, workflow: BaseWmsWorkflow, **kwargs: Any) -> None:
        """Submit a workflow and wait until it ends.

        Parameters
        ----------
        workflow
            Prepared workflow.
        **kwargs
            Additional settings, which are ignored.
        """
        workflow.run_id = workflow.path
        _run(workflow, "submitted", workflow.start)

    def restart(self, out_prefix: str) -> tuple[str, str, str]:
        """Run the jobs of a workflow that have not succeeded yet.

        Parameters
        ----------
        out_prefix
            Submit folder of the workflow.

        Returns
        -------
        wms_id, run_name
            Name of the run.
        message
            Problems with the restart; always empty.
        """
        workflow = ParslWorkflow.read(out_prefix)
        _run(workflow, "restarted", workflow.restart)
        return workflow.name, workflow.name, ""

    def report(
        self,
        wms_workflow_id: str | None = None,
        user: str | None = None,
        hist: float = 0,
        pass_thru: str | None = None,
        is_global: bool = False,
        return_exit_codes: bool = False,
    ) -> tuple[list[WmsRunReport], str]:
        """Report on a submission.

        Parameters
        ----------
        wms_workflow_id
            Submit folder. Listing all submissions is not supported.
        user, hist, pass_thru, is_global
            Ignored, as only one submission is reported on.
        return_exit_codes
            Ignored, as exit codes are always reported.

        Returns
        -------
        reports
            Report on the submission; empty if there is none.
        message
            Why there is no report, or what needs attention.
        """
        if wms_workflow_id is None:
            return [], "parsl keeps no list of submissions. Name one with --id SUBMIT_FOLDER."
        path = pathlib.Path(wms_workflow_id).resolve()
        if not (path / RECORD).is_file():
            return [], f"There is no record of a submission with parsl in {path / RECORD}."
        report, message = _Record.read(path).report()
        return [report], message

    def get_status(
        self, wms_workflow_id: str | None = None, hist: float = 1, is_global: bool = False
    ) -> tuple[WmsStates, str]:
        """Return the state of a submission.

        Parameters
        ----------
        wms_workflow_id
            Submit folder.
        hist, is_global
            Ignored.

        Returns
        -------
        state
            State of the run.
        message
            Why there is no report, or what needs attention.
        """
        reports, message = self.report(wms_workflow_id)
        return (reports[0].state if reports else WmsStates.UNKNOWN), message


def _run(workflow: ParslWorkflow, event: str, start: Callable[[], None]) -> None:
    """Run a workflow to completion, and record its jobs."""
    with open(pathlib.Path(workflow.path) / RECORD, "a") as file:
        writer = _Writer(workflow, file)
        workflow.parsl_config.retry_handler = writer.judge_failure
        writer.begin(event)
        with writer.local_job(workflow.jobs.get(INIT)):
            start()
        futures = workflow.run(block=False)
        jobs = [job for job in workflow.jobs.values() if job.future is not None]
        for job in jobs:
            job.future.add_done_callback(partial(writer.end_job, job))
        for future in futures:
            # Wait until the job ends. Failures are in the record.
            if future is not None:
                future.exception()
        workflow.shutdown()
        for job in jobs:
            writer.end_job(job, job.future)
        with writer.local_job(workflow.final):
            workflow.finalize_jobs()
        writer.write(event="ended")


class _Writer:
    """Writer for the record of a run, one line of JSON per event.

    Parameters
    ----------
    workflow
        Workflow that is run.
    file
        File to write to.
    """

    def __init__(self, workflow: ParslWorkflow, file: TextIO) -> None:
        self._workflow = workflow
        self._file = file
        self._lock = threading.Lock()
        self._ended: set[str] = set()
        self._by_log = {job.stderr: job for job in workflow.jobs.values()}

    def write(self, **event: Any) -> None:
        """Write a line."""
        with self._lock:
            self._file.write(json.dumps(event) + "\n")
            self._file.flush()

    def begin(self, event: str) -> None:
        """Record the jobs of the run, and which process submits them."""
        workflow, config = self._workflow, self._workflow.bps_config
        jobs = [*workflow.jobs.values(), *([] if workflow.final is None else [workflow.final])]
        self.write(
            event=event,
            host=socket.gethostname(),
            process=os.getpid(),
            run=workflow.name,
            jobs={job.name: job.generic.label for job in jobs},
            **{
                name: str(config.search(name, {"default": ""})[1])
                for name in ("operator", "project", "campaign", "payloadName")
            },
        )

    def judge_failure(self, error: Exception, task: dict[str, Any]) -> float:
        """Record why an attempt failed, and return its cost.

        parsl repeats a job until its total cost exceeds ``retries``. An exit
        status listed in ``retryUnlessExit`` exceeds it at once.

        Parameters
        ----------
        error
            Error of the attempt.
        task
            parsl's record of the job.

        Returns
        -------
        cost
            Cost of the failure.
        """
        job = self._by_log[task["kwargs"]["stderr"]]
        self.write(event="failure", name=job.name, reason=f"{type(error).__name__}: {error}")
        final = job.generic.retry_unless_exit or []
        final = [final] if isinstance(final, int) else final
        return math.inf if getattr(error, "exitcode", None) in final else 1

    def end_job(self, job: ParslJob, future: Any) -> None:
        """Record how a job ended, unless that has been done."""
        with self._lock:
            if job.name in self._ended:
                return
            self._ended.add(job.name)
        error = future.exception()
        self.write(
            event="job",
            name=job.name,
            succeeded=error is None,
            status=getattr(error, "exitcode", None),
        )

    @contextlib.contextmanager
    def local_job(self, job: ParslJob | None) -> Iterator[None]:
        """Record how a job that runs on the submitting machine ends."""
        if job is None:
            yield
            return
        try:
            yield
        except subprocess.CalledProcessError as err:
            self.write(event="failure", name=job.name, reason=str(err))
            self.write(event="job", name=job.name, succeeded=False, status=err.returncode)
            raise
        self.write(event="job", name=job.name, succeeded=True, status=None)


@dataclasses.dataclass
class _Record:
    """Record of a submission.

    Parameters
    ----------
    path
        Submit folder.
    begin
        Event of the latest start of the run.
    ended
        Whether the run ended after that.
    jobs
        Latest end event of each job.
    failures
        Reasons of failed attempts, by job.
    """

    path: pathlib.Path
    begin: dict[str, Any] = dataclasses.field(default_factory=dict)
    ended: bool = False
    jobs: dict[str, dict[str, Any]] = dataclasses.field(default_factory=dict)
    failures: dict[str, list[str]] = dataclasses.field(default_factory=dict)

    @classmethod
    def read(cls, path: pathlib.Path) -> _Record:
        """Read the record in a submit folder.

        Raises
        ------
        ValueError
            Raised if the record is damaged.
        """
        record = cls(path)
        text = (path / RECORD).read_text()
        # An incomplete line is still being written.
        for number, line in enumerate(text[: text.rfind("\n") + 1].splitlines(), 1):
            try:
                record._add(json.loads(line))
            except (ValueError, KeyError, TypeError) as err:
                raise ValueError(f"Line {number} of {path / RECORD} is damaged: {err!r}.") from err
        return record

    def _add(self, event: dict[str, Any]) -> None:
        match event["event"]:
            case "submitted" | "restarted":
                self.begin, self.ended = event, False
                # Jobs that failed are run again.
                self.jobs = {name: job for name, job in self.jobs.items() if job["succeeded"]}
                self.jobs.pop(FINAL, None)
            case "job":
                self.jobs[event["name"]] = event
            case "failure":
                self.failures.setdefault(event["name"], []).append(event["reason"])
            case "ended":
                self.ended = True
            case other:
                raise ValueError(f"event {other!r} is unknown")

    @property
    def alive(self) -> bool:
        """Whether the submitting process may still be running."""
        if self.ended:
            return False
        if self.begin["host"] != socket.gethostname():
            return True
        return pathlib.Path(f"/proc/{self.begin['process']}").exists()

    def _state(self, name: str) -> WmsStates:
        if name in self.jobs:
            return WmsStates.SUCCEEDED if self.jobs[name]["succeeded"] else WmsStates.FAILED
        if not self.alive:
            return WmsStates.READY
        if name == FINAL:
            return WmsStates.UNREADY
        started = any((self.path / "logs").rglob(f"{name}.stderr"))
        return WmsStates.RUNNING if started else WmsStates.PENDING

    def report(self) -> tuple[WmsRunReport, str]:
        """Return the report, and a message for its reader."""
        if not self.begin:
            raise ValueError(f"{self.path / RECORD} has no beginning.")
        jobs = [
            WmsJobReport(wms_id=name, name=name, label=label, state=self._state(name))
            for name, label in self.begin["jobs"].items()
        ]
        counts = Counter(job.state for job in jobs)
        message = ""
        if self.alive:
            state = WmsStates.RUNNING
        elif counts[WmsStates.SUCCEEDED] == len(jobs):
            state = WmsStates.SUCCEEDED
        else:
            state = WmsStates.FAILED
            if not self.ended:
                message = f"Process {self.begin['process']}, which submitted the run, has died. "
            message += f"bps restart --id {self.path} runs the jobs that have not succeeded."
        codes: dict[str, list[int]] = {job.label: [] for job in jobs}
        for job in jobs:
            status = self.jobs.get(job.name, {}).get("status")
            if status is not None:
                codes[job.label].append(status)
        report = WmsRunReport(
            wms_id=str(self.path),
            global_wms_id=str(self.path),
            path=str(self.path),
            label=self.begin["run"],
            run=self.begin["run"],
            project=self.begin["project"],
            campaign=self.begin["campaign"],
            payload=self.begin["payloadName"],
            operator=self.begin["operator"],
            run_summary=";".join(f"{label}:{n}" for label, n in Counter(job.label for job in jobs).items()),
            state=state,
            jobs=jobs,
            total_number_jobs=len(jobs),
            job_state_counts={each: counts[each] for each in WmsStates},
            exit_code_summary=codes,
            specific_info=self._failures(),
        )
        return report, message

    def _failures(self) -> WmsSpecificInfo:
        """Describe why attempts of jobs failed."""
        info = WmsSpecificInfo()
        for number, (name, failures) in enumerate(sorted(self.failures.items())):
            key = f"failures{number}"
            times = "once" if len(failures) == 1 else f"{len(failures)} times"
            info.add_message(f"{{{key}}}", {key: f"{name} failed {times}: {'; '.join(failures)}"})
        return info
