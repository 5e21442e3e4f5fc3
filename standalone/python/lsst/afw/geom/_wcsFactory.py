# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Functions that make transforms and sky WCSs, and readers of the WCS classes
that archives held before February 2018.
"""

from __future__ import annotations

__all__ = (
    "linearizeTransform",
    "makeCdMatrix",
    "makeFlippedWcs",
    "makeIdentityTransform",
    "makeModifiedWcs",
    "makeSkyWcs",
    "makeTanSipWcs",
    "makeTransform",
    "makeWcsPairTransform",
    "stripWcsMetadata",
)

import math
from typing import Any

import numpy as np
import starlink.Ast as Ast
from astshim._object import AST_LOCK

from lsst.afw.table.io._persistable import register
from lsst.afw.typehandling import Storable
from lsst.daf.base import PropertyList, PropertySet
from lsst.geom import AffineTransform, Angle, Extent2D, LinearTransform, Point2D, SpherePoint, degrees
from lsst.pex.exceptions import InvalidParameterError

from ._fitsWcs import frameSetFromMetadata, modifyPixels
from ._transform import TransformPoint2ToPoint2
from ._wcsMetadata import makeSimpleWcsMetadata, makeSipMatrixMetadata, makeTanSipMetadata
from .skyWcs import SkyWcs

_SIP_SUFFIX = "-SIP"
_SIP_COLUMNS = {"A": "A", "B": "B", "Ap": "AP", "Bp": "BP"}


def linearizeTransform(original: TransformPoint2ToPoint2, point: Point2D) -> AffineTransform:
    """Return the affine transform that agrees with another at a point.

    Parameters
    ----------
    original
        Transform to approximate: value and derivatives agree at the point.
    point
        Point to expand about.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if the transform is not defined there.
    """
    value = np.array(list(original.applyForward(point)))
    linear = original.getJacobian(point)
    if not (np.isfinite(value).all() and np.isfinite(linear).all()):
        raise InvalidParameterError(
            f"Transform is not defined at {point}: {value.tolist()}, {linear.tolist()}."
        )
    return AffineTransform(linear, value - linear @ np.array(list(point)))


def makeTransform(affine: AffineTransform) -> TransformPoint2ToPoint2:
    """Make a transform from an affine transform."""
    matrix = np.asarray(affine.getMatrix(), dtype=np.float64)
    with AST_LOCK:
        mapping = Ast.CmpMap(
            Ast.MatrixMap(matrix[:2, :2].tolist()), Ast.ShiftMap(matrix[:2, 2].tolist()), True
        )
    return TransformPoint2ToPoint2(mapping)


def makeIdentityTransform() -> TransformPoint2ToPoint2:
    """Make the identity transform."""
    with AST_LOCK:
        return TransformPoint2ToPoint2(Ast.UnitMap(2))


def makeCdMatrix(scale: Angle, orientation: Angle = 0.0 * degrees, flipX: bool = False) -> np.ndarray:
    """Make the CD matrix of square pixels.

    Parameters
    ----------
    scale
        Side of a pixel.
    orientation
        Position angle of pixel +Y, from North through East.
    flipX
        Whether pixel +X points East, not West, at orientation 0.

    Returns
    -------
    cdMatrix
        Array of shape (2, 2), degrees per pixel.
    """
    xStep = scale.asDegrees() * (1.0 if flipX else -1.0)
    yStep = scale.asDegrees()
    cosine, sine = math.cos(orientation.asRadians()), math.sin(orientation.asRadians())
    return np.array([[cosine * xStep, sine * yStep], [-sine * xStep, cosine * yStep]])


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
    (PropertySet, "metadata", SkyWcs),
    (Point2D, "crpix", _fromReference),
    (TransformPoint2ToPoint2, "pixelsToFieldAngle", _fromFieldAngle),
)
"""Type and name of the first argument, and the function that accepts it."""


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
        Inverse distortion, both or neither; without it the inverse is
        iterative.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if a matrix has the wrong shape.
    TypeError
        Raised if only one matrix of the inverse is given.
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
        Whether to apply it to the frame ``ACTUAL_PIXELS``, if there is one,
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
        Whether to flip left and right, and top and bottom.
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


def stripWcsMetadata(metadata: PropertySet) -> None:
    """Remove the keywords of the sky WCS and of XY0.

    Parameters
    ----------
    metadata
        Header cards, changed in place.

    Raises
    ------
    lsst.pex.exceptions.TypeError
        Raised if the keywords do not describe a celestial WCS.
    """
    frameSetFromMetadata(metadata, strip=True)


def _headerOf(row: Any) -> PropertyList:
    """Return the FITS cards that stand for a row of numbers."""
    numbers = {name: row[name] for name in ("crval_x", "crval_y", "crpix_x", "crpix_y", "cd")}
    if not all(np.isfinite(value).all() for value in numbers.values()):
        raise InvalidParameterError(f"A WCS has numbers that are not finite: {numbers}.")
    header = PropertyList()
    for axis, letter in ((1, "x"), (2, "y")):
        header.set(f"CTYPE{axis}", str(row[f"ctype{axis}"]).strip().removesuffix(_SIP_SUFFIX))
        header.set(f"CRVAL{axis}", float(row[f"crval_{letter}"]))
        # Pixels are counted from 0 in the archive, but from 1 in FITS.
        header.set(f"CRPIX{axis}", float(row[f"crpix_{letter}"]) + 1.0)
        header.set(f"CUNIT{axis}", str(row[f"cunit{axis}"]).strip() or "deg")
    cd = [float(value) for value in row["cd"]]
    if len(cd) != 4:
        raise InvalidParameterError(f"The CD matrix of a WCS has {len(cd)} elements, not 4.")
    for name, value in zip(("CD1_1", "CD2_1", "CD1_2", "CD2_2"), cd, strict=True):
        header.set(name, value)
    if system := str(row["radesys"]).strip():
        header.set("RADESYS", system)
    if np.isfinite(equinox := float(row["equinox"])):
        header.set("EQUINOX", equinox)
    return header


@register("Wcs")
class LegacyWcs(Storable):
    """Reader of a WCS without distortion, of any projection."""

    @classmethod
    def _readArchive(cls, archive: Any, catalogs: Any) -> SkyWcs:
        ((row,),) = catalogs
        return SkyWcs(_headerOf(row))


@register("TanWcs")
class LegacyTanWcs(Storable):
    """Reader of a gnomonic WCS, with or without SIP distortion."""

    @classmethod
    def _readArchive(cls, archive: Any, catalogs: Any) -> SkyWcs:
        (row,), *distortion = catalogs
        header = _headerOf(row)
        if distortion:
            ((terms,),) = distortion
            for axis in (1, 2):
                header.set(f"CTYPE{axis}", header[f"CTYPE{axis}"] + _SIP_SUFFIX)
            for column, name in _SIP_COLUMNS.items():
                header.update(makeSipMatrixMetadata(_square(terms[column], column), name))
        return SkyWcs(header)


def _square(values: Any, name: str) -> np.ndarray:
    """Return the square matrix whose elements the archive holds."""
    array = np.asarray(values, dtype=np.float64).ravel()
    size = round(array.size**0.5)
    if size**2 != array.size:
        raise InvalidParameterError(f"The SIP matrix {name} of a WCS has {array.size} elements: not square.")
    return array.reshape(size, size)
