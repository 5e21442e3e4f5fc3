# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Templates from files, by ``template-make``."""

from __future__ import annotations

import contextlib
import gzip
import importlib.util
import io
import json
import pathlib
import shutil
import sys
import tempfile
import unittest
from collections.abc import Callable
from unittest import mock

import astropy.io.fits
import lsst.utils.tests
import numpy as np
from lsst.afw.image import ExposureF, ExposureFitsReader, FilterLabel
from lsst.geom import Box2I, Extent2D, Extent2I, Point2I
from lsst.ip.diffim import GetTemplateTask
from lsst.ip.diffim.templateMake import ExposureFile, main
from lsst.ip.diffim.templateMake._files import new_file
from template_repository import DATA
from template_testing import makeTask
from test_golden import SCENES, GoldenTestCase

CALEXP = DATA / "calexp_one.fits"
COADDS = sorted(DATA.glob("coadd_*.fits"))
UNSCALED = ("-c", "doScaleVariance=False")
"""Options with which templates do not depend on a package behind this one."""


def run(*arguments: object) -> tuple[int, str, str]:
    """Run the command; returns its status, output and messages."""
    output, messages = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(messages):
        try:
            status = main([str(each) for each in arguments])
        except SystemExit as err:
            status = err.code
    return int(status), output.getvalue(), messages.getvalue()


class Terminal(io.StringIO):
    """Text that is shown on a terminal."""

    def isatty(self) -> bool:
        return True


def move_away(exposure: ExposureF) -> None:
    """Move an exposure to where no coadd is."""
    exposure.setWcs(exposure.getWcs().copyAtShiftedPixelOrigin(Extent2D(5000, 5000)))


class CommandTestCase(GoldenTestCase):
    """Base class of tests in a folder of their own."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.output = self.folder / "template.fits"

    def make(self, *arguments: object) -> ExposureF:
        """Run the command, which must succeed; returns the template."""
        status, output, messages = run(*UNSCALED, *arguments, "-o", self.output)
        self.assertEqual((status, messages), (0, ""))
        self.assertIn(f"{self.output}: ", output)
        return ExposureF(str(self.output))

    def assertFails(self, message: str, *arguments: object, status: int = 1) -> None:
        """Assert that the command says a sentence, and makes nothing."""
        before = sorted(self.folder.rglob("*"))
        got, _, messages = run(*arguments)
        self.assertEqual(got, status, messages)
        self.assertRegex(messages, rf"\Atemplate-make: .*{message}.*\.\n\Z")
        self.assertEqual(messages.count("\n"), 1)
        self.assertNotIn("..", messages.replace("...", ""))
        self.assertEqual(sorted(self.folder.rglob("*")), before)

    def changed(self, path: pathlib.Path, name: str, change: object) -> pathlib.Path:
        """Write a changed copy of an exposure; returns its path."""
        exposure = ExposureF(str(path))
        change(exposure)
        exposure.writeFits(str(self.folder / name))
        return self.folder / name


class TemplateMakeTestCase(CommandTestCase):
    """What is made."""

    def testTemplate(self) -> None:
        template = self.make(CALEXP, *COADDS)
        self.assertAgrees(template, ExposureF(str(DATA / "template_one.fits")))
        self.assertEqual(template.getFilter(), FilterLabel(band="r", physical="r_golden"))
        self.assertEqual(template.info.getVisitInfo().getId(), 42)
        psf = template.getPsf()
        self.assertEqual({psf.getTract(i) for i in range(psf.getComponentCount())}, {0})
        self.assertEqual(list(self.folder.iterdir()), [self.output])

    def testFigures(self) -> None:
        status, output, _ = run(CALEXP, *COADDS, "-o", self.output)
        self.assertEqual(status, 0)
        self.assertRegex(output, r": 1 tract, 4 patches of band r, \d+\.\d % covered, \d+\.\d s\n\Z")

    def testInputsUnchanged(self) -> None:
        before = {path: path.read_bytes() for path in (CALEXP, *COADDS)}
        self.make(CALEXP, *COADDS)
        self.assertEqual(before, {path: path.read_bytes() for path in before})

    def testFolderAndPattern(self) -> None:
        """A folder, a pattern that no shell has seen, and a repetition."""
        coadds = self.folder / "a folder"
        coadds.mkdir()
        for path in COADDS:
            shutil.copy(path, coadds)
        (coadds / "notes.txt").write_text("not a coadd")
        one = self.make(CALEXP, coadds)
        self.output = self.folder / "other.fits"
        other = self.make(CALEXP, coadds / "coadd_*.fits", coadds / COADDS[0].name)
        self.assertMaskedImagesEqual(one.maskedImage, other.maskedImage)

    def testOptions(self) -> None:
        (self.folder / "config.py").write_text("config.templateBorderSize = 3\n")
        bbox = Box2I(ExposureF(str(CALEXP)).getBBox())
        for arguments, border in (
            (("-C", self.folder / "config.py"), 3),
            (("-C", self.folder / "config.py", "-c", "templateBorderSize=4"), 4),
            (("-c", "buildTemplate:templateBorderSize=4", "-C", self.folder / "config.py"), 3),
            (("-c", "templateBorderSize=4", "--border", 0), 0),
        ):
            with self.subTest(arguments=arguments):
                template = self.make(CALEXP, *COADDS, *arguments, "--overwrite")
                self.assertEqual(template.getBBox(), bbox.dilatedBy(border))

    def testThreads(self) -> None:
        one = self.make(CALEXP, *COADDS, "--threads", 1)
        three = self.make(CALEXP, *COADDS, "--threads", 3, "--overwrite")
        self.assertMaskedImagesEqual(one.maskedImage, three.maskedImage)

    def testCompression(self) -> None:
        plain = self.make(CALEXP, *COADDS, "--compression", "none")
        with astropy.io.fits.open(self.output) as hdus:
            self.assertIsInstance(hdus[1], astropy.io.fits.ImageHDU)
        for name, algorithm in (("lossless", "GZIP_2"), ("lossy16", "RICE_1")):
            template = self.make(CALEXP, *COADDS, "--compression", name, "--overwrite")
            with astropy.io.fits.open(self.output, disable_image_compression=True) as hdus:
                self.assertEqual(hdus[1].header["ZCMPTYPE"], algorithm)
            if name == "lossless":
                self.assertMaskedImagesEqual(template.maskedImage, plain.maskedImage)
            else:
                good = plain.variance.array > 0
                change = (template.image.array - plain.image.array)[good]
                self.assertLess(np.std(change / np.sqrt(plain.variance.array[good])), 0.1)
                self.assertGreater(np.std(change), 0)

    def testPreview(self) -> None:
        picture = self.folder / "picture"
        self.make(CALEXP, *COADDS, "--preview", picture)
        self.assertTrue(picture.read_bytes().startswith(b"\x89PNG"))

    def testExtra(self) -> None:
        """On a terminal, a progress bar is shown if tqdm is installed; only
        pictures need the extra.
        """
        for module, bar in (("tqdm", False), (None, True)):
            with (
                self.subTest(missing=module),
                mock.patch("io.StringIO", Terminal),
                mock.patch("importlib.util.find_spec", self.findBut(module)),
            ):
                images = [CALEXP, shutil.copy(CALEXP, self.folder / f"other{bar}.fits")]
                for chosen in (images[:1], images):
                    folder = self.folder / f"{module}{len(chosen)}"
                    status, _, messages = run(*chosen, "--coadds", *COADDS, "-o", f"{folder}/")
                    self.assertEqual(status, 0, messages)
                    self.assertEqual(len(list(folder.iterdir())), len(chosen))
                    self.assertEqual("Opening coadds" in messages, bar)
        with mock.patch.dict(sys.modules):
            for name in [*sys.modules]:
                if name.startswith("lsst.ip.diffim.templateReport"):
                    del sys.modules[name]
            sys.modules["matplotlib"] = None
            self.assertFails(
                "Cannot draw a preview: matplotlib is not installed. Install the extra with",
                CALEXP,
                *COADDS,
                "-o",
                self.output,
                "--preview",
                self.folder / "p.png",
            )
        self.assertFalse(self.output.exists())

    @staticmethod
    def findBut(module: str | None) -> Callable[..., object]:
        """Return a function that finds all modules but one."""
        find = importlib.util.find_spec
        return lambda name, *arguments: None if name == module else find(name, *arguments)

    def testManyImages(self) -> None:
        """One goes on after another that fails, or has no coadds."""
        names = ("one.fits", "two.fits", "nowhere.fits", "broken.fits")
        images = [self.folder / name for name in names]
        for image in images[:2]:
            shutil.copy(CALEXP, image)
        self.changed(CALEXP, "nowhere.fits", move_away)
        images[3].write_bytes(b"not FITS")
        for status, chosen in ((0, images[:3]), (1, images), (3, images[2:3])):
            with self.subTest(status=status):
                folder = self.folder / f"templates {status}"
                got, _, messages = run(
                    *UNSCALED, *chosen, "--coadds", *COADDS, "-o", f"{folder}/", "--preview", f"{folder}/"
                )
                self.assertEqual(got, status, messages)
                made = [path.name for path in sorted(folder.iterdir()) if path.suffix == ".fits"]
                self.assertEqual(made, ["one_template.fits", "two_template.fits"][: 0 if status == 3 else 2])
        template = ExposureF(str(self.folder / "templates 0" / "one_template.fits"))
        self.assertAgrees(template, ExposureF(str(DATA / "template_one.fits")))
        self.assertTrue((self.folder / "templates 0" / "two_template.png").exists())

    def testSkipExisting(self) -> None:
        shutil.copy(CALEXP, self.folder / "a.fits")
        arguments = (CALEXP, self.folder / "a.fits", "--coadds", *COADDS, "-o", self.folder)
        (self.folder / "a_template.fits").write_text("of yesterday")
        status, output, _ = run(*arguments, "--skip-existing")
        self.assertEqual(status, 0)
        self.assertIn("1 of 1 template made.", output)
        self.assertEqual((self.folder / "a_template.fits").read_text(), "of yesterday")
        self.assertTrue((self.folder / "calexp_one_template.fits").exists())
        self.assertFails("exists already", *arguments)
        self.assertEqual(run(*arguments, "--skip-existing")[:2], (0, "All templates exist already.\n"))

    def testBands(self) -> None:
        """Of coadds of several bands, those of the image's are taken."""
        others = [
            self.changed(
                path, f"g_{path.name}", lambda exposure: exposure.setFilter(FilterLabel.fromBand("g"))
            )
            for path in COADDS
        ]
        template = self.make(CALEXP, *others, *COADDS)
        self.assertEqual(template.getFilter().bandLabel, "r")
        self.assertEqual(template.getPsf().getComponentCount(), 4)
        template = self.make(CALEXP, *others, *COADDS, "--band", "g", "--overwrite")
        self.assertEqual(template.getFilter().bandLabel, "g")
        target = self.folder / "none.fits"
        self.assertFails("has band r, but the coadds are of band g", CALEXP, *others, "-o", target)
        self.assertFails(
            "No coadd has band i; they have band r", CALEXP, *COADDS, "--band", "i", "-o", target
        )
        nameless = [
            self.changed(COADDS[0], "no.fits", lambda exposure: exposure.setFilter(None)),
            *COADDS[1:],
        ]
        self.assertFails("no.fits names no band", CALEXP, *nameless, "-o", target)
        self.make(CALEXP, *nameless, "--band", "r", "--overwrite")


class ScienceImageTestCase(CommandTestCase):
    """Science images of all kinds have the same template."""

    def setUp(self) -> None:
        super().setUp()
        # A plain image has no origin, so the exposure here has none either.
        wcs = ExposureF(str(CALEXP)).getWcs()
        self.exposure = ExposureF(Extent2I(120, 90), wcs)
        self.exposure.setFilter(FilterLabel.fromBand("r"))
        self.exposure.writeFits(str(self.folder / "exposure.fits"))
        self.header = astropy.io.fits.Header(wcs.getFitsMetadata().toDict())
        self.pixels = np.zeros((90, 120), np.float32)
        self.expected = self.make(self.folder / "exposure.fits", *COADDS)

    def assertSame(self, name: str) -> None:
        template = self.make(self.folder / name, *COADDS, "--overwrite")
        self.assertEqual(template.getBBox(), self.expected.getBBox())
        difference = template.image.array - self.expected.image.array
        self.assertLess(np.abs(difference).max(), 1e-3 * np.abs(self.expected.image.array).max())

    def testPlainFits(self) -> None:
        fits = astropy.io.fits
        other = fits.ImageHDU(np.zeros((5, 6), np.int16))
        cube = np.zeros((2, 90, 120), np.float32)
        for name, hdus in {
            "primary": [fits.PrimaryHDU(self.pixels, self.header)],
            "extension": [fits.PrimaryHDU(), other, fits.ImageHDU(self.pixels, self.header)],
            "compressed": [fits.PrimaryHDU(), fits.CompImageHDU(self.pixels, self.header)],
            "cube": [fits.PrimaryHDU(cube, self.header)],
        }.items():
            with self.subTest(name):
                fits.HDUList(hdus).writeto(self.folder / f"{name}.fits")
                self.assertSame(f"{name}.fits")

    def testGzip(self) -> None:
        for name in ("exposure.fits", "plain.fits"):
            if name == "plain.fits":
                astropy.io.fits.PrimaryHDU(self.pixels, self.header).writeto(self.folder / name)
            with gzip.open(self.folder / f"{name}.gz", "wb") as file:
                file.write((self.folder / name).read_bytes())
            self.assertSame(f"{name}.gz")

    def testFilterCard(self) -> None:
        self.header["FILTER"] = "my red"
        astropy.io.fits.PrimaryHDU(self.pixels, self.header).writeto(self.folder / "filter.fits")
        template = self.make(self.folder / "filter.fits", *COADDS, "--overwrite")
        self.assertEqual(template.getFilter(), FilterLabel(band="r", physical="my red"))


class RefusalTestCase(CommandTestCase):
    """What is refused, in one sentence."""

    def testArguments(self) -> None:
        fails, target = self.assertFails, ("-o", self.output)
        fails("following arguments are required: FILE", *target)
        fails("required: -o/--output", CALEXP, *COADDS)
        fails("No coadds were given", CALEXP, *target)
        fails("at least 1, not 0", CALEXP, *COADDS, *target, "-j", 0)
        fails("must not be negative", CALEXP, *COADDS, *target, "--border", -1)
        fails("There is no config file nowhere.py", CALEXP, *COADDS, *target, "-C", "nowhere.py")
        fails("FIELD=VALUE, not 'border'", CALEXP, *COADDS, *target, "-c", "border")
        fails("'border=1'.* has no attribute border", CALEXP, *COADDS, *target, "-c", "border=1")
        fails(
            "'warp.warpingKernelName' failed", CALEXP, *COADDS, *target, "-c", "warp.warpingKernelName=flat"
        )
        (self.folder / "bad.py").write_text("config.border = (\n")
        fails("bad.py is not Python", CALEXP, *COADDS, *target, "-C", self.folder / "bad.py")
        fails(r"stands for \d+ science images", DATA, *COADDS, *target)
        fails("need a folder", CALEXP, DATA / "template_one.fits", "--coadds", *COADDS, *target)

    def testFiles(self) -> None:
        target = ("-o", self.output)
        (self.folder / "bad.fits").write_text("not FITS")
        (self.folder / "empty").mkdir()
        nothing, bad = self.folder / "nothing.fits", self.folder / "bad.fits"
        short = self.folder / "short.fits"
        short.write_bytes(COADDS[0].read_bytes()[:50000])
        self.assertFails("no science image .*nothing.fits", nothing, *COADDS, *target)
        self.assertFails("no coadd .*nothing.fits", CALEXP, nothing, *target)
        self.assertFails("No file matches '.*nothing_", CALEXP, self.folder / "nothing_*.fits", *target)
        self.assertFails("empty has no FITS files", CALEXP, self.folder / "empty", *target)
        self.assertFails("bad.fits is not a FITS file", bad, *COADDS, *target)
        self.assertFails("bad.fits is not a FITS file", CALEXP, *COADDS, bad, *target)
        self.assertFails("short.fits", CALEXP, *COADDS, short, *target)

    def testCoadds(self) -> None:
        target = ("-o", self.output)
        rest = COADDS[1:]
        lost = self.changed(COADDS[0], "lost.fits", lambda exposure: exposure.setWcs(None))
        self.assertFails("lost.fits has no WCS", CALEXP, lost, *rest, *target)
        no_psf = self.changed(COADDS[0], "no_psf.fits", lambda exposure: exposure.setPsf(None))
        self.assertFails("tract 0, patch 0, band r has no PSF", CALEXP, no_psf, *rest, *target)
        copy = self.folder / "copy.fits"
        shutil.copy(COADDS[0], copy)
        self.assertFails("are of the same patch", CALEXP, *COADDS, copy, *target)
        plain = self.folder / "plain.fits"
        astropy.io.fits.PrimaryHDU(np.zeros((4, 4))).writeto(plain)
        self.assertFails("plain.fits is not an exposure", CALEXP, *COADDS, plain, *target)
        image = self.changed(CALEXP, "image.fits", lambda exposure: exposure.setXY0(Point2I(0, 0)))
        self.assertFails("image.fits .*the science image of visit 42", CALEXP, *COADDS, image, *target)
        template = DATA / "template_one.fits"
        self.assertFails("template_one.fits .*the template of visit 42", CALEXP, *COADDS, template, *target)

    def testScienceImage(self) -> None:
        target = ("-o", self.output)
        lost = self.changed(CALEXP, "lost.fits", lambda exposure: exposure.setWcs(None))
        self.assertFails("lost.fits has no WCS", lost, *COADDS, *target)
        plain = self.folder / "plain.fits"
        astropy.io.fits.PrimaryHDU(np.zeros((4, 4))).writeto(plain)
        self.assertFails("No image in .*plain.fits has a celestial WCS", plain, *COADDS, *target)
        self.assertFails("is a coadd and not the science image", *COADDS, CALEXP, *target)
        away = self.changed(CALEXP, "away.fits", move_away)
        self.assertFails("No coadd overlaps .*away.fits", away, *COADDS, *target, status=3)

    def testTarget(self) -> None:
        self.output.write_text("mine")
        self.assertFails("exists already", CALEXP, *COADDS, "-o", self.output)
        self.assertEqual(self.output.read_text(), "mine")
        self.assertFails(
            "folder .*nowhere .* does not exist", CALEXP, *COADDS, "-o", self.folder / "nowhere" / "t.fits"
        )
        self.assertFails("not by the name", CALEXP, *COADDS, "-o", self.folder / "t.fits.gz")
        image = self.folder / "image.fits"
        shutil.copy(CALEXP, image)
        before = image.read_bytes()
        self.assertFails("is one of the inputs", image, *COADDS, "-o", image, "--overwrite")
        self.assertEqual(image.read_bytes(), before)
        with mock.patch("os.access", return_value=False):
            self.assertFails("cannot be written to", CALEXP, *COADDS, "-o", self.folder / "t.fits")

    def testHelp(self) -> None:
        status, output, _ = run("--help")
        self.assertEqual(status, 0)
        self.assertIn("template-make calexp.fits coadd_*.fits -o template.fits\n", output)
        status, output, _ = run("--version")
        self.assertEqual(status, 0)
        self.assertRegex(output, r"\Atemplate-make .+\n\Z")


class NumberingTestCase(CommandTestCase):
    """Tracts and patches, as files say or in their order."""

    def labeled(self, path: pathlib.Path, **dataId: object) -> pathlib.Path:
        def label(exposure: ExposureF) -> None:
            for key, value in dataId.items():
                exposure.metadata[f"LSST BUTLER DATAID {key.upper()}"] = value

        return self.changed(path, f"labeled_{path.name}", label)

    def inputs(self, *arguments: object) -> list[tuple[int, int]]:
        template = self.make(CALEXP, *arguments, "--overwrite")
        return sorted((record["tract"], record["patch"]) for record in template.info.getCoaddInputs().ccds)

    def testNumbers(self) -> None:
        self.assertEqual(self.inputs(*COADDS), [(0, 0), (0, 1), (0, 2), (0, 3)])
        labeled = [self.labeled(path, tract=7, patch=10 + index) for index, path in enumerate(COADDS)]
        self.assertEqual(self.inputs(*labeled), [(7, 10), (7, 11), (7, 12), (7, 13)])
        # What has no number gets one that is left.
        some = [labeled[0], *COADDS[1:3], self.labeled(COADDS[3], patch=0)]
        self.assertEqual(self.inputs(*some), [(7, 0), (7, 1), (7, 2), (7, 10)])
        self.assertEqual(self.inputs(*labeled, "--count"), [(0, 0), (0, 1), (0, 2), (0, 3)])

    def testContradictions(self) -> None:
        target = ("-o", self.folder / "t.fits")
        two = [self.labeled(COADDS[0], tract=1), self.labeled(COADDS[1], tract=2), *COADDS[2:]]
        self.assertFails("same WCS, but name different tracts, 1 and 2", CALEXP, *two, *target)
        self.inputs(*two, "--count")
        same = [self.labeled(COADDS[0], patch=1), self.labeled(COADDS[1], patch=1)]
        self.assertFails("are of the same patch", CALEXP, *same, *target)


class ExposureFileTestCase(CommandTestCase):
    """The handle of a file gives what its reader gives."""

    def testComponents(self) -> None:
        handle, reader = ExposureFile(COADDS[0]), ExposureFitsReader(str(COADDS[0]))
        self.assertEqual(handle.get(component="bbox"), reader.readBBox())
        self.assertEqual(handle.get(component="xy0"), reader.readBBox().getMin())
        self.assertEqual(handle.get(component="dimensions"), reader.readBBox().getDimensions())
        self.assertEqual(handle.get(component="wcs"), reader.readWcs())
        self.assertEqual(handle.get(component="photoCalib"), reader.readPhotoCalib())
        self.assertEqual(handle.get(component="filter"), reader.readFilter())
        self.assertEqual(len(handle.get(component="coaddInputs").ccds), len(reader.readCoaddInputs().ccds))
        self.assertEqual(
            handle.get(component="psf").getComponentCount(), reader.readPsf().getComponentCount()
        )
        self.assertEqual(handle.get(component="visitInfo").getId(), 0)
        for name in ("apCorrMap", "detector", "id", "summaryStats", "transmissionCurve", "validPolygon"):
            self.assertIsNone(handle.get(component=name), name)
        self.assertEqual(ExposureFile(CALEXP).get(component="visitInfo").getId(), 42)
        self.assertIn("BUNIT", handle.get(component="metadata"))

    def testPixels(self) -> None:
        handle, whole = ExposureFile(str(COADDS[0])), ExposureF(str(COADDS[0]))
        self.assertMaskedImagesEqual(handle.get().maskedImage, whole.maskedImage)
        box = Box2I(whole.getXY0() + Extent2I(7, 9), Extent2I(20, 30))
        part = handle.get(parameters={"bbox": box}, storageClass="ExposureF")
        self.assertIsInstance(part, ExposureF)
        self.assertMaskedImagesEqual(part.maskedImage, whole[box].maskedImage)
        self.assertIsNotNone(part.getPsf())
        for name in ("image", "mask", "variance"):
            plane = handle.get(component=name, parameters={"bbox": box})
            np.testing.assert_array_equal(plane.array, getattr(whole[box], name).array)

    def testDataId(self) -> None:
        handle = ExposureFile(COADDS[0], {"tract": 3, "patch": 1}, patch=2, band="r")
        self.assertEqual(handle.dataId, {"tract": 3, "patch": 2, "band": "r"})
        self.assertEqual(handle.path, COADDS[0])
        with self.assertRaises(TypeError):
            handle.dataId["tract"] = 4
        self.assertIn("coadd_3_0.fits", repr(handle))

    def testErrors(self) -> None:
        handle = ExposureFile(COADDS[0])
        with self.assertRaisesRegex(KeyError, "no component 'nothing'"):
            handle.get(component="nothing")
        with self.assertRaisesRegex(ValueError, "parameters \\['box'\\]"):
            handle.get(parameters={"box": Box2I()})
        with self.assertRaisesRegex(ValueError, "'wcs' of .* has no parameters"):
            handle.get(component="wcs", parameters={"bbox": Box2I()})
        with self.assertRaisesRegex(NotImplementedError, "as 'ExposureD'"):
            handle.get(storageClass="ExposureD")
        with self.assertRaises(TypeError):
            ExposureFile(ExposureF(1, 1))

    def testTask(self) -> None:
        """A task takes it as it takes the handles of a butler."""
        handles = [ExposureFile(path, tract=3, patch=n, band="r") for n, path in enumerate(COADDS)]
        calexp = ExposureFile(CALEXP)
        template = (
            makeTask()
            .run(
                coaddExposureHandles={3: handles},
                dataIds={3: [handle.dataId for handle in handles]},
                bbox=calexp.get(component="bbox"),
                wcs=calexp.get(component="wcs"),
                physical_filter="r_golden",
                visit=42,
            )
            .template
        )
        self.assertAgrees(template, ExposureF(str(DATA / "template_one.fits")))

    def testNoHandles(self) -> None:
        """Exposures and paths in the place of handles are refused."""
        task, exposure = GetTemplateTask(), ExposureF(str(COADDS[0]))
        bbox, wcs = exposure.getBBox(), exposure.getWcs()
        for wrong, name in ((exposure, "ExposureF"), (str(COADDS[0]), "str"), (COADDS[0], "PosixPath")):
            with self.assertRaisesRegex(TypeError, f"handles.*, not as {name}"):
                task.getExposures([wrong], bbox, None, wcs)
            with self.assertRaisesRegex(TypeError, f"handles.*, not as {name}"):
                task.run(
                    coaddExposureHandles={3: [wrong]},
                    dataIds={3: [{"tract": 3, "patch": 0, "band": "r"}]},
                    bbox=bbox,
                    wcs=wcs,
                    physical_filter="r_golden",
                )


class NewFileTestCase(CommandTestCase):
    """A file has its name when it is complete, or not at all."""

    def testFailure(self) -> None:
        with self.assertRaises(KeyboardInterrupt), new_file(self.output, overwrite=False) as path:
            path.write_text("half")
            self.assertFalse(self.output.exists())
            raise KeyboardInterrupt
        self.assertEqual(list(self.folder.iterdir()), [])

    def testMeanwhile(self) -> None:
        for links in (True, False):
            with self.subTest(links=links), contextlib.ExitStack() as stack:
                if not links:
                    stack.enter_context(mock.patch("os.link", side_effect=PermissionError))
                with (
                    self.assertRaisesRegex(Exception, "exists already"),
                    new_file(self.output, overwrite=False) as path,
                ):
                    path.write_text("ours")
                    self.output.write_text("theirs")
                self.assertEqual(self.output.read_text(), "theirs")
                with new_file(self.output, overwrite=True) as path:
                    path.write_text("ours")
                self.assertEqual(self.output.read_text(), "ours")
                self.output.unlink()
                with new_file(self.output, overwrite=False) as path:
                    path.write_text("new")
                self.assertEqual(self.output.read_text(), "new")
                self.assertEqual(list(self.folder.iterdir()), [self.output])


@unittest.skipUnless(SCENES.is_dir(), "The reference scenes are not there.")
class ScenesTestCase(CommandTestCase):
    """Whole scenes, all detectors in one command."""

    def assertMade(self, name: str) -> None:
        scene = SCENES / name
        folder = self.folder / name
        status, _, messages = run(
            *UNSCALED,
            *sorted(scene.glob("calexp_*.fits")),
            "--coadds",
            *sorted(scene.glob("coadd_*.fits")),
            "-o",
            f"{folder}/",
        )
        self.assertEqual((status, messages), (0, ""))
        for detector, entry in json.loads((scene / "index.json").read_text())["detectors"].items():
            with self.subTest(scene=name, detector=detector):
                path = folder / f"{pathlib.Path(entry['calexp']).stem}_template.fits"
                self.assertEqual(path.exists(), "template" in entry)
                if "template" in entry:
                    template = ExposureF(str(path))
                    self.assertAgrees(template, ExposureF(str(scene / entry["template"])))
                    self.assertEqual(len(template.info.getCoaddInputs().ccds), len(entry["inputs"]))

    def testCorner(self) -> None:
        self.assertMade("corner")

    def testRings(self) -> None:
        self.assertMade("rings")

    def testHsc(self) -> None:
        self.assertMade("hsc")


class MemoryTester(lsst.utils.tests.MemoryTestCase):
    """Check for leaks of file descriptors."""


def setup_module(module: object) -> None:
    """Prepare the memory test."""
    lsst.utils.tests.init()


if __name__ == "__main__":
    lsst.utils.tests.init()
    unittest.main()
