# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Dictionaries of mask planes.

All masks made without planes of their own share the process-wide default
dictionary.
"""

from __future__ import annotations

import weakref
from collections.abc import Mapping

from lsst.pex.exceptions import InvalidParameterError, RuntimeError

__all__ = ["MAX_PLANES", "PlaneDict", "defaultPlanes", "detachDefault", "replaceDefault"]

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
