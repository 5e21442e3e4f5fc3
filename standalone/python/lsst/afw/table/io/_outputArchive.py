# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writing of binary tables and archives by the conventions of afw tables.

The order of the cards is part of the format: flags and columns must be
mentioned in the order of the schema, which general FITS libraries do not keep.
"""

from __future__ import annotations

__all__ = ("ArchiveHandle", "OutputArchive", "composeTable")

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lsst.afw.fits._cards import CardValue
from lsst.afw.fits._output import composeHdu
from lsst.pex.exceptions import LengthError, LogicError

from ._fields import SCALARS, Field, Fields

if TYPE_CHECKING:
    from ._persistable import Persistable

_UNSIGNED_ZERO = 32768
_TABLE_VERSION = ("AFW_TABLE_VERSION", 3, "")
_INDEX = Fields(
    [
        Field("id", "J", doc="Archive ID of the object that owns the rows"),
        Field("cat.archive", "J", doc="Number of the catalog in the archive"),
        Field("cat.persistable", "J", doc="Number of the catalog among those of the object"),
        Field("row0", "J", doc="First row of the object in the catalog"),
        Field("nrows", "J", doc="Number of rows of the object in the catalog"),
        Field("name", "A", 64, doc="Name of the class of the object"),
        Field("module", "A", 64, doc="Python module that provides the class"),
    ]
)


def composeTable(
    fields: Fields,
    rows: Sequence[Mapping[str, Any]],
    extra: Iterable[tuple[str, CardValue, str]],
    records: Iterable[bytes] = (),
) -> bytes:
    """Compose the HDU of a binary table.

    Parameters
    ----------
    fields
        Columns and flags.
    rows
        Values by name. Missing ones are 0, NaN, false, or empty.
    extra
        Cards that follow those of the columns.
    records
        Further header records, in their final form.

    Returns
    -------
    hdu
        Header and data, padded.
    """
    table, heap, longest = _packRows(fields, rows)
    cards: list[tuple[str, CardValue, str]] = [
        ("XTENSION", "BINTABLE", "binary table extension"),
        ("BITPIX", 8, "8-bit bytes"),
        ("NAXIS", 2, "2-dimensional binary table"),
        ("NAXIS1", fields.dtype.itemsize, "width of table in bytes"),
        ("NAXIS2", len(rows), "number of rows in table"),
        ("PCOUNT", len(heap), "size of special data area"),
        ("GCOUNT", 1, "one data group (required keyword)"),
        ("TFIELDS", len(fields.columns) + bool(fields.flags), "number of fields in each row"),
    ]
    cards += _columnCards(fields, longest)
    cards += extra
    return composeHdu(cards, table + heap, records)


def _columnCards(fields: Fields, longest: dict[str, int]) -> list[tuple[str, CardValue, str]]:
    cards: list[tuple[str, CardValue, str]] = []
    column, bit = 0, 0
    if fields.flags:
        column = 1
        cards += [
            ("TTYPE1", "flags", "bits for all Flag fields; see also TFLAGn"),
            ("TFORM1", f"{len(fields.flags)}X", "format of field"),
            ("FLAGCOL", 1, "Column number for the bitflags."),
        ]
    for field in fields:
        if field.isFlag:
            bit += 1
            cards.append((f"TFLAG{bit}", field.name, ""))
            if field.doc:
                cards.append((f"TFDOC{bit}", field.doc, ""))
            continue
        column += 1
        cards.append((f"TTYPE{column}", field.name, field.doc))
        cards.append((f"TFORM{column}", _form(field, longest), "format of field"))
        if field.doc:
            cards.append((f"TDOC{column}", field.doc, ""))
        unit = "rad" if field.isAngle else field.unit
        if unit:
            cards.append((f"TUNIT{column}", unit, ""))
        cards.append((f"TCCLS{column}", field.fieldClass, "Field template used by lsst.afw.table"))
        if field.code == "I":
            cards.append((f"TZERO{column}", _UNSIGNED_ZERO, "offset of unsigned integers"))
            cards.append((f"TSCAL{column}", 1, "scale of unsigned integers"))
    return cards


def _form(field: Field, longest: dict[str, int]) -> str:
    if field.isVariable:
        return f"1Q{field.code}({longest[field.name]})"
    return f"{field.size}{field.code}"


def _packRows(fields: Fields, rows: Sequence[Mapping[str, Any]]) -> tuple[bytes, bytes, dict[str, int]]:
    """Return rows and heap as stored, and the longest variable fields."""
    packed = np.zeros(len(rows), fields.dtype)
    heap = bytearray()
    longest = {f.name: 0 for f in fields.columns if f.isVariable}
    for bit, field in enumerate(fields.flags):
        values = np.array([bool(row.get(field.name, False)) for row in rows], bool)
        packed["flags"][:, bit // 8] |= np.where(values, 0x80 >> bit % 8, 0).astype("u1")
    for number, field in enumerate(fields.columns):
        column = packed[f"c{number}"]
        if field.isVariable:
            for i, row in enumerate(rows):
                raw = _variableBytes(field, row.get(field.name))
                count = len(raw) // np.dtype(SCALARS[field.code] if field.code != "A" else "u1").itemsize
                column[i] = (count, len(heap))
                heap += raw
                longest[field.name] = max(longest[field.name], count)
        elif rows:
            column[...] = _packColumn(field, rows)
    return packed.tobytes(), bytes(heap), longest


def _packColumn(field: Field, rows: Sequence[Mapping[str, Any]]) -> Any:
    blank: Any = " " if field.isString else np.nan if field.code in "ED" else 0
    values = [row.get(field.name, blank) for row in rows]
    if field.isString:
        return [_fixedBytes(field, value) for value in values]
    if field.isArray:
        values = [np.broadcast_to(np.asarray(v), field.size) if np.ndim(v) == 0 else v for v in values]
    array = np.asarray(values)
    if field.code == "I":
        return array.astype("i4") - _UNSIGNED_ZERO
    if field.code in "BJK" and array.size and np.any(array != array.astype(SCALARS[field.code])):
        raise OverflowError(f"A value of column {field.name!r} does not fit its type {field.code}: {values}.")
    return array


def _fixedBytes(field: Field, value: str) -> bytes:
    raw = value.encode("utf-8", "surrogateescape")
    if len(raw) > field.size:
        raise LengthError(f"String {value!r} is longer than the {field.size} bytes of column {field.name!r}.")
    return raw.ljust(field.size)


def _variableBytes(field: Field, value: Any) -> bytes:
    if field.isString:
        # An empty string is stored as a single NUL.
        return (value or "").encode("utf-8", "surrogateescape") or b"\0"
    if value is None:
        return b""
    if field.code == "B":
        return bytes(value)
    if field.code == "I":
        return (np.asarray(value, "i4") - _UNSIGNED_ZERO).astype(">i2").tobytes()
    return np.asarray(value).astype(">" + SCALARS[field.code]).tobytes()


class _Catalog:
    """Rows of one schema, of any number of objects."""

    def __init__(self, fields: Fields, number: int) -> None:
        self.fields = fields
        self.number = number
        self.rows: list[Mapping[str, Any]] = []
        self.names: list[str] = []


class OutputArchive:
    """Objects to be saved in a FITS file.

    An object that is put twice is saved once. Objects whose catalogs have
    equal fields share a table.
    """

    def __init__(self) -> None:
        self._catalogs: dict[Fields, _Catalog] = {}
        self._index: list[dict[str, Any]] = []
        self._ids: dict[int, int] = {}
        # Objects are identified by `id`, so they must be kept alive.
        self._keep: list[Persistable] = []

    def put(self, obj: Persistable | None, permissive: bool = False) -> int:
        """Add an object and all that it refers to.

        Parameters
        ----------
        obj
            Object to save.
        permissive
            Whether to leave out an object that cannot be saved, not raise.

        Returns
        -------
        id
            Number of the object in the archive; 0 for `None` and for an
            object that is left out.

        Raises
        ------
        lsst.pex.exceptions.LogicError
            Raised if the object cannot be saved.
        """
        if obj is None:
            return 0
        if id(obj) in self._ids:
            return self._ids[id(obj)]
        if not obj.isPersistable():
            if permissive:
                return 0
            raise LogicError(f"{obj!r} cannot be saved in an archive.")
        number = len(self._keep) + 1
        self._ids[id(obj)] = number
        self._keep.append(obj)
        handle = ArchiveHandle(self, obj, number)
        obj._writeArchive(handle)
        handle._finish()
        return number

    def _catalogFor(self, fields: Fields) -> _Catalog:
        if fields not in self._catalogs:
            self._catalogs[fields] = _Catalog(fields, len(self._catalogs) + 1)
        return self._catalogs[fields]

    def compose(self) -> bytes:
        """Compose all HDUs of the archive, the index first."""
        cards: list[tuple[str, CardValue, str]] = [
            ("EXTTYPE", "ARCHIVE_INDEX", ""),
            ("EXTNAME", "ARCHIVE_INDEX", ""),
            ("AR_CATN", 0, "number of this catalog in the archive"),
            ("AR_NCAT", len(self._catalogs) + 1, "number of catalogs in the archive"),
            _TABLE_VERSION,
        ]
        hdus = [composeTable(_INDEX, self._index, cards)]
        versions: dict[str, int] = {}
        for catalog in self._catalogs.values():
            name = catalog.names[-1]
            versions[name] = versions.get(name, 0) + 1
            cards = [
                ("EXTTYPE", "ARCHIVE_DATA", ""),
                ("AR_CATN", catalog.number, "number of this catalog in the archive"),
            ]
            cards += [("AR_NAME", n, "Class name for objects stored here") for n in catalog.names]
            cards.append(("EXTNAME", name, ""))
            if versions[name] > 1:
                cards.append(("EXTVER", versions[name], ""))
            cards.append(_TABLE_VERSION)
            hdus.append(composeTable(catalog.fields, catalog.rows, cards))
        return b"".join(hdus)


class ArchiveHandle:
    """View of the archive for an object that is being saved.

    Parameters
    ----------
    archive
        Archive to write to.
    obj
        Object that is being saved.
    number
        Archive id of the object.
    """

    def __init__(self, archive: OutputArchive, obj: Persistable, number: int) -> None:
        self._archive = archive
        self._name = str(obj._archiveName)
        self._module = obj._archiveModule
        self._number = number
        self._count = 0

    def put(self, obj: Persistable | None, permissive: bool = False) -> int:
        """Save another object; see `OutputArchive.put`."""
        return self._archive.put(obj, permissive)

    def addCatalog(self, fields: Fields, rows: Sequence[Mapping[str, Any]]) -> None:
        """Add the next catalog of the object.

        Parameters
        ----------
        fields
            Columns and flags.
        rows
            Values by name; those left out are 0, NaN, false or empty.
        """
        catalog = self._archive._catalogFor(fields)
        if self._name not in catalog.names:
            catalog.names.append(self._name)
        self._addEntry(catalog.number, self._count, len(catalog.rows), len(rows))
        catalog.rows.extend(rows)
        self._count += 1

    def _finish(self) -> None:
        if self._count == 0:
            self._addEntry(-1, -1, -1, 0)

    def _addEntry(self, catalog: int, persistable: int, row0: int, nRows: int) -> None:
        entry = (self._number, catalog, persistable, row0, nRows, self._name, self._module)
        self._archive._index.append(dict(zip(_INDEX.names, entry, strict=True)))
