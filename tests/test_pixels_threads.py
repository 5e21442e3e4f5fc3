# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Work that is shared among threads."""

import threading
import unittest

import lsst.utils.tests
from lsst.pixels import parallel_map, start_parallel, threads

PATIENCE = 60
"""Seconds after which a thread that waits is taken to wait in vain."""


class ThreadsTestCase(lsst.utils.tests.TestCase):
    """Tests of `threads`, `start_parallel` and `parallel_map`."""

    def testOrder(self):
        for number in (1, 2, 5):
            with threads(number):
                self.assertEqual(parallel_map(lambda i: i * i, range(50)), [i * i for i in range(50)])
                self.assertEqual(parallel_map(str, []), [])

    def testAllTakePart(self):
        """Each call waits for the others, so there has to be one a thread."""
        barrier = threading.Barrier(3)
        with threads(3):
            idents = parallel_map(lambda _: (barrier.wait(PATIENCE), threading.get_ident())[1], range(3))
        self.assertEqual(len(set(idents)), 3)
        self.assertIn(threading.get_ident(), idents)

    def testNoMoreThanThat(self):
        lock, now, most = threading.Lock(), set(), 0

        def call(item):
            nonlocal most
            with lock:
                now.add(threading.get_ident())
                most = max(most, len(now))
            inner = parallel_map(lambda _: threading.get_ident(), range(3))
            with lock:
                now.discard(threading.get_ident())
            return set(inner) == {threading.get_ident()}

        with threads(2):
            all_pending = [start_parallel(call, range(20)) for _ in range(3)]
            self.assertTrue(all(all(pending.result()) for pending in all_pending))
        self.assertLessEqual(most, 2)

    def testCallerGoesOn(self):
        event = threading.Event()
        with threads(2):
            pending = start_parallel(lambda _: event.wait(PATIENCE), range(1))
            self.assertFalse(pending.finished)
            event.set()
            self.assertEqual(pending.result(), [True])
            self.assertTrue(pending.finished)

    def testCallerDoesWhatOthersHaveNotBegun(self):
        event = threading.Event()
        with threads(2):
            busy = start_parallel(lambda _: event.wait(PATIENCE), range(1))
            self.assertEqual(parallel_map(lambda i: -i, range(9)), [-i for i in range(9)])
            self.assertFalse(busy.finished)
            event.set()
            busy.result()

    def testAtOnceWithoutThreads(self):
        called = []
        pending = start_parallel(called.append, range(3))
        self.assertEqual(called, [0, 1, 2])
        self.assertTrue(pending.finished)
        self.assertEqual(pending.result(), [None] * 3)

    def testErrors(self):
        def call(item):
            if item == 3:
                raise KeyError("three")
            return item

        for number in (1, 2, 4):
            with threads(number):
                with self.assertRaisesRegex(KeyError, "three"):
                    parallel_map(call, range(10))
                self.assertEqual(parallel_map(call, range(3)), [0, 1, 2])

    def testErrorsOfOtherThreads(self):
        failed = threading.Event()

        def call(item):
            failed.set()
            raise KeyError(item)

        with threads(2):
            pending = start_parallel(call, [7])
            self.assertTrue(failed.wait(PATIENCE))
            with self.assertRaisesRegex(KeyError, "7"):
                pending.result()

    def testNumbersThatAreNone(self):
        for number in (0, -1):
            with self.assertRaisesRegex(ValueError, str(number)), threads(number):
                self.fail("There is no such number of threads.")


class MemoryTestCase(lsst.utils.tests.MemoryTestCase):
    """Test for leaks."""


def setup_module(module):
    lsst.utils.tests.init()


if __name__ == "__main__":
    lsst.utils.tests.init()
    unittest.main()
