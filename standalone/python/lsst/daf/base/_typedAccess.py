# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""The methods of property containers that name a type."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from lsst.pex.exceptions import TypeError as LsstTypeError

from ._property import Property
from ._types import INTEGERS, KINDS, TypeInfo, convert

if TYPE_CHECKING:
    from ._propertySet import PropertySet


def _setter(kind: str, append: bool = False) -> Callable[..., None]:
    def method(self: Any, name: str, value: Any, comment: str | None = None) -> None:
        many = isinstance(value, Sequence | np.ndarray) and not isinstance(value, str)
        values = list(value) if many else [value]
        self._store(name, kind, values, append=append, comment=comment)

    what = "Append a value, or values," if append else "Set a name to a value, or values,"
    method.__doc__ = f"{what} of type ``{KINDS[kind].name()}``."
    return method


def _adder(kind: str) -> Callable[..., None]:
    return _setter(kind, append=True)


def _getter(kind: str) -> Callable[..., Any]:
    def method(self: Any, name: str, *defaultValue: Any) -> Any:
        if defaultValue and not self.exists(name):
            return convert(kind, defaultValue[0])
        return self._requireKind(name, {kind}).values[-1]

    method.__doc__ = f"Last value of a name, which must be of type ``{KINDS[kind].name()}``."
    return method


def _arrayGetter(kind: str) -> Callable[..., list[Any]]:
    def method(self: Any, name: str) -> list[Any]:
        return list(self._requireKind(name, {kind}).values)

    method.__doc__ = f"All values of a name, which must be of type ``{KINDS[kind].name()}``."
    return method


class TypedAccess:
    """Access to properties of a type that the caller knows."""

    def exists(self, name: str) -> bool:
        """Whether there is a property of a name."""
        raise NotImplementedError

    def isUndefined(self, name: str) -> bool:
        """Whether a name is there without a value."""
        raise NotImplementedError

    def _require(self, name: str) -> Property:
        """Property of a name; NotFoundError if it is absent."""
        raise NotImplementedError

    TYPE_Bool: ClassVar[TypeInfo] = KINDS["Bool"]
    TYPE_DateTime: ClassVar[TypeInfo] = KINDS["DateTime"]
    TYPE_Double: ClassVar[TypeInfo] = KINDS["Double"]
    TYPE_Float: ClassVar[TypeInfo] = KINDS["Float"]
    TYPE_Int: ClassVar[TypeInfo] = KINDS["Int"]
    TYPE_Long: ClassVar[TypeInfo] = KINDS["Long"]
    TYPE_LongLong: ClassVar[TypeInfo] = KINDS["LongLong"]
    TYPE_PropertySet: ClassVar[TypeInfo] = KINDS["PropertySet"]
    TYPE_Short: ClassVar[TypeInfo] = KINDS["Short"]
    TYPE_String: ClassVar[TypeInfo] = KINDS["String"]
    TYPE_Undef: ClassVar[TypeInfo] = KINDS["Undef"]
    TYPE_UnsignedLongLong: ClassVar[TypeInfo] = KINDS["UnsignedLongLong"]

    setBool = _setter("Bool")
    setDateTime = _setter("DateTime")
    setDouble = _setter("Double")
    setFloat = _setter("Float")
    setInt = _setter("Int")
    setLong = _setter("Long")
    setLongLong = _setter("LongLong")
    setPropertySet = _setter("PropertySet")
    setShort = _setter("Short")
    setString = _setter("String")
    setUndef = _setter("Undef")
    setUnsignedLongLong = _setter("UnsignedLongLong")

    addBool = _adder("Bool")
    addDateTime = _adder("DateTime")
    addDouble = _adder("Double")
    addFloat = _adder("Float")
    addInt = _adder("Int")
    addLong = _adder("Long")
    addLongLong = _adder("LongLong")
    addPropertySet = _adder("PropertySet")
    addShort = _adder("Short")
    addString = _adder("String")
    addUndef = _adder("Undef")
    addUnsignedLongLong = _adder("UnsignedLongLong")

    getBool = _getter("Bool")
    getDateTime = _getter("DateTime")
    getDouble = _getter("Double")
    getFloat = _getter("Float")
    getInt = _getter("Int")
    getLong = _getter("Long")
    getLongLong = _getter("LongLong")
    getPropertySet = _getter("PropertySet")
    getShort = _getter("Short")
    getString = _getter("String")
    getUndef = _getter("Undef")
    getUnsignedLongLong = _getter("UnsignedLongLong")

    getArrayBool = _arrayGetter("Bool")
    getArrayDateTime = _arrayGetter("DateTime")
    getArrayDouble = _arrayGetter("Double")
    getArrayFloat = _arrayGetter("Float")
    getArrayInt = _arrayGetter("Int")
    getArrayLong = _arrayGetter("Long")
    getArrayLongLong = _arrayGetter("LongLong")
    getArrayPropertySet = _arrayGetter("PropertySet")
    getArrayShort = _arrayGetter("Short")
    getArrayString = _arrayGetter("String")
    getArrayUndef = _arrayGetter("Undef")
    getArrayUnsignedLongLong = _arrayGetter("UnsignedLongLong")

    def getAsBool(self, name: str) -> bool:
        """Last value, which must be boolean."""
        return self._getAs(name, bool, {"Bool"})

    def getAsInt(self, name: str) -> int:
        """Last value, which must be boolean or an integer of 32 bits."""
        return self._getAs(name, int, {"Bool", "Short", "Int"})

    def getAsInt64(self, name: str) -> int:
        """Last value, which must be boolean or a signed integer."""
        return self._getAs(name, int, {"Bool", "Short", "Int", "Long", "LongLong"})

    def getAsUInt64(self, name: str) -> int:
        """Last value, which must be boolean or an unsigned integer."""
        return self._getAs(name, int, {"Bool", "UnsignedLongLong"})

    def getAsDouble(self, name: str) -> float:
        """Last value, which must be a number; NaN if it is undefined."""
        if self.isUndefined(name):
            return math.nan
        return self._getAs(name, float, {"Bool", "Float", "Double"} | INTEGERS)

    def getAsString(self, name: str) -> str:
        """Last value, which must be a string."""
        return self._getAs(name, str, {"String"})

    def getAsPropertySetPtr(self, name: str) -> PropertySet:
        """Nested set of a name."""
        return self._getAs(name, lambda value: value, {"PropertySet"})

    def _getAs(self, name: str, kind: Any, allowed: Any) -> Any:
        return kind(self._requireKind(name, allowed).values[-1])

    def _requireKind(self, name: str, allowed: Any) -> Property:
        found = self._require(name)
        if found.kind not in allowed:
            raise LsstTypeError(f"Property {name!r} is of type {KINDS[found.kind].name()}.")
        return found
