# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Instants of time with nanosecond resolution."""

from __future__ import annotations

__all__ = ("DateTime",)

import bisect
import datetime
import enum
import functools
import math
import operator
import re
import time
from typing import TYPE_CHECKING, Any, ClassVar

import erfa
import numpy as np

from lsst.pex.exceptions import DomainError, RuntimeError

if TYPE_CHECKING:
    from astropy.time import Time

_NSEC_PER_SEC = 1_000_000_000
_NSEC_PER_DAY = 86400 * _NSEC_PER_SEC
_TT_MINUS_TAI = 32_184_000_000
_EPOCH_IN_MJD = 40587.0
_MJD_TO_JD = 2400000.5
_J2000_IN_MJD = 51544.5
_INVALID = -(2**63)
# 1961-01-01T00:00:00 UTC, when its offset from TAI is first known.
_FIRST_UTC = -283_996_800 * _NSEC_PER_SEC
# Years that are accepted as fields or in text.
_FIRST_YEAR, _LAST_YEAR = 1902, 2261
_ISO = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})T(\d{2}):?(\d{2}):?(\d{2})(?:[.,](\d*))?(Z?)")


class _Timescale(enum.Enum):
    """Time scales."""

    TAI = 5
    UTC = 6
    TT = 7


class _DateSystem(enum.Enum):
    """Ways to express a date as a number."""

    JD = 0
    MJD = 1
    EPOCH = 2


for _cls in (_Timescale, _DateSystem):
    _cls.__module__ = "lsst.daf.base"
    _cls.__name__ = _cls.__name__.removeprefix("_")
    _cls.__qualname__ = f"DateTime.{_cls.__name__}"
del _cls


@functools.total_ordering
class DateTime:
    """An instant of time, as TAI nanoseconds since 1970-01-01T00:00:00.

    Parameters
    ----------
    nsecs
        Nanoseconds since 1970-01-01T00:00:00 of the time scale.
    date
        Alternatively, the date as a number in ``system``.
    system
        `MJD` by default, `JD`, or `EPOCH` (Julian years).
    scale
        `TAI` by default, `UTC` or `TT`.

    Notes
    -----
    Alternatively, pass year, month, day, hour, minute and second with a scale,
    or an ISO 8601 string with a scale; the string ends with ``Z`` if and only
    if the scale is UTC. Without arguments the instant is invalid.

    Raises
    ------
    lsst.pex.exceptions.DomainError
        Raised if the date cannot be parsed, if a number is outside the years
        1677-2262, if fields or a string are outside the years 1902-2261, or
        if a date in UTC is before 1961.
    """

    __slots__ = ("_nsecs",)
    __module__ = "lsst.daf.base"

    Timescale: ClassVar[type[_Timescale]] = _Timescale
    DateSystem: ClassVar[type[_DateSystem]] = _DateSystem
    TAI: ClassVar[_Timescale] = _Timescale.TAI
    UTC: ClassVar[_Timescale] = _Timescale.UTC
    TT: ClassVar[_Timescale] = _Timescale.TT
    JD: ClassVar[_DateSystem] = _DateSystem.JD
    MJD: ClassVar[_DateSystem] = _DateSystem.MJD
    EPOCH: ClassVar[_DateSystem] = _DateSystem.EPOCH
    invalid_nsecs: ClassVar[int] = _INVALID

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if not args and not kwargs:
            self._nsecs = _INVALID
        elif "date" in kwargs or (args and isinstance(args[0], float | np.floating)):
            self._nsecs = _from_date(*args, **kwargs)
        elif args and isinstance(args[0], str):
            self._nsecs = _from_iso(*args, **kwargs)
        elif len(args) == 7:
            self._nsecs = _from_fields(*args, **kwargs)
        else:
            self._nsecs = _from_nsecs(*args, **kwargs)

    @staticmethod
    def now() -> DateTime:
        """Return the present instant."""
        return DateTime(time.time_ns(), _Timescale.UTC)

    def isValid(self) -> bool:
        """Return whether the instant is valid."""
        return self._nsecs != _INVALID

    def nsecs(self, scale: _Timescale = _Timescale.TAI) -> int:
        """Return the nanoseconds since 1970-01-01T00:00:00 in a time scale.

        Raises
        ------
        lsst.pex.exceptions.RuntimeError
            Raised if the instant is invalid and the scale is not TAI.
        """
        if scale is _Timescale.TAI:
            return self._nsecs
        if not self.isValid():
            raise RuntimeError("This DateTime is not valid.")
        if scale is _Timescale.TT:
            return self._nsecs + _TT_MINUS_TAI
        return _tai_to_utc(self._nsecs)

    def get(self, system: _DateSystem = _DateSystem.MJD, scale: _Timescale = _Timescale.TAI) -> float:
        """Return the date as a number.

        Raises
        ------
        lsst.pex.exceptions.RuntimeError
            Raised if the instant is invalid.
        """
        if not self.isValid():
            raise RuntimeError("This DateTime is not valid.")
        mjd = self.nsecs(scale) / _NSEC_PER_DAY + _EPOCH_IN_MJD
        if system is _DateSystem.MJD:
            return mjd
        if system is _DateSystem.JD:
            return mjd + _MJD_TO_JD
        return 2000.0 + (mjd - _J2000_IN_MJD) / 365.25

    def toString(self, scale: _Timescale) -> str:
        """Return the date as ``YYYY-MM-DDThh:mm:ss.nnnnnnnnn``.

        With UTC, ``Z`` follows.

        Raises
        ------
        lsst.pex.exceptions.RuntimeError
            Raised if the instant is invalid.
        """
        if not self.isValid():
            raise RuntimeError("This DateTime is not valid.")
        seconds, fraction = divmod(self.nsecs(scale), _NSEC_PER_SEC)
        text = _to_datetime(seconds).strftime("%Y-%m-%dT%H:%M:%S")
        return f"{text}.{fraction:09d}{'Z' if scale is _Timescale.UTC else ''}"

    def toAstropy(self, timescale: _Timescale | None = None) -> Time:
        """Return the instant as an `astropy.time.Time`, in TAI by default."""
        from astropy.time import Time  # slow to import

        scale = timescale or _Timescale.TAI
        return Time(self.toString(scale).rstrip("Z"), format="isot", scale=scale.name.lower(), precision=9)

    def toPython(self, timescale: _Timescale | None = None) -> datetime.datetime:
        """Return the instant as a `datetime.datetime`, in UTC by default.

        Digits beyond microseconds are cut off.
        """
        if not self.isValid():
            raise RuntimeError("This DateTime is not valid.")
        seconds, fraction = divmod(self.nsecs(timescale or _Timescale.UTC), _NSEC_PER_SEC)
        return _to_datetime(seconds).replace(microsecond=fraction // 1000)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, DateTime):
            return NotImplemented
        return self._nsecs == other._nsecs

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, DateTime):
            return NotImplemented
        return self._nsecs < other._nsecs

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        if not self.isValid():
            return "DateTime()"
        return f'DateTime("{self.toString(_Timescale.TAI)}", TAI)'

    def __reduce__(self) -> tuple:
        return (DateTime, (self._nsecs, _Timescale.TAI)) if self.isValid() else (DateTime, ())


def _to_datetime(seconds: int) -> datetime.datetime:
    """Convert seconds since 1970 of any scale."""
    return datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=seconds)


def _from_nsecs(nsecs: int, scale: _Timescale = _Timescale.TAI) -> int:
    nsecs = operator.index(nsecs)
    if not isinstance(scale, _Timescale):
        raise TypeError(f"scale must be a DateTime.Timescale, got {scale!r}")
    if not _INVALID <= nsecs < 2**63:
        raise DomainError(f"{nsecs} nanoseconds are outside the range of DateTime")
    if scale is _Timescale.UTC:
        return _utc_to_tai(nsecs)
    return nsecs - _TT_MINUS_TAI if scale is _Timescale.TT else nsecs


def _from_date(date: float, system: _DateSystem = _DateSystem.MJD, scale: _Timescale = _Timescale.TAI) -> int:
    if not isinstance(system, _DateSystem):
        raise TypeError(f"system must be a DateTime.DateSystem, got {system!r}")
    mjd = float(date)
    if system is _DateSystem.JD:
        mjd -= _MJD_TO_JD
    elif system is _DateSystem.EPOCH:
        mjd = 365.25 * (mjd - 2000.0) + _J2000_IN_MJD
    nsecs = (mjd - _EPOCH_IN_MJD) * _NSEC_PER_DAY
    if not math.isfinite(nsecs) or abs(nsecs) >= 2.0**63:
        raise DomainError(f"{system.name} {date} is outside the range of DateTime")
    return _from_nsecs(int(nsecs), scale)


def _from_fields(
    year: int, month: int, day: int, hour: int, minute: int, second: int, scale: _Timescale
) -> int:
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise DomainError(f"Year {year} is outside the range of {_FIRST_YEAR} to {_LAST_YEAR}.")
    # A leap second, 60, spills over into the next minute.
    try:
        start = datetime.datetime(year, month, day, hour, minute)
    except ValueError as err:
        raise DomainError(f"{year}-{month}-{day}T{hour}:{minute}:{second} is not a date: {err}") from err
    delta = start - datetime.datetime(1970, 1, 1)
    return _from_nsecs((delta.days * 86400 + delta.seconds + second) * _NSEC_PER_SEC, scale)


def _from_iso(text: str, scale: _Timescale) -> int:
    match = _ISO.fullmatch(text)
    if match is None or bool(match[8]) != (scale is _Timescale.UTC):
        raise DomainError(f"Not in acceptable ISO8601 format: {text} ({scale.name})")
    year, month, day, hour, minute, second = (int(match[i]) for i in range(1, 7))
    # Digits beyond nanoseconds are cut off, as in the stack.
    fraction = int((match[7] or "").ljust(9, "0")[:9])
    nsecs = _from_fields(year, month, day, hour, minute, second, _Timescale.TAI) + fraction
    return _from_nsecs(nsecs, scale)


@functools.cache
def _steps() -> tuple[list[int], list[int], list[int]]:
    """Return when UTC stepped since 1972.

    Returns
    -------
    utc, tai
        Instants from which an offset holds, on both scales (ns).
    offsets
        TAI - UTC from then on (ns).
    """
    table = [row for row in erfa.leap_seconds.get() if row["year"] >= 1972]
    offsets = [round(float(row["tai_utc"])) * _NSEC_PER_SEC for row in table]
    start = datetime.date(1970, 1, 1)
    utc = [
        (datetime.date(int(row["year"]), int(row["month"]), 1) - start).days * _NSEC_PER_DAY for row in table
    ]
    return utc, [u + o for u, o in zip(utc, offsets, strict=True)], offsets


def _early_offset(utc: int) -> int:
    """Return TAI - UTC before 1972, when UTC had another rate."""
    days, nsecs = divmod(utc, _NSEC_PER_DAY)
    date = datetime.date(1970, 1, 1) + datetime.timedelta(days=days)
    return round(float(erfa.dat(date.year, date.month, date.day, nsecs / (_NSEC_PER_DAY))) * _NSEC_PER_SEC)


def _check_early(utc: int) -> None:
    """Raise DomainError before the first offset of UTC."""
    if utc < _FIRST_UTC:
        year = (datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=utc // _NSEC_PER_SEC)).year
        raise DomainError(f"UTC is not defined in {year}; the table of its offsets begins in 1961.")


def _utc_to_tai(utc: int) -> int:
    """Convert UTC to TAI.

    Raises
    ------
    lsst.pex.exceptions.DomainError
        Raised if the instant is before 1961.
    """
    starts, _, offsets = _steps()
    index = bisect.bisect_right(starts, utc)
    if index:
        return utc + offsets[index - 1]
    _check_early(utc)
    return utc + _early_offset(utc)


def _tai_to_utc(tai: int) -> int:
    """Convert TAI to UTC; a leap second repeats the second before it.

    Raises
    ------
    lsst.pex.exceptions.DomainError
        Raised if the instant is before 1961.
    """
    _, starts, offsets = _steps()
    index = bisect.bisect_right(starts, tai)
    if index:
        return tai - offsets[index - 1]
    # Offsets before 1972 are between 1 s and 11 s, and UTC does not decrease
    # by more than a step: take the last instant of UTC that is not later.
    low, high = tai - 11 * _NSEC_PER_SEC, tai
    _check_early(high)
    utc = low + bisect.bisect_right(range(low, high), tai, key=lambda utc: utc + _early_offset(utc)) - 1
    _check_early(utc)
    return utc
