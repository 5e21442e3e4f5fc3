# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults in runs of the pipeline: each is injected into a copy of a
repository, which is then inspected, and repaired by running the pipeline
again.
"""

from __future__ import annotations

import collections
import dataclasses
import json
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence

import numpy as np
from astropy.io import fits
from lsst.daf.butler import Butler

from .runs import RESUME, TEMPLATE, Outputs, Pipetask, limited
from .survey import COADDS, SKYMAP, SmallSurvey

__all__ = ("FaultInjector", "report")

RUN = "templates"
PREPARING = "Preparing execution of quantum"
UNSHARE = ("unshare", "-m", *(("-Ur",) if os.getuid() else ()), "sh", "-e", "-c")
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclasses.dataclass
class FaultInjector:
    """Injects faults into runs, and checks that they do no harm.

    Each fault is injected into a run in a new copy of a repository. What it
    leaves is compared with the outputs of an undisturbed run.

    Parameters
    ----------
    folder
        Folder for the repositories.
    seed
        Seed of the random moments, places and kinds of faults.
    survey
        What is in the repository.
    """

    folder: pathlib.Path
    seed: int
    survey: SmallSurvey = dataclasses.field(default_factory=SmallSurvey)

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng(self.seed)
        self.figures: collections.Counter = collections.Counter()
        self.problems: list[str] = []
        self._outputs_without: dict[int, Outputs] = {}
        self._copies = 0
        self._pristine = self.folder / "pristine"
        self.survey.write(self._pristine)
        self._no_work = {d for d in self.survey.detectors if d.astray or not d.has_wcs}
        repo = self.copy()
        quanta = len(self.survey.detectors)
        start = time.monotonic()
        with Pipetask(repo, RUN) as task:
            task.wait_for_log(PREPARING)
            self._startup = time.monotonic() - start
            # The first quantum may have to compile the kernels.
            task.wait_for_log(PREPARING, 2)
            second = time.monotonic()
            self.check("an undisturbed run ends well", task.finish() == 0, task)
            self._pace = (time.monotonic() - second) / (quanta - 1)
        self.expected = Outputs(repo, RUN)
        self.check(
            "it makes all templates", len(self.expected.templates) == quanta - len(self._no_work), task
        )
        self.check("it leaves nothing partial", not self.expected.partial, task)

    def check(self, what: str, holds: bool, *details: object) -> None:
        """Count a check, and note a failure."""
        self.figures["checks"] += 1
        if not holds:
            texts = (item.log[-2000:] if isinstance(item, Pipetask) else str(item) for item in details)
            self.problems.append(f"Not so: {what}.\n" + "\n".join(texts))

    def copy(self) -> pathlib.Path:
        """Return a new repository without templates."""
        self._copies += 1
        return pathlib.Path(shutil.copytree(self._pristine, self.folder / f"repo{self._copies}"))

    def look(self, repo: pathlib.Path, run: str = RUN, others: Sequence[Outputs] = ()) -> Outputs:
        """Look at what a fault has left, and check that nothing is wrong.

        Templates may also be those of ``others``.
        """
        outputs = Outputs(repo, run)
        wrong = outputs.differing(self.expected, *others)
        self.figures["wrong templates"] += len(wrong)
        self.figures["partial datasets"] += len(outputs.partial)
        self.check("no template is wrong", not wrong, wrong)
        self.check("no dataset is partial", not outputs.partial, outputs.partial)
        return outputs

    def resume(self, repo: pathlib.Path, before: Outputs, others: Sequence[Outputs] = ()) -> None:
        """Run again to the end, and check that nothing is done twice."""
        with Pipetask(repo, RUN, *(RESUME if before.exists else ())) as task:
            # The status of a run that has nothing to do is not 0.
            well = task.finish() == 0 or "QuantumGraph contains no quanta" in task.log
            self.check("a resumed run ends well", well, task)
        self.figures["runs resumed"] += 1
        after = self.look(repo, others=others)
        # A quantum of which all inputs had vanished is done, without work.
        wanted = set.intersection(*(set(outputs.templates) for outputs in (self.expected, *others)))
        missing = wanted - after.templates.keys()
        self.check("all templates are there after resuming", not missing, missing, task)
        self.check("every quantum has metadata", after.metadata.keys() == self.expected.metadata.keys(), task)
        strays = set(after.strays) - set(after.temporary)
        self.check("no file but temporary ones is left over", not strays, *strays)
        self._check_kept(before, after, task)
        shutil.rmtree(repo)

    def _check_kept(self, before: Outputs, after: Outputs, task: Pipetask) -> None:
        for key in before.metadata.keys() & before.templates.keys():
            old, new = before.templates[key], after.templates.get(key)
            same = new is not None and (old.ref.id, old.modified) == (new.ref.id, new.modified)
            self.check("a finished quantum is not done again", same, key, task)

    def kill(self, *moments: str, processes: int = 1) -> None:
        """Kill a run at a moment of each kind, and resume it.

        Moments are random: in "startup", during a "quantum", or when a
        template is being written ("writing").
        """
        repo = self.copy()
        before = Outputs(repo, RUN)
        for moment in moments:
            resume = RESUME if before.exists else ()
            with Pipetask(repo, RUN, "-j", str(processes), *resume) as task:
                self._wait_for(moment, task, repo)
                self.figures["kills survived"] += task.kill()
            after = self.look(repo)
            self._check_kept(before, after, task)
            self.figures["templates there when killed"] += len(after.templates)
            self.figures["kills while writing"] += len(after.temporary) > len(before.temporary)
            before = after
        self.resume(repo, before)

    def _wait_for(self, moment: str, task: Pipetask, repo: pathlib.Path) -> None:
        """Wait for a random moment of some kind."""
        if moment == "startup":
            time.sleep(self.rng.uniform(0, self._startup))
            return
        # Early enough that some are left, also for the next kill.
        first = int(self.rng.integers(1, max(3, len(self.survey.detectors) // 3 + 1)))
        task.wait_for_log(PREPARING, first)
        if moment == "quantum":
            time.sleep(self.rng.uniform(0, self._pace))
        else:
            old = set(_being_written(repo))
            task.wait_until(lambda: set(_being_written(repo)) - old, pause=0.001)

    def full_disk(self) -> None:
        """Let no file become as large as a template."""
        repo = self.copy()
        limit = 1_300_000
        with Pipetask(repo, RUN, prepare=limited(resource.RLIMIT_FSIZE, limit), where="visit=1") as task:
            self.check("a run that cannot write fails", task.finish() > 0, task)
        self.check("it tells why", "File too large" in task.log, task)
        before = self.look(repo)
        self.check("it leaves no part of a large template", (1, 1) not in before.templates)
        self.figures["disks full"] += 1
        self.resume(repo, before)

    def full_tmpfs(self, size: int) -> bool:
        """Run in a file system with little free space (bytes); False if the
        system does not allow to make one.
        """
        mount = self.folder / "mount"
        mount.mkdir(exist_ok=True)
        if not _can_mount(mount):
            self.figures["file systems refused"] += 1
            return False
        repo = self.copy()
        inside = mount / "repo"
        # Whole pages are taken.
        used = sum(-(-path.stat().st_size // PAGE) * PAGE for path in repo.rglob("*"))
        script = (
            f"mount -t tmpfs -o size={used + size} tmpfs {mount}; cp -a {repo} {inside}; "
            f'"$@" && status=0 || status=$?; rm -r {repo}; cp -a {inside} {repo}; exit $status'
        )
        with Pipetask(inside, RUN, wrapper=[*UNSHARE, script, "sh"]) as task:
            status = task.finish()
        told = "No space left" in task.log or "disk is full" in task.log
        self.check("a full disk is told", status == 0 or told, task)
        self.figures["disks full"] += status != 0
        self.resume(repo, self.look(repo))
        return True

    def rot(self, how: str) -> None:
        """Damage a coadd while a run goes on."""
        patch = int(self.rng.integers(4))
        # A file that is not there when a quantum starts is an input that was
        # never made, for all that the middleware lets the task know.
        others = [self._without(patch)] if how == "vanished" else []
        repo = self.copy()
        path = _coadd_path(repo, patch)
        intact = path.read_bytes()
        with Pipetask(repo, RUN) as task:
            # Early enough that some still have to read the file.
            task.wait_for_log(PREPARING, int(self.rng.integers(1, len(self.survey.detectors) // 2)))
            time.sleep(self.rng.uniform(0, self._pace))
            _damage(path, how, self.rng)
            status = task.finish()
        before = self.look(repo, others=others)
        incomplete = before.differing(self.expected)
        told = not incomplete or "No dataset artifact found" in task.log
        self.check("a coadd that is left out is told", told, task)
        failed = self.expected.templates.keys() - before.templates.keys()
        # With its only coadd gone before it starts, a quantum has no work.
        certain = failed.intersection(*(outputs.templates for outputs in others))
        self.check("failures are told", bool(certain) <= (status != 0) <= bool(failed), status, failed, task)
        self.check("a run survives damaged files", status >= 0, status, task)
        named = status == 0 or re.search(r"of the coadd of tract 0, patch \d", task.log)
        self.check("the damaged coadd is named", bool(named), task)
        self.figures[f"coadds damaged ({how})"] += 1
        self.figures["quanta that failed for it"] += len(failed)
        self.figures["templates without it"] += len(incomplete)
        path.write_bytes(intact)
        self.resume(repo, before, others)

    def _without(self, patch: int) -> Outputs:
        """Return the outputs of a run that never had some coadd."""
        if patch not in self._outputs_without:
            repo = self.copy()
            _coadd_path(repo, patch).unlink()
            with Pipetask(repo, RUN) as task:
                self.check("a run without a coadd ends well", task.finish() == 0, task)
            self._outputs_without[patch] = Outputs(repo, RUN)
            shutil.rmtree(repo)
        return self._outputs_without[patch]

    def two_at_once(self, where: str = "") -> None:
        """Run twice at once, into different collections."""
        repo = self.copy()
        with (
            Pipetask(repo, "first", where=where) as one,
            Pipetask(repo, "second", "-j", "2", where=where) as other,
        ):
            for task in (one, other):
                self.check("both runs at once end well", task.finish() == 0, task)
        first, second = (self.look(repo, run).templates.keys() for run in ("first", "second"))
        self.check("both make the same templates", first == second, first, second)
        self.check("both make all templates", bool(where) or first == self.expected.templates.keys(), first)
        self.figures["runs at once"] += 2
        shutil.rmtree(repo)

    def little_memory(self) -> None:
        """Run with too little memory for a huge template."""
        repo = self.copy()
        with Pipetask(
            repo,
            RUN,
            *("-c", "buildTemplate:templateBorderSize=20000"),
            prepare=limited(resource.RLIMIT_AS, 6 << 30),
            where="visit=1 AND detector=1",
        ) as task:
            status = task.finish()
        self.check("a run without memory fails", status > 0, status, task)
        self._check_told(task)
        self.check("nothing is written then", not self.look(repo).templates)
        shutil.rmtree(repo)

    def no_more_memory(self, size: int) -> None:
        """Let a run have little more memory (bytes) than it has already."""
        repo = self.copy()
        with Pipetask(repo, RUN) as task:
            if task.wait_for_log(PREPARING, int(self.rng.integers(1, 4))):
                task.limit_memory(size)
            status = task.finish()
        # A stack that cannot grow ends a process without a word.
        self.check("a run without memory ends", status != -signal.SIGKILL, task)
        if status > 0:
            self._check_told(task)
        self.figures["runs without memory that crashed"] += status < 0
        self.resume(repo, self.look(repo))

    def _check_told(self, task: Pipetask) -> None:
        told = "MemoryError" in task.log or re.search("allocate|memory", task.log)
        self.check("a lack of memory is told", bool(told), task)
        self.figures["runs without memory"] += 1

    def bad_detectors(self) -> None:
        """Let a coadd be corrupt from the start: others are not affected."""
        repo = self.copy()
        path = _coadd_path(repo, 3)
        intact = path.read_bytes()
        _damage(path, "truncated", self.rng)
        graph = repo / "run.qg"
        with Pipetask(repo, RUN, "--save-qgraph", str(graph)) as task:
            self.check("a run with failures has a status that tells", task.finish() > 0, task)
        before = self.look(repo)
        affected = {key for key, product in self.expected.templates.items() if 3 in product.patches}
        wanted = self.expected.templates.keys() - affected
        self.check("the other detectors are done", before.templates.keys() == wanted, *before.templates)
        failed, no_work = report(repo, graph)
        self.check("the report tells which failed", failed == affected, failed)
        self.check("no work is no failure", no_work == len(self._no_work), no_work)
        self.check("the reason is told", "of the coadd of tract 0, patch 3" in task.log, task)
        path.write_bytes(intact)
        self.resume(repo, before)


def report(repo: pathlib.Path, graph: pathlib.Path) -> tuple[set[tuple[int, int]], int]:
    """Ask ``pipetask report`` what failed, and how many had no work."""
    output = repo / "report.json"
    command = pathlib.Path(sys.executable).with_name("pipetask")
    arguments = ["report", str(repo), str(graph), "--force-v2", "--full-output-filename", str(output)]
    subprocess.run([str(command), *arguments], check=True, capture_output=True)
    task = json.loads(output.read_text())["tasks"]["buildTemplate"]
    failed = {(item["data_id"]["visit"], item["data_id"]["detector"]) for item in task["failed_quanta"]}
    return failed, sum(len(quanta) for quanta in task["caveats"].values())


def _coadd_path(repo: pathlib.Path, patch: int) -> pathlib.Path:
    with Butler.from_config(str(repo), collections=[COADDS]) as butler:
        uri = butler.getURI("goodSeeingCoadd", skymap=SKYMAP, tract=0, patch=patch, band="r")
        return pathlib.Path(uri.ospath)


def _can_mount(folder: pathlib.Path) -> bool:
    """Tell whether a file system can be made, seen only by its process."""
    if shutil.which(UNSHARE[0]) is None:
        return False
    command = [*UNSHARE, f"mount -t tmpfs tmpfs {folder}"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _being_written(repo: pathlib.Path) -> list[pathlib.Path]:
    """Return the temporary files of templates."""
    return [path for path in (repo / RUN / TEMPLATE).rglob(".*") if path.is_file()]


def _damage(path: pathlib.Path, how: str, rng: np.random.Generator) -> None:
    """Make a file vanish, cut it, or change a byte of its pixels."""
    match how:
        case "vanished":
            path.unlink()
        case "truncated":
            os.truncate(path, int(rng.integers(0, path.stat().st_size)))
        case "corrupted":
            with fits.open(path, disable_image_compression=True) as hdus:
                info = hdus[int(rng.integers(1, 4))].fileinfo()
            position = int(rng.integers(info["datLoc"], info["datLoc"] + info["datSpan"]))
            with open(path, "r+b") as file:
                file.seek(position)
                byte = file.read(1)[0]
                file.seek(position)
                file.write(bytes([byte ^ int(rng.integers(1, 256))]))
        case _:
            raise ValueError(f"Unknown damage {how!r}.")
