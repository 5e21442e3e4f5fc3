# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Serialized access to AST: apply mappings, read and write its text.

AST keeps its error status in process-wide state and calls Python back while
it reads or writes text, so every call is made under one lock.
"""

from __future__ import annotations

__all__ = (
    "AST_ERRORS",
    "AST_LOCK",
    "BAD",
    "applyMapping",
    "callingAst",
    "concatenate",
    "readAst",
    "simplified",
    "writeAst",
)


import contextlib
import threading
from collections.abc import Iterator

import numpy as np
import starlink.Ast as Ast
from lsst.pex.exceptions import RuntimeError as LsstRuntimeError
from lsst.pex.exceptions import TypeError as LsstTypeError

from ._schema import checkAst

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
        raise LsstTypeError(f"AST text {text[:40]!r} holds no object.")
    return result


def writeAst(obj: Ast.Object, comments: bool = False) -> str:
    """Dump an AST object, one item per line."""
    sink = _Sink()
    with AST_LOCK:
        Ast.Channel(None, sink, f"Comment={int(comments)}").write(obj)
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
    """Return a mapping that applies ``first``, then ``second``."""
    with AST_LOCK:
        return Ast.CmpMap(first, second, True)


def simplified(mapping: Ast.Mapping) -> Ast.Mapping:
    """Return an equivalent mapping with as few steps as AST can find.

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


@contextlib.contextmanager
def callingAst(what: str) -> Iterator[None]:
    """Return a context in which AST may be called.

    Parameters
    ----------
    what
        What is being done, for the message of an error.

    Raises
    ------
    lsst.pex.exceptions.RuntimeError
        Raised if AST reports an error.
    """
    with AST_LOCK:
        try:
            yield
        except AST_ERRORS as err:
            raise LsstRuntimeError(f"AST cannot {what}: {err}") from err
