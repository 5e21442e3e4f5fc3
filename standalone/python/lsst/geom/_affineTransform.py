# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Affine maps of the plane."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from ._angle import Angle
from ._coordinates import Extent2D, Extent2I, Point2D
from ._linearTransform import LinearTransform, as_matrix
from ._numbers import as_float, as_int


class AffineTransform:
    """A linear map of the plane followed by a translation.

    Parameters
    ----------
    matrix : array-like, shape (3, 3), optional
        Matrix for homogeneous coordinates; identity by default.
    linear : `LinearTransform` or array-like, shape (2, 2), optional
        The linear part.
    translation : `Extent2D` or array-like, shape (2,), optional
        The translation.

    Raises
    ------
    TypeError
        Raised if the arguments are of no such form.
    """

    __slots__ = ("_matrix",)
    __module__ = "lsst.geom"

    # Positions in the parameter vector.
    XX: ClassVar[int] = 0
    YX: ClassVar[int] = 1
    XY: ClassVar[int] = 2
    YY: ClassVar[int] = 3
    X: ClassVar[int] = 4
    Y: ClassVar[int] = 5

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._matrix = np.identity(3)
        if len(args) == 1 and not kwargs:
            kwargs = {_nameOf(args[0]): args[0]}
        elif len(args) == 2 and not kwargs:
            kwargs = {"linear": args[0], "translation": args[1]}
        elif len(args) == 1 and kwargs.keys() == {"translation"}:
            kwargs["linear"] = args[0]
        elif args:
            raise TypeError(f"no AffineTransform from {len(args)} arguments and {sorted(kwargs)}")
        if kwargs.keys() == {"matrix"}:
            self._matrix = as_matrix(kwargs["matrix"], (3, 3))
            return
        if not kwargs.keys() <= {"linear", "translation"}:
            raise TypeError(f"no AffineTransform from {sorted(kwargs)}")
        if "linear" in kwargs:
            linear = kwargs["linear"]
            self._matrix[:2, :2] = (
                linear._matrix if isinstance(linear, LinearTransform) else as_matrix(linear, (2, 2))
            )
        if "translation" in kwargs:
            self._matrix[:2, 2] = as_matrix(kwargs["translation"], (2,))

    @staticmethod
    def makeScaling(*args: float) -> AffineTransform:
        """Return a scaling by one factor, or one for each axis."""
        return AffineTransform(LinearTransform.makeScaling(*args))

    @staticmethod
    def makeRotation(angle: Angle) -> AffineTransform:
        """Return a counter-clockwise rotation."""
        return AffineTransform(LinearTransform.makeRotation(angle))

    @staticmethod
    def makeTranslation(translation: Extent2D) -> AffineTransform:
        """Return a translation."""
        return AffineTransform(translation=translation)

    def getLinear(self) -> LinearTransform:
        """Return the linear part."""
        return LinearTransform(self._matrix[:2, :2])

    def getTranslation(self) -> Extent2D:
        """Return the translation."""
        return Extent2D(float(self._matrix[0, 2]), float(self._matrix[1, 2]))

    def getMatrix(self) -> np.ndarray:
        """Return the matrix for homogeneous coordinates, shape (3, 3)."""
        return self._matrix.copy()

    def getParameterVector(self) -> np.ndarray:
        """Return the elements in order XX, YX, XY, YY, X, Y."""
        return self._matrix[:2].T.ravel().copy()

    def setParameterVector(self, vector: Any) -> None:
        """Set the elements in order XX, YX, XY, YY, X, Y."""
        self._matrix[:2] = as_matrix(vector, (6,)).reshape(3, 2).T

    def inverted(self) -> AffineTransform:
        """Return the inverse map.

        Raises
        ------
        lsst.pex.exceptions.RuntimeError
            Raised if the linear part is singular.
        """
        linear = self.getLinear().inverted()
        return AffineTransform(linear, -linear(self.getTranslation()))

    def isIdentity(self) -> bool:
        """Tell whether the map is exactly the identity."""
        return np.array_equal(self._matrix, np.identity(3))

    def __getitem__(self, *index: Any) -> float:
        (key,) = index
        if isinstance(key, tuple):
            row, column = map(as_int, key)
            if not (0 <= row < 3 and 0 <= column < 3):
                raise IndexError(f"index {key} not in the matrix")
            return float(self._matrix[row, column])
        return float(self._matrix[self._position(key)])

    def __setitem__(self, index: int, value: float) -> None:
        self._matrix[self._position(index)] = as_float(value)

    @staticmethod
    def _position(index: int) -> tuple[int, int]:
        """Return row and column of an element of the parameter vector."""
        if not 0 <= as_int(index) < 6:
            raise IndexError(f"index {index} not in range 0..5")
        return index % 2, index // 2

    def applyX(self, x: Any, y: Any) -> Any:
        """Return the x coordinates of mapped points."""
        return self._apply(0, x, y)

    def applyY(self, x: Any, y: Any) -> Any:
        """Return the y coordinates of mapped points."""
        return self._apply(1, x, y)

    def _apply(self, row: int, x: Any, y: Any) -> Any:
        matrix = self._matrix[row]
        return matrix[0] * np.asarray(x, float) + matrix[1] * np.asarray(y, float) + matrix[2]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Map a `Point2D`, an `Extent2D` (which is not translated), or
        coordinates x and y.
        """
        if kwargs or len(args) == 2:
            return self._callArrays(*args, **kwargs)
        (value,) = args
        (xx, xy, x), (yx, yy, y) = self._matrix[:2].tolist()
        if isinstance(value, Point2D):
            return Point2D(xx * value._x + xy * value._y + x, yx * value._x + yy * value._y + y)
        if isinstance(value, Extent2D | Extent2I):
            return Extent2D(xx * value._x + xy * value._y, yx * value._x + yy * value._y)
        raise TypeError(f"a Point2D or Extent2D is required, got {value!r}")

    def _callArrays(self, x: Any, y: Any) -> tuple[Any, Any]:
        return self.applyX(x, y), self.applyY(x, y)

    def __mul__(self, other: Any) -> AffineTransform:
        if not isinstance(other, AffineTransform):
            return NotImplemented
        return AffineTransform(self._matrix @ other._matrix)

    def __str__(self) -> str:
        return str(self._matrix)

    def __repr__(self) -> str:
        return f"AffineTransform({self._matrix.tolist()!r})"

    def __reduce__(self) -> tuple:
        return AffineTransform, (self.getMatrix(),)


def _nameOf(argument: Any) -> str:
    """Tell which parameter a single positional argument is."""
    if isinstance(argument, LinearTransform):
        return "linear"
    if isinstance(argument, Extent2D | Extent2I):
        return "translation"
    names = {(3, 3): "matrix", (2, 2): "linear", (2,): "translation"}
    shape = np.shape(argument)
    if shape not in names or isinstance(argument, Point2D):
        raise TypeError(f"no AffineTransform from {argument!r}")
    return names[shape]


def makeAffineTransformFromTriple(
    p1: Point2D, p2: Point2D, p3: Point2D, q1: Point2D, q2: Point2D, q3: Point2D
) -> AffineTransform:
    """Return the map that takes three points to three others.

    Raises
    ------
    lsst.pex.exceptions.RuntimeError
        Raised if p1, p2 and p3 lie on a line.
    """
    source = LinearTransform(np.transpose([p2 - p1, p3 - p1]))
    target = LinearTransform(np.transpose([q2 - q1, q3 - q1]))
    linear = target * source.inverted()
    return AffineTransform(linear, q1.asExtent() - linear(p1.asExtent()))
