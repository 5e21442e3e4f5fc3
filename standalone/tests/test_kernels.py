# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kernels and the shift of an image by a fraction of a pixel."""

import math

import lsst.afw.image as afwImage
import lsst.afw.math as afwMath
import lsst.geom
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsst.pex.exceptions import InvalidParameterError, LengthError, OverflowError, RuntimeError


def pixels(kernel, doNormalize=False, x=0.0, y=0.0):
    image = afwImage.ImageD(kernel.getDimensions())
    total = kernel.computeImage(image, doNormalize, x, y)
    return image, total


def imageOf(array):
    image = afwImage.ImageD(array.shape[1], array.shape[0])
    image.array[:, :] = array
    return image


def test_lanczos_taps():
    kernel = afwMath.LanczosWarpingKernel(3)
    kernel.setKernelParameters((0.25, 0.0))
    image, total = pixels(kernel)
    want = [0.03002109, -0.13287102, 0.89006705, 0.27018982, -0.06779134, 0.00735593]
    np.testing.assert_allclose(image.array[2], want, atol=5e-9)
    assert image.getXY0() == lsst.geom.Point2I(-2, -2)
    assert total == pytest.approx(0.9969715379878975, abs=1e-15)


def test_cache_rounds_the_parameter_to_the_middle_of_a_bin():
    kernel = afwMath.LanczosWarpingKernel(3)
    kernel.computeCache(10000)
    kernel.setKernelParameters((0.25, 0.0))
    columns, rows, _ = kernel._computeVectors(False)
    np.testing.assert_allclose(
        columns, [0.0300229, -0.13288312, 0.89002476, 0.27025414, -0.06780681, 0.00735879], atol=5e-9
    )
    kernel.computeCache(0)
    kernel.setKernelParameters((0.00005, 0.25005))
    np.testing.assert_array_equal(kernel._computeVectors(False)[0], rows)
    np.testing.assert_array_equal(kernel._computeVectors(False)[1], columns)


@given(st.floats(0, 1), st.floats(0, 1))
def test_bilinear_and_nearest(px, py):
    bilinear, nearest = afwMath.BilinearWarpingKernel(), afwMath.NearestWarpingKernel()
    for kernel in (bilinear, nearest):
        kernel.setKernelParameters((px, py))
    np.testing.assert_allclose(pixels(bilinear)[0].array, np.outer([1 - py, py], [1 - px, px]), atol=1e-15)
    want = np.zeros((2, 2))
    want[int(py >= 0.5), int(px >= 0.5)] = 1
    np.testing.assert_array_equal(pixels(nearest)[0].array, want)


def test_warping_kernel_centre_and_range():
    kernel = afwMath.LanczosWarpingKernel(5)
    assert (kernel.getWidth(), kernel.getCtr(), kernel.getOrder()) == (10, lsst.geom.Point2I(4, 4), 5)
    kernel.setKernelParameters((1 + 1e-7, -1e-7))
    with pytest.raises(InvalidParameterError, match=r"-0.25 on axis 1"):
        kernel.setKernelParameters((0.25, -0.25))
    kernel.setCtr(lsst.geom.Point2I(4, 5))
    kernel.setKernelParameters((0.25, -0.25))
    # Moving the center by one and the parameter by minus one is no change.
    rows = kernel._computeVectors(False)[1]
    kernel.setCtr(lsst.geom.Point2I(4, 4))
    kernel.setKernelParameters((0.25, 0.75))
    np.testing.assert_allclose(kernel._computeVectors(False)[1], rows, atol=1e-15)
    kernel.setCtr(lsst.geom.Point2I(3, 4))
    with pytest.raises(InvalidParameterError, match="Center 3 on axis 0"):
        kernel.setKernelParameters((0.25, 0.25))


def test_clone_of_a_warping_kernel_is_fresh():
    kernel = afwMath.LanczosWarpingKernel(3)
    kernel.setKernelParameters((0.25, 0.5))
    kernel.computeCache(100)
    kernel.setCtr(lsst.geom.Point2I(3, 3))
    clone = kernel.clone()
    assert (clone.getCacheSize(), clone.getCtr()) == (0, lsst.geom.Point2I(2, 2))
    assert clone.getKernelParameters() == [0.0, 0.0]
    assert (kernel.getCacheSize(), kernel.getKernelParameters()) == (100, [0.25, 0.5])


def test_separable_kernel():
    column, row = afwMath.GaussianFunction1D(1.5), afwMath.GaussianFunction1D(2.5)
    kernel = afwMath.SeparableKernel(5, 8, column, row)
    assert kernel.getCtr() == lsst.geom.Point2I(2, 3)
    assert kernel.getKernelParameters() == [1.5, 2.5]
    image, total = pixels(kernel)
    assert image.array[3, 2] == pytest.approx(column(0) * row(0))
    assert image.array[7, 0] == pytest.approx(column(-2) * row(4))
    assert total == pytest.approx(image.array.sum())
    assert kernel.computeVectors([0] * 5, [0] * 8, False, 0, 0) == pytest.approx(total)
    image, total = pixels(kernel, True)
    assert (total, image.array.sum()) == (1.0, pytest.approx(1.0))
    assert not kernel.isPersistable()
    with pytest.raises(InvalidParameterError):
        kernel.computeVectors([0] * 8, [0] * 5, False)


def test_boxes():
    kernel = afwMath.FixedKernel(imageOf(np.ones((4, 7))))
    box = lsst.geom.Box2I(lsst.geom.Point2I(10, 20), lsst.geom.Extent2I(30, 40))
    grown = kernel.growBBox(box)
    assert grown.getMin() == lsst.geom.Point2I(7, 19)
    assert grown.getDimensions() == lsst.geom.Extent2I(36, 43)
    assert kernel.shrinkBBox(grown) == box
    assert kernel.getBBox().getMin() == lsst.geom.Point2I(-3, -1)
    with pytest.raises(InvalidParameterError, match="smaller than the kernel"):
        kernel.shrinkBBox(lsst.geom.Box2I(lsst.geom.Point2I(0, 0), lsst.geom.Extent2I(6, 9)))


def test_fixed_kernel():
    array = np.arange(15.0).reshape(3, 5)
    kernel = afwMath.FixedKernel(imageOf(array))
    array[0, 0] = 7
    image, total = pixels(kernel)
    np.testing.assert_array_equal(image.array, np.arange(15.0).reshape(3, 5))
    assert total == kernel.getSum() == 105
    assert pixels(kernel, True)[0].array.sum() == pytest.approx(1)
    small, large = kernel.resized(3, 1), kernel.resized(9, 6)
    np.testing.assert_array_equal(pixels(small)[0].array, [[6, 7, 8]])
    assert pixels(large)[0].array[2, 4] == 7
    assert large.getSum() == 105
    with pytest.raises(InvalidParameterError, match="Image dimensions 4 x 3"):
        kernel.computeImage(afwImage.ImageD(4, 3), False)
    with pytest.raises(OverflowError):
        pixels(afwMath.FixedKernel(imageOf(np.zeros((3, 3)))), True)


def test_fixed_kernel_of_a_varying_one():
    gaussian = afwMath.GaussianFunction2D(1, 1, 0)
    functions = [afwMath.PolynomialFunction2D(p) for p in ([1, 0.1, 0], [2, 0, 0.1], [0, 0, 0])]
    varying = afwMath.AnalyticKernel(9, 9, gaussian, functions)
    fixed = afwMath.FixedKernel(varying, lsst.geom.Point2D(5, 10))
    same = afwMath.AnalyticKernel(9, 9, afwMath.GaussianFunction2D(1.5, 3, 0))
    np.testing.assert_allclose(pixels(fixed)[0].array, pixels(same)[0].array, atol=1e-16)
    assert varying.isSpatiallyVarying()
    assert [function(5, 10) for function in varying.getSpatialFunctionList()] == [1.5, 3, 0]
    assert varying.getNSpatialParameters() == 3
    varying.setSpatialParameters([[1, 0, 0], [1, 0, 0], [0, 0, 0]])
    assert varying.getSpatialFunction(0)(5, 5) == 1
    assert varying.getSpatialParameters() == [[1, 0, 0], [1, 0, 0], [0, 0, 0]]
    for wrong in ([[1, 0, 0]], [[1, 0, 0], [1, 0, 0], [0, 0]]):
        with pytest.raises(InvalidParameterError, match="spatial parameters"):
            varying.setSpatialParameters(wrong)
    for get in (varying.getSpatialFunction, varying.getKernelParameter):
        for index in (-1, 3):
            with pytest.raises(InvalidParameterError, match="Index"):
                get(index)
    with pytest.raises(RuntimeError, match="spatially varying"):
        varying.setKernelParameters([1, 1, 0])
    with pytest.raises(InvalidParameterError, match="2 spatial functions for 3"):
        afwMath.AnalyticKernel(9, 9, gaussian, functions[:2])


def test_analytic_kernel_on_other_sizes():
    kernel = afwMath.AnalyticKernel(5, 5, afwMath.GaussianFunction2D(1, 2))
    image = afwImage.ImageD(9, 7)
    assert kernel.computeImage(image, True) == 1.0
    assert image.getXY0() == lsst.geom.Point2I(-4, -3)
    inner = image.array[1:6, 2:7]
    np.testing.assert_allclose(inner / inner.sum(), pixels(kernel, True)[0].array, rtol=1e-12)
    kernel.setKernelParameters([2, 2, 0])
    assert pixels(kernel)[0].array[2, 3] == pytest.approx(math.exp(-1 / 8) / (8 * math.pi))


def test_delta_function_kernel():
    kernel = afwMath.DeltaFunctionKernel(4, 3, lsst.geom.Point2I(2, 0))
    image, total = pixels(kernel)
    assert (total, image.array[0, 2], image.array.sum()) == (1, 1, 1)
    assert pixels(kernel.resized(6, 5))[0].array[1, 3] == 1
    with pytest.raises(InvalidParameterError, match="outside a kernel of 4 x 3"):
        afwMath.DeltaFunctionKernel(4, 3, lsst.geom.Point2I(2, 3))


def test_linear_combination():
    basis = [afwMath.DeltaFunctionKernel(3, 3, lsst.geom.Point2I(i, 1)) for i in range(3)]
    kernel = afwMath.LinearCombinationKernel(basis, [1.0, 2.0, 5.0])
    np.testing.assert_array_equal(pixels(kernel)[0].array[1], [1, 2, 5])
    np.testing.assert_allclose(pixels(kernel, True)[0].array[1], [0.125, 0.25, 0.625])
    varying = afwMath.LinearCombinationKernel(basis, afwMath.PolynomialFunction2D(1))
    varying.setSpatialParameters([[1, 0, 0], [0, 1, 0], [0, 0, 1]])
    np.testing.assert_array_equal(pixels(varying, x=7, y=9)[0].array[1], [1, 7, 9])
    with pytest.raises(InvalidParameterError, match="empty"):
        afwMath.LinearCombinationKernel([], [])
    odd = afwMath.DeltaFunctionKernel(4, 3, lsst.geom.Point2I(0, 0))
    with pytest.raises(InvalidParameterError, match="Basis kernel 3"):
        afwMath.LinearCombinationKernel([*basis, odd], [1, 1, 1, 1])


def gaussianImage(sigma=1.5, size=11):
    function = afwMath.GaussianFunction1D(sigma)
    return pixels(afwMath.SeparableKernel(size, size, function, function), True)[0]


def test_offset_image_reference_values():
    image = gaussianImage()
    assert image.array[5, 5] == pytest.approx(0.07076223776394695, abs=1e-16)
    shifted = afwMath.offsetImage(image, 10.3 - 10, 20.7 - 21, "lanczos5", 5)
    assert shifted.getXY0() == image.getXY0()
    assert shifted.array.sum() == pytest.approx(0.9996768961610, abs=1e-12)
    assert shifted.array[5, 5] == pytest.approx(0.06810187493453, abs=1e-13)
    assert shifted.array[5, 4] == pytest.approx(0.04772260523095, abs=1e-13)
    assert shifted.array[4, 5] == pytest.approx(0.06230861550502, abs=1e-13)


@pytest.mark.parametrize("name", ["lanczos3", "lanczos5", "bilinear"])
@pytest.mark.parametrize("dx,dy", [(0.4, 0.0), (-0.4, 0.3), (0.0, -0.7)])
def test_offset_image_moves_the_content(name, dx, dy):
    image = gaussianImage(2.5, 31)
    shifted = afwMath.offsetImage(image, dx, dy, name, 5)
    ys, xs = np.indices(image.array.shape)
    total = shifted.array.sum()
    assert (shifted.array * xs).sum() / total == pytest.approx(15 + dx, abs=2e-2)
    assert (shifted.array * ys).sum() / total == pytest.approx(15 + dy, abs=2e-2)


def test_offset_image_by_whole_pixels():
    image = gaussianImage()
    shifted = afwMath.offsetImage(image, 3.0, -2.0)
    assert shifted.getXY0() == lsst.geom.Point2I(-2, -7)
    np.testing.assert_array_equal(shifted.array, image.array)
    mixed = afwMath.offsetImage(image, 1.75, 0.0, "lanczos5", 5)
    assert mixed.getX0() == image.getX0() + 2
    np.testing.assert_allclose(
        mixed.array, afwMath.offsetImage(image, -0.25, 0.0, "lanczos5", 5).array, atol=1e-15
    )


def test_offset_image_keeps_the_edge_and_type():
    image = afwImage.ImageF(12, 12)
    image.array[:, :] = np.random.default_rng(1).normal(size=(12, 12))
    shifted = afwMath.offsetImage(image, 0.5, 0.5, "lanczos3")
    assert isinstance(shifted, afwImage.ImageF)
    np.testing.assert_array_equal(shifted.array[:2], image.array[:2])
    assert (shifted.array[4:8, 4:8] != image.array[4:8, 4:8]).all()
    with pytest.raises(LengthError, match="12 x 12"):
        afwMath.offsetImage(image, 0.5, 0.5, "lanczos7")
    with pytest.raises(InvalidParameterError, match="lanczosX"):
        afwMath.offsetImage(image, 0.5, 0.5, "lanczosX")


def kernelsToPersist():
    fixed = afwMath.FixedKernel(imageOf(np.arange(15.0).reshape(3, 5)))
    fixed.setCtr(lsst.geom.Point2I(1, 2))
    basis = [afwMath.DeltaFunctionKernel(3, 3, lsst.geom.Point2I(i, 1)) for i in range(3)]
    function = afwMath.GaussianFunction2D(1.5, 2.0, 0.25)
    spatial = afwMath.PolynomialFunction2D([1.0, 0.01, 0.02])
    return [
        fixed,
        basis[2],
        afwMath.AnalyticKernel(5, 7, function),
        afwMath.AnalyticKernel(5, 7, function, spatial),
        afwMath.LinearCombinationKernel(basis, [1.0, 2.0, 3.0]),
        afwMath.LinearCombinationKernel(basis, spatial),
        afwMath.LanczosWarpingKernel(4),
        afwMath.BilinearWarpingKernel(),
        afwMath.NearestWarpingKernel(),
    ]


@pytest.mark.parametrize("index", range(9))
def test_persistence(index, tmp_path):
    kernel = kernelsToPersist()[index]
    path = str(tmp_path / "kernel.fits")
    assert kernel.isPersistable()
    kernel.writeFits(path)
    back = afwMath.Kernel.readFits(path)
    assert type(back) is type(kernel)
    assert back.getCtr() == kernel.getCtr()
    np.testing.assert_array_equal(pixels(back, x=3, y=4)[0].array, pixels(kernel, x=3, y=4)[0].array)
