# This file is part of ip_diffim_template.
#
# Developed for the LSST Data Management System.
# This product includes software developed by the LSST Project
# (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution
# for the terms of the licence.
#
# This program is free software: you can redistribute it and/or modify
# it under the terms of the GNU General Public License as published by
# the Free Software Foundation, either version 3 of the License, or
# (at your option) any later version.
#
# This program is distributed in the hope that it will be useful,
# but WITHOUT ANY WARRANTY; without even the implied warranty of
# MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the
# GNU General Public License for more details.
#
# You should have received a copy of the GNU General Public License
# along with this program.  If not, see <https://www.gnu.org/licenses/>.

"""How many threads the kernels may use."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from typing import TypeVar

__all__ = ["parallel_map", "row_blocks", "threads"]

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")
_Pool = tuple[ThreadPoolExecutor, int]

_POOL: ContextVar[_Pool | None] = ContextVar("_POOL", default=None)


@contextlib.contextmanager
def threads(number: int) -> Iterator[None]:
    """Let what runs in the context use a number of threads.

    Without it, and in the threads themselves, there is one.

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
    with ThreadPoolExecutor(number) as executor:
        token = _POOL.set((executor, number))
        try:
            yield
        finally:
            _POOL.reset(token)


def parallel_map(function: Callable[[_Item], _Result], items: Iterable[_Item]) -> list[_Result]:
    """Call a function with each of some items, in threads if there are any.

    Parameters
    ----------
    function
        What to call. It should spend its time without Python's global lock,
        and calls must not get in each other's way.
    items
        Its arguments.

    Returns
    -------
    results : `list`
        What it returned, in the order of the items.
    """
    pool = _POOL.get()
    return list(map(function, items) if pool is None else pool[0].map(function, items))


def row_blocks(height: int) -> list[slice]:
    """Divide rows into as many blocks as there are threads."""
    pool = _POOL.get()
    number = 1 if pool is None else min(pool[1], max(height, 1))
    edges = [height * i // number for i in range(number + 1)]
    return [slice(*pair) for pair in itertools.pairwise(edges)]
