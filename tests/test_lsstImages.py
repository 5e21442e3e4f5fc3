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
import unittest

import lsst.utils.tests
from lsst.afw.detection import GaussianPsf
from lsst.daf.butler import Butler
from template_commands import ROOT
from test_readme import DocumentTestCase


@unittest.skipUnless(
    importlib.util.find_spec("lsst.images"), "lsst-images, which needs Python 3.12, is not installed."
)
class LsstImagesTestCase(DocumentTestCase):
    """The demo of them ends well, and would not if a template differed; the
    page about them uses its repository.
    """

    @classmethod
    def prepare(cls) -> None:
        cls.output = cls.folder / "demo" / "output" / "lsst_images"
        cls.done = subprocess.run(
            [sys.executable, "-m", "demo.lsst_images", "--output", cls.output],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )

    def testRun(self) -> None:
        self.assertEqual(self.done.returncode, 0, self.done.stdout + self.done.stderr)
        self.assertIn(
            "2 of 2 templates of lsst.images are equal to those of ExposureF coadds", self.done.stdout
        )
        self.checkLog((self.output / "of_images.log").read_text())
        self.checkComparison(self.output / "repo")

    def testPage(self) -> None:
        self.shell.environment["IP_DIFFIM_TEMPLATE_DIR"] = str(ROOT)
        self.runPage("doc/lsst-images.md", 3)
        with Butler.from_config(str(self.output / "repo"), collections="u/me/templates") as butler:
            self.assertEqual(len(butler.query_datasets("template_detector")), 1)

    def checkLog(self, log: str) -> None:
        """Check that no coadd was read for the sake of a component, of which
        the butler warns.
        """
        self.assertIn("Using coadd of tract 0", log)
        self.assertNotIn("The entire dataset must therefore be retrieved", log)

    def checkComparison(self, repo: pathlib.Path) -> None:
        """Check that the demo would have found differences."""
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
