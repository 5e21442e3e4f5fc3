# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""A grid of equal cells."""

from __future__ import annotations

__all__ = ("UniformGrid",)

from lsst.geom import Box2I, Extent2I, Point2I
from lsst.pex.exceptions import LengthError
from lsst.skymap import Index2D


class UniformGrid:
    """A rectangular grid of cells of the same size.

    The cells at the rim of the grid also own a border of padding around it.

    Parameters
    ----------
    cell_size
        Size of a cell without padding (pixels).
    shape
        Number of cells in x and y.
    padding
        Width of the border around the grid (pixels).
    min
        Lower left pixel of the grid without padding; (0, 0) if `None`.

    Raises
    ------
    ValueError
        Raised if the padding is negative, or there is no cell.
    """

    def __init__(
        self, cell_size: Extent2I, shape: Index2D, *, padding: int = 0, min: Point2I | None = None
    ) -> None:
        if padding < 0:
            raise ValueError(f"The padding of a grid is {padding}; it must not be negative.")
        if shape.x < 1 or shape.y < 1 or cell_size.x < 1 or cell_size.y < 1:
            raise ValueError(f"A grid of {shape.x} x {shape.y} cells of {cell_size} pixels is empty.")
        self._cell_size = Extent2I(cell_size)
        self._shape = shape
        self._padding = padding
        corner = Point2I() if min is None else Point2I(min)
        self._bbox = Box2I(corner, Extent2I(cell_size.x * shape.x, cell_size.y * shape.y))

    @classmethod
    def from_bbox_shape(cls, bbox: Box2I, shape: Index2D, padding: int = 0) -> UniformGrid:
        """Divide a box into a number of cells.

        Parameters
        ----------
        bbox
            Box of the grid without padding.
        shape
            Number of cells in x and y.
        padding
            Width of the border around the grid (pixels).

        Raises
        ------
        lsst.pex.exceptions.LengthError
            Raised if the box cannot be divided into that many equal cells.
        """
        if bbox.getWidth() % shape.x or bbox.getHeight() % shape.y:
            raise LengthError(f"The box {bbox} cannot be divided into {shape.x} x {shape.y} cells.")
        size = Extent2I(bbox.getWidth() // shape.x, bbox.getHeight() // shape.y)
        return cls(size, shape, padding=padding, min=bbox.getMin())

    @classmethod
    def from_bbox_cell_size(cls, bbox: Box2I, cell_size: Extent2I, padding: int = 0) -> UniformGrid:
        """Divide a box into cells of a given size.

        Parameters
        ----------
        bbox
            Box of the grid without padding.
        cell_size
            Size of a cell without padding (pixels).
        padding
            Width of the border around the grid (pixels).

        Raises
        ------
        lsst.pex.exceptions.LengthError
            Raised if the box is not a whole number of cells wide or high.
        """
        if bbox.getWidth() % cell_size.x or bbox.getHeight() % cell_size.y:
            raise LengthError(f"The box {bbox} cannot be divided into cells of {cell_size} pixels.")
        shape = Index2D(x=bbox.getWidth() // cell_size.x, y=bbox.getHeight() // cell_size.y)
        return cls(cell_size, shape, padding=padding, min=bbox.getMin())

    @property
    def bbox(self) -> Box2I:
        """Box of the grid without padding."""
        return Box2I(self._bbox)

    @property
    def bbox_with_padding(self) -> Box2I:
        """Box of the grid with padding."""
        return self._bbox.dilatedBy(self._padding)

    @property
    def cell_size(self) -> Extent2I:
        """Size of a cell without padding (pixels)."""
        return Extent2I(self._cell_size)

    @property
    def shape(self) -> Index2D:
        """Number of cells in x and y."""
        return self._shape

    @property
    def padding(self) -> int:
        """Width of the border around the grid (pixels)."""
        return self._padding

    def index(self, position: Point2I) -> Index2D:
        """Find the cell that owns a pixel.

        Parameters
        ----------
        position
            Pixel; one in the padding belongs to the nearest cell.

        Raises
        ------
        ValueError
            Raised if the pixel is neither in the grid nor in its padding.
        """
        if not self.bbox_with_padding.contains(position):
            raise ValueError(f"Pixel {position} is outside of the grid's box {self.bbox_with_padding}.")
        x, y = (position.x - self._bbox.getMinX(), position.y - self._bbox.getMinY())
        return Index2D(
            x=min(max(x // self._cell_size.x, 0), self._shape.x - 1),
            y=min(max(y // self._cell_size.y, 0), self._shape.y - 1),
        )

    def min_of(self, index: Index2D) -> Point2I:
        """Compute the lower left pixel of a cell.

        Parameters
        ----------
        index
            Column and row of the cell. Cells in the first column or row
            start with the padding.
        """
        x, y = index
        return Point2I(
            self._bbox.getMinX() + x * self._cell_size.x - (self._padding if x == 0 else 0),
            self._bbox.getMinY() + y * self._cell_size.y - (self._padding if y == 0 else 0),
        )

    def bbox_of(self, index: Index2D) -> Box2I:
        """Compute the box of a cell.

        Parameters
        ----------
        index
            Column and row of the cell. The box of a cell at the rim of the
            grid has the padding there, once in each axis.
        """
        x, y = index
        padding = Extent2I(
            self._padding if x in (0, self._shape.x - 1) else 0,
            self._padding if y in (0, self._shape.y - 1) else 0,
        )
        return Box2I(self.min_of(index), self._cell_size + padding)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, UniformGrid):
            return NotImplemented
        return (self._bbox, self._cell_size, self._padding) == (
            other._bbox,
            other._cell_size,
            other._padding,
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return (
            f"UniformGrid(cell_size={self._cell_size!r}, shape={self._shape!r}, "
            f"padding={self._padding}, min={self._bbox.getMin()!r})"
        )
