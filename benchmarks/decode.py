# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Comparison of readers of a lossily compressed plane.

Run as ``python -m benchmarks.decode FILE REPEAT``; prints the median seconds
by reader, as JSON.
"""

from __future__ import annotations

__all__ = ("measure",)


import functools
import json
import pathlib
import statistics
import sys
import time
from collections.abc import Callable

import astropy.io.fits
import fitsio  # type: ignore[import-untyped]
import numpy as np
from lsst.afw.image import ExposureFitsReader

from .process import interleave

_PLANE = "IMAGE"


def measure(path: pathlib.Path, repeat: int) -> dict[str, float]:
    """Read the image plane of a coadd.

    Parameters
    ----------
    path
        File of a compressed exposure.
    repeat
        Number of repetitions; the median is reported.

    Returns
    -------
    seconds
        Median seconds by name of the reader.

    Raises
    ------
    RuntimeError
        Raised if the readers return different pixels.
    """
    readers: dict[str, Callable[[], np.ndarray]] = {
        "this project": lambda: ExposureFitsReader(str(path)).readImage().array,
        "fitsio": lambda: fitsio.read(str(path), ext=_PLANE),
        "astropy": lambda: astropy.io.fits.getdata(path, extname=_PLANE),
    }
    expected = readers["fitsio"]()
    for name, read in readers.items():
        if not np.allclose(read(), expected, rtol=1e-5, atol=1e-5):
            raise RuntimeError(f"{name} does not read {path} as fitsio does.")

    def timed(read: Callable[[], np.ndarray]) -> float:
        start = time.perf_counter()
        read()
        return time.perf_counter() - start

    times = interleave({name: functools.partial(timed, read) for name, read in readers.items()}, repeat)
    return {name: statistics.median(values) for name, values in times.items()}


if __name__ == "__main__":
    print(json.dumps(measure(pathlib.Path(sys.argv[1]), int(sys.argv[2]))))
