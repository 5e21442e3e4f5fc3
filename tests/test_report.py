# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report and the preview of a small run, seen in a browser."""

from __future__ import annotations

import contextlib
import io
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import termios
import tomllib
import types
import unittest
import unittest.mock
from collections.abc import Callable

import lsst.utils.tests
import numpy as np
from astropy.io import fits
from browser import browse, needsChromium, notes, shownRows
from lsst.afw.image import Mask
from lsst.daf.butler import Butler
from lsst.geom import Extent2I, Point2D
from lsst.ip.diffim.templateReport import drawTemplate, previewMain, reportMain, writeReport
from lsst.ip.diffim.templateReport._focalPlane import FocalPlane
from lsst.ip.diffim.templateReport._measure import Outline
from lsst.ip.diffim.templateReport._messages import listing, root_cause
from lsst.ip.diffim.templateReport._outcome import describe_filter, is_filter_mismatch
from lsst.ip.diffim.templateReport._planes import block_mean, classify, image_limits
from lsst.ip.diffim.templateReport._preview import round_ticks
from lsst.ip.diffim.templateReport._run import DatasetTypeNames
from matplotlib.colors import AsinhNorm, LogNorm
from report_repository import RUN, Detector, ReportRepository, makeSkyMap, makeTemplates

ROOT = pathlib.Path(__file__).resolve().parents[1]

# Detectors of visit 1. The registry has detector 2 elsewhere than its WCS.
DETECTORS = {
    0: Detector((25, 60)),
    1: Detector((115, 60)),
    2: Detector((60, -400), registered=(60, 170)),
    3: Detector((400, 60)),
    4: Detector((-900, -900)),
}
STATUSES = ["done", "done", "no work found", "failed", "not run"]


def makeRepository(root: pathlib.Path) -> None:
    """Fill a repository with coadds and science images; the second coadd is
    broken, the first lacks data in a column of 35 pixels.
    """
    with ReportRepository(root, makeSkyMap()) as repository:
        repository.putCoadd(0, empty=slice(160, 195))
        repository.resize(repository.putCoadd(1))
        repository.putScience(DETECTORS)
        repository.putScience({0: DETECTORS[0]}, visit=2)


class ReportTestCase(lsst.utils.tests.TestCase):
    """A run with templates, a failure, and more."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = pathlib.Path(tempfile.mkdtemp())
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.repo = cls.folder / "repo"
        makeRepository(cls.repo)
        cls.printed = makeTemplates(cls.repo)
        cls.path = writeReport(str(cls.repo), RUN, cls.folder / "report")
        cls.page = cls.path.read_text()
        cls.data = json.loads(re.search(r'id="data">(.*?)</script>', cls.page)[1])

    def testRows(self) -> None:
        rows = [row for row in self.data["rows"] if row["visit"] == 1]
        self.assertEqual([row["detector"] for row in rows], list(DETECTORS))
        self.assertEqual([row["status"] for row in rows], STATUSES, self.printed)
        whole, holed, empty, failed, absent = rows
        self.assertEqual((whole["tracts"], whole["patches"], whole["covered"]), (1, 1, 1.0))
        # The kernel may take up to 3 pixels more on either side.
        self.assertAlmostEqual(holed["covered"], 1 - 38 / 140, delta=3.5 / 140)
        self.assertAlmostEqual(whole["variance"], 4.0, delta=1.5)
        self.assertAlmostEqual(whole["fwhm"], 2.3548 * 2 * 0.2, delta=0.05)
        self.assertGreater(whole["seconds"], 0)
        self.assertGreater(whole["processMemory"], 1e7)
        self.assertTrue(whole["run"].startswith(f"{RUN}/"))
        self.assertEqual(empty["reason"], "No patches overlap detector.")
        self.assertIsNone(empty["covered"])
        self.assertIn("tract 0, patch 1, band r", failed["reason"])
        self.assertIn("Off the sky map: no patch of my_skymap", absent["reason"])
        self.assertEqual(absent["run"], "")

    def testMap(self) -> None:
        """Detectors are where they are in the tract, the upper up."""
        first = self.data["visits"][0]["map"]
        middles = {key: np.mean(corners, axis=0) for key, corners in first["polygons"].items()}
        self.assertEqual(sorted(middles), [str(each) for each in DETECTORS])
        span = np.array(DETECTORS[3].corner) - DETECTORS[4].corner
        scale = (middles["3"] - middles["4"]) / span
        self.assertFloatsAlmostEqual(scale[0], scale[1], rtol=1e-3)
        for key, middle in middles.items():
            expected = scale * (np.array(DETECTORS[int(key)].corner) - DETECTORS[4].corner)
            self.assertFloatsAlmostEqual(middle - middles["4"], expected, atol=0.2)
        self.assertFloatsAlmostEqual(np.array(first["north"]), np.array([0.0, 1.0]), atol=1e-3)
        self.assertFloatsAlmostEqual(np.array(first["east"]), np.array([-1.0, 0.0]), atol=1e-3)

    def testSelfContained(self) -> None:
        addresses = set(re.findall(r"https?://[^\s\"'<]+", self.page))
        self.assertEqual(addresses, {"http://www.w3.org/2000/svg"})
        self.assertIn("default-src 'none'", self.page)
        # Three detectors with a template of 140 pixels.
        self.assertEqual(self.page.count('id="pictures-'), 3)
        self.assertLess(len(self.page), 150_000)

    def testOptions(self) -> None:
        """Without pictures, by several processes, of a choice of visits."""
        path = writeReport(
            str(self.repo),
            RUN,
            self.folder / "quick",
            longest=0,
            jobs=2,
            where="instrument='MyCam' AND visit=2",
        )
        page = path.read_text()
        (row,) = json.loads(re.search(r'id="data">(.*?)</script>', page)[1])["rows"]
        self.assertEqual((row["visit"], row["detector"], row["status"]), (2, 0, "done"))
        self.assertEqual(row["covered"], 1.0)
        self.assertIsNone(row["variance"])
        self.assertNotIn('id="pictures-', page)

    def testProgress(self) -> None:
        """A bar is drawn where a terminal is there, and nowhere else."""
        primary, secondary = os.openpty()
        termios.tcsetwinsize(secondary, (24, 80))
        with (
            os.fdopen(primary, "rb", buffering=0) as reader,
            os.fdopen(secondary, "w") as terminal,
            io.StringIO() as file,
        ):
            for stream in (terminal, file):
                with contextlib.redirect_stderr(stream):
                    writeReport(str(self.repo), RUN, self.folder / "progress", longest=0)
            self.assertIn(b"templates: 100%", reader.read(100_000))
            self.assertEqual(file.getvalue(), "")

    def says(self, main: Callable[[list[str]], int], *arguments: str | pathlib.Path) -> str:
        """Return the one sentence with which a command fails."""
        with self.assertLogs("lsst.ip.diffim.templateReport", "ERROR") as logs:
            self.assertEqual(main([str(each) for each in arguments]), 1)
        (message,) = logs.output
        self.assertNotIn("\n", message)
        self.assertTrue(message.endswith("."), message)
        self.assertNotRegex(message, r"[^.]\.\.( |$)")
        return message

    def testErrors(self) -> None:
        """What was wrong is told in a sentence, with what there is."""
        message = self.says(reportMain, self.repo, "my/inputs", "-o", self.folder)
        self.assertIn("my/inputs has no buildTemplate_config", message)
        self.assertIn("Labels of tasks in this repository: buildTemplate.", message)
        message = self.says(reportMain, self.repo, RUN, "--task", "buildTemplates")
        self.assertIn("Labels of tasks in this repository: buildTemplate.", message)
        message = self.says(reportMain, self.repo, "my/template")
        self.assertRegex(message, "There is no collection my/template. Collections: my/templates, .*skymaps")
        for where, said in (
            ("visit=7", r"nothing to report in my/templates where visit=7\. Its visits: 1, 2\."),
            ("vist=1", r"Cannot use -d 'vist=1': Unrecognized identifier 'vist'\. .*visit, detector"),
            ("visit==", r"Cannot use -d 'visit==': "),
            ("visit", r"Cannot use -d 'visit': "),
            ("visit='one'", r"""Cannot use -d "visit='one'": """),
        ):
            with self.subTest(where=where):
                self.assertRegex(self.says(reportMain, self.repo, RUN, "-d", where), said)

    def testOtherTask(self) -> None:
        """A task that makes no templates is told by its connections."""
        config = unittest.mock.Mock()
        config.connections.ConnectionsClass.return_value = types.SimpleNamespace(
            inputs={"calexp"}, outputs={"sources"}
        )
        butler = unittest.mock.Mock()
        butler.get.return_value = config
        with self.assertRaisesRegex(LookupError, "Task calibrate does not .*: .* calexp, sources."):
            DatasetTypeNames.of(butler, "a", "calibrate")

    def testFolders(self) -> None:
        """A folder that is missing is told with what is there instead."""
        message = self.says(reportMain, self.folder / "repos", RUN)
        self.assertRegex(message, "There is no repository .*repos. .* has repo/")
        message = self.says(reportMain, self.repo.parent, RUN)
        self.assertRegex(message, "is not a butler repository. .* has .*repo/")
        file = self.folder / "file"
        file.write_text("")
        message = self.says(reportMain, self.repo, RUN, "-o", file / "report")
        self.assertRegex(message, "Cannot write the page to .*file/report, which is not a folder. .* has ")
        message = self.says(
            previewMain, self.repo, self.folder / "nowhere" / "a.png", "-c", RUN, "visit=1", "detector=1"
        )
        self.assertRegex(message, "There is no folder .*nowhere for a.png. .* has .*repo/")
        message = self.says(
            previewMain, self.repo, self.folder / "a.fits", "-c", RUN, "visit=1", "detector=1"
        )
        self.assertRegex(message, "fits is not one of the formats .*png")

    def testDataIds(self) -> None:
        """A wrong data ID is told with what there is."""
        for arguments, said in (
            (
                ["visit=1", "detector=3"],
                "has no .* for .*visit 1, detector 3. There .*detectors 0, 1.",
            ),
            (["visit=7", "detector=0"], "There are templates of visits 1, 2."),
            (["visit=1"], "The data ID lacks detector. .*visit 1, detectors 0, 1."),
            (["vist=1", "detector=0"], "has no vist, as in vist=1. Its keys: visit, detector, instrument."),
            (
                ["visit=one", "detector=0"],
                "The value of visit must be an integer, not 'one'",
            ),
        ):
            with self.subTest(arguments=arguments):
                self.assertRegex(self.says(previewMain, self.repo, "out.png", "-c", RUN, *arguments), said)
        for wrong, said in (
            ([str(self.repo), "out.png", "-c", RUN, "visit"], "KEY=VALUE such as visit=42, not visit."),
            ([str(self.repo), "out.png", "-c", RUN, "visit="], "KEY=VALUE such as visit=42, not visit=."),
            ([str(self.repo), "out.png", "visit=1"], "needs both a data ID"),
            ([str(self.repo), "out.png"], "needs both a data ID"),
        ):
            with self.subTest(wrong=wrong), contextlib.redirect_stderr(io.StringIO()) as printed:
                with self.assertRaises(SystemExit):
                    previewMain(wrong)
                self.assertIn(said, printed.getvalue())

    def testFiles(self) -> None:
        """A file that is no template is told with what it has."""
        self.assertRegex(
            self.says(previewMain, self.folder / "missing.fits", "out.png"), "There is no file .* has .*repo/"
        )
        plain = self.folder / "plain.fits"
        fits.PrimaryHDU(np.ones((20, 30), "f4")).writeto(plain, overwrite=True)
        self.assertRegex(
            self.says(previewMain, plain, "out.png"),
            r"plain.fits has no variance, so it is not a template. Its HDUs: PRIMARY \(20, 30\).",
        )
        plain.write_text("no FITS")
        self.assertRegex(self.says(previewMain, plain, "out.png"), "Cannot read .*plain.fits")

    def testInstruments(self) -> None:
        """A constraint need not name the instrument, of several neither."""
        repo = self.folder / "two"
        shutil.copytree(self.repo, repo)
        with Butler.from_config(str(repo), writeable=True) as butler:
            butler.registry.insertDimensionData(
                "instrument", {"name": "Other", "class_name": "lsst.pipe.base.Instrument", "detector_max": 9}
            )
        for where in ("visit IN (2..5)", "visit IN (2..5) AND instrument='MyCam'", "visit=2 AND tract=0"):
            with self.subTest(where=where):
                page = writeReport(str(repo), RUN, self.folder / "two", longest=0, where=where).read_text()
                rows = json.loads(re.search(r'id="data">(.*?)</script>', page)[1])["rows"]
                self.assertEqual([(row["visit"], row["detector"]) for row in rows], [(2, 0)])
        self.says(reportMain, repo, RUN, "-d", "visit IN (2..5) AND instrument='Other'")

    def testCommands(self) -> None:
        scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
        self.assertEqual(scripts["template-report"], f"{reportMain.__module__.rpartition('.')[0]}:reportMain")
        self.assertEqual(
            scripts["template-preview"], f"{previewMain.__module__.rpartition('.')[0]}:previewMain"
        )
        # As in a stack, where commands are not installed.
        command = [sys.executable, "-m", "lsst.ip.diffim.templateReport"]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        done = subprocess.run(
            [*command, "--help"], env=environment, capture_output=True, text=True, check=True
        )
        self.assertIn("REPO COLLECTION", done.stdout)

    def testHelp(self) -> None:
        """Help has examples, which can be parsed, and there is a version."""
        for name, main in (("template-report", reportMain), ("template-preview", previewMain)):
            with contextlib.redirect_stdout(io.StringIO()) as printed:
                for option in ("--help", "--version"):
                    with self.assertRaises(SystemExit) as stop:
                        main([option])
                    self.assertEqual(stop.exception.code, 0)
            text = printed.getvalue()
            self.assertRegex(text, rf"(?m)^{name} of lsst-ip-diffim-template \S+")
            examples = re.findall(rf"(?m)^  {name} (.*)$", text.partition("examples:")[2])
            self.assertGreaterEqual(len(examples), 2)
            for example in examples:
                self.assertIn("repo" if "-c" in example or name == "template-report" else "fits", example)
                self.says(main, *shlex.split(example))

    def testExtra(self) -> None:
        """Without the extra, the commands say what to install."""
        for module, package in (("matplotlib", "matplotlib"), ("PIL", "pillow"), ("tqdm", "tqdm")):
            for main in ("reportMain", "previewMain") if module == "matplotlib" else ("reportMain",):
                code = (
                    f"import sys; sys.modules[{module!r}] = None\n"
                    f"from lsst.ip.diffim.templateReport import {main}\n"
                    f"sys.exit({main}(['a', 'b.png']))"
                )
                environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
                done = subprocess.run(
                    [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
                )
                self.assertEqual(done.returncode, 1)
                self.assertRegex(
                    done.stderr,
                    rf"^template-\w+: {package} is not installed\. Install the extra with pip install "
                    r"'lsst-ip-diffim-template\[report\]'\.\n$",
                )

    def testPreview(self) -> None:
        def draw(*arguments: str) -> bytes:
            target = self.folder / "preview.png"
            self.assertEqual(previewMain([arguments[0], str(target), *arguments[1:]]), 0)
            return target.read_bytes()

        fromRepository = draw(str(self.repo), "-c", RUN, "visit=1", "detector=1")
        with Butler.from_config(str(self.repo), collections=RUN) as butler:
            template = butler.get("goodSeeingDiff_templateExp", instrument="MyCam", visit=1, detector=1)
        template.writeFits(str(self.folder / "template.fits"))
        fromFile = draw(str(self.folder / "template.fits"))
        for png in (fromRepository, fromFile):
            self.assertTrue(png.startswith(b"\x89PNG"))
            self.assertGreater(len(png), 30_000)
        figure = drawTemplate(template, "title")
        (legend,) = figure.legends
        labels = [text.get_text() for text in legend.get_texts()]
        noData = next(label for label in labels if label.startswith("NO_DATA"))
        self.assertAlmostEqual(float(noData.split()[1]), 100 * 38 / 140, delta=3)

    def testMetadataTable(self) -> None:
        """The documented table can be made as it stands there."""
        text = (ROOT / "doc" / "metadata.md").read_text()
        (code,) = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
        names: dict[str, object] = {}
        exec(code.replace('"repo"', repr(str(self.repo))), names)
        table = names["table"]
        self.assertEqual(list(table["detector"]), [0, 1, 2, 0])
        self.assertEqual(list(table["patches"]), [1, 1, 0, 1])
        self.assertEqual(str(table["seconds"].unit), "s")
        with Butler.from_config(str(self.repo), collections=RUN) as butler:
            metadata = butler.get("buildTemplate_metadata", instrument="MyCam", visit=1, detector=0)
        recorded = {
            name
            for name in metadata["buildTemplate"].names()
            if not re.match("run|checkHigh|__version__", name)
        }
        documented = set(re.findall(r"`buildTemplate\.(\w+)`", text))
        self.assertEqual(recorded - documented, set())

    @needsChromium
    def testBrowserViews(self) -> None:
        """What is asked for in the address is what is shown."""
        dom = browse(self.page)
        self.assertEqual(shownRows(dom), ["1-0", "1-1", "1-2", "1-3", "1-4"])
        self.assertEqual(dom.count("<polygon"), 2 * len(DETECTORS))
        self.assertNotIn("data:image/webp", dom.split('id="data"')[0])
        self.assertIn("&lt;D0&gt;", dom)

        dom = browse(self.page, "visit=all&sort=-covered&open=1-1")
        # Equal ones keep their order; those without a value come last.
        self.assertEqual(shownRows(dom), ["1-0", "2-0", "1-1", "1-2", "1-3", "1-4"])
        pictures = re.findall(r'<img src="data:image/webp;base64,[^"]+" alt="(\w+) ', dom)
        self.assertEqual(pictures, ["image", "mask", "variance"])

    @needsChromium
    def testBrowserClicks(self) -> None:
        dom = browse(
            self.page,
            "",
            """
            const find = (selector) => document.querySelector(selector);
            const event = () => new MouseEvent("click", {bubbles: true});
            const click = (selector) => find(selector).dispatchEvent(event());
            const note = (name, value) => document.body.setAttribute(`data-${name}`, value);
            const rows = document.getElementsByClassName("row");
            const order = () => [...rows].map((row) => row.id.slice(4)).join(" ");
            click("[data-sort=covered]"); note("up", order());
            click("[data-sort=covered]"); note("down", order());
            click("[data-status=failed]"); note("failed", order());
            click("#map-left [data-row='1-1']"); note("clicked", document.querySelector("tr.open").id);
            note("images", document.querySelectorAll("tr.detail img").length);
            click("#row-1-1"); note("closed", document.querySelectorAll("tr.detail").length);
            click("#row-1-3"); note("reason", document.querySelector(".reason").textContent);
            click("#next"); note("next", order());
            """,
        )
        noted = notes(dom)
        self.assertEqual(noted["up"], "1-1 1-0 1-2 1-3 1-4")
        self.assertEqual(noted["down"], "1-0 1-1 1-2 1-3 1-4")
        self.assertEqual(noted["failed"], "1-3")
        self.assertEqual((noted["clicked"], noted["images"], noted["closed"]), ("row-1-1", "3", "0"))
        self.assertIn("tract 0, patch 1", noted["reason"])
        self.assertEqual(noted["next"], "2-0")

    @needsChromium
    def testBrowserWidths(self) -> None:
        """Nothing sticks out at the side, and there is something to see."""
        for width, narrow in ((1280, False), (390, True)):
            target = self.folder / f"{width}.png"
            script = """
            document.body.dataset.width = `${document.documentElement.scrollWidth} ${innerWidth}`;
            const head = document.querySelector("thead");
            document.body.dataset.cards = getComputedStyle(head).display === "none";
            """
            dom = browse(self.page, "open=1-1", script, width=width, screenshot=target)
            content, window = map(int, notes(dom)["width"].split())
            self.assertEqual(window, width)
            self.assertLessEqual(content, window)
            self.assertEqual(notes(dom)["cards"], str(narrow).lower())
            self.assertGreater(target.stat().st_size, 30_000)


class PiecesTestCase(lsst.utils.tests.TestCase):
    """What the report is put together from."""

    def testBlockMean(self) -> None:
        array = np.arange(35.0).reshape(5, 7)
        means = block_mean(array, (2, 3))
        self.assertFloatsAlmostEqual(means[0, 0], array[:2, :2].mean())
        self.assertFloatsAlmostEqual(means[1, 2], array[2:, 4:].mean())
        self.assertFloatsAlmostEqual(block_mean(array, array.shape), array)

    def testClassify(self) -> None:
        mask = Mask(Extent2I(10, 10))
        mask.array[:, :5] |= mask.getPlaneBitMask("DETECTED")
        mask.array[:2] |= mask.getPlaneBitMask("NO_DATA")
        classes = classify(mask)
        self.assertEqual(classes.names, ("DETECTED", "NO_DATA"))
        self.assertEqual(classes.fractions, (0.5, 0.2))
        self.assertEqual(classes.index[0, 0], 1)
        self.assertEqual(classes.index[5, 0], 0)
        self.assertEqual(classes.index[5, 9], 2)
        picture = classes.picture((1, 1))[0, 0]
        self.assertTrue(np.all((picture > 0.2) & (picture < 0.9)))

    def testImageLimits(self) -> None:
        low, high = image_limits(np.random.default_rng(1).normal(10, 2, 100_000))
        self.assertAlmostEqual(low, 6, delta=0.1)
        self.assertAlmostEqual(high, 70, delta=0.5)
        self.assertEqual(image_limits(np.full(5, 3.0)), (2.5, 3.5))
        self.assertEqual(image_limits(np.empty(0)), (0.0, 1.0))

    def testRootCause(self) -> None:
        """Wrappers and tracebacks come after what was wrong at first."""
        wrapped = (
            "RuntimeError: Cannot read pixels (minimum=(0, 0)) of the coadd of tract 3, patch 4, band r: "
            "Failure from formatter 'a.b' for dataset 01-23 (goodSeeingCoadd from file:///x/y.fits): "
            "Tile 3 of y.fits is cut off.\nIt has 7 bytes."
        )
        cause, _, context = root_cause(wrapped).partition(" (")
        self.assertEqual(cause, "Tile 3 of y.fits is cut off. It has 7 bytes.")
        self.assertRegex(context, "^Failure from formatter .*; RuntimeError: Cannot read .* band r[.][)]$")
        traceback = (
            "The task failed:\nTraceback (most recent call last):\n  File 'a.py', line 1, in f\n    g()\n"
            "OSError: No space left.\n\nThe above exception was the direct cause of the following exception:"
            "\n\nTraceback (most recent call last):\n  File 'b.py', line 1, in h\n    f()\nRuntimeError: b\n"
        )
        self.assertEqual(root_cause(traceback), "OSError: No space left. (The task failed.)")
        self.assertEqual(root_cause("ValueError: plain.."), "ValueError: plain.")
        self.assertEqual(root_cause("Really?"), "Really?")

    def testFilters(self) -> None:
        """Warnings of both formatters are understood."""
        ours = (
            "File of calexp@{visit: 1} has filter FilterLabel(band='i', physical='x') where its data ID has "
            "FilterLabel(band='r', physical='x'), which is used."
        )
        theirs = (
            "Reading calexp with data ID {visit: 1}: filter label mismatch (file is "
            'FilterLabel(band="r", physical="x"), data ID is FilterLabel(band="r", physical="y")).  '
            "This is probably a bug in the code that produced it."
        )
        self.assertTrue(is_filter_mismatch(ours) and is_filter_mismatch(theirs))
        self.assertEqual(
            describe_filter(ours),
            "The band of a file differs: calexp@{visit: 1} is registered as r, but its file says i.",
        )
        self.assertEqual(
            describe_filter(theirs),
            "The physical filter of a file differs: calexp is registered as y, but its file says x.",
        )
        self.assertEqual(describe_filter(ours.replace("band='i', ", "")), "")

    def testListing(self) -> None:
        self.assertEqual(listing([5, 1, 2, 3, 8, 9]), "1-3, 5, 8, 9")
        self.assertEqual(
            listing(f"n{number}" for number in range(10)), "n0, n1, n2, n3, n4, n5, n6, n7 and 2 more"
        )
        self.assertEqual(listing([]), "none")

    def testRoundTicks(self) -> None:
        """Ticks of color bars are round, and evenly spread."""
        for norm in (
            AsinhNorm(linear_width=3.2, vmin=-2.13, vmax=31.7),
            AsinhNorm(linear_width=320, vmin=-213.7, vmax=3170.3),
            LogNorm(3.13, 18.7),
            LogNorm(0.0071, 91.3),
        ):
            with self.subTest(norm=norm):
                ticks = round_ticks(norm)
                self.assertTrue(4 <= len(ticks) <= 9, ticks)
                for tick in ticks:
                    self.assertEqual(float(f"{tick:.2g}"), float(f"{tick:.12g}"))
                gaps = np.diff(np.asarray(norm(ticks), dtype=float))
                self.assertGreater(gaps.min(), 0.1)
                self.assertLess(gaps.max(), 0.35)

    def testFocalPlane(self) -> None:
        """A turned camera comes out upright, the mirrored one mirrored."""
        tract = makeSkyMap()[0]
        turn = np.radians(30.0)
        rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        for sign in (1, -1):
            local = {
                0: np.array([[0, 0], [10, 0], [10, 10], [0, 10]]),
                1: np.array([[12, 0], [22, 0], [22, 10], [12, 10]]),
            }
            outlines = {
                detector: Outline.of(
                    [
                        tract.getWcs().pixelToSky(Point2D(*each))
                        for each in 300 + (corners * (sign, 1)) @ rotation.T
                    ],
                    oriented=True,
                )
                for detector, corners in local.items()
            }
            plane = FocalPlane.project(outlines)
            step = plane.polygons[1].mean(axis=0) - plane.polygons[0].mean(axis=0)
            self.assertFloatsAlmostEqual(step, np.array([12 * 0.2, 0.0]), atol=1e-3)
            self.assertAlmostEqual(plane.polygons[0][3, 1] - plane.polygons[0][0, 1], 2.0, places=3)
            # East is left of north, or right in a mirror.
            north, east = plane.north, plane.east
            self.assertAlmostEqual(north[0] * east[1] - north[1] * east[0], sign, places=6)


def setup_module(module: object) -> None:
    """Prepare the memory test."""
    lsst.utils.tests.init()


class MemoryTester(lsst.utils.tests.MemoryTestCase):
    """Check for leaks of file descriptors."""


if __name__ == "__main__":
    lsst.utils.tests.init()
    unittest.main()
