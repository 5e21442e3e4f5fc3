# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Conversion between TAI and UTC, in nanoseconds since 1970."""

from __future__ import annotations

import bisect
import datetime
import functools

import erfa

from lsst.pex.exceptions import DomainError

_NSEC = 1_000_000_000
_FIRST = -283_996_800 * _NSEC
"""1961-01-01T00:00:00 UTC, when its offset from TAI is first known."""


@functools.cache
def _steps() -> tuple[list[int], list[int], list[int]]:
    """Return when UTC stepped since 1972.

    Returns
    -------
    utc, tai : `list` [`int`]
        Instants from which an offset holds, on both scales.
    offsets : `list` [`int`]
        TAI - UTC from then on.
    """
    table = [row for row in erfa.leap_seconds.get() if row["year"] >= 1972]
    offsets = [round(float(row["tai_utc"])) * _NSEC for row in table]
    start = datetime.date(1970, 1, 1)
    utc = [
        (datetime.date(int(row["year"]), int(row["month"]), 1) - start).days * 86400 * _NSEC for row in table
    ]
    return utc, [u + o for u, o in zip(utc, offsets, strict=True)], offsets


def _early_offset(utc: int) -> int:
    """Return TAI - UTC before 1972, when UTC had another rate."""
    days, nsecs = divmod(utc, 86400 * _NSEC)
    date = datetime.date(1970, 1, 1) + datetime.timedelta(days=days)
    return round(float(erfa.dat(date.year, date.month, date.day, nsecs / (86400 * _NSEC))) * _NSEC)


def _check_early(utc: int) -> None:
    """Raise DomainError before the first offset of UTC."""
    if utc < _FIRST:
        year = (datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=utc // _NSEC)).year
        raise DomainError(f"UTC is not defined in {year}; the table of its offsets begins in 1961.")


def utc_to_tai(utc: int) -> int:
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


def tai_to_utc(tai: int) -> int:
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
    low, high = tai - 11 * _NSEC, tai
    _check_early(high)
    utc = low + bisect.bisect_right(range(low, high), tai, key=lambda utc: utc + _early_offset(utc)) - 1
    _check_early(utc)
    return utc
