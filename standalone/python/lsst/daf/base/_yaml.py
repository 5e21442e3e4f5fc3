# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Dates and property containers in YAML.

Importing this module registers them with PyYAML. All its loaders read them,
the safe ones too, since nothing but their own values is constructed.
"""

from __future__ import annotations

__all__: tuple[str, ...] = ()

from collections.abc import Iterator
from typing import Any

import yaml

from ._dateTime import DateTime
from ._propertyList import PropertyList
from ._propertySet import PropertySet
from ._state import getPropertyListState, getPropertySetState, setPropertyListState, setPropertySetState

_DATE_TAG = "lsst.daf.base.DateTime"
_LIST_TAG = "lsst.daf.base.PropertyList"
_SET_TAG = "lsst.daf.base.PropertySet"


def _represent_date(dumper: Any, date: DateTime) -> yaml.Node:
    return dumper.represent_scalar(_DATE_TAG, date.toString(DateTime.TAI))


def _represent_list(dumper: Any, container: PropertyList) -> yaml.Node:
    return dumper.represent_sequence(_LIST_TAG, getPropertyListState(container, asLists=True))


def _represent_set(dumper: Any, container: PropertySet) -> yaml.Node:
    return dumper.represent_sequence(_SET_TAG, getPropertySetState(container, asLists=True))


def _construct_date(loader: Any, node: yaml.Node) -> DateTime:
    return DateTime(str(loader.construct_scalar(node)), DateTime.TAI)


def _construct_list(loader: Any, node: yaml.Node) -> Iterator[PropertyList]:
    container = PropertyList()
    yield container
    setPropertyListState(container, loader.construct_sequence(node, deep=True))


def _construct_set(loader: Any, node: yaml.Node) -> Iterator[PropertySet]:
    container = PropertySet()
    yield container
    setPropertySetState(container, loader.construct_sequence(node, deep=True))


def _classes(*names: str) -> list[type]:
    """Return those classes of PyYAML that exist: some need its C library."""
    return [getattr(yaml, name) for name in names if hasattr(yaml, name)]


for _dumper in _classes("Dumper", "CDumper"):
    yaml.add_representer(DateTime, _represent_date, Dumper=_dumper)
    yaml.add_representer(PropertyList, _represent_list, Dumper=_dumper)
    yaml.add_representer(PropertySet, _represent_set, Dumper=_dumper)
for _loader in _classes(
    "Loader",
    "FullLoader",
    "SafeLoader",
    "UnsafeLoader",
    "CLoader",
    "CFullLoader",
    "CSafeLoader",
    "CUnsafeLoader",
):
    yaml.add_constructor(_DATE_TAG, _construct_date, Loader=_loader)
    yaml.add_constructor(_LIST_TAG, _construct_list, Loader=_loader)
    yaml.add_constructor(_SET_TAG, _construct_set, Loader=_loader)
