# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Functions of one variable."""

from __future__ import annotations

__all__ = ["Chebyshev1Function1D", "GaussianFunction1D", "LanczosFunction1D", "PolynomialFunction1D"]

import math
from collections.abc import Sequence

import numpy as np
from numpy.polynomial import chebyshev, polynomial

from lsst.pex.exceptions import InvalidParameterError

from ._function import FloatArray, Function1D, parametersOrZeros


def lanczos(x: FloatArray, order: int) -> FloatArray:
    """Lanczos kernel, not cut off outside ``order`` lobes.

    ``sin(a)·sin(b)/(a·b)`` with ``a = π·x`` and ``b = a/order``; 1 where
    ``|a| <= 1e-5``.
    """
    a = x * math.pi
    b = a * (1.0 / order)
    near = np.abs(a) <= 1e-5
    safe = np.where(near, 1.0, a)
    return np.where(near, 1.0, np.sin(a) * np.sin(b) / (safe * np.where(near, 1.0, b)))


class GaussianFunction1D(Function1D):
    """Gaussian of unit integral; its parameter is ``sigma``.

    Parameters
    ----------
    sigma : `float`
        Standard deviation.
    """

    def __init__(self, sigma: float) -> None:
        super().__init__([sigma])

    def _evaluate(self, x: FloatArray) -> FloatArray:
        sigma = self._params[0]
        return np.exp(-(x * x) / (2.0 * sigma * sigma)) / (math.sqrt(2.0 * math.pi) * sigma)


class LanczosFunction1D(Function1D):
    """Lanczos function (see `lanczos`); its parameter is the offset.

    Parameters
    ----------
    n : `int`
        Order (number of lobes on either side).
    xOffset : `float`, optional
        Position of the peak.
    """

    def __init__(self, n: int, xOffset: float = 0.0) -> None:
        if n < 1:
            raise InvalidParameterError(f"Lanczos order {n} is not positive")
        super().__init__([xOffset])
        self._order = int(n)

    def getOrder(self) -> int:
        """Return the order."""
        return self._order

    def _evaluate(self, x: FloatArray) -> FloatArray:
        return lanczos(x - self._params[0], self._order)


class PolynomialFunction1D(Function1D):
    """Polynomial ``Σ c_i x^i``.

    Parameters
    ----------
    params : `int` or sequence of `float`
        Order (coefficients all zero), or the coefficients.
    """

    def __init__(self, params: int | Sequence[float]) -> None:
        super().__init__(parametersOrZeros(params, lambda order: order + 1))

    def getOrder(self) -> int:
        """Return the order."""
        return len(self._params) - 1

    def isLinearCombination(self) -> bool:
        """Whether the function is linear in its parameters."""
        return True

    def _evaluate(self, x: FloatArray) -> FloatArray:
        return np.asarray(polynomial.polyval(x, self._params), dtype=float)


class Chebyshev1Function1D(Function1D):
    """Chebyshev series ``Σ c_i T_i(x′)``, x′ = x mapped to [−1, 1].

    Parameters
    ----------
    params : `int` or sequence of `float`
        Order (coefficients all zero), or the coefficients.
    minX, maxX : `float`, optional
        Range that is mapped to [−1, 1]; InvalidParameterError if empty.
    """

    def __init__(self, params: int | Sequence[float], minX: float = -1, maxX: float = 1) -> None:
        if not minX < maxX:
            raise InvalidParameterError(f"minX={minX} is not less than maxX={maxX}")
        super().__init__(parametersOrZeros(params, lambda order: order + 1))
        self._minX, self._maxX = float(minX), float(maxX)

    def getMinX(self) -> float:
        """Return the position mapped to −1."""
        return self._minX

    def getMaxX(self) -> float:
        """Return the position mapped to 1."""
        return self._maxX

    def getOrder(self) -> int:
        """Return the order."""
        return len(self._params) - 1

    def isLinearCombination(self) -> bool:
        """Whether the function is linear in its parameters."""
        return True

    def _evaluate(self, x: FloatArray) -> FloatArray:
        scaled = (x - 0.5 * (self._minX + self._maxX)) * (2.0 / (self._maxX - self._minX))
        return np.asarray(chebyshev.chebval(scaled, self._params), dtype=float)
