# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Exposure catalogs in archives."""

from __future__ import annotations

__all__ = (
    "archiveFields",
    "componentIds",
    "fillRecord",
    "readExposureRows",
    "recordRow",
    "schemaFromFields",
    "writeExposureRows",
)

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lsst.pex.exceptions import NotFoundError

from ._exposure import COMPONENTS, ExposureCatalog, ExposureRecord, ExposureTable
from ._field import FIELD_TYPES, FieldType
from ._schema import Schema
from .io._fields import Field, Fields
from .io._homes import locate
from .io._persistable import Storable

if TYPE_CHECKING:
    from .io._inputArchive import InputArchive
    from .io._outputArchive import ArchiveHandle, OutputArchive
    from .io._tableReader import Row, RowBlock

_OLD_NAMES = {"photoCalib": "calib"}
_CLASSES = {
    "wcs": "SkyWcs",
    "psf": "Psf",
    "photoCalib": "PhotoCalib",
    "apCorrMap": "ApCorrMap",
    "validPolygon": "Polygon",
    "visitInfo": "VisitInfo",
}
"""Names of the classes of what is attached; a `Storable` otherwise."""
_SCALAR_CODES = {t.code: t for t in FIELD_TYPES.values() if not t.hasSize and t.name not in ("Angle", "Flag")}
_ARRAY_CODES = {t.code: t for t in FIELD_TYPES.values() if t.isArray}


def _fieldType(field: Field) -> FieldType:
    """Type of a column in a schema."""
    if field.isFlag:
        return FIELD_TYPES["Flag"]
    if field.isAngle:
        return FIELD_TYPES["Angle"]
    if field.isString:
        return FIELD_TYPES["String"]
    codes = _ARRAY_CODES if field.isArray else _SCALAR_CODES
    if field.code not in codes:
        raise NotFoundError(
            f"Column {field.name!r} is an array of type {field.code}, which tables do not have."
        )
    return codes[field.code]


def schemaFromFields(fields: Sequence[Field], minimal: Schema) -> Schema:
    """Schema with the fields of a minimal one first, then those of a table."""
    schema = Schema(minimal)
    schema.disconnectAliases()
    for field in fields:
        if field.name not in schema._byName:
            kind = _fieldType(field)
            size = field.size if kind.hasSize else None
            schema.addField(field.name, kind.name, field.doc, field.unit, size)
    return schema


def archiveFields(schema: Schema) -> list[Field]:
    """Columns of a table that holds records of a schema."""
    fields = []
    for item in schema:
        kind, name = item.field._type, item.field.getName()
        doc, unit = item.field.getDoc(), item.field.getUnits()
        fields.append(Field(name, kind.code, item.field._size, kind.isArray, kind.name == "Angle", doc, unit))
    return fields


def componentFields() -> list[Field]:
    """Columns with the archive ids of attached objects."""
    return [Field(name, "J", doc=f"archive ID for {name}") for name in COMPONENTS]


def recordRow(record: Any) -> dict[str, Any]:
    """Values of a record by field name, as they are stored."""
    stored = record._block[record._row]
    return {item.field.getName(): stored[i] for i, item in enumerate(record.schema._items)}


def componentIds(
    out: ArchiveHandle | OutputArchive, record: ExposureRecord, permissive: bool
) -> dict[str, int]:
    """Save what is attached to a record; returns the archive ids."""
    return {name: out.put(record._components[name], permissive) for name in COMPONENTS}


def writeExposureRows(out: ArchiveHandle, catalog: ExposureCatalog, permissive: bool) -> None:
    """Add an exposure catalog to the object being saved.

    Parameters
    ----------
    out
        Archive as the object sees it.
    catalog
        The catalog.
    permissive
        Leave out attached objects that cannot be saved.
    """
    fields = Fields([*componentFields(), *archiveFields(catalog.schema)])
    rows = [{**componentIds(out, record, permissive), **recordRow(record)} for record in catalog]
    out.addCatalog(fields, rows)


def readExposureRows(archive: InputArchive, rows: RowBlock) -> ExposureCatalog:
    """Make an exposure catalog from its rows in an archive.

    Parameters
    ----------
    archive
        Archive with the attached objects.
    rows
        The rows. Any of the columns with archive ids may be missing.
    """
    hidden = {*COMPONENTS, *_OLD_NAMES.values()}
    own = [field for field in rows.fields if field.name not in hidden]
    catalog = ExposureCatalog(schemaFromFields(own, ExposureTable.makeMinimalSchema()))
    catalog.reserve(len(rows))
    for row in rows:
        fillRecord(catalog.addNew(), row, archive)
    return catalog


def fillRecord(record: Any, row: Row, archive: InputArchive | None) -> None:
    """Set the values of a record, and the attached objects if it has any."""
    names = set(row.names)
    for i, item in enumerate(record.schema._items):
        if item.field.getName() in names:
            record._block[f"f{i}"][record._row] = row[item.field.getName()]
    if archive is None:
        return
    for component in COMPONENTS:
        column = component if component in names else _OLD_NAMES.get(component, component)
        if column in names:
            record._components[component] = archive.get(row[column], _componentType(component))


def _componentType(component: str) -> type:
    """Class of what is attached to a record."""
    return locate(_CLASSES[component]) if component in _CLASSES else Storable
