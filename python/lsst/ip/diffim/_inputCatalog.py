# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""The PSF and the list of inputs of a template."""

from __future__ import annotations

__all__ = ("attach_inputs", "make_schema")

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lsst.afw.geom import Polygon
from lsst.afw.image import CoaddInputs
from lsst.afw.table import ExposureCatalog, ExposureTable
from lsst.geom import Box2D, Extent2D, Point2D
from lsst.meas.algorithms import CoaddPsf
from lsst.pixels import centroid_clear

if TYPE_CHECKING:
    from lsst.afw.image import ExposureF
    from lsst.afw.table import Schema
    from lsst.meas.algorithms import CoaddPsfConfig

    from ._coaddPatch import CoaddReader


def make_schema() -> Schema:
    """Make the schema of the catalog of a template's coadds."""
    schema = ExposureTable.makeMinimalSchema()
    schema.addField("tract", type="I", doc="Tract of the coadd.")
    schema.addField("patch", type="I", doc="Sequential index of the patch of the coadd.")
    schema.addField("weight", type="D", doc="Weight of the coadd in the PSF.")
    return schema


def attach_inputs(
    template: ExposureF, coadds: Sequence[CoaddReader], schema: Schema, config: CoaddPsfConfig
) -> None:
    """Attach the PSF and the list of coadds to a template.

    Parameters
    ----------
    template
        Template whose pixels are complete.
    coadds
        Coadds that it was made from.
    schema
        Schema of the catalog, with at least the fields of `make_schema`.
    config
        Resampling of the PSFs of the coadds.
    """
    catalog = _make_catalog(coadds, schema)
    no_data = template.mask.getPlaneBitMask("NO_DATA")
    center = Point2D(*centroid_clear(template.mask.array, no_data)) + Extent2D(template.getXY0())
    control = config.makeControl()
    psf = CoaddPsf(catalog, template.getWcs(), center, control.warpingKernelName, control.cacheSize)
    template.setPsf(psf)
    visits = ExposureCatalog(ExposureTable.makeMinimalSchema())
    template.info.setCoaddInputs(CoaddInputs(visits, catalog))


def _make_catalog(coadds: Sequence[CoaddReader], schema: Schema) -> ExposureCatalog:
    """Make a catalog with a record of weight 1 for each coadd."""
    catalog = ExposureCatalog(schema)
    for coadd in coadds:
        record = catalog.addNew()
        record["tract"] = coadd.patch.tract
        record["patch"] = coadd.patch.patch
        record["weight"] = 1.0
        record.setPsf(coadd.psf)
        record.setWcs(coadd.wcs)
        record.setPhotoCalib(coadd.photo_calib)
        record.setBBox(coadd.patch.bbox)
        record.setValidPolygon(Polygon(Box2D(coadd.patch.bbox)))
    return catalog
