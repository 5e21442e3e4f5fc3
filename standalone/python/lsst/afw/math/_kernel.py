# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Convolution kernels given by their pixels, by a basis, or by a function."""

from __future__ import annotations

__all__ = ("AnalyticKernel", "DeltaFunctionKernel", "FixedKernel", "Kernel", "LinearCombinationKernel")

import copy
from collections.abc import Sequence
from typing import Any, Self

import numpy as np

import lsst.afw.image as afwImage
import lsst.geom
from lsst.afw.table.io import Persistable
from lsst.afw.table.io._errors import checkedDimensions
from lsst.afw.table.io._persistable import Fields, readPersistable, register
from lsst.pex.exceptions import InvalidParameterError, OverflowError, RuntimeError

from ._functions import FloatArray, Function2D


class Kernel(Persistable):
    """A small image, possibly with parameters that vary with position.

    The center of a new kernel is pixel ``((width − 1)//2, (height − 1)//2)``.

    Subclasses implement `_makeArray` and, if they have parameters,
    `_getParameters` and `_setParameters`.

    Parameters
    ----------
    width, height
        Size in pixels.
    spatialFunction
        Function of position that all kernel parameters follow, or one for
        each; if `None` or empty, the kernel does not vary.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if the size is not positive, or the number of functions is not
        that of the parameters.
    """

    def __init__(
        self, width: int, height: int, spatialFunction: Function2D | Sequence[Function2D] | None = None
    ) -> None:
        if width < 1 or height < 1:
            raise InvalidParameterError(f"Kernel dimensions {width} x {height} are not positive.")
        n = self.getNKernelParameters()
        functions = (
            [spatialFunction] * n if isinstance(spatialFunction, Function2D) else spatialFunction or ()
        )
        if functions and len(functions) != n:
            raise InvalidParameterError(f"{len(functions)} spatial functions for {n} parameters.")
        self._width, self._height = int(width), int(height)
        self._ctr = ((self._width - 1) // 2, (self._height - 1) // 2)
        self._spatialFunctions = [function.clone() for function in functions]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._width} x {self._height}, ctr={self._ctr})"

    def clone(self) -> Self:
        """Return an independent copy."""
        other = copy.copy(self)
        other._spatialFunctions = [function.clone() for function in self._spatialFunctions]
        return other

    def getDimensions(self) -> lsst.geom.Extent2I:
        """Return width and height, in pixels."""
        return lsst.geom.Extent2I(self._width, self._height)

    def getWidth(self) -> int:
        """Return the width, in pixels."""
        return self._width

    def getHeight(self) -> int:
        """Return the height, in pixels."""
        return self._height

    def getCtr(self) -> lsst.geom.Point2I:
        """Return the index of the center pixel."""
        return lsst.geom.Point2I(*self._ctr)

    def setCtr(self, ctr: lsst.geom.Point2I) -> None:
        """Set the index of the center pixel."""
        self._ctr = (int(ctr[0]), int(ctr[1]))

    def getBBox(self) -> lsst.geom.Box2I:
        """Return the box of the kernel's pixels, with the center at (0, 0)."""
        corner = lsst.geom.Point2I(-self._ctr[0], -self._ctr[1])
        return lsst.geom.Box2I(corner, self.getDimensions())

    def growBBox(self, bbox: lsst.geom.Box2I) -> lsst.geom.Box2I:
        """Return the box of pixels needed to convolve those in ``bbox``."""
        return self._resizedBox(bbox, 1)

    def shrinkBBox(self, bbox: lsst.geom.Box2I) -> lsst.geom.Box2I:
        """Return the box of pixels that can be convolved within ``bbox``.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if ``bbox`` is smaller than the kernel.
        """
        if bbox.getWidth() < self._width or bbox.getHeight() < self._height:
            raise InvalidParameterError(
                f"Box {bbox} is smaller than the kernel ({self._width} x {self._height})."
            )
        return self._resizedBox(bbox, -1)

    def _resizedBox(self, bbox: lsst.geom.Box2I, sign: int) -> lsst.geom.Box2I:
        """Return a box with the kernel's margins added or taken away."""
        corner = bbox.getMin() - lsst.geom.Extent2I(*self._ctr) * sign
        margins = lsst.geom.Extent2I(self._width - 1, self._height - 1)
        return lsst.geom.Box2I(corner, bbox.getDimensions() + margins * sign)

    def resized(self, width: int, height: int) -> Kernel:
        """Return the kernel with another size and the same center."""
        raise NotImplementedError(f"{type(self).__name__} cannot be resized.")

    @classmethod
    def readFits(cls, fileName: str, hdu: int | None = None) -> Any:
        """Read a kernel from a file written by ``writeFits``."""
        return readPersistable(cls, fileName, hdu)

    # Kernel parameters.

    def _getParameters(self) -> list[float]:
        return []

    def _setParameters(self, params: Sequence[float]) -> None:
        raise NotImplementedError(f"{type(self).__name__} has no kernel parameters.")

    def getKernelParameters(self) -> list[float]:
        """Return the current parameters."""
        return self._getParameters()

    def getKernelParameter(self, index: int) -> float:
        """Return one parameter.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if there is no parameter of this index.
        """
        return _item(self._getParameters(), index, "kernel parameters")

    def getNKernelParameters(self) -> int:
        """Return the number of parameters."""
        return len(self._getParameters())

    def setKernelParameters(self, params: Sequence[float]) -> None:
        """Set all parameters.

        Raises
        ------
        lsst.pex.exceptions.RuntimeError
            Raised if the kernel is spatially varying.
        lsst.pex.exceptions.InvalidParameterError
            Raised if their number is wrong.
        """
        if self._spatialFunctions:
            raise RuntimeError("The kernel is spatially varying.")
        if len(params) != self.getNKernelParameters():
            raise InvalidParameterError(
                f"Got {len(params)} kernel parameters; {self.getNKernelParameters()} required."
            )
        if len(params):
            self._setParameters([float(value) for value in params])

    # Spatial variation.

    def isSpatiallyVarying(self) -> bool:
        """Return whether the kernel varies with position."""
        return bool(self._spatialFunctions)

    def getSpatialFunction(self, index: int) -> Function2D:
        """Return a copy of one function of position.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if there is no function of this index.
        """
        return _item(self._spatialFunctions, index, "spatial functions").clone()

    def getSpatialFunctionList(self) -> list[Function2D]:
        """Return copies of the functions of position."""
        return [function.clone() for function in self._spatialFunctions]

    def getNSpatialParameters(self) -> int:
        """Return the number of parameters of each function of position."""
        return self._spatialFunctions[0].getNParameters() if self._spatialFunctions else 0

    def getSpatialParameters(self) -> list[list[float]]:
        """Return the parameters of every function of position."""
        return [function.getParameters() for function in self._spatialFunctions]

    def setSpatialParameters(self, params: Sequence[Sequence[float]]) -> None:
        """Set the parameters of every function of position.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if their number is wrong.
        """
        expected = [function.getNParameters() for function in self._spatialFunctions]
        if (got := [len(values) for values in params]) != expected:
            raise InvalidParameterError(f"Got {got} spatial parameters; {expected} required.")
        for function, values in zip(self._spatialFunctions, params, strict=True):
            function.setParameters(values)

    # Pixels.

    def computeImage(
        self, image: afwImage.ImageD, doNormalize: bool, x: float = 0.0, y: float = 0.0
    ) -> float:
        """Set an image, and its origin, to the kernel at a position.

        Parameters
        ----------
        image
            Image to set.
        doNormalize
            Whether to divide by the sum.
        x, y
            Position, for a spatially varying kernel.

        Returns
        -------
        kSum
            Sum of the kernel; 1 if normalized.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if the image is not of the kernel's size.
        lsst.pex.exceptions.OverflowError
            Raised if the image is to be divided by a sum of 0.
        """
        if image.getWidth() != self._width or image.getHeight() != self._height:
            raise InvalidParameterError(
                f"Image dimensions {image.getWidth()} x {image.getHeight()} are not those of the kernel, "
                f"{self._width} x {self._height}."
            )
        array, total = self._computeArray(doNormalize, x, y)
        image.setXY0(lsst.geom.Point2I(-self._ctr[0], -self._ctr[1]))
        image.array[:, :] = array
        return total

    def _computeArray(self, doNormalize: bool, x: float = 0.0, y: float = 0.0) -> tuple[FloatArray, float]:
        """Return the pixels as an array (rows are y), and their sum."""
        self._moveTo(x, y)
        return _normalized(self._makeArray(), doNormalize)

    def _moveTo(self, x: float, y: float) -> None:
        """Set the parameters to those at a position, if they vary."""
        if self._spatialFunctions:
            self._setParameters([function(x, y) for function in self._spatialFunctions])

    def _makeArray(self) -> FloatArray:
        """Return the pixels for the current parameters."""
        raise NotImplementedError(f"{type(self).__name__} does not implement its pixels.")


def _item(items: Sequence[Any], index: int, what: str) -> Any:
    """Return an item of a list, rejecting negative indices."""
    if not 0 <= index < len(items):
        raise InvalidParameterError(f"Index {index} is not among the {len(items)} {what}.")
    return items[index]


def _normalized(array: FloatArray, doNormalize: bool) -> tuple[FloatArray, float]:
    """Return the pixels of a kernel, normalized on request, and their sum."""
    total = float(np.sum(array))
    if not doNormalize:
        return array, total
    if total == 0.0:
        raise OverflowError("Cannot normalize; kernel sum is 0.")
    return array * (1.0 / total), 1.0


def writeKernelRow(out: Any, kernel: Kernel, fields: str, values: dict[str, Any]) -> None:
    """Write the single row of a kernel.

    Parameters
    ----------
    out
        Output archive.
    kernel
        Kernel to write.
    fields
        Columns of the subclass, which follow the common ones.
    values
        Values of those columns.
    """
    common = "dimensions_x:J dimensions_y:J center_x:J center_y:J"
    row: dict[str, Any] = dict(zip(("dimensions_x", "dimensions_y"), kernel.getDimensions(), strict=True))
    row |= zip(("center_x", "center_y"), kernel.getCtr(), strict=True)
    if kernel.isSpatiallyVarying():
        ids = [out.put(function) for function in kernel._spatialFunctions]
        common += f" spatialfunctions:{len(ids)}J"
        row["spatialfunctions"] = np.array(ids, dtype=np.int32)
    out.addCatalog(Fields(f"{common} {fields}"), [row | values])


def readSpatialFunctions(archive: Any, row: Any) -> list[Function2D]:
    """Return the functions of position that a row refers to."""
    if "spatialfunctions" not in row.names:
        return []
    return [archive.require(int(identifier), Function2D) for identifier in row["spatialfunctions"]]


def restoreCtr(kernel: Kernel, row: Any) -> Any:
    """Set the center to that of the row, and return the kernel."""
    kernel.setCtr(lsst.geom.Point2I(row["center_x"], row["center_y"]))
    return kernel


@register("FixedKernel", module="lsst.afw.math")
class FixedKernel(Kernel):
    """A kernel made of given pixels.

    Parameters
    ----------
    image
        Pixels (copied; the origin of the image is ignored), or a kernel to
        evaluate.
    pos
        Where to evaluate the kernel; required for a kernel.
    """

    def __init__(self, image: afwImage.ImageD | Kernel, pos: lsst.geom.Point2D | None = None) -> None:
        if isinstance(image, Kernel):
            if pos is None:
                raise TypeError("A position is required to make a FixedKernel of a kernel.")
            array, _ = image._computeArray(False, pos[0], pos[1])
        else:
            if pos is not None:
                raise TypeError("A position applies only to a FixedKernel made of a kernel.")
            array = np.array(image.array, dtype=np.float64)
        super().__init__(array.shape[1], array.shape[0])
        self._array = array

    @classmethod
    def _fromArray(cls, array: FloatArray) -> FixedKernel:
        image = afwImage.ImageD(array.shape[1], array.shape[0])
        image.array[:, :] = array
        return cls(image)

    def getSum(self) -> float:
        """Return the sum of the pixels."""
        return float(np.sum(self._array))

    def _makeArray(self) -> FloatArray:
        return self._array.copy()

    def resized(self, width: int, height: int) -> FixedKernel:
        """Return a kernel cropped or padded with zeros, same center."""
        if width < 1 or height < 1:
            raise InvalidParameterError(f"Kernel dimensions {width} x {height} are not positive.")
        dx = (width - 1) // 2 - self._ctr[0]
        dy = (height - 1) // 2 - self._ctr[1]
        array = np.zeros((height, width))
        x0, x1 = max(0, dx), min(width, self._width + dx)
        y0, y1 = max(0, dy), min(height, self._height + dy)
        array[y0:y1, x0:x1] = self._array[y0 - dy : y1 - dy, x0 - dx : x1 - dx]
        return self._fromArray(array)

    def _writeArchive(self, out: Any) -> None:
        pixels = self._array.ravel()
        writeKernelRow(out, self, f"image:{pixels.size}D", {"image": pixels})

    @classmethod
    def _readArchive(cls, archive: Any, catalogs: Sequence[Sequence[Any]]) -> FixedKernel:
        row = catalogs[0][0]
        width, height = checkedDimensions(row)
        pixels = np.asarray(row["image"], dtype=np.float64)
        return restoreCtr(cls._fromArray(pixels.reshape(height, width)), row)


@register("DeltaFunctionKernel", module="lsst.afw.math")
class DeltaFunctionKernel(Kernel):
    """A kernel with one pixel of value 1, the others 0.

    Parameters
    ----------
    width, height
        Size in pixels.
    point
        Index of the active pixel.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if the active pixel is outside the kernel.
    """

    def __init__(self, width: int, height: int, point: lsst.geom.Point2I) -> None:
        super().__init__(width, height)
        if not (0 <= point[0] < width and 0 <= point[1] < height):
            raise InvalidParameterError(f"Active pixel {point} is outside a kernel of {width} x {height}.")
        self._pixel = (int(point[0]), int(point[1]))

    def _makeArray(self) -> FloatArray:
        array = np.zeros((self._height, self._width))
        array[self._pixel[1], self._pixel[0]] = 1.0
        return array

    def resized(self, width: int, height: int) -> DeltaFunctionKernel:
        """Return a kernel with the same offset of the active pixel.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if that pixel is outside the kernel.
        """
        x = self._pixel[0] - self._ctr[0] + (width - 1) // 2
        y = self._pixel[1] - self._ctr[1] + (height - 1) // 2
        return DeltaFunctionKernel(width, height, lsst.geom.Point2I(x, y))

    def _writeArchive(self, out: Any) -> None:
        values = {"pixel_x": self._pixel[0], "pixel_y": self._pixel[1]}
        writeKernelRow(out, self, "pixel_x:J pixel_y:J", values)

    @classmethod
    def _readArchive(cls, archive: Any, catalogs: Sequence[Sequence[Any]]) -> DeltaFunctionKernel:
        row = catalogs[0][0]
        pixel = lsst.geom.Point2I(row["pixel_x"], row["pixel_y"])
        return restoreCtr(cls(*checkedDimensions(row), pixel), row)


@register("LinearCombinationKernel", module="lsst.afw.math")
class LinearCombinationKernel(Kernel):
    """Sum of basis kernels, each times a kernel parameter.

    Parameters
    ----------
    kernelList
        Basis; copied. See `checkKernelList`.
    kernelParameters
        Factors of the basis kernels, or the functions that they follow.
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
        if not functions:
            self.setKernelParameters([float(value) for value in given if not isinstance(value, Function2D)])
        self._arrays = np.array([kernel._computeArray(False)[0] for kernel in self._kernels])

    def clone(self) -> Self:
        """Return an independent copy."""
        other = super().clone()
        other._params = list(self._params)
        return other

    def checkKernelList(self, kernelList: Sequence[Kernel]) -> None:
        """Check that kernels can be a basis.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if there are none, one is spatially varying, or they differ
            in dimensions or center.
        """
        if len(kernelList) < 1:
            raise InvalidParameterError("The list of basis kernels is empty.")
        first = kernelList[0]
        for i, kernel in enumerate(kernelList):
            if kernel.isSpatiallyVarying():
                raise InvalidParameterError(f"Basis kernel {i} is spatially varying.")
            if kernel.getDimensions() != first.getDimensions() or kernel.getCtr() != first.getCtr():
                raise InvalidParameterError(
                    f"Basis kernel {i} has dimensions {kernel.getDimensions()} and center {kernel.getCtr()}; "
                    f"the first has {first.getDimensions()} and {first.getCtr()}."
                )

    def getKernelList(self) -> list[Kernel]:
        """Return the basis (not copied)."""
        return list(self._kernels)

    def getNBasisKernels(self) -> int:
        """Return the number of basis kernels."""
        return len(self._kernels)

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


@register("AnalyticKernel", module="lsst.afw.math")
class AnalyticKernel(Kernel):
    """A kernel whose pixels are a function of their offset from the center.

    Parameters
    ----------
    width, height
        Size in pixels.
    kernelFunction
        Function of the offset in pixels; its parameters are the kernel's.
    spatialFunction
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
        super().__init__(width, height, spatialFunction)

    def clone(self) -> Self:
        """Return an independent copy."""
        other = super().clone()
        other._function = self._function.clone()
        return other

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
        array, total = _normalized(self._evaluateOn(x0, y0, width, height), doNormalize)
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
        """Return a kernel with the same function and another size."""
        return AnalyticKernel(width, height, self._function, self._spatialFunctions or None)

    def _writeArchive(self, out: Any) -> None:
        writeKernelRow(out, self, "kernelfunction:J", {"kernelfunction": out.put(self._function)})

    @classmethod
    def _readArchive(cls, archive: Any, catalogs: Sequence[Sequence[Any]]) -> AnalyticKernel:
        row = catalogs[0][0]
        function = archive.require(row["kernelfunction"], Function2D)
        functions = readSpatialFunctions(archive, row) or None
        return restoreCtr(cls(*checkedDimensions(row), function, functions), row)
