# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing images, masks and masked images."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any

from ._cards import BLOCK, formatCard
from ._exposureWriter import maskedPixels, maskPlaneRecords
from ._file import FitsFile
from ._memFile import MemFileManager
from ._metadata import metadataCards
from ._output import PRIMARY_COMMENTS, writeFile
from ._planeWriter import linearWcsCards, planeHdu, planeOptions

__all__ = ["writeMaskedImage", "writePlane"]


def writePlane(
    plane: Any,
    fileName: str | MemFileManager,
    metadata: Any = None,
    mode: str = "w",
    options: Any = None,
) -> None:
    """Write an image, or a mask with the names of its bits.

    Parameters
    ----------
    plane
        The image or mask.
    fileName
        Path of the file, or an in-memory file.
    metadata
        Header cards to add.
    mode
        ``"w"`` for a new file, ``"a"`` to append an extension to a file.
    options
        Compression of the plane.
    """
    from lsst.afw.image._mask import MaskX

    own = maskPlaneRecords() if isinstance(plane, MaskX) else []
    _write(fileName, mode, _hdu(plane, metadata, options, own))


def writeMaskedImage(
    maskedImage: Any,
    fileName: str | MemFileManager,
    metadata: Any = None,
    imageMetadata: Any = None,
    maskMetadata: Any = None,
    varianceMetadata: Any = None,
    options: Mapping[str, Any] | None = None,
) -> None:
    """Write the three planes of a masked image.

    Parameters
    ----------
    maskedImage
        The masked image.
    fileName
        Path of the file, or an in-memory file.
    metadata, imageMetadata, maskMetadata, varianceMetadata
        Cards of the primary header and of the planes.
    options
        Compression by plane.
    """
    mask = maskedImage.mask
    planes: tuple[tuple[str, Any, Any, list[bytes]], ...] = (
        ("image", maskedImage.image, imageMetadata, []),
        ("mask", mask, maskMetadata, maskPlaneRecords()),
        ("variance", maskedImage.variance, varianceMetadata, []),
    )
    parts: list[Iterable[bytes]] = [[_primary(metadata)]]
    for plane, image, cards, own in planes:
        head = [formatCard("INHERIT", True), formatCard("EXTTYPE", plane.upper())]
        head.append(formatCard("EXTNAME", plane.upper()))
        chosen = planeOptions(options, plane)
        parts.append(_hdu(image, cards, chosen, [*head, *own], maskedPixels(mask, chosen)))
    writeFile(fileName, (piece for part in parts for piece in part))


def _hdu(
    image: Any, metadata: Any, options: Any, own: Iterable[bytes] = (), masked: Any = None
) -> Iterable[bytes]:
    cards = metadataCards(metadata, exclude=("INHERIT", "EXTTYPE", "EXTNAME", "LTV1", "LTV2"))
    records = [record for group in cards.values() for record in group]
    linear = linearWcsCards(image.getXY0())
    chosen = planeOptions({"plane": options}, "plane")
    return planeHdu(image.array, [*records, *own, *linear], chosen, masked)


def _primary(metadata: Any) -> bytes:
    cards = metadataCards(metadata, exclude=("INHERIT", "EXTTYPE", "EXTNAME"))
    fixed = [
        formatCard("SIMPLE", True, "file does conform to FITS standard"),
        formatCard("BITPIX", 8, "number of bits per data pixel"),
        formatCard("NAXIS", 0, "number of data axes"),
        formatCard("EXTEND", True, "FITS dataset may contain extensions"),
        *(formatCard(*card) for card in PRIMARY_COMMENTS),
    ]
    header = b"".join([*fixed, *(r for group in cards.values() for r in group), b"END".ljust(80)])
    return header + b" " * (-len(header) % BLOCK)


def _write(fileName: str | MemFileManager, mode: str, hdu: Iterable[bytes]) -> None:
    if mode not in ("a", "w"):
        raise ValueError(f"Mode {mode!r} is neither 'w' nor 'a'.")
    start = _primary(None)
    if mode == "a" and (isinstance(fileName, MemFileManager) or os.path.exists(fileName)):
        file = FitsFile(fileName)
        start = file.read(0, file.hdu(file.count() - 1).end)
    writeFile(fileName, (piece for part in ([start], hdu) for piece in part))
