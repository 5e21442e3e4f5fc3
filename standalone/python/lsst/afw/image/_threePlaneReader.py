# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Base of the readers of an image with mask and variance."""

from __future__ import annotations

__all__ = ("ThreePlaneReader",)

import logging
from typing import Any

import numpy as np

from lsst.afw.fits import MemFileManager
from lsst.afw.fits._file import FitsFile
from lsst.afw.fits._metadata import DEFAULT_HDU
from lsst.geom import Box2I, Point2I
from lsst.pex.exceptions import InvalidParameterError, LengthError

from ._image import ImageF, ImageFitsReader
from ._mask import MaskFitsReader, MaskX
from ._pixelBlock import PARENT, ImageOrigin
from ._planeReader import FileReader, PlaneReader

_LOG = logging.getLogger("lsst.afw.image")


class VarianceReader(ImageFitsReader):
    """Reader of a variance plane, which has float32 pixels."""

    _types = (np.dtype("f4"),)

    def _chooseType(self, dtype: Any) -> np.dtype:
        return super()._chooseType(np.dtype("f4") if dtype is None else dtype)


class ThreePlaneReader(FileReader):
    """Base of the readers of an image with mask and variance.

    The mask is the HDU after the image, the variance the one after that.
    See `FileReader`.
    """

    def __init__(self, fileName: str | MemFileManager | FitsFile, hdu: int = DEFAULT_HDU) -> None:
        super().__init__(fileName, hdu)
        self._image = ImageFitsReader(self._file, self._index)
        self._mask = MaskFitsReader(self._file, self._index + 1)
        self._variance = VarianceReader(self._file, self._index + 2)

    def readBBox(self, origin: ImageOrigin = PARENT) -> Box2I:
        """Return the bounding box of the image."""
        return self._image.readBBox(origin)

    def readXY0(self, bbox: Box2I | None = None, origin: ImageOrigin = PARENT) -> Point2I:
        """Return the first pixel's position; see `ImageFitsReader.readXY0`."""
        return self._image.readXY0(bbox, origin)

    def readImageDType(self) -> np.dtype:
        return self._image.readDType()

    def readMaskDType(self) -> np.dtype:
        return self._mask.readDType()

    def readVarianceDType(self) -> np.dtype:
        return self._variance.readDType()

    def readImage(self, *args: Any, **kwargs: Any) -> Any:
        """Read the image; see `ImageFitsReader.read`."""
        return self._image.read(*args, **kwargs)

    def readImageArray(self, *args: Any, **kwargs: Any) -> np.ndarray:
        """Read the image; see `ImageFitsReader.readArray`."""
        return self._image.readArray(*args, **kwargs)

    def readMask(self, *args: Any, **kwargs: Any) -> MaskX:
        """Read the mask; see `MaskFitsReader.read`."""
        return self._mask.read(*args, **kwargs)

    def readMaskArray(self, *args: Any, **kwargs: Any) -> np.ndarray:
        """Read the mask as it is on disk; see `ImageFitsReader.readArray`."""
        return self._mask.readArray(*args, **kwargs)

    def readVariance(self, *args: Any, **kwargs: Any) -> ImageF:
        """Read the variance; see `ImageFitsReader.read`."""
        return self._variance.read(*args, **kwargs)

    def readVarianceArray(self, *args: Any, **kwargs: Any) -> np.ndarray:
        """Read the variance; see `ImageFitsReader.readArray`."""
        return self._variance.readArray(*args, **kwargs)

    def _readPlanes(
        self,
        bbox: Box2I | None = None,
        origin: ImageOrigin = PARENT,
        conformMasks: bool = False,
        allowUnsafe: bool = False,
        dtype: Any = None,
        needAllHdus: bool = False,
    ) -> tuple[Any, Any, Any]:
        """Read all planes; see `MaskedImageFitsReader.read`."""
        image = self._image.read(bbox, origin, allowUnsafe, dtype)
        box = image.getBBox()
        mask: Any = None
        variance: Any = None
        if self._hasPlane(self._mask, "MASK", needAllHdus):
            mask = self._mask.read(box, PARENT, conformMasks, allowUnsafe, np.dtype("i4"))
        if self._hasPlane(self._variance, "VARIANCE", needAllHdus):
            variance = self._variance.read(box, PARENT, allowUnsafe)
        return image, mask, variance

    def _hasPlane(self, reader: PlaneReader, kind: str, isNeeded: bool) -> bool:
        """Return whether there is an image in place of the mask or variance.

        Its label and box are checked here, so that the same error is raised
        whatever part is read.
        """
        hdu = self._file.hdu(reader.hdu) if isNeeded else self._file.find(reader.hdu)
        if hdu is None:
            _LOG.debug("%s has no HDU %d; its %s is 0.", self._file.name, reader.hdu, kind)
            return False
        if not isNeeded and hdu.header.get("XTENSION") != "IMAGE" and hdu.header.get("ZIMAGE") is not True:
            _LOG.warning(
                "HDU %d of %s is not an image; the %s is 0.", reader.hdu, self._file.name, kind.lower()
            )
            return False
        found = hdu.header.get("EXTTYPE")
        if found is not None and str(found).strip().upper() not in ("", kind):
            raise InvalidParameterError(
                f"HDU {reader.hdu} of {self._file.name} is labeled {found!r}, but should be the {kind}."
            )
        box, whole = reader.readBBox(), self._image.readBBox()
        if box != whole:
            raise LengthError(
                f"The {kind} in HDU {reader.hdu} of {self._file.name} has box {box}, "
                f"but the image in HDU {self._image.hdu} has {whole}."
            )
        return True
