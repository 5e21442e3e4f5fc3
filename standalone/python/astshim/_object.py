# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Objects of AST, and channels that write and read them.

AST keeps its error status in process-wide state and calls Python back while
it reads or writes text, so every call is made under one lock.
"""

from __future__ import annotations

__all__ = ("Channel", "FitsChan", "Object", "ObjectMaker", "StringStream")

import contextlib
import threading
from collections.abc import Iterator
from typing import Any, ClassVar, Self

import numpy as np
import starlink.Ast as Ast
from lsst.pex.exceptions import RuntimeError as LsstRuntimeError
from lsst.pex.exceptions import TypeError as LsstTypeError

from ._schema import checkAst

AST_LOCK = threading.RLock()
"""Lock that is held during every call into AST."""

AST_ERRORS = (Ast.AstError, UnicodeDecodeError)
"""Errors raised by failing calls into AST; messages may not be valid text."""

BAD = Ast.BAD

_CARD = 80
"""Number of characters in a card of a FITS header."""


class StringStream:
    """Text for a channel to read, and text that a channel wrote.

    Parameters
    ----------
    data
        Text to read: lines, or the cards of a FITS header without line ends.
    """

    def __init__(self, data: str = "") -> None:
        self._source = data
        self._unread = iter(_lines(data))
        self._sink: list[str] = []

    def getSourceData(self) -> str:
        """Return the text to read."""
        return self._source

    def getSinkData(self) -> str:
        """Return the text that was written."""
        return "".join(f"{line}\n" for line in self._sink)

    # Methods that AST calls to request a line, or to deliver one.

    def astsource(self) -> str | None:
        """Return the next line to read; `None` if there is none."""
        return next(self._unread, None)

    def astsink(self, line: str) -> None:
        """Take a line that was written."""
        self._sink.append(line)


def _lines(data: str) -> list[str]:
    lines = data.splitlines()
    if len(lines) == 1 and len(data) > _CARD and len(data) % _CARD == 0:
        return [data[start : start + _CARD] for start in range(0, len(data), _CARD)]
    return lines


def readAst(text: str) -> Ast.Object:
    """Make the AST object described by a dump.

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
            result = Ast.Channel(StringStream(text)).read()
    except AST_ERRORS as err:
        raise LsstTypeError(f"Malformed AST text: {err}") from err
    if result is None:
        raise LsstTypeError(f"AST text {text[:40]!r} holds no object.")
    return result


def writeAst(obj: Ast.Object, comments: bool = False) -> str:
    """Dump an AST object, one item per line."""
    stream = StringStream()
    with AST_LOCK:
        Ast.Channel(None, stream, f"Comment={int(comments)}").write(obj)
    return stream.getSinkData()


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
        Description of the operation, for error messages.

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


class Object:
    """Base of all AST objects; made by its subclasses, or from text."""

    _Native: ClassVar[Any] = Ast.Object

    _native: Any

    def __init__(self, *args: Any) -> None:
        raise TypeError(f"{type(self).__name__}: no constructor defined.")

    def _make(self, *args: Any) -> None:
        """Make the object of ``starlink.Ast`` behind this one."""
        with callingAst(f"make a {type(self).__name__}"):
            self._native = self._Native(*args)

    @classmethod
    def _wrap(cls, native: Any) -> Self:
        result = cls.__new__(cls)
        result._native = native
        return result

    @classmethod
    def fromString(cls, string: str) -> Any:
        """Make an object from the text that `show` returned.

        The object has the class named in the text.

        Raises
        ------
        TypeError
            Raised if the text is malformed, or describes an object of a class
            other than the one that this is called on.
        """
        result = wrap(readAst(string))
        if not isinstance(result, cls):
            raise TypeError(f"Text of a {cls.__name__} holds a {result.className}.")
        return result

    @property
    def className(self) -> str:
        """Name that AST has for the class of the object."""
        return self._get("Class")

    @property
    def ident(self) -> str:
        """Identification, which copies inherit."""
        return self._get("Ident")

    @ident.setter
    def ident(self, value: str) -> None:
        self._set("Ident", value)

    def clear(self, attrib: str) -> None:
        """Restore the default of an attribute."""
        with callingAst(f"clear {attrib}"):
            self._native.clear(attrib)

    def test(self, attrib: str) -> bool:
        """Return whether an attribute has been set."""
        with callingAst(f"test {attrib}"):
            return bool(self._native.test(attrib))

    def copy(self) -> Self:
        """Return a deep copy."""
        with callingAst("copy an object"):
            return self._wrap(self._native.copy())

    def show(self, showComments: bool = True) -> str:
        """Return the object as text.

        Parameters
        ----------
        showComments
            Explain each item in a comment.
        """
        return writeAst(self._native, showComments)

    def _get(self, attribute: str) -> Any:
        with callingAst(f"get {attribute}"):
            return getattr(self._native, attribute)

    def _set(self, attribute: str, value: Any) -> None:
        with callingAst(f"set {attribute} to {value!r}"):
            setattr(self._native, attribute, value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Object):
            return NotImplemented
        return self is other or self.show(False) == other.show(False)

    __hash__ = None  # type: ignore[assignment]

    def __str__(self) -> str:
        return self.show(False)

    def __repr__(self) -> str:
        return f"astshim.{type(self).__name__}"

    def __copy__(self) -> Self:
        return self.copy()

    def __deepcopy__(self, memo: dict) -> Self:
        return self.copy()

    def __reduce__(self) -> tuple:
        return ObjectMaker(), (self.show(False),)


class ObjectMaker:
    """Maker of objects from text, to which the pickle of an object refers."""

    def __call__(self, string: str) -> Any:
        """Make the object described by text."""
        return Object.fromString(string)

    def __reduce__(self) -> tuple:
        return ObjectMaker, ()


def wrap(source: Any) -> Any:
    """Wrap a ``starlink.Ast`` object in the most derived class that fits."""
    cls: type[Object] = Object
    while derived := [each for each in cls.__subclasses__() if _holds(each, source)]:
        (cls,) = derived
    return cls._wrap(source)


def _holds(cls: type[Object], source: Any) -> bool:
    """Return whether AST knows a class and the object is an instance of it."""
    return "_Native" in vars(cls) and isinstance(source, cls._Native)


def native(source: Any, cls: type[Object], what: str) -> Any:
    """Return an object of ``starlink.Ast`` behind an argument.

    Raises
    ------
    TypeError
        Raised if the argument is of another class.
    """
    if not isinstance(source, cls):
        raise TypeError(f"The {what} is a {type(source).__name__}, not a {cls.__name__}: {source!r}.")
    return source._native


def unwrapped(source: Any) -> Any:
    """Return the object of ``starlink.Ast`` behind an object; return anything
    else unchanged.
    """
    return source._native if isinstance(source, Object) else source


class Channel(Object):
    """Writer of objects as text; `Object.fromString` reads them.

    Parameters
    ----------
    stream
        Stream to write to.
    options
        Attributes to set, such as ``Comment=0``.
    """

    _Native = Ast.Channel

    def __init__(self, stream: StringStream, options: str = "") -> None:
        self._make(stream, stream, options)

    def write(self, object: Object) -> int:
        """Write an object and return how many were written: 0 if the channel
        cannot represent it.
        """
        source = native(object, Object, "object")
        with callingAst(f"write a {object.className}"):
            return self._native.write(source)


class FitsChan(Channel):
    """Reader and writer of objects as cards of a FITS header.

    Parameters
    ----------
    stream
        Header to read; cards that remain when the channel is deleted are
        written to it.
    options
        Attributes to set, such as ``Encoding=FITS-WCS``.
    """

    _Native = Ast.FitsChan

    def __init__(self, stream: StringStream | None = None, options: str = "") -> None:
        self._make(stream, stream, options)

    def read(self) -> Any:
        """Return the next object.

        Raises
        ------
        RuntimeError
            Raised if there is no further object.
        """
        with callingAst("read an object"):
            result = self._native.read()
        if result is None:
            raise RuntimeError("There is no object to read.")
        return wrap(result)

    def setFitsF(self, name: str, value: float, comment: str = "", overwrite: bool = False) -> None:
        """Set a keyword to a float, replacing the current card or preceding
        it.
        """
        with callingAst(f"set {name} to {value!r}"):
            self._native.setfitsF(name, value, comment, int(overwrite))

    def setFitsS(self, name: str, value: str, comment: str = "", overwrite: bool = False) -> None:
        """Set a keyword to a string, replacing the current card or preceding
        it.
        """
        with callingAst(f"set {name} to {value!r}"):
            self._native.setfitsS(name, value, comment, int(overwrite))

    def setFitsI(self, name: str, value: int, comment: str = "", overwrite: bool = False) -> None:
        """Set a keyword to an integer, replacing the current card or preceding
        it.
        """
        with callingAst(f"set {name} to {value!r}"):
            self._native.setfitsI(name, value, comment, int(overwrite))

    def __iter__(self) -> Any:
        with callingAst("list the cards"):
            return iter(list(self._native))
