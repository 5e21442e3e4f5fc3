# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Point spread functions made of Gaussian kernels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lsst.afw.math import AnalyticKernel, DoubleGaussianFunction2D, GaussianFunction1D, SeparableKernel
from lsst.afw.table.io._errors import checkedDimensions
from lsst.afw.table.io._persistable import Fields, register
from lsst.pex.exceptions import DomainError

from ._kernelPsf import KernelPsf

if TYPE_CHECKING:
    from lsst.afw.table.io._inputArchive import InputArchive
    from lsst.afw.table.io._outputArchive import ArchiveHandle

__all__ = ["DoubleGaussianPsf", "SingleGaussianPsf"]

SINGLE_FIELDS = Fields("dimensions_x:J dimensions_y:J sigma:D")
DOUBLE_FIELDS = Fields("dimensions_x:J dimensions_y:J sigma1:D sigma2:D b:D")


@register("SingleGaussianPsf", module="lsst.meas.algorithms")
class SingleGaussianPsf(KernelPsf):
    """A circular Gaussian, the same everywhere.

    Parameters
    ----------
    width, height
        Dimensions of the kernel image (pixels). If one is even, the centre
        is the pixel below the middle.
    sigma
        Standard deviation (pixels).

    Raises
    ------
    lsst.pex.exceptions.DomainError
        Raised if the standard deviation is not positive.
    """

    def __init__(self, width: int, height: int, sigma: float) -> None:
        _checkPositive(sigma=sigma)
        function = GaussianFunction1D(sigma)
        super().__init__(SeparableKernel(width, height, function, function))
        self._sigma = float(sigma)

    def resized(self, width: int, height: int) -> SingleGaussianPsf:
        """Copy whose kernel images have other dimensions (pixels)."""
        return SingleGaussianPsf(width, height, self._sigma)

    def getSigma(self) -> float:
        """Standard deviation (pixels)."""
        return self._sigma

    def isPersistable(self) -> bool:
        """Whether the PSF can be saved: always."""
        return True

    def _writeArchive(self, out: ArchiveHandle) -> None:
        width, height = self._kernel.getDimensions()
        out.addCatalog(SINGLE_FIELDS, [{"dimensions_x": width, "dimensions_y": height, "sigma": self._sigma}])

    @classmethod
    def _readArchive(cls, archive: InputArchive, catalogs: Sequence[Sequence[Any]]) -> SingleGaussianPsf:
        row = catalogs[0][0]
        return cls(*checkedDimensions(row), row["sigma"])


@register("DoubleGaussianPsf", module="lsst.meas.algorithms")
class DoubleGaussianPsf(KernelPsf):
    """The sum of two circular Gaussians, the same everywhere.

    Parameters
    ----------
    width, height
        Dimensions of the kernel image (pixels). If one is even, the centre
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

    def __init__(self, width: int, height: int, sigma1: float, sigma2: float = 0.0, b: float = 0.0) -> None:
        if b == 0.0 and sigma2 == 0.0:
            # A second Gaussian that does not count needs no width.
            sigma2 = 1.0
        _checkPositive(sigma1=sigma1, sigma2=sigma2)
        super().__init__(AnalyticKernel(width, height, DoubleGaussianFunction2D(sigma1, sigma2, b)))
        self._sigma1, self._sigma2, self._b = float(sigma1), float(sigma2), float(b)

    def resized(self, width: int, height: int) -> DoubleGaussianPsf:
        """Copy whose kernel images have other dimensions (pixels)."""
        return DoubleGaussianPsf(width, height, self._sigma1, self._sigma2, self._b)

    def getSigma1(self) -> float:
        """Standard deviation of the first Gaussian (pixels)."""
        return self._sigma1

    def getSigma2(self) -> float:
        """Standard deviation of the second Gaussian (pixels)."""
        return self._sigma2

    def getB(self) -> float:
        """Peak of the second Gaussian in units of that of the first."""
        return self._b

    def isPersistable(self) -> bool:
        """Whether the PSF can be saved: always."""
        return True

    def _writeArchive(self, out: ArchiveHandle) -> None:
        width, height = self._kernel.getDimensions()
        row = {
            "dimensions_x": width,
            "dimensions_y": height,
            "sigma1": self._sigma1,
            "sigma2": self._sigma2,
            "b": self._b,
        }
        out.addCatalog(DOUBLE_FIELDS, [row])

    @classmethod
    def _readArchive(cls, archive: InputArchive, catalogs: Sequence[Sequence[Any]]) -> DoubleGaussianPsf:
        row = catalogs[0][0]
        return cls(*checkedDimensions(row), row["sigma1"], row["sigma2"], row["b"])


def _checkPositive(**sigmas: float) -> None:
    for name, sigma in sigmas.items():
        if not sigma > 0.0:
            raise DomainError(f"{name} of a Gaussian PSF must be positive, got {sigma}.")


SingleGaussianPsf.__module__ = DoubleGaussianPsf.__module__ = "lsst.meas.algorithms"
