# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Angles and their units."""

from __future__ import annotations

__all__ = (
    "Angle",
    "AngleUnit",
    "HALFPI",
    "INVSQRTPI",
    "ONE_OVER_PI",
    "PI",
    "ROOT2",
    "SQRTPI",
    "TWOPI",
    "arcminutes",
    "arcsecToRad",
    "arcseconds",
    "degToRad",
    "degrees",
    "hours",
    "isAngle",
    "masToRad",
    "milliarcseconds",
    "radToArcsec",
    "radToDeg",
    "radToMas",
    "radians",
)

import math
import numbers
from typing import Any

from ._numbers import as_float, divide, format_exact

PI = math.pi
TWOPI = 2.0 * math.pi
HALFPI = 0.5 * math.pi
ONE_OVER_PI = 1.0 / math.pi
SQRTPI = math.sqrt(math.pi)
INVSQRTPI = 1.0 / SQRTPI
ROOT2 = math.sqrt(2.0)


class AngleUnit:
    """A unit of angle. Multiply a number by it to make an `Angle`."""

    __slots__ = ("_value",)
    __module__ = "lsst.geom"

    def __init__(self, value: float) -> None:
        self._value = as_float(value)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, AngleUnit):
            return self._value == other._value
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __mul__(self, other: Any) -> Angle:
        if isinstance(other, Angle | AngleUnit):
            raise NotImplementedError(f"Cannot multiply {type(other).__name__} by AngleUnit.")
        if not _isNumber(other):
            return NotImplemented
        return Angle(other, self)

    __rmul__ = __mul__

    def __reduce__(self) -> tuple:
        return AngleUnit, (self._value,)


radians = AngleUnit(1.0)
degrees = AngleUnit(PI / 180.0)
hours = AngleUnit(PI * 15.0 / 180.0)
arcminutes = AngleUnit(PI / 60 / 180.0)
arcseconds = AngleUnit(PI / 180.0 / 3600)
milliarcseconds = AngleUnit(PI / (180.0 * 3600 * 1000))


class Angle:
    """An angle, stored in radians.

    Parameters
    ----------
    val
        Value in ``units``.
    units
        Unit of ``val``.
    """

    __slots__ = ("_value",)
    __module__ = "lsst.geom"

    def __init__(self, val: float = 0.0, units: AngleUnit = radians) -> None:
        if not isinstance(units, AngleUnit):
            raise TypeError(f"Units must be an AngleUnit, got {units!r}.")
        if isinstance(val, Angle):
            raise TypeError(f"Val must be a number, got {val!r}.")
        self._value = as_float(val) * units._value

    def asAngularUnits(self, unit: AngleUnit) -> float:
        """Return the value in the given unit."""
        return self._value / unit._value

    def asRadians(self) -> float:
        """Return the value in radians."""
        return self._value

    def asDegrees(self) -> float:
        """Return the value in degrees."""
        return self._value / degrees._value

    def asHours(self) -> float:
        """Return the value in hours (15 degrees)."""
        return self._value / hours._value

    def asArcminutes(self) -> float:
        """Return the value in minutes of arc."""
        return self._value / arcminutes._value

    def asArcseconds(self) -> float:
        """Return the value in seconds of arc."""
        return self._value / arcseconds._value

    def asMilliarcseconds(self) -> float:
        """Return the value in thousandths of a second of arc."""
        return self._value / milliarcseconds._value

    def wrap(self) -> Angle:
        """Return the equivalent angle in [0, 2 pi)."""
        return Angle(wrapRadians(self._value))

    def wrapCtr(self) -> Angle:
        """Return the equivalent angle in [-pi, pi)."""
        return Angle(wrapCtrRadians(self._value))

    def wrapNear(self, refAng: Angle) -> Angle:
        """Return the equivalent angle nearest to a reference.

        The difference from the reference is in [-pi, pi), but for rounding at
        the upper end.
        """
        reference = refAng._value
        result = reference + wrapCtrRadians(self._value - reference)
        # Rounding may move the difference out of the range at either end. The
        # lower limit is the one that has to hold.
        if result - reference >= PI:
            result -= TWOPI
        if result - reference < -PI:
            result += TWOPI
        return Angle(result)

    def separation(self, other: Angle) -> Angle:
        """Return the signed difference ``self - other`` in [-pi, pi)."""
        return (self - other).wrapCtr()

    def __float__(self) -> float:
        return self._value

    def __add__(self, other: Any) -> Angle:
        if not isinstance(other, Angle):
            return NotImplemented
        return Angle(self._value + other._value)

    def __sub__(self, other: Any) -> Angle:
        if not isinstance(other, Angle):
            return NotImplemented
        return Angle(self._value - other._value)

    def __mul__(self, other: Any) -> Angle:
        if not (_isNumber(other) or isinstance(other, Angle)):
            return NotImplemented
        return Angle(self._value * float(other))

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Angle:
        if not _isNumber(other):
            return NotImplemented
        return Angle(divide(self._value, float(other)))

    def __iadd__(self, other: Any) -> Angle:
        if not isinstance(other, Angle):
            return NotImplemented
        self._value += other._value
        return self

    def __isub__(self, other: Any) -> Angle:
        if not isinstance(other, Angle):
            return NotImplemented
        self._value -= other._value
        return self

    def __imul__(self, other: Any) -> Angle:
        if not (_isNumber(other) or isinstance(other, Angle)):
            return NotImplemented
        self._value *= float(other)
        return self

    def __neg__(self) -> Angle:
        return Angle(-self._value)

    def __abs__(self) -> Angle:
        return Angle(abs(self._value))

    def __eq__(self, other: object) -> bool:
        if not _isComparable(other):
            return NotImplemented
        return self._value == float(other)  # type: ignore[arg-type]

    __hash__ = None  # type: ignore[assignment]

    def __lt__(self, other: Any) -> bool:
        return self._value < float(other) if _isComparable(other) else NotImplemented

    def __le__(self, other: Any) -> bool:
        return self._value <= float(other) if _isComparable(other) else NotImplemented

    def __gt__(self, other: Any) -> bool:
        return self._value > float(other) if _isComparable(other) else NotImplemented

    def __ge__(self, other: Any) -> bool:
        return self._value >= float(other) if _isComparable(other) else NotImplemented

    def __str__(self) -> str:
        return f"{self._value:g} rad"

    def __repr__(self) -> str:
        return f"Angle({format_exact(self.asDegrees())}, degrees)"

    def __reduce__(self) -> tuple:
        return Angle, (self._value,)


def _isNumber(value: object) -> bool:
    return isinstance(value, numbers.Real)


def _isComparable(value: object) -> bool:
    return isinstance(value, Angle | numbers.Real)


def wrapRadians(value: float) -> float:
    """Reduce radians to [0, 2 pi); NaN unless finite."""
    if not math.isfinite(value):
        return math.nan
    wrapped = math.fmod(value, TWOPI)
    if wrapped < 0.0:
        wrapped += TWOPI
        if wrapped >= TWOPI:
            wrapped = 0.0
    return wrapped


def wrapCtrRadians(value: float) -> float:
    """Reduce radians to [-pi, pi); NaN unless finite."""
    if not math.isfinite(value):
        return math.nan
    wrapped = math.fmod(value, TWOPI)
    if wrapped < -PI:
        wrapped += TWOPI
    elif wrapped >= PI:
        wrapped -= TWOPI
    return wrapped if -PI <= wrapped < PI else -PI


def isAngle(value: object) -> bool:
    """Return whether a value is an `Angle`."""
    return isinstance(value, Angle)


def degToRad(x: float) -> float:
    """Convert degrees to radians."""
    return x * PI / 180.0


def radToDeg(x: float) -> float:
    """Convert radians to degrees."""
    return x * 180.0 / PI


def radToArcsec(x: float) -> float:
    """Convert radians to seconds of arc."""
    return x * 3600.0 * 180.0 / PI


def radToMas(x: float) -> float:
    """Convert radians to thousandths of a second of arc."""
    return x * 1000.0 * 3600.0 * 180.0 / PI


def arcsecToRad(x: float) -> float:
    """Convert seconds of arc to radians."""
    return (x / 3600.0) * PI / 180.0


def masToRad(x: float) -> float:
    """Convert thousandths of a second of arc to radians."""
    return (x / (1000.0 * 3600.0)) * PI / 180.0
