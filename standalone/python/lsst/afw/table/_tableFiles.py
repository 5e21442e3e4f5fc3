# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Catalogs in FITS files of their own."""

from __future__ import annotations

__all__ = (
    "readCatalog",
    "writeCatalog",
)

from typing import Any

from lsst.afw.fits import MemFileManager
from lsst.afw.fits._cards import CardValue
from lsst.afw.fits._file import FitsFile
from lsst.afw.fits._metadata import DEFAULT_HDU, metadataCards, readEntries, toPropertyList
from lsst.afw.fits._output import composePrimary, writeFile

from ._catalog import BaseCatalog
from ._exposure import COMPONENTS, ExposureCatalog, ExposureTable
from ._exposureIO import (
    archiveFields,
    componentFields,
    componentIds,
    fillRecord,
    recordRow,
    schemaFromFields,
)
from ._schema import Schema
from .io._fields import Fields
from .io._inputArchive import InputArchive
from .io._outputArchive import OutputArchive
from .io._tableReader import TableReader
from .io._tableWriter import composeTable

_EXPOSURE_VERSION = 5
_TABLE_VERSION = 3
# Cards of a catalog that are no metadata.
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


def writeCatalog(catalog: BaseCatalog, target: str | MemFileManager) -> None:
    """Write a catalog to a file; see `BaseCatalog.writeFits`."""
    extra: list[tuple[str, CardValue, str]] = []
    for alias, name in catalog.schema.getAliasMap().items():
        extra.append(("ALIAS", f"{alias}:{name}", ""))
    archive = None
    fields = archiveFields(catalog.schema)
    rows = [recordRow(record) for record in catalog]
    if isinstance(catalog, ExposureCatalog):
        archive = OutputArchive()
        fields = componentFields() + fields
        rows = [
            {**componentIds(archive, record, False), **row} for record, row in zip(catalog, rows, strict=True)
        ]
        extra.append(("EXPTABLE_VER", _EXPOSURE_VERSION, "Exposure table version"))
    extra.append(("AFW_TABLE_VERSION", _TABLE_VERSION, ""))
    if archive is not None:
        extra.append(("AFW_TYPE", "EXPOSURE", "Tells lsst::afw to load this as an Exposure table."))
    else:
        extra.append(("AFW_TYPE", "BASE", "Tells lsst::afw to load this as a Base table."))
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
    schema = schemaFromFields([f for f in table.fields if f.name not in hidden], minimal)
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
        fillRecord(catalog.addNew(), row, archive)
    return catalog


def _readMetadata(header: Any) -> Any:
    entries = readEntries(header.cards, strip=True)
    kept = {
        key: entry
        for key, entry in entries.items()
        if key not in _OWN_CARDS and not (key.startswith(_COLUMN_CARDS) and key[-1].isdigit())
    }
    return toPropertyList(kept)
