# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""The long form of the fault suite, with 20,000 hostile files beside it and
property tests of other examples than usual before it.

``python tests/soak.py --seed S`` repeats the faults of a run. Processes meet
them at other moments, though: only the hostile files are the same.
"""

from __future__ import annotations

import itertools
import os
import pathlib
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable

# The submission files, and what runs them, are beside this folder.
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from faults.batch import BatchFaultInjector
from faults.injector import FaultInjector
from faults.survey import MANY, SmallSurvey
from lsst.ip.diffim.commandLine import CommandParser

from bps.private_slurm import SlurmMissingError

ROOT = pathlib.Path(__file__).resolve().parents[1]
FUZZ = ROOT / "standalone" / "tests" / "fuzz_reader.py"
MEBIBYTE = 1 << 20
FUZZ_PATIENCE = 180.0
"""Time (s) that hostile files may take longer than the faults."""


def main() -> int:
    """Run all, print figures, return the exit status."""
    parser = CommandParser(
        "python tests/soak.py",
        "Cause faults at random moments, and read hostile files.",
        """
        python tests/soak.py
        python tests/soak.py --seed 20261123 --minutes 2 --files 1000
        """,
        """
        Another run with the same seed has the same faults, but processes meet
        them at other moments; only the hostile files are exactly the same.
        """,
    )
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**32), help="seed of random numbers")
    parser.add_argument("--minutes", type=float, default=15.0, help="time for the faults")
    parser.add_argument("--files", type=int, default=20000, help="number of hostile files")
    args = parser.parse_args()
    print(f"seed: {args.seed}", flush=True)
    hold = _try_properties(args.seed)
    # What is started here is then ended, too, as after an interrupt.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="soak", ignore_cleanup_errors=True) as name:
        folder = pathlib.Path(name)
        # Killed processes leave files of their own.
        os.environ["TMPDIR"] = name
        with _Fuzzing(folder / "fuzz.log", args.seed, args.files) as fuzzing:
            injector = FaultInjector(folder, args.seed, SmallSurvey(MANY))
            try:
                _mistreat(injector, begin + 60 * args.minutes)
            finally:
                _print_figures(injector)
            fuzzed = fuzzing.finish()
    print(f"{(time.monotonic() - begin) / 60:.1f} minutes")
    return 1 if injector.problems or not fuzzed or not hold else 0


def _try_properties(seed: int) -> bool:
    """Run the property tests with examples that depend on a seed."""
    command = [sys.executable, "-m", "pytest", "-q", "-m", "hypothesis", f"--hypothesis-seed={seed}"]
    environment = os.environ | {"HYPOTHESIS_PROFILE": "random"}
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode == 0


class _Fuzzing:
    """The hostile files, read while the faults are done.

    Parameters
    ----------
    log_path
        File for what is printed meanwhile.
    seed, files
        Seed and number of the files.
    """

    def __init__(self, log_path: pathlib.Path, seed: int, files: int) -> None:
        self._log_path = log_path
        command = [sys.executable, str(FUZZ), "--seed", str(seed), "--files", str(files)]
        with open(log_path, "w") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)

    def __enter__(self) -> _Fuzzing:
        return self

    def __exit__(self, *error: object) -> None:
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def finish(self) -> bool:
        """Wait for the end, and print what was found; True if all is well."""
        try:
            status = self._process.wait(FUZZ_PATIENCE)
        except subprocess.TimeoutExpired:
            print("The hostile files were not all read in time.")
            status = None
        print(self._log_path.read_text(), end="")
        return status == 0


def _print_figures(injector: FaultInjector) -> None:
    for problem in injector.problems:
        print(problem)
    for figure, count in injector.figures.items():
        print(f"{figure}: {count}")
    print(f"failed checks: {len(injector.problems)}", flush=True)


def _mistreat(injector: FaultInjector, end: float) -> None:
    """Do all kinds of faults once, and most again until the time is over."""
    memory = itertools.cycle((0, 2, 16, 1, 8, 32, 4))
    disks = itertools.cycle((6, 1, 9, 3, 12, 4))
    kinds: list[Callable[[], object]] = [
        lambda: injector.kill("quantum", "writing", "quantum"),
        lambda: injector.rot("corrupted"),
        lambda: injector.kill("writing", "quantum", processes=2),
        lambda: injector.rot("truncated"),
        lambda: injector.kill("startup"),
        lambda: injector.rot("vanished"),
        lambda: injector.no_more_memory(next(memory) * MEBIBYTE),
        lambda: injector.full_tmpfs(next(disks) * MEBIBYTE) or injector.full_disk(),
    ]
    for once in (injector.bad_detectors, injector.full_disk, injector.two_at_once, injector.little_memory):
        _do(injector, once)
    for once in _batch_faults(injector):
        _do(injector, once)
    for kind in kinds:
        _do(injector, kind)
    for kind in itertools.cycle(kinds):
        if time.monotonic() > end:
            return
        _do(injector, kind)


def _batch_faults(injector: FaultInjector) -> list[Callable[[], object]]:
    """Return the faults of a batch system, if there is one."""
    try:
        batch = BatchFaultInjector(injector)
    except SlurmMissingError as err:
        print(f"Faults of a batch system are left out. {err}")
        return []
    return [
        batch.requeue,
        batch.kill_job,
        batch.kill_worker,
        lambda: batch.restart_node(outage=1.0),
        lambda: batch.restart_node(outage=25.0),
        batch.short_time,
        batch.little_memory,
    ]


def _do(injector: FaultInjector, fault: Callable[[], object]) -> None:
    begin, before = time.monotonic(), len(injector.problems)
    fault()
    state = "failed" if len(injector.problems) > before else "passed"
    print(f"{time.monotonic() - begin:6.1f} s, {state}: {dict(injector.figures)}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
