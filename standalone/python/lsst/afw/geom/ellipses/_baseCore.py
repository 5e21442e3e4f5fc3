# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all parametrisations of an ellipse have in common."""

from __future__ import annotations

import math
from typing import Any, ClassVar, Self

import numpy as np

from lsst.geom import Extent2D, LinearTransform


class BaseCore:
    """The shape of an ellipse without its centre.

    Subclasses store three parameters and convert them from and to second
    moments; everything else follows from those.
    """

    __slots__ = ("_vector",)
    __module__ = "lsst.afw.geom.ellipses"

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
                raise TypeError(f"no {self.getName()} from {len(args)} arguments and {sorted(kwargs)}")
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
            Raised if they describe no ellipse.
        """
        raise NotImplementedError

    def getName(self) -> str:
        """Return the name of the parametrisation."""
        return type(self).__name__

    def clone(self) -> Self:
        """Return a copy."""
        return type(self)(self._vector)

    def assign(self, other: BaseCore) -> None:
        """Take the shape of another ellipse."""
        self._setMoments(*other._getMoments())

    def getParameterVector(self) -> np.ndarray:
        """Return the three parameters."""
        return self._vector.copy()

    def setParameterVector(self, vector: Any) -> None:
        """Set the three parameters."""
        vector = np.array(vector, dtype=float)
        if vector.shape != (3,):
            raise TypeError(f"3 parameters are required, got an array of shape {vector.shape}")
        self._vector = vector

    def getArea(self) -> float:
        """Return the area within the 1-sigma ellipse, in pixels squared."""
        return math.pi * self.getDeterminantRadius() ** 2

    def getDeterminantRadius(self) -> float:
        """Return the radius of the circle with the same area, in pixels.

        That is the fourth root of the determinant of the moments.
        """
        ixx, iyy, ixy = self._getMoments()
        return root(root(ixx * iyy - ixy * ixy))

    def getTraceRadius(self) -> float:
        """Return the radius of the circle with the same trace, in pixels."""
        ixx, iyy, _ = self._getMoments()
        return root(0.5 * (ixx + iyy))

    def computeDimensions(self) -> Extent2D:
        """Return the size of the box around the 1-sigma ellipse."""
        ixx, iyy, _ = self._getMoments()
        return Extent2D(2.0 * root(ixx), 2.0 * root(iyy))

    def scale(self, factor: float) -> None:
        """Multiply the axes by a factor."""
        self._setMoments(*(factor * factor * moment for moment in self._getMoments()))

    def grow(self, buffer: float) -> None:
        """Lengthen both semi-axes by a number of pixels."""
        a, b, theta = moments_to_axes(*self._getMoments())
        self._setMoments(*axes_to_moments(a + buffer, b + buffer, theta))

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


def root(value: float) -> float:
    """Return the square root; NaN of a negative number."""
    return math.sqrt(value) if value >= 0.0 else math.nan


def axes_to_moments(a: float, b: float, theta: float) -> tuple[float, float, float]:
    """Return ixx, iyy, ixy of semi-axes and position angle (radians)."""
    cos, sin = math.cos(theta), math.sin(theta)
    a2, b2 = a * a, b * b
    return a2 * cos * cos + b2 * sin * sin, a2 * sin * sin + b2 * cos * cos, (a2 - b2) * cos * sin


def moments_to_axes(ixx: float, iyy: float, ixy: float) -> tuple[float, float, float]:
    """Return semi-axes and position angle (radians) of second moments."""
    total, difference = ixx + iyy, ixx - iyy
    spread = math.sqrt(difference * difference + 4.0 * ixy * ixy)
    theta = 0.5 * math.atan2(2.0 * ixy, difference)
    return root(0.5 * (total + spread)), root(0.5 * (total - spread)), theta
