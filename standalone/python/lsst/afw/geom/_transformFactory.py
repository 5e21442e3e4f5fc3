# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Functions that make transforms, or approximate them."""

from __future__ import annotations

__all__ = (
    "computePixelToDistortedPixel",
    "linearizeTransform",
    "makeIdentityTransform",
    "makeRadialTransform",
    "makeTransform",
)

from collections.abc import Sequence

import numpy as np
import starlink.Ast as Ast

from lsst.geom import AffineTransform, Point2D
from lsst.pex.exceptions import InvalidParameterError

from ._ast import AST_LOCK
from ._transform import TransformPoint2ToPoint2

_ITERATIVE = "IterInverse=1, TolInverse=1e-12, NiterInverse=30"


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


def makeRadialTransform(
    forwardCoeffs: Sequence[float] | None = None,
    inverseCoeffs: Sequence[float] | None = None,
    *,
    coeffs: Sequence[float] | None = None,
) -> TransformPoint2ToPoint2:
    """Make a transform of the distance from the origin, by a polynomial.

    Parameters
    ----------
    forwardCoeffs
        Coefficient of each power of the distance; empty for the identity. The
        first must be 0, the second not 0.
    inverseCoeffs
        The same for the inverse, which is iterative if this is not given.
    coeffs
        Other name of ``forwardCoeffs``, without ``inverseCoeffs``.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if the coefficients are not as described.
    """
    forward = coeffs if forwardCoeffs is None else forwardCoeffs
    if forward is None or (coeffs is not None and inverseCoeffs is not None):
        raise TypeError("Give coeffs, or forwardCoeffs and inverseCoeffs.")
    for values in (forward, inverseCoeffs):
        if values is not None:
            _checkRadial(values)
    if inverseCoeffs is not None and (len(forward) == 0) != (len(inverseCoeffs) == 0):
        raise InvalidParameterError(f"Only one of {forward} and {inverseCoeffs} is empty.")
    if len(forward) == 0:
        return makeIdentityTransform()
    with AST_LOCK:
        if inverseCoeffs is None:
            radial = Ast.PolyMap(_terms(forward), None, _ITERATIVE)
        else:
            radial = Ast.PolyMap(_terms(forward), _terms(inverseCoeffs))
        toRadius = Ast.UnitNormMap([0.0, 0.0])
        fromRadius = toRadius.copy()
        fromRadius.invert()
        scaled = Ast.CmpMap(toRadius, Ast.CmpMap(Ast.UnitMap(2), radial, False), True)
        return TransformPoint2ToPoint2(Ast.CmpMap(scaled, fromRadius, True))


def _checkRadial(coeffs: Sequence[float]) -> None:
    if len(coeffs) > 0 and (len(coeffs) == 1 or coeffs[0] != 0.0 or coeffs[1] == 0.0):
        raise InvalidParameterError(f"Radial coefficients {list(coeffs)} do not begin with 0, then not 0.")


def _terms(coeffs: Sequence[float]) -> list[list[float]]:
    """Rows (coefficient, output, power) of a polynomial in one variable."""
    return [[float(value), 1.0, float(power)] for power, value in enumerate(coeffs) if value != 0.0]


def computePixelToDistortedPixel(
    pixelToFocalPlane: TransformPoint2ToPoint2, focalPlaneToFieldAngle: TransformPoint2ToPoint2
) -> TransformPoint2ToPoint2:
    """Make the transform from pixels to pixels without optical distortion.

    The undistorted pixel is where the position would be if the field angle
    were linear over the focal plane, as it is at its center.

    Parameters
    ----------
    pixelToFocalPlane
        Transform from pixels to focal plane position.
    focalPlaneToFieldAngle
        Transform from focal plane position to field angle.
    """
    linear = makeTransform(linearizeTransform(focalPlaneToFieldAngle, Point2D(0.0, 0.0)))
    pixelToFieldAngle = pixelToFocalPlane.then(focalPlaneToFieldAngle)
    return pixelToFieldAngle.then(linear.inverted()).then(pixelToFocalPlane.inverted())
