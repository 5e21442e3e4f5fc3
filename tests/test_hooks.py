# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""What callers and subclasses of the task rely on."""

from __future__ import annotations

import inspect
import pathlib
import tempfile
import types
import unittest
from unittest import mock

import lsst.pex.config as pexConfig
import lsst.pipe.base as pipeBase
import lsst.utils.tests
import numpy as np
from lsst.afw.geom import SkyWcs, makeSkyWcs
from lsst.afw.image import CoaddInputs, ExposureF, Mask, MaskedImageF
from lsst.afw.math import Warper
from lsst.afw.table import ExposureCatalog, ExposureTable
from lsst.geom import Box2D, Box2I, Extent2I, Point2D, Point2I
from lsst.ip.diffim import GetTemplateTask
from lsst.ip.diffim.getTemplate import GetTemplateConfig
from lsst.meas.algorithms import CoaddPsf
from template_testing import (
    TemplateTestCase,
    TwoTractScene,
    centerOfTract,
    makeConfig,
    makeSkyMap,
    makeTask,
    makeWcs,
    onPixels,
    wave,
)


class RunTestCase(TemplateTestCase):
    """How `run` is called."""

    def testSignature(self):
        parameters = inspect.signature(GetTemplateTask.run).parameters
        expected = ["coaddExposureHandles", "bbox", "wcs", "dataIds", "physical_filter", "visit"]
        self.assertEqual([*parameters], ["self", *expected])
        self.assertTrue(all(parameters[name].kind is inspect.Parameter.KEYWORD_ONLY for name in expected))
        self.assertIsNone(parameters["visit"].default)

    def testOverriddenRun(self):
        """A subclass with the signature of the reference gets all inputs."""
        scene = TwoTractScene()
        calls = []

        class Task(GetTemplateTask):
            def run(self, *, coaddExposureHandles, bbox, wcs, dataIds, physical_filter, visit=None):
                calls.append((physical_filter, visit))
                return super().run(
                    coaddExposureHandles=coaddExposureHandles,
                    bbox=bbox,
                    wcs=wcs,
                    dataIds=dataIds,
                    physical_filter=physical_filter,
                    visit=visit,
                )

        butlerQC = mock.Mock(
            get=mock.Mock(
                return_value={
                    "bbox": Box2I(scene.bbox),
                    "wcs": scene.wcs,
                    "skyMap": scene.skymap,
                    "coaddExposures": scene.handles,
                }
            ),
            quantum=types.SimpleNamespace(dataId={"physical_filter": "r_test"}),
            resources=types.SimpleNamespace(num_cores=2),
        )
        outputRefs = types.SimpleNamespace(template=types.SimpleNamespace(dataId={"visit": 42}))
        Task(config=makeConfig()).runQuantum(butlerQC, None, outputRefs)
        self.assertEqual(calls, [("r_test", 42)])
        self.assertSameTemplate(butlerQC.put.call_args.args[0].template, scene.run())


class DataIdsTestCase(TemplateTestCase):
    """Handles come with data IDs of their own."""

    def setUp(self):
        self.scene = TwoTractScene(image=[wave, wave])
        self.task = makeTask()
        self.selected = self.scene.select(self.task)

    def usedPatches(self, template):
        ccds = template.info.getCoaddInputs().ccds
        return sorted((record["tract"], record["patch"]) for record in ccds)

    def testFewerHandles(self):
        """Data IDs of coadds that are missing may be given all the same."""
        handles = {0: self.selected.coaddExposures[0][1:], 1: self.selected.coaddExposures[1][:2]}
        given = self.scene.run(self.task, coaddExposureHandles=handles)
        dataIds = {tract: [handle.dataId for handle in group] for tract, group in handles.items()}
        self.assertSameTemplate(given, self.scene.run(coaddExposureHandles=handles, dataIds=dataIds))
        self.assertEqual(self.usedPatches(given), [(0, 1), (0, 2), (0, 3), (1, 0), (1, 1)])

    def testTractWithoutHandles(self):
        handles = {0: self.selected.coaddExposures[0]}
        for extra in (handles, {**handles, 1: []}):
            template = self.scene.run(self.task, coaddExposureHandles=extra)
            self.assertEqual({tract for tract, _ in self.usedPatches(template)}, {0})

    def testOrder(self):
        """Data IDs in another order do not matter."""
        dataIds = {tract: group[::-1] for tract, group in self.selected.dataIds.items()}
        template = self.scene.run(self.task, dataIds=dataIds)
        self.assertSameTemplate(template, self.scene.run())
        self.assertEqual(self.usedPatches(template), self.usedPatches(self.scene.run()))

    def testHandlesWithout(self):
        """Handles without data ID are paired by position."""
        handles = {
            tract: [
                pipeBase.InMemoryDatasetHandle(handle.inMemoryDataset, storageClass="ExposureF", copy=False)
                for handle in group
            ]
            for tract, group in self.selected.coaddExposures.items()
        }
        template = self.scene.run(self.task, coaddExposureHandles=handles)
        self.assertSameTemplate(template, self.scene.run())
        self.assertEqual(self.usedPatches(template), self.usedPatches(self.scene.run()))

    def testWithoutBand(self):
        """The band of a handle that does not tell comes from the data IDs."""
        handles = {
            tract: [
                pipeBase.InMemoryDatasetHandle(
                    handle.inMemoryDataset,
                    storageClass="ExposureF",
                    tract=handle.dataId["tract"],
                    patch=handle.dataId["patch"],
                )
                for handle in group
            ]
            for tract, group in self.selected.coaddExposures.items()
        }
        dataIds = {tract: group[::-1] for tract, group in self.selected.dataIds.items()}
        template = self.scene.run(self.task, coaddExposureHandles=handles, dataIds=dataIds)
        self.assertSameTemplate(template, self.scene.run())
        self.assertEqual(template.getFilter().bandLabel, "r")
        with self.assertRaisesRegex(ValueError, r"of a coadd of tract 0 lacks 'band'\.$"):
            self.scene.run(self.task, coaddExposureHandles=handles, dataIds={})


class WarperTestCase(TemplateTestCase):
    """The warper of the task."""

    def setUp(self):
        self.scene = TwoTractScene(image=[wave, 30.0])
        self.task = makeTask(warp__warpingKernelName="lanczos4")

    def testConfigured(self):
        self.assertIsInstance(self.task.warper, Warper)
        self.assertEqual(self.task.warper.getWarpingKernel().getWidth(), 8)

    def testReplaced(self):
        """One of the same configuration gives the same template."""
        expected = self.scene.run(self.task)
        self.task.warper = Warper.fromConfig(self.task.config.warp)
        template = self.scene.run(self.task)
        self.assertEqual(template.getBBox(), expected.getBBox())
        good = ~(self.noData(template) | self.noData(expected))
        self.assertGreater(good.mean(), 0.9)
        np.testing.assert_array_equal(self.noData(template), self.noData(expected))
        self.assertFloatsAlmostEqual(template.image.array, expected.image.array, atol=1e-3, rtol=1e-4)
        self.assertFloatsAlmostEqual(template.variance.array, expected.variance.array, rtol=1e-3)

    def testOverridden(self):
        """What it does to the pixels of a tract is seen in the template."""

        class Doubling(Warper):
            def warpExposure(self, *args, **kwargs):
                warped = super().warpExposure(*args, **kwargs)
                warped.image.array[:] *= 2
                return warped

        expected = self.scene.run(self.task)
        self.task.warper = Doubling("lanczos4", 100, 100000, "bilinear")
        template = self.scene.run(self.task)
        self.assertFloatsAlmostEqual(template.image.array, 2 * expected.image.array, atol=2e-3, rtol=2e-4)

    def testOtherMethod(self):
        """A method that is replaced is used as well."""
        warper = self.task.warper
        with mock.patch.object(warper, "warpExposure", wraps=warper.warpExposure) as used:
            self.scene.run(self.task)
        self.assertEqual(used.call_count, 2)


class SchemaTestCase(TemplateTestCase):
    """The schema of the catalog of coadds."""

    def testFields(self):
        task = makeTask()
        self.assertLess({"tract", "patch", "weight"}, set(task.schema.getNames()))

    def testExtended(self):
        """A field that a subclass adds is in the catalog."""

        class Task(GetTemplateTask):
            def __init__(self, *args, **kwargs):
                super().__init__(*args, **kwargs)
                self.schema.addField("depth", type="D", doc="Depth of the coadd.")

        catalog = TwoTractScene().run(Task(config=makeConfig())).info.getCoaddInputs().ccds
        self.assertIn("depth", catalog.schema.getNames())
        self.assertEqual(len(catalog), 8)


class ModelConfig(pexConfig.Config):
    """Configuration of `ModelTask`, which has none."""


class ModelTask(pipeBase.Task):
    """Variance model that is the variance, and changes what it is given."""

    ConfigClass = ModelConfig
    _DefaultName = "model"

    def run(self, *args, **kwargs):
        """Return the image as the model."""
        self.arguments = args, kwargs
        (exposure,) = args
        model = exposure.image.clone()
        self.planes = exposure.image.array.copy(), exposure.mask.array.copy(), exposure.getWcs()
        exposure.image.array[:] = np.nan
        exposure.variance.array[:] = np.nan
        exposure.mask.array[:] = -1
        return pipeBase.Struct(background=types.SimpleNamespace(getImage=lambda: model))


class VarianceModelTestCase(TemplateTestCase):
    """Variance models that are configured instead of the default."""

    def testRetargeted(self):
        def variance(x, y):
            return np.where(x < 100, 4.0, 400.0)

        scene = TwoTractScene(variance=[variance, variance], wcs=onPixels(makeSkyMap(), 0))
        config = makeConfig()
        config.varianceBackground.retarget(ModelTask)
        task = GetTemplateTask(config=config)
        template = scene.run(task)
        arguments, keywords = task.varianceBackground.arguments
        self.assertEqual((len(arguments), keywords), (1, {}))
        self.assertIsInstance(arguments[0], ExposureF)
        image, mask, wcs = task.varianceBackground.planes
        self.assertEqual(wcs, template.getWcs())
        np.testing.assert_array_equal(image, template.variance.array)
        high = template.mask.getPlaneBitMask("HIGH_VARIANCE")
        np.testing.assert_array_equal(mask, template.mask.array & ~high)
        flagged = (template.mask.array & high) != 0
        threshold = np.float32(4 * np.median(image))
        np.testing.assert_array_equal(flagged, image > threshold)
        self.assertTrue(np.isfinite(template.image.array).all())

    def testOverriddenCheck(self):
        """A check that adds no mask plane is fine."""

        class Task(GetTemplateTask):
            def checkHighVariance(self, template):
                pass

        task = Task(config=makeConfig())
        planes = Mask().getMaskPlaneDict()
        if "HIGH_VARIANCE" in planes:
            Mask.removeMaskPlane("HIGH_VARIANCE")
        template = TwoTractScene().run(task)
        self.assertNotIn("HIGH_VARIANCE", template.mask.getMaskPlaneDict())
        self.assertEqual(task.metadata["fractionHighVariance"], 0)


class CoaddPsfConfigTestCase(TemplateTestCase):
    """Fields of ``config.coaddPsf`` that are None have their defaults."""

    def testNone(self):
        config = makeConfig()
        config.coaddPsf.warpingKernelName = None
        config.coaddPsf.cacheSize = None
        psf = TwoTractScene().run(GetTemplateTask(config=config)).getPsf()
        self.assertIsInstance(psf, CoaddPsf)
        self.assertFloatsAlmostEqual(psf.computeKernelImage(Point2D(60, 50)).array.sum(), 1, rtol=1e-6)

    def testUsed(self):
        with mock.patch("lsst.ip.diffim._inputCatalog.CoaddPsf", wraps=CoaddPsf) as made:
            TwoTractScene().run(makeTask(coaddPsf__warpingKernelName="bilinear", coaddPsf__cacheSize=77))
        self.assertEqual(made.call_args.args[-2:], ("bilinear", 77))


class ConfigurationTestCase(lsst.utils.tests.TestCase):
    """Configurations that are refused."""

    def testBorder(self):
        with self.assertRaisesRegex(pexConfig.FieldValidationError, "templateBorderSize"):
            GetTemplateConfig().templateBorderSize = -1

    def testMaskKernel(self):
        config = GetTemplateConfig()
        config.warp.warpingKernelName = "bilinear"
        config.warp.maskWarpingKernelName = "lanczos3"
        expected = "mask kernel 'lanczos3' must not be larger than the image kernel 'bilinear'"
        with self.assertRaisesRegex(pexConfig.FieldValidationError, expected):
            config.validate()
        with self.assertRaisesRegex(pexConfig.FieldValidationError, expected):
            GetTemplateTask(config=config)

    def testImageType(self):
        with self.assertRaisesRegex(pexConfig.FieldValidationError, "future"):
            GetTemplateConfig().output_image_type = "future"


class MasksTestCase(TemplateTestCase):
    """Mask bits go by the names of their planes."""

    def coaddWithPlanes(self, coadd, planes):
        """Give a coadd an empty mask with other bit numbers."""
        mask = Mask(coadd.getBBox(), planes)
        return ExposureF(MaskedImageF(coadd.image, mask, coadd.variance), coadd.info)

    def testOtherDictionaries(self):
        """In-memory coadds keep the meaning of their bits."""
        scene = TwoTractScene(wcs=onPixels(makeSkyMap(), 0))
        default = Mask().getMaskPlaneDict()
        for number in range(4):
            planes = {name: (bit + 7 * number + 3) % 32 for name, bit in default.items()}
            coadd = self.coaddWithPlanes(scene.coadd(0, number), planes)
            box = Box2I(Point2I(90, 90), Extent2I(20, 20)).clippedTo(coadd.getBBox())
            coadd.mask[box].array[:] = np.uint32(1 << planes["SAT"]).view(np.int32)
            scene.replace(0, number, coadd)
        template = scene.run()
        planes = template.mask.getMaskPlaneDict()
        saturated = (template.mask.array & (1 << planes["SAT"])) != 0
        self.assertTrue(saturated[61:79, 76:94].all())
        self.assertFalse(saturated[:58].any() or saturated[82:].any())
        others = sum(1 << bit for name, bit in planes.items() if name not in ("SAT", "EDGE", "NO_DATA"))
        self.assertFalse((template.mask.array & others).any())

    def testUnknownPlane(self):
        """A plane that only a coadd has is in the template."""
        scene = TwoTractScene(wcs=onPixels(makeSkyMap(), 0))
        planes = {"NO_DATA": 2, "GHOST": 5}
        for number in range(4):
            coadd = self.coaddWithPlanes(scene.coadd(0, number), planes)
            coadd.mask.array[:] = 1 << 5
            scene.replace(0, number, coadd)
        template = scene.run()
        bit = 1 << template.mask.getMaskPlaneDict()["GHOST"]
        inside = ~self.noData(template)
        self.assertTrue(((template.mask.array & bit) != 0)[inside].all())

    def testNameless(self):
        """A bit that has no name in a coadd does not become a plane."""
        scene = TwoTractScene(wcs=onPixels(makeSkyMap(), 0))
        bits = Mask().getMaskPlaneDict()
        for number in range(4):
            coadd = self.coaddWithPlanes(
                scene.coadd(0, number), {name: bits[name] for name in ("BAD", "SAT")}
            )
            coadd.mask.array[:] = 1 << bits["CR"] | 1 << bits["SAT"]
            scene.replace(0, number, coadd)
        mask = scene.run().mask
        self.assertFalse((mask.array & mask.getPlaneBitMask("CR")).any())
        self.assertTrue((mask.array & mask.getPlaneBitMask(["SAT", "NO_DATA"])).all())

    def makeTooManyPlanes(self):
        """Make a scene whose coadds have more than 32 planes altogether."""
        scene = TwoTractScene(wcs=onPixels(makeSkyMap(), 0))
        for number in range(4):
            coadd = scene.coadd(0, number)
            scene.replace(
                0, number, self.coaddWithPlanes(coadd, {f"P{number}_{bit}": bit for bit in range(12)})
            )
        return scene

    def keepPlanes(self):
        """Restore the default planes at the end of the test."""
        before = Mask().getMaskPlaneDict()

        def restore():
            for name, bit in Mask().getMaskPlaneDict().items():
                if before.get(name) != bit:
                    Mask.removeMaskPlane(name)
            for name in sorted(before, key=lambda name: before[name]):
                Mask.addMaskPlane(name)

        self.addCleanup(restore)

    def testTooMany(self):
        self.keepPlanes()
        scene = self.makeTooManyPlanes()
        with self.assertRaisesRegex(RuntimeError, r"mask planes of the coadd of tract 0, patch \d, band r"):
            scene.run()

    def testLastBit(self):
        """The plane HIGH_VARIANCE may have the last of the bits."""

        def variance(x, y):
            return np.where(x < 130, 4.0, 400.0)

        scene = TwoTractScene(variance=[variance, variance], wcs=onPixels(makeSkyMap(), 0))
        expected = makeTask()
        scene.run(expected)
        self.assertGreater(expected.metadata["fractionHighVariance"], 0)
        self.keepPlanes()
        Mask.removeMaskPlane("HIGH_VARIANCE")
        while Mask.getNumPlanesUsed() < Mask.getNumPlanesMax() - 1:
            Mask.addMaskPlane(f"FILL{Mask.getNumPlanesUsed()}")
        task = makeTask()
        template = scene.run(task)
        self.assertEqual(template.mask.getMaskPlaneDict()["HIGH_VARIANCE"], 31)
        self.assertEqual(task.metadata["fractionHighVariance"], expected.metadata["fractionHighVariance"])


class WcsTestCase(TemplateTestCase):
    """WCSs of a tract that differ by rounding."""

    def shifted(self, wcs: SkyWcs, pixels: float) -> SkyWcs:
        """Make a TAN WCS whose origin is shifted."""
        origin = wcs.getPixelOrigin()
        return makeSkyWcs(Point2D(origin.x + pixels, origin.y), wcs.getSkyOrigin(), wcs.getCdMatrix())

    def testRounding(self):
        scene = TwoTractScene()
        expected = scene.run()
        scene.coadd(0, 3).setWcs(self.shifted(scene.coadd(0, 3).getWcs(), 1e-8))
        self.assertSameTemplate(scene.run(), expected)

    def testDifferent(self):
        for pixels in (1e-4, 1.0):
            scene = TwoTractScene()
            coadd = scene.coadd(0, 3)
            coadd.setWcs(self.shifted(coadd.getWcs(), pixels))
            with self.assertRaisesRegex(RuntimeError, "tract 0, patch 3, band r"):
                scene.run()


class RefusedCoaddTestCase(TemplateTestCase):
    """Coadds that are not what their data ID says."""

    def testOtherPatch(self):
        scene = TwoTractScene()
        scene.replace(0, 1, scene.coadd(0, 2))
        with self.assertRaisesRegex(
            RuntimeError, "(?s)tract 0, patch 1, band r.*its box is.*patch is.*sky map"
        ):
            scene.run()

    def testOtherTract(self):
        """The boxes of the patches of two tracts may be the same."""
        scene = TwoTractScene()
        self.assertEqual(scene.coadd(0, 1).getBBox(), scene.coadd(1, 1).getBBox())
        for patch in range(4):
            scene.replace(0, patch, scene.coadd(1, patch))
        with self.assertRaisesRegex(
            RuntimeError, r"(?s)tract 0, patch \d, band r.*its WCS is.*the tract is.*sky"
        ):
            scene.run()

    def testPartOfPatch(self):
        """A coadd may be smaller than its patch."""
        scene = TwoTractScene(wcs=onPixels(makeSkyMap(), 0, 60, 60))
        expected = scene.run()
        coadd = scene.coadd(0, 3)
        box = coadd.getBBox()
        scene.replace(0, 3, coadd[Box2I(box.getMin(), box.getMax() - Extent2I(3, 0))])
        self.assertSameTemplate(scene.run(), expected)


class AveragePositionTestCase(TemplateTestCase):
    """The average position of the PSF is on the template."""

    def testCutout(self):
        center = centerOfTract(makeSkyMap(), 0)
        for corner in (Point2I(0, 0), Point2I(3000, -2000)):
            scene = TwoTractScene()
            scene.bbox = Box2I(corner, Extent2I(60, 50))
            scene.wcs = makeWcs(center=center, pixel=Box2D(scene.bbox).getCenter())
            template = scene.run()
            position = template.getPsf().getAveragePosition()
            self.assertTrue(Box2D(scene.bbox).contains(position))
            self.assertFloatsAlmostEqual(position.x, Box2D(scene.bbox).getCenter().x)
            self.assertFloatsAlmostEqual(position.y, Box2D(scene.bbox).getCenter().y)


class VarianceOptionsTestCase(TemplateTestCase):
    """Scaling of the variance plane."""

    def scene(self):
        rng = np.random.default_rng(5)

        def noise(x, y):
            return rng.normal(0, 3, x.shape)

        return TwoTractScene(image=[noise, noise], variance=[4.0, 4.0])

    def testScale(self):
        scene = self.scene()
        plain, task = scene.run(makeTask()), makeTask(doScaleVariance=True)
        with self.assertLogs(task.log.name, "INFO") as logs:
            scaled = scene.run(task)
        factor = task.metadata["scaleTemplateVarianceFactor"]
        self.assertIn(f"{factor:.3f}", "\n".join(logs.output))
        self.assertFloatsAlmostEqual(scaled.variance.array, plain.variance.array * factor, rtol=1e-5)
        self.assertFloatsEqual(scaled.image.array, plain.image.array)
        good = ~self.noData(scaled)
        ratio = scaled.image.array[good] / np.sqrt(scaled.variance.array[good])
        quartiles = np.percentile(ratio, (25, 75))
        self.assertFloatsAlmostEqual(0.74 * (quartiles[1] - quartiles[0]), 1, rtol=0.03)

    def testNotConfigured(self):
        task = makeTask()
        self.scene().run(task)
        for key in ("scaleTemplateVarianceFactor", "variancePlateScaleFactor"):
            self.assertNotIn(key, task.metadata)
        self.assertFalse(hasattr(task, "scaleVariance"))

    def testPlateScale(self):
        """Images of half the pixel scale have a quarter of the variance."""
        scene = self.scene()
        for coadd in scene.coadds():
            setInputs(coadd, [None, makeWcs(scale=0.5)])
        task = makeTask(doCorrectVariancePlateScale=True)
        plain, corrected = scene.run(), scene.run(task)
        self.assertFloatsAlmostEqual(task.metadata["variancePlateScaleFactor"], 0.25, rtol=1e-6)
        self.assertEqual(
            task.metadata["templateVarianceCorrectionFactor"], task.metadata["variancePlateScaleFactor"]
        )
        self.assertFloatsAlmostEqual(corrected.variance.array, 0.25 * plain.variance.array, rtol=1e-5)

    def testNoInputs(self):
        scene = self.scene()
        task = makeTask(doCorrectVariancePlateScale=True)
        with self.assertRaisesRegex(RuntimeError, "doCorrectVariancePlateScale.*tract 0, patch 0"):
            scene.run(task)
        self.assertFalse(any(handle.pixelReads for handle in scene.handles))


def setInputs(coadd, wcss):
    """Set the list of images that a coadd was made of, given their WCSs."""
    visits, ccds = (ExposureCatalog(ExposureTable.makeMinimalSchema()) for _ in range(2))
    for wcs in wcss:
        record = ccds.addNew()
        record.setBBox(Box2I(Point2I(0, 0), Extent2I(130, 100)))
        if wcs is not None:
            record.setWcs(wcs)
    coadd.info.setCoaddInputs(CoaddInputs(visits, ccds))


class ReadsTestCase(TemplateTestCase):
    """How often coadds that are not local files are read."""

    def testCounts(self):
        """Two gets a patch and one more a tract, in many bands as in one."""
        for pixels in (3_000_000, 2000):
            scene = TwoTractScene()
            with mock.patch("lsst.ip.diffim._templateBuilder._PIXELS_AT_A_TIME", pixels):
                scene.run()
            self.assertLessEqual(sum(len(handle.reads) for handle in scene.handles), 2 * 8 + 2)
            for handle in scene.handles:
                self.assertLessEqual(len(handle.reads), 3)
                self.assertEqual(len(handle.pixelReads), 1)

    def testFiles(self):
        """Local files are read in many bands, their attributes once."""
        scene = TwoTractScene(image=[wave, wave])
        expected = scene.run()
        with tempfile.TemporaryDirectory() as folder:
            scene.writeFiles(pathlib.Path(folder))
            with mock.patch("lsst.ip.diffim._templateBuilder._PIXELS_AT_A_TIME", 2000):
                self.assertSameTemplate(scene.run(), expected)
        for handle in scene.handles:
            reads = [bbox for component, bbox in handle.reads if component in (None, "image")]
            self.assertGreater(len(reads), 2)
            self.assertTrue(all(bbox.getHeight() < 60 for bbox in reads))
            self.assertEqual([component for component, _ in handle.reads].count(None), 1)

    def testPlateScale(self):
        """One more get for the images that the coadds were made of."""
        scene = TwoTractScene()
        setInputs(scene.coadd(0, 0), [makeWcs()])
        scene.run(makeTask(doCorrectVariancePlateScale=True))
        self.assertLessEqual(sum(len(handle.reads) for handle in scene.handles), 2 * 8 + 2 + 1)


def setup_module(module):
    lsst.utils.tests.init()


class MemoryTestCase(lsst.utils.tests.MemoryTestCase):
    """Files left open."""


if __name__ == "__main__":
    lsst.utils.tests.init()
    unittest.main()
