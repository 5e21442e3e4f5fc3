# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Templates of the main scene, compared with SWarp's coadds of it."""

from __future__ import annotations

__all__ = ("templates",)


import functools
import operator
import pathlib
import re
import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .process import interleave, run_module
from .report import Goal, Part, format_table
from .settings import Settings
from .swarp import find_swarp, run_swarp, swarp_version

_THREADS = (1, 2)
_STAGES = ("Select", "Read", "Mosaic", "Resample", "VarianceScale", "VarianceModel", "Metadata")
"""Stages in order; those not listed here follow."""

_SWARP = "SWarp, "
_REMOTE = "1 thread, coadds not local"
_SCALED = "1 thread, variance scaled"
_NEEDED = "SWarp, 1 thread, patches needed"

_Figures = Mapping[str, Any]


def templates(settings: Settings) -> Part:
    """Measure templates, and SWarp if it is installed."""
    scene = settings.scene_folder(settings.scene)
    template = settings.folder / "template.fits"
    size = (settings.detector.width, settings.detector.height)

    def build(cores: int, *options: str) -> _Figures:
        (figures,) = run_module("template", scene, *size, "--cores", cores, "--out", template, *options)
        return figures

    # Compiles the kernels, and finds out which patches are needed.
    selected = build(1)["selected"]
    jobs: dict[str, Callable[[], _Figures]] = {
        _column(cores): functools.partial(build, cores) for cores in _THREADS
    }
    jobs[_REMOTE] = functools.partial(build, 1, "--remote")
    jobs[_SCALED] = functools.partial(build, 1, "--scale-variance")
    swarp = find_swarp()
    if swarp:
        folder = settings.swarp_folder()
        given = sorted(path.name for path in scene.glob("coadd_*.fits"))
        for cores in _THREADS:
            jobs[_column(cores, _SWARP)] = functools.partial(_run_swarp, swarp, folder, given, cores)
        jobs[_NEEDED] = functools.partial(_run_swarp, swarp, folder, selected, 1)
    for job in jobs.values():
        job()  # Brings the files into the page cache.
    results = interleave(jobs, settings.repeat)

    notes = ["Wall, CPU and memory are of `getExposures` and `run`; memory is the peak above the imports."]
    if swarp:
        notes += [
            f"{swarp_version(swarp)}, on the same pixels without compression, its whole process.",
            f"Wall time with one thread, fraction of SWarp's: {_ratio(results, _column(1, _SWARP)):.2f}.",
            f"If SWarp is given only the {len(selected)} patches that the task selects: "
            f"{_ratio(results, _NEEDED):.2f}.",
            _agreement(settings, template),
        ]
    else:
        notes.append("SWarp is not installed.")
    layout = settings.scene
    side = layout.inner + layout.border
    return Part(
        f"Templates of {size[0]} x {size[1]} pixels, of {layout.tracts} tracts with {layout.side**2} patches "
        f"of {side} x {side} pixels",
        format_table(["", *results], _rows(results)) + "\n\n" + "\n".join(notes),
        _goals(results, with_swarp=swarp is not None),
    )


def _column(cores: int, program: str = "") -> str:
    """Return the name of a column of the table."""
    return f"{program}{cores} thread{'s' if cores > 1 else ''}"


def _run_swarp(program: str, folder: pathlib.Path, inputs: Sequence[str], cores: int) -> _Figures:
    """Run SWarp; return figures named like those of a template."""
    usage = run_swarp(program, folder, inputs, cores)
    return {"wall": usage.wall, "cpu": usage.cpu, "memory": usage.memory}


def _agreement(settings: Settings, template: pathlib.Path) -> str:
    """Describe how well SWarp's coadd and the template agree."""
    size = (settings.detector.width, settings.detector.height)
    scene = settings.scene_folder(settings.scene)
    figures = run_module("swarp_scene", scene, settings.swarp_folder(), *size, "--compare", template)
    return (
        f"Its coadd and the template share {figures['covered']:.1%} of the detector, where they differ by "
        f"{figures['median']:.3f} sigma (median)."
    )


def _rows(results: Mapping[str, Sequence[_Figures]]) -> list[list[str]]:
    """Return the rows of the table: figures, then seconds by stage."""
    stages = list(next(iter(results.values()))[0]["stages"])
    stages.sort(key=lambda stage: _STAGES.index(stage) if stage in _STAGES else len(_STAGES))

    def row(name: str, unit: str, *keys: str, scale: float = 1.0) -> list[str]:
        cells = [
            # SWarp has no stages, and its reads are not counted.
            f"{_median(records, *keys) / scale:.2f} {unit}" if keys[0] in records[0] else ""
            for records in results.values()
        ]
        return [name, *cells]

    return [
        row("wall", "s", "wall"),
        ["wall, minimum to maximum", *map(_range, results.values())],
        row("CPU", "s", "cpu"),
        row("memory", "MB", "memory", scale=1e6),
        row("pixels read", "M", "pixels", scale=1e6),
        row("bytes read", "MB", "bytes", scale=1e6),
        *(row(_words(stage), "s", "stages", stage) for stage in stages),
        row("then, to write it losslessly", "s", "write"),
        row("or without compression", "s", "plain"),
    ]


def _range(records: Sequence[_Figures]) -> str:
    walls = [record["wall"] for record in records]
    return f"{min(walls):.2f} to {max(walls):.2f} s"


def _words(stage: str) -> str:
    """Convert a stage to words: "VarianceModel" as "variance model"."""
    return "- " + re.sub(r"(?<=.)(?=[A-Z])", " ", stage).lower()


def _median(records: Sequence[_Figures], *keys: str) -> float:
    """Return the median of a figure, which may be nested."""
    figures: list[float] = [functools.reduce(operator.getitem, keys, record) for record in records]  # type: ignore[misc]
    return statistics.median(figures)


def _wall(results: Mapping[str, Sequence[_Figures]], column: str) -> float:
    return _median(results[column], "wall")


def _ratio(results: Mapping[str, Sequence[_Figures]], column: str) -> float:
    """Return the one-thread wall time as a fraction of another."""
    return _wall(results, _column(1)) / _wall(results, column)


def _goals(results: Mapping[str, Sequence[_Figures]], *, with_swarp: bool) -> list[Goal]:
    """Return the goals for the figures."""
    one, two = (_column(cores) for cores in _THREADS)
    goals = [
        Goal("wall with one thread, s", _wall(results, one), 2.0),
        Goal("speed-up with two threads", _ratio(results, two), 1.75, at_least=True),
        Goal("to write with one thread, s", _median(results[one], "write"), 1.0),
        Goal("to write with two threads, s", _median(results[two], "write"), 0.6),
        Goal("memory with one thread, MB", _median(results[one], "memory") / 1e6, 400),
        Goal("to scale the variance, s", _median(results[_SCALED], "stages", "VarianceScale"), 0.15),
        Goal("memory with the variance scaled, MB", _median(results[_SCALED], "memory") / 1e6, 400),
        Goal("memory with coadds that are not local, MB", _median(results[_REMOTE], "memory") / 1e6, 600),
    ]
    if with_swarp:
        ratio = _ratio(results, _column(1, _SWARP))
        goals.insert(0, Goal("wall with one thread, fraction of SWarp's", ratio, 0.2))
    return goals
