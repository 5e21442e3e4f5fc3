# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bounded fields made of transforms and sky WCSs."""

from __future__ import annotations

__all__ = ("PixelAreaBoundedField", "TransformBoundedField")


from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import starlink.Ast as Ast

import lsst.geom
from lsst.afw.table.io._persistable import Fields, register
from lsst.pex.exceptions import InvalidParameterError

from ._boundedField import BBOX_FIELDS, BoundedField, bboxFromRow, bboxToRow
from ._functions import FloatArray

if TYPE_CHECKING:
    from lsst.afw.geom import SkyWcs, TransformPoint2ToGeneric


@register("TransformBoundedField", module="lsst.afw.math")
class TransformBoundedField(BoundedField):
    """A field given by a transform from position to one number.

    Parameters
    ----------
    bbox : `lsst.geom.Box2I`
        The box.
    transform : `lsst.afw.geom.TransformPoint2ToGeneric`
        The transform; InvalidParameterError unless it has one output axis.
    """

    _FIELDS: ClassVar[Fields] = Fields(f"{BBOX_FIELDS} frameSet:QB")

    def __init__(self, bbox: lsst.geom.Box2I, transform: TransformPoint2ToGeneric) -> None:
        super().__init__(bbox)
        if transform.toEndpoint.nAxes != 1:
            raise InvalidParameterError(f"the transform has {transform.toEndpoint.nAxes} output axes, not 1")
        self._transform = transform

    def getTransform(self) -> TransformPoint2ToGeneric:
        """Return the transform."""
        return self._transform

    def _evaluate(self, x: FloatArray, y: FloatArray) -> FloatArray:
        return self._transform._applyArray(np.array([x, y]))[0]

    def __mul__(self, scale: float) -> TransformBoundedField:
        from lsst.afw.geom import TransformGenericToGeneric

        zoom = TransformGenericToGeneric(Ast.ZoomMap(1, float(scale)))
        return TransformBoundedField(self._bbox, self._transform.then(zoom))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, BoundedField):
            return NotImplemented
        return (
            isinstance(other, TransformBoundedField)
            and self._bbox == other._bbox
            and self._transform.writeString() == other._transform.writeString()
        )

    __hash__ = None  # type: ignore[assignment]

    def _writeArchive(self, out: Any) -> None:
        text = np.frombuffer(self._transform.writeString().encode("ascii"), dtype=np.uint8)
        out.addCatalog(self._FIELDS, [bboxToRow(self._bbox) | {"frameSet": text}])

    @classmethod
    def _readArchive(cls, archive: Any, catalogs: Sequence[Sequence[Any]]) -> TransformBoundedField:
        from lsst.afw.geom import TransformPoint2ToGeneric

        row = catalogs[0][0]
        text = bytes(np.asarray(row["frameSet"], dtype=np.uint8)).decode("ascii")
        return cls(bboxFromRow(row), TransformPoint2ToGeneric.readString(text))


@register("PixelAreaBoundedField", module="lsst.afw.math")
class PixelAreaBoundedField(BoundedField):
    """The area of a pixel on the sky.

    It is the area of the parallelogram between a position and the positions
    one pixel further in x and in y, as vectors from the sphere's centre.

    Parameters
    ----------
    bbox : `lsst.geom.Box2I`
        The box.
    skyWcs : `lsst.afw.geom.SkyWcs`
        WCS of the pixels; InvalidParameterError if None.
    unit : `lsst.geom.AngleUnit`, optional
        Areas are in this unit squared (radians by default).
    scaling : `float`, optional
        Factor to apply.
    """

    _FIELDS: ClassVar[Fields] = Fields(f"{BBOX_FIELDS} wcs:J scaling:D")

    def __init__(
        self,
        bbox: lsst.geom.Box2I,
        skyWcs: SkyWcs,
        unit: lsst.geom.AngleUnit = lsst.geom.radians,
        scaling: float = 1.0,
    ) -> None:
        super().__init__(bbox)
        if skyWcs is None:
            raise InvalidParameterError("a PixelAreaBoundedField needs a WCS")
        self._wcs = skyWcs
        self._scaling = float(scaling) * (1.0 * lsst.geom.radians).asAngularUnits(unit) ** 2

    def getSkyWcs(self) -> SkyWcs:
        """Return the WCS."""
        return self._wcs

    def getScaling(self) -> float:
        """Return the factor from steradians, with that of the unit."""
        return self._scaling

    def _vectors(self, x: FloatArray, y: FloatArray) -> FloatArray:
        ra, dec = self._wcs.pixelToSkyArray(x, y)
        return np.stack([np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)], axis=-1)

    def _evaluate(self, x: FloatArray, y: FloatArray) -> FloatArray:
        here = self._vectors(x, y)
        normal = np.cross(self._vectors(x + 1.0, y) - here, self._vectors(x, y + 1.0) - here)
        return np.sqrt(np.sum(normal * normal, axis=-1)) * self._scaling

    def __mul__(self, scale: float) -> PixelAreaBoundedField:
        return PixelAreaBoundedField(self._bbox, self._wcs, scaling=self._scaling * scale)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, BoundedField):
            return NotImplemented
        return (
            isinstance(other, PixelAreaBoundedField)
            and self._bbox == other._bbox
            and self._wcs == other._wcs
            and self._scaling == other._scaling
        )

    __hash__ = None  # type: ignore[assignment]

    def _writeArchive(self, out: Any) -> None:
        row = bboxToRow(self._bbox) | {"wcs": out.put(self._wcs), "scaling": self._scaling}
        out.addCatalog(self._FIELDS, [row])

    @classmethod
    def _readArchive(cls, archive: Any, catalogs: Sequence[Sequence[Any]]) -> PixelAreaBoundedField:
        from lsst.afw.geom import SkyWcs

        row = catalogs[0][0]
        return cls(bboxFromRow(row), archive.require(row["wcs"], SkyWcs), scaling=row["scaling"])
