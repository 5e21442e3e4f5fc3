# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pickling by way of in-memory FITS files."""

from __future__ import annotations

__all__ = (
    "reduceToFits",
    "unreduceFromFits",
)

from collections.abc import Callable
from typing import Any

from ._memFile import MemFileManager


def reduceToFits(obj: Any) -> tuple[Callable[..., Any], tuple[type, bytes, int]]:
    """Value that ``__reduce__`` returns for an object with ``writeFits``."""
    manager = MemFileManager()
    obj.writeFits(manager)
    return unreduceFromFits, (type(obj), manager.getData(), manager.getLength())


def unreduceFromFits(cls: Any, data: bytes, size: int) -> Any:
    """Make an object from what `reduceToFits` returned."""
    manager = MemFileManager(size)
    manager.setData(data, size)
    return cls.readFits(manager)
