# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

__all__ = (
    "FIELDS",
    "HORIZON",
    "MOUNT",
    "SKY",
    "UNKNOWN",
    "RotType",
    "VisitInfo",
    "fromRow",
    "readVisitInfo",
    "setVisitInfoMetadata",
    "stripVisitInfoKeywords",
    "toRow",
)

import enum
import math
from typing import Any, Self, TypeVar

from lsst.afw.coord import Observatory, Weather
from lsst.afw.table.io._persistable import Fields, register
from lsst.afw.typehandling import Storable
from lsst.daf.base import DateTime, PropertyList, PropertySet
from lsst.geom import Angle, SpherePoint, degrees, radians
from lsst.pex.exceptions import InvalidParameterError, TypeError


class RotType(enum.Enum):
    """Reference of the rotation angle of the boresight."""

    UNKNOWN = 0
    SKY = 1
    HORIZON = 2
    MOUNT = 3


RotType.__module__ = "lsst.afw.image"
UNKNOWN, SKY, HORIZON, MOUNT = RotType

NO_ANGLE = math.nan * degrees
NO_POSITION = SpherePoint(NO_ANGLE, NO_ANGLE)
NO_PLACE = Observatory(NO_ANGLE, NO_ANGLE, math.nan)
NO_WEATHER = Weather(math.nan, math.nan, math.nan)


@register("VisitInfo")
class VisitInfo(Storable):
    """Information on the exposure of a full focal plane.

    Unknown fields are NaN, the empty string, or 0 for the identifier.
    Constructors: the fields, all optional; ``(visitInfo)``; ``(metadata)``,
    which reads the cards of a FITS header.

    Parameters
    ----------
    exposureTime, darkTime
        Time with open shutter and time since the last clear, in s.
    date
        Middle of the exposure.
    ut1
        UT1 at that time, as MJD.
    era
        Earth rotation angle at that time, at longitude 0.
    boresightRaDec, boresightAzAlt
        ICRS position, and refracted topocentric position, of the boresight.
    boresightAirmass
        Airmass there, relative to the zenith.
    boresightRotAngle, rotType
        Rotation angle, and what it is measured against.
    observatory, weather
        Place and weather.
    instrumentLabel
        Name of the instrument.
    id
        Identifier of the exposure of the full focal plane.
    focusZ
        Defocal distance in mm.
    observationType, scienceProgram, observationReason, object
        What was observed, and why.
    hasSimulatedContent
        Whether any part of the exposure is simulated.
    """

    def __init__(
        self,
        exposureTime: float | VisitInfo | PropertySet = math.nan,
        darkTime: float = math.nan,
        date: DateTime | None = None,
        ut1: float = math.nan,
        era: Angle = NO_ANGLE,
        boresightRaDec: SpherePoint = NO_POSITION,
        boresightAzAlt: SpherePoint = NO_POSITION,
        boresightAirmass: float = math.nan,
        boresightRotAngle: Angle = NO_ANGLE,
        rotType: RotType = UNKNOWN,
        observatory: Observatory = NO_PLACE,
        weather: Weather = NO_WEATHER,
        instrumentLabel: str = "",
        id: int = 0,
        focusZ: float = math.nan,
        observationType: str = "",
        scienceProgram: str = "",
        observationReason: str = "",
        object: str = "",
        hasSimulatedContent: bool = False,
        *,
        metadata: PropertySet | None = None,
        visitInfo: VisitInfo | None = None,
    ) -> None:
        if isinstance(exposureTime, PropertySet):
            metadata = exposureTime
        if metadata is not None:
            visitInfo = readVisitInfo(metadata)
        elif isinstance(exposureTime, VisitInfo):
            visitInfo = exposureTime
        if visitInfo is not None:
            self._fields: dict[str, Any] = dict(visitInfo._fields)
            return
        self._fields = {
            "exposureTime": float(exposureTime),  # type: ignore[arg-type]
            "darkTime": float(darkTime),
            "date": DateTime() if date is None else date,
            "ut1": float(ut1),
            "era": era,
            "boresightRaDec": boresightRaDec,
            "boresightAzAlt": boresightAzAlt,
            "boresightAirmass": float(boresightAirmass),
            "boresightRotAngle": boresightRotAngle,
            "rotType": rotType,
            "observatory": observatory,
            "weather": weather,
            "instrumentLabel": str(instrumentLabel),
            "id": int(id),
            "focusZ": float(focusZ),
            "observationType": str(observationType),
            "scienceProgram": str(scienceProgram),
            "observationReason": str(observationReason),
            "object": str(object),
            "hasSimulatedContent": bool(hasSimulatedContent),
        }

    def copyWith(self, **kwargs: Any) -> Self:
        """Copy with some fields replaced.

        Parameters
        ----------
        **kwargs
            Arguments of the constructor; those that are `None` keep their
            value.

        Raises
        ------
        TypeError
            Raised if there is no such field.
        """
        changes = {name: value for name, value in kwargs.items() if value is not None}
        return type(self)(**(self._fields | changes))

    def getExposureTime(self) -> float:
        """Exposure time in s."""
        return self._fields["exposureTime"]

    def getDarkTime(self) -> float:
        """Time since the last clear in s."""
        return self._fields["darkTime"]

    def getDate(self) -> DateTime:
        """Middle of the exposure."""
        return self._fields["date"]

    def getUt1(self) -> float:
        """UT1 as MJD."""
        return self._fields["ut1"]

    def getEra(self) -> Angle:
        """Earth rotation angle at longitude 0."""
        return self._fields["era"]

    def getBoresightRaDec(self) -> SpherePoint:
        """ICRS position of the boresight."""
        return self._fields["boresightRaDec"]

    def getBoresightAzAlt(self) -> SpherePoint:
        """Refracted topocentric position of the boresight."""
        return self._fields["boresightAzAlt"]

    def getBoresightAirmass(self) -> float:
        """Airmass at the boresight."""
        return self._fields["boresightAirmass"]

    def getBoresightRotAngle(self) -> Angle:
        """Rotation angle at the boresight."""
        return self._fields["boresightRotAngle"]

    def getRotType(self) -> RotType:
        """Reference of the rotation angle."""
        return self._fields["rotType"]

    def getObservatory(self) -> Observatory:
        return self._fields["observatory"]

    def getWeather(self) -> Weather:
        return self._fields["weather"]

    def getInstrumentLabel(self) -> str:
        return self._fields["instrumentLabel"]

    def getId(self) -> int:
        """Identifier of the exposure of the full focal plane."""
        return self._fields["id"]

    def getFocusZ(self) -> float:
        """Defocal distance in mm."""
        return self._fields["focusZ"]

    def getObservationType(self) -> str:
        return self._fields["observationType"]

    def getScienceProgram(self) -> str:
        return self._fields["scienceProgram"]

    def getObservationReason(self) -> str:
        return self._fields["observationReason"]

    def getObject(self) -> str:
        return self._fields["object"]

    def getHasSimulatedContent(self) -> bool:
        return self._fields["hasSimulatedContent"]

    def getLocalEra(self) -> Angle:
        """Earth rotation angle at the longitude of the observatory."""
        return self.getEra() + self.getObservatory().getLongitude()

    def getBoresightHourAngle(self) -> Angle:
        """Hour angle of the boresight."""
        return self.getLocalEra() - self.getBoresightRaDec().getRa()

    def getBoresightParAngle(self) -> Angle:
        """Parallactic angle of the boresight.

        Formula 14.1 of Meeus, Astronomical Algorithms (1998).
        """
        hourAngle = self.getBoresightHourAngle().asRadians()
        dec = self.getBoresightRaDec().getDec().asRadians()
        latitude = self.getObservatory().getLatitude().asRadians()
        return (
            math.atan2(
                math.sin(hourAngle),
                math.cos(dec) * math.tan(latitude) - math.sin(dec) * math.cos(hourAngle),
            )
            * radians
        )

    exposureTime = property(getExposureTime)
    darkTime = property(getDarkTime)
    date = property(getDate)
    ut1 = property(getUt1)
    era = property(getEra)
    localEra = property(getLocalEra)
    boresightRaDec = property(getBoresightRaDec)
    boresightAzAlt = property(getBoresightAzAlt)
    boresightAirmass = property(getBoresightAirmass)
    boresightRotAngle = property(getBoresightRotAngle)
    boresightHourAngle = property(getBoresightHourAngle)
    boresightParAngle = property(getBoresightParAngle)
    rotType = property(getRotType)
    observatory = property(getObservatory)
    weather = property(getWeather)
    instrumentLabel = property(getInstrumentLabel)
    id = property(getId)
    focusZ = property(getFocusZ)
    observationType = property(getObservationType)
    scienceProgram = property(getScienceProgram)
    observationReason = property(getObservationReason)
    object = property(getObject)
    hasSimulatedContent = property(getHasSimulatedContent)

    def __eq__(self, other: Any) -> bool:
        if not isinstance(other, VisitInfo):
            return NotImplemented
        # Unknown, which is NaN, equals unknown here.
        pairs = zip(toRow(self).values(), toRow(other).values(), strict=True)
        return all(a == b or (a != a and b != b) for a, b in pairs)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"VisitInfo({', '.join(f'{name}={value!r}' for name, value in self._fields.items())})"

    def _writeArchive(self, out: Any) -> None:
        out.addCatalog(FIELDS, [toRow(self)])

    @classmethod
    def _readArchive(cls, archive: Any, catalogs: Any) -> VisitInfo:
        ((row,),) = catalogs
        return fromRow(row)


VisitInfo.__module__ = "lsst.afw.image"


VERSION = 5
INVALID_DATE = -(1 << 63)
FIELDS = Fields(
    "exposuretime:D darktime:D tai:K ut1:D era:Ang boresightradec_ra:Ang boresightradec_dec:Ang "
    "boresightazalt_az:Ang boresightazalt_alt:Ang boresightairmass:D boresightrotangle:Ang rottype:J "
    "latitude:Ang longitude:Ang elevation:D airtemperature:D airpressure:D humidity:D "
    "instrumentlabel:QA version:J idnum:K focusz:D observationType:QA scienceProgram:QA "
    "observationReason:QA object:QA F:hasSimulatedContent"
)


def toRow(visitInfo: VisitInfo) -> dict[str, Any]:
    """Values of the columns."""
    date = visitInfo.getDate()
    raDec, azAlt = visitInfo.getBoresightRaDec(), visitInfo.getBoresightAzAlt()
    observatory, weather = visitInfo.getObservatory(), visitInfo.getWeather()
    return {
        "exposuretime": visitInfo.getExposureTime(),
        "darktime": visitInfo.getDarkTime(),
        "tai": date.nsecs(DateTime.TAI) if date.isValid() else INVALID_DATE,
        "ut1": visitInfo.getUt1(),
        "era": visitInfo.getEra().asRadians(),
        "boresightradec_ra": raDec.getLongitude().asRadians(),
        "boresightradec_dec": raDec.getLatitude().asRadians(),
        "boresightazalt_az": azAlt.getLongitude().asRadians(),
        "boresightazalt_alt": azAlt.getLatitude().asRadians(),
        "boresightairmass": visitInfo.getBoresightAirmass(),
        "boresightrotangle": visitInfo.getBoresightRotAngle().asRadians(),
        "rottype": visitInfo.getRotType().value,
        "latitude": observatory.getLatitude().asRadians(),
        "longitude": observatory.getLongitude().asRadians(),
        "elevation": observatory.getElevation(),
        "airtemperature": weather.getAirTemperature(),
        "airpressure": weather.getAirPressure(),
        "humidity": weather.getHumidity(),
        "instrumentlabel": visitInfo.getInstrumentLabel(),
        "version": VERSION,
        "idnum": visitInfo.getId(),
        "focusz": visitInfo.getFocusZ(),
        "observationType": visitInfo.getObservationType(),
        "scienceProgram": visitInfo.getScienceProgram(),
        "observationReason": visitInfo.getObservationReason(),
        "object": visitInfo.getObject(),
        "hasSimulatedContent": visitInfo.getHasSimulatedContent(),
    }


def fromRow(row: Any) -> VisitInfo:
    """Read a row of any version up to the present one.

    Raises
    ------
    lsst.pex.exceptions.TypeError
        Raised if the row is of a later version.
    """
    version = row["version"] if "version" in row.names else 0
    if version > VERSION:
        raise TypeError(f"VisitInfo of version {version}; versions up to {VERSION} can be read.")

    def get(name: str, default: Any) -> Any:
        """Value of a column that early versions lack."""
        return row[name] if name in row.names else default

    def angle(name: str) -> Any:
        return row[name] * radians

    return VisitInfo(
        exposureTime=row["exposuretime"],
        darkTime=row["darktime"],
        date=DateTime() if row["tai"] == INVALID_DATE else DateTime(row["tai"], DateTime.TAI),
        ut1=row["ut1"],
        era=angle("era"),
        boresightRaDec=SpherePoint(angle("boresightradec_ra"), angle("boresightradec_dec")),
        boresightAzAlt=SpherePoint(angle("boresightazalt_az"), angle("boresightazalt_alt")),
        boresightAirmass=row["boresightairmass"],
        boresightRotAngle=angle("boresightrotangle"),
        rotType=RotType(row["rottype"]),
        observatory=Observatory(angle("longitude"), angle("latitude"), row["elevation"]),
        weather=Weather(row["airtemperature"], row["airpressure"], row["humidity"]),
        instrumentLabel=get("instrumentlabel", ""),
        # Version 2 calls the column "id"; earlier versions lack it.
        id=get("idnum", get("id", 0)),
        focusZ=get("focusz", math.nan),
        observationType=get("observationType", ""),
        scienceProgram=get("scienceProgram", ""),
        observationReason=get("observationReason", ""),
        object=get("object", ""),
        hasSimulatedContent=get("hasSimulatedContent", False),
    )


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
