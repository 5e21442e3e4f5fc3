# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parametrised functions of one and two variables: the base classes."""

from __future__ import annotations

__all__ = ["Function1D", "Function2D", "FunctionD"]

import copy
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from lsst.afw.table.io import Persistable
from lsst.afw.table.io._persistable import readPersistable
from lsst.pex.exceptions import InvalidParameterError

FloatArray = npt.NDArray[np.float64]


class FunctionD(Persistable):
    """A function with a fixed number of float64 parameters.

    Parameters
    ----------
    params : `int` or sequence of `float`
        Number of parameters (all zero), or their values.
    """

    def __init__(self, params: int | Sequence[float]) -> None:
        if isinstance(params, (int, np.integer)):
            self._params = np.zeros(int(params))
        else:
            self._params = np.array(params, dtype=float).reshape(-1)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(parameters={self.getParameters()})"

    def getNParameters(self) -> int:
        """Return the number of parameters."""
        return len(self._params)

    def getParameter(self, index: int) -> float:
        """Return one parameter; IndexError if there is no such one."""
        return float(self._params[self._checkIndex(index)])

    def getParameters(self) -> list[float]:
        """Return a copy of all parameters."""
        return self._params.tolist()

    def setParameter(self, index: int, value: float) -> None:
        """Set one parameter; IndexError if there is no such one."""
        self._params[self._checkIndex(index)] = value

    def setParameters(self, params: Sequence[float]) -> None:
        """Set all parameters; InvalidParameterError on a wrong number."""
        values = np.array(params, dtype=float).reshape(-1)
        if len(values) != len(self._params):
            raise InvalidParameterError(f"got {len(values)} parameters; {len(self._params)} required")
        self._params = values

    def isLinearCombination(self) -> bool:
        """Whether the function is linear in its parameters."""
        return False

    @classmethod
    def readFits(cls, fileName: str, hdu: int | None = None) -> Any:
        """Read a function from a file written by ``writeFits``."""
        return readPersistable(cls, fileName, hdu)

    def _checkIndex(self, index: int) -> int:
        if not 0 <= index < len(self._params):
            raise IndexError(f"parameter index {index} not in [0, {len(self._params)})")
        return index

    def _copy(self) -> Self:
        other = copy.copy(self)
        other._params = self._params.copy()
        return other


class Function1D(FunctionD):
    """A function of one variable."""

    def __call__(self, x: float) -> float:
        return float(self._evaluate(np.asarray(x, dtype=float)))

    def clone(self) -> Self:
        """Return an independent copy."""
        return self._copy()

    def _evaluate(self, x: FloatArray) -> FloatArray:
        """Evaluate at every element of an array."""
        raise NotImplementedError(f"{type(self).__name__} does not implement evaluation")


class Function2D(FunctionD):
    """A function of two variables."""

    def __call__(self, x: float, y: float) -> float:
        return float(self._evaluate(np.asarray(x, dtype=float), np.asarray(y, dtype=float)))

    def clone(self) -> Self:
        """Return an independent copy."""
        return self._copy()

    def _evaluate(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """Evaluate at positions given as broadcastable arrays."""
        raise NotImplementedError(f"{type(self).__name__} does not implement evaluation")

    def getDFuncDParameters(self, x: float, y: float) -> list[float]:
        """Return the derivative by each parameter, at one position.

        Only functions that are linear in their parameters have it.
        """
        raise NotImplementedError(f"{type(self).__name__} has no derivative by its parameters")


def polynomialLength(order: int) -> int:
    """Number of terms of total degree up to ``order`` in two variables."""
    if order < 0:
        raise InvalidParameterError(f"order {order} is negative")
    return (order + 1) * (order + 2) // 2


def polynomialOrder(nParameters: int) -> int:
    """Inverse of `polynomialLength`; InvalidParameterError if none."""
    order = 0
    while polynomialLength(order) < nParameters:
        order += 1
    if nParameters < 1 or polynomialLength(order) != nParameters:
        raise InvalidParameterError(f"{nParameters} is not the number of terms of a 2-d polynomial")
    return order


def parametersOrZeros(params: Any, length: Any) -> Any:
    """Parameters given as values, or as an order that implies zeros."""
    if isinstance(params, (int, np.integer)):
        if params < 0:
            raise InvalidParameterError(f"order {params} is negative")
        return length(int(params))
    if len(params) == 0:
        raise InvalidParameterError("a polynomial needs at least one parameter")
    return params
