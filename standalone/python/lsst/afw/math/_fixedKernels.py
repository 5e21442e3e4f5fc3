# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kernels without parameters."""

from __future__ import annotations

__all__ = ["DeltaFunctionKernel", "FixedKernel"]

from collections.abc import Sequence
from typing import Any

import numpy as np

import lsst.afw.image as afwImage
import lsst.geom
from lsst.afw.table.io._errors import checkedDimensions
from lsst.afw.table.io._persistable import register
from lsst.pex.exceptions import InvalidParameterError

from ._function import FloatArray
from ._kernel import Kernel
from ._kernelArchive import restoreCtr, writeKernelRow


@register("FixedKernel", module="lsst.afw.math")
class FixedKernel(Kernel):
    """A kernel made of given pixels.

    Parameters
    ----------
    image : `lsst.afw.image.ImageD` or `Kernel`
        Pixels (copied; the origin of the image is ignored), or a kernel to
        evaluate.
    pos : `lsst.geom.Point2D`, optional
        Where to evaluate the kernel; required for a kernel.
    """

    def __init__(self, image: afwImage.ImageD | Kernel, pos: lsst.geom.Point2D | None = None) -> None:
        if isinstance(image, Kernel):
            if pos is None:
                raise TypeError("a position is required to make a FixedKernel of a kernel")
            array, _ = image._computeArray(False, pos[0], pos[1])
        else:
            if pos is not None:
                raise TypeError("a position applies only to a FixedKernel made of a kernel")
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
        """Return a kernel cropped or padded with zeros, same centre."""
        if width < 1 or height < 1:
            raise InvalidParameterError(f"kernel dimensions {width} x {height} are not positive")
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
    width, height : `int`
        Size in pixels.
    point : `lsst.geom.Point2I`
        Index of the active pixel; InvalidParameterError if outside.
    """

    def __init__(self, width: int, height: int, point: lsst.geom.Point2I) -> None:
        super().__init__(width, height)
        if not (0 <= point[0] < width and 0 <= point[1] < height):
            raise InvalidParameterError(f"active pixel {point} is outside a kernel of {width} x {height}")
        self._pixel = (int(point[0]), int(point[1]))

    def getPixel(self) -> lsst.geom.Point2I:
        """Return the index of the active pixel."""
        return lsst.geom.Point2I(*self._pixel)

    def _makeArray(self) -> FloatArray:
        array = np.zeros((self._height, self._width))
        array[self._pixel[1], self._pixel[0]] = 1.0
        return array

    def resized(self, width: int, height: int) -> DeltaFunctionKernel:
        """Return a kernel with the same offset of pixel from centre.

        InvalidParameterError if that pixel lies outside.
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
