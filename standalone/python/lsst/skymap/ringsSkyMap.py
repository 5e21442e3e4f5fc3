# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

__all__ = ("RingsSkyMap", "RingsSkyMapConfig")

import math
import struct
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

import lsst.pex.config as pexConfig
from lsst.geom import Angle, Point2D, SpherePoint, degrees
from lsst.sphgeom import Angle as SphgeomAngle
from lsst.sphgeom import LonLat, NormalizedAngle

from .baseSkyMap import BaseSkyMapConfig, skyMapRegistry
from .cachingSkyMap import CachingSkyMap
from .detail.utils import positionsInRadians
from .tractInfo import ExplicitTractInfo

if TYPE_CHECKING:
    from .patchInfo import PatchInfo
    from .tractInfo import TractInfo


class RingsSkyMapConfig(BaseSkyMapConfig):
    """Configuration of `RingsSkyMap`."""

    numRings = pexConfig.Field[int](
        doc="Number of rings of tracts between the polar caps.", check=lambda x: x > 0
    )
    raStart = pexConfig.Field[float](
        doc="Right ascension of the first tract of each ring (degrees).",
        default=0.0,
        check=lambda x: 0.0 <= x < 360.0,
    )


@pexConfig.registerConfigurable("rings", skyMapRegistry)
class RingsSkyMap(CachingSkyMap):
    """A sky map of rings of constant declination, with a cap at each pole.

    Parameters
    ----------
    config
        Configuration, which is frozen.
    version
        Numbering of tracts. In version 0 the first tract of a ring is
        numbered after its last one.

    Notes
    -----
    Rings are numbered from south to north, the tracts of a ring from
    ``raStart`` to the east. Tract 0 is the southern cap, the last tract the
    northern one. The version is part of neither equality nor hash.
    """

    ConfigClass = RingsSkyMapConfig

    def __init__(self, config: RingsSkyMapConfig, version: int = 1) -> None:
        assert version in (0, 1), f"Unrecognized version of RingsSkyMap: {version}"
        config.validate()
        self._ringSize = math.pi / (config.numRings + 1)
        self._ringNums = [self._countTracts(ring) for ring in range(config.numRings)]
        self._raStart = math.radians(config.raStart)
        super().__init__(sum(self._ringNums) + 2, config, version)

    def _countTracts(self, ring: int) -> int:
        south = self._ringSize * (ring + 0.5) - math.pi / 2
        north = south + self._ringSize
        widest = math.cos(min(abs(south), abs(north)))
        return int(2 * math.pi * widest / self._ringSize) + 1

    def getRingIndices(self, index: int) -> tuple[int, int]:
        """Return the ring of a tract and its place in the ring.

        Parameters
        ----------
        index
            Number of the tract.

        Returns
        -------
        ring
            Number of the ring; -1 for the southern cap and the number of
            rings for the northern one.
        tractNum
            Place in the ring.

        Raises
        ------
        IndexError
            Raised if there is no such tract.
        """
        if index < 0 or index >= len(self):
            raise IndexError(f"Tract {index} is not in range 0 to {len(self) - 1}.")
        if index == 0:
            return -1, 0
        if index == len(self) - 1:
            return self.config.numRings, 0
        place, ring = index - 1, 0
        while ring < self.config.numRings and place >= self._ringNums[ring] + (self._version == 0):
            place -= self._ringNums[ring]
            ring += 1
        return ring, place

    def generateTract(self, index: int) -> ExplicitTractInfo:
        """Make a tract, without keeping it."""
        ring, place = self.getRingIndices(index)
        if ring == -1:
            ra, dec = 0.0, -math.pi / 2
        elif ring == self.config.numRings:
            ra, dec = 0.0, math.pi / 2
        else:
            ra = 2 * math.pi * place / self._ringNums[ring] + self._raStart
            dec = self._ringSize * (ring + 1) - math.pi / 2
        center = SpherePoint(Angle(ra).wrap(), Angle(dec))
        raMin, raMax, decMin, decMax = self.getRaDecRange(index)
        return ExplicitTractInfo(
            id=index,
            tractBuilder=self._tractBuilder,
            ctrCoord=center,
            radius=Angle(0.5 * self._ringSize),
            tractOverlap=self._overlap(),
            wcs=self._wcsFactory.makeWcs(crPixPos=Point2D(0, 0), crValCoord=center),
            innerBoxCorners=(_lonLat(raMin, decMin), _lonLat(raMax, decMax)),
        )

    def _overlap(self) -> Angle:
        return Angle(self.config.tractOverlap, degrees)

    def getRaDecRange(self, index: int) -> tuple[Angle, Angle, Angle, Angle]:
        """Return the bounds of a tract's inner region.

        Parameters
        ----------
        index
            Number of the tract.

        Returns
        -------
        raMin, raMax, decMin, decMax
            Bounds; for a cap 0 and 2 pi in right ascension.

        Raises
        ------
        IndexError
            Raised if there is no such tract.
        """
        ring, place = self.getRingIndices(index)
        south = Angle(-math.pi / 2 + (ring + 0.5) * self._ringSize)
        north = Angle(-math.pi / 2 + (ring + 1.5) * self._ringSize)
        if ring == -1:
            return Angle(0.0), Angle(2 * math.pi), Angle(-math.pi / 2), north
        if ring == self.config.numRings:
            return Angle(0.0), Angle(2 * math.pi), south, Angle(math.pi / 2)
        step = 2 * math.pi / self._ringNums[ring]
        west = Angle(step * (place - 0.5) + self._raStart).wrap()
        east = Angle(step * (place + 0.5) + self._raStart).wrap()
        return west, east, south, north

    @property
    def _southEdge(self) -> float:
        """Declination where the southern cap ends (radians)."""
        return 0.5 * self._ringSize - math.pi / 2

    def _placeInRing(self, ra: float, ring: int) -> int:
        """Return the place of a right ascension (radians) in a ring."""
        count = self._ringNums[ring]
        place = int(Angle(ra - self._raStart).wrap().asRadians() / (2 * math.pi / count) + 0.5)
        return 0 if place == count else place

    def _tractIdInRing(self, ring: int, place: int) -> int:
        if self._version == 0 and place == 0 and ring != 0:
            ring += 1
        return sum(self._ringNums[:ring]) + place + 1

    def findTract(self, coord: SpherePoint) -> TractInfo:
        """Return the tract whose inner region contains a sky position.

        Parameters
        ----------
        coord
            Position.

        Raises
        ------
        ValueError
            Raised if the position is not finite.
        """
        if not coord.isFinite():
            raise ValueError(f"Position {coord} is not finite.")
        ra, dec = coord.getRa().asRadians(), coord.getDec().asRadians()
        if dec < self._southEdge:
            return self[0]
        if dec > -self._southEdge:
            return self[len(self) - 1]
        # The northern edge itself belongs to the last ring.
        ring = min(int((dec - self._southEdge) / self._ringSize), self.config.numRings - 1)
        return self[self._tractIdInRing(ring, self._placeInRing(ra, ring))]

    def findTractIdArray(
        self, ra: npt.ArrayLike, dec: npt.ArrayLike, degrees: bool = False
    ) -> npt.NDArray[np.integer[Any]]:
        """Return the numbers of the tracts of many sky positions.

        Parameters
        ----------
        ra, dec
            Positions, shape ``(n,)`` or scalar (radians).
        degrees
            Whether the positions are in degrees instead.

        Returns
        -------
        ids
            Numbers of the tracts `findTract` would return, shape ``(n,)``.

        Raises
        ------
        ValueError
            Raised if a position is not finite.
        """
        lon, lat = positionsInRadians(ra, dec, degrees)
        if not (np.isfinite(lon).all() and np.isfinite(lat).all()):
            raise ValueError("Not all positions are finite.")
        counts = np.array(self._ringNums)
        ring = np.clip(((lat - self._southEdge) / self._ringSize).astype(int), 0, len(counts) - 1)
        place = (np.mod(lon - self._raStart, 2 * math.pi) / (2 * math.pi / counts[ring]) + 0.5).astype(int)
        place[place == counts[ring]] = 0
        if self._version == 0:
            ring = ring + ((place == 0) & (ring != 0))
        before = np.concatenate(([0], np.cumsum(counts)))
        ids = before[ring] + place + 1
        ids[lat < self._southEdge] = 0
        ids[lat > -self._southEdge] = len(self) - 1
        return ids.astype(np.int32)

    def findAllTracts(self, coord: SpherePoint) -> list[TractInfo]:
        """Return every tract with a pixel at a sky position.

        Parameters
        ----------
        coord
            Position.

        Raises
        ------
        ValueError
            Raised if the position is not finite.
        """
        if not coord.isFinite():
            raise ValueError(f"Position {coord} is not finite.")
        ra, dec = coord.getRa().asRadians(), coord.getDec().asRadians()
        centralRing = int((dec - self._southEdge) / self._ringSize)
        candidates: dict[int, TractInfo] = {}
        for ring in range(max(centralRing - 1, 0), min(centralRing + 2, self.config.numRings)):
            place = self._placeInRing(ra, ring)
            for neighbor in (place - 1, place, place + 1):
                id = self._tractIdInRing(ring, neighbor % self._ringNums[ring])
                candidates[id] = self[id]
        for id in (0, len(self) - 1):
            candidates[id] = self[id]
        return [tract for tract in candidates.values() if tract.contains(coord)]

    def findTractPatchList(
        self, coordList: Iterable[SpherePoint]
    ) -> list[tuple[TractInfo, Sequence[PatchInfo]]]:
        """Return all tracts and patches around a set of sky positions.

        Parameters
        ----------
        coordList
            Positions, e.g. the corners of an image.

        Returns
        -------
        found
            Each tract with a pixel at any of the positions, with the
            patches that may overlap.
        """
        coordList = list(coordList)
        tracts = {tract.getId(): tract for coord in coordList for tract in self.findAllTracts(coord)}
        return self._withPatches(tracts.values(), coordList)

    def updateSha1(self, sha1: Any) -> None:
        """Add the number and start of the rings to a digest."""
        sha1.update(struct.pack("<id", self.config.numRings, self.config.raStart))


def _lonLat(lon: Angle, lat: Angle) -> LonLat:
    # NormalizedAngle keeps a full turn, which makes the caps' regions
    # reach around.
    return LonLat(NormalizedAngle(lon.asRadians()), SphgeomAngle(lat.asRadians()))
