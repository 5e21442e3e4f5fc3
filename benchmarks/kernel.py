# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""The resampling kernel alone, on one core.

Run as ``python -m benchmarks.kernel SIZE REPEAT``; prints the median rates,
as JSON.
"""

from __future__ import annotations

__all__ = ("KERNELS", "ROTATIONS", "measure")


import json
import math
import statistics
import sys
import time
from collections.abc import Callable

import numpy as np
from lsst.ip.diffim.getTemplate import GetTemplateTask
from lsst.pixels import PixelPlanes, PositionGrid, Resampler, Resampling, ResamplingKernel

KERNELS = ("lanczos3", "lanczos5")
ROTATIONS = (0.5, 45.0, 93.0)
"""Rotations (degrees)."""

# Margin of the source around the destination on each side: pixels for the
# taps, and a fraction of the side for rotations.
_MARGIN = 10
_GROWTH = 0.42
_NO_DATA = 8


def measure(size: int, repeat: int) -> list[dict[str, float | str]]:
    """Resample image, mask and variance together, as the task does.

    Parameters
    ----------
    size
        Side of the square that is computed (pixels).
    repeat
        Number of repetitions; the median is reported.

    Returns
    -------
    figures
        ``kernel``, ``rotation`` (degrees) and ``rate`` (Mpixel/s of
        output) of each combination.
    """
    warp = GetTemplateTask.ConfigClass().warp
    source = _make_source(math.ceil((1 + _GROWTH) * size) + 2 * _MARGIN)
    out = PixelPlanes.empty((size, size))
    seconds: dict[tuple[str, float], list[float]] = {}
    # The first round compiles or loads the kernels, and is discarded.
    for turn in range(repeat + 1):
        for name in KERNELS:
            for rotation in ROTATIONS:
                resampling = Resampling(
                    ResamplingKernel(name),
                    ResamplingKernel(warp.maskWarpingKernelName),
                    warp.cacheSize,
                    warp.growFullMask,
                )
                grid = PositionGrid.sample(
                    _rotation(rotation, size, source.shape[0]), (0, 0), out.shape, warp.interpLength
                )
                start = time.perf_counter()
                reached = Resampler(source, grid, resampling).resample_rows(out)
                elapsed = time.perf_counter() - start
                if reached != size * size:
                    raise RuntimeError(f"Only {reached} of {size * size} pixels were reached.")
                if turn:
                    seconds.setdefault((name, rotation), []).append(elapsed)
    return [
        {"kernel": name, "rotation": rotation, "rate": size**2 / 1e6 / statistics.median(values)}
        for (name, rotation), values in seconds.items()
    ]


def _make_source(side: int) -> PixelPlanes:
    """Make noise with a mask bit in one of a thousand pixels."""
    rng = np.random.default_rng(0)
    source = PixelPlanes.empty((side, side))
    rng.standard_normal(out=source.image, dtype=np.float32)
    source.variance[:] = 1.0
    source.mask[:] = 0
    source.mask[rng.random((side, side), dtype=np.float32) < 1e-3] = _NO_DATA
    return source


def _rotation(
    angle: float, size: int, side: int
) -> Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Make positions of a square rotated about the center of the source."""
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))

    def to_source(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        u, v = x - 0.5 * (size - 1), y - 0.5 * (size - 1)
        center = 0.5 * (side - 1)
        return cos * u - sin * v + center, sin * u + cos * v + center

    return to_source


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]), int(sys.argv[2]))))
