# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading of pixels from image HDUs, plain or compressed."""

from __future__ import annotations

__all__ = (
    "FitsImage",
    "findXY0",
)

import functools
import math
import sys
from collections.abc import Callable

import numpy as np

from lsst.geom import Box2I, Extent2I, Point2I
from lsst.pex.exceptions import LengthError
from lsst.pixels import parallel_map

from ._cards import FitsError, FitsTypeError
from ._file import Hdu
from ._tiles import TiledImage

_STORED = {8: "u1", 16: "i2", 32: "i4", 64: "i8", -32: "f4", -64: "f8"}
_UNSIGNED_ZERO = {16: 2**15, 32: 2**31, 64: 2**63}
# Number of bytes that a thread converts at a time.
_CHUNK_BYTES = 1 << 20
_PARALLEL_BYTES = 1 << 23


def findXY0(hdu: Hdu) -> Point2I:
    """Return the parent position of the first pixel, from the WCS "A"."""
    values = [hdu.header.get(key) for key in ("CRPIX1A", "CRPIX2A", "CRVAL1A", "CRVAL2A")]
    if not all(isinstance(v, int | float) and math.isfinite(v) for v in values) or values[:2] != [1, 1]:
        return Point2I(0, 0)
    return Point2I(math.floor(values[2] + 0.5), math.floor(values[3] + 0.5))


class FitsImage:
    """A two-dimensional image in an HDU.

    Parameters
    ----------
    hdu
        HDU with the image.

    Raises
    ------
    FitsError
        Raised if the HDU holds no such image.
    """

    def __init__(self, hdu: Hdu) -> None:
        header = hdu.header
        self._hdu = hdu
        self.isCompressed = header.get("ZIMAGE", False) is True
        prefix = "Z" if self.isCompressed else ""
        if not self.isCompressed and header.get("XTENSION", "IMAGE") != "IMAGE":
            raise FitsError(f"{hdu!r} is not an image.")
        nAxes = header.getInt(f"{prefix}NAXIS")
        if nAxes != 2 and not (nAxes == 3 and header.getInt(f"{prefix}NAXIS3") == 1):
            raise FitsError(f"{hdu!r} has {nAxes} axes; an image has 2.")
        self.shape = (header.getInt(f"{prefix}NAXIS2"), header.getInt(f"{prefix}NAXIS1"))
        if min(self.shape) < 0:
            raise FitsError(f"{hdu!r} has {self.shape} pixels.")
        bitpix = header.getInt(f"{prefix}BITPIX")
        if bitpix not in _STORED:
            raise FitsError(f"{hdu!r} has BITPIX {bitpix}.")
        self._stored = np.dtype(_STORED[bitpix])
        self._zero = header.getFloat("BZERO", 0.0)
        self._scale = header.getFloat("BSCALE", 1.0)
        blank = header.get("BLANK")
        self._blank = blank if self._stored.kind in "iu" and isinstance(blank, int) else None
        self._unsigned = self._scale == 1 and self._zero == _UNSIGNED_ZERO.get(bitpix)
        self._scaled = not self._unsigned and (self._scale, self._zero) != (1.0, 0.0)

    @functools.cached_property
    def dtype(self) -> np.dtype:
        """Type of the pixels, after scaling."""
        if self._unsigned:
            return np.dtype(f"u{self._stored.itemsize}")
        if self._scaled and self._stored.kind in "iu":
            return np.dtype("f4" if self._stored.itemsize <= 2 else "f8")
        return self._stored

    @functools.cached_property
    def bbox(self) -> Box2I:
        """Bounding box in the parent frame."""
        return Box2I(findXY0(self._hdu), Extent2I(self.shape[1], self.shape[0]))

    def checkType(self, dtype: np.dtype) -> None:
        """Check that the pixels fit a type.

        Raises
        ------
        FitsTypeError
            Raised if some pixels may not fit.
        """
        if dtype.kind == "f":
            return
        source = self.dtype
        fits = source.kind != "f" and np.can_cast(source, dtype, "safe")
        if not fits or (self.isCompressed and dtype.itemsize == 8):
            kind = "compressed " if self.isCompressed else ""
            raise FitsTypeError(f"{self._hdu!r} has {kind}pixels of type {source}, which do not fit {dtype}.")

    def read(
        self, bbox: Box2I, dtype: np.dtype, allowUnsafe: bool = False, *, keepBlank: bool = False
    ) -> np.ndarray:
        """Read pixels.

        Parameters
        ----------
        bbox
            Box in the local frame (first pixel at 0, 0).
        dtype
            Type of the result.
        allowUnsafe
            Whether to convert pixels that may not fit.
        keepBlank
            Whether integers that equal BLANK are values like any other.

        Returns
        -------
        pixels
            New array, shape (height, width). Pixels without a value are NaN,
            or 0 for integers. Infinite pixels of a plane that is not
            compressed become NaN.

        Raises
        ------
        lsst.pex.exceptions.LengthError
            Raised if the box is not within the image.
        FitsError
            Raised if the file is broken.
        FitsTypeError
            Raised if the pixels do not fit the type.
        """
        whole = Box2I(Point2I(0, 0), Extent2I(self.shape[1], self.shape[0]))
        if not whole.contains(bbox):
            raise LengthError(f"{bbox} (local) is not within the image {whole} of {self._hdu!r}.")
        if not allowUnsafe:
            self.checkType(dtype)
        x0, y0 = bbox.getMinX(), bbox.getMinY()
        x1, y1 = x0 + bbox.getWidth(), y0 + bbox.getHeight()
        if x0 == x1 or y0 == y1:
            return np.zeros((y1 - y0, x1 - x0), dtype)
        blank = None if keepBlank and dtype.kind != "f" else self._blank
        needsWork = self._unsigned or self._scaled or blank is not None
        if not self.isCompressed:
            return self._readPlain(x0, y0, x1, y1, dtype, blank, needsWork)
        tiled = TiledImage(self._hdu, self.shape, self._stored)
        source = tiled.read(x0, y0, x1, y1, double=dtype == np.float64)
        if source.dtype == dtype and not needsWork:
            return source
        out = np.empty(source.shape, dtype)
        _mapRows(lambda rows: self._convert(source[rows], out[rows], blank), out)
        return out

    def _readPlain(
        self, x0: int, y0: int, x1: int, y1: int, dtype: np.dtype, blank: int | None, needsWork: bool
    ) -> np.ndarray:
        size = self._stored.itemsize
        stride = self.shape[1] * size
        direct = dtype == self._stored and not needsWork
        self._hdu.checkSize()
        out = np.empty((y1 - y0, x1 - x0), dtype)

        def read(rows: slice) -> None:
            part = out[rows]
            pixels = part if direct else np.empty(part.shape, self._stored)
            self._hdu.readRows((y0 + rows.start) * stride + x0 * size, stride, pixels)
            if sys.byteorder == "little":
                pixels.byteswap(inplace=True)
            if self._stored.kind == "f":
                np.copyto(pixels, np.nan, where=np.isinf(pixels))
            if not direct:
                self._convert(pixels, part, blank)

        _mapRows(read, out)
        return out

    def _convert(self, source: np.ndarray, out: np.ndarray, blank: int | None) -> None:
        """Scale and cast native pixels as they are stored."""
        if self._unsigned:
            source = source.view(self.dtype) ^ self.dtype.type(int(self._zero))
        missing = None
        if blank is not None:
            missing = source == (blank + int(self._zero) if self._unsigned else blank)
        if self._scaled:
            source = source * self._scale + self._zero
        if out.dtype.kind == "f":
            np.copyto(out, source, casting="unsafe")
        else:
            if source.dtype.kind == "f":
                source = np.nan_to_num(source, nan=0.0)
            np.copyto(out, source, casting="unsafe")
        if missing is not None:
            out[missing] = np.nan if out.dtype.kind == "f" else 0


def _mapRows(function: Callable[[slice], None], out: np.ndarray) -> None:
    """Call a function for groups of rows that fit the caches."""
    step = max(1, _CHUNK_BYTES // (out.shape[1] * out.dtype.itemsize))
    parts = [slice(i, min(i + step, len(out))) for i in range(0, len(out), step)]
    if out.nbytes < _PARALLEL_BYTES:
        for part in parts:
            function(part)
    else:
        parallel_map(function, parts)
