# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Helpers for AST, by way of starlink-pyast."""

from __future__ import annotations

__all__ = (
    "AST_ERRORS",
    "AST_LOCK",
    "BAD",
    "applyMapping",
    "concatenate",
    "readAst",
    "simplified",
    "stackCoordinates",
    "unwrapped",
    "wrap",
    "writeAst",
)

from typing import Any

import astshim
import numpy as np
from astshim._native import (
    AST_ERRORS,
    AST_LOCK,
    BAD,
    applyMapping,
    concatenate,
    readAst,
    simplified,
    writeAst,
)
from astshim._object import wrap


def unwrapped(obj: Any) -> Any:
    """Object of ``starlink.Ast`` behind an `astshim` object; anything else
    as it is.
    """
    return obj._native if isinstance(obj, astshim.Object) else obj


def stackCoordinates(first: Any, second: Any) -> np.ndarray:
    """Two coordinates of equal length as one float64 array (2, N)."""
    first, second = (np.atleast_1d(np.asarray(value, dtype=np.float64)) for value in (first, second))
    if first.ndim != 1 or first.shape != second.shape:
        raise ValueError(f"Coordinates have shapes {first.shape} and {second.shape}: not 1-D of one length.")
    return np.stack([first, second])
