# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Templates from coadds of sub-bands, with a stand-in for the DCR model."""

from __future__ import annotations

import itertools
import sys
import types
import unittest
from unittest import mock

import lsst.utils.tests
import numpy as np
from lsst.afw.image import ExposureF, VisitInfo
from lsst.ip.diffim import GetDcrTemplateConfig, GetDcrTemplateTask, GetTemplateTask
from lsst.ip.diffim.getTemplate import GetDcrTemplateConnections
from lsst.pipe.base import InMemoryDatasetHandle, NoWorkFound, Struct
from template_testing import (
    RecordingHandle,
    TemplateTestCase,
    TwoTractScene,
    makeCoadd,
    makeDataId,
    makeWcs,
    putItem,
)

MODULE = "lsst.ip.diffim.dcrModel"
SUBFILTERS = 3


class DcrModel:
    """Stand-in: the matched coadd is the sum of those of the sub-bands,
    times the airmass.
    """

    made: list[DcrModel] = []

    def __init__(self, handles, *wavelengths):
        self.handles = handles
        self.wavelengths = wavelengths
        self.made.append(self)

    @classmethod
    def fromQuantum(cls, availableCoaddRefs, effectiveWavelength, bandwidth, numSubfilters):
        return cls(list(availableCoaddRefs), effectiveWavelength, bandwidth, numSubfilters)

    def buildMatchedExposureHandle(self, visitInfo):
        matched = ExposureF(self.handles[0].get(), deep=True)
        matched.image.array[:] = sum(handle.get().image.array for handle in self.handles)
        matched.image.array *= visitInfo.getBoresightAirmass()
        return InMemoryDatasetHandle(matched, storageClass="ExposureF", copy=False)


class DcrTestCase(TemplateTestCase):
    """Base class: coadds of three sub-bands, of values 1, 2 and 3."""

    def setUp(self):
        module = types.ModuleType(MODULE)
        module.DcrModel = DcrModel
        putItem(self, sys.modules, module.__name__, module)
        DcrModel.made.clear()

        self.config = GetDcrTemplateConfig()
        self.config.effectiveWavelength = 620.0
        self.config.bandwidth = 140.0
        self.scene = TwoTractScene()
        self.scene.handles = [
            RecordingHandle(
                makeCoadd(self.scene.skymap, tract, patch, image=float(subfilter + 1)),
                makeDataId(tract, patch, subfilter=subfilter),
            )
            for subfilter, tract, patch in itertools.product(range(SUBFILTERS), range(2), range(4))
        ]
        self.visitInfo = VisitInfo(id=42, boresightAirmass=1.5)

    def select(self, task):
        scene = self.scene
        return task.getExposures(scene.handles, scene.bbox, scene.skymap, scene.wcs, self.visitInfo)


class DcrConnectionsTestCase(lsst.utils.tests.TestCase):
    """Tests of `GetDcrTemplateConnections`."""

    def testDefaults(self):
        connections = GetDcrTemplateConnections(config=GetDcrTemplateConfig())
        self.assertEqual(
            set(connections.allConnections), {"bbox", "wcs", "skyMap", "visitInfo", "dcrCoadds", "template"}
        )
        self.assertEqual(connections.dimensions, {"instrument", "visit", "detector"})
        self.assertEqual(connections.template.name, "dcrDiff_templateExp")
        self.assertEqual(connections.visitInfo.name, "calexp.visitInfo")
        self.assertEqual(connections.visitInfo.storageClass, "VisitInfo")
        coadds = connections.dcrCoadds
        self.assertEqual(coadds.name, "dcrCoadd")
        self.assertEqual(coadds.storageClass, "ExposureF")
        self.assertEqual(set(coadds.dimensions), {"tract", "patch", "skymap", "band", "subfilter"})
        self.assertTrue(coadds.multiple and coadds.deferLoad)

    def testTemplates(self):
        config = GetDcrTemplateConfig()
        config.connections.fakesType = "fakes_"
        config.connections.warpTypeSuffix = "_direct"
        connections = GetDcrTemplateConnections(config=config)
        self.assertEqual(connections.dcrCoadds.name, "fakes_dcrCoadd_direct")
        self.assertEqual(connections.visitInfo.name, "fakes_calexp.visitInfo")


class DcrConfigTestCase(lsst.utils.tests.TestCase):
    """Tests of `GetDcrTemplateConfig`."""

    def testRequiredFields(self):
        config = GetDcrTemplateConfig()
        self.assertEqual(config.numSubfilters, 3)
        with self.assertRaisesRegex(ValueError, "effectiveWavelength, bandwidth"):
            config.validate()
        config.bandwidth = 140.0
        with self.assertRaisesRegex(ValueError, "effectiveWavelength$|effectiveWavelength[^,]"):
            config.validate()
        config.effectiveWavelength = 620.0
        config.validate()

    def testInherited(self):
        self.assertEqual(GetDcrTemplateConfig().warp.warpingKernelName, "lanczos3")
        self.assertTrue(issubclass(GetDcrTemplateTask, GetTemplateTask))


class DcrExposuresTestCase(DcrTestCase):
    """Tests of `GetDcrTemplateTask.getExposures`."""

    def testModels(self):
        selected = self.select(GetDcrTemplateTask(config=self.config))
        self.assertEqual(len(DcrModel.made), 8)
        for model in DcrModel.made:
            self.assertEqual(model.wavelengths, (620.0, 140.0, 3))
            self.assertEqual([handle.dataId["subfilter"] for handle in model.handles], [0, 1, 2])
            self.assertEqual(len({(h.dataId["tract"], h.dataId["patch"]) for h in model.handles}), 1)
        for tract in range(2):
            self.assertEqual([dataId["patch"] for dataId in selected.dataIds[tract]], [0, 1, 2, 3])
            self.assertEqual({dataId["subfilter"] for dataId in selected.dataIds[tract]}, {0})
            for handle in selected.coaddExposures[tract]:
                self.assertFloatsAlmostEqual(handle.get().image.array, np.float32(9))

    def testOrder(self):
        """Data IDs are those of subfilter 0, in whatever order they come."""
        self.scene.handles.reverse()
        selected = self.select(GetDcrTemplateTask(config=self.config))
        self.assertEqual([*selected.dataIds], [1, 0])
        self.assertEqual([dataId["patch"] for dataId in selected.dataIds[1]], [3, 2, 1, 0])
        self.assertEqual({dataId["subfilter"] for dataId in selected.dataIds[1]}, {0})

    def testOverlap(self):
        self.scene.wcs = makeWcs(center=self.scene.skymap[0].getWcs().pixelToSky(270, 100), angle=0)
        self.scene.bbox.grow(-20)
        selected = self.select(GetDcrTemplateTask(config=self.config))
        self.assertNotIn(0, selected.dataIds)

    def testNoWork(self):
        task = GetDcrTemplateTask(config=self.config)
        self.scene.wcs = makeWcs(center=self.scene.skymap[0].getWcs().pixelToSky(9000, 100))
        with self.assertRaisesRegex(NoWorkFound, "No patches overlap detector"):
            self.select(task)
        self.scene.wcs = None
        with self.assertRaisesRegex(NoWorkFound, "WCS"):
            self.select(task)
        self.assertEqual(DcrModel.made, [])

    def testSubfilterMissing(self):
        del self.scene.handles[8 + 5]
        with self.assertRaisesRegex(RuntimeError, r"Tract 1, patch 1 has 2 subfilters.* 3\."):
            self.select(GetDcrTemplateTask(config=self.config))

    def testSubfilterTwice(self):
        self.scene.handles.append(self.scene.handles[8 + 5])
        with self.assertRaisesRegex(RuntimeError, r"Tract 1, patch 1 has 4 subfilters.* 3\."):
            self.select(GetDcrTemplateTask(config=self.config))

    def testOverriddenCheck(self):
        """A subclass may do without a subfilter, be it the first."""

        class Task(GetDcrTemplateTask):
            def checkPatchList(self, patchList):
                pass

            def getDcrModel(self, patchList, coaddRefs, visitInfo):
                return {
                    tract: [f"{tract}.{patch}" for patch in dict.fromkeys(patchList[tract])]
                    for tract in patchList
                }

        del self.scene.handles[5]
        selected = self.select(Task(config=self.config))
        self.assertEqual(selected.coaddExposures[1], ["1.0", "1.2", "1.3", "1.1"])
        self.assertEqual([dataId["patch"] for dataId in selected.dataIds[1]], [0, 2, 3, 1])
        self.assertEqual([dataId["subfilter"] for dataId in selected.dataIds[1]], [0, 0, 0, 1])

    def testOtherNumber(self):
        self.config.numSubfilters = 2
        with self.assertRaisesRegex(RuntimeError, r"Tract 0, patch 0 has 3 subfilters.* 2\."):
            self.select(GetDcrTemplateTask(config=self.config))


class DcrRunTestCase(DcrTestCase):
    """Tests of `GetDcrTemplateTask` as a whole."""

    def testRun(self):
        task = GetDcrTemplateTask(config=self.config)
        template = self.scene.run(task, self.select(task), visit=42)
        self.assertFloatsAlmostEqual(template.image.array, np.float32(9), rtol=1e-5)
        self.assertFalse(self.noData(template).any())
        self.assertEqual(task.metadata["nPatches"], 8)
        self.assertEqual(template.info.getVisitInfo().getId(), 42)

    def testRunQuantum(self):
        scene = self.scene
        inputs = {
            "bbox": scene.bbox,
            "wcs": scene.wcs,
            "skyMap": scene.skymap,
            "visitInfo": self.visitInfo,
            "dcrCoadds": scene.handles,
        }
        butlerQC = mock.Mock(
            get=mock.Mock(return_value=inputs),
            quantum=types.SimpleNamespace(dataId={"physical_filter": "r_test"}),
            resources=types.SimpleNamespace(num_cores=1),
        )
        outputRefs = types.SimpleNamespace(template=types.SimpleNamespace(dataId={"visit": 42}))
        GetDcrTemplateTask(config=self.config).runQuantum(butlerQC, None, outputRefs)
        result, refs = butlerQC.put.call_args.args
        self.assertIsInstance(result, Struct)
        self.assertIs(refs, outputRefs)
        self.assertFloatsAlmostEqual(result.template.image.array, np.float32(9), rtol=1e-5)

    def testWithoutModel(self):
        with (
            mock.patch.dict(sys.modules, {MODULE: None}),
            self.assertRaisesRegex(ImportError, r"needs lsst\.ip\.diffim\.dcrModel.*Science Pipelines"),
        ):
            GetDcrTemplateTask(config=self.config)


def setup_module(module):
    lsst.utils.tests.init()


class MemoryTestCase(lsst.utils.tests.MemoryTestCase):
    """Files left open."""


if __name__ == "__main__":
    lsst.utils.tests.init()
    unittest.main()
