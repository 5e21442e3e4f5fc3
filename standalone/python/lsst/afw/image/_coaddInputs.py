# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

__all__ = ("CoaddInputs",)

from typing import TYPE_CHECKING, Any

from lsst.afw.table.io._persistable import register
from lsst.afw.typehandling import Storable

if TYPE_CHECKING:
    from lsst.afw.geom import SkyWcs
    from lsst.afw.table import ExposureCatalog, Schema
    from lsst.geom import Point2D


@register("CoaddInputs", module="lsst.afw.image")
class CoaddInputs(Storable):
    """Exposures that contribute to a coadd.

    Constructors: ``()``, with catalogs of the minimal schema; ``(visitSchema,
    ccdSchema)``, with empty catalogs; ``(visits, ccds)``, which shares the
    catalogs.

    Parameters
    ----------
    visits
        Catalog of the visits, or its schema.
    ccds
        Catalog of the detectors' exposures, or its schema.
    """

    def __init__(
        self,
        visits: ExposureCatalog | Schema | None = None,
        ccds: ExposureCatalog | Schema | None = None,
        *,
        visitSchema: Schema | None = None,
        ccdSchema: Schema | None = None,
    ) -> None:
        self.visits = _toCatalog(visits if visits is not None else visitSchema)
        self.ccds = _toCatalog(ccds if ccds is not None else ccdSchema)

    def subset_containing_ccds(
        self, point: Point2D, wcs: SkyWcs, includeValidPolygon: bool = False
    ) -> ExposureCatalog:
        """Detectors' exposures that contain a position.

        Parameters
        ----------
        point, wcs
            Position in pixels, and the WCS of these.
        includeValidPolygon
            Whether the position must lie within the valid polygon, too.

        Returns
        -------
        subset
            Catalog that shares the records.
        """
        return self.ccds.subsetContaining(point, wcs, includeValidPolygon)

    def subset_containing_visits(
        self, point: Point2D, wcs: SkyWcs, includeValidPolygon: bool = False
    ) -> ExposureCatalog:
        """Visits that contain a position; see `subset_containing_ccds`."""
        return self.visits.subsetContaining(point, wcs, includeValidPolygon)

    def __repr__(self) -> str:
        return f"CoaddInputs({len(self.visits)} visits, {len(self.ccds)} ccds)"

    def _writeArchive(self, out: Any) -> None:
        from lsst.afw.table._exposureIO import writeExposureRows

        writeExposureRows(out, self.visits, permissive=True)
        writeExposureRows(out, self.ccds, permissive=True)

    @classmethod
    def _readArchive(cls, archive: Any, catalogs: Any) -> CoaddInputs:
        from lsst.afw.table._exposureIO import readExposureRows

        visits, ccds = catalogs
        return cls(readExposureRows(archive, visits), readExposureRows(archive, ccds))


CoaddInputs.__module__ = "lsst.afw.image"


def _toCatalog(source: ExposureCatalog | Schema | None) -> ExposureCatalog:
    from lsst.afw.table import ExposureCatalog, ExposureTable

    if isinstance(source, ExposureCatalog):
        return source
    return ExposureCatalog(ExposureTable.makeMinimalSchema() if source is None else source)
