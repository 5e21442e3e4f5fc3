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

"""The long form of the fault suite, with 20,000 hostile files beside it.

``python tests/soak.py --seed S`` repeats the faults of a run. Processes meet
them at other moments, though: only the hostile files are the same.
"""

from __future__ import annotations

import argparse
import itertools
import pathlib
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable

from faults.scene import MANY, Scene
from faults.yard import Yard

FUZZ = pathlib.Path(__file__).resolve().parents[1] / "standalone" / "tests" / "fuzz_reader.py"
MEBIBYTE = 1 << 20


def main() -> int:
    """Run all, print figures, return the exit status."""
    parser = argparse.ArgumentParser(prog="soak.py", description=__doc__)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**32), help="seed of random numbers")
    parser.add_argument("--minutes", type=float, default=25.0, help="time for the faults")
    parser.add_argument("--files", type=int, default=20000, help="number of hostile files")
    args = parser.parse_args()
    print(f"seed: {args.seed}", flush=True)
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="soak") as name:
        folder = pathlib.Path(name)
        with open(folder / "fuzz.log", "w") as log:
            arguments = ["--seed", str(args.seed), "--files", str(args.files)]
            fuzzing = subprocess.Popen([sys.executable, str(FUZZ), *arguments], stdout=log, stderr=log)
        try:
            yard = Yard(folder, args.seed, Scene(MANY))
            _mistreat(yard, begin + 60 * args.minutes)
            fuzz_status = fuzzing.wait()
        finally:
            fuzzing.kill()
        print((folder / "fuzz.log").read_text())
    for problem in yard.problems:
        print(problem)
    for figure, count in yard.figures.items():
        print(f"{figure}: {count}")
    print(f"failed checks: {len(yard.problems)}")
    print(f"{(time.monotonic() - begin) / 60:.1f} minutes")
    return 1 if yard.problems or fuzz_status else 0


def _mistreat(yard: Yard, end: float) -> None:
    """Do all kinds of faults, and again until the time is over."""
    sizes = iter((900, 1200, 1600, 2000, 2400, 3000, 4000))
    disks = itertools.cycle((6, 1, 9, 3, 12, 4))
    kinds: list[Callable[[], object]] = [
        lambda: yard.kill(3),
        lambda: yard.rot("corrupted"),
        lambda: yard.kill(2, "-j", "2"),
        lambda: yard.rot("truncated"),
        lambda: yard.kill(1, startup=True),
        lambda: yard.rot("vanished"),
        lambda: yard.little_memory(next(sizes, 1500) * MEBIBYTE),
        lambda: yard.full_tmpfs(next(disks) * MEBIBYTE),
    ]
    for once in (yard.bad_detectors, yard.full_disk, yard.two_at_once, yard.little_memory):
        _do(yard, once)
    while True:
        for kind in kinds:
            if time.monotonic() > end:
                return
            _do(yard, kind)


def _do(yard: Yard, fault: Callable[[], object]) -> None:
    begin, before = time.monotonic(), len(yard.problems)
    fault()
    state = "failed" if len(yard.problems) > before else "passed"
    print(f"{time.monotonic() - begin:6.1f} s, {state}: {dict(yard.figures)}", flush=True)
    for problem in yard.problems[before:]:
        print(problem, flush=True)


if __name__ == "__main__":
    sys.exit(main())
