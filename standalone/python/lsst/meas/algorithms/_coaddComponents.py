# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inputs of a coadd, and which of them cover a position."""

from __future__ import annotations

__all__ = ("CoaddComponents", "computeAveragePosition", "findWeights", "makeWeightCatalog")


from typing import TYPE_CHECKING, Any

import numpy as np

from lsst.afw.geom import SkyWcs
from lsst.afw.table import ExposureCatalog, ExposureTable, SchemaMapper
from lsst.geom import Point2D
from lsst.pex.exceptions import LogicError, NotFoundError, RuntimeError

if TYPE_CHECKING:
    from lsst.afw.detection import Psf
    from lsst.afw.geom import Polygon, SkyWcs
    from lsst.afw.table import ExposureCatalog
    from lsst.geom import Box2I


def findWeights(catalog: ExposureCatalog, name: str) -> Any:
    """Find the column of weights of a coadd's inputs.

    Raises
    ------
    lsst.pex.exceptions.NotFoundError
        Raised if there is no such column.
    """
    if name not in catalog.schema.getNames():
        raise NotFoundError(f"The catalog of a coadd's inputs has no weights {name!r}.")
    return catalog.schema.find(name).key


class CoaddComponents:
    """The records of a coadd's catalog, arranged for fast look-up.

    Parameters
    ----------
    catalog
        One record for each input, with its id, box, WCS, PSF, valid
        polygon and a column ``weight``.

    Raises
    ------
    lsst.pex.exceptions.NotFoundError
        Raised if there is no column of weights.
    """

    def __init__(self, catalog: ExposureCatalog) -> None:
        records = list(catalog)
        self.ids: list[int] = [record.getId() for record in records]
        self.boxes: list[Box2I] = [record.getBBox() for record in records]
        self.psfs: list[Psf] = [record.getPsf() for record in records]
        self.wcss: list[SkyWcs] = [record.getWcs() for record in records]
        self.polygons: list[Polygon | None] = [record.getValidPolygon() for record in records]
        key = findWeights(catalog, "weight")
        self.weights = np.array([record.get(key) for record in records], dtype=np.float64)
        limits = [(b.getMinX(), b.getMinY(), b.getMaxX(), b.getMaxY()) for b in self.boxes]
        edges = np.array(limits, dtype=np.float64).reshape(-1, 4) + np.array([-0.5, -0.5, 0.5, 0.5])
        self._lower, self._upper = edges[:, :2], edges[:, 2:]
        self._sameWcs: dict[int, list[int]] = {}
        for i, wcs in enumerate(self.wcss):
            self._sameWcs.setdefault(id(wcs), []).append(i)

    def __len__(self) -> int:
        return len(self.ids)

    def psf(self, index: int) -> Psf:
        """Return the PSF of an input.

        Raises
        ------
        lsst.pex.exceptions.LogicError
            Raised if it has none.
        """
        psf = self.psfs[index]
        if psf is None:
            raise LogicError(f"Coadd input {self.ids[index]} has no PSF.")
        return psf

    def _wcs(self, index: int) -> SkyWcs:
        wcs = self.wcss[index]
        if wcs is None:
            raise LogicError(f"Coadd input {self.ids[index]} has no WCS.")
        return wcs

    def covering(self, sky: np.ndarray) -> list[int]:
        """Return the indices of the inputs that cover a position.

        Parameters
        ----------
        sky
            RA and Dec (radians), shape (2, 1).

        Returns
        -------
        indices
            In ascending order. The position lies in the box of each, and
            strictly inside its polygon if it has one.

        Raises
        ------
        lsst.pex.exceptions.LogicError
            Raised if an input has no WCS.
        """
        points = np.empty((len(self), 2))
        for indices in self._sameWcs.values():
            points[indices] = self._wcs(indices[0]).getTransform()._applyInverseArray(sky).T
        inside = ((self._lower <= points) & (points < self._upper)).all(axis=1)
        return [i for i in np.flatnonzero(inside).tolist() if self._inPolygon(i, *points[i].tolist())]

    def _inPolygon(self, index: int, x: float, y: float) -> bool:
        polygon = self.polygons[index]
        return polygon is None or polygon.contains(Point2D(x, y))

    def averagePositions(self, coaddWcs: SkyWcs) -> np.ndarray:
        """Return the average positions of the PSFs in the coadd.

        Parameters
        ----------
        coaddWcs
            WCS of the coadd.

        Returns
        -------
        positions
            Array of shape (n, 2) (pixels).
        """
        own = np.array([list(self.psf(i).getAveragePosition()) for i in range(len(self))]).reshape(-1, 2)
        result = np.empty_like(own)
        for indices in self._sameWcs.values():
            sky = self._wcs(indices[0]).pixelToSkyArray(own[indices, 0], own[indices, 1])
            result[indices] = np.stack(coaddWcs.skyToPixelArray(*sky), axis=1)
        return result


def makeWeightCatalog(catalog: ExposureCatalog, weightFieldName: str) -> ExposureCatalog:
    """Copy what a coadd PSF needs of a catalog.

    Parameters
    ----------
    catalog
        One record for each input.
    weightFieldName
        Name of the column of weights.

    Returns
    -------
    copy
        Catalog with the fields that every exposure catalog has, ``goodpix``
        if it is there, and the weights as ``weight``. What is attached to
        the records is shared.

    Raises
    ------
    lsst.pex.exceptions.NotFoundError
        Raised if there is no column of weights.
    """
    weights = findWeights(catalog, weightFieldName)
    mapper = SchemaMapper(catalog.schema)
    mapper.addMinimalSchema(ExposureTable.makeMinimalSchema(), True)
    if "goodpix" in catalog.schema.getNames():
        mapper.addMapping(catalog.schema.find("goodpix").key)
    mapper.addMapping(weights, "weight")
    result = ExposureCatalog(mapper.getOutputSchema())
    for record in catalog:
        result.addNew().assign(record, mapper)
    return result


def computeAveragePosition(
    catalog: ExposureCatalog, components: CoaddComponents, coaddWcs: SkyWcs
) -> Point2D:
    """Compute the weighted mean position of the inputs.

    If no input covers the mean, those of the least weight are left out, one
    after another, until one does.

    Parameters
    ----------
    catalog
        Catalog as from `makeWeightCatalog`.
    components
        The same inputs.
    coaddWcs
        WCS of the coadd.

    Returns
    -------
    position
        Position (pixels).

    Raises
    ------
    lsst.pex.exceptions.RuntimeError
        Raised if no such mean is covered by an input.
    """
    weights = components.weights.copy()
    if "goodpix" in catalog.schema.getNames():
        key = catalog.schema.find("goodpix").key
        weights *= [record.get(key) for record in catalog]
    positions = components.averagePositions(coaddWcs)
    total, weighted = weights.sum(), weights @ positions
    for least in np.argsort(weights, kind="stable"):
        if total == 0.0:
            break
        mean = weighted / total
        if components.covering(coaddWcs.getTransform()._applyArray(mean[:, np.newaxis])):
            return Point2D(*mean)
        total -= weights[least]
        weighted = weighted - weights[least] * positions[least]
    raise RuntimeError(f"No average position of the PSF is covered by any of {len(components)} coadd inputs.")
