# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bounded fields."""

import lsst.afw.image as afwImage
import lsst.afw.math as afwMath
import lsst.geom
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lsst.pex.exceptions import InvalidParameterError, LengthError, LogicError, RuntimeError
from numpy.polynomial import chebyshev

BOX = lsst.geom.Box2I(lsst.geom.Point2I(-5, 10), lsst.geom.Extent2I(20, 30))


def field(shape=(3, 2), box=BOX, seed=0):
    return afwMath.ChebyshevBoundedField(box, np.random.default_rng(seed).normal(size=shape))


@given(st.floats(-6, 16), st.floats(9, 41))
def test_chebyshev_values(x, y):
    f = field()
    c = f.getCoefficients()
    u, v = (x - 4.5) / 10, (y - 24.5) / 15
    want = sum(
        c[j, i] * chebyshev.Chebyshev.basis(i)(u) * chebyshev.Chebyshev.basis(j)(v)
        for j in range(3)
        for i in range(2)
    )
    assert f.evaluate(x, y) == pytest.approx(want, abs=1e-12)
    assert f.evaluate(lsst.geom.Point2D(x, y)) == f.evaluate(x, y)
    assert f.evaluate(np.array([x]), np.array([y])).tolist() == [f.evaluate(x, y)]


def test_chebyshev_reference_values():
    box = lsst.geom.Box2I(lsst.geom.Point2I(0, 0), lsst.geom.Extent2I(10, 10))
    f = afwMath.ChebyshevBoundedField(box, np.array([[2, 0.1, 0.01], [0.2, 0, 0]]))
    assert f.evaluate(-0.5, -0.5) == pytest.approx(1.71)
    assert f.evaluate(9.5, 9.5) == pytest.approx(2.31)
    assert f.mean() == pytest.approx(1.99667, abs=5e-6)
    assert f.integrate() == pytest.approx(100 * f.mean())


def test_constant_on_an_empty_box():
    f = afwMath.ChebyshevBoundedField(lsst.geom.Box2I(), np.array([[31.5]]))
    assert f.evaluate(1e4, -3.0) == 31.5
    assert f.mean() == 31.5


def test_mean_agrees_with_samples():
    f = field((4, 5))
    x, y = np.meshgrid(np.linspace(-5.5, 14.5, 601), np.linspace(9.5, 39.5, 601))
    inner = f.evaluate(0.5 * (x[1:, 1:] + x[:-1, :-1]), 0.5 * (y[1:, 1:] + y[:-1, :-1]))
    assert f.mean() == pytest.approx(inner.mean(), abs=1e-4)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 4), st.integers(0, 4), st.booleans())
def test_fit_recovers(orderX, orderY, triangular):
    ctrl = afwMath.ChebyshevBoundedFieldControl()
    ctrl.orderX, ctrl.orderY, ctrl.triangular = orderX, orderY, triangular
    truth = field((orderY + 1, orderX + 1)).truncate(ctrl)
    assert np.count_nonzero(truth.getCoefficients()) == ctrl.computeSize()
    rng = np.random.default_rng(5)
    x, y = rng.uniform(-5, 15, 200), rng.uniform(10, 40, 200)
    z = truth.evaluate(x, y)
    got = afwMath.ChebyshevBoundedField.fit(BOX, x, y, z, ctrl)
    np.testing.assert_allclose(got.getCoefficients(), truth.getCoefficients(), atol=1e-10)
    z[0], weights = 1e6, np.ones(200)
    weights[0] = 0.0
    got = afwMath.ChebyshevBoundedField.fit(BOX, x, y, z, weights, ctrl)
    np.testing.assert_allclose(got.getCoefficients(), truth.getCoefficients(), atol=1e-10)


def test_fit_image_and_fill():
    truth = field((3, 3)).truncate(afwMath.ChebyshevBoundedFieldControl())
    image = afwImage.ImageD(BOX)
    truth.fillImage(image)
    assert image.array[3, 7] == pytest.approx(truth.evaluate(2, 13))
    got = afwMath.ChebyshevBoundedField.fit(image, afwMath.ChebyshevBoundedFieldControl())
    np.testing.assert_allclose(got.getCoefficients(), truth.getCoefficients(), atol=1e-10)


def test_image_operations():
    f = field()
    big = lsst.geom.Box2I(BOX)
    big.grow(3)
    values = afwImage.ImageD(BOX)
    f.fillImage(values)
    with pytest.raises(RuntimeError, match="not that of the field"):
        f.fillImage(afwImage.ImageD(big))
    image = afwImage.MaskedImageF(big)
    image.image.array[:, :] = 2
    image.variance.array[:, :] = 3
    f.multiplyImage(image, overlapOnly=True)
    np.testing.assert_allclose(image.image.array[3:-3, 3:-3], 2 * values.array, rtol=1e-6)
    np.testing.assert_allclose(image.variance.array[3:-3, 3:-3], 3 * values.array**2, rtol=1e-6)
    assert (image.image.array[:3] == 2).all()
    f.divideImage(image, overlapOnly=True)
    np.testing.assert_allclose(image.image.array, 2, rtol=1e-5)
    np.testing.assert_allclose(image.variance.array, 3, rtol=1e-5)
    f.addToImage(values, -1.0)
    np.testing.assert_allclose(values.array, 0, atol=1e-12)


def test_scaling_and_equality():
    f = field()
    assert (f * 2).evaluate(1, 20) == pytest.approx(2 * f.evaluate(1, 20))
    assert (f / 2) * 2 == f
    assert f != f * 2
    assert f != field(box=lsst.geom.Box2I(lsst.geom.Point2I(0, 0), lsst.geom.Extent2I(3, 3)))


def test_product():
    first, second = field(seed=1), field(seed=2)
    product = afwMath.ProductBoundedField([first, second])
    assert product.evaluate(1, 20) == pytest.approx(first.evaluate(1, 20) * second.evaluate(1, 20))
    assert (product * 3).evaluate(1, 20) == pytest.approx(3 * product.evaluate(1, 20))
    assert product == afwMath.ProductBoundedField([field(seed=1), field(seed=2)])
    image = afwImage.ImageD(BOX)
    product.fillImage(image)
    assert image.array[10, 6] == pytest.approx(product.evaluate(1, 20))
    with pytest.raises(LogicError, match="ProductBoundedField"):
        product.mean()
    with pytest.raises(LengthError):
        afwMath.ProductBoundedField([])
    with pytest.raises(InvalidParameterError, match="differ"):
        afwMath.ProductBoundedField([first, field(box=lsst.geom.Box2I())])


def test_bad_coefficients():
    with pytest.raises(LengthError, match=r"\(3,\)"):
        afwMath.ChebyshevBoundedField(BOX, np.ones(3))
    with pytest.raises(LengthError, match="truncate"):
        field((2, 2)).truncate(afwMath.ChebyshevBoundedFieldControl())


def makeWcs():
    import lsst.afw.geom as afwGeom

    cdMatrix = afwGeom.makeCdMatrix(0.2 * lsst.geom.arcseconds, 30 * lsst.geom.degrees)
    crval = lsst.geom.SpherePoint(30, 10, lsst.geom.degrees)
    return afwGeom.makeSkyWcs(lsst.geom.Point2D(5, 25), crval, cdMatrix)


def test_pixel_area():
    wcs = makeWcs()
    f = afwMath.PixelAreaBoundedField(BOX, wcs, lsst.geom.arcseconds)
    assert f.evaluate(5, 25) == pytest.approx(0.04, rel=1e-6)
    point = lsst.geom.Point2D(12, 33)
    assert f.evaluate(point) == pytest.approx(wcs.getPixelScale(point).asArcseconds() ** 2, rel=1e-6)
    assert (f * 2).evaluate(point) == pytest.approx(2 * f.evaluate(point))
    radians = afwMath.PixelAreaBoundedField(BOX, wcs)
    assert radians.evaluate(point) * (180 * 3600 / np.pi) ** 2 == pytest.approx(f.evaluate(point))
    assert f.getSkyWcs() == wcs


def makeTransformField():
    import lsst.afw.geom as afwGeom
    import starlink.Ast as Ast

    # z = 2 x - 3 y
    mapping = Ast.MatrixMap([[2.0, -3.0]])
    return afwMath.TransformBoundedField(BOX, afwGeom.TransformPoint2ToGeneric(mapping))


def test_transform_field():
    f = makeTransformField()
    assert f.evaluate(3, 20) == pytest.approx(-54)
    np.testing.assert_allclose(f.evaluate(np.array([1.0, 2.0]), np.array([0.0, 1.0])), [2, 1])
    assert (f * 0.5).evaluate(3, 20) == pytest.approx(-27)
    assert f == makeTransformField()
    assert f != f * 2


@pytest.mark.parametrize("kind", ["chebyshev", "constant", "product", "area", "transform"])
def test_persistence(kind, tmp_path):
    original = {
        "chebyshev": field,
        "constant": lambda: afwMath.ChebyshevBoundedField(lsst.geom.Box2I(), np.array([[31.5]])),
        "product": lambda: afwMath.ProductBoundedField([field(seed=1), field(seed=2)]),
        "area": lambda: afwMath.PixelAreaBoundedField(BOX, makeWcs(), lsst.geom.arcseconds, 3.0),
        "transform": makeTransformField,
    }[kind]()
    path = str(tmp_path / "field.fits")
    original.writeFits(path)
    back = afwMath.BoundedField.readFits(path)
    assert back == original
    assert back.getBBox() == original.getBBox()
    assert back.evaluate(3.5, 22.25) == original.evaluate(3.5, 22.25)
