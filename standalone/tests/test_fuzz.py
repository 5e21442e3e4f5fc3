# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Short form of the fuzzing of the FITS reader; ``make soak`` reads more."""

from __future__ import annotations

import pathlib
import subprocess
import sys

import numpy as np
import pytest
from fuzz import run
from fuzz.mutations import MUTATIONS, Victim
from fuzz.reading import examine
from fuzz.samples import load
from lsst.afw.image import ExposureFitsReader

SCRIPT = pathlib.Path(__file__).parent / "fuzz_reader.py"
# Does one kind of harm for each number that it is sent.
HARMFUL = """
import json, os, signal, sys
print("ready", flush=True)
for line in sys.stdin:
    match int(line):
        case 0:
            os.kill(os.getpid(), signal.SIGSEGV)
        case 1:
            while True:
                pass
        case 2:
            sys.exit(3)
        case number:
            result = {"faults": [], "seconds": 6.0 * (number == 3), "peak": (number == 4) << 31}
            print(json.dumps(result), flush=True)
"""


def fuzz(*arguments):
    return subprocess.run(
        [sys.executable, str(SCRIPT), *arguments], capture_output=True, text=True, check=False
    )


def test_hostile_files():
    done = fuzz("--seed", "1", "--files", "500")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "files fuzzed: 500" in done.stdout


def test_files_can_be_made_again(tmp_path):
    contents = []
    for name in ("first", "second"):
        done = fuzz("--seed", "1", "--only", "7", "--save", str(tmp_path / name))
        assert done.returncode == 0, done.stderr
        contents.append((tmp_path / name).read_bytes())
    assert contents[0] == contents[1]


@pytest.mark.parametrize("sample", ["template", "lossy", "catalog", "stack_coadd", "stack_piff"])
@pytest.mark.parametrize("kind", list(MUTATIONS))
def test_mutations_change_intact_files(tmp_path, sample, kind):
    if kind == "pickle" and sample != "stack_piff":
        pytest.skip("The sample has no pickle.")
    data = load(sample, tmp_path)
    changed = 0
    for seed in range(10):
        victim = Victim(bytearray(data))
        MUTATIONS[kind](np.random.default_rng(seed), victim)
        changed += victim.data != data
        assert victim.data == data or victim.touched is None or victim.touched
    # A change may put the same value again.
    assert changed > 5


def test_harm_is_noticed(tmp_path, monkeypatch):
    """Each kind is told, and the next file is read all the same."""
    monkeypatch.setattr(run, "SECONDS", 0.3)
    figures = run.Figures()
    with run.Watcher([sys.executable, "-c", HARMFUL], tmp_path / "errors") as watcher:
        faults = [figures.count(watcher.read(number)) for number in range(6)]
    for found, expected in zip(
        faults, ("status -11", "stopped after", "status 3", "took 6.0 s", "took 2048 MiB"), strict=False
    ):
        assert len(found) == 1 and expected in found[0]
    assert faults[5] == []
    assert (figures.files, figures.faulty) == (6, 5)


def test_undocumented_exceptions_are_noticed(tmp_path, monkeypatch):
    path = tmp_path / "intact.fits"
    path.write_bytes(load("wcs", tmp_path))
    assert examine(path, None, None).faults == []

    def fail(self):
        raise KeyError("undocumented")

    monkeypatch.setattr(ExposureFitsReader, "readWcs", fail)
    (fault,) = examine(path, None, None).faults
    assert "KeyError: 'undocumented'" in fault


def test_wrong_data_are_noticed(tmp_path):
    path = tmp_path / "file.fits"
    path.write_bytes(load("template", tmp_path))
    intact = examine(path, None, None)
    assert intact.faults == []
    assert examine(path, set(), intact).faults == []
    intact.values["image"][0, 0] += 1
    (fault,) = examine(path, set(), intact).faults
    assert fault.startswith("image is not that of the intact file")
    assert examine(path, {(1, "data")}, intact).faults == []
