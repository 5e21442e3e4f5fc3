# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ellipses as second moments."""

from __future__ import annotations

from typing import Any

import numpy as np

from lsst.pex.exceptions import InvalidParameterError

from ._baseCore import BaseCore


class Quadrupole(BaseCore):
    """The shape of an ellipse as second moments, in pixels squared.

    Parameters
    ----------
    ixx, iyy, ixy : `float`, optional
        Moments; 1, 1, 0 by default. Instead, one ``vector`` of the three, one
        symmetric ``matrix`` of shape (2, 2), or another shape may be given.
    normalize : `bool`, optional
        Check the moments? By default only those of a matrix.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised by the check if the moments describe no ellipse.
    """

    __slots__ = ()
    __module__ = "lsst.afw.geom.ellipses"

    _NAMES = ("ixx", "iyy", "ixy")
    _DEFAULTS = (1.0, 1.0, 0.0)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        matrix: Any = kwargs.get("matrix", args[0] if args else None)
        if np.shape(matrix) != (2, 2):
            super().__init__(*args, **kwargs)
            return
        matrix = np.asarray(matrix, dtype=float)
        if matrix[0, 1] != matrix[1, 0]:
            raise InvalidParameterError(f"matrix {matrix.tolist()} is not symmetric")
        rest = args[1:] if "matrix" not in kwargs else args
        normalize = rest[0] if rest else kwargs.get("normalize", True)
        super().__init__(matrix[0, 0], matrix[1, 1], matrix[0, 1], normalize=normalize)

    def _getMoments(self) -> tuple[float, float, float]:
        ixx, iyy, ixy = self._vector.tolist()
        return ixx, iyy, ixy

    def _setMoments(self, ixx: float, iyy: float, ixy: float) -> None:
        self._vector = np.array([ixx, iyy, ixy])

    def normalize(self) -> None:
        """Check that the moments describe an ellipse."""
        ixx, iyy, ixy = self._getMoments()
        if not (ixx >= 0.0 and iyy >= 0.0 and ixx * iyy - ixy * ixy >= 0.0):
            raise InvalidParameterError(f"{self!r} has a negative diagonal or determinant")

    def getIxx(self) -> float:
        """Return the second moment in x."""
        return float(self._vector[0])

    def getIyy(self) -> float:
        """Return the second moment in y."""
        return float(self._vector[1])

    def getIxy(self) -> float:
        """Return the mixed second moment."""
        return float(self._vector[2])

    def setIxx(self, ixx: float) -> None:
        """Set the second moment in x."""
        self._vector[0] = ixx

    def setIyy(self, iyy: float) -> None:
        """Set the second moment in y."""
        self._vector[1] = iyy

    def setIxy(self, ixy: float) -> None:
        """Set the mixed second moment."""
        self._vector[2] = ixy
