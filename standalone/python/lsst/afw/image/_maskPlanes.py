# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mask planes by name, in this process and in files."""

from __future__ import annotations

__all__ = (
    "MAX_PLANES",
    "PREFIX",
    "PlaneDict",
    "adoptPlanes",
    "defaultPlanes",
    "detachDefault",
    "parsePlanes",
    "replaceDefault",
)

import weakref
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from lsst.afw.fits._cards import formatCard
from lsst.pex.exceptions import InvalidParameterError, RuntimeError
from lsst.pixels import move_bits

MAX_PLANES = 32
INITIAL = (
    "BAD",
    "SAT",
    "INTRP",
    "CR",
    "EDGE",
    "DETECTED",
    "DETECTED_NEGATIVE",
    "SUSPECT",
    "NO_DATA",
    "VIGNETTED",
    "STREAK",
)


class PlaneDict:
    """Names of the bits of a mask, shared by reference between masks.

    Parameters
    ----------
    planes
        Mapping from name to bit number.

    Raises
    ------
    lsst.pex.exceptions.RuntimeError
        Raised if a bit number is not in 0..31 or used twice.
    """

    def __init__(self, planes: Mapping[str, int]) -> None:
        self.bits: dict[str, int] = {}
        for name, bit in planes.items():
            if not 0 <= bit < MAX_PLANES:
                raise RuntimeError(f"Mask plane {name} has bit {bit}; bits are 0 to {MAX_PLANES - 1}.")
            if bit in self.bits.values():
                raise RuntimeError(f"Mask planes {planes} use bit {bit} twice.")
            self.bits[name] = bit
        _live.add(self)

    def getBit(self, name: str) -> int:
        """Bit number of a plane; InvalidParameterError if unknown."""
        try:
            return self.bits[name]
        except KeyError:
            raise InvalidParameterError(
                f"Mask plane {name!r} is not among {', '.join(sorted(self.bits))}."
            ) from None

    def add(self, name: str) -> int:
        """Bit of a plane, which is added to all live dictionaries if new.

        Raises
        ------
        lsst.pex.exceptions.RuntimeError
            Raised if all bits are in use.
        """
        if name in self.bits:
            return self.bits[name]
        used = set(self.bits.values())
        bit = next((i for i in range(MAX_PLANES) if i not in used), None)
        if bit is None:
            raise RuntimeError(f"No bit left for mask plane {name!r}; {MAX_PLANES} are in use.")
        for other in (self, *_live):
            if name not in other.bits and bit not in other.bits.values():
                other.bits[name] = bit
        return bit

    def describe(self, value: int) -> str:
        """Comma-separated names of the bits set in a pixel."""
        return ",".join(name for name in sorted(self.bits) if value >> self.bits[name] & 1)


_live: weakref.WeakSet[PlaneDict] = weakref.WeakSet()
_default = PlaneDict({name: bit for bit, name in enumerate(INITIAL)})


def defaultPlanes() -> PlaneDict:
    """The default dictionary."""
    return _default


def replaceDefault(planes: Mapping[str, int]) -> PlaneDict:
    """Make a new default dictionary; existing masks keep the old one."""
    global _default
    _default = PlaneDict(planes)
    return _default


def detachDefault() -> PlaneDict:
    """Replace the default dictionary by a copy of itself."""
    return replaceDefault(_default.bits)


PREFIX = "MP_"


def parsePlanes(cards: Iterable[tuple[str, Any]]) -> dict[str, int]:
    """Mask planes that header cards (keyword, value) describe.

    Raises
    ------
    lsst.pex.exceptions.RuntimeError
        Raised if two planes have one bit, there are too many, or a bit is no
        integer in 0...31.
    """
    planes: dict[str, int] = {key.removeprefix(PREFIX): bit for key, bit in cards if key.startswith(PREFIX)}
    bits = list(planes.values())
    if not all(type(bit) is int and 0 <= bit < MAX_PLANES for bit in bits) or len(set(bits)) < len(bits):
        raise RuntimeError(f"The mask planes of the file do not have bits of their own: {planes}.")
    return planes


def adoptPlanes(pixels: np.ndarray, planes: Mapping[str, int], conform: bool) -> np.ndarray:
    """Make pixels of a file agree with the default dictionary.

    Parameters
    ----------
    pixels
        Mask pixels, int32; not changed.
    planes
        Planes of the file; nothing is done if there are none.
    conform
        Replace the default dictionary instead of moving bits.

    Returns
    -------
    pixels
        The same array if no plane has another bit here. Otherwise a new one,
        without the bits that ``planes`` does not describe.
    """
    default = defaultPlanes()
    if not planes or planes == default.bits:
        return pixels
    if conform:
        replaceDefault(planes)
        return pixels
    moves = {planes[name]: default.add(name) for name in sorted(planes)}
    return pixels if all(old == new for old, new in moves.items()) else move_bits(pixels, moves)


def maskPlaneRecords() -> list[bytes]:
    """Cards of the planes of the default mask dictionary."""
    return [formatCard(PREFIX + name, bit) for name, bit in sorted(defaultPlanes().bits.items())]
