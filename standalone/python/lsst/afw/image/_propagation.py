# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Arithmetic of image planes with propagation of the variance.

Operands are arrays of one shape; the left-hand side is changed in place.
Results of image pixels have the image's type, variances are float32.
"""

from __future__ import annotations

__all__ = (
    "addPlanes",
    "divideBySquare",
    "multiplyPlanes",
    "multiplyTwice",
    "varianceOfQuotient",
)

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

_quiet = np.errstate(all="ignore")


@_quiet
def addPlanes(
    image: NDArray[Any],
    variance: NDArray[np.float32],
    c: Any,
    rImage: NDArray[Any],
    rVariance: NDArray[np.float32],
    operation: Callable[..., Any] = np.add,
) -> None:
    """``I ± c·R``, of variance ``V + c²·V_R``."""
    operation(image, c * rImage, out=image)
    variance += np.float32(c * c) * rVariance


@_quiet
def multiplyPlanes(
    image: NDArray[Any],
    variance: NDArray[np.float32],
    c: Any,
    rImage: NDArray[Any],
    rVariance: NDArray[np.float32],
) -> None:
    """``I·c·R``, of variance ``c²(I²·V_R + R²·V)``."""
    variance[...] = np.float32(c * c) * (image * image * rVariance + rImage * rImage * variance)
    image *= c * rImage


@_quiet
def varianceOfQuotient(
    image: NDArray[Any],
    variance: NDArray[np.float32],
    c: Any,
    rImage: NDArray[Any],
    rVariance: NDArray[np.float32],
) -> None:
    """Variance of ``I/(c·R)``: ``(I²·V_R + R²·V)/(c²·R⁴)``; sets it only."""
    square = rImage * rImage
    variance[...] = (image * image * rVariance + square * variance) / (np.float32(c * c) * (square * square))


@_quiet
def multiplyTwice(
    variance: NDArray[np.float32], factor: NDArray[Any], operation: Callable[..., Any] = np.multiply
) -> None:
    """Multiply (or divide) a variance by a plane, and again."""
    variance[...] = operation(operation(variance, factor), factor)


@_quiet
def divideBySquare(variance: NDArray[np.float32], divisor: Any) -> None:
    """Divide a variance by the square of a scalar of the image's type."""
    variance *= np.float32(1 / (divisor * divisor))
