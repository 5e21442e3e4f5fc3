# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Dates, and metadata in the form of named, typed values."""

__all__ = (
    "DateTime",
    "PropertyList",
    "PropertySet",
    "TypeInfo",
    "getPropertyListState",
    "getPropertySetState",
    "setPropertyListState",
    "setPropertySetState",
)

from ._dateTime import DateTime
from ._property import (
    TypeInfo,
    getPropertyListState,
    getPropertySetState,
    setPropertyListState,
    setPropertySetState,
)
from ._propertyList import PropertyList
from ._propertySet import PropertySet
