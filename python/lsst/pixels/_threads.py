# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""How many threads the kernels may use."""

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
    """Let what runs in the context use a number of threads.

    That of the caller is one of them. Without this context, and in what
    the threads themselves call, there is one.

    Raises
    ------
    ValueError
        The number is less than one.
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
    """Calls of a function with each of some items; see `start_parallel`."""

    def __init__(self, function: Callable[[_Item], _Result], items: Iterable[_Item]):
        self._function = function
        self._items = list(items)
        self._results: list[_Result | None] = [None] * len(self._items)
        # Handing out the next number is atomic.
        self._numbers = itertools.count()
        self._failed = False
        self._helpers: list[Future[None]] = []

    @property
    def finished(self) -> bool:
        """Whether no other thread has a part in this."""
        return all(helper.done() for helper in self._helpers)

    def result(self) -> list[_Result]:
        """Make the calls that no other thread has begun, and wait for the
        others.

        Returns
        -------
        results : `list`
            What the function returned, in the order of the items.
        """
        token = _POOL.set(None)
        try:
            self._work()
        finally:
            _POOL.reset(token)
        for helper in self._helpers:
            # One that has not begun yet would find nothing left to do.
            if not helper.cancel():
                helper.result()
        return cast(list[_Result], self._results)

    def _work(self) -> None:
        """Make one call after the other, until none is left."""
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
    """Have a function called with each of some items by other threads.

    The caller goes on meanwhile, and has to ask for the result. If it has
    no other threads, all is done at once.

    Parameters
    ----------
    function
        What to call. It should spend its time without Python's global lock,
        and calls must not get in each other's way.
    items
        Its arguments.
    """
    pending = Pending(function, items)
    pool = _POOL.get()
    if pool is None:
        pending.result()
    else:
        pending._share(pool[0], pool[1] - 1)
    return pending


def parallel_map(function: Callable[[_Item], _Result], items: Iterable[_Item]) -> list[_Result]:
    """Call a function with each of some items, in threads if there are any.

    Parameters
    ----------
    function, items
        As for `start_parallel`.

    Returns
    -------
    results : `list`
        What it returned, in the order of the items.
    """
    return start_parallel(function, items).result()


def row_blocks(height: int) -> list[slice]:
    """Divide rows into as many blocks as there are threads."""
    pool = _POOL.get()
    number = 1 if pool is None else min(pool[1], max(height, 1))
    edges = [height * i // number for i in range(number + 1)]
    return [slice(*pair) for pair in itertools.pairwise(edges)]
