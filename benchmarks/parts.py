# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Parts of the benchmark other than the templates of the main scene."""

from __future__ import annotations

__all__ = ("decoding", "kernels", "psfs", "quantum", "startup")


import statistics
import tempfile
from collections.abc import Callable
from typing import Any

from .layout import DETECTOR, TINY
from .process import run_module
from .psf import COVERING
from .report import Goal, Part, format_table
from .settings import Settings
from .startup import measure_compilation, measure_import

_COADDS, _INPUTS = 8, 200


def kernels(settings: Settings) -> Part:
    """Measure the resampling kernel alone."""
    size = DETECTOR.width // settings.shrink
    figures = run_module("kernel", size, settings.repeat)
    rows = [
        [f"{each['kernel']}, {each['rotation']:g} degrees", f"{each['rate']:.1f} Mpixel/s"]
        for each in figures
    ]
    slowest = min(each["rate"] for each in figures if each["kernel"] == "lanczos3")
    return Part(
        f"Kernel alone: image, mask and variance of {size} x {size} pixels, one core",
        format_table(["kernel and rotation", "rate"], rows),
        [Goal("lanczos3 kernel, Mpixel/s", slowest, 45, at_least=True)],
    )


def decoding(settings: Settings) -> Part:
    """Measure readers of a compressed plane."""
    path = settings.scene_folder(settings.scene) / "coadd_0_0.fits"
    figures = run_module("decode", path, settings.repeat)
    side = settings.scene.inner + settings.scene.border
    rows = [[name, f"{seconds:.3f} s"] for name, seconds in figures.items()]
    return Part(
        f"Reading an image of {side} x {side} pixels (RICE_1, quantized), one core",
        format_table(["reader", "wall"], rows),
    )


def quantum(settings: Settings) -> Part:
    """Measure ``pipetask run`` of one detector, from an existing graph."""
    scene = settings.scene_folder(settings.scene)
    size = (settings.detector.width, settings.detector.height)
    folder = settings.folder / f"{settings.scene.name}-repository"
    figures = run_module("quantum", scene, *size, folder, settings.repeat)
    columns: dict[str, list[dict[str, Any]]] = {}
    for record in figures:
        cores = record["cores"]
        columns.setdefault(f"{cores} core{'s' if cores > 1 else ''}", []).append(record)

    def row(name: str, unit: str, scale: float, get: Callable[[dict[str, Any]], float]) -> list[str]:
        medians = [statistics.median(map(get, records)) for records in columns.values()]
        return [name, *(f"{median / scale:.2f} {unit}" for median in medians)]

    rows = [
        row("wall", "s", 1, lambda record: record["wall"]),
        *(
            row(f"- {stage}", "s", 1, lambda record, stage=stage: record["stages"][stage])  # type: ignore[misc]
            for stage in figures[0]["stages"]
        ),
        row("CPU", "s", 1, lambda record: record["cpu"]),
        row("memory of the process", "MB", 1e6, lambda record: record["memory"]),
    ]
    return Part(
        f"A quantum of {size[0]} x {size[1]} pixels: `pipetask run` of one detector, from an existing graph",
        format_table(["", *columns], rows),
    )


def startup(settings: Settings) -> Part:
    """Measure imports and the compilation of the kernels."""
    imports = statistics.median(measure_import(settings.repeat))
    first = measure_compilation(settings.scene_folder(TINY))
    rows = [
        ["import lsst.ip.diffim", f"{imports:.2f} s"],
        ["first template of a machine: kernels are compiled", f"{first['machine']:.2f} s"],
        ["first template of a process: kernels are loaded", f"{first['process']:.2f} s"],
        ["another template in that process", f"{first['another']:.2f} s"],
    ]
    return Part(
        "Start-up, with templates of very few pixels",
        format_table(["", "wall"], rows),
        [Goal("import of the task, s", imports, 2.5)],
    )


def psfs(settings: Settings) -> Part:
    """Measure PSFs of coadds whose inputs have models of Piff."""
    inputs = max(1, _INPUTS // settings.shrink)
    settings.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=settings.folder) as folder:
        runs = [run_module("psf", folder, _COADDS, inputs) for _ in range(settings.repeat)]
    figures = {key: statistics.median(each[key] for each in runs) for key in runs[0]}
    rows = [
        ["reading the PSF of a coadd", f"{figures['read']:.2f} s", f"{figures['read_bytes'] / 1e6:.0f} MB"],
        [
            f"writing a template of {_COADDS} coadds",
            f"{figures['write']:.2f} s",
            f"{figures['template_bytes'] / 1e6:.0f} MB in the file",
        ],
        [f"first image, of {COVERING} inputs", f"{figures['first']:.2f} s", ""],
        ["image at another position", f"{figures['again']:.3f} s", ""],
    ]
    return Part(
        f"PSFs of coadds of {inputs} inputs with models of Piff, read when an image is requested",
        format_table(["", "wall", "size"], rows),
        [
            Goal(f"PSF of a coadd of {inputs} inputs, s", figures["read"], 0.3),
            Goal(f"PSF of a coadd of {inputs} inputs, MB", figures["read_bytes"] / 1e6, 50),
        ],
    )
