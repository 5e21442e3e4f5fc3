# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of quantiles over the good pixels of an image."""

import unittest
import unittest.mock

import lsst.utils.tests
import numpy as np
from lsst.pixels import PixelQuantity, _quantiles, good_quantiles, threads


class GoodQuantilesTestCase(lsst.utils.tests.TestCase):
    """Compare with ``numpy.percentile`` on a copy of the good pixels."""

    fractions = (0.0, 0.1, 0.25, 0.5, 0.75, 1.0)

    def setUp(self):
        self.rng = np.random.default_rng(11)

    def check(self, values, mask, variances, bits=5, fractions=fractions, background=None):
        flat, fill = values, None
        if background is not None:
            flat = values - background

            def fill(rows, out):
                out[:] = background[rows]

        good = ((mask & bits) == 0) & np.isfinite(flat) & np.isfinite(variances) & (variances > 0)
        chosen, variance = flat[good], variances[good]
        wanted = {
            PixelQuantity.VALUE: chosen,
            PixelQuantity.VARIANCE: variance,
            PixelQuantity.SIGNIFICANCE: chosen / np.sqrt(variance),
        }
        for quantity, pixels in wanted.items():
            count, found = good_quantiles(values, mask, variances, bits, quantity, fractions, fill)
            self.assertEqual(count, pixels.size)
            expected = np.quantile(pixels.astype(np.float32).astype(float), fractions)
            # Ratios may be rounded differently in the last bit.
            np.testing.assert_allclose(found, expected, rtol=3e-7, atol=1e-12)
            if quantity != PixelQuantity.SIGNIFICANCE:
                np.testing.assert_array_max_ulp(np.array(found), expected, 4)

    def makePlanes(self, shape, kind=np.float32):
        values = self.rng.normal(0, 3, shape).astype(kind)
        variances = self.rng.uniform(0.5, 2, shape).astype(kind)
        mask = self.rng.choice([0, 1, 2, 4, 6], shape).astype(np.int32)
        return values, mask, variances

    def testNoise(self):
        for shape in ((40, 30), (1, 7), (7, 1), (31, 33)):
            self.check(*self.makePlanes(shape))

    def testDouble(self):
        self.check(*self.makePlanes((20, 30), np.float64))

    def testNotFinite(self):
        values, mask, variances = self.makePlanes((50, 40))
        values[:5] = np.nan
        values[5:8] = -np.inf
        values[8:9] = np.inf
        variances[:, :3] = 0
        variances[:, 3:6] = -1
        variances[:, 6:8] = np.nan
        variances[:, 8:10] = np.inf
        self.check(values, mask, variances)

    def testTies(self):
        values, mask, variances = self.makePlanes((30, 30))
        values[:] = np.round(values)
        variances[:] = 1
        self.check(values, mask, variances)

    def testSigns(self):
        """Values around zero, with both zeros, and all of one sign."""
        values, mask, variances = self.makePlanes((30, 30))
        values[::2] *= np.float32(1e-38)
        values[::3] = 0.0
        values[1::3] = -0.0
        self.check(values, mask, variances)
        self.check(-np.abs(values) - 1, mask, variances)

    def testFew(self):
        values, mask, variances = self.makePlanes((4, 4))
        mask[:] = 1
        for number in range(4):
            mask.flat[:number] = 0
            if number:
                self.check(values, mask, variances)
        mask[:] = 1
        count, found = good_quantiles(values, mask, variances, 1, PixelQuantity.VALUE, (0.5, 0.7))
        self.assertEqual(count, 0)
        self.assertEqual(len(found), 2)
        self.assertTrue(np.isnan(found).all())

    def testThreads(self):
        planes = self.makePlanes((101, 67))
        args = (*planes, 4, PixelQuantity.SIGNIFICANCE, self.fractions)
        alone = good_quantiles(*args)
        with threads(3):
            self.assertEqual(good_quantiles(*args), alone)

    def makeLargePlanes(self):
        """Planes that are large enough to sample them first."""
        values, mask, variances = self.makePlanes((900, 701))
        background = np.linspace(-40, 60, values.size, dtype=np.float32).reshape(values.shape)
        values += background
        values[100:103] = np.nan
        values[::7, ::5] += 200
        variances[:, :3] = 0
        return values, mask, variances, background

    def countPasses(self):
        """Count the calls of the selection in two passes."""
        return unittest.mock.patch.object(_quantiles, "_select_radix", side_effect=_quantiles._select_radix)

    def testLarge(self):
        values, mask, variances, background = self.makeLargePlanes()
        with self.countPasses() as radix:
            self.check(values, mask, variances, fractions=(0.25, 0.5, 0.75), background=background)
            self.check(background - 7, mask, variances, fractions=(0.25,), background=background)
        # The second image has the same value everywhere.
        self.assertEqual(radix.call_count, 1)

    def testLargeThreads(self):
        values, mask, variances, background = self.makeLargePlanes()

        def fill(rows, out):
            out[:] = background[rows]

        args = (values, mask, variances, 4, PixelQuantity.SIGNIFICANCE, (0.25, 0.75), fill)
        alone = good_quantiles(*args)
        with threads(3):
            self.assertEqual(good_quantiles(*args), alone)

    def testMisleadingSample(self):
        """Rows that are sampled are unlike the others."""
        values, mask, variances, background = self.makeLargePlanes()
        sampled = np.zeros(len(values), bool)
        for rows in _quantiles._Pixels(lambda rows: values[rows], values.shape).samples():
            sampled[rows] = True
        self.assertTrue(0 < sampled.sum() < 0.3 * len(values))
        for change in (values[~sampled] + 50, values[~sampled] * 1e-6, np.inf, np.nan):
            values[~sampled] = change
            self.check(values, mask, variances, background=background)
        variances[sampled] = np.float32(1e-30)
        values[sampled] = np.float32(1e35)
        count, found = good_quantiles(values, mask, variances, 5, PixelQuantity.SIGNIFICANCE, (0.5,))
        self.assertGreater(count, 0)
        self.assertEqual(found, [np.inf])

    def testFewInSample(self):
        """Nearly all pixels are bad."""
        values, mask, variances, background = self.makeLargePlanes()
        mask[:, 5:] |= 1
        self.check(values, mask, variances, background=background)

    def testStrided(self):
        values, mask, variances = self.makePlanes((60, 50))
        self.check(values[::2, 5:], mask[::2, 5:], variances[::2, 5:])

    def testShapes(self):
        values, mask, variances = self.makePlanes((6, 5))
        with self.assertRaisesRegex(ValueError, "different shapes"):
            good_quantiles(values, mask[:3], variances, 1, PixelQuantity.VALUE, (0.5,))


if __name__ == "__main__":
    lsst.utils.tests.init()
    unittest.main()
