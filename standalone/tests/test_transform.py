# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Transforms and endpoints."""

from __future__ import annotations

import lsst.afw.geom as afwGeom
import numpy as np
import pytest
import starlink.Ast as Ast
from hypothesis import given, settings
from hypothesis import strategies as st
from lsst.afw.geom import (
    GenericEndpoint,
    Point2Endpoint,
    SpherePointEndpoint,
    TransformGenericToGeneric,
    TransformGenericToPoint2,
    TransformPoint2ToGeneric,
    TransformPoint2ToPoint2,
    TransformPoint2ToSpherePoint,
    TransformSpherePointToSpherePoint,
    linearizeTransform,
    makeIdentityTransform,
    makeTransform,
    transformFromString,
)
from lsst.geom import (
    AffineTransform,
    Extent2D,
    LinearTransform,
    Point2D,
    Point2I,
    SpherePoint,
    degrees,
    radians,
)
from lsst.pex.exceptions import InvalidParameterError
from lsst.pex.exceptions import RuntimeError as LsstRuntimeError
from lsst.sphgeom import LonLat

KINDS = ["Generic", "Point2", "SpherePoint"]
AFFINE = AffineTransform(np.array([[2.0, 0.5], [-0.25, 3.0]]), np.array([7.0, -8.0]))
finite = st.floats(-1e3, 1e3)


def makePoint(kind, x, y):
    return {"Generic": [x, y], "Point2": Point2D(x, y), "SpherePoint": SpherePoint(x, y, radians)}[kind]


@pytest.mark.parametrize("target", KINDS)
@pytest.mark.parametrize("source", KINDS)
def testAllClasses(source, target):
    cls = getattr(afwGeom, f"Transform{source}To{target}")
    assert cls.__module__ == "lsst.afw.geom"
    transform = cls(Ast.ZoomMap(2, 2.0))
    assert type(transform.fromEndpoint).__name__ == f"{source}Endpoint"
    assert type(transform.toEndpoint).__name__ == f"{target}Endpoint"
    assert transform.hasForward and transform.hasInverse
    point, image = makePoint(source, 0.1, 0.2), makePoint(target, 0.2, 0.4)
    assert transform.applyForward(point) == image
    assert transform.applyInverse(image) == point
    np.testing.assert_allclose(transform.getJacobian(point), 2 * np.eye(2), rtol=1e-12)
    inverse = transform.inverted()
    assert type(inverse).__name__ == f"Transform{target}To{source}"
    assert inverse.applyForward(image) == point
    again = transformFromString(transform.writeString())
    assert type(again) is cls and again.applyForward(point) == image
    assert type(transform.then(inverse)).__name__ == f"Transform{source}To{source}"


def testSequences():
    transform = makeTransform(AFFINE)
    points = [Point2D(1, 2), Point2D(-3, 4.5)]
    assert transform.applyForward(points) == [transform.applyForward(point) for point in points]
    assert transform.applyForward(tuple(points)) == transform.applyForward(points)
    assert transform.applyForward([]) == []
    for bad in (Point2I(1, 2), [Point2I(1, 2)], SpherePoint(1, 2, degrees), 3):
        with pytest.raises(TypeError):
            transform.applyForward(bad)


def testGenericArrays():
    transform = TransformGenericToGeneric(Ast.ShiftMap([1.0, 2.0, 3.0]))
    data = np.arange(12.0).reshape(3, 4)
    np.testing.assert_array_equal(transform.applyForward(data), data + np.array([[1], [2], [3]]))
    assert transform.applyForward([1, 2, 3]) == [2, 4, 6]
    assert transform.applyForward(np.array([1, 2, 3])) == [2, 4, 6]
    for bad in (np.zeros((2, 4)), [1.0, 2.0]):
        with pytest.raises(InvalidParameterError):
            transform.applyForward(bad)


def testArraysHaveNoLimits():
    transform = makeTransform(AFFINE)
    data = np.random.default_rng(5).normal(size=(2, 1000))
    got = transform._applyArray(data)
    want = AFFINE.getLinear().getMatrix() @ data + np.array([[7.0], [-8.0]])
    np.testing.assert_allclose(got, want, rtol=1e-14, atol=1e-14)
    np.testing.assert_allclose(transform._applyInverseArray(got), data, rtol=0, atol=1e-13)
    assert transform._applyArray(np.zeros((2, 0))).shape == (2, 0)


def testAxesMustFit():
    for cls in (TransformPoint2ToPoint2, TransformSpherePointToSpherePoint):
        with pytest.raises(InvalidParameterError, match="axes"):
            cls(Ast.UnitMap(3))
    with pytest.raises(TypeError):
        TransformPoint2ToPoint2("mapping")
    three = TransformGenericToPoint2(Ast.PermMap([1, 2, -1], [1, 2], [5.0]))
    assert three.fromEndpoint.nAxes == 3
    assert three.applyInverse(Point2D(1, 2)) == [1, 2, 5]


def testThen():
    double, shift = (
        makeTransform(AffineTransform(LinearTransform.makeScaling(2))),
        makeTransform(AffineTransform(Extent2D(1, 0))),
    )
    assert double.then(shift).applyForward(Point2D(1, 1)) == Point2D(3, 2)
    assert shift.then(double, simplify=False).applyForward(Point2D(1, 1)) == Point2D(4, 2)
    with pytest.raises(InvalidParameterError, match="endpoints differ"):
        double.then(TransformSpherePointToSpherePoint(Ast.UnitMap(2)))
    with pytest.raises(InvalidParameterError, match="endpoints differ"):
        TransformPoint2ToGeneric(Ast.UnitMap(2)).then(TransformGenericToGeneric(Ast.UnitMap(3)))


def testSimplify():
    mapping = Ast.CmpMap(Ast.ZoomMap(2, 2.0), Ast.ZoomMap(2, 0.5), True)
    assert "CmpMap" not in TransformPoint2ToPoint2(mapping).writeString()
    assert "CmpMap" in TransformPoint2ToPoint2(mapping, simplify=False).writeString()


def testMappingIsACopy():
    transform = makeTransform(AFFINE)
    transform.getMapping().ident = "changed"
    assert transform.getMapping().ident == ""
    assert transform.getMapping().inverted().applyForward([7, -8]).tolist() == [0, 0]


def testOneDirectionOnly():
    transform = TransformPoint2ToPoint2(Ast.PolyMap([[1.0, 1, 2, 0], [1.0, 2, 0, 1]], None, "IterInverse=0"))
    assert transform.hasForward and not transform.hasInverse
    assert transform.applyForward(Point2D(3, 4)) == Point2D(9, 4)
    with pytest.raises(LsstRuntimeError):
        transform.applyInverse(Point2D(9, 4))


def testFrameSetWithSwappedSky():
    sky = Ast.SkyFrame()
    sky.permaxes((2, 1))
    frames = Ast.FrameSet(Ast.Frame(2))
    frames.addframe(1, Ast.ZoomMap(2, 0.1), sky)
    transform = TransformPoint2ToSpherePoint(frames)
    # The second pixel axis is the longitude.
    got = transform.applyForward(Point2D(1, 2))
    assert got.getLongitude().asRadians() == pytest.approx(0.2)
    assert got.getLatitude().asRadians() == pytest.approx(0.1)
    assert frames.getframe(2).LonAxis == 2
    with pytest.raises(InvalidParameterError, match="Cartesian"):
        TransformPoint2ToPoint2(frameSet=frames)


def testEndpoints():
    assert Point2Endpoint() == Point2Endpoint() != SpherePointEndpoint()
    assert GenericEndpoint(3) == GenericEndpoint(3) != GenericEndpoint(2)
    assert GenericEndpoint(2) != Point2Endpoint()
    with pytest.raises(InvalidParameterError):
        GenericEndpoint(0)
    endpoint = SpherePointEndpoint()
    point = SpherePoint(1, 0.5, radians)
    assert endpoint.dataFromPoint(point) == [1, 0.5]
    assert endpoint.dataFromPoint(LonLat.fromRadians(1, 0.5)) == [1, 0.5]
    assert endpoint.pointFromData([1, 0.5]) == point
    data = endpoint.dataFromArray([point, point])
    assert data.shape == (2, 2) and endpoint.arrayFromData(data) == [point, point]
    assert (str(GenericEndpoint(4)), str(endpoint)) == ("GenericEndpoint(4)", "SpherePointEndpoint()")


@settings(max_examples=50, deadline=None)
@given(values=st.lists(finite, min_size=6, max_size=6), x=finite, y=finite)
def testMakeTransformAgrees(values, x, y):
    matrix = np.array(values[:4]).reshape(2, 2)
    affine = AffineTransform(matrix, np.array(values[4:]))
    got = makeTransform(affine).applyForward(Point2D(x, y))
    # AST takes matrix elements for zero that are 1e-8 of the largest.
    tolerance = 1e-9 + 1e-7 * np.abs(matrix).max() * (abs(x) + abs(y))
    assert list(got) == pytest.approx(list(affine(Point2D(x, y))), rel=1e-9, abs=tolerance)


def testIdentity():
    identity = makeIdentityTransform()
    assert identity.applyForward(Point2D(1, 2)) == identity.applyInverse(Point2D(1, 2)) == Point2D(1, 2)


def makeDistortion(cubic):
    """Transform that adds a cubic term to each coordinate."""
    terms = [[1.0, 1, 1, 0], [cubic, 1, 3, 0], [1.0, 2, 0, 1], [cubic, 2, 0, 3]]
    return TransformPoint2ToPoint2(
        Ast.PolyMap(terms, None, "IterInverse=1, TolInverse=1e-12, NIterInverse=20")
    )


def testLinearize():
    transform = makeDistortion(1e-4)
    point = Point2D(3, 4)
    linear = linearizeTransform(transform, point)
    assert list(linear(point)) == pytest.approx(list(transform.applyForward(point)), rel=1e-14)
    for step in (Extent2D(1e-4, 0), Extent2D(0, 1e-4)):
        want = transform.applyForward(point + step)
        assert list(linear(point + step)) == pytest.approx(list(want), abs=1e-10)
    with pytest.raises(InvalidParameterError):
        linearizeTransform(transform, Point2D(np.nan, 0))
