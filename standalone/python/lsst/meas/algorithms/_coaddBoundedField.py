# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Mean of the fields of the inputs of a coadd."""

from __future__ import annotations

__all__ = ("CoaddBoundedField", "CoaddBoundedFieldElement")

import dataclasses
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from lsst.afw.geom import Polygon, SkyWcs
from lsst.afw.math import BoundedField
from lsst.afw.math._boundedField import BBOX_FIELDS, bboxFromRow, bboxToRow
from lsst.afw.table.io._persistable import Fields, register
from lsst.geom import Box2I, Point2D
from lsst.pex.exceptions import DomainError

if TYPE_CHECKING:
    from lsst.afw.table.io._inputArchive import InputArchive
    from lsst.afw.table.io._outputArchive import ArchiveHandle


FIELDS = Fields(f"{BBOX_FIELDS} coaddWcs:J F:throwOnMissing default:D")
ELEMENT_FIELDS = Fields("field:J wcs:J validPolygon:J weight:D")


@dataclasses.dataclass
class CoaddBoundedFieldElement:
    """The field of one input of a coadd.

    Parameters
    ----------
    field
        Field over the box of the input.
    wcs
        WCS of the input.
    validPolygon
        Polygon inside which the input counts, in its pixels; `None` for the
        whole box.
    weight
        Weight of the input.
    """

    field: BoundedField
    wcs: SkyWcs
    validPolygon: Polygon | None
    weight: float = 1.0

    def _covers(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return whether the input counts at positions in its pixels."""
        box = self.field.getBBox()
        inside = (x >= box.getMinX() - 0.5) & (x < box.getMaxX() + 0.5)
        inside &= (y >= box.getMinY() - 0.5) & (y < box.getMaxY() + 0.5)
        if self.validPolygon is not None:
            for i in np.flatnonzero(inside):
                inside[i] = self.validPolygon.contains(Point2D(x[i], y[i]))
        return inside


@register("CoaddBoundedField", module="lsst.meas.algorithms")
class CoaddBoundedField(BoundedField):
    """The weighted mean of the fields of the inputs that cover a position.

    Parameters
    ----------
    bbox
        Box of the coadd (pixels).
    coaddWcs
        WCS of the coadd.
    elements
        Fields of the inputs.
    default
        Value where there is no input; if not given, such a position is an
        error.
    """

    Element: ClassVar[type] = CoaddBoundedFieldElement

    def __init__(
        self,
        bbox: Box2I,
        coaddWcs: SkyWcs,
        elements: Sequence[CoaddBoundedFieldElement],
        default: float | None = None,
    ) -> None:
        super().__init__(bbox)
        self._coaddWcs = coaddWcs
        self._elements = list(elements)
        self._throwOnMissing = default is None
        self._default = math.nan if default is None else float(default)

    def getCoaddWcs(self) -> SkyWcs:
        """Return the WCS of the coadd."""
        return self._coaddWcs

    def getElements(self) -> list[CoaddBoundedFieldElement]:
        """Return the fields of the inputs."""
        return list(self._elements)

    def getDefault(self) -> float:
        """Return the value where there is no input."""
        return self._default

    def getThrowOnMissing(self) -> bool:
        """Return whether a position without input is an error."""
        return self._throwOnMissing

    def _evaluate(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        sky = self._coaddWcs.pixelToSkyArray(x, y)
        total, weights = np.zeros(len(x)), np.zeros(len(x))
        for element in self._elements:
            px, py = element.wcs.skyToPixelArray(*sky)
            inside = element._covers(px, py)
            total[inside] += element.weight * element.field._evaluate(px[inside], py[inside])
            weights[inside] += element.weight
        missing = weights == 0.0
        if self._throwOnMissing and missing.any():
            i = int(np.argmax(missing))
            raise DomainError(f"None of {len(self._elements)} coadd inputs covers ({x[i]}, {y[i]}).")
        return np.where(missing, self._default, total / np.where(missing, 1.0, weights))

    def _state(self) -> tuple[Any, ...]:
        default = None if self._throwOnMissing else repr(self._default)
        return self._coaddWcs, self._elements, default

    def _writeArchive(self, out: ArchiveHandle) -> None:
        row = {
            **bboxToRow(self._bbox),
            "coaddWcs": out.put(self._coaddWcs),
            "throwOnMissing": self._throwOnMissing,
            "default": self._default,
        }
        out.addCatalog(FIELDS, [row])
        rows = [
            {
                "field": out.put(element.field),
                "wcs": out.put(element.wcs),
                "validPolygon": out.put(element.validPolygon),
                "weight": element.weight,
            }
            for element in self._elements
        ]
        out.addCatalog(ELEMENT_FIELDS, rows)

    @classmethod
    def _readArchive(cls, archive: InputArchive, catalogs: Sequence[Sequence[Any]]) -> CoaddBoundedField:
        row = catalogs[0][0]
        elements = [
            CoaddBoundedFieldElement(
                archive.require(r["field"], BoundedField),
                archive.require(r["wcs"], SkyWcs),
                archive.get(r["validPolygon"], Polygon),
                r["weight"],
            )
            for r in catalogs[1]
        ]
        default = None if row["throwOnMissing"] else row["default"]
        return cls(bboxFromRow(row), archive.require(row["coaddWcs"], SkyWcs), elements, default)


CoaddBoundedField.__module__ = CoaddBoundedFieldElement.__module__ = "lsst.meas.algorithms"
