# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Simulated images of the survey in a new butler repository."""

from __future__ import annotations

__all__ = ("INPUTS", "write_survey")

import datetime
import pathlib
from collections.abc import Iterator

import astropy.time
import lsst.geom
import numpy as np
from lsst.afw.detection import GaussianPsf
from lsst.afw.geom import makeCdMatrix, makeSkyWcs
from lsst.afw.image import ExposureF, FilterLabel, ImageD, PhotoCalib, VisitInfo
from lsst.afw.math import FixedKernel
from lsst.afw.table import ExposureCatalog, ExposureTable
from lsst.daf.butler import Butler, CollectionType, DatasetType, Timespan
from lsst.meas.algorithms import CoaddPsf, DoubleGaussianPsf, KernelPsf
from lsst.skymap import BaseSkyMap, PatchInfo, TractInfo
from tqdm import tqdm

from .sky import Sky
from .survey import CoaddVisit, Survey, Visit
from .synthetic import insert_visit, region_of

COADDS = "demo/coadds"
SCIENCE = "demo/science"
INPUTS = "demo/inputs"
"""Chained collection of all simulated datasets."""

PSF_SIZE = 41
SATURATED = 5e3
"""Brightest unsaturated pixel (nJy)."""


def write_survey(survey: Survey, root: pathlib.Path) -> int:
    """Make a repository with the survey's coadds and science images.

    Parameters
    ----------
    survey
        Survey to simulate.
    root
        Folder of the repository, which must not exist.

    Returns
    -------
    images
        Number of images written.
    """
    Butler.makeRepo(str(root))
    with Butler.from_config(str(root), writeable=True) as butler:
        survey.camera.register(butler.registry)
        survey.skymap.register(survey.skymap_name, butler)
        for run in (COADDS, SCIENCE):
            butler.collections.register(run)
        images = _write_coadds(survey, butler) + _write_science(survey, butler)
        butler.collections.register(INPUTS, CollectionType.CHAINED)
        butler.collections.redefine_chain(INPUTS, [SCIENCE, COADDS, BaseSkyMap.SKYMAP_RUN_COLLECTION_NAME])
    return images


def _write_coadds(survey: Survey, butler: Butler) -> int:
    """Put all patches of all tracts; return their number."""
    dataset_type = DatasetType(
        "goodSeeingCoadd", ("tract", "patch", "band"), "ExposureF", universe=butler.dimensions
    )
    butler.registry.registerDatasetType(dataset_type)
    for tract in tqdm(survey.skymap, "tracts", len(survey.skymap), disable=None):
        for patch, coadd in _make_coadds(survey, tract):
            butler.put(
                coadd,
                dataset_type,
                skymap=survey.skymap_name,
                tract=tract.getId(),
                patch=patch.getSequentialIndex(),
                band=survey.band,
                run=COADDS,
            )
    return sum(len(tract) for tract in survey.skymap)


def _write_science(survey: Survey, butler: Butler) -> int:
    """Put all detectors of all visits; return their number."""
    dataset_type = DatasetType("calexp", ("visit", "detector"), "ExposureF", universe=butler.dimensions)
    butler.registry.registerDatasetType(dataset_type)
    for visit in survey.visits:
        _insert_visit(butler, survey, visit)
        for detector in tqdm(range(survey.detectors), f"visit {visit.id}", disable=None):
            butler.put(
                _make_science(survey, visit, detector),
                dataset_type,
                instrument=survey.camera.getName(),
                visit=visit.id,
                detector=detector,
                run=SCIENCE,
            )
    return len(survey.visits) * survey.detectors


def _insert_visit(butler: Butler, survey: Survey, visit: Visit) -> None:
    """Register a visit and the regions of its detectors."""
    begin = astropy.time.Time("2030-10-05T03:00:00", scale="tai") + datetime.timedelta(minutes=visit.id)
    insert_visit(
        butler,
        survey.camera.getName(),
        visit.id,
        survey.physical_filter,
        {
            detector: region_of(survey.wcs(visit, detector), survey.camera.bbox)
            for detector in range(survey.detectors)
        },
        Timespan(begin, begin + datetime.timedelta(seconds=30)),
    )


def _make_science(survey: Survey, visit: Visit, detector: int) -> ExposureF:
    """Return a science image: the sky and, in its visit, the transient."""
    rng = np.random.default_rng([survey.seed, visit.id, detector])
    wcs = survey.wcs(visit, detector)
    sky = survey.sky
    if visit.transient:
        sky += Sky.star(survey.transient, visit.transient)
    exposure = ExposureF(survey.camera.bbox, wcs)
    truth = sky.render(wcs, exposure.getBBox(), survey.visit_psf)
    _fill(
        exposure,
        truth,
        survey.visit_noise * rng.normal(size=truth.shape),
        np.full(truth.shape, survey.visit_noise),
    )
    bad = rng.integers(truth.shape[1])
    exposure.mask.array[:, bad] |= exposure.mask.getPlaneBitMask("BAD")

    scale = survey.scale
    kernel = ImageD(survey.visit_psf.image(scale, PSF_SIZE // 2))
    exposure.setPsf(KernelPsf(FixedKernel(kernel), lsst.geom.Box2D(exposure.getBBox()).getCenter()))
    exposure.setFilter(FilterLabel(band=survey.band, physical=survey.physical_filter))
    exposure.setPhotoCalib(PhotoCalib(1.0))
    exposure.info.setVisitInfo(
        VisitInfo(
            id=visit.id,
            exposureTime=30.0,
            boresightRaDec=survey.at(*visit.offset),
            boresightRotAngle=visit.rotation * lsst.geom.degrees,
            instrumentLabel=survey.camera.getName(),
        )
    )
    return exposure


def _make_coadds(survey: Survey, tract: TractInfo) -> Iterator[tuple[PatchInfo, ExposureF]]:
    """Yield the coadds of a tract, which agree where patches overlap."""
    rng = np.random.default_rng([survey.seed, tract.getId()])
    bbox = tract.getBBox()
    y, x = np.ogrid[: bbox.getHeight(), : bbox.getWidth()]
    sigma = survey.coadd_noise * survey.noise_factor(tract.getId(), x, y)
    noise = sigma * rng.normal(size=sigma.shape)
    truth = survey.sky.render(tract.getWcs(), bbox, survey.psf)
    for patch in tract:
        here = patch.getOuterBBox().getSlices()
        coadd = ExposureF(patch.getOuterBBox(), tract.getWcs())
        _fill(coadd, truth[here], noise[here], sigma[here])
        coadd.setPsf(_make_coadd_psf(survey, tract, patch))
        coadd.setFilter(FilterLabel.fromBand(survey.band))
        coadd.setPhotoCalib(PhotoCalib(1.0))
        yield patch, coadd


def _fill(exposure: ExposureF, truth: np.ndarray, noise: np.ndarray, sigma: np.ndarray) -> None:
    """Set the pixels of an exposure; infinite ``sigma`` means no data."""
    image = truth + noise
    missing = ~np.isfinite(sigma)
    exposure.image.array[:] = np.where(missing, np.nan, image)
    exposure.variance.array[:] = np.where(missing, np.nan, sigma**2)
    for plane, pixels in (
        ("NO_DATA", missing),
        ("DETECTED", ~missing & (truth > 3 * sigma)),
        ("SAT", ~missing & (truth > SATURATED)),
    ):
        exposure.mask.array[pixels] |= exposure.mask.getPlaneBitMask(plane)


def _make_coadd_psf(survey: Survey, tract: TractInfo, patch: PatchInfo) -> CoaddPsf:
    """Return the PSF of the visits that nominally make up the coadd."""
    schema = ExposureTable.makeMinimalSchema()
    schema.addField("weight", type="D", doc="Weight of the visit in the coadd.")
    catalog = ExposureCatalog(schema)
    center = lsst.geom.Box2D(patch.getOuterBBox()).getCenter()
    sky = tract.getWcs().pixelToSky(center)
    # Large enough to cover the patch under any rotation.
    half = patch.getOuterBBox().getWidth()
    for number, visit in enumerate(survey.coadd_visits, start=1):
        record = catalog.addNew()
        record.setId(number)
        record["weight"] = 1.0
        record.setPsf(_make_psf(visit))
        record.setBBox(lsst.geom.Box2I(lsst.geom.Point2I(0, 0), lsst.geom.Extent2I(2 * half, 2 * half)))
        cd_matrix = makeCdMatrix(survey.scale * lsst.geom.arcseconds, visit.rotation * lsst.geom.degrees)
        record.setWcs(makeSkyWcs(lsst.geom.Point2D(half, half), sky, cd_matrix))
    return CoaddPsf(catalog, tract.getWcs(), center)


def _make_psf(visit: CoaddVisit) -> GaussianPsf | DoubleGaussianPsf:
    if visit.ratio == 0:
        return GaussianPsf(PSF_SIZE, PSF_SIZE, visit.sigma1)
    return DoubleGaussianPsf(PSF_SIZE, PSF_SIZE, visit.sigma1, visit.sigma2, visit.ratio)
