# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""PSFs seen through a distortion; numbers are of the reference stack."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lsst.afw.detection import GaussianPsf
from lsst.afw.geom import makeTransform
from lsst.afw.math import WarpingControl
from lsst.geom import AffineTransform, Box2I, Extent2D, Extent2I, LinearTransform, Point2D, Point2I
from lsst.meas.algorithms import SingleGaussianPsf, WarpedPsf
from lsst.meas.algorithms._warpedPsf import LocalWarp, makeStencil
from lsst.pex.exceptions import InvalidParameterError, LogicError, RangeError


def makeDistortion(matrix, shift=(0.0, 0.0)):
    return makeTransform(AffineTransform(LinearTransform(np.array(matrix)), Extent2D(*shift)))


def test_scaled_gaussian():
    psf = WarpedPsf(SingleGaussianPsf(11, 11, 1.5), makeDistortion([[1.3, 0.0], [0.0, 1.3]]))
    position = Point2D(65.2, 39.1)
    box = psf.computeBBox(position)
    image = psf.computeKernelImage(position)
    assert image.getBBox() == box == Box2I(Point2I(-7, -7), Point2I(7, 7))
    assert image.array.sum() == pytest.approx(1.0, abs=1e-15)
    # An exact position on a pixel may fall in either bin of the kernel.
    assert image.array[7, 7] == pytest.approx(0.0418793681, abs=1e-8)
    assert image.array[7, 8] == pytest.approx(0.0367617928, abs=1e-5)
    assert image.array[8, 8] == pytest.approx(0.0322695750, abs=1e-5)
    assert image.array[7, 0] == pytest.approx(0.000116624840, abs=1e-6)


def test_identity_leaves_the_psf():
    inner = SingleGaussianPsf(21, 21, 1.8)
    psf = WarpedPsf(inner, makeDistortion(np.identity(2)), WarpingControl("lanczos5"))
    image = psf.computeKernelImage(Point2D(10.0, 20.0))
    want = inner.computeKernelImage(Point2D(10.0, 20.0))
    assert image.getBBox() == want.getBBox()
    assert np.allclose(image.array, want.array, atol=1e-7)


@settings(max_examples=25, deadline=None)
@given(
    angle=st.floats(0.0, 2 * math.pi),
    scale=st.floats(0.7, 2.0),
    flip=st.sampled_from([1.0, -1.0]),
    x=st.floats(-1e4, 1e4),
    y=st.floats(-1e4, 1e4),
)
def test_moments_are_those_of_the_linear_part(angle, scale, flip, x, y):
    cos, sin = scale * math.cos(angle), scale * math.sin(angle)
    psf = WarpedPsf(
        GaussianPsf(41, 41, 4.0), makeDistortion([[cos * flip, -sin], [sin * flip, cos]], (5.0, -7.0))
    )
    image = psf.computeKernelImage(Point2D(x, y))
    height, width = image.array.shape
    assert height % 2 == width % 2 == 1
    assert (image.getX0(), image.getY0()) == (-(width // 2), -(height // 2))
    assert image.array.sum() == pytest.approx(1.0, abs=1e-12)
    shape = psf.computeShape(Point2D(x, y))
    want = (4.0 * scale) ** 2
    assert [shape.getIxx(), shape.getIyy()] == pytest.approx([want, want], rel=2e-2)
    assert shape.getIxy() == pytest.approx(0.0, abs=2e-2 * want)


def test_average_position_is_transformed():
    psf = WarpedPsf(GaussianPsf(11, 11, 1.5), makeDistortion([[2.0, 0.0], [0.0, 2.0]], (3.0, 4.0)))
    assert psf.getAveragePosition() == Point2D(3.0, 4.0)
    nowhere = Point2D(math.nan, math.nan)
    assert psf.computeImage(nowhere).getBBox().contains(Point2I(3, 4))


@pytest.mark.parametrize(
    "args",
    [
        (None, makeDistortion(np.identity(2))),
        (GaussianPsf(11, 11, 1.5), None),
        (GaussianPsf(11, 11, 1.5), makeDistortion(np.identity(2)), None),
    ],
)
def test_nothing_may_be_missing(args):
    with pytest.raises(LogicError, match="None"):
        WarpedPsf(*args)


def test_arguments_by_name():
    inner, distortion = GaussianPsf(21, 21, 1.5), makeDistortion(np.identity(2))
    position = Point2D(0.0, 0.0)
    byName = WarpedPsf(inner, distortion, kernelName="bilinear", cache=0)
    byControl = WarpedPsf(undistortedPsf=inner, distortion=distortion, control=WarpingControl("bilinear"))
    assert np.array_equal(
        byName.computeKernelImage(position).array, byControl.computeKernelImage(position).array
    )
    with pytest.raises(InvalidParameterError, match="spline"):
        WarpedPsf(inner, distortion, "spline")


def test_too_strong_and_degenerate_distortions():
    inner = GaussianPsf(11, 11, 1.5)
    with pytest.raises(RangeError, match="200"):
        WarpedPsf(inner, makeDistortion([[201.0, 0.0], [0.0, 1.0]])).computeKernelImage(Point2D(0.0, 0.0))
    with pytest.raises(InvalidParameterError, match="not finite"):
        LocalWarp.fromStencil(Point2D(0.0, 0.0), np.full((2, 9), np.nan))
    with pytest.raises(LogicError, match="resized"):
        WarpedPsf(inner, makeDistortion(np.identity(2))).resized(5, 5)


def test_clone_has_the_same_images():
    psf = WarpedPsf(GaussianPsf(11, 11, 1.5), makeDistortion([[1.1, 0.2], [0.0, 0.9]]))
    position = Point2D(30.4, 20.1)
    assert np.array_equal(
        psf.clone().computeKernelImage(position).array, psf.computeKernelImage(position).array
    )


def test_linearisation_of_a_cubic_is_exact():
    def cube(p):
        return np.array([p[0] ** 3 - p[1], p[0] * p[1] ** 2])

    position = Point2D(2.25, -3.75)
    warp = LocalWarp.fromStencil(position, cube(makeStencil(position)))
    x, y = position
    assert np.allclose(warp.toSource, [[3 * x**2, -1.0], [y**2, 2 * x * y]], rtol=1e-12)
    # The origin is the pixel that the star falls on, (2, -4).
    want = cube(np.array([x, y])) + warp.toSource @ [2.0 - x, -4.0 - y]
    assert warp.source == pytest.approx(tuple(want))


@pytest.mark.parametrize(("coordinate", "rounded"), [(0.5, 1.0), (-0.5, -1.0), (1.49, 1.0), (-2.5, -3.0)])
def test_halves_are_rounded_away_from_zero(coordinate, rounded):
    position = Point2D(coordinate, 0.0)
    assert LocalWarp.fromStencil(position, makeStencil(position)).source == pytest.approx((rounded, 0.0))


def test_box_is_odd_and_centred():
    position = Point2D(10.3, 20.6)
    warp = LocalWarp.fromStencil(position, makeStencil(position))
    box = warp.warpBox(Box2I(Point2I(4, 12), Extent2I(13, 17)))
    assert box == Box2I(Point2I(-6, -8), Point2I(6, 8))
