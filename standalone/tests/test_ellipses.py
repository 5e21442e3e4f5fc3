# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Shapes of ellipses."""

import math
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsst.afw import geom
from lsst.afw.geom.ellipses import Axes, Quadrupole
from lsst.geom import Extent2D, LinearTransform, degrees
from lsst.pex.exceptions import InvalidParameterError

LENGTHS = st.floats(0.1, 10)
ANGLES = st.floats(-1.5, 1.5)
AXES = st.builds(lambda a, b, theta: Axes(max(a, b), min(a, b), theta), LENGTHS, LENGTHS, ANGLES)
SHAPES = AXES | st.builds(Quadrupole, AXES)


def moments(core):
    return Quadrupole(core).getParameterVector()


def test_defaults():
    assert Axes() == Axes(1.0, 1.0, 0.0)
    assert Quadrupole() == Quadrupole(ixx=1.0, iyy=1.0, ixy=0.0)
    assert geom.Quadrupole is Quadrupole
    assert (Axes().getName(), Quadrupole().getName()) == ("Axes", "Quadrupole")


def test_constructors():
    made = Quadrupole(4.0, 3.0, 0.5)
    assert (made.getIxx(), made.getIyy(), made.getIxy()) == (4.0, 3.0, 0.5)
    for same in (
        Quadrupole([4.0, 3.0, 0.5]),
        Quadrupole(vector=np.array([4.0, 3.0, 0.5])),
        Quadrupole([[4.0, 0.5], [0.5, 3.0]]),
        Quadrupole(matrix=np.array([[4.0, 0.5], [0.5, 3.0]])),
        Quadrupole(4, 3, ixy=0.5),
        Quadrupole(made),
    ):
        assert same == made
    axes = Axes(a=3.0, b=2.0, theta=0.5)
    assert (axes.getA(), axes.getB(), axes.getTheta()) == (3.0, 2.0, 0.5)
    assert Axes(axes.getParameterVector()) == axes
    for args, kwargs in (((1.0, 2.0, 3.0, False, 5.0), {}), ((), {"ixx": 1.0}), ((1.0,), {"a": 2.0})):
        with pytest.raises(TypeError):
            Axes(*args, **kwargs)
    with pytest.raises(TypeError, match="3 parameters"):
        made.setParameterVector([1.0, 2.0])


def test_checks():
    # Only those of a matrix are checked by default.
    assert Quadrupole(1.0, 1.0, 2.0).getIxy() == 2.0
    for make in (
        lambda: Quadrupole([[1.0, 2.0], [2.0, 1.0]]),
        lambda: Quadrupole(1.0, 1.0, 2.0, True),
        lambda: Quadrupole(-1.0, -1.0, 0.0, normalize=True),
        lambda: Axes(-1.0, 1.0, 0.0, normalize=True),
        lambda: Quadrupole([[1.0, 0.5], [0.4, 1.0]]),
    ):
        with pytest.raises(InvalidParameterError):
            make()
    assert math.isnan(Quadrupole(1.0, 1.0, 2.0).getDeterminantRadius())
    assert Quadrupole([[1.0, 2.0], [2.0, 1.0]], normalize=False).getIxy() == 2.0


def test_normalized_axes():
    made = Axes(1.0, 2.0, 0.25, normalize=True)
    assert (made.getA(), made.getB()) == (2.0, 1.0)
    assert made.getTheta() == pytest.approx(0.25 - math.pi / 2)
    np.testing.assert_allclose(moments(made), moments(Axes(1.0, 2.0, 0.25)))


def test_radii():
    made = Axes(4.0, 1.0, 30 * math.pi / 180)
    assert made.getDeterminantRadius() == pytest.approx(2.0)
    assert made.getTraceRadius() == pytest.approx(math.sqrt(8.5))
    assert made.getArea() == pytest.approx(4 * math.pi)
    assert list(Axes(4.0, 1.0, math.pi / 2).computeDimensions()) == pytest.approx([2.0, 8.0])
    assert isinstance(made.computeDimensions(), Extent2D)


def test_setters():
    axes, quadrupole = Axes(), Quadrupole()
    axes.setA(3.0)
    axes.setB(2.0)
    axes.setTheta(0.5)
    assert axes == Axes(3.0, 2.0, 0.5)
    quadrupole.setIxx(3.0)
    quadrupole.setIyy(2.0)
    quadrupole.setIxy(0.5)
    assert quadrupole == Quadrupole(3.0, 2.0, 0.5)
    quadrupole.assign(axes)
    np.testing.assert_allclose(quadrupole.getParameterVector(), moments(axes))


@given(AXES)
def test_conversions_return(axes):
    returned = Axes(Quadrupole(axes))
    np.testing.assert_allclose(moments(returned), moments(axes), rtol=1e-9, atol=1e-9)
    assert returned.getA() == pytest.approx(axes.getA())
    assert returned.getB() == pytest.approx(axes.getB(), rel=1e-6)
    ixx, iyy, ixy = moments(axes)
    assert ixx * iyy - ixy * ixy == pytest.approx((axes.getA() * axes.getB()) ** 2, rel=1e-6)


@given(SHAPES, SHAPES)
def test_moments_add_under_convolution(first, second):
    made = first.convolve(second)
    assert type(made) is type(first)
    np.testing.assert_allclose(moments(made), moments(first) + moments(second), rtol=1e-9, atol=1e-9)


@given(SHAPES, st.floats(-90, 90), LENGTHS, LENGTHS)
def test_transforms(core, angle, x, y):
    linear = LinearTransform.makeRotation(angle * degrees) * LinearTransform.makeScaling(x, y)
    made = core.transform(linear)
    assert type(made) is type(core)
    assert made.getArea() == pytest.approx(core.getArea() * linear.computeDeterminant(), rel=1e-6)
    changed = core.clone()
    changed.transformInPlace(linear)
    assert changed == made
    back = made.transform(linear.inverted())
    np.testing.assert_allclose(moments(back), moments(core), rtol=1e-6, atol=1e-6)


@given(SHAPES, LENGTHS)
def test_scaling_and_growing(core, factor):
    before = Axes(core)
    scaled, grown = core.clone(), core.clone()
    scaled.scale(factor)
    grown.grow(factor)
    assert scaled.getDeterminantRadius() == pytest.approx(core.getDeterminantRadius() * factor, rel=1e-6)
    assert Axes(grown).getA() == pytest.approx(before.getA() + factor)
    assert Axes(grown).getB() == pytest.approx(before.getB() + factor, rel=1e-6)


@given(SHAPES)
def test_copies(core):
    assert pickle.loads(pickle.dumps(core)) == core
    assert eval(repr(core)) == core
    copied = core.clone()
    assert copied == core
    copied.setParameterVector([5.0, 4.0, 0.125])
    core.getParameterVector()[0] = -1.0
    assert core.getParameterVector()[0] > 0
    assert copied != core
    assert Axes(core) != Quadrupole(core)
    with pytest.raises(TypeError):
        hash(core)
