# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Warping exposures to another WCS."""

from __future__ import annotations

__all__ = ("Warper", "WarperConfig", "computeWarpedBBox")


from typing import TYPE_CHECKING, Any

from lsst.afw.image import MaskX
from lsst.geom import Box2D, Box2I
from lsst.pex.config import ChoiceField, Config, Field

from ._warping import WarpingControl, warpExposure, warpImage

if TYPE_CHECKING:
    from lsst.afw.geom import SkyWcs

    from ._warpingKernels import SeparableKernel


def computeWarpedBBox(destWcs: SkyWcs, srcBBox: Box2I, srcWcs: SkyWcs) -> Box2I:
    """Return the box that holds a source box when it is warped.

    Parameters
    ----------
    destWcs
        WCS to warp to.
    srcBBox
        Box to warp, in pixels.
    srcWcs
        WCS of that box.

    Returns
    -------
    destBBox
        Box that holds the corners (pixel edges) of the source box.
    """
    corners = srcWcs.pixelToSky(Box2D(srcBBox).getCorners())
    box = Box2D()
    for corner in destWcs.skyToPixel(corners):
        box.include(corner)
    return Box2I(box, Box2I.EXPAND)


_KERNELS = {
    "bilinear": "bilinear interpolation",
    "lanczos3": "Lanczos kernel of order 3",
    "lanczos4": "Lanczos kernel of order 4",
    "lanczos5": "Lanczos kernel of order 5",
}


class WarperConfig(Config):
    """Configuration of `Warper`."""

    warpingKernelName = ChoiceField[str](
        doc="Warping kernel", default="lanczos3", allowed=_KERNELS, optional=False
    )
    maskWarpingKernelName = ChoiceField[str](
        doc="Warping kernel for mask (use warpingKernelName if '')",
        default="bilinear",
        allowed={
            "": "use the regular warping kernel for the mask plane, as well as the image and variance planes"
        }
        | _KERNELS,
        optional=False,
    )
    interpLength = Field[int](
        doc="interpLength argument to lsst.afw.math.warpExposure: pixels between exact positions",
        default=10,
    )
    cacheSize = Field[int](
        doc="cacheSize argument to lsst.afw.math.SeparableKernel.computeCache", default=1000000
    )
    growFullMask = Field[int](
        doc="mask bits to grow to full width of image/variance kernel",
        default=MaskX.getPlaneBitMask("EDGE"),
    )


class Warper:
    """Warp images with one way of doing it.

    Parameters
    ----------
    warpingKernelName
        Kernel for image and variance.
    interpLength
        Pixels between exactly computed positions; 0 for all exact.
    cacheSize
        Number of bins of a pixel to which positions are rounded; 0 for
        none.
    maskWarpingKernelName
        Kernel for the mask; empty for that of the image.
    growFullMask
        MaskX bits that spread over the whole image kernel.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if a name is unknown or the mask kernel reaches beyond that
        of the image.
    """

    ConfigClass = WarperConfig

    def __init__(
        self,
        warpingKernelName: str,
        interpLength: int = 10,
        cacheSize: int = 1000000,
        maskWarpingKernelName: str = "",
        growFullMask: int = MaskX.getPlaneBitMask("EDGE"),
    ):
        self._warpingControl = WarpingControl(
            warpingKernelName, maskWarpingKernelName, cacheSize, interpLength, growFullMask
        )

    @classmethod
    def fromConfig(cls, config: WarperConfig) -> Warper:
        """Make a warper as its configuration says."""
        return cls(
            warpingKernelName=config.warpingKernelName,
            maskWarpingKernelName=config.maskWarpingKernelName,
            interpLength=config.interpLength,
            cacheSize=config.cacheSize,
            growFullMask=config.growFullMask,
        )

    def getWarpingKernel(self) -> SeparableKernel:
        """Return the kernel for image and variance."""
        return self._warpingControl.getWarpingKernel()

    def getMaskWarpingKernel(self) -> SeparableKernel | None:
        """Return the kernel for the mask; `None` for that of the image."""
        return self._warpingControl.getMaskWarpingKernel()

    def warpExposure(
        self,
        destWcs: SkyWcs,
        srcExposure: Any,
        border: int = 0,
        maxBBox: Box2I | None = None,
        destBBox: Box2I | None = None,
    ) -> Any:
        """Warp an exposure to a new one.

        Parameters
        ----------
        destWcs
            WCS of the new exposure.
        srcExposure
            Exposure to warp.
        border
            Pixels by which the box that holds the warped source grows.
        maxBBox
            Box to which the result is clipped.
        destBBox
            Box of the result; then ``border`` and ``maxBBox`` are not used.

        Returns
        -------
        destExposure : `lsst.afw.image.Exposure`
            Exposure of the type of ``srcExposure``, without PSF.
        """
        box = self._destBBox(destWcs, srcExposure.getBBox(), srcExposure.getWcs(), border, maxBBox, destBBox)
        destExposure = srcExposure.Factory(box, destWcs)
        warpExposure(destExposure, srcExposure, self._warpingControl)
        return destExposure

    def warpImage(
        self,
        destWcs: SkyWcs,
        srcImage: Any,
        srcWcs: SkyWcs,
        border: int = 0,
        maxBBox: Box2I | None = None,
        destBBox: Box2I | None = None,
    ) -> Any:
        """Warp an image or masked image to a new one; see `warpExposure`."""
        box = self._destBBox(destWcs, srcImage.getBBox(), srcWcs, border, maxBBox, destBBox)
        destImage = srcImage.Factory(box)
        warpImage(destImage, destWcs, srcImage, srcWcs, self._warpingControl)
        return destImage

    @staticmethod
    def _destBBox(
        destWcs: SkyWcs,
        srcBBox: Box2I,
        srcWcs: SkyWcs,
        border: int,
        maxBBox: Box2I | None,
        destBBox: Box2I | None,
    ) -> Box2I:
        if destBBox is not None:
            return destBBox
        box = computeWarpedBBox(destWcs, srcBBox, srcWcs)
        if border:
            box.grow(border)
        if maxBBox is not None:
            box.clip(maxBBox)
        return box
