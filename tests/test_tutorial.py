# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tutorial of the documentation, run as it stands there."""

from __future__ import annotations

import contextlib
import io
import pathlib
import tempfile
import unittest
from typing import Any

import lsst.utils.tests
from template_commands import ROOT, Shell, code_blocks

BLOCKS = code_blocks(ROOT / "doc" / "tutorial.md")


class TutorialTestCase(lsst.utils.tests.TestCase):
    """A reader who types all of the tutorial sees what it says."""

    def setUp(self) -> None:
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        for name in ("demo", "pipelines"):
            pathlib.Path(temporary.name, name).symlink_to(ROOT / name)
        self.shell = Shell(pathlib.Path(temporary.name))
        stack = contextlib.ExitStack()
        self.addCleanup(stack.close)
        stack.enter_context(contextlib.chdir(temporary.name))
        self.names: dict[str, Any] = {}

    def runBash(self, text: str) -> str:
        """Run commands; returns what they print."""
        done = self.shell.run(text)
        self.assertEqual(done.returncode, 0, f"{text}\n{done.stdout}{done.stderr}")
        return done.stdout

    def runPython(self, text: str) -> str:
        """Run a program that goes on from those before; returns its output."""
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            exec(compile(text, "tutorial.md", "exec"), self.names)
        return output.getvalue()

    def testBlocks(self) -> None:
        output = ""
        languages = []
        for block in BLOCKS:
            languages.append(block.language)
            if block.language == "text":
                self.assertEqual(output, block.text)
            else:
                run = {"bash": self.runBash, "python": self.runPython}[block.language]
                output = run(block.text)
        self.assertGreater(languages.count("bash"), 2)
        self.assertGreater(languages.count("python"), 5)


class MemoryTester(lsst.utils.tests.MemoryTestCase):
    """Check for leaks of file descriptors."""


def setup_module(module: object) -> None:
    """Prepare the memory test."""
    lsst.utils.tests.init()


if __name__ == "__main__":
    lsst.utils.tests.init()
    unittest.main()
