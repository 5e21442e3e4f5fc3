# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values of one property, their types, and the state of containers."""

from __future__ import annotations

__all__ = (
    "INTEGERS",
    "INTEGER_RANGES",
    "KINDS",
    "Property",
    "TypeInfo",
    "getPropertyListState",
    "getPropertySetState",
    "setPropertyListState",
    "setPropertySetState",
)

import dataclasses
from collections.abc import Sequence
from typing import Any

from ._dateTime import DateTime


class TypeInfo:
    """Identifier of a type of values.

    Parameters
    ----------
    name
        Name of the C++ type that the type stands for.
    """

    __module__ = "lsst.daf.base"

    def __init__(self, name: str):
        self._name = name

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TypeInfo) and self._name == other._name

    def __hash__(self) -> int:
        return hash(self._name)

    def name(self) -> str:
        """Return the name of the type."""
        return self._name

    def __repr__(self) -> str:
        return f"TypeInfo({self._name})"


KINDS = {
    kind: TypeInfo(name)
    for kind, name in (
        ("Bool", "bool"),
        ("Short", "short"),
        ("Int", "int"),
        ("Long", "long"),
        ("LongLong", "long long"),
        ("UnsignedLongLong", "unsigned long long"),
        ("Float", "float"),
        ("Double", "double"),
        ("String", "std::string"),
        ("DateTime", "lsst::daf::base::DateTime"),
        ("PropertySet", "lsst::daf::base::PropertySet"),
        ("Undef", "std::nullptr_t"),
    )
}

INTEGER_RANGES = {
    "Short": (-(2**15), 2**15 - 1),
    "Int": (-(2**31), 2**31 - 1),
    "Long": (-(2**63), 2**63 - 1),
    "LongLong": (-(2**63), 2**63 - 1),
    "UnsignedLongLong": (0, 2**64 - 1),
}

INTEGERS = frozenset(INTEGER_RANGES)


@dataclasses.dataclass
class Property:
    """Values of one kind, with a comment."""

    kind: str
    values: list[Any]
    comment: str = ""

    def same(self, other: Property) -> bool:
        """Return whether kind and values are equal; NaN equals NaN."""
        return (
            self.kind == other.kind
            and len(self.values) == len(other.values)
            and all(a == b or (a != a and b != b) for a, b in zip(self.values, other.values, strict=True))
        )

    def plain(self) -> Any:
        """Return the value, or a list if there are several."""
        return list(self.values) if len(self.values) > 1 else self.values[0]

    def text(self) -> str:
        """Return the value as text, in brackets if there are several."""
        texts = [_format(value) for value in self.values]
        return texts[0] if len(texts) == 1 else f"[ {', '.join(texts)} ]"


def _format(value: Any) -> str:
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, DateTime):
        return value.toString(DateTime.UTC)
    if isinstance(value, float):
        return f"{value:#.14g}"
    return f'"{value}"' if isinstance(value, str) else str(value)


def getPropertyListState(container: Any, asLists: bool = False) -> list[Any]:
    """Return (name, type, value, comment) for each name in a list.

    The value is a list if there are several.

    Parameters
    ----------
    container
        The list.
    asLists
        Whether items are lists rather than tuples.
    """
    made = list if asLists else tuple
    return [made((name, p.kind, p.plain(), p.comment)) for name, p in container._properties.items()]


def getPropertySetState(container: Any, asLists: bool = False) -> list[Any]:
    """Return (name, type, value) for each name in a set.

    The parameters are those of `getPropertyListState`.
    """
    return [item[:3] for item in getPropertyListState(container, asLists)]


def setPropertySetState(container: Any, state: Sequence[Any]) -> None:
    """Add the properties of a state to a set."""
    for name, kind, value, *comment in state:
        values = list(value) if isinstance(value, list | tuple) else [value]
        container._store(name, kind, values, append=False, comment=comment[0] if comment else None)


def setPropertyListState(container: Any, state: Sequence[Any]) -> None:
    """Add the properties of a state, which has comments, to a list."""
    setPropertySetState(container, state)
