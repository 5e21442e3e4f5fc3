# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

__all__ = (
    "FIELD_CLASSES",
    "KEY_CLASSES",
)

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from ._field import FIELD_TYPES, FieldType

if TYPE_CHECKING:
    from ._base import BaseRecord


class _Field:
    """Name, documentation, units and length of a column."""

    _type: ClassVar[FieldType]

    def __init__(
        self, name: str, doc: str = "", units: str = "", size: int | None = None, parse_strict: str = "raise"
    ) -> None:
        if not name:
            raise ValueError("A field needs a name.")
        if size is None:
            if self._type.hasSize:
                raise TypeError(f"Field {name!r} of type {self._type.name} needs a size.")
        elif not self._type.hasSize:
            raise TypeError(f"Field {name!r} of type {self._type.name} has no size; got {size}.")
        elif size < 0:
            raise ValueError(f"Size {size} of field {name!r} is negative.")
        self._name = name
        self._doc = doc
        self._units = units
        self._size = 1 if size is None else int(size)

    def getName(self) -> str:
        return self._name

    def getDoc(self) -> str:
        return self._doc

    def getUnits(self) -> str:
        return self._units

    @classmethod
    def getTypeString(cls) -> str:
        return cls._type.name

    def copyRenamed(self, newName: str) -> _Field:
        """Field with another name and all else the same."""
        size = self._size if self._type.hasSize else None
        return type(self)(newName, self._doc, self._units, size)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and vars(other) == vars(self)

    def __hash__(self) -> int:
        return hash((self._name, self._type.name, self._size))

    def __repr__(self) -> str:
        size = f", size={self._size}" if self._type.hasSize else ""
        return (
            f"Field['{self._type.name}'](name={self._name!r}, doc={self._doc!r}, units={self._units!r}{size})"
        )


class _Key:
    """Handle of one column, for fast access to the values of records.

    A key is valid for every table whose schema begins with the same fields.
    """

    _type: ClassVar[FieldType]
    _index: int = -1
    _offset: int = -1
    _size: int = 1

    @classmethod
    def _make(cls, index: int, offset: int, size: int) -> _Key:
        key = cls()
        key._index, key._offset, key._size = index, offset, size
        return key

    def isValid(self) -> bool:
        """Whether the key belongs to a field of a schema."""
        return self._index >= 0

    def getOffset(self) -> int:
        """Position of the value within a record, in bytes."""
        return self._offset

    @classmethod
    def getTypeString(cls) -> str:
        return cls._type.name

    def get(self, record: BaseRecord) -> Any:
        return record._getByKey(self)

    def set(self, record: BaseRecord, value: Any) -> None:
        record._setByKey(self, value)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other._index == self._index and other._size == self._size

    def __hash__(self) -> int:
        return hash((self._type.name, self._index))

    def __repr__(self) -> str:
        return f"Key<{self._type.name}>(offset={self._offset}, nElements={self._size})"


class _Sized:
    """Length of an array or string field."""

    _size: int

    def getSize(self) -> int:
        """Number of elements or characters; 0 if variable."""
        return self._size


class _Variable(_Sized):
    def isVariableLength(self) -> bool:
        """Whether each record has an array of its own length."""
        return self._size == 0


class _SchemaItem:
    """A field together with its key; unpacks as ``key, field``."""

    def __init__(self, key: _Key, field: _Field) -> None:
        self.key = key
        self.field = field

    def getKey(self) -> _Key:
        return self.key

    def getField(self) -> _Field:
        return self.field

    def __iter__(self) -> Iterator[_Key | _Field]:
        yield self.key
        yield self.field

    def __getitem__(self, index: int) -> _Key | _Field:
        return (self.key, self.field)[index]

    def __repr__(self) -> str:
        return f"SchemaItem(key={self.key!r}, field={self.field!r})"


def _define(kind: str, base: type, fieldType: FieldType) -> type:
    mixin = (_Variable,) if fieldType.isArray else (_Sized,) if fieldType.hasSize else ()
    namespace = {
        "_type": fieldType,
        "__module__": "lsst.afw.table",
        "__doc__": f"{kind} of type {fieldType.name}.",
    }
    return type(f"{kind}{fieldType.name}", (*mixin, base), namespace)


FIELD_CLASSES: dict[str, type[_Field]] = {
    name: _define("Field", _Field, t) for name, t in FIELD_TYPES.items()
}
KEY_CLASSES: dict[str, type[_Key]] = {name: _define("Key", _Key, t) for name, t in FIELD_TYPES.items()}
(
    FieldB,
    FieldU,
    FieldI,
    FieldL,
    FieldF,
    FieldD,
    FieldAngle,
    FieldFlag,
    FieldString,
    FieldArrayB,
    FieldArrayU,
    FieldArrayI,
    FieldArrayF,
    FieldArrayD,
) = FIELD_CLASSES.values()
(
    KeyB,
    KeyU,
    KeyI,
    KeyL,
    KeyF,
    KeyD,
    KeyAngle,
    KeyFlag,
    KeyString,
    KeyArrayB,
    KeyArrayU,
    KeyArrayI,
    KeyArrayF,
    KeyArrayD,
) = KEY_CLASSES.values()
