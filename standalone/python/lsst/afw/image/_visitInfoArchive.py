# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Archive form of the information on a visit."""

from __future__ import annotations

import math
from typing import Any

from lsst.afw.coord import Observatory, Weather
from lsst.afw.table.io._persistable import Fields
from lsst.daf.base import DateTime
from lsst.geom import SpherePoint, radians
from lsst.pex.exceptions import TypeError

from ._visitInfo import RotType, VisitInfo

__all__ = ["FIELDS", "fromRow", "toRow"]

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
