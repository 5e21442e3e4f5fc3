# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Warping of the images of PSFs by the local affine part of a mapping."""

from __future__ import annotations

__all__ = ("LocalWarp", "WarpedPsf", "makeCenteredImage", "makeStencil")

import dataclasses
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lsst.afw.detection import Psf
from lsst.afw.geom import TransformPoint2ToPoint2
from lsst.afw.image import Color, ImageD
from lsst.afw.math import WarpingControl
from lsst.afw.table.io._errors import MAX_PSF_PIXELS
from lsst.afw.table.io._persistable import Fields, register
from lsst.geom import Box2I, Point2D, Point2I
from lsst.pex.exceptions import InvalidParameterError, LogicError, RangeError
from lsst.pixels import PositionGrid, Resampling, resample_image

from ._imagePsf import ImagePsf

if TYPE_CHECKING:
    from lsst.afw.table.io._inputArchive import InputArchive
    from lsst.afw.table.io._outputArchive import ArchiveHandle

# Offsets (pixels) at which a mapping is evaluated for its derivatives:
# central differences of fourth order. With steps of a pixel, the noise of
# mapping through the sky, 1e-10 pixel, does not affect the derivatives.
_STEPS = np.array([1.0, -1.0, 2.0, -2.0])
_DERIVATIVE = np.array([8.0, -8.0, -1.0, 1.0]) / 12.0
_STENCIL = np.zeros((2, 9))
_STENCIL[0, 1:5] = _STENCIL[1, 5:9] = _STEPS

_MAX_MAGNIFICATION = 200.0
_NUDGE = 4.0 * 2.0**-53


def makeStencil(position: Point2D) -> np.ndarray:
    """Return the positions at which a mapping must be known to linearize it.

    Parameters
    ----------
    position
        Position where the mapping is to be linearized (pixels).

    Returns
    -------
    positions
        Array of shape (2, 9), the position itself first.
    """
    return _STENCIL + np.array([[position.getX()], [position.getY()]])


@dataclasses.dataclass(frozen=True)
class LocalWarp:
    """An affine mapping from a destination image to a source image.

    The origin of the destination is the center of the pixel that the star
    falls on; ``source + toSource @ u`` is the source position of the
    destination position ``u``.

    Parameters
    ----------
    source
        Source position of the origin (pixels).
    toSource
        Matrix of partial derivatives, shape (2, 2).
    """

    source: tuple[float, float]
    toSource: np.ndarray

    @classmethod
    def fromStencil(cls, position: Point2D, mapped: np.ndarray) -> LocalWarp:
        """Linearize a mapping.

        Parameters
        ----------
        position
            Destination position of the star (pixels).
        mapped
            Source positions of `makeStencil`, shape (2, 9).

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if the mapping or its derivatives are not finite.
        """
        if not np.isfinite(mapped).all():
            raise InvalidParameterError(f"The mapping to the source of a PSF is not finite near {position}.")
        toSource = np.stack([mapped[:, 1:5] @ _DERIVATIVE, mapped[:, 5:9] @ _DERIVATIVE], axis=1)
        offset = np.array([_roundAway(c) - c for c in position])
        x, y = mapped[:, 0] + toSource @ offset
        return cls((float(x), float(y)), toSource)

    @property
    def sourcePosition(self) -> Point2D:
        """Source position at which the PSF of the source is needed."""
        return Point2D(*self.source)

    def warpBox(self, box: Box2I) -> Box2I:
        """Compute the box of a star's warped image, centered on pixel (0, 0).

        Parameters
        ----------
        box
            Box of the image of the star in the source.

        Raises
        ------
        lsst.pex.exceptions.RangeError
            Raised if the mapping magnifies more than 200 times, or the image
            becomes larger than any PSF is.
        """
        (a, b), (c, d) = self.toSource.tolist()
        determinant = a * d - b * c
        largest = max(abs(a), abs(b), abs(c), abs(d))
        if not 0.0 < largest <= _MAX_MAGNIFICATION * abs(determinant) < math.inf:
            raise RangeError(
                f"Cannot warp a PSF by more than {_MAX_MAGNIFICATION:g}: the matrix to the source is"
                f" {self.toSource.tolist()}."
            )
        xs = (box.getMinX() - 0.5 - self.source[0], box.getMaxX() + 0.5 - self.source[0])
        ys = (box.getMinY() - 0.5 - self.source[1], box.getMaxY() + 0.5 - self.source[1])
        halfX = _halfExtent([(d * x - b * y) / determinant for x in xs for y in ys])
        halfY = _halfExtent([(a * y - c * x) / determinant for x in xs for y in ys])
        if (2 * halfX + 1) * (2 * halfY + 1) > MAX_PSF_PIXELS:
            raise RangeError(
                f"Cannot warp a PSF of {box.getDimensions()} to {2 * halfX + 1} by {2 * halfY + 1} pixels."
            )
        return Box2I(Point2I(-halfX, -halfY), Point2I(halfX, halfY))

    def warpImage(self, image: ImageD, resampling: Resampling) -> np.ndarray:
        """Warp the image of a star and normalize it.

        Parameters
        ----------
        image
            Image of the star in the source, at `sourcePosition`.
        resampling
            Kernel of the resampling.

        Returns
        -------
        warped
            Kernel image in the destination, of sum 1; an odd number of rows
            and of columns about the center.

        Raises
        ------
        lsst.pex.exceptions.RangeError
            Raised if the mapping magnifies more than 200 times.
        lsst.pex.exceptions.InvalidParameterError
            Raised if the sum of the warped image is zero.
        """
        box = self.warpBox(image.getBBox())
        pad = max(resampling.kernel.center, resampling.kernel.size - resampling.kernel.center)
        height, width = image.array.shape
        source = np.zeros((height + 2 * pad, width + 2 * pad))
        source[pad : pad + height, pad : pad + width] = image.array
        x0, y0 = image.getX0() - pad, image.getY0() - pad
        # An affine mapping needs no more than the nodes at the corners.
        columns, rows = np.array([-1, box.getWidth() - 1]), np.array([-1, box.getHeight() - 1])
        u, v = columns + float(box.getMinX()), (rows + float(box.getMinY()))[:, np.newaxis]
        (a, b), (c, d) = self.toSource
        grid = PositionGrid(
            columns, rows, self.source[0] - x0 + a * u + b * v, self.source[1] - y0 + c * u + d * v
        )
        warped = np.empty((box.getHeight(), box.getWidth()))
        resample_image(source, grid, warped, resampling, 0.0)
        total = warped.sum()
        if total == 0.0:
            raise InvalidParameterError(f"The PSF warped from {self.sourcePosition} has a sum of zero.")
        warped *= 1.0 / total
        return warped


def makeCenteredImage(array: np.ndarray) -> ImageD:
    """Make an image from an array, with its center at pixel (0, 0)."""
    height, width = array.shape
    return ImageD(array, False, Point2I(-(width // 2), -(height // 2)))


def _roundAway(value: float) -> float:
    """Round to an integer, halves away from zero."""
    return math.copysign(math.floor(abs(value) + 0.5), value)


def _halfExtent(values: list[float]) -> int:
    """Return half the length of the half-open interval around the values."""
    end = max(values)
    end += _NUDGE * (abs(end) or 1.0)
    return math.floor(0.5 * (end - min(values)))


FIELDS = Fields("psfIndex:J transformIndex:J controlIndex:J")


@register("WarpedPsf", module="lsst.meas.algorithms")
class WarpedPsf(ImagePsf):
    """A PSF warped by the local affine part of a transform.

    ``WarpedPsf(undistortedPsf, distortion, control)`` or
    ``WarpedPsf(undistortedPsf, distortion, kernelName="lanczos3",
    cache=10000)``.

    Parameters
    ----------
    undistortedPsf
        PSF of the source image.
    distortion
        Transform from pixels of the source to pixels of this PSF's image.
    control
        Warping parameters, an `lsst.afw.math.WarpingControl`.
    kernelName
        Name of the warping kernel.
    cache
        Number of kernels tabulated.

    Raises
    ------
    lsst.pex.exceptions.LogicError
        Raised if an argument is `None`.
    """

    def __init__(
        self, undistortedPsf: Psf, distortion: TransformPoint2ToPoint2, *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(isFixed=False)
        if (args and isinstance(args[0], str)) or not (args or "control" in kwargs):
            control = _makeControl(*args, **kwargs)
        else:
            control = _useControl(*args, **kwargs)
        if undistortedPsf is None or distortion is None or control is None:
            raise LogicError(
                "WarpedPsf needs a PSF, a transform and a warping control, got"
                f" {undistortedPsf!r}, {distortion!r}, {control!r}."
            )
        self._undistortedPsf = undistortedPsf
        self._distortion = distortion
        self._control = control

    def clone(self) -> WarpedPsf:
        """Return a copy with empty caches and a copy of the original PSF."""
        result = self._copyWithEmptyCaches()
        result._undistortedPsf = self._undistortedPsf.clone()
        return result

    def resized(self, width: int, height: int) -> Psf:
        """Raise an error, since the distortion determines the dimensions.

        Raises
        ------
        lsst.pex.exceptions.LogicError
            Raised if the method is called.
        """
        raise LogicError("A WarpedPsf cannot be resized.")

    def getAveragePosition(self) -> Point2D:
        """Return the position where the PSF is typical (pixels)."""
        return self._distortion.applyForward(self._undistortedPsf.getAveragePosition())

    def isPersistable(self) -> bool:
        """Return whether PSF, transform and control can all be saved."""
        return (
            self._undistortedPsf.isPersistable()
            and self._distortion.isPersistable()
            and self._control.isPersistable()
        )

    def _localWarp(self, position: Point2D) -> LocalWarp:
        mapped = self._distortion._applyInverseArray(makeStencil(position))
        return LocalWarp.fromStencil(position, mapped)

    def _doComputeBBox(self, position: Point2D, color: Color) -> Box2I:
        warp = self._localWarp(position)
        return warp.warpBox(self._undistortedPsf.computeImageBBox(warp.sourcePosition, color))

    def _doComputeKernelImage(self, position: Point2D, color: Color) -> ImageD:
        warp = self._localWarp(position)
        image = self._undistortedPsf.computeImage(warp.sourcePosition, color, Psf.INTERNAL)
        return makeCenteredImage(warp.warpImage(image, self._control._resampling()))

    def _writeArchive(self, out: ArchiveHandle) -> None:
        row = {
            "psfIndex": out.put(self._undistortedPsf),
            "transformIndex": out.put(self._distortion),
            "controlIndex": out.put(self._control),
        }
        out.addCatalog(FIELDS, [row])

    @classmethod
    def _readArchive(cls, archive: InputArchive, catalogs: Sequence[Sequence[Any]]) -> WarpedPsf:
        row = catalogs[0][0]
        return cls(
            archive.require(row["psfIndex"], Psf),
            archive.require(row["transformIndex"], TransformPoint2ToPoint2),
            archive.require(row["controlIndex"], WarpingControl),
        )


def _makeControl(kernelName: str = "lanczos3", cache: int = 10000) -> WarpingControl:
    return WarpingControl(kernelName, "", cache)


def _useControl(control: WarpingControl) -> WarpingControl:
    return control


WarpedPsf.__module__ = "lsst.meas.algorithms"
