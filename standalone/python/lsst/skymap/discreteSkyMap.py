# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

__all__ = ("DiscreteSkyMap", "DiscreteSkyMapConfig")

import struct
from typing import Any

import lsst.pex.config as pexConfig
from lsst.geom import Angle, Point2D, SpherePoint, degrees

from .baseSkyMap import BaseSkyMapConfig, skyMapRegistry
from .cachingSkyMap import CachingSkyMap
from .tractInfo import ExplicitTractInfo


class DiscreteSkyMapConfig(BaseSkyMapConfig):
    """Configuration of `DiscreteSkyMap`."""

    raList = pexConfig.ListField[float](doc="Right ascensions of tract centers (degrees).", default=[])
    decList = pexConfig.ListField[float](doc="Declinations of tract centers (degrees).", default=[])
    radiusList = pexConfig.ListField[float](doc="Half sides of tracts (degrees).", default=[])

    def validate(self) -> None:
        """Check that the lists have the same length.

        Raises
        ------
        ValueError
            Raised if the lengths differ.
        """
        super().validate()
        lengths = len(self.raList), len(self.decList), len(self.radiusList)
        if len(set(lengths)) != 1:
            raise ValueError(f"Lengths of raList, decList and radiusList differ: {lengths}.")


@pexConfig.registerConfigurable("discrete", skyMapRegistry)
class DiscreteSkyMap(CachingSkyMap):
    """A sky map of square tracts at given places.

    Parameters
    ----------
    config
        Configuration, which is frozen.
    version
        Version of the numbering scheme; there is only one.
    """

    ConfigClass = DiscreteSkyMapConfig

    def __init__(self, config: DiscreteSkyMapConfig, version: int = 0) -> None:
        super().__init__(len(config.radiusList), config, version)

    def generateTract(self, index: int) -> ExplicitTractInfo:
        """Make a tract, without keeping it."""
        center = SpherePoint(self.config.raList[index], self.config.decList[index], degrees)
        return ExplicitTractInfo(
            id=index,
            tractBuilder=self._tractBuilder,
            ctrCoord=center,
            radius=Angle(self.config.radiusList[index], degrees),
            tractOverlap=Angle(self.config.tractOverlap, degrees),
            wcs=self._wcsFactory.makeWcs(crPixPos=Point2D(0, 0), crValCoord=center),
        )

    def updateSha1(self, sha1: Any) -> None:
        """Add the lists of tracts to a digest."""
        for values in (self.config.raList, self.config.decList, self.config.radiusList):
            sha1.update(struct.pack(f"<{len(values)}d", *values))
