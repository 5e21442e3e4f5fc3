# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""SubtractBackgroundTask."""

import math
import pathlib

import lsst.afw.image as afwImage
import lsst.afw.math as afwMath
import lsst.geom
import numpy as np
import pytest
from lsst.meas.algorithms.subtractBackground import (
    SubtractBackgroundTask,
    TooManyMaskedPixelsError,
    backgroundFlatContext,
    filterSuperPixels,
)
from lsst.pex.exceptions import InvalidParameterError

DATA = pathlib.Path(__file__).parent / "data" / "background"


def makeTask(**kwargs):
    config = SubtractBackgroundTask.ConfigClass()
    settings = {
        "algorithm": "LINEAR",
        "binSize": 32,
        "useApprox": False,
        "statisticsProperty": "MEDIAN",
        "doFilterSuperPixels": True,
    }
    config.update(**(settings | kwargs))
    return SubtractBackgroundTask(config=config)


def reference():
    """Scene whose background is known from the stack."""
    box = lsst.geom.Box2I(lsst.geom.Point2I(7, -9), lsst.geom.Extent2I(170, 133))
    exposure = afwImage.ExposureF(box)
    y, x = np.indices((133, 170))
    exposure.image.array[:, :] = 50 + 0.1 * x - 0.05 * y + ((37 * x + 101 * y) % 23) / 10
    exposure.mask.array[(13 * x + 7 * y) % 11 == 0] = 32
    exposure.mask.array[:24, 27:60] |= 256
    return exposure


def test_reference_values():
    exposure = reference()
    before = exposure.image.array.copy()
    mask = exposure.mask.array.copy()
    backgrounds = makeTask().run(exposure).background
    stats = backgrounds[0][0].getStatsImage().image.array
    np.testing.assert_allclose(stats[0], [51.75, 54.05, 57.65, 60.3, 63.15, 64.7], rtol=1e-7)
    np.testing.assert_allclose(stats[1:, 0], [51.75, 50.5, 49.15, 47.8], rtol=1e-7)
    model = backgrounds.getImage().array
    for (x, y), want in {
        (0, 0): 50.492054,
        (169, 132): 62.3579,
        (80, 60): 56.10374,
        (40, 5): 54.092106,
    }.items():
        assert model[y, x] == pytest.approx(want, rel=2e-7)
    np.testing.assert_array_equal(exposure.image.array, before - model)
    np.testing.assert_array_equal(exposure.mask.array, mask)
    metadata = exposure.getMetadata()
    assert metadata.getDouble("BGMEAN") == pytest.approx(56.23425757869, rel=1e-12)
    assert metadata.getDouble("BGVAR") == pytest.approx(22.40605514132, rel=1e-11)


@pytest.mark.parametrize("index", [0, 2])
@pytest.mark.parametrize("kind,prop,filtered", [("median", "MEDIAN", True), ("meanclip", "MEANCLIP", False)])
def test_backgrounds_of_the_stack(index, kind, prop, filtered):
    given = np.load(DATA / f"background_{index}_in.npz")
    want = np.load(DATA / f"background_{index}_out.npz")[kind]
    exposure = afwImage.ExposureF(given["image"].shape[1], given["image"].shape[0])
    exposure.image.array[:, :] = given["image"]
    exposure.mask.array[:, :] = given["mask"]
    task = makeTask(statisticsProperty=prop, doFilterSuperPixels=filtered)
    got = task.run(exposure).background.getImage().array
    np.testing.assert_allclose(got, want, atol=1e-6 * np.abs(want).max())


def test_list_is_appended_to_and_statistics_are_of_the_sum():
    exposure = reference()
    backgrounds = afwMath.BackgroundList()
    task = makeTask()
    assert task.run(exposure, backgrounds).background is backgrounds
    exposure.image.array[:, :] += 7
    task.run(exposure, background=backgrounds, statsKeys=("MEAN2", "VAR2"))
    assert len(backgrounds) == 2
    total = backgrounds.getImage().array.astype(float)
    metadata = exposure.getMetadata()
    assert metadata.getDouble("MEAN2") == pytest.approx(total.mean(), rel=1e-12)
    assert metadata.getDouble("VAR2") == pytest.approx(total.var(ddof=1), rel=1e-9)


def test_entry_holds_the_configured_styles():
    exposure = afwImage.ExposureF(40, 20)
    entry = makeTask().run(exposure, stats=False).background[0]
    assert entry[1:] == (
        afwMath.Interpolate.LINEAR,
        afwMath.REDUCE_INTERP_ORDER,
        afwMath.ApproximateControl.UNKNOWN,
        1,
        1,
        True,
    )
    assert entry[0].getAsUsedInterpStyle() == afwMath.Interpolate.CONSTANT
    assert not exposure.getMetadata().exists("BGMEAN")


def test_all_masked():
    exposure = afwImage.ExposureF(64, 64)
    exposure.mask.array[:, :] = exposure.mask.getPlaneBitMask("EDGE")
    with pytest.raises(TooManyMaskedPixelsError, match="All 64 x 64") as caught:
        makeTask().run(exposure)
    assert caught.value.metadata == {}


def test_approximation():
    y, x = np.indices((300, 320))
    want = 100 + 0.1 * x + 1e-4 * y * y
    exposure = afwImage.ExposureF(320, 300)
    exposure.image.array[:, :] = want + np.random.default_rng(2).normal(0, 1, want.shape)
    task = makeTask(useApprox=True, approxOrderX=3, doFilterSuperPixels=False)
    backgrounds = task.run(exposure).background
    assert backgrounds[0][3:] == (afwMath.ApproximateControl.CHEBYSHEV, 3, 3, True)
    np.testing.assert_allclose(backgrounds.getImage().array, want, atol=0.5)
    assert abs(exposure.image.array.mean()) < 0.05


@pytest.mark.parametrize("style,bins,order", [("REDUCE_INTERP_ORDER", 3, 2), ("INCREASE_NXNYSAMPLE", 7, 6)])
def test_order_and_bins(style, bins, order):
    image = afwImage.MaskedImageF(96, 96)
    image.variance.array[:, :] = 1
    task = makeTask(useApprox=True, undersampleStyle=style)
    control = task.fitBackground(image).getBackgroundControl()
    assert (control.getNxSample(), control.getNySample()) == (bins, bins)
    assert control.getApproximateControl().getOrderX() == order


def test_configuration_errors():
    image = afwImage.MaskedImageF(96, 96)
    with pytest.raises(ValueError, match="3 x 3 bins are too few for order 6"):
        makeTask(useApprox=True, undersampleStyle="THROW_EXCEPTION").fitBackground(image)
    with pytest.raises(ValueError, match="approxOrderY=2"):
        makeTask(useApprox=True, approxOrderY=2).fitBackground(image)
    with pytest.raises(InvalidParameterError, match="NONE"):
        makeTask(algorithm="NONE").fitBackground(image)


def test_bins_of_other_sizes():
    image = afwImage.MaskedImageF(96, 96)
    control = makeTask(binSizeX=10).fitBackground(image).getBackgroundControl()
    assert (control.getNxSample(), control.getNySample()) == (10, 3)
    control = makeTask().fitBackground(image, nx=4, ny=5, algorithm="CONSTANT").getBackgroundControl()
    assert (control.getNxSample(), control.getNySample()) == (4, 5)
    assert control.getInterpStyle() == afwMath.Interpolate.CONSTANT


def test_filter_super_pixels():
    stats = afwImage.MaskedImageF(4, 3)
    stats.image.array[:, :] = [[1, 2, 3, 4], [5, 100, math.nan, 8], [9, 10, 11, 12]]
    stats.variance.array[:, :] = 7
    box = lsst.geom.Box2I(lsst.geom.Point2I(0, 0), lsst.geom.Extent2I(40, 30))
    background = afwMath.BackgroundMI(box, stats)
    filterSuperPixels(box, background)
    # The missing bin counts as 8, the median of the others.
    np.testing.assert_array_equal(stats.image.array, [[2, 3, 4, 4], [5, 8, 8, 8], [9, 10, 11, 11]])
    assert (stats.variance.array == 7).all()


def test_flat_ratio():
    image = afwImage.MaskedImageF(4, 4)
    image.image.array[:, :] = 3
    ratio = afwImage.ImageF(4, 4)
    ratio.array[:, :] = 2
    with backgroundFlatContext(image, True, ratio) as inside:
        assert (inside.image.array == 6).all()
    assert (image.image.array == 3).all()
    with backgroundFlatContext(image, False):
        assert (image.image.array == 3).all()
    with pytest.raises(RuntimeError, match="ratio"), backgroundFlatContext(image, True):
        pass
    with pytest.raises(ValueError, match="float"), backgroundFlatContext(image, True, 2.0):
        pass
    exposure = reference()
    unit = afwImage.ImageF(exposure.getDimensions())
    unit.array[:, :] = 2
    backgrounds = (
        makeTask(doApplyFlatBackgroundRatio=True).run(exposure, backgroundToPhotometricRatio=unit).background
    )
    assert backgrounds.getImage().array[60, 80] == pytest.approx(2 * 56.10374, rel=1e-6)
    assert abs(exposure.image.array.mean()) < 0.2
