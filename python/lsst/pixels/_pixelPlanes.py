# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""An image with its mask and variance."""

from __future__ import annotations

__all__ = ("PixelPlanes",)

import dataclasses

import numpy as np


@dataclasses.dataclass(frozen=True)
class PixelPlanes:
    """Image, mask and variance planes of one shape (ny, nx).

    Parameters
    ----------
    image
        Pixel values, floating point.
    mask
        Bit masks, int32.
    variance
        Variances of the pixel values, of the type of the image.

    Raises
    ------
    ValueError
        The planes are not two-dimensional or differ in shape.
    """

    image: np.ndarray
    mask: np.ndarray
    variance: np.ndarray

    def __post_init__(self) -> None:
        shapes = [plane.shape for plane in (self.image, self.mask, self.variance)]
        if len(set(shapes)) > 1 or len(shapes[0]) != 2:
            raise ValueError(f"Image, mask and variance must be 2-d and of one shape, not {shapes}.")

    @classmethod
    def empty(cls, shape: tuple[int, int]) -> PixelPlanes:
        """Uninitialized planes of a shape (ny, nx)."""
        return cls(np.empty(shape, np.float32), np.empty(shape, np.int32), np.empty(shape, np.float32))

    @classmethod
    def zeros(cls, shape: tuple[int, int]) -> PixelPlanes:
        """Planes of zeros of a shape (ny, nx)."""
        return cls(np.zeros(shape, np.float32), np.zeros(shape, np.int32), np.zeros(shape, np.float32))

    @property
    def shape(self) -> tuple[int, int]:
        """Number of rows and of columns."""
        return self.image.shape

    def __getitem__(self, slices: tuple[slice, slice]) -> PixelPlanes:
        """Views of a part of the planes."""
        return PixelPlanes(self.image[slices], self.mask[slices], self.variance[slices])
