# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Cores of ellipses: their shape without a center."""

from __future__ import annotations

__all__ = ("Axes", "BaseCore", "Quadrupole")

import math
from typing import Any, ClassVar, Self

import numpy as np

from lsst.geom import Extent2D, LinearTransform
from lsst.pex.exceptions import InvalidParameterError


class BaseCore:
    """The shape of an ellipse without its center.

    Subclasses store three parameters and convert them from and to second
    moments; everything else follows from those.
    """

    __slots__ = ("_vector",)

    _NAMES: ClassVar[tuple[str, str, str]]
    _DEFAULTS: ClassVar[tuple[float, float, float]]

    def __init__(self, *args: Any, normalize: bool = False, **kwargs: Any) -> None:
        if len(args) == 4:
            normalize = args[3]
            args = args[:3]
        self._vector = np.array(self._DEFAULTS)
        if len(args) == 1 and isinstance(args[0], BaseCore) and not kwargs:
            self._setMoments(*args[0]._getMoments())
        elif len(args) == 1 and np.shape(args[0]) == (3,) and not kwargs:
            self.setParameterVector(args[0])
        elif kwargs.keys() == {"vector"} and not args:
            self.setParameterVector(kwargs["vector"])
        else:
            values = dict(zip(self._NAMES, args, strict=False))
            if len(args) > 3 or kwargs.keys() - self._NAMES or kwargs.keys() & values.keys():
                raise TypeError(f"No {self.getName()} is made of {len(args)} arguments and {sorted(kwargs)}.")
            for name, value in {**values, **kwargs}.items():
                self._vector[self._NAMES.index(name)] = float(value)
        if normalize:
            self.normalize()

    def _getMoments(self) -> tuple[float, float, float]:
        """Return the second moments ixx, iyy, ixy in pixels squared."""
        raise NotImplementedError

    def _setMoments(self, ixx: float, iyy: float, ixy: float) -> None:
        """Set from second moments in pixels squared."""
        raise NotImplementedError

    def normalize(self) -> None:
        """Bring the parameters to their canonical form.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if they do not describe an ellipse.
        """
        raise NotImplementedError

    def getName(self) -> str:
        """Return the name of the parametrization."""
        return type(self).__name__

    def clone(self) -> Self:
        """Return a copy."""
        return type(self)(self._vector)

    def assign(self, other: BaseCore) -> None:
        """Copy the shape of another ellipse."""
        self._setMoments(*other._getMoments())

    def getParameterVector(self) -> np.ndarray:
        """Return the three parameters."""
        return self._vector.copy()

    def setParameterVector(self, vector: Any) -> None:
        """Set the three parameters."""
        vector = np.array(vector, dtype=float)
        if vector.shape != (3,):
            raise TypeError(f"3 parameters are required, got an array of shape {vector.shape}.")
        self._vector = vector

    def getArea(self) -> float:
        """Return the area within the 1-sigma ellipse, in pixels squared."""
        return math.pi * self.getDeterminantRadius() ** 2

    def getDeterminantRadius(self) -> float:
        """Return the radius of the circle with the same area, in pixels.

        That is the fourth root of the determinant of the moments.
        """
        ixx, iyy, ixy = self._getMoments()
        return _root(_root(ixx * iyy - ixy * ixy))

    def getTraceRadius(self) -> float:
        """Return the radius of the circle with the same trace, in pixels."""
        ixx, iyy, _ = self._getMoments()
        return _root(0.5 * (ixx + iyy))

    def computeDimensions(self) -> Extent2D:
        """Return the size of the box around the 1-sigma ellipse."""
        ixx, iyy, _ = self._getMoments()
        return Extent2D(2.0 * _root(ixx), 2.0 * _root(iyy))

    def scale(self, factor: float) -> None:
        """Multiply the axes by a factor."""
        self._setMoments(*(factor * factor * moment for moment in self._getMoments()))

    def grow(self, buffer: float) -> None:
        """Lengthen both semi-axes by a number of pixels."""
        a, b, theta = _moments_to_axes(*self._getMoments())
        self._setMoments(*_axes_to_moments(a + buffer, b + buffer, theta))

    def convolve(self, other: BaseCore) -> Self:
        """Return the shape of the convolution with another ellipse."""
        result = self.clone()
        result._setMoments(*(a + b for a, b in zip(self._getMoments(), other._getMoments(), strict=True)))
        return result

    def transformInPlace(self, transform: LinearTransform) -> None:
        """Apply a linear map of the plane to this shape."""
        ixx, iyy, ixy = self._getMoments()
        matrix = transform.getMatrix()
        moments = matrix @ np.array([[ixx, ixy], [ixy, iyy]]) @ matrix.T
        self._setMoments(float(moments[0, 0]), float(moments[1, 1]), float(moments[0, 1]))

    def transform(self, transform: LinearTransform) -> Self:
        """Return this shape under a linear map of the plane."""
        result = self.clone()
        result.transformInPlace(transform)
        return result

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return np.array_equal(self._vector, other._vector)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        values = ", ".join(
            f"{name}={value!r}" for name, value in zip(self._NAMES, self._vector.tolist(), strict=True)
        )
        return f"{self.getName()}({values})"

    def __reduce__(self) -> tuple:
        return type(self), tuple(self._vector.tolist())


def _root(value: float) -> float:
    """Return the square root; NaN for a negative number."""
    return math.sqrt(value) if value >= 0.0 else math.nan


def _axes_to_moments(a: float, b: float, theta: float) -> tuple[float, float, float]:
    """Return ixx, iyy, ixy of semi-axes and position angle (radians)."""
    cos, sin = math.cos(theta), math.sin(theta)
    a2, b2 = a * a, b * b
    return a2 * cos * cos + b2 * sin * sin, a2 * sin * sin + b2 * cos * cos, (a2 - b2) * cos * sin


def _moments_to_axes(ixx: float, iyy: float, ixy: float) -> tuple[float, float, float]:
    """Return semi-axes and position angle (radians) of second moments."""
    total, difference = ixx + iyy, ixx - iyy
    spread = math.sqrt(difference * difference + 4.0 * ixy * ixy)
    theta = 0.5 * math.atan2(2.0 * ixy, difference)
    return _root(0.5 * (total + spread)), _root(0.5 * (total - spread)), theta


class Quadrupole(BaseCore):
    """The shape of an ellipse as second moments, in pixels squared.

    Parameters
    ----------
    ixx, iyy, ixy : `float`, optional
        Moments; 1, 1, 0 by default. Instead, one ``vector`` of the three, one
        symmetric ``matrix`` of shape (2, 2), or another shape may be given.
    normalize : `bool`, optional
        Whether to check the moments; by default only those of a matrix.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if the moments are checked and describe no ellipse.
    """

    __slots__ = ()

    _NAMES = ("ixx", "iyy", "ixy")
    _DEFAULTS = (1.0, 1.0, 0.0)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        matrix: Any = kwargs.get("matrix", args[0] if args else None)
        if np.shape(matrix) != (2, 2):
            super().__init__(*args, **kwargs)
            return
        matrix = np.asarray(matrix, dtype=float)
        if matrix[0, 1] != matrix[1, 0]:
            raise InvalidParameterError(f"matrix {matrix.tolist()} is not symmetric.")
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
            raise InvalidParameterError(f"{self!r} has a negative diagonal or determinant.")

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
        Whether to check the axes and make ``a`` the longer one.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if the axes are checked and one is negative.
    """

    __slots__ = ()

    _NAMES = ("a", "b", "theta")
    _DEFAULTS = (1.0, 1.0, 0.0)

    def _getMoments(self) -> tuple[float, float, float]:
        return _axes_to_moments(*self._vector.tolist())

    def _setMoments(self, ixx: float, iyy: float, ixy: float) -> None:
        self._vector = np.array(_moments_to_axes(ixx, iyy, ixy))

    def normalize(self) -> None:
        """Make ``a`` the longer axis and ``theta`` less than a half turn."""
        a, b, theta = self._vector.tolist()
        if not (a >= 0.0 and b >= 0.0):
            raise InvalidParameterError(f"{self!r} has a negative axis.")
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
