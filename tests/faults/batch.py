# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults of a batch system: each is done to a submission to a private Slurm
cluster, which is then looked at and, where jobs are left, submitted again.
"""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

from bps.private_slurm import PrivateSlurm, check_slurm
from bps.submission import BIN_FOLDER, CORES, MEMORY, Submitter, end_session, write_slurm_site

from .injector import PREPARING, FaultInjector
from .runs import TASK, TEMPLATE, Outputs
from .survey import INPUTS, INSTRUMENT, SKYMAP

__all__ = ("BatchFaultInjector",)

OUTPUT = "batch"
SERVICE = "lsst.ip.diffim.templateBatch.ReportingParslService"
PATIENCE = 400.0
QUICK = {"class": "faults.quick_slurm.QuickSlurm"}
TESTS = pathlib.Path(__file__).resolve().parents[1]


class BatchFaultInjector:
    """Injects faults into batch submissions.

    Parameters
    ----------
    injector
        Provides the repository, the templates of an undisturbed run, and
        the checks.

    Raises
    ------
    SlurmMissingError
        Raised if Slurm is not installed.
    """

    def __init__(self, injector: FaultInjector) -> None:
        check_slurm()
        self._injector = injector

    def requeue(self) -> None:
        """Let Slurm requeue its job while that computes."""

        def fault(run: _Run) -> None:
            (job,) = run.slurm.running()
            run.slurm.run("scontrol", "requeue", str(job))

        with self._disturb("requeued", fault) as run:
            # Slurm notes the first end of a job that is requeued as pending.
            run.expect_node_state("PENDING")
            run.expect_failures("ManagerLost")

    def kill_job(self) -> None:
        """Kill the process that builds templates."""

        def fault(run: _Run) -> None:
            run.kill(r"pipetask\0.*\0run-qbb\0")

        with self._disturb("job killed", fault) as run:
            run.expect_failures(r"BashExitFailure: .* unix exit code (137|-9)\b")

    def kill_worker(self) -> None:
        """Kill a worker of parsl, whose job goes on without it."""

        def fault(run: _Run) -> None:
            run.kill_parent_of(r"pipetask\0.*\0run-qbb\0")

        with self._disturb("worker killed", fault) as run:
            run.expect_failures("WorkerLost")

    def restart_node(self, outage: float) -> None:
        """Kill the daemon of the node, and start it after an outage (s)."""

        def fault(run: _Run) -> None:
            run.slurm.kill_node()
            time.sleep(outage)
            run.slurm.start_node()

        # The jobs of a node live on without its daemon.
        with self._disturb("slurmd killed", fault):
            pass

    def short_time(self) -> None:
        """Give workers a minute for jobs that need more."""
        # Whole minutes are the least that Slurm has; jobs are made to last.
        slow = {"walltime": "00:01:00", "cores_per_node": 1, "commandPrefix": "sleep 25"}
        with self._disturb("time over", None, **slow) as run:
            run.expect_node_state("TIMEOUT")
            run.expect_failures("ManagerLost")

    def little_memory(self) -> None:
        """Give workers less memory than they need, and then enough."""
        little = {"mem_per_node": 1, "retries": 0}
        with self._disturb("memory over", None, enough={"mem_per_node": MEMORY}, **little) as run:
            run.expect_node_state("OUT_OF_MEMORY|FAILED")
            run.expect_failures("ManagerLost")

    @contextlib.contextmanager
    def _disturb(
        self,
        what: str,
        fault: Callable[[_Run], None] | None,
        enough: dict[str, object] | None = None,
        **site: object,
    ) -> Iterator[_Run]:
        """Submit, disturb, look, and submit again what is left.

        The body of the context checks what was told of the fault.
        """
        injector = self._injector
        repo = injector.copy()
        folder = injector.folder / f"batch_{repo.name}"
        folder.mkdir()
        repo = repo.rename(folder / "repo")
        with PrivateSlurm(folder / "slurm", cpus=CORES, memory=1024 * MEMORY) as slurm:
            run = _Run(injector, folder, slurm)
            config = write_slurm_site(folder / "slurm.yaml", 2, **{**QUICK, "retries": 2, **site})
            with run.started(run.submitter.submit(config, output=OUTPUT)) as process:
                before: dict[pathlib.Path, int] = {}
                # What a site lacks is a fault from the beginning, which can
                # come before any quantum.
                if fault is not None:
                    run.wait_for_work(process)
                    before = run.finished()
                    fault(run)
                run.finish(process)
            first = run.submitter.submit_folder(OUTPUT)
            outputs = injector.look(repo, OUTPUT)
            done = run.finished()
            run.check_kept(before, done)
            report = run.report(first)
            left = injector.expected.metadata.keys() - outputs.metadata.keys()
            state = re.search(r"^.*(FAILED|SUCCEEDED) +\d+ +/", report, re.MULTILINE)
            told = state is not None and (state[1] == "FAILED") == bool(left)
            injector.check("bps report tells whether work is left", told, report)
            run.check_page(outputs)
            run.texts.append(report)
            if left:
                injector.figures["submissions repeated"] += 1
                if enough is None:
                    again = run.submitter.start("restart", "--wms-service-class", SERVICE, "--id", str(first))
                else:
                    config = write_slurm_site(folder / "enough.yaml", 2, **{**QUICK, **site, **enough})
                    options = ("--extra-qgraph-options", f"--skip-existing-in {OUTPUT}")
                    again = run.submitter.submit(config, *options, output=OUTPUT)
                with run.started(again) as process:
                    run.finish(process)
                latest = run.submitter.submit_folder(OUTPUT)
                report = run.report(latest)
                injector.check("bps report tells that all is done", "SUCCEEDED 100" in report, report)
                run.check_kept(done, run.finished())
            slurm.wait_for_jobs()
            yield run
        injector.figures[f"batch: {what}"] += 1
        injector.check("no process is left", not slurm.processes(), slurm.processes())
        after = injector.look(repo, OUTPUT)
        missing = injector.expected.templates.keys() - after.templates.keys()
        injector.check("all templates are there after resubmission", not missing, missing, *run.logs())
        same = after.metadata.keys() == injector.expected.metadata.keys()
        injector.check("every quantum has metadata", same, *run.logs())
        strays = set(after.strays) - set(after.temporary)
        injector.check("no file but temporary ones is left over", not strays, *strays)
        run.check_page(after)
        shutil.rmtree(folder)


class _Run:
    """A submission that is disturbed.

    Parameters
    ----------
    injector
        Where checks are counted.
    folder
        Folder with the repository.
    slurm
        Cluster.
    """

    def __init__(self, injector: FaultInjector, folder: pathlib.Path, slurm: PrivateSlurm) -> None:
        self._injector = injector
        self._folder = folder
        self.slurm = slurm
        self.texts: list[str] = []
        """What ``bps report`` told."""
        path = os.pathsep.join([str(TESTS), *os.environ.get("PYTHONPATH", "").split(os.pathsep)])
        self.submitter = Submitter(
            folder,
            INPUTS,
            f"instrument='{INSTRUMENT}' AND skymap='{SKYMAP}'",
            {**slurm.environment, "PYTHONPATH": path.rstrip(os.pathsep)},
        )

    @contextlib.contextmanager
    def started(self, process: subprocess.Popen) -> Iterator[subprocess.Popen]:
        """Leave nothing of a process behind."""
        try:
            yield process
        finally:
            end_session(process)

    def finish(self, process: subprocess.Popen) -> None:
        """Wait for the end of bps, which is to be a good one."""
        try:
            status: int | str = process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            status = "none in time"
        self._injector.check("bps ends well", status == 0, status, *self.logs())

    def wait_for_work(self, process: subprocess.Popen) -> None:
        """Wait until a random quantum is being computed."""
        count = int(self._injector.rng.integers(1, 4))
        end = time.monotonic() + PATIENCE
        while sum(text.count(PREPARING) for text in self._job_logs()) < count:
            if process.poll() is not None or time.monotonic() > end:
                self._injector.check("a quantum is begun", False, *self.logs())
                return
            time.sleep(0.01)

    def _job_logs(self) -> Iterator[str]:
        for path in self._folder.glob("submit/**/templates_*.stderr"):
            yield path.read_text(errors="replace")

    def logs(self) -> list[str]:
        """Return what was logged by bps and Slurm, for a failed check."""
        paths = [self.submitter.log_path, self._folder / "slurm" / "slurmctld.log"]
        return [path.read_text()[-2000:] for path in paths if path.exists()]

    def kill(self, pattern: str) -> None:
        """Kill one of the cluster's processes, by its command."""
        found = [pid for pid in self.slurm.processes() if re.search(pattern, _command(pid), re.DOTALL)]
        self._injector.figures["processes killed"] += bool(found)
        if found:
            os.kill(found[0], signal.SIGKILL)

    def kill_parent_of(self, pattern: str) -> None:
        """Kill the process that has started another by way of shells."""
        for pid in self.slurm.processes():
            if not re.search(pattern, _command(pid), re.DOTALL):
                continue
            parent = _parent(pid)
            while parent > 1 and re.match(r"\S*/?(ba)?sh\0", _command(parent)):
                parent = _parent(parent)
            if parent > 1:
                os.kill(parent, signal.SIGKILL)
                self._injector.figures["processes killed"] += 1
                return

    def finished(self) -> dict[pathlib.Path, int]:
        """Return when the templates of finished quanta were written."""
        metadata = {_quantum(path) for path in self.metadata()}
        repo = self._folder / "repo"
        return {
            path: path.stat().st_mtime_ns
            for path in repo.glob(f"{OUTPUT}/**/{TEMPLATE}_*")
            if path.is_file() and _quantum(path) in metadata
        }

    def metadata(self) -> list[pathlib.Path]:
        """Return the files by which quanta are known to be done."""
        return [*(self._folder / "repo").glob(f"{OUTPUT}/**/{TASK}_metadata_*")]

    def check_kept(self, before: dict[pathlib.Path, int], after: dict[pathlib.Path, int]) -> None:
        """Check that finished quanta were not done again."""
        changed = {path for path, when in before.items() if after.get(path) != when}
        self._injector.figures["templates kept"] += len(before) - len(changed)
        self._injector.check("a finished quantum is not done again", not changed, *changed)

    def report(self, submit_folder: pathlib.Path) -> str:
        """Return what ``bps report`` tells of a submission."""
        done = subprocess.run(
            [BIN_FOLDER / "bps", "report", "--wms-service-class", SERVICE, "--id", submit_folder],
            env=self.submitter.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        self._injector.check("bps report ends well", done.returncode == 0, done.stderr)
        return done.stdout

    def check_page(self, outputs: Outputs) -> None:
        """Check that the report's page tells which quanta are left.

        It knows the visits of which some detector is done.
        """
        done = outputs.metadata.keys()
        if not done:
            return
        visits = {visit for visit, _ in done}
        left = {key for key in self._injector.expected.metadata.keys() - done if key[0] in visits}
        folder = self._folder / "page"
        done = subprocess.run(
            [
                *(sys.executable, "-m", "lsst.ip.diffim.templateReport"),
                *(self._folder / "repo", OUTPUT, "-o", folder, "--pictures", "0"),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        self._injector.check("the report's page is written", done.returncode == 0, done.stderr)
        page = (folder / f"{OUTPUT}.html").read_text()
        data = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
        rows = json.loads(data[1])["rows"] if data else []
        told = {(row["visit"], row["detector"]) for row in rows if row["status"] == "not run"}
        self._injector.check("the report's page tells what is left", told == left, told, left)

    def expect_node_state(self, pattern: str) -> None:
        """Check how one of Slurm's jobs ended."""
        states = [job.state for job in self.slurm.ended()]
        met = any(re.fullmatch(pattern, state) for state in states)
        self._injector.check(f"a job of Slurm ended as {pattern}", met, states)

    def expect_failures(self, pattern: str) -> None:
        """Check that ``bps report`` told why attempts failed."""
        text = "\n".join(self.texts)
        self._injector.check(f"bps report tells of {pattern}", bool(re.search(pattern, text)), text)


def _quantum(path: pathlib.Path) -> str:
    """Return the part of a file's name that is common to its quantum."""
    return path.stem.removeprefix(f"{TASK}_metadata").removeprefix(TEMPLATE)


def _command(pid: int) -> str:
    """Return the command of a process, empty if that has ended."""
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
    except OSError:
        return ""


def _parent(pid: int) -> int:
    """Return the parent of a process, 0 if that has ended."""
    try:
        return int(pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
    except OSError:
        return 0
