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

from lsst.pex.exceptions import InvalidParameterError

__all__ = ["Weather"]


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
        """Temperature in °C."""
        return self._airTemperature

    def getAirPressure(self) -> float:
        """Pressure in Pa."""
        return self._airPressure

    def getHumidity(self) -> float:
        """Relative humidity in %."""
        return self._humidity

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Weather):
            return NotImplemented
        return (self._airTemperature, self._airPressure, self._humidity) == (
            other._airTemperature,
            other._airPressure,
            other._humidity,
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Weather({self._airTemperature!r}, {self._airPressure!r}, {self._humidity!r})"


Weather.__module__ = "lsst.afw.coord"
