# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Outline of an exposure on the sky."""

from __future__ import annotations

from typing import Any

from lsst.geom import Box2D

__all__ = ["containsSkyCoords", "convexPolygon"]


def convexPolygon(exposure: Any, padding: int) -> Any:
    """Polygon through the corners of the grown box, or None without WCS."""
    from lsst.sphgeom import ConvexPolygon

    wcs = exposure.getWcs()
    if wcs is None:
        return None
    corners = Box2D(exposure.getBBox().dilatedBy(padding)).getCorners()
    return ConvexPolygon([point.getVector() for point in wcs.pixelToSky(corners)])


def containsSkyCoords(exposure: Any, ra: Any, dec: Any, padding: int) -> Any:
    """Whether sky coordinates (quantities) lie inside the grown outline."""
    from astropy import units

    polygon = convexPolygon(exposure, padding)
    if polygon is None:
        raise ValueError("The exposure has no WCS.")
    return polygon.contains(ra.to_value(units.radian), dec.to_value(units.radian))
