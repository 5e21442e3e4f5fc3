# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Exposures and files for tests of what is written and read."""

from __future__ import annotations

import pathlib

import lsst.afw.image as afwImage
import numpy as np
from lsst.afw.geom import makeCdMatrix, makeSkyWcs
from lsst.afw.image import ExposureF
from lsst.geom import Box2I, Extent2I, Point2D, Point2I, SpherePoint, arcseconds, degrees

__all__ = [
    "BOX",
    "DATA",
    "LOSSLESS",
    "LOSSY",
    "OPTIONS",
    "assertSamePixels",
    "makeExposure",
    "makeWcs",
    "patch",
    "write",
]

DATA = pathlib.Path(__file__).parent / "data" / "fits"
QUANTIZED = {
    "algorithm": "RICE_1",
    "quantization": {
        "dither": "SUBTRACTIVE_DITHER_2",
        "scaling": "STDEV_MASKED",
        "mask_planes": ["NO_DATA", "INTRP"],
        "level": 16,
        "seed": 77,
    },
}
LOSSY = {"image": QUANTIZED, "variance": QUANTIZED, "mask": {"algorithm": "GZIP_2"}}
LOSSLESS = {plane: {"algorithm": "GZIP_2"} for plane in ("image", "mask", "variance")}
OPTIONS = {"plain": None, "gzip": LOSSLESS, "lossy16": LOSSY}
BOX = Box2I(Point2I(-7, 13), Extent2I(40, 30))


def makeWcs():
    cd = makeCdMatrix(0.2 * arcseconds, 3 * degrees)
    return makeSkyWcs(Point2D(10, 20), SpherePoint(30, -12, degrees), cd)


def makeExposure(box=BOX, seed=0):
    rng = np.random.default_rng(seed)
    exposure = ExposureF(box, makeWcs())
    shape = exposure.image.array.shape
    exposure.image.array[:] = rng.normal(0, 1, shape)
    exposure.variance.array[:] = rng.uniform(1, 2, shape)
    exposure.mask.array[:] = rng.integers(0, 2**11, shape)
    return exposure


def write(exposure, path, options=None):
    afwImage.Exposure["F"].writeFitsWithOptions(exposure, str(path), options=options or {})
    return str(path)


def patch(path, old, new, count=1):
    raw = path.read_bytes()
    assert old in raw
    path.write_bytes(raw.replace(old, new.ljust(len(old)), count))


def assertSamePixels(got, expected):
    np.testing.assert_array_equal(got.image.array, expected.image.array)
    np.testing.assert_array_equal(got.variance.array, expected.variance.array)
    np.testing.assert_array_equal(got.mask.array, expected.mask.array)
    assert got.getBBox() == expected.getBBox()
