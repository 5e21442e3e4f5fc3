# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writers of images, masks, masked images and exposures."""

from __future__ import annotations

__all__ = (
    "writeExposure",
    "writeMaskedImage",
    "writePlane",
)

import itertools
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
from ._visitInfo import setVisitInfoMetadata

if TYPE_CHECKING:
    from lsst.afw.geom import SkyWcs

    from ._exposureInfo import ExposureInfo

_LOG = logging.getLogger("lsst.afw.image")

# Position of the archive index behind three planes, counted from 1.
_ARCHIVE_HDU = 5
_PLANES = ("image", "mask", "variance")
# Cards that are written here, not taken over from metadata.
_STRUCTURE = ("INHERIT", "EXTTYPE", "EXTNAME", "LTV1", "LTV2")


def writeExposure(
    exposure: Any, fileName: str | MemFileManager, options: Mapping[str, Any] | None = None
) -> None:
    """Write an exposure.

    Parameters
    ----------
    exposure
        Exposure to write.
    fileName
        Path of the file, which is replaced once all is written; or an
        in-memory file.
    options
        Compression by plane ("image", "mask", "variance"): options, a mapping
        for `CompressionOptions.from_mapping`, or `None`.

    Raises
    ------
    FitsError
        Raised if the file cannot be written.
    """
    info = exposure.getInfo()
    archive = OutputArchive()
    primary = _primaryHeader(info, archive)
    xy0 = exposure.getXY0()
    common = [
        *_wcsRecords(info.getWcs(), exposure.getBBox()),
        formatCard("LTV1", float(-xy0.getX())),
        formatCard("LTV2", float(-xy0.getY())),
    ]
    units = _planeUnits(info.getMetadata())
    records = {plane: [*common, *units.get(plane, [])] for plane in _PLANES}

    def parts() -> Iterator[bytes]:
        yield primary
        yield from _planeHdus(exposure, records, options)
        yield archive.compose()

    writeFile(fileName, parts())


def _planeHdus(
    pixels: Any, records: Mapping[str, list[bytes]], options: Mapping[str, Any] | None
) -> Iterator[bytes]:
    """Compose the HDUs of the three planes.

    Parameters
    ----------
    pixels
        Exposure or masked image.
    records
        First records of each header, by plane.
    options
        Compression by plane.
    """
    for name in _PLANES:
        plane, kind, chosen = getattr(pixels, name), name.upper(), planeOptions(options, name)
        header = [
            *records[name],
            formatCard("INHERIT", True),
            formatCard("EXTTYPE", kind),
            formatCard("EXTNAME", kind),
            *plane._headerRecords(),
            *linearWcsCards(plane.getXY0()),
        ]
        yield from planeHdu(plane.array, header, chosen, _maskedPixels(pixels.mask, chosen))


def _maskedPixels(mask: Any, options: CompressionOptions | None) -> np.ndarray | None:
    """Return the pixels that quantization ignores."""
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
    """Compose WCS cards relative to the first pixel, if FITS allows it."""
    if wcs is None:
        return []
    shift = Extent2D(-bbox.getMinX(), -bbox.getMinY())
    source = wcs.getFitsApproximation() or wcs
    try:
        metadata = source.copyAtShiftedPixelOrigin(shift).getFitsMetadata(True)
    except RuntimeError as err:
        _LOG.debug("The WCS is not written as FITS cards: %s", err)
        return []
    return _records(metadata, ("DATE-OBS", "MJD-OBS"))


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
        Image or mask to write.
    fileName
        Path of the file, or an in-memory file.
    metadata
        Header cards to add.
    mode
        ``"w"`` for a new file, ``"a"`` to append an extension to a file.
    options
        Compression of the plane.
    """
    if mode not in ("a", "w"):
        raise ValueError(f"Mode {mode!r} is neither 'w' nor 'a'.")
    start = composePrimary(8)
    if mode == "a" and (isinstance(fileName, MemFileManager) or os.path.exists(fileName)):
        file = FitsFile(fileName)
        start = file.read(0, file.hdu(file.count() - 1).end)
    header = [*_records(metadata, _STRUCTURE), *plane._headerRecords(), *linearWcsCards(plane.getXY0())]
    hdu = planeHdu(plane.array, header, planeOptions({"plane": options}, "plane"))
    writeFile(fileName, itertools.chain([start], hdu))


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
        Masked image to write.
    fileName
        Path of the file, or an in-memory file.
    metadata, imageMetadata, maskMetadata, varianceMetadata
        Cards of the primary header and of the planes.
    options
        Compression by plane.
    """
    metadataOf = {"image": imageMetadata, "mask": maskMetadata, "variance": varianceMetadata}
    records = {plane: _records(cards, _STRUCTURE) for plane, cards in metadataOf.items()}
    primary = composePrimary(8, _records(metadata, _STRUCTURE[:3]))
    writeFile(fileName, itertools.chain([primary], _planeHdus(maskedImage, records, options)))


def _records(metadata: Any, exclude: Iterable[str]) -> list[bytes]:
    """Return the header records of metadata, in order."""
    return [record for group in metadataCards(metadata, exclude).values() for record in group]
