# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math
import pickle

import lsst.geom as geom
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsst.geom import Angle, arcminutes, arcseconds, degrees, hours, milliarcseconds, radians

finite = st.floats(min_value=-1e6, max_value=1e6)


@pytest.mark.parametrize(
    ("unit", "value"),
    [
        (radians, 1.0),
        (degrees, math.pi / 180),
        (hours, math.pi / 12),
        (arcminutes, math.pi / 10800),
        (arcseconds, math.pi / 648000),
        (milliarcseconds, math.pi / 648000000),
    ],
)
def testUnits(unit, value):
    assert (2 * unit).asRadians() == pytest.approx(2 * value, rel=1e-15)
    assert (unit * 2.0) == 2 * unit
    assert (3 * unit).asAngularUnits(unit) == pytest.approx(3, rel=1e-15)
    assert pickle.loads(pickle.dumps(unit)) == unit


def testGettersAgree():
    angle = 12.5 * degrees
    assert angle.asDegrees() == 12.5
    assert angle.asHours() == pytest.approx(12.5 / 15, rel=1e-15)
    assert angle.asArcminutes() == pytest.approx(750, rel=1e-15)
    assert angle.asArcseconds() == pytest.approx(45000, rel=1e-15)
    assert angle.asMilliarcseconds() == pytest.approx(4.5e7, rel=1e-15)
    assert float(angle) == angle.asRadians()


def testNumpyScalarsAndArraysTakeUnits():
    assert np.float64(2) * degrees == 2 * degrees
    assert np.int32(2) * degrees == 2 * degrees
    array = np.arange(3) * degrees
    assert array.dtype == object
    assert array[2] == 2 * degrees


def testArithmetic():
    angle = 10 * degrees
    assert (angle + 5 * degrees).asDegrees() == pytest.approx(15)
    assert (angle - 15 * degrees).asDegrees() == pytest.approx(-5)
    assert (-angle).asDegrees() == pytest.approx(-10)
    assert abs(-angle) == angle
    assert 3 * angle == angle * 3
    assert (angle / 4).asDegrees() == pytest.approx(2.5)
    assert math.isinf((angle / 0).asRadians())
    total = sum([angle, angle], start=0 * radians)
    assert total.asDegrees() == pytest.approx(20)
    angle += 1 * degrees
    angle *= 2
    assert angle.asDegrees() == pytest.approx(22)


@pytest.mark.parametrize(
    "operation",
    [
        lambda a: a + 1.0,
        lambda a: 1.0 - a,
        lambda a: a / a,
        lambda a: 1.0 / a,
        lambda a: sum([a, a]),
        lambda a: a // 2,
        lambda a: int(a),
        lambda a: Angle("1"),
        lambda a: Angle(1.0, 2.0),
        lambda a: hash(a),
    ],
)
def testWhatIsNoAngleArithmetic(operation):
    with pytest.raises(TypeError):
        operation(1 * degrees)


def testUnitsOfAnglesAreNotImplemented():
    with pytest.raises(NotImplementedError):
        (1 * degrees) * degrees


def testComparesInRadians():
    assert 1 * degrees == math.pi / 180
    assert 1 * degrees < 1
    assert 2 * degrees >= 1 * degrees
    assert (1 * degrees == "1") is False
    assert 1 * degrees != 2 * degrees


@pytest.mark.parametrize(
    ("value", "wrapped", "centered"),
    [
        (370, 10, 10),
        (-10, 350, -10),
        (180, 180, -180),
        (-180, 180, -180),
        (360, 0, 0),
        (540, 180, -180),
    ],
)
def testWrap(value, wrapped, centered):
    assert (value * degrees).wrap().asDegrees() == pytest.approx(wrapped, abs=1e-12)
    assert (value * degrees).wrapCtr().asDegrees() == pytest.approx(centered, abs=1e-12)


@given(finite)
def testWrapRange(value):
    wrapped = Angle(value).wrap().asRadians()
    assert 0 <= wrapped < geom.TWOPI
    assert math.remainder(wrapped - value, geom.TWOPI) == pytest.approx(0, abs=1e-9)
    assert -math.pi <= Angle(value).wrapCtr().asRadians() < math.pi


@given(finite, finite)
def testWrapNearRange(value, reference):
    difference = Angle(value).wrapNear(Angle(reference)).asRadians() - reference
    assert -math.pi <= difference < math.pi or abs(abs(difference) - math.pi) < 1e-9


def testTinyNegativeWrapsToZero():
    assert Angle(-1e-20).wrap().asRadians() == 0.0
    assert math.isnan(Angle(math.inf).wrap().asRadians())


def testSeparationIsSigned():
    assert (10 * degrees).separation(350 * degrees).asDegrees() == pytest.approx(20)
    assert (350 * degrees).separation(10 * degrees).asDegrees() == pytest.approx(-20)


def testText():
    assert str(1 * degrees) == "0.0174533 rad"
    assert repr(1 * degrees) == "Angle(1, degrees)"
    assert repr(Angle(math.nan)) == "Angle(float('nan'), degrees)"
    assert eval(repr(0.1 * degrees)) == 0.1 * degrees


@given(finite)
def testPickle(value):
    assert pickle.loads(pickle.dumps(Angle(value))) == Angle(value)
    assert Angle.__module__ == "lsst.geom"


def testFunctions():
    assert geom.degToRad(180) == math.pi
    assert geom.radToDeg(math.pi) == 180
    assert geom.radToArcsec(geom.arcsecToRad(7.0)) == pytest.approx(7)
    assert geom.radToMas(geom.masToRad(7.0)) == pytest.approx(7)
    assert geom.isAngle(1 * degrees)
    assert not geom.isAngle(1.0)
