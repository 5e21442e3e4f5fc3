# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""SkyWcs: factories, local properties, related WCSs."""

from __future__ import annotations

import math
import re
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lsst.afw.geom import (
    SkyWcs,
    TransformPoint2ToPoint2,
    makeCdMatrix,
    makeFlippedWcs,
    makeIdentityTransform,
    makeModifiedWcs,
    makeSkyWcs,
    makeTanSipWcs,
    makeTransform,
    makeWcsPairTransform,
    wcsAlmostEqualOverBBox,
)
from lsst.geom import (
    AffineTransform,
    Box2I,
    Extent2D,
    Extent2I,
    LinearTransform,
    Point2D,
    Point2I,
    SpherePoint,
    arcseconds,
    degrees,
    radians,
)
from lsst.pex.exceptions import LogicError
from lsst.pex.exceptions import RuntimeError as LsstRuntimeError
from lsst.pex.exceptions import TypeError as LsstTypeError
from lsst.sphgeom import LonLat

BOX = Box2I(Point2I(0, 0), Extent2I(1000, 800))


def sky(ra, dec):
    return SpherePoint(ra, dec, degrees)


def inDegrees(point):
    return list(point.getPosition(degrees))


@pytest.fixture
def tan():
    return makeSkyWcs(Point2D(100, 100), sky(0, 45), makeCdMatrix(1 * arcseconds))


@pytest.fixture
def sip():
    a, b = np.zeros((3, 3)), np.zeros((3, 3))
    a[2, 0], a[0, 2], b[1, 1] = 1e-7, 2e-7, 3e-7
    return makeTanSipWcs(Point2D(1000, 500), sky(43, 44), np.diag([-5e-5, 5e-5]), a, b)


def testTanPositions(tan):
    assert inDegrees(tan.pixelToSky(Point2D(0, 0))) == [0.039264667868112224, 44.972215497404214]
    assert inDegrees(tan.pixelToSky(101, 100)) == pytest.approx(
        [359.99960716289934, 44.99999999932665], rel=1e-15
    )
    assert list(tan.skyToPixel(sky(0.1, 45.1))) == [-154.11421665081861, 460.1574447750582]
    assert inDegrees(tan.pixelToSky(Point2D(1000, 0))) == pytest.approx([359.646622, 44.97167735], abs=1e-6)
    assert f"{tan.getPixelScale().asArcseconds():.11f}" == "0.99999999997"
    assert tan.getPixelScale(Point2D(5000, 5000)).asArcseconds() == pytest.approx(0.9991542081, abs=1e-10)
    assert tan.isFlipped is False
    assert tan.isFits is True


def testFarHemisphereIsNan(tan):
    assert all(math.isnan(value) for value in tan.skyToPixel(sky(180, -45)))
    x, y = tan.skyToPixelArray([180.0, 0.0], [-45.0, 45.0], degrees=True)
    assert np.isnan(x).tolist() == np.isnan(y).tolist() == [True, False]
    assert all(math.isnan(float(value)) for value in tan.pixelToSky(Point2D(math.nan, 0)))


def testOverloads(tan):
    points = [Point2D(1, 2), Point2D(3, 4)]
    assert tan.pixelToSky(points) == [tan.pixelToSky(point) for point in points]
    assert tan.pixelToSky(tuple(points)) == tan.pixelToSky(points)
    assert tan.pixelToSky([]) == [] and tan.skyToPixel(()) == []
    assert tan.pixelToSky(x=1, y=2) == tan.pixelToSky(Point2D(1, 2))
    lonLat = LonLat.fromDegrees(0.01, 45.01)
    assert tan.skyToPixel(lonLat) == tan.skyToPixel(SpherePoint(lonLat))
    with pytest.raises(TypeError):
        tan.pixelToSky(Point2I(1, 2))
    with pytest.raises(TypeError):
        tan.skyToPixel(Point2D(1, 2))


def testArrays(tan):
    ra, dec = tan.pixelToSkyArray(101, 100)
    assert ra.shape == dec.shape == (1,)
    assert ra[0] == pytest.approx(math.radians(359.99960716289934), rel=1e-15)
    assert tan.pixelToSkyArray([], [])[0].shape == (0,)
    with pytest.raises(ValueError, match="shapes"):
        tan.pixelToSkyArray(np.zeros((2, 2)), np.zeros((2, 2)))
    with pytest.raises(ValueError, match="shapes"):
        tan.skyToPixelArray([1.0, 2.0], [1.0])


def testOrigins(tan):
    assert list(tan.getPixelOrigin()) == pytest.approx([100, 100], rel=1e-15)
    assert tan.getSkyOrigin().separation(sky(0, 45)).asRadians() < 1e-15


def testCdMatrix():
    got = makeCdMatrix(1 * arcseconds, 30 * degrees)
    np.testing.assert_allclose(got, [[-2.4056261e-4, 1.3888889e-4], [1.3888889e-4, 2.4056261e-4]], rtol=1e-7)
    got = makeCdMatrix(0.2 * arcseconds, 30 * degrees, True)
    want = [[4.81125224e-5, 2.77777778e-5], [-2.77777778e-5, 4.81125224e-5]]
    np.testing.assert_allclose(got, want, rtol=1e-8)
    assert makeSkyWcs(Point2D(0, 0), sky(1, 2), got).isFlipped is True


def testSingularCdMatrix():
    with pytest.raises((LsstRuntimeError, LsstTypeError)):
        _ = makeSkyWcs(Point2D(0, 0), sky(1, 2), np.array([[1e-4, 1e-4], [1e-4, 1e-4]])).isFlipped


def testSip(sip):
    frames = sip.getFrameDict()
    iwc = frames.getMapping("PIXELS", "IWC").applyForward([-1, -1])
    assert list(iwc) == pytest.approx([0.05004248, -0.02504248], abs=1e-8)
    want = [[-4.999e-5, 1.0e-8], [-7.5e-9, 4.9985e-5]]
    np.testing.assert_allclose(sip.getCdMatrix(Point2D(0, 0)), want, rtol=1e-9)
    for pixel in (Point2D(0, 0), Point2D(2000, 1000)):
        assert list(sip.skyToPixel(sip.pixelToSky(pixel))) == pytest.approx(list(pixel), abs=1e-8)
    direct = SpherePoint(*frames.getMapping("IWC", "SKY").applyForward(iwc), radians)
    assert direct.separation(sip.pixelToSky(Point2D(-1, -1))).asArcseconds() < 1e-9


def testSipInverse(sip):
    a, b = np.zeros((3, 3)), np.zeros((3, 3))
    a[2, 0], b[1, 1] = 1e-7, 3e-7
    wcs = makeTanSipWcs(Point2D(1000, 500), sky(43, 44), np.diag([-5e-5, 5e-5]), a, b, -a, -b)
    # The given inverse is used, and is less exact than an iterative one.
    back = wcs.skyToPixel(wcs.pixelToSky(Point2D(0, 0)))
    assert 1e-6 < math.hypot(*back) < 1e-2
    with pytest.raises(TypeError, match="together"):
        makeTanSipWcs(Point2D(0, 0), sky(43, 44), np.eye(2), a, b, a)


def testShiftedOrigin(sip):
    moved = sip.copyAtShiftedPixelOrigin(Extent2D(30, -20))
    for pixel in (Point2D(3, 4), Point2D(700, 800)):
        assert (
            moved.pixelToSky(pixel + Extent2D(30, -20)).separation(sip.pixelToSky(pixel)).asArcseconds()
            < 1e-8
        )
    assert list(moved.getPixelOrigin()) == pytest.approx([1030, 480], abs=1e-8)
    assert moved.getSkyOrigin() == sip.getSkyOrigin()
    with pytest.raises(TypeError):
        sip.copyAtShiftedPixelOrigin(Point2D(1, 2))


def testFlipped(sip):
    center = Point2D(500, 400)
    for lr, tb in ((True, False), (False, True), (True, True)):
        flipped = makeFlippedWcs(sip, lr, tb, center)
        pixel = Point2D(1000 - 12 if lr else 12, 800 - 34 if tb else 34)
        assert flipped.pixelToSky(pixel).separation(sip.pixelToSky(Point2D(12, 34))).asArcseconds() < 1e-8
        assert flipped.isFlipped is (lr != tb)


def testModified(sip):
    affine = AffineTransform(LinearTransform.makeRotation(20 * degrees), Extent2D(3, 4))
    modified = makeModifiedWcs(makeTransform(affine), sip, False)
    pixel = Point2D(55, 66)
    assert modified.pixelToSky(pixel).separation(sip.pixelToSky(affine(pixel))).asArcseconds() < 1e-8
    assert modified.getSkyOrigin() == sip.getSkyOrigin()
    assert makeModifiedWcs(makeIdentityTransform(), sip, False).pixelToSky(pixel) == sip.pixelToSky(pixel)


def testFromFieldAngle():
    boresight = sky(30, -20)
    scale = (0.2 * arcseconds).asRadians()
    toField = makeTransform(AffineTransform(LinearTransform.makeScaling(scale), Extent2D(-scale * 50, 0)))
    wcs = makeSkyWcs(toField, 40 * degrees, False, boresight)
    want = makeSkyWcs(Point2D(50, 0), boresight, makeCdMatrix(0.2 * arcseconds, 40 * degrees))
    assert wcsAlmostEqualOverBBox(wcs, want, BOX, 1e-6 * arcseconds, 1e-6)
    named = makeSkyWcs(pixelsToFieldAngle=toField, orientation=40 * degrees, flipX=False, boresight=boresight)
    assert named == wcs


def testMakeSkyWcsRejects():
    for arguments in ((), (1,), ("x", 2)):
        with pytest.raises(TypeError, match="Cannot make a SkyWcs"):
            makeSkyWcs(*arguments)
    with pytest.raises(TypeError):
        makeSkyWcs(Point2D(0, 0), sky(1, 2))


def testPairTransform(tan, sip):
    other = makeSkyWcs(Point2D(20, 30), sky(43.01, 44.02), makeCdMatrix(0.3 * arcseconds, 70 * degrees))
    transform = makeWcsPairTransform(sip, other)
    assert isinstance(transform, TransformPoint2ToPoint2)
    pixel = Point2D(100, 200)
    want = other.skyToPixel(sip.pixelToSky(pixel))
    assert list(transform.applyForward(pixel)) == pytest.approx(list(want), abs=1e-7)
    assert list(transform.applyInverse(want)) == pytest.approx(list(pixel), abs=1e-7)


def testTanWcs(sip):
    pixel = Point2D(300, 700)
    tangent = sip.getTanWcs(pixel)
    assert tangent.pixelToSky(pixel).separation(sip.pixelToSky(pixel)).asArcseconds() < 1e-9
    np.testing.assert_allclose(tangent.getCdMatrix(), sip.getCdMatrix(pixel), rtol=1e-9, atol=1e-16)


def testLinearize(tan, sip):
    for wcs in (tan, sip):
        pixel = Point2D(30, 40)
        position = wcs.pixelToSky(pixel)
        forward = wcs.linearizePixelToSky(pixel, arcseconds)
        assert list(forward(pixel)) == pytest.approx(list(position.getPosition(arcseconds)), rel=1e-14)
        xi, eta = position.getTangentPlaneOffset(wcs.pixelToSky(Point2D(31, 40)))
        want = [xi.asArcseconds(), eta.asArcseconds()]
        assert list(forward.getLinear().getMatrix()[:, 0]) == pytest.approx(want, rel=1e-12)
        both = forward * wcs.linearizeSkyToPixel(position, arcseconds)
        np.testing.assert_allclose(both.getMatrix(), np.eye(3), atol=1e-4)


def testEquality(tan, sip):
    same = makeSkyWcs(Point2D(100, 100), sky(0, 45), makeCdMatrix(1 * arcseconds))
    assert same == tan
    assert tan != sip and tan != "SkyWcs"
    with pytest.raises(TypeError, match="unhashable"):
        hash(tan)
    # Older releases of AST wrote redundant items; those do not count.
    older = re.sub(r"( +)(Begin ZoomMap\n +Nin = 2\n)", r"\1\2\1   Invert = 0\n", tan.writeString())
    assert older != tan.writeString()
    assert SkyWcs.readString(older) == tan
    assert SkyWcs.readString(older).writeString() == older


def testApproximation(tan, sip):
    both = sip.copyWithFitsApproximation(tan)
    assert both.hasFitsApproximation() and both.getFitsApproximation() is tan
    assert not sip.hasFitsApproximation() and sip.getFitsApproximation() is None
    assert both != sip
    assert both.getFitsMetadata().getScalar("CTYPE1") == "RA---TAN"
    assert both.getFitsMetadata(True).getScalar("CTYPE1") == "RA---TAN-SIP"
    with pytest.raises(LogicError):
        tan.copyWithFitsApproximation(both)


def testAlmostEqual(tan):
    assert wcsAlmostEqualOverBBox(tan, tan, BOX)
    near = tan.copyAtShiftedPixelOrigin(Extent2D(0.005, 0))
    assert wcsAlmostEqualOverBBox(tan, near, BOX)
    assert not wcsAlmostEqualOverBBox(tan, near, BOX, maxDiffPix=0.004)
    assert not wcsAlmostEqualOverBBox(tan, near, BOX, maxDiffSky=0.004 * arcseconds)


def testString(tan):
    lines = str(tan).splitlines()
    assert lines[0] == "FITS standard SkyWcs:"
    assert lines[1] == "Sky Origin: (0.0000000000, +45.0000000000)"
    assert lines[2] == "Pixel Origin: (100, 100)"
    assert lines[3] == "Pixel Scale: 1 arcsec/pixel"
    assert repr(tan) == str(tan)


def testThreads(sip):
    want = sip.pixelToSkyArray(np.arange(50.0), np.arange(50.0))

    def work(_):
        copy = SkyWcs.readString(sip.writeString())
        assert np.array_equal(copy.pixelToSkyArray(np.arange(50.0), np.arange(50.0)), want)
        assert np.array_equal(sip.pixelToSkyArray(np.arange(50.0), np.arange(50.0)), want)
        return copy.getFitsMetadata().getScalar("CTYPE1")

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(work, range(80))) == {"RA---TAN-SIP"}


@settings(max_examples=60, deadline=None)
@given(
    ra=st.floats(0, 360, exclude_max=True),
    # At the pole itself the FITS convention for LONPOLE is another.
    dec=st.floats(-89.99, 89.99),
    orientation=st.floats(0, 360),
    flip=st.booleans(),
    projection=st.sampled_from(["TAN", "STG", "ZEA", "ARC", "SIN"]),
    x=st.floats(-4000, 4000),
    y=st.floats(-4000, 4000),
)
def testZenithalProjections(ra, dec, orientation, flip, projection, x, y):
    cd = makeCdMatrix(0.5 * arcseconds, orientation * degrees, flip)
    wcs = makeSkyWcs(Point2D(10, 20), sky(ra, dec), cd, projection)
    got = wcs.pixelToSky(Point2D(x, y))
    xi, eta = np.radians(cd @ [x - 10, y - 20])
    radius, phi = math.hypot(xi, eta), math.atan2(xi, -eta)
    theta = {
        "TAN": lambda r: math.atan2(1, r),
        "STG": lambda r: math.pi / 2 - 2 * math.atan(r / 2),
        "ZEA": lambda r: math.pi / 2 - 2 * math.asin(r / 2),
        "ARC": lambda r: math.pi / 2 - r,
        "SIN": lambda r: math.acos(r),
    }[projection](radius)
    lon, lat = math.radians(ra), math.radians(dec)
    wantLat = math.asin(
        max(-1.0, min(1.0, math.sin(theta) * math.sin(lat) - math.cos(theta) * math.cos(lat) * math.cos(phi)))
    )
    wantLon = lon + math.atan2(
        math.cos(theta) * math.sin(phi),
        math.sin(theta) * math.cos(lat) + math.cos(theta) * math.sin(lat) * math.cos(phi),
    )
    assert got.separation(SpherePoint(wantLon, wantLat, radians)).asArcseconds() < 0.002
    assert list(wcs.skyToPixel(got)) == pytest.approx([x, y], abs=1e-6)
