# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Composition of HDUs, and writing of files that never stay half-written."""

from __future__ import annotations

__all__ = (
    "PRIMARY_COMMENTS",
    "composeHdu",
    "composePrimary",
    "pad",
    "writeFile",
)

import contextlib
import os
import uuid
from collections.abc import Iterable
from typing import TYPE_CHECKING

from ._cards import BLOCK, CARD, CardValue, FitsError, formatCard

if TYPE_CHECKING:
    from ._pickleFits import MemFileManager

PRIMARY_COMMENTS: tuple[tuple[str, CardValue, str], ...] = (
    ("COMMENT", "  FITS (Flexible Image Transport System) format is defined in 'Astronomy", ""),
    ("COMMENT", "  and Astrophysics', volume 376, page 359; bibcode: 2001A&A...376..359H", ""),
)


def pad(data: bytes, fill: bytes = b"\0") -> bytes:
    """Pad data to a whole number of FITS blocks."""
    return data + fill * (-len(data) % BLOCK)


def composeHdu(
    cards: Iterable[tuple[str, CardValue, str]], data: bytes = b"", records: Iterable[bytes] = ()
) -> bytes:
    """Compose an HDU.

    Parameters
    ----------
    cards
        Keyword, value and comment of the first cards.
    data
        Contents of the data section, not padded.
    records
        Further header records, in their final form.

    Returns
    -------
    hdu
        Header and data, padded.
    """
    header = b"".join([*(formatCard(*card) for card in cards), *records, b"END".ljust(CARD)])
    return pad(header, b" ") + pad(data)


def composePrimary(bitpix: int, records: Iterable[bytes] = ()) -> bytes:
    """Compose a primary HDU without data.

    Parameters
    ----------
    bitpix
        Value of BITPIX, which has no meaning without data.
    records
        Further header records, in their final form.
    """
    cards: list[tuple[str, CardValue, str]] = [
        ("SIMPLE", True, "file does conform to FITS standard"),
        ("BITPIX", bitpix, "number of bits per data pixel"),
        ("NAXIS", 0, "number of data axes"),
        ("EXTEND", True, "FITS dataset may contain extensions"),
        *PRIMARY_COMMENTS,
    ]
    return composeHdu(cards, records=records)


def writeFile(target: str | os.PathLike[str] | MemFileManager, parts: Iterable[bytes | memoryview]) -> None:
    """Write a file from its parts; replace an existing one only at the end.

    Parameters
    ----------
    target
        Path, or an in-memory file.
    parts
        Contents in order.

    Raises
    ------
    FitsError
        Raised if the file cannot be written; an existing file is then kept.
    """
    if not isinstance(target, str | os.PathLike):
        data = b"".join(parts)
        target.setData(data, len(data))
        return
    path = os.fspath(target)
    folder, name = os.path.split(path)
    temporary = os.path.join(folder, f".{name}.{uuid.uuid4().hex}.part")
    try:
        with open(temporary, "xb") as stream:
            for part in parts:
                stream.write(part)
        os.replace(temporary, path)
    except OSError as err:
        raise FitsError(f"Cannot write {path}: {err}") from err
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
