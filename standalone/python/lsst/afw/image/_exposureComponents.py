# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lsst.afw.cameraGeom import Detector
    from lsst.afw.detection import Psf
    from lsst.afw.geom import SkyWcs
    from lsst.daf.base import PropertySet

    from ._apCorrMap import ApCorrMap
    from ._exposureInfo import ExposureInfo
    from ._filterLabel import FilterLabel
    from ._photoCalib import PhotoCalib
    from ._visitInfo import VisitInfo

__all__ = ["ComponentAccess"]


class ComponentAccess:
    """The components of an exposure that it gives access to itself."""

    _info: ExposureInfo

    def getInfo(self) -> ExposureInfo:
        return self._info

    def setInfo(self, exposureInfo: ExposureInfo) -> None:
        self._info = exposureInfo

    info = property(getInfo, setInfo, doc="Everything but the pixels.")

    def hasWcs(self) -> bool:
        return self._info.hasWcs()

    def getWcs(self) -> SkyWcs | None:
        return self._info.getWcs()

    def setWcs(self, wcs: SkyWcs | None) -> None:
        self._info.setWcs(wcs)

    wcs = property(getWcs, setWcs, doc="World coordinate system, or `None`.")

    def hasPsf(self) -> bool:
        return self._info.hasPsf()

    def getPsf(self) -> Psf | None:
        return self._info.getPsf()

    def setPsf(self, psf: Psf | None) -> None:
        self._info.setPsf(psf)

    psf = property(getPsf, setPsf, doc="Point spread function, or `None`.")

    def getPhotoCalib(self) -> PhotoCalib | None:
        return self._info.getPhotoCalib()

    def setPhotoCalib(self, photoCalib: PhotoCalib | None) -> None:
        self._info.setPhotoCalib(photoCalib)

    photoCalib = property(getPhotoCalib, setPhotoCalib, doc="Photometric calibration, or `None`.")

    def getDetector(self) -> Detector | None:
        return self._info.getDetector()

    def setDetector(self, detector: Detector | None) -> None:
        self._info.setDetector(detector)

    detector = property(getDetector, setDetector, doc="Detector, or `None`.")

    def getFilter(self) -> FilterLabel | None:
        return self._info.getFilter()

    def setFilter(self, filterLabel: FilterLabel | None) -> None:
        self._info.setFilter(filterLabel)

    filter = property(getFilter, setFilter, doc="Label of the filter, or `None`.")

    def setApCorrMap(self, apCorrMap: ApCorrMap | None) -> None:
        self._info.setApCorrMap(apCorrMap)

    def getMetadata(self) -> PropertySet:
        return self._info.getMetadata()

    def setMetadata(self, metadata: PropertySet) -> None:
        self._info.setMetadata(metadata)

    metadata = property(getMetadata, setMetadata, doc="Header of the exposure.")

    @property
    def apCorrMap(self) -> ApCorrMap | None:
        """Aperture corrections, or `None`."""
        return self._info.getApCorrMap()

    @apCorrMap.setter
    def apCorrMap(self, apCorrMap: ApCorrMap | None) -> None:
        self._info.setApCorrMap(apCorrMap)

    @property
    def visitInfo(self) -> VisitInfo | None:
        """Information on the visit, or `None`."""
        return self._info.getVisitInfo()
