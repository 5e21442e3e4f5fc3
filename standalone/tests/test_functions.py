# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Functions of one and two variables."""

import math

import lsst.afw.math as afwMath
import lsst.geom
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsst.pex.exceptions import InvalidParameterError

FINITE = st.floats(-10, 10)


def test_gaussian1_has_unit_integral():
    function = afwMath.GaussianFunction1D(1.7)
    xs = np.arange(-20, 20, 0.01)
    assert 0.01 * sum(function(x) for x in xs) == pytest.approx(1.0, abs=1e-9)
    assert function(1.7) / function(0) == pytest.approx(math.exp(-0.5))


@pytest.mark.parametrize(
    "function",
    [afwMath.GaussianFunction2D(1.2, 0.8, 0.4), afwMath.DoubleGaussianFunction2D(0.9, 1.5, 0.3)],
)
def test_gaussians2_have_unit_integral(function):
    axis = np.arange(-12, 12, 0.1)
    total = function._evaluate(axis[np.newaxis, :], axis[:, np.newaxis]).sum() * 0.01
    assert total == pytest.approx(1.0, abs=1e-9)


def test_gaussian2_is_long_along_its_angle():
    function = afwMath.GaussianFunction2D(3.0, 1.0, math.radians(30))
    along = function(3 * math.cos(math.radians(30)), 3 * math.sin(math.radians(30)))
    assert along / function(0, 0) == pytest.approx(math.exp(-0.5))


def test_double_gaussian_ratio_of_peaks():
    function = afwMath.DoubleGaussianFunction2D(1.0, 50.0, 0.25)
    assert function(9, 0) / function(0, 0) == pytest.approx(0.2 * math.exp(-81 / 5000), rel=1e-9)


def test_lanczos_values():
    function = afwMath.LanczosFunction1D(3, 0.25)
    want = [0.03002109, -0.13287102, 0.89006705, 0.27018982, -0.06779134, 0.00735593]
    np.testing.assert_allclose([function(x) for x in range(-2, 4)], want, atol=5e-9)
    assert afwMath.LanczosFunction1D(3)(1e-6) == 1.0
    assert afwMath.LanczosFunction1D(2)(2.5) != 0.0
    assert function.getOrder() == 3


def test_polynomials():
    function = afwMath.PolynomialFunction2D([1, 2, 3, 4, 5, 6])
    assert function(2, 3) == 1 + 2 * 2 + 3 * 3 + 4 * 4 + 5 * 6 + 6 * 9
    assert function.getOrder() == 2


@given(FINITE, FINITE)
def test_chebyshev2(x, y):
    box = lsst.geom.Box2D(lsst.geom.Point2D(-10, -20), lsst.geom.Point2D(10, 20))
    function = afwMath.Chebyshev1Function2D([1, 2, 3, 4, 5, 6], box)
    u, v = x / 10, y / 20
    want = 1 + 2 * u + 3 * v + 4 * (2 * u * u - 1) + 5 * u * v + 6 * (2 * v * v - 1)
    assert function(x, y) == pytest.approx(want, abs=1e-12)
    assert function.getXYRange() == box


def test_grid_evaluation_agrees_with_points():
    rng = np.random.default_rng(2)
    function = afwMath.Chebyshev1Function2D(rng.normal(size=15).tolist())
    x, y = np.linspace(-1, 1, 5), np.linspace(-1, 0.5, 4)
    want = [[function(a, b) for a in x] for b in y]
    np.testing.assert_allclose(function._evaluateGrid(x, y), want, atol=1e-13)


@given(st.integers(0, 30))
def test_orders(order):
    parameters = afwMath.PolynomialFunction2D(order).getParameters()
    assert len(parameters) == (order + 1) * (order + 2) // 2
    assert afwMath.PolynomialFunction2D(parameters).getOrder() == order
    with pytest.raises(InvalidParameterError):
        afwMath.PolynomialFunction2D([0.0] * (len(parameters) + order + 3))


def test_bad_parameters():
    function = afwMath.GaussianFunction2D(1, 2)
    with pytest.raises(InvalidParameterError, match="Got 2 parameters; 3 required"):
        function.setParameters([1, 2])
    with pytest.raises(IndexError):
        function.getParameter(3)
    with pytest.raises(InvalidParameterError, match="4 is not"):
        afwMath.PolynomialFunction2D([1, 2, 3, 4])
    with pytest.raises(InvalidParameterError):
        afwMath.PolynomialFunction2D([])


def test_clone_is_independent():
    function = afwMath.GaussianFunction2D(1, 2, 0.5)
    other = function.clone()
    other.setParameter(0, 9)
    assert function.getParameters() == [1, 2, 0.5]
    assert other.getParameters() == [9, 2, 0.5]


@pytest.mark.parametrize(
    "function",
    [
        afwMath.GaussianFunction2D(1.5, 2.5, 0.3),
        afwMath.DoubleGaussianFunction2D(1.5, 2.5, 0.3),
        afwMath.PolynomialFunction2D([1.0, 2.0, 3.0]),
        afwMath.Chebyshev1Function2D(
            [1.0, 2.0, 3.0], lsst.geom.Box2D(lsst.geom.Point2D(1, 2), lsst.geom.Point2D(30, 40))
        ),
    ],
)
def test_persistence(function, tmp_path):
    path = str(tmp_path / "function.fits")
    assert function.isPersistable()
    function.writeFits(path)
    back = afwMath.Function2D.readFits(path)
    assert type(back) is type(function)
    assert back.getParameters() == function.getParameters()
    assert back(3.25, 4.5) == function(3.25, 4.5)
