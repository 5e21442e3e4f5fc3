# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Weighted mosaics, and what is computed from whole planes."""

import itertools
import unittest

import hypothesis
import hypothesis.extra.numpy as npst
import hypothesis.strategies as st
import lsst.utils.tests
import numpy as np
from lsst.pixels import Mosaic, PixelPlanes, centroid_clear, count_clear, flag_above, nanmedian

NO_DATA = 256


def mosaic(parts, shape):
    """Mosaic of (planes, x, y), and the number of pixels covered."""
    out = PixelPlanes.empty(shape)
    total = Mosaic(out)
    for planes, x, y in parts:
        total.add(planes, x, y)
    return out, total.finish(NO_DATA)


def constant(shape, image, mask, variance):
    """Planes of one value each."""
    return PixelPlanes(
        np.full(shape, image, np.float32),
        np.full(shape, mask, np.int32),
        np.full(shape, variance, np.float32),
    )


class MosaicTestCase(lsst.utils.tests.TestCase):
    """Tests of `Mosaic`."""

    def testRule(self):
        parts = [(constant((4, 4), 10, 1, 4), 0, 0), (constant((4, 4), 20, 2, 16), 2, 1)]
        out, covered = mosaic(parts, (6, 7))
        weights = np.array([1 / 2, 1 / 4])
        self.assertFloatsAlmostEqual(
            float(out.image[2, 3]), np.dot(weights, [10, 20]) / weights.sum(), rtol=1e-6
        )
        self.assertFloatsAlmostEqual(
            float(out.variance[2, 3]), np.dot(weights, [4, 16]) / weights.sum(), rtol=1e-6
        )
        self.assertEqual(out.mask[2, 3], 3)
        self.assertEqual((out.image[0, 0], out.mask[0, 0], out.variance[0, 0]), (10, 1, 4))
        self.assertEqual((out.image[0, 5], out.mask[0, 5], out.variance[0, 5]), (0, NO_DATA, 0))
        self.assertEqual(covered, 16 + 16 - 6)

    def testPixelsThatAreNotGood(self):
        bad = constant((1, 6), 7, 5, 1)
        bad.image[0, 0], bad.image[0, 1] = np.nan, np.inf
        bad.variance[0, 2:] = (0, -1, np.nan, np.inf)
        out, covered = mosaic([(bad, 0, 0)], (1, 6))
        self.assertEqual(covered, 0)
        self.assertTrue((out.image == 0).all() and (out.variance == 0).all() and (out.mask == NO_DATA).all())
        alone, _ = mosaic([(constant((1, 6), 3, 1, 2), 0, 0)], (1, 6))
        both, _ = mosaic([(constant((1, 6), 3, 1, 2), 0, 0), (bad, 0, 0)], (1, 6))
        for plane in ("image", "mask", "variance"):
            np.testing.assert_array_equal(getattr(both, plane), getattr(alone, plane))

    def testSumsThatOverflow(self):
        for image, variance in ((3e38, 1), (-1e30, 1e-20), (1, 3e38)):
            out, covered = mosaic([(constant((1, 2), image, 1, variance), x, 0) for x in (0, 0, 1)], (1, 3))
            self.assertTrue(np.isfinite(out.image).all() and np.isfinite(out.variance).all())
            noData = out.mask[0] == NO_DATA
            self.assertEqual(covered, 3 - noData.sum())
            self.assertTrue((out.image[0, noData] == 0).all() and (out.variance[0, noData] == 0).all())
        self.assertTrue(mosaic([(constant((1, 1), 3e38, 1, 1), 0, 0)] * 2, (1, 1))[1] == 0)

    def testInputsStay(self):
        planes = constant((3, 3), 1, 1, 1)
        copies = [plane.copy() for plane in (planes.image, planes.mask, planes.variance)]
        mosaic([(planes, 0, 0), (planes, 1, 1)], (4, 4))
        for plane, copy in zip((planes.image, planes.mask, planes.variance), copies, strict=True):
            np.testing.assert_array_equal(plane, copy)

    def testPartsBeyond(self):
        for x, y, count in ((-3, 0, 5), (4, 4, 1), (-9, 0, 0), (0, 50, 0)):
            self.assertEqual(mosaic([(constant((5, 4), 1, 0, 1), x, y)], (5, 5))[1], count)

    @hypothesis.given(
        st.lists(
            st.tuples(
                st.integers(-4, 8),
                st.integers(-4, 8),
                st.floats(0.1, 50),
                st.integers(0, 1000),
                st.booleans(),
            ),
            min_size=1,
            max_size=4,
        )
    )
    @hypothesis.settings(deadline=None, max_examples=25)
    def testOrderDoesNotMatter(self, specs):
        rng = np.random.default_rng(4)
        parts = []
        for x, y, variance, bits, holes in specs:
            planes = constant((6, 6), 0, bits, variance)
            planes.image[...] = rng.normal(0, 1, (6, 6))
            if holes:
                planes.variance[rng.random((6, 6)) < 0.5] = np.inf
            parts.append((planes, x, y))
        first, covered = mosaic(parts, (9, 9))
        for order in itertools.permutations(parts):
            other, again = mosaic(order, (9, 9))
            self.assertEqual(covered, again)
            np.testing.assert_array_equal(other.mask, first.mask)
            np.testing.assert_allclose(other.image, first.image, rtol=1e-5, atol=1e-5)
            np.testing.assert_allclose(other.variance, first.variance, rtol=1e-5)


class WholePlaneTestCase(lsst.utils.tests.TestCase):
    """Tests of medians, counts and flags."""

    @hypothesis.given(
        npst.arrays(
            np.float32, npst.array_shapes(min_dims=1, max_dims=2, max_side=30), elements=st.floats(width=32)
        )
    )
    @hypothesis.settings(deadline=None)
    def testMedian(self, values):
        usable = np.sort(values[~np.isnan(values)].astype(np.float64))
        median = nanmedian(values)
        if not len(usable):
            self.assertTrue(np.isnan(median))
            return
        lower, upper = usable[(len(usable) - 1) // 2], usable[len(usable) // 2]
        np.testing.assert_array_equal(median, 0.5 * (lower + upper))

    def testMedianOfOtherTypes(self):
        with self.assertRaisesRegex(TypeError, "float64"):
            nanmedian(np.zeros(3))

    @hypothesis.given(
        npst.arrays(np.int32, npst.array_shapes(min_dims=2, max_dims=2), elements=st.integers(0, 7)),
        st.integers(0, 7),
    )
    @hypothesis.settings(deadline=None)
    def testClearPixels(self, mask, bits):
        y, x = np.nonzero((mask & bits) == 0)
        self.assertEqual(count_clear(mask, bits), len(x))
        expected = (x.mean(), y.mean()) if len(x) else (np.nan, np.nan)
        np.testing.assert_allclose(centroid_clear(mask, bits), expected)

    @hypothesis.given(
        npst.arrays(np.float32, (4, 5), elements=st.floats(-10, 10, width=32) | st.just(np.nan)),
        st.floats(-10, 10),
    )
    @hypothesis.settings(deadline=None)
    def testFlag(self, values, threshold):
        mask = np.full((4, 5), 2, np.int32)
        flagged = flag_above(values, threshold, mask, 8)
        above = values.astype(np.float64) > threshold
        self.assertEqual(flagged, above.sum())
        np.testing.assert_array_equal(mask, np.where(above, 10, 2))

    def testShapesMustFit(self):
        with self.assertRaisesRegex(ValueError, "shape"):
            flag_above(np.zeros((2, 3), np.float32), 0, np.zeros((3, 2), np.int32), 1)
        with self.assertRaisesRegex(ValueError, "one shape"):
            PixelPlanes(np.zeros((2, 3)), np.zeros((2, 3)), np.zeros((2, 2)))


class MemoryTestCase(lsst.utils.tests.MemoryTestCase):
    """Test for leaks."""


def setup_module(module):
    lsst.utils.tests.init()


if __name__ == "__main__":
    lsst.utils.tests.init()
    unittest.main()
