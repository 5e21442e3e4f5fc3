# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Position of an observatory, and the weather there."""

from __future__ import annotations

__all__ = ("Observatory", "Weather")

from lsst.geom import Angle
from lsst.pex.exceptions import InvalidParameterError


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
        """Return the geodetic longitude, positive to the east."""
        return self._longitude

    def getLatitude(self) -> Angle:
        """Return the geodetic latitude."""
        return self._latitude

    def getElevation(self) -> float:
        """Return the elevation in m."""
        return self._elevation

    def __eq__(self, other: object) -> bool:
        return vars(self) == vars(other) if isinstance(other, Observatory) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Observatory({self._longitude!r}, {self._latitude!r}, {self._elevation!r})"


class Weather:
    """Weather at an observatory.

    Parameters
    ----------
    airTemperature
        Temperature in °C.
    airPressure
        Pressure in Pa.
    humidity
        Relative humidity in %.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if the humidity is negative.
    """

    def __init__(self, airTemperature: float, airPressure: float, humidity: float) -> None:
        if humidity < 0:
            raise InvalidParameterError(f"Humidity cannot be negative ({humidity}).")
        self._airTemperature = float(airTemperature)
        self._airPressure = float(airPressure)
        self._humidity = float(humidity)

    def getAirTemperature(self) -> float:
        """Return the temperature in °C."""
        return self._airTemperature

    def getAirPressure(self) -> float:
        """Return the pressure in Pa."""
        return self._airPressure

    def getHumidity(self) -> float:
        """Return the relative humidity in %."""
        return self._humidity

    def __eq__(self, other: object) -> bool:
        return vars(self) == vars(other) if isinstance(other, Weather) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Weather({self._airTemperature!r}, {self._airPressure!r}, {self._humidity!r})"
