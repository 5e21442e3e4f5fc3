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
