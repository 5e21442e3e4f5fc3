# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kernels made of a function of two variables."""

from __future__ import annotations

__all__ = ["AnalyticKernel"]

from collections.abc import Sequence
from typing import Any

import numpy as np

import lsst.afw.image as afwImage
import lsst.geom
from lsst.afw.table.io._errors import checkedDimensions
from lsst.afw.table.io._persistable import register
from lsst.pex.exceptions import OverflowError

from ._function import FloatArray, Function2D
from ._kernel import Kernel
from ._kernelArchive import readSpatialFunctions, restoreCtr, writeKernelRow


def spatialFunctionList(
    functions: Function2D | Sequence[Function2D] | None, nParameters: int
) -> list[Function2D]:
    """One function of position for each parameter.

    A single function serves as the pattern for all parameters.
    """
    if functions is None:
        return []
    if isinstance(functions, Function2D):
        return [functions] * nParameters
    return list(functions)


@register("AnalyticKernel", module="lsst.afw.math")
class AnalyticKernel(Kernel):
    """A kernel whose pixels are a function of their offset from the centre.

    Parameters
    ----------
    width, height : `int`
        Size in pixels.
    kernelFunction : `Function2D`
        Function of the offset in pixels; its parameters are the kernel's.
    spatialFunction : `Function2D` or sequence of `Function2D`, optional
        How the parameters vary with position.
    """

    def __init__(
        self,
        width: int,
        height: int,
        kernelFunction: Function2D,
        spatialFunction: Function2D | Sequence[Function2D] | None = None,
    ) -> None:
        self._function = kernelFunction.clone()
        functions = spatialFunctionList(spatialFunction, kernelFunction.getNParameters())
        super().__init__(width, height, functions)
        self._checkSpatialFunctions()

    def clone(self) -> AnalyticKernel:
        """Return an independent copy."""
        other = self._copy()
        other._function = self._function.clone()
        return other

    def getKernelFunction(self) -> Function2D:
        """Return a copy of the function."""
        return self._function.clone()

    def _getParameters(self) -> list[float]:
        return self._function.getParameters()

    def _setParameters(self, params: Sequence[float]) -> None:
        self._function.setParameters(params)

    def computeImage(
        self, image: afwImage.ImageD, doNormalize: bool, x: float = 0.0, y: float = 0.0
    ) -> float:
        """Set an image of any size, and its origin, to the kernel.

        As `Kernel.computeImage`, but an image of another size is accepted: the
        difference is shared evenly by both sides.
        """
        width, height = image.getWidth(), image.getHeight()
        x0 = -(self._ctr[0] + int((width - self._width) / 2))
        y0 = -(self._ctr[1] + int((height - self._height) / 2))
        self._moveTo(x, y)
        array = self._evaluateOn(x0, y0, width, height)
        total = float(np.sum(array))
        if doNormalize:
            if total == 0.0:
                raise OverflowError("cannot normalize; kernel sum is 0")
            array *= 1.0 / total
            total = 1.0
        image.setXY0(lsst.geom.Point2I(x0, y0))
        image.array[:, :] = array
        return total

    def _evaluateOn(self, x0: int, y0: int, width: int, height: int) -> FloatArray:
        xs = np.arange(x0, x0 + width, dtype=float)[np.newaxis, :]
        ys = np.arange(y0, y0 + height, dtype=float)[:, np.newaxis]
        return self._function._evaluate(xs, ys)

    def _makeArray(self) -> FloatArray:
        return self._evaluateOn(-self._ctr[0], -self._ctr[1], self._width, self._height)

    def resized(self, width: int, height: int) -> AnalyticKernel:
        """Return a kernel of the same function on other pixels."""
        return AnalyticKernel(width, height, self._function, self._spatialFunctions or None)

    def _writeArchive(self, out: Any) -> None:
        writeKernelRow(out, self, "kernelfunction:J", {"kernelfunction": out.put(self._function)})

    @classmethod
    def _readArchive(cls, archive: Any, catalogs: Sequence[Sequence[Any]]) -> AnalyticKernel:
        row = catalogs[0][0]
        function = archive.require(row["kernelfunction"], Function2D)
        functions = readSpatialFunctions(archive, row) or None
        return restoreCtr(cls(*checkedDimensions(row), function, functions), row)
