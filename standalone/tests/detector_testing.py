# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""A detector as exposures of the stack hold it."""

from __future__ import annotations

from typing import Any

import numpy as np
from lsst.afw.cameraGeom import Detector
from lsst.afw.fits import MemFileManager
from lsst.afw.fits._file import FitsFile
from lsst.afw.fits._output import composeHdu, writeFile
from lsst.afw.geom import makeIdentityTransform
from lsst.afw.table.io._fields import Fields
from lsst.afw.table.io._inputArchive import InputArchive
from lsst.afw.table.io._opaque import OpaquePersistable
from lsst.afw.table.io._outputArchive import OutputArchive
from lsst.geom import Box2I, Extent2I, Point2I

BBOX = Box2I(Point2I(3, -2), Extent2I(4072, 4000))
CROSSTALK = np.array([[0, 1e-4], [-2e-5, 0]], np.float32)

_COLUMNS = (
    "name:QA id:J type:J serial:QA bbox_min_x:J bbox_min_y:J bbox_max_x:J bbox_max_y:J "
    "pixelSize_x:D pixelSize_y:D fpPosition_x:D fpPosition_y:D refPoint_x:D refPoint_y:D "
    "yaw:Ang pitch:Ang roll:Ang transformMap:J crosstalk:QE physicalType:QA"
)
_VALUES = {
    "name": "R22 S11",
    "id": 94,
    "type": 3,
    "serial": "E2V-CCD250-9",
    "bbox_min_x": BBOX.getMinX(),
    "bbox_min_y": BBOX.getMinY(),
    "bbox_max_x": BBOX.getMaxX(),
    "bbox_max_y": BBOX.getMaxY(),
    "pixelSize_x": 0.01,
    "pixelSize_y": 0.0125,
    "yaw": 1.5,
    "crosstalk": CROSSTALK.ravel(),
    "physicalType": "E2V",
}


def make_detector(without: tuple[str, ...] = (), **changes: Any) -> Detector:
    """Read a detector from an archive in memory.

    Parameters
    ----------
    without
        Columns that the archive lacks.
    **changes
        Values of columns in place of the usual ones.
    """
    columns = Fields(" ".join(c for c in _COLUMNS.split() if c.split(":")[0] not in without))
    row = {name: value for name, value in (_VALUES | changes).items() if name not in without}
    systems = Fields("fromSysName:QA fromSysDetectorName:QA toSysName:QA toSysDetectorName:QA transform:J")
    system = {"fromSysName": "Pixels", "toSysName": "FocalPlane", "transform": makeIdentityTransform()}
    module = "lsst.afw.cameraGeom"
    transforms = OpaquePersistable("TransformMap", module, [(systems, [system])], ("transform",))
    amplifiers = Fields("F:flag_a F:flag_b name:QA gain:D")
    catalogs = [
        (columns, [{**row, "transformMap": transforms}]),
        (amplifiers, [{"name": "C00", "gain": 1.7, "flag_b": True}, {"name": "C01", "gain": 1.8}]),
    ]
    archive = OutputArchive()
    archive.put(OpaquePersistable("Detector", module, catalogs, ("transformMap",)))
    file = MemFileManager()
    primary = composeHdu([("SIMPLE", True, ""), ("BITPIX", 8, ""), ("NAXIS", 0, "")])
    writeFile(file, [primary, archive.compose()])
    return InputArchive(FitsFile(file), 1).get(1, Detector)
