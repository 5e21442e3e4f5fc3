# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""A least-recently-used cache."""

from __future__ import annotations

from typing import Generic, TypeVar

__all__ = ["LruCache"]

K = TypeVar("K")
V = TypeVar("V")


class LruCache(Generic[K, V]):
    """Keep the most recently used values, up to a number of them.

    Each step is one operation on a dictionary, so that threads may share a
    cache; at worst a value is computed twice.

    Parameters
    ----------
    capacity
        Greatest number of values kept; 0 for no limit.
    """

    def __init__(self, capacity: int) -> None:
        self._values: dict[K, V] = {}
        self.capacity = capacity

    @property
    def capacity(self) -> int:
        """Greatest number of values kept; 0 for no limit."""
        return self._capacity

    @capacity.setter
    def capacity(self, capacity: int) -> None:
        if capacity < 0:
            raise ValueError(f"The capacity of a cache must not be negative, got {capacity}.")
        self._capacity = capacity
        self._evict()

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: K) -> V | None:
        """Value of a key, which becomes the most recently used."""
        value = self._values.pop(key, None)
        if value is not None:
            self._values[key] = value
        return value

    def put(self, key: K, value: V) -> None:
        """Set the value of a key and drop the values that are too many."""
        self._values.pop(key, None)
        self._values[key] = value
        self._evict()

    def _evict(self) -> None:
        while self._capacity and len(self._values) > self._capacity:
            self._values.pop(next(iter(self._values)), None)
