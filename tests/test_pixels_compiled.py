# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""How kernels are compiled."""

import pathlib
import unittest
import unittest.mock

import lsst.utils.tests
import numba
from lsst.pixels import compiled


def remainder(a, b):
    """What rounding leaves of a sum."""
    return ((a + b) - a) - b


def ratio(a, b):
    """Quotient of two numbers."""
    return a / b


class CompiledTestCase(lsst.utils.tests.TestCase):
    """Tests of `compiled`."""

    def testExact(self):
        self.assertEqual(compiled(exact=True)(remainder)(1e16, 1.0), -1.0)
        self.assertNotEqual(remainder(1e16, 1.0), 0.0)

    def testDivisionByZero(self):
        self.assertEqual(compiled(ratio)(1.0, 0.0), float("inf"))

    def testNoFolder(self):
        """Functions are still compiled without a folder for machine code."""
        njit = numba.njit

        def refuse(*args, cache=False, **options):
            if cache:
                raise RuntimeError("cannot cache function: no locator available")
            return njit(*args, **options)

        with (
            unittest.mock.patch("numba.njit", refuse),
            # What was warned of before, in the same process, does not count.
            unittest.mock.patch("lsst.pixels._notices._said", set()),
            self.assertLogs("lsst.pixels", "WARNING") as logs,
        ):
            function = compiled(ratio)
        self.assertIn("NUMBA_CACHE_DIR", logs.output[0])
        self.assertIn(str(pathlib.Path(__file__).parent / "__pycache__"), logs.output[0])
        self.assertEqual(function(3.0, 2.0), 1.5)


if __name__ == "__main__":
    unittest.main()
