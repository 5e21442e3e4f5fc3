# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Conversion of headers to VisitInfo with `astro_metadata_translator`."""

from __future__ import annotations

__all__ = ("MakeRawVisitInfoViaObsInfo",)

import logging
import math
import warnings
from typing import TYPE_CHECKING, Any

import astropy.units as u
import erfa
from astropy.utils import iers
from astropy.utils.exceptions import AstropyWarning

from lsst.afw.coord import Observatory, Weather
from lsst.afw.image import RotType, VisitInfo
from lsst.daf.base import DateTime
from lsst.geom import SpherePoint, degrees, radians

if TYPE_CHECKING:
    from astro_metadata_translator import ObservationInfo
    from astropy.time import Time

    from lsst.daf.base import PropertySet


_ROTATIONS = {"sky": RotType.SKY, "horizon": RotType.HORIZON, "mount": RotType.MOUNT}
_QUANTITIES = {
    "exposureTime": ("exposure_time", u.s),
    "darkTime": ("dark_time", u.s),
    "focusZ": ("focus_z", u.mm),
}
_VALUES = {
    "id": "exposure_id",
    "instrumentLabel": "instrument",
    "boresightAirmass": "boresight_airmass",
    "observationType": "observation_type",
    "scienceProgram": "science_program",
    "observationReason": "observation_reason",
    "object": "object",
    "hasSimulatedContent": "has_simulated_content",
}


class MakeRawVisitInfoViaObsInfo:
    """Conversion of the headers of raw images to VisitInfo.

    Parameters
    ----------
    log
        Logger for values that cannot be converted.
    doStripHeader
        Remove the cards that were used from the header.
    """

    metadataTranslator: Any = None
    """Translator of the header; if `None`, it is chosen by the header's
    content.
    """

    def __init__(self, log: logging.Logger | None = None, doStripHeader: bool = False) -> None:
        self.log = logging.getLogger(__name__) if log is None else log
        self.doStripHeader = doStripHeader

    def __call__(self, md: PropertySet) -> VisitInfo:
        """Make a VisitInfo from a header.

        Parameters
        ----------
        md
            Header; the cards used are removed if ``doStripHeader`` is set.
        """
        from astro_metadata_translator import ObservationInfo

        observation = ObservationInfo(md, translator_class=self.metadataTranslator)
        if self.doStripHeader:
            for card in observation.cards_used:
                del md[card]
        return self.observationInfo2visitInfo(observation, self.log)

    @staticmethod
    def observationInfo2visitInfo(obsInfo: ObservationInfo, log: logging.Logger | None = None) -> VisitInfo:
        """Convert the known properties of an observation.

        Parameters
        ----------
        obsInfo
            Properties of the observation.
        log
            Logger for values that cannot be converted.

        Returns
        -------
        visitInfo
            Converted properties; unknown ones have the defaults of
            `lsst.afw.image.VisitInfo`.
        """
        log = logging.getLogger(__name__) if log is None else log
        fields: dict[str, Any] = {name: getattr(obsInfo, source) for name, source in _VALUES.items()}
        for name, (source, unit) in _QUANTITIES.items():
            if (quantity := getattr(obsInfo, source)) is not None:
                fields[name] = quantity.to_value(unit)
        fields |= _dates(obsInfo) | _pointing(obsInfo) | _site(obsInfo)
        rotation = obsInfo.boresight_rotation_coord
        if rotation in _ROTATIONS:
            fields["rotType"] = _ROTATIONS[rotation]
        elif rotation not in (None, "unknown"):
            log.warning(
                "Observation %s has an unknown coordinate of rotation: %r.", obsInfo.observation_id, rotation
            )
        return VisitInfo(**{name: value for name, value in fields.items() if value is not None})


def _dates(obsInfo: ObservationInfo) -> dict[str, Any]:
    """Return the middle of the exposure and the Earth's rotation then."""
    begin, end = obsInfo.datetime_begin, obsInfo.datetime_end
    if begin is None or end is None:
        return {}
    middle = begin.tai + (end.tai - begin.tai) / 2
    with warnings.catch_warnings():
        # Dates of simulations may be years ahead.
        warnings.simplefilter("ignore", category=AstropyWarning)
        warnings.simplefilter("ignore", category=erfa.ErfaWarning)
        try:
            ut1 = middle.ut1
        except iers.IERSRangeError:
            ut1 = middle.utc
        era = erfa.era00(ut1.jd1, ut1.jd2)
        return {"date": _dateTime(middle), "ut1": ut1.mjd, "era": float(era) * radians}


def _dateTime(time: Time) -> DateTime:
    """Return a DateTime of the same instant, to a nanosecond."""
    days, rest = divmod(time.jd1 - 2440587.5, 1)
    return DateTime(int(days) * 86_400_000_000_000 + round((rest + time.jd2) * 86400e9), DateTime.TAI)


def _pointing(obsInfo: ObservationInfo) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if (radec := obsInfo.tracking_radec) is not None:
        icrs = radec.transform_to("icrs")
        fields["boresightRaDec"] = SpherePoint(icrs.ra.degree, icrs.dec.degree, degrees)
    if (altaz := obsInfo.altaz_begin) is not None:
        fields["boresightAzAlt"] = SpherePoint(altaz.az.degree, altaz.alt.degree, degrees)
    if (angle := obsInfo.boresight_rotation_angle) is not None:
        fields["boresightRotAngle"] = angle.degree * degrees
    return fields


def _site(obsInfo: ObservationInfo) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if obsInfo.location is not None:
        place = obsInfo.location.to_geodetic()
        fields["observatory"] = Observatory(
            place.lon.degree * degrees, place.lat.degree * degrees, place.height.to_value(u.m)
        )
    temperature, pressure, humidity = obsInfo.temperature, obsInfo.pressure, obsInfo.relative_humidity
    if not (temperature is None and pressure is None and humidity is None):
        fields["weather"] = Weather(
            math.nan if temperature is None else temperature.to_value(u.deg_C, u.temperature()),
            math.nan if pressure is None else pressure.to_value(u.Pa),
            math.nan if humidity is None else humidity,
        )
    return fields
