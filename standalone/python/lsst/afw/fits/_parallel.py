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

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

__all__ = ["mapThreads", "threadCount"]


def threadCount() -> int:
    """Number of threads to use for decoding and encoding pixels.

    ``OMP_NUM_THREADS``, which pipelines set to 1 where they run a process
    per core, or else the number of cores this process may use.
    """
    limit = os.environ.get("OMP_NUM_THREADS", "")
    return int(limit) if limit.isdigit() and int(limit) > 0 else len(os.sched_getaffinity(0))


def mapThreads(function: Callable[[Any], Any], items: Iterable[Any]) -> list[Any]:
    """Call a function with each item, in threads if there are cores.

    Parameters
    ----------
    function
        Function that spends its time without the interpreter lock.
    items
        Its arguments.

    Returns
    -------
    results
        Results in the order of the items.
    """
    items = list(items)
    n = min(threadCount(), len(items))
    if n <= 1:
        return [function(item) for item in items]
    with ThreadPoolExecutor(n) as executor:
        return list(executor.map(function, items))
