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
from lsst.geom import Box2I, Extent2D, Extent2I, Point2I, SpherePoint, arcseconds, degrees
from lsst.skymap import BaseSkyMap, DiscreteSkyMap

from demo.synthetic import insert_camera, insert_visit, make_sky_map, region_of

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
    center = SpherePoint(10.0, -30.0, degrees)
    return make_sky_map([center], radius * degrees, scale=0.2 * arcseconds, patch=(300, 600), border=50)


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
        names = {number: f"<D{number}>" for number in range(99)}
        insert_camera(self.butler, "MyCam", {"MyCam-r": "r", "MyCam-g": "g"}, names)

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
        boxes = {
            number: Box2I(Point2I(*(detector.registered or detector.corner)), Extent2I(SIZE, SIZE))
            for number, detector in detectors.items()
        }
        regions = {number: region_of(self.wcs, box) for number, box in boxes.items()}
        insert_visit(self.butler, "MyCam", visit, "MyCam-r", regions)
        refs = {}
        for number, detector in detectors.items():
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
