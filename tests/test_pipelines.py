# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of ``pipelines/`` and ``bps/``: what they build, and from what."""

from __future__ import annotations

import os
import pathlib
import re
import sys
import tempfile
import tomllib
import types
import unittest
from typing import ClassVar

import lsst.pipe.base as pipeBase
import lsst.utils.tests
import numpy as np
from click.testing import Result
from lsst.afw.cameraGeom import Detector
from lsst.ctrl.mpexec.cli import pipetask
from lsst.daf.butler import Butler, DatasetRef, DatasetType, FileDataset
from lsst.daf.butler.cli.utils import LogCliRunner
from lsst.pipe.base import Pipeline, PipelineGraph
from lsst.pipe.base import connectionTypes as connTypes
from lsst.pipe.base.pipelineIR import ContractError
from template_testing import onlyOnRuntime, putItem

from demo.check import LIMITS
from demo.simulate import INPUTS, write_survey
from demo.survey import Survey

ROOT = pathlib.Path(__file__).resolve().parents[1]
PIPELINES = ROOT / "pipelines"
DATA = ROOT / "tests" / "data"
ENVIRONMENT = {"IP_DIFFIM_TEMPLATE_DIR": str(ROOT)}

NAMES = {
    "GetTemplate.yaml": ("calexp", "goodSeeingCoadd", "goodSeeingDiff_templateExp"),
    "AlertTemplate.yaml": ("preliminary_visit_image", "template_coadd", "template_detector"),
    "DataReleaseTemplate.yaml": ("visit_image", "template_coadd", "template_detector"),
    "examples/QuickLook.yaml": ("preliminary_visit_image", "template_coadd", "template_detector"),
    "examples/Difference.yaml": ("preliminary_visit_image", "template_coadd", "template_detector"),
}
"""Science image, coadds and template of each pipeline."""


class SubtractConnections(pipeBase.PipelineTaskConnections, dimensions=("instrument", "visit", "detector")):
    """Two of the inputs of the Science Pipelines' subtraction."""

    science = connTypes.Input(
        doc="Science image",
        name="calexp",
        storageClass="ExposureF",
        dimensions=("instrument", "visit", "detector"),
    )
    template = connTypes.Input(
        doc="Template",
        name="goodSeeingDiff_templateExp",
        storageClass="ExposureF",
        dimensions=("instrument", "visit", "detector"),
    )


class SubtractConfig(pipeBase.PipelineTaskConfig, pipelineConnections=SubtractConnections):
    """Configuration of `AlardLuptonSubtractTask`."""


class AlardLuptonSubtractTask(pipeBase.PipelineTask):
    """Stands in for the Science Pipelines' task of that name."""

    ConfigClass = SubtractConfig
    _DefaultName = "alardLuptonSubtract"


class PipelineTestCase(lsst.utils.tests.TestCase):
    """Base class: what the pipelines refer to is there."""

    def setUp(self) -> None:
        module = types.ModuleType("lsst.ip.diffim.subtractImages")
        module.AlardLuptonSubtractTask = AlardLuptonSubtractTask  # type: ignore[attr-defined]
        putItem(self, sys.modules, module.__name__, module)
        for name, value in ENVIRONMENT.items():
            putItem(self, os.environ, name, value)


def makeGraph(path: str, **configs: str) -> PipelineGraph:
    """Return the graph of a pipeline, with changes as "task:field"."""
    pipeline = Pipeline.from_uri(str(PIPELINES / path))
    for key, value in configs.items():
        pipeline.addConfigOverride("buildTemplate", key.replace("__", "."), value)
    return pipeline.to_graph()


def connections(graph: PipelineGraph, label: str = "buildTemplate") -> tuple[str, ...]:
    """Return the dataset types of a task: box, WCS, coadds, template."""
    task = graph.tasks[label]
    edges = [task.inputs[name] for name in ("bbox", "wcs", "coaddExposures")]
    return *(edge.dataset_type_name for edge in edges), task.outputs["template"].dataset_type_name


def runPipetask(*arguments: str) -> Result:
    """Run ``pipetask``, in this process."""
    return LogCliRunner().invoke(pipetask.cli, arguments)


def makeRepo(survey: Survey, root: pathlib.Path) -> None:
    """Make the demo's repository, whose images go by the names of all
    pipelines.
    """
    write_survey(survey, root)
    with Butler.from_config(str(root), writeable=True, run="renamed") as butler:
        for name, *others in (
            ("calexp", "preliminary_visit_image", "visit_image"),
            ("goodSeeingCoadd", "template_coadd"),
        ):
            refs = butler.query_datasets(name, collections=INPUTS)
            for other in others:
                dataset_type = DatasetType(other, refs[0].datasetType.dimensions, "ExposureF")
                butler.registry.registerDatasetType(dataset_type)
                datasets = [
                    FileDataset(butler.getURI(ref), [DatasetRef(dataset_type, ref.dataId, run="renamed")])
                    for ref in refs
                ]
                butler.ingest(*datasets, transfer="direct")


class ContentTestCase(PipelineTestCase):
    """Pipelines are what their names say."""

    def testNames(self) -> None:
        for path, (science, coadd, template) in NAMES.items():
            with self.subTest(path):
                self.assertEqual(
                    connections(makeGraph(path)), (f"{science}.bbox", f"{science}.wcs", coadd, template)
                )

    def testShow(self) -> None:
        """``pipetask build --show`` draws each pipeline."""
        for path, names in NAMES.items():
            with self.subTest(path):
                done = runPipetask(
                    "build", "-p", str(PIPELINES / path), "--show", "pipeline-graph", "--show", "subsets"
                )
                self.assertEqual(done.exit_code, 0, done.output)
                for name in names:
                    self.assertIn(name, done.output)

    def testSubsets(self) -> None:
        for path in ("AlertTemplate.yaml", "DataReleaseTemplate.yaml"):
            self.assertEqual(list(makeGraph(f"{path}#templates").tasks), ["buildTemplate"])
        self.assertEqual(list(makeGraph("examples/QuickLook.yaml#quickLook").tasks), ["buildQuickLook"])

    def testParameters(self) -> None:
        """One parameter renames box and WCS, of imports also."""
        for path in ("AlertTemplate.yaml", "examples/QuickLook.yaml"):
            pipeline = Pipeline.from_uri(str(PIPELINES / path))
            pipeline.addConfigOverride("parameters", "science", "injected_image")
            pipeline.addConfigOverride("parameters", "coadd", "deep_coadd")
            graph = pipeline.to_graph()
            for label, task in graph.tasks.items():
                template = task.config.connections.template
                self.assertEqual(
                    connections(graph, label),
                    ("injected_image.bbox", "injected_image.wcs", "deep_coadd", template),
                )

    def testContracts(self) -> None:
        for path in ("AlertTemplate.yaml", "DataReleaseTemplate.yaml"):
            with self.assertRaisesRegex(ContractError, "the same science image"):
                makeGraph(path, connections__wcs="calexp.wcs")
            with self.assertRaisesRegex(ContractError, "kernel"):
                makeGraph(path, warp__warpingKernelName="bilinear")

    def testQuickLook(self) -> None:
        """The imported task is renamed, and its file of config/ read."""
        graph = makeGraph("examples/QuickLook.yaml")
        self.assertEqual(graph.tasks["buildTemplate"].config.warp.warpingKernelName, "lanczos3")
        self.assertEqual(graph.tasks["buildQuickLook"].config.warp.warpingKernelName, "bilinear")
        self.assertEqual(connections(graph, "buildQuickLook")[-1], "quick_look_detector")

    def testDifference(self) -> None:
        """The example takes its place in front of a subtraction."""
        graph = makeGraph("examples/Difference.yaml")
        self.assertEqual(graph.tasks["subtractImages"].config.connections.science, "preliminary_visit_image")
        self.assertIn("subtractImages", [task.label for task in graph.consumers_of("template_detector")])
        with self.assertRaisesRegex(ContractError, "built here"):
            makeGraph("examples/Difference.yaml", connections__template="other")

    def testDocument(self) -> None:
        """The documentation's pipelines are what it says there."""
        text = (ROOT / "doc" / "pipelines.md").read_text()
        drawing = text.split("--show pipeline-graph\n\n")[1].split("```")[0]
        done = runPipetask("build", "-p", str(PIPELINES / "AlertTemplate.yaml"), "--show", "pipeline-graph")
        # Inputs are drawn in an order that changes from run to run.
        self.assertEqual(*(sorted(re.findall("[○■][│ ]*(.*)", each)) for each in (drawing, done.output)))
        graph = Pipeline.fromString(text.split("```yaml\n")[1].split("```")[0]).to_graph()
        self.assertEqual(connections(graph)[2:], ("my_coadd", "template_detector"))
        self.assertEqual(graph.tasks["buildTemplate"].config.templateBorderSize, 30)
        self.assertEqual(graph.tasks["buildTemplate"].config.warp.warpingKernelName, "bilinear")
        self.assertIn("templates", graph.task_subsets)


class QuantumGraphTestCase(PipelineTestCase):
    """Pipelines find their datasets in the demo's repository."""

    survey: ClassVar[Survey]
    repo: ClassVar[str]

    @classmethod
    def setUpClass(cls) -> None:
        folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.survey = Survey(1)
        cls.repo = os.path.join(folder, "repo")
        makeRepo(cls.survey, pathlib.Path(cls.repo))

    def arguments(self, path: str) -> list[str]:
        """Return what tells ``pipetask`` of repository and pipeline."""
        return [
            *(
                "-b",
                self.repo,
                "-i",
                f"renamed,{INPUTS}",
                "-o",
                f"outputs/{path}",
                "-p",
                str(PIPELINES / path),
            ),
            *("-d", f"instrument='{self.survey.camera.getName()}' AND skymap='{self.survey.skymap_name}'"),
        ]

    def testQuantumGraph(self) -> None:
        """Each visit gets a template, of its image and several coadds."""
        for path, (science, coadd, template) in NAMES.items():
            with self.subTest(path):
                done = runPipetask("qgraph", *self.arguments(path), "--show", "graph")
                self.assertEqual(done.exit_code, 0, done.output)
                quanta = [quantum.partition("outputs:") for quantum in done.output.split("  Quantum ")]
                inputs = [before for before, _, after in quanta if f"- {template}@" in after]
                self.assertEqual(len(inputs), len(self.survey.visits))
                for each in inputs:
                    self.assertIn(f"- {science}.bbox@", each)
                    self.assertGreater(each.count(f"- {coadd}@"), 1)

    def testRun(self) -> None:
        """A template comes out by the name that the alert pipeline reads."""
        path = "AlertTemplate.yaml"
        done = runPipetask("run", *self.arguments(path), "--register-dataset-types")
        self.assertEqual(done.exit_code, 0, done.output)
        with Butler.from_config(self.repo, collections=f"outputs/{path}") as butler:
            refs = butler.query_datasets("template_detector")
            self.assertEqual(len(refs), len(self.survey.visits))
            template = butler.get(refs[0])
        good = (template.mask.array & template.mask.getPlaneBitMask("NO_DATA")) == 0
        truth = self.survey.sky.render(template.getWcs(), template.getBBox(), self.survey.psf)
        chi = (template.image.array - truth)[good] / np.sqrt(template.variance.array[good])
        low, high = LIMITS["rms"]
        self.assertTrue(low < np.sqrt(np.mean(chi**2)) < high, np.sqrt(np.mean(chi**2)))


@onlyOnRuntime("the detector is made up, without the transforms that the Science Pipelines need.")
class DetectorTestCase(PipelineTestCase):
    """The box of a template is that of the detector, if so configured."""

    def testRun(self) -> None:
        """Both connections give the same template, and each needs its own."""
        folder = self.enterContext(tempfile.TemporaryDirectory())
        repo = os.path.join(folder, "repo")
        survey = Survey(1)
        makeRepo(survey, pathlib.Path(repo))
        detector = Detector.readFits(str(DATA / "detector.fits"))
        with Butler.from_config(repo, collections=INPUTS, run="with_detector", writeable=True) as butler:
            for ref in butler.query_datasets("calexp"):
                exposure = butler.get(ref)
                exposure.setDetector(detector)
                butler.put(exposure, "calexp", ref.dataId)
        templates = {}
        for name in ("bbox", "detector"):
            common = [
                *("-b", repo, "-i", f"with_detector,{INPUTS}", "-o", name),
                *("-p", str(PIPELINES / "GetTemplate.yaml")),
                *("-c", f"buildTemplate:connections.{name}=calexp.{name}"),
                *("-d", f"instrument='{survey.camera.getName()}' AND skymap='{survey.skymap_name}'"),
            ]
            done = runPipetask("qgraph", *common, "--show", "graph")
            self.assertEqual(done.exit_code, 0, done.output)
            self.assertEqual(
                [f"calexp.{each}@" in done.output for each in ("bbox", "detector")],
                [name == "bbox", name == "detector"],
            )
            done = runPipetask("run", *common, "--register-dataset-types")
            self.assertEqual(done.exit_code, 0, done.output)
            with Butler.from_config(repo, collections=name) as butler:
                refs = butler.query_datasets("goodSeeingDiff_templateExp")
                templates[name] = [butler.get(ref) for ref in sorted(refs)]
        self.assertEqual(len(templates["bbox"]), len(survey.visits))
        for first, second in zip(*templates.values(), strict=True):
            self.assertEqual(first.getBBox(), second.getBBox())
            np.testing.assert_array_equal(first.image.array, second.image.array)
            np.testing.assert_array_equal(first.mask.array, second.mask.array)


class InstalledTestCase(lsst.utils.tests.TestCase):
    """pip installs what `setup` makes known in a stack."""

    def testDataFiles(self) -> None:
        project = tomllib.loads((ROOT / "pyproject.toml").read_text())
        installed = {
            (folder, path)
            for folder, patterns in project["tool"]["setuptools"]["data-files"].items()
            for pattern in patterns
            for path in ROOT.glob(pattern)
        }
        wanted = {
            (f"share/ip_diffim_template/{path.parent.relative_to(ROOT)}", path)
            for pattern in ("pipelines/**/*.yaml", "config/**/*.py", "bps/**/*.yaml")
            for path in ROOT.glob(pattern)
        }
        self.assertGreaterEqual(len(wanted), 10)
        self.assertEqual(wanted - installed, set())


def setup_module(module: object) -> None:
    """Prepare the memory test."""
    lsst.utils.tests.init()


class MemoryTester(lsst.utils.tests.MemoryTestCase):
    """Check for leaks of file descriptors."""


if __name__ == "__main__":
    lsst.utils.tests.init()
    unittest.main()
