# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Polygons."""

import itertools
import math
import pickle

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lsst.afw.geom import Polygon, SinglePolygonException, makeTransform
from lsst.geom import (
    AffineTransform,
    Box2D,
    Box2I,
    Extent2D,
    Extent2I,
    LinearTransform,
    Point2D,
    Point2I,
    degrees,
)
from lsst.pex.exceptions import InvalidParameterError
from lsst.pex.exceptions import RuntimeError as LsstRuntimeError

COORDINATES = st.integers(-20, 20)
POINTS = st.builds(Point2D, COORDINATES, COORDINATES)
SIZES = st.floats(0.5, 30)
BOXES = st.builds(Box2D, POINTS, st.builds(Extent2D, SIZES, SIZES))


def box(x0, y0, x1, y1):
    return Box2D(Point2D(x0, y0), Point2D(x1, y1))


def square(x0, y0, size):
    return Polygon(box(x0, y0, x0 + size, y0 + size))


@st.composite
def convex(draw):
    """Convex polygons of 3 to 8 vertices on a circle, in either direction."""
    center, radius = draw(POINTS), draw(st.floats(1, 20))
    count = draw(st.integers(3, 8))
    turn, direction = draw(st.floats(0, 6)), draw(st.sampled_from([-1, 1]))
    angles = turn + direction * np.arange(count) * 2 * np.pi / count
    return [Point2D(center.x + radius * math.cos(a), center.y + radius * math.sin(a)) for a in angles]


# A U that opens upward, and a bar across its arms.
U_SHAPE = Polygon([Point2D(*xy) for xy in [(0, 0), (3, 0), (3, 3), (2, 3), (2, 1), (1, 1), (1, 3), (0, 3)]])
BAR = box(-1, 1.5, 4, 2)


TRIANGLE = [Point2D(0, 0), Point2D(30, 0), Point2D(0, 30)]


def coordinates(points):
    return [(point.x, point.y) for point in points]


def signed_area(points):
    x, y = np.array(coordinates(points)).T
    return 0.5 * np.sum(x[:-1] * y[1:] - x[1:] * y[:-1])


def test_box():
    made = Polygon(box(0, 0, 2, 3))
    expected = [(0, 0), (0, 3), (2, 3), (2, 0), (0, 0)]
    assert coordinates(made.getVertices()) == expected
    assert coordinates(made) == expected
    assert coordinates(made[i] for i in range(5)) == expected
    assert len(made) == made.getNumEdges() == 4
    assert [coordinates(edge) for edge in made.getEdges()] == [
        [first, second] for first, second in itertools.pairwise(expected)
    ]
    assert (made.calculateArea(), made.calculatePerimeter()) == (6, 10)
    assert made.calculateCenter() == Point2D(1, 1.5)
    assert made.getBBox() == box(0, 0, 2, 3)
    assert made.getBBox().getMax() == Point2D(2, 3)


@given(convex())
def test_rings_are_closed_and_clockwise(points):
    made = Polygon(points)
    vertices = made.getVertices()
    assert len(vertices) == len(made) + 1 == len(points) + 1
    assert vertices[0] == vertices[-1] == points[0]
    assert signed_area(vertices) < 0
    assert made.calculateArea() == pytest.approx(-signed_area(vertices))
    assert sorted(coordinates(vertices[:-1])) == sorted(coordinates(points))
    for same in (points[::-1], [*points, points[0]], tuple(points), points[1:] + points[:1]):
        other = Polygon(same)
        assert other == made
        assert signed_area(other.getVertices()) < 0


@given(convex())
def test_pickling(points):
    made = Polygon(points)
    restored = pickle.loads(pickle.dumps(made))
    assert restored.getVertices() == made.getVertices()
    assert pickle.loads(pickle.dumps(Polygon)) is Polygon
    namespace = {"Polygon": Polygon, "Point2D": Point2D}
    assert eval(repr(made), namespace).getVertices() == made.getVertices()


def test_representation():
    assert repr(square(0, 0, 1.5)) == (
        "Polygon([Point2D(0, 0), Point2D(0, 1.5), Point2D(1.5, 1.5), Point2D(1.5, 0), Point2D(0, 0)])"
    )


@pytest.mark.parametrize(
    "outline",
    [
        Box2I(Point2I(0, 0), Extent2I(2, 2)),
        [Point2I(0, 0), Point2I(0, 1), Point2I(1, 1)],
        [(0, 0), (0, 1)],
        3,
    ],
)
def test_outlines_of_wrong_types(outline):
    with pytest.raises(TypeError):
        Polygon(outline)


def test_only_boxes_are_transformed_on_construction():
    with pytest.raises(TypeError):
        Polygon(square(0, 0, 1).getVertices(), AffineTransform())


def test_equality():
    assert square(0, 0, 1) != square(0, 0, 2)
    assert square(0, 0, 1) != box(0, 0, 1, 1)
    # A vertex on an edge does not change the region.
    assert square(0, 0, 1).subSample(3) == square(0, 0, 1)
    with pytest.raises(TypeError):
        hash(square(0, 0, 1))


def test_contains():
    made = square(0, 0, 2)
    assert made.contains(Point2D(1, 1))
    assert Point2D(0.001, 1.999) in made
    for outside in ((0, 1), (2, 1), (2, 2), (3, 1), (math.nan, 1)):
        assert Point2D(*outside) not in made
    assert made.contains([Point2D(1, 1), Point2D(0, 1)]) == [True, False]
    assert made.contains([Point2I(1, 1), Point2I(2, 1)]) == [True, False]
    assert made.contains(1, 1.5) is True
    assert made.contains(2.5, 1) is False
    inside = made.contains(np.array([[0, 1], [2, 1]]), np.array([[1, 1], [1, 5]]))
    np.testing.assert_array_equal(inside, [[False, True], [False, False]])
    assert made.contains(np.zeros(0), np.zeros(0)).shape == (0,)
    with pytest.raises(TypeError):
        made.contains(Point2I(1, 1))


def test_squares_that_touch():
    first, second = Polygon(box(0, 0, 2, 3)), Polygon(box(2, 0, 4, 3))
    assert first.overlaps(second)
    assert first.intersection(second) == []
    assert first.union(second) == [Polygon(box(0, 0, 4, 3))]
    assert first.unionSingle(second).calculateArea() == 12
    with pytest.raises(SinglePolygonException, match="Polygons have no intersection"):
        first.intersectionSingle(second)
    corner = Polygon(box(2, 3, 4, 5))
    assert first.overlaps(corner)
    assert first.intersection(corner) == []
    assert len(first.union(corner)) == 2


def test_several_pieces():
    pieces = U_SHAPE.intersection(BAR)
    assert sorted(piece.calculateArea() for piece in pieces) == [0.5, 0.5]
    with pytest.raises(SinglePolygonException, match=r"Multiple polygons \(2\) created by intersection\(\)"):
        U_SHAPE.intersectionSingle(BAR)
    with pytest.raises(SinglePolygonException, match=r"\(2\) created by union\(\)"):
        square(0, 0, 1).unionSingle(square(5, 5, 1))
    assert issubclass(SinglePolygonException, LsstRuntimeError)
    assert issubclass(SinglePolygonException, RuntimeError)
    assert pickle.loads(pickle.dumps(SinglePolygonException)) is SinglePolygonException


def test_disjoint():
    first, second = square(0, 0, 1), square(5, 5, 1)
    assert not first.overlaps(second)
    assert first.intersection(second) == []
    assert first.union(second) in ([first, second], [second, first])
    assert first.symDifference(second) in ([first, second], [second, first])
    assert first.symDifference(first) == []


@pytest.mark.parametrize("other", [None, (0, 0), Box2I(Point2I(0, 0), Extent2I(1, 1))])
def test_operands_of_wrong_types(other):
    made = square(0, 0, 1)
    for operation in (made.overlaps, made.intersection, made.union, made.symDifference, made.unionSingle):
        with pytest.raises(TypeError):
            operation(other)


@given(BOXES, BOXES)
def test_operations_on_boxes(first, second):
    made = Polygon(first)
    common = first.clippedTo(second)
    pieces = made.intersection(second)
    assert bool(pieces) == (not common.isEmpty())
    assert sum(piece.calculateArea() for piece in pieces) == pytest.approx(common.getArea())
    if pieces:
        (piece,) = pieces
        assert piece.getBBox() == common
        assert made.intersectionSingle(Polygon(second)) == piece
        total = first.getArea() + second.getArea() - common.getArea()
        assert made.unionSingle(second).calculateArea() == pytest.approx(total)
    difference = sum(piece.calculateArea() for piece in made.symDifference(second))
    expected = first.getArea() + second.getArea() - 2 * common.getArea()
    assert difference == pytest.approx(expected, abs=1e-9)
    assert made.overlaps(second) == Polygon(second).overlaps(made)
    assert made.overlaps(second) or not pieces


@given(convex(), convex())
def test_intersections_are_inside_both(first, second):
    one, two = Polygon(first), Polygon(second)
    for piece in one.intersection(two):
        center = piece.calculateCenter()
        if piece.calculateArea() > 1e-6:
            assert center in one
            assert center in two
        assert signed_area(piece.getVertices()) < 0


def test_holes():
    (ring,) = square(0, 0, 3).symDifference(square(1, 1, 1))
    assert ring.calculateArea() == 8
    assert Point2D(1.5, 1.5) not in ring
    assert ring.getBBox() == box(0, 0, 3, 3)


def test_convex_hull():
    assert U_SHAPE.convexHull() == square(0, 0, 3)
    assert square(0, 0, 1).convexHull() == square(0, 0, 1)


@given(convex(), st.floats(0, 360), st.floats(0.1, 10), POINTS)
@example(TRIANGLE, 1.2e-7, 1.0, Point2D(0, 0))
@example(TRIANGLE, 90 + 8e-7, 10.0, Point2D(3, 4))
def test_transforms(points, angle, scale, shift):
    linear = LinearTransform.makeRotation(angle * degrees) * LinearTransform.makeScaling(scale)
    affine = AffineTransform(linear, shift.asExtent())
    made = Polygon(points)
    mapped = made.transform(affine)
    assert mapped.calculateArea() == pytest.approx(made.calculateArea() * scale**2)
    assert mapped.getVertices()[0] == affine(points[0])
    # AST takes elements of a matrix for 0 that are below this part of the
    # largest one.
    elements = np.abs(linear.getMatrix())
    neglected = elements[elements < math.sqrt(np.finfo(float).eps) * elements.max()].max(initial=0.0)
    reach = np.abs(coordinates(points)).max()
    np.testing.assert_allclose(
        coordinates(made.transform(makeTransform(affine)).getVertices()),
        coordinates(mapped.getVertices()),
        atol=1e-9 + neglected * reach,
    )


def test_boxes_are_transformed():
    affine = AffineTransform(LinearTransform.makeScaling(2, 3), Extent2D(1, 1))
    for transform in (affine, makeTransform(affine)):
        made = Polygon(box(0, 0, 1, 1), transform)
        np.testing.assert_allclose(coordinates(made.getVertices()), [(1, 1), (1, 4), (3, 4), (3, 1), (1, 1)])
    flipped = square(0, 0, 1).transform(AffineTransform.makeScaling(-1, 1))
    assert signed_area(flipped.getVertices()) < 0


def test_sub_sampling():
    made = Polygon(box(0, 0, 2, 3))
    for count in (2, np.int64(2)):
        parts = made.subSample(count)
        assert coordinates(parts)[:4] == [(0, 0), (0, 1.5), (0, 3), (1, 3)]
        assert len(parts) == 8
    by_length = made.subSample(2.0)
    assert coordinates(by_length)[:4] == [(0, 0), (0, 1.5), (0, 3), (2, 3)]
    assert len(made.subSample(0.99)) == 2 * (4 + 3)
    assert made.subSample(1).getVertices() == made.getVertices()
    for wrong in (0, -1, 0.0, math.nan):
        with pytest.raises(InvalidParameterError, match="cannot be divided"):
            made.subSample(wrong)


def test_vertices_that_are_not_numbers():
    unknown = Point2D(math.nan, math.nan)
    known = square(0, 0, 10)
    for points in ([unknown] * 4, [unknown, *known.getVertices()[:3]], [Point2D(math.inf, 0), *known][:4]):
        made = Polygon(points)
        assert known.intersection(made) == []
        assert made.intersection(known) == []
        assert not made.overlaps(known)
        assert not made.contains(Point2D(1, 1))
        assert math.isnan(made.calculateArea())
        assert made.getBBox().isEmpty()
        assert np.isnan(coordinates([made.calculateCenter()])).all()


def test_degenerate_outlines():
    for points in ([], [Point2D(1, 1)], [Point2D(0, 0), Point2D(1, 1)]):
        made = Polygon(points)
        assert made.calculateArea() == 0
        assert made.intersection(square(0, 0, 5)) == []


@given(convex(), st.integers(-30, 20), st.integers(-30, 20), st.integers(1, 90), st.integers(1, 30))
def test_image_of_the_coverage(points, x, y, width, height):
    made = Polygon(points)
    bbox = Box2I(Point2I(x, y), Extent2I(width, height))
    image = made.createImage(bbox)
    assert image.getBBox() == bbox
    assert image.array.min() >= 0
    assert image.array.max() <= 1
    expected = sum(piece.calculateArea() for piece in made.intersection(Box2D(bbox)))
    assert image.array.sum(dtype=float) == pytest.approx(expected, rel=1e-5, abs=1e-4)
    columns, rows = bbox.grid()
    inside = made.contains(columns.astype(float), rows.astype(float))
    assert (image.array[inside] > 0).all()
    assert (image.array[~inside] < 1).all()


def test_image_of_a_box():
    image = Polygon(box(0.5, 0.25, 3.5, 2.5)).createImage(Extent2I(5, 4))
    np.testing.assert_array_equal(
        image.array, [[0, 0.25, 0.25, 0.25, 0], [0, 1, 1, 1, 0], [0, 1, 1, 1, 0], [0, 0, 0, 0, 0]]
    )
    assert image.getBBox() == Box2I(Point2I(0, 0), Extent2I(5, 4))
    assert not square(100, 100, 5).createImage(Extent2I(70, 3)).array.any()
    assert square(-100, -100, 500).createImage(Extent2I(70, 3)).array.all()
    assert Polygon(box(0, 0, 1, 1)).createImage(Box2I()).array.size == 0


def test_file(tmp_path):
    assert U_SHAPE.isPersistable()
    U_SHAPE.writeFits(str(tmp_path / "polygon.fits"))
    assert Polygon.readFits(str(tmp_path / "polygon.fits")).getVertices() == U_SHAPE.getVertices()


@pytest.mark.parametrize("size", [1e154, 1e300])
def test_coordinates_beyond_all_reason(size):
    """Of a twisted outline, the crossings cannot be computed."""
    corners = [(size, size), (3, 1), (-size, size), (size, -size), (1, -size)]
    with np.errstate(all="ignore"), pytest.raises(InvalidParameterError, match="cannot be told"):
        Polygon([Point2D(*corner) for corner in corners])
