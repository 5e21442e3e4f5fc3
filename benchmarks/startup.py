# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Cost of the first template on a machine, and in a process."""

from __future__ import annotations

__all__ = ("measure_compilation", "measure_import")


import functools
import pathlib
import sys
import tempfile

from .process import interleave, run, run_module

_DETECTOR = (256, 250)


def measure_import(repeat: int) -> list[float]:
    """Measure the time to start an interpreter and import the task.

    Parameters
    ----------
    repeat
        Number of repetitions.

    Returns
    -------
    seconds
        Seconds, minus the time of an interpreter that imports nothing.
    """
    commands = {code: [sys.executable, "-c", code] for code in ("", "import lsst.ip.diffim")}
    jobs = {code: functools.partial(run, command) for code, command in commands.items()}
    bare, full = interleave(jobs, repeat).values()
    return [two.wall - one.wall for one, two in zip(bare, full, strict=True)]


def measure_compilation(scene: pathlib.Path) -> dict[str, float]:
    """Build a tiny template before any kernel has been compiled.

    Parameters
    ----------
    scene
        Folder of a tiny scene.

    Returns
    -------
    seconds
        Wall time of the first template of a ``machine``, of the first of a
        later ``process``, and of ``another`` in the same process.
    """
    with tempfile.TemporaryDirectory() as cache:
        compiling, loading = (
            run_module("template", scene, *_DETECTOR, "--repeat", 2, environment={"NUMBA_CACHE_DIR": cache})
            for _ in range(2)
        )
    return {"machine": compiling[0]["wall"], "process": loading[0]["wall"], "another": loading[1]["wall"]}
