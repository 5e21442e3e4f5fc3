# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Point spread functions made of a convolution kernel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

from lsst.afw.image import Color, ImageD
from lsst.afw.math import Kernel, LinearCombinationKernel
from lsst.afw.table.io._persistable import Fields, register
from lsst.geom import Box2I, Point2D, Point2I

from ._imagePsf import ImagePsf

if TYPE_CHECKING:
    from lsst.afw.table.io._inputArchive import InputArchive
    from lsst.afw.table.io._outputArchive import ArchiveHandle

__all__ = ["KernelPsf", "PcaPsf"]

FIELDS = Fields("kernel:J averagePosition_x:D averagePosition_y:D")
_ORIGIN = Point2D(0.0, 0.0)


@register("KernelPsf", module="lsst.meas.algorithms")
class KernelPsf(ImagePsf):
    """The normalised image of a kernel.

    Parameters
    ----------
    kernel
        Kernel, of which a copy is kept. If it does not vary, neither does
        the PSF.
    averagePosition
        Position where the PSF is typical (pixels).

    Raises
    ------
    TypeError
        Raised if the kernel is not of the class that the PSF is made of.
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
        """Copy with empty caches."""
        return self._copyWithEmptyCaches()

    def resized(self, width: int, height: int) -> KernelPsf:
        """Copy whose kernel images have other dimensions (pixels)."""
        return type(self)(self._kernel.resized(width, height), self._averagePosition)

    def getKernel(self) -> Kernel:
        """Kernel that the PSF is made of."""
        return self._kernel

    def getAveragePosition(self) -> Point2D:
        """Position where the PSF is typical (pixels)."""
        return self._averagePosition

    def isPersistable(self) -> bool:
        """Whether the kernel can be saved."""
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
        Kernel, an `lsst.afw.math.LinearCombinationKernel`, of which a copy
        is kept.
    averagePosition
        Position where the PSF is typical (pixels).
    """

    _kernelClass = LinearCombinationKernel


KernelPsf.__module__ = PcaPsf.__module__ = "lsst.meas.algorithms"
