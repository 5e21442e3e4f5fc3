# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Records of exposures, and their tables and catalogs."""

from __future__ import annotations

__all__ = ("COMPONENTS", "ExposureCatalog", "ExposureColumnView", "ExposureRecord", "ExposureTable")

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from lsst.geom import Box2D, Box2I, Point2D, Point2I, SpherePoint
from lsst.pex.exceptions import DomainError, LogicError

from ._base import BaseRecord, BaseTable, makeSetter
from ._catalog import BaseCatalog, BaseColumnView
from ._keys import _Key
from ._schema import Schema

if TYPE_CHECKING:
    import numpy as np

    from ._schema import SchemaMapper

# Objects attached to a record, in the order of their columns in files.
COMPONENTS = (
    "wcs",
    "psf",
    "photoCalib",
    "apCorrMap",
    "validPolygon",
    "visitInfo",
    "transmissionCurve",
    "detector",
)


def _makeMinimal() -> Schema:
    schema = Schema()
    schema.addField("id", type="L", doc="unique ID")
    for end, word in (("min", "minimum"), ("max", "maximum")):
        for axis in "xy":
            schema.addField(f"bbox_{end}_{axis}", type="I", doc=f"bounding box ({word})", units="pixel")
    return schema


_MINIMAL = _makeMinimal()
_ID, *_BOX = (item.key for item in _MINIMAL)


def _accessors(name: str) -> tuple[Callable[[Any], Any], Callable[..., None], Any]:
    def getter(self: ExposureRecord) -> Any:
        return self._components[name]

    setter = makeSetter(name, lambda record, value: record._components.update({name: value}))
    getter.__doc__ = f"Return the ``{name}`` of the exposure, or `None`."
    setter.__doc__ = f"Attach a ``{name}``, or `None`."
    return getter, setter, property(getter, setter)


class ExposureRecord(BaseRecord):
    """A row about one exposure: id, box and attached objects.

    Attached objects are shared, never copied.
    """

    def __init__(self, table: BaseTable, block: np.ndarray, row: int) -> None:
        super().__init__(table, block, row)
        self._components: dict[str, Any] = dict.fromkeys(COMPONENTS)

    def getId(self) -> int:
        return self._getByKey(_ID)

    def setId(self, id: int) -> None:
        self._setByKey(_ID, id)

    id = property(getId, setId)

    def getBBox(self) -> Box2I:
        """Return the bounding box in the pixels of the record's WCS."""
        x0, y0, x1, y1 = map(self._getByKey, _BOX)
        return Box2I(Point2I(x0, y0), Point2I(x1, y1), invert=False)

    def setBBox(self, bbox: Box2I) -> None:
        limits = (bbox.getMinX(), bbox.getMinY(), bbox.getMaxX(), bbox.getMaxY())
        for key, value in zip(_BOX, limits, strict=True):
            self._setByKey(key, value)

    getWcs, setWcs, wcs = _accessors("wcs")
    getPsf, setPsf, psf = _accessors("psf")
    getPhotoCalib, setPhotoCalib, photoCalib = _accessors("photoCalib")
    getApCorrMap, setApCorrMap, apCorrMap = _accessors("apCorrMap")
    getValidPolygon, setValidPolygon, validPolygon = _accessors("validPolygon")
    getVisitInfo, setVisitInfo, visitInfo = _accessors("visitInfo")
    getTransmissionCurve, setTransmissionCurve, transmissionCurve = _accessors("transmissionCurve")
    getDetector, setDetector, detector = _accessors("detector")

    def contains(self, *args: Any, includeValidPolygon: bool = False) -> bool:
        """Return whether a position lies on the exposure.

        Called as ``contains(coord)`` with a position on the sky, or as
        ``contains(point, wcs)`` with a pixel position of another WCS; a last
        positional argument may be ``includeValidPolygon``.

        Parameters
        ----------
        *args
            The position, see above.
        includeValidPolygon
            Whether the position must also lie within the valid polygon.

        Raises
        ------
        lsst.pex.exceptions.LogicError
            Raised if the record has no WCS.
        """
        coord, polygonAsWell = _parsePosition(args, includeValidPolygon)
        wcs = self.getWcs()
        if wcs is None:
            raise LogicError(f"Exposure record {self.getId()} has no WCS; contains() needs one.")
        try:
            point = wcs.skyToPixel(coord)
        except DomainError:
            return False
        if not Box2D(self.getBBox()).contains(point):
            return False
        polygon = self.getValidPolygon() if polygonAsWell else None
        return polygon is None or polygon.contains(point)

    def assign(self, other: BaseRecord, mapper: SchemaMapper | None = None) -> None:
        """Copy values and share the attached objects of another record."""
        super().assign(other, mapper)
        if isinstance(other, ExposureRecord):
            self._components.update(other._components)


def _parsePosition(args: tuple[Any, ...], includeValidPolygon: bool) -> tuple[SpherePoint, bool]:
    if args and isinstance(args[0], SpherePoint) and len(args) <= 2:
        return args[0], bool(args[1]) if len(args) == 2 else includeValidPolygon
    if len(args) in (2, 3) and isinstance(args[0], Point2D):
        return args[1].pixelToSky(args[0]), bool(args[2]) if len(args) == 3 else includeValidPolygon
    raise TypeError(f"Expected a SpherePoint, or a Point2D and its SkyWcs; got {args!r}.")


class ExposureTable(BaseTable):
    """Factory of exposure records; make tables with `make`."""

    def __init__(self, schema: Schema) -> None:
        if not self.checkSchema(schema):
            raise LogicError(
                f"Schema {schema.getOrderedNames()} does not begin with the fields of "
                f"ExposureTable.makeMinimalSchema(), {_MINIMAL.getOrderedNames()}."
            )
        super().__init__(schema)

    @staticmethod
    def makeMinimalSchema() -> Schema:
        """Return the schema all exposure tables begin with: id and box."""
        schema = Schema(_MINIMAL)
        schema.disconnectAliases()
        return schema

    @staticmethod
    def checkSchema(schema: Schema) -> bool:
        """Return whether a schema begins with the minimal one."""
        return bool(schema.contains(_MINIMAL))

    @staticmethod
    def getIdKey() -> _Key:
        return _ID

    def _recordClass(self) -> type[ExposureRecord]:
        return ExposureRecord


class ExposureColumnView(BaseColumnView):
    """The columns of a contiguous exposure catalog as arrays."""


class ExposureCatalog(BaseCatalog):
    """A list of exposure records; sorting and finding are by id.

    Parameters
    ----------
    table
        Table, schema or catalog, as for `BaseCatalog`.
    """

    Table: ClassVar[type[BaseTable]] = ExposureTable
    Record: ClassVar[type[BaseRecord]] = ExposureRecord
    ColumnView: ClassVar[type[BaseColumnView]] = ExposureColumnView

    def sort(self, key: str | _Key | None = None) -> None:
        super().sort(_ID if key is None else key)

    def isSorted(self, key: str | _Key | None = None) -> bool:
        return super().isSorted(_ID if key is None else key)

    def find(self, value: Any, key: str | _Key | None = None) -> ExposureRecord | None:
        return super().find(value, _ID if key is None else key)

    def subsetContaining(self, *args: Any, includeValidPolygon: bool = False) -> ExposureCatalog:
        """Return the records whose exposure contains a position.

        Parameters
        ----------
        *args
            The position, as for `ExposureRecord.contains`.
        includeValidPolygon
            Whether the position must also lie within the valid polygon.
        """
        coord, polygonAsWell = _parsePosition(args, includeValidPolygon)
        return self._like(r for r in self if r.contains(coord, includeValidPolygon=polygonAsWell))


for _class in (ExposureTable, ExposureRecord, ExposureCatalog):
    _class.__module__ = "lsst.afw.table"
