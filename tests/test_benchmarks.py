# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""The benchmarks, with next to nothing to measure."""

from __future__ import annotations

import importlib.util
import pathlib
import subprocess
import sys
import tempfile
import unittest

import lsst.geom
import lsst.utils.tests

from benchmarks import kernel, swarp_scene, template
from benchmarks.layout import Detector, Layout
from benchmarks.process import interleave, run, run_module
from benchmarks.report import Goal, format_goals, format_table, replace_section
from benchmarks.scene import BenchmarkScene, detector_box, detector_wcs
from benchmarks.swarp import COADD, find_swarp, run_swarp

LAYOUT = Layout("test", tracts=2, side=2, inner=120, border=20)
DETECTOR = Detector(100, 90)


class PsfTestCase(lsst.utils.tests.TestCase):
    """PSFs of coadds whose inputs have models of Piff."""

    def testFigures(self) -> None:
        if importlib.util.find_spec("piff") is None:
            self.skipTest("Piff, the extra lsst-standalone[piff], is not installed.")
        with tempfile.TemporaryDirectory() as folder:
            figures = run_module("psf", folder, 2, 3)
        self.assertEqual(set(figures), {"read", "read_bytes", "write", "template_bytes", "first", "again"})
        self.assertGreater(figures["template_bytes"], 2 * 3 * 50_000)


class SceneTestCase(lsst.utils.tests.TestCase):
    """Templates of a scene, and what is counted meanwhile."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.temporary.cleanup)
        folder = pathlib.Path(cls.temporary.name, "scene")
        folder.mkdir()
        LAYOUT.save(folder / "layout.json")
        cls.scene = BenchmarkScene.open(folder)
        cls.scene.write()

    def testScene(self) -> None:
        handles = self.scene.handles()
        self.assertEqual(len(handles), LAYOUT.tracts * LAYOUT.side**2)
        for handle in handles:
            bbox = handle.get(component="bbox")
            self.assertEqual(bbox.getWidth(), LAYOUT.inner + LAYOUT.border)
            self.assertEqual(handle.pixels, 0)
            tract = self.scene.skymap[handle.dataId["tract"]]
            self.assertEqual(bbox, tract[handle.dataId["patch"]].getOuterBBox())
        # Patches share the pixels that they overlap in; a level is rounded.
        first, second = (handle.get() for handle in handles[:2])
        common = first.getBBox().clippedTo(second.getBBox())
        self.assertEqual(common.getWidth(), 2 * LAYOUT.border)
        self.assertFloatsAlmostEqual(first[common].image.array, second[common].image.array, atol=0.1)
        self.assertEqual(handles[0].pixels, first.getBBox().getArea())
        self.assertGreater(handles[0].bytes, handles[0].pixels)

    def testTemplate(self) -> None:
        out = pathlib.Path(self.temporary.name, "template.fits")
        figures = template.measure(self.scene, DETECTOR, out=out)
        self.assertEqual(len(figures["selected"]), 4)
        self.assertEqual(figures["idle_bytes"], 0)
        self.assertGreater(figures["pixels"], DETECTOR.width * DETECTOR.height)
        self.assertFloatsAlmostEqual(sum(figures["stages"].values()), figures["wall"], rtol=1e-6)
        for stage in ("Read", "Mosaic", "Resample", "VarianceModel", "Metadata"):
            self.assertGreater(figures["stages"][stage], 0.0, stage)
        self.assertGreater(figures["write"], 0.0)
        self.assertGreater(figures["plain"], 0.0)
        one = template.measure(self.scene, DETECTOR, patches=1)
        self.assertEqual(one["selected"], figures["selected"][:1])
        self.assertLess(one["pixels"], figures["pixels"])

    @unittest.skipUnless(find_swarp(), "SWarp is not installed")
    def testSwarp(self) -> None:
        """SWarp makes the same image of the same scene."""
        out = pathlib.Path(self.temporary.name, "compared.fits")
        template.measure(self.scene, DETECTOR, out=out)
        folder = pathlib.Path(self.temporary.name, "swarp")
        folder.mkdir()
        swarp_scene.write(self.scene, folder, DETECTOR)
        usage = run_swarp(find_swarp(), folder, [handle.path.name for handle in self.scene.handles()], 1)
        self.assertGreater(usage.cpu, 0.0)
        self.assertTrue((folder / COADD).exists())
        figures = swarp_scene.compare(out, folder, DETECTOR)
        self.assertGreater(figures["covered"], 0.99)
        self.assertLess(figures["median"], 0.03)

    def testDetector(self) -> None:
        wcs = detector_wcs(DETECTOR)
        self.assertFloatsAlmostEqual(wcs.getPixelScale().asArcseconds(), 0.2, rtol=1e-6)
        self.assertTrue(wcs.getPixelOrigin() == lsst.geom.Box2D(detector_box(DETECTOR)).getCenter())


class ReportTestCase(lsst.utils.tests.TestCase):
    """What is printed and written."""

    def testTable(self) -> None:
        table = format_table(["", "wall"], [["one", "1.0 s"], ["another", "12.5 s"]])
        expected = [
            "|         |   wall |",
            "| ------- | -----: |",
            "| one     |  1.0 s |",
            "| another | 12.5 s |",
        ]
        self.assertEqual(table.splitlines(), expected)

    def testGoals(self) -> None:
        self.assertTrue(Goal("a", 1.0, 2.0).met())
        self.assertFalse(Goal("a", 3.0, 2.0).met())
        self.assertTrue(Goal("a", 3.0, 2.0, at_least=True).met())
        nan = Goal("a", float("nan"), 2.0)
        self.assertFalse(nan.met())
        self.assertIn(" NO |", str(format_goals([nan])))

    def testSection(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "document.md")
            path.write_text("above\n<!-- begin figures -->\nold\n<!-- end figures -->\nbelow\n")
            for text in ("new", "newer"):
                replace_section(path, text)
                self.assertEqual(
                    path.read_text(),
                    f"above\n<!-- begin figures -->\n\n{text}\n\n<!-- end figures -->\nbelow\n",
                )
            path.write_text("nothing to replace")
            with self.assertRaisesRegex(ValueError, "document.md must have the lines"):
                replace_section(path, "new")

    def testDocument(self) -> None:
        """The document has the section that a run replaces."""
        root = pathlib.Path(__file__).resolve().parents[1]
        text = (root / "doc" / "performance.md").read_text()
        with tempfile.TemporaryDirectory() as folder:
            copy = pathlib.Path(folder, "performance.md")
            copy.write_text(text)
            replace_section(copy, "new")
            self.assertNotEqual(copy.read_text(), text)


class ProcessTestCase(lsst.utils.tests.TestCase):
    """Processes and the kernel."""

    def testRun(self) -> None:
        usage = run([sys.executable, "-c", "x = bytes(range(256)) * 400_000; print(len(x))"])
        self.assertEqual(usage.output, "102400000\n")
        self.assertGreater(usage.memory, 102_400_000)
        self.assertGreater(usage.wall, 0.0)
        with self.assertRaises(subprocess.CalledProcessError):
            run([sys.executable, "-c", "raise SystemExit(3)"])

    def testInterleave(self) -> None:
        calls: list[str] = []
        results = interleave(
            {"a": lambda: calls.append("a") or len(calls), "b": lambda: calls.append("b")}, 2
        )
        self.assertEqual(calls, ["a", "b", "a", "b"])
        self.assertEqual(results, {"a": [1, 3], "b": [None, None]})

    def testKernel(self) -> None:
        figures = kernel.measure(40, 1)
        found = {(each["kernel"], each["rotation"]) for each in figures}
        self.assertEqual(
            found, {(name, rotation) for name in kernel.KERNELS for rotation in kernel.ROTATIONS}
        )
        for each in figures:
            self.assertGreater(each["rate"], 0.0)


def setup_module(module: object) -> None:
    """Prepare the memory test."""
    lsst.utils.tests.init()


class MemoryTester(lsst.utils.tests.MemoryTestCase):
    """Check for leaks of file descriptors."""


if __name__ == "__main__":
    lsst.utils.tests.init()
    unittest.main()
