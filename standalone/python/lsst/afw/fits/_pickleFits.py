# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""FITS files in memory, and pickling through them."""

from __future__ import annotations

__all__ = (
    "MemFileManager",
    "reduceToFits",
    "unreduceFromFits",
)

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ._metadata import DEFAULT_HDU, readMetadata

if TYPE_CHECKING:
    from lsst.daf.base import PropertyList


class MemFileManager:
    """A FITS file in memory, to be written to or read from.

    Parameters
    ----------
    length
        Bytes to reserve; memory grows as needed, so this affects only
        `getLength`, until something is written.
    """

    def __init__(self, length: int = 0) -> None:
        self._data = bytes(length)

    def getLength(self) -> int:
        """Return the number of bytes."""
        return len(self._data)

    def getData(self) -> bytes:
        """Return the bytes of the file."""
        return self._data

    def setData(self, data: bytes, size: int) -> None:
        """Replace the contents with the first ``size`` bytes of ``data``."""
        if size > len(data):
            raise ValueError(f"Size {size} exceeds the {len(data)} bytes of the data.")
        self._data = bytes(data[:size])

    def readMetadata(self, hdu: int = DEFAULT_HDU, strip: bool = False) -> PropertyList:
        """Return the header of an HDU; see `lsst.afw.fits.readMetadata`."""
        return readMetadata(self, hdu, strip)


MemFileManager.__module__ = "lsst.afw.fits"


def reduceToFits(obj: Any) -> tuple[Callable[..., Any], tuple[type, bytes, int]]:
    """Return the ``__reduce__`` value of an object with ``writeFits``."""
    manager = MemFileManager()
    obj.writeFits(manager)
    return unreduceFromFits, (type(obj), manager.getData(), manager.getLength())


def unreduceFromFits(cls: Any, data: bytes, size: int) -> Any:
    """Make an object from what `reduceToFits` returned."""
    manager = MemFileManager(size)
    manager.setData(data, size)
    return cls.readFits(manager)
