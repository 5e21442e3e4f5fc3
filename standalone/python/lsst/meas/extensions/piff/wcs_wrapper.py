# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Coordinates of Piff's solutions, as GalSim's coordinate systems.

Importing this module needs the package ``galsim``, which comes with ``piff``.
"""

from __future__ import annotations

__all__ = ("CelestialWcsWrapper", "UVWcsWrapper")

from typing import Any

import galsim
import numpy as np

from lsst.afw.geom import SkyWcs, TransformPoint2ToPoint2
from lsst.geom import Point2D

_ARCSECONDS_PER_RADIAN = 206264.80624709636


class CelestialWcsWrapper(galsim.wcs.CelestialWCS):
    """An `lsst.afw.geom.SkyWcs` as a coordinate system of GalSim.

    Parameters
    ----------
    pix_to_sky
        Transform from pixels to sky.
    origin
        Position in the image that is pixel (0, 0) of the transform, a
        ``galsim.PositionD``; (0, 0) if `None`.
    """

    def __init__(self, pix_to_sky: SkyWcs, origin: Any = None) -> None:
        self._pix_to_sky = pix_to_sky
        self._origin = galsim.PositionD(0.0, 0.0) if origin is None else origin
        self._color = None

    @property
    def origin(self) -> Any:
        """Position in the image that is pixel (0, 0) of the transform."""
        return self._origin

    def _radec(self, x: Any, y: Any, color: Any = None) -> tuple[Any, Any]:
        ra, dec = self._pix_to_sky.pixelToSkyArray(
            np.atleast_1d(np.asarray(x, float)), np.atleast_1d(np.asarray(y, float))
        )
        return _like(x, ra, dec)

    def _xy(self, ra: Any, dec: Any, color: Any = None) -> tuple[Any, Any]:
        x, y = self._pix_to_sky.skyToPixelArray(
            np.atleast_1d(np.asarray(ra, float)), np.atleast_1d(np.asarray(dec, float))
        )
        return _like(ra, x, y)

    def _newOrigin(self, origin: Any) -> CelestialWcsWrapper:
        return CelestialWcsWrapper(self._pix_to_sky, origin)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, CelestialWcsWrapper):
            return NotImplemented
        return self._pix_to_sky == other._pix_to_sky and self._origin == other._origin

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"CelestialWcsWrapper({self._pix_to_sky!r}, {self._origin!r})"


class UVWcsWrapper(galsim.wcs.EuclideanWCS):
    """A transform from pixels to field angles as a coordinate system of
    GalSim, whose unit is the arcsecond.

    Parameters
    ----------
    pix_to_field
        Transform from pixels to field angles (radians).
    origin
        Position in the image that is pixel (0, 0) of the transform, a
        ``galsim.PositionD``; (0, 0) if `None`.
    world_origin
        Field angle that is (0, 0) in world coordinates, a
        ``galsim.PositionD`` (arcseconds); (0, 0) if `None`.
    """

    def __init__(
        self, pix_to_field: TransformPoint2ToPoint2, origin: Any = None, world_origin: Any = None
    ) -> None:
        self._pix_to_field = pix_to_field
        self._origin = galsim.PositionD(0.0, 0.0) if origin is None else origin
        self._world_origin = galsim.PositionD(0.0, 0.0) if world_origin is None else world_origin
        self._mapping = pix_to_field.getMapping()
        self._color = None

    @property
    def origin(self) -> Any:
        """Position in the image that is pixel (0, 0) of the transform."""
        return self._origin

    @property
    def world_origin(self) -> Any:
        """Field angle that is (0, 0) in world coordinates (arcseconds)."""
        return self._world_origin

    def _xyTouv(self, x: Any, y: Any, color: Any = None) -> tuple[Any, Any]:
        u, v = self._forward(x - self._origin.x, y - self._origin.y)
        return u + self._world_origin.x, v + self._world_origin.y

    def _uvToxy(self, u: Any, v: Any, color: Any = None) -> tuple[Any, Any]:
        x, y = self._inverse(u - self._world_origin.x, v - self._world_origin.y)
        return x + self._origin.x, y + self._origin.y

    # GalSim calls these four methods with the origins subtracted.
    def _u(self, x: Any, y: Any, color: Any = None) -> Any:
        return self._forward(x, y)[0]

    def _v(self, x: Any, y: Any, color: Any = None) -> Any:
        return self._forward(x, y)[1]

    def _x(self, u: Any, v: Any, color: Any = None) -> Any:
        return self._inverse(u, v)[0]

    def _y(self, u: Any, v: Any, color: Any = None) -> Any:
        return self._inverse(u, v)[1]

    def _forward(self, x: Any, y: Any) -> tuple[Any, Any]:
        field = self._mapping.applyForward([np.ravel(x), np.ravel(y)])
        return _like(x, *(_ARCSECONDS_PER_RADIAN * field))

    def _inverse(self, u: Any, v: Any) -> tuple[Any, Any]:
        field = np.array([np.ravel(u), np.ravel(v)], float) / _ARCSECONDS_PER_RADIAN
        return _like(u, *self._mapping.applyInverse(field))

    def _local(self, image_pos: Any, color: Any = None) -> Any:
        if image_pos is None:
            raise TypeError("A local coordinate system needs the position in the image.")
        pixel = Point2D(image_pos.x - self._origin.x, image_pos.y - self._origin.y)
        jacobian = _ARCSECONDS_PER_RADIAN * self._pix_to_field.getJacobian(pixel)
        return galsim.JacobianWCS(*(float(value) for value in jacobian.flat))

    def _newOrigin(self, origin: Any, world_origin: Any = None) -> UVWcsWrapper:
        return UVWcsWrapper(self._pix_to_field, origin, world_origin)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, UVWcsWrapper):
            return NotImplemented
        return (
            self._pix_to_field.writeString() == other._pix_to_field.writeString()
            and self._origin == other._origin
            and self._world_origin == other._world_origin
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"UVWcsWrapper({self._pix_to_field!r}, {self._origin!r}, {self._world_origin!r})"


def _like(template: Any, first: np.ndarray, second: np.ndarray) -> tuple[Any, Any]:
    """Return two arrays in the shape of an argument; floats for a number."""
    if np.ndim(template) == 0:
        return float(first[0]), float(second[0])
    return first.reshape(np.shape(template)), second.reshape(np.shape(template))
