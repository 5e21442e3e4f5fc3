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
from lsst.geom import Box2D, Box2I, BoxI, Extent2D, Extent2I, IntervalI, Point2D, Point2I
from lsst.pex.exceptions import InvalidParameterError, OverflowError

BOX = Box2I(Point2I(1, 2), Extent2I(3, 4))
EMPTY = Box2I()

coordinates = st.integers(-20, 20)
points = st.builds(Point2I, coordinates, coordinates)
boxes = st.builds(Box2I, points, st.builds(Extent2I, st.integers(0, 15), st.integers(0, 15)))


def make(x, y, width, height):
    return Box2I(Point2I(x, y), Extent2I(width, height))


def pixelsOf(box):
    return {(x, y) for x in range(box.beginX, box.endX) for y in range(box.beginY, box.endY)}


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (Box2I(Point2I(1, 2), Point2I(3, 5)), BOX),
        (Box2I(minimum=Point2I(1, 2), maximum=Point2I(3, 5)), BOX),
        (Box2I(Point2I(3, 5), Point2I(1, 2)), BOX),
        (Box2I(Point2I(3, 2), Point2I(1, 5), invert=False), EMPTY),
        (Box2I(Point2I(3, 2), maximum=Point2I(1, 5), invert=True), BOX),
        (Box2I(corner=Point2I(1, 2), dimensions=Extent2I(3, 4)), BOX),
        (Box2I(Point2I(5, 5), Extent2I(-2, -2)), make(4, 4, 2, 2)),
        (Box2I(Point2I(5, 5), Extent2I(-2, -2), False), EMPTY),
        (Box2I(Point2I(5, 5), Extent2I(0, 2)), EMPTY),
        (Box2I(BOX), BOX),
        (Box2I(other=BOX), BOX),
        (Box2I(x=IntervalI(min=1, max=3), y=IntervalI(min=2, size=4)), BOX),
        (Box2I(BOX.getX(), BOX.y), BOX),
        (Box2I(IntervalI(), BOX.y), EMPTY),
        (Box2I(Box2D()), EMPTY),
    ],
)
def testConstructors(made, expected):
    assert made == expected


@pytest.mark.parametrize(
    ("args", "kwargs"),
    [
        ((Point2D(1, 2), Extent2I(3, 4)), {}),
        ((Point2I(1, 2), Extent2D(3, 4)), {}),
        (((1, 2), (3, 4)), {}),
        ((Point2I(1, 2),), {}),
        ((Point2I(1, 2), Extent2I(3, 4), True, 1), {}),
        ((), {"minimum": Point2I(1, 2), "dimensions": Extent2I(1, 1)}),
        ((), {"corner": Point2I(1, 2)}),
        ((Box2D(BOX), "expand"), {}),
    ],
)
def testNoSuchConstructor(args, kwargs):
    with pytest.raises(TypeError):
        Box2I(*args, **kwargs)


def testOverflow():
    make(2**31 - 3, 0, 3, 1)
    for args in ((2**31 - 2, 0, 3, 1), (0, -(2**31) - 1, 1, 1), (-(2**31), 0, 2**32 - 1, 1)):
        with pytest.raises(OverflowError):
            make(*args)


@pytest.mark.parametrize(
    ("low", "high", "expand", "shrink"),
    [
        ((0.2, 0.2), (3.7, 3.4), make(0, 0, 5, 4), make(1, 1, 3, 2)),
        ((0.5, 1.5), (3.5, 5.5), make(0, 1, 5, 6), BOX),
        ((-0.5, -0.5), (2.5, 2.5), make(-1, -1, 5, 5), make(0, 0, 3, 3)),
        ((0.1, 0.1), (0.4, 0.4), make(0, 0, 1, 1), EMPTY),
    ],
)
def testFromBox2D(low, high, expand, shrink):
    box = Box2D(Point2D(*low), Point2D(*high))
    assert Box2I(box) == Box2I(box, Box2I.EXPAND) == expand
    assert Box2I(box, edgeHandling=Box2I.SHRINK) == shrink
    assert Box2I(other=box, edgeHandling=Box2I.SHRINK) == shrink


def testFromUnboundedBox2D():
    with pytest.raises(InvalidParameterError):
        Box2I(Box2D(Point2D(0, 0), Point2D(1, math.inf)))


def testMakeCenteredBox():
    assert Box2I.makeCenteredBox(Point2D(100, 100), Extent2I(10, 11)) == make(96, 95, 10, 11)
    with pytest.raises(InvalidParameterError):
        Box2I.makeCenteredBox(Point2D(math.nan, 0), Extent2I(1, 1))


def testGetters():
    assert BOX.getMin() == BOX.getBegin() == Point2I(1, 2)
    assert BOX.getMax() == Point2I(3, 5)
    assert BOX.getEnd() == Point2I(4, 6)
    assert BOX.getDimensions() == Extent2I(3, 4)
    assert BOX.getCenter() == Point2D(2, 3.5)
    assert (BOX.minX, BOX.minY, BOX.maxX, BOX.maxY) == (1, 2, 3, 5)
    assert (BOX.beginX, BOX.beginY, BOX.endX, BOX.endY) == (1, 2, 4, 6)
    assert (BOX.width, BOX.height, BOX.area) == (3, 4, 12)
    assert (BOX.centerX, BOX.centerY) == (2, 3.5)
    assert BOX.getCorners() == [Point2I(1, 2), Point2I(3, 2), Point2I(3, 5), Point2I(1, 5)]
    assert BOX.slices == BOX.getSlices() == (slice(2, 6, 1), slice(1, 4, 1))
    assert (BOX.x, BOX.y) == (IntervalI(min=1, max=3), IntervalI(min=2, max=5))
    with pytest.raises(AttributeError):
        BOX.width = 3


def testGettersReturnCopies():
    box = Box2I(BOX)
    box.getMin().x = 100
    box.getDimensions().x = 100
    assert box == BOX


def testEmpty():
    assert EMPTY.isEmpty()
    assert EMPTY.getMin() == Point2I(0, 0)
    assert EMPTY.getMax() == Point2I(-1, -1)
    assert EMPTY.getDimensions() == Extent2I(0, 0)
    assert math.isnan(EMPTY.getCenterX())
    assert bool(EMPTY)
    assert EMPTY.x.isEmpty()


def testGrid():
    x, y = BOX.grid()
    assert x.shape == y.shape == (4, 3)
    assert x.dtype == np.int32
    assert {(int(a), int(b)) for a, b in zip(x.ravel(), y.ravel(), strict=True)} == pixelsOf(BOX)
    assert BOX.grid(dtype=float)[0].dtype == float


def testContains():
    assert BOX.contains(Point2I(3, 5))
    assert not BOX.contains(Point2I(4, 5))
    assert Point2I(1, 2) in BOX
    assert BOX.contains(3, 5)
    assert BOX.contains(x=np.array([1, 4]), y=np.array([2, 2])).tolist() == [True, False]
    assert EMPTY in BOX
    assert BOX not in EMPTY
    for wrong in (Point2D(2, 3), (2, 3), Box2D(BOX)):
        with pytest.raises(TypeError):
            BOX.contains(wrong)
    with pytest.raises(TypeError):
        BOX.contains(np.array([1.5]), np.array([2]))


def testUnmappablePositionIsOutside():
    assert not BOX.contains(Point2I(Point2D(math.nan, math.nan)))


# Values computed by the reference implementation.


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (BOX.dilatedBy(1), make(0, 1, 5, 6)),
        (BOX.dilatedBy(Extent2I(1, 0)), make(0, 2, 5, 4)),
        (BOX.erodedBy(1), make(2, 3, 1, 2)),
        (BOX.erodedBy(2), EMPTY),
        (BOX.clippedTo(make(100, 100, 2, 2)), EMPTY),
        (BOX.expandedTo(Point2I(0, 0)), make(0, 0, 4, 6)),
        (BOX.reflectedAboutX(0), make(-3, 2, 3, 4)),
        (BOX.reflectedAboutY(0), make(1, -5, 3, 4)),
        (BOX.shiftedBy(Extent2I(10, -10)), make(11, -8, 3, 4)),
    ],
)
def testDerived(result, expected):
    assert result == expected
    assert make(1, 2, 3, 4) == BOX


@pytest.mark.parametrize(
    ("method", "argument", "expected"),
    [
        ("grow", 1, make(0, 1, 5, 6)),
        ("grow", -2, EMPTY),
        ("shift", Extent2I(1, 1), make(2, 3, 3, 4)),
        ("clip", make(2, 0, 10, 4), make(2, 2, 2, 2)),
        ("include", make(2, 0, 10, 4), make(1, 0, 11, 6)),
        ("include", Point2I(10, 3), make(1, 2, 10, 4)),
        ("flipLR", 10, make(6, 2, 3, 4)),
        ("flipTB", 10, make(1, 4, 3, 4)),
    ],
)
def testMutators(method, argument, expected):
    box = Box2I(BOX)
    assert getattr(box, method)(argument) is None
    assert box == expected
    empty = Box2I()
    getattr(empty, method)(argument)
    if method != "include":
        assert empty == EMPTY


def testIncludeInEmpty():
    box = Box2I()
    box.include(EMPTY)
    assert box == EMPTY
    box.include(Point2I(3, 4))
    assert box == make(3, 4, 1, 1)
    assert EMPTY.expandedTo(BOX) == BOX


def testSwap():
    a, b = Box2I(BOX), Box2I()
    a.swap(b)
    assert (a, b) == (EMPTY, BOX)


@given(boxes, boxes)
def testSetOperations(a, b):
    assert pixelsOf(a.clippedTo(b)) == pixelsOf(a) & pixelsOf(b)
    assert a.overlaps(b) == a.intersects(b) == bool(pixelsOf(a) & pixelsOf(b))
    assert a.isDisjointFrom(b) != a.overlaps(b)
    assert a.contains(b) == (pixelsOf(b) <= pixelsOf(a))
    union = a.expandedTo(b)
    assert union.contains(a)
    assert union.contains(b)
    assert union == b.expandedTo(a)


@given(boxes, points)
def testPointOperations(box, point):
    assert box.contains(point) == ((point.x, point.y) in pixelsOf(box))
    assert point in box.expandedTo(point)


@given(boxes, st.integers(0, 5))
def testGrowingIsUndoneByEroding(box, buffer):
    assert box.dilatedBy(buffer).erodedBy(buffer) == box


@given(boxes)
def testRoundTrips(box):
    assert pickle.loads(pickle.dumps(box)) == box
    assert Box2I(Box2D(box), Box2I.SHRINK) == box
    assert Box2I(box.x, box.y) == box
    assert eval(repr(box)) == box
    assert Box2I.__module__ == "lsst.geom"


def testIdentity():
    assert BoxI is Box2I
    assert Box2I.Point is Point2I
    assert Box2I.Extent is Extent2I
    assert (Box2I.EXPAND.value, Box2I.SHRINK.value) == (0, 1)
    assert pickle.loads(pickle.dumps(Box2I.SHRINK)) is Box2I.SHRINK
    assert repr(BOX) == "Box2I(corner=Point2I(1, 2), dimensions=Extent2I(3, 4))"
    assert str(BOX) == "(minimum=(1, 2), maximum=(3, 5))"
    assert (Box2D(BOX) == BOX) is False
    with pytest.raises(TypeError):
        hash(BOX)
