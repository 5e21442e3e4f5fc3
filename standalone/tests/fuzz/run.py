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

"""Feed hostile files to processes, and watch these."""

from __future__ import annotations

import argparse
import collections
import dataclasses
import json
import os
import pathlib
import secrets
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator

from .worker import MEMORY, make_file

__all__ = ("Figures", "Fuzzer", "main")

SECONDS = 5.0
"""Processor time that a file may take."""
PATIENCE = 60.0
"""Time after which a process that does nothing is given up."""
TICKS = os.sysconf("SC_CLK_TCK")


@dataclasses.dataclass
class Figures:
    """What became of hostile files.

    Parameters
    ----------
    files
        Number of files.
    raised
        Number of documented exceptions of each kind.
    faults
        Descriptions of all else, by the number of the file.
    """

    files: int = 0
    raised: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    faults: dict[int, str] = dataclasses.field(default_factory=dict)
    refused: int = 0
    slowest: float = 0.0
    largest: int = 0

    def __str__(self) -> str:
        kinds = ", ".join(f"{name} {count}" for name, count in self.raised.most_common())
        return (
            f"files fuzzed: {self.files}; read without any exception that intact files do not raise: "
            f"{self.files - self.refused}\n"
            f"exceptions by kind: {kinds}\n"
            f"slowest file: {self.slowest:.2f} s; most memory: {self.largest / 2**20:.0f} MiB\n"
            f"crashes, hangs and undocumented exceptions: {len(self.faults)}"
        )


class _Worker:
    """A process that reads files, restarted when it ends."""

    def __init__(self, seed: int) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="fuzz")
        self._errors = pathlib.Path(self._folder.name, "errors")
        self._seed = seed
        self._process: subprocess.Popen | None = None

    def _start(self) -> subprocess.Popen:
        with open(self._errors, "w") as errors:
            process = subprocess.Popen(
                [sys.executable, "-m", "fuzz.worker", str(self._seed), self._folder.name],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                cwd=pathlib.Path(__file__).parents[1],
                text=True,
                bufsize=1,
            )
        if process.stdout.readline().strip() != "ready":
            raise RuntimeError(f"Cannot read intact files: {self._errors.read_text()}")
        return process

    def read(self, number: int) -> dict:
        """Let the process read a file; returns what it says."""
        self._process = self._process or self._start()
        process = self._process
        process.stdin.write(f"{number}\n")
        process.stdin.flush()
        line = process.stdout.readline() if self._is_alive(process) else ""
        if line:
            return json.loads(line)
        self.close()
        status = process.returncode
        what = (
            f"ended with status {status}" if status != -signal.SIGABRT else f"was stopped after {SECONDS} s"
        )
        return {"faults": [f"The process {what}.\n{self._errors.read_text()[-3000:]}"]}

    @staticmethod
    def _is_alive(process: subprocess.Popen) -> bool:
        """Wait for an answer; False if the process takes too long."""
        begin, used = time.monotonic(), _processor_time(process.pid)
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            while not selector.select(SECONDS):
                # Others may need the processors, too.
                busy = _processor_time(process.pid) - used
                if busy > SECONDS or time.monotonic() - begin > PATIENCE:
                    # The process then tells where it is.
                    process.send_signal(signal.SIGABRT)
                    return False
        return True

    def close(self) -> None:
        if self._process is not None:
            if self._process.poll() is None:
                self._process.stdin.close()
                try:
                    self._process.wait(5)
                except subprocess.TimeoutExpired:
                    self._process.kill()
            self._process.wait()
            self._process = None


def _processor_time(pid: int) -> float:
    """Return the processor time (s) that a process has used."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


class Fuzzer:
    """Reads hostile files in one other process.

    Parameters
    ----------
    seed
        Of the random numbers that make the files.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.figures = Figures()

    def run(self, numbers: Iterable[int]) -> Iterator[int]:
        """Read files by number; yields those that are faulty."""
        worker = _Worker(self.seed)
        usual = {"FitsError": 6, "InvalidParameterError": 13, "InvalidPsfError": 1}
        try:
            for number in numbers:
                result = worker.read(number)
                if self._count(number, result, usual):
                    yield number
        finally:
            worker.close()

    def _count(self, number: int, result: dict, usual: dict[str, int]) -> bool:
        figures = self.figures
        raised = collections.Counter(result.get("raised", {}))
        figures.files += 1
        figures.raised += raised
        figures.refused += any(count > usual.get(name, 0) for name, count in raised.items())
        figures.slowest = max(figures.slowest, result.get("seconds", SECONDS))
        figures.largest = max(figures.largest, result.get("peak", 0))
        faults = list(result["faults"])
        if result.get("seconds", 0) > SECONDS:
            faults.append(f"It took {result['seconds']:.1f} s.")
        if result.get("peak", 0) > MEMORY:
            faults.append(f"It took {result['peak'] / 2**20:.0f} MiB.")
        if faults:
            about = f"{result.get('sample', '')} {result.get('notes', '')}\n"
            figures.faults[number] = about + "\n".join(faults)
        return bool(faults)


def main(arguments: list[str] | None = None) -> int:
    """Run the fuzzer; return the exit status."""
    parser = argparse.ArgumentParser(prog="fuzz_reader.py", description=__doc__)
    parser.add_argument("--files", type=int, default=500, help="number of files")
    parser.add_argument("--seed", type=int, default=None, help="seed of the random numbers")
    parser.add_argument("--first", type=int, default=0, help="number of the first file")
    parser.add_argument("--only", type=int, help="number of the one file to read")
    parser.add_argument("--save", type=pathlib.Path, help="write that file here instead of reading it")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop after this time")
    args = parser.parse_args(arguments)
    seed = secrets.randbelow(2**32) if args.seed is None else args.seed
    if args.save is not None:
        with tempfile.TemporaryDirectory() as folder:
            sample, data, notes, _ = make_file(seed, args.only, pathlib.Path(folder))
        args.save.write_bytes(data)
        print(f"{sample}: {notes}")
        return 0
    numbers = range(args.first, args.first + args.files) if args.only is None else [args.only]
    fuzzer = Fuzzer(seed)
    print(f"seed: {seed}", flush=True)
    end = time.monotonic() + args.seconds
    for number in fuzzer.run(_until(end, numbers)):
        print(f"--seed {seed} --only {number}: {fuzzer.figures.faults[number]}", flush=True)
    print(fuzzer.figures)
    print(json.dumps({"files": fuzzer.figures.files, "raised": fuzzer.figures.raised}))
    return 1 if fuzzer.figures.faults else 0


def _until(end: float, numbers: Iterable[int]) -> Iterator[int]:
    for number in numbers:
        if time.monotonic() > end:
            return
        yield number
