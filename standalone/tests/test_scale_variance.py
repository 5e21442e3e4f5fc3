# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of the scaling of variance planes."""

import pickle
import tracemalloc

import lsst.afw.image as afwImage
import lsst.geom
import numpy as np
import pytest
from lsst.meas.algorithms import (
    ExceedsMaxVarianceScaleError,
    ScaleVarianceTask,
    SubtractBackgroundTask,
    TooManyMaskedPixelsError,
)
from lsst.pipe.base import AlgorithmError


def make_image(sigma=3.0, variance=4.0, shape=(150, 170), seed=1):
    """Noise on a sloping background, with sources and pixels without data."""
    rng = np.random.default_rng(seed)
    box = lsst.geom.Box2I(lsst.geom.Point2I(7, -9), lsst.geom.Extent2I(shape[1], shape[0]))
    image = afwImage.MaskedImageF(box)
    y, x = np.indices(shape)
    image.image.array[:, :] = rng.normal(0, sigma, shape) + 50 + 0.2 * x - 0.1 * y
    image.variance.array[:, :] = variance * rng.uniform(0.9, 1.1, shape)
    image.image.array[20:40, 20:40] += 1000
    image.mask.array[20:40, 20:40] |= image.mask.getPlaneBitMask("DETECTED")
    image.image.array[90:100, :10] = np.nan
    image.image.array[90:100, 10:12] = np.inf
    image.variance.array[110:120, :10] = 0
    image.variance.array[120:130, :10] = np.nan
    image.variance.array[130:140, :10] = np.inf
    return image


def good_pixels(image, task):
    bits = image.mask.getPlaneBitMask(list(task.config.maskPlanes))
    pixels, variance = image.image.array, image.variance.array
    return ((image.mask.array & bits) == 0) & np.isfinite(pixels) & np.isfinite(variance) & (variance > 0)


def test_defaults():
    config = ScaleVarianceTask.ConfigClass()
    planes = ["DETECTED", "DETECTED_NEGATIVE", "BAD", "SAT", "NO_DATA", "INTRP"]
    assert list(config.maskPlanes) == list(config.background.ignoredPixelMask) == planes
    assert config.limit == 10.0
    assert config.background.binSize == 32
    assert config.background.useApprox is False
    assert config.background.undersampleStyle == "REDUCE_INTERP_ORDER"


def test_run():
    image, task = make_image(), ScaleVarianceTask()
    before = image.clone()
    factor = task.run(image)
    assert factor == pytest.approx(9 / 4, rel=0.05)
    np.testing.assert_array_equal(image.image.array, before.image.array)
    np.testing.assert_array_equal(image.mask.array, before.mask.array)
    np.testing.assert_array_equal(
        image.variance.array, before.variance.array * np.float32(factor), strict=True
    )


def test_formulas():
    image, task = make_image(), ScaleVarianceTask()
    before = image.clone()
    factors = task.computeScaleFactors(image)
    fitted = task.background.fitBackground(image)
    model = fitted.getImageF(task.background.config.algorithm, task.background.config.undersampleStyle)
    good = good_pixels(image, task)
    flat, variance = (image.image.array - model.array)[good], image.variance.array[good]
    low, high = np.percentile(flat / np.sqrt(variance), (25, 75))
    assert factors.pixelFactor == pytest.approx((0.74 * (high - low)) ** 2, rel=1e-6)
    low, high = np.percentile(flat, (25, 75))
    assert factors.imageFactor == pytest.approx((0.74 * (high - low)) ** 2 / np.median(variance), rel=1e-6)
    assert factors.pixelFactor != factors.imageFactor
    for plane in ("image", "mask", "variance"):
        np.testing.assert_array_equal(getattr(image, plane).array, getattr(before, plane).array)


def test_image_based_beyond_limit():
    image, task = make_image(sigma=3.0, variance=1.2), ScaleVarianceTask()
    # Variances that are far too small for some of the pixels make the
    # ratios useless, but do not move the median of the variances.
    x = np.arange(image.getWidth())
    image.variance.array[:, x % 16 < 7] *= 1e-6
    factors = task.computeScaleFactors(image)
    assert factors.pixelFactor > task.config.limit
    before = image.variance.array.copy()
    assert task.run(image) == factors.imageFactor < task.config.limit
    np.testing.assert_array_equal(image.variance.array, before * np.float32(factors.imageFactor))


def test_exceeds_limit():
    image, task = make_image(variance=0.01), ScaleVarianceTask()
    before = image.clone()
    with pytest.raises(ExceedsMaxVarianceScaleError) as caught:
        task.run(image)
    error = caught.value
    assert isinstance(error, AlgorithmError)
    assert error.metadata == {
        "scaleVarianceValue": task.computeScaleFactors(image).imageFactor,
        "scaleVarianceLimit": 10.0,
    }
    assert str(error.metadata["scaleVarianceValue"]) in str(error)
    again = pickle.loads(pickle.dumps(error))
    assert again.metadata == error.metadata
    assert str(again) == str(error)
    for plane in ("image", "mask", "variance"):
        np.testing.assert_array_equal(getattr(image, plane).array, getattr(before, plane).array)


@pytest.mark.parametrize("number", [0, 1])
def test_too_few_good_pixels(number):
    image, task = make_image(), ScaleVarianceTask()
    image.variance.array[:, :] = 0
    image.variance.array[75, 75 : 75 + number] = 4.0
    before = image.variance.array.copy()
    assert task.run(image) == 1.0
    np.testing.assert_array_equal(image.variance.array, before)
    factors = task.computeScaleFactors(image)
    assert (factors.pixelFactor, factors.imageFactor) == (1.0, 1.0)


def test_all_masked():
    image = make_image()
    image.mask.array[:, :] = image.mask.getPlaneBitMask("SAT")
    with pytest.raises(TooManyMaskedPixelsError):
        ScaleVarianceTask().run(image)


def test_restored_after_error():
    image, task = make_image(), ScaleVarianceTask()
    before = image.image.array.copy()
    with pytest.raises(KeyError), task.subtractedBackground(image):
        assert abs(np.nanmedian(image.image.array)) < 1
        raise KeyError
    np.testing.assert_array_equal(image.image.array, before)


def test_overridden():
    class Task(ScaleVarianceTask):
        def pixelBased(self, maskedImage):
            return 3.0

    image = make_image()
    before = image.variance.array.copy()
    assert Task().run(image) == 3.0
    np.testing.assert_array_equal(image.variance.array, before * np.float32(3))


@pytest.mark.parametrize("algorithm", ["AKIMA_SPLINE", "LINEAR", "CONSTANT"])
@pytest.mark.parametrize("approx", [False, True])
def test_same_as_subtracted(algorithm, approx):
    """The background is never subtracted from the image itself."""

    class Task(ScaleVarianceTask):
        """The same, on an image whose background is subtracted."""

        def pixelBased(self, maskedImage):
            return super().pixelBased(maskedImage)

    config = ScaleVarianceTask.ConfigClass()
    config.background.algorithm = algorithm
    config.background.useApprox = approx
    image = make_image(shape=(830, 700))
    image.mask.array[400:500] |= image.mask.getPlaneBitMask("NO_DATA")
    found, wanted = (
        task.computeScaleFactors(image) for task in (ScaleVarianceTask(config=config), Task(config=config))
    )
    assert found.getDict() == wanted.getDict()


def test_retargeted_background():
    class Background(SubtractBackgroundTask):
        def fitBackground(self, maskedImage, *args, **kwargs):
            level = maskedImage.clone()
            level.image.array[:, :] = 50
            level.mask.array[:, :] = 0
            return super().fitBackground(level, *args, **kwargs)

    config = ScaleVarianceTask.ConfigClass()
    config.background.retarget(Background)
    config.background.binSize = 32
    config.background.useApprox = False
    image, task = make_image(), ScaleVarianceTask(config=config)
    low, high = np.percentile(image.image.array[good_pixels(image, task)] - np.float32(50), (25, 75))
    variance = np.median(image.variance.array[good_pixels(image, task)])
    wanted = (0.74 * (high - low)) ** 2 / variance
    assert task.computeScaleFactors(image).imageFactor == pytest.approx(wanted, rel=1e-6)


def test_memory():
    """No plane is copied."""
    image, task = make_image(shape=(1500, 1600)), ScaleVarianceTask()
    task.run(image)
    tracemalloc.start()
    try:
        task.run(image)
        task.computeScaleFactors(image)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < image.image.array.nbytes / 3


def test_mask_planes():
    image = make_image()
    config = ScaleVarianceTask.ConfigClass()
    config.maskPlanes = ["EDGE"]
    image.variance.array[:, ::2] = 1e-3
    image.mask.array[:, ::2] |= image.mask.getPlaneBitMask("EDGE")
    config.background.ignoredPixelMask = ["DETECTED"]
    factor = ScaleVarianceTask(config=config).computeScaleFactors(image).imageFactor
    assert factor == pytest.approx(9 / 4, rel=0.1)
