# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Object: what everything that AST knows has in common."""

from __future__ import annotations

__all__ = ("Object", "ObjectMaker", "native", "wrap")


from typing import Any, ClassVar, Self

import starlink.Ast as Ast

from ._native import callingAst, readAst, writeAst


class Object:
    """Base of the objects of AST; made by its subclasses, or from text."""

    _Native: ClassVar[type] = Ast.Object

    _native: Any

    def __init__(self, *args: Any) -> None:
        raise TypeError(f"{type(self).__name__}: no constructor defined.")

    @classmethod
    def _wrap(cls, native: Any) -> Self:
        result = cls.__new__(cls)
        result._native = native
        return result

    @classmethod
    def fromString(cls, string: str) -> Any:
        """Make an object from the text that `show` returned.

        The object is of the class that the text names.

        Raises
        ------
        TypeError
            Raised if the text is malformed, or describes an object of another
            class than the one that this is called on.
        """
        result = wrap(readAst(string))
        if not isinstance(result, cls):
            raise TypeError(f"Text of a {cls.__name__} holds a {result.className}.")
        return result

    @property
    def className(self) -> str:
        """Name of the class that AST has for the object."""
        return self._get("Class")

    @property
    def id(self) -> str:
        """Identification, which copies do not inherit."""
        return self._get("ID")

    @id.setter
    def id(self, value: str) -> None:
        self._set("ID", value)

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

    def copy(self) -> Self:
        """Return a deep copy."""
        with callingAst("copy an object"):
            return self._wrap(self._native.copy())

    def hasAttribute(self, attrib: str) -> bool:
        """Return whether the object has an attribute."""
        with callingAst(f"look for {attrib}"):
            return bool(self._native.hasattribute(attrib))

    def test(self, attrib: str) -> bool:
        """Return whether an attribute has been set."""
        with callingAst(f"test {attrib}"):
            return bool(self._native.test(attrib))

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
    """Makes objects from text: what the pickle of an object refers to."""

    def __call__(self, string: str) -> Any:
        """Make the object that text describes."""
        return Object.fromString(string)

    def __reduce__(self) -> tuple:
        return ObjectMaker, ()


def wrap(source: Any) -> Any:
    """Return an object of the most derived class here for an object of
    ``starlink.Ast``.
    """
    cls: type[Object] = Object
    while derived := [each for each in cls.__subclasses__() if _holds(each, source)]:
        (cls,) = derived
    return cls._wrap(source)


def _holds(cls: type[Object], source: Any) -> bool:
    """Return whether AST knows a class and the object is of it."""
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
