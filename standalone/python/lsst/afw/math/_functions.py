# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Parametrized functions of one and two variables."""

from __future__ import annotations

__all__ = (
    "BasePolynomialFunction2D",
    "Chebyshev1Function2D",
    "DoubleGaussianFunction2D",
    "Function1D",
    "Function2D",
    "FunctionD",
    "GaussianFunction1D",
    "GaussianFunction2D",
    "LanczosFunction1D",
    "PolynomialFunction2D",
)

import copy
import math
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

import lsst.geom
from lsst.afw.table.io import Persistable
from lsst.afw.table.io._persistable import Fields, readPersistable, register
from lsst.pex.exceptions import InvalidParameterError

FloatArray = npt.NDArray[np.float64]


class FunctionD(Persistable):
    """A function with a fixed number of float64 parameters.

    Parameters
    ----------
    params
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
        """Return one parameter; raise IndexError if it does not exist."""
        return float(self._params[self._checkIndex(index)])

    def getParameters(self) -> list[float]:
        """Return a copy of all parameters."""
        return self._params.tolist()

    def setParameter(self, index: int, value: float) -> None:
        """Set one parameter; raise IndexError if it does not exist."""
        self._params[self._checkIndex(index)] = value

    def setParameters(self, params: Sequence[float]) -> None:
        """Set all parameters.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if their number is wrong.
        """
        values = np.array(params, dtype=float).reshape(-1)
        if len(values) != len(self._params):
            raise InvalidParameterError(f"Got {len(values)} parameters; {len(self._params)} required.")
        self._params = values

    @classmethod
    def readFits(cls, fileName: str, hdu: int | None = None) -> Any:
        """Read a function from a file written by ``writeFits``."""
        return readPersistable(cls, fileName, hdu)

    def _checkIndex(self, index: int) -> int:
        if not 0 <= index < len(self._params):
            raise IndexError(f"Parameter index {index} not in [0, {len(self._params)}).")
        return index

    def _copy(self) -> Self:
        """Return an independent copy."""
        other = copy.copy(self)
        other._params = self._params.copy()
        return other


class Function1D(FunctionD):
    """A function of one variable."""

    def __call__(self, x: float) -> float:
        return float(self._evaluate(np.asarray(x, dtype=float)))

    clone = FunctionD._copy

    def _evaluate(self, x: FloatArray) -> FloatArray:
        """Evaluate at every element of an array."""
        raise NotImplementedError(f"{type(self).__name__} does not implement evaluation.")


class Function2D(FunctionD):
    """A function of two variables."""

    def __call__(self, x: float, y: float) -> float:
        return float(self._evaluate(np.asarray(x, dtype=float), np.asarray(y, dtype=float)))

    clone = FunctionD._copy

    def _evaluate(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """Evaluate at positions given as broadcastable arrays."""
        raise NotImplementedError(f"{type(self).__name__} does not implement evaluation.")


def polynomialLength(order: int) -> int:
    """Return the number of terms up to a total degree, in two variables."""
    if order < 0:
        raise InvalidParameterError(f"Order {order} is negative.")
    return (order + 1) * (order + 2) // 2


def polynomialOrder(nParameters: int) -> int:
    """Return the order of a polynomial with a number of terms.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if there is no such order.
    """
    order = 0
    while polynomialLength(order) < nParameters:
        order += 1
    if nParameters < 1 or polynomialLength(order) != nParameters:
        raise InvalidParameterError(f"{nParameters} is not the number of terms of a 2-d polynomial.")
    return order


def lanczos(x: FloatArray, order: int) -> FloatArray:
    """Return the Lanczos kernel, not cut off outside ``order`` lobes.

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
    sigma
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
    n
        Order (number of lobes on either side).
    xOffset
        Position of the peak.
    """

    def __init__(self, n: int, xOffset: float = 0.0) -> None:
        if n < 1:
            raise InvalidParameterError(f"Lanczos order {n} is not positive.")
        super().__init__([xOffset])
        self._order = int(n)

    def getOrder(self) -> int:
        """Return the order."""
        return self._order

    def _evaluate(self, x: FloatArray) -> FloatArray:
        return lanczos(x - self._params[0], self._order)


MODULE = "lsst.afw.math"


class _ParametersInArchive(Function2D):
    """A function whose archive has one column for each parameter."""

    _FIELDS: ClassVar[Fields]

    def _writeArchive(self, out: Any) -> None:
        out.addCatalog(self._FIELDS, [dict(zip(self._FIELDS.names, self.getParameters(), strict=True))])

    @classmethod
    def _readArchive(cls, archive: Any, catalogs: Sequence[Sequence[Any]]) -> Self:
        return cls(*(catalogs[0][0][name] for name in cls._FIELDS.names))


@register("GaussianFunction2D", module=MODULE)
class GaussianFunction2D(_ParametersInArchive):
    """Elliptical Gaussian of unit integral.

    Parameters
    ----------
    sigma1, sigma2
        Standard deviations along the axes of the ellipse.
    angle
        Direction of the first axis, in radians from +x toward +y.
    """

    _FIELDS = Fields("sigma1:D sigma2:D angle:D")

    def __init__(self, sigma1: float, sigma2: float, angle: float = 0.0) -> None:
        super().__init__([sigma1, sigma2, angle])

    def _evaluate(self, x: FloatArray, y: FloatArray) -> FloatArray:
        sigma1, sigma2, angle = self._params.tolist()
        u = math.cos(angle) * x + math.sin(angle) * y
        v = math.cos(angle) * y - math.sin(angle) * x
        exponent = -(u * u) / (2.0 * sigma1 * sigma1) - (v * v) / (2.0 * sigma2 * sigma2)
        return np.exp(exponent) / (2.0 * math.pi * sigma1 * sigma2)


@register("DoubleGaussianFunction2D", module=MODULE)
class DoubleGaussianFunction2D(_ParametersInArchive):
    """Sum of two round Gaussians about the origin, of unit integral.

    Proportional to ``exp(−r²/2σ1²) + ampl·exp(−r²/2σ2²)``.

    Parameters
    ----------
    sigma1, sigma2
        Standard deviations.
    ampl
        Ratio of the peaks, second to first.
    """

    _FIELDS = Fields("sigma1:D sigma2:D ampl2:D")

    def __init__(self, sigma1: float, sigma2: float = 0, ampl: float = 0) -> None:
        super().__init__([sigma1, sigma2, ampl])

    def _evaluate(self, x: FloatArray, y: FloatArray) -> FloatArray:
        var1, var2 = self._params[0] ** 2, self._params[1] ** 2
        ampl = self._params[2]
        r2 = x * x + y * y
        profile = np.exp(-r2 / (2.0 * var1))
        if ampl != 0.0:
            profile = profile + ampl * np.exp(-r2 / (2.0 * var2))
        return profile / (2.0 * math.pi * (var1 + ampl * var2))


class BasePolynomialFunction2D(Function2D):
    """Sum of terms ``c_k P_i(x) P_j(y)`` of total degree up to an order.

    The terms are sorted by total degree, and within a degree by decreasing
    degree in x: 1; x, y; x², xy, y²; …

    Parameters
    ----------
    params
        Order (coefficients all zero), or the coefficients.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if the number of coefficients belongs to no order.
    """

    def __init__(self, params: int | Sequence[float]) -> None:
        super().__init__(polynomialLength(int(params)) if isinstance(params, (int, np.integer)) else params)
        self._order = polynomialOrder(len(self._params))

    def getOrder(self) -> int:
        """Return the order."""
        return self._order

    def _bases(self, x: FloatArray, y: FloatArray) -> tuple[list[FloatArray], list[FloatArray]]:
        """Return ``P_i(x)`` and ``P_i(y)`` for all degrees up to the order."""
        raise NotImplementedError(f"{type(self).__name__} does not implement its basis.")

    def _terms(self, x: FloatArray, y: FloatArray) -> Iterator[FloatArray]:
        px, py = self._bases(x, y)
        for degree in range(self._order + 1):
            for j in range(degree + 1):
                yield px[degree - j] * py[j]

    def _evaluateGrid(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """Evaluate at all pairs of 1-d x and y, as an array of (y, x)."""
        px, py = self._bases(x, y)
        matrix = np.zeros((self._order + 1, self._order + 1))
        coefficients = iter(self._params.tolist())
        for degree in range(self._order + 1):
            for j in range(degree + 1):
                matrix[j, degree - j] = next(coefficients)
        return np.array(py).T @ (matrix @ np.array(px))

    def _evaluate(self, x: FloatArray, y: FloatArray) -> FloatArray:
        total = np.zeros(np.broadcast_shapes(x.shape, y.shape))
        for coefficient, term in zip(self._params.tolist(), self._terms(x, y), strict=True):
            total = total + coefficient * term
        return total


@register("PolynomialFunction2D", module=MODULE)
class PolynomialFunction2D(BasePolynomialFunction2D):
    """Polynomial ``c0 + c1 x + c2 y + c3 x² + c4 xy + c5 y² + …``.

    Parameters
    ----------
    params
        Order (coefficients all zero), or the coefficients.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if the number of coefficients belongs to no order.
    """

    def _bases(self, x: FloatArray, y: FloatArray) -> tuple[list[FloatArray], list[FloatArray]]:
        powers: list[list[FloatArray]] = []
        for value in (x, y):
            basis = [np.ones_like(value)]
            for _ in range(self._order):
                basis.append(basis[-1] * value)
            powers.append(basis)
        return powers[0], powers[1]

    def _writeArchive(self, out: Any) -> None:
        out.addCatalog(Fields(f"coefficients:{len(self._params)}D"), [{"coefficients": self._params.copy()}])

    @classmethod
    def _readArchive(cls, archive: Any, catalogs: Sequence[Sequence[Any]]) -> PolynomialFunction2D:
        return cls(np.asarray(catalogs[0][0]["coefficients"], dtype=float).tolist())


def chebyshevBasis(x: FloatArray, order: int) -> list[FloatArray]:
    """Return Chebyshev polynomials ``T_0(x)`` … ``T_order(x)``."""
    basis = [np.ones_like(x), x]
    for _ in range(order - 1):
        basis.append(2.0 * x * basis[-1] - basis[-2])
    return basis[: order + 1]


@register("Chebyshev1Function2D", module=MODULE)
class Chebyshev1Function2D(BasePolynomialFunction2D):
    """Series of products of Chebyshev polynomials of the first kind.

    Parameters
    ----------
    params
        Order (coefficients all zero), or the coefficients.
    xyRange
        Region mapped to [−1, 1] on both axes, which is also the default.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if the number of coefficients belongs to no order.
    """

    def __init__(self, params: int | Sequence[float], xyRange: lsst.geom.Box2D | None = None) -> None:
        super().__init__(params)
        if xyRange is None:
            xyRange = lsst.geom.Box2D(lsst.geom.Point2D(-1.0, -1.0), lsst.geom.Point2D(1.0, 1.0))
        self._xyRange = lsst.geom.Box2D(xyRange)

    def getXYRange(self) -> lsst.geom.Box2D:
        """Return the region mapped to [−1, 1]."""
        return lsst.geom.Box2D(self._xyRange)

    def _bases(self, x: FloatArray, y: FloatArray) -> tuple[list[FloatArray], list[FloatArray]]:
        box = self._xyRange
        u = (x - box.getCenterX()) * (2.0 / box.getWidth())
        v = (y - box.getCenterY()) * (2.0 / box.getHeight())
        return chebyshevBasis(u, self._order), chebyshevBasis(v, self._order)

    def _writeArchive(self, out: Any) -> None:
        box = self._xyRange
        row = {
            "coefficients": self._params.copy(),
            "min_x": box.getMinX(),
            "min_y": box.getMinY(),
            "max_x": box.getMaxX(),
            "max_y": box.getMaxY(),
        }
        fields = Fields(f"coefficients:{len(self._params)}D min_x:D min_y:D max_x:D max_y:D")
        out.addCatalog(fields, [row])

    @classmethod
    def _readArchive(cls, archive: Any, catalogs: Sequence[Sequence[Any]]) -> Chebyshev1Function2D:
        row = catalogs[0][0]
        box = lsst.geom.Box2D(
            lsst.geom.Point2D(row["min_x"], row["min_y"]), lsst.geom.Point2D(row["max_x"], row["max_y"])
        )
        return cls(np.asarray(row["coefficients"], dtype=float).tolist(), box)
