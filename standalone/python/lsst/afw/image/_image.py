# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

__all__ = (
    "Image",
    "ImageD",
    "ImageF",
    "ImageFitsReader",
    "ImageI",
    "ImageL",
    "ImageU",
    "makeImageFromArray",
)

from collections.abc import Mapping
from typing import Any, Self

import numpy as np

from lsst.afw.fits import reduceToFits
from lsst.afw.fits._planeWriter import planeOptions
from lsst.geom import Box2I
from lsst.utils import TemplateMeta

from ._fitsWriters import writePlane
from ._pixelBlock import PARENT, ImageOrigin, InPlaceArithmetic, PixelBlock, registerPixelTypes
from ._planeReader import PlaneReader


class ImageBase(InPlaceArithmetic, PixelBlock):
    """A plane of numeric pixels.

    Constructors: ``(bbox | dimensions | width, height, initialValue=0)``;
    ``(image, deep=False)``, where an image of another pixel type is
    converted; ``(image, bbox, origin=PARENT, deep=False)``;
    ``(array, deep=False, xy0=Point2I(0, 0))``, which shares an array of the
    pixel type; ``(fileName, hdu=..., metadata=None, bbox=Box2I(),
    origin=PARENT, allowUnsafe=False)``, which adds the header to ``metadata``.

    Raises
    ------
    TypeError
        Raised if the arguments match none of the constructors, or an array
        has the wrong type, number of dimensions or order in memory.
    lsst.pex.exceptions.LengthError
        Raised if a box is not inside the image.
    """

    _selectors = ("rhs", "src", "array", "fileName", "manager", "bbox", "dimensions", "width")

    def _adopt(self, source: Any, *args: Any, **kwargs: Any) -> bool:
        if isinstance(source, np.ndarray):
            self._wrap(source, *args, **kwargs)
        elif isinstance(source, ImageBase):
            same = source if isinstance(source, type(self)) else self._convert(source)
            self._copySource(same, *args, **kwargs)
        else:
            return False
        return True

    @classmethod
    def _convert(cls, source: ImageBase) -> ImageBase:
        # Floats that the target cannot hold are the caller's responsibility,
        # as in the C++ conversions of the stack.
        with np.errstate(invalid="ignore", over="ignore"):
            return cls(source._array.astype(cls.dtype), xy0=source.getXY0())

    def convertF(self) -> ImageF:
        return ImageF(self, deep=True)

    def convertD(self) -> ImageD:
        return ImageD(self, deep=True)

    convertFloat = convertF
    convertDouble = convertD

    def convertI(self) -> ImageI:
        return ImageI(self, deep=True)

    def convertU(self) -> ImageU:
        return ImageU(self, deep=True)

    def convertL(self) -> ImageL:
        return ImageL(self, deep=True)

    def sqrt(self) -> None:
        """Replace every pixel by its square root."""
        with np.errstate(invalid="ignore"):
            self._array[...] = np.sqrt(self._array)

    def __iadd__(self, rhs: Any) -> Self:
        self._array += self._operand(rhs)
        return self

    def __isub__(self, rhs: Any) -> Self:
        self._array -= self._operand(rhs)
        return self

    def __imul__(self, rhs: Any) -> Self:
        with np.errstate(all="ignore"):
            self._array *= self._operand(rhs)
        return self

    def __itruediv__(self, rhs: Any) -> Self:
        divisor = self._operand(rhs)
        with np.errstate(all="ignore"):
            if not issubclass(self.dtype, np.floating):
                self._array[...] = _divideIntegers(self._array, divisor)
            elif isinstance(rhs, ImageBase):
                self._array /= divisor
            else:
                self._array *= self.dtype(1) / divisor
        return self

    def scaledPlus(self, c: float, rhs: Self) -> None:
        """Add ``c`` times another image."""
        self._array += self._scaled(c, rhs)

    def scaledMinus(self, c: float, rhs: Self) -> None:
        """Subtract ``c`` times another image."""
        self._array -= self._scaled(c, rhs)

    def scaledMultiplies(self, c: float, rhs: Self) -> None:
        """Multiply by ``c`` times another image."""
        self._array *= self._scaled(c, rhs)

    def scaledDivides(self, c: float, rhs: Self) -> None:
        """Divide by ``c`` times another image."""
        divisor = self._scaled(c, rhs)
        with np.errstate(all="ignore"):
            if issubclass(self.dtype, np.floating):
                self._array /= divisor
            else:
                self._array[...] = _divideIntegers(self._array, divisor)

    def _scaled(self, c: float, rhs: Self) -> Any:
        with np.errstate(all="ignore"):
            return self.dtype(c) * self._operand(rhs)

    def _operand(self, rhs: Any) -> Any:
        """Return the operand as a scalar or an array of the pixel type."""
        if isinstance(rhs, ImageBase):
            self._checkOperand(rhs)
            self._checkDimensions(rhs)
            return rhs._array
        if callable(rhs):
            return self._evaluate(rhs)
        return self._scalar(rhs)

    def _evaluate(self, function: Any) -> Any:
        """Evaluate a function of two variables at the pixels' positions."""
        x = np.arange(self._x0, self._x0 + self.getWidth(), dtype=float)
        y = np.arange(self._y0, self._y0 + self.getHeight(), dtype=float)
        values = [[function(i, j) for i in x] for j in y]
        return np.array(values, dtype=float).reshape(self._array.shape).astype(self.dtype)

    def __reduce__(self) -> tuple[Any, ...]:
        return reduceToFits(self)


def _divideIntegers(dividend: np.ndarray, divisor: Any) -> np.ndarray:
    """Return the integer quotient, truncated toward zero."""
    if np.any(divisor == 0):
        raise ZeroDivisionError("Integer pixels divided by zero.")
    quotient = dividend // divisor
    return quotient + ((quotient < 0) & (quotient * divisor != dividend)).astype(dividend.dtype)


class ImageF(ImageBase):
    """An image of float32 pixels."""

    dtype = np.float32


class ImageD(ImageBase):
    """An image of float64 pixels."""

    dtype = np.float64


class ImageI(ImageBase):
    """An image of int32 pixels."""

    dtype = np.int32


class ImageU(ImageBase):
    """An image of uint16 pixels."""

    dtype = np.uint16


class ImageL(ImageBase):
    """An image of uint64 pixels."""

    dtype = np.uint64


class Image(metaclass=TemplateMeta):
    """Images of any pixel type: ``Image[np.float32]``, ``Image["F"]`` and
    ``Image(..., dtype=np.float32)``.
    """

    def writeFitsWithOptions(self, dest: str, options: Mapping[str, Any] | None, item: str = "image") -> None:
        """Write to a FITS file with compression.

        Parameters
        ----------
        dest
            Path of the file.
        options
            Compression options by plane; `None` for no compression.
        item
            Plane whose options apply.
        """
        writePlane(self, dest, options=planeOptions(options, item))


registerPixelTypes(Image, F=ImageF, D=ImageD, I=ImageI, U=ImageU, L=ImageL)
for _class in (ImageF, ImageD, ImageI, ImageU, ImageL):
    # Pickles of the stack, and so some PSFs in files, name this module.
    _class.__module__ = "lsst.afw.image._image"


def makeImageFromArray(array: np.ndarray | None) -> Any:
    """Make an image that shares the memory of an array.

    Parameters
    ----------
    array
        Array of shape (height, width) and a type that images have, or `None`.

    Returns
    -------
    image
        Image with its origin at (0, 0), or `None`.

    Raises
    ------
    TypeError
        Raised if there is no image of that type.
    """
    # Its metaclass, which picks the class, is opaque to type checkers.
    images: Any = Image
    return None if array is None else images(array, dtype=array.dtype.type)


class ImageFitsReader(PlaneReader):
    """Reader of an image in a FITS file.

    Parameters
    ----------
    fileName
        Path of the file, or an in-memory file.
    hdu
        0-based position of the image; by default the primary HDU, or the
        first extension if that is empty.

    Raises
    ------
    lsst.afw.fits.FitsError
        Raised if the file cannot be opened.
    """

    def read(
        self,
        bbox: Box2I | None = None,
        origin: ImageOrigin = PARENT,
        allowUnsafe: bool = False,
        dtype: Any = None,
    ) -> Any:
        """Read an image; see `readArray`."""
        array = self.readArray(bbox, origin, allowUnsafe, dtype)
        return Image[array.dtype.type](array, xy0=self.readXY0(bbox, origin))


ImageFitsReader.__module__ = "lsst.afw.image"
ImageBase._readerClass = ImageFitsReader
