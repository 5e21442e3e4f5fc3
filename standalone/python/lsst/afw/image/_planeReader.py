# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bases of the readers of planes in FITS files."""

from __future__ import annotations

__all__ = (
    "FileReader",
    "PlaneReader",
)

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from lsst.afw.fits import MemFileManager
from lsst.afw.fits._file import FitsFile
from lsst.afw.fits._fitsImage import FitsImage
from lsst.afw.fits._metadata import DEFAULT_HDU, inheritedEntries, locateDefaultHdu, toPropertyList
from lsst.afw.fits._planeWriter import LINEAR_WCS_KEYS
from lsst.geom import Box2I, Point2I

from ._pixelBlock import LOCAL, PARENT, ImageOrigin

if TYPE_CHECKING:
    from lsst.daf.base import PropertyList

_IMAGE_TYPES = tuple(np.dtype(t) for t in ("u2", "i4", "f4", "f8", "u8"))


class FileReader:
    """Base of the readers of planes in a FITS file.

    Parameters
    ----------
    fileName
        Path of the file, an in-memory file, or a file already opened.
    hdu
        0-based position of the first plane; by default the primary HDU, or
        the first extension if that is empty.

    Raises
    ------
    lsst.afw.fits.FitsError
        Raised if the file cannot be opened.
    """

    def __init__(self, fileName: str | MemFileManager | FitsFile, hdu: int = DEFAULT_HDU) -> None:
        self._file = fileName if isinstance(fileName, FitsFile) else FitsFile(fileName)
        self._index = locateDefaultHdu(self._file, hdu)

    def getFileName(self) -> str:
        return self._file.name

    fileName = property(getFileName, doc="Path of the file.")


class PlaneReader(FileReader):
    """Base of the readers of one plane; see `FileReader`."""

    _types: tuple[np.dtype, ...] = _IMAGE_TYPES
    # Whether integer pixels that equal BLANK are values like any other: all
    # bits of a mask have a meaning.
    _keepBlank = False

    @functools.cached_property
    def _plane(self) -> FitsImage:
        return FitsImage(self._file.hdu(self._index))

    @property
    def hdu(self) -> int:
        return self._index

    def readMetadata(self) -> PropertyList:
        """Return the header, merged with the primary one if it inherits."""
        entries = inheritedEntries(self._file, self._index, strip=True)
        for key in LINEAR_WCS_KEYS:
            entries.pop(key, None)
        return toPropertyList(entries)

    def readBBox(self, origin: ImageOrigin = PARENT) -> Box2I:
        """Return the bounding box of the plane."""
        bbox = self._plane.bbox
        return Box2I(Point2I(0, 0), bbox.getDimensions()) if origin == LOCAL else Box2I(bbox)

    def readXY0(self, bbox: Box2I | None = None, origin: ImageOrigin = PARENT) -> Point2I:
        """Return the position of the first pixel that a part would have.

        Parameters
        ----------
        bbox
            Box of the part; all by default or if it is empty.
        origin
            Frame of the box.
        """
        xy0 = self._plane.bbox.getMin()
        if bbox is None or bbox.isEmpty():
            return xy0
        if origin == LOCAL:
            return Point2I(xy0.getX() + bbox.getMinX(), xy0.getY() + bbox.getMinY())
        return bbox.getMin()

    def readDType(self) -> np.dtype:
        """Return the type of the pixels on disk."""
        return self._plane.dtype

    def _chooseType(self, dtype: Any) -> np.dtype:
        chosen = self._plane.dtype if dtype is None else np.dtype(dtype)
        if chosen not in self._types:
            raise TypeError(
                f"{self._file.name}, HDU {self._index}: pixels cannot be read as {chosen}; "
                f"supported are {', '.join(map(str, self._types))}."
            )
        return chosen

    def readArray(
        self,
        bbox: Box2I | None = None,
        origin: ImageOrigin = PARENT,
        allowUnsafe: bool = False,
        dtype: Any = None,
    ) -> np.ndarray:
        """Read pixels as an array, shape (height, width).

        Parameters
        ----------
        bbox
            Part to read; all by default or if it is empty.
        origin
            Frame of the box: ``PARENT``, or ``LOCAL`` for positions relative
            to the first pixel of the file.
        allowUnsafe
            Whether to convert pixels that may not fit the type.
        dtype
            Type of the pixels; that on disk by default.

        Raises
        ------
        lsst.pex.exceptions.LengthError
            Raised if the box is not within the plane.
        lsst.afw.fits.FitsError
            Raised if the file is broken, or the pixels do not fit.
        TypeError
            Raised if the type is not supported.
        """
        chosen = self._chooseType(dtype)
        whole = self._plane.bbox
        if bbox is None or bbox.isEmpty():
            local = Box2I(Point2I(0, 0), whole.getDimensions())
        elif origin == LOCAL:
            local = bbox
        else:
            corner = Point2I(bbox.getMinX() - whole.getMinX(), bbox.getMinY() - whole.getMinY())
            local = Box2I(corner, bbox.getDimensions())
        return self._plane.read(local, chosen, allowUnsafe, keepBlank=self._keepBlank)
