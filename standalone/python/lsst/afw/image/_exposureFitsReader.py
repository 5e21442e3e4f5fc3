# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Readers of masked images and exposures, and of the headers in files."""

from __future__ import annotations

__all__ = (
    "ExposureFitsReader",
    "MaskedImageFitsReader",
)

import functools
import logging
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from lsst.afw.cameraGeom import Detector
from lsst.afw.fits import FitsError, MemFileManager
from lsst.afw.fits._cards import CardValue
from lsst.afw.fits._file import FitsFile
from lsst.afw.fits._fitsImage import findXY0
from lsst.afw.fits._metadata import Entries, mergedEntries, readEntries, toPropertyList
from lsst.afw.fits._planeWriter import LINEAR_WCS_KEYS
from lsst.afw.geom import Polygon, SkyWcs, makeSkyWcs
from lsst.afw.table.io._homes import locate
from lsst.afw.table.io._inputArchive import InputArchive
from lsst.afw.table.io._opaque import OpaquePersistable
from lsst.geom import Box2I, Extent2D
from lsst.pex.exceptions import InvalidParameterError, NotFoundError
from lsst.pex.exceptions import TypeError as PexTypeError

from ._components import ApCorrMap, CoaddInputs, FilterLabel
from ._exposure import Exposure
from ._exposureInfo import VERSION, ExposureInfo
from ._maskedImage import MaskedImage
from ._photoCalib import PhotoCalib, makePhotoCalibFromCalibZeroPoint
from ._pixelBlock import PARENT, ImageOrigin
from ._planeReader import PlaneReader
from ._threePlaneReader import ThreePlaneReader
from ._visitInfo import VisitInfo, stripVisitInfoKeywords

if TYPE_CHECKING:
    from lsst.afw.detection import Psf
    from lsst.afw.geom import SkyWcs
    from lsst.daf.base import PropertyList

    from ._visitInfo import VisitInfo

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
"""Components whose archive id is in the keyword <KEY>_ID."""

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
        File with the exposure.
    imageHdu
        0-based position of the image plane.

    Raises
    ------
    lsst.pex.exceptions.TypeError
        Raised if the version of the file is not supported.
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
        """All cards; those of the image override those of the primary HDU.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if the image plane is labeled as something else.
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
        """Return the archive id of a component; 0 if it is absent."""
        key = f"{component}_ID" if component in TRADITIONAL else _GENERIC + component
        return self._integer(key) or 0

    def genericId(self, component: str) -> int:
        """Return the archive id by the newer keyword; 0 if absent."""
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
        """Make the metadata of the exposure: what is not stored elsewhere."""
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


_LOG = logging.getLogger("lsst.afw.image")


class MaskedImageFitsReader(ThreePlaneReader):
    """Reader of the three planes of a masked image.

    Parameters
    ----------
    fileName
        Path of the file, or an in-memory file.
    hdu
        0-based position of the image, as for `ImageFitsReader`.
    """

    def readPrimaryMetadata(self) -> PropertyList:
        return PlaneReader(self._file, 0).readMetadata()

    def readImageMetadata(self) -> PropertyList:
        return self._image.readMetadata()

    def readMaskMetadata(self) -> PropertyList:
        return self._mask.readMetadata()

    def readVarianceMetadata(self) -> PropertyList:
        return self._variance.readMetadata()

    def read(
        self,
        bbox: Box2I | None = None,
        origin: ImageOrigin = PARENT,
        conformMasks: bool = False,
        needAllHdus: bool = False,
        allowUnsafe: bool = False,
        dtype: Any = None,
    ) -> Any:
        """Read all planes.

        Parameters
        ----------
        bbox, origin, conformMasks, allowUnsafe, dtype
            As for the readers of the planes; ``dtype`` is that of the image.
        needAllHdus
            Whether to raise if the mask or variance is missing. By default
            they are 0, with a warning if a table is in their place.

        Raises
        ------
        lsst.pex.exceptions.LengthError
            Raised if the box is not within the image, or the mask or variance
            has another box than the image.
        lsst.pex.exceptions.InvalidParameterError
            Raised if the EXTTYPE of the mask or variance is that of another
            plane.
        lsst.afw.fits.FitsError
            Raised if the image cannot be read, or a plane is corrupt.
        """
        planes = self._readPlanes(bbox, origin, conformMasks, allowUnsafe, dtype, needAllHdus)
        return MaskedImage[planes[0].dtype](*planes)


class ExposureFitsReader(ThreePlaneReader):
    """Reader of an exposure, or parts of it, from a FITS file.

    Headers, components and pixels are read lazily.

    Parameters
    ----------
    fileName
        Path of the file, or an in-memory file.

    Raises
    ------
    lsst.afw.fits.FitsError
        Raised if the file cannot be opened.
    """

    def __init__(self, fileName: str | MemFileManager) -> None:
        super().__init__(fileName)

    @functools.cached_property
    def _header(self) -> ExposureHeader:
        return ExposureHeader(self._file, self._index)

    @functools.cached_property
    def _archive(self) -> InputArchive | None:
        hdu = self._header.archiveHdu
        return None if hdu is None else InputArchive(self._file, hdu)

    def _get(self, component: str, expected: type | None = None) -> Any:
        """Return a component from the archive, or `None`."""
        return self._fromArchive(self._header.archiveId(component), expected)

    def _fromArchive(self, number: int, expected: type | None = None) -> Any:
        # An unreadable archive is an error even if it is empty.
        if self._archive is None or number == 0:
            return None
        return self._archive.get(number, expected)

    # Header.

    def readSerializationVersion(self) -> int:
        """Return the version of the format (EXPINFO_V)."""
        return self._header.version

    def readExposureId(self) -> int | None:
        """Return the integer identifier of the exposure."""
        return self._header.exposureId

    def readMetadata(self) -> PropertyList:
        """Return the exposure's header, without what is stored elsewhere."""
        return self._header.makeMetadata()

    def readVisitInfo(self) -> VisitInfo:
        """Return the visit information; its fields may all be missing."""
        return self._header.visitInfo

    # Components.

    def readWcs(self) -> SkyWcs | None:
        """Return the WCS of the archive, or else of the FITS cards."""
        wcs = self._get("SKYWCS", SkyWcs)
        return self._header.wcs if wcs is None else wcs

    def readFilter(self) -> FilterLabel | None:
        return self._get("FILTER", FilterLabel) if self._header.version >= 2 else self._header.filter

    def readPhotoCalib(self) -> PhotoCalib | None:
        return self._get("PHOTOCALIB", PhotoCalib) if self._header.version >= 1 else self._header.photoCalib

    def readPsf(self) -> Psf | None:
        return self._get("PSF", locate("Psf"))

    def readValidPolygon(self) -> Polygon | None:
        return self._get("VALID_POLYGON", Polygon)

    def readApCorrMap(self) -> ApCorrMap | None:
        return self._get("AP_CORR_MAP", ApCorrMap)

    def readCoaddInputs(self) -> CoaddInputs | None:
        return self._get("COADD_INPUTS", CoaddInputs)

    def readTransmissionCurve(self) -> Any:
        return self._get("TRANSMISSION_CURVE", OpaquePersistable)

    def readDetector(self) -> Detector | None:
        return self._get("DETECTOR", Detector)

    def readComponent(self, component: str) -> Any:
        """Return a component by key ("SUMMARY_STATS", ...), or `None`."""
        return self._fromArchive(self._header.genericId(component))

    def readExposureInfo(self) -> ExposureInfo:
        """Read everything but the pixels.

        A component that refers to something that does not exist is left out
        with a warning.
        """
        info = ExposureInfo(
            wcs=self._tolerantly(self.readWcs, "SKYWCS") or self._header.wcs,
            psf=self._tolerantly(self.readPsf, "PSF"),
            photoCalib=self.readPhotoCalib(),
            detector=self._tolerantly(self.readDetector, "DETECTOR"),
            polygon=self._tolerantly(self.readValidPolygon, "VALID_POLYGON"),
            metadata=self.readMetadata(),
            coaddInputs=self._tolerantly(self.readCoaddInputs, "COADD_INPUTS"),
            apCorrMap=self._tolerantly(self.readApCorrMap, "AP_CORR_MAP"),
            visitInfo=self.readVisitInfo(),
            transmissionCurve=self._tolerantly(self.readTransmissionCurve, "TRANSMISSION_CURVE"),
        )
        info.setFilter(self._tolerantly(self.readFilter, "FILTER"))
        for component in self._header.genericComponents:
            if component != "FILTER" and component not in TRADITIONAL:
                read = functools.partial(self.readComponent, component)
                info.setComponent(component, self._tolerantly(read, component))
        info.setId(self.readExposureId())
        return info

    def _tolerantly(self, read: Callable[[], Any], component: str) -> Any:
        try:
            return read()
        except NotFoundError as err:
            _LOG.warning("%s: cannot read %s, it is left out: %s", self._file.name, component, err)
            return None

    # Pixels.

    def readMaskedImage(self, *args: Any, **kwargs: Any) -> Any:
        """Read all planes; see `read`."""
        planes = self._readPlanes(*args, **kwargs)
        return MaskedImage[planes[0].dtype](*planes)

    def read(
        self,
        bbox: Box2I | None = None,
        origin: ImageOrigin = PARENT,
        conformMasks: bool = False,
        allowUnsafe: bool = False,
        dtype: Any = None,
    ) -> Any:
        """Read the exposure.

        Parameters
        ----------
        bbox
            Part whose pixels to read; all by default or if it is empty. The
            components are those of the whole exposure.
        origin
            Frame of the box: ``PARENT``, or ``LOCAL`` for positions relative
            to the first pixel of the file.
        conformMasks
            Whether to replace the default mask dictionary with the file's.
        allowUnsafe
            Whether to convert pixels that may not fit the type.
        dtype
            Type of the image's pixels; that on disk by default.

        Raises
        ------
        lsst.pex.exceptions.LengthError
            Raised if the box is not within the exposure.
        lsst.afw.fits.FitsError
            Raised if the image or a component cannot be read, or the pixels
            do not fit the type.
        TypeError
            Raised if there are no exposures of that type.
        """
        maskedImage = self.readMaskedImage(bbox, origin, conformMasks, allowUnsafe, dtype)
        return Exposure[maskedImage.dtype](maskedImage, self.readExposureInfo())


for _class in (ExposureFitsReader, MaskedImageFitsReader):
    _class.__module__ = "lsst.afw.image"
