# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""The process that reads hostile files, with little memory to do so."""

from __future__ import annotations

import collections
import faulthandler
import json
import logging
import pathlib
import resource
import sys
import time

import numpy as np

from .mutations import mutate
from .reading import Findings, examine
from .samples import SAMPLES, load

__all__ = ("MEMORY", "main")

MEMORY = 1 << 30
"""Bytes that a process may hold."""


def _status(field: str) -> int:
    """Return an entry of this process's status in bytes."""
    for line in pathlib.Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"The system does not tell {field}.")


def make_file(seed: int, number: int, folder: pathlib.Path) -> tuple[str, bytes, list[str], set | None]:
    """Make a hostile file from its number.

    Returns
    -------
    sample, data, notes, touched
        Name of the intact file, the hostile one, and what was changed.
    """
    rng = np.random.default_rng([seed, number])
    sample = str(rng.choice(list(SAMPLES)))
    victim = mutate(rng, load(sample, folder))
    return sample, bytes(victim.data), victim.notes, victim.touched


def _read_intact(folder: pathlib.Path) -> dict[str, Findings]:
    path = folder / "intact.fits"
    found = {}
    for name in SAMPLES:
        path.write_bytes(load(name, folder))
        found[name] = examine(path, None, None)
        if found[name].faults:
            raise RuntimeError(f"The intact sample {name!r} cannot be read: {found[name].faults}")
    return found


def main() -> None:
    """Read the files whose numbers come on standard input.

    The arguments are the seed and a folder for the files. Each line of the
    output describes one file.
    """
    seed, folder = int(sys.argv[1]), pathlib.Path(sys.argv[2])
    faulthandler.enable()
    logging.disable(logging.CRITICAL)
    intact = _read_intact(folder)
    # What is mapped but not used, as libraries, does not count.
    limit = _status("VmSize") - _status("VmRSS") + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    path = folder / "hostile.fits"
    print("ready", flush=True)
    for line in sys.stdin:
        sample, data, notes, touched = make_file(seed, int(line), folder)
        path.write_bytes(data)
        begin = time.process_time()
        findings = examine(path, touched, intact[sample])
        result = {
            "sample": sample,
            "notes": notes,
            "raised": collections.Counter(findings.raised),
            "unharmed": findings.raised == intact[sample].raised,
            "faults": findings.faults,
            "seconds": time.process_time() - begin,
            "peak": _status("VmHWM"),
        }
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
