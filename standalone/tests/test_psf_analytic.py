# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""PSFs made of Gaussians and kernels; numbers are of the reference stack."""

from __future__ import annotations

import numpy as np
import pytest
from lsst.afw.detection import GaussianPsf
from lsst.afw.geom.ellipses import Quadrupole
from lsst.afw.image import ImageD
from lsst.afw.math import FixedKernel, GaussianFunction2D, LinearCombinationKernel, PolynomialFunction2D
from lsst.geom import Extent2I, Point2D, Point2I
from lsst.meas.algorithms import DoubleGaussianPsf, ImagePsf, KernelPsf, PcaPsf, SingleGaussianPsf
from lsst.meas.algorithms._imagePsf import adaptiveMoments
from lsst.pex.exceptions import DomainError, InvalidParameterError

ORIGIN = Point2D(0.0, 0.0)


def makeGaussian(width, height, sigmaX, sigmaY, angle):
    x, y = np.meshgrid(np.arange(width) - width // 2, np.arange(height) - height // 2)
    function = GaussianFunction2D(sigmaX, sigmaY, angle)
    array = np.array(
        [[function(float(i), float(j)) for i, j in zip(*r, strict=True)] for r in zip(x, y, strict=True)]
    )
    return ImageD(array / array.sum(), False, Point2I(-(width // 2), -(height // 2)))


def test_single_gaussian_image():
    psf = SingleGaussianPsf(11, 11, 1.5)
    assert psf.computePeak(ORIGIN) == pytest.approx(0.07076223776394695, rel=1e-14)
    image = psf.computeImage(Point2D(10.3, 20.7))
    assert image.getXY0() == Point2I(5, 16)
    assert image.array.sum() == pytest.approx(0.9996768961610, rel=1e-12)
    assert image.array[5, 5] == pytest.approx(0.06810187493453, rel=1e-12)
    assert image.array[5, 4] == pytest.approx(0.04772260523095, rel=1e-12)
    assert image.array[4, 5] == pytest.approx(0.06230861550502, rel=1e-12)


def test_single_gaussian_measurements():
    psf = SingleGaussianPsf(41, 41, 2.3)
    assert psf.computeShape(ORIGIN).getIxx() == pytest.approx(5.289931878, rel=2e-7)
    assert psf.computeApertureFlux(2.0, ORIGIN) == pytest.approx(0.31481929706, rel=1e-10)
    assert psf.computeApertureFlux(4.5, ORIGIN) == pytest.approx(0.85250907903, rel=1e-10)
    small = SingleGaussianPsf(11, 11, 1.5)
    assert small.computeShape(ORIGIN).getIyy() == pytest.approx(2.249944765, rel=2e-7)
    assert small.computeApertureFlux(3.0, ORIGIN) == pytest.approx(0.86499422962, rel=1e-10)


def test_single_gaussian_of_even_size():
    psf = SingleGaussianPsf(10, 8, 1.5)
    image = psf.computeKernelImage(ORIGIN)
    assert image.getXY0() == Point2I(-4, -3)
    assert image.array.sum() == pytest.approx(1.0)
    assert psf.computePeak(ORIGIN) == image.array.max()
    assert psf.computeBBox(Point2D(1.0, 1.0)) == image.getBBox()


def test_gaussian():
    psf = GaussianPsf(11, 13, 1.5)
    assert psf.getDimensions() == Extent2I(11, 13)
    assert psf.computeBBox(ORIGIN) == psf.computeKernelImage(ORIGIN).getBBox()
    assert psf.computeKernelImage(ORIGIN).array.sum() == pytest.approx(1.0, abs=1e-15)
    assert psf.computeShape(ORIGIN) == Quadrupole(2.25, 2.25, 0.0)
    assert psf.computeApertureFlux(3.0, ORIGIN) == pytest.approx(0.86466471676, rel=1e-10)
    same = GaussianPsf(Extent2I(11, 13), 1.5)
    assert np.array_equal(same.computeKernelImage(ORIGIN).array, psf.computeKernelImage(ORIGIN).array)
    resized = psf.resized(21, 15)
    assert (resized.getSigma(), resized.getDimensions()) == (1.5, Extent2I(21, 15))
    with pytest.raises(InvalidParameterError, match="10"):
        GaussianPsf(10, 11, 1.5)


def test_double_gaussian():
    psf = DoubleGaussianPsf(41, 41, 1.7, 4.0, 0.1)
    assert psf.computeShape(ORIGIN).getIxx() == pytest.approx(3.643366425, rel=2e-7)
    r2 = np.add.outer(np.arange(-20, 21) ** 2, np.arange(-20, 21) ** 2)
    want = np.exp(-r2 / (2 * 1.7**2)) + 0.1 * np.exp(-r2 / (2 * 4.0**2))
    assert np.allclose(psf.computeKernelImage(ORIGIN).array, want / want.sum(), rtol=1e-12, atol=0)
    resized = psf.resized(21, 23)
    assert resized.computeBBox(ORIGIN).getDimensions() == Extent2I(21, 23)
    assert (resized.getSigma1(), resized.getSigma2(), resized.getB()) == (1.7, 4.0, 0.1)
    assert DoubleGaussianPsf(11, 11, 1.5).getSigma2() == 1.0


@pytest.mark.parametrize(
    ("cls", "args", "message"),
    [
        (SingleGaussianPsf, (11, 11, 0.0), "sigma .* 0.0"),
        (SingleGaussianPsf, (11, 11, -1.5), "sigma .* -1.5"),
        (DoubleGaussianPsf, (11, 11, 0.0, 2.0, 0.1), "sigma1 .* 0.0"),
        (DoubleGaussianPsf, (11, 11, 1.5, 0.0, 0.1), "sigma2 .* 0.0"),
    ],
)
def test_sigmas_must_be_positive(cls, args, message):
    with pytest.raises(DomainError, match=message):
        cls(*args)


def test_kernel_psf_of_a_fixed_kernel():
    image = makeGaussian(15, 13, 1.8, 1.4, 0.4)
    psf = KernelPsf(FixedKernel(image), Point2D(3.0, 4.0))
    assert isinstance(psf, ImagePsf)
    assert psf.getAveragePosition() == Point2D(3.0, 4.0)
    kernel = psf.computeKernelImage(Point2D(100.0, 200.0))
    assert kernel.getXY0() == Point2I(-7, -6)
    assert np.allclose(kernel.array, image.array, rtol=1e-14, atol=0)
    assert isinstance(psf.getKernel(), FixedKernel)
    resized = psf.resized(9, 9)
    assert type(resized) is KernelPsf
    assert resized.computeBBox(ORIGIN).getDimensions() == Extent2I(9, 9)
    assert resized.getAveragePosition() == psf.getAveragePosition()
    assert psf.clone().getAveragePosition() == psf.getAveragePosition()


def test_pca_psf_varies_with_the_position():
    images = [makeGaussian(15, 15, sigma, sigma, 0.0) for sigma in (1.5, 2.5)]
    slope = PolynomialFunction2D([0.0, 0.01, 0.0])
    constant = PolynomialFunction2D([1.0, -0.01, 0.0])
    kernel = LinearCombinationKernel([FixedKernel(i) for i in images], [constant, slope])
    psf = PcaPsf(kernel, Point2D(50.0, 50.0))
    shares = 0.25 * images[1].array + 0.75 * images[0].array
    assert np.allclose(psf.computeKernelImage(Point2D(25.0, 3.0)).array, shares / shares.sum(), rtol=1e-12)
    narrow, wide = (psf.computeShape(Point2D(x, 0.0)).getIxx() for x in (0.0, 100.0))
    assert narrow == pytest.approx(1.5**2, rel=1e-3)
    assert wide > narrow + 1.0
    assert isinstance(psf.getKernel(), LinearCombinationKernel)
    with pytest.raises(TypeError, match="LinearCombinationKernel, got FixedKernel"):
        PcaPsf(FixedKernel(images[0]))


def test_shape_of_an_elongated_gaussian():
    shape = KernelPsf(FixedKernel(makeGaussian(41, 41, 2.5, 1.5, 0.5))).computeShape(ORIGIN)
    cos, sin = np.cos(0.5), np.sin(0.5)
    want = [
        2.5**2 * cos**2 + 1.5**2 * sin**2,
        2.5**2 * sin**2 + 1.5**2 * cos**2,
        (2.5**2 - 1.5**2) * cos * sin,
    ]
    assert [shape.getIxx(), shape.getIyy(), shape.getIxy()] == pytest.approx(want, rel=1e-4)


@pytest.mark.parametrize("sigma", [1.0, 1.7, 3.0])
def test_shape_is_that_of_the_weight_that_halves_it(sigma):
    array = SingleGaussianPsf(25, 25, sigma).computeKernelImage(ORIGIN).array
    ixx, iyy, ixy = adaptiveMoments(array, -12, -12)
    assert (iyy, ixy) == pytest.approx((ixx, 0.0), abs=1e-6)
    x = np.arange(25) - 12.0
    profile = array.sum(axis=0) * np.exp(-0.5 * x**2 / ixx)
    assert profile @ x**2 / profile.sum() == pytest.approx(0.5 * ixx, rel=5e-3)


def test_narrow_weights_are_sampled_four_times_a_pixel():
    array = SingleGaussianPsf(15, 15, 0.45).computeKernelImage(ORIGIN).array
    ixx, iyy, ixy = adaptiveMoments(array, -7, -7)
    assert (iyy, ixy) == pytest.approx((ixx, 0.0), abs=1e-6)
    # So narrow that only the samples of the central pixel count.
    x = np.array([0.125, 0.375])
    weight = np.exp(-0.5 * x**2 / ixx)
    assert weight @ x**2 / weight.sum() == pytest.approx(0.5 * ixx, rel=5e-3)


def test_moments_of_an_image_without_flux_are_unweighted():
    array = np.full((5, 5), -1.0)
    assert adaptiveMoments(array, -2, -2) == pytest.approx((2.0, 2.0, 0.0))


def test_aperture_beyond_the_image_holds_all_flux():
    psf = SingleGaussianPsf(11, 9, 1.0)
    assert psf.computeApertureFlux(20.0, ORIGIN) == pytest.approx(1.0, abs=2e-3)
    with pytest.raises(ValueError, match="-1"):
        psf.computeApertureFlux(-1.0, ORIGIN)
