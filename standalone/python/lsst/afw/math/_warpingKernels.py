# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kernels that interpolate, with the fraction of a pixel as parameters."""

from __future__ import annotations

__all__ = ["BilinearWarpingKernel", "LanczosWarpingKernel", "NearestWarpingKernel"]

import re
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from lsst.afw.table.io._errors import checkedOrder
from lsst.afw.table.io._persistable import Fields, register
from lsst.pex.exceptions import InvalidParameterError

from ._function import FloatArray, Function1D
from ._functions1d import LanczosFunction1D
from ._separableKernel import SeparableKernel

FRACTION_TOLERANCE = 1e-6
"""How far outside of its range the fraction of a pixel may lie."""


class _WarpingKernel(SeparableKernel):
    """Same function on both axes, centre and parameters checked."""

    def __init__(self, size: int, function: Function1D) -> None:
        super().__init__(size, size, function, function)

    def setKernelParameters(self, params: Sequence[float]) -> None:
        """Set the fractions of a pixel in x and y.

        InvalidParameterError unless in [0, 1] with the default centre, or
        in [−1, 0] with a centre higher by one.
        """
        for axis, (value, ctr) in enumerate(zip(params, self._ctr, strict=False)):
            if ctr == (self._width - 1) // 2:
                low, high = 0.0, 1.0
            elif ctr == (self._width + 1) // 2:
                low, high = -1.0, 0.0
            else:
                raise InvalidParameterError(f"centre {ctr} on axis {axis} allows no parameter")
            if not low - FRACTION_TOLERANCE <= value <= high + FRACTION_TOLERANCE:
                raise InvalidParameterError(
                    f"parameter {value} on axis {axis} is outside [{low}, {high}] for centre {ctr}"
                )
        super().setKernelParameters(params)


@register("LanczosWarpingKernel", module="lsst.afw.math")
class LanczosWarpingKernel(_WarpingKernel):
    """Lanczos interpolation on ``2·order`` pixels an axis.

    Parameters
    ----------
    order : `int`
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


# The stack writes the misspelt name.
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
    raise InvalidParameterError(f"unknown warping kernel name: {name!r}")
