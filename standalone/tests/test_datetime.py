# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Instants of time."""

import datetime
import operator
import pickle

import pytest
from astropy.time import Time
from hypothesis import given, settings
from hypothesis import strategies as st
from lsst.daf.base import DateTime
from lsst.pex.exceptions import DomainError
from lsst.pex.exceptions import RuntimeError as LsstRuntimeError

SECOND = 1_000_000_000
DAY = 86400 * SECOND
# From 1972 to 2023.
NSECS = st.integers(730 * DAY, 19700 * DAY)
SCALES = st.sampled_from(DateTime.Timescale)
SYSTEMS = st.sampled_from(DateTime.DateSystem)


def test_numbers_of_days():
    date = DateTime(45205.125, DateTime.MJD, DateTime.UTC)
    assert date.nsecs(DateTime.UTC) == 399006000 * SECOND
    assert date.nsecs(DateTime.TAI) == date.nsecs() == 399006021 * SECOND
    assert date.get(DateTime.MJD, DateTime.UTC) == 45205.125
    assert date.get() == pytest.approx(45205.125 + 21 / 86400, abs=1e-10)
    assert date.get(DateTime.JD, DateTime.UTC) == 2445205.625
    assert DateTime(date=45205.125, scale=DateTime.UTC) == date
    assert DateTime(2445205.625, DateTime.JD, DateTime.UTC) == date


def test_epochs():
    date = DateTime(2000.0, DateTime.EPOCH, DateTime.TAI)
    assert date.toString(DateTime.TAI) == "2000-01-01T12:00:00.000000000"
    assert date.get(DateTime.EPOCH) == 2000.0
    assert DateTime(2001.0, DateTime.EPOCH).get(DateTime.MJD) == 51544.5 + 365.25


@pytest.mark.parametrize(
    ("utc", "offset"),
    [
        (1192755473, 33),
        (631151998, 24),
        (631151999, 24),
        (631152000, 25),
        (63072000, 10),
        (1483228799, 36),
        (1483228800, 37),
        (1800000000, 37),
    ],
)
def test_leap_seconds(utc, offset):
    date = DateTime(utc * SECOND, DateTime.UTC)
    assert date.nsecs(DateTime.TAI) == (utc + offset) * SECOND
    assert date.nsecs(DateTime.UTC) == utc * SECOND
    assert date.nsecs(DateTime.TT) == date.nsecs() + 32184 * SECOND // 1000


def test_during_a_leap_second():
    start = DateTime("2012-06-30T23:59:59Z", DateTime.UTC)
    during = DateTime(start.nsecs() + 3 * SECOND // 2)
    assert during.toString(DateTime.UTC) == "2012-07-01T00:00:00.500000000Z"
    assert DateTime(2012, 6, 30, 23, 59, 60, DateTime.UTC) == DateTime(2012, 7, 1, 0, 0, 0, DateTime.UTC)


def test_before_leap_seconds():
    date = DateTime("1965-03-04T05:06:07Z", DateTime.UTC)
    assert date.toString(DateTime.UTC) == "1965-03-04T05:06:07.000000000Z"
    # By the table of UTC from March to June of 1965.
    offset = 3.64013 + (date.get(DateTime.MJD, DateTime.UTC) - 38761) * 0.001296
    assert date.nsecs() - date.nsecs(DateTime.UTC) == pytest.approx(offset * SECOND, abs=10)
    with pytest.raises(DomainError, match="1955"):
        DateTime("1955-03-04T05:06:07Z", DateTime.UTC)


def test_text():
    date = DateTime("2009-04-02T08:26:39.314159265Z", DateTime.UTC)
    assert date.nsecs(DateTime.UTC) == 1238660799314159265
    assert date.nsecs() == 1238660833314159265
    assert date.toString(DateTime.UTC) == "2009-04-02T08:26:39.314159265Z"
    assert date.toString(DateTime.TAI) == "2009-04-02T08:27:13.314159265"
    assert repr(date) == str(date) == 'DateTime("2009-04-02T08:27:13.314159265", TAI)'
    assert DateTime("20090402T082639,3Z", DateTime.UTC).nsecs(DateTime.UTC) == 1238660799300000000
    assert DateTime("2009-04-02T08:26:39.", DateTime.TAI).nsecs() == 1238660799 * SECOND
    assert DateTime("2009-04-02T08:26:39.9999999999", DateTime.TAI).nsecs() == 1238660799999999999


@pytest.mark.parametrize(
    ("text", "scale"),
    [
        ("2009-04-02", DateTime.TAI),
        ("2009-04-02T08:26", DateTime.TAI),
        ("2009-04-02T08:26:39", DateTime.UTC),
        ("2009-04-02T08:26:39Z", DateTime.TAI),
        ("2009-04-02T08:26:39+01:00", DateTime.UTC),
        ("2009-13-02T08:26:39", DateTime.TAI),
        ("2300-01-01T00:00:00", DateTime.TAI),
        ("2262-01-01T00:00:00", DateTime.TT),
        ("1901-12-31T23:59:59", DateTime.TAI),
        ("1600-01-01T00:00:00", DateTime.TAI),
        ("1960-12-31T23:59:59Z", DateTime.UTC),
    ],
)
def test_text_that_is_no_date(text, scale):
    with pytest.raises(DomainError):
        DateTime(text, scale)


@pytest.mark.parametrize(
    "args",
    [
        ("2009-04-02T08:26:39",),
        (5, DateTime.MJD),
        (5.0, DateTime.TAI),
        (None,),
        (1, 2, 3),
        (1, 2, 3, 4, 5, 6),
    ],
)
def test_wrong_arguments(args):
    with pytest.raises(TypeError):
        DateTime(*args)


@pytest.mark.parametrize("value", [2**63, -(2**63) - 1, 1e9, float("nan"), float("inf")])
def test_beyond_64_bits(value):
    with pytest.raises(DomainError, match="outside the range"):
        DateTime(value)


def test_fields():
    date = DateTime(2014, 1, 2, 3, 4, 5, DateTime.TT)
    assert date.toString(DateTime.TT) == "2014-01-02T03:04:05.000000000"
    with pytest.raises(DomainError, match="2014-2-30"):
        DateTime(2014, 2, 30, 0, 0, 0, DateTime.TAI)


def test_invalid():
    date = DateTime()
    assert not date.isValid()
    assert date == DateTime()
    assert date.nsecs() == DateTime.invalid_nsecs == -(2**63)
    assert repr(date) == str(date) == "DateTime()"
    assert date < DateTime(0)
    assert not pickle.loads(pickle.dumps(date)).isValid()
    for use in (
        date.get,
        date.toPython,
        date.toAstropy,
        lambda: date.toString(DateTime.TAI),
        lambda: date.nsecs(DateTime.UTC),
    ):
        with pytest.raises(LsstRuntimeError, match="not valid"):
            use()


def test_limits():
    for scale, mark in ((DateTime.TAI, ""), (DateTime.TT, "")):
        for text in ("1902-01-01T00:00:00", "2261-12-31T23:59:59"):
            assert DateTime(text + mark, scale).toString(scale) == f"{text}.000000000{mark}"
    first = "1961-01-01T00:00:00.000000000Z"
    assert DateTime(first, DateTime.UTC).toString(DateTime.UTC) == first
    # Fifty years before UTC began, but TAI does not need it.
    early = DateTime(1910, 1, 2, 3, 4, 5, DateTime.TAI)
    assert str(early) == 'DateTime("1910-01-02T03:04:05.000000000", TAI)'
    for use in (lambda: early.nsecs(DateTime.UTC), lambda: early.toString(DateTime.UTC)):
        with pytest.raises(DomainError, match="1910"):
            use()
    for year in (1901, 2262):
        with pytest.raises(DomainError, match=str(year)):
            DateTime(year, 6, 1, 0, 0, 0, DateTime.TAI)


def test_now():
    before = datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
    now = DateTime.now().toPython()
    assert datetime.timedelta(0) <= now - before < datetime.timedelta(seconds=60)


def test_python_dates():
    date = DateTime("2009-04-02T08:26:39.314159265Z", DateTime.UTC)
    assert date.toPython() == datetime.datetime(2009, 4, 2, 8, 26, 39, 314159)
    assert date.toPython(DateTime.TAI) == datetime.datetime(2009, 4, 2, 8, 27, 13, 314159)


@settings(deadline=None)
@given(NSECS, SCALES)
def test_astropy_agrees(nsecs, scale):
    date = DateTime(nsecs)
    expected = Time(nsecs // DAY + 40587, nsecs % DAY / DAY, format="mjd", scale="tai")
    assert date.toAstropy().scale == "tai"
    converted = date.toAstropy(scale)
    assert converted.scale == scale.name.lower()
    # A leap second repeats the second before it.
    tolerance = 1 + 1e-6 if scale is DateTime.UTC else 1e-6
    assert abs((converted - expected).sec) < tolerance


@given(NSECS, SCALES)
def test_scales_return(nsecs, scale):
    date = DateTime(nsecs, scale)
    assert date.nsecs(scale) == nsecs
    assert DateTime(date.toString(scale), scale) == date
    assert pickle.loads(pickle.dumps(date)) == date


@given(NSECS, SYSTEMS, SCALES)
def test_systems_return(nsecs, system, scale):
    date = DateTime(nsecs, scale)
    # Doubles of days hold about a microsecond, Julian dates less.
    restored = DateTime(date.get(system, scale), system, scale)
    assert abs(restored.nsecs(scale) - nsecs) < SECOND / 1000


@given(NSECS, NSECS)
def test_order(first, second):
    dates = DateTime(first), DateTime(second)
    for compare in (operator.lt, operator.le, operator.gt, operator.ge):
        assert compare(*dates) == compare(first, second)
        with pytest.raises(TypeError):
            compare(dates[0], first)
    assert [date.nsecs() for date in sorted(dates)] == sorted((first, second))


@given(NSECS, NSECS)
def test_equality(first, second):
    assert (DateTime(first) == DateTime(second)) == (first == second)
    assert DateTime(first) != first
    with pytest.raises(TypeError):
        hash(DateTime(first))


def test_enumerations_survive_pickling():
    for value in (DateTime.TAI, DateTime.MJD):
        assert pickle.loads(pickle.dumps(value)) is value
    assert DateTime.Timescale.__qualname__ == "DateTime.Timescale"
