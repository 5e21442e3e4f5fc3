# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

__all__ = (
    "makeExposure",
    "makeImageFromArray",
    "makeMaskFromArray",
    "makeMaskedImage",
    "makeMaskedImageFromArrays",
)

from typing import TYPE_CHECKING, Any

import numpy as np

from ._exposure import Exposure
from ._image import Image, ImageBase, ImageF
from ._mask import Mask, MaskX
from ._maskedImage import MaskedImage, MaskedImageBase

if TYPE_CHECKING:
    from lsst.afw.geom import SkyWcs


# Their metaclass, which picks the class by dtype, is opaque to type checkers.
_images: Any = Image
_masks: Any = Mask
_maskedImages: Any = MaskedImage


def makeImageFromArray(array: np.ndarray | None) -> Any:
    """Image that shares the memory of an array.

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
    return None if array is None else _images(array, dtype=array.dtype.type)


def makeMaskFromArray(array: np.ndarray | None) -> MaskX | None:
    """Mask that shares the memory of an int32 array.

    Parameters
    ----------
    array
        Array of shape (height, width), or `None`.

    Returns
    -------
    mask
        Mask with its origin at (0, 0) and the default planes, or `None`.

    Raises
    ------
    TypeError
        Raised if the array is of another type.
    """
    return None if array is None else _masks(array, dtype=array.dtype.type)


def makeMaskedImageFromArrays(
    image: np.ndarray, mask: np.ndarray | None = None, variance: np.ndarray | None = None
) -> Any:
    """Masked image that shares the memory of arrays.

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
    return _maskedImages(*planes, dtype=image.dtype.type)


def makeMaskedImage(image: ImageBase, mask: MaskX | None = None, variance: ImageF | None = None) -> Any:
    """Masked image that shares the planes given.

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


def makeExposure(maskedImage: MaskedImageBase, wcs: SkyWcs | None = None) -> Any:
    """Exposure that shares the pixels of a masked image.

    Parameters
    ----------
    maskedImage
        Pixels.
    wcs
        World coordinate system.

    Returns
    -------
    exposure
        Exposure of the masked image's pixel type.
    """
    return Exposure[maskedImage.dtype](maskedImage, wcs)
