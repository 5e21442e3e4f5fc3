# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sets of named, typed, possibly multiple values."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any

import numpy as np

from lsst.pex.exceptions import InvalidParameterError
from lsst.pex.exceptions import TypeError as LsstTypeError

from ._property import Property
from ._propertyReading import PropertyReading
from ._state import getPropertySetState, restoreSet
from ._types import INTEGERS, KINDS, convert, guessKind

__all__ = ["PropertySet"]


class PropertySet(PropertyReading):
    """A hierarchical set of properties.

    A name with dots leads through nested sets. Values of one name are all
    of one type; methods that give a scalar give the last of several.

    Parameters
    ----------
    flat
        Whether dots in names mean nothing.
    """

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
        """Set that holds, or is to hold, a name; and the name in it."""
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
        """Set all names of another set, or items of a mapping, here."""
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
        """Copy of the set and all sets in it."""
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
            What to return if there is no such name, unless it is `None`.

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
        """Nested set as a dictionary; empty if absent."""
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
        return restoreSet, (type(self), self._flat, getPropertySetState(self))


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


PropertySet.__module__ = "lsst.daf.base"
MutableMapping.register(PropertySet)
