# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Composing the HDUs of image planes."""

from __future__ import annotations

__all__ = (
    "LINEAR_WCS_KEYS",
    "linearWcsCards",
    "planeHdu",
    "planeOptions",
)

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from lsst.geom import Point2I

from ._cards import BLOCK, CardValue, formatCard
from ._compression import CompressionOptions
from ._output import composeHdu
from ._tileWriter import compressPlane

LINEAR_WCS_KEYS = (
    "CTYPE1A",
    "CTYPE2A",
    "CRPIX1A",
    "CRPIX2A",
    "CRVAL1A",
    "CRVAL2A",
    "CUNIT1A",
    "CUNIT2A",
)
"""Cards of the WCS "A", which holds the position of the first pixel."""

# Type of pixels -> BITPIX, and type and offset of what is stored.
_KINDS: dict[str, tuple[int, str, int]] = {
    "u1": (8, "u1", 0),
    "i2": (16, "i2", 0),
    "u2": (16, "i2", 2**15),
    "i4": (32, "i4", 0),
    "i8": (64, "i8", 0),
    "u8": (64, "i8", 2**63),
    "f4": (-32, "f4", 0),
    "f8": (-64, "f8", 0),
}
_CHUNK_BYTES = 1 << 22


def planeOptions(options: Mapping[str, Any] | None, plane: str) -> CompressionOptions | None:
    """Compression of a plane: none, options, or a mapping of options."""
    chosen = None if options is None else options.get(plane)
    return CompressionOptions.from_mapping(chosen) if isinstance(chosen, Mapping) else chosen


def linearWcsCards(xy0: Point2I) -> list[bytes]:
    """Cards of the WCS "A", which holds the position of the first pixel."""
    return [
        formatCard("CTYPE1A", "LINEAR", "Type of projection"),
        formatCard("CTYPE2A", "LINEAR", "Type of projection"),
        formatCard("CRPIX1A", 1.0, "Column Pixel Coordinate of Reference"),
        formatCard("CRPIX2A", 1.0, "Row Pixel Coordinate of Reference"),
        formatCard("CRVAL1A", float(xy0.getX()), "Column pixel of Reference Pixel"),
        formatCard("CRVAL2A", float(xy0.getY()), "Row pixel of Reference Pixel"),
        formatCard("CUNIT1A", "PIXEL", "Column unit"),
        formatCard("CUNIT2A", "PIXEL", "Row unit"),
    ]


def planeHdu(
    array: np.ndarray,
    records: Iterable[bytes],
    options: CompressionOptions | None = None,
    masked: np.ndarray | None = None,
) -> Iterator[bytes]:
    """Compose the HDU of an image, part by part.

    Parameters
    ----------
    array
        Pixels, shape (height, width).
    records
        Header records besides those about the storage of the pixels.
    options
        Compression; none by default.
    masked
        Pixels that the choice of a quantization must not take into account.

    Yields
    ------
    part
        The bytes of the HDU.
    """
    code = f"{array.dtype.kind}{array.dtype.itemsize}"
    if code not in _KINDS:
        raise TypeError(f"Pixels of type {array.dtype} cannot be written to a FITS file.")
    bitpix, storedType, offset = _KINDS[code]
    scaling: list[tuple[str, CardValue, str]] = []
    if offset:
        scaling = [("BZERO", offset, "offset of unsigned integers"), ("BSCALE", 1, "")]
    if options is None:
        cards: list[tuple[str, CardValue, str]] = [
            ("XTENSION", "IMAGE", "IMAGE extension"),
            ("BITPIX", bitpix, "number of bits per data pixel"),
            ("NAXIS", 2, "number of data axes"),
            ("NAXIS1", array.shape[1], "length of data axis 1"),
            ("NAXIS2", array.shape[0], "length of data axis 2"),
            ("PCOUNT", 0, "required keyword; must = 0"),
            ("GCOUNT", 1, "required keyword; must = 1"),
        ]
        yield composeHdu([*cards, *scaling], records=records)
        yield from _plainData(array, storedType, offset)
        return
    stored = _toStored(array, storedType, offset)
    compressed = compressPlane(stored, bitpix, options, masked)
    records = list(records)
    if compressed.scale is not None:
        records.append(formatCard("UZSCALE", compressed.scale))
    yield composeHdu([*compressed.cards, *scaling], records=records)
    yield from compressed.data
    yield bytes(-sum(map(len, compressed.data)) % BLOCK)


def _toStored(array: np.ndarray, storedType: str, offset: int) -> np.ndarray:
    """Pixels as they are stored; unsigned ones have the sign flipped."""
    if not offset:
        return array
    return (array ^ array.dtype.type(offset)).view(storedType)


def _plainData(array: np.ndarray, storedType: str, offset: int) -> Iterator[bytes]:
    step = max(1, _CHUNK_BYTES // max(1, array.shape[1] * array.dtype.itemsize))
    for start in range(0, array.shape[0], step):
        stored = _toStored(array[start : start + step], storedType, offset)
        yield stored.astype(stored.dtype.newbyteorder(">")).tobytes()
    yield bytes(-array.size * array.dtype.itemsize % BLOCK)
