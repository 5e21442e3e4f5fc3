# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""The model of a template's variance, checked against the task it replaces."""

import unittest

import lsst.utils.tests
import numpy as np
from lsst.afw.image import ExposureF, Mask
from lsst.geom import Box2I, Extent2I, Point2I
from lsst.ip.diffim._varianceModel import model_variance
from lsst.ip.diffim.getTemplate import GetTemplateTask
from lsst.meas.algorithms import SubtractBackgroundTask
from lsst.pixels import BinnedModel, ImageModel


class OtherTask(SubtractBackgroundTask):
    """Task of a class of its own, which is therefore run."""


def makeTemplate(width=230, height=170):
    """Template with noisy variance, and masked pixels."""
    rng = np.random.default_rng(1)
    template = ExposureF(Box2I(Point2I(7, -9), Extent2I(width, height)))
    variance, mask = template.variance.array, template.mask.array
    variance[:] = rng.uniform(1, 2, variance.shape)
    variance[:, width // 2 :] *= 3
    mask[rng.random(mask.shape) < 0.1] = Mask.getPlaneBitMask("BAD")
    mask[:50, :60] = Mask.getPlaneBitMask("NO_DATA")
    return template


class VarianceModelTestCase(lsst.utils.tests.TestCase):
    """Tests of `model_variance`."""

    def setUp(self):
        self.config = GetTemplateTask.ConfigClass().varianceBackground.value
        self.template = makeTemplate()

    def check(self, kind, template=None):
        """Compare with a run of the task."""
        template = template or self.template
        before = template.clone()
        model = model_variance(SubtractBackgroundTask(config=self.config), template)
        expected = model_variance(OtherTask(config=self.config), template)
        self.assertIsInstance(model, kind)
        self.assertIsInstance(expected, ImageModel)
        self.assertMaskedImagesEqual(template.maskedImage, before.maskedImage)
        self.assertAlmostEqual(model.median(), expected.median(), delta=1e-6 * expected.median())
        thresholds = np.linspace(1, 6, 26) + 0.0123
        for threshold in thresholds:
            flags, expected_flags = (np.zeros(template.mask.array.shape, np.int32) for _ in range(2))
            number = model.flag_above(threshold, flags, 1)
            expected.flag_above(threshold, expected_flags, 1)
            self.assertEqual(number, flags.sum())
            # A value may be rounded to the other side of the threshold.
            self.assertLess(np.sum(flags != expected_flags), 4)

    def testDefault(self):
        self.check(BinnedModel)

    def testSizesOfBins(self):
        self.config.binSizeX, self.config.binSizeY = 20, 45
        self.check(BinnedModel)

    def testFilter(self):
        self.config.superPixelFilterSize = 5
        self.check(BinnedModel)
        self.config.doFilterSuperPixels = False
        self.template.mask.array[:] = 0
        self.check(BinnedModel)

    def testOtherPlanes(self):
        self.config.ignoredPixelMask = ["NO_DATA"]
        self.check(BinnedModel)

    def testNanSafe(self):
        self.config.isNanSafe = True
        self.template.variance.array[::7, ::5] = np.nan
        self.template.variance.array[3::7, ::5] = np.inf
        self.check(BinnedModel)

    def testOtherConfigurations(self):
        self.config.statisticsProperty = "MEANCLIP"
        self.check(ImageModel)
        self.config.algorithm = "AKIMA_SPLINE"
        self.check(ImageModel)

    def testBinsWithoutValue(self):
        self.config.doFilterSuperPixels = False
        self.template.mask.array[:] = 0
        self.template.mask.array[:40, :40] = Mask.getPlaneBitMask("NO_DATA")
        self.check(ImageModel)

    def testOneRowOfBins(self):
        self.check(ImageModel, makeTemplate(200, 30))


if __name__ == "__main__":
    unittest.main()
