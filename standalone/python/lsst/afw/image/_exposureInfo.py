# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

__all__ = ("ExposureInfo",)

import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from lsst.afw.cameraGeom import Detector
from lsst.afw.table._base import makeSetter
from lsst.afw.table.io import Persistable
from lsst.daf.base import PropertyList, PropertySet

if TYPE_CHECKING:
    from lsst.afw.geom import Polygon

    from ._components import ApCorrMap, CoaddInputs
    from ._photoCalib import PhotoCalib
    from ._visitInfo import VisitInfo


VERSION = 2
"""Newest version of the format of exposure files; the one that is written."""


_Getter: TypeAlias = "Callable[[ExposureInfo], Any]"


def _component(key: str, keyword: str) -> tuple[_Getter, _Getter, Callable[..., None]]:
    """Make the accessors of a component: presence test, getter, setter."""

    def has(self: ExposureInfo) -> bool:
        return self.hasComponent(key)

    def get(self: ExposureInfo) -> Any:
        return self.getComponent(key)

    return has, get, makeSetter(keyword, lambda info, value: info.setComponent(key, value))


class ExposureInfo:
    """Everything that an exposure holds besides its pixels.

    Components are kept by key and shared, not copied; a component set to
    `None` is absent. Constructors: the components, all optional; or
    ``(other, copyMetadata=False)``.

    Parameters
    ----------
    wcs, psf, photoCalib, detector, polygon
        Components.
    metadata
        Header of the exposure; an empty one is made if not given.
    coaddInputs, apCorrMap, visitInfo, transmissionCurve
        Further components.

    Raises
    ------
    TypeError
        Raised if a component is not of a type that can be a component.
    """

    KEY_WCS = "SKYWCS"
    KEY_PSF = "PSF"
    KEY_PHOTO_CALIB = "PHOTOCALIB"
    KEY_DETECTOR = "DETECTOR"
    KEY_VALID_POLYGON = "VALID_POLYGON"
    KEY_COADD_INPUTS = "COADD_INPUTS"
    KEY_AP_CORR_MAP = "AP_CORR_MAP"
    KEY_TRANSMISSION_CURVE = "TRANSMISSION_CURVE"
    KEY_FILTER = "FILTER"
    KEY_SUMMARY_STATS = "SUMMARY_STATS"

    _components: dict[str, Any]

    def __init__(
        self,
        wcs: Any = None,
        psf: Any = None,
        photoCalib: PhotoCalib | None = None,
        detector: Detector | None = None,
        polygon: Polygon | None = None,
        metadata: PropertySet | None = None,
        coaddInputs: CoaddInputs | None = None,
        apCorrMap: ApCorrMap | None = None,
        visitInfo: VisitInfo | None = None,
        transmissionCurve: Any = None,
        *,
        other: ExposureInfo | None = None,
        copyMetadata: bool = False,
    ) -> None:
        if isinstance(wcs, ExposureInfo):
            other, copyMetadata = wcs, copyMetadata or bool(psf)
        if other is not None:
            self._copyFrom(other, copyMetadata)
            return
        self._components = {}
        self._visitInfo = visitInfo
        self._metadata = PropertyList() if metadata is None else metadata
        self._id: int | None = None
        self.setWcs(wcs)
        self.setPsf(psf)
        self.setPhotoCalib(photoCalib)
        self.setDetector(detector)
        self.setValidPolygon(polygon)
        self.setCoaddInputs(coaddInputs)
        self.setApCorrMap(apCorrMap)
        self.setTransmissionCurve(transmissionCurve)

    def _copyFrom(self, other: ExposureInfo, copyMetadata: bool) -> None:
        self._components = dict(other._components)
        self._visitInfo = other._visitInfo
        self._metadata = other._metadata.deepCopy() if copyMetadata else other._metadata
        self._id = other._id

    # Components by key.

    def hasComponent(self, key: str) -> bool:
        """Return whether there is a component with this key."""
        return key in self._components

    def getComponent(self, key: str) -> Any:
        """Return the component with this key, or `None`."""
        return self._components.get(key)

    def setComponent(self, key: str, object: Any) -> None:
        """Add or replace a component; `None` removes it.

        Raises
        ------
        TypeError
            Raised if the object is not a `lsst.afw.typehandling.Storable`.
        """
        if object is None:
            self.removeComponent(key)
        elif isinstance(object, Persistable):
            self._components[key] = object
        else:
            raise TypeError(f"A {type(object).__name__} cannot be component {key} of an exposure.")

    def removeComponent(self, key: str) -> None:
        """Remove a component, if present."""
        self._components.pop(key, None)

    # Components by name.

    hasWcs, getWcs, setWcs = _component(KEY_WCS, "wcs")
    hasPsf, getPsf, setPsf = _component(KEY_PSF, "psf")
    hasPhotoCalib, getPhotoCalib, setPhotoCalib = _component(KEY_PHOTO_CALIB, "photoCalib")
    hasDetector, getDetector, _ = _component(KEY_DETECTOR, "detector")
    hasValidPolygon, getValidPolygon, setValidPolygon = _component(KEY_VALID_POLYGON, "polygon")
    hasCoaddInputs, getCoaddInputs, setCoaddInputs = _component(KEY_COADD_INPUTS, "coaddInputs")
    hasApCorrMap, getApCorrMap, setApCorrMap = _component(KEY_AP_CORR_MAP, "apCorrMap")
    hasTransmissionCurve, getTransmissionCurve, setTransmissionCurve = _component(
        KEY_TRANSMISSION_CURVE, "transmissionCurve"
    )
    hasFilter, getFilter, setFilter = _component(KEY_FILTER, "filterLabel")
    hasSummaryStats, getSummaryStats, setSummaryStats = _component(KEY_SUMMARY_STATS, "summaryStats")
    del _

    def setDetector(self, detector: Detector | None) -> None:
        """Set or remove the detector.

        Raises
        ------
        TypeError
            Raised if it is not a detector.
        """
        if not isinstance(detector, Detector | None):
            raise TypeError(f"A {type(detector).__name__} is not a detector.")
        self.setComponent(self.KEY_DETECTOR, detector)

    # What is stored in header cards.

    def hasVisitInfo(self) -> bool:
        return self._visitInfo is not None

    def getVisitInfo(self) -> VisitInfo | None:
        return self._visitInfo

    def setVisitInfo(self, visitInfo: VisitInfo | None) -> None:
        self._visitInfo = visitInfo

    def getMetadata(self) -> PropertySet:
        return self._metadata

    def setMetadata(self, metadata: PropertySet) -> None:
        self._metadata = metadata

    def hasId(self) -> bool:
        return self._id is not None

    def getId(self) -> int | None:
        return self._id

    def setId(self, id: int | None) -> None:
        self._id = None if id is None else operator.index(id)

    def clearId(self) -> None:
        self._id = None

    id = property(getId, setId, doc="Integer identifier of the exposure, or `None`.")


ExposureInfo.__module__ = "lsst.afw.image"
