# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Comparison of sky WCSs."""

from __future__ import annotations

__all__ = ["wcsAlmostEqualOverBBox"]

import numpy as np

from lsst.geom import Angle, Box2D, Box2I, arcseconds

from ._skyWcs import SkyWcs


def wcsAlmostEqualOverBBox(
    wcs0: SkyWcs,
    wcs1: SkyWcs,
    bbox: Box2I | Box2D,
    maxDiffSky: Angle = 0.01 * arcseconds,
    maxDiffPix: float = 0.01,
    nx: int = 5,
    ny: int = 5,
) -> bool:
    """Tell whether two WCSs agree over a box of pixels.

    Parameters
    ----------
    wcs0, wcs1
        WCSs to compare.
    bbox
        Box, in parent pixel coordinates.
    maxDiffSky
        Largest separation on the sky that counts as agreement.
    maxDiffPix
        Largest distance in pixels that counts as agreement.
    nx, ny
        Number of grid points over the box, edges included, along each axis.
    """
    box = Box2D(bbox)
    x, y = np.meshgrid(
        np.linspace(box.getMinX(), box.getMaxX(), nx), np.linspace(box.getMinY(), box.getMaxY(), ny)
    )
    ra0, dec0 = wcs0.pixelToSkyArray(x.ravel(), y.ravel())
    ra1, dec1 = wcs1.pixelToSkyArray(x.ravel(), y.ravel())
    haversine = (
        np.sin(0.5 * (dec1 - dec0)) ** 2 + np.cos(dec0) * np.cos(dec1) * np.sin(0.5 * (ra1 - ra0)) ** 2
    )
    separation = 2.0 * np.arcsin(np.sqrt(np.minimum(haversine, 1.0)))
    x0, y0 = wcs0.skyToPixelArray(ra0, dec0)
    x1, y1 = wcs1.skyToPixelArray(ra0, dec0)
    return bool(
        (separation <= maxDiffSky.asRadians()).all() and (np.hypot(x1 - x0, y1 - y0) <= maxDiffPix).all()
    )
