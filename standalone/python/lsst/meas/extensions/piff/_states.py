# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Entries of the allow-list for classes whose state is a dictionary.

An object gets the attributes that its pickle lists, without a call of its
class. Attributes are refused that would stand in for a method, and for
classes whose attributes go to compiled code, values out of range.
"""

from __future__ import annotations

__all__ = ("Check", "attributes", "classOf", "isNumber", "numbersOnly", "plain", "within")


import importlib
import inspect
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from lsst.afw.table.io._unpickler import Allowed, PickleError

Check = Callable[[dict[str, Any]], None]

_MAX_NUMBER = 1e12


def classOf(module: str, name: str) -> Any:
    """Return a class of the allow-list.

    Parameters
    ----------
    module, name
        The class; only called for names that are written in the allow-list.

    Raises
    ------
    PickleError
        Raised if the installed package does not have it.
    """
    try:
        return getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as err:
        package = module.partition(".")[0]
        raise PickleError(
            f"The installed version of {package} has no {module}.{name}; install another one."
        ) from err


def plain(module: str, name: str, check: Check | None = None, *, drop: tuple[str, ...] = ()) -> Allowed:
    """Make the entry of a class whose pickles list its attributes.

    Parameters
    ----------
    module, name
        The class.
    check
        Raises for attributes that are not those of such an object.
    drop
        Attributes that are left out.
    """

    def new() -> Any:
        cls = classOf(module, name)
        return cls.__new__(cls)

    def build(obj: Any, state: Any) -> None:
        values = attributes(type(obj), state)
        for key in drop:
            values.pop(key, None)
        if check is not None:
            check(values)
        vars(obj).update(values)

    return Allowed(new=new, build=build)


def attributes(cls: type, state: Any) -> dict[str, Any]:
    """Return a copy of the attributes in a state.

    Parameters
    ----------
    cls
        Class of the object.
    state
        Its state in the pickle.

    Raises
    ------
    PickleError
        Raised if the state is something else, or an attribute stands in for
        a method or a special name.
    """
    if type(state) is not dict:
        raise PickleError(f"Its state is a {type(state).__name__}, not a list of attributes.")
    for key in state:
        if type(key) is not str or not key.isidentifier() or key.startswith("__"):
            raise PickleError(f"It has an attribute {str(key)[:40]!r}.")
        static = inspect.getattr_static(cls, key, None)
        if callable(static) or isinstance(static, property | classmethod | staticmethod):
            raise PickleError(f"Its attribute {key!r} would stand in for a method.")
    return dict(state)


def isNumber(value: Any) -> bool:
    """Return whether a value is a finite number of usual size.

    Parameters
    ----------
    value
        The value.
    """
    if type(value) not in (int, float, bool) and not isinstance(value, np.number | np.bool_):
        return False
    if isinstance(value, complex | np.complexfloating):
        return False
    return math.isfinite(value) and abs(value) <= _MAX_NUMBER


def numbersOnly(values: dict[str, Any], *others: type) -> None:
    """Check that attributes are finite numbers or `None`.

    Parameters
    ----------
    values
        The attributes.
    *others
        Classes of which they may be instead.

    Raises
    ------
    PickleError
        Raised if one is neither.
    """
    for key, value in values.items():
        if value is not None and not isNumber(value) and not isinstance(value, others):
            raise PickleError(f"Its attribute {key!r} is a {type(value).__name__} or out of range.")


def within(values: dict[str, Any], low: float, high: float, *keys: str) -> None:
    """Check that attributes, as far as there are, lie in a range.

    Parameters
    ----------
    values
        The attributes.
    low, high
        The range, ends included.
    *keys
        Names of the attributes.

    Raises
    ------
    PickleError
        Raised if one is not a number or outside.
    """
    for key in keys:
        if key in values and not (isNumber(values[key]) and low <= values[key] <= high):
            raise PickleError(f"Its attribute {key!r} is {str(values[key])[:40]}, not {low:g} to {high:g}.")
