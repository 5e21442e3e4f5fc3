# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measurement of one template in a separate process.

Run as ``python -m benchmarks.template FOLDER WIDTH HEIGHT``; prints a list
with the figures of each repetition, as JSON.
"""

from __future__ import annotations

__all__ = ("measure",)


import argparse
import json
import pathlib
import time
from typing import Any

from lsst.ip.diffim.getTemplate import GetTemplateTask
from lsst.pixels import threads
from lsst.utils.threads import disable_implicit_threading

from .layout import Detector
from .scene import BenchmarkScene, CoaddHandle, detector_box, detector_wcs
from .usage import memory, reset_peak_memory

_PREFIX = "seconds"
# Default compression of exposures in the butler.
_DEFAULT_RECIPE = {plane: {"algorithm": "GZIP_2"} for plane in ("image", "mask", "variance")}


class _RemoteHandle:
    """Handle of a coadd that hides the location of its file.

    Parameters
    ----------
    handle
        Handle that reads the coadd.
    """

    def __init__(self, handle: CoaddHandle):
        self._handle = handle
        self.dataId = handle.dataId

    def get(self, **kwargs: Any) -> Any:
        """Read the coadd, a component or a part of it."""
        return self._handle.get(**kwargs)


def measure(
    scene: BenchmarkScene,
    detector: Detector,
    *,
    patches: int | None = None,
    cores: int = 1,
    remote: bool = False,
    scale_variance: bool = False,
    out: pathlib.Path | None = None,
) -> dict[str, Any]:
    """Build a template.

    Parameters
    ----------
    scene
        Scene with the coadds.
    detector
        Detector that the template is for.
    patches
        Number of patches, from the first, that the task is given; all if
        None.
    cores
        Number of threads.
    remote
        Whether to hide from the task that the coadds are local files.
    scale_variance
        Whether the task scales the variance.
    out
        File to write the template to.

    Returns
    -------
    figures
        ``wall`` and ``cpu`` of `getExposures` and `run` (s), ``stages``
        (s, by name), ``write`` and ``plain`` (s, to write it with the
        butler's default recipe and without compression), ``memory``
        (bytes, the peak above what was in use before), and what was read
        of the coadds: ``selected`` (names of files), ``pixels``, ``bytes``,
        and ``idle_bytes``, those of patches that were not selected.
    """
    handles = scene.handles()[:patches]
    bbox, wcs = detector_box(detector), detector_wcs(detector)
    config = GetTemplateTask.ConfigClass()
    config.doScaleVariance = scale_variance
    task = GetTemplateTask(config=config)
    reset_peak_memory()
    before = memory()

    cpu, wall = time.process_time(), time.perf_counter()
    given = [_RemoteHandle(handle) for handle in handles] if remote else handles
    inputs = task.getExposures(given, bbox, scene.skymap, wcs)  # type: ignore[arg-type]
    select = time.perf_counter() - wall
    with threads(cores):
        template = task.run(
            coaddExposureHandles=inputs.coaddExposures,
            bbox=bbox,
            wcs=wcs,
            dataIds=inputs.dataIds,
            physical_filter="r",
        ).template
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu

    chosen = {handle.dataId for group in inputs.coaddExposures.values() for handle in group}
    selected = [handle for handle in handles if handle.dataId in chosen]
    figures: dict[str, Any] = {
        "wall": wall,
        "cpu": cpu,
        "memory": memory(peak=True) - before,
        "stages": _stages(task, select, wall),
        "selected": [handle.path.name for handle in selected],
        "pixels": sum(handle.pixels for handle in handles),
        "bytes": sum(handle.bytes for handle in handles),
        "idle_bytes": sum(handle.bytes for handle in handles if handle not in selected),
    }
    if out is not None:
        start = time.perf_counter()
        with threads(cores):
            template.writeFitsWithOptions(str(out), options=_DEFAULT_RECIPE)
        figures["write"] = time.perf_counter() - start
        start = time.perf_counter()
        template.writeFits(str(out))
        figures["plain"] = time.perf_counter() - start
    return figures


def _stages(task: GetTemplateTask, select: float, wall: float) -> dict[str, float]:
    """Return seconds by stage from the task; they add up to the wall time."""
    recorded = {
        name.removeprefix(_PREFIX): task.metadata[name]
        for name in task.metadata.names()
        if name.startswith(_PREFIX)
    }
    stages = {"Select": select, **recorded}
    return {**stages, "Other": wall - sum(stages.values())}


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.template", description=__doc__)
    parser.add_argument("folder", type=pathlib.Path, help="folder of the scene")
    parser.add_argument("width", type=int, help="width of the detector (pixels)")
    parser.add_argument("height", type=int, help="height of the detector (pixels)")
    parser.add_argument("--patches", type=int, help="number of patches to give to the task (default: all)")
    parser.add_argument("--cores", type=int, default=1, help="number of threads")
    parser.add_argument("--remote", action="store_true", help="treat the coadds as not local")
    parser.add_argument("--scale-variance", action="store_true", help="scale the variance")
    parser.add_argument("--out", type=pathlib.Path, help="file to write the template to")
    parser.add_argument(
        "--repeat", type=int, default=1, help="number of templates to build one after the other"
    )
    args = parser.parse_args()

    # As pipetask does.
    disable_implicit_threading()
    scene, detector = BenchmarkScene.open(args.folder), Detector(args.width, args.height)
    figures = [
        measure(
            scene,
            detector,
            patches=args.patches,
            cores=args.cores,
            remote=args.remote,
            scale_variance=args.scale_variance,
            out=args.out,
        )
        for _ in range(args.repeat)
    ]
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
