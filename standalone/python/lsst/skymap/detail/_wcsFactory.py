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
