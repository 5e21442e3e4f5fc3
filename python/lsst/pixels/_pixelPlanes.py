# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Arrays of an image, its mask and its variance."""

from __future__ import annotations

__all__ = ("PixelPlanes",)

import dataclasses

import numpy as np


@dataclasses.dataclass(frozen=True)
class PixelPlanes:
    """Image, mask and variance planes of the same shape (ny, nx).

    Parameters
    ----------
    image
        Pixel values, floating point.
    mask
        Mask bits, int32.
    variance
        Variances of the pixel values, of the same type as the image.

    Raises
    ------
    ValueError
        Raised if the planes are not two-dimensional or differ in shape.
    """

    image: np.ndarray
    mask: np.ndarray
    variance: np.ndarray

    def __post_init__(self) -> None:
        shapes = [plane.shape for plane in (self.image, self.mask, self.variance)]
        if len(set(shapes)) > 1 or len(shapes[0]) != 2:
            raise ValueError(
                f"Image, mask and variance must be two-dimensional and of one shape, not {shapes}."
            )

    @classmethod
    def empty(cls, shape: tuple[int, int]) -> PixelPlanes:
        """Make uninitialized planes of shape (ny, nx)."""
        return cls(np.empty(shape, np.float32), np.empty(shape, np.int32), np.empty(shape, np.float32))

    @classmethod
    def zeros(cls, shape: tuple[int, int]) -> PixelPlanes:
        """Make planes of zeros of shape (ny, nx)."""
        return cls(np.zeros(shape, np.float32), np.zeros(shape, np.int32), np.zeros(shape, np.float32))

    @property
    def shape(self) -> tuple[int, int]:
        """Number of rows and columns."""
        return self.image.shape

    def __getitem__(self, slices: tuple[slice, slice]) -> PixelPlanes:
        """Return views of a part of the planes."""
        return PixelPlanes(self.image[slices], self.mask[slices], self.variance[slices])
