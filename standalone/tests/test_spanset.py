# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sets of pixels."""

import pickle

import hypothesis
import hypothesis.extra.numpy as npst
import hypothesis.strategies as st
import numpy as np
import pytest
from lsst.afw.geom import Span, SpanSet, Stencil
from lsst.afw.image import ImageF, Mask
from lsst.geom import Box2I, Extent2I, Point2I
from lsst.pex.exceptions import OutOfRangeError

ARRAYS = npst.arrays(bool, (6, 9))
ORIGIN = Point2I(-3, 40)


def spans(inside):
    """Set of the true pixels of an array at ORIGIN."""
    mask = Mask(Box2I(ORIGIN, Extent2I(inside.shape[1], inside.shape[0])))
    mask.array[...] = inside * 5
    return SpanSet.fromMask(mask, 4)


@hypothesis.given(ARRAYS)
def test_from_mask(inside):
    made = spans(inside)
    y, x = np.nonzero(inside)
    assert made.getArea() == inside.sum()
    np.testing.assert_array_equal(made.indices(), [y + ORIGIN.y, x + ORIGIN.x])
    np.testing.assert_array_equal(made.asArray(inside.shape, ORIGIN), inside)
    assert SpanSet(list(made)) == made
    center = made.computeCentroid()
    if inside.any():
        np.testing.assert_allclose(list(center), [x.mean() + ORIGIN.x, y.mean() + ORIGIN.y])
        assert made.getBBox().getMin() == Point2I(int(x.min()) + ORIGIN.x, int(y.min()) + ORIGIN.y)
    else:
        assert np.isnan(list(center)).all()
        assert made.getBBox().isEmpty()


@hypothesis.given(ARRAYS, ARRAYS)
def test_set_operations(first, second):
    a, b = spans(first), spans(second)
    for made, expected in (
        (a.union(b), first | second),
        (a.intersect(b), first & second),
        (a.intersectNot(b), first & ~second),
    ):
        np.testing.assert_array_equal(made.asArray(first.shape, ORIGIN), expected)
    assert a.overlaps(b) == (first & second).any()
    assert a.contains(b) == (not (second & ~first).any())


@hypothesis.given(ARRAYS, st.integers(0, 3), st.sampled_from(Stencil))
def test_morphology(inside, radius, stencil):
    made = spans(inside)
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    near = {
        Stencil.CIRCLE: x**2 + y**2 <= radius**2,
        Stencil.BOX: np.ones_like(x, bool),
        Stencil.MANHATTAN: abs(x) + abs(y) <= radius,
    }[stencil]
    grown = SpanSet()
    for dx, dy in zip(x[near], y[near], strict=True):
        grown = grown.union(made.shiftedBy(int(dx), int(dy)))
    assert made.dilated(radius, stencil) == grown
    assert grown.eroded(radius, stencil).contains(made)


def test_joined():
    made = SpanSet([Span(1, 4, 6), Span(1, 0, 3), Span(0, 2, 2), Span(1, 5, 5)])
    assert list(made) == [Span(0, 2, 2), Span(1, 0, 6)]
    assert Point2I(3, 1) in made
    assert Point2I(3, 0) not in made
    assert SpanSet(Box2I(Point2I(1, 2), Extent2I(3, 2))).getArea() == 6


def test_split():
    inside = np.zeros((6, 9), bool)
    inside[1, 1:3] = inside[2, 2] = inside[4, 4] = inside[5, 5] = True
    parts = spans(inside).split()
    assert [part.getArea() for part in parts] == [3, 1, 1]
    assert [part.isContiguous() for part in parts] == [True] * 3
    assert not spans(inside).isContiguous()
    assert SpanSet().split() == []
    assert SpanSet().isContiguous()


def test_writing():
    box = Box2I(ORIGIN, Extent2I(9, 6))
    mask, image = Mask(box), ImageF(box)
    made = SpanSet([Span(42, -1, 3)])
    made.setMask(mask, 8)
    made.setImage(image, 2.5)
    assert (mask.array == 8).sum() == (image.array == 2.5).sum() == 5
    assert image[Point2I(3, 42)] == 2.5
    made.clearMask(mask, 8)
    assert not mask.array.any()
    beyond = SpanSet([Span(42, 0, 30)])
    with pytest.raises(OutOfRangeError, match="beyond the image"):
        beyond.setImage(image, 1)
    beyond.setImage(image, 1, doClip=True)
    assert (image.array == 1).sum() == 6


def test_spans():
    made = Span(3, 5, 8)
    assert (made.getY(), made.getX0(), made.getX1()) == (3, 5, 8)
    assert (made.getMinX(), made.getMaxX()) == (5, 8)
    assert len(made) == made.getWidth() == 4
    assert list(made) == [Point2I(x, 3) for x in range(5, 9)]
    assert str(made) == "3: 5..8"
    assert made < Span(3, 6, 6) < Span(4, 0, 0)
    assert made != Span(3, 4, 8)
    assert pickle.loads(pickle.dumps(made)) == made
    assert len(Span(0, 0, -1)) == 0
    for args in ((1,), (1, 2), (1, 2, 3, 4), (1.0, 2, 3)):
        with pytest.raises(TypeError):
            Span(*args)


def test_shapes():
    assert [len(span) for span in SpanSet.fromShape(2, Stencil.CIRCLE)] == [1, 3, 5, 3, 1]
    assert [len(span) for span in SpanSet.fromShape(3, Stencil.CIRCLE)] == [1, 5, 5, 7, 5, 5, 1]
    assert [len(span) for span in SpanSet.fromShape(2, Stencil.MANHATTAN)] == [1, 3, 5, 3, 1]
    assert SpanSet.fromShape(2, Stencil.BOX, (10, 20)) == SpanSet(Box2I(Point2I(8, 18), Extent2I(5, 5)))
    assert pickle.loads(pickle.dumps(Stencil.BOX)) is Stencil.BOX


def test_moving_and_clipping():
    made = SpanSet.fromShape(2)
    assert made.shiftedBy(3, -1) == made.shiftedBy(Extent2I(3, -1)) == SpanSet.fromShape(2, offset=(3, -1))
    clipped = made.clippedTo(Box2I(Point2I(0, 0), Extent2I(10, 10)))
    assert clipped == SpanSet([Span(0, 0, 2), Span(1, 0, 1), Span(2, 0, 0)])
    assert made.clippedTo(Box2I()) == SpanSet()
    assert pickle.loads(pickle.dumps(made)) == made
    with pytest.raises(TypeError):
        hash(made)
