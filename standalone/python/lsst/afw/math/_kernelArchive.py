# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Columns that all kernels have in a table archive."""

from __future__ import annotations

__all__: list[str] = []

from typing import Any

import numpy as np

import lsst.geom
from lsst.afw.table.io._persistable import Fields

from ._function import Function2D
from ._kernel import Kernel


def writeKernelRow(out: Any, kernel: Kernel, fields: str, values: dict[str, Any]) -> None:
    """Write the one row of a kernel.

    Parameters
    ----------
    out : output archive
    kernel : `Kernel`
    fields : `str`
        Columns of the subclass, which follow the common ones.
    values : `dict`
        Values of those columns.
    """
    common = "dimensions_x:J dimensions_y:J center_x:J center_y:J"
    ctr = kernel.getCtr()
    row: dict[str, Any] = {
        "dimensions_x": kernel.getWidth(),
        "dimensions_y": kernel.getHeight(),
        "center_x": ctr[0],
        "center_y": ctr[1],
    }
    if kernel.isSpatiallyVarying():
        ids = [out.put(function) for function in kernel._spatialFunctions]
        common += f" spatialfunctions:{len(ids)}J"
        row["spatialfunctions"] = np.array(ids, dtype=np.int32)
    out.addCatalog(Fields(f"{common} {fields}"), [row | values])


def readSpatialFunctions(archive: Any, row: Any) -> list[Function2D]:
    """Return the functions of position that a row refers to."""
    if "spatialfunctions" not in row.names:
        return []
    return [archive.require(int(identifier), Function2D) for identifier in row["spatialfunctions"]]


def restoreCtr(kernel: Kernel, row: Any) -> Any:
    """Set the centre to that of the row, and return the kernel."""
    kernel.setCtr(lsst.geom.Point2I(row["center_x"], row["center_y"]))
    return kernel
