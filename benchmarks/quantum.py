# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""A whole quantum, as an operator runs it: ``pipetask run`` of one detector.

Run as ``python -m benchmarks.quantum SCENE WIDTH HEIGHT FOLDER REPEAT`` to
print the figures of each repetition, as JSON. The repository is made in
FOLDER if there is none.
"""

from __future__ import annotations

__all__ = ("CORES", "measure")


import datetime
import importlib
import json
import os
import pathlib
import pickle
import shutil
import sys
from types import ModuleType
from typing import Any

from lsst.afw.image import ExposureF
from lsst.daf.butler import Butler

from .layout import Detector
from .process import ROOT, run
from .scene import BenchmarkScene, detector_box, detector_wcs

CORES = (1, 2)
"""Numbers of cores available to a quantum."""

_INDEX = "index.json"
_DETECTOR = "D0"
_TASK = "buildTemplate"
# Holds a module that creates repositories of scenes.
_TESTS = ROOT / "tests"
_LOSSLESS = {plane: {"algorithm": "GZIP_2"} for plane in ("image", "mask", "variance")}


def measure(
    scene: BenchmarkScene, detector: Detector, folder: pathlib.Path, repeat: int
) -> list[dict[str, Any]]:
    """Run the quantum of one detector from an existing graph.

    Parameters
    ----------
    scene
        Scene with the coadds.
    detector
        Detector that the templates are for.
    folder
        Folder of the repository; created if needed.
    repeat
        Number of repetitions.

    Returns
    -------
    figures
        For each repetition: ``cores``; ``wall``, ``cpu`` (s), ``memory``
        (bytes) of the process; and ``stages`` (s, by name), which sum to the
        wall time.
    """
    repository = _open(scene, detector, folder)
    figures = []
    for turn in range(repeat + 1):
        for cores in CORES:
            record = _run(repository, folder, cores, f"templates/{turn}/{cores}")
            # The first round brings the files into the page cache.
            if turn:
                figures.append({"cores": cores, **record})
    return figures


def _helpers() -> ModuleType:
    """Import the module that makes repositories of scenes."""
    if str(_TESTS) not in sys.path:
        sys.path.insert(0, str(_TESTS))
    return importlib.import_module("template_repository")


def _open(scene: BenchmarkScene, detector: Detector, folder: pathlib.Path) -> Any:
    """Make a new repository of a scene and a science image."""
    shutil.rmtree(folder, ignore_errors=True)
    files, root = folder / "files", folder / "root"
    files.mkdir(parents=True)
    root.mkdir()
    science = ExposureF(detector_box(detector), detector_wcs(detector))
    science.writeFitsWithOptions(str(files / "calexp.fits"), options=_LOSSLESS)
    (files / "skyMap.pickle").write_bytes(pickle.dumps(scene.skymap))
    patches = []
    for handle in scene.handles():
        os.link(handle.path, files / handle.path.name)
        ids = {key: handle.dataId[key] for key in ("tract", "patch")}
        patches.append({**ids, "file": handle.path.name})
    index = {
        "scene": scene.layout.name,
        "patches": patches,
        "detectors": {_DETECTOR: {"calexp": "calexp.fits"}},
    }
    (files / _INDEX).write_text(json.dumps(index))
    return _helpers().SceneRepository(files, root)


def _run(repository: Any, folder: pathlib.Path, cores: int, output: str) -> dict[str, Any]:
    """Build a graph, and run its quantum; only the latter is measured."""
    graph = folder / "quantum.qg"
    graph.unlink(missing_ok=True)
    program = [sys.executable, "-c", "from lsst.ctrl.mpexec.cli.pipetask import main; main()"]
    # Warnings would be mistaken for output.
    program += ["--log-level", "ERROR"]
    environment = {"PYTHONPATH": os.pathsep.join([str(_TESTS), *sys.path])}
    pipeline = str(_helpers().PIPELINE)
    where = f"instrument='{_helpers().SceneCam.getName()}' AND skymap='{repository.name}'"
    common = ["-b", repository.repo, "-i", repository.inputs, "--output-run", output]
    run(
        [*program, "qgraph", *common, "-p", pipeline, "-d", where, "--save-qgraph", str(graph)],
        environment=environment,
        quiet=True,
    )
    start = datetime.datetime.now(datetime.UTC)
    usage = run(
        [
            *(*program, "run", *common, "-g", str(graph), "--register-dataset-types"),
            *("--cores-per-quantum", str(cores)),
        ],
        environment=environment,
        quiet=True,
    )
    with Butler.from_config(repository.repo, collections=output) as butler:
        (found,) = butler.query_datasets(f"{_TASK}_metadata")
        metadata = butler.get(found)

    def at(task: str, key: str) -> float:
        """Return the seconds from the start of the process to an event."""
        moment = datetime.datetime.fromisoformat(metadata[task].getScalar(key))
        return (moment.replace(tzinfo=moment.tzinfo or datetime.UTC) - start).total_seconds()

    moments = {
        "start Python, import, read the graph": at("quantum", "prepUtc"),
        "check inputs, make the task": at("quantum", "startUtc"),
        "read the inputs": at(_TASK, "runStartUtc"),
        "compute": at(_TASK, "runEndUtc"),
        "write the template": at("quantum", "endUtc"),
        "write the metadata, end": usage.wall,
    }
    stages = {}
    before = 0.0
    for stage, moment in moments.items():
        stages[stage] = moment - before
        before = moment
    return {"wall": usage.wall, "cpu": usage.cpu, "memory": usage.memory, "stages": stages}


def main() -> None:
    """Run the command line."""
    scene, width, height, folder, repeat = sys.argv[1:]
    figures = measure(
        BenchmarkScene.open(pathlib.Path(scene)),
        Detector(int(width), int(height)),
        pathlib.Path(folder),
        int(repeat),
    )
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
