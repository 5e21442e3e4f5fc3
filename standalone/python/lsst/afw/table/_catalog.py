# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

__all__ = (
    "BaseCatalog",
    "toAstropy",
)

import bisect
import itertools
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from astropy.table import Column, Table

from lsst.pex.exceptions import LogicError

from ._base import BaseRecord, BaseTable, OfTable
from ._columns import BaseColumnView, isContiguous, readColumn, writeColumn
from ._keys import _Key
from ._mapper import SchemaMapper
from ._schema import Schema, selectNames

if TYPE_CHECKING:
    import astropy.table


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
            Which fields to copy where.
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
        """Keep the records up to number ``n`` together in storage."""
        if n > len(self):
            self._table.preallocate(n - len(self))

    def capacity(self) -> int:
        """Records that fit without further storage."""
        return len(self) + self._table.getBufferSize()

    def copy(self, deep: bool = False) -> Any:
        """Catalog that shares the records, or holds copies of them."""
        if not deep:
            return self._like(self._records)
        other = type(self)(self._table.clone())
        other.extend(self._records, deep=True)
        return other

    def cast(self, type_: type[BaseCatalog], deep: bool = False) -> Any:
        """Copy as a catalog of another type, which shares the records."""
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
        """Records chosen by a boolean array, or by start, stop and step."""
        if len(args) == 1:
            return self[np.asarray(args[0], bool)]
        start, stop, step = args
        return self[slice(start, stop, step)]

    def isContiguous(self) -> bool:
        """Whether the columns can be seen as arrays without copying."""
        return isContiguous(self._records)

    @property
    def columns(self) -> BaseColumnView:
        return self.ColumnView(self._table, self._records)

    def getColumnView(self) -> BaseColumnView:
        return self.columns

    def _get(self, key: str | _Key) -> np.ndarray:
        """Values of a field; a read-only copy if not contiguous."""
        return readColumn(self.schema, self._records, self.schema._asKey(key))

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, str | _Key):
            return self._get(key)
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

    def _values(self, key: str | _Key) -> list[Any]:
        return list(readColumn(self.schema, self._records, self.schema._asKey(key)))

    def isSorted(self, key: str | _Key) -> bool:
        """Whether the records are in ascending order of a field."""
        values = self._values(key)
        return all(a <= b for a, b in itertools.pairwise(values))

    def sort(self, key: str | _Key) -> None:
        """Sort in place by a field; equal records keep their order."""
        values = self._values(key)
        order = sorted(range(len(self)), key=values.__getitem__)
        self._records = [self._records[i] for i in order]

    def find(self, value: Any, key: str | _Key) -> Any:
        """First record with a value in a field, or `None`."""
        for record, own in zip(self._records, self._values(key), strict=True):
            if own == value:
                return record
        return None

    def lower_bound(self, value: Any, key: str | _Key) -> int:
        """First position whose sorted field is not below a value."""
        return bisect.bisect_left(self._values(key), value)

    def upper_bound(self, value: Any, key: str | _Key) -> int:
        """First position whose sorted field is above a value."""
        return bisect.bisect_right(self._values(key), value)

    def equal_range(self, value: Any, key: str | _Key) -> slice:
        """Positions whose sorted field equals a value."""
        return slice(self.lower_bound(value, key), self.upper_bound(value, key))

    def between(self, lower: Any, upper: Any, key: str | _Key) -> slice:
        """Positions whose sorted field is within closed limits."""
        return slice(self.lower_bound(lower, key), self.upper_bound(upper, key))

    def extract(self, *patterns: str, regex: str | re.Pattern | None = None) -> dict[str, np.ndarray]:
        """Columns whose names match a pattern."""
        return {name: self._get(name) for name in selectNames(self.schema.getOrderedNames(), patterns, regex)}

    def asAstropy(
        self, cls: type | None = None, copy: bool = False, unviewable: str = "copy"
    ) -> astropy.table.Table:
        """Table of astropy with the columns of the catalog.

        Parameters
        ----------
        cls
            Class of the table; `astropy.table.Table` by default.
        copy
            Whether to copy columns that could be views.
        unviewable
            What to do with columns that cannot be views (strings):
            ``"copy"``, ``"skip"`` or ``"raise"``.
        """
        return toAstropy(self, cls, copy, unviewable)

    def writeFits(self, filename: str, mode: str = "w", flags: int = 0) -> None:
        """Write the catalog to a FITS file of its own.

        Parameters
        ----------
        filename
            Path of the file; an existing one is replaced.
        mode
            Only ``"w"`` is supported.
        flags
            Accepted for compatibility; only catalogs of sources use it.
        """
        from ._tableFiles import writeCatalog

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
        from ._tableFiles import readCatalog

        return readCatalog(cls, filename, hdu)


def toAstropy(catalog: BaseCatalog, cls: type | None, copy: bool, unviewable: str) -> Table:
    """Convert a catalog; see `BaseCatalog.asAstropy`.

    Raises
    ------
    ValueError
        Raised if ``unviewable`` is "raise" and there is such a column, or if
        it is none of the known words.
    """
    if unviewable not in ("copy", "raise", "skip"):
        raise ValueError(f"unviewable={unviewable!r} is none of 'copy', 'raise', 'skip'.")
    columns = []
    for item in catalog.schema:
        name = item.field.getName()
        viewable = catalog.isContiguous() and item.field._type.name not in ("String", "Flag")
        if not viewable and unviewable == "raise":
            raise ValueError(f"Column {name!r} cannot be viewed without copying.")
        if not viewable and unviewable == "skip":
            continue
        unit = "rad" if item.field._type.name == "Angle" else item.field.getUnits() or None
        data = np.array(catalog[item.key], copy=copy or None)
        columns.append(Column(data, name=name, unit=unit, description=item.field.getDoc(), copy=False))
    metadata = catalog.table.getMetadata()
    return (cls or Table)(columns, meta=None if metadata is None else metadata.toOrderedDict(), copy=False)
