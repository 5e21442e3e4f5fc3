# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing images, masks, masked images and exposures."""

from __future__ import annotations

__all__ = (
    "maskedPixels",
    "writeExposure",
    "writeMaskedImage",
    "writePlane",
)

import logging
import os
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from lsst.afw.fits import MemFileManager
from lsst.afw.fits._cards import CardValue, formatCard
from lsst.afw.fits._compression import CompressionOptions
from lsst.afw.fits._file import FitsFile
from lsst.afw.fits._metadata import metadataCards
from lsst.afw.fits._output import composePrimary, writeFile
from lsst.afw.fits._planeWriter import linearWcsCards, planeHdu, planeOptions
from lsst.afw.table.io._outputArchive import OutputArchive
from lsst.daf.base import PropertyList
from lsst.geom import Box2I, Extent2D

from ._exposureInfo import VERSION
from ._maskPlanes import maskPlaneRecords
from ._visitInfo import setVisitInfoMetadata

if TYPE_CHECKING:
    from lsst.afw.geom import SkyWcs

    from ._exposureInfo import ExposureInfo

_LOG = logging.getLogger("lsst.afw.image")

# Position of the archive index behind three planes, counted from 1.
_ARCHIVE_HDU = 5


def writeExposure(
    exposure: Any, fileName: str | MemFileManager, options: Mapping[str, Any] | None = None
) -> None:
    """Write an exposure.

    Parameters
    ----------
    exposure
        The exposure.
    fileName
        Path of the file, which is replaced when all is written; or an
        in-memory file.
    options
        Compression by plane ("image", "mask", "variance"): options, a mapping
        for `CompressionOptions.from_mapping`, or `None`.

    Raises
    ------
    FitsError
        Raised if the file cannot be written.
    """
    compression = {plane: planeOptions(options, plane) for plane in ("image", "mask", "variance")}
    archive = OutputArchive()
    primary = _primaryHeader(exposure.getInfo(), archive)
    writeFile(fileName, _parts(exposure, primary, compression, archive))


def _parts(
    exposure: Any,
    primary: bytes,
    compression: Mapping[str, CompressionOptions | None],
    archive: OutputArchive,
) -> Iterator[bytes]:
    yield primary
    common = _wcsRecords(exposure.getWcs(), exposure.getBBox())
    units = _planeUnits(exposure.getMetadata())
    xy0 = exposure.getXY0()
    shift = [formatCard("LTV1", float(-xy0.getX())), formatCard("LTV2", float(-xy0.getY()))]
    linear = linearWcsCards(xy0)
    planes: tuple[tuple[str, np.ndarray, list[bytes]], ...] = (
        ("image", exposure.image.array, []),
        ("mask", exposure.mask.array, maskPlaneRecords()),
        ("variance", exposure.variance.array, []),
    )
    for plane, array, own in planes:
        kind = plane.upper()
        records = [
            *common,
            *shift,
            *units.get(plane, []),
            formatCard("INHERIT", True),
            formatCard("EXTTYPE", kind),
            formatCard("EXTNAME", kind),
            *own,
            *linear,
        ]
        chosen = compression[plane]
        yield from planeHdu(array, records, chosen, maskedPixels(exposure.mask, chosen))
    yield archive.compose()


def maskedPixels(mask: Any, options: CompressionOptions | None) -> np.ndarray | None:
    """Pixels that quantization ignores."""
    planes = options.quantization.mask_planes if options is not None and options.quantization else []
    return (mask.array & mask.getPlaneBitMask(planes)) != 0 if planes else None


def _primaryHeader(info: ExposureInfo, archive: OutputArchive) -> bytes:
    """Compose the primary HDU, putting all components into the archive."""
    records = metadataCards(info.getMetadata(), exclude=("EXTNAME", "BUNIT"))

    def put(key: str, value: CardValue, comment: str = "") -> None:
        records[key] = [formatCard(key, value, comment)]

    put("EXPINFO_V", VERSION)
    put("AR_HDU", _ARCHIVE_HDU, "HDU (1-indexed) containing the archive used to store ancillary objects")
    for key, component in info._components.items():
        if component.isPersistable():
            number = archive.put(component)
            comment = f"archive ID for generic component '{key}'"
            put(f"{key}_ID", number, comment)
            put(f"ARCHIVE_ID_{key}", number, comment)
    detector = info.getDetector()
    if detector is not None:
        put("DETNAME", detector.getName())
        put("DETSER", detector.getSerial())
    visitInfo = info.getVisitInfo()
    if visitInfo is not None:
        cards = PropertyList()
        setVisitInfoMetadata(cards, visitInfo)
        records.update(metadataCards(cards))
    if info.hasId():
        put("EXPID", info.getId())
    return composePrimary(8, (r for group in records.values() for r in group))


def _wcsRecords(wcs: SkyWcs | None, bbox: Box2I) -> list[bytes]:
    """Cards of the WCS relative to the first pixel, if FITS can express it."""
    if wcs is None:
        return []
    shift = Extent2D(-bbox.getMinX(), -bbox.getMinY())
    source = wcs.getFitsApproximation() or wcs
    try:
        metadata = source.copyAtShiftedPixelOrigin(shift).getFitsMetadata(True)
    except RuntimeError as err:
        _LOG.debug("The WCS is not written as FITS cards: %s", err)
        return []
    records = metadataCards(metadata, exclude=("DATE-OBS", "MJD-OBS"))
    return [record for group in records.values() for record in group]


def _planeUnits(metadata: Any) -> dict[str, list[bytes]]:
    if metadata is None or not metadata.exists("BUNIT"):
        return {}
    unit = metadata.getArray("BUNIT")[-1]
    if unit is None:
        return {}
    return {
        "image": [formatCard("BUNIT", str(unit), "Image Data units")],
        "mask": [formatCard("BUNIT", None, "Mask Data units")],
        "variance": [formatCard("BUNIT", f"{unit}**2", "Variance Data units")],
    }


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
    _write(fileName, mode, _hdu(plane, metadata, options, plane._headerRecords()))


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
    return composePrimary(8, (r for group in cards.values() for r in group))


def _write(fileName: str | MemFileManager, mode: str, hdu: Iterable[bytes]) -> None:
    if mode not in ("a", "w"):
        raise ValueError(f"Mode {mode!r} is neither 'w' nor 'a'.")
    start = _primary(None)
    if mode == "a" and (isinstance(fileName, MemFileManager) or os.path.exists(fileName)):
        file = FitsFile(fileName)
        start = file.read(0, file.hdu(file.count() - 1).end)
    writeFile(fileName, (piece for part in ([start], hdu) for piece in part))
