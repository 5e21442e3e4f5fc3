# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Small skies of coadds for tests of the template task."""

from __future__ import annotations

import itertools
import pathlib
import unittest
from collections.abc import Callable, Iterable, MutableMapping, Sequence
from typing import Any, TypeVar

import lsst.afw.image as afwImage
import lsst.utils.tests
import numpy as np
from lsst.afw.detection import GaussianPsf
from lsst.afw.geom import SkyWcs, makeCdMatrix, makeSkyWcs
from lsst.afw.table import ExposureCatalog, ExposureTable
from lsst.daf.butler import DataCoordinate, DimensionUniverse
from lsst.geom import Box2D, Box2I, Extent2I, Point2D, Point2I, SpherePoint, arcseconds, degrees
from lsst.ip.diffim import GetTemplateConfig, GetTemplateTask
from lsst.meas.algorithms import CoaddPsf
from lsst.pipe.base import InMemoryDatasetHandle, Struct
from lsst.skymap import BaseSkyMap, DiscreteSkyMap

__all__ = [
    "PIXEL_SCALE",
    "FileHandle",
    "RecordingHandle",
    "TwoTractScene",
    "TemplateTestCase",
    "centerOfTract",
    "lanczos3",
    "makeCoadd",
    "makeConfig",
    "makeDataId",
    "makeSkyMap",
    "makeTask",
    "makeWcs",
    "onPixels",
    "onlyOnRuntime",
    "planes",
    "putItem",
    "wave",
]

PIXEL_SCALE = 0.5 * arcseconds
CENTER = SpherePoint(56.0, -30.0, degrees)
UNIVERSE = DimensionUniverse()

# Classes of the real stack are compiled, and have a metaclass of their own.
IS_RUNTIME = type(Box2I) is type

_Test = TypeVar("_Test")

Pixels = float | Callable[[np.ndarray, np.ndarray], np.ndarray]
"""A value for all pixels, or a function of their positions in the tract."""


def makeSkyMap() -> BaseSkyMap:
    """Make a sky map of two tracts, east and west of `CENTER`.

    Each has 2 by 2 patches of 100 pixels inside and 30 around. The tracts
    have some 20 columns of pixels in common.
    """
    config = DiscreteSkyMap.ConfigClass()
    centers = [CENTER.offset(angle * degrees, 45 * arcseconds) for angle in (0, 180)]
    config.raList = [center.getRa().asDegrees() for center in centers]
    config.decList = [center.getDec().asDegrees() for center in centers]
    # A few pixels less than two patches, lest rounding adds a third.
    config.radiusList = [0.5 * 196 * PIXEL_SCALE.asDegrees()] * 2
    config.tractOverlap = 0.0
    config.pixelScale = PIXEL_SCALE.asArcseconds()
    config.projection = "TAN"
    config.tractBuilder["legacy"].patchInnerDimensions = [100, 100]
    config.tractBuilder["legacy"].patchBorder = 30
    return DiscreteSkyMap(config)


def makeWcs(
    center: SpherePoint = CENTER, pixel: Point2D | None = None, angle: float = 20.0, scale: float = 1.0
) -> SkyWcs:
    """Make the WCS of a detector.

    Parameters
    ----------
    center, pixel
        Sky position and pixel that fall together; the pixel is the center of
        the detector of a `TwoTractScene` if not given.
    angle
        Rotation (degrees).
    scale
        Size of its pixels in pixels of the coadds.
    """
    return makeSkyWcs(
        pixel or Point2D(64.5, 49.5), center, makeCdMatrix(scale * PIXEL_SCALE, angle * degrees)
    )


def centerOfTract(skymap: BaseSkyMap, tract: int) -> SpherePoint:
    """Sky position of the center of a tract."""
    return skymap[tract].getWcs().pixelToSky(Box2D(skymap[tract].getBBox()).getCenter())


def onPixels(skymap: BaseSkyMap, tract: int, x: float = 100, y: float = 100) -> SkyWcs:
    """Make the WCS of a detector that has the pixels of a tract.

    Its pixel (65, 50) is at (x, y).
    """
    center = skymap[tract].getWcs().pixelToSky(x, y)
    return makeWcs(center=center, pixel=Point2D(65, 50), angle=0)


def makeDataId(tract: int, patch: int, **kwargs: Any) -> DataCoordinate:
    """Make the data ID of a coadd, in band r if not told otherwise."""
    dataId = {"skymap": "test", "tract": tract, "patch": patch, "band": "r", **kwargs}
    return DataCoordinate.standardize(dataId, universe=UNIVERSE)


def wave(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Image that is the same in the overlaps of patches."""
    return 20 + 10 * np.sin(x / 9) * np.cos(y / 7)


def makeCoadd(
    skymap: BaseSkyMap, tract: int, patch: int, image: Pixels = 10.0, variance: Pixels = 4.0
) -> afwImage.ExposureF:
    """Make a coadd with a PSF, photoCalib 1 and no mask bits."""
    info = skymap[tract]
    coadd = afwImage.ExposureF(info[patch].getOuterBBox(), info.getWcs())
    begin, size = coadd.getXY0(), coadd.getDimensions()
    y, x = np.mgrid[begin.y : begin.y + size.y, begin.x : begin.x + size.x]
    coadd.image.array[:] = image(x, y) if callable(image) else image
    coadd.variance.array[:] = variance(x, y) if callable(variance) else variance
    coadd.setPhotoCalib(afwImage.PhotoCalib(1.0))
    coadd.setFilter(afwImage.FilterLabel.fromBand("r"))
    coadd.setPsf(_makeCoaddPsf(coadd))
    return coadd


def _makeCoaddPsf(coadd: afwImage.ExposureF) -> CoaddPsf:
    """Make the PSF of a coadd of one visit with a Gaussian PSF."""
    schema = ExposureTable.makeMinimalSchema()
    schema.addField("weight", type="D", doc="Weight of the visit in the coadd.")
    catalog = ExposureCatalog(schema)
    record = catalog.addNew()
    record["weight"] = 1.0
    record.setPsf(GaussianPsf(21, 21, 2.0))
    record.setWcs(coadd.getWcs())
    record.setBBox(coadd.getBBox())
    return CoaddPsf(catalog, coadd.getWcs(), Box2D(coadd.getBBox()).getCenter())


class RecordingHandle(InMemoryDatasetHandle):
    """Handle that keeps a list of what was asked of it.

    Parameters
    ----------
    dataset
        What it gives: the same object each time, not a copy.
    dataId
        Its data ID.
    """

    reads: list[tuple[str | None, Box2I | None]]
    """Component and box of each `get`."""

    def __init__(self, dataset: afwImage.ExposureF, dataId: DataCoordinate):
        super().__init__(dataset, storageClass="ExposureF", dataId=dataId, copy=False)
        object.__setattr__(self, "reads", [])

    def get(self, *, component=None, parameters=None, storageClass=None):
        self.reads.append((component, (parameters or {}).get("bbox")))
        return super().get(component=component, parameters=parameters, storageClass=storageClass)

    @property
    def pixelReads(self) -> list[Box2I | None]:
        """Boxes of which pixels were read; `None` for everything."""
        return [bbox for component, bbox in self.reads if component in (None, "image", "maskedImage")]


class FileHandle:
    """Handle on a file, which keeps a list of what was asked of it.

    Parameters
    ----------
    path
        File of the coadd.
    dataId
        Its data ID.
    """

    def __init__(self, path: pathlib.Path, dataId: DataCoordinate):
        self.path = path
        self.dataId = dataId
        self.reads: list[tuple[str | None, Box2I | None]] = []

    def get(self, *, component=None, parameters=None):
        self.reads.append((component, (parameters or {}).get("bbox")))
        reader = afwImage.ExposureFitsReader(str(self.path))
        readers = {
            "bbox": lambda: reader.readBBox(),
            "wcs": lambda: reader.readWcs(),
            "image": lambda bbox: reader.readImage(bbox),
            "mask": lambda bbox: reader.readMask(bbox),
            "variance": lambda bbox: reader.readVariance(bbox),
            None: lambda bbox=None: reader.read(bbox) if bbox else reader.read(),
        }
        return readers[component](**(parameters or {}))


class TwoTractScene:
    """Coadds of all patches of both tracts, and a detector across them.

    Parameters
    ----------
    image, variance
        Pixels of the coadds of each tract.
    wcs
        WCS of the detector.
    """

    def __init__(
        self,
        image: Sequence[Pixels] = (10.0, 10.0),
        variance: Sequence[Pixels] = (4.0, 4.0),
        wcs: SkyWcs | None = None,
    ):
        self.skymap = makeSkyMap()
        self.wcs = wcs or makeWcs()
        self.bbox = Box2I(Point2I(0, 0), Extent2I(130, 100))
        self.handles = [
            RecordingHandle(
                makeCoadd(self.skymap, tract, patch, image[tract], variance[tract]), makeDataId(tract, patch)
            )
            for tract, patch in itertools.product(range(2), range(4))
        ]

    def handle(self, tract: int, patch: int) -> RecordingHandle:
        """Return the handle of a coadd."""
        return self.handles[4 * tract + patch]

    def coadd(self, tract: int, patch: int) -> afwImage.ExposureF:
        """Return a coadd, to be changed."""
        return self.handle(tract, patch).inMemoryDataset

    def replace(self, tract: int, patch: int, coadd: afwImage.ExposureF, **kwargs: Any) -> None:
        """Replace a coadd; further arguments go into its data ID."""
        self.handles[4 * tract + patch] = RecordingHandle(coadd, makeDataId(tract, patch, **kwargs))

    def coadds(self) -> Iterable[afwImage.ExposureF]:
        """Return all coadds."""
        return [handle.inMemoryDataset for handle in self.handles]

    def writeFiles(self, folder: pathlib.Path) -> None:
        """Write the coadds to files, to be read from there."""
        for number, handle in enumerate(self.handles):
            path = folder / f"coadd_{number}.fits"
            handle.inMemoryDataset.writeFits(str(path))
            self.handles[number] = FileHandle(path, handle.dataId)

    def select(self, task: GetTemplateTask) -> Struct:
        """Return the coadds that the task selects."""
        return task.getExposures(self.handles, self.bbox, self.skymap, self.wcs)

    def run(
        self, task: GetTemplateTask | None = None, selected: Struct | None = None, **kwargs: Any
    ) -> afwImage.ExposureF:
        """Make a template; the scene's own box stays as it is."""
        task = task or makeTask()
        selected = selected or self.select(task)
        arguments = {
            "coaddExposureHandles": selected.coaddExposures,
            "dataIds": selected.dataIds,
            "bbox": Box2I(self.bbox),
            "wcs": self.wcs,
            "physical_filter": "r_test",
        }
        return task.run(**{**arguments, **kwargs}).template

    def tractPositions(self, tract: int, bbox: Box2I) -> tuple[np.ndarray, np.ndarray]:
        """Positions in a tract of the detector's pixels."""
        y, x = np.mgrid[bbox.getMinY() : bbox.getMaxY() + 1, bbox.getMinX() : bbox.getMaxX() + 1]
        sky = self.wcs.pixelToSkyArray(x.ravel().astype(float), y.ravel().astype(float))
        u, v = self.skymap[tract].getWcs().skyToPixelArray(*sky)
        return u.reshape(x.shape), v.reshape(x.shape)


def makeConfig(**fields: Any) -> GetTemplateConfig:
    """Make a configuration; fields may be dotted, as "warp__x".

    By default, the variance is not scaled, whatever the package behind this
    one does.
    """
    config = GetTemplateConfig()
    config.doScaleVariance = False
    for name, value in fields.items():
        *path, last = name.split("__")
        target: Any = config
        for step in path:
            target = getattr(target, step)
        setattr(target, last, value)
    return config


def makeTask(**fields: Any) -> GetTemplateTask:
    """Make a task with the configuration of `makeConfig`."""
    return GetTemplateTask(config=makeConfig(**fields))


def putItem(case: unittest.TestCase, mapping: MutableMapping[str, Any], name: str, value: Any) -> None:
    """Put an item into a mapping until a test case ends.

    `unittest.mock.patch.dict` would also take back what others do meanwhile:
    modules that are imported, and numba does not stand to be imported twice,
    or variables that tell numba how many threads the middleware allows it.
    """
    if name in mapping:
        case.addCleanup(mapping.__setitem__, name, mapping[name])
    else:
        case.addCleanup(mapping.__delitem__, name)
    mapping[name] = value


def onlyOnRuntime(reason: str) -> Callable[[_Test], _Test]:
    """Skip a test, or all of a class, on the real stack.

    Parameters
    ----------
    reason
        Why it can only hold on the standalone runtime.
    """
    return unittest.skipUnless(IS_RUNTIME, f"Only on the standalone runtime: {reason}")


def lanczos3(fraction: np.ndarray) -> np.ndarray:
    """Return weights at the 6 pixels around positions, which add up to 1."""
    distance = np.arange(-2, 4) - fraction[..., np.newaxis]
    weights = np.sinc(distance) * np.sinc(distance / 3)
    return weights / weights.sum(axis=-1, keepdims=True)


def planes(exposure: afwImage.ExposureF) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return copies of image, mask and variance."""
    return exposure.image.array.copy(), exposure.mask.array.copy(), exposure.variance.array.copy()


class TemplateTestCase(lsst.utils.tests.TestCase):
    """Base class of tests that compare templates."""

    def assertSameTemplate(
        self, first: afwImage.ExposureF, second: afwImage.ExposureF, rtol: float = 0.0
    ) -> None:
        """Assert that pixels are the same."""
        self.assertEqual(first.getBBox(), second.getBBox())
        self.assertFloatsAlmostEqual(first.image.array, second.image.array, rtol=rtol)
        np.testing.assert_array_equal(first.mask.array, second.mask.array)
        self.assertFloatsAlmostEqual(first.variance.array, second.variance.array, rtol=rtol)

    def noData(self, template: afwImage.ExposureF) -> np.ndarray:
        """Tell which pixels are NO_DATA."""
        return (template.mask.array & template.mask.getPlaneBitMask("NO_DATA")) != 0

    def assertFinite(self, template: afwImage.ExposureF) -> None:
        """Assert that all pixels are finite."""
        self.assertTrue(
            np.isfinite(template.image.array).all() and np.isfinite(template.variance.array).all()
        )
