# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Help and version of every command."""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import io
import pathlib
import re
import runpy
import shlex
import tomllib
import unittest
import warnings
from collections.abc import Callable
from unittest import mock

import lsst.utils.tests
from lsst.ip.diffim.commandLine import CommandParser

ROOT = pathlib.Path(__file__).resolve().parents[1]
PROGRAMS = (
    "benchmarks",
    "bps.measure_graph",
    "bps.measure_jobs",
    "bps.run_demo",
    "bps.run_slurm_demo",
    "demo",
    "demo.lsst_images",
    "lsst.ip.diffim.checkOverlay",
)
"""Modules that are run with ``python -m``."""


def scripts() -> dict[str, str]:
    """Return the commands of the project, and their functions."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]


def run_module(name: str) -> Callable[[], object]:
    """Return a function that runs a module as a program."""

    def run() -> None:
        with warnings.catch_warnings():
            # Another test may have imported it.
            warnings.simplefilter("ignore", RuntimeWarning)
            runpy.run_module(name, run_name="__main__")

    return run


class ParsedError(Exception):
    """Raised instead of running a command whose arguments are valid."""


class CommandsTestCase(lsst.utils.tests.TestCase):
    """Every command has a version, and help with examples that are valid."""

    def printed(self, command: Callable[[], object], *arguments: str) -> str:
        """Return what a command prints that ends with status 0."""
        with (
            contextlib.redirect_stdout(io.StringIO()) as output,
            mock.patch("sys.argv", ["program", *arguments]),
            self.assertRaises(SystemExit) as stop,
        ):
            command()
        self.assertEqual(stop.exception.code, 0)
        return output.getvalue()

    def check(self, prog: str, command: Callable[[], object]) -> None:
        with self.subTest(command=prog):
            name = re.escape(prog.removeprefix("python -m "))
            self.assertRegex(
                self.printed(command, "--version"), rf"\A{name} of lsst-ip-diffim-template \S.*\n\Z"
            )
            text = self.printed(command, "--help").partition("\nexamples:\n")[2]
            examples = re.findall(rf"(?m)^  {re.escape(prog)}\b(.*)$", text.replace("\\\n", ""))
            self.assertGreaterEqual(len(examples), 1)
            for example in examples:
                self.assertParses(command, shlex.split(example))

    def assertParses(self, command: Callable[[], object], arguments: list[str]) -> None:
        """Check that a command accepts arguments, without running it."""

        def parse(parser: argparse.ArgumentParser, *args: object, **kwargs: object) -> None:
            original(parser, *args, **kwargs)
            raise ParsedError

        original = argparse.ArgumentParser.parse_known_args
        with (
            mock.patch.object(CommandParser, "parse_known_args", parse),
            mock.patch("sys.argv", ["program", *arguments]),
            self.assertRaises(ParsedError),
        ):
            command()

    def testScripts(self) -> None:
        found = scripts()
        self.assertGreaterEqual(len(found), 5)
        for name, target in found.items():
            module, _, function = target.partition(":")
            self.check(name, getattr(importlib.import_module(module), function))

    def testPrograms(self) -> None:
        for name in PROGRAMS:
            if name.startswith("bps.") and importlib.util.find_spec("lsst.ctrl.bps") is None:
                continue
            self.check(f"python -m {name}", run_module(name))

    def testAllPrograms(self) -> None:
        """No command makes a parser of another class."""
        for folder in ("bps", "demo", "python", "tests"):
            for path in (ROOT / folder).rglob("*.py"):
                self.assertIsNone(re.search(r"argparse\.ArgumentParser\((?!\))", path.read_text()), path)

    def testNotes(self) -> None:
        parser = CommandParser("try", "Try " + "it " * 60, "try\n    this\n", "Status 100% 0.")
        text = parser.format_help()
        self.assertTrue(text.endswith("\nexamples:\n  try\n      this\n\nStatus 100% 0.\n"), text)
        self.assertLess(max(map(len, text.splitlines())), 80)


class MemoryTester(lsst.utils.tests.MemoryTestCase):
    """Check for leaks of file descriptors."""


def setup_module(module: object) -> None:
    """Prepare the memory test."""
    lsst.utils.tests.init()


if __name__ == "__main__":
    lsst.utils.tests.init()
    unittest.main()
