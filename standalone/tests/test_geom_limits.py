# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of geometry with infinite and undefined numbers."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lsst.geom import (
    AffineTransform,
    Box2D,
    Box2I,
    Extent2D,
    IntervalD,
    IntervalI,
    LinearTransform,
    Point2D,
    SpherePoint,
    degrees,
    radians,
)
from lsst.pex.exceptions import Exception as PexException
from lsst.pex.exceptions import InvalidParameterError

INF, NAN = math.inf, math.nan
NUMBERS = (0.0, 1.5, -1.0, 1e308, INF, -INF, NAN)
POINTS = [SpherePoint(lon, lat, radians) for lon in (0.0, 1.5, NAN, INF) for lat in (0.0, -1.0, NAN)]
UNDEFINED = (INF, -INF, NAN)


@pytest.mark.parametrize("amount", UNDEFINED)
def test_rotation_by_infinity(amount):
    here, axis = SpherePoint(10, 20, degrees), SpherePoint(30, 40, degrees)
    for moved in (
        here.rotated(axis, amount * radians),
        here.offset(amount * radians, 1 * degrees),
        here.offset(1 * degrees, amount * radians),
    ):
        assert math.isnan(moved.getLongitude().asRadians())
        assert math.isnan(moved.getLatitude().asRadians())
        assert not moved.isFinite()
    assert np.isnan(LinearTransform.makeRotation(amount * radians).getMatrix()).all()
    assert np.isnan(AffineTransform.makeRotation(amount * radians).getLinear().getMatrix()).all()


def test_undefined_positions():
    """Nothing that takes positions and angles raises a Python error."""
    for here, other, number in itertools.product(POINTS, POINTS, NUMBERS):
        assert isinstance(here.separation(other).asRadians(), float)
        assert isinstance(here.bearingTo(other).asRadians(), float)
        assert len(here.getTangentPlaneOffset(other)) == 2
        assert isinstance(here.rotated(other, number * radians), SpherePoint)
        for bearing in NUMBERS:
            if number >= 0 or math.isnan(number):
                assert isinstance(here.offset(bearing * radians, number * radians), SpherePoint)


@given(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4))
@example(math.pi, 0.0)
@example(-math.pi, 0.0)
@example(0.0, math.pi)
@example(1000 * math.pi, -7 * math.pi)
def test_wrap_near(angle, reference):
    near = (angle * radians).wrapNear(reference * radians).asRadians()
    # The lower limit holds exactly; the upper one but for rounding.
    assert -math.pi <= near - reference <= math.nextafter(math.pi, 4)
    turns = (near - angle) / (2 * math.pi)
    assert abs(turns - round(turns)) < 1e-10


@pytest.mark.parametrize("number", range(-6, 7))
@pytest.mark.parametrize("reference", [0.0, math.pi, -math.pi, 1e-17, 3.0, 2 * math.pi, 1e3, -1e3])
def test_wrap_near_edges(number, reference):
    """Angles a few units in the last place from half a turn."""
    for sign in (-1, 1):
        edge = reference + sign * math.pi
        angle = edge + number * math.ulp(edge)
        near = (angle * radians).wrapNear(reference * radians).asRadians()
        assert near - reference >= -math.pi
        assert near - reference <= math.pi


@pytest.mark.parametrize("angle, reference", list(itertools.product(UNDEFINED, (0.0, INF, NAN))))
def test_wrap_near_undefined(angle, reference):
    assert math.isnan((angle * radians).wrapNear(reference * radians).asRadians())
    assert math.isnan((reference * radians).wrapNear(angle * radians).asRadians())


def limits(interval):
    return interval.getMin(), interval.getMax()


def test_infinite_intervals():
    half, whole = IntervalD(min=2.0, max=INF), IntervalD(min=-INF, max=INF)
    assert limits(IntervalD(min=2.0, size=INF)) == limits(half) == (2.0, INF)
    assert limits(IntervalD(max=2.0, size=INF)) == (-INF, 2.0)
    assert limits(IntervalD(center=2.0, size=INF)) == limits(whole) == (-INF, INF)
    for interval in (half, whole):
        assert not interval.isEmpty()
        assert not interval.isFinite()
        assert interval.getSize() == INF
        assert interval.contains(5.0) and interval.contains(INF)
        assert limits(interval.dilatedBy(1.0)) == (interval.getMin() - 1.0, INF)
        assert interval.clippedTo(IntervalD(min=0, max=3)).getMax() == 3
        with pytest.raises(InvalidParameterError):
            IntervalI(interval)
    assert half.dilatedBy(INF) == whole
    assert half.expandedTo(-INF) == whole
    assert math.isnan(whole.getCenter())
    assert IntervalD(min=0, max=1).erodedBy(INF).isEmpty()


@pytest.mark.parametrize("limit", [INF, -INF])
def test_interval_at_infinity(limit):
    finite = IntervalD(min=1.0, max=3.0)
    for make in (
        lambda: IntervalD(min=limit, max=limit),
        lambda: IntervalD(center=limit, size=2.0),
        lambda: IntervalD(min=limit, size=2.0),
        lambda: IntervalD(max=limit, size=2.0),
        lambda: finite.shiftedBy(limit),
        lambda: finite.reflectedAbout(limit),
        lambda: IntervalD().expandedTo(limit),
    ):
        with pytest.raises(InvalidParameterError):
            make()


@pytest.mark.parametrize("kwargs", [("min", "max"), ("min", "size"), ("max", "size"), ("center", "size")])
def test_interval_of_undefined_limits(kwargs):
    for name in kwargs:
        assert IntervalD(**(dict.fromkeys(kwargs, 1.0) | {name: NAN})).isEmpty()


@pytest.mark.parametrize(
    "method", ["dilatedBy", "erodedBy", "shiftedBy", "reflectedAbout", "expandedTo", "contains"]
)
def test_interval_and_nan(method):
    for interval in (IntervalD(min=1.0, max=3.0), IntervalD(min=-INF, max=INF)):
        with pytest.raises(InvalidParameterError, match="NaN"):
            getattr(interval, method)(NAN)
    with pytest.raises(InvalidParameterError, match="NaN"):
        IntervalD(min=1.0, max=3.0).contains(np.array([1.0, NAN]))


def test_boxes():
    """Boxes of any numbers are made, or refused with a stack's error."""
    for x0, y0, x1, y1 in itertools.product(NUMBERS, repeat=4):
        box = Box2D(Point2D(x0, y0), Point2D(x1, y1))
        for use in (
            lambda: Box2I(box),  # noqa: B023
            lambda: Box2I(box, Box2I.EdgeHandlingEnum.SHRINK),  # noqa: B023
            lambda: box.dilatedBy(x0),  # noqa: B023
            lambda: box.shiftedBy(Extent2D(x0, y0)),  # noqa: B023
            lambda: box.getCenter(),  # noqa: B023
        ):
            try:
                use()
            except PexException as err:
                assert str(err)
