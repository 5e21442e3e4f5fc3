# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""SkyWcs in FITS headers: reading, stripping and writing keywords."""

from __future__ import annotations

import math

import numpy as np
import pytest
import starlink.Ast as Ast
from astropy.coordinates import SkyCoord
from astropy.io.fits import Header
from astropy.wcs import WCS
from lsst.afw.geom import (
    SkyWcs,
    TransformPoint2ToPoint2,
    makeCdMatrix,
    makeModifiedWcs,
    makeSkyWcs,
    stripWcsMetadata,
    wcsAlmostEqualOverBBox,
)
from lsst.daf.base import PropertyList
from lsst.geom import Box2I, Extent2I, Point2D, Point2I, SpherePoint, arcseconds, degrees
from lsst.pex.exceptions import RuntimeError as LsstRuntimeError
from lsst.pex.exceptions import TypeError as LsstTypeError


def wcsFromHeader(metadata):
    """WCS of an image header; `None` if it has none."""
    try:
        return SkyWcs(metadata, strip=True)
    except LsstTypeError:
        return None


def headerCards(wcs, bbox):
    """Cards (name, value, comment) that approximate a WCS."""
    try:
        metadata = wcs.getFitsMetadata(False, bbox)
    except LsstRuntimeError:
        return []
    return [
        (name, metadata.getScalar(name), metadata.getComment(name)) for name in metadata.getOrderedNames()
    ]


TAN = {
    "CTYPE1": "RA---TAN",
    "CTYPE2": "DEC--TAN",
    "CRPIX1": 1001.0,
    "CRPIX2": 501.0,
    "CRVAL1": 43.0,
    "CRVAL2": 44.0,
    "CD1_1": -5e-5,
    "CD1_2": 1e-6,
    "CD2_1": 2e-6,
    "CD2_2": 5e-5,
    "RADESYS": "ICRS",
}
SIP = TAN | {
    "CTYPE1": "RA---TAN-SIP",
    "CTYPE2": "DEC--TAN-SIP",
    "A_ORDER": 2,
    "B_ORDER": 2,
    "A_2_0": 1e-7,
    "A_0_2": 2e-7,
    "B_1_1": 3e-7,
}
TPV = TAN | {
    "CTYPE1": "RA---TPV",
    "CTYPE2": "DEC--TPV",
    "PV1_0": 1e-4,
    "PV1_1": 1.001,
    "PV1_2": -1e-4,
    "PV1_4": 1e-3,
    "PV1_7": 0.02,
    "PV2_0": -2e-4,
    "PV2_1": 0.999,
    "PV2_2": 3e-4,
    "PV2_5": 2e-3,
    "PV2_10": -0.03,
}
X = np.array([0.0, 10.0, 500.0, 1999.0, -50.0])
Y = np.array([0.0, 900.0, 20.0, 1500.0, -70.0])


def makeMetadata(cards):
    result = PropertyList()
    for name, value in cards.items():
        result.set(name, value)
    return result


def getCards(metadata):
    return {name: metadata.getScalar(name) for name in metadata.names()}


def astropySky(cards):
    """Positions of the test pixels in the header's own system, degrees."""
    header = Header()
    for name, value in cards.items():
        header[name] = value
    return WCS(header).all_pix2world(X, Y, 0)


@pytest.mark.parametrize("cards", [TAN, SIP, TPV], ids=["TAN", "SIP", "TPV"])
def testAgreesWithAstropy(cards):
    wcs = makeSkyWcs(makeMetadata(cards))
    ra, dec = wcs.pixelToSkyArray(X, Y, degrees=True)
    np.testing.assert_allclose((ra, dec), astropySky(cards), rtol=0, atol=1e-10)
    x, y = wcs.skyToPixelArray(ra, dec, degrees=True)
    np.testing.assert_allclose((x, y), (X, Y), rtol=0, atol=1e-3 if cards is TPV else 1e-7)


SPARSE = [
    (a, b)
    for a in ((), ("2_0",), ("1_1",), ("0_2",), ("2_0", "0_2"))
    for b in ((), ("2_0",), ("0_2",), ("2_0", "1_1", "0_2"))
    if a or b
]


@pytest.mark.parametrize(("a", "b"), SPARSE, ids=str)
def testSparseSip(a, b):
    """AST itself loses linear terms, or writes outside its memory."""
    cards = {name: value for name, value in SIP.items() if name[1:3] not in ("_2", "_0", "_1")}
    cards |= {f"A_{term}": 2e-7 for term in a} | {f"B_{term}": -3e-7 for term in b}
    wcs = makeSkyWcs(makeMetadata(cards))
    want = astropySky(cards)
    np.testing.assert_allclose(wcs.pixelToSkyArray(X, Y, degrees=True), want, rtol=0, atol=1e-10)
    exported = getCards(wcs.getFitsMetadata(True))
    terms = {name for name in exported if name.startswith(("A_", "B_")) and not name.endswith("ORDER")}
    assert terms == {name for name in cards if name.startswith(("A_", "B_")) and not name.endswith("ORDER")}
    again = makeSkyWcs(makeMetadata(exported))
    np.testing.assert_allclose(again.pixelToSkyArray(X, Y, degrees=True), want, rtol=0, atol=1e-9)


def testDistortionOfTpvIsNotInCdMatrix():
    wcs = makeSkyWcs(makeMetadata(TPV))
    np.testing.assert_allclose(wcs.getCdMatrix(Point2D(3, 4)), [[-5e-5, 1e-6], [2e-6, 5e-5]], rtol=1e-12)


def testSipNeedsItsCtype():
    plain = makeSkyWcs(makeMetadata(SIP | {"CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN"}))
    tan = makeSkyWcs(makeMetadata(TAN))
    np.testing.assert_array_equal(plain.pixelToSkyArray(X, Y), tan.pixelToSkyArray(X, Y))


def testGalactic():
    cards = TAN | {"CTYPE1": "GLON-TAN", "CTYPE2": "GLAT-TAN"}
    del cards["RADESYS"]
    ra, dec = makeSkyWcs(makeMetadata(cards)).pixelToSkyArray(X, Y)
    glon, glat = astropySky(cards)
    want = SkyCoord(glon, glat, unit="deg", frame="galactic").icrs
    got = SkyCoord(ra, dec, unit="rad", frame="icrs")
    # AST and astropy differ in how they realise galactic coordinates.
    assert got.separation(want).arcsec.max() < 0.1


@pytest.mark.parametrize("keyword", ["RADESYS", "RADECSYS"])
def testFk5(keyword):
    cards = {name: value for name, value in TAN.items() if name != "RADESYS"}
    cards |= {keyword: "FK5", "EQUINOX": 1975.0}
    metadata = makeMetadata(cards)
    ra, dec = makeSkyWcs(metadata).pixelToSkyArray(X, Y)
    assert metadata.exists("RADESYS") and not metadata.exists("RADECSYS")
    ownRa, ownDec = astropySky(TAN)
    want = SkyCoord(ownRa, ownDec, unit="deg", frame="fk5", equinox="J1975").icrs
    assert SkyCoord(ra, dec, unit="rad", frame="icrs").separation(want).arcsec.max() < 0.05


def testSwappedAxes():
    swapped = {
        "CTYPE1": "DEC--TAN",
        "CTYPE2": "RA---TAN",
        "CRVAL1": 44.0,
        "CRVAL2": 43.0,
        "CD1_1": TAN["CD2_1"],
        "CD1_2": TAN["CD2_2"],
        "CD2_1": TAN["CD1_1"],
        "CD2_2": TAN["CD1_2"],
    }
    wcs = makeSkyWcs(makeMetadata(TAN | swapped))
    want = makeSkyWcs(makeMetadata(TAN)).pixelToSkyArray(X, Y)
    np.testing.assert_allclose(wcs.pixelToSkyArray(X, Y), want, rtol=0, atol=1e-14)


def testCdeltHeader():
    cards = {name: value for name, value in TAN.items() if not name.startswith("CD")}
    cards |= {"CDELT1": -5e-5, "CDELT2": 5e-5, "PC1_1": 0.8, "PC1_2": -0.6, "PC2_1": 0.6, "PC2_2": 0.8}
    got = makeSkyWcs(makeMetadata(cards)).pixelToSkyArray(X, Y, degrees=True)
    np.testing.assert_allclose(got, astropySky(cards), rtol=0, atol=1e-11)


def testOriginOfSubimage():
    metadata = makeMetadata(SIP | {"CRPIX1A": 1.0, "CRPIX2A": 1, "CRVAL1A": 300, "CRVAL2A": 200.0})
    wcs = makeSkyWcs(metadata)
    assert list(wcs.getPixelOrigin()) == pytest.approx([1300, 700], abs=1e-9)
    local = makeSkyWcs(makeMetadata(SIP))
    got = wcs.pixelToSkyArray(X + 300, Y + 200)
    np.testing.assert_allclose(got, local.pixelToSkyArray(X, Y), rtol=0, atol=1e-14)


def testStrip():
    others = {"LTV1": -3.0, "NAXIS1": 100, "FOO": 3, "DATE-OBS": "2020-01-01", "EXPINFO_V": 2}
    origin = {
        "CTYPE1A": "LINEAR",
        "CRPIX1A": 1.0,
        "CRPIX2A": 1.0,
        "CRVAL1A": 3.0,
        "CRVAL2A": 4.0,
        "CUNIT1A": "PIXEL",
    }
    metadata = makeMetadata(SIP | others | origin)
    wcs = SkyWcs(metadata, strip=True)
    assert getCards(metadata) == others | {"A_ORDER": 2, "B_ORDER": 2}
    assert list(wcs.getPixelOrigin()) == pytest.approx([1003, 504], abs=1e-9)
    metadata = makeMetadata(TAN | others)
    stripWcsMetadata(metadata)
    assert getCards(metadata) == others


def testUnrelatedCardsAreIgnored(caplog):
    cards = TAN | {
        "LONG KEYWORD": 1.0,
        "TEXT": "x" * 80,
        "NOTANUM": math.nan,
        "BIG": 2**40,
        "FLAG": True,
        "UMLAUT": "ä",
        "NOTHING": None,
    }
    got = makeSkyWcs(makeMetadata(cards))
    assert got == makeSkyWcs(makeMetadata(TAN))
    assert "NOTANUM" in caplog.text


BAD = [
    ({"CRPIX1": None}, "CRPIX1"),
    ({"CRPIX2": "abc"}, "CRPIX2"),
    ({"CTYPE1": "LINEAR", "CTYPE2": "LINEAR"}, "celestial"),
    ({"CTYPE1": "RA---XYZ", "CTYPE2": "DEC--XYZ"}, "WCS"),
    ({"CD1_1": 0.0, "CD1_2": 0.0}, "WCS"),
    ({"CRVAL2": 1e300}, "CRVAL2"),
    ({"NAXIS": 2**31 - 1}, "NAXIS"),
    ({"WCSAXES": 2**31 - 1}, "WCSAXES"),
    ({"EQUINOX": 2**31 - 1}, "EQUINOX"),
    ({"MJD-OBS": 1e12}, "MJD-OBS"),
    ({"WAT1_001": 3}, "WAT1_001"),
    ({"A_ORDER": -1}, "A_ORDER"),
    ({"CTYPE1": "RA---TAB", "CTYPE2": "DEC--TAB"}, "WCS"),
]


@pytest.mark.parametrize(("change", "message"), BAD, ids=lambda value: str(value)[:40])
def testBadHeaders(change, message):
    cards = {name: value for name, value in (TAN | change).items() if value is not None}
    before = dict(cards)
    metadata = makeMetadata(cards)
    with pytest.raises(LsstTypeError, match=message):
        makeSkyWcs(metadata, strip=True)
    assert getCards(metadata) == before
    assert wcsFromHeader(metadata) is None


def testExport():
    wcs = makeSkyWcs(Point2D(1000.5, 500), SpherePoint(43, 44, degrees), makeCdMatrix(1 * arcseconds), "STG")
    metadata = wcs.getFitsMetadata()
    cards = getCards(metadata)
    assert list(cards) == (
        [
            "WCSAXES",
            "CRPIX1",
            "CRPIX2",
            "CRVAL1",
            "CRVAL2",
            "CTYPE1",
            "CTYPE2",
            "CD1_1",
            "CD2_2",
            "RADESYS",
            "CD1_2",
            "CD2_1",
        ]
    )
    assert (cards["CRPIX1"], cards["CRPIX2"]) == pytest.approx((1001.5, 501), rel=1e-14)
    assert (cards["CTYPE1"], cards["RADESYS"], cards["CD1_2"]) == ("RA---STG", "ICRS", 0.0)
    assert metadata.getComment("CRPIX1") == "Reference pixel on axis 1"
    box = Box2I(Point2I(300, 200), Extent2I(50, 60))
    cards = getCards(wcs.getFitsMetadata(bbox=box))
    assert (cards["CRPIX1"], cards["CRPIX2"]) == pytest.approx((701.5, 301), rel=1e-14)
    assert headerCards(wcs, box)[1] == ("CRPIX1", pytest.approx(701.5), "Reference pixel on axis 1")


def testExportOfSipReadsBack():
    wcs = makeSkyWcs(makeMetadata(SIP))
    box = Box2I(Point2I(30, 40), Extent2I(500, 400))
    metadata = wcs.getFitsMetadata(True, box)
    for axis, value in ((1, 30.0), (2, 40.0)):
        metadata.set(f"CRPIX{axis}A", 1.0)
        metadata.set(f"CRVAL{axis}A", value)
    assert wcsAlmostEqualOverBBox(wcsFromHeader(metadata), wcs, box, 1e-6 * arcseconds, 1e-4)


def makeDistortion(cubic):
    """Transform that adds a cubic term to each coordinate."""
    terms = [[1.0, 1, 1, 0], [cubic, 1, 3, 0], [1.0, 2, 0, 1], [cubic, 2, 0, 3]]
    return TransformPoint2ToPoint2(
        Ast.PolyMap(terms, None, "IterInverse=1, TolInverse=1e-12, NIterInverse=20")
    )


def testWhatFitsCannotRepresent():
    distortion = makeDistortion(1e-4)
    wcs = makeModifiedWcs(distortion, makeSkyWcs(makeMetadata(TAN)), False)
    assert not wcs.isFits
    with pytest.raises(LsstRuntimeError):
        wcs.getFitsMetadata()
    assert headerCards(wcs, Box2I(Point2I(0, 0), Extent2I(10, 10))) == []
    assert str(wcs).startswith("Non-standard SkyWcs (Frames: PIXELS, IWC, SKY): \nSky Origin: (43.")
