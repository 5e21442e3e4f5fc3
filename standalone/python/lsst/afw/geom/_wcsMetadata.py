# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""WCS keywords in metadata."""

from __future__ import annotations

__all__ = (
    "createTrivialWcsMetadata",
    "deleteBasicWcsMetadata",
    "getCdMatrixFromMetadata",
    "getImageXY0FromMetadata",
    "getSipMatrixFromMetadata",
    "hasSipMatrix",
    "makeSimpleWcsMetadata",
    "makeSipMatrixMetadata",
    "makeTanSipMetadata",
)

import math

import numpy as np

from lsst.afw.fits._metadata import BASIC_WCS_KEYS, linearWcs
from lsst.daf.base import PropertyList, PropertySet
from lsst.geom import Point2D, Point2I, SpherePoint
from lsst.pex.exceptions import InvalidParameterError
from lsst.pex.exceptions import TypeError as LsstTypeError

_CD_KEYS = ("CD1_1", "CD1_2", "CD2_1", "CD2_2")


def createTrivialWcsMetadata(wcsName: str, xy0: Point2I) -> PropertyList:
    """Make the keywords of an alternate WCS that records XY0.

    Parameters
    ----------
    wcsName
        Letter that names the WCS, normally ``"A"``.
    xy0
        Parent pixel coordinates of the first pixel.
    """
    result = PropertyList()
    for key, value, comment in linearWcs(wcsName, xy0):
        result.set(key, value, comment)
    return result


def getImageXY0FromMetadata(metadata: PropertySet, wcsName: str, strip: bool = False) -> Point2I:
    """Read XY0 from an alternate WCS.

    Parameters
    ----------
    metadata
        Header cards.
    wcsName
        Letter that names the WCS, normally ``"A"``.
    strip
        Whether to remove the keywords of that WCS, if it gives XY0.

    Returns
    -------
    xy0
        Parent pixel coordinates of the first pixel; (0, 0) unless both CRPIX
        are 1 and both CRVAL are present.
    """
    crpix = [_number(metadata, f"CRPIX{axis}{wcsName}") for axis in (1, 2)]
    crval = [_number(metadata, f"CRVAL{axis}{wcsName}") for axis in (1, 2)]
    if crpix != [1.0, 1.0] or not all(value is not None and math.isfinite(value) for value in crval):
        return Point2I(0, 0)
    x0, y0 = (_roundAway(value) for value in crval if value is not None)
    if strip:
        deleteBasicWcsMetadata(metadata, wcsName)
    return Point2I(x0, y0)


def deleteBasicWcsMetadata(metadata: PropertySet, wcsName: str) -> None:
    """Remove the basic keywords of a WCS.

    Parameters
    ----------
    metadata
        Header cards, changed in place.
    wcsName
        Letter that names the WCS; empty for the primary WCS.
    """
    for key in (*BASIC_WCS_KEYS, *_CD_KEYS, "WCSAXES"):
        if metadata.exists(key + wcsName):
            metadata.remove(key + wcsName)


def _number(metadata: PropertySet, key: str) -> float | None:
    value = metadata.getScalar(key) if metadata.exists(key) else None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _roundAway(value: float) -> int:
    """Round to the nearest integer, halves away from zero."""
    whole = math.floor(abs(value))
    return int(math.copysign(whole + (abs(value) - whole >= 0.5), value))


def getCdMatrixFromMetadata(metadata: PropertySet) -> np.ndarray:
    """Read the CD matrix.

    Returns
    -------
    cdMatrix
        Array of shape (2, 2), degrees per pixel; missing elements are 0.

    Raises
    ------
    lsst.pex.exceptions.TypeError
        Raised if all elements are missing.
    """
    values = [_number(metadata, key) for key in _CD_KEYS]
    if all(value is None for value in values):
        raise LsstTypeError(f"No CD matrix: none of {_CD_KEYS} is in the metadata.")
    return np.array([0.0 if value is None else value for value in values]).reshape(2, 2)


def makeSimpleWcsMetadata(
    crpix: Point2D, crval: SpherePoint, cdMatrix: np.ndarray, projection: str = "TAN"
) -> PropertyList:
    """Make the keywords of a WCS without distortion.

    Parameters
    ----------
    crpix
        Reference pixel, 0-based parent pixel coordinates.
    crval
        ICRS position of the reference pixel.
    cdMatrix
        Array of shape (2, 2), degrees per pixel.
    projection
        FITS code of the projection.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if the matrix does not have shape (2, 2).
    """
    cdMatrix = np.asarray(cdMatrix, dtype=np.float64)
    if cdMatrix.shape != (2, 2):
        raise InvalidParameterError(f"CD matrix has shape {cdMatrix.shape}, not (2, 2).")
    result = PropertyList()
    result.set("RADESYS", "ICRS")
    result.set("CTYPE1", f"RA---{projection}")
    result.set("CTYPE2", f"DEC--{projection}")
    result.set("CRPIX1", crpix.getX() + 1.0)
    result.set("CRPIX2", crpix.getY() + 1.0)
    result.set("CRVAL1", crval.getLongitude().asDegrees())
    result.set("CRVAL2", crval.getLatitude().asDegrees())
    result.set("CUNIT1", "deg")
    result.set("CUNIT2", "deg")
    for key, value in zip(_CD_KEYS, cdMatrix.ravel().tolist(), strict=True):
        if value != 0.0:
            result.set(key, value)
    return result


def hasSipMatrix(metadata: PropertySet, name: str) -> bool:
    """Return whether metadata contain a SIP matrix.

    Parameters
    ----------
    metadata
        Header cards.
    name
        Name of the matrix: ``"A"``, ``"B"``, ``"AP"`` or ``"BP"``.
    """
    order = _number(metadata, f"{name}_ORDER")
    return order is not None and order >= 0


def getSipMatrixFromMetadata(metadata: PropertySet, name: str) -> np.ndarray:
    """Read a SIP matrix.

    Parameters
    ----------
    metadata, name
        As for `hasSipMatrix`.

    Returns
    -------
    matrix
        Array of shape (order + 1, order + 1): ``[i, j]`` is ``<name>_i_j``.

    Raises
    ------
    lsst.pex.exceptions.TypeError
        Raised if there is no such matrix.
    """
    if not hasSipMatrix(metadata, name):
        raise LsstTypeError(f"No SIP matrix {name}: {name}_ORDER is not in the metadata.")
    size = int(metadata.getScalar(f"{name}_ORDER")) + 1
    result = np.zeros((size, size))
    for i, j in np.ndindex(size, size):
        result[i, j] = _number(metadata, f"{name}_{i}_{j}") or 0.0
    return result


def makeSipMatrixMetadata(matrix: np.ndarray, name: str) -> PropertyList:
    """Make the keywords of a SIP matrix; elements that are 0 are left out.

    Parameters
    ----------
    matrix
        Square array: ``[i, j]`` becomes ``<name>_i_j``.
    name
        Name of the matrix: ``"A"``, ``"B"``, ``"AP"`` or ``"BP"``.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if the matrix is not square or is empty.
    """
    matrix = np.asarray(matrix, dtype=np.float64)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or matrix.size == 0:
        raise InvalidParameterError(f"SIP matrix {name} has shape {matrix.shape}: not square.")
    result = PropertyList()
    result.set(f"{name}_ORDER", matrix.shape[0] - 1)
    for (i, j), value in np.ndenumerate(matrix):
        if value != 0.0:
            result.set(f"{name}_{i}_{j}", float(value))
    return result


def makeTanSipMetadata(
    crpix: Point2D,
    crval: SpherePoint,
    cdMatrix: np.ndarray,
    sipA: np.ndarray,
    sipB: np.ndarray,
    sipAp: np.ndarray | None = None,
    sipBp: np.ndarray | None = None,
) -> PropertyList:
    """Make the keywords of a TAN-SIP WCS.

    Parameters
    ----------
    crpix, crval, cdMatrix
        As for `makeSimpleWcsMetadata`.
    sipA, sipB
        Forward distortion, square arrays: ``[i, j]`` is ``A_i_j``.
    sipAp, sipBp
        Inverse distortion, both or neither.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if a matrix has the wrong shape.
    TypeError
        Raised if only one matrix of the inverse is given.
    """
    if (sipAp is None) != (sipBp is None):
        raise TypeError("sipAp and sipBp must be given together.")
    result = makeSimpleWcsMetadata(crpix, crval, cdMatrix, "TAN-SIP")
    for matrix, name in ((sipA, "A"), (sipB, "B"), (sipAp, "AP"), (sipBp, "BP")):
        if matrix is not None:
            result.update(makeSipMatrixMetadata(matrix, name))
    return result
