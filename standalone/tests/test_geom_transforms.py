# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from lsst.geom import (
    AffineTransform,
    Extent2D,
    LinearTransform,
    Point2D,
    Point2I,
    degrees,
    makeAffineTransformFromTriple,
)
from lsst.pex.exceptions import Exception as LsstException

MATRIX = np.array([[1.0, 2.0], [3.0, 5.0]])
LINEAR = LinearTransform(MATRIX)
AFFINE = AffineTransform(MATRIX, [10.0, 20.0])
POINT, EXTENT = Point2D(1, -1), Extent2D(1, -1)

numbers = st.floats(-100, 100, allow_subnormal=False)
matrices = st.tuples(numbers, numbers, numbers, numbers).map(lambda v: np.array(v).reshape(2, 2))


def testApplies():
    assert LINEAR(POINT) == Point2D(-1, -2)
    assert LINEAR(EXTENT) == Extent2D(-1, -2)
    assert AFFINE(POINT) == Point2D(9, 18)
    assert AFFINE(EXTENT) == Extent2D(-1, -2)


@pytest.mark.parametrize("transform", [LINEAR, AFFINE])
def testAppliesToArrays(transform):
    x, y = np.array([[1.0, 2.0]]), np.array([[3.0], [4.0]])
    mappedX, mappedY = transform(x, y)
    assert mappedX.shape == mappedY.shape == (2, 2)
    expected = transform(Point2D(2, 4))
    assert (mappedX[1, 1], mappedY[1, 1]) == tuple(expected)
    assert transform.applyX(2, 4) == expected.x
    assert transform.applyY(2, 4) == expected.y
    for wrong in (Point2I(1, 2), (1, 2)):
        with pytest.raises(TypeError):
            transform(wrong)


def testElements():
    assert LINEAR.getParameterVector().tolist() == [1, 3, 2, 5]
    assert [LINEAR[i] for i in range(4)] == [1, 3, 2, 5]
    assert (LINEAR[LinearTransform.XY], LINEAR[0, 1]) == (2, 2)
    assert AFFINE.getParameterVector().tolist() == [1, 3, 2, 5, 10, 20]
    assert [AFFINE[i] for i in range(6)] == [1, 3, 2, 5, 10, 20]
    assert (AFFINE[AffineTransform.Y], AFFINE[1, 2]) == (20, 20)
    assert AFFINE.getMatrix().tolist() == [[1, 2, 10], [3, 5, 20], [0, 0, 1]]
    assert AFFINE.getLinear().getMatrix().tolist() == MATRIX.tolist()
    assert AFFINE.getTranslation() == Extent2D(10, 20)
    for transform, index in ((LINEAR, 4), (LINEAR, -1), (AFFINE, 6), (AFFINE, (3, 0))):
        with pytest.raises(IndexError):
            transform[index]


def testMutators():
    linear = LinearTransform()
    linear.set(xx=1, yx=3, xy=2, yy=5)
    assert linear.getMatrix().tolist() == MATRIX.tolist()
    affine = AffineTransform()
    affine.setParameterVector([1, 3, 2, 5, 10, 20])
    assert affine.getMatrix().tolist() == AFFINE.getMatrix().tolist()
    affine[AffineTransform.X] = 11
    assert affine.getTranslation() == Extent2D(11, 20)


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (AffineTransform(), np.identity(3)),
        (AffineTransform(AFFINE.getMatrix()), AFFINE.getMatrix()),
        (AffineTransform(matrix=AFFINE.getMatrix()), AFFINE.getMatrix()),
        (AffineTransform(LINEAR, Extent2D(10, 20)), AFFINE.getMatrix()),
        (AffineTransform(LINEAR, translation=Extent2D(10, 20)), AFFINE.getMatrix()),
        (AffineTransform(LINEAR), [[1, 2, 0], [3, 5, 0], [0, 0, 1]]),
        (AffineTransform(MATRIX), [[1, 2, 0], [3, 5, 0], [0, 0, 1]]),
        (AffineTransform(Extent2D(10, 20)), [[1, 0, 10], [0, 1, 20], [0, 0, 1]]),
        (AffineTransform([10.0, 20.0]), [[1, 0, 10], [0, 1, 20], [0, 0, 1]]),
        (AffineTransform.makeTranslation(Extent2D(10, 20)), [[1, 0, 10], [0, 1, 20], [0, 0, 1]]),
        (AffineTransform.makeScaling(2), [[2, 0, 0], [0, 2, 0], [0, 0, 1]]),
        (AffineTransform.makeScaling(2, 3), [[2, 0, 0], [0, 3, 0], [0, 0, 1]]),
        (LinearTransform.makeScaling(scale=2), [[2, 0], [0, 2]]),
    ],
)
def testFactories(made, expected):
    assert made.getMatrix().tolist() == np.asarray(expected).tolist()


@pytest.mark.parametrize("argument", [POINT, np.identity(4), 3.0, "x"])
def testNoSuchConstructor(argument):
    with pytest.raises(TypeError):
        AffineTransform(argument)


def testRotationIsCounterClockwise():
    for transform in (LinearTransform.makeRotation(90 * degrees), AffineTransform.makeRotation(90 * degrees)):
        assert tuple(transform(Point2D(1, 0))) == pytest.approx((0, 1), abs=1e-15)


def testComposition():
    other = AffineTransform.makeTranslation(Extent2D(1, 1))
    assert (AFFINE * other)(POINT) == AFFINE(other(POINT))
    product = LINEAR * LinearTransform.makeScaling(2, 3)
    assert product(POINT) == LINEAR(LinearTransform.makeScaling(2, 3)(POINT))
    assert (LINEAR + LINEAR)(POINT) == Point2D(-2, -4)
    assert (LINEAR - LINEAR).getMatrix().tolist() == [[0, 0], [0, 0]]
    assert LINEAR.computeDeterminant() == -1


def testIdentity():
    assert LinearTransform().isIdentity()
    assert AffineTransform().isIdentity()
    assert not AFFINE.isIdentity()
    assert AffineTransform() != AffineTransform()


@pytest.mark.parametrize("transform", [LINEAR, AFFINE])
def testPickle(transform):
    again = pickle.loads(pickle.dumps(transform))
    assert type(again) is type(transform)
    assert again.getMatrix().tolist() == transform.getMatrix().tolist()


@pytest.mark.parametrize("matrix", [[[1, 2], [2, 4]], [[0, 0], [0, 0]], [[np.nan, 0], [0, 1]]])
def testSingular(matrix):
    with pytest.raises(LsstException):
        LinearTransform(matrix).inverted()
    with pytest.raises(LsstException):
        AffineTransform(matrix).inverted()


def testInverseOfTinyMatrix():
    inverse = LinearTransform.makeScaling(1e-200, 2e-200).inverted()
    assert inverse.getMatrix().tolist() == [[1e200, 0], [0, 5e199]]


@given(matrices, numbers, numbers)
def testInverse(matrix, x, y):
    assume(np.linalg.cond(matrix) < 1e6)
    affine = AffineTransform(matrix, [x, y])
    product = (affine.getLinear() * affine.getLinear().inverted()).getMatrix()
    assert product == pytest.approx(np.identity(2), abs=1e-9)
    inverse = affine.inverted()
    origin = inverse(Extent2D(x, y)) + inverse.getTranslation()
    scale = max(1.0, inverse.getTranslation().computeNorm())
    assert origin.computeNorm() / scale == pytest.approx(0, abs=1e-9)


def testFromTriple():
    points = [Point2D(0, 0), Point2D(1, 0), Point2D(2, 3)]
    made = makeAffineTransformFromTriple(*points, *(AFFINE(point) for point in points))
    assert made.getMatrix() == pytest.approx(AFFINE.getMatrix(), abs=1e-13)
    with pytest.raises(LsstException):
        makeAffineTransformFromTriple(points[0], points[1], Point2D(2, 0), *points)
