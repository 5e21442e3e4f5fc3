# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""WCS keywords in metadata."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsst.afw.geom import (
    createTrivialWcsMetadata,
    deleteBasicWcsMetadata,
    getCdMatrixFromMetadata,
    getImageXY0FromMetadata,
    getSipMatrixFromMetadata,
    hasSipMatrix,
    makeSimpleWcsMetadata,
    makeSipMatrixMetadata,
    makeTanSipMetadata,
    makeTanSipWcs,
)
from lsst.daf.base import PropertyList
from lsst.geom import Point2D, Point2I, SpherePoint, degrees
from lsst.pex.exceptions import InvalidParameterError
from lsst.pex.exceptions import TypeError as LsstTypeError

CRVAL = SpherePoint(30, -40, degrees)


def makeMetadata(**cards):
    result = PropertyList()
    for name, value in cards.items():
        result.set(name, value)
    return result


def getCards(metadata):
    return {name: metadata.getScalar(name) for name in metadata.getOrderedNames()}


def testTrivialWcs():
    metadata = createTrivialWcsMetadata("A", Point2I(-35, 1215))
    assert getCards(metadata) == {
        "CTYPE1A": "LINEAR",
        "CTYPE2A": "LINEAR",
        "CRPIX1A": 1.0,
        "CRPIX2A": 1.0,
        "CRVAL1A": -35.0,
        "CRVAL2A": 1215.0,
        "CUNIT1A": "PIXEL",
        "CUNIT2A": "PIXEL",
    }
    assert next(iter(getCards(metadata))) == "CTYPE1A"
    assert type(metadata.getScalar("CRVAL1A")) is float
    assert metadata.getComment("CRVAL2A") == "Row pixel of Reference Pixel"


@given(st.integers(-(10**9), 10**9), st.integers(-(10**9), 10**9))
def testXY0RoundTrip(x, y):
    metadata = createTrivialWcsMetadata("B", Point2I(x, y))
    metadata.set("CD1_1B", 1.0)
    metadata.set("OTHER", 1)
    assert getImageXY0FromMetadata(metadata, "B") == Point2I(x, y)
    assert getImageXY0FromMetadata(metadata, "A", strip=True) == Point2I(0, 0)
    assert metadata.exists("CRVAL1B")
    assert getImageXY0FromMetadata(metadata, "B", strip=True) == Point2I(x, y)
    assert getCards(metadata) == {"OTHER": 1}


@pytest.mark.parametrize(
    ("change", "want"),
    [
        ({"CRVAL1A": 3, "CRVAL2A": -4}, (3, -4)),
        ({"CRVAL1A": 2.5, "CRVAL2A": -2.5}, (3, -3)),
        ({"CRVAL1A": 0.49999999999999994, "CRVAL2A": 1.49}, (0, 1)),
        ({"CRPIX1A": 1.0000001}, (0, 0)),
        ({"CRPIX2A": 2}, (0, 0)),
        ({"CRVAL1A": math.nan}, (0, 0)),
        ({"CRVAL2A": "7"}, (0, 0)),
    ],
)
def testXY0(change, want):
    cards = {"CRPIX1A": 1.0, "CRPIX2A": 1, "CRVAL1A": 7.0, "CRVAL2A": 8.0} | change
    assert getImageXY0FromMetadata(makeMetadata(**cards), "A") == Point2I(*want)


@pytest.mark.parametrize("missing", ["CRPIX1A", "CRPIX2A", "CRVAL1A", "CRVAL2A"])
def testXY0NeedsAllKeywords(missing):
    metadata = createTrivialWcsMetadata("A", Point2I(3, 4))
    metadata.remove(missing)
    assert getImageXY0FromMetadata(metadata, "A", strip=True) == Point2I(0, 0)
    assert metadata.exists("CUNIT1A")


def testDeleteBasic():
    cards = {key + suffix: 1.0 for suffix in ("", "A") for key in ("CRPIX1", "CD2_1", "CUNIT2", "WCSAXES")}
    metadata = makeMetadata(**cards, A_ORDER=2)
    deleteBasicWcsMetadata(metadata, "A")
    assert list(getCards(metadata)) == ["CRPIX1", "CD2_1", "CUNIT2", "WCSAXES", "A_ORDER"]


def testSimpleWcs():
    metadata = makeSimpleWcsMetadata(Point2D(10, 20.5), CRVAL, np.array([[1e-4, 0], [2e-5, 3e-4]]), "STG")
    assert getCards(metadata) == {
        "RADESYS": "ICRS",
        "CTYPE1": "RA---STG",
        "CTYPE2": "DEC--STG",
        "CRPIX1": 11.0,
        "CRPIX2": 21.5,
        "CRVAL1": pytest.approx(30, rel=1e-15),
        "CRVAL2": pytest.approx(-40, rel=1e-15),
        "CUNIT1": "deg",
        "CUNIT2": "deg",
        "CD1_1": 1e-4,
        "CD2_1": 2e-5,
        "CD2_2": 3e-4,
    }
    np.testing.assert_array_equal(getCdMatrixFromMetadata(metadata), [[1e-4, 0], [2e-5, 3e-4]])
    with pytest.raises(InvalidParameterError, match="shape"):
        makeSimpleWcsMetadata(Point2D(0, 0), CRVAL, np.eye(3))


def testNoCdMatrix():
    with pytest.raises(LsstTypeError, match="CD"):
        getCdMatrixFromMetadata(makeMetadata(CDELT1=1.0))


@given(st.integers(1, 5).flatmap(lambda n: st.lists(st.floats(-1, 1), min_size=n * n, max_size=n * n)))
def testSipMatrixRoundTrip(values):
    size = round(len(values) ** 0.5)
    matrix = np.array(values).reshape(size, size)
    metadata = makeSipMatrixMetadata(matrix, "AP")
    assert metadata.getScalar("AP_ORDER") == size - 1
    assert hasSipMatrix(metadata, "AP") and not hasSipMatrix(metadata, "A")
    np.testing.assert_array_equal(getSipMatrixFromMetadata(metadata, "AP"), matrix)
    for (i, j), value in np.ndenumerate(matrix):
        assert metadata.exists(f"AP_{i}_{j}") is bool(value != 0)


def testSipRejects():
    with pytest.raises(LsstTypeError, match="A_ORDER"):
        getSipMatrixFromMetadata(PropertyList(), "A")
    for bad in (np.zeros((2, 3)), np.zeros((0, 0)), np.zeros(4)):
        with pytest.raises(InvalidParameterError, match="square"):
            makeSipMatrixMetadata(bad, "A")


def testTanSip():
    a, b = np.zeros((3, 3)), np.zeros((3, 3))
    a[2, 0], b[1, 1] = 1e-7, 3e-7
    metadata = makeTanSipMetadata(Point2D(1, 2), CRVAL, np.eye(2) * 1e-4, a, b)
    cards = getCards(metadata)
    assert cards["CTYPE1"] == "RA---TAN-SIP"
    assert (cards["A_ORDER"], cards["A_2_0"], cards["B_1_1"]) == (2, 1e-7, 3e-7)
    assert not any(name.startswith(("AP", "BP")) for name in cards)
    cards = getCards(makeTanSipMetadata(Point2D(1, 2), CRVAL, np.eye(2) * 1e-4, a, b, -a, -b))
    assert (cards["AP_2_0"], cards["BP_1_1"]) == (-1e-7, -3e-7)
    wcs = makeTanSipWcs(Point2D(1, 2), CRVAL, np.eye(2) * 1e-4, a, b, -a, -b)
    assert getCards(wcs.getFitsMetadata()).items() >= {"A_2_0": 1e-7, "BP_1_1": -3e-7}.items()
    with pytest.raises(TypeError, match="together"):
        makeTanSipWcs(Point2D(1, 2), CRVAL, np.eye(2) * 1e-4, a, b, -a)
