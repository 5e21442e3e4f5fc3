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
    getImageXY0FromMetadata,
    makeSimpleWcsMetadata,
    makeSipMatrixMetadata,
    makeTanSipWcs,
)
from lsst.daf.base import PropertyList
from lsst.geom import Point2D, Point2I, SpherePoint, degrees
from lsst.pex.exceptions import InvalidParameterError

CRVAL = SpherePoint(30, -40, degrees)


def makeMetadata(**cards):
    result = PropertyList()
    for name, value in cards.items():
        result.set(name, value)
    return result


def getCards(metadata):
    return {name: metadata.getScalar(name) for name in metadata.getOrderedNames()}


def makeXY0(name, x, y):
    """Make the keywords that record the first pixel of an image."""
    cards = {}
    for axis, value in ((1, x), (2, y)):
        cards |= {f"CTYPE{axis}": "LINEAR", f"CRPIX{axis}": 1.0, f"CRVAL{axis}": float(value)}
        cards |= {f"CUNIT{axis}": "PIXEL", f"CD{axis}_1": 1.0}
    return makeMetadata(**{key + name: value for key, value in cards.items()})


@given(st.integers(-(10**9), 10**9), st.integers(-(10**9), 10**9))
def testXY0RoundTrip(x, y):
    metadata = makeXY0("B", x, y)
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
    metadata = makeXY0("A", 3, 4)
    metadata.remove(missing)
    assert getImageXY0FromMetadata(metadata, "A", strip=True) == Point2I(0, 0)
    assert metadata.exists("CUNIT1A")


def testStripKeepsOtherWcs():
    metadata = makeXY0("A", 3, 4)
    for name in ("CRPIX1", "CD2_1", "CUNIT2", "WCSAXES", "A_ORDER"):
        metadata.set(name, 1.0)
    assert getImageXY0FromMetadata(metadata, "A", strip=True) == Point2I(3, 4)
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
    with pytest.raises(InvalidParameterError, match="shape"):
        makeSimpleWcsMetadata(Point2D(0, 0), CRVAL, np.eye(3))


@given(st.integers(1, 5).flatmap(lambda n: st.lists(st.floats(-1, 1), min_size=n * n, max_size=n * n)))
def testSipMatrix(values):
    size = round(len(values) ** 0.5)
    matrix = np.array(values).reshape(size, size)
    metadata = makeSipMatrixMetadata(matrix, "AP")
    assert metadata.getScalar("AP_ORDER") == size - 1
    terms = {f"AP_{i}_{j}": value for (i, j), value in np.ndenumerate(matrix) if value}
    assert getCards(metadata) == {"AP_ORDER": size - 1, **terms}


def testSipRejects():
    for bad in (np.zeros((2, 3)), np.zeros((0, 0)), np.zeros(4)):
        with pytest.raises(InvalidParameterError, match="square"):
            makeSipMatrixMetadata(bad, "A")


def testTanSip():
    a, b = np.zeros((3, 3)), np.zeros((3, 3))
    a[2, 0], b[1, 1] = 1e-7, 3e-7
    cards = getCards(makeTanSipWcs(Point2D(1, 2), CRVAL, np.eye(2) * 1e-4, a, b).getFitsMetadata())
    assert cards["CTYPE1"] == "RA---TAN-SIP"
    assert (cards["A_ORDER"], cards["A_2_0"], cards["B_1_1"]) == (2, 1e-7, 3e-7)
    assert not any(name.startswith(("AP", "BP")) for name in cards)
    cards = getCards(makeTanSipWcs(Point2D(1, 2), CRVAL, np.eye(2) * 1e-4, a, b, -a, -b).getFitsMetadata())
    assert (cards["AP_2_0"], cards["BP_1_1"]) == (-1e-7, -3e-7)
    with pytest.raises(TypeError, match="together"):
        makeTanSipWcs(Point2D(1, 2), CRVAL, np.eye(2) * 1e-4, a, b, -a)
