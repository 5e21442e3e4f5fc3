# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Records and their tables."""

from __future__ import annotations

__all__ = ("BaseRecord", "BaseTable", "OfTable")

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from lsst.pex.exceptions import LogicError

from ._keys import _Key
from ._schema import Schema, selectNames

if TYPE_CHECKING:
    from lsst.daf.base import PropertyList

    from ._schema import SchemaMapper

# Records are allocated in blocks of at least this many rows.
_BLOCK_ROWS = 100


def makeSetter(keyword: str, store: Callable[[Any, Any], None]) -> Callable[..., None]:
    """Return a method that stores one value.

    Parameters
    ----------
    keyword
        Name of the argument of the method.
    store
        Function to call with the object and the value.
    """

    def set(self: Any, *args: Any, **kwargs: Any) -> None:
        if kwargs.keys() == {keyword}:
            args = (*args, kwargs.pop(keyword))
        if len(args) != 1 or kwargs:
            raise TypeError(f"Exactly one argument, {keyword}, is required.")
        store(self, *args)

    return set


class BaseTable:
    """Factory and storage of records with one schema.

    Make tables with `make`.
    """

    def __init__(self, schema: Schema) -> None:
        self._schema = Schema(schema)
        self._schema.disconnectAliases()
        self._metadata: PropertyList | None = None
        self._blank = np.zeros(1, self._schema._dtype)
        for i, item in enumerate(self._schema):
            self._blank[f"f{i}"][0] = item.field._type.initial(item.field._size)
        self._block = np.empty(0, self._schema._dtype)
        self._used = 0

    @classmethod
    def make(cls, schema: Schema) -> BaseTable:
        """Make a table with a copy of a schema."""
        return cls(schema)

    def clone(self) -> BaseTable:
        """Return a table with the same schema and metadata, and no storage."""
        other = type(self)(self._schema)
        other._metadata = self._metadata
        return other

    def _recordClass(self) -> type[BaseRecord]:
        return BaseRecord

    def makeRecord(self) -> BaseRecord:
        """Make a record with initial values: 0, NaN, false or empty."""
        if self._used == len(self._block):
            self.preallocate(_BLOCK_ROWS)
        row = self._used
        self._used += 1
        self._block[row] = self._blank[0]
        return self._recordClass()(self, self._block, row)

    def copyRecord(self, input: BaseRecord, mapper: SchemaMapper | None = None) -> BaseRecord:
        """Make a record with the values of another one."""
        record = self.makeRecord()
        record.assign(input, mapper)
        return record

    def preallocate(self, n: int) -> None:
        """Make sure that the next ``n`` records are contiguous."""
        if self.getBufferSize() < n:
            self._block = np.empty(n, self._schema._dtype)
            self._used = 0

    def getBufferSize(self) -> int:
        """Return the number of records that fit the current block."""
        return len(self._block) - self._used

    def getSchema(self) -> Schema:
        return self._schema

    schema = property(getSchema)

    def getMetadata(self) -> PropertyList | None:
        return self._metadata

    def setMetadata(self, metadata: PropertyList | None) -> None:
        self._metadata = metadata

    metadata = property(getMetadata, setMetadata)

    def popMetadata(self) -> PropertyList | None:
        """Remove and return the metadata."""
        metadata, self._metadata = self._metadata, None
        return metadata


class OfTable:
    """Base of what shares a table's schema: records, catalogs and columns."""

    _table: Any

    def getTable(self) -> Any:
        return self._table

    def getSchema(self) -> Schema:
        return self._table._schema

    table = property(getTable)
    schema = property(getSchema)

    def __getitem__(self, key: Any) -> Any:
        raise NotImplementedError

    def extract(self, *patterns: str, regex: str | re.Pattern | None = None) -> dict[str, Any]:
        """Return the values or columns whose names match a pattern."""
        return {name: self[name] for name in selectNames(self.schema.getOrderedNames(), patterns, regex)}


class BaseRecord(OfTable):
    """One row of a table; made by `BaseTable.makeRecord`."""

    def __init__(self, table: BaseTable, block: np.ndarray, row: int) -> None:
        self._table = table
        self._block = block
        self._row = row

    def _getByKey(self, key: _Key) -> Any:
        self._table._schema.find(key)
        return key._type.toPython(self._block[self._row][key._index])

    def _setByKey(self, key: _Key, value: Any) -> None:
        field = self._table._schema.find(key).field
        stored = key._type.toStorage(value, field._size, field.getName())
        self._block[f"f{key._index}"][self._row] = stored

    def get(self, key: str | _Key) -> Any:
        """Return the value of a field.

        Raises
        ------
        KeyError
            Raised if there is no such field.
        """
        return self._getByKey(self._table._schema._asKey(key))

    def set(self, key: str | _Key, value: Any) -> None:
        """Set the value of a field.

        Raises
        ------
        KeyError
            Raised if there is no such field.
        TypeError
            Raised if the value does not fit the type of the field.
        lsst.pex.exceptions.LengthError
            Raised if a string is too long.
        """
        self._setByKey(self._table._schema._asKey(key), value)

    __getitem__ = get
    __setitem__ = set

    getAngle = getArrayB = getArrayD = getArrayF = getArrayI = getArrayU = _getByKey
    getB = getD = getF = getFlag = getI = getL = getString = getU = _getByKey
    setAngle = setArrayB = setArrayD = setArrayF = setArrayI = setArrayU = _setByKey
    setB = setD = setF = setFlag = setI = setL = setString = setU = _setByKey

    def assign(self, other: BaseRecord, mapper: SchemaMapper | None = None) -> None:
        """Copy the values of another record.

        Parameters
        ----------
        other
            Record to copy from.
        mapper
            Which fields to copy where; by default the schemas must agree.

        Raises
        ------
        lsst.pex.exceptions.LogicError
            Raised if the schemas differ and there is no mapper.
        """
        if mapper is None:
            if self.schema != other.schema:
                raise LogicError("Unequal schemas in record assignment; a mapper is needed.")
            self._block[self._row] = other._block[other._row]
            return
        for source, target in mapper._iterPairs():
            self._setByKey(target, other._getByKey(source))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, BaseRecord) and other._block is self._block and other._row == self._row

    def __hash__(self) -> int:
        return hash((id(self._block), self._row))

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={self.get(name)!r}" for name in self.schema.getOrderedNames())
        return f"{type(self).__name__}({values})"
