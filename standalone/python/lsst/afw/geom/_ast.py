# This file is part of ip_diffim_template.
#
# Developed for the LSST Data Management System.
# This product includes software developed by the LSST Project
# (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution
# for the terms of the licence.
#
# This program is free software: you can redistribute it and/or modify
# it under the terms of the GNU General Public License as published by
# the Free Software Foundation, either version 3 of the License, or
# (at your option) any later version.
#
# This program is distributed in the hope that it will be useful,
# but WITHOUT ANY WARRANTY; without even the implied warranty of
# MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the
# GNU General Public License for more details.
#
# You should have received a copy of the GNU General Public License
# along with this program.  If not, see <https://www.gnu.org/licenses/>.

"""What this package uses of AST."""

from __future__ import annotations

__all__ = [
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
]

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
        raise ValueError(f"Coordinates have shapes {first.shape} and {second.shape}: not 1-D of one length")
    return np.stack([first, second])
