# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Convolution kernels: the base class, and what archives keep of them all."""

from __future__ import annotations

__all__ = ("Kernel",)


import copy
from collections.abc import Sequence
from typing import Any, Self

import numpy as np

import lsst.afw.image as afwImage
import lsst.geom
from lsst.afw.table.io import Persistable
from lsst.afw.table.io._persistable import Fields, readPersistable
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
    spatialFunctions
        One function of position for each kernel parameter; if empty, the
        kernel does not vary.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if the size is not positive.
    """

    def __init__(self, width: int, height: int, spatialFunctions: Sequence[Function2D] = ()) -> None:
        if width < 1 or height < 1:
            raise InvalidParameterError(f"Kernel dimensions {width} x {height} are not positive.")
        self._width, self._height = int(width), int(height)
        self._ctr = ((self._width - 1) // 2, (self._height - 1) // 2)
        self._spatialFunctions = [function.clone() for function in spatialFunctions]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._width} x {self._height}, ctr={self._ctr})"

    def clone(self) -> Kernel:
        """Return an independent copy."""
        return self._copy()

    def _copy(self) -> Self:
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
        corner = lsst.geom.Point2I(bbox.getMinX() - self._ctr[0], bbox.getMinY() - self._ctr[1])
        size = lsst.geom.Extent2I(bbox.getWidth() + self._width - 1, bbox.getHeight() + self._height - 1)
        return lsst.geom.Box2I(corner, size)

    def shrinkBBox(self, bbox: lsst.geom.Box2I) -> lsst.geom.Box2I:
        """Return the box of pixels that can be convolved within ``bbox``.

        InvalidParameterError if ``bbox`` is smaller than the kernel.
        """
        size = lsst.geom.Extent2I(bbox.getWidth() + 1 - self._width, bbox.getHeight() + 1 - self._height)
        if size[0] < 1 or size[1] < 1:
            raise InvalidParameterError(
                f"Box {bbox} is smaller than the kernel ({self._width} x {self._height})."
            )
        corner = lsst.geom.Point2I(bbox.getMinX() + self._ctr[0], bbox.getMinY() + self._ctr[1])
        return lsst.geom.Box2I(corner, size)

    def resized(self, width: int, height: int) -> Kernel:
        """Return the kernel on another number of pixels, same center."""
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
        """Return the present parameters."""
        return self._getParameters()

    def getKernelParameter(self, index: int) -> float:
        """Return one parameter.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if there is no parameter of this index.
        """
        params = self._getParameters()
        if not 0 <= index < len(params):
            raise InvalidParameterError(f"Kernel parameter {index} not in [0, {len(params)}).")
        return params[index]

    def getNKernelParameters(self) -> int:
        """Return the number of parameters."""
        return len(self._getParameters())

    def setKernelParameters(self, params: Sequence[float]) -> None:
        """Set all parameters.

        RuntimeError if the kernel is spatially varying,
        InvalidParameterError on a wrong number.
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

    def _checkSpatialFunctions(self) -> None:
        n = self.getNKernelParameters()
        if self._spatialFunctions and len(self._spatialFunctions) != n:
            raise InvalidParameterError(
                f"{len(self._spatialFunctions)} spatial functions for {n} parameters."
            )

    def isSpatiallyVarying(self) -> bool:
        """Return whether the kernel varies with position."""
        return bool(self._spatialFunctions)

    def getSpatialFunction(self, index: int) -> Function2D:
        """Return a copy of one function.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if there is no function of this index.
        """
        if not 0 <= index < len(self._spatialFunctions):
            raise InvalidParameterError(
                f"Spatial function {index} not in [0, {len(self._spatialFunctions)})."
            )
        return self._spatialFunctions[index].clone()

    def getSpatialFunctionList(self) -> list[Function2D]:
        """Return copies of the functions of position."""
        return [function.clone() for function in self._spatialFunctions]

    def getNSpatialParameters(self) -> int:
        """Return the parameters of each function of position (0 if none)."""
        return self._spatialFunctions[0].getNParameters() if self._spatialFunctions else 0

    def getSpatialParameters(self) -> list[list[float]]:
        """Return the parameters of every function of position."""
        return [function.getParameters() for function in self._spatialFunctions]

    def setSpatialParameters(self, params: Sequence[Sequence[float]]) -> None:
        """Set the parameters of every function of position.

        InvalidParameterError on a wrong number.
        """
        if len(params) != len(self._spatialFunctions):
            raise InvalidParameterError(
                f"Got parameters of {len(params)} spatial functions; {len(self._spatialFunctions)} required."
            )
        for values in params:
            if len(values) != self.getNSpatialParameters():
                raise InvalidParameterError(
                    f"Got {len(values)} spatial parameters; {self.getNSpatialParameters()} required."
                )
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
        array = self._makeArray()
        total = float(np.sum(array))
        if not doNormalize:
            return array, total
        if total == 0.0:
            raise OverflowError("Cannot normalize; kernel sum is 0.")
        return array * (1.0 / total), 1.0

    def _moveTo(self, x: float, y: float) -> None:
        """Set the parameters to those at a position, if they vary."""
        if self._spatialFunctions:
            self._setParameters([function(x, y) for function in self._spatialFunctions])

    def _makeArray(self) -> FloatArray:
        """Return the pixels for the present parameters."""
        raise NotImplementedError(f"{type(self).__name__} does not implement its pixels.")


def writeKernelRow(out: Any, kernel: Kernel, fields: str, values: dict[str, Any]) -> None:
    """Write the one row of a kernel.

    Parameters
    ----------
    out : output archive
    kernel : `Kernel`
    fields : `str`
        Columns of the subclass, which follow the common ones.
    values : `dict`
        Values of those columns.
    """
    common = "dimensions_x:J dimensions_y:J center_x:J center_y:J"
    ctr = kernel.getCtr()
    row: dict[str, Any] = {
        "dimensions_x": kernel.getWidth(),
        "dimensions_y": kernel.getHeight(),
        "center_x": ctr[0],
        "center_y": ctr[1],
    }
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
