# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Properties of templates that hold for any sky."""

from __future__ import annotations

import unittest

import lsst.utils.tests
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from lsst.geom import Box2I, Extent2I, Point2D, Point2I
from template_testing import (
    RecordingHandle,
    TemplateTestCase,
    TwoTractScene,
    lanczos3,
    makeCoadd,
    makeDataId,
    makeSkyMap,
    makeTask,
    makeWcs,
    planes,
    wave,
)

FLUX = 1e4
ANGLES = st.floats(0, 360)
SEEDS = st.integers(0, 2**32 - 1)
# Patches reach from -30 to 230 pixels at most.
SKY = np.random.default_rng(3).normal(20, 5, (400, 400))


def noise(x, y):
    """Image of noise that is the same in all patches."""
    return SKY[y + 100, x + 100]


def star(x0, y0, sigma):
    """Image of a round Gaussian star (flux `FLUX`)."""

    def image(x, y):
        r2 = (x - x0) ** 2 + (y - y0) ** 2
        return FLUX / (2 * np.pi * sigma**2) * np.exp(-0.5 * r2 / sigma**2)

    return image


def windows(array, size):
    """Views of all squares of an array, by their first pixels."""
    return np.lib.stride_tricks.sliding_window_view(array, (size, size))


def inTract(x, y, angle, **kwargs):
    """Make a scene of a detector within the first tract."""
    wcs = makeWcs(center=makeSkyMap()[0].getWcs().pixelToSky(x, y), angle=angle)
    scene = TwoTractScene(wcs=wcs, **kwargs)
    scene.bbox = Box2I(Point2I(35, 25), Extent2I(60, 50))
    return scene


class LinearityTestCase(TemplateTestCase):
    """Templates are weighted sums of the pixels of coadds."""

    @settings(max_examples=15, deadline=None)
    @given(st.floats(-1e4, 1e4), st.floats(0.01, 100), st.floats(80, 120), st.floats(80, 120), ANGLES)
    def testConstant(self, value, variance, x, y, angle):
        scene = inTract(x, y, angle, image=[value, value], variance=[variance, variance])
        template = scene.run(makeTask(templateBorderSize=0))
        self.assertFloatsAlmostEqual(template.image.array, np.float32(value), rtol=1e-5)
        self.assertFalse(template.mask.array.any())
        squares = [
            (lanczos3(positions % 1) ** 2).sum(axis=-1)
            for positions in scene.tractPositions(0, template.getBBox())
        ]
        self.assertFloatsAlmostEqual(template.variance.array, variance * squares[0] * squares[1], rtol=2e-3)

    @settings(max_examples=10, deadline=None)
    @given(st.floats(-5, 5), st.floats(-5, 5), ANGLES)
    def testSums(self, a, b, angle):
        def both(x, y):
            return a * wave(x, y) + b * noise(x, y)

        first, second, total = (
            TwoTractScene(image=[image, image], wcs=makeWcs(angle=angle)).run()
            for image in (wave, noise, both)
        )
        self.assertFloatsAlmostEqual(
            total.image.array, a * first.image.array + b * second.image.array, atol=2e-3
        )
        self.assertFloatsEqual(total.mask.array, first.mask.array)
        self.assertFloatsEqual(total.variance.array, first.variance.array)


class ShiftTestCase(TemplateTestCase):
    """Shifts by whole pixels shift templates, and do nothing else."""

    task = makeTask(warp__interpLength=0)

    @settings(max_examples=10, deadline=None)
    @given(st.integers(-40, 40), st.integers(-30, 30), ANGLES)
    def testDetector(self, dx, dy, angle):
        here = TwoTractScene(image=[noise, noise], wcs=makeWcs(angle=angle)).run(self.task)
        pixel = Point2D(64.5 + dx, 49.5 + dy)
        there = TwoTractScene(image=[noise, noise], wcs=makeWcs(pixel=pixel, angle=angle)).run(self.task)
        common = Box2I(here.getBBox())
        common.shift(Extent2I(dx, dy))
        common.clip(there.getBBox())
        there = there[common]
        common.shift(Extent2I(-dx, -dy))
        here = here[common]
        self.assertFloatsAlmostEqual(there.image.array, here.image.array, atol=2e-3)
        self.assertFloatsAlmostEqual(there.variance.array, here.variance.array, rtol=1e-3)
        self.assertFloatsEqual(there.mask.array, here.mask.array)

    @settings(max_examples=10, deadline=None)
    @given(st.integers(-15, 15), st.integers(-15, 15), st.floats(0, 1), st.floats(0, 1))
    def testSky(self, dx, dy, x, y):
        """The tangent point stays, lest the pixels be turned, too."""
        origin = makeSkyMap()[0].getWcs().getSkyOrigin()

        def moved(x, y):
            return noise(x - dx, y - dy)

        def template(pixel, image):
            scene = TwoTractScene(image=[image, image], wcs=makeWcs(center=origin, pixel=pixel, angle=0))
            scene.bbox = Box2I(Point2I(35, 25), Extent2I(60, 50))
            return scene.run(self.task)

        here = template(Point2D(65 + x, 50 + y), noise)
        there = template(Point2D(65 + x - dx, 50 + y - dy), moved)
        self.assertFloatsAlmostEqual(there.image.array, here.image.array, atol=2e-3)


class OrderTestCase(TemplateTestCase):
    """The order of coadds does not matter, nor do those without data."""

    def setUp(self):
        rng = np.random.default_rng(8)
        self.scene = TwoTractScene(image=[noise, noise], variance=[4.0, lambda x, y: 9 + 0.01 * x])
        for coadd in self.scene.coadds():
            shape = coadd.image.array.shape
            coadd.variance.array[:] *= rng.uniform(0.5, 2, shape)
            coadd.mask.array[rng.random(shape) < 0.02] = coadd.mask.getPlaneBitMask("CR")
            coadd.image.array[rng.random(shape) < 0.005] = np.nan
        self.handles = self.scene.handles
        self.expected = self.scene.run()

    @settings(max_examples=15, deadline=None)
    @given(st.permutations(range(8)))
    def testOrder(self, order):
        self.scene.handles = [self.handles[i] for i in order]
        self.assertSameTemplate(self.scene.run(), self.expected, rtol=1e-5)

    @settings(max_examples=15, deadline=None)
    @given(
        st.integers(0, 1),
        st.integers(0, 3),
        st.integers(0, 8),
        st.sampled_from([(np.nan, 4), (np.nan, np.nan), (99, np.nan), (99, np.inf), (99, 0), (99, -3)]),
    )
    def testUselessPatch(self, tract, patch, position, values):
        coadd = makeCoadd(self.scene.skymap, tract, patch, *values)
        coadd.mask.array[:] = coadd.mask.getPlaneBitMask(["NO_DATA", "SAT", "BAD"])
        useless = RecordingHandle(coadd, makeDataId(tract, patch))
        self.scene.handles = [*self.handles[:position], useless, *self.handles[position:]]
        self.assertSameTemplate(self.scene.run(), self.expected, rtol=1e-6)


class BadPixelsTestCase(TemplateTestCase):
    """Pixels of coadds that are not good do not get into templates."""

    @settings(max_examples=15, deadline=None)
    @given(SEEDS, st.floats(0, 0.03), ANGLES)
    def testFinite(self, seed, fraction, angle):
        rng = np.random.default_rng(seed)
        scene = TwoTractScene(image=[noise, noise], wcs=makeWcs(angle=angle))
        for coadd in scene.coadds():
            for plane, values in (
                (coadd.image.array, [np.nan, np.inf, -np.inf, 3e38, -3e38]),
                (coadd.variance.array, [np.nan, np.inf, -np.inf, 0, -1, 1e-12, 3e38]),
            ):
                chosen = rng.random(plane.shape) < fraction
                plane[chosen] = rng.choice(values, np.count_nonzero(chosen))
        before = [planes(coadd) for coadd in scene.coadds()]
        template = scene.run()
        self.assertFinite(template)
        empty = template.variance.array == 0
        self.assertGreaterEqual(template.variance.array.min(), 0)
        self.assertFalse(template.image.array[empty].any())
        self.assertTrue(self.noData(template)[empty].all())
        for copies, coadd in zip(before, scene.coadds(), strict=True):
            for copy, now in zip(copies, planes(coadd), strict=True):
                np.testing.assert_array_equal(copy, now)

    @settings(max_examples=15, deadline=None)
    @given(SEEDS, ANGLES, st.floats(0, 60), st.floats(0, 60))
    def testNoData(self, seed, angle, x, y):
        """Where the template has data follows from which pixels are good.

        Part of the detector is beyond the tract, which begins at 0.
        """
        rng = np.random.default_rng(seed)
        scene = inTract(x, y, angle, image=[noise, noise])
        scene.handles = scene.handles[:4]
        good = np.zeros((300, 300), bool)
        for coadd in scene.coadds():
            shape = coadd.image.array.shape
            coadd.image.array[rng.random(shape) < 0.005] = np.nan
            coadd.variance.array[rng.random(shape) < 0.005] = rng.choice([np.nan, np.inf, 0, -1])
            row, column = rng.integers(0, 60, 2)
            coadd.variance.array[row : row + 15, column : column + 20] = np.inf
            here = good[coadd.getY0() : coadd.getBBox().getEndY(), coadd.getX0() : coadd.getBBox().getEndX()]
            variance = coadd.variance.array
            here |= np.isfinite(coadd.image.array) & np.isfinite(variance) & (variance > 0)
        # Also those patches that only the border or the kernel reaches.
        template = scene.run(
            makeTask(warp__interpLength=0),
            coaddExposureHandles={0: scene.handles},
            dataIds={0: [handle.dataId for handle in scene.handles]},
        )
        x, y = scene.tractPositions(0, template.getBBox())
        column, row = np.floor(x).astype(int), np.floor(y).astype(int)
        # The kernel of images takes 6 by 6 pixels, that of masks 2 by 2.
        reached = (row >= 2) & (column >= 2)
        some, all4 = np.zeros((2, *x.shape), bool)
        some[reached] = windows(good, 6).any(axis=(2, 3))[row[reached] - 2, column[reached] - 2]
        all4[reached] = windows(good, 2).all(axis=(2, 3))[row[reached], column[reached]]
        # On a pixel, rounding decides which are taken.
        between = (np.abs(x - x.round()) > 1e-4) & (np.abs(y - y.round()) > 1e-4)
        self.assertGreater(np.count_nonzero(between), 0.9 * x.size)
        self.assertTrue(all4[between].any() and not all4[between].all())
        for plane in (template.image.array, template.variance.array):
            np.testing.assert_array_equal((plane != 0)[between], some[between])
        np.testing.assert_array_equal(self.noData(template)[between], ~all4[between])


class TilesTestCase(TemplateTestCase):
    """A template in parts is the template in one piece."""

    @settings(max_examples=10, deadline=None)
    @given(st.integers(20, 110), st.integers(20, 80), ANGLES)
    def testTiles(self, column, row, angle):
        scene = TwoTractScene(image=[wave, wave], wcs=makeWcs(angle=angle))
        task = makeTask(templateBorderSize=0)
        whole = scene.run(task)
        corner = whole.getXY0()
        size = whole.getDimensions()
        for x0, x1 in ((0, column), (column, size.x)):
            for y0, y1 in ((0, row), (row, size.y)):
                scene.bbox = Box2I(corner + Extent2I(x0, y0), Extent2I(x1 - x0, y1 - y0))
                tile = scene.run(task)
                part = whole[tile.getBBox()]
                # The positions are interpolated between other nodes.
                self.assertFloatsAlmostEqual(tile.image.array, part.image.array, atol=2e-3)
                self.assertFloatsAlmostEqual(tile.variance.array, part.variance.array, rtol=2e-3)
                noData = tile.mask.getPlaneBitMask("NO_DATA")
                self.assertFloatsEqual(tile.mask.array & noData, part.mask.array & noData)


def setup_module(module: object) -> None:
    """Prepare the memory test."""
    lsst.utils.tests.init()


class MemoryTester(lsst.utils.tests.MemoryTestCase):
    """Check for leaks of file descriptors."""


if __name__ == "__main__":
    lsst.utils.tests.init()
    unittest.main()
