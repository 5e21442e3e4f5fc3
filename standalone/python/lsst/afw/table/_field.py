# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

__all__ = (
    "FIELD_TYPES",
    "FieldType",
    "findType",
)

from dataclasses import dataclass
from typing import Any

import numpy as np

from lsst.geom import Angle
from lsst.pex.exceptions import LengthError


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
        """Storage of one value of a field of length ``size``."""
        if self.isArray:
            return np.dtype((self.scalar, (size,))) if size else np.dtype(object)
        return np.dtype(self.scalar)

    def initial(self, size: int) -> Any:
        """Value of a field that was never set."""
        if self.isArray:
            blank = np.nan if self.scalar[0] == "f" else 0
            return blank if size else np.zeros(0, self.scalar)
        if self.name == "String":
            return ""
        return np.nan if self.scalar[0] == "f" else 0

    def toPython(self, value: Any) -> Any:
        """Value as the user of a record sees it."""
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
    """Field type for a type string or a Python or numpy type.

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
