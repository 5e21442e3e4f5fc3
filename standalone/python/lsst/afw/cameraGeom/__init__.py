# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Detectors, to the extent that exposure files describe them.

There are no cameras, amplifiers or coordinate systems.
"""

from __future__ import annotations

__all__ = (
    "Detector",
    "DetectorType",
    "DetectorTypeNameValDict",
    "DetectorTypeValNameDict",
)

import enum
from typing import Any

import numpy as np
import numpy.typing as npt

from lsst.afw.table.io._opaque import OpaquePersistable
from lsst.afw.table.io._persistable import register
from lsst.geom import Box2I, Extent2D, Point2I
from lsst.pex.exceptions import NotFoundError


class DetectorType(enum.Enum):
    """Purpose of a detector."""

    SCIENCE = 0
    FOCUS = 1
    GUIDER = 2
    WAVEFRONT = 3

    def __int__(self) -> int:
        return self.value

    __index__ = __int__


DetectorTypeNameValDict = dict(DetectorType.__members__)
DetectorTypeValNameDict = {kind: name for name, kind in DetectorTypeNameValDict.items()}


@register("Detector", module="lsst.afw.cameraGeom")
class Detector(OpaquePersistable):
    """A detector that was read from a file.

    Its amplifiers and coordinate systems are kept as stored in the file
    and written back with it, but are not accessible.
    """

    def __init__(self) -> None:
        raise TypeError(f"{type(self).__name__} has no constructor: detectors are read from files.")

    def _column(self, name: str) -> Any:
        """Return a value of the detector's row in an archive."""
        rows = self._catalogs[0][1] if self._catalogs else []
        if len(rows) != 1 or name not in rows[0]:
            raise NotFoundError(f"The file that this detector was read from does not give its {name!r}.")
        return rows[0][name]

    def getName(self) -> str:
        """Return the name of the detector, such as ``R22_S11``."""
        return str(self._column("name"))

    def getId(self) -> int:
        """Return the integer ID of the detector."""
        return int(self._column("id"))

    def getType(self) -> DetectorType:
        """Return the purpose of the detector."""
        return DetectorType(int(self._column("type")))

    def getPhysicalType(self) -> str:
        """Return the physical type of the detector, such as ``E2V``."""
        return str(self._column("physicalType"))

    def getSerial(self) -> str:
        """Return the serial number of the detector."""
        return str(self._column("serial"))

    def getBBox(self) -> Box2I:
        """Return the bounding box of the detector's pixels."""
        corners = [
            Point2I(*(int(self._column(f"bbox_{end}_{axis}")) for axis in "xy")) for end in ("min", "max")
        ]
        return Box2I(*corners, invert=False)

    def getPixelSize(self) -> Extent2D:
        """Return the size of a pixel (mm)."""
        return Extent2D(*(float(self._column(f"pixelSize_{axis}")) for axis in "xy"))

    def hasCrosstalk(self) -> bool:
        """Return whether there are crosstalk coefficients."""
        return bool(self._crosstalk().size)

    def getCrosstalk(self) -> npt.NDArray[np.float32]:
        """Return the crosstalk coefficients.

        Returns
        -------
        coefficients
            Square matrix with a row and a column for each amplifier; of shape
            (0, 0) if there are none.
        """
        flat = self._crosstalk()
        size = round(flat.size**0.5)
        return flat.reshape(size, size).copy()

    def _crosstalk(self) -> npt.NDArray[np.float32]:
        return np.asarray(self._column("crosstalk"), dtype=np.float32)

    def __repr__(self) -> str:
        return f"<Detector {self.getName()!r}>"
