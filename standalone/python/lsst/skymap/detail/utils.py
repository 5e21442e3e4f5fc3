# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Building blocks shared by the sky maps."""

from __future__ import annotations

__all__ = ("Index2D", "WcsFactory", "coordFromVec", "makeSkyPolygonFromBBox")

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lsst.afw.geom import SkyWcs, makeCdMatrix, makeSkyWcs
from lsst.geom import Angle, Box2D, Box2I, Point2D, SpherePoint, radians
from lsst.sphgeom import ConvexPolygon, Vector3d


class Index2D(NamedTuple):
    """Column and row of a patch in its tract, or of a cell in its patch."""

    x: int
    y: int


def coordFromVec(vec: Sequence[float], defRA: Angle | None = None) -> SpherePoint:
    """Return the sky position that a vector points to.

    Parameters
    ----------
    vec
        Components x, y, z; the length does not matter.
    defRA
        Right ascension to return if ``vec`` points to a pole, where it is
        undefined (0 if `None`).
    """
    x, y, z = (float(v) for v in vec)
    if abs(x) < 1e-14 and abs(y) < 1e-14:
        ra = 0.0 * radians if defRA is None else defRA
        return SpherePoint(ra, Angle(math.copysign(math.pi / 2, z)))
    return SpherePoint(Vector3d(x, y, z))


def positionsInRadians(
    ra: npt.ArrayLike, dec: npt.ArrayLike, degrees: bool
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return sky positions as arrays of radians.

    Parameters
    ----------
    ra, dec
        Positions, shape ``(n,)`` or scalar.
    degrees
        Whether they are in degrees rather than radians.
    """
    raArray, decArray = np.atleast_1d(np.asarray(ra, float)), np.atleast_1d(np.asarray(dec, float))
    return (np.deg2rad(raArray), np.deg2rad(decArray)) if degrees else (raArray, decArray)


def makeSkyPolygonFromBBox(bbox: Box2I, wcs: SkyWcs) -> ConvexPolygon:
    """Return the region of sky covered by the pixels of a box.

    Parameters
    ----------
    bbox
        Pixels; the region reaches to their outer edges.
    wcs
        WCS of the pixels.
    """
    return ConvexPolygon([coord.getVector() for coord in wcs.pixelToSky(Box2D(bbox).getCorners())])


class WcsFactory:
    """Maker of WCSs that differ only in their reference point.

    Parameters
    ----------
    pixelScale
        Size of a pixel at the reference point.
    projection
        Three-letter code of a FITS projection, e.g. ``TAN``.
    rotation
        Rotation of the pixel axes on the sky.
    flipX
        Whether right ascension increases with x.

    Raises
    ------
    RuntimeError
        Raised if ``projection`` does not have three letters.
    """

    def __init__(
        self, pixelScale: Angle, projection: str, rotation: Angle = 0.0 * radians, flipX: bool = False
    ) -> None:
        if len(projection) != 3:
            raise RuntimeError(f"projection={projection!r}; must have length 3.")
        self._projection = projection
        self._cdMatrix = makeCdMatrix(scale=pixelScale, orientation=rotation, flipX=flipX)

    def makeWcs(self, crPixPos: Point2D, crValCoord: SpherePoint) -> SkyWcs:
        """Return the WCS that takes a pixel to a point of the sky.

        Parameters
        ----------
        crPixPos
            Reference pixel; the center of the first pixel is (0, 0).
        crValCoord
            Sky position of the reference pixel.
        """
        return makeSkyWcs(
            crpix=crPixPos, crval=crValCoord, cdMatrix=self._cdMatrix, projection=self._projection
        )
