# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""The types of values that properties may have."""

from __future__ import annotations

from typing import Any

import numpy as np

from lsst.pex.exceptions import TypeError as LsstTypeError

from ._dateTime import DateTime

__all__ = ["INTEGERS", "KINDS", "TypeInfo", "convert", "guessKind"]


class TypeInfo:
    """Identifies a type of values.

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
        """Name of the type."""
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

_INTEGER_RANGES = {
    "Short": (-(2**15), 2**15 - 1),
    "Int": (-(2**31), 2**31 - 1),
    "Long": (-(2**63), 2**63 - 1),
    "LongLong": (-(2**63), 2**63 - 1),
    "UnsignedLongLong": (0, 2**64 - 1),
}

INTEGERS = frozenset(_INTEGER_RANGES)


def guessKind(value: Any, existing: str | None) -> str:
    """Kind of property that a Python value becomes.

    Parameters
    ----------
    value
        The value.
    existing
        Kind of the values that it joins, if any: integers follow it where
        they fit.
    """
    from ._propertySet import PropertySet

    if value is None:
        return "Undef"
    if isinstance(value, bool | np.bool_):
        return "Bool"
    if isinstance(value, int | np.integer):
        kinds = ([existing] if existing in _INTEGER_RANGES else []) + ["Int", "LongLong", "UnsignedLongLong"]
        for kind in kinds:
            low, high = _INTEGER_RANGES[kind]
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
    if kind in _INTEGER_RANGES:
        low, high = _INTEGER_RANGES[kind]
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
