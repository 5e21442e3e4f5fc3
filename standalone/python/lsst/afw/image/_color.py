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

import math

__all__ = ["Color"]


class Color:
    """Colour of a source; indeterminate if made without arguments.

    Parameters
    ----------
    colorValue
        Difference of magnitudes.
    colorType
        Name of the colour, such as ``"g-i"``.
    """

    def __init__(self, colorValue: float = math.nan, colorType: str = "") -> None:
        self._value = float(colorValue)
        self._type = colorType

    def isIndeterminate(self) -> bool:
        """Whether the colour is unknown."""
        return math.isnan(self._value)

    def getColorValue(self) -> float:
        return self._value

    def getColorType(self) -> str:
        return self._type

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Color):
            return NotImplemented
        if self.isIndeterminate() or other.isIndeterminate():
            return self.isIndeterminate() and other.isIndeterminate()
        return (self._value, self._type) == (other._value, other._type)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Color({self._value!r}, {self._type!r})"


Color.__module__ = "lsst.afw.image"
