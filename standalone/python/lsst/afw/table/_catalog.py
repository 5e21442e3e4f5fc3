# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lists of records, and their columns."""

from __future__ import annotations

__all__ = ("BaseCatalog", "BaseColumnView")

import bisect
import itertools
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

import numpy as np
from astropy.table import Column
from astropy.table import Table as AstropyTable

from lsst.pex.exceptions import LogicError, RuntimeError

from ._base import BaseRecord, BaseTable, OfTable
from ._keys import _Key
from ._schema import Schema, SchemaMapper


def isContiguous(records: list[BaseRecord]) -> bool:
    """Return whether records are neighbors in one block of storage."""
    if not records:
        return True
    first = records[0]
    return all(r._block is first._block and r._row == first._row + i for i, r in enumerate(records))


def _storage(records: list[BaseRecord], index: int) -> np.ndarray:
    """Return a view of one field of contiguous records."""
    first = records[0]
    return first._block[f"f{index}"][first._row : first._row + len(records)]


def readColumn(schema: Schema, records: list[BaseRecord], key: _Key) -> np.ndarray:
    """Return the values of a field of all records.

    A view, if the records are contiguous and their values have a fixed size;
    angles are in radians.
    """
    kind, size = key._type, schema.find(key).field._size
    if not records:
        return np.zeros(0, str if kind.name == "String" else kind.dtype(size))
    if isContiguous(records):
        column = _storage(records, key._index)
    else:
        column = np.array([r._block[r._row] for r in records], schema._dtype)[f"f{key._index}"]
        column.flags.writeable = False
    return np.array(list(column), str) if kind.name == "String" else column


def writeColumn(schema: Schema, records: list[BaseRecord], key: _Key, values: Any) -> None:
    """Set a field of all records from an array or a single value."""
    field = schema.find(key).field
    rows: Any
    if key._type.name in ("String", "Angle") or key._type.isArray:
        rows = [values] * len(records) if isinstance(values, str) or np.ndim(values) == 0 else list(values)
        if key._type.name == "Angle":
            rows = [getattr(v, "asRadians", lambda v=v: float(v))() for v in rows]
        else:
            rows = [key._type.toStorage(v, field._size, field.getName()) for v in rows]
    else:
        rows = np.broadcast_to(np.asarray(values, key._type.scalar), len(records))
    if len(rows) != len(records):
        raise ValueError(f"{len(rows)} values for column {field.getName()!r} of {len(records)} records.")
    for record, value in zip(records, rows, strict=True):
        record._block[f"f{key._index}"][record._row] = value


class BaseColumnView(OfTable):
    """The columns of a contiguous catalog as arrays.

    Made by `BaseCatalog.columns`.
    """

    def __init__(self, table: BaseTable, records: list[BaseRecord]) -> None:
        if not isContiguous(records):
            raise RuntimeError("The records of the catalog are not contiguous; make a deep copy first.")
        self._table = table
        self._records = records

    def get(self, key: str | _Key) -> np.ndarray:
        """Return the values of a field, shape (number of records, ...)."""
        return readColumn(self.schema, self._records, self.schema._asKey(key))

    def set(self, key: str | _Key, value: Any) -> None:
        """Set a field of all records from an array or a single value."""
        writeColumn(self.schema, self._records, self.schema._asKey(key), value)

    __getitem__ = get
    __setitem__ = set


class BaseCatalog(OfTable):
    """A list of records of one table.

    Parameters
    ----------
    table
        Table whose records the catalog holds, a schema to make a table from,
        or a catalog to copy (its records are shared).
    """

    Table: ClassVar[type[BaseTable]] = BaseTable
    Record: ClassVar[type[BaseRecord]] = BaseRecord
    ColumnView: ClassVar[type[BaseColumnView]] = BaseColumnView

    def __init__(self, table: Schema | BaseTable | BaseCatalog) -> None:
        self._records: list[Any] = []
        if isinstance(table, BaseCatalog):
            self._table = table._table
            self._records.extend(table._records)
        elif isinstance(table, Schema):
            self._table = self.Table.make(table)
        else:
            self._table = table

    def _like(self, records: Iterable[Any]) -> Any:
        """Make a catalog of the same type and table."""
        other = type(self)(self._table)
        other._records.extend(records)
        return other

    def addNew(self) -> Any:
        """Append a new record with initial values and return it."""
        record = self._table.makeRecord()
        self._records.append(record)
        return record

    def _accept(self, record: BaseRecord) -> BaseRecord:
        if not isinstance(record, self.Record):
            raise TypeError(f"{type(self).__name__} cannot hold {record!r}.")
        if record.schema != self.schema:
            raise LogicError("The schema of the record differs from that of the catalog.")
        return record

    def append(self, record: BaseRecord) -> None:
        """Append a record, which is shared, not copied."""
        self._records.append(self._accept(record))

    def insert(self, key: int, value: BaseRecord) -> None:
        """Insert a record before position ``key``."""
        if not -len(self) <= key <= len(self):
            raise IndexError(f"Position {key} is outside of a catalog of {len(self)} records.")
        self._records.insert(key, self._accept(value))

    def extend(
        self, iterable: Iterable[BaseRecord], deep: bool = False, mapper: SchemaMapper | None = None
    ) -> None:
        """Append records.

        Parameters
        ----------
        iterable
            A catalog or other iterable of records.
        deep
            Whether to copy the records; implied by ``mapper``.
        mapper
            Mapping from the fields of the records to those of the catalog.
        """
        records = list(iterable)
        if deep or mapper is not None:
            self.reserve(len(self) + len(records))
            records = [self._table.copyRecord(record, mapper) for record in records]
        self._records.extend(map(self._accept, records))

    def set(self, index: int, record: BaseRecord) -> None:
        """Replace the record at a position."""
        self._records[index] = self._accept(record)

    def clear(self) -> None:
        self._records.clear()

    def resize(self, n: int) -> None:
        """Drop records at the end, or append new ones."""
        del self._records[n:]
        while len(self._records) < n:
            self.addNew()

    def reserve(self, n: int) -> None:
        """Reserve contiguous storage for ``n`` records in total."""
        if n > len(self):
            self._table.preallocate(n - len(self))

    def capacity(self) -> int:
        """Return how many records fit without further storage."""
        return len(self) + self._table.getBufferSize()

    def copy(self, deep: bool = False) -> Any:
        """Return a catalog that shares the records, or holds copies."""
        if not deep:
            return self._like(self._records)
        other = type(self)(self._table.clone())
        other.extend(self._records, deep=True)
        return other

    def cast(self, type_: type[BaseCatalog], deep: bool = False) -> Any:
        """Return a catalog of another type that shares the records."""
        if deep:
            table = type_.Table.make(self.schema)
            table.setMetadata(self._table.getMetadata())
            other = type_(table)
            other.extend(self._records, deep=True)
            return other
        other = type_(self._table)
        other._records.extend(self._records)
        return other

    def subset(self, *args: Any) -> Any:
        """Select records by a boolean array, or by start, stop, step."""
        if len(args) == 1:
            return self[np.asarray(args[0], bool)]
        start, stop, step = args
        return self[slice(start, stop, step)]

    def isContiguous(self) -> bool:
        """Return whether columns can be seen as arrays without copying."""
        return isContiguous(self._records)

    def getColumnView(self) -> BaseColumnView:
        return self.ColumnView(self._table, self._records)

    columns = property(getColumnView)

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, str | _Key):
            # A read-only copy if the records are not contiguous.
            return readColumn(self.schema, self._records, self.schema._asKey(key))
        if isinstance(key, slice):
            return self._like(self._records[key])
        if isinstance(key, np.ndarray):
            return self._like(self._select(key))
        return self._records[key]

    def _select(self, key: np.ndarray) -> list[BaseRecord]:
        if key.dtype != bool:
            return [self._records[i] for i in key]
        if key.shape != (len(self),):
            raise IndexError(f"Mask of shape {key.shape} for a catalog of {len(self)} records.")
        return [self._records[i] for i in np.flatnonzero(key)]

    def __setitem__(self, key: Any, value: Any) -> None:
        if isinstance(key, str | _Key):
            writeColumn(self.schema, self._records, self.schema._asKey(key), value)
        else:
            self.set(key, value)

    def __delitem__(self, key: int | slice) -> None:
        del self._records[key]

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._records)

    def isSorted(self, key: str | _Key) -> bool:
        """Return whether the records are in ascending order of a field."""
        values = list(self[key])
        return all(a <= b for a, b in itertools.pairwise(values))

    def sort(self, key: str | _Key) -> None:
        """Sort in place by a field; equal records keep their order."""
        values = list(self[key])
        order = sorted(range(len(self)), key=values.__getitem__)
        self._records = [self._records[i] for i in order]

    def find(self, value: Any, key: str | _Key) -> Any:
        """Return the first record with a value in a field, or `None`."""
        for record, own in zip(self._records, list(self[key]), strict=True):
            if own == value:
                return record
        return None

    def lower_bound(self, value: Any, key: str | _Key) -> int:
        """Return the first position whose field is not below a value."""
        return bisect.bisect_left(list(self[key]), value)

    def upper_bound(self, value: Any, key: str | _Key) -> int:
        """Return the first position whose field is above a value."""
        return bisect.bisect_right(list(self[key]), value)

    def equal_range(self, value: Any, key: str | _Key) -> slice:
        """Return the positions whose sorted field equals a value."""
        return slice(self.lower_bound(value, key), self.upper_bound(value, key))

    def between(self, lower: Any, upper: Any, key: str | _Key) -> slice:
        """Return the positions whose sorted field is within limits."""
        return slice(self.lower_bound(lower, key), self.upper_bound(upper, key))

    def asAstropy(
        self, cls: type | None = None, copy: bool = False, unviewable: str = "copy"
    ) -> AstropyTable:
        """Return an astropy table with the columns of the catalog.

        Parameters
        ----------
        cls
            Class of the table; `astropy.table.Table` by default.
        copy
            Whether to copy columns that could be views.
        unviewable
            What to do with columns that cannot be views (strings):
            ``"copy"``, ``"skip"`` or ``"raise"``.

        Raises
        ------
        ValueError
            Raised if ``unviewable`` is "raise" and there is such a column,
            or if it is none of the known words.
        """
        if unviewable not in ("copy", "raise", "skip"):
            raise ValueError(f"unviewable={unviewable!r} is none of 'copy', 'raise', 'skip'.")
        columns = []
        for item in self.schema:
            name = item.field.getName()
            viewable = self.isContiguous() and item.field._type.name not in ("String", "Flag")
            if not viewable and unviewable == "raise":
                raise ValueError(f"Column {name!r} cannot be viewed without copying.")
            if not viewable and unviewable == "skip":
                continue
            unit = "rad" if item.field._type.name == "Angle" else item.field.getUnits() or None
            data = np.array(self[item.key], copy=copy or None)
            columns.append(Column(data, name=name, unit=unit, description=item.field.getDoc(), copy=False))
        metadata = self.table.getMetadata()
        return (cls or AstropyTable)(
            columns, meta=None if metadata is None else metadata.toOrderedDict(), copy=False
        )

    def writeFits(self, filename: str, mode: str = "w", flags: int = 0) -> None:
        """Write the catalog to a separate FITS file.

        Parameters
        ----------
        filename
            Path of the file; an existing one is replaced.
        mode
            Only ``"w"`` is supported.
        flags
            Accepted for compatibility; only catalogs of sources use it.
        """
        from ._exposureIO import writeCatalog

        if mode != "w":
            raise ValueError(f"Mode {mode!r} is not supported; use 'w'.")
        writeCatalog(self, filename)

    @classmethod
    def readFits(cls, filename: Any, hdu: int = -(2**31), flags: int = 0) -> Any:
        """Read a catalog from a file or an in-memory file.

        Parameters
        ----------
        filename
            Path of the file, or a `lsst.afw.fits.MemFileManager`.
        hdu
            0-based number of the table; by default the first extension.
        flags
            Accepted for compatibility; only catalogs of sources use it.
        """
        from ._exposureIO import readCatalog

        return readCatalog(cls, filename, hdu)
