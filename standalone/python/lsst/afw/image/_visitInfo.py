# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import enum
import math
from typing import Any, Self

from lsst.afw.coord import Observatory, Weather
from lsst.afw.table.io._persistable import register
from lsst.afw.typehandling import Storable
from lsst.daf.base import DateTime, PropertySet
from lsst.geom import Angle, SpherePoint, degrees, radians

__all__ = ["HORIZON", "MOUNT", "SKY", "UNKNOWN", "RotType", "VisitInfo"]


class RotType(enum.Enum):
    """What the rotation angle of the boresight is measured against."""

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

    What is not known is NaN, the empty string, or 0 for the identifier.
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
            from ._visitInfoCards import readVisitInfo

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
        """What the rotation angle is measured against."""
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
        from ._visitInfoArchive import toRow

        # Unknown, which is NaN, equals unknown here.
        pairs = zip(toRow(self).values(), toRow(other).values(), strict=True)
        return all(a == b or (a != a and b != b) for a, b in pairs)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"VisitInfo({', '.join(f'{name}={value!r}' for name, value in self._fields.items())})"

    def _writeArchive(self, out: Any) -> None:
        from ._visitInfoArchive import FIELDS, toRow

        out.addCatalog(FIELDS, [toRow(self)])

    @classmethod
    def _readArchive(cls, archive: Any, catalogs: Any) -> VisitInfo:
        from ._visitInfoArchive import fromRow

        ((row,),) = catalogs
        return fromRow(row)


VisitInfo.__module__ = "lsst.afw.image"
