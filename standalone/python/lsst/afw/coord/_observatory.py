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

from lsst.geom import Angle

__all__ = ["Observatory"]


class Observatory:
    """Position of an observatory.

    Parameters
    ----------
    longitude
        Geodetic longitude, positive to the east.
    latitude
        Geodetic latitude.
    elevation
        Height above the reference ellipsoid in m.
    """

    def __init__(self, longitude: Angle, latitude: Angle, elevation: float) -> None:
        if not isinstance(longitude, Angle) or not isinstance(latitude, Angle):
            raise TypeError(f"Longitude and latitude are Angles, not {longitude!r}, {latitude!r}.")
        self._longitude = longitude
        self._latitude = latitude
        self._elevation = float(elevation)

    def getLongitude(self) -> Angle:
        return self._longitude

    def getLatitude(self) -> Angle:
        return self._latitude

    def getElevation(self) -> float:
        """Elevation in m."""
        return self._elevation

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Observatory):
            return NotImplemented
        return (self._longitude, self._latitude, self._elevation) == (
            other._longitude,
            other._latitude,
            other._elevation,
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Observatory({self._longitude!r}, {self._latitude!r}, {self._elevation!r})"


Observatory.__module__ = "lsst.afw.coord"
