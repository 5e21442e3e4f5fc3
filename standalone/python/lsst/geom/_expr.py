# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pairs of booleans, the results of element-wise comparisons."""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from typing import ClassVar

from lsst.utils.wrappers import TemplateMeta

from ._numbers import as_int


class CoordinateExpr2:
    """A mutable pair of booleans.

    Parameters
    ----------
    val : `bool`, optional
        Both elements.
    """

    __slots__ = ("_values",)
    __module__ = "lsst.geom"

    dimensions: ClassVar[int]

    def __init__(self, val: bool = False) -> None:
        self._values = [bool(val), bool(val)]

    def __getitem__(self, index: int) -> bool:
        return self._values[as_int(index)]

    def __setitem__(self, index: int, value: bool) -> None:
        self._values[as_int(index)] = bool(value)

    def __len__(self) -> int:
        return 2

    def __iter__(self) -> Iterator[bool]:
        return iter(self._values)

    def and_(self, other: CoordinateExpr2) -> CoordinateExpr2:
        """Return the element-wise conjunction."""
        return _fromValues(self[0] and other[0], self[1] and other[1])

    def or_(self, other: CoordinateExpr2) -> CoordinateExpr2:
        """Return the element-wise disjunction."""
        return _fromValues(self[0] or other[0], self[1] or other[1])

    def not_(self) -> CoordinateExpr2:
        """Return the element-wise negation."""
        return _fromValues(not self[0], not self[1])

    def __repr__(self) -> str:
        return f"CoordinateExpr2({self[0]}, {self[1]})"

    def __reduce__(self) -> tuple:
        return _fromValues, tuple(self._values)


class CoordinateExpr(metaclass=TemplateMeta):
    """Factory of boolean pairs by ``dimensions``."""

    __module__ = "lsst.geom"
    TEMPLATE_PARAMS = ("dimensions",)
    TEMPLATE_DEFAULTS = (2,)


CoordinateExpr.register(2, CoordinateExpr2)


def _fromValues(x: bool, y: bool) -> CoordinateExpr2:
    result = CoordinateExpr2()
    result[0] = x
    result[1] = y
    return result


def all(expr: CoordinateExpr2) -> bool:
    """Tell whether both elements are true."""
    return builtins.all(expr)


def any(expr: CoordinateExpr2) -> bool:
    """Tell whether an element is true."""
    return builtins.any(expr)
