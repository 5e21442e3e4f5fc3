# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the PSF of a coadd is typical."""

from __future__ import annotations

import numpy as np

from lsst.afw.geom import SkyWcs
from lsst.afw.table import ExposureCatalog, ExposureTable, SchemaMapper
from lsst.geom import Point2D
from lsst.pex.exceptions import RuntimeError

from ._coaddComponents import CoaddComponents, findWeights

__all__ = ["computeAveragePosition", "makeWeightCatalog"]


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
