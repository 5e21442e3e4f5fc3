# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Templates of images in the format of `lsst.images`."""

from __future__ import annotations

import importlib.util
import pathlib
import subprocess
import sys
import tempfile
import unittest

import lsst.utils.tests

ROOT = pathlib.Path(__file__).resolve().parents[1]


@unittest.skipUnless(
    importlib.util.find_spec("lsst.images"), "lsst-images, which needs Python 3.12, is not installed."
)
class LsstImagesTestCase(lsst.utils.tests.TestCase):
    """The demo of them ends well, and would not if a template differed."""

    def testRun(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(
                [sys.executable, "-m", "demo.lsst_images", "--output", folder],
                cwd=ROOT,
                capture_output=True,
                text=True,
                check=False,
            )
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertIn(
                "2 of 2 templates of lsst.images are equal to those of ExposureF coadds", done.stdout
            )
            self.checkLog(pathlib.Path(folder, "of_images.log").read_text())
            self.checkComparison(pathlib.Path(folder, "repo"))

    def checkLog(self, log: str) -> None:
        """Check that no coadd was read for the sake of a component, of which
        the butler warns.
        """
        self.assertIn("Using coadd of tract 0", log)
        self.assertNotIn("The entire dataset must therefore be retrieved", log)

    def checkComparison(self, repo: pathlib.Path) -> None:
        """Check that the demo would have found differences."""
        from lsst.afw.detection import GaussianPsf
        from lsst.daf.butler import Butler

        from demo.lsst_images.compare import compare_templates

        data_id = {"instrument": "DemoCam", "visit": 101, "detector": 0}
        with Butler.from_config(str(repo), collections="demo/of_images") as butler:
            template, other = (butler.get("template_detector", data_id) for _ in range(2))
        self.assertEqual(compare_templates(template, other, "").differences, ())
        other.image.array[500, 500] += 1.0
        other.mask.array[500, 500] ^= other.mask.getPlaneBitMask("SAT")
        other.setPsf(GaussianPsf(41, 41, 2.0))
        differences = compare_templates(template, other, "").differences
        self.assertEqual(differences[:2], ("image", "mask plane SAT"))
        self.assertTrue(differences[2].startswith("PSF at"), differences)


def setup_module(module: object) -> None:
    """Prepare the memory test."""
    lsst.utils.tests.init()


class MemoryTester(lsst.utils.tests.MemoryTestCase):
    """Check for leaks of file descriptors."""


if __name__ == "__main__":
    lsst.utils.tests.init()
    unittest.main()
