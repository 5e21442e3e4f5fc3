# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing exposures."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from lsst.afw.table.io._outputArchive import OutputArchive
from lsst.daf.base import PropertyList
from lsst.geom import Box2I, Extent2D

from ._cards import BLOCK, CardValue, formatCard
from ._compression import CompressionOptions
from ._exposureHeader import VERSION
from ._memFile import MemFileManager
from ._metadata import metadataCards
from ._output import PRIMARY_COMMENTS, writeFile
from ._planeWriter import linearWcsCards, planeHdu, planeOptions

if TYPE_CHECKING:
    from lsst.afw.geom import SkyWcs
    from lsst.afw.image import ExposureInfo

__all__ = ["maskPlaneRecords", "maskedPixels", "writeExposure"]

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
    """Pixels that a quantization is not to take into account."""
    planes = options.quantization.mask_planes if options is not None and options.quantization else []
    return (mask.array & mask.getPlaneBitMask(planes)) != 0 if planes else None


def maskPlaneRecords() -> list[bytes]:
    """Cards of the planes of the default mask dictionary."""
    from lsst.afw.image._maskPlanes import defaultPlanes
    from lsst.afw.image._maskPlanesIO import PREFIX

    return [formatCard(PREFIX + name, bit) for name, bit in sorted(defaultPlanes().bits.items())]


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
        from lsst.afw.image import setVisitInfoMetadata

        cards = PropertyList()
        setVisitInfoMetadata(cards, visitInfo)
        records.update(metadataCards(cards))
    if info.hasId():
        put("EXPID", info.getId())
    fixed = [
        formatCard("SIMPLE", True, "file does conform to FITS standard"),
        formatCard("BITPIX", 8, "number of bits per data pixel"),
        formatCard("NAXIS", 0, "number of data axes"),
        formatCard("EXTEND", True, "FITS dataset may contain extensions"),
        *(formatCard(*card) for card in PRIMARY_COMMENTS),
    ]
    header = b"".join([*fixed, *(r for group in records.values() for r in group), b"END".ljust(80)])
    return header + b" " * (-len(header) % BLOCK)


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
