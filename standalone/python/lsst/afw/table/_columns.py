# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

__all__ = (
    "BaseColumnView",
    "isContiguous",
    "readColumn",
    "writeColumn",
)

import re
from typing import Any

import numpy as np

from lsst.pex.exceptions import RuntimeError

from ._base import BaseRecord, BaseTable, OfTable
from ._keys import _Key
from ._schema import Schema, selectNames


def isContiguous(records: list[BaseRecord]) -> bool:
    """Whether records are neighbors, in order, in one block of storage."""
    if not records:
        return True
    first = records[0]
    return all(r._block is first._block and r._row == first._row + i for i, r in enumerate(records))


def _storage(records: list[BaseRecord], index: int) -> np.ndarray:
    """View of one field of contiguous records."""
    first = records[0]
    return first._block[f"f{index}"][first._row : first._row + len(records)]


def readColumn(schema: Schema, records: list[BaseRecord], key: _Key) -> np.ndarray:
    """Values of a field of all records.

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
        """Values of a field, shape (number of records, ...)."""
        return readColumn(self.schema, self._records, self.schema._asKey(key))

    def set(self, key: str | _Key, value: Any) -> None:
        """Set a field of all records from an array or a single value."""
        writeColumn(self.schema, self._records, self.schema._asKey(key), value)

    def __getitem__(self, key: str | _Key) -> np.ndarray:
        return self.get(key)

    def __setitem__(self, key: str | _Key, value: Any) -> None:
        self.set(key, value)

    def extract(self, *patterns: str, regex: str | re.Pattern | None = None) -> dict[str, np.ndarray]:
        """Columns whose names match a pattern."""
        return {name: self.get(name) for name in selectNames(self.schema.getOrderedNames(), patterns, regex)}
