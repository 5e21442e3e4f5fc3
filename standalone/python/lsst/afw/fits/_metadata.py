# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Conversion between header cards and metadata."""

from __future__ import annotations

__all__ = (
    "BASIC_WCS_KEYS",
    "DEFAULT_HDU",
    "Entries",
    "combineMetadata",
    "inheritedEntries",
    "linearWcs",
    "locateDefaultHdu",
    "mergedEntries",
    "metadataCards",
    "readEntries",
    "readMetadata",
    "toPropertyList",
)

import logging
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from lsst.daf.base import PropertyList, PropertySet

from ._cards import Card, CardValue, FitsError, formatCard
from ._file import FitsFile
from ._output import PRIMARY_COMMENTS

if TYPE_CHECKING:
    from lsst.geom import Point2I

    from ._pickleFits import MemFileManager

_LOG = logging.getLogger("lsst.afw.fits")

DEFAULT_HDU = -(2**31)
"""Number that stands for the primary HDU, or the first extension if empty."""

# Cards that describe how data are stored.
_STRUCTURE = re.compile(
    r"(SIMPLE|BITPIX|NAXIS.*|EXTEND|GCOUNT|PCOUNT|XTENSION|TFIELDS|BSCALE|BZERO|TZERO.*|TSCAL.*|ZBITPIX|ZIMAGE|"
    r"ZCMPTYPE|ZSIMPLE|ZEXTEND|ZBLANK|ZDATASUM|ZHECKSUM|ZQUANTIZ|ZDITHER0|ZNAXIS.*|ZTILE.*|ZNAME.*|ZVAL.*|"
    r"DATASUM|CHECKSUM)\Z"
)
# Further such cards of compressed images only; never written.
_TILE_COLUMNS = re.compile(r"(TTYPE|TFORM)\d+\Z")
_WRITABLE = frozenset(
    {
        PropertySet.TYPE_Bool,
        PropertySet.TYPE_Double,
        PropertySet.TYPE_Int,
        PropertySet.TYPE_Long,
        PropertySet.TYPE_LongLong,
        PropertySet.TYPE_String,
        PropertySet.TYPE_Undef,
    }
)
_COMMENTARY = ("COMMENT", "HISTORY")
_BOILER_PLATE = {str(text).strip() for _, text, _ in PRIMARY_COMMENTS}

BASIC_WCS_KEYS = ("CTYPE1", "CTYPE2", "CRPIX1", "CRPIX2", "CRVAL1", "CRVAL2", "CUNIT1", "CUNIT2")
"""Keywords of a WCS without rotation, before the suffix that names it."""

Entries = dict[str, tuple[list[CardValue], str]]
"""Values and comment of each keyword, in order."""


def readEntries(cards: Iterable[Card], *, strip: bool, compressed: bool = False) -> Entries:
    """Collect the cards of a header by keyword.

    If a keyword has cards both with and without a value, those without are
    left out.

    Parameters
    ----------
    cards
        Cards in file order.
    strip
        Whether to leave out the cards that describe how data are stored.
    compressed
        Whether the header belongs to a compressed image, whose columns are
        described by such cards, too.
    """
    entries: Entries = {}
    for card in cards:
        if strip and (_STRUCTURE.match(card.key) or (compressed and _TILE_COLUMNS.match(card.key))):
            continue
        if card.key == "COMMENT" and str(card.value).strip() in _BOILER_PLATE:
            continue
        values = entries[card.key][0] if card.key in entries else []
        if not values or (values[0] is None and card.value is not None):
            entries[card.key] = ([card.value], card.comment)
        elif (values[0] is None) == (card.value is None):
            values.append(card.value)
    return entries


def mergedEntries(first: Entries, second: Entries) -> Entries:
    """Combine two headers, the second taking precedence.

    Repeated keywords collapse to their last value, except for COMMENT and
    HISTORY, which are concatenated.
    """
    merged: Entries = {}
    for source in (first, second):
        for key, (values, comment) in source.items():
            if key in _COMMENTARY:
                merged.setdefault(key, ([], comment))[0].extend(values)
            else:
                merged[key] = (values[-1:], comment)
    return merged


def combineMetadata(first: PropertyList, second: PropertyList) -> PropertyList:
    """Combine the metadata of two headers, as ``INHERIT`` requires.

    Parameters
    ----------
    first, second
        The metadata; the second takes precedence. Repeated keywords collapse
        to their last value, except for COMMENT and HISTORY, which are
        concatenated.
    """
    sources = [
        {name: (list(each.getArray(name)), each.getComment(name)) for name in each.getOrderedNames()}
        for each in (first, second)
    ]
    return toPropertyList(mergedEntries(*sources))


def linearWcs(name: str, xy0: Point2I) -> list[tuple[str, CardValue, str]]:
    """Return keywords, values and comments of a WCS that records XY0.

    Parameters
    ----------
    name
        Letter that names the WCS, normally ``"A"``.
    xy0
        Parent pixel coordinates of the first pixel.
    """
    values: tuple[tuple[CardValue, str], ...] = (
        ("LINEAR", "Type of projection"),
        ("LINEAR", "Type of projection"),
        (1.0, "Column Pixel Coordinate of Reference"),
        (1.0, "Row Pixel Coordinate of Reference"),
        (float(xy0.getX()), "Column pixel of Reference Pixel"),
        (float(xy0.getY()), "Row pixel of Reference Pixel"),
        ("PIXEL", "Column unit"),
        ("PIXEL", "Row unit"),
    )
    return [(key + name, *value) for key, value in zip(BASIC_WCS_KEYS, values, strict=True)]


def toPropertyList(entries: Entries) -> PropertyList:
    """Convert to the metadata class of the public interface."""
    metadata = PropertyList()
    for key, (values, comment) in entries.items():
        value: Any = values if len(values) > 1 else values[0]
        metadata.set(key, value, comment)
    return metadata


def locateDefaultHdu(file: FitsFile, hdu: int) -> int:
    """Return the position of an HDU, resolving `DEFAULT_HDU`."""
    if hdu != DEFAULT_HDU:
        return hdu
    return 1 if file.hdu(0).header.get("NAXIS") == 0 and file.find(1) is not None else 0


def readMetadata(
    fileName: str | MemFileManager, hdu: int | str = DEFAULT_HDU, strip: bool = False, **kwargs: Any
) -> PropertyList:
    """Read a header, merged with the primary one if it says ``INHERIT``.

    Parameters
    ----------
    fileName
        Path of the file, or an in-memory file.
    hdu
        0-based number of the HDU, or its EXTNAME.
    strip
        Whether to leave out the cards that describe how data are stored.
    **kwargs
        ``hduName``, an alternative name for ``hdu``.

    Raises
    ------
    FitsError
        Raised if the file or the HDU cannot be read.
    """
    hdu = kwargs.pop("hduName", hdu)
    if kwargs:
        raise TypeError(f"Unexpected arguments: {sorted(kwargs)}.")
    file = FitsFile(fileName)
    index = _findByName(file, hdu) if isinstance(hdu, str) else locateDefaultHdu(file, hdu)
    return toPropertyList(inheritedEntries(file, index, strip=strip))


def inheritedEntries(file: FitsFile, index: int, *, strip: bool) -> Entries:
    """Collect a header, merged with the primary one if it says ``INHERIT``.

    Parameters
    ----------
    file
        File with the HDU.
    index
        0-based position of the HDU.
    strip
        Whether to leave out the cards that describe how data are stored.
    """
    header = file.hdu(index).header
    entries = readEntries(header.cards, strip=strip, compressed=header.get("ZIMAGE") is True)
    inherit = entries.pop("INHERIT", ([False], ""))[0][-1]
    if inherit is True and index > 0:
        entries = mergedEntries(readEntries(file.hdu(0).header.cards, strip=strip), entries)
    return entries


def _findByName(file: FitsFile, name: str) -> int:
    for index in range(file.count()):
        if file.hdu(index).header.get("EXTNAME") == name:
            return index
    raise FitsError(f"{file.name} has no HDU called {name!r}.")


def metadataCards(metadata: PropertySet | None, exclude: Iterable[str] = ()) -> dict[str, list[bytes]]:
    """Compose the header records of metadata.

    Entries that a header cannot hold are left out with a warning.

    Parameters
    ----------
    metadata
        Entries to compose records of.
    exclude
        Names to leave out.

    Returns
    -------
    records
        Records by keyword, in order.
    """
    records: dict[str, list[bytes]] = {}
    if metadata is None:
        return records
    comments: dict[str, str] = {}
    names = metadata.paramNames(False)
    if isinstance(metadata, PropertyList):
        names = metadata.getOrderedNames()
        comments = {name: metadata.getComment(name) for name in names}
    excluded = {name.upper() for name in exclude}
    for name in names:
        key = name.upper()
        if key in excluded or _STRUCTURE.match(key) or _TILE_COLUMNS.match(key):
            continue
        if (kind := metadata.typeOf(name)) not in _WRITABLE:
            _LOG.warning("Metadata %s of type %s cannot be written to a FITS header.", name, kind.name())
            continue
        comment = comments.get(name, "")
        for value in metadata.getArray(name):
            try:
                records.setdefault(key, []).append(formatCard(key, value, comment))
            except FitsError as err:
                _LOG.warning("Metadata %s cannot be written to a FITS header: %s", name, err)
    return records
