# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import builtins
import itertools
import math
import operator
import pickle

import lsst.geom as geom
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsst.geom import Extent, Extent2D, Extent2I, Point, Point2D, Point2I

PAIRS = (Point2I, Point2D, Extent2I, Extent2D)
PI, PD, EI, ED = Point2I(7, -3), Point2D(1.5, 2.25), Extent2I(4, 9), Extent2D(0.5, -2.5)
INT_MIN = -(2**31)

# Type of the result of each pair of operands; what is missing is a TypeError.
ADD = {
    ("PI", "EI"): Point2I,
    ("PI", "ED"): Point2D,
    ("PD", "EI"): Point2D,
    ("PD", "ED"): Point2D,
    ("EI", "PI"): Point2I,
    ("EI", "PD"): Point2D,
    ("ED", "PI"): Point2D,
    ("ED", "PD"): Point2D,
    ("EI", "EI"): Extent2I,
    ("EI", "ED"): Extent2D,
    ("ED", "EI"): Extent2D,
    ("ED", "ED"): Extent2D,
}
SUBTRACT = {
    ("PI", "PI"): Extent2I,
    ("PI", "PD"): Extent2D,
    ("PD", "PI"): Extent2D,
    ("PD", "PD"): Extent2D,
    **{names: kind for names, kind in ADD.items() if not (names[0][0] == "E" and names[1][0] == "P")},
}
NAMES = ("PI", "PD", "EI", "ED")
OPERANDS = {"PI": PI, "PD": PD, "EI": EI, "ED": ED, "int": 2, "float": 2.5}


@pytest.mark.parametrize(("operation", "table"), [(operator.add, ADD), (operator.sub, SUBTRACT)])
@pytest.mark.parametrize(
    ("left", "right"), [p for p in itertools.product(OPERANDS, repeat=2) if p[0] in NAMES or p[1] in NAMES]
)
def testTypeTable(operation, table, left, right):
    a, b = OPERANDS[left], OPERANDS[right]
    if (left, right) not in table:
        with pytest.raises(TypeError):
            operation(a, b)
        return
    result = operation(a, b)
    assert type(result) is table[left, right]
    assert tuple(result) == (operation(a.x, b.x), operation(a.y, b.y))
    assert {type(element) for element in result} == {type(result).dtype}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (EI * 2, Extent2I(8, 18)),
        (2 * EI, Extent2I(8, 18)),
        (EI * np.int64(2), Extent2I(8, 18)),
        (EI * 2.0, Extent2D(8, 18)),
        (0.5 * EI, Extent2D(2, 4.5)),
        (ED * 2, Extent2D(1, -5)),
        (EI / 2, Extent2D(2, 4.5)),
        (ED / 2.0, Extent2D(0.25, -1.25)),
        (Extent2I(7, -7) // 2, Extent2I(3, -4)),
        (-EI, Extent2I(-4, -9)),
        (+ED, ED),
    ],
)
def testScaling(expression, expected):
    assert type(expression) is type(expected)
    assert expression == expected


def testDivisionByZeroFollowsIeee():
    assert tuple(Extent2I(1, -1) / 0) == (math.inf, -math.inf)
    assert math.isnan((Extent2D(0, 1) / 0.0).x)


@pytest.mark.parametrize(
    "operation",
    [
        lambda: PI * 2,
        lambda: 2 * PD,
        lambda: PI / 2,
        lambda: -PI,
        lambda: EI / EI,
        lambda: EI * EI,
        lambda: ED // 2,
        lambda: EI // 2.0,
        lambda: Extent2I(EI).__iadd__(ED),
        lambda: Point2I(PI).__iadd__(ED),
        lambda: Point2I(PI).__isub__(ED),
        lambda: operator.iadd(Extent2I(EI), PI),
        lambda: operator.imul(Extent2I(EI), 2.0),
        lambda: operator.itruediv(Extent2I(EI), 2),
        lambda: operator.iadd(Point2D(PD), PD),
        lambda: Point2I(1.5),
        lambda: Point2I("1", "2"),
        lambda: Point2D("1", "2"),
        lambda: Point2D([1, 2, 3]),
        lambda: Point2D(1, 2, value=3),
        lambda: PI.setX(1.5),
        lambda: PI.lt(1.5),
        lambda: PD.lt(PI),
        lambda: PD.distanceSquared(ED),
        lambda: hash(PD),
    ],
)
def testIsATypeError(operation):
    with pytest.raises(TypeError):
        operation()


@pytest.mark.parametrize(
    ("pair", "operation", "other", "expected"),
    [
        (PI, operator.iadd, EI, Point2I(11, 6)),
        (PI, operator.isub, EI, Point2I(3, -12)),
        (PD, operator.iadd, EI, Point2D(5.5, 11.25)),
        (PD, operator.isub, ED, Point2D(1, 4.75)),
        (EI, operator.iadd, EI, Extent2I(8, 18)),
        (ED, operator.isub, EI, Extent2D(-3.5, -11.5)),
        (EI, operator.imul, 3, Extent2I(12, 27)),
        (ED, operator.imul, 2.0, Extent2D(1, -5)),
        (ED, operator.itruediv, 2, Extent2D(0.25, -1.25)),
        (EI, operator.ifloordiv, 2, Extent2I(2, 4)),
    ],
)
def testInPlace(pair, operation, other, expected):
    left = pair.clone()
    result = operation(left, other)
    assert result is left
    assert left == expected
    assert type(left) is type(pair)


# Conversion.


@pytest.mark.parametrize(
    ("value", "expected"),
    [((1.7, -1.7), (2, -2)), ((1.5, -1.5), (2, -1)), ((2.5, -2.5), (3, -2)), ((0.49, -0.51), (0, -1))],
)
def testPointsRound(value, expected):
    assert tuple(Point2I(Point2D(*value))) == expected


@pytest.mark.parametrize(
    "converted",
    [
        Point2I(1.7, -1.7),
        Extent2I(1.7, -1.7),
        Extent2I(Extent2D(1.7, -1.7)),
        Extent2I(Point2D(1.7, -1.7)),
        Point2I(Extent2D(1.7, -1.7)),
        Point2I([1.7, -1.7]),
        Point2I(np.array([1.7, -1.7])),
        Extent2D(1.7, -1.7).truncate(),
        geom.truncate(Extent2D(1.7, -1.7)),
    ],
)
def testAllElseTruncates(converted):
    assert tuple(converted) == (1, -1)


def testWhatDoesNotFitIsFarAway():
    assert tuple(Point2I(Point2D(math.nan, math.inf))) == (INT_MIN, INT_MIN)
    assert tuple(Point2I(1e10, -1e10)) == (INT_MIN, INT_MIN)
    assert tuple(Extent2D(math.nan, 1).floor()) == (INT_MIN, 1)


def testFloorAndCeil():
    extent = Extent2D(1.2, -1.2)
    assert extent.floor() == geom.floor(extent) == Extent2I(1, -2)
    assert extent.ceil() == geom.ceil(extent) == Extent2I(2, -1)


@pytest.mark.parametrize("kind", PAIRS)
def testConstructors(kind):
    assert tuple(kind()) == (0, 0)
    assert tuple(kind(3)) == tuple(kind(value=3)) == (3, 3)
    for made in (
        kind(3, 4),
        kind(x=3, y=4),
        kind([3, 4]),
        kind((3, 4)),
        kind(np.array([3, 4])),
        kind(np.int16(3), np.float32(4)),
        *(kind(other(3, 4)) for other in PAIRS),
    ):
        assert tuple(made) == (3, 4)
        assert {type(element) for element in made} == {kind.dtype}


def testFloat32IsNotCutOff():
    assert Point2D(np.float32(1.5), 2).x == 1.5


# Access.


@pytest.mark.parametrize("kind", PAIRS)
def testAccess(kind):
    pair = kind(3, 4)
    pair.x, pair[1] = 5, 6
    assert (pair.getX(), pair.y, pair[-2], pair[1]) == (5, 6, 5, 6)
    pair.setX(7)
    pair.setY(8)
    assert tuple(pair) == (7, 8)
    assert len(pair) == kind.dimensions == 2
    assert np.array(pair).tolist() == [7, 8]
    for index in (2, -3):
        with pytest.raises(IndexError):
            pair[index]
    copy = pair.clone()
    copy.x = 0
    assert pair.x == 7


def testEqualityIsByType():
    assert Point2D(1, 2) == Point2D(1, 2)
    assert (Point2D(1, 2) == (1, 2)) is False
    assert (Point2D(1, 2) == Point2I(1, 2)) is False
    assert (Point2D(1, 2) == Extent2D(1, 2)) is False


@pytest.mark.parametrize("name", ["eq", "ne", "lt", "le", "gt", "ge"])
@pytest.mark.parametrize("kind", PAIRS)
def testElementwise(name, kind):
    pair, other = kind(1, 5), kind(1, 3)
    expected = [getattr(operator, name)(1, 1), getattr(operator, name)(5, 3)]
    assert list(getattr(pair, name)(other)) == expected
    scalar = [getattr(operator, name)(1, 3), getattr(operator, name)(5, 3)]
    assert list(getattr(pair, name)(3)) == scalar


def testExpressions():
    some = Point2I(1, 5).gt(3)
    assert geom.any(some)
    assert builtins.any(some)
    assert not geom.all(some)
    assert list(some.not_()) == [True, False]
    assert list(some.or_(some.not_())) == [True, True]
    assert list(some.and_(some.not_())) == [False, False]
    assert list(pickle.loads(pickle.dumps(some))) == [False, True]
    assert geom.CoordinateExpr[2] is geom.CoordinateExpr2


def testMeasures():
    assert Extent2I(3, 4).computeNorm() == 5
    assert Extent2D(3, 4).computeSquaredNorm() == 25
    assert PD.distanceSquared(Point2D(0, 0)) == 1.5**2 + 2.25**2
    assert EI.asPoint() == Point2I(4, 9)
    assert PD.asExtent() == Extent2D(1.5, 2.25)


def testShiftAndScale():
    point = Point2D(1, 2)
    point.shift(Extent2D(0.5, 0.5))
    point.scale(2)
    assert point == Point2D(3, 5)
    with pytest.raises(TypeError):
        Point2I(1, 2).shift(Extent2D(1, 1))


def testFactories():
    assert Point[int, 2] is Point2I is geom.PointI
    assert Extent[float, 2] is Extent2D is geom.ExtentD
    assert type(Point(1, 2, dtype=float)) is Point2D
    assert isinstance(EI, Extent)
    assert not isinstance(EI, Point)


def testText():
    assert str(Point2D(1.23456789, 2)) == "(1.2346, 2)"
    assert repr(Point2D(1.5, 2)) == "Point2D(1.5, 2)"
    assert repr(Extent2I(1, -2)) == "Extent2I(1, -2)"
    assert repr(Point2D(math.nan, 2)) == "Point2D(float('nan'), 2)"


@given(st.sampled_from(PAIRS), st.integers(-(2**31), 2**31 - 1), st.integers(-(2**31), 2**31 - 1))
def testPickle(kind, x, y):
    pair = kind(x, y)
    assert pickle.loads(pickle.dumps(pair)) == pair
    assert eval(repr(pair)) == pair
    assert kind.__module__ == "lsst.geom"


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def testRoundingIsToTheNearest(x, y):
    rounded = Point2I(Point2D(x, y))
    assert abs(rounded.x - x) <= 0.5
    assert abs(rounded.y - y) <= 0.5
