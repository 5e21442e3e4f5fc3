# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the task reads, and what a template carries beside pixels."""

from __future__ import annotations

import itertools
import pathlib
import tempfile
import unittest

import lsst.utils.tests
import numpy as np
from lsst.afw.image import ExposureF, PhotoCalib
from lsst.geom import Box2D, Box2I, Extent2I, Point2D, Point2I
from lsst.meas.algorithms import CoaddPsf
from template_testing import (
    TemplateTestCase,
    TwoTractScene,
    makeSkyMap,
    makeTask,
    makeWcs,
    onPixels,
    planes,
)

BORDER = 20


class ReadingTestCase(TemplateTestCase):
    """What is read of the coadds."""

    def testPartsOnly(self):
        scene = TwoTractScene()
        scene.run()
        total = 0
        for handle in scene.handles:
            whole = handle.inMemoryDataset.getBBox()
            self.assertTrue(handle.pixelReads)
            for bbox in handle.pixelReads:
                self.assertIsNotNone(bbox)
                self.assertTrue(whole.contains(bbox))
                total += bbox.getArea()
        self.assertLess(total, 0.75 * sum(coadd.getBBox().getArea() for coadd in scene.coadds()))

    def testNoPixelTwice(self):
        scene = TwoTractScene()
        scene.run()
        for handle in scene.handles:
            for first, second in itertools.combinations(handle.pixelReads, 2):
                self.assertFalse(first.overlaps(second))

    def testOnlyPatchesThatReach(self):
        """Nothing is read of patches that are given but not needed."""
        scene = TwoTractScene(wcs=makeWcs(center=makeSkyMap()[0].getWcs().pixelToSky(30, 30), angle=0))
        scene.bbox = Box2I(Point2I(60, 45), Extent2I(10, 10))
        everything = {
            tract: [handle for handle in scene.handles if handle.dataId["tract"] == tract] for tract in (0, 1)
        }
        task = makeTask()
        template = scene.run(
            task,
            coaddExposureHandles=everything,
            dataIds={tract: [handle.dataId for handle in group] for tract, group in everything.items()},
        )
        read = {(h.dataId["tract"], h.dataId["patch"]) for h in scene.handles if h.pixelReads}
        self.assertEqual(read, {(0, 0)})
        self.assertEqual(template.info.getCoaddInputs().ccds["patch"].tolist(), [0])
        self.assertEqual((task.metadata["nTracts"], task.metadata["nPatches"]), (1, 1))


class ContentTestCase(TemplateTestCase):
    """What a template carries beside pixels."""

    @classmethod
    def setUpClass(cls):
        cls.scene = TwoTractScene()
        for coadd in cls.scene.coadds():
            coadd.setPhotoCalib(PhotoCalib(2.5, 0.1))
        cls.task = makeTask()
        cls.bbox = Box2I(cls.scene.bbox)
        cls.template = cls.scene.run(cls.task, bbox=cls.bbox, visit=42)

    def testBox(self):
        grown = Box2I(self.scene.bbox)
        grown.grow(BORDER)
        self.assertIsInstance(self.template, ExposureF)
        self.assertEqual(self.template.getBBox(), grown)
        self.assertEqual(self.bbox, grown)
        template = self.scene.run(makeTask(templateBorderSize=0))
        self.assertEqual(template.getBBox(), self.scene.bbox)

    def testComponents(self):
        self.assertEqual(self.template.getWcs(), self.scene.wcs)
        self.assertEqual(self.template.getPhotoCalib(), PhotoCalib(2.5, 0.1))
        label = self.template.getFilter()
        self.assertEqual((label.bandLabel, label.physicalLabel), ("r", "r_test"))
        self.assertEqual(self.template.info.getVisitInfo().getId(), 42)
        self.assertFalse(self.scene.run().info.hasVisitInfo())

    def testPsf(self):
        psf = self.template.getPsf()
        self.assertIsInstance(psf, CoaddPsf)
        self.assertEqual(psf.getComponentCount(), 8)
        # Everything is covered: the center.
        self.assertFloatsAlmostEqual(psf.getAveragePosition().x, (130 - 1) / 2)
        self.assertFloatsAlmostEqual(psf.getAveragePosition().y, (100 - 1) / 2)
        for position in (Point2D(5, 5), Point2D(64.5, 49.5), Point2D(120, 90)):
            shape = psf.computeShape(position)
            self.assertFloatsAlmostEqual(shape.getIxx(), 4, rtol=0.05)
            self.assertFloatsAlmostEqual(shape.getIyy(), 4, rtol=0.05)
            self.assertFloatsAlmostEqual(psf.computeKernelImage(position).array.sum(), 1, rtol=1e-6)

    def testCoaddInputs(self):
        inputs = self.template.info.getCoaddInputs()
        self.assertEqual(len(inputs.visits), 0)
        self.assertEqual(len(inputs.ccds), 8)
        for record, handle in zip(
            sorted(inputs.ccds, key=lambda record: (record["tract"], record["patch"])),
            self.scene.handles,
            strict=True,
        ):
            coadd = handle.inMemoryDataset
            self.assertEqual(record["tract"], handle.dataId["tract"])
            self.assertEqual(record["patch"], handle.dataId["patch"])
            self.assertEqual(record["weight"], 1)
            self.assertEqual(record.getBBox(), coadd.getBBox())
            self.assertEqual(record.getWcs(), coadd.getWcs())
            self.assertEqual(record.getPhotoCalib(), coadd.getPhotoCalib())
            self.assertEqual(record.getValidPolygon().getBBox(), Box2D(coadd.getBBox()))
            self.assertIsNotNone(record.getPsf())

    def testMetadata(self):
        metadata = self.task.metadata
        self.assertEqual((metadata["nTracts"], metadata["nPatches"]), (2, 8))
        self.assertEqual(metadata["fractionWithData"], 1)
        self.assertEqual(metadata["fractionHighVariance"], 0)
        scene = TwoTractScene(image=[np.nan, 1.0])
        task = makeTask()
        template = scene.run(task)
        self.assertEqual(task.metadata["nTracts"], 1)
        self.assertEqual(task.metadata["nPatches"], 4)
        self.assertFloatsAlmostEqual(task.metadata["fractionWithData"], 1 - self.noData(template).mean())

    def testTractWithoutData(self):
        scene = TwoTractScene(image=[np.nan, 1.0])
        task = makeTask()
        with self.assertLogs(task.log.name, "INFO") as logs:
            template = scene.run(task)
        self.assertRegex("\n".join(logs.output), "tract 0 on the detector")
        self.assertEqual(set(template.info.getCoaddInputs().ccds["tract"].tolist()), {1})

    def testFits(self):
        """A template can be written and read."""
        with tempfile.TemporaryDirectory() as folder:
            path = str(pathlib.Path(folder, "template.fits"))
            self.template.writeFits(path)
            restored = ExposureF.readFits(path)
        self.assertSameTemplate(restored, self.template)
        self.assertEqual(restored.getPsf().getComponentCount(), 8)


class HighVarianceTestCase(TemplateTestCase):
    """Tests of `GetTemplateTask.checkHighVariance`."""

    def setUp(self):
        def variance(x, y):
            return np.where(x + y < 120, 40.0, 4.0)

        self.scene = TwoTractScene(variance=[variance, 4.0], wcs=onPixels(makeSkyMap(), 0, 80, 60))

    def flagged(self, template):
        return (template.mask.array & template.mask.getPlaneBitMask("HIGH_VARIANCE")) != 0

    def testFlagged(self):
        task = makeTask()
        template = self.scene.run(task)
        x, y = self.scene.tractPositions(0, template.getBBox())
        flagged = self.flagged(template)
        # The model is smooth over bins of 32 pixels.
        self.assertTrue(flagged[(x + y < 70) & (x > 5) & (y > 5)].all())
        self.assertFalse(flagged[x + y > 170].any())
        self.assertEqual(task.metadata["fractionHighVariance"], flagged.mean())

    def testThreshold(self):
        self.assertFalse(self.flagged(self.scene.run(makeTask(highVarianceThreshold=20))).any())

    def testTooFewPixels(self):
        # All patches have the same pixels marked, a fifth of the template's.
        for coadd in self.scene.coadds():
            for x in range(coadd.getX0(), coadd.getBBox().getEndX()):
                if x % 10 < 2:
                    coadd.mask.array[:, x - coadd.getX0()] = coadd.mask.getPlaneBitMask("DETECTED")
        task = makeTask(highVarianceMaskFraction=0.9)
        with self.assertLogs(task.log.name, "INFO") as logs:
            template = self.scene.run(task)
        self.assertIn("Not flagging HIGH_VARIANCE", logs.output[-1])
        self.assertFalse(self.flagged(template).any())
        self.assertIn("HIGH_VARIANCE", template.mask.getMaskPlaneDict())
        self.assertTrue(self.flagged(self.scene.run(makeTask(highVarianceMaskFraction=0.5))).any())

    def testOnlyMaskChanges(self):
        template = self.scene.run(makeTask(highVarianceThreshold=20))
        image, mask, variance = planes(template)
        makeTask(highVarianceThreshold=3).checkHighVariance(template)
        np.testing.assert_array_equal(template.image.array, image)
        np.testing.assert_array_equal(template.variance.array, variance)
        bit = template.mask.getPlaneBitMask("HIGH_VARIANCE")
        self.assertTrue((template.mask.array & bit).any())
        np.testing.assert_array_equal(template.mask.array & ~bit, mask & ~bit)


def setup_module(module):
    lsst.utils.tests.init()


class MemoryTestCase(lsst.utils.tests.MemoryTestCase):
    """Files left open."""


if __name__ == "__main__":
    lsst.utils.tests.init()
    unittest.main()
