# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pixels of the templates that the task builds."""

from __future__ import annotations

import pathlib
import tempfile
import unittest
from unittest import mock

import lsst.utils.tests
import numpy as np
from lsst.afw.geom import makeCdMatrix, makeSkyWcs
from lsst.afw.image import ExposureF, Mask, MaskedImageF
from lsst.geom import Box2I, Extent2I, Point2D, Point2I, SpherePoint, degrees
from lsst.ip.diffim._tractResampler import TractRows
from lsst.pixels import threads
from template_testing import (
    PIXEL_SCALE,
    TemplateTestCase,
    TwoTractScene,
    centerOfTract,
    makeSkyMap,
    makeTask,
    makeWcs,
    onPixels,
    wave,
)


def onSky(wcs, bbox):
    """Unit vectors, shape (3, height, width), of the pixels of a box."""
    y, x = np.mgrid[bbox.getMinY() : bbox.getMaxY() + 1, bbox.getMinX() : bbox.getMaxX() + 1]
    ra, dec = wcs.pixelToSkyArray(x.ravel().astype(float), y.ravel().astype(float))
    vectors = np.array([np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)])
    return vectors.reshape(3, *x.shape)


def fileContent(exposure):
    """Return what the file of an exposure, with all components, holds."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "exposure.fits")
        exposure.writeFits(str(path))
        return path.read_bytes()


class PixelsTestCase(TemplateTestCase):
    """What the pixels are, by independent computation."""

    def testConstantAcrossTracts(self):
        template = TwoTractScene().run()
        self.assertFloatsAlmostEqual(template.image.array, np.float32(10), rtol=1e-5)
        self.assertFalse(template.mask.array.any())
        self.assertTrue((template.variance.array > 0.5).all() and (template.variance.array <= 4).all())

    def testIntegerShift(self):
        """Pixels on those of the coadds are those of the coadds."""
        skymap = makeSkyMap()
        scene = TwoTractScene(image=[wave, 0.0], wcs=onPixels(skymap, 0))
        template = scene.run()
        x, y = scene.tractPositions(0, template.getBBox())
        self.assertFloatsAlmostEqual(template.image.array, wave(x.round(), y.round()), rtol=1e-4)
        self.assertFloatsAlmostEqual(template.variance.array, np.float32(4), rtol=1e-4)

    def testPixelScale(self):
        """A pixel twice as wide has four times the flux."""
        scene = TwoTractScene(wcs=makeWcs(center=centerOfTract(makeSkyMap(), 0), scale=2, angle=0))
        scene.bbox = Box2I(Point2I(40, 25), Extent2I(50, 50))
        template = scene.run()
        self.assertFloatsAlmostEqual(template.image.array, np.float32(40), rtol=1e-5)
        self.assertFloatsAlmostEqual(np.median(template.getBBox().getDimensions()), 90)

    def testSkyPositions(self):
        """The sky keeps its place near RA 0 and the poles, mirrored or not."""
        for ra, dec in ((0, 0), (0, 90), (30, -89.995)):
            center = SpherePoint(ra, dec, degrees)
            # A plane on the sky, which rises by about 0.3 each pixel.
            slope = np.array([0.2, -0.15, 0.3]) / PIXEL_SCALE.asRadians()

            def plane(wcs, bbox, slope=slope, center=center):
                return 500 + np.tensordot(slope, onSky(wcs, bbox), 1) - slope @ center.getVector()

            for flip in (False, True):
                with mock.patch("template_testing.CENTER", center):
                    cdMatrix = makeCdMatrix(PIXEL_SCALE, 20 * degrees, flipX=flip)
                    scene = TwoTractScene(wcs=makeSkyWcs(Point2D(64.5, 49.5), center, cdMatrix))
                scene.bbox = Box2I(Point2I(25, 20), Extent2I(80, 60))
                for coadd in scene.coadds():
                    coadd.image.array[:] = plane(coadd.getWcs(), coadd.getBBox())
                template = scene.run()
                expected = plane(scene.wcs, template.getBBox())
                self.assertGreater(np.ptp(expected), 20)
                # Near a pole the tracts are turned and leave gaps.
                good = ~self.noData(template)
                self.assertGreater(good.mean(), 0.7)
                self.assertFloatsAlmostEqual(
                    template.image.array[good].astype(float), expected[good], atol=0.02, rtol=0
                )

    def testKernels(self):
        """Bilinear in the middle of four pixels: V/4."""
        scene = TwoTractScene(wcs=onPixels(makeSkyMap(), 0, 100.5, 100.5))
        template = scene.run(makeTask(warp__warpingKernelName="bilinear"))
        self.assertFloatsAlmostEqual(template.image.array, np.float32(10), rtol=1e-5)
        self.assertFloatsAlmostEqual(template.variance.array, np.float32(1), rtol=1e-3)
        for name in ("lanczos4", "lanczos5"):
            template = scene.run(makeTask(warp__warpingKernelName=name))
            self.assertFloatsAlmostEqual(template.image.array, np.float32(10), rtol=1e-5)
            self.assertFalse(self.noData(template).any())

    def testInterpLength(self):
        scene = TwoTractScene(image=[wave, wave])
        exact = scene.run(makeTask(warp__interpLength=0))
        for length in (10, 100):
            template = scene.run(makeTask(warp__interpLength=length))
            self.assertFloatsAlmostEqual(template.image.array, exact.image.array, atol=2e-3)
            self.assertFloatsAlmostEqual(template.variance.array, exact.variance.array, rtol=1e-2)

    def testMaskKernel(self):
        """A bit spreads as far as the kernel of the mask."""
        counts = {}
        for name in ("bilinear", ""):
            scene = TwoTractScene(wcs=onPixels(makeSkyMap(), 0, 60.5, 60.5))
            coadd = scene.coadd(0, 0)
            bit = coadd.mask.getPlaneBitMask("SAT")
            coadd.mask[Point2I(60, 60)] = bit
            template = scene.run(makeTask(warp__maskWarpingKernelName=name))
            counts[name] = np.count_nonzero(template.mask.array & bit)
            self.assertTrue(template.mask[Point2I(65, 50)] & bit)
        # Of no other patch is the pixel; the footprints are 2 and 6 wide.
        self.assertEqual(counts, {"bilinear": 4, "": 36})

    def testMosaicOfPatches(self):
        """Patches are weighted by variance^-1/2, their mask bits joined."""
        scene = TwoTractScene(wcs=onPixels(makeSkyMap(), 0, 100, 60))
        coadds = [scene.coadd(0, patch) for patch in (0, 1)]
        bits = [coadds[0].mask.getPlaneBitMask(name) for name in ("CR", "SAT")]
        for coadd, image, variance, bit in zip(coadds, (10, 40), (4, 16), bits, strict=True):
            coadd.image.array[:], coadd.variance.array[:], coadd.mask.array[:] = image, variance, bit
        template = scene.run()
        # The weights are 1/2 and 1/4.
        for x, image, variance, mask in (
            (50, 10, 4, bits[0]),
            (100, (2 * 10 + 40) / 3, (2 * 4 + 16) / 3, sum(bits)),
            (150, 40, 16, bits[1]),
        ):
            pixel = Point2I(x - 35, 40)
            self.assertFloatsAlmostEqual(template.image[pixel], image, rtol=1e-4)
            self.assertFloatsAlmostEqual(template.variance[pixel], variance, rtol=1e-4)
            self.assertEqual(template.mask[pixel], mask)

    def testMosaicOfTracts(self):
        """Tracts are weighted by their resampled variances."""
        scene = TwoTractScene(image=[wave, 50.0], variance=[4.0, lambda x, y: 9 + 0.01 * x])
        task = makeTask()
        selected = scene.select(task)
        both, *single = (
            scene.run(
                coaddExposureHandles={tract: selected.coaddExposures[tract] for tract in tracts},
                dataIds={tract: selected.dataIds[tract] for tract in tracts},
            )
            for tracts in ((0, 1), (0,), (1,))
        )
        noData = [self.noData(template) for template in single]
        self.assertTrue((~noData[0] & ~noData[1]).any() and noData[0].any() and noData[1].any())
        weights = [
            np.where(template.variance.array > 0, np.maximum(template.variance.array, 1e-30) ** -0.5, 0)
            for template in single
        ]
        for plane in ("image", "variance"):
            total = sum(
                weight * getattr(template, plane).array
                for weight, template in zip(weights, single, strict=True)
            )
            self.assertFloatsAlmostEqual(getattr(both, plane).array, total / sum(weights), rtol=1e-5)
        self.assertFalse(self.noData(both).any())

    def testNanImageWithGoodVariance(self):
        """Such a pixel of one patch does not dim that of another."""
        scene = TwoTractScene(wcs=onPixels(makeSkyMap(), 0))
        for x, y in ((100, 100), (101, 90)):
            scene.coadd(0, 3).image[Point2I(x, y)] = np.nan
        self.assertFloatsAlmostEqual(scene.run().image.array, np.float32(10), rtol=1e-5)


class NoDataTestCase(TemplateTestCase):
    """Where a template has no data, and what does not change it."""

    def setUp(self):
        self.scene = TwoTractScene(image=[wave, wave], wcs=onPixels(makeSkyMap(), 0))

    def testHole(self):
        """NO_DATA is where the kernel meets the hole, and nowhere else."""
        for value in (np.nan, np.inf, 0.0, -1.0):
            scene = TwoTractScene(image=[wave, wave], wcs=onPixels(makeSkyMap(), 0))
            hole = Box2I(Point2I(95, 92), Extent2I(12, 9))
            for patch in range(4):
                scene.coadd(0, patch)[hole].variance.array[:] = value
            template = scene.run()
            noData = self.noData(template)
            self.assertFinite(template)
            x, y = (positions.round() for positions in scene.tractPositions(0, template.getBBox()))
            inside = (x >= 95) & (x <= 106) & (y >= 92) & (y <= 100)
            near = (x >= 95 - 3) & (x <= 106 + 3) & (y >= 92 - 3) & (y <= 100 + 3)
            self.assertTrue(noData[inside].all())
            self.assertFalse(noData[~near].any())
            deep = (x >= 95 + 3) & (x <= 106 - 3) & (y >= 92 + 3) & (y <= 100 - 3)
            self.assertEqual(np.abs(template.image.array[deep]).max(), 0)
            self.assertEqual(np.abs(template.variance.array[deep]).max(), 0)
            self.assertTrue((template.variance.array[~noData] > 0).all())
            self.assertFloatsAlmostEqual(template.image.array[~near], wave(x[~near], y[~near]), rtol=1e-4)

    def testHoleUnderOtherTract(self):
        scene = TwoTractScene(image=[np.nan, 7.0])
        template = scene.run()
        x, _ = scene.tractPositions(1, template.getBBox())
        noData = self.noData(template)
        # The far tract has its first column at -0.5.
        self.assertTrue(noData[x < -0.5].all())
        self.assertFalse(noData[x > 3].any())
        self.assertFloatsAlmostEqual(template.image.array[x > 3], np.float32(7), rtol=1e-5)

    def testBeyondTheCoadds(self):
        self.scene.wcs = onPixels(self.scene.skymap, 0, 30, 100)
        self.scene.handles = self.scene.handles[:4]
        template = self.scene.run()
        x, _ = self.scene.tractPositions(0, template.getBBox())
        noData = self.noData(template)
        self.assertTrue(noData[x < -0.5].all() and noData.any())
        self.assertFalse(noData[x > 2.5].any())

    def testMissingPatch(self):
        """A patch that is not there is like one without data."""
        present = self.scene.run()
        self.scene.coadd(0, 0).variance.array[:] = np.inf
        useless = self.scene.run()
        del self.scene.handles[0]
        self.assertSameTemplate(self.scene.run(), useless)
        self.assertGreater(self.noData(useless).sum(), self.noData(present).sum())


class StabilityTestCase(TemplateTestCase):
    """What must not matter."""

    def setUp(self):
        rng = np.random.default_rng(8)

        def noise(x, y):
            return rng.normal(20, 5, x.shape)

        def variance(x, y):
            return rng.uniform(1, 9, x.shape)

        self.scene = TwoTractScene(image=[noise, noise], variance=[variance, variance])
        for coadd in self.scene.coadds():
            coadd.mask.array[rng.random(coadd.mask.array.shape) < 0.02] = coadd.mask.getPlaneBitMask("CR")
            coadd.image.array[rng.random(coadd.image.array.shape) < 0.005] = np.nan

    def testMaskPlanes(self):
        """Coadds may have their mask planes in other bits."""
        expected = self.scene.run()
        for number, coadd in enumerate(self.scene.coadds()):
            old = coadd.mask.getMaskPlaneDict()
            new = {name: (11 * bit + number) % 32 for name, bit in old.items()}
            mask = Mask(coadd.getBBox(), new)
            bit = np.uint32(1 << new["CR"]).view(np.int32)
            mask.array[(coadd.mask.array & (1 << old["CR"])) != 0] = bit
            pixels = MaskedImageF(coadd.image, mask, coadd.variance)
            self.scene.replace(number // 4, number % 4, ExposureF(pixels, coadd.info))
        self.assertTrue((expected.mask.array & expected.mask.getPlaneBitMask("CR")).any())
        self.assertSameTemplate(self.scene.run(), expected)

    def testRepetition(self):
        """Handles give the same objects again, which stay as they are."""
        # Masks have this plane in common with the template.
        Mask.addMaskPlane("HIGH_VARIANCE")
        before = [fileContent(coadd) for coadd in self.scene.coadds()]
        first, second = self.scene.run(), self.scene.run()
        self.assertSameTemplate(first, second)
        self.assertEqual(fileContent(first), fileContent(second))
        self.assertEqual([fileContent(coadd) for coadd in self.scene.coadds()], before)

    def testSameObjectTwice(self):
        """Two handles may give one object; the second adds nothing new."""
        expected = self.scene.run()
        self.scene.handles.append(self.scene.handles[0])
        template = self.scene.run()
        self.assertSameTemplate(self.scene.run(), template)
        self.assertFloatsEqual(template.mask.array, expected.mask.array)

    def testBands(self):
        """Results do not depend on how a tract is divided."""
        expected = self.scene.run()
        for pixels, cores in ((9000, 1), (2000, 2)):
            with mock.patch("lsst.ip.diffim._templateBuilder._PIXELS_AT_A_TIME", pixels), threads(cores):
                self.assertSameTemplate(self.scene.run(), expected)

    def testTwoCores(self):
        with threads(2):
            template = self.scene.run()
        self.assertSameTemplate(template, self.scene.run())


def setup_module(module):
    lsst.utils.tests.init()


class TractRowsTestCase(TemplateTestCase):
    """Rows of a tract."""

    def testRowsAreInTheBox(self):
        bbox = Box2I(Point2I(5, 10), Extent2I(3, 8))
        for begin, end in ((10, 18), (12, 13)):
            self.assertEqual(TractRows(begin, end, bbox).end, end)
        for begin, end in ((12, 12), (13, 12), (9, 12), (12, 19)):
            with self.assertRaisesRegex(ValueError, f"Rows {begin} to {end} of a tract"):
                TractRows(begin, end, bbox)


class MemoryTestCase(lsst.utils.tests.MemoryTestCase):
    """Files left open."""


if __name__ == "__main__":
    lsst.utils.tests.init()
    unittest.main()
