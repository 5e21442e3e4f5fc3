# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

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
