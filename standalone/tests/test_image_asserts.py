# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Comparisons of images in test cases."""

import lsst.utils.tests
import numpy as np
import pytest
from lsst.afw.image import ImageF, Mask, MaskedImageF


class ImageAssertsTestCase(lsst.utils.tests.TestCase):
    """The assertions that `lsst.afw.image` adds to test cases."""

    def setUp(self):
        self.image = MaskedImageF(4, 3)
        self.image.image.array[:] = np.arange(12).reshape(3, 4)
        self.image.image.array[0, 0] = np.nan
        self.image.variance.array[:] = np.inf
        self.other = self.image.clone()

    def fails(self):
        return pytest.raises(self.failureException)

    def test_equal(self):
        self.assertMaskedImagesEqual(self.image, self.other)
        self.assertImagesEqual(self.image.image, self.other.image.array)
        self.assertMasksEqual(self.image.mask, self.other.mask)
        self.assertMaskedImagesAlmostEqual(
            self.image, (self.other.image, self.other.mask, self.other.variance)
        )

    def test_small_difference(self):
        self.other.image.array[1, 1] += 1e-5
        self.assertImagesAlmostEqual(self.image.image, self.other.image)
        self.assertMaskedImagesAlmostEqual(self.image, self.other)
        with self.fails():
            self.assertImagesEqual(self.image.image, self.other.image)
        with self.fails():
            self.assertMaskedImagesEqual(self.image, self.other)
        self.assertMaskedImagesEqual(self.image, self.other, doImage=False)

    def test_large_difference(self):
        for value in (6.0, np.nan, np.inf):
            self.other.image.array[1, 1] = value
            with pytest.raises(self.failureException, match=r"\(1, 1\)"):
                self.assertImagesAlmostEqual(self.image.image, self.other.image)
        skip = Mask(4, 3)
        skip[1, 1] = 1
        self.assertImagesAlmostEqual(self.image.image, self.other.image, skipMask=skip)
        self.assertMaskedImagesEqual(self.image, self.other, skipMask=skip.array)

    def test_planes(self):
        self.other.mask[2, 2] = 1
        with self.fails():
            self.assertMasksEqual(self.image.mask, self.other.mask)
        with self.fails():
            self.assertMaskedImagesAlmostEqual(self.image, self.other)
        self.assertMaskedImagesAlmostEqual(self.image, self.other, doMask=False)
        self.other.variance[2, 2] = 1.0
        with self.fails():
            self.assertMaskedImagesAlmostEqual(self.image, self.other, doMask=False)

    def test_shapes(self):
        with self.fails():
            self.assertImagesEqual(self.image.image, ImageF(3, 4))
