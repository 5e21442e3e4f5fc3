# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

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
