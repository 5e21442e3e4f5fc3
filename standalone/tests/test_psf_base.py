# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""The base class of PSFs, its hooks for subclasses and its caches."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsst.afw.detection import GaussianPsf, InvalidPsfError, Psf
from lsst.afw.geom.ellipses import Quadrupole
from lsst.afw.image import Color, ImageD
from lsst.afw.math import FixedKernel
from lsst.geom import Box2I, Extent2I, Point2D, Point2I
from lsst.pex.exceptions import InvalidParameterError

NAN = Point2D(math.nan, math.nan)


class RampPsf(Psf):
    """Not symmetric, depends on the position, and counts its calls."""

    def __init__(self, isFixed=False, capacity=100):
        super().__init__(isFixed=isFixed, capacity=capacity)
        self.positions = []

    def getAveragePosition(self):
        return Point2D(7.0, 8.0)

    def _doComputeKernelImage(self, position, color):
        self.positions.append((position.getX(), position.getY()))
        array = np.arange(35.0).reshape(5, 7) + position.getX()
        return ImageD(array / array.sum(), False, Point2I(-3, -2))

    def _doComputeBBox(self, position, color):
        return Box2I(Point2I(-3, -2), Extent2I(7, 5))

    def _doComputeShape(self, position, color):
        return Quadrupole(position.getX(), position.getY(), 0.0)

    def _doComputeApertureFlux(self, radius, position, color):
        return radius * position.getX()


def test_hooks_of_a_subclass_are_called():
    psf = RampPsf()
    point = Point2D(20.0, 30.0)
    assert psf.computeShape(point).getIxx() == 20.0
    assert psf.computeApertureFlux(2.0, point) == 40.0
    image = psf.computeKernelImage(point)
    assert image.getXY0() == Point2I(-3, -2)
    assert psf.computePeak(point) == image.array[2, 3]
    kernel = psf.getLocalKernel(point)
    assert isinstance(kernel, FixedKernel)
    assert kernel.getCtr() == Point2I(3, 2)
    assert psf.getAverageColor().isIndeterminate()


@pytest.mark.parametrize(
    ("method", "args", "hook"),
    [
        ("computeKernelImage", (), "_doComputeKernelImage"),
        ("computeImage", (), "_doComputeKernelImage"),
        ("computeBBox", (), "_doComputeBBox"),
        ("computeShape", (), "_doComputeShape"),
    ],
)
def test_a_missing_hook_is_named(method, args, hook):
    with pytest.raises(NotImplementedError, match=f"Psf does not implement {hook}"):
        getattr(Psf(), method)(*args, Point2D(0.0, 0.0))


def test_kernel_image_is_cached_and_copied():
    psf = RampPsf()
    point = Point2D(20.0, 30.0)
    first = psf.computeKernelImage(point)
    want = first.array.copy()
    first.array[:] = 0.0
    assert np.array_equal(psf.computeKernelImage(point).array, want)
    internal = psf.computeKernelImage(point, owner=Psf.INTERNAL)
    assert psf.computeKernelImage(point, Color(), Psf.INTERNAL) is internal
    assert len(psf.positions) == 1


def test_image_is_cached_and_copied():
    psf = RampPsf()
    point = Point2D(20.25, 30.0)
    internal = psf.computeImage(point, owner=Psf.INTERNAL)
    assert psf.computeImage(point, owner=Psf.INTERNAL) is internal
    psf.computeImage(point).array[:] = 0.0
    assert psf.computeImage(point).array.any()


def test_image_on_a_pixel_leaves_the_kernel_image_alone():
    psf = RampPsf()
    point = Point2D(20.0, -30.0)
    kernel = psf.computeKernelImage(point)
    image = psf.computeImage(point)
    assert image.getXY0() == Point2I(17, -32)
    assert np.array_equal(image.array, kernel.array)
    assert psf.computeKernelImage(point).getXY0() == Point2I(-3, -2)


@pytest.mark.parametrize("method", ["computeKernelImage", "computeImage"])
def test_nan_means_the_average_position(method):
    psf = RampPsf()
    image = getattr(psf, method)(NAN)
    want = getattr(psf, method)(psf.getAveragePosition())
    assert np.array_equal(image.array, want.array)
    assert psf.positions == [(7.0, 8.0)]
    assert psf.computeShape(NAN).getIyy() == 8.0
    assert psf.computeApertureFlux(1.0, NAN) == 7.0


def test_a_fixed_psf_is_computed_once():
    psf = RampPsf(isFixed=True)
    a = psf.computeImage(Point2D(20.0, 30.0))
    b = psf.computeImage(Point2D(25.0, 31.0))
    assert psf.positions == [(7.0, 8.0)]
    assert b.getXY0() - a.getXY0() == Extent2I(5, 1)


def test_the_box_is_that_of_a_cached_image():
    class ShrinkingPsf(RampPsf):
        def _doComputeBBox(self, position, color):
            return Box2I(Point2I(0, 0), Extent2I(1, 1))

    psf = ShrinkingPsf()
    point = Point2D(1.0, 1.0)
    assert psf.computeBBox(point).getArea() == 1
    image = psf.computeKernelImage(point)
    assert psf.computeBBox(point) == psf.computeKernelBBox(point) == image.getBBox()
    assert psf.computeImageBBox(point) == psf.computeImage(point).getBBox()


def test_capacity_limits_both_caches():
    psf = RampPsf(capacity=2)
    points = [Point2D(float(i), 0.0) for i in range(3)]
    for point in points:
        psf.computeImage(point)
    psf.computeKernelImage(points[2])
    assert len(psf.positions) == 3
    psf.computeKernelImage(points[0])
    assert len(psf.positions) == 4
    psf.setCacheCapacity(0)
    assert psf.getCacheCapacity() == 0


def test_clones_start_with_empty_caches():
    psf = GaussianPsf(11, 11, 1.5)
    psf.setCacheCapacity(3)
    point = Point2D(0.0, 0.0)
    internal = psf.computeKernelImage(point, owner=Psf.INTERNAL)
    clone = psf.clone()
    assert clone.getCacheCapacity() == 3
    other = clone.computeKernelImage(point, owner=Psf.INTERNAL)
    assert other is not internal
    assert np.array_equal(other.array, internal.array)


def test_recentering_shifts_to_the_nearest_pixel():
    kernel = GaussianPsf(21, 21, 2.0).computeKernelImage(Point2D(0.0, 0.0))
    image = Psf.recenterKernelImage(kernel.clone(), Point2D(10.5, -3.5))
    # Halves are rounded up, so the rest is -1/2.
    assert image.getXY0() == Point2I(1, -13)
    x = np.arange(21) + image.getX0()
    assert image.array.sum(axis=0) @ x / image.array.sum() == pytest.approx(10.5, abs=1e-4)
    with pytest.raises(InvalidParameterError, match="spline"):
        Psf.recenterKernelImage(kernel, Point2D(0.3, 0.0), "spline")


def test_invalid_psf_error_is_an_invalid_parameter_error():
    assert issubclass(InvalidPsfError, InvalidParameterError)
    assert InvalidPsfError.__module__ == "lsst.afw.detection"


@given(
    capacity=st.integers(0, 4),
    steps=st.lists(st.integers(0, 6)),
)
def test_cache_keeps_the_most_recently_used(capacity, steps):
    psf = RampPsf(capacity=capacity)
    model: list[int] = []
    for key in steps:
        before = len(psf.positions)
        psf.computeKernelImage(Point2D(key, 0.0))
        assert len(psf.positions) - before == (key not in model)
        model = [k for k in model if k != key] + [key]
        model = model[-capacity:] if capacity else model


def test_capacity_must_not_be_negative():
    with pytest.raises(ValueError, match="-1"):
        RampPsf().setCacheCapacity(-1)
