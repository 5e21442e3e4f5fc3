# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""PSFs made of a convolution kernel, or of Gaussians."""

from __future__ import annotations

__all__ = ("DoubleGaussianPsf", "KernelPsf", "PcaPsf", "SingleGaussianPsf")

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

from lsst.afw.image import Color, ImageD
from lsst.afw.math import (
    AnalyticKernel,
    DoubleGaussianFunction2D,
    GaussianFunction1D,
    Kernel,
    LinearCombinationKernel,
    SeparableKernel,
)
from lsst.afw.table.io._errors import checkedDimensions
from lsst.afw.table.io._persistable import Fields, register
from lsst.geom import Box2I, Point2D, Point2I
from lsst.pex.exceptions import DomainError

from ._imagePsf import ImagePsf

if TYPE_CHECKING:
    from lsst.afw.table.io._inputArchive import InputArchive
    from lsst.afw.table.io._outputArchive import ArchiveHandle

FIELDS = Fields("kernel:J averagePosition_x:D averagePosition_y:D")
_ORIGIN = Point2D(0.0, 0.0)


@register("KernelPsf", module="lsst.meas.algorithms")
class KernelPsf(ImagePsf):
    """The normalized image of a kernel.

    Parameters
    ----------
    kernel
        Kernel, which is copied. If it does not vary, neither does
        the PSF.
    averagePosition
        Position where the PSF is typical (pixels).

    Raises
    ------
    TypeError
        Raised if the kernel is not of the class that the PSF requires.
    """

    _kernelClass: ClassVar[type[Kernel]] = Kernel

    def __init__(self, kernel: Kernel, averagePosition: Point2D = _ORIGIN) -> None:
        if not isinstance(kernel, self._kernelClass):
            raise TypeError(
                f"{type(self).__name__} needs a {self._kernelClass.__name__}, got {type(kernel).__name__}."
            )
        super().__init__(isFixed=not kernel.isSpatiallyVarying())
        self._kernel = kernel.clone()
        self._averagePosition = Point2D(averagePosition)

    def clone(self) -> Self:
        """Return a copy with empty caches."""
        return self._copyWithEmptyCaches()

    def resized(self, width: int, height: int) -> KernelPsf:
        """Return a copy whose kernel images have other dimensions (pixels)."""
        return type(self)(self._kernel.resized(width, height), self._averagePosition)

    def getKernel(self) -> Kernel:
        """Return the kernel that the PSF is made of."""
        return self._kernel

    def getAveragePosition(self) -> Point2D:
        """Return the position where the PSF is typical (pixels)."""
        return self._averagePosition

    def isPersistable(self) -> bool:
        """Return whether the kernel can be saved."""
        return self._kernel.isPersistable()

    def _doComputeBBox(self, position: Point2D, color: Color) -> Box2I:
        return self._kernel.getBBox()

    def _doComputeKernelImage(self, position: Point2D, color: Color) -> ImageD:
        image = ImageD(self._kernel.getDimensions())
        self._kernel.computeImage(image, True, position.getX(), position.getY())
        center = self._kernel.getCtr()
        image.setXY0(Point2I(-center.getX(), -center.getY()))
        return image

    def _writeArchive(self, out: ArchiveHandle) -> None:
        x, y = self._averagePosition
        kernel = out.put(self._kernel)
        out.addCatalog(FIELDS, [{"kernel": kernel, "averagePosition_x": x, "averagePosition_y": y}])

    @classmethod
    def _readArchive(cls, archive: InputArchive, catalogs: Sequence[Sequence[Any]]) -> Any:
        row = catalogs[0][0]
        position = Point2D(row["averagePosition_x"], row["averagePosition_y"])
        return cls(archive.require(row["kernel"], cls._kernelClass), position)


@register("PcaPsf", module="lsst.meas.algorithms")
class PcaPsf(KernelPsf):
    """A linear combination of images.

    Parameters
    ----------
    kernel
        Kernel, an `lsst.afw.math.LinearCombinationKernel`, which is copied.
    averagePosition
        Position where the PSF is typical (pixels).
    """

    _kernelClass = LinearCombinationKernel


KernelPsf.__module__ = PcaPsf.__module__ = "lsst.meas.algorithms"


class _AnalyticPsf(KernelPsf):
    """Base of PSFs whose kernel is a function with some parameters."""

    _fields: ClassVar[Fields]
    _parameters: dict[str, float]
    """Constructor arguments after the dimensions, by column."""

    def resized(self, width: int, height: int) -> Self:
        """Return a copy whose kernel images have other dimensions (pixels)."""
        return type(self)(width, height, *self._parameters.values())  # type: ignore[arg-type]

    def isPersistable(self) -> bool:
        """Return True, since the PSF can always be saved."""
        return True

    def _writeArchive(self, out: ArchiveHandle) -> None:
        width, height = self._kernel.getDimensions()
        out.addCatalog(self._fields, [{"dimensions_x": width, "dimensions_y": height, **self._parameters}])

    @classmethod
    def _readArchive(cls, archive: InputArchive, catalogs: Sequence[Sequence[Any]]) -> Any:
        row = catalogs[0][0]
        make: Any = cls
        return make(*checkedDimensions(row), *(row[name] for name in cls._fields.names[2:]))


@register("SingleGaussianPsf", module="lsst.meas.algorithms")
class SingleGaussianPsf(_AnalyticPsf):
    """A circular Gaussian, the same everywhere.

    Parameters
    ----------
    width, height
        Dimensions of the kernel image (pixels). If one is even, the center
        is the pixel below the middle.
    sigma
        Standard deviation (pixels).

    Raises
    ------
    lsst.pex.exceptions.DomainError
        Raised if the standard deviation is not positive.
    """

    _fields = Fields("dimensions_x:J dimensions_y:J sigma:D")

    def __init__(self, width: int, height: int, sigma: float) -> None:
        _checkPositive(sigma=sigma)
        function = GaussianFunction1D(sigma)
        super().__init__(SeparableKernel(width, height, function, function))
        self._parameters = {"sigma": float(sigma)}

    def getSigma(self) -> float:
        """Return the standard deviation (pixels)."""
        return self._parameters["sigma"]


@register("DoubleGaussianPsf", module="lsst.meas.algorithms")
class DoubleGaussianPsf(_AnalyticPsf):
    """The sum of two circular Gaussians, the same everywhere.

    Parameters
    ----------
    width, height
        Dimensions of the kernel image (pixels). If one is even, the center
        is the pixel below the middle.
    sigma1, sigma2
        Standard deviations (pixels).
    b
        Peak of the second Gaussian in units of that of the first.

    Raises
    ------
    lsst.pex.exceptions.DomainError
        Raised if a standard deviation is not positive.
    """

    _fields = Fields("dimensions_x:J dimensions_y:J sigma1:D sigma2:D b:D")

    def __init__(self, width: int, height: int, sigma1: float, sigma2: float = 0.0, b: float = 0.0) -> None:
        if b == 0.0 and sigma2 == 0.0:
            # A second Gaussian without weight needs no width.
            sigma2 = 1.0
        _checkPositive(sigma1=sigma1, sigma2=sigma2)
        super().__init__(AnalyticKernel(width, height, DoubleGaussianFunction2D(sigma1, sigma2, b)))
        self._parameters = {"sigma1": float(sigma1), "sigma2": float(sigma2), "b": float(b)}

    def getSigma1(self) -> float:
        """Return the standard deviation of the first Gaussian (pixels)."""
        return self._parameters["sigma1"]

    def getSigma2(self) -> float:
        """Return the standard deviation of the second Gaussian (pixels)."""
        return self._parameters["sigma2"]

    def getB(self) -> float:
        """Return the ratio of the peaks, second Gaussian to first."""
        return self._parameters["b"]


def _checkPositive(**sigmas: float) -> None:
    for name, sigma in sigmas.items():
        if not sigma > 0.0:
            raise DomainError(f"{name} of a Gaussian PSF must be positive, got {sigma}.")


SingleGaussianPsf.__module__ = DoubleGaussianPsf.__module__ = "lsst.meas.algorithms"
