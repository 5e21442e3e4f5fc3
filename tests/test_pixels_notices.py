# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is logged when kernels are compiled, and when they cannot be kept."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import unittest

import lsst.utils.tests

USE = """
import logging
logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
import numpy as np
from lsst.pixels import count_clear
print(count_clear(np.zeros((3, 3), np.int32), 1))
"""

# All folders but those of NUMBA_CACHE_DIR cannot be written.
READ_ONLY = """
import os, numba.core.caching as caching
ensure = caching._CacheLocator.ensure_cache_path
def refuse(self):
    if not os.environ.get("WRITABLE") or not self.get_cache_path().startswith(os.environ["WRITABLE"]):
        raise PermissionError(self.get_cache_path())
    ensure(self)
caching._CacheLocator.ensure_cache_path = refuse
"""


def run(code: str, **variables: str) -> list[str]:
    """Run code in a process of its own; return what it logged of kernels."""
    environment = {key: value for key, value in os.environ.items() if key != "NUMBA_CACHE_DIR"}
    environment["PYTHONPATH"] = os.pathsep.join(sys.path)
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**environment, **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "9\n", done.stdout
    return [line for line in done.stderr.splitlines() if "kernels" in line.lower()]


class NoticesTestCase(lsst.utils.tests.TestCase):
    """One line each, and none where there is nothing to say."""

    def testCompilation(self) -> None:
        """The first process says that it compiles, the next loads."""
        with tempfile.TemporaryDirectory() as folder:
            (line,) = run(USE, NUMBA_CACHE_DIR=folder)
            self.assertRegex(
                line, rf"^INFO Compiling kernels, .* once per machine; they are kept in {folder}/.*\.$"
            )
            self.assertEqual(run(USE, NUMBA_CACHE_DIR=folder), [])

    def testNoFolder(self) -> None:
        warning, info = run(READ_ONLY + USE)
        self.assertRegex(warning, r"^WARNING .* neither .*__pycache__ nor .*numba can be written: .*\.$")
        self.assertEqual(info, "INFO Compiling kernels, which takes some seconds in each process.")
        warning, _ = run(READ_ONLY + USE, NUMBA_CACHE_DIR="/nowhere/numba")
        self.assertIn("neither /nowhere/numba (NUMBA_CACHE_DIR) nor", warning)

    def testUsableFolder(self) -> None:
        """There is no warning if the folder of the environment is usable."""
        with tempfile.TemporaryDirectory() as folder:
            (line,) = run(READ_ONLY + USE, NUMBA_CACHE_DIR=folder, WRITABLE=folder)
            self.assertTrue(line.startswith("INFO"), line)


class MemoryTester(lsst.utils.tests.MemoryTestCase):
    """Check for leaks of file descriptors."""


def setup_module(module: object) -> None:
    """Prepare the memory test."""
    lsst.utils.tests.init()


if __name__ == "__main__":
    lsst.utils.tests.init()
    unittest.main()
