# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Small survey to inject faults into: a sky of stars, its coadds, and the
detectors of some visits.
"""

from __future__ import annotations

import dataclasses
import pathlib

import lsst.geom
import numpy as np
from lsst.afw.detection import GaussianPsf
from lsst.afw.geom import SkyWcs, makeCdMatrix, makeSkyWcs
from lsst.afw.image import ExposureF, FilterLabel, PhotoCalib
from lsst.afw.table import ExposureCatalog, ExposureTable
from lsst.daf.butler import Butler, CollectionType, DatasetType
from lsst.meas.algorithms import CoaddPsf
from lsst.skymap import BaseSkyMap, DiscreteSkyMap, PatchInfo, TractInfo

from demo.synthetic import insert_camera, insert_visit, make_sky_map, region_of

__all__ = ("COADDS", "FEW", "INPUTS", "INSTRUMENT", "MANY", "SKYMAP", "Detector", "SmallSurvey")

INSTRUMENT, SKYMAP, BAND, FILTER = "FaultCam", "faults", "r", "FaultCam-r"
COADDS, SCIENCE, INPUTS = "faults/coadds", "faults/science", "faults/inputs"
CENTER = lsst.geom.SpherePoint(150.0, 2.0, lsst.geom.degrees)
SCALE = 0.2 * lsst.geom.arcseconds


@dataclasses.dataclass(frozen=True)
class Detector:
    """A detector of a visit.

    Parameters
    ----------
    visit, detector
        Its data ID.
    place
        Center in pixels of the tract, from the tract's center.
    rotation
        Position angle (degrees).
    has_wcs
        Whether its image has a WCS.
    astray
        Whether it looks elsewhere than the registry has it.
    """

    visit: int
    detector: int
    place: tuple[float, float]
    rotation: float = 10.0
    has_wcs: bool = True
    astray: bool = False


FEW = (
    Detector(1, 0, (-264.0, -264.0)),
    Detector(1, 1, (0.0, 0.0), rotation=40.0),
    Detector(2, 0, (264.0, 264.0)),
    Detector(3, 0, (0.0, 0.0), has_wcs=False),
    Detector(3, 1, (50.0, 0.0), astray=True),
)
"""These see patch 0, all patches, patch 3, and nothing."""

MANY = (
    *FEW,
    Detector(1, 2, (0.0, -264.0)),
    Detector(1, 3, (0.0, 264.0), rotation=-70.0),
    Detector(2, 1, (0.0, 100.0), rotation=80.0),
    Detector(2, 2, (264.0, -264.0), rotation=5.0),
    Detector(2, 3, (100.0, 0.0), rotation=55.0),
)


@dataclasses.dataclass(frozen=True)
class SmallSurvey:
    """Two by two patches of one tract, and what looks at them.

    Parameters
    ----------
    detectors
        Detectors of all visits.
    patch
        Inner side of a patch (pixels).
    side
        Side of a detector (pixels).
    """

    detectors: tuple[Detector, ...] = FEW
    patch: int = 480
    side: int = 400

    @property
    def bbox(self) -> lsst.geom.Box2I:
        """Pixels of a detector."""
        return lsst.geom.Box2I(lsst.geom.Point2I(0, 0), lsst.geom.Extent2I(self.side, self.side))

    def skymap(self) -> DiscreteSkyMap:
        """Return the sky map, of one tract."""
        return make_sky_map(
            [CENTER], 0.9 * self.patch * SCALE, scale=SCALE, patch=[self.patch] * 2, border=25
        )

    def write(self, root: pathlib.Path) -> None:
        """Make a repository."""
        Butler.makeRepo(str(root))
        skymap = self.skymap()
        with Butler.from_config(str(root), writeable=True) as butler:
            skymap.register(SKYMAP, butler)
            for run in (COADDS, SCIENCE):
                butler.collections.register(run)
            self._insert_dimensions(butler, skymap[0])
            self._put_coadds(butler, skymap[0])
            self._put_science(butler, skymap[0])
            butler.collections.register(INPUTS, CollectionType.CHAINED)
            butler.collections.redefine_chain(
                INPUTS, [SCIENCE, COADDS, BaseSkyMap.SKYMAP_RUN_COLLECTION_NAME]
            )

    def _wcs(self, detector: Detector, tract: TractInfo) -> SkyWcs:
        center = lsst.geom.Box2D(tract.getBBox()).getCenter() + lsst.geom.Extent2D(*detector.place)
        sky = tract.getWcs().pixelToSky(center)
        matrix = makeCdMatrix(SCALE, detector.rotation * lsst.geom.degrees)
        return makeSkyWcs(lsst.geom.Box2D(self.bbox).getCenter(), sky, matrix)

    def _insert_dimensions(self, butler: Butler, tract: TractInfo) -> None:
        numbers = sorted({item.detector for item in self.detectors})
        insert_camera(butler, INSTRUMENT, {FILTER: BAND}, {number: str(number) for number in numbers})
        for visit in sorted({item.visit for item in self.detectors}):
            regions = {
                item.detector: region_of(self._wcs(item, tract), self.bbox)
                for item in self.detectors
                if item.visit == visit
            }
            insert_visit(butler, INSTRUMENT, visit, FILTER, regions)

    def _put_coadds(self, butler: Butler, tract: TractInfo) -> None:
        dimensions = ("skymap", "tract", "patch", "band")
        kind = DatasetType("goodSeeingCoadd", dimensions, "ExposureF", universe=butler.dimensions)
        butler.registry.registerDatasetType(kind)
        sky = _make_sky(tract)
        for patch in tract:
            data_id = {"skymap": SKYMAP, "tract": 0, "patch": patch.getSequentialIndex(), "band": BAND}
            butler.put(_make_coadd(sky, tract, patch), kind, data_id, run=COADDS)

    def _put_science(self, butler: Butler, tract: TractInfo) -> None:
        dimensions = ("instrument", "visit", "detector")
        kind = DatasetType("calexp", dimensions, "ExposureF", universe=butler.dimensions)
        butler.registry.registerDatasetType(kind)
        for item in self.detectors:
            exposure = ExposureF(self.bbox)
            exposure.setFilter(FilterLabel(band=BAND, physical=FILTER))
            if item.has_wcs:
                place = (50000.0, 0.0) if item.astray else item.place
                exposure.setWcs(self._wcs(dataclasses.replace(item, place=place), tract))
            butler.put(
                exposure, kind, instrument=INSTRUMENT, visit=item.visit, detector=item.detector, run=SCIENCE
            )


def _make_sky(tract: TractInfo) -> ExposureF:
    """Return noise, of which the patches are parts."""
    rng = np.random.default_rng(11)
    sky = ExposureF(tract.getBBox())
    shape = sky.image.array.shape
    sky.variance.array[:] = rng.uniform(0.5, 1.5, shape)
    sky.image.array[:] = rng.normal(size=shape)
    sky.mask.array[rng.uniform(size=shape) < 0.1] = sky.mask.getPlaneBitMask("DETECTED")
    sky.image.array[100:110, 100:140] = np.nan
    return sky


def _make_coadd(sky: ExposureF, tract: TractInfo, patch: PatchInfo) -> ExposureF:
    coadd = ExposureF(sky[patch.getOuterBBox()].maskedImage.clone(), tract.getWcs())
    schema = ExposureTable.makeMinimalSchema()
    schema.addField("weight", type="D", doc="weight")
    catalog = ExposureCatalog(schema)
    record = catalog.addNew()
    record.setId(1)
    record["weight"] = 1.0
    record.setPsf(GaussianPsf(21, 21, 1.5 + 0.1 * patch.getSequentialIndex()))
    record.setBBox(patch.getOuterBBox().dilatedBy(50))
    record.setWcs(tract.getWcs())
    coadd.setPsf(CoaddPsf(catalog, tract.getWcs(), lsst.geom.Box2D(coadd.getBBox()).getCenter()))
    coadd.setFilter(FilterLabel.fromBand(BAND))
    coadd.setPhotoCalib(PhotoCalib(1.0))
    return coadd
