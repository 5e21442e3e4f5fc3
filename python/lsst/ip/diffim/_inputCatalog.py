# This file is part of ip_diffim_template.
#
# Developed for the LSST Data Management System.
# This product includes software developed by the LSST Project
# (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution
# for the terms of the licence.
#
# This program is free software: you can redistribute it and/or modify
# it under the terms of the GNU General Public License as published by
# the Free Software Foundation, either version 3 of the License, or
# (at your option) any later version.
#
# This program is distributed in the hope that it will be useful,
# but WITHOUT ANY WARRANTY; without even the implied warranty of
# MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the
# GNU General Public License for more details.
#
# You should have received a copy of the GNU General Public License
# along with this program.  If not, see <https://www.gnu.org/licenses/>.

"""The coadds of a template: list and PSF."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lsst.afw.geom import Polygon
from lsst.afw.image import CoaddInputs
from lsst.afw.table import ExposureCatalog, ExposureTable
from lsst.geom import Box2D, Point2D
from lsst.meas.algorithms import CoaddPsf
from lsst.pixels import centroid_clear

if TYPE_CHECKING:
    from lsst.afw.image import ExposureF
    from lsst.meas.algorithms import CoaddPsfConfig

    from ._coaddPatch import CoaddPatch

__all__ = ["attachInputs"]


def attachInputs(template: ExposureF, patches: Sequence[CoaddPatch], config: CoaddPsfConfig) -> None:
    """Attach the PSF and the list of coadds that a template has.

    Parameters
    ----------
    template
        Template with its pixels.
    patches
        Patches that it was made of.
    config
        Resampling of their PSFs.
    """
    catalog = _makeCatalog(patches)
    noData = template.mask.getPlaneBitMask("NO_DATA")
    # Counted from the first pixel of the template, as in the reference.
    center = Point2D(*centroid_clear(template.mask.array, noData))
    psf = CoaddPsf(catalog, template.getWcs(), center, config.warpingKernelName, config.cacheSize)
    template.setPsf(psf)
    visits = ExposureCatalog(ExposureTable.makeMinimalSchema())
    template.info.setCoaddInputs(CoaddInputs(visits, catalog))


def _makeCatalog(patches: Sequence[CoaddPatch]) -> ExposureCatalog:
    """Make a catalog with a record, of weight 1, for each patch."""
    schema = ExposureTable.makeMinimalSchema()
    tract = schema.addField("tract", type="I", doc="Tract of the coadd.")
    patch = schema.addField("patch", type="I", doc="Sequential index of the patch of the coadd.")
    weight = schema.addField("weight", type="D", doc="Weight of the coadd in the PSF.")
    catalog = ExposureCatalog(schema)
    for coadd in patches:
        record = catalog.addNew()
        record.set(tract, coadd.tract)
        record.set(patch, coadd.patch)
        record.set(weight, 1.0)
        record.setPsf(coadd.psf)
        record.setWcs(coadd.wcs)
        record.setPhotoCalib(coadd.photoCalib)
        record.setBBox(coadd.bbox)
        record.setValidPolygon(Polygon(Box2D(coadd.bbox)))
    return catalog
