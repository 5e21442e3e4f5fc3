# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fluxes within circular apertures of small images."""

from __future__ import annotations

import functools
import math

import numpy as np
from scipy.special import j1

__all__ = ["apertureFlux"]


@functools.lru_cache(maxsize=16)
def _aperture(radius: float) -> np.ndarray:
    """Band-limited circular aperture, an odd square about its centre.

    It is the inverse Fourier transform of the transform of a disc, cut off
    at the Nyquist frequency of the pixels (Bickerton & Lupton 2013, MNRAS
    431, 1275).
    """
    half = max(8, 2 ** math.ceil(math.log2(2.0 * radius)))
    k = np.fft.fftfreq(2 * half - 1)
    k = np.hypot(k, k[:, np.newaxis])
    k[0, 0] = 1.0
    transform = radius * j1(2.0 * np.pi * radius * k) / k
    transform[0, 0] = np.pi * radius**2
    return np.fft.fftshift(np.fft.ifft2(transform).real)


def apertureFlux(array: np.ndarray, x0: int, y0: int, radius: float) -> float:
    """Sum an image within a circle about its centre.

    Parameters
    ----------
    array
        Pixels, indexed ``[y, x]``; those beyond are taken as 0.
    x0, y0
        Position of the first pixel with respect to the centre (pixels).
    radius
        Radius of the circle (pixels).

    Returns
    -------
    flux
        Flux in the units of the pixels.

    Raises
    ------
    ValueError
        Raised if the radius is not positive.
    """
    if not radius > 0.0:
        raise ValueError(f"The radius of an aperture must be positive, got {radius}.")
    weights = _aperture(float(radius))
    half = weights.shape[0] // 2
    height, width = array.shape
    xs, ys = max(-half, x0), max(-half, y0)
    xe, ye = min(half + 1, x0 + width), min(half + 1, y0 + height)
    if xs >= xe or ys >= ye:
        return 0.0
    part = array[ys - y0 : ye - y0, xs - x0 : xe - x0]
    return float(np.vdot(part, weights[ys + half : ye + half, xs + half : xe + half]))
