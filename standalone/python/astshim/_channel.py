# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Channels: objects as text, and as the header of a FITS file."""

from __future__ import annotations

__all__ = ("Channel", "FitsChan", "StringStream")


from typing import Any

import starlink.Ast as Ast

from ._native import callingAst
from ._object import Object, native, wrap

_CARD = 80


class StringStream:
    """Text for a channel to read, and text that a channel wrote.

    Parameters
    ----------
    data
        Text to read: lines, or the cards of a FITS header without line ends.
    """

    def __init__(self, data: str = "") -> None:
        self._source = data
        self._unread = _lines(data)
        self._sink: list[str] = []

    def getSourceData(self) -> str:
        """Return the text to read."""
        return self._source

    def getSinkData(self) -> str:
        """Return the text that was written."""
        return "".join(f"{line}\n" for line in self._sink)

    def sinkToSource(self) -> None:
        """Let what was written be read."""
        self._source = self.getSinkData()
        self._unread = _lines(self._source)
        self._sink = []

    # The names by which AST asks for a line, or delivers one.

    def astsource(self) -> str | None:
        """Return the next line to read, `None` if there is none."""
        return self._unread.pop(0) if self._unread else None

    def astsink(self, line: str) -> None:
        """Take a line that was written."""
        self._sink.append(line)


def _lines(data: str) -> list[str]:
    lines = data.splitlines()
    if len(lines) == 1 and len(data) > _CARD and len(data) % _CARD == 0:
        return [data[start : start + _CARD] for start in range(0, len(data), _CARD)]
    return lines


class Channel(Object):
    """Writes objects as text; `Object.fromString` reads them.

    Parameters
    ----------
    stream
        Where to.
    options
        Attributes to set, as ``Comment=0``.
    """

    _Native = Ast.Channel

    def __init__(self, stream: StringStream, options: str = "") -> None:
        with callingAst("make a Channel"):
            self._native = Ast.Channel(stream, stream, options)

    def write(self, object: Object) -> int:
        """Write an object and return how many were written: 0 if the channel
        cannot represent it.
        """
        source = native(object, Object, "object")
        with callingAst(f"write a {object.className}"):
            return self._native.write(source)


class FitsChan(Channel):
    """Reads objects from the cards of a FITS header, and writes them as such.

    Parameters
    ----------
    stream
        Header to read; what is left when the channel is deleted is written to
        it.
    options
        Attributes to set, as ``Encoding=FITS-WCS``.
    """

    _Native = Ast.FitsChan

    def __init__(self, stream: StringStream | None = None, options: str = "") -> None:
        with callingAst("make a FitsChan"):
            self._native = Ast.FitsChan(stream, stream, options)

    @property
    def nCard(self) -> int:
        """Number of cards."""
        return self._get("Ncard")

    def read(self) -> Any:
        """Return the next object.

        Raises
        ------
        RuntimeError
            Raised if there is none.
        """
        with callingAst("read an object"):
            result = self._native.read()
        if result is None:
            raise RuntimeError("There is no object to read.")
        return wrap(result)

    def setFitsF(self, name: str, value: float, comment: str = "", overwrite: bool = False) -> None:
        """Set a keyword to a float, in place of the current card or before
        it.
        """
        with callingAst(f"set {name} to {value!r}"):
            self._native.setfitsF(name, value, comment, int(overwrite))

    def setFitsI(self, name: str, value: int, comment: str = "", overwrite: bool = False) -> None:
        """Set a keyword to an integer, in place of the current card or before
        it.
        """
        with callingAst(f"set {name} to {value!r}"):
            self._native.setfitsI(name, value, comment, int(overwrite))

    def setFitsS(self, name: str, value: str, comment: str = "", overwrite: bool = False) -> None:
        """Set a keyword to a string, in place of the current card or before
        it.
        """
        with callingAst(f"set {name} to {value!r}"):
            self._native.setfitsS(name, value, comment, int(overwrite))

    def __iter__(self) -> Any:
        with callingAst("list the cards"):
            return iter(list(self._native))
