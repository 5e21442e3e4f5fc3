# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be asked of property containers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lsst.pex.exceptions import NotFoundError

from ._property import Property
from ._typedAccess import TypedAccess
from ._types import KINDS, TypeInfo

__all__ = ["PropertyReading"]


class PropertyReading(TypedAccess):
    """Access to the names and values of a container."""

    _flat = False
    _properties: dict[str, Property]

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
        """Last value of a name, or the default if it is absent."""
        found = self._find(name)
        return default if found is None else found.values[-1]

    def getScalar(self, name: str) -> Any:
        """Last value of a name; KeyError if it is absent."""
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
        """Whether there is a property, or nested set, of a name."""
        return self._find(name) is not None

    def isArray(self, name: str) -> bool:
        """Whether a name has more than one value."""
        found = self._find(name)
        return found is not None and len(found.values) > 1

    def isUndefined(self, name: str) -> bool:
        """Whether a name is there without a value."""
        found = self._find(name)
        return found is not None and found.kind == "Undef"

    def isPropertySetPtr(self, name: str) -> bool:
        """Whether a name is that of a nested set."""
        found = self._find(name)
        return found is not None and found.kind == "PropertySet"

    def typeOf(self, name: str) -> TypeInfo:
        """Type of the values of a name."""
        return KINDS[self._require(name).kind]

    def names(self, topLevelOnly: bool = True) -> list[str]:
        """Names of properties and nested sets."""
        return [name for name, _ in self._walk(topLevelOnly)]

    def paramNames(self, topLevelOnly: bool = True) -> list[str]:
        """Names of properties that are not nested sets."""
        return [name for name, found in self._walk(topLevelOnly) if found.kind != "PropertySet"]

    def propertySetNames(self, topLevelOnly: bool = True) -> list[str]:
        """Names of nested sets."""
        return [name for name, found in self._walk(topLevelOnly) if found.kind == "PropertySet"]

    def _walk(self, topLevelOnly: bool) -> Iterator[tuple[str, Property]]:
        for name, found in self._properties.items():
            yield name, found
            if found.kind == "PropertySet" and not topLevelOnly:
                for key, nested in found.values[-1]._walk(topLevelOnly):
                    yield f"{name}.{key}", nested

    def nameCount(self, topLevelOnly: bool = True) -> int:
        """Number of names."""
        return len(self.names(topLevelOnly))

    def valueCount(self, name: str | None = None) -> int:
        """Number of values of a name, or of all names at the top."""
        if name is None:
            return sum(len(found.values) for found in self._properties.values())
        found = self._find(name)
        return 0 if found is None else len(found.values)

    def toDict(self) -> dict[str, Any]:
        """Dictionary of scalars, lists, and dictionaries for nested sets."""
        return {name: _dictValue(found) for name, found in self._properties.items()}

    def keys(self) -> list[str]:
        """Names at the top."""
        return self.names()

    def values(self) -> list[Any]:
        """Last value of each name at the top."""
        return [found.values[-1] for found in self._properties.values()]

    def items(self) -> list[tuple[str, Any]]:
        """Name and last value of each name at the top."""
        return [(name, found.values[-1]) for name, found in self._properties.items()]

    def toString(self, topLevelOnly: bool = False, indent: str = "") -> str:
        """Text with a line for each property."""
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


def _dictValue(found: Property) -> Any:
    # Of several nested sets only the last can be seen.
    return found.values[-1].toDict() if found.kind == "PropertySet" else found.plain()
