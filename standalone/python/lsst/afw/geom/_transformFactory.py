# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Functions that make transforms, or approximate them."""

from __future__ import annotations

__all__ = (
    "linearizeTransform",
    "makeIdentityTransform",
    "makeTransform",
)


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
