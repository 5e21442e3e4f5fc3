# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Statistics of images and lists, and the kernels below them."""

import math

import lsst.afw.image as afwImage
import lsst.afw.math as afwMath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from lsst.afw.image import MaskX
from lsst.afw.math import Property, StatisticsControl, makeStatistics
from lsst.afw.math._robust import RunningMoments, clippedMoments, fastClippedMoments, moments, percentile
from lsst.geom import Box2I, Extent2I, Point2I
from lsst.pex.exceptions import InvalidParameterError

SAMPLES = npst.arrays(np.float32, st.integers(1, 60), elements=st.integers(-9, 9).map(float))


def scratch(values):
    return np.empty_like(values), np.empty_like(values)


@settings(max_examples=200, deadline=None)
@given(SAMPLES, st.floats(0, 1))
def test_percentile_agrees_with_numpy(values, fraction):
    before = values.copy()
    got = percentile(values, len(values), fraction, *scratch(values))
    assert got == pytest.approx(np.percentile(values.astype(float), 100 * fraction), abs=1e-9)
    np.testing.assert_array_equal(values, before)


@pytest.mark.parametrize("n", [1, 2, 9, 10, 1000, 1001])
@pytest.mark.parametrize("order", ["random", "rising", "falling", "outliers"])
def test_median_of_many(n, order):
    values = np.random.default_rng(n).normal(100, 10, n).astype(np.float32)
    if order == "outliers":
        values[::7] *= 1e6
    elif order != "random":
        values = np.sort(values)[:: 1 if order == "rising" else -1].copy()
    got = percentile(values, n, 0.5, *scratch(values))
    assert got == np.median(values.astype(float))


def test_percentile_of_nan_ends():
    values = np.array([1, np.nan, 3, np.nan, 2], dtype=np.float32)
    percentile(values, 5, 0.5, *scratch(values))
    assert math.isnan(percentile(values[1:2].copy(), 1, 0.5, *scratch(values)))
    assert math.isnan(percentile(values, 0, 0.5, *scratch(values)))


@settings(deadline=None)
@given(SAMPLES)
def test_moments_agree_with_numpy(values):
    mean, variance = moments(values, len(values))
    assert mean == pytest.approx(values.astype(float).mean(), abs=1e-9)
    if len(values) > 1:
        assert variance == pytest.approx(values.astype(float).var(ddof=1), abs=1e-9)
    else:
        assert math.isnan(variance)


def test_running_moments():
    values = np.random.default_rng(3).normal(1e4, 1, (50, 20)).astype(np.float32)
    values[3, 4] = np.nan
    values[0] = np.inf
    sums = RunningMoments()
    for start in range(0, 50, 7):
        sums.add(values[start : start + 7])
    finite = values[np.isfinite(values)].astype(float)
    assert sums.mean == pytest.approx(finite.mean(), rel=1e-12)
    assert sums.variance == pytest.approx(finite.var(ddof=1), rel=1e-9)
    assert math.isnan(RunningMoments().mean)


def test_list():
    flags = afwMath.MEAN | afwMath.MEDIAN | afwMath.VARIANCE | afwMath.STDEV | afwMath.IQRANGE
    flags |= afwMath.NPOINT | afwMath.MIN | afwMath.MAX | afwMath.SUM | afwMath.ERRORS
    stats = afwMath.makeStatistics([1.0, 2.0, 3.0, 4.0, 10.0, math.nan], flags)
    assert stats.getValue(afwMath.NPOINT) == 5
    assert stats.getValue(afwMath.MEAN) == 4
    assert stats.getValue(afwMath.MEDIAN) == 3
    assert stats.getValue(afwMath.VARIANCE) == pytest.approx(12.5)
    assert stats.getValue(afwMath.STDEV) == pytest.approx(math.sqrt(12.5))
    assert stats.getValue(afwMath.IQRANGE) == 2
    assert (stats.getValue(afwMath.MIN), stats.getValue(afwMath.MAX)) == (1, 10)
    assert stats.getValue(afwMath.SUM) == 20
    assert stats.getError(afwMath.MEAN) == pytest.approx(math.sqrt(2.5))
    assert stats.getResult(afwMath.MEDIAN)[1] == pytest.approx(math.sqrt(math.pi / 2 * 2.5))


def test_clipping():
    rng = np.random.default_rng(4)
    values = np.concatenate((rng.normal(5, 1, 1000), [1e5, -3e4, 60.0]))
    flags = afwMath.MEANCLIP | afwMath.STDEVCLIP | afwMath.NCLIPPED | afwMath.ERRORS
    stats = afwMath.makeStatistics(values.tolist(), flags)

    quartiles = np.percentile(values, [25, 50, 75])
    center, width = quartiles[1], 3 * 0.741301109252802 * (quartiles[2] - quartiles[0])
    for _ in range(3):
        kept = values[np.abs(values - center) <= width]
        center, width = kept.mean(), 3 * kept.std(ddof=1)
    assert stats.getValue(afwMath.MEANCLIP) == pytest.approx(center, rel=1e-12)
    assert stats.getValue(afwMath.STDEVCLIP) == pytest.approx(kept.std(ddof=1), rel=1e-12)
    assert stats.getValue(afwMath.NCLIPPED) == len(values) - len(kept)
    assert stats.getError(afwMath.MEANCLIP) == pytest.approx(kept.std(ddof=1) / math.sqrt(len(kept)))


def test_masked_image():
    image = afwImage.MaskedImageF(5, 4)
    image.image.array[:, :] = np.arange(20).reshape(4, 5)
    image.mask.array[0] = 2
    image.mask.array[1, 0] = 5
    image.image.array[3, 4] = np.nan
    sctrl = afwMath.StatisticsControl()
    sctrl.setAndMask(2)
    flags = afwMath.NPOINT | afwMath.NMASKED | afwMath.MEAN | afwMath.ORMASK
    stats = afwMath.makeStatistics(image, flags, sctrl)
    assert stats.getValue(afwMath.NPOINT) == 14
    assert stats.getValue(afwMath.NMASKED) == 6
    assert stats.getValue(afwMath.MEAN) == np.arange(5, 19).mean()
    assert stats.getOrMask() == 5
    separate = afwMath.makeStatistics(image.image, image.mask, flags, sctrl)
    assert separate.getValue(afwMath.MEAN) == stats.getValue(afwMath.MEAN)
    sctrl.setNanSafe(False)
    assert math.isnan(afwMath.makeStatistics(image, afwMath.MEAN, sctrl).getValue())


def test_what_was_not_requested():
    stats = afwMath.makeStatistics([1.0, 2.0], afwMath.MEAN | afwMath.MEDIAN)
    with pytest.raises(InvalidParameterError, match="VARIANCE"):
        stats.getValue(afwMath.VARIANCE)
    with pytest.raises(InvalidParameterError, match="Name one"):
        stats.getValue()
    assert math.isnan(stats.getError(afwMath.MEAN))
    assert afwMath.makeStatistics([1.0, 2.0], afwMath.MEAN).getValue() == 1.5
    with pytest.raises(InvalidParameterError, match="no pixels"):
        afwMath.makeStatistics([], afwMath.MEAN)


def test_unsupported_is_an_error():
    sctrl = afwMath.StatisticsControl()
    sctrl.setWeighted(True)
    with pytest.raises(NotImplementedError):
        afwMath.makeStatistics([1.0], afwMath.MEAN, sctrl)
    image = afwImage.ImageI(3, 3)
    assert afwMath.makeStatistics(image, afwMath.MEAN).getValue() == 0
    with pytest.raises(TypeError, match="int32"):
        afwMath.makeStatistics(image, afwMath.MEDIAN)


def test_control():
    sctrl = afwMath.StatisticsControl()
    assert (sctrl.getNumSigmaClip(), sctrl.getNumIter(), sctrl.getAndMask()) == (3.0, 3, 0)
    assert sctrl.getNanSafe()
    assert not sctrl.getWeightedIsSet()
    with pytest.raises(InvalidParameterError, match="numIter=0"):
        sctrl.setNumIter(0)
    with pytest.raises(InvalidParameterError, match="numSigmaClip=-1"):
        afwMath.StatisticsControl(-1)


def test_property_names():
    assert afwMath.stringToStatisticsProperty("MEANCLIP") == afwMath.MEANCLIP == 128
    assert afwMath.Property.NMASKED.value == 65536
    with pytest.raises(InvalidParameterError, match="MODE"):
        afwMath.stringToStatisticsProperty("MODE")


def noise(rng, size):
    scale, offset = 10 ** rng.uniform(-3, 3), 10 ** rng.uniform(-5, 5)
    return rng.normal(offset * rng.normal(), scale, size)


def with_sources(rng, size):
    values = noise(rng, size)
    values[: size // 20] += 1000
    return values


def half_equal(rng, size):
    values = noise(rng, size)
    values[: size // 2] = values[0]
    return values


@pytest.mark.parametrize(
    "draw",
    [
        noise,
        with_sources,
        half_equal,
        lambda rng, size: np.round(noise(rng, size)),
        lambda rng, size: rng.standard_cauchy(size),
        lambda rng, size: np.exp(rng.uniform(-40, 40, size)),
        lambda rng, size: np.full(size, 3.5),
        lambda rng, size: np.where(rng.random(size) < 0.02, np.inf, noise(rng, size)),
        lambda rng, size: np.where(rng.random(size) < 0.02, np.nan, noise(rng, size)),
    ],
)
def test_fast_clipped_moments(draw):
    rng = np.random.default_rng(7)
    scratch = np.empty((2, 3000), np.float32)
    for _ in range(100):
        values = draw(rng, int(rng.integers(1, 1200))).astype(np.float32)
        args = (values, len(values), 3.0, 3, *scratch)
        # The variance of equal values is zero but for rounding.
        np.testing.assert_allclose(fastClippedMoments(*args), clippedMoments(*args), rtol=1e-9, atol=1e-20)


def make_mask():
    mask = MaskX(Box2I(Point2I(3, 4), Extent2I(10, 8)))
    for (x, y), value in {(1, 1): 0x10, (3, 1): 0x08, (5, 4): 0x08, (4, 5): 0x02}.items():
        mask.array[y, x] = value
    return mask


MASK_STATISTICS = Property.NPOINT | Property.SUM


def test_mask():
    mask = make_mask()
    stats = makeStatistics(mask, MASK_STATISTICS)
    assert stats.getValue(Property.SUM) == 0x1A
    assert stats.getValue(Property.NPOINT) == 80
    assert makeStatistics(mask, Property.SUM).getValue() == 0x1A
    assert makeStatistics(mask, Property.NPOINT).getValue() == 80
    with pytest.raises(InvalidParameterError):
        makeStatistics(mask, Property.SUM).getValue(Property.NPOINT)


def test_mask_control_does_not_matter():
    control = StatisticsControl()
    control.setAndMask(0x08)
    assert makeStatistics(make_mask(), Property.SUM, control).getValue() == 0x1A
    assert makeStatistics(make_mask(), flags=Property.SUM, sctrl=control).getValue() == 0x1A


def test_mask_sign_bit():
    mask = make_mask()
    mask.array[0, 0] = -(2**31)
    assert makeStatistics(mask, Property.SUM).getValue() == 0x1A - 2**31


@pytest.mark.parametrize("prop", [prop for prop in Property if not prop & MASK_STATISTICS])
def test_mask_refused(prop):
    for flags in (prop, prop | Property.SUM):
        with pytest.raises(InvalidParameterError, match=prop.name):
            makeStatistics(make_mask(), flags)


def test_mask_without_pixels():
    with pytest.raises(InvalidParameterError, match="without pixels"):
        makeStatistics(MaskX(0, 0), Property.SUM)


def test_mask_of_mask():
    with pytest.raises(TypeError):
        makeStatistics(make_mask(), make_mask(), Property.SUM)
