# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command ``template-psf``."""

import contextlib
import io
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
import unittest.mock

import lsst.utils.tests
import numpy as np
from lsst.afw.detection import GaussianPsf
from lsst.afw.fits import readMetadata
from lsst.afw.geom import makeCdMatrix, makeSkyWcs
from lsst.afw.image import CoaddInputs, ExposureF, ImageD
from lsst.afw.math import FixedKernel
from lsst.afw.table import ExposureCatalog, ExposureTable
from lsst.geom import Box2D, Box2I, Extent2I, Point2D, Point2I, SpherePoint, arcseconds, degrees
from lsst.ip.diffim.templatePsf import templatePsfMain
from lsst.meas.algorithms import CoaddPsf, KernelPsf

BOX = Box2I(Point2I(1000, -20), Extent2I(100, 80))
CENTER = Point2D(1050.0, 20.0)
SKY = SpherePoint(150.0, 2.0, degrees)
WCS = makeSkyWcs(CENTER, SKY, makeCdMatrix(0.2 * arcseconds))


def makeCatalog(columns, rows):
    schema = ExposureTable.makeMinimalSchema()
    schema.addField("weight", type="D", doc="Weight.")
    for name in columns:
        schema.addField(name, type="I", doc="A number.")
    catalog = ExposureCatalog(schema)
    for number, (box, sigma, weight, *values) in enumerate(rows):
        record = catalog.addNew()
        record.setId(number + 10)
        record.setWcs(WCS)
        record.setBBox(box)
        kernel = FixedKernel(GaussianPsf(21, 21, sigma).computeKernelImage(Point2D(0, 0)))
        # A coadd's PSF needs to know where that of an input is typical.
        record.setPsf(KernelPsf(kernel, Box2D(box).getCenter()))
        record["weight"] = weight
        for name, value in zip(columns, values, strict=True):
            record[name] = value
    return catalog


LEFT = Box2I(BOX.getMin(), Extent2I(60, 80))
RIGHT = Box2I(Point2I(1040, -20), Extent2I(60, 80))


def makeTemplate():
    """Two patches of a tract that overlap at x from 1040 to 1059."""
    exposure = ExposureF(BOX, WCS)
    catalog = makeCatalog(("tract", "patch"), [(LEFT, 1.5, 1.0, 9813, 3), (RIGHT, 2.0, 3.0, 9813, 4)])
    exposure.setPsf(CoaddPsf(catalog, WCS, CENTER))
    return exposure


def makeCoadd():
    exposure = ExposureF(BOX, WCS)
    catalog = makeCatalog(("visit", "ccd"), [(LEFT, 1.5, 1.0, 42, 7), (RIGHT, 2.0, 1.0, 43, 8)])
    exposure.setPsf(CoaddPsf(catalog, WCS, "weight"))
    inputs = CoaddInputs(catalog.schema, catalog.schema)
    inputs.ccds.extend(catalog, True)
    exposure.info.setCoaddInputs(inputs)
    return exposure


def makeGaussian():
    exposure = ExposureF(BOX, WCS)
    exposure.setPsf(GaussianPsf(21, 21, 2.0))
    return exposure


class TemplatePsfTestCase(lsst.utils.tests.TestCase):
    """PSFs of files of all kinds."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, exposure, name="exposure.fits"):
        path = str(self.folder / name)
        exposure.writeFits(path)
        return path

    def run_command(self, *arguments):
        """Run the command; its status and what it printed."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                status = templatePsfMain([str(each) for each in arguments])
            except SystemExit as done:
                status = done.code
        return status, out.getvalue(), err.getvalue()

    def check(self, *arguments):
        status, out, err = self.run_command(*arguments)
        self.assertEqual((status, err), (0, ""))
        return out

    def check_refused(self, text, *arguments, status=1):
        found, out, err = self.run_command(*arguments)
        self.assertEqual((found, out), (status, ""))
        self.assertIn(text, err)
        if status == 1:
            self.assertEqual(len(err.splitlines()), 1)

    def test_patches_of_a_template(self):
        path = self.write(makeTemplate())
        out = self.check(path, 1049.5, 20.25)
        self.assertIn("CoaddPsf of exposure.fits at x 1049.50, y 20.25", out)
        self.assertIn("tract 9813, patch 3, 25.0 % of the weight", out)
        self.assertIn("tract 9813, patch 4, 75.0 % of the weight", out)
        out = self.check(path, 1005, -15)
        self.assertIn("tract 9813, patch 3, 100.0 % of the weight", out)
        self.assertNotIn("patch 4", out)

    def test_detectors_of_a_coadd(self):
        out = self.check(self.write(makeCoadd()), 1050, 20)
        self.assertIn("visit 42, detector 7, 50.0 % of the weight", out)
        self.assertIn("visit 43, detector 8, 50.0 % of the weight", out)

    def test_coadd_without_a_list_of_inputs(self):
        exposure = makeCoadd()
        exposure.info.setCoaddInputs(None)
        self.assertIn("input 10, 50.0 %", self.check(self.write(exposure), 1050, 20))

    def test_size_and_box(self):
        exposure = makeGaussian()
        out = self.check(self.write(exposure), 1050, 20)
        self.assertIn("21 x 21 pixels, x 1040 to 1060, y 10 to 30", out)
        self.assertIn("size    2.0000 pixels = 0.4000 arcsec", out)
        self.assertNotIn("inputs", out)

    def test_position_on_the_sky(self):
        path = self.write(makeTemplate())
        out = self.check(path, "--ra", 150.0, "--dec", 2.0)
        self.assertIn("x 1050.00, y 20.00 (RA 150.000000, Dec +2.000000 degrees)", out)

    def test_image_file(self):
        exposure = makeTemplate()
        output = self.folder / "psf.fits"
        self.check(self.write(exposure), 1049.5, 20.25, "-o", output)
        expected = exposure.getPsf().computeImage(Point2D(1049.5, 20.25))
        image = ImageD(str(output))
        self.assertEqual(image.getBBox(), expected.getBBox())
        np.testing.assert_allclose(image.array, expected.array, rtol=0, atol=1e-12)
        header = readMetadata(str(output))
        self.assertEqual((header["PSFX"], header["PSFY"]), (1049.5, 20.25))
        self.assertEqual(header["PSFIN1"], "tract 9813, patch 4")
        self.assertAlmostEqual(header["PSFWT1"], 0.75)

    def test_picture(self):
        try:
            import matplotlib  # noqa: F401
        except ImportError:
            self.skipTest("matplotlib is not installed.")
        output = self.folder / "psf.png"
        self.check(self.write(makeTemplate()), 1050, 20, "-o", output)
        self.assertEqual(output.read_bytes()[:8], b"\x89PNG\r\n\x1a\n")

    def test_files_are_kept(self):
        path, output = self.write(makeGaussian()), self.folder / "psf.fits"
        output.write_bytes(b"precious")
        self.check_refused("give --overwrite", path, 1050, 20, "-o", output)
        self.check_refused("outside", path, 0, 0, "-o", output, "--overwrite")
        self.assertEqual(output.read_bytes(), b"precious")
        self.check(path, 1050, 20, "-o", output, "--overwrite")
        self.assertEqual(ImageD(str(output)).getBBox().getMin(), Point2I(1040, 10))

    def test_nothing_is_left_half_written(self):
        path, output = self.write(makeGaussian()), self.folder / "psf.fits"

        def fail(self, name, metadata):
            pathlib.Path(name).write_bytes(b"half")
            raise OSError("No space left on device")

        with unittest.mock.patch.object(ImageD, "writeFits", fail):
            self.check_refused("No space left", path, 1050, 20, "-o", output)
        self.assertEqual(os.listdir(self.folder), ["exposure.fits"])

    def test_errors_are_one_sentence(self):
        path = self.write(makeTemplate())
        self.check_refused("outside of the exposure", path, 1050, 2000)
        self.check_refused("absent.fits", self.folder / "absent.fits", 1, 2)
        self.check_refused("no folder", path, 1050, 20, "-o", self.folder / "absent" / "psf.fits")
        exposure = ExposureF(BOX, WCS)
        self.check_refused("has no PSF", self.write(exposure, "bare.fits"), 1050, 20)
        bare = ExposureF(BOX)
        bare.setPsf(GaussianPsf(21, 21, 2.0))
        self.check_refused("has no WCS", self.write(bare, "flat.fits"), "--ra", 1, "--dec", 2)
        (self.folder / "text.fits").write_text("no FITS file")
        self.check_refused("text.fits", self.folder / "text.fits", 1, 2)

    def test_gap_between_patches(self):
        exposure = ExposureF(BOX, WCS)
        catalog = makeCatalog((), [(Box2I(BOX.getMin(), Extent2I(10, 10)), 1.5, 1.0)])
        exposure.setPsf(CoaddPsf(catalog, WCS, "weight"))
        self.check_refused("", self.write(exposure), 1090, 50)

    def test_arguments_are_checked(self):
        for arguments in (
            (),
            (1,),
            (1, 2, "--ra", 3, "--dec", 4),
            ("--ra", 3),
            ("nan", 3),
            ("--ra", 3, "--dec", 91),
            (1, 2, "-o", "psf.txt"),
        ):
            self.check_refused("error:", "file.fits", *arguments, status=2)

    def test_exposure_without_wcs(self):
        exposure = ExposureF(BOX)
        exposure.setPsf(GaussianPsf(21, 21, 2.0))
        out = self.check(self.write(exposure), 1050, 20)
        self.assertNotIn("RA", out)
        self.assertIn("size    2.0000 pixels (", out)

    def test_module_is_a_command(self):
        done = subprocess.run(
            [sys.executable, "-m", "lsst.ip.diffim.templatePsf", "--help"],
            capture_output=True,
            text=True,
            check=True,
        )
        self.assertIn("examples:", done.stdout)


class MemoryTestCase(lsst.utils.tests.MemoryTestCase):
    pass


def setup_module(module):
    lsst.utils.tests.init()


if __name__ == "__main__":
    lsst.utils.tests.init()
    unittest.main()
