# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""SkyWcs against WCSs that the real stack wrote and evaluated."""

from __future__ import annotations

import json
import pathlib
import pickle

import numpy as np
import pytest
from astropy.io import fits
from lsst.afw.geom import SkyWcs, makeWcsPairTransform
from lsst.geom import Point2D, degrees

DATA = pathlib.Path(__file__).resolve().parent / "data" / "wcs"
CASES = json.loads((DATA / "wcs.json").read_text())


def readText(file):
    with fits.open(DATA / file) as hdus:
        return bytes(hdus["SkyWcs"].data["wcs"][0]).decode("ascii")


@pytest.fixture(params=CASES, ids=lambda case: case["file"])
def case(request):
    return request.param


@pytest.fixture
def wcs(case):
    return SkyWcs.readString(readText(case["file"]))


def testPositions(case, wcs):
    pixels = [Point2D(*pixel) for pixel in case["pixels"]]
    sky = wcs.pixelToSky(pixels)
    got = [list(position.getPosition(degrees)) for position in sky]
    np.testing.assert_allclose(got, case["sky_deg"], rtol=0, atol=1e-12)
    got = [list(pixel) for pixel in wcs.skyToPixel(sky)]
    np.testing.assert_allclose(got, case["back"], rtol=0, atol=1e-8)


def testArraysAgreeWithPoints(case, wcs):
    x, y = np.array(case["pixels"]).T
    ra, dec = wcs.pixelToSkyArray(x, y, degrees=True)
    np.testing.assert_allclose(np.stack([ra, dec], axis=1), case["sky_deg"], rtol=0, atol=1e-12)
    back = wcs.skyToPixelArray(ra, dec, degrees=True)
    np.testing.assert_allclose(np.stack(back, axis=1), case["pixels"], rtol=0, atol=1e-7)


def testLocalProperties(case, wcs):
    first = Point2D(*case["pixels"][0])
    assert wcs.getPixelScale(first).asArcseconds() == pytest.approx(case["pixelScale_arcsec"], rel=1e-11)
    assert list(wcs.getPixelOrigin()) == pytest.approx(case["pixelOrigin"], rel=1e-13)
    assert list(wcs.getSkyOrigin().getPosition(degrees)) == pytest.approx(case["skyOrigin_deg"], rel=1e-14)
    np.testing.assert_allclose(wcs.getCdMatrix(), case["cd"], rtol=1e-12, atol=1e-20)
    linear = wcs.linearizePixelToSky(first, degrees).getLinear().getMatrix()
    np.testing.assert_allclose(linear, case["linearize0_deg"], rtol=0, atol=1e-15)
    assert wcs.isFits is case["isFits"]
    assert wcs.isFlipped is case["isFlipped"]


def testTextIsKept(case, wcs):
    text = readText(case["file"])
    assert wcs.writeString() == text
    # What AST itself makes of it is the same, byte for byte.
    assert wcs._canonicalDump == text.removeprefix("1 SkyWcs 0 ")
    assert SkyWcs.readString(text) == wcs
    assert pickle.loads(pickle.dumps(wcs)) == wcs


def testReadAndWriteFits(case, wcs, tmp_path):
    read = SkyWcs.readFits(str(DATA / case["file"]))
    assert read == wcs
    path = tmp_path / "wcs.fits"
    read.writeFits(str(path))
    assert SkyWcs.readFits(str(path)) == wcs


def testHeaderAgrees(case, wcs):
    again = SkyWcs(wcs.getFitsMetadata(True))
    x, y = np.array(case["pixels"]).T
    inside = (x > 0) & (x < 100) & (y > 0) & (y < 100)
    x, y = np.append(x[inside], 50.0), np.append(y[inside], 50.0)
    got, want = again.pixelToSkyArray(x, y), wcs.pixelToSkyArray(x, y)
    np.testing.assert_allclose(got, want, rtol=0, atol=1e-9)


def testPairTransformIsTheWayThroughTheSky(case, wcs):
    other = SkyWcs.readString(readText("wcs_tan.fits"))
    pixels = np.array(case["pixels"]).T.copy()
    got = makeWcsPairTransform(wcs, other)._applyArray(pixels)
    want = other.skyToPixelArray(*wcs.pixelToSkyArray(*pixels))
    finite = np.isfinite(want[0])
    np.testing.assert_allclose(got[:, finite], np.stack(want)[:, finite], rtol=1e-9, atol=1e-6)
