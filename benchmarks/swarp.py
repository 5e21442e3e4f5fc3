# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""SWarp on the same coadds, for comparison."""

from __future__ import annotations

__all__ = ("COADD", "VARIANCE", "find_swarp", "run_swarp", "swarp_version")


import pathlib
import shutil
from collections.abc import Sequence

from .process import Usage, run

COADD = "swarp.fits"
"""Output file of SWarp."""
VARIANCE = ".variance.fits"
"""Suffix of a variance file, which replaces that of its image."""

# Kernel and weighting of the task, no scaling, and enough memory.
_OPTIONS = {
    "IMAGEOUT_NAME": COADD,
    "WEIGHTOUT_NAME": "weight.fits",
    "WEIGHT_TYPE": "MAP_VARIANCE",
    "WEIGHT_SUFFIX": VARIANCE,
    # By default SWarp applies a threshold of 0 to all variances but the
    # first, and therefore discards their pixels.
    "WEIGHT_THRESH": "1e30",
    "COMBINE_TYPE": "WEIGHTED",
    "RESAMPLING_TYPE": "LANCZOS3",
    "FSCALASTRO_TYPE": "NONE",
    "SUBTRACT_BACK": "N",
    "DELETE_TMPFILES": "Y",
    "WRITE_XML": "N",
    "VERBOSE_TYPE": "QUIET",
    "MEM_MAX": "4096",
    "COMBINE_BUFSIZE": "4096",
}


def find_swarp() -> str | None:
    """Return the path of SWarp; None if it is not installed."""
    return shutil.which("SWarp") or shutil.which("swarp")


def swarp_version(program: str) -> str:
    """Return the name and version that the program prints."""
    return run([program, "-v"]).output.strip()


def run_swarp(program: str, folder: pathlib.Path, inputs: Sequence[str], threads: int) -> Usage:
    """Resample and combine images.

    Parameters
    ----------
    program
        Path of SWarp.
    folder
        Folder of the inputs and outputs.
    inputs
        Names of the images.
    threads
        Number of threads.
    """
    config = folder / "empty.swarp"
    config.touch()
    options = [word for key, value in _OPTIONS.items() for word in (f"-{key}", value)]
    return run(
        [program, *inputs, "-c", config.name, *options, "-NTHREADS", str(threads)],
        folder=folder,
        quiet=True,
    )
