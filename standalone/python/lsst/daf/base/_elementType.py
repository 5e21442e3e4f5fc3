# This file is part of ip_diffim_template.
#
# Developed for the LSST Data Management System.
# This product includes software developed by the LSST Project
# (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution
# for the terms of the licence.
#
# This program is free software: you can redistribute it and/or modify
# it under the terms of the GNU General Public License as published by
# the Free Software Foundation, either version 3 of the License, or
# (at your option) any later version.
#
# This program is distributed in the hope that it will be useful,
# but WITHOUT ANY WARRANTY; without even the implied warranty of
# MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the
# GNU General Public License for more details.
#
# You should have received a copy of the GNU General Public License
# along with this program.  If not, see <https://www.gnu.org/licenses/>.

"""Types of the values that property containers hold."""

from __future__ import annotations

import math
import numbers
import operator
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ._dateTime import DateTime

_INT_RANGES = {
    "Short": (-(2**15), 2**15 - 1),
    "Int": (-(2**31), 2**31 - 1),
    "Long": (-(2**63), 2**63 - 1),
    "LongLong": (-(2**63), 2**63 - 1),
    "UnsignedLongLong": (0, 2**64 - 1),
}


class TypeInfo:
    """Identity of the type of a property.

    Compare with the ``TYPE_...`` attributes of `PropertySet`.
    """

    __slots__ = ("_kind", "_mangled")
    __module__ = "lsst.daf.base"

    def __init__(self, kind: str, mangled: str) -> None:
        self._kind = kind
        self._mangled = mangled

    def name(self) -> str:
        """Return the name of the C++ type, mangled."""
        return self._mangled

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, TypeInfo):
            return NotImplemented
        return self._kind == other._kind

    def __hash__(self) -> int:
        return hash(self._kind)

    def __repr__(self) -> str:
        return f"TypeInfo({self._mangled})"


TYPES = {
    kind: TypeInfo(kind, mangled)
    for kind, mangled in (
        ("Bool", "b"),
        ("Short", "s"),
        ("Int", "i"),
        ("Long", "l"),
        ("LongLong", "x"),
        ("UnsignedLongLong", "y"),
        ("Float", "f"),
        ("Double", "d"),
        ("String", "NSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE"),
        ("DateTime", "N4lsst4daf4base8DateTimeE"),
        ("PropertySet", "St10shared_ptrIN4lsst4daf4base11PropertySetEE"),
        ("Undef", "Dn"),
    )
}


def guess_kind(value: Any, existing: str | None) -> str:
    """Return the kind a Python value is stored as.

    Parameters
    ----------
    value : object
        The value; not a sequence.
    existing : `str` or `None`
        Kind of the property so far; wider integers stay wide.

    Raises
    ------
    TypeError
        Raised if values of this type cannot be stored.
    """
    if value is None:
        return "Undef"
    if isinstance(value, bool | np.bool_):
        return "Bool"
    if isinstance(value, numbers.Integral):
        return _guess_integer(int(value), existing)
    if isinstance(value, numbers.Real):
        return "Double"
    if isinstance(value, str):
        return "String"
    if isinstance(value, DateTime):
        return "DateTime"
    if isinstance(value, Mapping):
        return "PropertySet"
    raise TypeError(f"cannot store a {type(value).__name__} as a property: {value!r}")


def _guess_integer(value: int, existing: str | None) -> str:
    kinds = ["Int", "LongLong", "UnsignedLongLong"]
    if existing in _INT_RANGES:
        kinds.insert(0, existing)
    for kind in kinds:
        low, high = _INT_RANGES[kind]
        if low <= value <= high:
            return kind
    raise TypeError(f"integer {value} does not fit in 64 bits")


def _check_integer(kind: str) -> Callable[[Any], int]:
    low, high = _INT_RANGES[kind]

    def check(value: Any) -> int:
        number = operator.index(value)
        if not low <= number <= high:
            raise TypeError(f"{number} does not fit in a property of type {kind}")
        return number

    return check


def _check_bool(value: Any) -> bool:
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"a bool is required, got {value!r}")
    return bool(value)


def _check_double(value: Any) -> float:
    if not isinstance(value, numbers.Real):
        raise TypeError(f"a number is required, got {value!r}")
    return float(value)


def _check_float(value: Any) -> float:
    number = _check_double(value)
    with np.errstate(over="ignore"):
        return float(np.float32(number))


def _check_instance(kind: type) -> Callable[[Any], Any]:
    def check(value: Any) -> Any:
        if not isinstance(value, kind):
            raise TypeError(f"a {kind.__name__} is required, got {value!r}")
        return value

    return check


CHECKS: dict[str, Callable[[Any], Any]] = {
    "Bool": _check_bool,
    **{kind: _check_integer(kind) for kind in _INT_RANGES},
    "Float": _check_float,
    "Double": _check_double,
    "String": _check_instance(str),
    "DateTime": _check_instance(DateTime),
    "Undef": _check_instance(type(None)),
}


def same_value(a: Any, b: Any) -> bool:
    """Tell whether two values are equal; NaN equals NaN."""
    if isinstance(a, float) and isinstance(b, float) and math.isnan(a):
        return math.isnan(b)
    return a == b
