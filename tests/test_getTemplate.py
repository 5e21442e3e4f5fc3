# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the template task asks for, and which coadds it selects."""

from __future__ import annotations

import pathlib
import tempfile
import types
import unittest
from unittest import mock

import lsst.ip.diffim
import lsst.utils.tests
import numpy as np
from lsst.geom import Box2I, Extent2I, Point2D, Point2I, SpherePoint, degrees
from lsst.ip.diffim import GetDcrTemplateConfig, GetTemplateTask
from lsst.ip.diffim.getTemplate import GetTemplateConfig, GetTemplateConnections
from lsst.meas.algorithms import SubtractBackgroundTask
from lsst.pex.config import FieldValidationError
from lsst.pipe.base import NoWorkFound, Pipeline, Struct
from template_testing import TwoTractScene, makeTask, makeWcs

DETECTOR = {"instrument", "visit", "detector"}

OVERRIDES = """
config.warp.warpingKernelName = "lanczos5"
config.warp.maskWarpingKernelName = ""
config.warp.interpLength = 10
config.coaddPsf.warpingKernelName = config.warp.warpingKernelName
config.coaddPsf.cacheSize = 20000
config.varianceBackground.binSize = 64
config.varianceBackground.ignoredPixelMask.append("SAT")
config.highVarianceThreshold = 3
config.highVarianceMaskFraction = 0.2
config.templateBorderSize = 10
config.connections.coaddName = "deep"
"""

ALERT = """
description: As the alert pipeline has it.
tasks:
  buildTemplate:
    class: lsst.ip.diffim.getTemplate.GetTemplateTask
    config:
      connections.bbox: preliminary_visit_image.bbox
      connections.wcs: preliminary_visit_image.wcs
      connections.coaddExposures: template_coadd
      connections.template: template_detector
"""

DATA_RELEASE = """
description: As the data-release pipeline has it.
tasks:
  buildTemplate:
    class: lsst.ip.diffim.getTemplate.GetTemplateTask
    config:
      python: |
        config.connections.bbox = "visit_image.bbox"
        config.connections.wcs = "visit_image.wcs"
        config.connections.coaddExposures = "template_coadd"
        config.connections.template = "template_detector"
"""


class ConnectionsTestCase(lsst.utils.tests.TestCase):
    """Tests of `GetTemplateConnections`."""

    def testDefaults(self):
        connections = GetTemplateConnections(config=GetTemplateConfig())
        self.assertEqual(connections.dimensions, DETECTOR)
        patch = {"tract", "patch", "skymap", "band"}
        expected = {
            "bbox": ("calexp.bbox", "Box2I", DETECTOR),
            "wcs": ("calexp.wcs", "Wcs", DETECTOR),
            "skyMap": ("skyMap", "SkyMap", {"skymap"}),
            "coaddExposures": ("goodSeeingCoadd", "ExposureF", patch),
            "template": ("goodSeeingDiff_templateExp", "ExposureF", DETECTOR),
        }
        self.assertEqual(set(connections.allConnections), set(expected))
        for name, (datasetType, storageClass, dimensions) in expected.items():
            connection = getattr(connections, name)
            self.assertEqual(connection.name, datasetType)
            self.assertEqual(connection.storageClass, storageClass)
            self.assertEqual(set(connection.dimensions), dimensions)
        self.assertEqual(connections.outputs, {"template"})

    def testCoaddsAreDeferred(self):
        coadds = GetTemplateConnections(config=GetTemplateConfig()).coaddExposures
        self.assertTrue(coadds.multiple and coadds.deferLoad and coadds.deferGraphConstraint)

    def testTemplates(self):
        config = GetTemplateConfig()
        config.connections.fakesType = "fakes_"
        config.connections.coaddName = "deep"
        config.connections.warpTypeSuffix = "_psfMatched"
        connections = GetTemplateConnections(config=config)
        self.assertEqual(connections.bbox.name, "fakes_calexp.bbox")
        self.assertEqual(connections.wcs.name, "fakes_calexp.wcs")
        self.assertEqual(connections.coaddExposures.name, "fakes_deepCoadd_psfMatched")
        self.assertEqual(connections.template.name, "fakes_deepDiff_templateExp_psfMatched")

    def testBox(self):
        """The box comes from the detector if that is configured."""
        for settings, present, absent in (
            ({}, "bbox", "detector"),
            ({"bbox": "visit_image.bbox"}, "bbox", "detector"),
            ({"detector": "visit_image.detector"}, "detector", "bbox"),
            ({"bbox": "visit_image.bbox", "detector": "visit_image.detector"}, "detector", "bbox"),
            ({"obs_info": "visit_image.obs_info"}, "bbox", "obs_info"),
        ):
            for cls in (GetTemplateConfig, GetDcrTemplateConfig):
                config = (
                    cls(effectiveWavelength=620.0, bandwidth=140.0) if cls is GetDcrTemplateConfig else cls()
                )
                for name, value in settings.items():
                    setattr(config.connections, name, value)
                for each in (config, self.roundTrip(config)):
                    connections = each.connections.ConnectionsClass(config=each)
                    self.assertIn(present, connections.inputs)
                    self.assertNotIn(absent, connections.inputs)
                    self.assertNotIn("obs_info", connections.inputs)
                    if present in settings:
                        self.assertEqual(getattr(connections, present).name, settings[present])

    def roundTrip(self, config):
        """Return a configuration that was saved and loaded."""
        restored = type(config)()
        restored.loadFromString(config.saveToString())
        return restored

    def testGraphConstraint(self):
        config = GetTemplateConfig()
        config.requireCoaddAtGraphBuild = True
        self.assertFalse(GetTemplateConnections(config=config).coaddExposures.deferGraphConstraint)
        self.assertTrue(GetTemplateConnections.coaddExposures.deferGraphConstraint)

    def testPipelines(self):
        for text, image in ((ALERT, "preliminary_visit_image"), (DATA_RELEASE, "visit_image")):
            node = Pipeline.fromString(text).to_graph().tasks["buildTemplate"]
            self.assertIs(node.task_class, GetTemplateTask)
            self.assertEqual(node.inputs["bbox"].dataset_type_name, f"{image}.bbox")
            self.assertEqual(node.inputs["wcs"].dataset_type_name, f"{image}.wcs")
            self.assertEqual(node.inputs["coaddExposures"].dataset_type_name, "template_coadd")
            self.assertEqual(node.outputs["template"].dataset_type_name, "template_detector")


class ConfigTestCase(lsst.utils.tests.TestCase):
    """Tests of `GetTemplateConfig`."""

    def testDefaults(self):
        config = GetTemplateConfig()
        self.assertEqual(config.templateBorderSize, 20)
        self.assertEqual(config.warp.warpingKernelName, "lanczos3")
        self.assertEqual(config.warp.cacheSize, 100000)
        self.assertEqual(config.warp.interpLength, 100)
        self.assertEqual(config.coaddPsf.warpingKernelName, "lanczos3")
        self.assertEqual(config.coaddPsf.cacheSize, 100000)
        self.assertIs(config.varianceBackground.target, SubtractBackgroundTask)
        background = config.varianceBackground
        self.assertEqual((background.algorithm, background.binSize), ("LINEAR", 32))
        self.assertEqual((background.statisticsProperty, background.useApprox), ("MEDIAN", False))
        self.assertTrue(background.doFilterSuperPixels)
        self.assertEqual(
            list(background.ignoredPixelMask), ["BAD", "EDGE", "DETECTED", "DETECTED_NEGATIVE", "NO_DATA"]
        )
        self.assertEqual(config.highVarianceThreshold, 4)
        self.assertEqual(config.highVarianceMaskFraction, 0.1)
        config.validate()

    def testThresholdIsAtLeastOne(self):
        with self.assertRaises(FieldValidationError):
            GetTemplateConfig().highVarianceThreshold = 0.9

    def testNames(self):
        self.assertEqual(GetTemplateTask._DefaultName, "getTemplate")
        self.assertIs(GetTemplateTask.ConfigClass, GetTemplateConfig)
        self.assertIs(lsst.ip.diffim.GetTemplateConfig, GetTemplateConfig)
        self.assertIs(lsst.ip.diffim.getTemplate.GetTemplateTask, GetTemplateTask)

    def testOverrides(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "override.py")
            path.write_text(OVERRIDES)
            config = GetTemplateConfig()
            config.load(str(path))
        self.assertEqual(config.warp.warpingKernelName, "lanczos5")
        self.assertEqual(config.coaddPsf.warpingKernelName, "lanczos5")
        self.assertEqual(config.varianceBackground.ignoredPixelMask[-1], "SAT")
        self.assertEqual(config.connections.coaddExposures, "{fakesType}{coaddName}Coadd{warpTypeSuffix}")
        self.assertEqual(GetTemplateConnections(config=config).coaddExposures.name, "deepCoadd")
        GetTemplateTask(config=config)

    def testRoundTrip(self):
        config = GetTemplateConfig()
        config.loadFromString(OVERRIDES)
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "saved.py")
            config.save(str(path))
            restored = GetTemplateConfig()
            restored.load(str(path))
        self.assertTrue(restored.compare(config))
        self.assertFalse(restored.compare(GetTemplateConfig()))

    def testConfigFiles(self):
        """The files in ``config/`` load, each into a different task."""
        folder = pathlib.Path(__file__).resolve().parents[1] / "config"
        configs = {}
        for path in folder.glob("*.py"):
            configs[path.stem] = GetTemplateConfig()
            configs[path.stem].load(str(path))
            GetTemplateTask(config=configs[path.stem])
        self.assertTrue(configs["getTemplate"].compare(GetTemplateConfig()))
        self.assertEqual(configs["getTemplateQuickLook"].warp.warpingKernelName, "bilinear")


class GetExposuresTestCase(lsst.utils.tests.TestCase):
    """Tests of `GetTemplateTask.getExposures`."""

    def setUp(self):
        self.scene = TwoTractScene()
        self.task = GetTemplateTask()

    def patches(self, **changes):
        """Patches selected, by tract, after changes to the scene."""
        for name, value in changes.items():
            setattr(self.scene, name, value)
        selected = self.scene.select(self.task)
        return {tract: [dataId["patch"] for dataId in group] for tract, group in selected.dataIds.items()}

    def testOnlyHandlesOfOverlappingPatches(self):
        tract = self.scene.skymap[0].getWcs()
        wcs = makeWcs(center=tract.pixelToSky(40, 40), pixel=Point2D(5, 5), angle=0)
        box = Box2I(Point2I(0, 0), Extent2I(11, 11))
        self.assertEqual(self.patches(wcs=wcs, bbox=box), {0: [0]})
        # Inner patches end at 100, outer ones reach from 70 to 129.
        wcs = makeWcs(center=tract.pixelToSky(100, 40), pixel=Point2D(5, 5), angle=0)
        self.assertEqual(self.patches(wcs=wcs), {0: [0, 1]})
        wcs = makeWcs(center=tract.pixelToSky(100, 100), pixel=Point2D(5, 5), angle=30)
        self.assertEqual(self.patches(wcs=wcs), {0: [0, 1, 2, 3]})

    def testPixelEdges(self):
        """Pixels count with their whole area, to half a pixel around."""
        tract = self.scene.skymap[0].getWcs()
        box = Box2I(Point2I(0, 0), Extent2I(1, 1))
        # Patch 1 begins at 70, that is at 69.5.
        for x, patches in ((68.9, [0]), (69.1, [0, 1])):
            wcs = makeWcs(center=tract.pixelToSky(x, 40), pixel=Point2D(0, 0), angle=0)
            self.assertEqual(self.patches(wcs=wcs, bbox=box), {0: patches})

    def testOrderAndKeys(self):
        self.scene.handles = [self.scene.handles[i] for i in (6, 2, 7, 3, 0, 1, 5, 4)]
        selected = self.scene.select(self.task)
        self.assertEqual(list(selected.getDict()), ["coaddExposures", "dataIds"])
        self.assertEqual([*selected.coaddExposures], [1, 0])
        self.assertEqual([*selected.dataIds], [1, 0])
        for tract, patches in ((1, [2, 3, 1, 0]), (0, [2, 3, 0, 1])):
            self.assertEqual([dataId["patch"] for dataId in selected.dataIds[tract]], patches)
            for handle, dataId in zip(selected.coaddExposures[tract], selected.dataIds[tract], strict=True):
                self.assertIs(handle.dataId, dataId)

    def testReadsNothing(self):
        self.scene.select(self.task)
        self.assertEqual([read for handle in self.scene.handles for read in handle.reads], [])

    def testLog(self):
        with self.assertLogs(self.task.log.name, "INFO") as logs:
            self.scene.select(self.task)
        self.assertEqual(len(logs.records), 8)
        self.assertRegex(logs.records[6].getMessage(), r"tract 1\b.*patch 2\b")

    def testInputsStay(self):
        box, handles = Box2I(self.scene.bbox), list(self.scene.handles)
        self.scene.select(self.task)
        self.assertEqual(self.scene.bbox, box)
        self.assertEqual(self.scene.handles, handles)

    def testNoWcs(self):
        self.scene.wcs = None
        with self.assertRaisesRegex(NoWorkFound, "WCS"):
            self.scene.select(self.task)

    def testNoOverlap(self):
        for center in (SpherePoint(56.5, -30, degrees), SpherePoint(236, 30, degrees)):
            self.scene.wcs = makeWcs(center=center)
            with self.assertRaisesRegex(NoWorkFound, "No patches overlap detector"):
                self.scene.select(self.task)
        self.scene.wcs, self.scene.handles = makeWcs(), []
        with self.assertRaisesRegex(NoWorkFound, "No patches overlap detector"):
            self.scene.select(self.task)

    def testCornersWithoutPosition(self):
        with mock.patch.object(self.scene, "wcs", _Nowhere()), self.assertRaises(NoWorkFound):
            self.scene.select(self.task)


class _Nowhere:
    """WCS none of whose pixels is on the sky."""

    def pixelToSky(self, pixels):
        return [SpherePoint(np.nan, np.nan, degrees) for _ in pixels]


class RunQuantumTestCase(lsst.utils.tests.TestCase):
    """Tests of `GetTemplateTask.runQuantum`."""

    def setUp(self):
        self.scene = TwoTractScene()
        self.inputs = {
            "bbox": self.scene.bbox,
            "wcs": self.scene.wcs,
            "skyMap": self.scene.skymap,
            "coaddExposures": self.scene.handles,
        }
        self.butlerQC = mock.Mock(
            get=mock.Mock(return_value=self.inputs),
            quantum=types.SimpleNamespace(dataId={"physical_filter": "r_test"}),
            resources=types.SimpleNamespace(num_cores=2),
        )
        self.outputRefs = types.SimpleNamespace(template=types.SimpleNamespace(dataId={"visit": 42}))

    def testArguments(self):
        task = makeTask()
        expected = self.scene.select(task)
        result = Struct(template=None)
        with mock.patch.object(task, "run", return_value=result) as run:
            task.runQuantum(self.butlerQC, "inputs", self.outputRefs)
        self.butlerQC.get.assert_called_once_with("inputs")
        self.butlerQC.put.assert_called_once_with(result, self.outputRefs)
        run.assert_called_once()
        arguments = run.call_args.kwargs
        self.assertEqual(arguments["coaddExposureHandles"], expected.coaddExposures)
        self.assertEqual(arguments["dataIds"], expected.dataIds)
        self.assertEqual((arguments["visit"], arguments["physical_filter"]), (42, "r_test"))
        self.assertIs(arguments["wcs"], self.scene.wcs)
        self.assertNotIn("numCores", arguments)

    def testTemplate(self):
        makeTask().runQuantum(self.butlerQC, "inputs", self.outputRefs)
        template = self.butlerQC.put.call_args.args[0].template
        self.assertEqual(template.info.getVisitInfo().getId(), 42)
        self.assertEqual(template.getFilter().physicalLabel, "r_test")

    def testDetector(self):
        """The box of the detector is used where that is an input."""
        box = self.inputs.pop("bbox")
        self.inputs["detector"] = mock.Mock(getBBox=mock.Mock(return_value=Box2I(box)))
        makeTask().runQuantum(self.butlerQC, "inputs", self.outputRefs)
        self.assertEqual(self.butlerQC.put.call_args.args[0].template.getBBox(), box.dilatedBy(20))

    def testNoDetector(self):
        del self.inputs["bbox"]
        self.inputs["detector"] = None
        with self.assertRaisesRegex(RuntimeError, "no detector: configure connections.bbox"):
            makeTask().runQuantum(self.butlerQC, "inputs", self.outputRefs)

    def testUnknownInput(self):
        self.inputs["darkFlat"] = None
        with self.assertRaisesRegex(RuntimeError, "darkFlat"):
            makeTask().runQuantum(self.butlerQC, "inputs", self.outputRefs)
        self.butlerQC.put.assert_not_called()


def setup_module(module):
    lsst.utils.tests.init()


class MemoryTestCase(lsst.utils.tests.MemoryTestCase):
    """Files left open."""


if __name__ == "__main__":
    lsst.utils.tests.init()
    unittest.main()
