# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bits of mask planes in files and in this process."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from lsst.afw.fits._cards import formatCard
from lsst.pex.exceptions import RuntimeError

from ._maskPlanes import MAX_PLANES, defaultPlanes, replaceDefault

__all__ = ["PREFIX", "adoptPlanes", "parsePlanes"]

PREFIX = "MP_"
# Pixels moved in one go.
_CHUNK = 1 << 18


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


def adoptPlanes(pixels: np.ndarray, planes: Mapping[str, int], conform: bool) -> None:
    """Make pixels of a file agree with the default dictionary, in place.

    Parameters
    ----------
    pixels
        Mask pixels, int32; changed where planes have other bits here.
    planes
        Planes of the file; nothing is done if there are none.
    conform
        Replace the default dictionary instead of changing pixels.
    """
    default = defaultPlanes()
    if not planes or planes == default.bits:
        return
    if conform:
        replaceDefault(planes)
        return
    moves = {planes[name]: default.add(name) for name in sorted(planes)}
    if all(old == new for old, new in moves.items()):
        return
    fixed = np.uint32(sum(1 << old for old, new in moves.items() if old == new))
    moved = [(np.uint32(old), np.uint32(new)) for old, new in moves.items() if old != new]
    flat = pixels.reshape(-1).view(np.uint32)
    for start in range(0, flat.size, _CHUNK):
        part = flat[start : start + _CHUNK]
        present = np.bitwise_or.reduce(part)
        result = part & fixed
        for old, new in moved:
            if present >> old & np.uint32(1):
                result |= (part >> old & np.uint32(1)) << new
        part[...] = result


def maskPlaneRecords() -> list[bytes]:
    """Cards of the planes of the default mask dictionary."""
    return [formatCard(PREFIX + name, bit) for name, bit in sorted(defaultPlanes().bits.items())]
