# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later


__all__ = (
    "AliasMap",
    "BaseCatalog",
    "BaseColumnView",
    "BaseRecord",
    "BaseTable",
    "ExposureCatalog",
    "ExposureColumnView",
    "ExposureRecord",
    "ExposureTable",
    "FieldAngle",
    "FieldArrayB",
    "FieldArrayD",
    "FieldArrayF",
    "FieldArrayI",
    "FieldArrayU",
    "FieldB",
    "FieldD",
    "FieldF",
    "FieldFlag",
    "FieldI",
    "FieldL",
    "FieldString",
    "FieldU",
    "KeyAngle",
    "KeyArrayB",
    "KeyArrayD",
    "KeyArrayF",
    "KeyArrayI",
    "KeyArrayU",
    "KeyB",
    "KeyD",
    "KeyF",
    "KeyFlag",
    "KeyI",
    "KeyL",
    "KeyString",
    "KeyU",
    "Schema",
    "SchemaMapper",
    "SubSchema",
)

from ._alias import AliasMap
from ._base import BaseRecord, BaseTable
from ._catalog import BaseCatalog
from ._columns import BaseColumnView
from ._exposure import ExposureCatalog, ExposureColumnView, ExposureRecord, ExposureTable
from ._keys import (
    FieldAngle,
    FieldArrayB,
    FieldArrayD,
    FieldArrayF,
    FieldArrayI,
    FieldArrayU,
    FieldB,
    FieldD,
    FieldF,
    FieldFlag,
    FieldI,
    FieldL,
    FieldString,
    FieldU,
    KeyAngle,
    KeyArrayB,
    KeyArrayD,
    KeyArrayF,
    KeyArrayI,
    KeyArrayU,
    KeyB,
    KeyD,
    KeyF,
    KeyFlag,
    KeyI,
    KeyL,
    KeyString,
    KeyU,
)
from ._mapper import SchemaMapper
from ._schema import Schema, SubSchema
