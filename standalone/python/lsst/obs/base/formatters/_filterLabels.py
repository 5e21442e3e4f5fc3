# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which filter an exposure was taken with, by file and by data ID."""

from __future__ import annotations

__all__ = ["fixFilterLabel"]

import logging
from typing import Any

from lsst.afw.image import FilterLabel
from lsst.daf.butler import DatasetRef

_LOG = logging.getLogger("lsst.obs.base.formatters.fitsExposure")

_FIRST_VERSION_WITH_LABELS = 2


def fixFilterLabel(label: FilterLabel | None, ref: DatasetRef, version: int) -> FilterLabel | None:
    """Return the label the data ID calls for.

    Parameters
    ----------
    label
        Label in the file.
    ref
        The dataset.
    version
        Serialization version of the file; before 2 a file has the name of
        a filter only, from which ``label`` was guessed.

    Returns
    -------
    label
        Label made of the data ID's band and physical filter, `None` if it
        has neither. The file's if values the data ID implies are unknown.
    """
    names = [name for name in ("band", "physical_filter") if name in ref.dataId.dimensions.names]
    values: dict[str, Any] = {name: ref.dataId.get(name) for name in names}
    if None in values.values():
        if version < _FIRST_VERSION_WITH_LABELS:
            _LOG.warning(
                "Data ID %s is without values of %s; the filter %s of %s is a guess.",
                ref.dataId,
                [name for name, value in values.items() if value is None],
                label,
                ref.datasetType.name,
            )
        return label
    band, physical = (values.get(name) for name in ("band", "physical_filter"))
    expected = None if band is None and physical is None else FilterLabel(band=band, physical=physical)
    if version >= _FIRST_VERSION_WITH_LABELS and label != expected:
        _LOG.warning(
            "File of %s@%s has filter %s where its data ID has %s, which is used.",
            ref.datasetType.name,
            ref.dataId,
            label,
            expected,
        )
    return expected
