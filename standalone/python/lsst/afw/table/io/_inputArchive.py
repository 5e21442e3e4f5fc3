# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading of binary tables and archives by the conventions of afw tables."""

from __future__ import annotations

__all__ = ("InputArchive", "RowBlock", "TableReader", "TableRow")

import builtins
import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from lsst.afw.fits import FitsError
from lsst.afw.fits._file import FitsFile, Hdu, Header
from lsst.pex.exceptions import Exception as PexException
from lsst.pex.exceptions import NotFoundError

from ._errors import MalformedArchiveError
from ._fields import SCALARS, Field, Fields
from ._homes import findClass, findOpaque

_LOG = logging.getLogger("lsst.afw.table")
_FORM = re.compile(r"(\d*)([A-Z])([A-Z]?)(\(\d*\))?\Z")
_COLUMN_KEY = re.compile(r"(TTYPE|TFORM|TFLAG)(\d+)\Z")
_DESCRIPTOR = {"P": ">i4", "Q": ">i8"}
# Bytes per element of a column, including columns that are skipped.
_BYTES = {"P": 8, "Q": 16, "L": 1, "C": 8, "M": 16, "A": 1, "B": 1, "I": 2, "J": 4, "K": 8, "E": 4, "D": 8}
_MAX_WIDTH = 1 << 28
# Rows without columns take no space in the file.
_MAX_EMPTY_ROWS = 1_000_000
# Old tables keep points and the like in one column of several elements.
_COMPOUND = {
    "Point": ("x", "y"),
    "Coord": ("ra", "dec"),
    "Moments": ("xx", "yy", "xy"),
}
_T = TypeVar("_T")

# Objects nest like CoaddPsf of CoaddPsf of WarpedPsf of kernels: a few levels.
_MAX_DEPTH = 60

_INDEX_FIELDS = (
    ("J", 1),
    ("J", 1),
    ("J", 1),
    ("J", 1),
    ("J", 1),
    ("A", 64),
    ("A", 64),
)


@dataclass(frozen=True)
class _Column:
    """Where and how the values of one field are stored."""

    field: Field
    name: str
    element: int | None = None
    bit: int | None = None
    zero: int = 0


class TableReader:
    """The rows of a binary table, decoded lazily.

    Parameters
    ----------
    hdu
        HDU with the table.

    Raises
    ------
    FitsError
        Raised if the HDU is not a binary table, or is corrupt.
    """

    def __init__(self, hdu: Hdu) -> None:
        self.hdu = hdu
        header = hdu.header
        if header.get("XTENSION") != "BINTABLE":
            raise FitsError(f"{hdu!r} is not a binary table.")
        self._columns: dict[str, _Column] = {}
        self._width, self.nRows = header.getInt("NAXIS1"), header.getInt("NAXIS2")
        hdu.checkSize()
        if (
            not 0 <= self._width <= _MAX_WIDTH
            or not 0 <= self.nRows <= max(_MAX_EMPTY_ROWS, hdu.dataSize)
            or self._width * self.nRows > hdu.dataSize
        ):
            raise FitsError(
                f"{hdu!r}: {self.nRows} rows of {self._width} bytes do not fit {hdu.dataSize} bytes."
            )
        layout = self._parseColumns(header)
        self._dtype = np.dtype(layout)
        if self._dtype.itemsize != self._width:
            raise FitsError(
                f"{hdu!r}: rows have {self._width} bytes, but the columns {self._dtype.itemsize}."
            )
        self._heapStart = header.getInt("THEAP", self._width * self.nRows)
        if self._heapStart < 0:
            raise FitsError(f"{hdu!r} has a heap at byte {self._heapStart}.")
        if self._width:
            self._rows = np.frombuffer(hdu.read(0, self._width * self.nRows), self._dtype, self.nRows)
        else:
            self._rows = np.zeros(self.nRows, self._dtype)
        self.fields = Fields([c.field for c in self._columns.values()])

    def _parseColumns(self, header: Header) -> list[tuple[str, Any]]:
        layout: dict[int, tuple[str, Any]] = {}
        flagColumn = header.get("FLAGCOL", 0)
        for card in header.cards:
            match = _COLUMN_KEY.match(card.key)
            if match is None:
                continue
            kind, number = match[1], int(match[2])
            if kind == "TFLAG":
                doc = str(header.get(f"TFDOC{number}", ""))
                self._add(_Column(Field(str(card.value), "X", doc=doc), f"c{flagColumn}", bit=number - 1))
            elif number not in layout:
                layout[number] = (f"c{number}", self._parseColumn(header, number, flagColumn))
        expected = header.getInt("TFIELDS")
        if expected != len(layout) or any(number > expected for number in layout):
            raise FitsError(f"{self.hdu!r} describes columns {sorted(layout)}, but has {expected}.")
        return [layout[number] for number in sorted(layout)]

    def _add(self, column: _Column) -> None:
        if not column.field.name:
            raise FitsError(f"{self.hdu!r} has a column without a name.")
        if column.field.name in self._columns:
            raise FitsError(f"{self.hdu!r} has two columns {column.field.name!r}.")
        self._columns[column.field.name] = column

    def _parseColumn(self, header: Header, number: int, flagColumn: int) -> np.dtype:
        """Add the fields of a column, and return its layout in a row."""
        text = str(header.get(f"TFORM{number}", "")).strip()
        form = _FORM.match(text)
        name = str(header.get(f"TTYPE{number}", f"column{number}"))
        if form is None:
            raise FitsError(f"{self.hdu!r}: column {name!r} has the unknown format {text!r}.")
        count = int(form[1] or 1)
        letter = form[2]
        size = (count + 7) // 8 if letter == "X" else _BYTES.get(letter, 1) * count
        if size > self._width:
            raise FitsError(f"{self.hdu!r}: column {name!r} of format {text!r} exceeds the row.")
        if letter in _DESCRIPTOR:
            if count == 1 and form[3] in SCALARS:
                field = self._makeField(header, number, name, form[3], 0, True)
                self._add(_Column(field, f"c{number}", zero=self._zero(header, number, form[3])))
            else:
                self._skip(name, text)
            return np.dtype((_DESCRIPTOR[letter], (2 * count,)))
        if letter == "X":
            if number != flagColumn:
                self._skip(name, text)
            return np.dtype(("u1", ((count + 7) // 8,)))
        if letter not in SCALARS:
            self._skip(name, text)
            if letter not in _BYTES:
                raise FitsError(f"{self.hdu!r}: column {name!r} has the unknown format {text!r}.")
            return np.dtype(("u1", (_BYTES[letter] * count,)))
        if letter == "A":
            self._add(_Column(self._makeField(header, number, name, "A", count, False), f"c{number}"))
            return np.dtype(f"S{count}")
        return self._parseNumbers(header, number, name, letter, count)

    def _parseNumbers(self, header: Header, number: int, name: str, letter: str, count: int) -> np.dtype:
        template = str(header.get(f"TCCLS{number}", ""))
        parts = _COMPOUND.get(template, ())
        zero = self._zero(header, number, letter)
        if parts and count == len(parts):
            for element, part in enumerate(parts):
                field = Field(f"{name}_{part}", letter, isAngle=template == "Coord")
                self._add(_Column(field, f"c{number}", element, zero=zero))
        else:
            isArray = template == "Array" or count != 1
            field = self._makeField(header, number, name, letter, count, isArray)
            self._add(_Column(field, f"c{number}", None if isArray else 0, zero=zero))
        return np.dtype((">" + SCALARS[letter], (count,)))

    def _makeField(
        self, header: Header, number: int, name: str, code: str, size: int, isArray: bool
    ) -> Field:
        unit = str(header.get(f"TUNIT{number}", ""))
        isAngle = header.get(f"TCCLS{number}") == "Angle" and code == "D" and size == 1
        if isAngle and unit not in ("", "rad"):
            raise FitsError(f"{self.hdu!r}: angle {name!r} has the unit {unit!r}, not 'rad'.")
        doc = str(header.get(f"TDOC{number}", ""))
        return Field(name, code, size, isArray and code != "A", isAngle, doc, "" if isAngle else unit)

    @staticmethod
    def _zero(header: Header, number: int, letter: str) -> int:
        return header.getInt(f"TZERO{number}", 0) if letter == "I" else 0

    def _skip(self, name: str, form: str) -> None:
        _LOG.warning("%r: column %r of format %s is not supported and left out.", self.hdu, name, form)

    def column(self, name: str) -> np.ndarray:
        """Return all values of a scalar field that is not a flag."""
        column = self._columns.get(name)
        if column is None:
            raise FitsError(f"{self.hdu!r} has no column {name!r}; it has {list(self._columns)}.")
        stored = self._rows[column.name]
        values = stored if column.element is None else stored[:, column.element]
        return values.astype(values.dtype.newbyteorder("="))

    def value(self, name: str, row: int) -> Any:
        """Return the value of a field in a row, as a Python or numpy object.

        Raises
        ------
        KeyError
            Raised if there is no such field.
        FitsError
            Raised if a variable-length value lies outside of the table.
        """
        column = self._columns[name]
        field = column.field
        stored = self._rows[column.name][row]
        if column.bit is not None:
            return bool(stored[column.bit // 8] & (0x80 >> column.bit % 8))
        if field.isVariable:
            stored = self._readHeap(field, stored)
        elif field.isString:
            return _decode(bytes(stored)).rstrip(" ")
        elif column.element is not None:
            number = stored[column.element].item()
            return (number + column.zero) & 0xFFFF if field.code == "I" else number
        if field.isString:
            return _decode(bytes(stored))
        array = stored.astype(stored.dtype.newbyteorder("="))
        return (array.astype("i4") + column.zero).astype("u2") if field.code == "I" else array

    def _readHeap(self, field: Field, descriptor: np.ndarray) -> np.ndarray:
        count, offset = int(descriptor[0]), int(descriptor[1])
        dtype = np.dtype("u1") if field.isString else np.dtype(">" + SCALARS[field.code])
        start = self._heapStart + offset
        if count < 0 or offset < 0 or start + count * dtype.itemsize > self.hdu.dataSize:
            raise FitsError(f"{self.hdu!r}: a value of column {field.name!r} lies outside of the table.")
        return np.frombuffer(self.hdu.read(start, start + count * dtype.itemsize), dtype)

    def block(self, row0: int, nRows: int) -> RowBlock:
        """Return some consecutive rows.

        Raises
        ------
        FitsError
            Raised if the table has fewer rows.
        """
        if row0 < 0 or nRows < 0 or row0 + nRows > self.nRows:
            raise FitsError(f"{self.hdu!r} has {self.nRows} rows; {nRows} from row {row0} were requested.")
        return RowBlock(self, row0, nRows)


def _decode(raw: bytes) -> str:
    return raw.rstrip(b"\0").decode("utf-8", "surrogateescape")


class RowBlock(Sequence):
    """Consecutive rows of a table.

    Parameters
    ----------
    table
        Table that the rows belong to.
    row0
        First row.
    nRows
        Number of rows.
    """

    def __init__(self, table: TableReader, row0: int, nRows: int) -> None:
        self.table = table
        self._range = range(row0, row0 + nRows)

    @property
    def fields(self) -> Fields:
        return self.table.fields

    def __len__(self) -> int:
        return len(self._range)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [TableRow(self.table, i) for i in self._range[index]]
        return TableRow(self.table, self._range[index])


class TableRow:
    """One row of a table, whose values are decoded on access.

    Parameters
    ----------
    table
        Table that the row belongs to.
    index
        Number of the row.
    """

    __slots__ = ("_index", "_table")

    def __init__(self, table: TableReader, index: int) -> None:
        self._table = table
        self._index = index

    @property
    def names(self) -> tuple[str, ...]:
        return self._table.fields.names

    def __getitem__(self, name: str) -> Any:
        return self._table.value(name, self._index)

    def __contains__(self, name: object) -> bool:
        return name in self._table.fields.names

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def get(self, name: str, default: Any = None) -> Any:
        return self._table.value(name, self._index) if name in self.names else default


@dataclass(frozen=True)
class _Entry:
    """One row of the index: a block of rows of an object."""

    catalog: int
    persistable: int
    row0: int
    nRows: int
    name: str
    module: str


class InputArchive:
    """The objects saved in a FITS file.

    Only the index is read at first; tables are opened when an object in them
    is requested. Every object is made once.

    Parameters
    ----------
    file
        File with the archive.
    hdu
        0-based position of the index.

    Raises
    ------
    lsst.afw.fits.FitsError
        Raised if there is no archive index there.
    """

    def __init__(self, file: FitsFile, hdu: int) -> None:
        self._file = file
        self._hdu = hdu
        index = file.hdu(hdu)
        if index.header.get("EXTTYPE") != "ARCHIVE_INDEX":
            raise FitsError(f"{index!r} is not an archive index: EXTTYPE is {index.header.get('EXTTYPE')!r}.")
        self._nCatalogs = index.header.getInt("AR_NCAT")
        self._entries = _readIndex(TableReader(index))
        self._tables: dict[int, TableReader] = {}
        self._objects: dict[int, Any] = {}
        self._failed: set[int] = set()
        self._active: list[int] = []

    def get(self, id: int, expected: type | None = None) -> Any:
        """Get an object.

        Parameters
        ----------
        id
            Number of the object in the archive; 0 stands for `None`.
        expected
            Required class of the object.

        Returns
        -------
        obj
            The object; every call returns the same one.

        Raises
        ------
        MalformedArchiveError
            Raised if there is no such object, it refers to itself, its parts
            do not fit together, or it has another class.
        lsst.pex.exceptions.NotFoundError
            Raised if an earlier attempt to make the object failed.
        """
        if id == 0:
            return None
        if id not in self._objects:
            self._objects[id] = self._load(id)
        obj = self._objects[id]
        if expected is not None and not isinstance(obj, expected):
            raise MalformedArchiveError(
                f"Archive object {id} of {self._file.name} is a {type(obj).__name__}, "
                f"not a {expected.__name__}."
            )
        return obj

    def require(self, id: int, expected: type[_T]) -> _T:
        """Get an object that must exist.

        Parameters
        ----------
        id
            Number of the object in the archive.
        expected
            Required class of the object.

        Raises
        ------
        MalformedArchiveError
            Raised if ``id`` is 0, or if `get` raises it.
        """
        if id == 0:
            raise MalformedArchiveError(f"A {expected.__name__} is missing in {self._file.name}.")
        return self.get(id, expected)

    def _load(self, id: int) -> Any:
        if id in self._failed:
            raise NotFoundError(f"Not trying to read archive object {id} of {self._file.name} again.")
        if id in self._active:
            chain = " -> ".join(map(str, [*self._active[self._active.index(id) :], id]))
            raise MalformedArchiveError(f"Archive objects of {self._file.name} refer to themselves: {chain}.")
        if len(self._active) >= _MAX_DEPTH:
            raise MalformedArchiveError(
                f"Archive objects of {self._file.name} are nested more than {_MAX_DEPTH} deep."
            )
        self._active.append(id)
        try:
            return self._make(id)
        except builtins.Exception:
            self._failed.add(id)
            raise
        finally:
            self._active.pop()

    def _make(self, id: int) -> Any:
        entries = self._entries.get(id)
        if entries is None:
            raise MalformedArchiveError(f"There is no archive object {id} in {self._file.name}.")
        name, module = entries[0].name, entries[0].module
        if any((e.name, e.module) != (name, module) for e in entries):
            raise MalformedArchiveError(f"Archive object {id} of {self._file.name} has several classes.")
        context = f"While reading archive object {id} ({name}) of {self._file.name}"
        try:
            catalogs = [self._block(e) for e in entries if e.catalog >= 0]
            cls: Any = findClass(name) or findOpaque(name)
            if hasattr(cls, "_readOpaque"):
                return cls._readOpaque(name, module, self, catalogs)
            return cls._readArchive(self, catalogs)
        except PexException as err:
            err.add_note(context)
            raise
        except (LookupError, ValueError, ArithmeticError, TypeError, AttributeError) as err:
            raise MalformedArchiveError(f"{context}: {type(err).__name__}: {err}") from err

    def _block(self, entry: _Entry) -> RowBlock:
        return self._table(entry.catalog).block(entry.row0, entry.nRows)

    def _table(self, catalog: int) -> TableReader:
        if catalog not in self._tables:
            if not 1 <= catalog < self._nCatalogs:
                raise MalformedArchiveError(
                    f"{self._file.name} has no archive catalog {catalog}; there are {self._nCatalogs - 1}."
                )
            hdu = self._file.hdu(self._hdu + catalog)
            found = (hdu.header.get("EXTTYPE"), hdu.header.get("AR_CATN"))
            if found != ("ARCHIVE_DATA", catalog):
                raise FitsError(f"{hdu!r} is not archive catalog {catalog}: EXTTYPE, AR_CATN are {found}.")
            self._tables[catalog] = TableReader(hdu)
        return self._tables[catalog]


def _readIndex(table: TableReader) -> dict[int, list[_Entry]]:
    found = tuple((f.code, f.size) for f in table.fields)
    if found != _INDEX_FIELDS:
        raise MalformedArchiveError(
            f"{table.hdu!r} has the columns {found}, which are not those of an index."
        )
    names = table.fields.names
    numbers = [table.column(name).tolist() for name in names[:5]]
    texts = [
        [raw.rstrip(b"\0 ").decode("ascii", "replace") for raw in table.column(name).tolist()]
        for name in names[5:]
    ]
    entries: dict[int, list[_Entry]] = {}
    for id, *rest in zip(*numbers, *texts, strict=True):
        entries.setdefault(id, []).append(_Entry(*rest))
    for group in entries.values():
        group.sort(key=lambda e: e.persistable)
    return entries
