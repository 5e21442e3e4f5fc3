# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ordered lists of properties with comments, as FITS headers have them.

Importing this module lets all PyYAML loaders, including the safe ones, read
dates and property containers; nothing but their values is constructed.
"""

from __future__ import annotations

__all__ = (
    "PropertyList",
    "fromAstropyHeader",
    "toAstropyHeader",
)

import functools
import math
import warnings
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import yaml
from astropy.io.fits import Header
from astropy.io.fits.card import Undefined
from astropy.io.fits.verify import VerifyWarning

from ._dateTime import DateTime
from ._property import (
    getPropertyListState,
    getPropertySetState,
    setPropertyListState,
    setPropertySetState,
)
from ._propertySet import PropertySet

_COMMENTARY = ("COMMENT", "HISTORY", "")


def toAstropyHeader(properties: PropertyList) -> Header:
    """Return a header with the values and comments of a list.

    Parameters
    ----------
    properties
        List to convert. Each of several values of a name becomes a card;
        values that a card cannot hold (not finite) are undefined there.
    """
    header = Header()
    with warnings.catch_warnings():
        # Long names become HIERARCH cards.
        warnings.simplefilter("ignore", category=VerifyWarning)
        for name, value, comment in properties.toList():
            if isinstance(value, float) and not math.isfinite(value):
                value = None
            header.append((name, value, comment) if name not in _COMMENTARY else (name, value), end=True)
    return header


def fromAstropyHeader(cls: type[PropertyList], header: Header) -> PropertyList:
    """Return a list with the values and comments of a header.

    Parameters
    ----------
    cls
        Class of the list.
    header
        Header to convert; cards with the same name become one property with
        several values.
    """
    properties = cls()
    for card in header.cards:
        value: Any = None if isinstance(card.value, Undefined) else card.value
        if card.keyword in _COMMENTARY:
            properties.add(card.keyword, str(value))
        else:
            properties.add(card.keyword, value, card.comment)
    return properties


class PropertyList(PropertySet):
    """An ordered set of properties, each with a comment.

    It is flat: dots in names are ordinary characters, and a set that is
    stored is spread out under names with dots.
    """

    _flat = True
    COMMENTSUFFIX = "#COMMENT"
    """Suffix of the keys of comments in the mapping interface."""

    def __init__(self) -> None:
        super().__init__()

    def set(self, name: str, value: Any, comment: str | None = None) -> None:
        """Set a name to a value, or values, and a comment if given."""
        self._storeGuessed(name, value, append=False, comment=comment)

    def add(self, name: str, value: Any, comment: str | None = None) -> None:
        """Append a value, or values; replace the comment if given."""
        self._storeGuessed(name, value, append=True, comment=comment)

    def getComment(self, name: str) -> str:
        """Return the comment of a name; NotFoundError if that is absent."""
        return self._require(name).comment

    def setComment(self, name: str, comment: str) -> None:
        """Set the comment of a name; NotFoundError if that is absent."""
        self._require(name).comment = str(comment)

    def getOrderedNames(self) -> list[str]:
        """Return the names in their order."""
        return self.names()

    def toList(self) -> list[tuple[str, Any, str]]:
        """Return each value in order, as (name, value, comment)."""
        return [
            (name, value, found.comment) for name, found in self._properties.items() for value in found.values
        ]

    def toOrderedDict(self) -> OrderedDict[str, Any]:
        """Return names in order with their values, as scalars or lists."""
        return OrderedDict(self.toDict())

    def toString(self, topLevelOnly: bool = False, indent: str = "") -> str:
        """Return a line for each property, and one for its comment."""
        lines = []
        for name, found in self._properties.items():
            lines.append(f"{indent}{name} = {found.text()}\n")
            if found.comment:
                lines.append(f"{indent}// {found.comment}\n")
        return "".join(lines)

    def get_dict(self, key: str) -> Mapping[str, Any]:
        """Return the values under names that begin with a key and a dot.

        Parameters
        ----------
        key
            Beginning of the names. Further dots divide them into levels of
            the dictionary.
        """
        made: dict[str, Any] = {}
        for name, found in self._properties.items():
            if name.startswith(f"{key}."):
                *levels, last = name.removeprefix(f"{key}.").split(".")
                inner = made
                for level in levels:
                    inner = inner.setdefault(level, {})
                inner[last] = found.plain()
        return made

    def __getitem__(self, name: str) -> Any:
        if name.endswith(self.COMMENTSUFFIX):
            return self.getComment(name.removesuffix(self.COMMENTSUFFIX))
        return super().__getitem__(name)

    def __setitem__(self, name: str, value: Any) -> None:
        if name.endswith(self.COMMENTSUFFIX):
            self.setComment(name.removesuffix(self.COMMENTSUFFIX), value)
        else:
            self.set(name, value)

    def __getattr__(self, name: str) -> Any:
        # Later releases of the stack have these two methods, which
        # `lsst.images` calls; the release whose interface this follows does
        # not.
        if name == "to_astropy_header":
            return functools.partial(toAstropyHeader, self)
        if name == "from_astropy_header":
            return functools.partial(fromAstropyHeader, type(self))
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __eq__(self, other: object) -> bool:
        equal = super().__eq__(other)
        if equal is not True:
            return equal
        assert isinstance(other, PropertyList)
        return all(found.comment == other.getComment(name) for name, found in self._properties.items())

    __hash__ = None

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (), getPropertyListState(self)

    __setstate__ = setPropertyListState


PropertyList.__module__ = "lsst.daf.base"


def _addToYaml(cls: type, represent: Callable[..., Any], construct: Callable[..., Any]) -> None:
    # Some PyYAML classes need its C library.
    tag = f"lsst.daf.base.{cls.__name__}"
    for prefix in ("", "C"):
        if hasattr(yaml, f"{prefix}Dumper"):
            yaml.add_representer(
                cls, lambda dumper, value: represent(dumper, tag, value), getattr(yaml, f"{prefix}Dumper")
            )
        for kind in ("", "Full", "Safe", "Unsafe"):
            if hasattr(yaml, f"{prefix}{kind}Loader"):
                yaml.add_constructor(tag, construct, getattr(yaml, f"{prefix}{kind}Loader"))


def _addContainerToYaml(
    cls: type, getState: Callable[..., list[Any]], setState: Callable[[Any, list[Any]], None]
) -> None:
    def represent(dumper: Any, tag: str, container: Any) -> yaml.Node:
        return dumper.represent_sequence(tag, getState(container, asLists=True))

    def construct(loader: Any, node: yaml.Node) -> Iterator[Any]:
        container = cls()
        yield container
        setState(container, loader.construct_sequence(node, deep=True))

    _addToYaml(cls, represent, construct)


_addToYaml(
    DateTime,
    lambda dumper, tag, date: dumper.represent_scalar(tag, date.toString(DateTime.TAI)),
    lambda loader, node: DateTime(str(loader.construct_scalar(node)), DateTime.TAI),
)
_addContainerToYaml(PropertyList, getPropertyListState, setPropertyListState)
_addContainerToYaml(PropertySet, getPropertySetState, setPropertySetState)
