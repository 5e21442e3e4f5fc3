# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

__all__ = ("AliasMap",)

from collections.abc import Iterator


class AliasMap:
    """Other names of fields, or of prefixes of field names.

    Parameters
    ----------
    other
        Map to copy.
    """

    def __init__(self, other: AliasMap | None = None) -> None:
        self._map: dict[str, str] = {} if other is None else dict(other._map)

    def apply(self, name: str) -> str:
        """Name of the field that ``name`` stands for.

        The longest alias that is the name, or its beginning up to a ``_``, is
        replaced, and so on until none applies; an endless chain is cut after
        as many steps as there are aliases.
        """
        for _ in range(len(self._map)):
            matches = [alias for alias in self._map if name == alias or name.startswith(alias + "_")]
            if not matches:
                break
            alias = max(matches, key=len)
            name = self._map[alias] + name[len(alias) :]
        return name

    def get(self, alias: str) -> str:
        """Target of an alias, or the name itself if it is none."""
        return self._map.get(alias, alias)

    def set(self, alias: str, target: str) -> None:
        """Add or replace an alias."""
        self._map[alias] = target

    def erase(self, alias: str) -> bool:
        """Remove an alias; returns whether there was one."""
        return self._map.pop(alias, None) is not None

    def empty(self) -> bool:
        return not self._map

    def contains(self, other: AliasMap) -> bool:
        """Whether all aliases of the other map are in this one."""
        return other._map.items() <= self._map.items()

    def keys(self) -> list[str]:
        return sorted(self._map)

    def values(self) -> list[str]:
        return [self._map[key] for key in self.keys()]

    def items(self) -> Iterator[tuple[str, str]]:
        return iter([(key, self._map[key]) for key in self.keys()])

    def __getitem__(self, alias: str) -> str:
        return self._map[alias]

    def __setitem__(self, alias: str, target: str) -> None:
        self.set(alias, target)

    def __delitem__(self, alias: str) -> None:
        del self._map[alias]

    def __len__(self) -> int:
        return len(self._map)

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AliasMap) and other._map == self._map

    __hash__ = None  # type: ignore[assignment]
