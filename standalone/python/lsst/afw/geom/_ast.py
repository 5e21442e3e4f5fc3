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

"""Serialised access to AST: apply mappings, read and write its text.

AST keeps its error status in process-wide state and calls Python back while
it reads or writes text, so every call is made under one lock.
"""

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
    "writeAst",
]

import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import starlink.Ast as Ast

from lsst.pex.exceptions import RuntimeError as LsstRuntimeError
from lsst.pex.exceptions import TypeError as LsstTypeError

from ._astSchema import checkAst

AST_LOCK = threading.RLock()
"""Held during every call into AST."""

AST_ERRORS = (Ast.AstError, UnicodeDecodeError)
"""What a failing call into AST raises; its message may not be valid text."""

BAD = Ast.BAD


class _Source:
    """Lines of text, in the form a Channel asks for them."""

    def __init__(self, text: str):
        self._lines: Iterator[str] = iter(text.splitlines())

    def astsource(self) -> str | None:
        return next(self._lines, None)


class _Sink:
    """Lines of text, in the form a Channel delivers them."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def astsink(self, line: str) -> None:
        self.lines.append(line)


def readAst(text: str) -> Ast.Object:
    """Make the AST object that a dump describes.

    Parameters
    ----------
    text
        Dump written by `writeAst` or by any other AST Channel.

    Raises
    ------
    lsst.pex.exceptions.TypeError
        Raised if the text is not a dump of a mapping or frame.
    """
    checkAst(text)
    try:
        with AST_LOCK:
            result = Ast.Channel(_Source(text)).read()
    except AST_ERRORS as err:
        raise LsstTypeError(f"Malformed AST text: {err}") from err
    if result is None:
        raise LsstTypeError(f"AST text {text[:40]!r} holds no object")
    return result


def writeAst(obj: Ast.Object) -> str:
    """Dump an AST object, one item per line, without comments."""
    sink = _Sink()
    with AST_LOCK:
        Ast.Channel(None, sink, "Comment=0").write(obj)
    return "\n".join(sink.lines) + "\n"


def applyMapping(mapping: Ast.Mapping, data: np.ndarray, forward: bool = True) -> np.ndarray:
    """Transform points.

    Parameters
    ----------
    mapping
        Mapping with ``nIn`` inputs and ``nOut`` outputs.
    data
        Array of shape (nIn, N), or (nOut, N) if not ``forward``.
    forward
        Apply the mapping rather than its inverse.

    Returns
    -------
    result
        New array of shape (nOut, N), or (nIn, N); NaN where the mapping is
        not defined.

    Raises
    ------
    lsst.pex.exceptions.RuntimeError
        Raised if the mapping is not defined in this direction.
    """
    if data.shape[1] == 0:
        with AST_LOCK:
            return np.empty((mapping.Nout if forward else mapping.Nin, 0))
    try:
        with AST_LOCK:
            result = mapping.tran(data, forward)
    except AST_ERRORS as err:
        raise LsstRuntimeError(f"Cannot apply the mapping to data of shape {data.shape}: {err}") from err
    result[result == BAD] = np.nan
    return result


def concatenate(first: Ast.Mapping, second: Ast.Mapping) -> Ast.Mapping:
    """Mapping that applies ``first``, then ``second``."""
    with AST_LOCK:
        return Ast.CmpMap(first, second, True)


def simplified(mapping: Ast.Mapping) -> Ast.Mapping:
    """Equivalent mapping with as few steps as AST can find.

    Raises
    ------
    lsst.pex.exceptions.RuntimeError
        Raised if parameters of the mapping are out of range.
    """
    try:
        with AST_LOCK:
            return mapping.simplify()
    except AST_ERRORS as err:
        raise LsstRuntimeError(f"Cannot simplify a mapping: {err}") from err


def stackCoordinates(first: Any, second: Any) -> np.ndarray:
    """Two coordinates of equal length as one float64 array (2, N)."""
    first, second = (np.atleast_1d(np.asarray(value, dtype=np.float64)) for value in (first, second))
    if first.ndim != 1 or first.shape != second.shape:
        raise ValueError(f"Coordinates have shapes {first.shape} and {second.shape}: not 1-D of one length")
    return np.stack([first, second])
