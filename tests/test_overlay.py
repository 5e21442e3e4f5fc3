# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Our package beside another ``lsst.ip.diffim`` on the path.

The other one is made up. As in the Science Pipelines, its ``__init__``
imports all its modules, `getTemplate` among them.
"""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import textwrap
import unittest

import lsst.utils.tests

OURS = pathlib.Path(__file__).resolve().parents[1] / "python"

NAMESPACE = """
import pkgutil

__path__ = pkgutil.extend_path(__path__, __name__)
"""

OTHER = {
    "lsst/__init__.py": NAMESPACE,
    "lsst/ip/__init__.py": NAMESPACE,
    "lsst/ip/diffim/__init__.py": """
        from .utils import *
        from .subtractImages import *
        from .getTemplate import *
        from .detectAndMeasure import *
        from .version import *
        """,
    "lsst/ip/diffim/version.py": """
        __all__ = ["__version__"]
        __version__ = "other-1.0"
        """,
    "lsst/ip/diffim/utils.py": """
        __all__ = ["helper"]

        def helper():
            return "helped"
        """,
    "lsst/ip/diffim/getTemplate.py": """
        __all__ = ["GetTemplateTask", "GetTemplateConfig", "GetDcrTemplateTask", "GetDcrTemplateConfig"]

        class GetTemplateConfig:
            pass

        class GetTemplateTask:
            pass

        class GetDcrTemplateConfig:
            pass

        class GetDcrTemplateTask:
            pass
        """,
    "lsst/ip/diffim/subtractImages.py": """
        import lsst.pipe.base as pipeBase
        import lsst.pipe.base.connectionTypes as connectionTypes
        from .utils import helper

        __all__ = ["AlardLuptonSubtractTask", "AlardLuptonSubtractConfig"]

        class AlardLuptonSubtractConnections(
            pipeBase.PipelineTaskConnections, dimensions=("instrument", "visit", "detector")
        ):
            template = connectionTypes.Input(
                doc="Template",
                name="template_detector",
                storageClass="ExposureF",
                dimensions=("instrument", "visit", "detector"),
            )
            difference = connectionTypes.Output(
                doc="Difference",
                name="difference_image",
                storageClass="ExposureF",
                dimensions=("instrument", "visit", "detector"),
            )

        class AlardLuptonSubtractConfig(
            pipeBase.PipelineTaskConfig, pipelineConnections=AlardLuptonSubtractConnections
        ):
            pass

        class AlardLuptonSubtractTask(pipeBase.PipelineTask):
            ConfigClass = AlardLuptonSubtractConfig
            _DefaultName = "alardLuptonSubtract"

            def run(self, template):
                return pipeBase.Struct(difference=helper())
        """,
    "lsst/ip/diffim/detectAndMeasure.py": """
        from .subtractImages import AlardLuptonSubtractTask

        __all__ = ["DetectAndMeasureTask"]

        class DetectAndMeasureTask:
            subtract = AlardLuptonSubtractTask
        """,
    "lsst/ip/diffim/dcrModel.py": """
        __all__ = ["DcrModel"]

        class DcrModel:
            pass
        """,
}

# What holds of the other package, whichever comes first.
INTACT = """
    import lsst.ip.diffim
    from lsst.ip.diffim import AlardLuptonSubtractTask, DetectAndMeasureTask, helper
    from lsst.ip.diffim.subtractImages import AlardLuptonSubtractTask as again
    from lsst.ip.diffim.dcrModel import DcrModel

    assert lsst.ip.diffim.subtractImages.AlardLuptonSubtractTask is AlardLuptonSubtractTask is again
    assert DetectAndMeasureTask.subtract is AlardLuptonSubtractTask
    assert AlardLuptonSubtractTask().run(None).difference == helper() == "helped"
    assert lsst.ip.diffim.__version__ == "other-1.0"
    """

PIPELINE = '''
    from lsst.pipe.base import Pipeline

    text = """
    description: The part of the alert pipeline around templates.
    tasks:
      buildTemplate:
        class: lsst.ip.diffim.getTemplate.GetTemplateTask
        config:
          connections.bbox: preliminary_visit_image.bbox
          connections.wcs: preliminary_visit_image.wcs
          connections.coaddExposures: template_coadd
          connections.template: template_detector
      subtractImages:
        class: lsst.ip.diffim.subtractImages.AlardLuptonSubtractTask
    """
    tasks = Pipeline.fromString(text).to_graph().tasks
    '''


class ProcessesTestCase(lsst.utils.tests.TestCase):
    """Base class of tests that run programs in processes of their own."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.other = pathlib.Path(folder.name)
        for name, text in OTHER.items():
            path = cls.other / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text))

    def runPython(self, path, *command):
        """Run Python, given what comes first on the path.

        In the Science Pipelines, the real ``lsst.ip.diffim`` lies on the path
        of this process. It is left out.
        """
        rest = [folder for folder in sys.path if not self.isOther(pathlib.Path(folder))]
        path = os.pathsep.join([str(each) for each in path] + rest)
        return subprocess.run(
            [sys.executable, "-P", *command],
            env={**os.environ, "PYTHONPATH": path},
            capture_output=True,
            text=True,
            check=False,
        )

    @staticmethod
    def isOther(folder):
        """Tell whether a folder has an ``lsst.ip.diffim`` that is not ours."""
        return (folder / "lsst" / "ip" / "diffim").is_dir() and not (folder / "lsst" / "pixels").is_dir()

    def assertRuns(self, path, *programs):
        """Assert that programs run, given what comes first on the path."""
        done = self.runPython(path, "-c", "".join(textwrap.dedent(program) for program in programs))
        self.assertEqual(done.returncode, 0, done.stderr)


class OverlayTestCase(ProcessesTestCase):
    """Which modules are found."""

    def testOursFirst(self):
        """Only getTemplate is replaced."""
        self.assertRuns(
            (OURS, self.other),
            INTACT,
            f"""
            import pathlib
            import lsst.ip.diffim.getTemplate

            assert pathlib.Path(lsst.ip.diffim.getTemplate.__file__).is_relative_to({str(OURS)!r})
            names = ("GetTemplateTask", "GetTemplateConfig", "GetDcrTemplateTask", "GetDcrTemplateConfig")
            for name in names:
                assert getattr(lsst.ip.diffim, name) is getattr(lsst.ip.diffim.getTemplate, name), name
            assert issubclass(lsst.ip.diffim.GetDcrTemplateTask, lsst.ip.diffim.GetTemplateTask)
            config = lsst.ip.diffim.GetDcrTemplateConfig(effectiveWavelength=620.0, bandwidth=140.0)
            assert lsst.ip.diffim.GetDcrTemplateTask(config=config)._dcrModel is DcrModel
            """,
            PIPELINE,
            """
            assert tasks["buildTemplate"].task_class is lsst.ip.diffim.GetTemplateTask
            assert "preliminary_visit_image.bbox" == tasks["buildTemplate"].inputs["bbox"].dataset_type_name
            assert tasks["subtractImages"].task_class is AlardLuptonSubtractTask
            """,
        )

    def testGetTemplateFirst(self):
        """What is imported first does not matter."""
        self.assertRuns(
            (OURS, self.other),
            """
            from lsst.ip.diffim.getTemplate import GetTemplateTask
            import lsst.ip.diffim

            assert lsst.ip.diffim.GetTemplateTask is GetTemplateTask
            assert GetTemplateTask.ConfigClass().templateBorderSize == 20
            """,
            INTACT,
        )

    def testTheirsFirst(self):
        """The other package is as if this one were not there."""
        self.assertRuns(
            (self.other, OURS),
            INTACT,
            f"""
            import pathlib
            import lsst.ip.diffim.getTemplate

            assert pathlib.Path(lsst.ip.diffim.getTemplate.__file__).is_relative_to({str(self.other)!r})
            assert lsst.ip.diffim.GetTemplateTask is lsst.ip.diffim.getTemplate.GetTemplateTask
            assert not hasattr(lsst.ip.diffim.GetTemplateTask, "ConfigClass")
            """,
        )

    def testTwice(self):
        """A second copy of this package changes nothing."""
        with tempfile.TemporaryDirectory() as folder:
            copy = pathlib.Path(folder, "python")
            shutil.copytree(OURS / "lsst", copy / "lsst", ignore=shutil.ignore_patterns("__pycache__"))
            # The kernels need not be compiled again.
            shutil.rmtree(copy / "lsst" / "pixels")
            self.assertRuns(
                (copy, OURS, self.other),
                INTACT,
                f"""
                import pathlib
                import lsst.ip.diffim.getTemplate

                assert pathlib.Path(lsst.ip.diffim.getTemplate.__file__).is_relative_to({folder!r})
                assert lsst.ip.diffim.GetTemplateTask is lsst.ip.diffim.getTemplate.GetTemplateTask
                """,
            )

    def testAlone(self):
        self.assertRuns(
            (OURS,),
            """
            import lsst.ip.diffim
            from lsst.ip.diffim import GetTemplateTask

            assert lsst.ip.diffim.getTemplate.GetTemplateTask is GetTemplateTask
            assert GetTemplateTask().getName() == "getTemplate"
            """,
        )


# A package of autumn 2026, and one that has moved on since.
CONFIG = """
import lsst.pex.config as pexConfig
import lsst.pipe.base as pipeBase
import lsst.pipe.base.connectionTypes as connTypes

__all__ = ["GetTemplateTask", "GetTemplateConfig"]


DETECTOR = ("instrument", "visit", "detector")


class GetTemplateConnections(pipeBase.PipelineTaskConnections, dimensions=DETECTOR):
    wcs = connTypes.Input(doc="Made up.", name="calexp.wcs", storageClass="Wcs", dimensions=DETECTOR)
    {connection}


class GetTemplateConfig(pipeBase.PipelineTaskConfig, pipelineConnections=GetTemplateConnections):
    templateBorderSize = pexConfig.Field(dtype=int, doc="Made up.", default={border})
    {field}


class GetTemplateTask(pipeBase.PipelineTask):
    ConfigClass = GetTemplateConfig
    _DefaultName = "getTemplate"

    def run(self, *, coaddExposureHandles, bbox{parameter}):
        pass
"""

SAME = {"connection": "", "border": 20, "field": "", "parameter": ""}
OLDER = {**SAME, "border": 10}
TODAY = {**SAME, "field": 'doScaleVariance = pexConfig.Field(dtype=bool, doc="Made up.", default=True)'}
NEWER = {
    "connection": 'sky = connTypes.Input(doc="Sky", name="s", storageClass="SkyMap", dimensions=("skymap",))',
    "border": 20,
    "field": 'doMoon = pexConfig.Field(dtype=bool, doc="Made up.", default=False)',
    "parameter": ", moon=None",
}


class ReplacedTestCase(ProcessesTestCase):
    """The package looks at the one that it replaces."""

    def behind(self, **texts):
        """Make a package up; return what comes first on the path."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        package = pathlib.Path(folder.name, "other")
        shutil.copytree(self.other, package)
        (package / "lsst/ip/diffim/getTemplate.py").write_text(CONFIG.format(**texts))
        return OURS, package

    def testDefaultFollows(self):
        for texts, expected in ((OLDER, False), (TODAY, True), (NEWER, False)):
            program = f"""
                from lsst.ip.diffim import GetTemplateConfig, GetTemplateTask, GetDcrTemplateConfig
                from lsst.ip.diffim.getTemplate import GetTemplateConfig as again

                assert GetTemplateConfig is again
                assert GetTemplateConfig().doScaleVariance is {expected}
                assert GetDcrTemplateConfig().doScaleVariance is {expected}
                assert hasattr(GetTemplateTask(), "scaleVariance") is {expected}
                assert GetTemplateConfig().templateBorderSize == 20
                """
            self.assertRuns(self.behind(**texts), program)

    def check(self, path):
        """Run the comparison; return its exit status and what it prints."""
        done = self.runPython(path, "-m", "lsst.ip.diffim.checkOverlay")
        self.assertEqual(done.stderr, "")
        return done.returncode, done.stdout

    def testOlder(self):
        status, text = self.check(self.behind(**OLDER))
        self.assertEqual(status, 0)
        self.assertIn("differs  GetTemplateConfig.templateBorderSize: here 20; replaced 10\n", text)
        self.assertIn("differs  GetTemplateConfig.doScaleVariance: here False; replaced missing\n", text)
        self.assertRegex(
            text, r"differs  GetTemplateConfig\.connections\.template: here Out.*; replaced missing"
        )
        self.assertIn(
            "  GetTemplateTask.run(visit): here visit=None (keyword-only); replaced missing\n", text
        )
        self.assertNotIn("LACKING", text)
        # Equal there and here.
        self.assertNotIn("run(bbox)", text)
        self.assertRegex(text, r"; 0 of them are lacking here\.\n$")

    def testNewer(self):
        status, text = self.check(self.behind(**NEWER))
        self.assertEqual(status, 1)
        self.assertRegex(text, r"LACKING  GetTemplateConfig\.connections\.sky: here missing; replaced Input")
        self.assertIn("LACKING  GetTemplateConfig.doMoon: here missing; replaced False\n", text)
        self.assertIn("  GetTemplateTask.run(moon): here missing; replaced moon=None (keyword-only)\n", text)
        self.assertRegex(text, r"; 3 of them are lacking here\.\n$")

    def testNames(self):
        """Parts of dataset type names, and dimensions, are compared too."""
        path = self.behind(**SAME)
        module = path[1] / "lsst/ip/diffim/getTemplate.py"
        old = "Connections, dimensions=DETECTOR"
        new = 'Connections, dimensions=("visit",), defaultTemplates={"coaddName": "deep", "moon": ""}'
        text = module.read_text()
        self.assertIn(old, text)
        text = text.replace(old, new).replace('"calexp.wcs"', '"{coaddName}.wcs{moon}"')
        module.write_text(text.replace("dimensions=DETECTOR", 'dimensions=("visit",)'))
        status, text = self.check(path)
        self.assertEqual(status, 1)
        self.assertIn(".coaddName: here 'goodSeeing', a part of dataset type names; replaced 'deep'", text)
        self.assertIn("LACKING  GetTemplateConfig.connections.moon: here missing; replaced ''", text)
        self.assertRegex(text, r"connections\.dimensions: here \['detector', .*; replaced \['visit'\]")

    def testNothingBehind(self):
        status, text = self.check((OURS,))
        self.assertEqual(status, 0)
        self.assertIn("nothing to compare", text)

    def testBroken(self):
        """An error in the other module says where it is from."""
        path = self.behind(**{**SAME, "field": "1 / 0"})
        done = self.runPython(path, "-m", "lsst.ip.diffim.checkOverlay")
        self.assertEqual(done.returncode, 1)
        self.assertIn("ZeroDivisionError", done.stderr)
        self.assertIn("which lsst.ip.diffim.getTemplate replaces", done.stderr)


def setup_module(module):
    lsst.utils.tests.init()


class MemoryTestCase(lsst.utils.tests.MemoryTestCase):
    """Files left open."""


if __name__ == "__main__":
    lsst.utils.tests.init()
    unittest.main()
