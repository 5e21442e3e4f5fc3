# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Linear combinations of kernels."""

from __future__ import annotations

__all__ = ["LinearCombinationKernel"]

from collections.abc import Sequence
from typing import Any

import numpy as np

from lsst.afw.table.io._persistable import register
from lsst.pex.exceptions import InvalidParameterError

from ._fixedKernels import DeltaFunctionKernel
from ._function import FloatArray, Function2D
from ._kernel import Kernel
from ._kernelArchive import readSpatialFunctions, restoreCtr, writeKernelRow


@register("LinearCombinationKernel", module="lsst.afw.math")
class LinearCombinationKernel(Kernel):
    """Sum of basis kernels, each times a kernel parameter.

    Parameters
    ----------
    kernelList : sequence of `Kernel`
        Basis; copied. See `checkKernelList`.
    kernelParameters : sequence of `float`, or of `Function2D`, or `Function2D`
        Factors; or how they vary with position.
    """

    def __init__(
        self,
        kernelList: Sequence[Kernel],
        kernelParameters: Sequence[float] | Sequence[Function2D] | Function2D,
    ) -> None:
        self.checkKernelList(kernelList)
        self._kernels = [kernel.clone() for kernel in kernelList]
        self._params = [0.0] * len(self._kernels)
        n = len(self._kernels)
        given = [kernelParameters] * n if isinstance(kernelParameters, Function2D) else kernelParameters
        functions = [value for value in given if isinstance(value, Function2D)]
        super().__init__(self._kernels[0].getWidth(), self._kernels[0].getHeight(), functions)
        self._checkSpatialFunctions()
        if not functions:
            self.setKernelParameters([float(value) for value in given if not isinstance(value, Function2D)])
        self._arrays = np.array([kernel._computeArray(False)[0] for kernel in self._kernels])

    def clone(self) -> LinearCombinationKernel:
        """Return an independent copy."""
        other = self._copy()
        other._params = list(self._params)
        return other

    def checkKernelList(self, kernelList: Sequence[Kernel]) -> None:
        """Check that kernels can be a basis.

        InvalidParameterError unless there are some, none spatially varying
        and all of the same dimensions and centre.
        """
        if len(kernelList) < 1:
            raise InvalidParameterError("the list of basis kernels is empty")
        first = kernelList[0]
        for i, kernel in enumerate(kernelList):
            if kernel.isSpatiallyVarying():
                raise InvalidParameterError(f"basis kernel {i} is spatially varying")
            if kernel.getDimensions() != first.getDimensions() or kernel.getCtr() != first.getCtr():
                raise InvalidParameterError(
                    f"basis kernel {i} has dimensions {kernel.getDimensions()} and centre {kernel.getCtr()}; "
                    f"the first has {first.getDimensions()} and {first.getCtr()}"
                )

    def getKernelList(self) -> list[Kernel]:
        """Return the basis (not copied)."""
        return list(self._kernels)

    def getKernelSumList(self) -> list[float]:
        """Return the sum of each basis kernel."""
        return self._arrays.sum(axis=(1, 2)).tolist()

    def getNBasisKernels(self) -> int:
        """Return the number of basis kernels."""
        return len(self._kernels)

    def isDeltaFunctionBasis(self) -> bool:
        """Whether all basis kernels are delta functions."""
        return all(isinstance(kernel, DeltaFunctionKernel) for kernel in self._kernels)

    def _getParameters(self) -> list[float]:
        return list(self._params)

    def _setParameters(self, params: Sequence[float]) -> None:
        self._params = list(params)

    def _makeArray(self) -> FloatArray:
        return np.tensordot(np.array(self._params), self._arrays, axes=1)

    def resized(self, width: int, height: int) -> LinearCombinationKernel:
        """Return the same combination of resized basis kernels."""
        kernels = [kernel.resized(width, height) for kernel in self._kernels]
        return LinearCombinationKernel(kernels, self._spatialFunctions or self._params)

    def _writeArchive(self, out: Any) -> None:
        n = len(self._kernels)
        fields = f"components:{n}J"
        values = {"components": np.array([out.put(kernel) for kernel in self._kernels], dtype=np.int32)}
        if not self.isSpatiallyVarying():
            fields += f" amplitudes:{n}D"
            values["amplitudes"] = np.array(self._params)
        writeKernelRow(out, self, fields, values)

    @classmethod
    def _readArchive(cls, archive: Any, catalogs: Sequence[Sequence[Any]]) -> LinearCombinationKernel:
        row = catalogs[0][0]
        kernels = [archive.require(int(identifier), Kernel) for identifier in row["components"]]
        factors = readSpatialFunctions(archive, row)
        return restoreCtr(cls(kernels, factors or row["amplitudes"].tolist()), row)
