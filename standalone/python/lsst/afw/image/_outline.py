# This file is part of ip_diffim_template.
#
# Developed for the LSST Data Management System.
# This product includes software developed by the LSST Project
# (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution
# for the terms of the licence.
#
# This program is free software: you can redistribute it and/or modify
# it under the terms of the GNU General Public License as published by
# the Free Software Foundation, either version 3 of the License, or
# (at your option) any later version.
#
# This program is distributed in the hope that it will be useful,
# but WITHOUT ANY WARRANTY; without even the implied warranty of
# MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the
# GNU General Public License for more details.
#
# You should have received a copy of the GNU General Public License
# along with this program.  If not, see <https://www.gnu.org/licenses/>.

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
