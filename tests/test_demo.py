# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""The demo, as `make demo` runs it, with one detector a visit."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import pathlib
import subprocess
import sys
import tempfile
import unittest
import unittest.mock

import lsst.geom
import lsst.utils.tests
import numpy as np
from lsst.afw.geom import makeCdMatrix, makeSkyWcs

from demo.__main__ import main
from demo.check import TemplateCheck
from demo.sky import Mixture, Sky
from demo.survey import Survey

ROOT = pathlib.Path(__file__).resolve().parents[1]


class DemoTestCase(lsst.utils.tests.TestCase):
    """The demo ends well, and would not if a template were wrong."""

    def testRun(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(
                [sys.executable, "-m", "demo", "--detectors", "1", "--output", folder],
                cwd=ROOT,
                capture_output=True,
                text=True,
                check=False,
            )
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertIn("2 of 2 templates agree", done.stdout)
            picture = pathlib.Path(folder, "demo.png").read_bytes()
            self.assertTrue(picture.startswith(b"\x89PNG"))
            self.assertLess(len(picture), 300_000)

    def testArguments(self) -> None:
        """A sentence rejects numbers out of range."""
        for arguments, status, said in (
            (["--detectors", "0"], 2, "--detectors must be 1 to 36, not 0."),
            (["--detectors", "37"], 2, "--detectors must be 1 to 36, not 37."),
            (["--jobs", "0"], 2, "--jobs must be 1 or more, not 0."),
        ):
            printed = io.StringIO()
            with (
                self.subTest(arguments=arguments),
                unittest.mock.patch("sys.argv", ["demo", *arguments]),
                contextlib.redirect_stdout(printed),
                contextlib.redirect_stderr(printed),
            ):
                with self.assertRaises(SystemExit) as stop:
                    main()
                self.assertEqual(stop.exception.code, status)
                self.assertIn(said, printed.getvalue())

    def testFaults(self) -> None:
        good = TemplateCheck(
            visit=1,
            detector=2,
            tracts=3,
            patches=4,
            covered=0.9,
            expected=0.9,
            rms=1.0,
            flux=1.0,
            flux_sigma=0.0005,
            seconds=1.0,
        )
        self.assertEqual(good.faults(), [])
        for change in ({"covered": 0.88}, {"rms": 1.2}, {"rms": np.nan}, {"flux": 1.01}):
            self.assertEqual(len(dataclasses.replace(good, **change).faults()), 1, change)
        # In a corner of a detector there are few stars.
        self.assertEqual(dataclasses.replace(good, flux=0.991, flux_sigma=0.006).faults(), [])

    def testRender(self) -> None:
        """A star has its flux, its place and the width of the PSF."""
        center = lsst.geom.SpherePoint(56.0, -65.0, lsst.geom.degrees)
        wcs = makeSkyWcs(
            lsst.geom.Point2D(30.25, 40.5),
            center,
            makeCdMatrix(0.2 * lsst.geom.arcseconds, 20 * lsst.geom.degrees),
        )
        bbox = lsst.geom.Box2I(lsst.geom.Point2I(-10, -20), lsst.geom.Extent2I(100, 120))
        image = Sky.star(center, 50.0).render(wcs, bbox, Mixture(((0.7, 0.1), (0.3, 0.4))))
        x, y = bbox.grid()
        self.assertFloatsAlmostEqual(image.sum(), 50.0, rtol=1e-6)
        self.assertFloatsAlmostEqual(np.sum(image * x) / 50.0, 30.25, atol=1e-5)
        self.assertFloatsAlmostEqual(np.sum(image * y) / 50.0, 40.5, atol=1e-5)
        # 0.7*0.1 + 0.3*0.4 = 0.19 arcsec^2
        self.assertFloatsAlmostEqual(np.sum(image * (x - 30.25) ** 2) / 50.0, 0.19 / 0.04, rtol=1e-4)

    def testCoverage(self) -> None:
        """The gap is in the tract it is said to be in, and nowhere else."""
        survey = Survey(1)
        for tract in survey.skymap:
            y, x = np.mgrid[: tract.getBBox().getHeight() : 5, : tract.getBBox().getWidth() : 5]
            missing = np.mean(np.isinf(survey.noise_factor(tract.getId(), x, y)))
            if any(band.tract == tract.getId() and np.isinf(band.noise) for band in survey.bands):
                self.assertGreater(missing, 0.005)
                self.assertLess(missing, 0.05)
            else:
                self.assertEqual(missing, 0.0)


def setup_module(module: object) -> None:
    """Prepare the memory test."""
    lsst.utils.tests.init()


class MemoryTester(lsst.utils.tests.MemoryTestCase):
    """Check for leaks of file descriptors."""


if __name__ == "__main__":
    lsst.utils.tests.init()
    unittest.main()
