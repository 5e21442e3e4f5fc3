# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Header cards of the information on a visit."""

from __future__ import annotations

import math
from typing import Any, TypeVar

from lsst.afw.coord import Observatory, Weather
from lsst.daf.base import DateTime, PropertyList, PropertySet
from lsst.geom import Angle, SpherePoint, degrees
from lsst.pex.exceptions import InvalidParameterError

from ._visitInfo import RotType, VisitInfo

__all__ = [
    "readVisitInfo",
    "setVisitInfoMetadata",
    "stripVisitInfoKeywords",
]

_Number = TypeVar("_Number", int, float)

# Cards in the order of writing, with their comments. Numbers have none: that
# is how the stack writes them.
CARDS = {
    "EXPTIME": "",
    "DARKTIME": "",
    "DATE-AVG": "TAI date at middle of observation",
    "TIMESYS": "",
    "MJD-AVG-UT1": "",
    "AVG-ERA": "",
    "BORE-RA": "",
    "BORE-DEC": "",
    "BORE-AZ": "",
    "BORE-ALT": "",
    "BORE-AIRMASS": "",
    "BORE-ROTANG": "",
    "ROTTYPE": "Type of rotation angle",
    "OBS-LONG": "",
    "OBS-LAT": "",
    "OBS-ELEV": "",
    "AIRTEMP": "",
    "AIRPRESS": "",
    "HUMIDITY": "",
    "INSTRUMENT": "",
    "IDNUM": "identifier of this full focal plane exposure",
    "FOCUSZ": "",
    "OBSTYPE": "",
    "PROGRAM": "",
    "REASON": "",
    "OBJECT": "",
    "HAS-SIMULATED-CONTENT": "Was any part of this observation simulated?",
}


def readVisitInfo(metadata: PropertySet) -> VisitInfo:
    """Information on the visit that a header holds.

    Parameters
    ----------
    metadata
        Header. Cards that are missing give unknown fields.

    Returns
    -------
    visitInfo
        The information.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if the date is not in TAI, the type of rotation is unknown, or
        what should be a number is none.
    """

    def text(name: str) -> str:
        return str(_get(metadata, name, ""))

    def angle(name: str) -> Angle:
        return _number(metadata, name) * degrees

    return VisitInfo(
        exposureTime=_number(metadata, "EXPTIME"),
        darkTime=_number(metadata, "DARKTIME"),
        date=_readDate(metadata),
        ut1=_number(metadata, "MJD-AVG-UT1"),
        era=angle("AVG-ERA"),
        boresightRaDec=SpherePoint(angle("BORE-RA"), angle("BORE-DEC")),
        boresightAzAlt=SpherePoint(angle("BORE-AZ"), angle("BORE-ALT")),
        boresightAirmass=_number(metadata, "BORE-AIRMASS"),
        boresightRotAngle=angle("BORE-ROTANG"),
        rotType=_readRotType(metadata),
        observatory=Observatory(angle("OBS-LONG"), angle("OBS-LAT"), _number(metadata, "OBS-ELEV")),
        weather=Weather(
            _number(metadata, "AIRTEMP"), _number(metadata, "AIRPRESS"), _number(metadata, "HUMIDITY")
        ),
        instrumentLabel=text("INSTRUMENT"),
        id=_convert(metadata, "IDNUM", 0, int),
        focusZ=_number(metadata, "FOCUSZ"),
        observationType=text("OBSTYPE"),
        scienceProgram=text("PROGRAM"),
        observationReason=text("REASON"),
        object=text("OBJECT"),
        hasSimulatedContent=bool(_get(metadata, "HAS-SIMULATED-CONTENT", False)),
    )


def setVisitInfoMetadata(metadata: PropertyList, visitInfo: VisitInfo) -> None:
    """Set the header cards that describe a visit.

    Parameters
    ----------
    metadata
        Header to set cards in; unknown fields are left out.
    visitInfo
        Information on the visit.
    """
    values = _toCards(visitInfo)
    for name, comment in CARDS.items():
        if values[name] is not None:
            metadata.set(name, values[name], comment)


def stripVisitInfoKeywords(metadata: PropertySet) -> int:
    """Remove the header cards that describe a visit.

    Parameters
    ----------
    metadata
        Header to remove cards from.

    Returns
    -------
    number
        Number of cards removed.
    """
    present = [name for name in (*CARDS, "TIME-MID") if metadata.exists(name)]
    for name in present:
        metadata.remove(name)
    return len(present)


def _get(metadata: PropertySet, name: str, default: Any) -> Any:
    value = metadata.getScalar(name) if metadata.exists(name) else None
    return default if value is None else value


def _number(metadata: PropertySet, name: str) -> float:
    # Some old files hold the exposure time as a string.
    return _convert(metadata, name, math.nan, float)


def _convert(metadata: PropertySet, name: str, default: _Number, kind: type[_Number]) -> _Number:
    value = _get(metadata, name, default)
    try:
        return kind(value)
    except (OverflowError, TypeError, ValueError) as err:
        raise InvalidParameterError(f"{name} is {value!r}; expected a number.") from err


def _readDate(metadata: PropertySet) -> DateTime:
    date = _get(metadata, "DATE-AVG", None)
    if date is not None:
        system = _get(metadata, "TIMESYS", None)
        if system != "TAI":
            raise InvalidParameterError(f"DATE-AVG is {date} in TIMESYS {system!r}; expected TAI.")
        return DateTime(date, DateTime.TAI)
    date = _get(metadata, "TIME-MID", None)
    return DateTime() if date is None else DateTime(date, DateTime.UTC)


def _readRotType(metadata: PropertySet) -> RotType:
    name = str(_get(metadata, "ROTTYPE", "UNKNOWN"))
    if name not in RotType.__members__:
        raise InvalidParameterError(f"ROTTYPE is {name!r}; expected one of {', '.join(RotType.__members__)}.")
    return RotType[name]


def _toCards(visitInfo: VisitInfo) -> dict[str, Any]:
    """Value of each card, or `None` if it is not to be written."""
    date = visitInfo.getDate()
    raDec, azAlt = visitInfo.getBoresightRaDec(), visitInfo.getBoresightAzAlt()
    observatory, weather = visitInfo.getObservatory(), visitInfo.getWeather()
    return {
        "EXPTIME": _finite(visitInfo.getExposureTime()),
        "DARKTIME": _finite(visitInfo.getDarkTime()),
        "DATE-AVG": date.toString(DateTime.TAI) if date.isValid() else None,
        "TIMESYS": "TAI" if date.isValid() else None,
        "MJD-AVG-UT1": _finite(visitInfo.getUt1()),
        "AVG-ERA": _finite(visitInfo.getEra()),
        "BORE-RA": _finite(raDec.getLongitude()),
        "BORE-DEC": _finite(raDec.getLatitude()),
        "BORE-AZ": _finite(azAlt.getLongitude()),
        "BORE-ALT": _finite(azAlt.getLatitude()),
        "BORE-AIRMASS": _finite(visitInfo.getBoresightAirmass()),
        "BORE-ROTANG": _finite(visitInfo.getBoresightRotAngle()),
        "ROTTYPE": visitInfo.getRotType().name,
        "OBS-LONG": _finite(observatory.getLongitude()),
        "OBS-LAT": _finite(observatory.getLatitude()),
        "OBS-ELEV": _finite(observatory.getElevation()),
        "AIRTEMP": _finite(weather.getAirTemperature()),
        "AIRPRESS": _finite(weather.getAirPressure()),
        "HUMIDITY": _finite(weather.getHumidity()),
        "INSTRUMENT": visitInfo.getInstrumentLabel() or None,
        "IDNUM": visitInfo.getId() or None,
        "FOCUSZ": _finite(visitInfo.getFocusZ()),
        "OBSTYPE": visitInfo.getObservationType() or None,
        "PROGRAM": visitInfo.getScienceProgram() or None,
        "REASON": visitInfo.getObservationReason() or None,
        "OBJECT": visitInfo.getObject() or None,
        "HAS-SIMULATED-CONTENT": visitInfo.getHasSimulatedContent(),
    }


def _finite(value: float | Angle) -> float | None:
    """Number, or angle in degrees; `None` if it is not finite."""
    number = value.asDegrees() if isinstance(value, Angle) else value
    return number if math.isfinite(number) else None
