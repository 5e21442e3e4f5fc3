# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Components of exposures: filters, aperture corrections, inputs of coadds."""

from __future__ import annotations

__all__ = (
    "ApCorrMap",
    "CoaddInputs",
    "Color",
    "FilterLabel",
)

import math
from collections.abc import ItemsView, Iterator, KeysView, ValuesView
from typing import TYPE_CHECKING, Any, Self

from lsst.afw.table.io._homes import locate
from lsst.afw.table.io._persistable import Fields, register
from lsst.afw.typehandling import Storable
from lsst.pex.exceptions import LogicError, NotFoundError

if TYPE_CHECKING:
    from lsst.afw.geom import SkyWcs
    from lsst.afw.math import BoundedField
    from lsst.afw.table import ExposureCatalog, Schema
    from lsst.geom import Point2D

FILTER_FIELDS = Fields("F:band_exists band:32A F:physical_exists physical:32A")


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
        out.addCatalog(FILTER_FIELDS, [row])

    @classmethod
    def _readArchive(cls, archive: Any, catalogs: Any) -> FilterLabel:
        ((row,),) = catalogs
        return cls(
            row["band"] if row["band_exists"] else None,
            row["physical"] if row["physical_exists"] else None,
        )


def _requireName(name: object) -> str:
    """Return a filter's name; raise TypeError if it is not a string."""
    if not isinstance(name, str):
        raise TypeError(f"Filter names are strings, not {name!r}.")
    return name


FilterLabel.__module__ = "lsst.afw.image"


class Color:
    """Color of a source; indeterminate if made without arguments.

    Parameters
    ----------
    colorValue
        Value of the color, a difference of magnitudes.
    colorType
        Name of the color, such as ``"g-i"``.
    """

    def __init__(self, colorValue: float = math.nan, colorType: str = "") -> None:
        self._value = float(colorValue)
        self._type = colorType

    def isIndeterminate(self) -> bool:
        """Return whether the color is unknown."""
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


MAX_NAME = 64
AP_CORR_FIELDS = Fields(f"name:{MAX_NAME}A field:J")


@register("ApCorrMap", module="lsst.afw.image")
class ApCorrMap(Storable):
    """Aperture corrections: fields keyed by name of a flux or its error.

    Iteration follows the sorted names.
    """

    def __init__(self) -> None:
        self._fields: dict[str, BoundedField] = {}

    def __getitem__(self, name: str) -> BoundedField:
        if name not in self._fields:
            raise NotFoundError(f"No aperture correction {name!r} among {', '.join(self._sorted())}.")
        return self._fields[name]

    def __setitem__(self, name: str, field: BoundedField) -> None:
        self.set(name, field)

    def get(self, name: str) -> BoundedField | None:
        """Return the field of this name, or `None`."""
        return self._fields.get(name)

    def set(self, name: str, field: BoundedField) -> None:
        """Add or replace a field.

        Parameters
        ----------
        name
            Name of at most 64 characters, such as ``"base_PsfFlux_instFlux"``.
        field
            Correction factor as a function of position in pixels.
        """
        if len(name) > MAX_NAME:
            raise ValueError(f"Name {name!r} has more than {MAX_NAME} characters.")
        self._fields[name] = field

    def keys(self) -> KeysView[str]:
        return self._sorted().keys()

    def values(self) -> ValuesView[BoundedField]:
        return self._sorted().values()

    def items(self) -> ItemsView[str, BoundedField]:
        return self._sorted().items()

    def __iter__(self) -> Iterator[str]:
        return iter(self._sorted())

    def __contains__(self, name: object) -> bool:
        return name in self._fields

    def __len__(self) -> int:
        return len(self._fields)

    def __imul__(self, scale: float) -> Self:
        self._fields = {name: field * scale for name, field in self._fields.items()}
        return self

    def __itruediv__(self, scale: float) -> Self:
        self._fields = {name: field / scale for name, field in self._fields.items()}
        return self

    def __repr__(self) -> str:
        return f"ApCorrMap({', '.join(self._sorted())})"

    def _sorted(self) -> dict[str, BoundedField]:
        return dict(sorted(self._fields.items()))

    def _writeArchive(self, out: Any) -> None:
        out.addCatalog(
            AP_CORR_FIELDS, [{"name": name, "field": out.put(field)} for name, field in self.items()]
        )

    @classmethod
    def _readArchive(cls, archive: Any, catalogs: Any) -> ApCorrMap:
        (rows,) = catalogs
        result = cls()
        for row in rows:
            result.set(row["name"], archive.require(row["field"], locate("BoundedField")))
        return result


ApCorrMap.__module__ = "lsst.afw.image"


@register("CoaddInputs", module="lsst.afw.image")
class CoaddInputs(Storable):
    """Exposures that contribute to a coadd.

    Constructors: ``()``, with catalogs of the minimal schema; ``(visitSchema,
    ccdSchema)``, with empty catalogs; ``(visits, ccds)``, which shares the
    catalogs.

    Parameters
    ----------
    visits
        Catalog of the visits, or its schema.
    ccds
        Catalog of the detectors' exposures, or its schema.
    """

    def __init__(
        self,
        visits: ExposureCatalog | Schema | None = None,
        ccds: ExposureCatalog | Schema | None = None,
        *,
        visitSchema: Schema | None = None,
        ccdSchema: Schema | None = None,
    ) -> None:
        self.visits = _toCatalog(visits if visits is not None else visitSchema)
        self.ccds = _toCatalog(ccds if ccds is not None else ccdSchema)

    def subset_containing_ccds(
        self, point: Point2D, wcs: SkyWcs, includeValidPolygon: bool = False
    ) -> ExposureCatalog:
        """Return the detectors' exposures that contain a position.

        Parameters
        ----------
        point, wcs
            Position in pixels, and the WCS of those pixels.
        includeValidPolygon
            Whether the position must also lie within the valid polygon.

        Returns
        -------
        subset
            Catalog that shares the records.
        """
        return self.ccds.subsetContaining(point, wcs, includeValidPolygon)

    def subset_containing_visits(
        self, point: Point2D, wcs: SkyWcs, includeValidPolygon: bool = False
    ) -> ExposureCatalog:
        """Select visits by position; see `subset_containing_ccds`."""
        return self.visits.subsetContaining(point, wcs, includeValidPolygon)

    def __repr__(self) -> str:
        return f"CoaddInputs({len(self.visits)} visits, {len(self.ccds)} ccds)"

    def _writeArchive(self, out: Any) -> None:
        from lsst.afw.table._exposureIO import writeExposureRows

        writeExposureRows(out, self.visits, permissive=True)
        writeExposureRows(out, self.ccds, permissive=True)

    @classmethod
    def _readArchive(cls, archive: Any, catalogs: Any) -> CoaddInputs:
        from lsst.afw.table._exposureIO import readExposureRows

        visits, ccds = catalogs
        return cls(readExposureRows(archive, visits), readExposureRows(archive, ccds))


CoaddInputs.__module__ = "lsst.afw.image"


def _toCatalog(source: ExposureCatalog | Schema | None) -> ExposureCatalog:
    from lsst.afw.table import ExposureCatalog, ExposureTable

    if isinstance(source, ExposureCatalog):
        return source
    return ExposureCatalog(ExposureTable.makeMinimalSchema() if source is None else source)
