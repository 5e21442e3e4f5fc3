# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Types of fields, and fields and keys of each type."""

from __future__ import annotations

__all__ = ("FIELD_CLASSES", "FIELD_TYPES", "KEY_CLASSES", "FieldType", "findType")

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from lsst.geom import Angle
from lsst.pex.exceptions import LengthError

if TYPE_CHECKING:
    from ._base import BaseRecord


@dataclass(frozen=True)
class FieldType:
    """A kind of column.

    Parameters
    ----------
    name
        Type string, e.g. ``"D"`` or ``"ArrayF"``.
    scalar
        Numpy code of one element; ``"O"`` for strings.
    code
        Letter of one element in a FITS table; ``"X"`` for flags.
    """

    name: str
    scalar: str
    code: str

    @property
    def isArray(self) -> bool:
        return self.name.startswith("Array")

    @property
    def hasSize(self) -> bool:
        """Whether fields of this type have a length (0: variable)."""
        return self.isArray or self.name == "String"

    def dtype(self, size: int) -> np.dtype:
        """Return the storage type of a field of length ``size``."""
        if self.isArray:
            return np.dtype((self.scalar, (size,))) if size else np.dtype(object)
        return np.dtype(self.scalar)

    def initial(self, size: int) -> Any:
        """Return the value of a field that was never set."""
        if self.isArray:
            blank = np.nan if self.scalar[0] == "f" else 0
            return blank if size else np.zeros(0, self.scalar)
        if self.name == "String":
            return ""
        return np.nan if self.scalar[0] == "f" else 0

    def toPython(self, value: Any) -> Any:
        """Convert a stored value to what the user of a record sees."""
        if self.name == "Angle":
            return Angle(float(value))
        if self.isArray or self.name == "String":
            return value
        return value.item()

    def toStorage(self, value: Any, size: int, name: str) -> Any:
        """Check and convert a value that is to be stored."""
        if self.name == "Angle":
            if not isinstance(value, Angle):
                raise TypeError(f"Field {name!r} holds angles; got {value!r}.")
            return value.asRadians()
        if self.name == "String":
            if not isinstance(value, str):
                raise TypeError(f"Field {name!r} holds strings; got {value!r}.")
            if size and len(value.encode()) > size:
                raise LengthError(f"String {value!r} is longer than the {size} bytes of field {name!r}.")
            return value
        if self.isArray:
            array = np.asarray(value, dtype=self.scalar)
            if array.ndim != 1 or (size and array.size != size):
                raise ValueError(f"Field {name!r} holds arrays of {size} values; got shape {array.shape}.")
            return array if size else array.copy()
        if self.scalar[0] in "iu":
            return self._toInteger(value, name)
        return bool(value) if self.name == "Flag" else float(value)

    def _toInteger(self, value: Any, name: str) -> int:
        number = value.__index__() if hasattr(value, "__index__") else int(value)
        limits = np.iinfo(self.scalar)
        if number != value or not limits.min <= number <= limits.max:
            raise TypeError(f"Value {value!r} does not fit field {name!r} of type {self.name}.")
        return number


FIELD_TYPES = {
    t.name: t
    for t in (
        FieldType("B", "u1", "B"),
        FieldType("U", "u2", "I"),
        FieldType("I", "i4", "J"),
        FieldType("L", "i8", "K"),
        FieldType("F", "f4", "E"),
        FieldType("D", "f8", "D"),
        FieldType("Angle", "f8", "D"),
        FieldType("Flag", "?", "X"),
        FieldType("String", "O", "A"),
        FieldType("ArrayB", "u1", "B"),
        FieldType("ArrayU", "u2", "I"),
        FieldType("ArrayI", "i4", "J"),
        FieldType("ArrayF", "f4", "E"),
        FieldType("ArrayD", "f8", "D"),
    )
}

_ALIASES: dict[Any, str] = {
    int: "I",
    float: "D",
    str: "String",
    Angle: "Angle",
    np.uint8: "B",
    np.uint16: "U",
    np.int32: "I",
    np.int64: "L",
    np.float32: "F",
    np.float64: "D",
    np.bool_: "Flag",
    bool: "Flag",
}


def findType(spec: Any) -> FieldType:
    """Return the field type for a type string or a Python or numpy type.

    Raises
    ------
    TypeError
        Raised if there is no such field type.
    """
    if isinstance(spec, np.dtype):
        spec = spec.type
    name = spec if isinstance(spec, str) else _ALIASES.get(spec)
    if name not in FIELD_TYPES:
        raise TypeError(f"No field type for {spec!r}; known are {', '.join(FIELD_TYPES)}.")
    return FIELD_TYPES[name]


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
        """Return a copy of the field with another name."""
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
        """Return whether the key belongs to a field of a schema."""
        return self._index >= 0

    def getOffset(self) -> int:
        """Return the position of the value within a record, in bytes."""
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
        """Return the number of elements or bytes; 0 if variable."""
        return self._size


class _Variable(_Sized):
    """Length of an array field."""

    def isVariableLength(self) -> bool:
        """Return whether each record has an array of its own length."""
        return self._size == 0


class _SchemaItem:
    """A field together with its key; unpacks as ``key, field``."""

    def __init__(self, key: _Key, field: _Field) -> None:
        self.key = key
        self.field = field

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


FIELD_CLASSES: dict[str, type[_Field]] = {n: _define("Field", _Field, t) for n, t in FIELD_TYPES.items()}
KEY_CLASSES: dict[str, type[_Key]] = {n: _define("Key", _Key, t) for n, t in FIELD_TYPES.items()}
