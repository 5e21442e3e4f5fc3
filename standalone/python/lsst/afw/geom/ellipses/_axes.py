# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ellipses as semi-axes and position angle."""

from __future__ import annotations

import math

import numpy as np

from lsst.pex.exceptions import InvalidParameterError

from ._baseCore import BaseCore, axes_to_moments, moments_to_axes


class Axes(BaseCore):
    """The shape of an ellipse as semi-axes and position angle.

    Parameters
    ----------
    a, b : `float`, optional
        Semi-major and semi-minor axis in pixels; 1 by default.
    theta : `float`, optional
        Angle of the major axis from x toward y, in radians; 0 by default.
        Instead of the three, one ``vector`` of them or another shape may be
        given.
    normalize : `bool`, optional
        Check the axes, and make ``a`` the longer one?

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised by the check if an axis is negative.
    """

    __slots__ = ()
    __module__ = "lsst.afw.geom.ellipses"

    _NAMES = ("a", "b", "theta")
    _DEFAULTS = (1.0, 1.0, 0.0)

    def _getMoments(self) -> tuple[float, float, float]:
        return axes_to_moments(*self._vector.tolist())

    def _setMoments(self, ixx: float, iyy: float, ixy: float) -> None:
        self._vector = np.array(moments_to_axes(ixx, iyy, ixy))

    def normalize(self) -> None:
        """Make ``a`` the longer axis and ``theta`` less than a half turn."""
        a, b, theta = self._vector.tolist()
        if not (a >= 0.0 and b >= 0.0):
            raise InvalidParameterError(f"{self!r} has a negative axis")
        if a < b:
            a, b, theta = b, a, theta + 0.5 * math.pi
        self._vector = np.array([a, b, math.remainder(theta, math.pi)])

    def getA(self) -> float:
        """Return the semi-major axis in pixels."""
        return float(self._vector[0])

    def getB(self) -> float:
        """Return the semi-minor axis in pixels."""
        return float(self._vector[1])

    def getTheta(self) -> float:
        """Return the position angle in radians."""
        return float(self._vector[2])

    def setA(self, a: float) -> None:
        """Set the semi-major axis in pixels."""
        self._vector[0] = a

    def setB(self, b: float) -> None:
        """Set the semi-minor axis in pixels."""
        self._vector[1] = b

    def setTheta(self, theta: float) -> None:
        """Set the position angle in radians."""
        self._vector[2] = theta
