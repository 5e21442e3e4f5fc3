# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Linear approximation of a sky WCS."""

from __future__ import annotations

__all__ = ["linearizedAt"]

from typing import TYPE_CHECKING

import numpy as np

from lsst.geom import AffineTransform, AngleUnit, Extent2D, Point2D, SpherePoint
from lsst.sphgeom import LonLat

if TYPE_CHECKING:
    from ._skyWcs import SkyWcs


def linearizedAt(wcs: SkyWcs, coord: SpherePoint | LonLat | Point2D, skyUnit: AngleUnit) -> AffineTransform:
    """Affine transform from pixels to sky that approximates a WCS.

    The derivatives are differences over one pixel of offsets in the tangent
    plane, which are added to longitude and latitude as they are.

    Parameters
    ----------
    wcs
        WCS to approximate.
    coord
        Pixel or sky position about which to expand.
    skyUnit
        Unit of sky coordinates.
    """
    if isinstance(coord, SpherePoint | LonLat):
        sky, pixel = SpherePoint(coord), wcs.skyToPixel(coord)
    else:
        sky, pixel = wcs.pixelToSky(coord), Point2D(coord)
    columns = []
    for step in (Extent2D(1.0, 0.0), Extent2D(0.0, 1.0)):
        offset = sky.getTangentPlaneOffset(wcs.pixelToSky(pixel + step))
        columns.append([angle.asAngularUnits(skyUnit) for angle in offset])
    linear = np.array(columns).T
    translation = np.array(list(sky.getPosition(skyUnit))) - linear @ np.array(list(pixel))
    return AffineTransform(linear, translation)
