# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Number conversions with the rules of the C++ classes."""

from __future__ import annotations

import math
import operator
from typing import Any

INT_MIN = -(2**31)
INT_MAX = 2**31 - 1


def as_int(value: Any) -> int:
    """Return an integer (never a float) as `int`.

    Raises
    ------
    TypeError
        Raised if the value is not an integer.
    """
    if type(value) is int:
        return value
    try:
        return operator.index(value)
    except TypeError:
        raise TypeError(f"An integer is required, got {value!r}.") from None


def as_float(value: Any) -> float:
    """Return a number as `float`.

    Raises
    ------
    TypeError
        Raised if the value is not a number (strings are not parsed).
    """
    if type(value) is float:
        return value
    if not (hasattr(value, "__float__") or hasattr(value, "__index__")):
        raise TypeError(f"A number is required, got {value!r}.")
    return float(value)


def truncate_to_int(value: float) -> int:
    """Convert as C++ does on x86-64: toward zero, with the most negative
    32-bit integer for values that do not fit, including NaN.

    Code that tests whether an integer position lies in a box relies on
    unmappable (NaN) positions being far outside instead of raising.
    """
    if not INT_MIN <= value < INT_MAX + 1:
        return INT_MIN
    return int(value)


def floor_to_int(value: float) -> int:
    """Round down; see `truncate_to_int` for values that do not fit."""
    return truncate_to_int(math.floor(value)) if math.isfinite(value) else INT_MIN


def ceil_to_int(value: float) -> int:
    """Round up; see `truncate_to_int` for values that do not fit."""
    return truncate_to_int(math.ceil(value)) if math.isfinite(value) else INT_MIN


def round_to_int(value: float) -> int:
    """Round to the nearest integer, halves up."""
    return floor_to_int(value + 0.5)


def divide(numerator: float, denominator: float) -> float:
    """Divide by IEEE rules: a zero denominator gives an infinity or NaN."""
    try:
        return numerator / denominator
    except ZeroDivisionError:
        if numerator == 0 or math.isnan(numerator):
            return math.nan
        return math.copysign(math.inf, numerator) * math.copysign(1.0, denominator)


def sine(angle: float) -> float:
    """Return the sine by IEEE rules: NaN for an infinity."""
    return math.sin(angle) if math.isfinite(angle) else math.nan


def cosine(angle: float) -> float:
    """Return the cosine by IEEE rules: NaN for an infinity."""
    return math.cos(angle) if math.isfinite(angle) else math.nan


def format_exact(value: float) -> str:
    """Format with 17 significant digits such that `eval` restores it."""
    if math.isfinite(value):
        return f"{value:.17g}"
    return f"float('{value}')"
