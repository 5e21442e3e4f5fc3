# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

__all__ = (
    "ExposureFitsReader",
    "MaskedImageFitsReader",
)

import functools
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from lsst.afw.cameraGeom import Detector
from lsst.afw.fits import MemFileManager
from lsst.afw.geom import Polygon, SkyWcs
from lsst.afw.image._exposureHeader import TRADITIONAL, ExposureHeader
from lsst.afw.table.io._homes import locate
from lsst.afw.table.io._inputArchive import InputArchive
from lsst.afw.table.io._opaque import OpaquePersistable
from lsst.geom import Box2I
from lsst.pex.exceptions import NotFoundError

from ._apCorrMap import ApCorrMap
from ._bounds import PARENT, ImageOrigin
from ._coaddInputs import CoaddInputs
from ._exposure import Exposure
from ._exposureInfo import ExposureInfo
from ._filterLabel import FilterLabel
from ._imageFitsReaders import ThreePlaneReader
from ._maskedImage import MaskedImage
from ._photoCalib import PhotoCalib
from ._planeReader import PlaneReader

if TYPE_CHECKING:
    from lsst.afw.detection import Psf
    from lsst.daf.base import PropertyList

    from ._visitInfo import VisitInfo

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
            Raise if the mask or variance is missing. By default they are 0
            then, with a warning if a table is in their place.

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
        planes = self._readPlanes(bbox, origin, conformMasks, needAllHdus, allowUnsafe, dtype)
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
        """Component from the archive, or `None`."""
        return self._fromArchive(self._header.archiveId(component), expected)

    def _fromArchive(self, number: int, expected: type | None = None) -> Any:
        # An unreadable archive is an error even if it is empty.
        if self._archive is None or number == 0:
            return None
        return self._archive.get(number, expected)

    # Header.

    def readSerializationVersion(self) -> int:
        """Version of the format (EXPINFO_V)."""
        return self._header.version

    def readExposureId(self) -> int | None:
        """Integer identifier of the exposure."""
        return self._header.exposureId

    def readMetadata(self) -> PropertyList:
        """Header of the exposure, without what is stored elsewhere."""
        return self._header.makeMetadata()

    def readVisitInfo(self) -> VisitInfo:
        """Information on the visit; its fields may all be missing."""
        return self._header.visitInfo

    # Components.

    def readWcs(self) -> SkyWcs | None:
        """WCS of the archive, or else of the FITS cards."""
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
        """Component with a key such as "SUMMARY_STATS", or `None`."""
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

    def readMaskedImage(
        self,
        bbox: Box2I | None = None,
        origin: ImageOrigin = PARENT,
        conformMasks: bool = False,
        allowUnsafe: bool = False,
        dtype: Any = None,
    ) -> Any:
        """Read all planes; see `MaskedImageFitsReader.read`."""
        planes = self._readPlanes(bbox, origin, conformMasks, False, allowUnsafe, dtype)
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
            Replace the default mask dictionary by that of the file.
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
