# This file is part of ip_diffim_template.
#
# Developed for the LSST Data Management System.
# This product includes software developed by the LSST Project
# (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution
# for the terms of the licence.
#
# This program is free software: you can redistribute it and/or modify
# it under the terms of the GNU General Public License as published by
# the Free Software Foundation, either version 3 of the License, or
# (at your option) any later version.
#
# This program is distributed in the hope that it will be useful,
# but WITHOUT ANY WARRANTY; without even the implied warranty of
# MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the
# GNU General Public License for more details.
#
# You should have received a copy of the GNU General Public License
# along with this program.  If not, see <https://www.gnu.org/licenses/>.

"""Readers of a lossily compressed plane.

Run as ``python -m benchmarks.decode FILE REPEAT``; prints the median seconds
by reader, as JSON.
"""

from __future__ import annotations

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

__all__ = ["measure"]

_PLANE = "IMAGE"


def measure(path: pathlib.Path, repeat: int) -> dict[str, float]:
    """Read the image plane of a coadd.

    Parameters
    ----------
    path
        File of a compressed exposure.
    repeat
        Number of repetitions, of which the median counts.

    Returns
    -------
    seconds
        By name of the reader.

    Raises
    ------
    RuntimeError
        The readers differ in what they read.
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
