# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the pickle of a `StitchedPsf` may name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lsst.afw.fits import MemFileManager
from lsst.afw.image import ImageD
from lsst.afw.table.io._pickledNames import GEOMETRY
from lsst.afw.table.io._unpickler import Allowed, PickleError
from lsst.geom import Box2I, Extent2I
from lsst.skymap import Index2D

from ._grid_container import GridContainer
from ._uniform_grid import UniformGrid

__all__ = ("ALLOWED",)

_MAX_CELLS = 1 << 16
_LIMIT = 1 << 31


def _makeIndex(*values: Any) -> Index2D:
    if len(values) != 2 or any(type(v) is not int or not 0 <= v < _MAX_CELLS for v in values):
        raise PickleError(f"A cell has the index {str(values)[:100]}.")
    return Index2D(*values)


def _makeImage(cls: Any, data: Any, size: Any) -> ImageD:
    if cls != "lsst.afw.image._image.ImageD" or type(data) is not bytes or size != len(data):
        raise PickleError("It is not called as images call it.")
    manager = MemFileManager()
    manager.setData(data, size)
    return ImageD(manager)


def _makeAlias(origin: Any, arguments: Any) -> Any:
    # What a container made by ``GridContainer[ImageD](...)`` keeps of that.
    if origin != "lsst.cell_coadds._grid_container.GridContainer" or arguments != (
        "lsst.afw.image._image.ImageD",
    ):
        raise PickleError("It does not name a grid of images.")
    return GridContainer[ImageD]


def _setContainer(container: GridContainer[Any], state: Any) -> None:
    if type(state) is not dict or not {"_offset", "_shape", "_cells"} <= state.keys():
        raise PickleError("The images of the cells are not a grid of them.")
    offset, shape, cells = state["_offset"], state["_shape"], state["_cells"]
    if type(offset) is not Index2D or type(shape) is not Index2D or type(cells) is not dict:
        raise PickleError("The images of the cells are not a grid of them.")
    container.__init__(shape, offset)  # type: ignore[misc]
    for index, image in cells.items():
        if type(index) is not Index2D or type(image) is not ImageD:
            raise PickleError(f"Cell {str(index)[:100]} has no image.")
        container[index] = image
    if (alias := state.get("__orig_class__")) is not None:
        if alias != GridContainer[ImageD]:
            raise PickleError("The images of the cells are of an unknown class.")
        container.__orig_class__ = alias  # type: ignore[attr-defined]


def _setGrid(grid: UniformGrid, state: Any) -> None:
    if type(state) is not dict:
        raise PickleError("The grid has no size.")
    size, shape, padding, bbox = (state.get(k) for k in ("_cell_size", "_shape", "_padding", "_bbox"))
    if (
        type(size) is not Extent2I
        or type(shape) is not Index2D
        or type(padding) is not int
        or not 0 <= padding < _MAX_CELLS
        or type(bbox) is not Box2I
    ):
        raise PickleError("The grid has no size, shape, padding or box.")
    grid.__init__(size, shape, padding=padding, min=bbox.getMin())  # type: ignore[misc]
    if grid.bbox != bbox:
        raise PickleError(f"The grid of {shape.x} x {shape.y} cells of {size} pixels does not fill {bbox}.")


ALLOWED: Mapping[tuple[str, str], Allowed] = {
    **GEOMETRY,
    ("lsst.cell_coadds._grid_container", "GridContainer"): Allowed(
        new=lambda: GridContainer.__new__(GridContainer), build=_setContainer
    ),
    ("lsst.cell_coadds._uniform_grid", "UniformGrid"): Allowed(
        new=lambda: UniformGrid.__new__(UniformGrid), build=_setGrid
    ),
    ("types", "GenericAlias"): Allowed(call=_makeAlias),
    ("lsst.skymap.detail.utils", "Index2D"): Allowed(new=_makeIndex),
    ("lsst.afw.image._image", "ImageD"): Allowed(),
    ("lsst.afw.fits._pickleFits", "unreduceFromFits"): Allowed(call=_makeImage),
}
"""By module and name."""
