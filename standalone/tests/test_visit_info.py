# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Information on a visit: derived angles, header cards, archives."""

import math
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsst.afw.coord import Observatory, Weather
from lsst.afw.image import RotType, VisitInfo, setVisitInfoMetadata, stripVisitInfoKeywords
from lsst.afw.image._visitInfo import fromRow, toRow
from lsst.daf.base import DateTime, PropertyList
from lsst.geom import SpherePoint, degrees
from lsst.pex.exceptions import InvalidParameterError
from lsst.pex.exceptions import TypeError as PexTypeError

FULL = VisitInfo(
    exposureTime=30.0,
    darkTime=31.5,
    date=DateTime("2026-11-22T03:04:05.123000000", DateTime.TAI),
    ut1=61000.25,
    era=45.5 * degrees,
    boresightRaDec=SpherePoint(23.5, -12.25, degrees),
    boresightAzAlt=SpherePoint(134.5, 33.25, degrees),
    boresightAirmass=1.73,
    boresightRotAngle=73.25 * degrees,
    rotType=RotType.SKY,
    observatory=Observatory(-70.75 * degrees, -30.25 * degrees, 2663.0),
    weather=Weather(11.5, 74000.0, 42.5),
    instrumentLabel="Cam",
    id=2026112200042,
    focusZ=-0.75,
    observationType="science",
    scienceProgram="BLOCK-1",
    observationReason="wide",
    object="field 1",
    hasSimulatedContent=True,
)
CARDS = {
    "EXPTIME": 30.0,
    "DARKTIME": 31.5,
    "DATE-AVG": "2026-11-22T03:04:05.123000000",
    "TIMESYS": "TAI",
    "MJD-AVG-UT1": 61000.25,
    "AVG-ERA": 45.5,
    "BORE-RA": 23.5,
    "BORE-DEC": -12.25,
    "BORE-AZ": 134.5,
    "BORE-ALT": 33.25,
    "BORE-AIRMASS": 1.73,
    "BORE-ROTANG": 73.25,
    "ROTTYPE": "SKY",
    "OBS-LONG": -70.75,
    "OBS-LAT": -30.25,
    "OBS-ELEV": 2663.0,
    "AIRTEMP": 11.5,
    "AIRPRESS": 74000.0,
    "HUMIDITY": 42.5,
    "INSTRUMENT": "Cam",
    "IDNUM": 2026112200042,
    "FOCUSZ": -0.75,
    "OBSTYPE": "science",
    "PROGRAM": "BLOCK-1",
    "REASON": "wide",
    "OBJECT": "field 1",
    "HAS-SIMULATED-CONTENT": True,
}


def header(cards: dict) -> PropertyList:
    result = PropertyList()
    for name, value in cards.items():
        result.set(name, value)
    return result


def test_getters():
    assert FULL.getExposureTime() == FULL.exposureTime == 30
    assert FULL.getId() == FULL.id == 2026112200042
    assert FULL.getRotType() is FULL.rotType is RotType.SKY
    assert FULL.getWeather() == FULL.weather == Weather(11.5, 74000.0, 42.5)
    assert FULL.getObservatory().getElevation() == 2663
    assert FULL.hasSimulatedContent is True


def test_unknown():
    empty = VisitInfo()
    assert math.isnan(empty.exposureTime)
    assert not empty.date.isValid()
    assert empty.id == 0
    assert empty.instrumentLabel == ""
    assert empty.rotType is RotType.UNKNOWN
    assert empty == VisitInfo()
    assert empty != FULL
    assert empty != VisitInfo(id=1)


def test_copy_with():
    copy = FULL.copyWith(id=3, focusZ=1.0)
    assert (copy.id, copy.focusZ, copy.exposureTime) == (3, 1.0, 30.0)
    assert copy.copyWith(id=FULL.id, focusZ=FULL.focusZ) == FULL
    assert VisitInfo(FULL) == VisitInfo(visitInfo=FULL) == FULL
    with pytest.raises(TypeError):
        FULL.copyWith(nonsense=1)


def test_angles():
    assert FULL.localEra.asDegrees() == pytest.approx(45.5 - 70.75)
    assert FULL.boresightHourAngle.asDegrees() == pytest.approx(45.5 - 70.75 - 23.5)
    # On the meridian, south of the zenith, the zenith is due north.
    onMeridian = FULL.copyWith(boresightRaDec=SpherePoint(45.5 - 70.75, -60, degrees))
    assert onMeridian.boresightParAngle.asDegrees() == pytest.approx(0, abs=1e-10)
    north = FULL.copyWith(boresightRaDec=SpherePoint(45.5 - 70.75, 10, degrees))
    assert abs(north.boresightParAngle.asDegrees()) == pytest.approx(180)


@given(st.floats(-179, 179), st.floats(-89, 89), st.floats(-89, 89))
def test_parallactic_angle_is_direction_of_zenith(hourAngle, dec, latitude):
    visit = VisitInfo(
        era=hourAngle * degrees,
        boresightRaDec=SpherePoint(0, dec, degrees),
        observatory=Observatory(0 * degrees, latitude * degrees, 0),
    )
    zenith = SpherePoint(hourAngle, latitude, degrees)
    if zenith.separation(visit.boresightRaDec).asDegrees() < 1e-3:
        return
    # Bearings count from east to north, parallactic angles from north to east.
    expected = 90 * degrees - visit.boresightRaDec.bearingTo(zenith)
    assert abs((visit.boresightParAngle - expected).wrapCtr().asDegrees()) < 1e-6


def test_write_cards():
    metadata = PropertyList()
    setVisitInfoMetadata(metadata, FULL)
    assert metadata.getOrderedNames() == list(CARDS)
    for name, value in CARDS.items():
        assert metadata.getScalar(name) == (pytest.approx(value) if isinstance(value, float) else value), name


def test_write_unknown_cards():
    metadata = PropertyList()
    setVisitInfoMetadata(metadata, VisitInfo())
    assert metadata.toDict() == {"ROTTYPE": "UNKNOWN", "HAS-SIMULATED-CONTENT": False}


def test_read_cards():
    assert VisitInfo(header(CARDS)) == VisitInfo(metadata=header(CARDS)) == FULL
    assert VisitInfo(PropertyList()) == VisitInfo()


@pytest.mark.parametrize("name", CARDS)
def test_read_missing_card(name):
    cards = {key: value for key, value in CARDS.items() if key != name}
    if name == "TIMESYS":
        with pytest.raises(InvalidParameterError):
            VisitInfo(header(cards))
        return
    read = VisitInfo(header(cards))
    assert read != FULL
    again = PropertyList()
    setVisitInfoMetadata(again, read)
    always = {"ROTTYPE", "HAS-SIMULATED-CONTENT"}
    dependent = {"DATE-AVG": {"TIMESYS"}}.get(name, set())
    assert set(CARDS) - set(again.getOrderedNames()) == {name, *dependent} - always


def test_read_oddities():
    assert VisitInfo(header({"EXPTIME": "12.5"})).exposureTime == 12.5
    undefined = PropertyList()
    undefined.set("EXPTIME", None)
    assert VisitInfo(undefined) == VisitInfo()
    old = VisitInfo(header({"TIME-MID": "2026-11-22T03:03:28.123000000Z"}))
    assert old.date == FULL.date
    with pytest.raises(InvalidParameterError):
        VisitInfo(header(CARDS | {"TIMESYS": "UTC"}))
    with pytest.raises(InvalidParameterError):
        VisitInfo(header({"ROTTYPE": "FOO"}))


@pytest.mark.parametrize("value", ["", "abc"])
@pytest.mark.parametrize("name", ["EXPTIME", "BORE-RA", "IDNUM"])
def test_read_numbers_that_are_none(name, value):
    with pytest.raises(InvalidParameterError, match=f"{name} is '{value}'"):
        VisitInfo(header({name: value}))


def test_read_numbers_that_are_no_integers():
    for value in (math.nan, math.inf):
        with pytest.raises(InvalidParameterError, match="IDNUM"):
            VisitInfo(header({"IDNUM": value}))


def test_strip():
    metadata = header(CARDS | {"FOO": 1, "TIME-MID": "2026-11-22T03:03:28.123000000Z"})
    assert stripVisitInfoKeywords(metadata) == len(CARDS) + 1
    assert metadata.getOrderedNames() == ["FOO"]
    assert stripVisitInfoKeywords(metadata) == 0


@pytest.mark.parametrize("visit", [FULL, VisitInfo(), VisitInfo(id=12345)])
def test_persistence(visit, tmp_path):
    path = str(tmp_path / "visit.fits")
    visit.writeFits(path)
    assert VisitInfo.readFits(path) == visit
    assert pickle.loads(pickle.dumps(visit)) == visit


class CatalogRow(dict):
    """Row of an archive catalog."""

    @property
    def names(self):
        return list(self)


@pytest.mark.parametrize("version", range(7))
def test_archive_versions(version):
    added = {
        1: ("instrumentlabel", "version"),
        2: ("idnum",),
        3: ("focusz",),
        4: ("observationType", "scienceProgram", "observationReason", "object", "hasSimulatedContent"),
    }
    row = CatalogRow(toRow(FULL))
    row["version"] = version
    for first, names in added.items():
        for name in names if version < first else ():
            del row[name]
    if version == 2:
        row["id"] = row.pop("idnum")
    if version > 5:
        with pytest.raises(PexTypeError):
            fromRow(row)
        return
    read = fromRow(row)
    assert (read == FULL) == (version >= 4)
    assert read.instrumentLabel == ("Cam" if version >= 1 else "")
    assert read.id == (FULL.id if version >= 2 else 0)
    assert math.isnan(read.focusZ) == (version < 3)
    assert read.weather == FULL.weather


def test_coord():
    with pytest.raises(InvalidParameterError):
        Weather(1.0, 2.0, -3.0)
    with pytest.raises(TypeError):
        Observatory(1.0, 2.0, 3.0)
    assert Observatory(1 * degrees, 2 * degrees, 3) != Observatory(1 * degrees, 2 * degrees, 4)
