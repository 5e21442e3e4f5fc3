# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tables of records, and archives of objects."""

__all__: tuple[str, ...] = (
    "AliasMap",
    "BaseCatalog",
    "BaseColumnView",
    "BaseRecord",
    "BaseTable",
    "ExposureCatalog",
    "ExposureColumnView",
    "ExposureRecord",
    "ExposureTable",
    "Schema",
    "SchemaMapper",
    "SubSchema",
)

from ._base import BaseRecord, BaseTable
from ._catalog import BaseCatalog, BaseColumnView
from ._exposure import ExposureCatalog, ExposureColumnView, ExposureRecord, ExposureTable
from ._keys import FIELD_CLASSES, KEY_CLASSES
from ._schema import AliasMap, Schema, SchemaMapper, SubSchema

# The fields and keys of each type, such as ``FieldD`` and ``KeyD``.
_CLASSES = {cls.__name__: cls for cls in (*FIELD_CLASSES.values(), *KEY_CLASSES.values())}
globals().update(_CLASSES)
__all__ += tuple(_CLASSES)
