# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters and colors."""

from __future__ import annotations

__all__ = (
    "Color",
    "FilterLabel",
)

import math
from typing import Any

from lsst.afw.table.io._persistable import Fields, register
from lsst.afw.typehandling import Storable
from lsst.pex.exceptions import LogicError

FIELDS = Fields("F:band_exists band:32A F:physical_exists physical:32A")


@register("FilterLabel", module="lsst.afw.image")
class FilterLabel(Storable):
    """Name of a filter, by its band, its physical name or both.

    Parameters
    ----------
    band
        Name of the band, such as ``"r"``.
    physical
        Name of the filter at the instrument, such as ``"r_57"``.

    Raises
    ------
    ValueError
        Raised if neither name is given.
    TypeError
        Raised if a name is not a string.
    """

    def __init__(self, band: str | None = None, physical: str | None = None) -> None:
        if band is None and physical is None:
            raise ValueError("A FilterLabel needs a band, a physical name or both.")
        self._band = None if band is None else _requireName(band)
        self._physical = None if physical is None else _requireName(physical)

    @staticmethod
    def fromBandPhysical(band: str, physical: str) -> FilterLabel:
        return FilterLabel(_requireName(band), _requireName(physical))

    @staticmethod
    def fromBand(band: str) -> FilterLabel:
        return FilterLabel(band=_requireName(band))

    @staticmethod
    def fromPhysical(physical: str) -> FilterLabel:
        return FilterLabel(physical=_requireName(physical))

    def hasBandLabel(self) -> bool:
        return self._band is not None

    def hasPhysicalLabel(self) -> bool:
        return self._physical is not None

    @property
    def bandLabel(self) -> str:
        """Name of the band; LogicError if it is not known."""
        if self._band is None:
            raise LogicError(f"{self!r} has no band.")
        return self._band

    @property
    def physicalLabel(self) -> str:
        """Physical name; LogicError if it is not known."""
        if self._physical is None:
            raise LogicError(f"{self!r} has no physical name.")
        return self._physical

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, FilterLabel):
            return NotImplemented
        return (self._band, self._physical) == (other._band, other._physical)

    def __hash__(self) -> int:
        return hash((self._band, self._physical))

    def __repr__(self) -> str:
        given = {"band": self._band, "physical": self._physical}
        arguments = ", ".join(f"{key}={name!r}" for key, name in given.items() if name is not None)
        return f"FilterLabel({arguments})"

    def _writeArchive(self, out: Any) -> None:
        row = {
            "band_exists": self._band is not None,
            "band": self._band or "",
            "physical_exists": self._physical is not None,
            "physical": self._physical or "",
        }
        out.addCatalog(FIELDS, [row])

    @classmethod
    def _readArchive(cls, archive: Any, catalogs: Any) -> FilterLabel:
        ((row,),) = catalogs
        return cls(
            row["band"] if row["band_exists"] else None,
            row["physical"] if row["physical_exists"] else None,
        )


def _requireName(name: object) -> str:
    """Return a filter's name; TypeError if it is not a string."""
    if not isinstance(name, str):
        raise TypeError(f"Filter names are strings, not {name!r}.")
    return name


FilterLabel.__module__ = "lsst.afw.image"


class Color:
    """Color of a source; indeterminate if made without arguments.

    Parameters
    ----------
    colorValue
        Difference of magnitudes.
    colorType
        Name of the color, such as ``"g-i"``.
    """

    def __init__(self, colorValue: float = math.nan, colorType: str = "") -> None:
        self._value = float(colorValue)
        self._type = colorType

    def isIndeterminate(self) -> bool:
        """Whether the color is unknown."""
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
