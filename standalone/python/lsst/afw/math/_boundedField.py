# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Functions of position on a box of pixels."""

from __future__ import annotations

__all__ = ("BoundedField", "ProductBoundedField")


from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

import lsst.geom
from lsst.afw.table.io import Persistable
from lsst.afw.table.io._persistable import Fields, readPersistable, register
from lsst.pex.exceptions import InvalidParameterError, LengthError, LogicError, RuntimeError

from ._functions import FloatArray

_STRIP = 128
"""Rows that are evaluated at a time, to bound the scratch memory."""

BBOX_FIELDS = "bbox_min_x:J bbox_min_y:J bbox_max_x:J bbox_max_y:J"


def bboxToRow(bbox: lsst.geom.Box2I) -> dict[str, int]:
    """Values of `BBOX_FIELDS`; the limits are inclusive."""
    return {
        "bbox_min_x": bbox.getMinX(),
        "bbox_min_y": bbox.getMinY(),
        "bbox_max_x": bbox.getMaxX(),
        "bbox_max_y": bbox.getMaxY(),
    }


def bboxFromRow(row: Any) -> lsst.geom.Box2I:
    """Inverse of `bboxToRow`."""
    return lsst.geom.Box2I(
        lsst.geom.Point2I(row["bbox_min_x"], row["bbox_min_y"]),
        lsst.geom.Point2I(row["bbox_max_x"], row["bbox_max_y"]),
        invert=False,
    )


class BoundedField(Persistable):
    """A function of position, in parent pixels, made for a box of pixels.

    Parameters
    ----------
    bbox : `lsst.geom.Box2I`
        The box.
    """

    def __init__(self, bbox: lsst.geom.Box2I) -> None:
        self._bbox = lsst.geom.Box2I(bbox)

    @classmethod
    def readFits(cls, fileName: str, hdu: int | None = None) -> Any:
        """Read a field from a file written by ``writeFits``."""
        return readPersistable(cls, fileName, hdu)

    def getBBox(self) -> lsst.geom.Box2I:
        """Return the box the field is made for."""
        return lsst.geom.Box2I(self._bbox)

    def _evaluate(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """Evaluate at positions given as arrays of one shape."""
        raise NotImplementedError(f"{type(self).__name__} does not implement evaluation")

    def evaluate(self, x: Any, y: Any = None) -> Any:
        """Evaluate at positions in pixels, also outside of the box.

        Parameters
        ----------
        x : `float` or `numpy.ndarray` or `lsst.geom.Point2D`
            Position in x, or the whole position.
        y : `float` or `numpy.ndarray`, optional
            Position in y, of the same shape.

        Returns
        -------
        value : `float` or `numpy.ndarray`
        """
        if y is None:
            x, y = x[0], x[1]
        xs, ys = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
        if xs.shape != ys.shape:
            raise LengthError(f"x of shape {xs.shape} and y of shape {ys.shape}")
        if xs.ndim == 0:
            return float(self._evaluate(xs.reshape(1), ys.reshape(1))[0])
        return self._evaluate(xs.ravel(), ys.ravel()).reshape(xs.shape)

    def _evaluateGrid(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """Evaluate at all pairs of x and y, as an array of (y, x)."""
        xs, ys = np.meshgrid(x, y)
        return self._evaluate(xs.ravel(), ys.ravel()).reshape(xs.shape)

    def integrate(self) -> float:
        """Return the integral over the box, in pixels squared."""
        raise LogicError(f"integration of {type(self).__name__} is not implemented")

    def mean(self) -> float:
        """Return the mean over the box."""
        raise LogicError(f"the mean of {type(self).__name__} is not implemented")

    def __mul__(self, scale: float) -> BoundedField:
        raise NotImplementedError(f"{type(self).__name__} cannot be scaled")

    def __rmul__(self, scale: float) -> BoundedField:
        return self * scale

    def __truediv__(self, scale: float) -> BoundedField:
        # Like C++, divide by 0 too.
        with np.errstate(divide="ignore", invalid="ignore"):
            return self * float(1.0 / np.float64(scale))

    def _update(
        self,
        image: Any,
        overlapOnly: bool,
        operation: Callable[[tuple[slice, slice], FloatArray], None],
    ) -> None:
        """Call ``operation(index, values)`` for strips of an image."""
        bbox = image.getBBox()
        region = lsst.geom.Box2I(bbox)
        if overlapOnly:
            region.clip(self._bbox)
        elif region != self._bbox:
            raise RuntimeError(f"image box {region} is not that of the field, {self._bbox}")
        x0, y0 = region.getMinX() - bbox.getMinX(), region.getMinY() - bbox.getMinY()
        x = np.arange(region.getMinX(), region.getMinX() + region.getWidth(), dtype=float)
        for start in range(0, region.getHeight(), _STRIP):
            stop = min(start + _STRIP, region.getHeight())
            y = np.arange(region.getMinY() + start, region.getMinY() + stop, dtype=float)
            index = (slice(y0 + start, y0 + stop), slice(x0, x0 + region.getWidth()))
            operation(index, self._evaluateGrid(x, y))

    def fillImage(self, image: Any, overlapOnly: bool = False) -> None:
        """Set an image to the field.

        Parameters
        ----------
        image : `lsst.afw.image.Image`
            Image; RuntimeError unless its box is the field's.
        overlapOnly : `bool`, optional
            Accept another box, and change only the pixels in both?
        """

        def fill(index: tuple[slice, slice], values: FloatArray) -> None:
            image.array[index] = values

        self._update(image, overlapOnly, fill)

    def addToImage(self, image: Any, scaleBy: float = 1.0, overlapOnly: bool = False) -> None:
        """Add the field, times a factor, to an image; see `fillImage`."""

        def add(index: tuple[slice, slice], values: FloatArray) -> None:
            image.array[index] += scaleBy * values

        self._update(image, overlapOnly, add)

    def multiplyImage(self, image: Any, overlapOnly: bool = False) -> None:
        """Multiply an image by the field; see `fillImage`.

        A variance plane is multiplied by its square.
        """

        def multiply(index: tuple[slice, slice], values: FloatArray) -> None:
            if hasattr(image, "variance"):
                image.image.array[index] *= values
                image.variance.array[index] *= values * values
            else:
                image.array[index] *= values

        self._update(image, overlapOnly, multiply)

    def divideImage(self, image: Any, overlapOnly: bool = False) -> None:
        """Divide an image by the field; see `multiplyImage`."""

        def divide(index: tuple[slice, slice], values: FloatArray) -> None:
            if hasattr(image, "variance"):
                image.image.array[index] /= values
                image.variance.array[index] /= values * values
            else:
                image.array[index] /= values

        self._update(image, overlapOnly, divide)


@register("ProductBoundedField", module="lsst.afw.math")
class ProductBoundedField(BoundedField):
    """Product of fields of one box.

    Parameters
    ----------
    factors : sequence of `BoundedField`
        LengthError if there are none, InvalidParameterError if their boxes
        differ.
    """

    _FIELDS: ClassVar[Fields] = Fields("id:J")

    def __init__(self, factors: Sequence[BoundedField]) -> None:
        if len(factors) < 1:
            raise LengthError("a ProductBoundedField needs at least one factor")
        self._factors = list(factors)
        super().__init__(self._factors[0].getBBox())
        for factor in self._factors[1:]:
            if factor.getBBox() != self._bbox:
                raise InvalidParameterError(f"boxes of factors differ: {factor.getBBox()}, {self._bbox}")

    def getFactors(self) -> list[BoundedField]:
        """Return the factors."""
        return list(self._factors)

    def _evaluate(self, x: FloatArray, y: FloatArray) -> FloatArray:
        product = self._factors[0]._evaluate(x, y)
        for factor in self._factors[1:]:
            product = product * factor._evaluate(x, y)
        return product

    def _evaluateGrid(self, x: FloatArray, y: FloatArray) -> npt.NDArray[np.float64]:
        product = self._factors[0]._evaluateGrid(x, y)
        for factor in self._factors[1:]:
            product = product * factor._evaluateGrid(x, y)
        return product

    def __mul__(self, scale: float) -> ProductBoundedField:
        return ProductBoundedField([self._factors[0] * scale, *self._factors[1:]])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, BoundedField):
            return NotImplemented
        return isinstance(other, ProductBoundedField) and self._factors == other._factors

    __hash__ = None  # type: ignore[assignment]

    def _writeArchive(self, out: Any) -> None:
        out.addCatalog(self._FIELDS, [{"id": out.put(factor)} for factor in self._factors])

    @classmethod
    def _readArchive(cls, archive: Any, catalogs: Sequence[Sequence[Any]]) -> ProductBoundedField:
        return cls([archive.require(row["id"], BoundedField) for row in catalogs[0]])
