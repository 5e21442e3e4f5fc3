# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

__all__ = ["WcsFactory"]

from lsst.afw.geom import SkyWcs, makeCdMatrix, makeSkyWcs
from lsst.geom import Angle, Point2D, SpherePoint, radians


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
        Whether right ascension grows along with x.

    Raises
    ------
    RuntimeError
        Raised if ``projection`` does not have three letters.
    """

    def __init__(
        self, pixelScale: Angle, projection: str, rotation: Angle = 0.0 * radians, flipX: bool = False
    ) -> None:
        if len(projection) != 3:
            raise RuntimeError(f"projection={projection!r}; must have length 3")
        self._projection = projection
        self._cdMatrix = makeCdMatrix(scale=pixelScale, orientation=rotation, flipX=flipX)

    def makeWcs(self, crPixPos: Point2D, crValCoord: SpherePoint) -> SkyWcs:
        """Return the WCS that takes a pixel to a point of the sky.

        Parameters
        ----------
        crPixPos
            Reference pixel; the centre of the first pixel is (0, 0).
        crValCoord
            Sky position of the reference pixel.
        """
        return makeSkyWcs(
            crpix=crPixPos, crval=crValCoord, cdMatrix=self._cdMatrix, projection=self._projection
        )
