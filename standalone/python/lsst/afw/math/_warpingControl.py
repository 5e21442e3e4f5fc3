# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""How images are warped."""

from __future__ import annotations

__all__ = ("WarpingControl",)


from collections.abc import Sequence
from typing import Any

from lsst.afw.table.io import Persistable
from lsst.afw.table.io._persistable import Fields, register
from lsst.geom import Box2I, Extent2I, Point2I
from lsst.pex.exceptions import InvalidParameterError
from lsst.pixels import Kernel as PixelKernel
from lsst.pixels import Resampling

from ._warpingKernels import (
    BilinearWarpingKernel,
    LanczosWarpingKernel,
    NearestWarpingKernel,
    SeparableKernel,
    makeWarpingKernel,
)


@register("WarpingControl", module="lsst.afw.math")
class WarpingControl(Persistable):
    """How images are warped.

    Parameters
    ----------
    warpingKernelName
        Kernel for image and variance: ``"bilinear"``, ``"nearest"`` or
        ``"lanczosN"``.
    maskWarpingKernelName
        Kernel for the mask; empty for that of the image.
    cacheSize
        Number of bins of a pixel to which positions are rounded; 0 for
        none.
    interpLength
        Pixels between exactly computed positions; 0 for all exact.
    growFullMask
        Mask bits that spread over the whole image kernel although there is
        a mask kernel.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if a name is unknown or the mask kernel reaches beyond that
        of the image.
    """

    _FIELDS = Fields(
        "warpingKernelIndex:J F:hasMaskKernel maskKernelIndex:J cacheSize:J interpLength:J growFullMask:J"
    )

    def __init__(
        self,
        warpingKernelName: str,
        maskWarpingKernelName: str = "",
        cacheSize: int = 0,
        interpLength: int = 0,
        growFullMask: int = 0,
    ):
        self._warpingKernel = makeWarpingKernel(warpingKernelName)
        self._maskWarpingKernel: SeparableKernel | None = None
        self._cacheSize = int(cacheSize)
        self._interpLength = int(interpLength)
        self._growFullMask = int(growFullMask)
        self.setMaskWarpingKernelName(maskWarpingKernelName)

    def getWarpingKernel(self) -> SeparableKernel:
        """Kernel for image and variance."""
        return self._cached(self._warpingKernel)

    def setWarpingKernelName(self, warpingKernelName: str) -> None:
        """Set the kernel for image and variance by its name."""
        self.setWarpingKernel(makeWarpingKernel(warpingKernelName))

    def setWarpingKernel(self, warpingKernel: SeparableKernel) -> None:
        """Set the kernel for image and variance; it is copied."""
        _requireContained(warpingKernel, self._maskWarpingKernel)
        self._warpingKernel = warpingKernel.clone()

    def hasMaskWarpingKernel(self) -> bool:
        """Whether the mask has a kernel of its own."""
        return self._maskWarpingKernel is not None

    def getMaskWarpingKernel(self) -> SeparableKernel | None:
        """Kernel for the mask; `None` for that of the image."""
        return None if self._maskWarpingKernel is None else self._cached(self._maskWarpingKernel)

    def setMaskWarpingKernelName(self, maskWarpingKernelName: str) -> None:
        """Set the kernel for the mask by its name; empty for none."""
        if maskWarpingKernelName:
            self.setMaskWarpingKernel(makeWarpingKernel(maskWarpingKernelName))
        else:
            self._maskWarpingKernel = None

    def setMaskWarpingKernel(self, maskWarpingKernel: SeparableKernel) -> None:
        """Set the kernel for the mask; it is copied."""
        _requireContained(self._warpingKernel, maskWarpingKernel)
        self._maskWarpingKernel = maskWarpingKernel.clone()

    def getCacheSize(self) -> int:
        """Number of bins of a pixel to which positions are rounded."""
        return self._cacheSize

    def setCacheSize(self, cacheSize: int) -> None:
        """Set the number of bins of a pixel; 0 for no rounding."""
        self._cacheSize = int(cacheSize)

    def getInterpLength(self) -> int:
        """Pixels between exactly computed positions."""
        return self._interpLength

    def setInterpLength(self, interpLength: int) -> None:
        """Set the pixels between exactly computed positions."""
        self._interpLength = int(interpLength)

    def getGrowFullMask(self) -> int:
        """Mask bits that spread over the whole image kernel."""
        return self._growFullMask

    def setGrowFullMask(self, growFullMask: int) -> None:
        """Set the mask bits that spread over the whole image kernel."""
        self._growFullMask = int(growFullMask)

    def _cached(self, kernel: SeparableKernel) -> SeparableKernel:
        if kernel.getCacheSize() != self._cacheSize:
            kernel.computeCache(self._cacheSize)
        return kernel

    def _resampling(self) -> Resampling:
        """Describe the same to the kernels on arrays."""
        return Resampling(
            _pixelKernel(self._warpingKernel),
            None if self._maskWarpingKernel is None else _pixelKernel(self._maskWarpingKernel),
            self._cacheSize,
            self._growFullMask,
        )

    def _writeArchive(self, out: Any) -> None:
        out.addCatalog(
            self._FIELDS,
            [
                {
                    "warpingKernelIndex": out.put(self._warpingKernel),
                    "hasMaskKernel": self._maskWarpingKernel is not None,
                    "maskKernelIndex": out.put(self._maskWarpingKernel),
                    "cacheSize": self._cacheSize,
                    "interpLength": self._interpLength,
                    "growFullMask": self._growFullMask,
                }
            ],
        )

    @classmethod
    def _readArchive(cls, archive: Any, catalogs: Sequence[Sequence[Any]]) -> WarpingControl:
        row = catalogs[0][0]
        control = cls("nearest", "", row["cacheSize"], row["interpLength"], row["growFullMask"])
        control.setWarpingKernel(archive.require(row["warpingKernelIndex"], SeparableKernel))
        if row["hasMaskKernel"]:
            control.setMaskWarpingKernel(archive.require(row["maskKernelIndex"], SeparableKernel))
        return control


def _pixelKernel(kernel: SeparableKernel) -> PixelKernel:
    """Kernel on arrays that stands for one of the stack's classes."""
    match kernel:
        case LanczosWarpingKernel():
            return PixelKernel(f"lanczos{kernel.getOrder()}")
        case BilinearWarpingKernel():
            return PixelKernel("bilinear")
        case NearestWarpingKernel():
            return PixelKernel("nearest")
    raise InvalidParameterError(
        f"Images are warped with lanczos, bilinear or nearest kernels, not a {type(kernel).__name__}."
    )


def _requireContained(kernel: SeparableKernel, maskKernel: SeparableKernel | None) -> None:
    if maskKernel is None:
        return
    box, maskBox = _tapBox(kernel), _tapBox(maskKernel)
    if not box.contains(maskBox):
        raise InvalidParameterError(f"Mask kernel box {maskBox} is not contained in kernel box {box}.")


def _tapBox(kernel: SeparableKernel) -> Box2I:
    """Box of the taps, with the centre at (0, 0)."""
    return Box2I(Point2I(0, 0) - Extent2I(kernel.getCtr()), kernel.getDimensions())
