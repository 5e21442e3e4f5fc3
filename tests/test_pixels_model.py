# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Models of planes, checked against numpy's medians and interpolation."""

import unittest

import hypothesis
import hypothesis.strategies as st
import lsst.utils.tests
import numpy as np
from lsst.pixels import BinnedModel, ImageModel, nanmedian, threads

IGNORED = 4


def makePlane(seed, shape):
    """Positive noise with a few pixels of mask, or without a value."""
    rng = np.random.default_rng(seed)
    values = rng.chisquare(5, shape).astype(np.float32)
    mask = np.where(rng.random(shape) < 0.1, IGNORED, 3).astype(np.int32)
    values[rng.random(shape) < 0.02] = np.nan
    values[rng.random(shape) < 0.02] = np.inf
    return values, mask


def edges(length, number):
    """Limits of the bins of an axis."""
    return [((i * length) + number // 2) // number for i in range(number + 1)]


def measureSlowly(values, mask, binShape, finiteOnly):
    """Medians of bins and positions of their centers."""
    rows, columns = (edges(n, -(-n // size)) for n, size in zip(values.shape, binShape, strict=True))
    usable = (mask & IGNORED == 0) & (np.isfinite(values) if finiteOnly else ~np.isnan(values))
    grid = np.full((len(rows) - 1, len(columns) - 1), np.nan, np.float32)
    for j in range(len(rows) - 1):
        for i in range(len(columns) - 1):
            box = slice(rows[j], rows[j + 1]), slice(columns[i], columns[i + 1])
            if usable[box].any():
                grid[j, i] = np.median(values[box][usable[box]].astype(float))
    return grid, *((0.5 * (np.array(e[:-1]) + np.array(e[1:]) - 1)) for e in (rows, columns))


def extrapolate(at, centers, values):
    """Linear interpolation that goes on beyond the ends."""
    i = np.clip(np.searchsorted(centers, at, side="right") - 1, 0, len(centers) - 2)
    step = (values[i + 1] - values[i]) / (centers[i + 1] - centers[i])[:, np.newaxis]
    return values[i] + (at - centers[i])[:, np.newaxis] * step


def evaluate(model):
    """All pixels of a model."""
    out = np.empty(model.shape, np.float32)
    model.evaluate(slice(0, model.shape[0]), out)
    return out


class BinnedModelTestCase(lsst.utils.tests.TestCase):
    """Tests of `BinnedModel`."""

    @hypothesis.settings(deadline=None, max_examples=30)
    @hypothesis.given(
        st.integers(0, 99),
        st.tuples(st.integers(10, 70), st.integers(10, 70)),
        st.tuples(st.integers(1, 9), st.integers(2, 9)),
        st.booleans(),
    )
    def testMeasureAndEvaluate(self, seed, shape, binShape, finiteOnly):
        values, mask = makePlane(seed, shape)
        grid, y, x = measureSlowly(values, mask, binShape, finiteOnly)
        model = BinnedModel.measure(values, mask, IGNORED, binShape, finite_only=finiteOnly)
        if np.isnan(grid).any():
            self.assertIsNone(model)
            return
        np.testing.assert_array_equal(model.grid, grid)
        if not np.isfinite(grid).all():
            return
        columns = extrapolate(np.arange(shape[0]), y, grid.astype(float))
        expected = extrapolate(np.arange(shape[1]), x, columns.T).T
        np.testing.assert_allclose(evaluate(model), expected, rtol=1e-6, atol=1e-6)

    def testFilter(self):
        ndimage = self._importOrSkip("scipy.ndimage")
        values, mask = makePlane(1, (90, 80))
        values[~np.isfinite(values)] = 1.0
        mask[:20, :20] = IGNORED
        grid, _, _ = measureSlowly(values, mask, (10, 9), False)
        self.assertTrue(np.isnan(grid).any())
        grid[np.isnan(grid)] = np.nanmedian(grid)
        for size in (1, 2, 3, 5):
            model = BinnedModel.measure(values, mask, IGNORED, (10, 9), filter_size=size)
            np.testing.assert_array_equal(model.grid, ndimage.median_filter(grid, size=size, mode="reflect"))

    def _importOrSkip(self, name):
        import importlib

        try:
            return importlib.import_module(name)
        except ModuleNotFoundError:
            self.skipTest(f"{name} is not installed.")

    def testMedianAndFlags(self):
        values, mask = makePlane(2, (150, 130))
        model = BinnedModel.measure(values, mask, IGNORED, (20, 20))
        image = evaluate(model)
        whole = ImageModel(image)
        for number in (1, 3):
            with threads(number):
                self.assertEqual(model.median(), nanmedian(image))
                threshold = 1.02 * model.median()
                for one in (model, whole):
                    self.assertEqual(one.median(), nanmedian(image))
                    flagged = mask.copy()
                    self.assertEqual(one.flag_above(threshold, flagged, 64), np.sum(image > threshold))
                    np.testing.assert_array_equal(flagged, np.where(image > threshold, mask | 64, mask))

    def testNoModel(self):
        values, mask = makePlane(3, (30, 40))
        self.assertIsNone(BinnedModel.measure(values, mask, IGNORED, (30, 8)))
        self.assertIsNone(BinnedModel.measure(values, mask, IGNORED, (8, 40)))
        self.assertIsNone(BinnedModel.measure(values, mask | IGNORED, IGNORED, (8, 8), filter_size=3))

    def testBadArguments(self):
        values, mask = makePlane(4, (30, 40))
        with self.assertRaisesRegex(ValueError, r"\(30, 39\)"):
            BinnedModel.measure(values, mask[:, 1:], IGNORED, (8, 8))
        with self.assertRaisesRegex(ValueError, r"\(0, 8\)"):
            BinnedModel.measure(values, mask, IGNORED, (0, 8))
        with self.assertRaisesRegex(ValueError, "NaN"):
            BinnedModel(np.full((3, 3), np.nan, np.float32), (30, 40))
        with self.assertRaisesRegex(ValueError, r"\(30, 39\)"):
            BinnedModel.measure(values, mask, IGNORED, (8, 8)).flag_above(1.0, mask[:, 1:], 1)


if __name__ == "__main__":
    unittest.main()
