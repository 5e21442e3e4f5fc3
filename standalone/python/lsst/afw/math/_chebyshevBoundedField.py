# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Chebyshev series on a box of pixels."""

from __future__ import annotations

__all__ = ("ChebyshevBoundedField", "ChebyshevBoundedFieldControl")


from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.polynomial import chebyshev

import lsst.afw.image as afwImage
import lsst.geom
from lsst.afw.table.io._persistable import Fields, register
from lsst.pex.exceptions import LengthError

from ._boundedField import BBOX_FIELDS, BoundedField, bboxFromRow, bboxToRow
from ._functions import FloatArray


class ChebyshevBoundedFieldControl:
    """Which terms a Chebyshev series has.

    Attributes
    ----------
    orderX, orderY : `int`
        Highest degree in x and y.
    triangular : `bool`
        Leave out terms whose total degree exceeds both orders?
    """

    def __init__(self) -> None:
        self.orderX = 2
        self.orderY = 2
        self.triangular = True

    def computeSize(self) -> int:
        """Return the number of terms."""
        return int(np.count_nonzero(self._terms()))

    def _terms(self) -> np.ndarray:
        """Whether there is a term for (y degree, x degree)."""
        j, i = np.indices((self.orderY + 1, self.orderX + 1))
        return ~np.array(self.triangular) | (i + j <= max(self.orderX, self.orderY))


@register("ChebyshevBoundedField", module="lsst.afw.math")
class ChebyshevBoundedField(BoundedField):
    """Sum of ``c[j, i] T_i(x′) T_j(y′)``.

    Here x′, y′ run from −1 to 1 between the outer edges of the box's pixels.

    Parameters
    ----------
    bbox : `lsst.geom.Box2I`
        The box. It may be empty if there is only the constant term.
    coefficients : `numpy.ndarray`, shape (ny, nx)
        Coefficients.
    """

    Control = ChebyshevBoundedFieldControl

    def __init__(self, bbox: lsst.geom.Box2I, coefficients: FloatArray) -> None:
        super().__init__(bbox)
        self._coefficients = np.array(coefficients, dtype=float)
        if self._coefficients.ndim != 2 or self._coefficients.size == 0:
            raise LengthError(f"coefficients of shape {self._coefficients.shape} are not a 2-d array")

    def getCoefficients(self) -> FloatArray:
        """Return a copy of the coefficients, of shape (ny, nx)."""
        return self._coefficients.copy()

    @staticmethod
    def _scale(bbox: lsst.geom.Box2I, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Map pixels to [−1, 1]; an empty box maps all to 0."""
        if bbox.isEmpty():
            return np.zeros_like(x), np.zeros_like(y)
        box = lsst.geom.Box2D(bbox)
        return (
            (x - box.getCenterX()) * (2.0 / box.getWidth()),
            (y - box.getCenterY()) * (2.0 / box.getHeight()),
        )

    def _evaluate(self, x: FloatArray, y: FloatArray) -> FloatArray:
        return chebyshev.chebval2d(*self._scale(self._bbox, x, y), self._coefficients.T)

    def _evaluateGrid(self, x: FloatArray, y: FloatArray) -> FloatArray:
        u, v = self._scale(self._bbox, x, y)
        return chebyshev.chebgrid2d(v, u, self._coefficients)

    @classmethod
    def fit(cls, *args: Any) -> ChebyshevBoundedField:
        """Fit a series by least squares.

        Called as ``fit(bbox, x, y, z, ctrl)``, ``fit(bbox, x, y, z, w,
        ctrl)`` or ``fit(image, ctrl)``.

        Parameters
        ----------
        bbox : `lsst.geom.Box2I`
            Box of the field.
        x, y, z : `numpy.ndarray`, shape (n,)
            Positions in pixels, and values there.
        w : `numpy.ndarray`, shape (n,)
            Weights of the residuals (inverse standard deviations).
        image : `lsst.afw.image.Image`
            Values at all pixels, in place of the above.
        ctrl : `ChebyshevBoundedFieldControl`
            Which terms to fit.

        Raises
        ------
        lsst.pex.exceptions.LengthError
            If the arrays differ in length.
        """
        if len(args) == 2:
            return cls._fitImage(*args)
        if len(args) not in (5, 6):
            raise TypeError(f"fit takes 2, 5 or 6 arguments, not {len(args)}")
        bbox, x, y, z = args[0], *(np.asarray(values, dtype=float) for values in args[1:4])
        weights = np.asarray(args[4], dtype=float) if len(args) == 6 else np.ones(z.shape)
        if not len(x) == len(y) == len(z) == len(weights):
            raise LengthError(f"lengths differ: x {len(x)}, y {len(y)}, z {len(z)}, w {len(weights)}")
        ctrl = args[-1]
        matrix = cls.makeFitMatrix(bbox, x, y, ctrl)
        solution = np.linalg.lstsq(matrix * weights[:, np.newaxis], z * weights, rcond=None)[0]
        coefficients = np.zeros((ctrl.orderY + 1, ctrl.orderX + 1))
        coefficients[ctrl._terms()] = solution
        return cls(bbox, coefficients)

    @classmethod
    def _fitImage(cls, image: afwImage.ImageF, ctrl: ChebyshevBoundedFieldControl) -> ChebyshevBoundedField:
        bbox = image.getBBox()
        xs, ys = np.meshgrid(
            np.arange(bbox.getMinX(), bbox.getMaxX() + 1), np.arange(bbox.getMinY(), bbox.getMaxY() + 1)
        )
        return cls.fit(bbox, xs.ravel(), ys.ravel(), image.array.ravel(), ctrl)

    @classmethod
    def makeFitMatrix(
        cls, bbox: lsst.geom.Box2I, x: FloatArray, y: FloatArray, ctrl: ChebyshevBoundedFieldControl
    ) -> FloatArray:
        """Return the value of each term (column) at each position (row)."""
        u, v = cls._scale(bbox, np.asarray(x, dtype=float), np.asarray(y, dtype=float))
        inX = chebyshev.chebvander(u, ctrl.orderX)
        inY = chebyshev.chebvander(v, ctrl.orderY)
        return (inY[:, :, np.newaxis] * inX[:, np.newaxis, :])[:, ctrl._terms()]

    def truncate(self, ctrl: ChebyshevBoundedFieldControl) -> ChebyshevBoundedField:
        """Return the series without the terms that a control leaves out.

        LengthError if it asks for a higher degree than there is.
        """
        ny, nx = ctrl.orderY + 1, ctrl.orderX + 1
        if ny > self._coefficients.shape[0] or nx > self._coefficients.shape[1]:
            raise LengthError(
                f"cannot truncate coefficients of shape {self._coefficients.shape} to {(ny, nx)}"
            )
        return ChebyshevBoundedField(self._bbox, self._coefficients[:ny, :nx] * ctrl._terms())

    def mean(self) -> float:
        """Return the mean over the box."""
        ny, nx = self._coefficients.shape
        return float(_termMeans(ny) @ self._coefficients @ _termMeans(nx))

    def integrate(self) -> float:
        """Return the integral over the box, in pixels squared."""
        return self.mean() * self._bbox.getArea()

    def __mul__(self, scale: float) -> ChebyshevBoundedField:
        return ChebyshevBoundedField(self._bbox, self._coefficients * scale)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, BoundedField):
            return NotImplemented
        return (
            isinstance(other, ChebyshevBoundedField)
            and self._bbox == other._bbox
            and np.array_equal(self._coefficients, other._coefficients)
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"ChebyshevBoundedField({self._bbox}, {self._coefficients.tolist()})"

    def _writeArchive(self, out: Any) -> None:
        row = {
            "order_x": self._coefficients.shape[1] - 1,
            **bboxToRow(self._bbox),
            "coefficients": self._coefficients.ravel(),
        }
        fields = Fields(f"order_x:J {BBOX_FIELDS} coefficients:{self._coefficients.size}D")
        out.addCatalog(fields, [row])

    @classmethod
    def _readArchive(cls, archive: Any, catalogs: Sequence[Sequence[Any]]) -> ChebyshevBoundedField:
        row = catalogs[0][0]
        coefficients = np.atleast_1d(np.asarray(row["coefficients"], dtype=float))
        return cls(bboxFromRow(row), coefficients.reshape(-1, row["order_x"] + 1))


def _termMeans(n: int) -> FloatArray:
    """Means of T_0 … T_{n−1} on [−1, 1]: 1/(1 − k²) for even k, else 0."""
    k = np.arange(n, dtype=float)
    even = k % 2 == 0
    return np.where(even, 1.0 / np.where(even, 1.0 - k * k, 1.0), 0.0)
