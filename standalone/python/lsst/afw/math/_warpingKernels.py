# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Interpolating kernels, and the control that selects one for warping."""

from __future__ import annotations

__all__ = (
    "BilinearWarpingKernel",
    "LanczosWarpingKernel",
    "NearestWarpingKernel",
    "SeparableKernel",
    "WarpingControl",
)

import re
from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np

from lsst.afw.table.io import Persistable
from lsst.afw.table.io._errors import checkedOrder
from lsst.afw.table.io._persistable import Fields, register
from lsst.pex.exceptions import InvalidParameterError, OverflowError
from lsst.pixels import Resampling, ResamplingKernel

from ._functions import FloatArray, Function1D, Function2D, LanczosFunction1D
from ._kernel import Kernel


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
        super().__init__(width, height, spatialFunction)

    def clone(self) -> Self:
        """Return an independent copy, without cache."""
        other = super().clone()
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
        """Restrict the parameters to the centers of ``cacheSize`` bins.

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

    def computeVectors(
        self,
        colList: Sequence[float],
        rowList: Sequence[float],
        doNormalize: bool,
        x: float = 0.0,
        y: float = 0.0,
    ) -> float:
        """Return the sum of the kernel at a position; 1 if normalized.

        As in the stack, the lists must have the kernel's width and height,
        but stay as they are.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if a list has another length.
        lsst.pex.exceptions.OverflowError
            Raised if the kernel is to be divided by a sum of 0.
        """
        if len(colList) != self._width or len(rowList) != self._height:
            raise InvalidParameterError(
                f"Lists of {len(colList)} and {len(rowList)} for a kernel of {self._width} x {self._height}."
            )
        return self._computeVectors(doNormalize, x, y)[2]

    def _computeVectors(
        self, doNormalize: bool, x: float = 0.0, y: float = 0.0
    ) -> tuple[FloatArray, FloatArray, float]:
        """Return the weights along x and y, and the sum of the kernel."""
        self._moveTo(x, y)
        columns = self._taps(self._colFunction, self._width, self._ctr[0])
        rows = self._taps(self._rowFunction, self._height, self._ctr[1])
        colSum, rowSum = float(np.sum(columns)), float(np.sum(rows))
        if not doNormalize:
            return columns, rows, colSum * rowSum
        if colSum == 0.0 or rowSum == 0.0:
            raise OverflowError("Cannot normalize; kernel sum is 0.")
        return columns / colSum, rows / rowSum, 1.0

    def _computeArray(self, doNormalize: bool, x: float = 0.0, y: float = 0.0) -> tuple[FloatArray, float]:
        columns, rows, total = self._computeVectors(doNormalize, x, y)
        return rows[:, np.newaxis] * columns[np.newaxis, :], total

    def resized(self, width: int, height: int) -> SeparableKernel:
        """Return a kernel with the same functions and another size."""
        functions = self._spatialFunctions or None
        return SeparableKernel(width, height, self._colFunction, self._rowFunction, functions)


FRACTION_TOLERANCE = 1e-6
"""Tolerance by which the fraction of a pixel may exceed its range."""


class _WarpingKernel(SeparableKernel):
    """Kernel with one function on both axes; checks center and parameters."""

    def __init__(self, size: int, function: Function1D) -> None:
        super().__init__(size, size, function, function)

    def setKernelParameters(self, params: Sequence[float]) -> None:
        """Set the fractions of a pixel in x and y.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if they are not in [0, 1] with the default center, or in
            [−1, 0] with a center higher by one.
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
    """Lanczos interpolation on ``2·order`` pixels per axis.

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

    def clone(self) -> Self:
        """Return a new kernel of this order."""
        return type(self)(self._order)

    def _writeArchive(self, out: Any) -> None:
        out.addCatalog(self._FIELDS, [{"order": self._order}])

    @classmethod
    def _readArchive(cls, archive: Any, catalogs: Sequence[Sequence[Any]]) -> LanczosWarpingKernel:
        return cls(checkedOrder(catalogs[0][0]["order"]))


class _PairKernel(_WarpingKernel):
    """Kernel of 2 × 2 pixels that has no state."""

    _Function: ClassVar[type[Function1D]]

    def __init__(self) -> None:
        super().__init__(2, self._Function(1))

    def clone(self) -> Self:
        """Return a new kernel."""
        return type(self)()

    def _writeArchive(self, out: Any) -> None:
        """Write nothing: there is no state."""

    @classmethod
    def _readArchive(cls, archive: Any, catalogs: Sequence[Sequence[Any]]) -> Self:
        return cls()


class _BilinearFunction(Function1D):
    """Weights 1 − p at 0 and p at 1, with p the parameter."""

    def _evaluate(self, x: FloatArray) -> FloatArray:
        return 0.5 + (1.0 - 2.0 * abs(self._params[0])) * (0.5 - np.abs(x))


# The stack writes the misspelled name.
@register("BilinearWarpingKernel", module="lsst.afw.math", aliases=("BillinearWarpingKernel",))
class BilinearWarpingKernel(_PairKernel):
    """Bilinear interpolation on 2 × 2 pixels."""

    _Function = _BilinearFunction


class _NearestFunction(Function1D):
    """Weight 1 at whichever of 0 and 1 is nearer to the parameter."""

    def _evaluate(self, x: FloatArray) -> FloatArray:
        return ((abs(self._params[0]) < 0.5) == (np.abs(x) < 0.5)).astype(float)


@register("NearestWarpingKernel", module="lsst.afw.math")
class NearestWarpingKernel(_PairKernel):
    """Nearest-neighbor interpolation on 2 × 2 pixels."""

    _Function = _NearestFunction


def makeWarpingKernel(name: str) -> SeparableKernel:
    """Return the kernel with a given name.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if it is not ``bilinear``, ``nearest`` or ``lanczos`` and a
        number.
    """
    if name == "bilinear":
        return BilinearWarpingKernel()
    if name == "nearest":
        return NearestWarpingKernel()
    if match := re.fullmatch(r"lanczos([0-9]+)", name):
        return LanczosWarpingKernel(int(match[1]))
    raise InvalidParameterError(f"Unknown warping kernel name: {name!r}.")


@register("WarpingControl", module="lsst.afw.math")
class WarpingControl(Persistable):
    """Control of how images are warped.

    Parameters
    ----------
    warpingKernelName
        Kernel for image and variance: ``"bilinear"``, ``"nearest"`` or
        ``"lanczosN"``.
    maskWarpingKernelName
        Kernel for the mask; empty for that of the image.
    cacheSize
        Number of bins per pixel to which positions are rounded; 0 for
        no rounding.
    interpLength
        Pixels between exactly computed positions; 0 for all exact.
    growFullMask
        Mask bits that spread over the whole image kernel although there is
        a mask kernel.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if a name is unknown or the mask kernel reaches beyond that
        of the image.
    """

    _FIELDS = Fields(
        "warpingKernelIndex:J F:hasMaskKernel maskKernelIndex:J cacheSize:J interpLength:J growFullMask:J"
    )

    def __init__(
        self,
        warpingKernelName: str,
        maskWarpingKernelName: str = "",
        cacheSize: int = 0,
        interpLength: int = 0,
        growFullMask: int = 0,
    ):
        self._warpingKernel = makeWarpingKernel(warpingKernelName)
        self._maskWarpingKernel: SeparableKernel | None = None
        self._cacheSize = int(cacheSize)
        self._interpLength = int(interpLength)
        self._growFullMask = int(growFullMask)
        self.setMaskWarpingKernelName(maskWarpingKernelName)

    def getWarpingKernel(self) -> SeparableKernel:
        """Return the kernel for image and variance."""
        return self._cached(self._warpingKernel)

    def setWarpingKernelName(self, warpingKernelName: str) -> None:
        """Set the kernel for image and variance by its name."""
        self.setWarpingKernel(makeWarpingKernel(warpingKernelName))

    def setWarpingKernel(self, warpingKernel: SeparableKernel) -> None:
        """Set the kernel for image and variance; it is copied."""
        _requireContained(warpingKernel, self._maskWarpingKernel)
        self._warpingKernel = warpingKernel.clone()

    def hasMaskWarpingKernel(self) -> bool:
        """Return whether the mask has a kernel of its own."""
        return self._maskWarpingKernel is not None

    def getMaskWarpingKernel(self) -> SeparableKernel | None:
        """Return the kernel for the mask; `None` for that of the image."""
        return None if self._maskWarpingKernel is None else self._cached(self._maskWarpingKernel)

    def setMaskWarpingKernelName(self, maskWarpingKernelName: str) -> None:
        """Set the kernel for the mask by its name; empty for none."""
        if maskWarpingKernelName:
            self.setMaskWarpingKernel(makeWarpingKernel(maskWarpingKernelName))
        else:
            self._maskWarpingKernel = None

    def setMaskWarpingKernel(self, maskWarpingKernel: SeparableKernel) -> None:
        """Set the kernel for the mask; it is copied."""
        _requireContained(self._warpingKernel, maskWarpingKernel)
        self._maskWarpingKernel = maskWarpingKernel.clone()

    def getCacheSize(self) -> int:
        """Return the number of bins the kernel is cached for; 0 if none."""
        return self._cacheSize

    def setCacheSize(self, cacheSize: int) -> None:
        """Set the number of bins of a pixel; 0 for no rounding."""
        self._cacheSize = int(cacheSize)

    def getInterpLength(self) -> int:
        """Return the pixels between exactly computed positions."""
        return self._interpLength

    def setInterpLength(self, interpLength: int) -> None:
        """Set the pixels between exactly computed positions."""
        self._interpLength = int(interpLength)

    def getGrowFullMask(self) -> int:
        """Return the mask bits that spread over the whole image kernel."""
        return self._growFullMask

    def setGrowFullMask(self, growFullMask: int) -> None:
        """Set the mask bits that spread over the whole image kernel."""
        self._growFullMask = int(growFullMask)

    def _cached(self, kernel: SeparableKernel) -> SeparableKernel:
        if kernel.getCacheSize() != self._cacheSize:
            kernel.computeCache(self._cacheSize)
        return kernel

    def _resampling(self) -> Resampling:
        """Return the equivalent settings for the kernels on arrays."""
        return Resampling(
            _pixelKernel(self._warpingKernel),
            None if self._maskWarpingKernel is None else _pixelKernel(self._maskWarpingKernel),
            self._cacheSize,
            self._growFullMask,
        )

    def _writeArchive(self, out: Any) -> None:
        row = {
            "warpingKernelIndex": out.put(self._warpingKernel),
            "hasMaskKernel": self._maskWarpingKernel is not None,
            "maskKernelIndex": out.put(self._maskWarpingKernel),
            "cacheSize": self._cacheSize,
            "interpLength": self._interpLength,
            "growFullMask": self._growFullMask,
        }
        out.addCatalog(self._FIELDS, [row])

    @classmethod
    def _readArchive(cls, archive: Any, catalogs: Sequence[Sequence[Any]]) -> WarpingControl:
        row = catalogs[0][0]
        control = cls("nearest", "", row["cacheSize"], row["interpLength"], row["growFullMask"])
        control.setWarpingKernel(archive.require(row["warpingKernelIndex"], SeparableKernel))
        if row["hasMaskKernel"]:
            control.setMaskWarpingKernel(archive.require(row["maskKernelIndex"], SeparableKernel))
        return control


def _pixelKernel(kernel: SeparableKernel) -> ResamplingKernel:
    """Return the kernel on arrays for one of the stack's classes."""
    match kernel:
        case LanczosWarpingKernel():
            return ResamplingKernel(f"lanczos{kernel.getOrder()}")
        case BilinearWarpingKernel():
            return ResamplingKernel("bilinear")
        case NearestWarpingKernel():
            return ResamplingKernel("nearest")
    raise InvalidParameterError(
        f"Images are warped with lanczos, bilinear or nearest kernels, not a {type(kernel).__name__}."
    )


def _requireContained(kernel: SeparableKernel, maskKernel: SeparableKernel | None) -> None:
    """Check that a mask kernel reaches no further than that of the image."""
    if maskKernel is not None and not kernel.getBBox().contains(maskKernel.getBBox()):
        raise InvalidParameterError(
            f"Mask kernel box {maskKernel.getBBox()} is not contained in kernel box {kernel.getBBox()}."
        )
