# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Interpolation, controls and backgrounds."""

import math
import pickle

import lsst.afw.image as afwImage
import lsst.afw.math as afwMath
import lsst.geom
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsst.afw.math._background import binCenters, binEdges
from lsst.pex.exceptions import InvalidParameterError, LengthError, OutOfRangeError
from scipy.interpolate import Akima1DInterpolator, CubicSpline

X = np.array([0.0, 1.0, 3.0, 4.0, 6.5, 8.0])
Y = np.array([1.0, 2.0, -1.0, 0.5, 3.0, 2.0])
AT = np.linspace(0, 8, 65)


def box(width, height, x0=0, y0=0):
    return lsst.geom.Box2I(lsst.geom.Point2I(x0, y0), lsst.geom.Extent2I(width, height))


def background(grid, width, height, x0=0, y0=0):
    stats = afwImage.MaskedImageF(len(grid[0]), len(grid))
    stats.image.array[:, :] = grid
    return afwMath.BackgroundMI(box(width, height, x0, y0), stats)


def reference():
    """Scene whose statistics are known from the stack."""
    image = afwImage.MaskedImageF(box(170, 133, 7, -9))
    y, x = np.indices((133, 170))
    image.image.array[:, :] = 50 + 0.1 * x - 0.05 * y + ((37 * x + 101 * y) % 23) / 10
    image.mask.array[(13 * x + 7 * y) % 11 == 0] = 32
    image.mask.array[:24, 27:60] |= 256
    sctrl = afwMath.StatisticsControl()
    sctrl.setAndMask(288)
    return image, afwMath.BackgroundControl("AKIMA_SPLINE", 6, 5, "THROW_EXCEPTION", sctrl, "MEDIAN")


@pytest.mark.parametrize(
    "style,other",
    [
        ("LINEAR", lambda x: np.interp(x, X, Y)),
        ("NATURAL_SPLINE", CubicSpline(X, Y, bc_type="natural")),
        ("CUBIC_SPLINE", CubicSpline(X, Y, bc_type="natural")),
        ("AKIMA_SPLINE", Akima1DInterpolator(X, Y)),
    ],
)
def test_interpolation_agrees_with_scipy(style, other):
    got = afwMath.makeInterpolate(X, Y, afwMath.stringToInterpStyle(style)).interpolate(AT)
    np.testing.assert_allclose(got, other(AT), atol=1e-14)


@pytest.mark.parametrize("n", [3, 4, 5])
def test_natural_spline_of_few_points(n):
    f = afwMath.makeInterpolate(X[:n], Y[:n], afwMath.Interpolate.NATURAL_SPLINE).interpolate
    at = np.linspace(X[0], X[n - 1], 41)
    np.testing.assert_allclose(f(at), CubicSpline(X[:n], Y[:n], bc_type="natural")(at), atol=1e-14)


@pytest.mark.parametrize("style", ["LINEAR", "NATURAL_SPLINE", "AKIMA_SPLINE"])
@pytest.mark.parametrize("end,sign", [(0.0, -1), (8.0, 1)])
def test_extrapolation_is_a_second_order_series(style, end, sign):
    f = afwMath.makeInterpolate(X, Y, afwMath.stringToInterpStyle(style)).interpolate
    h = 1e-3
    inner = [f(end - sign * k * h) for k in range(4)]
    slope = (11 * inner[0] - 18 * inner[1] + 9 * inner[2] - 2 * inner[3]) / (6 * h)
    second = (2 * inner[0] - 5 * inner[1] + 4 * inner[2] - inner[3]) / (h * h)
    for distance in (0.5, 3.0):
        want = inner[0] + slope * distance + 0.5 * second * distance**2
        assert f(end + sign * distance) == pytest.approx(want, abs=1e-4)


def test_constant_interpolation():
    f = afwMath.makeInterpolate([2.0, 4.0, 8.0], [1.0, 3.0, 7.0], afwMath.Interpolate.CONSTANT).interpolate
    at = [-5.0, 0.99, 1.0, 2.99, 3.0, 5.99, 6.0, 9.99, 10.0, 50.0]
    assert f(at) == [1, 1, 1, 1, 2, 2, 5, 5, 7, 7]
    assert afwMath.makeInterpolate([2.0], [9.0], afwMath.Interpolate.CONSTANT).interpolate(77.0) == 9


def test_interpolation_of_nan_and_kinds_of_argument():
    f = afwMath.makeInterpolate(X, Y, afwMath.Interpolate.LINEAR).interpolate
    assert math.isnan(f(math.nan))
    assert isinstance(f([1.0, 2.0]), list)
    assert isinstance(f(np.array([1.0, 2.0])), np.ndarray)


def test_interpolation_errors():
    with pytest.raises(OutOfRangeError, match="4 points are too few for AKIMA_SPLINE"):
        afwMath.makeInterpolate(X[:4], Y[:4])
    with pytest.raises(InvalidParameterError, match="shape"):
        afwMath.makeInterpolate(X, Y[:4])
    with pytest.raises(InvalidParameterError, match="CUBIC"):
        afwMath.stringToInterpStyle("CUBIC")
    with pytest.raises(InvalidParameterError):
        afwMath.lookupMaxInterpStyle(0)
    with pytest.raises(NotImplementedError, match="PERIODIC"):
        afwMath.makeInterpolate(X, Y, afwMath.Interpolate.AKIMA_SPLINE_PERIODIC)


def test_style_tables():
    names = [afwMath.lookupMaxInterpStyle(n).name for n in range(1, 7)]
    assert names == ["CONSTANT", "LINEAR", "CUBIC_SPLINE", "CUBIC_SPLINE", "AKIMA_SPLINE", "AKIMA_SPLINE"]
    assert afwMath.lookupMinInterpPoints(afwMath.Interpolate.NATURAL_SPLINE) == 3


def test_bins():
    assert binEdges(70, 3).tolist() == [0, 23, 47, 70]
    assert binCenters(binEdges(70, 3)).tolist() == [11, 34.5, 58]
    assert binCenters(binEdges(100, 4)).tolist() == [12, 37, 62, 87]
    assert binEdges(4100, 129)[:6].tolist() == [0, 32, 64, 95, 127, 159]
    with pytest.raises(InvalidParameterError, match="9 bins"):
        binEdges(8, 9)


@given(st.integers(1, 5000), st.data())
def test_bins_are_equal_but_for_a_pixel(width, data):
    n = data.draw(st.integers(1, width))
    edges = binEdges(width, n)
    assert (edges[0], edges[-1], len(edges)) == (0, width, n + 1)
    assert set(np.diff(edges)) <= {width // n, width // n + 1}


def test_control():
    control = afwMath.BackgroundControl(5, 7)
    assert (control.getNxSample(), control.getNySample()) == (5, 7)
    assert control.getInterpStyle() == afwMath.Interpolate.AKIMA_SPLINE
    assert control.getStatisticsProperty() == afwMath.MEANCLIP
    assert control.getApproximateControl().getStyle() == afwMath.ApproximateControl.UNKNOWN
    assert control.getUndersampleStyle() == afwMath.THROW_EXCEPTION
    sctrl = afwMath.StatisticsControl()
    control = afwMath.BackgroundControl(afwMath.Interpolate.LINEAR, 3, 4, "REDUCE_INTERP_ORDER", sctrl)
    sctrl.setAndMask(7)
    assert control.getStatisticsControl().getAndMask() == 0
    assert control.getUndersampleStyle() == afwMath.REDUCE_INTERP_ORDER
    assert afwMath.BackgroundControl(style="LINEAR").getNxSample() == 10
    with pytest.raises(LengthError, match="nxSample=0"):
        afwMath.BackgroundControl(0, 4)
    with pytest.raises(InvalidParameterError, match="NONE"):
        afwMath.BackgroundControl("NONE", 3, 3)
    with pytest.raises(InvalidParameterError, match="orderY=3"):
        afwMath.ApproximateControl(afwMath.ApproximateControl.CHEBYSHEV, 2, 3)


def test_reference_statistics():
    image, control = reference()
    result = afwMath.makeBackground(image, control)
    stats = result.getStatsImage()
    np.testing.assert_allclose(stats.image.array[0], [51.75, 54.05, 57.65, 60.3, 63.15, 66.0], rtol=1e-7)
    np.testing.assert_allclose(stats.image.array[1], [50.5, 53.324997, 56.2, 58.975, 61.85, 64.7], rtol=1e-7)
    np.testing.assert_allclose(stats.variance.array[1, :2], [0.05443999, 0.0542993], rtol=1e-6)
    model = result.getImageF("LINEAR", "REDUCE_INTERP_ORDER")
    assert model.getBBox() == image.getBBox()
    for (x, y), want in {
        (0, 0): 51.39573,
        (169, 132): 61.38193,
        (80, 60): 56.10374,
        (40, 5): 54.118587,
    }.items():
        assert model.array[y, x] == pytest.approx(want, rel=2e-7)
    assert result.getBinCentersX()[0] == 7 + 13.5
    assert result.getAsUsedInterpStyle() == afwMath.Interpolate.LINEAR


@pytest.mark.parametrize("style", ["CONSTANT", "LINEAR", "NATURAL_SPLINE", "AKIMA_SPLINE"])
def test_parts_agree_with_the_whole(style):
    result = afwMath.makeBackground(*reference())
    whole = result.getImageF(style).array
    part = result.getImageF(box(30, 40, 20, 10), style)
    assert part.getBBox() == box(30, 40, 20, 10)
    np.testing.assert_allclose(part.array, whole[19:59, 13:43], rtol=1e-7)
    np.testing.assert_allclose(result._evaluateRows(100, 133, style), whole[100:], rtol=1e-7)
    with pytest.raises(LengthError, match="not within"):
        result.getImageF(box(30, 40, 150, 10), style)


@pytest.mark.parametrize("style", ["LINEAR", "NATURAL_SPLINE", "AKIMA_SPLINE"])
@pytest.mark.parametrize("nx,ny", [(6, 5), (4, 3), (3, 3), (7, 2)])
def test_planes_are_reproduced(style, nx, ny):
    x, y = np.meshgrid(binCenters(binEdges(61, nx)), binCenters(binEdges(47, ny)))
    got = background(3 + 0.5 * x - 0.25 * y, 61, 47).getImageF(style, "REDUCE_INTERP_ORDER").array
    y, x = np.indices(got.shape)
    np.testing.assert_allclose(got, 3 + 0.5 * x - 0.25 * y, atol=1e-4)


def test_missing_bins():
    nan = math.nan
    result = background([[nan, 1, 2], [nan, 3, 4], [nan, nan, 6]], 30, 30)
    got = result.getImageF("LINEAR", "REDUCE_INTERP_ORDER").array
    np.testing.assert_allclose(got[0, :3], [-1.35, -1.25, -1.15], rtol=1e-6)
    with pytest.raises(OutOfRangeError, match="0 finite bins"):
        result.getImageF("LINEAR")
    # One column is left, and no slope can be had.
    one = background([[nan, 1, nan], [nan, 3, nan], [nan, 5, nan]], 30, 30)
    got = one.getImageF("LINEAR", "REDUCE_INTERP_ORDER").array
    np.testing.assert_allclose(got, np.broadcast_to(got[:, :1], (30, 30)))
    assert got[14, 3] == pytest.approx(3 - 0.1)
    empty = background(np.full((3, 3), nan), 30, 30)
    assert np.isnan(empty.getImageF("LINEAR", "REDUCE_INTERP_ORDER").array).all()


def test_rows_with_different_missing_columns():
    # Infinite bins make a column infinite in some rows, NaN in others.
    inf = math.inf
    grid = [[1, 2, 3], [inf, 2, 3], [inf, 2, 3]]
    with np.errstate(invalid="ignore"):
        got = background(grid, 30, 30).getImageF("LINEAR").array
    line = 2 + (np.arange(30) - 14.5) / 10
    np.testing.assert_allclose(got[20], line, rtol=1e-6)
    np.testing.assert_allclose(got[8, 15:], line[15:], rtol=1e-6)
    assert not np.isfinite(got[8, :14]).any()


def test_too_few_bins():
    result = background([[1, 2, 3]], 30, 10)
    with pytest.raises(InvalidParameterError, match="3 x 1 bins are too few for LINEAR"):
        result.getImageF("LINEAR")
    got = result.getImageF("LINEAR", "REDUCE_INTERP_ORDER").array
    assert result.getAsUsedInterpStyle() == afwMath.Interpolate.CONSTANT
    np.testing.assert_array_equal(got[4, [0, 9, 10, 19, 20, 29]], [1, 1, 1.5, 1.5, 2.5, 2.5])


def test_scalar_arithmetic_and_pickle():
    result = background([[1, 2], [3, 4]], 20, 20, 5, 6)
    result += 10
    result -= 1
    np.testing.assert_array_equal(result.getStatsImage().image.array, [[10, 11], [12, 13]])
    back = pickle.loads(pickle.dumps(result))
    assert back.getImageBBox() == result.getImageBBox()
    np.testing.assert_array_equal(back.getImageF("LINEAR").array, result.getImageF("LINEAR").array)


def test_statistics_of_bins_with_nan():
    image = afwImage.ImageF(20, 10)
    image.array[:, :10] = 3
    image.array[0, 0] = math.nan
    image.array[:, 10:] = math.nan
    for prop in ("MEAN", "MEDIAN", "MEANCLIP"):
        control = afwMath.BackgroundControl("LINEAR", 2, 1, prop=prop)
        stats = afwMath.makeBackground(image, control).getStatsImage().image.array
        assert stats[0, 0] == 3
        assert math.isnan(stats[0, 1])


def test_what_cannot_be_measured():
    with pytest.raises(InvalidParameterError, match="empty"):
        afwMath.makeBackground(afwImage.ImageF(0, 0), afwMath.BackgroundControl(1, 1))
    with pytest.raises(TypeError, match="ImageD"):
        afwMath.makeBackground(afwImage.ImageD(9, 9), afwMath.BackgroundControl(1, 1))
    with pytest.raises(InvalidParameterError, match="MAX"):
        afwMath.makeBackground(afwImage.ImageF(9, 9), afwMath.BackgroundControl("LINEAR", 1, 1, prop="MAX"))


@pytest.mark.parametrize("weighting", [True, False])
def test_approximation(weighting):
    image = afwImage.MaskedImageF(box(90, 80, 3, 4))
    y, x = np.indices((80, 90))
    want = 5 + 0.02 * x + 0.0003 * x * y
    image.image.array[:, :] = want + np.random.default_rng(1).normal(0, 0.1, want.shape)
    image.image.array[:10, :10] = math.nan
    actrl = afwMath.ApproximateControl(afwMath.ApproximateControl.CHEBYSHEV, 2, 2, weighting)
    control = afwMath.BackgroundControl("LINEAR", 9, 8, prop="MEAN", actrl=actrl)
    result = afwMath.makeBackground(image, control)
    got = result.getImageF(box(20, 20, 10, 10), "LINEAR")
    assert got.getBBox() == box(90, 80)
    np.testing.assert_allclose(got.array, want, atol=0.05)
    np.testing.assert_array_equal(result.getApproximate(actrl).getImage().array, got.array)


def test_list():
    first, second = background([[1, 2], [3, 4]], 20, 20), background([[10, 10], [10, 10]], 20, 20)
    backgrounds = afwMath.BackgroundList()
    assert backgrounds.getImage() is None
    entry = (
        first,
        afwMath.Interpolate.LINEAR,
        afwMath.THROW_EXCEPTION,
        afwMath.ApproximateControl.UNKNOWN,
        1,
        1,
        True,
    )
    backgrounds.append(entry)
    second.getImageF("LINEAR", "REDUCE_INTERP_ORDER")
    backgrounds.append(second)
    assert len(backgrounds) == 2
    assert backgrounds[0] == entry
    assert backgrounds[1][:3] == (second, afwMath.Interpolate.LINEAR, afwMath.REDUCE_INTERP_ORDER)
    want = first.getImageF("LINEAR").array + 10
    np.testing.assert_array_equal(backgrounds.getImage().array, want)
    alone = backgrounds.clone()[:1].getImage().array
    np.testing.assert_array_equal(alone, first.getImageF("LINEAR").array)
    with pytest.raises(TypeError, match="7-tuple"):
        backgrounds.append((first, 1))
