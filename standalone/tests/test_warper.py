# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Warping, checked against values of the real stack."""

import numpy as np
import pytest
from lsst.afw.geom import SkyWcs, makeCdMatrix, makeSkyWcs, makeTransform
from lsst.afw.image import (
    ExposureD,
    ExposureF,
    ExposureI,
    ExposureU,
    FilterLabel,
    ImageD,
    ImageF,
    ImageI,
    MaskedImageF,
    PhotoCalib,
)
from lsst.afw.math import (
    FixedKernel,
    LanczosWarpingKernel,
    Warper,
    WarpingControl,
    computeWarpedBBox,
    warpCenteredImage,
    warpExposure,
    warpImage,
)
from lsst.geom import (
    AffineTransform,
    Box2I,
    Extent2D,
    Extent2I,
    LinearTransform,
    Point2D,
    Point2I,
    SpherePoint,
    arcseconds,
    degrees,
)
from lsst.pex.exceptions import InvalidParameterError

NO_DATA = 256


def make_wcs(x: float, y: float, scale: float, orientation: float = 0.0) -> SkyWcs:
    return makeSkyWcs(
        Point2D(x, y),
        SpherePoint(30, 10, degrees),
        makeCdMatrix(scale * arcseconds, orientation * degrees),
    )


@pytest.fixture
def exposure() -> ExposureF:
    made = ExposureF(Box2I(Point2I(0, 0), Extent2I(100, 80)), make_wcs(50, 50, 0.2))
    y, x = np.mgrid[:80, :100]
    made.image.array[...] = 100 + 3 * np.sin(0.3 * x) + 2 * np.cos(0.2 * y)
    made.variance.array[...] = 1 + 0.01 * x
    made.mask.array[(7 * x + 3 * y) % 41 == 0] |= 2
    made.mask.array[(5 * x + 11 * y) % 97 == 0] |= 16
    return made


def test_worked_example(exposure):
    box = exposure.getBBox()
    assert computeWarpedBBox(exposure.wcs, box, exposure.wcs) == Box2I(Point2I(0, -1), Point2I(100, 79))
    warped = Warper.fromConfig(Warper.ConfigClass()).warpExposure(make_wcs(55.3, 48.1, 0.25, 30), exposure)
    assert warped.getBBox() == Box2I(Point2I(0, -7), Point2I(101, 89))
    good = warped.mask.array != NO_DATA
    assert good.sum() == 4559
    assert np.isnan(warped.image.array[~good]).all()
    assert np.isposinf(warped.variance.array[~good]).all()
    assert warped.image.array[good].sum(dtype=float) == pytest.approx(713403.32245, rel=1e-7)
    assert warped.variance.array[good].sum(dtype=float) == pytest.approx(13279.0983, rel=1e-7)
    assert (warped.mask.array[good] & 2 != 0).sum() == 459
    assert (warped.mask.array[good] & 16 != 0).sum() == 1704
    for x, y, image, mask, variance in (
        (50, 40, 160.79248046875, 16, 3.0358622074),
        (60, 50, 154.15596008, 2, 3.6845843792),
        (33, 61, 149.85276794, 0, 2.6598951817),
        (70, 30, 151.7228240967, 2, 3.1631846428),
    ):
        assert warped.image[x, y] == pytest.approx(image, rel=2e-6)
        assert warped.mask[x, y] == mask
        assert warped.variance[x, y] == pytest.approx(variance, rel=5e-6)


def test_boxes(exposure):
    warper = Warper("lanczos3")
    whole = computeWarpedBBox(make_wcs(55.3, 48.1, 0.25, 30), exposure.getBBox(), exposure.wcs)
    dest = make_wcs(55.3, 48.1, 0.25, 30)
    assert warper.warpExposure(dest, exposure, border=2).getBBox() == whole.dilatedBy(2)
    limit = Box2I(Point2I(10, 10), Extent2I(30, 20))
    assert warper.warpExposure(dest, exposure, border=2, maxBBox=limit).getBBox() == limit
    assert warper.warpExposure(dest, exposure, maxBBox=whole, destBBox=limit).getBBox() == limit
    image = warper.warpImage(dest, exposure.maskedImage, exposure.wcs, destBBox=limit)
    np.testing.assert_array_equal(
        image.image.array, warper.warpExposure(dest, exposure, destBBox=limit).image.array
    )


def test_what_an_exposure_takes_along(exposure):
    exposure.setPhotoCalib(PhotoCalib(3.0))
    exposure.setFilter(FilterLabel(band="r"))
    exposure.info.setId(9)
    warped = Warper("bilinear").warpExposure(exposure.wcs, exposure)
    assert warped.getPhotoCalib() == exposure.getPhotoCalib()
    assert warped.getFilter() == exposure.getFilter()
    assert warped.info.getId() == 9
    assert warped.getPsf() is None


def test_plain_image():
    y, x = np.mgrid[:8, :8].astype(np.float32)
    source = ImageF(8, 8)
    source.array[...] = 10 + x + 2 * y + 0.5 * x * y
    transform = makeTransform(AffineTransform(Extent2D(-0.25, -0.5)))
    control = WarpingControl("lanczos3", "bilinear", 10000, 0, 16)
    for dest in (ImageF(8, 8), ImageD(8, 8)):
        reached = warpImage(dest, source, transform, control)
        assert dest[3, 3] == pytest.approx(25.883394241333008, rel=2e-7)
        assert reached == np.isfinite(dest.array).sum() > 0
    warpImage(dest, source, transform, control, padValue=-1.0)
    assert (dest.array == -1.0).sum() == 64 - reached


def test_integers():
    source, dest = ImageI(12, 12), ImageI(12, 12)
    source.array[...] = 7
    transform = makeTransform(AffineTransform(Extent2D(1, 2)))
    warpImage(dest, source, transform, WarpingControl("nearest"))
    assert dest[6, 6] == 7
    assert dest[0, 0] == 0


@pytest.mark.parametrize("kernel", ["bilinear", "lanczos3"])
@pytest.mark.parametrize("cls,atol", [(ExposureD, 1e-4), (ExposureI, 1.001), (ExposureU, 1.001)])
def test_exposures_of_other_pixel_types(exposure, cls, atol, kernel):
    dest, warper = make_wcs(55.3, 48.1, 0.25, 30), Warper(kernel)
    other = cls(exposure, deep=True)
    expected = warper.warpExposure(dest, ExposureF(other, deep=True))
    warped = warper.warpExposure(dest, other)
    assert type(warped) is cls
    assert warped.getBBox() == expected.getBBox()
    np.testing.assert_array_equal(warped.mask.array, expected.mask.array)
    np.testing.assert_allclose(warped.variance.array, expected.variance.array, rtol=1e-5)
    good = warped.mask.array != NO_DATA
    np.testing.assert_allclose(warped.image.array[good], expected.image.array[good], atol=atol)


def test_masked_image_pad(exposure):
    dest = MaskedImageF(exposure.getBBox())
    transform = makeTransform(AffineTransform(Extent2D(500, 0)))
    control = WarpingControl("lanczos3")
    assert warpImage(dest, exposure.maskedImage, transform, control, padValue=(2.0, 4, 3.0)) == 0
    assert (dest.image.array == 2).all() and (dest.mask.array == 4).all() and (dest.variance.array == 3).all()


def test_source_smaller_than_the_kernel():
    source, dest = MaskedImageF(5, 9), MaskedImageF(6, 6)
    assert warpImage(dest, source, makeTransform(AffineTransform()), WarpingControl("lanczos3")) == 0
    assert (dest.mask.array == NO_DATA).all()
    assert np.isnan(dest.image.array).all()


def test_centered(exposure):
    source = exposure.maskedImage
    dest = MaskedImageF(source.getBBox())
    turned = LinearTransform.makeRotation(90 * degrees)
    warpCenteredImage(dest, source, turned, Point2D(40, 40), WarpingControl("lanczos3"))
    assert dest.image[40, 40] == pytest.approx(source.image[40, 40], rel=1e-6)
    assert dest.image[30, 45] == pytest.approx(source.image[45, 50], rel=1e-6)
    with pytest.raises(InvalidParameterError, match="same box"):
        warpCenteredImage(MaskedImageF(3, 3), source, turned, Point2D(1, 1), WarpingControl("lanczos3"))


def test_errors(exposure):
    control = WarpingControl("lanczos3")
    with pytest.raises(InvalidParameterError, match="srcExposure has no WCS"):
        warpExposure(ExposureF(9, 9, exposure.wcs), ExposureF(9, 9), control)
    with pytest.raises(InvalidParameterError, match="destExposure has no WCS"):
        warpExposure(ExposureD(9, 9), exposure, control)
    with pytest.raises(InvalidParameterError, match="share"):
        warpExposure(exposure, exposure, control)
    for name in ("", "lanczos", "cubic"):
        with pytest.raises(InvalidParameterError):
            WarpingControl(name)
    with pytest.raises(InvalidParameterError, match="not contained"):
        WarpingControl("bilinear", "lanczos3")
    with pytest.raises(InvalidParameterError, match="not contained"):
        Warper("lanczos3", maskWarpingKernelName="lanczos5")


def test_control():
    control = WarpingControl("lanczos4", "bilinear", 100, 10, 16)
    assert control.getWarpingKernel().getOrder() == 4
    assert control.getWarpingKernel().getCacheSize() == 100
    assert control.hasMaskWarpingKernel()
    assert (control.getCacheSize(), control.getInterpLength(), control.getGrowFullMask()) == (100, 10, 16)
    control.setMaskWarpingKernelName("")
    assert control.getMaskWarpingKernel() is None
    control.setWarpingKernel(LanczosWarpingKernel(5))
    control.setCacheSize(0)
    assert control.getWarpingKernel().getOrder() == 5
    assert control.getWarpingKernel().getCacheSize() == 0


def test_kernels_that_do_not_warp():
    control = WarpingControl("lanczos3")
    control.setWarpingKernel(FixedKernel(ImageD(6, 6)))
    transform = makeTransform(AffineTransform())
    with pytest.raises(InvalidParameterError, match="FixedKernel"):
        warpImage(ImageF(9, 9), ImageF(9, 9), transform, control)


def test_persistence(tmp_path):
    path = str(tmp_path / "control.fits")
    for control in (WarpingControl("lanczos4", "bilinear", 7, 8, 9), WarpingControl("nearest")):
        control.writeFits(path)
        read = WarpingControl.readFits(path)
        assert type(read.getWarpingKernel()) is type(control.getWarpingKernel())
        assert read.hasMaskWarpingKernel() == control.hasMaskWarpingKernel()
        assert read.getCacheSize() == control.getCacheSize()
        assert read.getInterpLength() == control.getInterpLength()
        assert read.getGrowFullMask() == control.getGrowFullMask()


def test_configuration():
    config = Warper.ConfigClass()
    assert config.toDict() == {
        "warpingKernelName": "lanczos3",
        "maskWarpingKernelName": "bilinear",
        "interpLength": 10,
        "cacheSize": 1000000,
        "growFullMask": 16,
    }
    warper = Warper.fromConfig(config)
    assert warper.getWarpingKernel().getWidth() == 6
    assert warper.getMaskWarpingKernel().getWidth() == 2
    assert Warper("lanczos3").getMaskWarpingKernel() is None
