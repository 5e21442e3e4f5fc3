# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""The contents of property containers as plain data, for pickles."""

from __future__ import annotations

__all__ = (
    "getPropertyListState",
    "getPropertySetState",
    "setPropertyListState",
    "setPropertySetState",
)

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._propertyList import PropertyList
    from ._propertySet import PropertySet


def getPropertySetState(container: PropertySet, asLists: bool = False) -> list[Any]:
    """State of a set, as (name, type, value) of each name.

    The value is a list if there are several.

    Parameters
    ----------
    container
        The set.
    asLists
        Whether items are lists rather than tuples.
    """
    made = list if asLists else tuple
    return [made((name, found.kind, found.plain())) for name, found in container._properties.items()]


def setPropertySetState(container: PropertySet, state: Sequence[Any]) -> None:
    """Add the properties of a state to a set."""
    for name, kind, value in state:
        container._store(name, kind, _listed(value), append=False, comment=None)


def getPropertyListState(container: PropertyList, asLists: bool = False) -> list[Any]:
    """State of a list, as (name, type, value, comment) of each name.

    The value is a list if there are several.

    Parameters
    ----------
    container
        The list.
    asLists
        Whether items are lists rather than tuples.
    """
    made = list if asLists else tuple
    return [
        made((name, found.kind, found.plain(), found.comment))
        for name, found in container._properties.items()
    ]


def setPropertyListState(container: PropertyList, state: Sequence[Any]) -> None:
    """Add the properties of a state to a list."""
    for name, kind, value, comment in state:
        container._store(name, kind, _listed(value), append=False, comment=comment)


def restoreSet(kind: type[PropertySet], flat: bool, state: Sequence[Any]) -> PropertySet:
    """Make a set from its state."""
    made = kind(flat)
    setPropertySetState(made, state)
    return made


def restoreList(kind: type[PropertyList], state: Sequence[Any]) -> PropertyList:
    """Make a list from its state."""
    made = kind()
    setPropertyListState(made, state)
    return made


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]
