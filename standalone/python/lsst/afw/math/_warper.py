# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Warping of images by their WCSs or a transform, and shifting."""

from __future__ import annotations

__all__ = (
    "Warper",
    "WarperConfig",
    "computeWarpedBBox",
    "offsetImage",
    "warpCenteredImage",
    "warpExposure",
    "warpImage",
)

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

import lsst.afw.image as afwImage
from lsst.geom import AffineTransform, Box2D, Box2I, Extent2D, LinearTransform, Point2D, Point2I
from lsst.pex.config import ChoiceField, Config, Field
from lsst.pex.exceptions import InvalidParameterError, LengthError
from lsst.pixels import PixelPlanes, PositionGrid, Resampler, compiled, resample_image

from ._warpingKernels import SeparableKernel, WarpingControl, makeWarpingKernel

if TYPE_CHECKING:
    from lsst.afw.geom import SkyWcs, TransformPoint2ToPoint2
    from lsst.afw.image import ExposureF, ImageF, MaskedImageF


_Mapping = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


def warpExposure(
    destExposure: ExposureF, srcExposure: ExposureF, control: WarpingControl, padValue: Any = None
) -> int:
    """Warp an exposure to the pixels and WCS of another.

    Parameters
    ----------
    destExposure
        Exposure to fill; must have a WCS. It gets the id (if there is one),
        photometric calibration, filter and visit information of the source.
    srcExposure
        Exposure to warp; must have a WCS.
    control
        How to warp.
    padValue
        Values of pixels that are not reached, in image, mask and variance;
        NaN, NO_DATA and infinity by default.

    Returns
    -------
    reached : `int`
        Number of pixels that were reached.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if an exposure lacks a WCS, or they share pixels.
    """
    destWcs, srcWcs = destExposure.getWcs(), srcExposure.getWcs()
    if destWcs is None or srcWcs is None:
        raise InvalidParameterError(f"{'destExposure' if destWcs is None else 'srcExposure'} has no WCS.")
    source, dest = srcExposure.getInfo(), destExposure.getInfo()
    if source.getId() is not None:
        dest.setId(source.getId())
    dest.setPhotoCalib(source.getPhotoCalib())
    dest.setFilter(source.getFilter())
    dest.setVisitInfo(source.getVisitInfo())
    toSource = _wcsMapping(destWcs, srcWcs)
    return _warp(destExposure.maskedImage, srcExposure.maskedImage, toSource, control, padValue)


def warpImage(destImage: ImageF | MaskedImageF, *args: Any, **kwargs: Any) -> int:
    """Warp an image or masked image.

    The forms are ``warpImage(destImage, destWcs, srcImage, srcWcs, control,
    padValue=...)`` and ``warpImage(destImage, srcImage, srcToDest, control,
    padValue=...)``.

    Parameters
    ----------
    destImage
        Image to fill.
    destWcs, srcWcs : `lsst.afw.geom.SkyWcs`
        WCSs of the two images.
    srcImage
        Image to warp.
    srcToDest : `lsst.afw.geom.TransformPoint2ToPoint2`
        Maps source pixels to destination pixels; its inverse is used.
    control : `WarpingControl`
        How to warp.
    padValue
        Value of pixels that are not reached: NaN (0 for integers), for a
        masked image (NaN, NO_DATA, infinity), by default.

    Returns
    -------
    reached : `int`
        Number of pixels that were reached.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if the images share pixels.
    """
    first = args[0] if args else kwargs.get("destWcs", kwargs.get("srcImage"))
    form = _warpImageByWcs if hasattr(first, "pixelToSkyArray") else _warpImageByTransform
    return form(destImage, *args, **kwargs)


def warpCenteredImage(
    destImage: ImageF | MaskedImageF,
    srcImage: ImageF | MaskedImageF,
    linearTransform: LinearTransform,
    centerPoint: Point2D,
    control: WarpingControl,
    padValue: Any = None,
) -> int:
    """Warp an image by a linear transform about a fixed point.

    Parameters
    ----------
    destImage
        Image to fill, with dimensions and origin of ``srcImage``.
    srcImage
        Image to warp.
    linearTransform
        Source to destination, about ``centerPoint``.
    centerPoint
        Fixed point, in parent pixels.
    control
        How to warp.
    padValue
        Value of pixels that are not reached; see `warpImage`.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if the boxes differ or the images share pixels.
    """
    if destImage.getBBox() != srcImage.getBBox():
        raise InvalidParameterError(
            f"Destination {destImage.getBBox()} and source {srcImage.getBBox()} must be the same box."
        )
    center = Extent2D(centerPoint)
    toSource = AffineTransform(linearTransform, center - linearTransform(center)).inverted()
    return _warp(destImage, srcImage, toSource, control, padValue)


def _warpImageByWcs(
    destImage: Any,
    destWcs: SkyWcs,
    srcImage: Any,
    srcWcs: SkyWcs,
    control: WarpingControl,
    padValue: Any = None,
) -> int:
    return _warp(destImage, srcImage, _wcsMapping(destWcs, srcWcs), control, padValue)


def _warpImageByTransform(
    destImage: Any,
    srcImage: Any,
    srcToDest: TransformPoint2ToPoint2,
    control: WarpingControl,
    padValue: Any = None,
) -> int:
    def toSource(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return tuple(srcToDest._applyInverseArray(np.array([x, y])))

    return _warp(destImage, srcImage, toSource, control, padValue)


def _planes(image: Any) -> list[np.ndarray]:
    """Return the array of an image, or the three of a masked image."""
    parts = (image.image, image.mask, image.variance) if hasattr(image, "variance") else (image,)
    return [part.array for part in parts]


def _warp(destImage: Any, srcImage: Any, toSource: _Mapping, control: WarpingControl, padValue: Any) -> int:
    dest, source = _planes(destImage), _planes(srcImage)
    isMasked = len(dest) > 1
    if any(np.may_share_memory(a, b) for a, b in zip(dest, source, strict=True)):
        raise InvalidParameterError("Source and destination of a warp share their pixels.")
    if padValue is None:
        padValue = np.nan if dest[0].dtype.kind == "f" else 0
        if isMasked:
            padValue = (padValue, destImage.mask.getPlaneBitMask("NO_DATA"), np.inf)
    pads: tuple[Any, ...] = tuple(padValue) if isMasked else (padValue,)
    if not dest[0].size:
        return 0
    resampling = control._resampling()
    if min(source[0].shape) < resampling.kernel.size:
        for plane, value in zip(dest, pads, strict=True):
            plane[...] = value
        return 0
    # The weights have one type for image and variance.
    working = np.float32 if dest[0].dtype == np.float32 else np.float64
    types: list[Any] = [working, np.int32, working][: len(dest)]
    inputs = [np.ascontiguousarray(a, t) for a, t in zip(source, types, strict=True)]
    outputs = [np.empty(a.shape, t) for a, t in zip(dest, types, strict=True)]
    grid = _grid(destImage, srcImage, toSource, control)
    if isMasked:
        image, mask, variance = pads
        pad = (float(image), int(mask), float(variance))
        resampler = Resampler(PixelPlanes(*inputs), grid, resampling, pad=pad)
        reached = resampler.resample_rows(PixelPlanes(*outputs))
    else:
        reached = resample_image(inputs[0], grid, outputs[0], resampling, float(pads[0]))
    for plane, value in zip(dest, outputs, strict=True):
        plane[...] = value
    return reached


def _grid(destImage: Any, srcImage: Any, toSource: _Mapping, control: WarpingControl) -> PositionGrid:
    """Return the positions in the source array of the destination pixels."""
    x0, y0 = srcImage.getXY0()

    def toArray(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        x, y = toSource(x, y)
        return x - x0, y - y0

    origin = tuple(destImage.getXY0())
    shape = (destImage.getHeight(), destImage.getWidth())
    return PositionGrid.sample(toArray, origin, shape, control.getInterpLength())


def _wcsMapping(destWcs: SkyWcs, srcWcs: SkyWcs) -> _Mapping:
    def toSource(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return srcWcs.skyToPixelArray(*destWcs.pixelToSkyArray(x, y))

    return toSource


def offsetImage(
    image: afwImage.ImageD, dx: float, dy: float, algorithmName: str = "lanczos5", buffer: int = 0
) -> afwImage.ImageD:
    """Return a copy of an image shifted in x and y.

    Pixels within the reach of the kernel from the edge are not shifted, but
    if ``buffer`` is at least the kernel's order these are outside the image.

    Parameters
    ----------
    image
        Image to shift.
    dx, dy
        Shift in pixels, taken as float32. Shifts of a pixel or more go
        into the origin of the result, up to the nearest integer.
    algorithmName
        Name of a warping kernel.
    buffer
        Width of the border of zeros that is assumed around the image.

    Raises
    ------
    lsst.pex.exceptions.LengthError
        Raised if image and border are smaller than the kernel.
    lsst.pex.exceptions.InvalidParameterError
        Raised if the name of the kernel is unknown.
    """
    if not isinstance(image, (afwImage.ImageD, afwImage.ImageF)):
        raise TypeError(f"offsetImage needs an ImageD or ImageF, not {type(image).__name__}.")
    kernel = makeWarpingKernel(algorithmName)
    height, width = image.array.shape
    padded = np.zeros((height + 2 * buffer, width + 2 * buffer))
    inner = padded[buffer : buffer + height, buffer : buffer + width]
    inner[:, :] = image.array
    if padded.shape[1] < kernel.getWidth() or padded.shape[0] < kernel.getHeight():
        raise LengthError(
            f"Image of {padded.shape[1]} x {padded.shape[0]} pixels is smaller than the kernel, "
            f"{kernel.getWidth()} x {kernel.getHeight()}."
        )
    wholeX, fractionX, wholeY, fractionY = _splitOffset(float(np.float32(dx)), float(np.float32(dy)))
    if fractionX != 0.0 or fractionY != 0.0:
        # A filter that takes out the offset is centered one tap to the right
        # of the usual one if the content moves right.
        default = kernel.getCtr()
        ctr = Point2I(default[0] + (-fractionX < 0), default[1] + (-fractionY < 0))
        kernel.setCtr(ctr)
        kernel.setKernelParameters((-fractionX, -fractionY))
        columns, rows, _ = kernel._computeVectors(True)
        _correlate(padded, columns, rows, *ctr)

    result = image.Factory(image.getDimensions())
    result.setXY0(Point2I(image.getX0() + wholeX, image.getY0() + wholeY))
    result.array[:, :] = inner
    return result


def _splitOffset(dx: float, dy: float) -> tuple[int, float, int, float]:
    """Split into whole and fractional pixels; no whole ones below 1."""
    if abs(dx) < 1 and abs(dy) < 1:
        return 0, dx, 0, dy
    wholeX, wholeY = math.floor(dx + 0.5), math.floor(dy + 0.5)
    return wholeX, dx - wholeX, wholeY, dy - wholeY


@compiled
def _correlate(array, columns, rows, ctrX, ctrY):  # type: ignore[no-untyped-def]
    """Correlate in place wherever the kernel fits; leave the rest."""
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


def computeWarpedBBox(destWcs: SkyWcs, srcBBox: Box2I, srcWcs: SkyWcs) -> Box2I:
    """Return the box that contains a source box after warping.

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
        default=afwImage.MaskX.getPlaneBitMask("EDGE"),
    )


class Warper:
    """Configurable warper of images and exposures.

    Parameters
    ----------
    warpingKernelName
        Kernel for image and variance.
    interpLength
        Pixels between exactly computed positions; 0 for all exact.
    cacheSize
        Number of bins per pixel to which positions are rounded; 0 for
        no rounding.
    maskWarpingKernelName
        Kernel for the mask; empty for that of the image.
    growFullMask
        Mask bits that spread over the whole image kernel.

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
        growFullMask: int = afwImage.MaskX.getPlaneBitMask("EDGE"),
    ):
        self._warpingControl = WarpingControl(
            warpingKernelName, maskWarpingKernelName, cacheSize, interpLength, growFullMask
        )

    @classmethod
    def fromConfig(cls, config: WarperConfig) -> Warper:
        """Make a warper from its configuration."""
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
