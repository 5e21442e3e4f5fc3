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
from hypothesis import given
from hypothesis import strategies as st
from lsst.geom import Box2D, Box2I, BoxD, Extent2D, Extent2I, IntervalD, IntervalI, Point2D, Point2I
from lsst.pex.exceptions import InvalidParameterError, OverflowError

BOX = Box2D(Point2D(0.5, 1.5), Point2D(3.5, 5.5))
EMPTY = Box2D()

coordinates = st.floats(-1e4, 1e4, allow_subnormal=False)
points = st.builds(Point2D, coordinates, coordinates)
boxes = st.builds(Box2D, points, points)


def make(x, y, width, height):
    return Box2D(Point2D(x, y), Extent2D(width, height))


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (make(0.5, 1.5, 3, 4), BOX),
        (Box2D(minimum=Point2D(0.5, 1.5), maximum=Point2D(3.5, 5.5)), BOX),
        (Box2D(corner=Point2D(0.5, 1.5), dimensions=Extent2D(3, 4)), BOX),
        (Box2D(Point2D(3.5, 5.5), Extent2D(-3, -4)), BOX),
        (Box2D(Point2D(3.5, 5.5), Extent2D(-3, -4), False), EMPTY),
        (Box2D(Point2D(3.5, 1.5), Point2D(0.5, 5.5), invert=False), EMPTY),
        (Box2D(Point2D(1, 1), Point2D(1, 2)), EMPTY),
        (Box2D(Box2I(Point2I(1, 2), Extent2I(3, 4))), BOX),
        (Box2D(Box2I()), EMPTY),
        (Box2D(BOX), BOX),
        (Box2D(IntervalD(min=0.5, max=3.5), IntervalD(min=1.5, size=4)), BOX),
        (Box2D(x=BOX.x, y=BOX.getY()), BOX),
        (Box2D.makeCenteredBox(Point2D(2, 3.5), Extent2D(3, 4)), BOX),
    ],
)
def testConstructors(made, expected):
    assert made == expected


@pytest.mark.parametrize("args", [((1, 2), (3, 4)), (Point2D(1, 2),), (3,), (Extent2D(1, 1), Point2D(1, 1))])
def testNoSuchConstructor(args):
    with pytest.raises(TypeError):
        Box2D(*args)


def testGetters():
    assert BOX.getMin() == Point2D(0.5, 1.5)
    assert BOX.getMax() == Point2D(3.5, 5.5)
    assert BOX.getDimensions() == Extent2D(3, 4)
    assert BOX.getCenter() == Point2D(2, 3.5)
    assert (BOX.minX, BOX.minY, BOX.maxX, BOX.maxY) == (0.5, 1.5, 3.5, 5.5)
    assert (BOX.width, BOX.height, BOX.area) == (3, 4, 12)
    assert (BOX.centerX, BOX.centerY) == (2, 3.5)
    assert [tuple(corner) for corner in BOX.getCorners()] == [(0.5, 1.5), (3.5, 1.5), (3.5, 5.5), (0.5, 5.5)]
    assert Box2D.EPSILON == 2**-51
    assert math.isnan(Box2D.INVALID)


def testEmpty():
    assert EMPTY.isEmpty()
    assert EMPTY.getDimensions() == Extent2D(0, 0)
    assert EMPTY.area == 0
    assert math.isnan(EMPTY.getMinX())
    assert math.isnan(EMPTY.getCenterY())
    assert Box2D(Point2D(0, 0), Extent2D(0, 1)) == EMPTY
    assert EMPTY != BOX
    assert BOX != EMPTY


def testContainsIsHalfOpen():
    assert BOX.contains(Point2D(0.5, 1.5))
    assert not BOX.contains(Point2D(3.5, 3))
    assert Point2D(2, 5.5) not in BOX
    assert not BOX.contains(Point2D(math.nan, 2))
    assert BOX.contains(np.array([0.5, 3.5, math.nan]), 2).tolist() == [True, False, False]
    assert BOX.contains(1, y=2)
    assert BOX in BOX
    assert EMPTY in BOX
    assert BOX not in EMPTY
    assert make(0.5, 1.5, 3.1, 4) not in BOX
    with pytest.raises(TypeError):
        BOX.contains((1, 2))


def testTouchingBoxesDoNotOverlap():
    assert not BOX.overlaps(make(3.5, 1.5, 1, 1))
    assert BOX.overlaps(make(3.4, 1.5, 1, 1))
    assert not BOX.overlaps(EMPTY)
    assert BOX.isDisjointFrom(make(0.5, 5.5, 3, 1))


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (BOX.dilatedBy(0.5), make(0, 1, 4, 5)),
        (BOX.dilatedBy(Extent2D(0.5, 0)), make(0, 1.5, 4, 4)),
        (BOX.erodedBy(1.5), EMPTY),
        (BOX.erodedBy(1), make(1.5, 2.5, 1, 2)),
        (EMPTY.dilatedBy(1), EMPTY),
        (BOX.shiftedBy(Extent2D(1, -1)), make(1.5, 0.5, 3, 4)),
        (BOX.clippedTo(make(2, 0, 10, 3.5)), make(2, 1.5, 1.5, 2)),
        (BOX.clippedTo(make(3.5, 0, 10, 3.5)), EMPTY),
        (BOX.expandedTo(make(2, 0, 10, 1)), make(0.5, 0, 11.5, 5.5)),
        (BOX.expandedTo(EMPTY), BOX),
        (EMPTY.expandedTo(BOX), BOX),
        (BOX.reflectedAboutX(1), make(-1.5, 1.5, 3, 4)),
        (BOX.reflectedAboutY(1), make(0.5, -3.5, 3, 4)),
    ],
)
def testDerived(result, expected):
    assert result == expected


def testFlips():
    box = Box2D(BOX)
    box.flipLR(10)
    assert box == make(6.5, 1.5, 3, 4)
    box.flipTB(10)
    assert box == make(6.5, 4.5, 3, 4)


@pytest.mark.parametrize(
    ("value", "nudged"), [(2.0, 2.0 * (1 + 2**-51)), (-2.0, -2.0 * (1 - 2**-51)), (0.0, 2**-51)]
)
def testIncludedPointIsInside(value, nudged):
    box = Box2D()
    box.include(Point2D(value, value))
    assert box.getMax() == Point2D(nudged, nudged)
    assert box.getMin() == Point2D(value, value)
    assert box.contains(Point2D(value, value))


def testNanCoordinatesAreNotIncluded():
    box = Box2D(BOX)
    box.include(Point2D(math.nan, 100))
    assert (box.minX, box.maxX) == (0.5, 3.5)
    assert box.maxY > 100


@given(st.lists(points, min_size=1, max_size=6))
def testIncludesAllPoints(manyPoints):
    box = Box2D()
    for point in manyPoints:
        box.include(point)
    assert all(point in box for point in manyPoints)
    assert box.minX == min(point.x for point in manyPoints)
    assert box.maxY == pytest.approx(max(point.y for point in manyPoints), rel=1e-15, abs=1e-15)


@given(boxes, boxes)
def testSetOperations(a, b):
    common = a.clippedTo(b)
    assert common == b.clippedTo(a)
    assert common.isEmpty() == a.isDisjointFrom(b)
    assert common in a
    union = a.expandedTo(b)
    assert a in union
    assert b in union


@given(boxes)
def testRoundTrips(box):
    assert pickle.loads(pickle.dumps(box)) == box
    assert Box2D(box.x, box.y) == box
    if not box.isEmpty():
        assert Box2D(Box2I(box)).contains(box)


def testIdentity():
    assert BoxD is Box2D
    assert Box2D.__module__ == "lsst.geom"
    assert repr(BOX) == "Box2D(corner=Point2D(0.5, 1.5), dimensions=Extent2D(3, 4))"
    with pytest.raises(TypeError):
        hash(BOX)


# Intervals.


@pytest.mark.parametrize("kind", [IntervalI, IntervalD])
def testIntervalForms(kind):
    size = 3 if kind is IntervalI else 2
    for form in ({"min": 4, "size": size}, {"max": 6, "size": size}, {"center": 5, "size": size}):
        assert kind(**form) == kind(min=4, max=6)
    assert kind().isEmpty()
    assert kind(min=4, max=3).isEmpty()
    with pytest.raises(TypeError):
        kind(min=4)


@pytest.mark.parametrize("kind", [IntervalI, IntervalD])
def testIntervalOperations(kind):
    interval, empty = kind(min=2, max=6), kind()
    assert 6 in interval
    assert 7 not in interval
    assert interval.contains(kind(min=3, max=6))
    assert interval.contains(empty)
    assert interval.contains(np.array([1, 2])).tolist() == [False, True]
    assert interval.overlaps(kind(min=6, max=9))
    assert interval.isDisjointFrom(kind(min=7, max=9))
    assert interval.clippedTo(kind(min=5, max=9)) == kind(min=5, max=6)
    assert interval.clippedTo(kind(min=7, max=9)) == empty
    assert interval.expandedTo(9) == kind(min=2, max=9)
    assert interval.expandedTo(empty) == empty.expandedTo(interval) == interval
    assert interval.dilatedBy(1).erodedBy(1) == interval
    assert interval.erodedBy(3).isEmpty()
    assert interval.shiftedBy(2) == kind(min=4, max=8)
    assert interval.reflectedAbout(1) == kind(min=-4, max=0)
    assert pickle.loads(pickle.dumps(interval)) == interval
    assert pickle.loads(pickle.dumps(empty)).isEmpty()


def testIntervalConversion():
    assert IntervalD(IntervalI(min=2, max=4)) == IntervalD(min=1.5, max=4.5)
    assert IntervalI(IntervalD(min=1.6, max=4.4)) == IntervalI(min=2, max=4)
    assert IntervalI(IntervalD(min=1.6, max=4.4), Box2I.SHRINK) == IntervalI(min=3, max=3)
    with pytest.raises(InvalidParameterError):
        IntervalI(IntervalD(min=0, max=math.inf))
    with pytest.raises(OverflowError):
        IntervalI(min=0, max=2**31)


def testIntervalRanges():
    interval = IntervalI(min=2, max=4)
    assert (interval.begin, interval.end, interval.size) == (2, 5, 3)
    assert list(interval.range()) == interval.arange().tolist() == [2, 3, 4]
    assert list(range(10))[interval.slice()] == [2, 3, 4]
