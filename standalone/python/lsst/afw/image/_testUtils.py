# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

__all__ = (
    "assertImagesAlmostEqual",
    "assertImagesEqual",
    "assertMaskedImagesAlmostEqual",
    "assertMaskedImagesEqual",
    "assertMasksEqual",
)

import unittest
from typing import Any

import numpy as np

from lsst.utils.tests import inTestCase

from ._image import ImageBase
from ._mask import MaskX
from ._maskedImage import MaskedImageBase


@inTestCase
def assertImagesAlmostEqual(
    testCase: unittest.TestCase,
    image0: Any,
    image1: Any,
    skipMask: Any = None,
    rtol: float = 1.0e-05,
    atol: float = 1e-08,
    msg: str = "Images differ",
) -> None:
    """Assert that images agree within tolerances.

    Non-finite pixels must be the same in both.

    Parameters
    ----------
    testCase
        Test case, which fails if they do not.
    image0, image1
        Images, or arrays of shape (height, width).
    skipMask
        Mask, image or array; pixels where it is not 0 are not compared.
    rtol, atol
        Tolerance relative to ``image1``, and absolute tolerance.
    msg
        Start of the message.
    """
    array0, array1 = _toArray(image0), _toArray(image1)
    if array0.shape != array1.shape:
        testCase.fail(f"{msg}: shapes {array0.shape} and {array1.shape}")
    use = np.ones(array0.shape, dtype=bool) if skipMask is None else _toArray(skipMask) == 0
    good = np.isclose(array0, array1, rtol=rtol, atol=atol, equal_nan=True) | ~use
    if not good.all():
        y, x = (int(i[0]) for i in np.nonzero(~good))
        testCase.fail(
            f"{msg}: {np.count_nonzero(~good)} of {good.size} pixels are not within "
            f"rtol={rtol}, atol={atol}; "
            f"the first, at LOCAL ({x}, {y}), is {array0[y, x]} against {array1[y, x]}"
        )


@inTestCase
def assertImagesEqual(*args: Any, **kwds: Any) -> None:
    """Assert that images are equal; see `assertImagesAlmostEqual`."""
    assertImagesAlmostEqual(*args, rtol=0.0, atol=0.0, **kwds)


@inTestCase
def assertMasksEqual(
    testCase: unittest.TestCase, mask0: Any, mask1: Any, skipMask: Any = None, msg: str = "Masks differ"
) -> None:
    """Assert that the pixels of masks are equal.

    Parameters
    ----------
    testCase
        Test case, which fails if they are not.
    mask0, mask1
        Masks, or arrays of shape (height, width).
    skipMask
        Mask, image or array; pixels where it is not 0 are not compared.
    msg
        Start of the message.
    """
    assertImagesEqual(testCase, mask0, mask1, skipMask=skipMask, msg=msg)


@inTestCase
def assertMaskedImagesAlmostEqual(
    testCase: unittest.TestCase,
    maskedImage0: Any,
    maskedImage1: Any,
    doImage: bool = True,
    doMask: bool = True,
    doVariance: bool = True,
    skipMask: Any = None,
    rtol: float = 1.0e-05,
    atol: float = 1e-08,
    msg: str = "Masked images differ",
) -> None:
    """Assert that masked images agree, masks exactly, within tolerances.

    Parameters
    ----------
    testCase
        Test case, which fails if they do not.
    maskedImage0, maskedImage1
        Masked images, or tuples of image, mask and variance arrays.
    doImage, doMask, doVariance
        Planes to compare.
    skipMask
        Mask, image or array; pixels where it is not 0 are not compared.
    rtol, atol
        Tolerance relative to ``maskedImage1``, and absolute tolerance.
    msg
        Start of the message.
    """
    image, mask, variance = zip(_toPlanes(maskedImage0), _toPlanes(maskedImage1), strict=True)
    if doImage:
        assertImagesAlmostEqual(testCase, *image, skipMask, rtol, atol, f"{msg} in the image plane")
    if doMask:
        assertMasksEqual(testCase, *mask, skipMask, f"{msg} in the mask plane")
    if doVariance:
        assertImagesAlmostEqual(testCase, *variance, skipMask, rtol, atol, f"{msg} in the variance plane")


@inTestCase
def assertMaskedImagesEqual(*args: Any, **kwds: Any) -> None:
    """Assert equality; see `assertMaskedImagesAlmostEqual`."""
    assertMaskedImagesAlmostEqual(*args, rtol=0.0, atol=0.0, **kwds)


def _toArray(image: Any) -> np.ndarray:
    return image.array if isinstance(image, ImageBase | MaskX) else np.asarray(image)


def _toPlanes(maskedImage: Any) -> tuple[Any, Any, Any]:
    if isinstance(maskedImage, MaskedImageBase):
        return maskedImage.image, maskedImage.mask, maskedImage.variance
    image, mask, variance = maskedImage
    return image, mask, variance
