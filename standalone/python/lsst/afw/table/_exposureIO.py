# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Catalogs in archives, and in FITS files of their own."""

from __future__ import annotations

__all__ = ("readCatalog", "readExposureRows", "writeCatalog", "writeExposureRows")

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lsst.afw.fits import MemFileManager
from lsst.afw.fits._cards import CardValue
from lsst.afw.fits._file import FitsFile
from lsst.afw.fits._metadata import DEFAULT_HDU, metadataCards, readEntries, toPropertyList
from lsst.afw.fits._output import composePrimary, writeFile
from lsst.pex.exceptions import NotFoundError

from ._catalog import BaseCatalog
from ._exposure import COMPONENTS, ExposureCatalog, ExposureRecord, ExposureTable
from ._keys import FIELD_TYPES, FieldType
from ._schema import Schema
from .io._fields import Field, Fields
from .io._homes import locate
from .io._inputArchive import InputArchive, RowBlock, TableReader, TableRow
from .io._outputArchive import OutputArchive, composeTable
from .io._persistable import Storable

if TYPE_CHECKING:
    from .io._outputArchive import ArchiveHandle

_EXPOSURE_VERSION = 5
_TABLE_VERSION = 3
# Cards of a catalog that are not metadata.
_OWN_CARDS = (
    "AFW_TABLE_VERSION",
    "AFW_TYPE",
    "EXPTABLE_VER",
    "FLAGCOL",
    "AR_HDU",
    "THEAP",
    "EXTTYPE",
    "ALIAS",
)
_COLUMN_CARDS = ("TTYPE", "TFORM", "TDOC", "TUNIT", "TCCLS", "TFLAG", "TFDOC", "TNULL", "TDISP", "TDIM")
_OLD_NAMES = {"photoCalib": "calib"}
_CLASSES = {
    "wcs": "SkyWcs",
    "psf": "Psf",
    "photoCalib": "PhotoCalib",
    "apCorrMap": "ApCorrMap",
    "validPolygon": "Polygon",
    "visitInfo": "VisitInfo",
}
"""Names of the classes of attached objects; `Storable` for all others."""
_SCALAR_CODES = {t.code: t for t in FIELD_TYPES.values() if not t.hasSize and t.name not in ("Angle", "Flag")}
_ARRAY_CODES = {t.code: t for t in FIELD_TYPES.values() if t.isArray}


def _fieldType(field: Field) -> FieldType:
    """Return the type of a column in a schema."""
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


def _schemaFromFields(fields: Sequence[Field], minimal: Schema) -> Schema:
    """Return the fields of a minimal schema, then those of a table."""
    schema = Schema(minimal)
    schema.disconnectAliases()
    for field in fields:
        if field.name not in schema._byName:
            kind = _fieldType(field)
            size = field.size if kind.hasSize else None
            schema.addField(field.name, kind.name, field.doc, field.unit, size)
    return schema


def _archiveFields(schema: Schema) -> list[Field]:
    """Return the columns of a table that holds records of a schema."""
    fields = []
    for item in schema:
        kind, name = item.field._type, item.field.getName()
        doc, unit = item.field.getDoc(), item.field.getUnits()
        fields.append(Field(name, kind.code, item.field._size, kind.isArray, kind.name == "Angle", doc, unit))
    return fields


def _componentFields() -> list[Field]:
    """Return the columns with the archive ids of attached objects."""
    return [Field(name, "J", doc=f"archive ID for {name}") for name in COMPONENTS]


def _recordRow(record: Any) -> dict[str, Any]:
    """Return the values of a record by field name, as stored."""
    stored = record._block[record._row]
    return {item.field.getName(): stored[i] for i, item in enumerate(record.schema._items)}


def _componentIds(
    out: ArchiveHandle | OutputArchive, record: ExposureRecord, permissive: bool
) -> dict[str, int]:
    """Save the objects attached to a record, and return their archive ids."""
    return {name: out.put(record._components[name], permissive) for name in COMPONENTS}


def writeExposureRows(out: ArchiveHandle, catalog: ExposureCatalog, permissive: bool) -> None:
    """Add an exposure catalog to the object being saved.

    Parameters
    ----------
    out
        Archive handle of the object being saved.
    catalog
        Catalog to add.
    permissive
        Whether to leave out attached objects that cannot be saved.
    """
    fields = Fields([*_componentFields(), *_archiveFields(catalog.schema)])
    rows = [{**_componentIds(out, record, permissive), **_recordRow(record)} for record in catalog]
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
    catalog = ExposureCatalog(_schemaFromFields(own, ExposureTable.makeMinimalSchema()))
    catalog.reserve(len(rows))
    for row in rows:
        _fillRecord(catalog.addNew(), row, archive)
    return catalog


def _fillRecord(record: Any, row: TableRow, archive: InputArchive | None) -> None:
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
            expected = locate(_CLASSES[component]) if component in _CLASSES else Storable
            record._components[component] = archive.get(row[column], expected)


def writeCatalog(catalog: BaseCatalog, target: str | MemFileManager) -> None:
    """Write a catalog to a file; see `BaseCatalog.writeFits`."""
    extra: list[tuple[str, CardValue, str]] = []
    for alias, name in catalog.schema.getAliasMap().items():
        extra.append(("ALIAS", f"{alias}:{name}", ""))
    archive = None
    fields = _archiveFields(catalog.schema)
    rows = [_recordRow(record) for record in catalog]
    if isinstance(catalog, ExposureCatalog):
        archive = OutputArchive()
        fields = _componentFields() + fields
        rows = [
            {**_componentIds(archive, record, False), **row}
            for record, row in zip(catalog, rows, strict=True)
        ]
        extra.append(("EXPTABLE_VER", _EXPOSURE_VERSION, "Exposure table version"))
    extra.append(("AFW_TABLE_VERSION", _TABLE_VERSION, ""))
    kind = "Base" if archive is None else "Exposure"
    article = "a" if archive is None else "an"
    extra.append(("AFW_TYPE", kind.upper(), f"Tells lsst::afw to load this as {article} {kind} table."))
    metadata = metadataCards(catalog.table.getMetadata(), _OWN_CARDS)
    table = composeTable(Fields(fields), rows, extra, [r for records in metadata.values() for r in records])
    parts = [composePrimary(16), table]
    if archive is not None:
        parts.append(archive.compose())
    writeFile(target, parts)


def readCatalog(cls: type[BaseCatalog], source: Any, hdu: int) -> BaseCatalog:
    """Read a catalog from a file; see `BaseCatalog.readFits`."""
    file = FitsFile(source)
    index = 1 if hdu == DEFAULT_HDU else hdu
    table = TableReader(file.hdu(index))
    header = file.hdu(index).header
    isExposure = header.get("AFW_TYPE") == "EXPOSURE" or issubclass(cls, ExposureCatalog)
    hidden = {*COMPONENTS, "calib"} if isExposure else set()
    minimal = ExposureTable.makeMinimalSchema() if isExposure else Schema()
    schema = _schemaFromFields([f for f in table.fields if f.name not in hidden], minimal)
    for card in header.cards:
        if card.key == "ALIAS":
            alias, _, name = str(card.value).partition(":")
            schema.getAliasMap().set(alias, name)
    made = ExposureCatalog if isExposure and cls is BaseCatalog else cls
    catalog = made(schema)
    catalog.table.setMetadata(_readMetadata(header))
    archive = None
    if isExposure:
        archive = InputArchive(file, header.getInt("AR_HDU", index + 2) - 1)
    catalog.reserve(table.nRows)
    for row in table.block(0, table.nRows):
        _fillRecord(catalog.addNew(), row, archive)
    return catalog


def _readMetadata(header: Any) -> Any:
    entries = readEntries(header.cards, strip=True)
    kept = {
        key: entry
        for key, entry in entries.items()
        if key not in _OWN_CARDS and not (key.startswith(_COLUMN_CARDS) and key[-1].isdigit())
    }
    return toPropertyList(kept)
