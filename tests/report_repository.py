# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Small repositories, whole and broken, for tests of the report."""

from __future__ import annotations

__all__ = ["RUN", "Detector", "ReportRepository", "makeSkyMap", "makeTemplates"]

import dataclasses
import os
import pathlib
import subprocess
import sys
from collections.abc import Mapping
from typing import Self

import numpy as np
from lsst.afw.detection import GaussianPsf
from lsst.afw.geom import SkyWcs
from lsst.afw.image import ExposureF, FilterLabel, PhotoCalib
from lsst.daf.butler import Butler, DatasetRef, DatasetType
from lsst.geom import Box2D, Box2I, Extent2D, Extent2I, Point2I
from lsst.skymap import BaseSkyMap, DiscreteSkyMap
from lsst.sphgeom import ConvexPolygon

ROOT = pathlib.Path(__file__).resolve().parents[1]
RUN = "my/templates"
SIZE = 100
CAMERA = {"instrument": "MyCam"}


@dataclasses.dataclass(frozen=True)
class Detector:
    """Where a detector is.

    Parameters
    ----------
    corner
        Position of its first pixel in the tract, by its WCS.
    registered
        The same by the region in the registry, if that is elsewhere.
    band
        What the file of its science image says.
    """

    corner: tuple[int, int]
    registered: tuple[int, int] | None = None
    band: str = "r"


def makeSkyMap(radius: float = 0.015) -> DiscreteSkyMap:
    """Return a sky map of one tract of patches of 300 by 600 pixels, with 50
    around; 2 by 1 of them if its radius is that of the default.
    """
    config = DiscreteSkyMap.ConfigClass()
    config.raList, config.decList, config.radiusList = [10.0], [-30.0], [radius]
    config.tractOverlap = 0.0
    config.pixelScale = 0.2
    config.projection = "TAN"
    config.tractBuilder["legacy"].patchInnerDimensions = [300, 600]
    config.tractBuilder["legacy"].patchBorder = 50
    return DiscreteSkyMap(config)


def makeExposure(bbox: Box2I, wcs: SkyWcs, band: str = "r") -> ExposureF:
    """Return an exposure of noise of variance 4, PSF width 2 pixels."""
    exposure = ExposureF(bbox, wcs)
    exposure.image.array[:] = np.random.default_rng(5).normal(scale=2, size=exposure.image.array.shape)
    exposure.variance.array[:] = 4.0
    exposure.setPsf(GaussianPsf(21, 21, 2.0))
    exposure.setFilter(FilterLabel.fromBand(band))
    exposure.setPhotoCalib(PhotoCalib(1.0))
    return exposure


class ReportRepository:
    """A new repository, to be filled.

    Parameters
    ----------
    root
        Its folder.
    skymap
        Sky map of one tract.
    """

    def __init__(self, root: pathlib.Path, skymap: DiscreteSkyMap):
        self.tract = skymap[0]
        self.wcs = self.tract.getWcs()
        Butler.makeRepo(str(root))
        self.butler = Butler.from_config(str(root), writeable=True, run="my/inputs")
        skymap.register("my_skymap", self.butler)
        for name, dimensions in (
            ("goodSeeingCoadd", ("tract", "patch", "band")),
            ("calexp", ("visit", "detector")),
        ):
            self.butler.registry.registerDatasetType(
                DatasetType(name, dimensions, "ExposureF", universe=self.butler.dimensions)
            )
        insert = self.butler.registry.insertDimensionData
        limits = {"visit_max": 9, "exposure_max": 9, "detector_max": 99}
        insert("instrument", {**CAMERA, "name": "MyCam", "class_name": "lsst.pipe.base.Instrument", **limits})
        insert("physical_filter", {**CAMERA, "name": "MyCam-r", "band": "r"})
        insert("physical_filter", {**CAMERA, "name": "MyCam-g", "band": "g"})
        insert("day_obs", {**CAMERA, "id": 20301004})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *args: object) -> None:
        self.butler.close()

    def putCoadd(
        self, patch: int, band: str = "r", file_band: str = "", empty: slice | None = None
    ) -> DatasetRef:
        """Put a coadd.

        Parameters
        ----------
        patch, band
            Its data ID.
        file_band
            Band that its file says, if that is another.
        empty
            Columns without data.
        """
        coadd = makeExposure(self.tract[patch].getOuterBBox(), self.wcs, file_band or band)
        if empty is not None:
            coadd.image.array[:, empty] = np.nan
        return self.butler.put(coadd, "goodSeeingCoadd", skymap="my_skymap", tract=0, patch=patch, band=band)

    def putScience(self, detectors: Mapping[int, Detector], visit: int = 1) -> dict[int, DatasetRef]:
        """Put the science images of a visit, and what the registry needs."""
        sync = self.butler.registry.syncDimensionData
        insert = self.butler.registry.insertDimensionData
        insert(
            "visit",
            {
                **CAMERA,
                "id": visit,
                "name": f"v{visit}",
                "physical_filter": "MyCam-r",
                "day_obs": 20301004,
            },
        )
        refs = {}
        for number, detector in detectors.items():
            sync("detector", {**CAMERA, "id": number, "full_name": f"<D{number}>"})
            box = Box2D(Box2I(Point2I(*(detector.registered or detector.corner)), Extent2I(SIZE, SIZE)))
            region = ConvexPolygon([sky.getVector() for sky in self.wcs.pixelToSky(box.getCorners())])
            insert(
                "visit_detector_region",
                {**CAMERA, "visit": visit, "detector": number, "region": region},
            )
            x, y = detector.corner
            science = makeExposure(
                Box2I(Point2I(0, 0), Extent2I(SIZE, SIZE)),
                self.wcs.copyAtShiftedPixelOrigin(Extent2D(-x, -y)),
                detector.band,
            )
            refs[number] = self.butler.put(science, "calexp", **CAMERA, visit=visit, detector=number)
        return refs

    def path(self, ref: DatasetRef) -> str:
        """Return the file of a dataset."""
        return str(self.butler.getURI(ref).ospath)

    def resize(self, ref: DatasetRef) -> None:
        """Cut the file of a dataset."""
        os.truncate(self.path(ref), 5000)

    def spoil(self, ref: DatasetRef) -> None:
        """Fill the file of a dataset with bytes that mean nothing."""
        path = pathlib.Path(self.path(ref))
        path.write_bytes(b"x" * path.stat().st_size)

    def remove(self, ref: DatasetRef) -> None:
        """Remove the file of a dataset behind the butler's back."""
        os.remove(self.path(ref))


def makeTemplates(root: pathlib.Path, where: str = "") -> str:
    """Run the pipeline as on the command line; return what it printed."""
    inputs = ",".join(("my/inputs", BaseSkyMap.SKYMAP_RUN_COLLECTION_NAME))
    constraint = "instrument='MyCam' AND skymap='my_skymap'"
    done = subprocess.run(
        [
            *(sys.executable, "-c", "from lsst.ctrl.mpexec.cli.pipetask import main; main()"),
            *("run", "-b", str(root), "-i", inputs, "-o", RUN),
            *("-p", str(ROOT / "pipelines" / "GetTemplate.yaml"), "--register-dataset-types"),
            *("-d", f"{constraint} AND {where}" if where else constraint),
        ],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr
