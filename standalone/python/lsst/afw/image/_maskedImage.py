# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

__all__ = (
    "MaskedImage",
    "MaskedImageD",
    "MaskedImageF",
    "MaskedImageI",
    "MaskedImageL",
    "MaskedImageU",
    "PlanesMixin",
    "VariancePixel",
    "makeMaskedImage",
    "makeMaskedImageFromArrays",
)

from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np

from lsst.geom import Box2I, Extent2I
from lsst.utils import TemplateMeta

from ._fitsWriters import writeMaskedImage
from ._image import Image, ImageBase, ImageF, makeImageFromArray
from ._mask import MaskX, makeMaskFromArray
from ._pixelBlock import PARENT, Bounds, ImageOrigin, InPlaceArithmetic, PixelBlock, registerPixelTypes
from ._threePlaneReader import ThreePlaneReader


class PlanesMixin(Bounds):
    """Accessors of the planes, for masked images and classes that hold one."""

    def _masked(self) -> MaskedImageBase:
        """Return the masked image that holds the planes."""
        raise NotImplementedError(f"{type(self).__name__} has no pixels.")

    def _plane(self) -> PixelBlock:
        return self._masked()._image

    def getImage(self) -> Any:
        return self._masked()._image

    def setImage(self, image: Any) -> None:
        """Copy the pixel values of an image into the image plane."""
        self._masked()._image.assign(image)

    def getMask(self) -> MaskX:
        return self._masked()._mask

    def setMask(self, mask: MaskX) -> None:
        """Copy the pixel values of a mask into the mask plane."""
        self._masked()._mask.assign(mask)

    def getVariance(self) -> ImageF:
        return self._masked()._variance

    def setVariance(self, variance: ImageF) -> None:
        """Copy the pixel values of an image into the variance plane."""
        self._masked()._variance.assign(variance)

    image = property(getImage, setImage, doc="The image plane; assigning to it copies pixel values.")
    mask = property(getMask, setMask, doc="The mask plane; assigning to it copies pixel values.")
    variance = property(
        getVariance, setVariance, doc="The variance plane; assigning to it copies pixel values."
    )


VariancePixel = np.float32


class MaskedImageBase(InPlaceArithmetic, PlanesMixin):
    """An image with a mask and a variance plane of the same box.

    The variance is float32 in squared units of the image. Constructors:
    ``(bbox | dimensions | width, height, planeDict={})``; ``(image,
    mask=None, variance=None)``, which shares the planes given; ``(maskedImage,
    deep=False)``, where one of another pixel type is converted;
    ``(maskedImage, bbox, origin=PARENT, deep=False)``; ``(fileName, *,
    bbox=Box2I(), origin=PARENT, conformMasks=False, needAllHdus=False,
    allowUnsafe=False)``.

    Raises
    ------
    TypeError
        Raised if the arguments match none of the constructors.
    lsst.pex.exceptions.LengthError
        Raised if the dimensions of planes differ or a box is not inside the
        image.
    """

    dtype: ClassVar[type[np.generic]]
    _image: ImageBase
    _mask: MaskX
    _variance: ImageF

    _selectors = ("rhs", "src", "image", "fileName", "manager", "bbox", "dimensions", "width")
    _default = None

    def _adopt(self, source: Any, *args: Any, **kwargs: Any) -> bool:
        if isinstance(source, ImageBase):
            self._setPlanes(source, *args, **kwargs)
        elif isinstance(source, MaskedImageBase):
            self._copySource(source, *args, **kwargs)
        else:
            return False
        return True

    def _allocate(self, box: Box2I | Extent2I, planeDict: Mapping[str, int] | None = None) -> None:
        self._image = Image[self.dtype](box)
        self._mask = MaskX(box, planeDefs=planeDict or {})
        self._variance = ImageF(box)

    def _setPlanes(self, image: ImageBase, mask: MaskX | None = None, variance: ImageF | None = None) -> None:
        if image.dtype is not self.dtype:
            raise TypeError(
                f"Image plane must have {self.dtype.__name__} pixels, not {image.dtype.__name__}."
            )
        self._image = image
        self._mask = _planeLike(image, mask, MaskX)
        self._variance = _planeLike(image, variance, ImageF)

    def _copySource(self, source: MaskedImageBase, *args: Any, **kwargs: Any) -> None:
        if source.dtype is not self.dtype:
            image = Image[self.dtype](source._image, deep=True)
            self._setPlanes(image, source._mask.clone(), source._variance.clone())
        elif args and not isinstance(args[0], Box2I):
            self._share(source, None, PARENT, *args)
        else:
            self._share(source, *args, **kwargs)

    def _share(
        self,
        source: MaskedImageBase,
        bbox: Box2I | None = None,
        origin: ImageOrigin = PARENT,
        deep: bool = False,
    ) -> None:
        planes: list[Any] = [source._image, source._mask, source._variance]
        if bbox is not None:
            planes = [type(plane)(plane, bbox, origin, deep) for plane in planes]
        elif deep:
            planes = [plane.clone() for plane in planes]
        self._image, self._mask, self._variance = planes

    def _read(self, source: Any, **kwargs: Any) -> None:
        planes = ThreePlaneReader(source)._readPlanes(**(kwargs | {"dtype": np.dtype(self.dtype)}))
        self._share(type(self)(*planes))

    def _masked(self) -> MaskedImageBase:
        return self

    def setXY0(self, *args: Any, **kwargs: Any) -> None:
        """Set the PARENT index of the first pixel of all planes.

        Parameters
        ----------
        origin
            A `lsst.geom.Point2I`, or two numbers ``x0, y0``.
        """
        if "origin" in kwargs:
            args, kwargs = (kwargs["origin"],), {}
        for plane in (self._image, self._mask, self._variance):
            plane.setXY0(*args, **kwargs)

    def set(self, value: Any, mask: int | None = None, variance: float | None = None) -> None:
        """Set all pixels.

        Parameters
        ----------
        value
            Image value, or a tuple of image, mask and variance values.
        mask, variance
            Mask and variance values; 0 if not given.
        """
        if isinstance(value, tuple):
            if mask is not None or variance is not None:
                raise TypeError(f"Mask and variance are given twice: in {value} and as arguments.")
            value, mask, variance = _splitTuple(value)
        self._image.set(value)
        self._mask.set(mask or 0)
        self._variance.set(variance or 0.0)

    def assign(self, rhs: Self, bbox: Box2I = Box2I(), origin: ImageOrigin = PARENT) -> None:  # noqa: B008
        """Copy pixel values from another masked image.

        Parameters
        ----------
        rhs
            Source of the pixels; its ``XY0`` is ignored.
        bbox
            Pixels to set; an empty box stands for all.
        origin
            Frame of ``bbox``.

        Raises
        ------
        lsst.pex.exceptions.LengthError
            Raised if the dimensions differ or the box is not inside the image.
        """
        self._checkOperand(rhs)
        self._image.assign(rhs._image, bbox, origin)
        self._mask.assign(rhs._mask, bbox, origin)
        self._variance.assign(rhs._variance, bbox, origin)

    def convertF(self) -> MaskedImageF:
        return MaskedImageF(self, deep=True)

    def convertD(self) -> MaskedImageD:
        return MaskedImageD(self, deep=True)

    def __getitem__(self, args: Any) -> Any:
        index, bbox, origin = self._translate(args)
        if index is None:
            return self.subset(bbox, origin)
        return self._image[index, origin], self._mask[index, origin], self._variance[index, origin]

    def __setitem__(self, args: Any, rhs: Any) -> None:
        index, bbox, origin = self._translate(args)
        if index is not None:
            values = _splitTuple(rhs if isinstance(rhs, tuple) else (rhs,))
            self._image[index, origin], self._mask[index, origin], self._variance[index, origin] = values
        elif isinstance(rhs, type(self)):
            self.subset(bbox, origin).assign(rhs)
        else:
            self.subset(bbox, origin).set(rhs)

    def _checkOperand(self, rhs: Any) -> None:
        if not isinstance(rhs, type(self)):
            raise TypeError(f"Expected a {type(self).__name__}, got a {type(rhs).__name__}.")

    def _mergeMask(self, c: float, rhs: MaskedImageBase) -> tuple[np.ndarray, np.ndarray, Any]:
        """Add the mask of an operand of the same kind and dimensions.

        Returns
        -------
        image, variance
            Pixels of the operand.
        factor
            ``c`` in the pixel type.
        """
        self._checkOperand(rhs)
        self._checkDimensions(rhs)
        self._mask |= rhs._mask
        return rhs._image._array, rhs._variance._array, self.dtype(c)

    def __iadd__(self, rhs: Any) -> Self:
        if isinstance(rhs, MaskedImageBase):
            self.scaledPlus(1, rhs)
        else:
            self._image += rhs
        return self

    def __isub__(self, rhs: Any) -> Self:
        if isinstance(rhs, MaskedImageBase):
            self.scaledMinus(1, rhs)
        else:
            self._image -= rhs
        return self

    def __imul__(self, rhs: Any) -> Self:
        if isinstance(rhs, MaskedImageBase):
            self.scaledMultiplies(1, rhs)
            return self
        factor = self._image._operand(rhs) if isinstance(rhs, ImageBase) else self._image._scalar(rhs)
        with np.errstate(all="ignore"):
            if isinstance(rhs, ImageBase):
                self._variance._array[...] = self._variance._array * factor * factor
            else:
                self._variance._array *= np.float32(factor * factor)
        self._image *= rhs
        return self

    def __itruediv__(self, rhs: Any) -> Self:
        if isinstance(rhs, MaskedImageBase):
            self.scaledDivides(1, rhs)
            return self
        divisor = self._image._operand(rhs) if isinstance(rhs, ImageBase) else self._image._scalar(rhs)
        with np.errstate(all="ignore"):
            if isinstance(rhs, ImageBase):
                self._variance._array[...] = self._variance._array / divisor / divisor
            else:
                self._variance._array *= np.float32(1 / (divisor * divisor))
        self._image /= rhs
        return self

    def scaledPlus(self, c: float, rhs: MaskedImageBase) -> None:
        """Add ``c`` times another masked image; variances add, masks OR."""
        self._addScaled(c, rhs, np.add)

    def scaledMinus(self, c: float, rhs: MaskedImageBase) -> None:
        """Subtract ``c`` times another masked image; variances add."""
        self._addScaled(c, rhs, np.subtract)

    def _addScaled(self, c: float, rhs: MaskedImageBase, operation: np.ufunc) -> None:
        """Make this ``I ± c·R``, of variance ``V + c²·V_R``."""
        image, variance, factor = self._mergeMask(c, rhs)
        with np.errstate(all="ignore"):
            operation(self._image._array, factor * image, out=self._image._array)
            self._variance._array += np.float32(factor * factor) * variance

    def scaledMultiplies(self, c: float, rhs: MaskedImageBase) -> None:
        """Multiply by ``c`` times another masked image.

        The variance becomes ``c²(I²·V_R + R²·V)``.
        """
        image, variance, factor = self._mergeMask(c, rhs)
        with np.errstate(all="ignore"):
            total = self._sumOfVariances(image, variance)
            self._variance._array[...] = np.float32(factor * factor) * total
            self._image._array *= factor * image

    def scaledDivides(self, c: float, rhs: MaskedImageBase) -> None:
        """Divide by ``c`` times another masked image.

        The variance becomes ``(I²·V_R + R²·V)/(c²·R⁴)``.
        """
        image, variance, factor = self._mergeMask(c, rhs)
        with np.errstate(all="ignore"):
            square = image * image
            total = self._sumOfVariances(image, variance)
            self._variance._array[...] = total / (np.float32(factor * factor) * (square * square))
        self._image.scaledDivides(c, rhs._image)

    def _sumOfVariances(self, image: np.ndarray, variance: np.ndarray) -> np.ndarray:
        """Return ``I²·V_R + R²·V`` for another image's pixels and variance."""
        own = self._image._array
        return own * own * variance + image * image * self._variance._array

    def writeFits(
        self,
        fileName: str,
        metadata: Any = None,
        imageMetadata: Any = None,
        maskMetadata: Any = None,
        varianceMetadata: Any = None,
    ) -> None:
        """Write to a FITS file with three planes.

        Parameters
        ----------
        fileName
            Path of the file; an existing one is replaced.
        metadata
            Cards of the primary header.
        imageMetadata, maskMetadata, varianceMetadata
            Cards of the planes' headers.
        """
        writeMaskedImage(
            self,
            fileName,
            metadata=metadata,
            imageMetadata=imageMetadata,
            maskMetadata=maskMetadata,
            varianceMetadata=varianceMetadata,
        )

    @classmethod
    def readFits(cls, filename: str) -> Self:
        """Read from a FITS file."""
        return cls(filename)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._image, self._mask, self._variance)


def _planeLike(image: ImageBase, plane: Any, cls: type[Any]) -> Any:
    """Check a plane, or make one of zeros if it is missing or empty."""
    if plane is None or plane.getBBox().isEmpty():
        return cls(image.getBBox())
    if not isinstance(plane, cls):
        raise TypeError(f"Expected a {cls.__name__}, got a {type(plane).__name__}.")
    image._checkDimensions(plane)
    return plane


def _splitTuple(values: tuple[Any, ...]) -> tuple[Any, int, float]:
    if not 1 <= len(values) <= 3:
        raise TypeError(f"Expected (image, mask, variance), got {values}.")
    return values[0], values[1] if len(values) > 1 else 0, values[2] if len(values) > 2 else 0.0


class MaskedImageF(MaskedImageBase):
    """A masked image of float32 pixels."""

    dtype = np.float32


class MaskedImageD(MaskedImageBase):
    """A masked image of float64 pixels."""

    dtype = np.float64


class MaskedImageI(MaskedImageBase):
    """A masked image of int32 pixels."""

    dtype = np.int32


class MaskedImageU(MaskedImageBase):
    """A masked image of uint16 pixels."""

    dtype = np.uint16


class MaskedImageL(MaskedImageBase):
    """A masked image of uint64 pixels."""

    dtype = np.uint64


class MaskedImage(metaclass=TemplateMeta):
    """Masked images of any pixel type: ``MaskedImage[np.float32]``,
    ``MaskedImage["F"]`` and ``MaskedImage(..., dtype=np.float32)``.
    """

    def writeFitsWithOptions(self, dest: str, options: Mapping[str, Any] | None) -> None:
        """Write to a FITS file with compression.

        Parameters
        ----------
        dest
            Path of the file.
        options
            Compression options by plane; `None` for no compression.
        """
        writeMaskedImage(self, dest, options=options)


registerPixelTypes(
    MaskedImage, F=MaskedImageF, D=MaskedImageD, I=MaskedImageI, U=MaskedImageU, L=MaskedImageL
)


def makeMaskedImageFromArrays(
    image: np.ndarray, mask: np.ndarray | None = None, variance: np.ndarray | None = None
) -> Any:
    """Make a masked image that shares the memory of arrays.

    Parameters
    ----------
    image
        Image pixels of shape (height, width).
    mask
        Mask pixels, int32.
    variance
        Variance pixels, float32.

    Returns
    -------
    maskedImage
        Masked image with its origin at (0, 0).

    Raises
    ------
    TypeError
        Raised if an array is of the wrong type.
    """
    planes = (makeImageFromArray(image), makeMaskFromArray(mask), makeImageFromArray(variance))
    return MaskedImage[image.dtype.type](*planes)


def makeMaskedImage(image: ImageBase, mask: MaskX | None = None, variance: ImageF | None = None) -> Any:
    """Make a masked image that shares the planes given.

    Parameters
    ----------
    image
        Image plane.
    mask, variance
        Further planes; zeros if not given.

    Returns
    -------
    maskedImage
        Masked image of the image's pixel type.
    """
    return MaskedImage[image.dtype](image, mask, variance)
