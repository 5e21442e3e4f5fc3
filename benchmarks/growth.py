# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Growth of the cost of a template."""

from __future__ import annotations

__all__ = ("growth",)


import functools
import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .layout import GRID, SINGLE
from .process import interleave, run_module
from .report import Part, format_table
from .settings import Settings

_SIDES = (1000, 2000, 4000)
_PATCHES = (1, 2, 4, 8, 16)
_HEADER = ["", "patches read", "pixels read", "bytes read", "CPU", "wall", "memory"]

_Figures = Mapping[str, Any]


def growth(settings: Settings) -> Part:
    """Measure templates of detectors of several sizes, and of several
    numbers of patches.
    """
    layouts = [layout.shrunk(settings.shrink) for layout in (SINGLE, GRID)]
    single, grid = map(settings.scene_folder, layouts)
    sides = [side // settings.shrink for side in _SIDES]

    def build(scene: object, side: int, *options: object) -> _Figures:
        (figures,) = run_module("template", scene, side, side, *options)
        return figures

    jobs: dict[str, Callable[[], _Figures]] = {}
    for side in sides:
        jobs[f"{side} x {side}"] = functools.partial(build, single, side)
    for number in _PATCHES:
        jobs[f"{number}"] = functools.partial(build, grid, sides[-1], "--patches", number)
    idle = f"{sides[0]} x {sides[0]}, given 16 patches"
    jobs[idle] = functools.partial(build, grid, sides[0])
    for job in jobs.values():
        job()
    results = interleave(jobs, settings.repeat)

    def table(name: str, jobs: Sequence[str]) -> str:
        return format_table([name, *_HEADER[1:]], [_row(job, results[job]) for job in jobs])

    names = list(results)
    by_size, by_number = names[: len(sides)], names[len(sides) : -1]
    unread = max(record["idle_bytes"] for record in results[idle])
    text = [
        table("detector", by_size),
        _line("Mpixel of detector", [side**2 / 1e6 for side in sides], [results[name] for name in by_size]),
        f"Of a tract with {GRID.side} x {GRID.side} patches, which lie every {layouts[1].inner} pixels, on a "
        f"detector of {sides[-1]} x {sides[-1]}:",
        table("patches given", by_number),
        _line("patch", _PATCHES, [results[name] for name in by_number]),
        "Patches that do not overlap:",
        table("detector", [idle]),
        f"Bytes read of patches that do not overlap: {unread}.",
    ]
    return Part("Growth with the detector and with the patches, one thread", "\n\n".join(text))


def _row(name: str, records: Sequence[_Figures]) -> list[str]:
    def median(key: str) -> float:
        return statistics.median(record[key] for record in records)

    return [
        name,
        str(len(records[0]["selected"])),
        f"{median('pixels') / 1e6:.2f} M",
        f"{median('bytes') / 1e6:.2f} MB",
        f"{median('cpu'):.2f} s",
        f"{median('wall'):.2f} s",
        f"{median('memory') / 1e6:.0f} MB",
    ]


def _line(unit: str, amounts: Sequence[float], results: Sequence[Sequence[_Figures]]) -> str:
    """Describe how well a straight line fits the CPU times."""
    times = [statistics.median(record["cpu"] for record in records) for records in results]
    slope, start = statistics.linear_regression(amounts, times)
    off = max(abs(start + slope * amount - time) for amount, time in zip(amounts, times, strict=True))
    return f"CPU = {start:.2f} s + {slope:.3f} s per {unit}, within {off:.2f} s."
