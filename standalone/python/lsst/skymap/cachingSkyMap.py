# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

__all__ = ("CachingSkyMap",)

import abc
from typing import Any

from .baseSkyMap import BaseSkyMap, BaseSkyMapConfig
from .tractInfo import TractInfo


class CachingSkyMap(BaseSkyMap):
    """A sky map that makes its tracts on demand and keeps them.

    Parameters
    ----------
    numTracts
        Number of tracts.
    config
        Configuration, which is frozen.
    version
        Version of the subclass's scheme, kept in pickles.
    """

    def __init__(self, numTracts: int, config: BaseSkyMapConfig | None = None, version: int = 0) -> None:
        super().__init__(config)
        self._numTracts = numTracts
        self._tractCache: dict[int, TractInfo] = {}
        self._version = version

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.config, self._version)

    def __len__(self) -> int:
        return self._numTracts

    def __getitem__(self, index: int) -> TractInfo:
        if index < 0 or index >= self._numTracts:
            raise IndexError(f"Tract {index} is not in range 0 to {self._numTracts - 1}.")
        if (tract := self._tractCache.get(index)) is None:
            tract = self._tractCache[index] = self.generateTract(index)
        return tract

    @abc.abstractmethod
    def generateTract(self, index: int) -> TractInfo:
        """Make a tract, without keeping it.

        Parameters
        ----------
        index
            Number of the tract.
        """
        raise NotImplementedError()
