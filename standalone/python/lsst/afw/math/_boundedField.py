# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Functions of position on a box of pixels."""

from __future__ import annotations

__all__ = (
    "BoundedField",
    "ChebyshevBoundedField",
    "ChebyshevBoundedFieldControl",
    "PixelAreaBoundedField",
    "ProductBoundedField",
    "TransformBoundedField",
)

import functools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import starlink.Ast as Ast
from numpy.polynomial import chebyshev

import lsst.geom
from lsst.afw.table.io import Persistable
from lsst.afw.table.io._persistable import Fields, readPersistable, register
from lsst.pex.exceptions import InvalidParameterError, LengthError, LogicError, RuntimeError

from ._functions import FloatArray

if TYPE_CHECKING:
    from lsst.afw.geom import SkyWcs, TransformPoint2ToGeneric

_STRIP = 128
"""Rows that are evaluated at a time, to bound the scratch memory."""

BBOX_FIELDS = "bbox_min_x:J bbox_min_y:J bbox_max_x:J bbox_max_y:J"


def bboxToRow(bbox: lsst.geom.Box2I) -> dict[str, int]:
    """Return the values of `BBOX_FIELDS`; the limits are inclusive."""
    return {
        "bbox_min_x": bbox.getMinX(),
        "bbox_min_y": bbox.getMinY(),
        "bbox_max_x": bbox.getMaxX(),
        "bbox_max_y": bbox.getMaxY(),
    }


def bboxFromRow(row: Any) -> lsst.geom.Box2I:
    """Return the inverse of `bboxToRow`."""
    return lsst.geom.Box2I(
        lsst.geom.Point2I(row["bbox_min_x"], row["bbox_min_y"]),
        lsst.geom.Point2I(row["bbox_max_x"], row["bbox_max_y"]),
        invert=False,
    )


class BoundedField(Persistable):
    """A function of position, in parent pixels, defined on a box of pixels.

    Parameters
    ----------
    bbox
        Box on which the field is defined.
    """

    def __init__(self, bbox: lsst.geom.Box2I) -> None:
        self._bbox = lsst.geom.Box2I(bbox)

    @classmethod
    def readFits(cls, fileName: str, hdu: int | None = None) -> Any:
        """Read a field from a file written by ``writeFits``."""
        return readPersistable(cls, fileName, hdu)

    def getBBox(self) -> lsst.geom.Box2I:
        """Return the box on which the field is defined."""
        return lsst.geom.Box2I(self._bbox)

    def _evaluate(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """Evaluate at positions given as arrays of one shape."""
        raise NotImplementedError(f"{type(self).__name__} does not implement evaluation.")

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
            raise LengthError(f"x of shape {xs.shape} and y of shape {ys.shape}.")
        if xs.ndim == 0:
            return float(self._evaluate(xs.reshape(1), ys.reshape(1))[0])
        return self._evaluate(xs.ravel(), ys.ravel()).reshape(xs.shape)

    def _evaluateGrid(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """Evaluate at all pairs of x and y, as an array of (y, x)."""
        xs, ys = np.meshgrid(x, y)
        return self._evaluate(xs.ravel(), ys.ravel()).reshape(xs.shape)

    def integrate(self) -> float:
        """Return the integral over the box, in pixels squared."""
        raise LogicError(f"Integration of {type(self).__name__} is not implemented.")

    def mean(self) -> float:
        """Return the mean over the box."""
        raise LogicError(f"The mean of {type(self).__name__} is not implemented.")

    def __mul__(self, scale: float) -> BoundedField:
        raise NotImplementedError(f"{type(self).__name__} cannot be scaled.")

    def _state(self) -> tuple[Any, ...]:
        """Return what decides equality, besides the class and box."""
        raise NotImplementedError(f"{type(self).__name__} cannot be compared.")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, BoundedField):
            return NotImplemented
        same = type(self) is type(other) and self._bbox == other._bbox
        return same and self._state() == other._state()

    __hash__ = None  # type: ignore[assignment]

    def __rmul__(self, scale: float) -> BoundedField:
        return self * scale

    def __truediv__(self, scale: float) -> BoundedField:
        # Like C++, divide by 0 too.
        with np.errstate(divide="ignore", invalid="ignore"):
            return self * float(1.0 / np.float64(scale))

    def _strips(self, image: Any, overlapOnly: bool) -> Iterator[tuple[tuple[slice, slice], FloatArray]]:
        """Iterate over indices of strips of an image and the values there."""
        bbox = image.getBBox()
        region = lsst.geom.Box2I(bbox)
        if overlapOnly:
            region.clip(self._bbox)
        elif region != self._bbox:
            raise RuntimeError(f"Image box {region} is not that of the field, {self._bbox}.")
        x0, y0 = region.getMinX() - bbox.getMinX(), region.getMinY() - bbox.getMinY()
        x = np.arange(region.getMinX(), region.getMinX() + region.getWidth(), dtype=float)
        for start in range(0, region.getHeight(), _STRIP):
            stop = min(start + _STRIP, region.getHeight())
            y = np.arange(region.getMinY() + start, region.getMinY() + stop, dtype=float)
            index = (slice(y0 + start, y0 + stop), slice(x0, x0 + region.getWidth()))
            yield index, self._evaluateGrid(x, y)

    def fillImage(self, image: Any, overlapOnly: bool = False) -> None:
        """Set an image to the field.

        Parameters
        ----------
        image : `lsst.afw.image.Image`
            Image.
        overlapOnly : `bool`, optional
            Whether to accept another box, and change only the pixels in both.

        Raises
        ------
        lsst.pex.exceptions.RuntimeError
            Raised if the image has another box than the field, and
            ``overlapOnly`` is false.
        """
        for index, values in self._strips(image, overlapOnly):
            image.array[index] = values

    def addToImage(self, image: Any, scaleBy: float = 1.0, overlapOnly: bool = False) -> None:
        """Add the field, times a factor, to an image; see `fillImage`."""
        for index, values in self._strips(image, overlapOnly):
            image.array[index] += scaleBy * values

    def multiplyImage(self, image: Any, overlapOnly: bool = False) -> None:
        """Multiply an image by the field; see `fillImage`.

        A variance plane is multiplied by its square.
        """
        self._rescale(image, overlapOnly, np.multiply)

    def divideImage(self, image: Any, overlapOnly: bool = False) -> None:
        """Divide an image by the field; see `multiplyImage`."""
        self._rescale(image, overlapOnly, np.divide)

    def _rescale(self, image: Any, overlapOnly: bool, operation: np.ufunc) -> None:
        for index, values in self._strips(image, overlapOnly):
            planes = [(image, values)]
            if hasattr(image, "variance"):
                planes = [(image.image, values), (image.variance, values * values)]
            for plane, factors in planes:
                operation(plane.array[index], factors, out=plane.array[index], casting="same_kind")


@register("ProductBoundedField", module="lsst.afw.math")
class ProductBoundedField(BoundedField):
    """Product of fields on the same box.

    Parameters
    ----------
    factors
        Fields to multiply.

    Raises
    ------
    lsst.pex.exceptions.LengthError
        Raised if there are no factors.
    lsst.pex.exceptions.InvalidParameterError
        Raised if their boxes differ.
    """

    _FIELDS: ClassVar[Fields] = Fields("id:J")

    def __init__(self, factors: Sequence[BoundedField]) -> None:
        if len(factors) < 1:
            raise LengthError("A ProductBoundedField needs at least one factor.")
        self._factors = list(factors)
        super().__init__(self._factors[0].getBBox())
        for factor in self._factors[1:]:
            if factor.getBBox() != self._bbox:
                raise InvalidParameterError(f"Boxes of factors differ: {factor.getBBox()}, {self._bbox}.")

    def getFactors(self) -> list[BoundedField]:
        """Return the factors."""
        return list(self._factors)

    def _evaluate(self, x: FloatArray, y: FloatArray) -> FloatArray:
        return functools.reduce(np.multiply, (factor._evaluate(x, y) for factor in self._factors))

    def _evaluateGrid(self, x: FloatArray, y: FloatArray) -> FloatArray:
        return functools.reduce(np.multiply, (factor._evaluateGrid(x, y) for factor in self._factors))

    def __mul__(self, scale: float) -> ProductBoundedField:
        return ProductBoundedField([self._factors[0] * scale, *self._factors[1:]])

    def _state(self) -> tuple[Any, ...]:
        return tuple(self._factors)

    def _writeArchive(self, out: Any) -> None:
        out.addCatalog(self._FIELDS, [{"id": out.put(factor)} for factor in self._factors])

    @classmethod
    def _readArchive(cls, archive: Any, catalogs: Sequence[Sequence[Any]]) -> ProductBoundedField:
        return cls([archive.require(row["id"], BoundedField) for row in catalogs[0]])


class ChebyshevBoundedFieldControl:
    """Choice of the terms of a Chebyshev series.

    Attributes
    ----------
    orderX, orderY
        Highest degree in x and y.
    triangular
        Whether to leave out terms whose total degree exceeds both orders.
    """

    def __init__(self) -> None:
        self.orderX = 2
        self.orderY = 2
        self.triangular = True

    def computeSize(self) -> int:
        """Return the number of terms."""
        return int(np.count_nonzero(self._terms()))

    def _terms(self) -> np.ndarray:
        """Return whether there is a term for (y degree, x degree)."""
        j, i = np.indices((self.orderY + 1, self.orderX + 1))
        return ~np.array(self.triangular) | (i + j <= max(self.orderX, self.orderY))


@register("ChebyshevBoundedField", module="lsst.afw.math")
class ChebyshevBoundedField(BoundedField):
    """Sum of ``c[j, i] T_i(x′) T_j(y′)``.

    Here x′, y′ run from −1 to 1 between the outer edges of the box's pixels.

    Parameters
    ----------
    bbox
        Box of the field; may be empty if there is only the constant term.
    coefficients : `numpy.ndarray`, shape (ny, nx)
        Coefficients.
    """

    Control = ChebyshevBoundedFieldControl

    def __init__(self, bbox: lsst.geom.Box2I, coefficients: FloatArray) -> None:
        super().__init__(bbox)
        self._coefficients = np.array(coefficients, dtype=float)
        if self._coefficients.ndim != 2 or self._coefficients.size == 0:
            raise LengthError(f"Coefficients of shape {self._coefficients.shape} are not a 2-d array.")

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
            Raised if the arrays differ in length.
        """
        if len(args) == 2:
            image, ctrl = args
            bbox = image.getBBox()
            y, x = np.indices(image.array.shape).reshape(2, -1)
            args = (bbox, x + bbox.getMinX(), y + bbox.getMinY(), image.array.ravel(), ctrl)
        if len(args) not in (5, 6):
            raise TypeError(f"fit takes 2, 5 or 6 arguments, not {len(args)}.")
        bbox, x, y, z = args[0], *(np.asarray(values, dtype=float) for values in args[1:4])
        weights = np.asarray(args[4], dtype=float) if len(args) == 6 else np.ones(z.shape)
        if not len(x) == len(y) == len(z) == len(weights):
            raise LengthError(f"Lengths differ: x {len(x)}, y {len(y)}, z {len(z)}, w {len(weights)}.")
        ctrl = args[-1]
        u, v = cls._scale(bbox, x, y)
        inX, inY = chebyshev.chebvander(u, ctrl.orderX), chebyshev.chebvander(v, ctrl.orderY)
        matrix = (inY[:, :, np.newaxis] * inX[:, np.newaxis, :])[:, ctrl._terms()]
        solution = np.linalg.lstsq(matrix * weights[:, np.newaxis], z * weights, rcond=None)[0]
        coefficients = np.zeros((ctrl.orderY + 1, ctrl.orderX + 1))
        coefficients[ctrl._terms()] = solution
        return cls(bbox, coefficients)

    def truncate(self, ctrl: ChebyshevBoundedFieldControl) -> ChebyshevBoundedField:
        """Return the series without the terms that a control leaves out.

        Raises
        ------
        lsst.pex.exceptions.LengthError
            Raised if it asks for a higher degree than the series has.
        """
        ny, nx = ctrl.orderY + 1, ctrl.orderX + 1
        if ny > self._coefficients.shape[0] or nx > self._coefficients.shape[1]:
            raise LengthError(
                f"Cannot truncate coefficients of shape {self._coefficients.shape} to {(ny, nx)}."
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

    def _state(self) -> tuple[Any, ...]:
        return (self._coefficients.tolist(),)

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
    """Return the means of T_0 … T_{n−1}: 1/(1 − k²) for even k, else 0."""
    k = np.arange(n, dtype=float)
    even = k % 2 == 0
    return np.where(even, 1.0 / np.where(even, 1.0 - k * k, 1.0), 0.0)


@register("TransformBoundedField", module="lsst.afw.math")
class TransformBoundedField(BoundedField):
    """A field given by a transform from position to one number.

    Parameters
    ----------
    bbox
        Box on which the field is defined.
    transform
        Transform from parent pixels to one number.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if the transform does not have one output axis.
    """

    _FIELDS: ClassVar[Fields] = Fields(f"{BBOX_FIELDS} frameSet:QB")

    def __init__(self, bbox: lsst.geom.Box2I, transform: TransformPoint2ToGeneric) -> None:
        super().__init__(bbox)
        if transform.toEndpoint.nAxes != 1:
            raise InvalidParameterError(f"The transform has {transform.toEndpoint.nAxes} output axes, not 1.")
        self._transform = transform

    def getTransform(self) -> TransformPoint2ToGeneric:
        """Return the transform."""
        return self._transform

    def _evaluate(self, x: FloatArray, y: FloatArray) -> FloatArray:
        return self._transform._applyArray(np.array([x, y]))[0]

    def __mul__(self, scale: float) -> TransformBoundedField:
        from lsst.afw.geom import TransformGenericToGeneric

        zoom = TransformGenericToGeneric(Ast.ZoomMap(1, float(scale)))
        return TransformBoundedField(self._bbox, self._transform.then(zoom))

    def _state(self) -> tuple[Any, ...]:
        return (self._transform.writeString(),)

    def _writeArchive(self, out: Any) -> None:
        text = np.frombuffer(self._transform.writeString().encode("ascii"), dtype=np.uint8)
        out.addCatalog(self._FIELDS, [bboxToRow(self._bbox) | {"frameSet": text}])

    @classmethod
    def _readArchive(cls, archive: Any, catalogs: Sequence[Sequence[Any]]) -> TransformBoundedField:
        from lsst.afw.geom import TransformPoint2ToGeneric

        row = catalogs[0][0]
        text = bytes(np.asarray(row["frameSet"], dtype=np.uint8)).decode("ascii")
        return cls(bboxFromRow(row), TransformPoint2ToGeneric.readString(text))


@register("PixelAreaBoundedField", module="lsst.afw.math")
class PixelAreaBoundedField(BoundedField):
    """The area of a pixel on the sky.

    It is the area of the parallelogram between a position and the positions
    one pixel further in x and in y, as vectors from the sphere's center.

    Parameters
    ----------
    bbox
        Box on which the field is defined.
    skyWcs
        WCS of the pixels.
    unit
        Areas are in this unit squared (radians by default).
    scaling
        Factor to apply.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if the WCS is `None`.
    """

    _FIELDS: ClassVar[Fields] = Fields(f"{BBOX_FIELDS} wcs:J scaling:D")

    def __init__(
        self,
        bbox: lsst.geom.Box2I,
        skyWcs: SkyWcs,
        unit: lsst.geom.AngleUnit = lsst.geom.radians,
        scaling: float = 1.0,
    ) -> None:
        super().__init__(bbox)
        if skyWcs is None:
            raise InvalidParameterError("A PixelAreaBoundedField needs a WCS.")
        self._wcs = skyWcs
        self._scaling = float(scaling) * (1.0 * lsst.geom.radians).asAngularUnits(unit) ** 2

    def getSkyWcs(self) -> SkyWcs:
        """Return the WCS."""
        return self._wcs

    def getScaling(self) -> float:
        """Return the factor from steradians, with that of the unit."""
        return self._scaling

    def _vectors(self, x: FloatArray, y: FloatArray) -> FloatArray:
        ra, dec = self._wcs.pixelToSkyArray(x, y)
        return np.stack([np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)], axis=-1)

    def _evaluate(self, x: FloatArray, y: FloatArray) -> FloatArray:
        here = self._vectors(x, y)
        normal = np.cross(self._vectors(x + 1.0, y) - here, self._vectors(x, y + 1.0) - here)
        return np.sqrt(np.sum(normal * normal, axis=-1)) * self._scaling

    def __mul__(self, scale: float) -> PixelAreaBoundedField:
        return PixelAreaBoundedField(self._bbox, self._wcs, scaling=self._scaling * scale)

    def _state(self) -> tuple[Any, ...]:
        return self._wcs, self._scaling

    def _writeArchive(self, out: Any) -> None:
        row = bboxToRow(self._bbox) | {"wcs": out.put(self._wcs), "scaling": self._scaling}
        out.addCatalog(self._FIELDS, [row])

    @classmethod
    def _readArchive(cls, archive: Any, catalogs: Sequence[Sequence[Any]]) -> PixelAreaBoundedField:
        from lsst.afw.geom import SkyWcs

        row = catalogs[0][0]
        return cls(bboxFromRow(row), archive.require(row["wcs"], SkyWcs), scaling=row["scaling"])
