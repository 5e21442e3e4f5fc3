# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Repositories from files, by ``template-repo``, and runs on them."""

from __future__ import annotations

import contextlib
import io
import json
import pathlib
import pickle
import shutil
import tempfile
import unittest
from collections.abc import Callable

import lsst.utils.tests
from lsst.afw.image import ExposureF, FilterLabel, VisitInfo
from lsst.daf.base import DateTime
from lsst.daf.butler import Butler, DatasetNotFoundError
from lsst.geom import Box2I, Extent2D, Extent2I
from lsst.ip.diffim.templateRepo import CoaddSkyMap, main
from template_commands import Shell
from template_repository import DATA
from test_golden import SCENES, GoldenTestCase

CALEXP = DATA / "calexp_one.fits"
COADDS = sorted(DATA.glob("coadd_*.fits"))
SKYMAP = DATA / "skyMap.pickle"


def run(*arguments: object) -> tuple[int, str, str]:
    """Run the command; returns its status, output and messages."""
    output, messages = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(messages):
        try:
            status = main([str(each) for each in arguments])
        except SystemExit as err:
            status = err.code
    return int(status), output.getvalue(), messages.getvalue()


class RepositoryTestCase(GoldenTestCase):
    """Base class of tests of a repository."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.repo = self.folder / "repo"
        self.shell = Shell(self.folder)

    def fill(self, science: object, coadds: object, *arguments: object) -> str:
        """Run the command, which must succeed; returns its last line."""
        status, output, messages = run(self.repo, "--science", *science, "--coadds", *coadds, *arguments)
        self.assertEqual((status, messages), (0, ""))
        self.first, _, command = output.splitlines()
        return command.strip()

    def assertFails(self, message: str, *arguments: object) -> None:
        """Assert that the command says a sentence."""
        status, output, messages = run(self.repo, *arguments)
        self.assertEqual((status, output), (1, ""), messages)
        self.assertRegex(messages, rf"\Atemplate-repo: .*{message}.*[.?]\n\Z")
        self.assertEqual(messages.count("\n"), 1)

    def pipetask(self, command: str) -> None:
        """Run a command that makes templates.

        They do not depend on a package behind this one.
        """
        done = self.shell.run(f"{command} -c buildTemplate:doScaleVariance=False")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def changed(self, path: pathlib.Path, name: str, change: Callable[[ExposureF], object]) -> pathlib.Path:
        """Write a changed copy of an exposure; returns its path."""
        exposure = ExposureF(str(path))
        change(exposure)
        exposure.writeFits(str(self.folder / name))
        return self.folder / name

    def butler(self) -> Butler:
        return Butler.from_config(str(self.repo), collections="inputs")


class TemplateRepoTestCase(RepositoryTestCase):
    """What is in a repository, and that it can be used."""

    def testTemplates(self) -> None:
        """With and without the sky map, twice each."""
        for number, skymap in enumerate(((), ("--skymap", SKYMAP))):
            self.repo = self.folder / f"repo {number}"
            command = self.fill([CALEXP], COADDS, *skymap)
            self.assertIn("4 coadds of 1 tract (4 new), 1 science image of 1 visit (1 new)", self.first)
            self.assertEqual(self.fill([CALEXP], COADDS), command)
            self.assertIn("(0 new)", self.first)
            self.pipetask(command)
            with Butler.from_config(str(self.repo), collections="templates") as butler:
                template = butler.get("goodSeeingDiff_templateExp", instrument="MyCam", visit=42, detector=0)
                self.assertAgrees(template, ExposureF(str(DATA / "template_one.fits")))
                inputs = {
                    (record["tract"], record["patch"]) for record in template.info.getCoaddInputs().ccds
                }
                tract = 3 if skymap else 0
                self.assertEqual(inputs, {(tract, patch) for patch in range(4)})
        self.pipetask(command)
        with Butler.from_config(str(self.repo)) as butler:
            self.assertEqual(len(butler.collections.query("templates/*")), 2)

    def testFilesStay(self) -> None:
        before = {path: path.read_bytes() for path in (CALEXP, *COADDS)}
        self.fill([CALEXP], COADDS)
        self.assertEqual(before, {path: path.read_bytes() for path in before})
        with self.butler() as butler:
            (ref,) = butler.query_datasets("calexp")
            self.assertEqual(pathlib.Path(butler.getURI(ref).ospath), CALEXP)

    def testTractsInUse(self) -> None:
        self.fill([CALEXP], COADDS[:2], "--skymap", SKYMAP)
        with self.butler() as butler:
            self.assertGreater(len(butler.get("skyMap", skymap="my_skymap")), 1)
            self.assertEqual([each.id for each in butler.query_dimension_records("tract")], [3])
            self.assertEqual([each.id for each in butler.query_dimension_records("patch")], [0, 1])

    def testGrowing(self) -> None:
        """More files come later; numbers of tracts and patches stay."""
        second = self.changed(CALEXP, "second.fits", lambda exposure: exposure.setXY0(exposure.getXY0()))
        self.fill([CALEXP], COADDS[2:])
        with self.butler() as butler:
            numbers = {
                butler.getURI(ref).ospath: ref.dataId["patch"]
                for ref in butler.query_datasets("goodSeeingCoadd")
            }
            region = next(iter(butler.query_dimension_records("visit"))).region
        self.fill([second], COADDS)
        self.assertIn("(2 new), 1 science image of 1 visit (1 new)", self.first)
        with self.butler() as butler:
            now = {
                butler.getURI(ref).ospath: ref.dataId["patch"]
                for ref in butler.query_datasets("goodSeeingCoadd")
            }
            self.assertEqual({path: now[path] for path in numbers}, numbers)
            self.assertEqual(sorted(now.values()), [0, 1, 2, 3])
            detectors = {
                pathlib.Path(butler.getURI(ref).ospath): ref.dataId["detector"]
                for ref in butler.query_datasets("calexp")
            }
            self.assertEqual(detectors, {CALEXP: 0, second: 1})
            (visit,) = butler.query_dimension_records("visit")
            self.assertEqual(len(visit.region.getVertices()), len(region.getVertices()))
            self.assertIsInstance(butler.get("skyMap", skymap="my_skymap"), CoaddSkyMap)

    def testReleaseNames(self) -> None:
        """Names and numbers that a repository has written into the files."""

        def label(exposure: ExposureF, name: str, **dataId: object) -> None:
            exposure.metadata["LSST BUTLER DATASETTYPE"] = name
            for key, value in dataId.items():
                exposure.metadata[f"LSST BUTLER DATAID {key.upper()}"] = value

        image = self.changed(
            CALEXP,
            "image.fits",
            lambda exposure: label(
                exposure,
                "visit_image",
                instrument="LSSTCam",
                visit=2025120100123,
                detector=94,
                day_obs=20251201,
            ),
        )
        coadds = [
            self.changed(
                path,
                path.name,
                lambda exposure, patch=patch: label(
                    exposure, "template_coadd", skymap="sky", tract=3, patch=patch, band="r"
                ),
            )
            for patch, path in enumerate(COADDS)
        ]
        command = self.fill([image], coadds)
        self.assertIn("DataReleaseTemplate.yaml", command)
        self.pipetask(command)
        with Butler.from_config(str(self.repo), collections="templates") as butler:
            template = butler.get("template_detector", instrument="LSSTCam", visit=2025120100123, detector=94)
            self.assertAgrees(template, ExposureF(str(DATA / "template_one.fits")))
            (visit,) = butler.query_dimension_records("visit")
            self.assertEqual((visit.day_obs, visit.physical_filter), (20251201, "r_golden"))

    def testOtherNames(self) -> None:
        command = self.fill(
            [CALEXP], COADDS, "--science-type", "image", "--coadd-type", "deep", "--collection", "my/files",
            "--instrument", "Cam", "--skymap-name", "sky",
        )  # fmt: skip
        self.pipetask(command)
        with Butler.from_config(str(self.repo), collections="templates") as butler:
            template = butler.get("goodSeeingDiff_templateExp", instrument="Cam", visit=42, detector=0)
            self.assertAgrees(template, ExposureF(str(DATA / "template_one.fits")))

    def testFileNames(self) -> None:
        """Visits and detectors that only file names tell."""
        names = ("night_7_c_12.fits", "night_7_c_3.fits", "night_8_c_3.fits")
        for name in names:
            shutil.copy(CALEXP, self.folder / name)
        self.fill([self.folder / "night_*.fits"], COADDS, "--names", "night_{visit}_c_{detector}.fits")
        with self.butler() as butler:
            pairs = {(ref.dataId["visit"], ref.dataId["detector"]) for ref in butler.query_datasets("calexp")}
            self.assertEqual(pairs, {(7, 12), (7, 3), (8, 3)})
            self.assertEqual({each.id for each in butler.query_dimension_records("visit")}, {7, 8})

    def testCopies(self) -> None:
        image = self.folder / "image.fits"
        shutil.copy(CALEXP, image)
        for added in (1, 0):
            self.fill([image], COADDS, "-t", "copy")
            self.assertIn(f"1 visit ({added} new)", self.first)
        image.unlink()
        with self.butler() as butler:
            self.assertEqual(
                butler.get("calexp.bbox", instrument="MyCam", visit=42, detector=0).getWidth(), 120
            )

    def testDate(self) -> None:
        date = DateTime("2025-10-05T03:00:00Z", DateTime.UTC)
        image = self.changed(
            CALEXP, "image.fits", lambda exposure: exposure.info.setVisitInfo(VisitInfo(id=5, date=date))
        )
        self.fill([image], COADDS)
        with self.butler() as butler:
            (visit,) = butler.query_dimension_records("visit")
            self.assertEqual((visit.id, visit.day_obs), (5, 20251004))

    def testCutout(self) -> None:
        """A part of a patch is of that patch."""
        exposure = ExposureF(str(COADDS[3]))
        part = exposure[exposure.getBBox().erodedBy(5)]
        part.writeFits(str(self.folder / "part.fits"))
        self.fill([CALEXP], [*COADDS[:3], self.folder / "part.fits"], "--skymap", SKYMAP)
        with self.butler() as butler:
            self.assertEqual(
                {ref.dataId["patch"] for ref in butler.query_datasets("goodSeeingCoadd")}, {0, 1, 2, 3}
            )


class RefusalTestCase(RepositoryTestCase):
    """What is refused, in one sentence."""

    def testFiles(self) -> None:
        files = ("--science", CALEXP, "--coadds", *COADDS)
        self.assertFails("no sky map file .*nothing", *files, "--skymap", self.folder / "nothing")
        self.assertFails("cannot be loaded", *files, "--skymap", CALEXP)
        number = self.folder / "number.pickle"
        number.write_bytes(pickle.dumps(7))
        self.assertFails("is the pickle of int", *files, "--skymap", number)
        self.assertFails("no science image nothing", "--science", "nothing", "--coadds", *COADDS)
        self.assertFails("needs .*visit", *files, "--names", "calexp_{tract}.fits")
        self.assertFails("does not match the pattern", *files, "--names", "calexp_{visit}.fits")
        self.assertFails("arguments are required", *files[:2])
        band = self.changed(CALEXP, "band.fits", lambda exposure: exposure.setFilter(None))
        self.assertFails("band.fits names no band", "--science", band, "--coadds", *COADDS)
        visit = self.changed(CALEXP, "visit.fits", lambda exposure: exposure.info.setVisitInfo(VisitInfo()))
        self.assertFails("visit.fits names no visit", "--science", visit, "--coadds", *COADDS)
        self.fill([visit], COADDS, "--visit", 5)

    def testOtherSkyMap(self) -> None:
        def move(exposure: ExposureF) -> None:
            exposure.setWcs(exposure.getWcs().copyAtShiftedPixelOrigin(Extent2D(0.5, 0.5)))

        moved = self.changed(COADDS[0], "moved.fits", move)
        self.assertFails(
            "moved.fits does not match any tract", "--science", CALEXP, "--coadds", moved, "--skymap", SKYMAP
        )
        larger = ExposureF(Box2I(ExposureF(str(COADDS[0])).getBBox()).dilatedBy(Extent2I(9, 0)))
        larger.setInfo(ExposureF(str(COADDS[0])).info)
        larger.writeFits(str(self.folder / "larger.fits"))
        self.assertFails(
            "larger.fits has the box .* not in any patch of its tract 3",
            "--science", CALEXP, "--coadds", self.folder / "larger.fits", "--skymap", SKYMAP,
        )  # fmt: skip

    def testConflicts(self) -> None:
        self.fill([CALEXP], COADDS, "--skymap", SKYMAP)
        other = self.changed(
            COADDS[0], "other.fits", lambda exposure: exposure.setFilter(FilterLabel.fromBand("r"))
        )
        self.assertFails(
            "is .*coadd_3_0.fits and cannot be .*other.fits", "--science", CALEXP, "--coadds", other
        )
        two = [self.folder / "a_1.fits", self.folder / "b_1.fits"]
        for path in two:
            shutil.copy(CALEXP, path)
        self.assertFails(
            "both of visit 42, detector 1",
            "--science",
            *two,
            "--coadds",
            *COADDS,
            "--names",
            "_{detector}.fits",
        )
        green = self.changed(
            CALEXP, "green.fits", lambda exposure: exposure.setFilter(FilterLabel("g", "g_1"))
        )
        self.assertFails("visit 42 are of several filters", "--science", CALEXP, green, "--coadds", *COADDS)
        self.assertFails(
            "dataset type calexp exists with another definition",
            "--science", CALEXP, "--coadds", *COADDS, "--coadd-type", "calexp",
        )  # fmt: skip
        skymap = CoaddSkyMap(
            {0: (ExposureF(str(COADDS[0])).getWcs(), {0: ExposureF(str(COADDS[0])).getBBox()})}
        )
        (self.folder / "one.pickle").write_bytes(pickle.dumps(skymap))
        self.assertFails(
            "another sky map named my_skymap",
            "--science", CALEXP, "--coadds", COADDS[0], "--skymap", self.folder / "one.pickle",
        )  # fmt: skip

    def testFolder(self) -> None:
        self.repo.mkdir()
        (self.repo / "thesis.tex").write_text("mine")
        self.assertFails("has files, but no repository", "--science", CALEXP, "--coadds", *COADDS)
        self.repo = self.repo / "thesis.tex"
        self.assertFails("is a file", "--science", CALEXP, "--coadds", *COADDS)

    def testNothingHalf(self) -> None:
        """After an error, no image is there without its records."""
        green = self.changed(
            CALEXP, "green.fits", lambda exposure: exposure.setFilter(FilterLabel("g", "g_1"))
        )
        self.assertFails("several filters", "--science", CALEXP, green, "--coadds", *COADDS)
        with Butler.from_config(str(self.repo)) as butler:
            self.assertEqual(butler.query_dimension_records("visit", explain=False), [])
            self.assertEqual(butler.query_dimension_records("tract", explain=False), [])
            with self.assertRaises(DatasetNotFoundError):
                butler.get("skyMap", skymap="my_skymap", collections="skymaps")
        self.fill([CALEXP], COADDS)

    def testHelp(self) -> None:
        status, output, _ = run("--help")
        self.assertEqual(status, 0)
        self.assertIn("--names 'calexp_{visit}_{detector}.fits'", output)


class CoaddSkyMapTestCase(lsst.utils.tests.TestCase):
    """A sky map made of coadds."""

    def testContents(self) -> None:
        wcs = ExposureF(str(COADDS[0])).getWcs()
        boxes = {4: ExposureF(str(COADDS[0])).getBBox(), 2: ExposureF(str(COADDS[1])).getBBox()}
        skymap = CoaddSkyMap({7: (wcs, boxes)})
        copy = pickle.loads(pickle.dumps(skymap))
        for each in (skymap, copy):
            self.assertEqual(len(each), 1)
            self.assertEqual([tract.getId() for tract in each], [7])
            self.assertEqual(each[7].getWcs(), wcs)
            self.assertEqual([patch.getSequentialIndex() for patch in each[7]], [2, 4])
            self.assertEqual(each[7][4].getOuterBBox(), boxes[4])
            self.assertTrue(each[7].getBBox().contains(boxes[2]))
            self.assertEqual(each.findTract(wcs.pixelToSky(0, 0)).getId(), 7)
            with self.assertRaises(IndexError):
                each[0]
            with self.assertRaises(IndexError):
                each[7][0]
        self.assertEqual(skymap, copy)
        self.assertNotEqual(skymap, CoaddSkyMap({7: (wcs, {4: boxes[4]})}))
        self.assertNotEqual(skymap, CoaddSkyMap({6: (wcs, boxes)}))


@unittest.skipUnless(SCENES.is_dir(), "The reference scenes are not there.")
class ScenesTestCase(RepositoryTestCase):
    """Whole scenes, all detectors at once, twice in a row."""

    def assertMade(self, name: str) -> None:
        scene = SCENES / name
        entries = json.loads((scene / "index.json").read_text())["detectors"]
        images = [scene / entry["calexp"] for entry in entries.values()]
        for _ in range(2):
            command = self.fill(
                images, sorted(scene.glob("coadd_*.fits")), "--skymap", scene / "skyMap.pickle"
            )
            self.pipetask(command)
        with Butler.from_config(str(self.repo), collections="templates") as butler:
            self.assertEqual(len(butler.collections.query("templates/*")), 2)
            for detector, (key, entry) in enumerate(entries.items()):
                data_id = {"instrument": "MyCam", "visit": self.visit, "detector": detector}
                with self.subTest(scene=name, detector=key):
                    self.assertEqual(
                        bool(butler.exists("goodSeeingDiff_templateExp", data_id)), "template" in entry
                    )
                    if "template" in entry:
                        template = butler.get("goodSeeingDiff_templateExp", data_id)
                        self.assertAgrees(template, ExposureF(str(scene / entry["template"])))
                        inputs = [
                            [record["tract"], record["patch"]]
                            for record in template.info.getCoaddInputs().ccds
                        ]
                        self.assertEqual(sorted(inputs), sorted(entry["inputs"]))

    visit = 42

    def testCorner(self) -> None:
        self.assertMade("corner")

    def testRings(self) -> None:
        self.assertMade("rings")


class MemoryTester(lsst.utils.tests.MemoryTestCase):
    """Check for leaks of file descriptors."""


def setup_module(module: object) -> None:
    """Prepare the memory test."""
    lsst.utils.tests.init()


if __name__ == "__main__":
    lsst.utils.tests.init()
    unittest.main()
