# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Feed hostile files to a process, and watch it."""

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
from collections.abc import Sequence

from .worker import MEMORY, make_file

__all__ = ("Figures", "Watcher", "main")

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
    unharmed
        Number of files that raised no more than intact ones.
    raised
        Number of documented exceptions of each kind.
    faulty
        Number of files that led to anything else.
    slowest
        Most processor time that a file took (s).
    largest
        Most memory that the process had (bytes).
    """

    files: int = 0
    unharmed: int = 0
    raised: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    faulty: int = 0
    slowest: float = 0.0
    largest: int = 0

    def count(self, result: dict) -> list[str]:
        """Count a file; returns all that is wrong with what it led to."""
        faults = list(result["faults"])
        seconds, peak = result.get("seconds", SECONDS), result.get("peak", 0)
        if seconds > SECONDS:
            faults.append(f"It took {seconds:.1f} s.")
        if peak > MEMORY:
            faults.append(f"It took {peak / 2**20:.0f} MiB.")
        self.files += 1
        self.unharmed += result.get("unharmed", False)
        self.raised.update(result.get("raised", {}))
        self.faulty += bool(faults)
        self.slowest = max(self.slowest, seconds)
        self.largest = max(self.largest, peak)
        return faults

    def __str__(self) -> str:
        kinds = ", ".join(f"{name} {count}" for name, count in self.raised.most_common())
        return (
            f"files fuzzed: {self.files}; read like intact ones: {self.unharmed}\n"
            f"exceptions by kind: {kinds}\n"
            f"slowest file: {self.slowest:.2f} s; most memory: {self.largest / 2**20:.0f} MiB\n"
            f"crashes, hangs, wrong data and undocumented exceptions: {self.faulty}"
        )


class Watcher:
    """Has files read by a process, which is started again when it ends.

    Parameters
    ----------
    command
        Starts the process. It prints "ready", and then, for each line with
        the number of a file, one that describes what became of it.
    errors
        File for what else it says.
    """

    def __init__(self, command: Sequence[str], errors: pathlib.Path) -> None:
        self._command = command
        self._errors = errors
        self._process: subprocess.Popen | None = None

    def __enter__(self) -> Watcher:
        return self

    def __exit__(self, *error: object) -> None:
        self._end()

    def read(self, number: int) -> dict:
        """Let the process read a file; returns what it says."""
        process = self._process = self._process or self._start()
        process.stdin.write(f"{number}\n")
        process.stdin.flush()
        in_time = self._wait(process)
        if in_time and (line := process.stdout.readline()):
            return json.loads(line)
        self._end()
        what = f"ended with status {process.returncode}" if in_time else f"was stopped after {SECONDS} s"
        return {"faults": [f"The process {what}.\n{self._errors.read_text()[-3000:]}"]}

    def _start(self) -> subprocess.Popen:
        with open(self._errors, "w") as errors:
            process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                cwd=pathlib.Path(__file__).parents[1],
                text=True,
            )
        if process.stdout.readline().strip() != "ready":
            process.kill()
            process.communicate()
            raise RuntimeError(f"Cannot read intact files: {self._errors.read_text()}")
        return process

    @staticmethod
    def _wait(process: subprocess.Popen) -> bool:
        """Wait for an answer or the end; False if that takes too long."""
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

    def _end(self) -> None:
        """End the process, whatever it is doing."""
        if self._process is None:
            return
        try:
            self._process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()
        self._process = None


def _processor_time(pid: int) -> float:
    """Return the processor time (s) that a process has used."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def main(arguments: list[str] | None = None) -> int:
    """Run the fuzzer; return the exit status."""
    parser = argparse.ArgumentParser(prog="fuzz_reader.py", description=__doc__)
    parser.add_argument("--files", type=int, default=500, help="number of files")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**32), help="seed of random numbers")
    parser.add_argument("--only", type=int, help="number of the one file to read")
    parser.add_argument("--save", type=pathlib.Path, help="write that file here instead of reading it")
    args = parser.parse_args(arguments)
    if args.save is not None and args.only is None:
        parser.error("--save needs --only")
    with tempfile.TemporaryDirectory(prefix="fuzz") as folder:
        if args.save is not None:
            sample, data, notes, _ = make_file(args.seed, args.only, pathlib.Path(folder))
            args.save.write_bytes(data)
            print(f"{sample}: {notes}")
            return 0
        print(f"seed: {args.seed}", flush=True)
        figures = Figures()
        command = [sys.executable, "-m", "fuzz.worker", str(args.seed), folder]
        with Watcher(command, pathlib.Path(folder, "errors")) as watcher:
            for number in range(args.files) if args.only is None else [args.only]:
                result = watcher.read(number)
                if faults := figures.count(result):
                    about = f"{result.get('sample', '')} {result.get('notes', '')}"
                    print(f"--seed {args.seed} --only {number}:", about, *faults, sep="\n", flush=True)
    print(figures)
    return 1 if figures.faulty else 0
