# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Scenes: coadd files of the tracts that a detector overlaps.

Run as ``python -m benchmarks.scene FOLDER`` to write the scene of which
FOLDER holds the layout.
"""

from __future__ import annotations

__all__ = ("CoaddHandle", "BenchmarkScene", "detector_box", "detector_wcs")

import dataclasses
import functools
import pathlib
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from lsst.afw.geom import SkyWcs, makeCdMatrix, makeTanSipWcs
from lsst.afw.image import ExposureF, ExposureFitsReader, FilterLabel, PhotoCalib
from lsst.afw.table import ExposureCatalog, ExposureTable
from lsst.daf.butler import DataCoordinate, DimensionUniverse
from lsst.geom import Box2D, Box2I, Extent2I, Point2D, Point2I, SpherePoint, arcseconds, degrees
from lsst.meas.algorithms import CoaddPsf, DoubleGaussianPsf
from lsst.skymap import DiscreteSkyMap, PatchInfo, TractInfo

from demo.synthetic import make_sky_map

from .layout import DEC, RA, SCALE, Detector, Layout
from .usage import bytes_read

LAYOUT_FILE = "layout.json"

_LOSSY = {
    "algorithm": "RICE_1",
    "quantization": {
        "dither": "SUBTRACTIVE_DITHER_2",
        "scaling": "STDEV_MASKED",
        "mask_planes": ["NO_DATA", "INTRP"],
        "level": 16,
        "seed": 7,
    },
}
# Compression of coadds in production.
_COMPRESSION = {"image": _LOSSY, "variance": _LOSSY, "mask": {"algorithm": "GZIP_2"}}

# Sky of a tract: stars per pixel, their radius (pixels) and width (pixels).
_STAR_DENSITY = 1.8e-4
_STAR_REACH = 10
_STAR_SIGMA = 1.4
_COADDED_VISITS = 10
_SIP = 2e-8

# How components are read; None is the coadd as a whole.
_COMPONENTS: dict[str | None, Callable[[ExposureFitsReader], Any]] = {
    "bbox": ExposureFitsReader.readBBox,
    "wcs": ExposureFitsReader.readWcs,
    "photoCalib": ExposureFitsReader.readPhotoCalib,
}
_PIXELS: dict[str | None, Callable[[ExposureFitsReader, Box2I], Any]] = {
    None: ExposureFitsReader.read,
    "image": ExposureFitsReader.readImage,
    "mask": ExposureFitsReader.readMask,
    "variance": ExposureFitsReader.readVariance,
}


@dataclasses.dataclass(eq=False)
class CoaddHandle:
    """Stand-in for a deferred butler handle of a coadd in a file.

    Each call opens the file, as the butler does. It counts what is read.

    Parameters
    ----------
    path
        Path of the file.
    dataId
        Data ID with tract, patch and band.
    """

    path: pathlib.Path
    dataId: DataCoordinate
    pixels: int = dataclasses.field(default=0, init=False)
    """Pixels read so far, each with image, mask and variance."""
    bytes: int = dataclasses.field(default=0, init=False)
    """Bytes returned by read calls; headers and tables are mapped instead."""

    def get(self, *, component: str | None = None, parameters: dict[str, Any] | None = None) -> Any:
        """Read the coadd or a component, optionally within a box."""
        before = bytes_read()
        reader = ExposureFitsReader(str(self.path))
        if component in _COMPONENTS:
            result = _COMPONENTS[component](reader)
        else:
            bbox = (parameters or {}).get("bbox", reader.readBBox())
            result = _PIXELS[component](reader, bbox)
            # Mask and variance have the same pixels as the image.
            self.pixels += bbox.getArea() if component in (None, "image") else 0
        self.bytes += bytes_read() - before
        return result


@dataclasses.dataclass(frozen=True)
class BenchmarkScene:
    """A scene on disk.

    Parameters
    ----------
    folder
        Folder of the files.
    layout
        Layout of the scene.
    """

    folder: pathlib.Path
    layout: Layout

    @classmethod
    def open(cls, folder: pathlib.Path) -> BenchmarkScene:
        """Open the scene in a folder."""
        return cls(folder, Layout.load(folder / LAYOUT_FILE))

    @functools.cached_property
    def skymap(self) -> DiscreteSkyMap:
        """Tracts and patches.

        Raises
        ------
        RuntimeError
            Raised if the patches of the tracts differ from those of the
            layout.
        """
        skymap = make_sky_map(
            [SpherePoint(ra, DEC, degrees) for ra in self.layout.centers],
            self.layout.radius * degrees,
            scale=SCALE * arcseconds,
            patch=[self.layout.inner] * 2,
            border=self.layout.border,
        )
        if any(len(tract) != self.layout.side**2 for tract in skymap):
            raise RuntimeError(f"The tracts have {[len(tract) for tract in skymap]} patches: {self.layout}.")
        return skymap

    def path(self, tract: TractInfo, patch: PatchInfo) -> pathlib.Path:
        """Return the file of a coadd."""
        return self.folder / f"coadd_{tract.getId()}_{patch.getSequentialIndex()}.fits"

    def handles(self) -> list[CoaddHandle]:
        """Return handles of all coadds, tract by tract."""
        universe = DimensionUniverse()
        return [
            CoaddHandle(
                self.path(tract, patch),
                DataCoordinate.standardize(
                    skymap=self.layout.name,
                    tract=tract.getId(),
                    patch=patch.getSequentialIndex(),
                    band="r",
                    universe=universe,
                ),
            )
            for tract in self.skymap
            for patch in tract
        ]

    def write(self) -> None:
        """Write the files of all coadds."""
        for tract in self.skymap:
            pixels = _make_tract(tract)
            for patch in tract:
                bbox = patch.getOuterBBox()
                coadd = ExposureF(pixels[bbox], deep=True)
                _attach(coadd, tract.getWcs())
                coadd.writeFitsWithOptions(str(self.path(tract, patch)), options=_COMPRESSION)


def detector_box(detector: Detector) -> Box2I:
    """Return the box of a detector."""
    return Box2I(Point2I(0, 0), Extent2I(detector.width, detector.height))


def detector_wcs(detector: Detector) -> SkyWcs:
    """Return the WCS of a detector, with a distortion."""
    a, b, none = np.zeros((3, 4, 4))
    a[2, 0] = b[0, 2] = _SIP
    a[0, 2] = b[2, 0] = -0.5 * _SIP
    return makeTanSipWcs(
        Box2D(detector_box(detector)).getCenter(),
        SpherePoint(RA, DEC, degrees),
        makeCdMatrix(SCALE * arcseconds, detector.rotation * degrees),
        a,
        b,
        none,
        none,
    )


def _make_tract(tract: TractInfo) -> ExposureF:
    """Make the noise and stars of a whole tract."""
    rng = np.random.default_rng([3, tract.getId()])
    exposure = ExposureF(tract.getBBox(), tract.getWcs())
    image, mask, variance = exposure.image.array, exposure.mask.array, exposure.variance.array
    rng.standard_normal(out=image, dtype=np.float32)
    rng.standard_normal(out=variance, dtype=np.float32)
    np.square(variance, out=variance)
    variance *= 0.05
    variance += 1 + 0.1 * tract.getId()

    offsets = np.arange(-_STAR_REACH, _STAR_REACH + 1)
    profile = np.exp(-0.5 * (offsets / _STAR_SIGMA) ** 2)
    star = np.outer(profile, profile).astype(np.float32)
    number = int(_STAR_DENSITY * image.size)
    corners = rng.integers(0, np.array(image.shape) - star.shape[0], (number, 2))
    for (y, x), peak in zip(corners, 10 ** rng.uniform(1, 4, number), strict=True):
        image[y : y + star.shape[0], x : x + star.shape[1]] += np.float32(peak) * star

    mask[image > 5] |= exposure.mask.getPlaneBitMask("DETECTED")
    bad = rng.integers(0, image.size, image.size // 1000)
    mask.reshape(-1)[bad] |= exposure.mask.getPlaneBitMask("BAD")
    return exposure


def _attach(coadd: ExposureF, wcs: SkyWcs) -> None:
    """Add the components that the task needs to a coadd."""
    schema = ExposureTable.makeMinimalSchema()
    schema.addField("weight", type="D", doc="Weight of the visit in the coadd")
    catalog = ExposureCatalog(schema)
    for visit in range(_COADDED_VISITS):
        record = catalog.addNew()
        record.setId(visit)
        record["weight"] = 1.0
        record.setWcs(wcs)
        record.setBBox(coadd.getBBox())
        record.setPsf(DoubleGaussianPsf(25, 25, 1.8 + 0.02 * visit, 4.0, 0.1))
    coadd.setPsf(CoaddPsf(catalog, wcs, Point2D(coadd.getBBox().getCenter())))
    coadd.setPhotoCalib(PhotoCalib(57.5))
    coadd.setFilter(FilterLabel.fromBand("r"))


if __name__ == "__main__":
    BenchmarkScene.open(pathlib.Path(sys.argv[1])).write()
