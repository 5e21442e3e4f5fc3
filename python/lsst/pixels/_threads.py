# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Distribution of work among threads."""

from __future__ import annotations

__all__ = ("Pending", "parallel_map", "row_blocks", "start_parallel", "threads")

import contextlib
import itertools
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import ContextVar
from typing import Generic, TypeVar, cast

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")
_Pool = tuple[ThreadPoolExecutor, int]

_POOL: ContextVar[_Pool | None] = ContextVar("_POOL", default=None)


@contextlib.contextmanager
def threads(number: int) -> Iterator[None]:
    """Let the kernels use several threads in a ``with`` block.

    Outside such a block, and in the functions that the threads call, kernels
    use one thread.

    Parameters
    ----------
    number
        Number of threads, including that of the caller.

    Raises
    ------
    ValueError
        Raised if the number is less than 1.
    """
    if number < 1:
        raise ValueError(f"The number of threads must be at least 1, not {number}.")
    if number == 1:
        yield
        return
    with ThreadPoolExecutor(number - 1) as executor:
        token = _POOL.set((executor, number))
        try:
            yield
        finally:
            _POOL.reset(token)


class Pending(Generic[_Item, _Result]):
    """Calls of a function that may not be complete; see `start_parallel`.

    Parameters
    ----------
    function
        Function to call.
    items
        Arguments of the calls.
    """

    def __init__(self, function: Callable[[_Item], _Result], items: Iterable[_Item]):
        self._function = function
        self._items = list(items)
        self._results: list[_Result | None] = [None] * len(self._items)
        # Taking the next number is atomic.
        self._numbers = itertools.count()
        self._failed = False
        self._helpers: list[Future[None]] = []

    @property
    def finished(self) -> bool:
        """Whether no other thread is working on the calls."""
        return all(helper.done() for helper in self._helpers)

    def result(self) -> list[_Result]:
        """Make the calls that no thread has started, and wait for the others.

        Returns
        -------
        results : `list`
            Results of the function, in the order of the items.
        """
        token = _POOL.set(None)
        try:
            self._work()
        finally:
            _POOL.reset(token)
        for helper in self._helpers:
            # A helper that has not started would find nothing left to do.
            if not helper.cancel():
                helper.result()
        return cast(list[_Result], self._results)

    def _work(self) -> None:
        """Make calls until none is left."""
        for number in self._numbers:
            if number >= len(self._items) or self._failed:
                return
            try:
                self._results[number] = self._function(self._items[number])
            except BaseException:
                self._failed = True
                raise

    def _share(self, executor: ThreadPoolExecutor, number: int) -> None:
        self._helpers = [executor.submit(self._work) for _ in range(number)]


def start_parallel(function: Callable[[_Item], _Result], items: Iterable[_Item]) -> Pending[_Item, _Result]:
    """Start calling a function with each item in other threads.

    The calls are complete once the caller has obtained the result. If there
    are no other threads, they are made before this function returns.

    Parameters
    ----------
    function
        Function to call. It should release Python's global interpreter lock
        most of the time, and its calls must be independent of each other.
    items
        Arguments of the calls.

    Returns
    -------
    pending : `Pending`
        Handle from which to get the results.
    """
    pending = Pending(function, items)
    pool = _POOL.get()
    if pool is None:
        pending.result()
    else:
        pending._share(pool[0], pool[1] - 1)
    return pending


def parallel_map(function: Callable[[_Item], _Result], items: Iterable[_Item]) -> list[_Result]:
    """Call a function with each item, in several threads if there are any.

    Parameters
    ----------
    function, items
        As for `start_parallel`.

    Returns
    -------
    results : `list`
        Results of the function, in the order of the items.
    """
    return start_parallel(function, items).result()


def row_blocks(height: int) -> list[slice]:
    """Divide rows into one block for each thread."""
    pool = _POOL.get()
    number = 1 if pool is None else min(pool[1], max(height, 1))
    edges = [height * i // number for i in range(number + 1)]
    return [slice(*pair) for pair in itertools.pairwise(edges)]
