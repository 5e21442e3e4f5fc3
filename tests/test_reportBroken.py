# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report of a run whose inputs and outputs were broken in each way that
it tells apart.
"""

from __future__ import annotations

import json
import pathlib
import re
import shutil
import tempfile
import unittest
from typing import Any, ClassVar

import lsst.utils.tests
from browser import browse, needsChromium, shownRows
from lsst.daf.butler import Butler, DatasetRef
from lsst.ip.diffim.templateReport import writeReport
from lsst.ip.diffim.templateReport._inputs import Inputs
from lsst.ip.diffim.templateReport._outcome import judge
from lsst.ip.diffim.templateReport._run import DatasetTypeNames, find_records
from report_repository import RUN, Detector, ReportRepository, makeSkyMap, makeTemplates

# Patches are 300 pixels wide, and reach 50 into their neighbors.
WHOLE = (100, 60)
DETECTORS = {
    "whole": Detector(WHOLE),
    "coadd of another band": Detector((400, 60)),
    "fewer coadds": Detector((850, 60)),
    "no coadds": Detector((1300, 60)),
    "all coadds missing": Detector((1600 - 40, 60)),
    "off the sky map": Detector((-9000, 60)),
    "science missing": Detector(WHOLE),
    "science resized": Detector(WHOLE),
    "science unreadable": Detector(WHOLE),
    "science of another band": Detector(WHOLE, band="i"),
    "killed": Detector(WHOLE),
    "coadd unreadable": Detector((100, 760)),
    "template resized later": Detector(WHOLE),
    "metadata unreadable later": Detector(WHOLE),
    "log unreadable later": Detector(WHOLE),
    "science gone later": Detector(WHOLE),
    "template gone later": Detector(WHOLE),
}
NUMBERS = {name: number for number, name in enumerate(DETECTORS)}


class BrokenTestCase(lsst.utils.tests.TestCase):
    """One detector for each way to break a run."""

    folder: ClassVar[pathlib.Path]
    repo: ClassVar[str]
    paths: ClassVar[dict[str, str]]
    page: ClassVar[str]
    data: ClassVar[dict[str, Any]]
    printed: ClassVar[str]

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = pathlib.Path(tempfile.mkdtemp())
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        repo = cls.folder / "repo"
        with ReportRepository(repo, makeSkyMap(0.045)) as repository:
            repository.putCoadd(0)
            repository.putCoadd(1, file_band="i")
            repository.putCoadd(2)
            missing = [repository.putCoadd(patch) for patch in (3, 5)]
            repository.putCoadd(4, band="g")
            repository.spoil(repository.putCoadd(6))
            for ref in missing:
                repository.remove(ref)
            science = repository.putScience({NUMBERS[name]: each for name, each in DETECTORS.items()})
            cls.paths = {name: repository.path(science[number]) for name, number in NUMBERS.items()}
            repository.remove(science[NUMBERS["science missing"]])
            repository.resize(science[NUMBERS["science resized"]])
            repository.spoil(science[NUMBERS["science unreadable"]])
            repository.putScience({0: Detector(WHOLE)}, visit=2)
            cls.printed = makeTemplates(repo, f"visit = 1 AND detector != {NUMBERS['killed']}")
            repository.remove(science[NUMBERS["science gone later"]])

            template = cls.output(repository.butler, "goodSeeingDiff_templateExp", "template resized later")
            repository.resize(template)
            template = cls.output(repository.butler, "goodSeeingDiff_templateExp", "template gone later")
            repository.butler.pruneDatasets([template], unstore=True, purge=True, disassociate=True)
            repository.spoil(
                cls.output(repository.butler, "buildTemplate_metadata", "metadata unreadable later")
            )
            repository.spoil(cls.output(repository.butler, "buildTemplate_log", "log unreadable later"))
        cls.repo = str(repo)
        cls.page = writeReport(cls.repo, RUN, cls.folder / "report").read_text()
        cls.data = json.loads(re.search(r'id="data">(.*?)</script>', cls.page)[1])

    @staticmethod
    def output(butler: Butler, datasetType: str, name: str) -> DatasetRef:
        """Return a dataset that the run wrote."""
        dataId = {"instrument": "MyCam", "visit": 1, "detector": NUMBERS[name]}
        return butler.find_dataset(datasetType, dataId, collections=RUN)

    def check(self, name: str, status: str, reason: str = "", note: str = "") -> dict[str, Any]:
        """Check status, the start of the reason, and a note of a line."""
        (row,) = (row for row in self.data["rows"] if row["detector"] == NUMBERS[name])
        self.assertEqual(row["status"], status, f"{row}\n{self.printed}")
        self.assertRegex(row["reason"], f"^{reason}" if reason else "^$")
        if note:
            self.assertRegex("\n".join(row["notes"]), note)
        else:
            self.assertEqual(row["notes"], [])
        for text in (row["reason"], *row["notes"]):
            self.assertNotRegex(text, r"(?<!\.)\.\.(?!\.)")
        return row

    def testWhole(self) -> None:
        row = self.check("whole", "done")
        self.assertEqual((row["covered"], row["patches"], row["unit"]), (1.0, 1, "nJy"))

    def testCoadds(self) -> None:
        """Missing, absent and unreadable coadds are told apart."""
        row = self.check(
            "fewer coadds",
            "done",
            note=r"^Made of fewer coadds .*: 1 of 2 coadd files missing: \(tract 0, patch 3\)\.$",
        )
        self.assertEqual(row["patches"], 1)
        self.assertLess(row["covered"], 0.9)
        self.check(
            "all coadds missing", "no work found", r"1 of 1 coadd files missing: \(tract 0, patch 5\)\.$"
        )
        self.check(
            "no coadds",
            "not run",
            r"No coadds in the inputs: .*Coadd in band r of .*: \(0, 4\)\. They have some in g\.$",
        )
        row = self.check(
            "coadd unreadable",
            "failed",
            r"\S+goodSeeingCoadd_0_6_r\S+ is not a FITS file\. \(.*tract 0, patch 6, band r",
        )
        self.assertIn("failed. Exception RuntimeError", row["details"])

    def testBands(self) -> None:
        said = r"^The band of a file differs: {}@.* is registered as r, but its file says i\.$"
        self.check("coadd of another band", "done", note=said.format("goodSeeingCoadd"))
        self.check("science of another band", "done", note=said.format("calexp"))

    def testScience(self) -> None:
        path = re.escape(self.paths["science missing"])
        self.check("science missing", "no work found", rf"Science image missing: there was no file {path}\.$")
        path = re.escape(self.paths["science resized"])
        self.check("science resized", "failed", rf".*{path} \(5000\) does not match size")
        path = re.escape(self.paths["science unreadable"])
        self.check("science unreadable", "failed", rf"{path} is not a FITS file\. \(")

    def testNotRun(self) -> None:
        self.check("off the sky map", "not run", r"Off the sky map: no patch of my_skymap overlaps")
        self.check("killed", "not run", r"Killed or still waiting: .* 1 coadd is there\.")

    def testVisits(self) -> None:
        """A visit of which nothing was run is reported if it is asked for."""
        self.assertEqual([visit["id"] for visit in self.data["visits"]], [1])
        page = writeReport(self.repo, RUN, self.folder / "visit", where="visit = 2").read_text()
        (row,) = json.loads(re.search(r'id="data">(.*?)</script>', page)[1])["rows"]
        self.assertEqual((row["visit"], row["status"]), (2, "not run"))
        self.assertRegex(row["reason"], "^Killed or still waiting")

    def testQuietLog(self) -> None:
        """Without messages in the log, reasons are found all the same."""
        with Butler.from_config(self.repo) as butler:
            names = DatasetTypeNames.of(butler, RUN, "buildTemplate")
            inputs = Inputs(butler, RUN, names)
            records = {record.detector: record for record in find_records(butler, RUN, names, "visit = 1")}
            for name, status, reason in (
                ("all coadds missing", "no work found", "1 of 1 coadd files missing"),
                ("science missing", "no work found", "Science image missing"),
                ("science resized", "failed", "FileIntegrityError: .*does not match size"),
            ):
                record = records[NUMBERS[name]]
                metadata = butler.get(record.metadata) if record.metadata is not None else None
                log = butler.get(record.log)
                del log[:]
                outcome = judge(butler, names, inputs, record, metadata, log)
                self.assertEqual(outcome.status, status)
                self.assertRegex(outcome.reason, f"^{reason}")

    def testOutputs(self) -> None:
        """What was broken after the run is noted too."""
        row = self.check("template resized later", "done", note="^The template cannot be read: .*5000")
        self.assertIsNone(row["variance"])
        row = self.check("metadata unreadable later", "done", note="^The task metadata cannot be read: ")
        self.assertIsNotNone(row["variance"])
        self.assertIsNone(row["seconds"])
        self.check("log unreadable later", "done", note="^The log cannot be read: ")
        self.check("science gone later", "done", note=r"^The science image has disappeared since\.$")
        self.check("template gone later", "failed", r"The task succeeded, but its template is gone\.$")

    def testOutlines(self) -> None:
        """Where the science image does not tell, the registry does."""
        polygons = self.data["visits"][0]["map"]["polygons"]
        self.assertEqual(sorted(map(int, polygons)), sorted(NUMBERS.values()))
        middles = {
            name: [sum(axis) / 4 for axis in zip(*polygons[str(number)], strict=True)]
            for name, number in NUMBERS.items()
        }
        for name in ("science missing", "science resized", "science unreadable", "science gone later"):
            for own, whole in zip(middles[name], middles["whole"], strict=True):
                self.assertAlmostEqual(own, whole, delta=0.3)

    @needsChromium
    def testPage(self) -> None:
        """The page shows all of them, and finds those with notes."""
        self.assertEqual(shownRows(browse(self.page)), [f"1-{number}" for number in NUMBERS.values()])
        noted = [f"1-{row['detector']}" for row in self.data["rows"] if row["notes"]]
        self.assertEqual(shownRows(browse(self.page, "notes=1")), noted)
        self.assertGreaterEqual(len(noted), 6)
        found = shownRows(browse(self.page, "text=coadd+files+missing"))
        self.assertEqual(
            found,
            [
                f"1-{number}"
                for number in sorted(NUMBERS[name] for name in ("fewer coadds", "all coadds missing"))
            ],
        )


class MemoryTester(lsst.utils.tests.MemoryTestCase):
    """Check for leaks of file descriptors."""


def setup_module(module: object) -> None:
    """Prepare the memory test."""
    lsst.utils.tests.init()


if __name__ == "__main__":
    lsst.utils.tests.init()
    unittest.main()
