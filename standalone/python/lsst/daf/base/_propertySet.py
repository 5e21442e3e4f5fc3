# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sets of named, typed, possibly multiple values."""

from __future__ import annotations

__all__ = ("PropertySet",)

import dataclasses
import math
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lsst.pex.exceptions import InvalidParameterError, NotFoundError
from lsst.pex.exceptions import TypeError as LsstTypeError

from ._dateTime import DateTime
from ._property import (
    INTEGER_RANGES,
    INTEGERS,
    KINDS,
    Property,
    TypeInfo,
    getPropertySetState,
    setPropertySetState,
)


def _setter(kind: str, append: bool = False) -> Callable[..., None]:
    def method(self: Any, name: str, value: Any, comment: str | None = None) -> None:
        many = isinstance(value, Sequence | np.ndarray) and not isinstance(value, str)
        values = list(value) if many else [value]
        self._store(name, kind, values, append=append, comment=comment)

    what = "Append a value, or values," if append else "Set a name to a value, or values,"
    method.__doc__ = f"{what} of type ``{KINDS[kind].name()}``."
    return method


def _getter(kind: str) -> Callable[..., Any]:
    def method(self: Any, name: str, *defaultValue: Any) -> Any:
        if defaultValue and not self.exists(name):
            return convert(kind, defaultValue[0])
        return self._requireKind(name, {kind}).values[-1]

    method.__doc__ = f"Return the last value of a name, which must be of type ``{KINDS[kind].name()}``."
    return method


def _arrayGetter(kind: str) -> Callable[..., list[Any]]:
    def method(self: Any, name: str) -> list[Any]:
        return list(self._requireKind(name, {kind}).values)

    method.__doc__ = f"Return all values of a name, which must be of type ``{KINDS[kind].name()}``."
    return method


class PropertySet:
    """A hierarchical set of properties.

    A name with dots leads through nested sets. All values of a name have the
    same type; methods that return a scalar return the last of several.

    Parameters
    ----------
    flat
        Whether dots in names are ordinary characters.
    """

    TYPE_Bool = KINDS["Bool"]
    TYPE_DateTime = KINDS["DateTime"]
    TYPE_Double = KINDS["Double"]
    TYPE_Float = KINDS["Float"]
    TYPE_Int = KINDS["Int"]
    TYPE_Long = KINDS["Long"]
    TYPE_LongLong = KINDS["LongLong"]
    TYPE_PropertySet = KINDS["PropertySet"]
    TYPE_Short = KINDS["Short"]
    TYPE_String = KINDS["String"]
    TYPE_Undef = KINDS["Undef"]
    TYPE_UnsignedLongLong = KINDS["UnsignedLongLong"]

    _flat = False
    _properties: dict[str, Property]

    if TYPE_CHECKING:
        # Methods for each type are added below.
        def __getattr__(self, name: str) -> Any: ...

    def __init__(self, flat: bool = False):
        self._flat = self._flat or flat
        self._properties = {}

    @classmethod
    def from_mapping(cls, metadata: Any) -> PropertySet:
        """Make a set of the items of a mapping, or the fields of an object.

        Parameters
        ----------
        metadata
            Mapping, or an instance of a dataclass or of a class made by
            ``attrs``.

        Raises
        ------
        ValueError
            Raised if ``metadata`` is something else.
        """
        made = cls()
        made.update(_asMapping(metadata))
        return made

    def _holder(self, name: str) -> tuple[PropertySet, str]:
        """Return the set that holds a name, and the name in it."""
        first, _, rest = name.partition(".")
        if self._flat or not rest:
            return self, name
        nested = self._properties.setdefault(first, Property("PropertySet", [PropertySet()]))
        if nested.kind != "PropertySet":
            raise InvalidParameterError(f"Property {first!r} is not a set: {name!r} cannot be stored.")
        return nested.values[-1]._holder(rest)

    def _store(self, name: str, kind: str, values: list[Any], append: bool, comment: str | None) -> None:
        if not values:
            return
        values = [convert(kind, value) for value in values]
        if kind == "PropertySet":
            if self._flat:
                self._spreadOut(name, values[-1], append)
                return
            self._forbidCycle(name, values)
        holder, key = self._holder(name)
        existing = holder._properties.get(key)
        if existing is None:
            holder._properties[key] = Property(kind, values, comment or "")
            return
        if append:
            if existing.kind != kind:
                raise LsstTypeError(
                    f"Property {name!r} has values of type {KINDS[existing.kind].name()}; "
                    f"one of type {KINDS[kind].name()} cannot be added."
                )
            values = existing.values + values
        existing.kind, existing.values = kind, values
        if comment is not None:
            existing.comment = comment

    def _spreadOut(self, name: str, nested: PropertySet, append: bool) -> None:
        """Store the contents of a nested set under names with dots."""
        for key in nested.paramNames(topLevelOnly=False):
            found = nested._require(key)
            self._store(f"{name}.{key}", found.kind, found.values, append, found.comment or None)

    def _forbidCycle(self, name: str, sets: list[PropertySet]) -> None:
        for nested in sets:
            if nested is self or any(
                value is self
                for _, found in nested._walk(topLevelOnly=False)
                if found.kind == "PropertySet"
                for value in found.values
            ):
                raise InvalidParameterError(f"Property {name!r} would contain itself.")

    def _storeGuessed(self, name: str, value: Any, append: bool, comment: str | None = None) -> None:
        if isinstance(value, Mapping) and not isinstance(value, PropertySet):
            value = PropertySet.from_mapping(value)
        single = isinstance(value, str | bytes | PropertySet) or not isinstance(value, Sequence | np.ndarray)
        values = [value] if single else list(value)
        if not values:
            return
        existing = self._find(name)
        kinds = [guessKind(v, existing.kind if existing else None) for v in values]
        # The widest integer that occurs holds the others.
        integers = INTEGERS.issuperset(kinds)
        kind = max(kinds, key=list(KINDS).index) if integers else kinds[0]
        try:
            self._store(name, kind, values, append, comment)
        except LsstTypeError:
            raise
        except TypeError as err:
            raise LsstTypeError(f"Property {name!r} cannot have all of the values {values!r}: {err}") from err

    def set(self, name: str, value: Any) -> None:
        """Set a name to a value, or to a sequence of values."""
        self._storeGuessed(name, value, append=False)

    def add(self, name: str, value: Any) -> None:
        """Append a value, or a sequence of values, to those of a name."""
        self._storeGuessed(name, value, append=True)

    def update(self, addition: PropertySet | Mapping[str, Any]) -> None:
        """Set all names of another set, or all items of a mapping, here."""
        if isinstance(addition, PropertySet):
            for name in addition.names():
                self.copy(name, addition, name)
        else:
            for name, value in addition.items():
                self.set(name, value)

    def combine(self, source: PropertySet) -> None:
        """Append all values of another set to those of the same names."""
        for name in source.paramNames(topLevelOnly=False):
            found = source._require(name)
            self._store(name, found.kind, found.values, append=True, comment=found.comment or None)

    def copy(self, dest: str, source: PropertySet, name: str, asScalar: bool = False) -> None:
        """Set a name here to the values of a name in another set.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if the other set has no such name.
        """
        found = source._find(name)
        if found is None:
            raise InvalidParameterError(f"{name!r} is not in the source.")
        values = found.values[-1:] if asScalar else found.values
        self._store(dest, found.kind, values, append=False, comment=found.comment or None)

    def deepCopy(self) -> PropertySet:
        """Return a copy of the set and all sets in it."""
        made = type(self)()
        made._flat = self._flat
        for name, found in self._properties.items():
            values = [v.deepCopy() if found.kind == "PropertySet" else v for v in found.values]
            made._properties[name] = dataclasses.replace(found, values=values)
        return made

    def remove(self, name: str) -> None:
        """Remove a name; nothing happens if it is absent."""
        if self._find(name) is not None:
            holder, key = self._holder(name)
            del holder._properties[key]

    def pop(self, name: str, default: Any = None) -> Any:
        """Remove a name and return its last value.

        Parameters
        ----------
        name
            Name to remove.
        default
            Value returned if there is no such name, unless it is `None`.

        Raises
        ------
        KeyError
            Raised if there is no such name, and no default.
        """
        found = self._find(name)
        if found is None:
            if default is None:
                raise KeyError(f"{name} not found")
            return default
        self.remove(name)
        return found.values[-1]

    def get_dict(self, key: str) -> Mapping[str, Any]:
        """Return a nested set as a dictionary; empty if absent."""
        value = self.get(key)
        return {} if value is None else value.toDict()

    def set_dict(self, key: str, value: Mapping[str, Any]) -> None:
        """Set a name to a set made of a mapping."""
        self.set(key, PropertySet.from_mapping(value))

    def __setitem__(self, name: str, value: Any) -> None:
        self.set(name, value)

    def __delitem__(self, name: str) -> None:
        self._lookUp(name)
        self.remove(name)

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._properties.keys() == other._properties.keys() and all(
            found.same(other._properties[name]) for name, found in self._properties.items()
        )

    __hash__ = None  # type: ignore[assignment]

    def __copy__(self) -> PropertySet:
        made = type(self)()
        made._flat = self._flat
        made._properties = {
            k: dataclasses.replace(v, values=list(v.values)) for k, v in self._properties.items()
        }
        return made

    def __deepcopy__(self, memo: dict[int, Any]) -> PropertySet:
        return self.deepCopy()

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._flat,), getPropertySetState(self)

    __setstate__ = setPropertySetState

    def _find(self, name: str) -> Property | None:
        if name in self._properties or self._flat:
            return self._properties.get(name)
        first, _, rest = name.partition(".")
        nested = self._properties.get(first)
        if not rest or nested is None or nested.kind != "PropertySet":
            return None
        return nested.values[-1]._find(rest)

    def _require(self, name: str) -> Property:
        found = self._find(name)
        if found is None:
            raise NotFoundError(f"There is no property {name!r}.")
        return found

    def get(self, name: str, default: Any = None) -> Any:
        """Return the last value of a name, or the default if it is absent."""
        found = self._find(name)
        return default if found is None else found.values[-1]

    def getScalar(self, name: str) -> Any:
        """Return the last value of a name; KeyError if it is absent."""
        return self._lookUp(name).values[-1]

    def getArray(self, name: str) -> Any:
        """Return all values of a name as a list; KeyError if it is absent.

        A nested set is returned itself, the last one if there are several.
        """
        found = self._lookUp(name)
        return found.values[-1] if found.kind == "PropertySet" else list(found.values)

    def _lookUp(self, name: str) -> Property:
        found = self._find(name)
        if found is None:
            raise KeyError(f"{name} not found")
        return found

    def exists(self, name: str) -> bool:
        """Return whether there is a property, or nested set, of a name."""
        return self._find(name) is not None

    def isArray(self, name: str) -> bool:
        """Return whether a name has more than one value."""
        found = self._find(name)
        return found is not None and len(found.values) > 1

    def isUndefined(self, name: str) -> bool:
        """Return whether a name exists without a value."""
        found = self._find(name)
        return found is not None and found.kind == "Undef"

    def isPropertySetPtr(self, name: str) -> bool:
        """Return whether a name is that of a nested set."""
        found = self._find(name)
        return found is not None and found.kind == "PropertySet"

    def typeOf(self, name: str) -> TypeInfo:
        """Return the type of the values of a name."""
        return KINDS[self._require(name).kind]

    def names(self, topLevelOnly: bool = True) -> list[str]:
        """Return the names of properties and nested sets."""
        return [name for name, _ in self._walk(topLevelOnly)]

    def paramNames(self, topLevelOnly: bool = True) -> list[str]:
        """Return the names of properties that are not nested sets."""
        return [name for name, found in self._walk(topLevelOnly) if found.kind != "PropertySet"]

    def propertySetNames(self, topLevelOnly: bool = True) -> list[str]:
        """Return the names of nested sets."""
        return [name for name, found in self._walk(topLevelOnly) if found.kind == "PropertySet"]

    def _walk(self, topLevelOnly: bool) -> Iterator[tuple[str, Property]]:
        for name, found in self._properties.items():
            yield name, found
            if found.kind == "PropertySet" and not topLevelOnly:
                for key, nested in found.values[-1]._walk(topLevelOnly):
                    yield f"{name}.{key}", nested

    def nameCount(self, topLevelOnly: bool = True) -> int:
        """Return the number of names."""
        return len(self.names(topLevelOnly))

    def valueCount(self, name: str | None = None) -> int:
        """Return the number of values of a name, or of all at the top."""
        if name is None:
            return sum(len(found.values) for found in self._properties.values())
        found = self._find(name)
        return 0 if found is None else len(found.values)

    def toDict(self) -> dict[str, Any]:
        """Return a dictionary of scalars, lists, and nested dictionaries."""
        return {name: _dictValue(found) for name, found in self._properties.items()}

    def keys(self) -> list[str]:
        """Return the names at the top."""
        return self.names()

    def values(self) -> list[Any]:
        """Return the last value of each name at the top."""
        return [found.values[-1] for found in self._properties.values()]

    def items(self) -> list[tuple[str, Any]]:
        """Return the name and last value of each name at the top."""
        return [(name, found.values[-1]) for name, found in self._properties.items()]

    def toString(self, topLevelOnly: bool = False, indent: str = "") -> str:
        """Return a line of text for each property."""
        lines = []
        for name, found in sorted(self._properties.items()):
            if found.kind == "PropertySet":
                inner = (
                    "{ ... }" if topLevelOnly else f"{{\n{found.values[-1].toString(False, indent + '..')}}}"
                )
                lines.append(f"{indent}{name} = {inner}\n")
            else:
                lines.append(f"{indent}{name} = {found.text()}\n")
        return "".join(lines)

    def __getitem__(self, name: str) -> Any:
        return self.getScalar(name)

    def __contains__(self, name: object) -> bool:
        # Names in nested sets do not count, consistent with iteration.
        return name in self._properties

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())

    def __len__(self) -> int:
        return self.nameCount()

    def __str__(self) -> str:
        return self.toString()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.toDict()!r})"

    def getAsBool(self, name: str) -> bool:
        """Return the last value, which must be boolean."""
        return self._getAs(name, bool, {"Bool"})

    def getAsInt(self, name: str) -> int:
        """Return the last value: boolean or an integer of 32 bits."""
        return self._getAs(name, int, {"Bool", "Short", "Int"})

    def getAsInt64(self, name: str) -> int:
        """Return the last value: boolean or a signed integer."""
        return self._getAs(name, int, {"Bool", "Short", "Int", "Long", "LongLong"})

    def getAsUInt64(self, name: str) -> int:
        """Return the last value: boolean or an unsigned integer."""
        return self._getAs(name, int, {"Bool", "UnsignedLongLong"})

    def getAsDouble(self, name: str) -> float:
        """Return the last value: a number, or NaN if it is undefined."""
        if self.isUndefined(name):
            return math.nan
        return self._getAs(name, float, {"Bool", "Float", "Double"} | INTEGERS)

    def getAsString(self, name: str) -> str:
        """Return the last value, which must be a string."""
        return self._getAs(name, str, {"String"})

    def getAsPropertySetPtr(self, name: str) -> PropertySet:
        """Return the last value, which must be a nested set."""
        return self._getAs(name, lambda value: value, {"PropertySet"})

    def _getAs(self, name: str, kind: Any, allowed: Any) -> Any:
        return kind(self._requireKind(name, allowed).values[-1])

    def _requireKind(self, name: str, allowed: Any) -> Property:
        found = self._require(name)
        if found.kind not in allowed:
            raise LsstTypeError(f"Property {name!r} is of type {KINDS[found.kind].name()}.")
        return found


def _dictValue(found: Property) -> Any:
    # Of several nested sets, only the last is visible.
    return found.values[-1].toDict() if found.kind == "PropertySet" else found.plain()


def guessKind(value: Any, existing: str | None) -> str:
    """Return the kind of property that a Python value becomes.

    Parameters
    ----------
    value
        The value.
    existing
        Kind of the values that it joins, if any; integers take that kind if
        they fit.
    """
    if value is None:
        return "Undef"
    if isinstance(value, bool | np.bool_):
        return "Bool"
    if isinstance(value, int | np.integer):
        kinds = ([existing] if existing in INTEGER_RANGES else []) + ["Int", "LongLong", "UnsignedLongLong"]
        for kind in kinds:
            low, high = INTEGER_RANGES[kind]
            if low <= value <= high:
                return kind
        raise RuntimeError(f"Integer {value} does not fit 64 bits.")
    for kind, types in (
        ("Double", (float, np.floating)),
        ("String", (str,)),
        ("DateTime", (DateTime,)),
        ("PropertySet", (PropertySet,)),
    ):
        if isinstance(value, types):
            return kind
    raise LsstTypeError(f"A property cannot hold {value!r} of type {type(value).__name__}.")


def convert(kind: str, value: Any) -> Any:
    """Convert a value to the Python type of a kind of property.

    Raises
    ------
    TypeError
        Raised if the value is not of that kind.
    """
    if kind in INTEGER_RANGES:
        low, high = INTEGER_RANGES[kind]
        if not isinstance(value, int | np.integer) or not low <= value <= high:
            raise TypeError(f"{value!r} is not a value of type {KINDS[kind].name()}.")
        return int(value)
    if kind in ("Float", "Double"):
        if not isinstance(value, int | float | np.integer | np.floating):
            raise TypeError(f"{value!r} is not a value of type {KINDS[kind].name()}.")
        return float(np.float32(value)) if kind == "Float" else float(value)
    if guessKind(value, None) != kind:
        raise TypeError(f"{value!r} is not a value of type {KINDS[kind].name()}.")
    return bool(value) if kind == "Bool" else value


def _asMapping(metadata: Any) -> Mapping[str, Any] | PropertySet:
    """Return an object's items or fields by name."""
    if isinstance(metadata, Mapping | PropertySet):
        return metadata
    if dataclasses.is_dataclass(metadata) and not isinstance(metadata, type):
        return dataclasses.asdict(metadata)
    if hasattr(type(metadata), "__attrs_attrs__"):
        import attrs

        return attrs.asdict(metadata)
    raise ValueError(f"A {type(metadata).__name__} is neither a mapping nor a record with named fields.")


for _kind in KINDS:
    setattr(PropertySet, f"set{_kind}", _setter(_kind))
    setattr(PropertySet, f"add{_kind}", _setter(_kind, append=True))
    setattr(PropertySet, f"get{_kind}", _getter(_kind))
    setattr(PropertySet, f"getArray{_kind}", _arrayGetter(_kind))
del _kind

PropertySet.__module__ = "lsst.daf.base"
MutableMapping.register(PropertySet)
