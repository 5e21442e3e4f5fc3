# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Separable kernels, and those that interpolate."""

from __future__ import annotations

__all__ = ("BilinearWarpingKernel", "LanczosWarpingKernel", "NearestWarpingKernel", "SeparableKernel")


import re
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from lsst.afw.table.io._errors import checkedOrder
from lsst.afw.table.io._persistable import Fields, register
from lsst.pex.exceptions import InvalidParameterError, OverflowError

from ._functions import FloatArray, Function1D, Function2D, LanczosFunction1D
from ._kernel import Kernel
from ._kernels import spatialFunctionList


class SeparableKernel(Kernel):
    """A kernel ``column(x)·row(y)`` of the offset from the center.

    Parameters
    ----------
    width, height
        Size in pixels.
    kernelColFunction, kernelRowFunction
        Function of x and of y. Their parameters, in that order, are the
        kernel's.
    spatialFunction
        How the parameters vary with position.
    """

    def __init__(
        self,
        width: int,
        height: int,
        kernelColFunction: Function1D,
        kernelRowFunction: Function1D,
        spatialFunction: Function2D | Sequence[Function2D] | None = None,
    ) -> None:
        self._colFunction = kernelColFunction.clone()
        self._rowFunction = kernelRowFunction.clone()
        self._cacheSize = 0
        functions = spatialFunctionList(spatialFunction, self.getNKernelParameters())
        super().__init__(width, height, functions)
        self._checkSpatialFunctions()

    def clone(self) -> SeparableKernel:
        """Return an independent copy, without cache."""
        other = self._copy()
        other._colFunction = self._colFunction.clone()
        other._rowFunction = self._rowFunction.clone()
        other._cacheSize = 0
        return other

    def _getParameters(self) -> list[float]:
        return self._colFunction.getParameters() + self._rowFunction.getParameters()

    def _setParameters(self, params: Sequence[float]) -> None:
        n = self._colFunction.getNParameters()
        self._colFunction.setParameters(params[:n])
        self._rowFunction.setParameters(params[n:])

    def computeCache(self, cacheSize: int) -> None:
        """Restrict the parameters to the middles of ``cacheSize`` bins.

        The stack tabulates the taps for ``(m + 0.5)/cacheSize``; here the
        parameter is rounded to that value, which gives the same taps
        without a table. 0 or less removes the restriction.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if a function does not have exactly one parameter.
        """
        for function in (self._colFunction, self._rowFunction):
            if cacheSize > 0 and function.getNParameters() != 1:
                raise InvalidParameterError(
                    f"A cache needs functions of 1 parameter, not {function.getNParameters()}."
                )
        self._cacheSize = max(0, int(cacheSize))

    def getCacheSize(self) -> int:
        """Return the number of bins; 0 if there is no cache."""
        return self._cacheSize

    def _taps(self, function: Function1D, size: int, ctr: int) -> FloatArray:
        if self._cacheSize > 0:
            function = function.clone()
            cell = int(function.getParameter(0) * self._cacheSize)
            function.setParameter(0, (cell + 0.5) / self._cacheSize)
        return function._evaluate(np.arange(-ctr, size - ctr, dtype=float))

    def _computeVectors(
        self, doNormalize: bool, x: float = 0.0, y: float = 0.0
    ) -> tuple[FloatArray, FloatArray, float]:
        """Weights along x, weights along y, and the sum of the kernel."""
        self._moveTo(x, y)
        columns = self._taps(self._colFunction, self._width, self._ctr[0])
        rows = self._taps(self._rowFunction, self._height, self._ctr[1])
        colSum, rowSum = float(np.sum(columns)), float(np.sum(rows))
        if not doNormalize:
            return columns, rows, colSum * rowSum
        if colSum == 0.0 or rowSum == 0.0:
            raise OverflowError("Cannot normalize; kernel sum is 0.")
        return columns / colSum, rows / rowSum, 1.0

    def computeVectors(
        self,
        colList: Sequence[float],
        rowList: Sequence[float],
        doNormalize: bool,
        x: float = 0.0,
        y: float = 0.0,
    ) -> float:
        """Return the sum of the kernel at a position (1 if normalized).

        As in the stack, the lists only have to have the kernel's width and
        height (InvalidParameterError): Python never sees them set.
        """
        if len(colList) != self._width or len(rowList) != self._height:
            raise InvalidParameterError(
                f"Lists of {len(colList)} and {len(rowList)} for a kernel of {self._width} x {self._height}."
            )
        return self._computeVectors(doNormalize, x, y)[2]

    def _computeArray(self, doNormalize: bool, x: float = 0.0, y: float = 0.0) -> tuple[FloatArray, float]:
        columns, rows, total = self._computeVectors(doNormalize, x, y)
        return rows[:, np.newaxis] * columns[np.newaxis, :], total

    def resized(self, width: int, height: int) -> SeparableKernel:
        """Return a kernel of the same functions on other pixels."""
        functions = self._spatialFunctions or None
        return SeparableKernel(width, height, self._colFunction, self._rowFunction, functions)


FRACTION_TOLERANCE = 1e-6
"""How far outside of its range the fraction of a pixel may lie."""


class _WarpingKernel(SeparableKernel):
    """Same function on both axes, center and parameters checked."""

    def __init__(self, size: int, function: Function1D) -> None:
        super().__init__(size, size, function, function)

    def setKernelParameters(self, params: Sequence[float]) -> None:
        """Set the fractions of a pixel in x and y.

        InvalidParameterError unless in [0, 1] with the default center, or
        in [−1, 0] with a center higher by one.
        """
        for axis, (value, ctr) in enumerate(zip(params, self._ctr, strict=False)):
            if ctr == (self._width - 1) // 2:
                low, high = 0.0, 1.0
            elif ctr == (self._width + 1) // 2:
                low, high = -1.0, 0.0
            else:
                raise InvalidParameterError(f"Center {ctr} on axis {axis} allows no parameter.")
            if not low - FRACTION_TOLERANCE <= value <= high + FRACTION_TOLERANCE:
                raise InvalidParameterError(
                    f"Parameter {value} on axis {axis} is outside [{low}, {high}] for center {ctr}."
                )
        super().setKernelParameters(params)


@register("LanczosWarpingKernel", module="lsst.afw.math")
class LanczosWarpingKernel(_WarpingKernel):
    """Lanczos interpolation on ``2·order`` pixels an axis.

    Parameters
    ----------
    order
        Number of lobes.
    """

    _FIELDS: ClassVar[Fields] = Fields("order:J")

    def __init__(self, order: int) -> None:
        super().__init__(2 * order, LanczosFunction1D(order))
        self._order = int(order)

    def getOrder(self) -> int:
        """Return the number of lobes."""
        return self._order

    def clone(self) -> LanczosWarpingKernel:
        """Return a new kernel of this order."""
        return LanczosWarpingKernel(self._order)

    def _writeArchive(self, out: Any) -> None:
        out.addCatalog(self._FIELDS, [{"order": self._order}])

    @classmethod
    def _readArchive(cls, archive: Any, catalogs: Sequence[Sequence[Any]]) -> LanczosWarpingKernel:
        return cls(checkedOrder(catalogs[0][0]["order"]))


class _BilinearFunction(Function1D):
    """Weights 1 − p at 0 and p at 1, with p the parameter."""

    def _evaluate(self, x: FloatArray) -> FloatArray:
        return 0.5 + (1.0 - 2.0 * abs(self._params[0])) * (0.5 - np.abs(x))


# The stack writes the misspelled name.
@register("BilinearWarpingKernel", module="lsst.afw.math", aliases=("BillinearWarpingKernel",))
class BilinearWarpingKernel(_WarpingKernel):
    """Bilinear interpolation on 2 × 2 pixels."""

    def __init__(self) -> None:
        super().__init__(2, _BilinearFunction(1))

    def clone(self) -> BilinearWarpingKernel:
        """Return a new kernel."""
        return BilinearWarpingKernel()

    def _writeArchive(self, out: Any) -> None:
        """Write nothing: there is no state."""

    @classmethod
    def _readArchive(cls, archive: Any, catalogs: Sequence[Sequence[Any]]) -> BilinearWarpingKernel:
        return cls()


class _NearestFunction(Function1D):
    """Weight 1 at whichever of 0 and 1 is nearer to the parameter."""

    def _evaluate(self, x: FloatArray) -> FloatArray:
        return ((abs(self._params[0]) < 0.5) == (np.abs(x) < 0.5)).astype(float)


@register("NearestWarpingKernel", module="lsst.afw.math")
class NearestWarpingKernel(_WarpingKernel):
    """The nearest of 2 × 2 pixels."""

    def __init__(self) -> None:
        super().__init__(2, _NearestFunction(1))

    def clone(self) -> NearestWarpingKernel:
        """Return a new kernel."""
        return NearestWarpingKernel()

    def _writeArchive(self, out: Any) -> None:
        """Write nothing: there is no state."""

    @classmethod
    def _readArchive(cls, archive: Any, catalogs: Sequence[Sequence[Any]]) -> NearestWarpingKernel:
        return cls()


def makeWarpingKernel(name: str) -> SeparableKernel:
    """Return the kernel of a name.

    InvalidParameterError unless ``bilinear``, ``nearest`` or ``lanczos``
    and a number.
    """
    if name == "bilinear":
        return BilinearWarpingKernel()
    if name == "nearest":
        return NearestWarpingKernel()
    if match := re.fullmatch(r"lanczos([0-9]+)", name):
        return LanczosWarpingKernel(int(match[1]))
    raise InvalidParameterError(f"Unknown warping kernel name: {name!r}.")
