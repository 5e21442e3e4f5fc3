# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Functions that make sky WCSs, and transforms from them."""

from __future__ import annotations

__all__ = (
    "getIntermediateWorldCoordsToSky",
    "getPixelToIntermediateWorldCoords",
    "makeCdMatrix",
    "makeFlippedWcs",
    "makeModifiedWcs",
    "makeSkyWcs",
    "makeTanSipWcs",
    "makeWcsPairTransform",
    "stripWcsMetadata",
)

import math
from typing import Any

import numpy as np

from lsst.daf.base import PropertySet
from lsst.geom import AffineTransform, Angle, Extent2D, LinearTransform, Point2D, SpherePoint, degrees

from ._fitsWcs import frameSetFromMetadata
from ._frames import baseToIwc, mappingBetween, modifyPixels
from ._skyWcs import SkyWcs
from ._transform import TransformPoint2ToPoint2, TransformPoint2ToSpherePoint
from ._transformFactory import makeTransform
from ._wcsMetadata import makeSimpleWcsMetadata, makeTanSipMetadata


def makeCdMatrix(scale: Angle, orientation: Angle = 0.0 * degrees, flipX: bool = False) -> np.ndarray:
    """Make the CD matrix of square pixels.

    Parameters
    ----------
    scale
        Side of a pixel.
    orientation
        Position angle of pixel +Y, from North through East.
    flipX
        Pixel +X points East at orientation 0, not West.

    Returns
    -------
    cdMatrix
        Array of shape (2, 2), degrees per pixel.
    """
    xStep = scale.asDegrees() * (1.0 if flipX else -1.0)
    yStep = scale.asDegrees()
    cosine, sine = math.cos(orientation.asRadians()), math.sin(orientation.asRadians())
    return np.array([[cosine * xStep, sine * yStep], [-sine * xStep, cosine * yStep]])


def _fromMetadata(metadata: PropertySet, strip: bool = False) -> SkyWcs:
    return SkyWcs(metadata, strip)


def _fromReference(
    crpix: Point2D, crval: SpherePoint, cdMatrix: np.ndarray, projection: str = "TAN"
) -> SkyWcs:
    return SkyWcs(makeSimpleWcsMetadata(crpix, crval, cdMatrix, projection))


def _fromFieldAngle(
    pixelsToFieldAngle: TransformPoint2ToPoint2,
    orientation: Angle,
    flipX: bool,
    boresight: SpherePoint,
    projection: str = "TAN",
) -> SkyWcs:
    # Field angles are in radians, intermediate world coordinates in degrees.
    cdMatrix = makeCdMatrix(1.0 * degrees, orientation, flipX) * math.degrees(1.0)
    return makeModifiedWcs(
        pixelsToFieldAngle, _fromReference(Point2D(0.0, 0.0), boresight, cdMatrix, projection), False
    )


_OVERLOADS = (
    (PropertySet, "metadata", _fromMetadata),
    (Point2D, "crpix", _fromReference),
    (TransformPoint2ToPoint2, "pixelsToFieldAngle", _fromFieldAngle),
)
"""Type and name of the first argument, and the function for it."""


def makeSkyWcs(*args: Any, **kwargs: Any) -> SkyWcs:
    """Make a sky WCS.

    The arguments are one of

    * ``(metadata, strip=False)``: FITS keywords, and whether to remove from
      them those that describe the WCS;
    * ``(crpix, crval, cdMatrix, projection="TAN")``: reference pixel (0-based
      parent coordinates), its ICRS position, CD matrix (degrees per pixel,
      shape (2, 2)) and FITS code of the projection;
    * ``(pixelsToFieldAngle, orientation, flipX, boresight,
      projection="TAN")``: transform from pixels to field angle (radians),
      orientation and flip as in `makeCdMatrix`, and the position on the sky
      of field angle (0, 0).

    Raises
    ------
    lsst.pex.exceptions.TypeError
        Raised if keywords do not describe a celestial WCS.
    TypeError
        Raised if the arguments match none of these.
    """
    for kind, name, maker in _OVERLOADS:
        if isinstance(args[0] if args else kwargs.get(name), kind):
            return maker(*args, **kwargs)
    raise TypeError(f"Cannot make a SkyWcs of {args} {kwargs}.")


def makeTanSipWcs(
    crpix: Point2D,
    crval: SpherePoint,
    cdMatrix: np.ndarray,
    sipA: np.ndarray,
    sipB: np.ndarray,
    sipAp: np.ndarray | None = None,
    sipBp: np.ndarray | None = None,
) -> SkyWcs:
    """Make a TAN WCS with SIP distortion.

    Parameters
    ----------
    crpix, crval, cdMatrix
        As for `makeSkyWcs`.
    sipA, sipB
        Forward distortion, square arrays: ``[i, j]`` is ``A_i_j``.
    sipAp, sipBp
        Inverse distortion; without it the inverse is iterative.
    """
    return SkyWcs(makeTanSipMetadata(crpix, crval, cdMatrix, sipA, sipB, sipAp, sipBp))


def makeModifiedWcs(pixelTransform: TransformPoint2ToPoint2, wcs: SkyWcs, modifyActualPixels: bool) -> SkyWcs:
    """Make a WCS that transforms pixels, then applies another WCS.

    Parameters
    ----------
    pixelTransform
        Transform from the pixels of the result to those of ``wcs``.
    wcs
        WCS to modify.
    modifyActualPixels
        Apply the transform to the frame ``ACTUAL_PIXELS``, if there is one,
        rather than to ``PIXELS``.
    """
    return SkyWcs._fromFrames(modifyPixels(wcs._frames, pixelTransform._mapping, modifyActualPixels))


def makeFlippedWcs(wcs: SkyWcs, flipLR: bool, flipTB: bool, center: Point2D) -> SkyWcs:
    """Make the WCS of an image that is flipped about a point.

    Parameters
    ----------
    wcs
        WCS of the original image.
    flipLR, flipTB
        Flip left and right, top and bottom.
    center
        Pixel position about which to flip.
    """
    signs = [-1.0 if flip else 1.0 for flip in (flipLR, flipTB)]
    offset = Extent2D(*((1.0 - sign) * value for sign, value in zip(signs, center, strict=True)))
    flip = AffineTransform(LinearTransform(np.diag(signs)), offset)
    return makeModifiedWcs(makeTransform(flip), wcs, False)


def makeWcsPairTransform(src: SkyWcs, dst: SkyWcs) -> TransformPoint2ToPoint2:
    """Make the transform from the pixels of one WCS to those of another."""
    return src.getTransform().then(dst.getTransform().inverted())


def getIntermediateWorldCoordsToSky(wcs: SkyWcs, simplify: bool = True) -> TransformPoint2ToSpherePoint:
    """Return the transform from intermediate world coordinates to sky.

    Parameters
    ----------
    wcs
        WCS.
    simplify
        Simplify the transform.
    """
    return TransformPoint2ToSpherePoint(mappingBetween(wcs._frames, "IWC", "SKY"), simplify)


def getPixelToIntermediateWorldCoords(wcs: SkyWcs, simplify: bool = True) -> TransformPoint2ToPoint2:
    """Return the transform from pixels to intermediate world coordinates.

    Parameters
    ----------
    wcs
        WCS.
    simplify
        Simplify the transform.
    """
    return TransformPoint2ToPoint2(baseToIwc(wcs._frames), simplify)


def stripWcsMetadata(metadata: PropertySet) -> None:
    """Remove the keywords that describe a WCS, and those that give XY0.

    Parameters
    ----------
    metadata
        Header cards, changed in place.

    Raises
    ------
    lsst.pex.exceptions.TypeError
        Raised if the cards do not describe a celestial WCS.
    """
    frameSetFromMetadata(metadata, strip=True)
