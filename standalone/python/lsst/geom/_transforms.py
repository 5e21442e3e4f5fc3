# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Linear and affine transforms of the plane."""

from __future__ import annotations

__all__ = ("AffineTransform", "LinearTransform", "makeAffineTransformFromTriple")

import math
from typing import Any, ClassVar, Self

import numpy as np

from lsst.pex.exceptions import RuntimeError

from ._angle import Angle
from ._coordinates import Extent2D, Extent2I, Point2D
from ._numbers import as_float, as_int, cosine, sine


class _Transform:
    """Common base of linear and affine transforms.

    The matrix of a linear transform lacks the column of the translation.
    """

    __slots__ = ("_matrix",)

    _matrix: np.ndarray

    # Positions in the parameter vector, which is the matrix by columns.
    XX: ClassVar[int] = 0
    YX: ClassVar[int] = 1
    XY: ClassVar[int] = 2
    YY: ClassVar[int] = 3

    def getMatrix(self) -> np.ndarray:
        """Return a copy of the matrix: shape (2, 2), or (3, 3) if affine."""
        return self._matrix.copy()

    def getParameterVector(self) -> np.ndarray:
        """Return the elements in order XX, YX, XY, YY; X, Y if affine."""
        return self._matrix[:2].T.ravel().copy()

    def isIdentity(self) -> bool:
        """Return whether the map is exactly the identity."""
        return np.array_equal(self._matrix, np.identity(len(self._matrix)))

    def applyX(self, x: Any, y: Any) -> Any:
        """Return the x coordinates of mapped points."""
        return self._apply(0, x, y)

    def applyY(self, x: Any, y: Any) -> Any:
        """Return the y coordinates of mapped points."""
        return self._apply(1, x, y)

    def _apply(self, row: int, x: Any, y: Any) -> Any:
        fromX, fromY, *translation = self._matrix[row]
        return sum(translation, fromX * np.asarray(x, float) + fromY * np.asarray(y, float))

    def _applyBoth(self, x: Any, y: Any) -> tuple[Any, Any]:
        return self.applyX(x, y), self.applyY(x, y)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Map a `Point2D`, an `Extent2D` (which is not translated), or
        coordinates x and y.
        """
        if kwargs or len(args) == 2:
            return self._applyBoth(*args, **kwargs)
        (value,) = args
        if not isinstance(value, Point2D | Extent2D | Extent2I):
            raise TypeError(f"A Point2D or Extent2D is required, got {value!r}.")
        (xx, xy, *dx), (yx, yy, *dy) = self._matrix[:2].tolist()
        x, y = xx * value._x + xy * value._y, yx * value._x + yy * value._y
        return Point2D(sum(dx, x), sum(dy, y)) if isinstance(value, Point2D) else Extent2D(x, y)

    def __str__(self) -> str:
        return str(self._matrix)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._matrix.tolist()!r})"

    def __reduce__(self) -> tuple:
        return type(self), (self.getMatrix(),)


class LinearTransform(_Transform):
    """A linear map of the plane.

    Parameters
    ----------
    matrix
        The matrix, shape (2, 2); identity by default.
    """

    __slots__ = ()
    __module__ = "lsst.geom"

    def __init__(self, matrix: Any = None) -> None:
        self._matrix = np.identity(2) if matrix is None else as_matrix(matrix, (2, 2))

    @staticmethod
    def makeScaling(*args: float, **kwargs: float) -> LinearTransform:
        """Return a scaling by one factor (``scale``), or one for each axis."""
        if kwargs:
            args = (*args, kwargs.pop("scale"))
        if kwargs or len(args) not in (1, 2):
            raise TypeError("makeScaling takes one or two factors.")
        return LinearTransform(np.diag([as_float(args[0]), as_float(args[-1])]))

    @staticmethod
    def makeRotation(angle: Angle) -> LinearTransform:
        """Return a counter-clockwise rotation."""
        if not isinstance(angle, Angle):
            raise TypeError(f"An Angle is required, got {angle!r}.")
        cos, sin = cosine(float(angle)), sine(float(angle))
        return LinearTransform([[cos, -sin], [sin, cos]])

    def set(self, xx: float, yx: float, xy: float, yy: float) -> None:
        """Set all elements."""
        self._matrix[:] = [[xx, xy], [yx, yy]]

    def computeDeterminant(self) -> float:
        """Return the determinant."""
        (xx, xy), (yx, yy) = self._matrix.tolist()
        return xx * yy - xy * yx

    def inverted(self) -> LinearTransform:
        """Return the inverse map.

        Raises
        ------
        lsst.pex.exceptions.RuntimeError
            Raised if the matrix is singular.
        """
        return LinearTransform(invert_matrix(self._matrix))

    def __getitem__(self, index: int | tuple[int, int]) -> float:
        if isinstance(index, tuple):
            row, column = map(as_int, index)
        else:
            column, row = divmod(as_int(index), 2)
        if not (0 <= row < 2 and 0 <= column < 2):
            raise IndexError(f"Index {index} not in the matrix.")
        return float(self._matrix[row, column])

    def __mul__(self, other: Any) -> LinearTransform:
        if not isinstance(other, LinearTransform):
            return NotImplemented
        return LinearTransform(self._matrix @ other._matrix)

    def __iadd__(self, other: Any) -> Self:
        if not isinstance(other, LinearTransform):
            return NotImplemented
        self._matrix += other._matrix
        return self

    def __isub__(self, other: Any) -> Self:
        if not isinstance(other, LinearTransform):
            return NotImplemented
        self._matrix -= other._matrix
        return self

    def __add__(self, other: Any) -> LinearTransform:
        return LinearTransform(self._matrix).__iadd__(other)

    def __sub__(self, other: Any) -> LinearTransform:
        return LinearTransform(self._matrix).__isub__(other)


def as_matrix(value: Any, shape: tuple[int, ...]) -> np.ndarray:
    """Return a float64 copy of an array of a required shape.

    Raises
    ------
    TypeError
        Raised if the shape differs.
    """
    array = np.array(value, dtype=float)
    if array.shape != shape:
        raise TypeError(f"An array of shape {shape} is required, got {array.shape}.")
    return array


def invert_matrix(matrix: np.ndarray) -> np.ndarray:
    """Return the inverse of a (2, 2) matrix.

    Raises
    ------
    lsst.pex.exceptions.RuntimeError
        Raised if the matrix is singular.
    """
    # A power of two changes no digits, and keeps the products in range.
    exponent = math.frexp(np.abs(matrix).max())[1]
    (xx, xy), (yx, yy) = np.ldexp(matrix, -exponent).tolist()
    determinant = xx * yy - xy * yx
    # A matrix that is rank-deficient up to rounding counts as singular.
    limit = np.finfo(float).eps * max(abs(xx * yy), abs(xy * yx))
    if not abs(determinant) > limit:
        raise RuntimeError(f"Matrix {matrix.tolist()} cannot be inverted.")
    return np.ldexp(np.array([[yy, -xy], [-yx, xx]]) / determinant, -exponent)


class AffineTransform(_Transform):
    """A linear map of the plane followed by a translation.

    Parameters
    ----------
    matrix
        Matrix for homogeneous coordinates, shape (3, 3); identity by default.
    linear
        The linear part: a `LinearTransform` or array of shape (2, 2).
    translation
        The translation: an `Extent2D` or array of shape (2,).

    Raises
    ------
    TypeError
        Raised if the arguments match none of these forms.
    """

    __slots__ = ()
    __module__ = "lsst.geom"

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
            raise TypeError(
                f"Cannot make an AffineTransform from {len(args)} arguments and {sorted(kwargs)}."
            )
        if kwargs.keys() == {"matrix"}:
            self._matrix = as_matrix(kwargs["matrix"], (3, 3))
            return
        if not kwargs.keys() <= {"linear", "translation"}:
            raise TypeError(f"Cannot make an AffineTransform from {sorted(kwargs)}.")
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

    def __getitem__(self, *index: Any) -> float:
        (key,) = index
        if isinstance(key, tuple):
            row, column = map(as_int, key)
            if not (0 <= row < 3 and 0 <= column < 3):
                raise IndexError(f"Index {key} not in the matrix.")
            return float(self._matrix[row, column])
        return float(self._matrix[self._position(key)])

    def __setitem__(self, index: int, value: float) -> None:
        self._matrix[self._position(index)] = as_float(value)

    @staticmethod
    def _position(index: int) -> tuple[int, int]:
        """Return row and column of an element of the parameter vector."""
        if not 0 <= as_int(index) < 6:
            raise IndexError(f"Index {index} not in range 0..5.")
        return index % 2, index // 2

    def __mul__(self, other: Any) -> AffineTransform:
        if not isinstance(other, AffineTransform):
            return NotImplemented
        return AffineTransform(self._matrix @ other._matrix)


def _nameOf(argument: Any) -> str:
    """Return the parameter name that a positional argument stands for."""
    if isinstance(argument, LinearTransform):
        return "linear"
    if isinstance(argument, Extent2D | Extent2I):
        return "translation"
    names = {(3, 3): "matrix", (2, 2): "linear", (2,): "translation"}
    shape = np.shape(argument)
    if shape not in names or isinstance(argument, Point2D):
        raise TypeError(f"Cannot make an AffineTransform from {argument!r}.")
    return names[shape]


def makeAffineTransformFromTriple(
    p1: Point2D, p2: Point2D, p3: Point2D, q1: Point2D, q2: Point2D, q3: Point2D
) -> AffineTransform:
    """Return the map that takes three points to three others.

    Parameters
    ----------
    p1, p2, p3
        Points, not on one line.
    q1, q2, q3
        Points that they are mapped to.

    Raises
    ------
    lsst.pex.exceptions.RuntimeError
        Raised if p1, p2 and p3 lie on a line.
    """
    source = LinearTransform(np.transpose([p2 - p1, p3 - p1]))
    linear = LinearTransform(np.transpose([q2 - q1, q3 - q1])) * source.inverted()
    return AffineTransform(linear, q1.asExtent() - linear(p1.asExtent()))
