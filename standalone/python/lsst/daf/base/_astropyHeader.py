# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Conversion between lists of properties and the headers of astropy."""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING, Any

from astropy.io.fits import Header
from astropy.io.fits.card import Undefined
from astropy.io.fits.verify import VerifyWarning

if TYPE_CHECKING:
    from ._propertyList import PropertyList

__all__ = ("fromAstropyHeader", "toAstropyHeader")

_COMMENTARY = ("COMMENT", "HISTORY", "")


def toAstropyHeader(properties: PropertyList) -> Header:
    """Return a header with the values and comments of a list.

    Parameters
    ----------
    properties
        What to convert; several values of a name become as many cards, and
        those that a card cannot have (not finite) are undefined there.
    """
    header = Header()
    with warnings.catch_warnings():
        # Long names become HIERARCH cards.
        warnings.simplefilter("ignore", category=VerifyWarning)
        for name, value, comment in properties.toList():
            if isinstance(value, float) and not math.isfinite(value):
                value = None
            header.append((name, value, comment) if name not in _COMMENTARY else (name, value), end=True)
    return header


def fromAstropyHeader(cls: type[PropertyList], header: Header) -> PropertyList:
    """Return a list with the values and comments of a header.

    Parameters
    ----------
    cls
        Class of the list.
    header
        What to convert; cards with the same name become one of several
        values.
    """
    properties = cls()
    for card in header.cards:
        value: Any = None if isinstance(card.value, Undefined) else card.value
        if card.keyword in _COMMENTARY:
            properties.add(card.keyword, str(value))
        else:
            properties.add(card.keyword, value, card.comment)
    return properties
