# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Input of which no template can be built: errors that say why, nothing
changed.
"""

from __future__ import annotations

import pathlib
import shutil
import tempfile
import unittest

import lsst.utils.tests
import numpy as np
from lsst.afw.image import ExposureF, PhotoCalib
from lsst.daf.butler import Butler
from lsst.geom import Box2I, Extent2I, Point2I, SpherePoint, degrees
from lsst.pipe.base import InMemoryDatasetHandle, NoWorkFound
from template_repository import DATA, SceneRepository
from template_testing import (
    FileHandle,
    RecordingHandle,
    TemplateTestCase,
    TwoTractScene,
    centerOfTract,
    makeCoadd,
    makeDataId,
    makeTask,
    makeWcs,
    planes,
)


class BadInputTestCase(TemplateTestCase):
    """Base class of tests in which a `TwoTractScene` gives no template."""

    def setUp(self):
        self.scene = TwoTractScene()
        self.task = makeTask()

    def assertFails(self, error, message, **kwargs):
        """Assert that `run` fails and leaves all that it was given."""
        box = kwargs.setdefault("bbox", Box2I(self.scene.bbox))
        boxBefore, handles = Box2I(box), list(self.scene.handles)
        before = [planes(coadd) for coadd in self.scene.coadds()]
        selected = self.scene.select(self.task)
        kwargs.setdefault("coaddExposureHandles", selected.coaddExposures)
        kwargs.setdefault("dataIds", selected.dataIds)
        lists = {tract: list(group) for tract, group in kwargs["coaddExposureHandles"].items()}
        with self.assertRaisesRegex(error, message):
            self.scene.run(self.task, selected, **kwargs)
        self.assertEqual(box, boxBefore)
        self.assertEqual(kwargs["coaddExposureHandles"], lists)
        self.assertEqual(self.scene.handles, handles)
        for copies, coadd in zip(before, self.scene.coadds(), strict=True):
            for copy, now in zip(copies, planes(coadd), strict=True):
                np.testing.assert_array_equal(copy, now)

    def assertFailsEarly(self, error, message, **kwargs):
        """Assert that `run` fails before it reads any pixel."""
        self.assertFails(error, message, **kwargs)
        self.assertFalse(any(handle.pixelReads for handle in self.scene.handles))


class ArgumentsTestCase(BadInputTestCase):
    """Arguments that do not fit each other."""

    def testNoWcs(self):
        self.assertFailsEarly(ValueError, "WCS .* not None", wcs=None)

    def testEmptyBox(self):
        self.assertFailsEarly(ValueError, r"^A template needs a box with pixels, not .*\.$", bbox=Box2I())

    def testNothingGiven(self):
        self.assertFailsEarly(ValueError, "No coadds", coaddExposureHandles={}, dataIds={})
        self.assertFailsEarly(ValueError, "No coadds", coaddExposureHandles={3: []}, dataIds={3: []})

    def withoutDataIds(self, group):
        """Handles of the same coadds that have no data ID."""
        return [InMemoryDatasetHandle(handle.inMemoryDataset, storageClass="ExposureF") for handle in group]

    def testUnequalLists(self):
        """Handles without data ID are paired by position."""
        selected = self.scene.select(self.task)
        handles = {0: self.withoutDataIds(selected.coaddExposures[0]), 1: selected.coaddExposures[1]}
        for dataIds, number in (({0: selected.dataIds[0][1:]}, 3), ({1: selected.dataIds[1]}, 0)):
            self.assertFailsEarly(
                ValueError,
                f"Tract 0 has 4 coadds, not all of which have a data ID, and {number} data IDs",
                coaddExposureHandles=handles,
                dataIds=dataIds,
            )

    def testWrongTract(self):
        selected = self.scene.select(self.task)
        swapped = {0: selected.coaddExposures[1], 1: selected.coaddExposures[0]}
        self.assertFailsEarly(
            ValueError, "tract 1, patch 0, band r is listed with tract 0", coaddExposureHandles=swapped
        )

    def testNoHandle(self):
        """What is no handle is named by its type."""
        for thing, name in ((self.scene.coadd(0, 0), "ExposureF"), ("coadd.fits", "str")):
            self.assertFailsEarly(
                TypeError,
                f"tract 0 must be given as handles.*not as {name}",
                coaddExposureHandles={0: [thing]},
            )

    def testMixedBands(self):
        self.scene.replace(1, 2, self.scene.coadd(1, 2), band="g")
        self.assertFailsEarly(RuntimeError, r"\['g', 'r'\]")


class CoaddsTestCase(BadInputTestCase):
    """Coadds that lack something, or do not go together."""

    def testPhotoCalibs(self):
        self.scene.coadd(1, 0).setPhotoCalib(PhotoCalib(3.0))
        self.assertFails(RuntimeError, "one photoCalib.*tract 0, patch 0.*tract 1, patch 0, band r")

    def testNoPhotoCalib(self):
        self.scene.coadd(0, 3).setPhotoCalib(None)
        self.assertFails(RuntimeError, "tract 0, patch 3, band r has no photoCalib")

    def testWcsDiffers(self):
        self.scene.coadd(1, 3).setWcs(self.scene.coadd(0, 0).getWcs())
        expected = "tract 1, patch 3, band r has another WCS than the first of its tract"
        # Another task has not seen the sky map, by which the WCS is wrong too.
        selected, self.task = self.scene.select(self.task), makeTask()
        with self.assertRaisesRegex(RuntimeError, expected):
            self.scene.run(self.task, selected)

    def testNoWcs(self):
        coadd = self.scene.coadd(0, 1)
        bare = ExposureF(coadd.getMaskedImage())
        bare.setPhotoCalib(coadd.getPhotoCalib())
        self.scene.replace(0, 1, bare)
        self.assertFails(RuntimeError, "tract 0, patch 1, band r has no WCS")

    def testNoPsf(self):
        self.scene.coadd(1, 1).setPsf(None)
        self.assertFails(RuntimeError, "tract 1, patch 1, band r has no PSF")

    def testNothingUsable(self):
        for image, variance in ((1.0, np.nan), (1.0, np.inf), (1.0, 0.0), (1.0, -1.0), (np.nan, 1.0)):
            self.scene = TwoTractScene(image=[image, image], variance=[variance, variance])
            self.assertFails(NoWorkFound, "No patches found to overlap science exposure")

    def testNothingThere(self):
        """Coadds that are given but far from the detector."""
        selected = self.scene.select(self.task)
        for center in (SpherePoint(56.5, -30, degrees), SpherePoint(236, 30, degrees)):
            self.assertFails(
                NoWorkFound,
                "No patches found to overlap science exposure",
                coaddExposureHandles=selected.coaddExposures,
                dataIds=selected.dataIds,
                wcs=makeWcs(center=center),
            )
        self.assertFalse(any(handle.pixelReads for handle in self.scene.handles))


class BoxTestCase(BadInputTestCase):
    """Boxes that are odd, but allowed."""

    def testOnePixel(self):
        """One pixel is enough, with or without a border."""
        self.scene.wcs = makeWcs(center=centerOfTract(self.scene.skymap, 0))
        whole = self.scene.run()
        self.scene.bbox = Box2I(Point2I(60, 45), Extent2I(1, 1))
        for border, size in ((20, 41), (0, 1)):
            template = self.scene.run(makeTask(templateBorderSize=border, warp__interpLength=0))
            self.assertEqual(template.getDimensions(), Extent2I(size, size))
            self.assertFloatsAlmostEqual(template.image.array, np.float32(10), rtol=1e-5)
            self.assertFloatsAlmostEqual(
                template.variance.array, whole[template.getBBox()].variance.array, rtol=1e-2
            )

    def testFarPixels(self):
        """A box of pixels that lie far from the coadds."""
        for x, y in ((10**5, 0), (0, -(10**6)), (2**30, 2**30)):
            self.scene.bbox = Box2I(Point2I(x, y), Extent2I(100, 100))
            with self.assertRaisesRegex(NoWorkFound, "No patches overlap detector"):
                self.scene.select(self.task)

    def testFarPixelsGiven(self):
        selected = self.scene.select(self.task)
        for x, y in ((10**5, 0), (0, -(10**6))):
            self.assertFails(
                NoWorkFound,
                "No patches found to overlap",
                bbox=Box2I(Point2I(x, y), Extent2I(100, 100)),
                coaddExposureHandles=selected.coaddExposures,
                dataIds=selected.dataIds,
            )

    def testEmptySelection(self):
        self.scene.bbox = Box2I()
        with self.assertRaises(NoWorkFound):
            self.scene.select(self.task)


class FilesTestCase(TemplateTestCase):
    """Files that cannot be read, named by tract, patch and band."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.repository = SceneRepository(DATA, pathlib.Path(cls.folder.name))

    def damages(self, path):
        """Damage a file in several ways; yields the ways."""
        content = path.read_bytes()
        path.unlink()
        yield "missing"
        path.write_bytes(b"")
        yield "empty"
        path.write_bytes(content[: len(content) // 3])
        yield "truncated"
        path.write_bytes(content[:100])
        yield "truncated in the primary header"
        path.write_text("Not a FITS file.\n" * 1000)
        yield "not FITS"
        path.write_bytes(content)

    def assertNamesPatch(self, handles, path):
        """Assert that errors name the patch whose file is damaged."""
        calexp = ExposureF.readFits(str(DATA / "calexp_one.fits"))
        given = {
            "coaddExposureHandles": {3: handles},
            "dataIds": {3: [handle.dataId for handle in handles]},
            "wcs": calexp.getWcs(),
            "physical_filter": "r_scene",
        }
        for damage in self.damages(path):
            box = calexp.getBBox()
            with (
                self.subTest(damage=damage),
                self.assertRaisesRegex(RuntimeError, "Cannot read .* of tract 3, patch 2, band r"),
            ):
                makeTask().run(bbox=box, **given)
            self.assertEqual(box, calexp.getBBox())
        self.assertIsInstance(makeTask().run(bbox=calexp.getBBox(), **given).template, ExposureF)

    def testButler(self):
        with Butler.from_config(self.repository.repo, collections=self.repository.inputs) as butler:
            handles = [
                butler.getDeferred("goodSeeingCoadd", skymap="corner", tract=3, patch=patch, band="r")
                for patch in range(4)
            ]
            path = pathlib.Path(butler.getURI(handles[2].ref).ospath)
            self.assertNamesPatch(handles, path)

    def testFiles(self):
        with tempfile.TemporaryDirectory() as name:
            paths = [pathlib.Path(name, f"coadd_3_{patch}.fits") for patch in range(4)]
            for path in paths:
                shutil.copyfile(DATA / path.name, path)
            handles = [FileHandle(path, makeDataId(3, patch)) for patch, path in enumerate(paths)]
            self.assertNamesPatch(handles, paths[2])

    def testNoExposure(self):
        """A handle that gives something else is found out as well."""
        coadd = makeCoadd(TwoTractScene().skymap, 0, 0)
        handle = RecordingHandle(coadd.getMaskedImage(), makeDataId(0, 0))
        scene = TwoTractScene()
        scene.handles[0] = handle
        with self.assertRaisesRegex(RuntimeError, "tract 0, patch 0, band r"):
            scene.run()


def setup_module(module):
    lsst.utils.tests.init()


class MemoryTestCase(lsst.utils.tests.MemoryTestCase):
    """Files left open."""


if __name__ == "__main__":
    lsst.utils.tests.init()
    unittest.main()
