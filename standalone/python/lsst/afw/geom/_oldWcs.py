# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Readers of the WCS classes that archives held before February 2018."""

from __future__ import annotations

__all__ = (
    "LegacyTanWcs",
    "LegacyWcs",
)

from typing import Any

import numpy as np

from lsst.afw.table.io._persistable import register
from lsst.afw.typehandling import Storable
from lsst.daf.base import PropertyList
from lsst.pex.exceptions import InvalidParameterError

from ._skyWcs import SkyWcs
from ._wcsMetadata import makeSipMatrixMetadata

_SIP_SUFFIX = "-SIP"
_SIP_COLUMNS = {"A": "A", "B": "B", "Ap": "AP", "Bp": "BP"}


def _headerOf(row: Any) -> PropertyList:
    """Return the FITS cards that stand for a row of numbers."""
    numbers = {name: row[name] for name in ("crval_x", "crval_y", "crpix_x", "crpix_y", "cd")}
    if not all(np.isfinite(value).all() for value in numbers.values()):
        raise InvalidParameterError(f"A WCS has numbers that are not finite: {numbers}.")
    header = PropertyList()
    for axis, letter in ((1, "x"), (2, "y")):
        header.set(f"CTYPE{axis}", str(row[f"ctype{axis}"]).strip().removesuffix(_SIP_SUFFIX))
        header.set(f"CRVAL{axis}", float(row[f"crval_{letter}"]))
        # Pixels are counted from 0 in the archive, but from 1 in FITS.
        header.set(f"CRPIX{axis}", float(row[f"crpix_{letter}"]) + 1.0)
        header.set(f"CUNIT{axis}", str(row[f"cunit{axis}"]).strip() or "deg")
    cd = [float(value) for value in row["cd"]]
    if len(cd) != 4:
        raise InvalidParameterError(f"The CD matrix of a WCS has {len(cd)} elements, not 4.")
    for name, value in zip(("CD1_1", "CD2_1", "CD1_2", "CD2_2"), cd, strict=True):
        header.set(name, value)
    if system := str(row["radesys"]).strip():
        header.set("RADESYS", system)
    if np.isfinite(equinox := float(row["equinox"])):
        header.set("EQUINOX", equinox)
    return header


@register("Wcs")
class LegacyWcs(Storable):
    """Reader of a WCS without distortion, of any projection."""

    @classmethod
    def _readArchive(cls, archive: Any, catalogs: Any) -> SkyWcs:
        ((row,),) = catalogs
        return SkyWcs(_headerOf(row))


@register("TanWcs")
class LegacyTanWcs(Storable):
    """Reader of a gnomonic WCS, with or without SIP distortion."""

    @classmethod
    def _readArchive(cls, archive: Any, catalogs: Any) -> SkyWcs:
        (row,), *distortion = catalogs
        header = _headerOf(row)
        if distortion:
            ((terms,),) = distortion
            for axis in (1, 2):
                header.set(f"CTYPE{axis}", header[f"CTYPE{axis}"] + _SIP_SUFFIX)
            for column, name in _SIP_COLUMNS.items():
                header.update(makeSipMatrixMetadata(_square(terms[column], column), name))
        return SkyWcs(header)


def _square(values: Any, name: str) -> np.ndarray:
    """Return the matrix of which the archive holds the elements."""
    array = np.asarray(values, dtype=np.float64).ravel()
    size = round(array.size**0.5)
    if size**2 != array.size:
        raise InvalidParameterError(f"The SIP matrix {name} of a WCS has {array.size} elements: not square.")
    return array.reshape(size, size)
