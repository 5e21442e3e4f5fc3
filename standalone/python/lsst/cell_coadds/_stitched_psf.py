# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""The PSF of a cell-based coadd, and the globals allowed in its pickle."""

from __future__ import annotations

__all__ = ("ALLOWED", "StitchedPsf")

import pickle
from collections.abc import Mapping
from typing import Any

import numpy as np

from lsst.afw.detection import InvalidPsfError
from lsst.afw.fits import MemFileManager
from lsst.afw.image import Color, ImageD
from lsst.afw.table.io._persistable import register
from lsst.afw.table.io._pickledNames import GEOMETRY
from lsst.afw.table.io._unpickler import Allowed, PickleError
from lsst.geom import Box2D, Box2I, Extent2I, Point2D, Point2I
from lsst.meas.algorithms._imagePsf import PickledPsf
from lsst.skymap import Index2D

from ._grid_container import GridContainer
from ._uniform_grid import UniformGrid

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
    # Attribute that ``GridContainer[ImageD](...)`` leaves on a container.
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
"""Globals allowed in the pickle, by module and name."""


@register("StitchedPsf", module="lsst.cell_coadds._stitched_psf")
class StitchedPsf(PickledPsf):
    """A PSF with one kernel image for each cell of a grid.

    Parameters
    ----------
    images
        Kernel images of the cells, all of the same size. Cells without an
        image have no PSF.
    grid
        Grid of the cells.

    Raises
    ------
    ValueError
        Raised if an image belongs to no cell of the grid.
    """

    _images: GridContainer[ImageD]
    _grid: UniformGrid

    def __init__(self, images: GridContainer[ImageD], grid: UniformGrid) -> None:
        super().__init__()
        self._set(images, grid)

    @property
    def images(self) -> GridContainer[ImageD]:
        """Kernel images of the cells."""
        self._load()
        return self._images

    @property
    def grid(self) -> UniformGrid:
        """Grid of the cells."""
        self._load()
        return self._grid

    def getAveragePosition(self) -> Point2D:
        """Return the center of the grid, or of a cell that has an image."""
        center = Box2D(self.grid.bbox).getCenter()
        if not self.images or self.grid.index(Point2I(center)) in self.images:
            return center
        return Box2D(self.grid.bbox_of(next(iter(self.images)))).getCenter()

    def resized(self, width: int, height: int) -> StitchedPsf:
        """Return a copy whose images are cropped or padded with zeros.

        Parameters
        ----------
        width, height
            New size of the images (pixels).

        Raises
        ------
        ValueError
            Raised if the size is not odd in both directions.
        """
        if width < 1 or height < 1 or width % 2 == 0 or height % 2 == 0:
            raise ValueError(f"A PSF image of {width} x {height} pixels has no central pixel.")
        box = Box2I(Point2I(-(width // 2), -(height // 2)), Extent2I(width, height))
        return StitchedPsf(self.images.rebuild_transformed(lambda image: _resized(image, box)), self.grid)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, StitchedPsf):
            return NotImplemented
        mine, theirs = self.images, other.images
        return (
            self.grid == other.grid
            and mine.keys() == theirs.keys()
            and all(
                mine[i].getBBox() == theirs[i].getBBox() and np.array_equal(mine[i].array, theirs[i].array)
                for i in mine
            )
        )

    __hash__ = None  # type: ignore[assignment]

    def _set(self, images: GridContainer[ImageD], grid: UniformGrid) -> None:
        for index, image in images.items():
            if not (0 <= index.x < grid.shape.x and 0 <= index.y < grid.shape.y):
                raise ValueError(f"The image of cell {tuple(index)} is outside of the {grid!r}.")
            if image.getBBox() != images.arbitrary.getBBox():
                raise ValueError(
                    f"The image of cell {tuple(index)} has the box {image.getBBox()}, others have "
                    f"{images.arbitrary.getBBox()}."
                )
        self._images, self._grid = images, grid

    def _imageAt(self, position: Point2D) -> ImageD:
        try:
            index = self.grid.index(Point2I(position))
        except ValueError as err:
            raise InvalidPsfError(f"The PSF is not defined at {position}: {err}") from err
        if index not in self.images:
            raise InvalidPsfError(f"The PSF is not defined at {position}: cell {tuple(index)} has no image.")
        return self.images[index]

    def _doComputeKernelImage(self, position: Point2D, color: Color) -> ImageD:
        return self._imageAt(position).clone()

    def _doComputeBBox(self, position: Point2D, color: Color) -> Box2I:
        return self._imageAt(position).getBBox()

    @classmethod
    def _allowList(cls) -> Mapping[tuple[str, str], Allowed]:
        return ALLOWED

    def _unpack(self, contents: Any) -> None:
        if (
            type(contents) is not tuple
            or len(contents) != 2
            or type(contents[0]) is not GridContainer
            or type(contents[1]) is not UniformGrid
        ):
            raise PickleError("The pickle does not hold the images and the grid of a PSF.")
        try:
            self._set(*contents)
        except (ValueError, AttributeError) as err:
            raise PickleError(str(err)) from err

    def _pack(self) -> bytes:
        return pickle.dumps((self._images, self._grid), protocol=4)


def _resized(image: ImageD, box: Box2I) -> ImageD:
    result = ImageD(box, 0.0)
    common = box.clippedTo(image.getBBox())
    result[common].array[:] = image[common].array
    return result
