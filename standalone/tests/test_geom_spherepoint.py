# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math
import pickle

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from lsst.geom import Angle, Point2D, SpherePoint, averageSpherePoint, degrees, radians
from lsst.pex.exceptions import InvalidParameterError, LengthError
from lsst.sphgeom import LonLat, UnitVector3d, Vector3d

HERE = SpherePoint(10, 20, degrees)

points = st.builds(
    lambda lon, lat: SpherePoint(lon, lat, degrees),
    st.floats(min_value=0, max_value=360),
    st.floats(min_value=-89, max_value=89),
)
angles = st.builds(lambda value: value * degrees, st.floats(min_value=-170, max_value=170))


def inDegrees(point):
    return [angle.asDegrees() for angle in point]


# Values computed by the reference implementation.


def testSeparation():
    assert HERE.separation(SpherePoint(11, 21, degrees)).asDegrees() == 1.3701534390589434


def testBearing():
    assert HERE.bearingTo(SpherePoint(11, 20, degrees)).asDegrees() == pytest.approx(
        0.17101390500619923, rel=1e-13
    )
    assert HERE.bearingTo(SpherePoint(10, 21, degrees)).asDegrees() == pytest.approx(90, abs=1e-13)


@pytest.mark.parametrize(
    ("bearing", "expected"),
    [
        (0, (11.064163459088464, 19.996823873183324)),
        (90, (10, 21)),
        (45, (10.755915900055882, 20.705493411374)),
    ],
)
def testOffset(bearing, expected):
    assert inDegrees(HERE.offset(bearing * degrees, 1 * degrees)) == pytest.approx(expected, abs=1e-14)


def testRotated():
    assert inDegrees(HERE.rotated(SpherePoint(0, 90, degrees), 5 * degrees)) == pytest.approx((15, 20))


def testAverage():
    mean = averageSpherePoint([HERE, SpherePoint(12, 22, degrees)])
    assert inDegrees(mean) == pytest.approx((10.99329894794252, 21.00291981542477), abs=1e-13)
    with pytest.raises(LengthError):
        averageSpherePoint([])


def testTangentPlaneOffset():
    offset = HERE.getTangentPlaneOffset(SpherePoint(11, 21, degrees))
    assert inDegrees(offset) == pytest.approx((0.93991365254549608, 0.99729570319800254), rel=1e-13)


# Construction and access.


@pytest.mark.parametrize(
    "point",
    [
        SpherePoint(10 * degrees, 20 * degrees),
        SpherePoint(longitude=10 * degrees, latitude=20 * degrees),
        SpherePoint(10, latitude=20, units=degrees),
        SpherePoint(longitude=10, latitude=20, units=degrees),
        SpherePoint(HERE),
        SpherePoint(other=HERE),
        SpherePoint(370, 20, degrees),
        SpherePoint(LonLat.fromDegrees(10, 20)),
        SpherePoint(lonLat=LonLat.fromDegrees(10, 20)),
        SpherePoint(HERE.getVector()),
        SpherePoint(unitVector=HERE.getVector()),
        SpherePoint(vector=Vector3d(*(3 * x for x in SpherePoint.toUnitXYZ(ra=10, dec=20, units=degrees)))),
    ],
)
def testConstructors(point):
    assert inDegrees(point) == pytest.approx((10, 20), abs=1e-13)


@pytest.mark.parametrize(
    ("args", "kwargs"),
    [
        ((10.0, 20.0), {}),
        ((10 * degrees, 20 * degrees, degrees), {}),
        ((10 * degrees,), {}),
        ((10, 20, degrees, 1), {}),
        ((), {"lon": 10}),
        (("10", "20", degrees), {}),
    ],
)
def testNoSuchConstructor(args, kwargs):
    with pytest.raises(TypeError):
        SpherePoint(*args, **kwargs)


def testLimits():
    assert SpherePoint(0, 90, degrees).atPole()
    with pytest.raises(InvalidParameterError, match=r"91"):
        SpherePoint(0, 91, degrees)
    with pytest.raises(InvalidParameterError):
        SpherePoint(Vector3d(0, 0, 0))
    assert math.isnan(SpherePoint(Vector3d(math.nan, 0, 0)).getRa().asRadians())
    assert math.isnan(SpherePoint(math.inf, 0, degrees).getRa().asRadians())
    assert not SpherePoint(0, math.nan, degrees).isFinite()
    assert not SpherePoint().isFinite()
    assert HERE.isFinite()


def testPoleHasLongitudeZero():
    assert SpherePoint(Vector3d(0, 0, -2.0)) == SpherePoint(0, -90, degrees)


def testAccess():
    assert HERE[0] == HERE[-2] == HERE.getLongitude() == HERE.getRa() == 10 * degrees
    assert HERE[1] == HERE[-1] == HERE.getLatitude() == HERE.getDec() == 20 * degrees
    assert len(HERE) == 2
    for index in (2, -3):
        with pytest.raises(IndexError):
            HERE[index]
    assert HERE.getPosition(degrees) == Point2D(*inDegrees(HERE))
    with pytest.raises(TypeError):
        HERE.getPosition()
    with pytest.raises(TypeError):
        hash(HERE)
    returned = HERE.getRa()
    returned += 1 * degrees
    assert HERE.getRa() == 10 * degrees


def testVector():
    vector = HERE.getVector()
    assert isinstance(vector, UnitVector3d)
    lon, lat = math.radians(10), math.radians(20)
    expected = (math.cos(lon) * math.cos(lat), math.sin(lon) * math.cos(lat), math.sin(lat))
    assert (vector.x(), vector.y(), vector.z()) == expected


def testUnitXYZ():
    xyz = SpherePoint.toUnitXYZ(longitude=[10, 30], latitude=[20, -40], units=degrees)
    assert np.shape(xyz) == (3, 2)
    vector = SpherePoint(30, -40, degrees).getVector()
    assert np.array(xyz)[:, 1] == pytest.approx((vector.x(), vector.y(), vector.z()), abs=1e-15)
    with pytest.raises(TypeError):
        SpherePoint.toUnitXYZ(longitude=1, ra=1, dec=2, units=degrees)


def testEquality():
    assert SpherePoint(10, 20, degrees) == HERE
    assert LonLat.fromRadians(HERE.getRa().asRadians(), HERE.getDec().asRadians()) == HERE
    assert SpherePoint(10, 21, degrees) != HERE
    assert SpherePoint(0, 90, degrees) != SpherePoint(1, 90, degrees)
    assert SpherePoint() != SpherePoint()
    assert (HERE == (10, 20)) is False


def testText():
    assert str(HERE) == "(10.0000000000, +20.0000000000)"
    assert repr(HERE) == "SpherePoint(10.0*degrees, 20.0*degrees)"


def testArgumentsAreChecked():
    with pytest.raises(TypeError):
        HERE.separation((10, 20))
    with pytest.raises(TypeError):
        HERE.offset(1.0, 2.0 * degrees)
    assert HERE.separation(LonLat.fromDegrees(10, 21)).asDegrees() == pytest.approx(1)


# Properties.


@given(points)
def testPickle(point):
    assert pickle.loads(pickle.dumps(point)) == point


@example(SpherePoint(0, 0, degrees), 1e-7 * degrees, 1.0)
@given(points, angles, st.floats(min_value=0.001, max_value=150))
def testOffsetIsUndoneByItsBearing(point, bearing, amount):
    other = point.offset(bearing, amount * degrees)
    assert point.separation(other).asDegrees() == pytest.approx(amount, abs=1e-9)
    assume(abs(other.getDec().asDegrees()) < 89)
    # The latitude of the axis of the rotation is an arc sine: near a pole that
    # is good to (2 epsilon)^(1/2) = 1.2e-6 degrees.
    assert point.bearingTo(other).separation(bearing).asDegrees() == pytest.approx(0, abs=3e-6)


@given(points, points)
def testSeparationIsAngleBetweenVectors(a, b):
    cosine = a.getVector().dot(b.getVector())
    assert math.cos(a.separation(b)) == pytest.approx(cosine, abs=1e-14)
    assert a.separation(b) == b.separation(a)


@given(points, points, angles)
def testRotationKeepsDistanceToAxis(point, axis, amount):
    rotated = point.rotated(axis, amount)
    assert rotated.separation(axis).asRadians() == pytest.approx(point.separation(axis).asRadians(), abs=1e-7)
    assert rotated.rotated(axis, -amount).separation(point).asRadians() == pytest.approx(0, abs=1e-13)


@given(points)
def testVectorRoundTrip(point):
    assert SpherePoint(point.getVector()).separation(point) < Angle(1e-14, radians)
