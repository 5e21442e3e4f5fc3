# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""PSFs modeled by PSFEx, read from files; fitting them is not supported."""

from __future__ import annotations

__all__ = ("PsfexPsf",)

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NoReturn, Self

import numpy as np

from lsst.afw.detection import InvalidPsfError
from lsst.afw.image import Color, ImageD
from lsst.afw.table.io._errors import MAX_PSF_PIXELS, MalformedArchiveError
from lsst.afw.table.io._fields import Field, Fields
from lsst.afw.table.io._persistable import register
from lsst.geom import Box2I, Extent2I, Point2D, Point2I
from lsst.meas.algorithms import ImagePsf
from lsst.pex.exceptions import LogicError

if TYPE_CHECKING:
    from lsst.afw.table.io._inputArchive import InputArchive
    from lsst.afw.table.io._outputArchive import ArchiveHandle


# Width of the Lanczos function for resampling, and the number of pixels that
# it covers in each direction.
_LANCZOS_WIDTH = 5
_TAPS = 2 * (9 // 2 + 2)

_MAX_DEGREE = 10
_MAX_STEP = 100.0

_MEAN = "average position of stars used to make the PSF"
_SIZES = Fields(
    [
        Field("ndim", "J", doc="Number of elements in group"),
        Field("ngroup", "J", doc="Number of elements in degree"),
        Field("ncoeff", "J", doc="Number of coefficients"),
        Field("_size_size", "J", doc="Size of _size array"),
        Field("_comp_size", "J", doc="Size of _comp array"),
        Field("_context_size", "J", doc="Size of _context array"),
        Field("averagePosition_x", "D", doc=_MEAN, unit="pixel"),
        Field("averagePosition_y", "D", doc=_MEAN, unit="pixel"),
        Field("_pixstep", "E", doc="oversampling", unit="pixel"),
    ]
)
# Name, type, the size in the first catalog, and documentation.
_ARRAYS = (
    ("group", "J", "ndim", "Groups (of coefficients?)"),
    ("degree", "J", "ngroup", "Degree in each group"),
    ("basis", "D", "ncoeff", "Values of the basis functions"),
    ("coeff", "D", "ncoeff", "Polynomial coefficients"),
    ("_size", "J", "_size_size", "PSF dimensions"),
    ("_comp", "E", "_comp_size", "Complete pixel data"),
    ("_context_first", "D", "_context_size", "Offset to apply to context data"),
    ("_context_second", "D", "_context_size", "Scale to apply to context data"),
)


@register("PsfexPsf", module="lsst.meas.extensions.psfex")
class PsfexPsf(ImagePsf):
    """A PSF modeled by PSFEx.

    The model has images, sampled finer or coarser than the pixels, that are
    summed with polynomials of the position as weights. It can only be read
    from files; the package that fits such models is not part of this runtime.
    """

    _sizes: dict[str, Any]
    _arrays: dict[str, np.ndarray]

    def __init__(self, *args: Any) -> None:
        raise TypeError("A PsfexPsf is only read from files here; PSFEx, which fits it, is not available.")

    def clone(self) -> Self:
        """Return a copy with empty caches."""
        return self._copyWithEmptyCaches()

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self.clone()

    def resized(self, width: int, height: int) -> NoReturn:
        """Raise an error, since the model determines the size.

        Parameters
        ----------
        width, height
            Ignored.

        Raises
        ------
        lsst.pex.exceptions.LogicError
            Raised if the method is called.
        """
        raise LogicError("A PsfexPsf cannot be resized.")

    def getAveragePosition(self) -> Point2D:
        """Return the mean position of the stars the model was fitted to."""
        return Point2D(self._sizes["averagePosition_x"], self._sizes["averagePosition_y"])

    def isPersistable(self) -> bool:
        """Return True, since the PSF can always be saved."""
        return True

    def _doComputeKernelImage(self, position: Point2D, color: Color) -> ImageD:
        return self._imageAt(position, Point2D(0.0, 0.0))

    def _doComputeImage(self, position: Point2D, color: Color) -> ImageD:
        return self._imageAt(position, position)

    def _doComputeBBox(self, position: Point2D, color: Color) -> Box2I:
        return self._box(Point2D(0.0, 0.0))

    def _imageAt(self, position: Point2D, center: Point2D) -> ImageD:
        """Compute the image for a position, centered on a given point."""
        components, box = self._components(), self._box(center)
        weights = self._basis(position).astype(np.float32)
        fine = np.einsum("i,ijk->jk", weights, components, dtype=np.float32)
        step = 1.0 / self._sizes["_pixstep"]
        across, along = (
            _resamplingMatrix(size, number, step, -step * _fraction(coordinate))
            for size, number, coordinate in zip(fine.shape[::-1], box.getDimensions(), center, strict=True)
        )
        frame = (fine @ across.T).astype(np.float32)
        array = along @ frame
        total = array.sum()
        if not (math.isfinite(total) and total != 0):
            raise InvalidPsfError(f"The PSFEx model has the sum {total} at {position}.")
        image = ImageD(np.ascontiguousarray(array / total))
        image.setXY0(box.getMin())
        return image

    def _box(self, center: Point2D) -> Box2I:
        """Compute the box of an image that is centered on a given point."""
        pixstep = np.float32(self._sizes["_pixstep"])
        height, width = self._components().shape[1:]
        size = Extent2I(*(int(n * pixstep) + (int(n * pixstep) + 1) % 2 for n in (width, height)))
        corner = Point2I(*(int(c - _fraction(c) + 0.5) for c in center))
        return Box2I(corner - Extent2I(size.x // 2, size.y // 2), size)

    def _components(self) -> np.ndarray:
        """Return the images that are summed, shape (n, height, width)."""
        dimensions, groups = self._sizes["ndim"], self._sizes["ngroup"]
        if dimensions != 2 or groups != 1:
            raise InvalidPsfError(
                f"A PSFEx model that varies with {dimensions} variables in {groups} groups has no images "
                f"here; only variation with the position, in one group, is supported."
            )
        sizes = self._arrays["_size"]
        count = _numberOfTerms(int(self._arrays["degree"][0]))
        width, height = (int(n) for n in sizes[:2]) if sizes.size >= 2 else (0, 0)
        pixels = width * height
        values = self._arrays["_comp"]
        step = self._sizes["_pixstep"]
        if not (
            0 < pixels <= MAX_PSF_PIXELS
            and min(width, height) > 0
            and values.size == count * pixels
            and self._arrays["_context_first"].size == 2
            and np.all(self._arrays["_context_second"] != 0)
            and 1 / _MAX_STEP <= step <= _MAX_STEP
            and min(width, height) * step >= 1
            and pixels * step * step <= MAX_PSF_PIXELS
        ):
            raise InvalidPsfError(
                f"The PSFEx model is damaged: {values.size} values for {count} images of {width} x {height} "
                f"pixels at step {step:g}."
            )
        return values.astype(np.float32).reshape(count, height, width)

    def _basis(self, position: Point2D) -> np.ndarray:
        """Compute the polynomials at a position."""
        degree = int(self._arrays["degree"][0])
        first, second = self._arrays["_context_first"], self._arrays["_context_second"]
        u, v = ((position[i] - first[i]) / second[i] for i in range(2))
        return np.array([u**i * v**j for j in range(degree + 1) for i in range(degree + 1 - j)])

    def _writeArchive(self, out: ArchiveHandle) -> None:
        out.addCatalog(_SIZES, [self._sizes])
        arrays = [
            Field(name, code, self._sizes[size], isArray=True, doc=doc) for name, code, size, doc in _ARRAYS
        ]
        out.addCatalog(Fields(arrays), [self._arrays])

    @classmethod
    def _readArchive(cls, archive: InputArchive, catalogs: Sequence[Sequence[Any]]) -> Any:
        ((sizes,), (arrays,)) = catalogs
        psf = cls.__new__(cls)
        ImagePsf.__init__(psf, isFixed=False)
        psf._sizes = {name: sizes[name] for name in _SIZES.names}
        psf._arrays = {name: np.atleast_1d(arrays[name]) for name, *_ in _ARRAYS}
        for name, _, size, _ in _ARRAYS:
            found, expected = psf._arrays[name].size, psf._sizes[size]
            if found != expected:
                raise MalformedArchiveError(
                    f"The array {name!r} of a PsfexPsf has {found} elements, but {size!r} is {expected}."
                )
        return psf


def _numberOfTerms(degree: int) -> int:
    if not 0 <= degree <= _MAX_DEGREE:
        raise InvalidPsfError(f"A PSFEx model has degree {degree}, which is not in 0 to {_MAX_DEGREE}.")
    return (degree + 1) * (degree + 2) // 2


def _fraction(coordinate: float) -> float:
    """Return the distance from the nearest pixel center, in (-0.5, 0.5]."""
    fraction = coordinate - int(coordinate)
    if fraction > 0.5:
        return fraction - 1.0
    return fraction + 1.0 if fraction <= -0.5 else fraction


def _resamplingMatrix(size: int, number: int, step: float, shift: float) -> np.ndarray:
    """Compute the weights of input pixels in output pixels.

    Parameters
    ----------
    size, number
        Number of input and of output pixels.
    step
        Distance of output pixels, in input pixels.
    shift
        Position of the central output pixel relative to the central input
        pixel.

    Returns
    -------
    matrix
        Weights, shape ``(number, size)``; 0 for output pixels outside.
    """
    positions = size // 2 + shift + (np.arange(number) - number // 2) * step
    inside = (positions >= 0) & (positions <= size - 1)
    taps = np.trunc(positions).astype(int)[:, None] - _TAPS // 2 + np.arange(_TAPS)
    distances = taps - positions[:, None]
    weights = np.where(
        np.abs(distances) < _LANCZOS_WIDTH, np.sinc(distances) * np.sinc(distances / _LANCZOS_WIDTH), 0.0
    )
    weights[(taps < 0) | (taps >= size) | ~inside[:, None]] = 0.0
    sums = weights.sum(axis=1, keepdims=True)
    weights = np.divide(weights, sums, out=np.zeros_like(weights), where=sums != 0)
    matrix = np.zeros((number, size))
    np.add.at(matrix, (np.arange(number)[:, None], np.clip(taps, 0, size - 1)), weights)
    return matrix
