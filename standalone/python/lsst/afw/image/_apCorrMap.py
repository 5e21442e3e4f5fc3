# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

__all__ = ("ApCorrMap",)

from collections.abc import ItemsView, Iterator, KeysView, ValuesView
from typing import TYPE_CHECKING, Any, Self

from lsst.afw.table.io._homes import locate
from lsst.afw.table.io._persistable import Fields, register
from lsst.afw.typehandling import Storable
from lsst.pex.exceptions import NotFoundError

if TYPE_CHECKING:
    from lsst.afw.math import BoundedField

MAX_NAME = 64
FIELDS = Fields(f"name:{MAX_NAME}A field:J")


@register("ApCorrMap", module="lsst.afw.image")
class ApCorrMap(Storable):
    """Aperture corrections: fields by the name of a flux or its error.

    Iteration is in the order of names.
    """

    def __init__(self) -> None:
        self._fields: dict[str, BoundedField] = {}

    def __getitem__(self, name: str) -> BoundedField:
        if name not in self._fields:
            raise NotFoundError(f"No aperture correction {name!r} among {', '.join(self._sorted())}.")
        return self._fields[name]

    def __setitem__(self, name: str, field: BoundedField) -> None:
        self.set(name, field)

    def get(self, name: str) -> BoundedField | None:
        """Field of this name, or `None`."""
        return self._fields.get(name)

    def set(self, name: str, field: BoundedField) -> None:
        """Add or replace a field.

        Parameters
        ----------
        name
            Name of at most 64 characters, such as ``"base_PsfFlux_instFlux"``.
        field
            Factor by position in pixels.
        """
        if len(name) > MAX_NAME:
            raise ValueError(f"Name {name!r} has more than {MAX_NAME} characters.")
        self._fields[name] = field

    def keys(self) -> KeysView[str]:
        return self._sorted().keys()

    def values(self) -> ValuesView[BoundedField]:
        return self._sorted().values()

    def items(self) -> ItemsView[str, BoundedField]:
        return self._sorted().items()

    def __iter__(self) -> Iterator[str]:
        return iter(self._sorted())

    def __contains__(self, name: object) -> bool:
        return name in self._fields

    def __len__(self) -> int:
        return len(self._fields)

    def __imul__(self, scale: float) -> Self:
        self._fields = {name: field * scale for name, field in self._fields.items()}
        return self

    def __itruediv__(self, scale: float) -> Self:
        self._fields = {name: field / scale for name, field in self._fields.items()}
        return self

    def __repr__(self) -> str:
        return f"ApCorrMap({', '.join(self._sorted())})"

    def _sorted(self) -> dict[str, BoundedField]:
        return dict(sorted(self._fields.items()))

    def _writeArchive(self, out: Any) -> None:
        out.addCatalog(FIELDS, [{"name": name, "field": out.put(field)} for name, field in self.items()])

    @classmethod
    def _readArchive(cls, archive: Any, catalogs: Any) -> ApCorrMap:
        (rows,) = catalogs
        result = cls()
        for row in rows:
            result.set(row["name"], archive.require(row["field"], locate("BoundedField")))
        return result


ApCorrMap.__module__ = "lsst.afw.image"
