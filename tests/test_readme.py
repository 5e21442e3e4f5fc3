# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""The code blocks of the README and of the documentation, as they stand.

Those of the tutorial have a test of their own.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import os
import pathlib
import pickle
import re
import sys
import tempfile
import unittest
from unittest import mock

import lsst.utils.tests
import numpy as np
import yaml
from lsst.afw.detection import GaussianPsf
from lsst.afw.geom import SkyWcs
from lsst.afw.image import ExposureF, FilterLabel, PhotoCalib
from lsst.afw.table import ExposureCatalog, ExposureTable
from lsst.daf.butler import Butler, Config
from lsst.geom import Box2D, Box2I, Extent2D, Extent2I, Point2I, SpherePoint, arcseconds, degrees
from lsst.ip.diffim import GetTemplateConfig
from lsst.meas.algorithms import CoaddPsf
from lsst.pipe.base import Pipeline
from lsst.skymap import DiscreteSkyMap
from template_commands import ROOT, STAND_INS, Block, Shell, code_blocks
from template_testing import onlyOnRuntime

from demo.synthetic import make_sky_map

LEVEL = 5.0
DOCUMENTS = sorted({ROOT / "README.md", ROOT / "standalone" / "README.md", *ROOT.glob("doc/**/*.md")})

ELSEWHERE = {"doc/tutorial.md": "test_tutorial.py", "doc/lsst-images.md": "test_lsstImages.py"}
"""Other files with the test of a page."""

RUN = (
    "-b repo -i inputs -o my/templates -p pipelines/GetTemplate.yaml "
    "-d \"instrument='MyCam' AND skymap='my_skymap'\" --register-dataset-types"
)
"""Arguments of ``pipetask run`` in the folder of a test."""

MAKE_STACK_REPO = (
    "template-repo repo --science calexp_*.fits --coadds coadd_*.fits --skymap skyMap.pickle "
    "--names '_{detector}.fits' --science-type preliminary_visit_image --coadd-type template_coadd"
)
"""Command that makes a repository with dataset types of the stack."""


def makeSkyMap() -> DiscreteSkyMap:
    """Return a sky map of one tract of 2 by 1 patches, 300 pixels each."""
    center = SpherePoint(10.0, -30.0, degrees)
    return make_sky_map([center], 0.015 * degrees, scale=0.2 * arcseconds, patch=(300, 600), border=50)


def makeExposure(bbox: Box2I, wcs: SkyWcs, value: float) -> ExposureF:
    """Return an exposure of constant value, with noise of variance 1."""
    exposure = ExposureF(bbox, wcs)
    exposure.image.array[:] = np.random.default_rng(3).normal(value, size=exposure.image.array.shape)
    exposure.variance.array[:] = 1.0
    exposure.setFilter(FilterLabel.fromBand("r"))
    exposure.setPhotoCalib(PhotoCalib(1.0))
    schema = ExposureTable.makeMinimalSchema()
    schema.addField("weight", type="D", doc="weight")
    catalog = ExposureCatalog(schema)
    record = catalog.addNew()
    record["weight"] = 1.0
    record.setBBox(bbox)
    record.setWcs(wcs)
    record.setPsf(GaussianPsf(21, 21, 2.0))
    exposure.setPsf(CoaddPsf(catalog, wcs, Box2D(bbox).getCenter()))
    return exposure


def fillFolder(folder: pathlib.Path) -> None:
    """Write files under the names that the documents give them."""
    for name in ("bps", "config", "demo", "pipelines", "standalone"):
        (folder / name).symlink_to(ROOT / name)
    skymap = makeSkyMap()
    (folder / "skyMap.pickle").write_bytes(pickle.dumps(skymap))
    tract = skymap[0]
    for patch in (0, 1):
        coadd = makeExposure(tract[patch].getOuterBBox(), tract.getWcs(), LEVEL)
        coadd.writeFits(str(folder / f"coadd_0_{patch}.fits"))
    for detector in (0, 1):
        wcs = tract.getWcs().copyAtShiftedPixelOrigin(Extent2D(-200.3, -170.6 - 100 * detector))
        calexp = makeExposure(Box2I(Point2I(0, 0), Extent2I(220, 190)), wcs, 0.0)
        calexp.writeFits(str(folder / f"calexp_42_{detector}.fits"))


class DocumentTestCase(lsst.utils.tests.TestCase):
    """Base class of tests that run blocks in a folder."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.shell = Shell(cls.folder, stand_ins=True)
        cls.prepare()

    @classmethod
    def prepare(cls) -> None:
        """Do what a reader of the documents has done before."""
        fillFolder(cls.folder)
        cls.runBefore(*cls.BEFORE)

    BEFORE: tuple[str, ...] = ()
    """Commands that a reader has run before."""

    @classmethod
    def runBefore(cls, *commands: str) -> None:
        for command in commands:
            done = cls.shell.run(command)
            if done.returncode:
                raise RuntimeError(f"{command}\n{done.stdout}{done.stderr}")

    def runPage(self, name: str, number: int) -> None:
        """Run the blocks of a page, of which there are at least so many."""
        blocks = code_blocks(ROOT / name)
        self.assertGreaterEqual(len(blocks), number)
        for block in blocks:
            self.runBlock(block)

    def runBlock(self, block: Block) -> None:
        """Run a block of any language."""
        with self.subTest(heading=block.heading, text=block.text):
            if block.language in ("console", "bash"):
                self.runConsole(block)
            elif block.language == "python":
                with contextlib.redirect_stdout(io.StringIO()), self.shell.inside():
                    exec(compile(block.text, block.heading, "exec"), {})
            elif block.language == "yaml":
                self.loadYaml(block.text)
            else:
                self.assertEqual(block.language, "text")

    def runConsole(self, block: Block) -> None:
        """Run commands, and compare what they print if that is shown."""
        for command, expected in block.commands() if block.language == "console" else [(block.text, "")]:
            # Dots stand for arguments that are left out.
            whole = re.sub(r"(?<= )\.\.\.(?= |$)", self.arguments(command).replace("\\", r"\\"), command)
            done = self.shell.run(whole)
            self.assertEqual(done.returncode, 0, f"{command}\n{done.stdout}{done.stderr}")
            if expected.strip():
                self.assertEqual(*map(self.comparable, (done.stdout, expected)), command)

    @staticmethod
    def arguments(command: str) -> str:
        """Return the arguments that a document leaves out with dots."""
        if " -p " in command:
            return RUN.replace("-p pipelines/GetTemplate.yaml ", "").replace(
                "my/templates", "other/templates"
            )
        return RUN

    @staticmethod
    def comparable(text: str) -> str:
        """Return output without times and spaces at the ends of lines."""
        text = re.sub(r"\d+\.\d s\b", "N s", text)
        if "○" in text:
            # The order of the nodes of a graph differs from run to run.
            return "\n".join(sorted(re.findall(r"\w+: \{.*", text)))
        return "\n".join(line.rstrip() for line in text.strip().splitlines())

    def loadYaml(self, text: str) -> None:
        """Use a piece of YAML as what it is."""
        if "tasks:" in text:
            self.loadPipeline(text if "description:" in text else f"description: Mine.\n{text}")
        elif text.startswith("datastore:"):
            with tempfile.TemporaryDirectory() as repo:
                Butler.makeRepo(repo, config=Config.fromString(text))
                with Butler.from_config(repo, writeable=True) as butler:
                    self.assertTrue(butler.isWriteable())
        else:
            self.assertIsInstance(yaml.safe_load(text), dict)

    def loadPipeline(self, text: str) -> None:
        with mock.patch.dict(os.environ, IP_DIFFIM_TEMPLATE_DIR=str(ROOT)):
            pipeline = Pipeline.fromString(text)
            for label in list(pipeline.task_labels):
                # Other tasks are those of the Science Pipelines.
                module = pipeline._pipelineIR.tasks[label].klass.rpartition(".")[0]
                if importlib.util.find_spec(module) is None:
                    pipeline._pipelineIR.contracts = []
                    pipeline.removeTask(label)
            config = pipeline.to_graph().tasks["buildTemplate"].config
        self.assertIsInstance(config, GetTemplateConfig)
        border = re.search(r"templateBorderSize: (\d+)", text)
        self.assertEqual(config.templateBorderSize, int(border[1]))

    def checkTemplate(self, path: pathlib.Path) -> None:
        """Check that a template is that of the coadds."""
        template = ExposureF(str(path))
        self.assertEqual(template.getBBox(), Box2I(Point2I(-20, -20), Extent2I(260, 230)))
        self.assertFalse(np.any(template.mask.array & template.mask.getPlaneBitMask("NO_DATA")))
        self.assertFloatsAlmostEqual(np.nanmedian(template.image.array), LEVEL, atol=0.05)
        self.assertEqual(template.getPsf().getComponentCount(), 2)


class ReadmeTestCase(DocumentTestCase):
    """A reader of the README gets what it says."""

    def testBlocks(self) -> None:
        blocks = code_blocks(ROOT / "README.md")
        self.assertGreater(len(blocks), 6)
        with mock.patch.dict(self.shell.environment, AP_PIPE_DIR=str(self.folder / "ap_pipe")):
            (self.folder / "ap_pipe" / "pipelines" / "LSSTCam").mkdir(parents=True)
            (self.folder / "ap_pipe" / "pipelines" / "LSSTCam" / "ApPipe.yaml").symlink_to(
                ROOT / "pipelines" / "GetTemplate.yaml"
            )
            for block in blocks:
                self.runBlock(block)
        self.checkTemplate(self.folder / "template.fits")
        self.checkTemplate(self.folder / "template_42_0.fits")
        self.checkTemplate(self.folder / "templates" / "calexp_42_0_template.fits")
        artifacts = sorted((self.folder / "artifacts").rglob("*.fits"))
        self.assertEqual(len(artifacts), 2)
        self.checkTemplate(artifacts[0])
        page = (self.folder / "report" / "my_templates.html").read_text()
        self.assertIn('id="pictures-42-0"', page)
        for name in ("detector.png", "template.png"):
            self.assertTrue((self.folder / name).read_bytes().startswith(b"\x89PNG"))


class InStackTestCase(DocumentTestCase):
    """The page on pipelines, by a repository of the names there."""

    BEFORE = (f"{MAKE_STACK_REPO} --visit 2025120100123 --instrument LSSTCam --skymap-name lsst_cells_v1",)

    def testPipelines(self) -> None:
        blocks = code_blocks(ROOT / "doc" / "pipelines.md")
        self.assertGreater(len(blocks), 3)
        for block in blocks:
            self.runBlock(block)
            # Where the files are after an installation, if this is none.
            variable = self.shell.environment.get("IP_DIFFIM_TEMPLATE_DIR", "")
            if variable and not os.path.isfile(f"{variable}/pipelines/AlertTemplate.yaml"):
                self.shell.environment["IP_DIFFIM_TEMPLATE_DIR"] = str(ROOT)


@unittest.skipIf(importlib.util.find_spec("parsl") is None, "The page needs the extra bps.")
@unittest.skipUnless(
    pathlib.Path(sys.prefix, "bin", "pipetask").exists(), "bps calls pipetask of an environment."
)
class ScalingTestCase(DocumentTestCase):
    """The page on batch systems, up to the submission."""

    BEFORE = (f"{MAKE_STACK_REPO} --visit 101 --collection my/inputs",)

    def testScaling(self) -> None:
        self.shell.environment["IP_DIFFIM_TEMPLATE_DIR"] = str(ROOT)
        self.runPage("doc/scaling.md", 3)
        (graph,) = (self.folder / "submit" / "my" / "templates").rglob("*.qg")
        self.assertGreater(graph.stat().st_size, 0)


class DocumentationTestCase(DocumentTestCase):
    """Other pages, after the README."""

    BEFORE = (
        "template-make calexp_42_0.fits coadd_*.fits -o template.fits",
        "template-repo repo --science calexp_*.fits --coadds coadd_*.fits --skymap skyMap.pickle "
        '--names "calexp_{visit}_{detector}.fits"',
        f"pipetask run {RUN.replace('AND skymap', 'AND detector=0 AND skymap')}",
    )

    def testOwnFiles(self) -> None:
        self.runPage("doc/own-files.md", 3)

    def testTemplates(self) -> None:
        self.runPage("doc/templates.md", 2)

    def testTroubleshooting(self) -> None:
        self.runPage("doc/troubleshooting.md", 4)

    def testMetadata(self) -> None:
        self.runPage("doc/metadata.md", 1)

    def testConfiguration(self) -> None:
        self.runPage("doc/configuration.md", 1)

    def testMakeTargets(self) -> None:
        self.runPage("doc/performance.md", 1)

    @onlyOnRuntime("the page explains how to extend it.")
    def testContributing(self) -> None:
        for block in code_blocks(ROOT / "doc" / "contributing.md"):
            if block.language == "python":
                # The class that it defines stays in a process of its own.
                (self.folder / "program.py").write_text(block.text)
                done = self.shell.run("python program.py")
                self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
            else:
                self.runBlock(block)

    def testSecurity(self) -> None:
        self.runPage("doc/security.md", 2)

    def testStack(self) -> None:
        folder = self.folder / "ap_pipe" / "pipelines" / "LSSTCam"
        folder.mkdir(parents=True)
        (folder / "ApPipe.yaml").symlink_to(ROOT / "pipelines" / "GetTemplate.yaml")
        self.shell.environment["AP_PIPE_DIR"] = str(self.folder / "ap_pipe")
        self.runPage("doc/stack.md", 1)

    def testAllPages(self) -> None:
        """Each page with code has a test that runs all of it."""
        here = pathlib.Path(__file__)
        pages = {str(path.relative_to(ROOT)): path.name for path in DOCUMENTS if code_blocks(path)}
        self.assertGreater(len(pages), 10)
        for page, name in pages.items():
            text = here.with_name(ELSEWHERE.get(page, here.name)).read_text()
            self.assertRegex(text, rf'(runPage\("{page}"|code_blocks\(.*"{name}"\))')

    @onlyOnRuntime("the pages list its packages.")
    def testNames(self) -> None:
        """Folders and packages in tables exist."""
        folders = re.findall(r"(?m)^\|(.*?)\|", (ROOT / "doc" / "contributing.md").read_text())
        paths = [path for cell in folders for path in re.findall(r"`([\w./*]+)`", cell)]
        self.assertGreater(len(paths), 20)
        for path in paths:
            self.assertTrue(any(ROOT.glob(path)), path)
        packages = re.findall(r"(?m)^\| (`.*?) \|", (ROOT / "standalone" / "README.md").read_text())
        names = [name for cell in packages for name in re.findall(r"`((?:lsst|astshim)[\w.]*)`", cell)]
        self.assertGreater(len(names), 12)
        for name in names:
            importlib.import_module(name)

    def testStandIns(self) -> None:
        """Only commands of the documents are replaced, each for a reason."""
        blocks = [block for path in DOCUMENTS for block in code_blocks(path)]
        commands = [
            command
            for block in blocks
            if block.language in ("bash", "console")
            for command, _ in (block.commands() if block.language == "console" else [(block.text, "")])
        ]
        words = {word for command in commands for word in command.split()}
        for name, (reason, _) in STAND_INS.items():
            self.assertIn(name, words)
            self.assertTrue(reason.endswith("."))

    def testStandalone(self) -> None:
        self.runPage("standalone/README.md", 1)


class MemoryTester(lsst.utils.tests.MemoryTestCase):
    """Check for leaks of file descriptors."""


def setup_module(module: object) -> None:
    """Prepare the memory test."""
    lsst.utils.tests.init()


if __name__ == "__main__":
    lsst.utils.tests.init()
    unittest.main()
