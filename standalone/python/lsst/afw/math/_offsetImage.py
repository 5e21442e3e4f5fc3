# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shift an image by a fraction of a pixel."""

from __future__ import annotations

__all__ = ["offsetImage"]

import math

import numpy as np

import lsst.afw.image as afwImage
import lsst.geom
from lsst.pex.exceptions import LengthError
from lsst.pixels._jit import compiled

from ._warpingKernels import makeWarpingKernel


def offsetImage(
    image: afwImage.ImageD, dx: float, dy: float, algorithmName: str = "lanczos5", buffer: int = 0
) -> afwImage.ImageD:
    """Return a copy of an image shifted in x and y.

    Pixels within the reach of the kernel from the edge are not shifted, but
    if ``buffer`` is at least the kernel's order these are outside the image.

    Parameters
    ----------
    image : `lsst.afw.image.ImageD` or `lsst.afw.image.ImageF`
        Image to shift.
    dx, dy : `float`
        Shift in pixels, taken as float32. Shifts of a pixel or more go
        into the origin of the result, up to the nearest integer.
    algorithmName : `str`, optional
        Name of a warping kernel.
    buffer : `int`, optional
        Width of the border of zeros that is assumed around the image.

    Raises
    ------
    lsst.pex.exceptions.LengthError
        If image and border are smaller than the kernel.
    lsst.pex.exceptions.InvalidParameterError
        If the name of the kernel is unknown.
    """
    if not isinstance(image, (afwImage.ImageD, afwImage.ImageF)):
        raise TypeError(f"offsetImage needs an ImageD or ImageF, not {type(image).__name__}")
    kernel = makeWarpingKernel(algorithmName)
    height, width = image.array.shape
    padded = np.zeros((height + 2 * buffer, width + 2 * buffer))
    inner = padded[buffer : buffer + height, buffer : buffer + width]
    inner[:, :] = image.array
    if padded.shape[1] < kernel.getWidth() or padded.shape[0] < kernel.getHeight():
        raise LengthError(
            f"image of {padded.shape[1]} x {padded.shape[0]} pixels is smaller than the kernel, "
            f"{kernel.getWidth()} x {kernel.getHeight()}"
        )
    wholeX, fractionX, wholeY, fractionY = _splitOffset(float(np.float32(dx)), float(np.float32(dy)))
    if fractionX != 0.0 or fractionY != 0.0:
        # A filter that takes out the offset is centred one tap to the right
        # of the usual one if the content moves right.
        default = kernel.getCtr()
        ctr = lsst.geom.Point2I(default[0] + (-fractionX < 0), default[1] + (-fractionY < 0))
        kernel.setCtr(ctr)
        kernel.setKernelParameters((-fractionX, -fractionY))
        columns, rows, _ = kernel._computeVectors(True)
        _correlate(padded, columns, rows, *ctr)

    result = image.Factory(image.getDimensions())
    result.setXY0(lsst.geom.Point2I(image.getX0() + wholeX, image.getY0() + wholeY))
    result.array[:, :] = inner
    return result


def _splitOffset(dx: float, dy: float) -> tuple[int, float, int, float]:
    """Whole and fractional pixels; no whole ones if both are below 1."""
    if abs(dx) < 1 and abs(dy) < 1:
        return 0, dx, 0, dy
    wholeX, wholeY = math.floor(dx + 0.5), math.floor(dy + 0.5)
    return wholeX, dx - wholeX, wholeY, dy - wholeY


@compiled
def _correlate(array, columns, rows, ctrX, ctrY):  # type: ignore[no-untyped-def]
    """Correlate in place, wherever the kernel fits; the rest stays."""
    height, width = array.shape
    alongX = np.zeros((height, width - len(columns) + 1))
    for j in range(height):
        for k in range(len(columns)):
            for i in range(alongX.shape[1]):
                alongX[j, i] += columns[k] * array[j, i + k]
    for j in range(height - len(rows) + 1):
        fitted = np.zeros(alongX.shape[1])
        for k in range(len(rows)):
            for i in range(len(fitted)):
                fitted[i] += rows[k] * alongX[j + k, i]
        for i in range(len(fitted)):
            array[j + ctrY, i + ctrX] = fitted[i]
