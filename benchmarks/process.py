# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""New processes and their cost."""

from __future__ import annotations

__all__ = ("ROOT", "Usage", "interleave", "run", "run_module")


import dataclasses
import json
import os
import pathlib
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

ROOT = pathlib.Path(__file__).resolve().parents[1]
"""Root folder of the project."""

_Result = TypeVar("_Result")


@dataclasses.dataclass(frozen=True)
class Usage:
    """Resources used by a process.

    Parameters
    ----------
    wall, cpu
        Wall time (s), and CPU time (s) of all threads.
    memory
        Peak memory (bytes).
    output
        Output of the process.
    """

    wall: float
    cpu: float
    memory: int
    output: str


def run(
    command: list[str],
    *,
    folder: pathlib.Path = ROOT,
    environment: Mapping[str, str] | None = None,
    quiet: bool = False,
) -> Usage:
    """Run a command.

    Parameters
    ----------
    command
        Program and arguments.
    folder
        Working directory.
    environment
        Additional environment variables.
    quiet
        Whether to count warnings and messages as output, which is not shown
        unless the command fails.

    Raises
    ------
    subprocess.CalledProcessError
        Raised if the exit status is not 0.
    """
    start = time.perf_counter()
    with subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if quiet else None,
        text=True,
    ) as process:
        assert process.stdout is not None
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - start
    if process.returncode:
        error = subprocess.CalledProcessError(process.returncode, command, output)
        error.add_note(output)
        raise error
    return Usage(wall, usage.ru_utime + usage.ru_stime, 1024 * usage.ru_maxrss, output)


def run_module(name: str, *arguments: object, environment: Mapping[str, str] | None = None) -> Any:
    """Run a module of this package in a new process.

    Parameters
    ----------
    name
        Name of the module, in this package.
    arguments
        Arguments of the module.
    environment
        Additional environment variables.

    Returns
    -------
    printed
        Parsed JSON output; None if there is none.
    """
    command = [sys.executable, "-m", f"{__package__}.{name}", *map(str, arguments)]
    output = run(command, environment=environment).output
    return json.loads(output) if output.strip() else None


def interleave(jobs: Mapping[str, Callable[[], _Result]], repeat: int) -> dict[str, list[_Result]]:
    """Run jobs repeatedly, in turn.

    Changes in the speed of the machine therefore affect all of them.

    Parameters
    ----------
    jobs
        Jobs by name.
    repeat
        Number of repetitions of each job.

    Returns
    -------
    results
        Results of each job, by name.
    """
    results: dict[str, list[_Result]] = {name: [] for name in jobs}
    for _ in range(repeat):
        for name, job in jobs.items():
            results[name].append(job())
    return results
