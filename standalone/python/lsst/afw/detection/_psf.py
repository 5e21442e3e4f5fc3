# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Point spread functions: the base class and a circular Gaussian."""

from __future__ import annotations

__all__ = (
    "GaussianPsf",
    "InvalidPsfError",
    "OpaquePsf",
    "Psf",
)

import copy
import enum
import math
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn, Self

import numpy as np
from cachetools import LRUCache

from lsst.afw.geom.ellipses import Quadrupole
from lsst.afw.image import Color, ImageD
from lsst.afw.math import FixedKernel, offsetImage
from lsst.afw.table.io._errors import checkedDimensions
from lsst.afw.table.io._homes import registerOpaque
from lsst.afw.table.io._opaque import OpaquePersistable
from lsst.afw.table.io._persistable import Fields, readPersistable, register
from lsst.afw.typehandling import Storable
from lsst.geom import Box2I, Extent2I, Point2D, Point2I
from lsst.pex.exceptions import InvalidParameterError

if TYPE_CHECKING:
    from lsst.afw.table.io._inputArchive import InputArchive
    from lsst.afw.table.io._outputArchive import ArchiveHandle


_NO_COLOR = Color()

# Position and, unless it is indeterminate, color.
_Key = tuple[float, float, tuple[float, str] | None]

# Guards the caches of all PSFs; it is only ever held briefly.
_lock = threading.Lock()


class InvalidPsfError(InvalidParameterError):
    """Error for a PSF that is evaluated where it is not defined."""


InvalidPsfError.__module__ = "lsst.afw.detection"


class Psf(Storable):
    """A point spread function that may vary with position.

    A subclass provides ``_doComputeKernelImage(position, color)``,
    ``_doComputeBBox(position, color)``, ``_doComputeShape(position, color)``
    and ``_doComputeApertureFlux(radius, position, color)``, and may override
    ``_doComputeImage(position, color)``. A kernel image has sum 1 and the
    center of the star on pixel (0, 0).

    Positions are in pixels of the image that the PSF belongs to; one whose
    coordinates are both NaN stands for the average position.

    Parameters
    ----------
    isFixed
        Whether the kernel image is the same everywhere.
    capacity
        Number of images, and of kernel images, to cache; 0 for no limit.
    """

    class ImageOwnerEnum(enum.IntEnum):
        """Who owns a returned image."""

        COPY = 0
        INTERNAL = 1

    COPY = ImageOwnerEnum.COPY
    INTERNAL = ImageOwnerEnum.INTERNAL

    def __init__(self, isFixed: bool = False, capacity: int = 100) -> None:
        super().__init__()
        self._isFixed = isFixed
        self.setCacheCapacity(capacity)

    @classmethod
    def readFits(cls, fileName: str, hdu: int | None = None) -> Any:
        """Read a PSF from a file written by `writeFits`."""
        return readPersistable(cls, fileName, hdu)

    def clone(self) -> Psf:
        """Return a copy with empty caches."""
        raise NotImplementedError(f"{type(self).__name__} does not implement clone.")

    def resized(self, width: int, height: int) -> Psf:
        """Return a copy whose kernel images have other dimensions (pixels)."""
        raise NotImplementedError(f"{type(self).__name__} does not implement resized.")

    def _copyWithEmptyCaches(self) -> Self:
        """Return a copy that shares everything but the caches."""
        result = copy.copy(self)
        result.setCacheCapacity(self._capacity)
        return result

    def computeKernelImage(
        self, position: Point2D, color: Color = _NO_COLOR, owner: ImageOwnerEnum = COPY
    ) -> ImageD:
        """Compute the image of a star of flux 1, centered on a pixel.

        Parameters
        ----------
        position
            Position of the star (pixels).
        color
            Color of the star.
        owner
            ``INTERNAL`` to get the cached image, which must not be changed.

        Returns
        -------
        image
            Image of sum 1 whose center is pixel (0, 0).

        Raises
        ------
        InvalidPsfError
            Raised if the PSF is not defined there.
        """
        key = self._kernelKey(position, color)
        image = self._cached(self._kernelImageCache, key, self._doComputeKernelImage, color)
        return image if owner == Psf.INTERNAL else image.clone()

    def computeImage(
        self, position: Point2D, color: Color = _NO_COLOR, owner: ImageOwnerEnum = COPY
    ) -> ImageD:
        """Compute the image of a star of flux 1 at its position.

        Parameters
        ----------
        position
            Position of the star (pixels).
        color
            Color of the star.
        owner
            ``INTERNAL`` to get the cached image, which must not be changed.

        Returns
        -------
        image
            Image whose origin puts the star at the position. It is not
            renormalized after the shift by a fraction of a pixel.

        Raises
        ------
        InvalidPsfError
            Raised if the PSF is not defined there.
        """
        key = self._key(position, color)
        image = self._cached(self._imageCache, key, self._doComputeImage, color)
        return image if owner == Psf.INTERNAL else image.clone()

    def computeBBox(self, position: Point2D, color: Color = _NO_COLOR) -> Box2I:
        """Compute the bounding box of `computeKernelImage` (pixels)."""
        key = self._kernelKey(position, color)
        with _lock:
            image = self._kernelImageCache.get(key)
        return self._doComputeBBox(Point2D(*key[:2]), color) if image is None else image.getBBox()

    def computeKernelBBox(self, position: Point2D, color: Color = _NO_COLOR) -> Box2I:
        """Compute the bounding box of `computeKernelImage` (pixels)."""
        return self.computeBBox(position, color)

    def computeImageBBox(self, position: Point2D, color: Color = _NO_COLOR) -> Box2I:
        """Compute the bounding box of `computeImage` (pixels)."""
        return self.computeImage(position, color, Psf.INTERNAL).getBBox()

    def computePeak(self, position: Point2D, color: Color = _NO_COLOR) -> float:
        """Compute the value of the center pixel of `computeKernelImage`."""
        image = self.computeKernelImage(position, color, Psf.INTERNAL)
        return float(image.array[-image.getY0(), -image.getX0()])

    def computeShape(self, position: Point2D, color: Color = _NO_COLOR) -> Quadrupole:
        """Compute the second moments (pixels squared)."""
        return self._doComputeShape(self._position(position), color)

    def computeApertureFlux(self, radius: float, position: Point2D, color: Color = _NO_COLOR) -> float:
        """Compute the flux within a radius (pixels) of the center."""
        return self._doComputeApertureFlux(radius, self._position(position), color)

    def getLocalKernel(self, position: Point2D, color: Color = _NO_COLOR) -> FixedKernel:
        """Compute the convolution kernel of a position."""
        return FixedKernel(self.computeKernelImage(position, color))

    def getAveragePosition(self) -> Point2D:
        """Return the position where the PSF is typical (pixels)."""
        return Point2D(0.0, 0.0)

    def getAverageColor(self) -> Color:
        """Return the color for which the PSF is typical."""
        return Color()

    def getCacheCapacity(self) -> int:
        """Return the number of images, and of kernel images, to cache."""
        return self._capacity

    def setCacheCapacity(self, capacity: int) -> None:
        """Set the number to cache (0 for no limit), and clear the caches."""
        if capacity < 0:
            raise ValueError(f"The capacity of a cache must not be negative, got {capacity}.")
        self._capacity = capacity
        self._imageCache = LRUCache(capacity or math.inf)
        self._kernelImageCache = LRUCache(capacity or math.inf)

    @staticmethod
    def recenterKernelImage(
        im: ImageD, position: Point2D, warpAlgorithm: str = "lanczos5", warpBuffer: int = 5
    ) -> ImageD:
        """Move a kernel image to a position.

        Parameters
        ----------
        im
            Image whose center is pixel (0, 0). Its origin is changed if the
            position is the center of a pixel.
        position
            Position to move the center to (pixels).
        warpAlgorithm
            Warping kernel for the shift by a fraction of a pixel.
        warpBuffer
            Border of zeros (pixels) around the image during the shift.

        Returns
        -------
        image
            The shifted image, or ``im``.
        """
        ix, iy = math.floor(position.getX() + 0.5), math.floor(position.getY() + 0.5)
        rx, ry = position.getX() - ix, position.getY() - iy
        if rx != 0.0 or ry != 0.0:
            im = offsetImage(im, rx, ry, warpAlgorithm, warpBuffer)
        im.setXY0(Point2I(im.getX0() + ix, im.getY0() + iy))
        return im

    def _doComputeKernelImage(self, position: Point2D, color: Color) -> ImageD:
        raise NotImplementedError(f"{type(self).__name__} does not implement _doComputeKernelImage.")

    def _doComputeImage(self, position: Point2D, color: Color) -> ImageD:
        # A shift by whole pixels moves the kernel image itself, so
        # it must be a copy.
        return self.recenterKernelImage(self.computeKernelImage(position, color), position)

    def _doComputeBBox(self, position: Point2D, color: Color) -> Box2I:
        raise NotImplementedError(f"{type(self).__name__} does not implement _doComputeBBox.")

    def _doComputeShape(self, position: Point2D, color: Color) -> Quadrupole:
        raise NotImplementedError(f"{type(self).__name__} does not implement _doComputeShape.")

    def _doComputeApertureFlux(self, radius: float, position: Point2D, color: Color) -> float:
        raise NotImplementedError(f"{type(self).__name__} does not implement _doComputeApertureFlux.")

    def _position(self, position: Point2D) -> Point2D:
        """Replace a position that is not given with the average one."""
        if math.isnan(position.getX()) and math.isnan(position.getY()):
            return self.getAveragePosition()
        return position

    @staticmethod
    def _cached(
        cache: LRUCache, key: _Key, compute: Callable[[Point2D, Color], ImageD], color: Color
    ) -> ImageD:
        """Return an image from a cache, computing it if needed.

        Threads that need it at the same time may each compute it.
        """
        with _lock:
            image = cache.get(key)
        if image is None:
            image = compute(Point2D(*key[:2]), color)
            with _lock:
                cache[key] = image
        return image

    def _key(self, position: Point2D, color: Color) -> _Key:
        position = self._position(position)
        known = None if color.isIndeterminate() else (color.getColorValue(), color.getColorType())
        return position.getX(), position.getY(), known

    def _kernelKey(self, position: Point2D, color: Color) -> _Key:
        return self._key(self.getAveragePosition() if self._isFixed else position, color)


Psf.__module__ = "lsst.afw.detection"


class OpaquePsf(OpaquePersistable, Psf):
    """A PSF of a class that the runtime does not implement.

    It can be passed through and written again, but has no images.
    """

    def clone(self) -> OpaquePsf:
        return self

    def resized(self, width: int, height: int) -> NoReturn:
        self._refuse()

    def getAveragePosition(self) -> Point2D:
        """Return the average position of the stars, if archived (pixels)."""
        rows = self._catalogs[0][1] if self._catalogs else []
        if not rows or "averagePosition_x" not in rows[0]:
            self._refuse()
        return Point2D(rows[0]["averagePosition_x"], rows[0]["averagePosition_y"])

    def _refuse(self) -> NoReturn:
        raise InvalidPsfError(
            f"A PSF of class {self._archiveName} ({self._archiveModule}) can only be passed through here; "
            f"it has no images without the package that provides the class."
        )

    def _doComputeKernelImage(self, position: Point2D, color: Color) -> NoReturn:
        self._refuse()

    def _doComputeImage(self, position: Point2D, color: Color) -> NoReturn:
        self._refuse()

    def _doComputeBBox(self, position: Point2D, color: Color) -> NoReturn:
        self._refuse()

    def _doComputeShape(self, position: Point2D, color: Color) -> NoReturn:
        self._refuse()

    def _doComputeApertureFlux(self, radius: float, position: Point2D, color: Color) -> NoReturn:
        self._refuse()


registerOpaque("Psf", OpaquePsf)


GAUSSIAN_FIELDS = Fields("dimensions_x:J dimensions_y:J sigma:D")


@register("GaussianPsf", module="lsst.afw.detection")
class GaussianPsf(Psf):
    """A circular Gaussian, the same everywhere.

    ``GaussianPsf(width, height, sigma)`` or ``GaussianPsf(dimensions,
    sigma)``.

    Parameters
    ----------
    width, height
        Dimensions of the kernel image (pixels).
    dimensions
        Both, as an `lsst.geom.Extent2I`.
    sigma
        Standard deviation (pixels).

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if the width is even.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        isBoth = "dimensions" in kwargs or (args and isinstance(args[0], Extent2I))
        parse = _fromDimensions if isBoth else _fromWidthAndHeight
        dimensions, self._sigma = parse(*args, **kwargs)
        super().__init__(isFixed=True)
        if dimensions.getX() % 2 != 1:
            raise InvalidParameterError(f"The width of a GaussianPsf must be odd, got {dimensions.getX()}.")
        self._dimensions = dimensions

    def clone(self) -> GaussianPsf:
        """Return a copy with empty caches."""
        return self._copyWithEmptyCaches()

    def resized(self, width: int, height: int) -> GaussianPsf:
        """Return a copy whose kernel images have other dimensions (pixels)."""
        return GaussianPsf(width, height, self._sigma)

    def getDimensions(self) -> Extent2I:
        """Return the dimensions of the kernel image (pixels)."""
        return Extent2I(self._dimensions)

    def getSigma(self) -> float:
        """Return the standard deviation (pixels)."""
        return self._sigma

    def _doComputeBBox(self, position: Point2D, color: Color) -> Box2I:
        width, height = self._dimensions
        return Box2I(Point2I(-(width // 2), -(height // 2)), self._dimensions)

    def _doComputeKernelImage(self, position: Point2D, color: Color) -> ImageD:
        box = self._doComputeBBox(position, color)
        x = np.arange(box.getMinX(), box.getMaxX() + 1) / self._sigma
        y = np.arange(box.getMinY(), box.getMaxY() + 1) / self._sigma
        array = np.exp(-0.5 * (x**2 + y[:, np.newaxis] ** 2))
        return ImageD(array / array.sum(), False, box.getMin())

    def _doComputeShape(self, position: Point2D, color: Color) -> Quadrupole:
        return Quadrupole(self._sigma**2, self._sigma**2, 0.0)

    def _doComputeApertureFlux(self, radius: float, position: Point2D, color: Color) -> float:
        return -math.expm1(-0.5 * (radius / self._sigma) ** 2)

    def _writeArchive(self, out: ArchiveHandle) -> None:
        width, height = self._dimensions
        out.addCatalog(
            GAUSSIAN_FIELDS, [{"dimensions_x": width, "dimensions_y": height, "sigma": self._sigma}]
        )

    @classmethod
    def _readArchive(cls, archive: InputArchive, catalogs: Sequence[Sequence[Any]]) -> GaussianPsf:
        row = catalogs[0][0]
        return cls(*checkedDimensions(row), row["sigma"])


def _fromDimensions(dimensions: Extent2I, sigma: float) -> tuple[Extent2I, float]:
    return Extent2I(dimensions), float(sigma)


def _fromWidthAndHeight(width: int, height: int, sigma: float) -> tuple[Extent2I, float]:
    return Extent2I(width, height), float(sigma)


GaussianPsf.__module__ = "lsst.afw.detection"
