# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Short form of the fault suite; ``make soak`` runs the long one."""

from __future__ import annotations

import os
import pathlib
import tempfile
import unittest
from typing import ClassVar

import lsst.utils.tests

from .injector import FaultInjector


class FaultsTestCase(lsst.utils.tests.TestCase):
    """Processes die, disks fill, files rot, and no template is wrong."""

    injector: ClassVar[FaultInjector]

    @classmethod
    def setUpClass(cls) -> None:
        folder = tempfile.TemporaryDirectory(prefix="faults")
        cls.addClassCleanup(folder.cleanup)
        cls.injector = FaultInjector(
            pathlib.Path(folder.name), int(os.environ.get("FAULTS_SEED", "20301004"))
        )

    def tearDown(self) -> None:
        problems = self.injector.problems[:]
        self.injector.problems.clear()
        self.assertFalse(problems, f"seed {self.injector.seed}:\n" + "\n".join(problems))

    def testKill(self) -> None:
        """Again if the run ended before it was killed."""
        for _ in range(5):
            self.injector.kill("quantum", "writing")
            if self.injector.figures["kills survived"]:
                break
        self.assertGreater(self.injector.figures["kills survived"], 0)

    def testFullDisk(self) -> None:
        self.injector.full_disk()

    def testCorrupted(self) -> None:
        """Again if nothing was read of where the byte was changed."""
        for _ in range(3):
            self.injector.rot("corrupted")
            if self.injector.figures["quanta that failed for it"]:
                break

    def testVanished(self) -> None:
        self.injector.rot("vanished")

    def testTwoAtOnce(self) -> None:
        self.injector.two_at_once("visit=1")

    def testLittleMemory(self) -> None:
        self.injector.little_memory()

    def testBadDetectors(self) -> None:
        self.injector.bad_detectors()


def setup_module(module: object) -> None:
    """Prepare the memory test."""
    lsst.utils.tests.init()


class MemoryTester(lsst.utils.tests.MemoryTestCase):
    """Check for leaks of file descriptors."""


if __name__ == "__main__":
    lsst.utils.tests.init()
    unittest.main()
