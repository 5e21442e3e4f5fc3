# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Templates through ``pipetask``, against those of the Science Pipelines."""

from __future__ import annotations

import pathlib
import tempfile
import unittest

import lsst.utils.tests
import numpy as np
from lsst.afw.image import ExposureF
from lsst.daf.butler import Butler
from lsst.geom import Box2I
from scipy.ndimage import maximum_filter
from template_repository import DATA, ROOT, SceneRepository

SCENES = ROOT.parent / "shared" / "golden"


def maskPlanes(exposure):
    """Boolean planes by name: bit numbers are private to a process."""
    mask = exposure.mask
    return {name: (mask.array & (1 << bit)) != 0 for name, bit in mask.getMaskPlaneDict().items()}


class GoldenTestCase(lsst.utils.tests.TestCase):
    """Base class of comparisons with reference templates.

    Both interpolate positions, in other places: hence tolerances of 3e-4 of
    the brightest pixel nearby and 1e-3 sigma, and 1 pixel in 1000 may differ.
    """

    def assertAgrees(self, template, reference):
        self.assertEqual(template.getBBox(), reference.getBBox())
        self.assertEqual(template.getWcs(), reference.getWcs())
        self.assertEqual(template.getPhotoCalib(), reference.getPhotoCalib())
        self.assertTrue(np.isfinite(template.image.array).all())
        self.assertTrue(np.isfinite(template.variance.array).all())

        got, want = maskPlanes(template), maskPlanes(reference)
        nothing = np.zeros(template.image.array.shape, bool)
        differs = nothing.copy()
        for name in {*got, *want}:
            differs |= got.get(name, nothing) != want.get(name, nothing)
        hasData = ~(got["NO_DATA"] & want["NO_DATA"])
        brightest = maximum_filter(np.where(hasData, np.abs(reference.image.array), 0), 5)
        tolerance = 3e-4 * brightest + 1e-3 * np.sqrt(reference.variance.array)
        differs |= hasData & (np.abs(template.image.array - reference.image.array) > tolerance)
        variances = template.variance.array, reference.variance.array
        differs |= hasData & (np.abs(variances[0] - variances[1]) > 1e-3 * variances[1])
        self.assertLessEqual(differs.mean(), 1e-3)

    def assertScene(self, scene, *arguments):
        """Assert that all templates of a scene are as in the reference."""
        with tempfile.TemporaryDirectory() as folder:
            repository = SceneRepository(scene, pathlib.Path(folder))
            done = repository.pipetask(*arguments)
            self.assertEqual(done.returncode, 0, done.stderr)
            with Butler.from_config(repository.repo, collections="templates") as butler:
                for name, entry in repository.index["detectors"].items():
                    with self.subTest(scene=repository.name, detector=name):
                        self.assertDetector(butler, repository, name, entry)

    def assertDetector(self, butler, repository, name, entry):
        dataId = repository.dataId(name)
        found = butler.exists("goodSeeingDiff_templateExp", dataId)
        self.assertEqual(bool(found), "template" in entry)
        if not found:
            return
        template = butler.get("goodSeeingDiff_templateExp", dataId)
        self.assertAgrees(template, ExposureF.readFits(str(repository.scene / entry["template"])))
        self.assertEqual(template.getFilter().physicalLabel, "r_scene")
        self.assertEqual(template.info.getVisitInfo().getId(), repository.visit)
        psf = template.getPsf()
        inputs = [[psf.getTract(i), psf.getPatch(i)] for i in range(psf.getComponentCount())]
        self.assertEqual(sorted(inputs), sorted(entry["inputs"]))
        self.assertEqual(len(template.info.getCoaddInputs().ccds), len(inputs))
        position = psf.getAveragePosition()
        # The existing task counts from the first pixel of the template.
        expected = np.array(entry["psf_average_position"]) + np.array(template.getXY0())
        self.assertFloatsAlmostEqual(np.array([position.x, position.y]), expected, atol=0.05)
        metadata = butler.get("buildTemplate_metadata", dataId)["buildTemplate"]
        self.assertEqual(metadata["nPatches"], len(inputs))
        self.assertEqual(metadata["nTracts"], len({tract for tract, _ in inputs}))


class SmallSceneTestCase(GoldenTestCase):
    """One detector on four patches, with the default config file."""

    def testScene(self):
        self.assertScene(DATA, "-C", f"buildTemplate:{ROOT / 'config' / 'getTemplate.py'}")

    def testComparison(self):
        """The comparison would notice."""
        reference = ExposureF.readFits(str(DATA / "template_one.fits"))
        self.assertAgrees(ExposureF(reference, deep=True), reference)
        part = Box2I(reference.getBBox()).erodedBy(60)
        for plane in ("image", "variance", "mask"):
            template = ExposureF(reference, deep=True)
            pixels = getattr(template[part], plane).array
            pixels[...] = pixels ^ 1 if plane == "mask" else 1.01 * pixels
            with self.assertRaises(AssertionError):
                self.assertAgrees(template, reference)


@unittest.skipUnless(SCENES.is_dir(), "The reference scenes are not there.")
class ScenesTestCase(GoldenTestCase):
    """Whole scenes."""

    def testCorner(self):
        self.assertScene(SCENES / "corner")

    def testRings(self):
        self.assertScene(SCENES / "rings")

    def testHsc(self):
        self.assertScene(SCENES / "hsc")


def setup_module(module):
    lsst.utils.tests.init()


class MemoryTestCase(lsst.utils.tests.MemoryTestCase):
    """Files left open."""


if __name__ == "__main__":
    lsst.utils.tests.init()
    unittest.main()
