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

"""The coadds of a template, as a catalog."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lsst.afw.geom import Polygon
from lsst.afw.table import ExposureCatalog, ExposureTable
from lsst.geom import Box2D

if TYPE_CHECKING:
    from ._coaddPatch import CoaddPatch

__all__ = ["makeInputCatalog"]


def makeInputCatalog(patches: Sequence[CoaddPatch]) -> ExposureCatalog:
    """Make a catalog with a record for each of some coadd patches.

    Parameters
    ----------
    patches
        Patches of which pixels were read.

    Returns
    -------
    catalog : `lsst.afw.table.ExposureCatalog`
        Their PSFs, WCSs, photoCalibs and boxes, with columns ``tract``,
        ``patch`` and ``weight``; the valid polygon is the whole box.
    """
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
