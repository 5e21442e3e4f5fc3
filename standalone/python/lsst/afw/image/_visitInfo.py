# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

__all__ = (
    "HORIZON",
    "MOUNT",
    "SKY",
    "UNKNOWN",
    "RotType",
    "VisitInfo",
    "fromRow",
    "setVisitInfoMetadata",
    "stripVisitInfoKeywords",
    "toRow",
)

import enum
import math
from collections.abc import Callable
from typing import Any, Self, TypeVar

from lsst.afw.coord import Observatory, Weather
from lsst.afw.table.io._persistable import Fields, register
from lsst.afw.typehandling import Storable
from lsst.daf.base import DateTime, PropertyList, PropertySet
from lsst.geom import Angle, SpherePoint, degrees, radians
from lsst.pex.exceptions import InvalidParameterError, TypeError

_Field = TypeVar("_Field")
_Number = TypeVar("_Number", int, float)


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


def _field(name: str, kind: type[_Field], doc: str) -> tuple[Callable[[VisitInfo], _Field], property]:
    """Make the getter and property of a field."""

    def get(self: VisitInfo) -> _Field:
        return self._fields[name]

    get.__name__ = f"get{name[0].upper()}{name[1:]}"
    get.__qualname__ = f"VisitInfo.{get.__name__}"
    get.__doc__ = doc
    return get, property(get, doc=doc)


@register("VisitInfo")
class VisitInfo(Storable):
    """Information about the exposure of a full focal plane.

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
        Airmass at the boresight, relative to the zenith.
    boresightRotAngle, rotType
        Rotation angle, and its reference.
    observatory, weather
        Position of the observatory, and the weather there.
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

    getExposureTime, exposureTime = _field("exposureTime", float, "Exposure time in s.")
    getDarkTime, darkTime = _field("darkTime", float, "Time since the last clear in s.")
    getDate, date = _field("date", DateTime, "Middle of the exposure.")
    getUt1, ut1 = _field("ut1", float, "UT1 as MJD.")
    getEra, era = _field("era", Angle, "Earth rotation angle at longitude 0.")
    getBoresightRaDec, boresightRaDec = _field(
        "boresightRaDec", SpherePoint, "ICRS position of the boresight."
    )
    getBoresightAzAlt, boresightAzAlt = _field(
        "boresightAzAlt", SpherePoint, "Refracted topocentric position of the boresight."
    )
    getBoresightAirmass, boresightAirmass = _field("boresightAirmass", float, "Airmass at the boresight.")
    getBoresightRotAngle, boresightRotAngle = _field(
        "boresightRotAngle", Angle, "Rotation angle at the boresight."
    )
    getRotType, rotType = _field("rotType", RotType, "Reference of the rotation angle.")
    getObservatory, observatory = _field("observatory", Observatory, "Place of the observatory.")
    getWeather, weather = _field("weather", Weather, "Weather during the exposure.")
    getInstrumentLabel, instrumentLabel = _field("instrumentLabel", str, "Name of the instrument.")
    getId, id = _field("id", int, "Identifier of the exposure of the full focal plane.")
    getFocusZ, focusZ = _field("focusZ", float, "Defocal distance in mm.")
    getObservationType, observationType = _field("observationType", str, "Type of the observation.")
    getScienceProgram, scienceProgram = _field("scienceProgram", str, "Program of the observation.")
    getObservationReason, observationReason = _field("observationReason", str, "Reason of the observation.")
    getObject, object = _field("object", str, "Name of what was observed.")
    getHasSimulatedContent, hasSimulatedContent = _field(
        "hasSimulatedContent", bool, "Whether any part of the exposure is simulated."
    )

    def getLocalEra(self) -> Angle:
        """Return the Earth rotation angle at the observatory's longitude."""
        return self.getEra() + self.getObservatory().getLongitude()

    def getBoresightHourAngle(self) -> Angle:
        """Return the hour angle of the boresight."""
        return self.getLocalEra() - self.getBoresightRaDec().getRa()

    def getBoresightParAngle(self) -> Angle:
        """Return the parallactic angle of the boresight.

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

    localEra = property(getLocalEra)
    boresightHourAngle = property(getBoresightHourAngle)
    boresightParAngle = property(getBoresightParAngle)

    def __eq__(self, other: Any) -> bool:
        if not isinstance(other, VisitInfo):
            return NotImplemented
        # Unknown values, which are NaN, count as equal here.
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


# Column -> card of a header, type of the value, comment of the card, in the
# order of the fields. Numbers have no comment, as in files of the stack.
_VALUES: dict[str, tuple[str, type, str]] = {
    "exposuretime": ("EXPTIME", float, ""),
    "darktime": ("DARKTIME", float, ""),
    "tai": ("DATE-AVG", DateTime, "TAI date at middle of observation"),
    "ut1": ("MJD-AVG-UT1", float, ""),
    "era": ("AVG-ERA", Angle, ""),
    "boresightradec_ra": ("BORE-RA", Angle, ""),
    "boresightradec_dec": ("BORE-DEC", Angle, ""),
    "boresightazalt_az": ("BORE-AZ", Angle, ""),
    "boresightazalt_alt": ("BORE-ALT", Angle, ""),
    "boresightairmass": ("BORE-AIRMASS", float, ""),
    "boresightrotangle": ("BORE-ROTANG", Angle, ""),
    "rottype": ("ROTTYPE", RotType, "Type of rotation angle"),
    "longitude": ("OBS-LONG", Angle, ""),
    "latitude": ("OBS-LAT", Angle, ""),
    "elevation": ("OBS-ELEV", float, ""),
    "airtemperature": ("AIRTEMP", float, ""),
    "airpressure": ("AIRPRESS", float, ""),
    "humidity": ("HUMIDITY", float, ""),
    "instrumentlabel": ("INSTRUMENT", str, ""),
    "idnum": ("IDNUM", int, "identifier of this full focal plane exposure"),
    "focusz": ("FOCUSZ", float, ""),
    "observationType": ("OBSTYPE", str, ""),
    "scienceProgram": ("PROGRAM", str, ""),
    "observationReason": ("REASON", str, ""),
    "object": ("OBJECT", str, ""),
    "hasSimulatedContent": ("HAS-SIMULATED-CONTENT", bool, "Was any part of this observation simulated?"),
}
# Defaults of the columns that early versions lack.
_LATER = {
    "instrumentlabel": "",
    "idnum": 0,
    "focusz": math.nan,
    "observationType": "",
    "scienceProgram": "",
    "observationReason": "",
    "object": "",
    "hasSimulatedContent": False,
}


def _split(visitInfo: VisitInfo) -> dict[str, Any]:
    """Return the values by column, each of the type in `_VALUES`."""
    parts: list[Any] = []
    for value in visitInfo._fields.values():
        match value:
            case SpherePoint():
                parts += [value.getLongitude(), value.getLatitude()]
            case Observatory():
                parts += [value.getLongitude(), value.getLatitude(), value.getElevation()]
            case Weather():
                parts += [value.getAirTemperature(), value.getAirPressure(), value.getHumidity()]
            case _:
                parts.append(value)
    return dict(zip(_VALUES, parts, strict=True))


def _join(read: Callable[[str, str, type], Any]) -> VisitInfo:
    """Make a VisitInfo from a function that reads (column, card, type)."""
    parts: Any = [read(column, card, kind) for column, (card, kind, _) in _VALUES.items()]
    raDec, azAlt = SpherePoint(*parts[5:7]), SpherePoint(*parts[7:9])
    observatory, weather = Observatory(*parts[12:15]), Weather(*parts[15:18])
    parts[5:18] = raDec, azAlt, *parts[9:12], observatory, weather
    return VisitInfo(*parts)


def toRow(visitInfo: VisitInfo) -> dict[str, Any]:
    """Return the values of the columns."""

    def store(value: Any) -> Any:
        match value:
            case Angle():
                return value.asRadians()
            case DateTime():
                return value.nsecs(DateTime.TAI) if value.isValid() else INVALID_DATE
        return value.value if isinstance(value, RotType) else value

    return {name: store(value) for name, value in _split(visitInfo).items()} | {"version": VERSION}


def fromRow(row: Any) -> VisitInfo:
    """Read a row of any version up to the current one.

    Raises
    ------
    lsst.pex.exceptions.TypeError
        Raised if the row is of a later version.
    """
    version = row["version"] if "version" in row.names else 0
    if version > VERSION:
        raise TypeError(f"VisitInfo of version {version}; versions up to {VERSION} can be read.")

    def load(name: str, card: str, kind: type) -> Any:
        if name in _LATER and name not in row.names:
            # Version 2 calls the column "id"; earlier versions lack it.
            return row["id"] if name == "idnum" and "id" in row.names else _LATER[name]
        value = row[name]
        if kind is DateTime:
            return DateTime() if value == INVALID_DATE else DateTime(value, DateTime.TAI)
        if kind is Angle:
            return value * radians
        return RotType(value) if kind is RotType else value

    return _join(load)


def readVisitInfo(metadata: PropertySet) -> VisitInfo:
    """Read the visit information that a header holds.

    Parameters
    ----------
    metadata
        Header; missing cards give unknown fields.

    Returns
    -------
    visitInfo
        Visit information.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if the date is not in TAI, the type of rotation is unknown, or
        a card that should hold a number does not.
    """

    def read(column: str, card: str, kind: type) -> Any:
        if kind is DateTime:
            return _readDate(metadata)
        if kind is RotType:
            return _readRotType(metadata)
        if kind is str:
            return str(_get(metadata, card, ""))
        if kind is bool:
            return bool(_get(metadata, card, False))
        if kind is int:
            return _convert(metadata, card, 0, int)
        # Some old files hold the exposure time as a string.
        number = _convert(metadata, card, math.nan, float)
        return number * degrees if kind is Angle else number

    return _join(read)


def setVisitInfoMetadata(metadata: PropertyList, visitInfo: VisitInfo) -> None:
    """Set the header cards that describe a visit.

    Parameters
    ----------
    metadata
        Header to set cards in; unknown fields are left out.
    visitInfo
        Information on the visit.
    """
    for name, value in _split(visitInfo).items():
        card, kind, comment = _VALUES[name]
        if (known := _toCard(value)) is not None:
            metadata.set(card, known, comment)
            if kind is DateTime:
                metadata.set("TIMESYS", "TAI", "")


def _toCard(value: Any) -> bool | int | float | str | None:
    """Return the value of a card, or `None` if it is not to be written."""
    if isinstance(value, DateTime):
        return value.toString(DateTime.TAI) if value.isValid() else None
    if isinstance(value, RotType):
        return value.name
    if isinstance(value, Angle):
        value = value.asDegrees()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if isinstance(value, bool) else value or None


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
    cards = (*(card for card, _, _ in _VALUES.values()), "TIMESYS", "TIME-MID")
    present = [card for card in cards if metadata.exists(card)]
    for card in present:
        metadata.remove(card)
    return len(present)


def _get(metadata: PropertySet, name: str, default: Any) -> Any:
    value = metadata.getScalar(name) if metadata.exists(name) else None
    return default if value is None else value


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
