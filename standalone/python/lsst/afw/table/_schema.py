# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Schemas, their aliases, and the mapping between two of them."""

from __future__ import annotations

__all__ = ("AliasMap", "Schema", "SchemaMapper", "SubSchema")

import fnmatch
import functools
import re
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import numpy as np

from ._keys import FIELD_CLASSES, KEY_CLASSES, _Field, _Key, _SchemaItem, findType

# Flags share blocks of this many bits in the layout of a record.
_FLAG_BITS = 64


class AliasMap:
    """Aliases of fields, or of prefixes of field names.

    Parameters
    ----------
    other
        Map to copy.
    """

    def __init__(self, other: AliasMap | None = None) -> None:
        self._map: dict[str, str] = {} if other is None else dict(other._map)

    def apply(self, name: str) -> str:
        """Return the name of the field that ``name`` stands for.

        The longest alias that is the name, or its beginning up to a ``_``, is
        replaced, and so on until none applies; an endless chain is cut after
        as many steps as there are aliases.
        """
        for _ in range(len(self._map)):
            matches = [alias for alias in self._map if name == alias or name.startswith(alias + "_")]
            if not matches:
                break
            alias = max(matches, key=len)
            name = self._map[alias] + name[len(alias) :]
        return name

    def get(self, alias: str) -> str:
        """Return the target of an alias, or the name itself if not found."""
        return self._map.get(alias, alias)

    def set(self, alias: str, target: str) -> None:
        """Add or replace an alias."""
        self._map[alias] = target

    __setitem__ = set

    def erase(self, alias: str) -> bool:
        """Remove an alias; return whether there was one."""
        return self._map.pop(alias, None) is not None

    def empty(self) -> bool:
        return not self._map

    def contains(self, other: AliasMap) -> bool:
        """Return whether all aliases of the other map are in this one."""
        return other._map.items() <= self._map.items()

    def keys(self) -> list[str]:
        return sorted(self._map)

    def values(self) -> list[str]:
        return [self._map[key] for key in self.keys()]

    def items(self) -> Iterator[tuple[str, str]]:
        return iter([(key, self._map[key]) for key in self.keys()])

    def __getitem__(self, alias: str) -> str:
        return self._map[alias]

    def __delitem__(self, alias: str) -> None:
        del self._map[alias]

    def __len__(self) -> int:
        return len(self._map)

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AliasMap) and other._map == self._map

    __hash__ = None  # type: ignore[assignment]


class Schema:
    """The ordered fields of a table.

    Parameters
    ----------
    other
        Schema to copy; its alias map is shared, as in the copied schema.
    """

    EQUAL_KEYS: ClassVar[int] = 1
    EQUAL_NAMES: ClassVar[int] = 2
    EQUAL_DOCS: ClassVar[int] = 4
    EQUAL_UNITS: ClassVar[int] = 8
    EQUAL_FIELDS: ClassVar[int] = 14
    EQUAL_ALIASES: ClassVar[int] = 16
    IDENTICAL: ClassVar[int] = 31
    VERSION: ClassVar[int] = 3

    def __init__(self, other: Schema | None = None) -> None:
        self._items: list[_SchemaItem] = [] if other is None else list(other._items)
        self._byName: dict[str, int] = {} if other is None else dict(other._byName)
        self._aliases: AliasMap = AliasMap() if other is None else other._aliases
        self._size: int = 0 if other is None else other._size
        self._flagBits: int = 0 if other is None else other._flagBits
        self._flagOffset: int = -1 if other is None else other._flagOffset

    def addField(
        self,
        field: str | _Field,
        type: Any = None,
        doc: str = "",
        units: str = "",
        size: int | None = None,
        doReplace: bool = False,
        parse_strict: str = "raise",
    ) -> _Key:
        """Append a field.

        Parameters
        ----------
        field
            Name of the field, or a complete field object.
        type
            Type string such as ``"D"``, or a Python or numpy type.
        doc, units
            Documentation and units.
        size
            Length of a string (bytes) or array; 0 for a variable length.
        doReplace
            Whether to replace name, documentation and units of a field of this
            name and type instead of raising.
        parse_strict
            Accepted for compatibility; units are not parsed.

        Returns
        -------
        key
            Key of the new field.

        Raises
        ------
        TypeError
            Raised if the type is unknown, or the size missing or superfluous.
        ValueError
            Raised if there is such a field already.
        """
        if isinstance(field, str):
            field = FIELD_CLASSES[findType(type).name](field, doc, units, size)
        if field.getName() in self._byName:
            return self._replaceField(field, doReplace)
        key = KEY_CLASSES[field.getTypeString()]._make(len(self._items), self._allocate(field), field._size)
        self._byName[field.getName()] = len(self._items)
        self._items.append(_SchemaItem(key, field))
        self.__dict__.pop("_dtype", None)
        return key

    def _replaceField(self, field: _Field, doReplace: bool) -> _Key:
        index = self._byName[field.getName()]
        old = self._items[index]
        same = old.field.getTypeString() == field.getTypeString() and old.field._size == field._size
        if not doReplace or not same:
            raise ValueError(f"Field {field.getName()!r} is already in the schema as {old.field!r}.")
        self._items[index] = _SchemaItem(old.key, field)
        return old.key

    def _allocate(self, field: _Field) -> int:
        """Reserve space in a record by the layout rules of the format."""
        kind = field._type
        if kind.name == "Flag":
            if self._flagBits % _FLAG_BITS == 0:
                self._flagOffset = self._reserve(8, 8)
            self._flagBits += 1
            return self._flagOffset
        if kind.hasSize and field._size == 0:
            return self._reserve(16, 8)
        width = 1 if kind.name == "String" else np.dtype(kind.scalar).itemsize
        return self._reserve(width * field._size, width)

    def _reserve(self, nBytes: int, alignment: int) -> int:
        offset = -(-self._size // alignment) * alignment
        self._size = offset + nBytes
        return offset

    @functools.cached_property
    def _dtype(self) -> np.dtype:
        """Storage of a record: one numpy field per schema field."""
        return np.dtype(
            [(f"f{i}", item.field._type.dtype(item.field._size)) for i, item in enumerate(self._items)]
        )

    def find(self, key: str | _Key) -> _SchemaItem:
        """Return the field and key of a name (or alias), or of a key.

        Raises
        ------
        KeyError
            Raised if there is no such field.
        """
        if isinstance(key, _Key):
            if not 0 <= key._index < len(self._items) or self._items[key._index].key != key:
                raise KeyError(f"{key!r} is not a key of this schema.")
            return self._items[key._index]
        index = self._byName.get(self._aliases.apply(key))
        if index is None:
            raise KeyError(f"Field with name {key!r} not found; the schema has {self.getOrderedNames()}.")
        return self._items[index]

    def _asKey(self, key: str | _Key) -> _Key:
        return key if isinstance(key, _Key) else self.find(key).key

    def getNames(self, topOnly: bool = False) -> set[str]:
        """Return all names, or only their parts before the first ``_``."""
        return {name.split("_")[0] if topOnly else name for name in self._byName}

    def getOrderedNames(self) -> list[str]:
        """Return the names of all fields in schema order."""
        return list(self._byName)

    def getFieldCount(self) -> int:
        return len(self._items)

    def getFlagFieldCount(self) -> int:
        return sum(item.field._type.name == "Flag" for item in self._items)

    def getNonFlagFieldCount(self) -> int:
        return self.getFieldCount() - self.getFlagFieldCount()

    def getRecordSize(self) -> int:
        """Return the size of a record in the format's layout, in bytes."""
        return self._size

    def getAliasMap(self) -> AliasMap:
        return self._aliases

    def setAliasMap(self, aliases: AliasMap) -> None:
        self._aliases = aliases

    def disconnectAliases(self) -> None:
        """Give the schema a copy of its alias map."""
        self._aliases = AliasMap(self._aliases)

    def join(self, *names: str) -> str:
        """Join parts of a field name."""
        return "_".join(names)

    def forEach(self, function: Callable[[_SchemaItem], Any]) -> None:
        """Call a function with every item in order."""
        for item in self._items:
            function(item)

    def extract(self, *patterns: str, regex: str | re.Pattern | None = None) -> dict[str, _SchemaItem]:
        """Return items whose names match a glob pattern or expression."""
        return {name: self.find(name) for name in selectNames(self._byName, patterns, regex)}

    def compare(self, other: Schema, flags: int = EQUAL_KEYS) -> int:
        """Return which of the requested aspects agree, as a bitwise OR."""
        if len(self._items) != len(other._items):
            return 0
        return self.contains(other, flags)

    def contains(self, other: Schema, flags: int = EQUAL_KEYS) -> int:
        """Compare the first fields of this schema, as by `compare`."""
        if len(self._items) < len(other._items):
            return 0
        result = 0
        for flag, aspect in (
            (Schema.EQUAL_KEYS, lambda item: item.key),
            (Schema.EQUAL_NAMES, lambda item: item.field.getName()),
            (Schema.EQUAL_DOCS, lambda item: item.field.getDoc()),
            (Schema.EQUAL_UNITS, lambda item: item.field.getUnits()),
        ):
            if all(aspect(a) == aspect(b) for a, b in zip(self._items, other._items, strict=False)):
                result |= flag
        if self._aliases.contains(other._aliases):
            result |= Schema.EQUAL_ALIASES
        return result & flags

    def __getitem__(self, name: str) -> SubSchema:
        return SubSchema(self, name)

    def __contains__(self, key: str | _Key) -> bool:
        try:
            self.find(key)
        except KeyError:
            return False
        return True

    def __iter__(self) -> Iterator[_SchemaItem]:
        return iter(list(self._items))

    def __len__(self) -> int:
        return len(self._items)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Schema) and bool(self.compare(other))

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return "Schema(\n" + "".join(f"    {item.field!r},\n" for item in self._items) + ")"


class SubSchema:
    """The fields of a schema whose names begin with a prefix.

    Parameters
    ----------
    schema
        The whole schema.
    prefix
        Prefix, without the ``_`` that follows it.
    """

    def __init__(self, schema: Schema, prefix: str) -> None:
        self._schema = schema
        self._prefix = prefix

    def getPrefix(self) -> str:
        return self._prefix

    def getNames(self, topOnly: bool = False) -> set[str]:
        """Return the names after the prefix."""
        start = self._prefix + "_"
        names = {name.removeprefix(start) for name in self._schema.getNames() if name.startswith(start)}
        return {name.split("_")[0] for name in names} if topOnly else names

    def find(self, name: str) -> _SchemaItem:
        """Return the item of the field called prefix, ``_``, ``name``."""
        return self._schema.find(f"{self._prefix}_{name}")

    def asField(self) -> _Field:
        """Return the field whose name is the prefix itself."""
        return self._schema.find(self._prefix).field

    def asKey(self) -> _Key:
        """Return the key of the field whose name is the prefix itself."""
        return self._schema.find(self._prefix).key

    def __getitem__(self, name: str) -> SubSchema:
        return SubSchema(self._schema, f"{self._prefix}_{name}")


class SchemaMapper:
    """Correspondence between the fields of two schemas.

    Parameters
    ----------
    input
        Schema that records are copied from.
    output
        Schema that records are copied to; empty by default.
    shareAliasMap
        Whether the output schema takes over the aliases of the input.
    """

    def __init__(
        self, input: Schema | None = None, output: Schema | None = None, shareAliasMap: bool = False
    ) -> None:
        self._input = Schema(input)
        self._output = Schema(output)
        if shareAliasMap:
            self._output.setAliasMap(self._input.getAliasMap())
        self._pairs: dict[_Key, _Key] = {}

    def getInputSchema(self) -> Schema:
        return self._input

    def getOutputSchema(self) -> Schema:
        return self._output

    def editOutputSchema(self) -> Schema:
        """Return the output schema, to be changed in place."""
        return self._output

    def addMapping(self, input: _Key, output: str | _Field | None = None, doReplace: bool = True) -> _Key:
        """Map a field, adding it to the output schema if it is not there.

        Parameters
        ----------
        input
            Key in the input schema.
        output
            Name or field in the output schema; that of the input by default.
        doReplace
            Whether an output field of that name may be reused.

        Returns
        -------
        key
            Key in the output schema.
        """
        field = self._input.find(input).field
        if isinstance(output, str):
            field = field.copyRenamed(output)
        elif output is not None:
            field = output
        key = self._output.addField(field, doReplace=doReplace)
        self._pairs[input] = key
        return key

    def addOutputField(self, field: str | _Field, *args: Any, **kwargs: Any) -> _Key:
        """Add a field to the output schema that nothing is mapped to.

        Parameters
        ----------
        field, *args, **kwargs
            As for `Schema.addField`.
        """
        return self._output.addField(field, *args, **kwargs)

    def addMinimalSchema(self, minimal: Schema, doMap: bool = True) -> None:
        """Add all fields of a schema, mapping those the input has.

        The fields must be the first ones of the output.
        """
        for item in minimal:
            key = self._output.addField(item.field)
            if doMap:
                self._pairs[self._input.find(item.field.getName()).key] = key

    def isMapped(self, key: _Key) -> bool:
        return key in self._pairs

    def getMapping(self, key: _Key) -> _Key:
        """Return the output key of an input key.

        Raises
        ------
        KeyError
            Raised if the field is not mapped.
        """
        return self._pairs[key]

    def _iterPairs(self) -> list[tuple[_Key, _Key]]:
        return list(self._pairs.items())


def selectNames(names: Any, patterns: tuple[str, ...], regex: str | re.Pattern | None) -> list[str]:
    """Return names that match a glob pattern or regular expression."""
    expression = None if regex is None else re.compile(regex)
    return [
        name
        for name in names
        if any(fnmatch.fnmatchcase(name, p) for p in patterns)
        or (expression is not None and expression.match(name))
    ]
