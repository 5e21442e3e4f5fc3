# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Conversion of the survey's images to the classes of `lsst.images`."""

from __future__ import annotations

__all__ = ("make_cell_coadd", "make_visit_image")


import astropy.units as u
import astshim
import lsst.geom
import numpy as np
from astro_metadata_translator import ObservationInfo, makeObservationInfo
from lsst.afw.image import ExposureF
from lsst.images import (
    YX,
    Box,
    DetectorFrame,
    MaskedImage,
    Polygon,
    SkyProjection,
    TractFrame,
    VisitImage,
    get_legacy_deep_coadd_mask_planes,
    get_legacy_visit_image_mask_planes,
)
from lsst.images.cameras import (
    CameraFrameSet,
    Detector,
    DetectorAttributes,
    DetectorType,
    Orientation,
)
from lsst.images.cells import (
    CellCoadd,
    CellGrid,
    CellGridBounds,
    CellIJ,
    CellPointSpreadFunction,
    CoaddProvenance,
    PatchDefinition,
)
from lsst.images.psfs import GaussianPointSpreadFunction
from lsst.skymap import PatchInfo, TractInfo

from ..simulate import PSF_SIZE
from ..survey import Survey, Visit
from ..synthetic import DAY_OBS

CELLS = 5
"""Cells along one side of a patch."""


def make_cell_coadd(exposure: ExposureF, survey: Survey, tract: TractInfo, patch: PatchInfo) -> CellCoadd:
    """Return a cell-based coadd.

    Parameters
    ----------
    exposure
        Coadd of the patch, from which the pixels are taken; the PSF image of a
        cell is that of the coadd's PSF at the center of the cell.
    survey
        Survey that the coadd belongs to.
    tract, patch
        Tract and patch of the coadd.
    """
    box = Box.from_legacy(patch.getOuterBBox())
    frame = TractFrame(skymap=survey.skymap_name, tract=tract.getId(), bbox=Box.from_legacy(tract.getBBox()))
    masked_image = MaskedImage.from_legacy(
        exposure.maskedImage, unit=u.nJy, plane_map=get_legacy_deep_coadd_mask_planes()
    )
    grid = CellGrid(bbox=box, cell_shape=YX(y=box.shape.y // CELLS, x=box.shape.x // CELLS))
    index = patch.getIndex()
    return CellCoadd(
        masked_image.image,
        mask=masked_image.mask,
        variance=masked_image.variance,
        sky_projection=SkyProjection.from_legacy(exposure.getWcs(), frame, pixel_bounds=frame.bbox),
        band=survey.band,
        psf=_make_cell_psf(exposure, grid),
        patch=PatchDefinition(
            id=patch.getSequentialIndex(),
            index=YX(y=index.y, x=index.x),
            inner_bbox=Box.from_legacy(patch.getInnerBBox()),
            cells=grid,
        ),
        provenance=_make_provenance(survey, grid),
    )


def _make_cell_psf(exposure: ExposureF, grid: CellGrid) -> CellPointSpreadFunction:
    """Return a PSF whose cells without any data are missing."""
    size = grid.grid_size
    images = np.full((size.i, size.j, PSF_SIZE, PSF_SIZE), np.nan)
    missing = set()
    for i, j in np.ndindex(size.i, size.j):
        cell = grid.bbox_of(CellIJ(i=i, j=j)).to_legacy()
        if np.isfinite(exposure.image[cell].array).any():
            kernel = exposure.psf.computeKernelImage(lsst.geom.Box2D(cell).getCenter())
            images[i, j] = _cut(kernel.array)
        else:
            missing.add(CellIJ(i=i, j=j))
    bounds = CellGridBounds(grid=grid, bbox=grid.bbox, missing=frozenset(missing))
    return CellPointSpreadFunction(images, bounds)


def _cut(kernel: np.ndarray) -> np.ndarray:
    """Return the central pixels of an image of the PSF, with a sum of 1."""
    top, left = ((length - PSF_SIZE) // 2 for length in kernel.shape)
    result = kernel[top : top + PSF_SIZE, left : left + PSF_SIZE]
    return result / result.sum()


def _make_provenance(survey: Survey, grid: CellGrid) -> CoaddProvenance:
    """Make a provenance in which all visits contribute to each cell."""
    size = grid.grid_size
    visits = range(1, len(survey.coadd_visits) + 1)
    inputs = CoaddProvenance.make_empty_input_table(len(visits))
    for row, visit in zip(inputs, visits, strict=True):
        row["instrument"], row["physical_filter"] = survey.camera.getName(), survey.physical_filter
        row["visit"], row["detector"], row["day_obs"] = visit, 0, DAY_OBS
        row["polygon"] = Polygon.from_box(grid.bbox)
    places = [(i, j, visit) for i, j in np.ndindex(size.i, size.j) for visit in visits]
    contributions = CoaddProvenance.make_empty_contribution_table(len(places))
    for row, (i, j, visit) in zip(contributions, places, strict=True):
        row["cell_i"], row["cell_j"] = i, j
        row["instrument"], row["visit"], row["detector"] = survey.camera.getName(), visit, 0
        row["overlaps_center"], row["overlap_fraction"], row["unmasked_fraction"] = True, 1.0, 1.0
        row["weight"] = 1.0 / len(visits)
    return CoaddProvenance(inputs, contributions)


def make_visit_image(exposure: ExposureF, survey: Survey, visit: Visit, detector: int) -> VisitImage:
    """Return a science image.

    Parameters
    ----------
    exposure
        Exposure with the pixels and the WCS.
    survey
        Survey that the image belongs to.
    visit, detector
        Data ID of the image.
    """
    box = Box.from_legacy(exposure.getBBox())
    instrument = survey.camera.getName()
    masked_image = MaskedImage.from_legacy(
        exposure.maskedImage, unit=u.nJy, plane_map=get_legacy_visit_image_mask_planes()
    )
    frame = DetectorFrame(instrument=instrument, visit=visit.id, detector=detector, bbox=box)
    return VisitImage(
        masked_image.image,
        mask=masked_image.mask,
        variance=masked_image.variance,
        sky_projection=SkyProjection.from_legacy(exposure.getWcs(), frame, pixel_bounds=box),
        psf=GaussianPointSpreadFunction(2.0, bounds=box, stamp_size=PSF_SIZE),
        obs_info=_make_observation(survey, visit, detector),
        detector=_make_detector(survey, visit, detector),
        band=survey.band,
    )


def _make_observation(survey: Survey, visit: Visit, detector: int) -> ObservationInfo:
    return makeObservationInfo(
        instrument=survey.camera.getName(),
        physical_filter=survey.physical_filter,
        exposure_id=visit.id,
        visit_id=visit.id,
        detector_num=detector,
        exposure_time=30.0 * u.s,
    )


def _make_detector(survey: Survey, visit: Visit, detector: int) -> Detector:
    """Return a detector without amplifiers."""
    camera = survey.camera
    x, y = camera.places[detector]
    pitch, middle = camera.SIZE + camera.GAP, (camera.SIZE - 1) / 2
    focal_plane = astshim.Frame(2, "Ident=FOCAL_PLANE")
    for axis in (1, 2):
        focal_plane.setUnit(axis, "pixel")
    frames = astshim.FrameSet(focal_plane)
    scale = np.deg2rad(camera.SCALE / 3600)
    frames.addFrame(1, astshim.ZoomMap(2, scale), astshim.Frame(2, "Ident=FIELD_ANGLE"))
    pixels = astshim.Frame(2, f"Ident=DETECTOR_{detector}")
    for axis in (1, 2):
        pixels.setBottom(axis, 0)
        pixels.setTop(axis, camera.SIZE)
    frames.addFrame(1, astshim.ShiftMap([middle - x * pitch, middle - y * pitch]), pixels)
    attributes = DetectorAttributes(
        name=f"D{detector:02d}",
        id=detector,
        type=DetectorType.SCIENCE,
        serial=f"demo-{detector}",
        bbox=Box.from_legacy(camera.bbox),
        orientation=Orientation(
            focal_plane_x=x * pitch,
            focal_plane_y=y * pitch,
            focal_plane_z=0.0,
            pixel_reference_x=middle,
            pixel_reference_y=middle,
        ),
        pixel_size=1.0,
        physical_type="simulated",
    )
    return Detector(attributes, [], CameraFrameSet(camera.getName(), frames), visit=visit.id)
