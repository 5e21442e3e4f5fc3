# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Headers of exposure files."""

from __future__ import annotations

__all__ = (
    "TRADITIONAL",
    "ExposureHeader",
)

import functools
import logging
import re
from typing import TYPE_CHECKING, Any

from lsst.afw.fits import FitsError
from lsst.afw.fits._cards import CardValue
from lsst.afw.fits._file import FitsFile
from lsst.afw.fits._fitsImage import findXY0
from lsst.afw.fits._metadata import Entries, mergedEntries, readEntries, toPropertyList
from lsst.afw.fits._planeWriter import LINEAR_WCS_KEYS
from lsst.afw.geom import makeSkyWcs
from lsst.geom import Extent2D
from lsst.pex.exceptions import InvalidParameterError
from lsst.pex.exceptions import TypeError as PexTypeError

from ._exposureInfo import VERSION
from ._filterLabel import FilterLabel
from ._photoCalib import makePhotoCalibFromCalibZeroPoint
from ._visitInfo import VisitInfo, stripVisitInfoKeywords

if TYPE_CHECKING:
    from lsst.afw.geom import SkyWcs
    from lsst.daf.base import PropertyList

_LOG = logging.getLogger("lsst.afw.image")

TRADITIONAL = (
    "SKYWCS",
    "PSF",
    "PHOTOCALIB",
    "DETECTOR",
    "VALID_POLYGON",
    "COADD_INPUTS",
    "AP_CORR_MAP",
    "TRANSMISSION_CURVE",
)
"""Components that are found by the keyword <KEY>_ID."""

_GENERIC = "ARCHIVE_ID_"
_SKY_WCS = re.compile(
    r"(WCSAXES|WCSNAME|CTYPE\d|CUNIT\d|CRPIX\d|CRVAL\d|CDELT\d|CROTA\d|CD\d_\d|PC\d_\d|PC\d{6}|PV\d_\d+|"
    r"LONPOLE|LATPOLE|RADESYS|RADECSYS|EQUINOX|EPOCH|(A|B|AP|BP)_(ORDER|DMAX|\d_\d))\Z"
)
_BANDS = re.compile(r"(u|g|r|i|z|y|SH|PH|VR|white|N\d+|I\d{2,})\Z")
_OLD_FILTERS = {"r2": ("r", "HSC-R2"), "i2": ("i", "HSC-I2")}
_DROPPED = (
    "LTV1",
    "LTV2",
    "MJD-OBS",
    "DATE-OBS",
    "DETNAME",
    "DETSER",
    "AR_HDU",
    "EXTTYPE",
    "INHERIT",
    "EXPID",
)


class ExposureHeader:
    """The headers of an exposure file, interpreted as they are needed.

    Parameters
    ----------
    file
        The file.
    imageHdu
        0-based position of the image plane.

    Raises
    ------
    lsst.pex.exceptions.TypeError
        Raised if the file has a version that is not known yet.
    """

    def __init__(self, file: FitsFile, imageHdu: int) -> None:
        self._file = file
        self._image = file.hdu(imageHdu)
        version = file.hdu(0).header.getInt("EXPINFO_V", 0)
        if version > VERSION:
            raise PexTypeError(f"{file.name} has EXPINFO_V {version}; versions up to {VERSION} can be read.")
        self.version = version

    @functools.cached_property
    def entries(self) -> Entries:
        """All cards, those of the primary header under those of the image.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if the image plane says that it is something else.
        """
        header = self._image.header
        kind = header.get("EXTTYPE")
        if kind is None and self._image.index > 0:
            _LOG.warning("%s does not say that its first plane is an image (EXTTYPE).", self._file.name)
        elif kind not in (None, "", "IMAGE"):
            raise InvalidParameterError(f"{self._image!r} should be an IMAGE, but has EXTTYPE {kind!r}.")
        own = readEntries(header.cards, strip=True, compressed=header.get("ZIMAGE") is True)
        if self._image.index == 0 or header.get("INHERIT") is not True:
            return mergedEntries({}, own)
        return mergedEntries(readEntries(self._file.hdu(0).header.cards, strip=True), own)

    def _value(self, key: str, default: CardValue = None) -> CardValue:
        return self.entries[key][0][-1] if key in self.entries else default

    def _integer(self, key: str) -> int | None:
        value = self._value(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int):
            raise FitsError(f"{self._file.name}: header card {key} should be an integer, but is {value!r}.")
        return value

    @property
    def archiveHdu(self) -> int | None:
        """0-based position of the archive index, if there is one."""
        position = self._integer("AR_HDU")
        return None if position is None else position - 1

    def archiveId(self, component: str) -> int:
        """Archive id of a component; 0 if it is absent."""
        key = f"{component}_ID" if component in TRADITIONAL else _GENERIC + component
        return self._integer(key) or 0

    def genericId(self, component: str) -> int:
        """Archive id of any component by its newer keyword; 0 if absent."""
        return self._integer(_GENERIC + component) or 0

    @property
    def genericComponents(self) -> list[str]:
        """Keys of the components beyond the traditional ones."""
        keys = [key.removeprefix(_GENERIC) for key in self.entries if key.startswith(_GENERIC)]
        return [key for key in keys if key not in TRADITIONAL]

    @property
    def exposureId(self) -> int | None:
        """Integer identifier of the exposure."""
        return self._integer("EXPID")

    @functools.cached_property
    def wcs(self) -> SkyWcs | None:
        """WCS of the FITS cards in the parent frame, if it is valid."""
        if "CRPIX1" not in self.entries or "CTYPE1" not in self.entries:
            return None
        hidden = (*LINEAR_WCS_KEYS, "LTV1", "LTV2")
        cards = toPropertyList({key: entry for key, entry in self.entries.items() if key not in hidden})
        try:
            local = makeSkyWcs(cards)
        except (ValueError, TypeError, RuntimeError, LookupError) as err:
            _LOG.debug("%s has no valid WCS in its header: %s", self._file.name, err)
            return None
        xy0 = findXY0(self._image)
        return local.copyAtShiftedPixelOrigin(Extent2D(xy0.getX(), xy0.getY()))

    @functools.cached_property
    def visitInfo(self) -> VisitInfo:
        """Information on the visit; its fields may all be missing."""
        return VisitInfo(toPropertyList(self.entries))

    @functools.cached_property
    def filter(self) -> FilterLabel | None:
        """Filter in the header of files of versions 0 and 1."""
        name = self._value("FILTER")
        name = name.rstrip() if isinstance(name, str) else ""
        if name in ("", "_unknown_"):
            return None
        if name in _OLD_FILTERS:
            return FilterLabel.fromBandPhysical(*_OLD_FILTERS[name])
        if name == "SOLID":
            return FilterLabel.fromPhysical("solid plate 0.0 0.0")
        return FilterLabel.fromBand(name) if _BANDS.match(name) else FilterLabel.fromPhysical(name)

    @property
    def photoCalib(self) -> Any:
        """Photometric calibration in the header of files of version 0."""
        zeroPoint, error = self._value("FLUXMAG0"), self._value("FLUXMAG0ERR", 0.0)
        if not isinstance(zeroPoint, int | float) or not isinstance(error, int | float):
            return None
        return makePhotoCalibFromCalibZeroPoint(float(zeroPoint), float(error))

    def makeMetadata(self) -> PropertyList:
        """Metadata of the exposure: what is not stored elsewhere."""
        dropped = {*LINEAR_WCS_KEYS, *_DROPPED, "TIME-MID", *(f"{key}_ID" for key in TRADITIONAL)}
        dropped |= {f"{key}_ID" for key in self.genericComponents}
        if self.version < 2:
            dropped.add("FILTER")
        if self.version < 1:
            dropped |= {"FLUXMAG0", "FLUXMAG0ERR"}
        hasWcs = self.archiveId("SKYWCS") != 0 or self.wcs is not None
        left = {
            key: entry
            for key, entry in self.entries.items()
            if key not in dropped and not key.startswith(_GENERIC) and not (hasWcs and _SKY_WCS.match(key))
        }
        metadata = toPropertyList(left)
        stripVisitInfoKeywords(metadata)
        return metadata
