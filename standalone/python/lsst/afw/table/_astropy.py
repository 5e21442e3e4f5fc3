# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from astropy.table import Column, Table

if TYPE_CHECKING:
    from ._catalog import BaseCatalog

__all__ = ["toAstropy"]


def toAstropy(catalog: BaseCatalog, cls: type | None, copy: bool, unviewable: str) -> Table:
    """Convert a catalog; see `BaseCatalog.asAstropy`.

    Raises
    ------
    ValueError
        Raised if ``unviewable`` is "raise" and there is such a column, or if
        it is none of the known words.
    """
    if unviewable not in ("copy", "raise", "skip"):
        raise ValueError(f"unviewable={unviewable!r} is none of 'copy', 'raise', 'skip'.")
    columns = []
    for item in catalog.schema:
        name = item.field.getName()
        viewable = catalog.isContiguous() and item.field._type.name not in ("String", "Flag")
        if not viewable and unviewable == "raise":
            raise ValueError(f"Column {name!r} cannot be viewed without copying.")
        if not viewable and unviewable == "skip":
            continue
        unit = "rad" if item.field._type.name == "Angle" else item.field.getUnits() or None
        data = np.array(catalog[item.key], copy=copy or None)
        columns.append(Column(data, name=name, unit=unit, description=item.field.getDoc(), copy=False))
    metadata = catalog.table.getMetadata()
    return (cls or Table)(columns, meta=None if metadata is None else metadata.toOrderedDict(), copy=False)
