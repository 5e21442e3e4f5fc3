# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""A circular Gaussian point spread function."""

from __future__ import annotations

__all__ = ("GaussianPsf",)

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lsst.afw.geom.ellipses import Quadrupole
from lsst.afw.image import Color, ImageD
from lsst.afw.table.io._errors import checkedDimensions
from lsst.afw.table.io._persistable import Fields, register
from lsst.geom import Box2I, Extent2I, Point2D, Point2I
from lsst.pex.exceptions import InvalidParameterError

from ._psf import Psf

if TYPE_CHECKING:
    from lsst.afw.table.io._inputArchive import InputArchive
    from lsst.afw.table.io._outputArchive import ArchiveHandle

FIELDS = Fields("dimensions_x:J dimensions_y:J sigma:D")


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
        dimensions, self._sigma = _dimensionsAndSigma(*args, **kwargs)
        super().__init__(isFixed=True)
        if dimensions.getX() % 2 != 1:
            raise InvalidParameterError(f"The width of a GaussianPsf must be odd, got {dimensions.getX()}.")
        self._dimensions = dimensions

    def clone(self) -> GaussianPsf:
        """Copy with empty caches."""
        return self._copyWithEmptyCaches()

    def resized(self, width: int, height: int) -> GaussianPsf:
        """Copy whose kernel images have other dimensions (pixels)."""
        return GaussianPsf(width, height, self._sigma)

    def getDimensions(self) -> Extent2I:
        """Dimensions of the kernel image (pixels)."""
        return Extent2I(self._dimensions)

    def getSigma(self) -> float:
        """Standard deviation (pixels)."""
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
        out.addCatalog(FIELDS, [{"dimensions_x": width, "dimensions_y": height, "sigma": self._sigma}])

    @classmethod
    def _readArchive(cls, archive: InputArchive, catalogs: Sequence[Sequence[Any]]) -> GaussianPsf:
        row = catalogs[0][0]
        return cls(*checkedDimensions(row), row["sigma"])


def _fromDimensions(dimensions: Extent2I, sigma: float) -> tuple[Extent2I, float]:
    return Extent2I(dimensions), float(sigma)


def _fromWidthAndHeight(width: int, height: int, sigma: float) -> tuple[Extent2I, float]:
    return Extent2I(width, height), float(sigma)


def _dimensionsAndSigma(*args: Any, **kwargs: Any) -> tuple[Extent2I, float]:
    """Choose between the two signatures of the constructor."""
    if "dimensions" in kwargs or (args and isinstance(args[0], Extent2I)):
        return _fromDimensions(*args, **kwargs)
    return _fromWidthAndHeight(*args, **kwargs)


GaussianPsf.__module__ = "lsst.afw.detection"
