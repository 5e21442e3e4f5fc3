# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Positions on the celestial sphere."""

from __future__ import annotations

__all__ = ("SpherePoint", "averageSpherePoint")

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from lsst.pex.exceptions import InvalidParameterError, LengthError
from lsst.sphgeom import LonLat, UnitVector3d, Vector3d

from ._angle import HALFPI, Angle, AngleUnit, wrapRadians
from ._coordinates import Point2D
from ._numbers import as_int, cosine, divide, sine

_FORMS = (
    ("longitude", "latitude"),
    ("longitude", "latitude", "units"),
    ("vector",),
    ("unitVector",),
    ("lonLat",),
    ("other",),
)


class SpherePoint:
    """An immutable position on the celestial sphere (ICRS unless stated).

    Parameters
    ----------
    longitude, latitude : `Angle` or `float`
        Longitude (right ascension) and latitude (declination). Without
        arguments the position is undefined (NaN).
    units : `AngleUnit`
        Unit of the two; required with numbers, not allowed with angles.
    vector : `lsst.sphgeom.Vector3d`
        Direction, any non-zero length.
    unitVector : `lsst.sphgeom.UnitVector3d`
        Direction.
    lonLat : `lsst.sphgeom.LonLat`
        Longitude and latitude.
    other : `SpherePoint`
        Position to copy.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if the latitude is outside [-pi/2, pi/2] or the vector is zero.
    """

    __slots__ = ("_latitude", "_longitude")
    __module__ = "lsst.geom"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if kwargs:
            args = _orderArguments(args, kwargs)
        if len(args) == 3:
            longitude, latitude, units = args
            if isinstance(longitude, Angle) or isinstance(latitude, Angle):
                raise TypeError("Units are not allowed with Angles.")
            self._setAngles(Angle(longitude, units), Angle(latitude, units))
        elif len(args) == 2:
            self._setAngles(*args)
        elif len(args) == 1:
            self._setFrom(args[0])
        elif not args:
            self._longitude = self._latitude = math.nan
        else:
            raise TypeError(f"SpherePoint takes at most 3 arguments, got {len(args)}.")

    def _setAngles(self, longitude: Angle, latitude: Angle) -> None:
        if not (isinstance(longitude, Angle) and isinstance(latitude, Angle)):
            raise TypeError(
                f"Longitude and latitude must be Angles or have units, got {longitude!r}, {latitude!r}."
            )
        self._longitude = wrapRadians(longitude._value)
        self._latitude = latitude._value
        if abs(self._latitude) > HALFPI:
            raise InvalidParameterError(f"Angle {latitude.asDegrees()} deg is not a valid latitude.")

    def _setFrom(self, other: Any) -> None:
        if isinstance(other, SpherePoint):
            self._longitude, self._latitude = other._longitude, other._latitude
        elif isinstance(other, LonLat):
            self._setAngles(Angle(other.getLon().asRadians()), Angle(other.getLat().asRadians()))
        elif isinstance(other, UnitVector3d):
            self._setUnitVector(other.x(), other.y(), other.z())
        elif isinstance(other, Vector3d):
            norm = math.sqrt(other.x() * other.x() + other.y() * other.y() + other.z() * other.z())
            if norm == 0.0:
                raise InvalidParameterError(f"The vector {other!r} has zero norm.")
            if not math.isfinite(norm):
                norm = math.nan
            self._setUnitVector(other.x() / norm, other.y() / norm, other.z() / norm)
        else:
            raise TypeError(f"Cannot make a SpherePoint from {other!r}.")

    def _setUnitVector(self, x: float, y: float, z: float) -> None:
        if not math.isfinite(x + y + z):
            self._longitude = self._latitude = math.nan
            return
        self._latitude = math.asin(max(-1.0, min(1.0, z)))
        self._longitude = 0.0 if self.atPole() else wrapRadians(math.atan2(y, x))

    def getLongitude(self) -> Angle:
        """Return the longitude, in [0, 2 pi)."""
        return Angle(self._longitude)

    def getLatitude(self) -> Angle:
        """Return the latitude, in [-pi/2, pi/2]."""
        return Angle(self._latitude)

    getRa = getLongitude
    getDec = getLatitude

    def getPosition(self, units: AngleUnit) -> Point2D:
        """Return (longitude, latitude) in the given units."""
        if not isinstance(units, AngleUnit):
            raise TypeError(f"Units must be an AngleUnit, got {units!r}.")
        return Point2D(self._longitude / units._value, self._latitude / units._value)

    def getVector(self) -> UnitVector3d:
        """Return the direction as a unit vector."""
        cosLatitude = cosine(self._latitude)
        # UnitVector3d(x, y, z) would normalize again and change last bits.
        vector = UnitVector3d.__new__(UnitVector3d)
        vector.__setstate__(  # type: ignore[attr-defined]
            (
                cosine(self._longitude) * cosLatitude,
                sine(self._longitude) * cosLatitude,
                sine(self._latitude),
            )
        )
        return vector

    @staticmethod
    def toUnitXYZ(
        *,
        longitude: Any = None,
        latitude: Any = None,
        ra: Any = None,
        dec: Any = None,
        units: AngleUnit,
    ) -> tuple[Any, Any, Any]:
        """Return the unit vector components of many positions.

        Parameters
        ----------
        longitude, latitude : array-like
            Positions in ``units``; ``ra`` and ``dec`` are other names.
        units : `AngleUnit`
            Unit of the positions.

        Returns
        -------
        x, y, z : `numpy.ndarray` or `float`
            Components, with the broadcast shape of the input.
        """
        if (longitude is None) == (ra is None) or (latitude is None) == (dec is None):
            raise TypeError("Exactly one of longitude/ra and one of latitude/dec are required.")
        scale = (1.0 * units).asRadians()
        lon = np.multiply(longitude if ra is None else ra, scale)
        lat = np.multiply(latitude if dec is None else dec, scale)
        cosLatitude = np.cos(lat)
        z = np.sin(lat) * np.ones_like(lon)
        return np.cos(lon) * cosLatitude, np.sin(lon) * cosLatitude, z

    def atPole(self) -> bool:
        """Return whether the latitude is +-pi/2."""
        return abs(self._latitude) >= HALFPI

    def isFinite(self) -> bool:
        """Return whether both coordinates are finite."""
        return math.isfinite(self._longitude) and math.isfinite(self._latitude)

    def separation(self, other: SpherePoint) -> Angle:
        """Return the great-circle distance to another position.

        Source: the haversine formula.
        """
        other = asSpherePoint(other)
        sinLatitude = sine(0.5 * (other._latitude - self._latitude))
        sinLongitude = sine(0.5 * (other._longitude - self._longitude))
        haversine = sinLatitude * sinLatitude + (
            cosine(self._latitude) * cosine(other._latitude) * (sinLongitude * sinLongitude)
        )
        # Rounding may exceed 1 for antipodes; NaN must stay NaN.
        return Angle(2.0 * math.asin(math.sqrt(1.0 if haversine > 1.0 else haversine)))

    def bearingTo(self, other: SpherePoint) -> Angle:
        """Return the direction of the great circle to another position.

        Returns
        -------
        bearing
            0 is toward increasing longitude (East), pi/2 toward North.
        """
        other = asSpherePoint(other)
        deltaLongitude = other._longitude - self._longitude
        sinLat1, cosLat1 = sine(self._latitude), cosine(self._latitude)
        sinLat2, cosLat2 = sine(other._latitude), cosine(other._latitude)
        east = sine(deltaLongitude) * cosLat2
        north = cosLat1 * sinLat2 - sinLat1 * cosLat2 * cosine(deltaLongitude)
        return Angle(HALFPI - math.atan2(east, north)).wrap()

    def offset(self, bearing: Angle, amount: Angle) -> SpherePoint:
        """Return the position at a distance along a great circle.

        Parameters
        ----------
        bearing
            Direction of the great circle, as returned by `bearingTo`.
        amount
            Distance; a negative distance goes backwards.
        """
        phi = _requireAngle(bearing)._value
        here = self.getVector()
        east = Vector3d(-sine(self._longitude), cosine(self._longitude), 0.0)
        north = here.cross(east)
        direction = east * cosine(phi) + north * sine(phi)
        return self.rotated(SpherePoint(here.cross(direction)), amount)

    def rotated(self, axis: SpherePoint, amount: Angle) -> SpherePoint:
        """Return this position rotated right-handedly about an axis.

        Source: Rodrigues' rotation formula, as a matrix.
        """
        matrix = _rotationMatrix(asSpherePoint(axis).getVector(), _requireAngle(amount)._value)
        here = self.getVector()
        x, y, z = here.x(), here.y(), here.z()
        return SpherePoint(Vector3d(*(row[0] * x + row[1] * y + row[2] * z for row in matrix)))

    def getTangentPlaneOffset(self, other: SpherePoint) -> tuple[Angle, Angle]:
        """Return offsets in a tangent plane between two positions.

        Returns
        -------
        xi, eta
            Minus the gnomonic offsets of this position about ``other``: the
            plane touches the sphere at ``other``, although the signs are those
            of the offset of ``other`` from this position.
        """
        other = asSpherePoint(other)
        deltaLongitude = other._longitude - self._longitude
        sinLat1, cosLat1 = sine(self._latitude), cosine(self._latitude)
        sinLat2, cosLat2 = sine(other._latitude), cosine(other._latitude)
        cosSeparation = cosLat1 * cosLat2 * cosine(deltaLongitude) + sinLat1 * sinLat2
        xi = divide(cosLat1 * sine(deltaLongitude), cosSeparation)
        north = cosLat1 * cosine(deltaLongitude) * sinLat2 - sinLat1 * cosLat2
        eta = divide(north, cosSeparation)
        return Angle(xi), Angle(eta)

    def __getitem__(self, index: int) -> Angle:
        index = as_int(index)
        if not -2 <= index < 2:
            raise IndexError(f"Index {index} not in range [-2, 1].")
        return Angle(self._latitude if index % 2 else self._longitude)

    def __len__(self) -> int:
        return 2

    def __iter__(self) -> Iterator[Angle]:
        yield Angle(self._longitude)
        yield Angle(self._latitude)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, LonLat):
            other = SpherePoint(other)
        if not isinstance(other, SpherePoint):
            return NotImplemented
        return self._longitude == other._longitude and self._latitude == other._latitude

    __hash__ = None  # type: ignore[assignment]

    def __str__(self) -> str:
        lon, lat = self
        return f"({lon.asDegrees():.10f}, {lat.asDegrees():+.10f})"

    def __repr__(self) -> str:
        lon, lat = self
        return f"SpherePoint({lon.asDegrees()}*degrees, {lat.asDegrees()}*degrees)"

    def __reduce__(self) -> tuple:
        return SpherePoint, (Angle(self._longitude), Angle(self._latitude))


def _orderArguments(args: tuple, kwargs: dict[str, Any]) -> tuple:
    """Put keyword arguments of one of the forms in order."""
    for names in _FORMS:
        if len(names) == len(args) + len(kwargs) and set(names[len(args) :]) == kwargs.keys():
            return args + tuple(kwargs[name] for name in names[len(args) :])
    raise TypeError(f"Cannot make a SpherePoint from {len(args)} arguments and {sorted(kwargs)}.")


def _rotationMatrix(axis: UnitVector3d, angle: float) -> tuple[tuple[float, float, float], ...]:
    """Return the matrix of a right-handed rotation by an angle in radians."""
    x, y, z = axis.x(), axis.y(), axis.z()
    cos, sin = cosine(angle), sine(angle)
    sx, sy, sz = sin * x, sin * y, sin * z
    cx, cy, cz = (1.0 - cos) * x, (1.0 - cos) * y, (1.0 - cos) * z
    return (
        (cx * x + cos, cx * y - sz, cx * z + sy),
        (cx * y + sz, cy * y + cos, cy * z - sx),
        (cx * z - sy, cy * z + sx, cz * z + cos),
    )


def _requireAngle(value: Angle) -> Angle:
    if not isinstance(value, Angle):
        raise TypeError(f"An Angle is required, got {value!r}.")
    return value


def asSpherePoint(value: SpherePoint | LonLat) -> SpherePoint:
    """Return a position as a `SpherePoint`, converting an
    `lsst.sphgeom.LonLat` if necessary.
    """
    if isinstance(value, SpherePoint):
        return value
    if isinstance(value, LonLat):
        return SpherePoint(value)
    raise TypeError(f"A SpherePoint is required, got {value!r}.")


def averageSpherePoint(coords: Sequence[SpherePoint]) -> SpherePoint:
    """Return the direction of the mean unit vector.

    Raises
    ------
    lsst.pex.exceptions.LengthError
        Raised if there are no positions.
    """
    if len(coords) == 0:
        raise LengthError("Coords is empty.")
    vectors = [asSpherePoint(coord).getVector() for coord in coords]
    x = math.fsum(v.x() for v in vectors) / len(vectors)
    y = math.fsum(v.y() for v in vectors) / len(vectors)
    z = math.fsum(v.z() for v in vectors) / len(vectors)
    return SpherePoint(Vector3d(x, y, z))
