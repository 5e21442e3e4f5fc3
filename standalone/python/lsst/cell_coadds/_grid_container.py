# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""A mapping from the cells of a grid to values."""

from __future__ import annotations

__all__ = ("GridContainer",)

from collections.abc import Callable, Iterator, MutableMapping
from typing import TYPE_CHECKING, TypeVar

from lsst.skymap import Index2D

if TYPE_CHECKING:
    from lsst.geom import Box2I

    from ._uniform_grid import UniformGrid

T = TypeVar("T")
S = TypeVar("S")


class GridContainer(MutableMapping[Index2D, T]):
    """Values for some of the cells of a grid, or of a part of one.

    It is a mapping: it iterates over the indices of the cells that have a
    value, and its length is their number.

    Parameters
    ----------
    shape
        Number of cells in x and y.
    offset
        Index of the first cell; (0, 0) if `None`.
    """

    def __init__(self, shape: Index2D, offset: Index2D | None = None) -> None:
        self._offset = Index2D(0, 0) if offset is None else offset
        self._shape = shape
        self._cells: dict[Index2D, T] = {}
        # Pickles written by the stack store the values under both names.
        self._mapping = self._cells

    @property
    def shape(self) -> Index2D:
        """Number of cells in x and y, with or without a value."""
        return self._shape

    @property
    def offset(self) -> Index2D:
        """Index of the first cell."""
        return self._offset

    @property
    def size(self) -> int:
        """Number of cells, with or without a value."""
        return self._shape.x * self._shape.y

    @property
    def first(self) -> T:
        """Value of the lower left cell."""
        return self._cells[self._offset]

    @property
    def last(self) -> T:
        """Value of the upper right cell."""
        x, y = self._offset
        return self._cells[Index2D(x + self._shape.x - 1, y + self._shape.y - 1)]

    @property
    def arbitrary(self) -> T:
        """Value of any cell that has one."""
        if not self._cells:
            raise LookupError(f"No cell of {self!r} has a value.")
        return next(iter(self._cells.values()))

    def indices(self) -> Iterator[Index2D]:
        """Iterate over the indices of all cells, row by row."""
        for y in range(self._offset.y, self._offset.y + self._shape.y):
            for x in range(self._offset.x, self._offset.x + self._shape.x):
                yield Index2D(x, y)

    def rebuild_transformed(self, transform: Callable[[T], S]) -> GridContainer[S]:
        """Make a container by applying a function to each value.

        Parameters
        ----------
        transform
            Function to apply.
        """
        result: GridContainer[S] = GridContainer(self._shape, self._offset)
        for index, value in self._cells.items():
            result[index] = transform(value)
        return result

    def subset_overlapping(self, grid: UniformGrid, bbox: Box2I) -> GridContainer[T]:
        """Make a container of the cells that overlap a box.

        Parameters
        ----------
        grid
            Grid of the cells.
        bbox
            Box that the cells must overlap.

        Returns
        -------
        subset
            Container with the same values; the cells keep their indices.

        Raises
        ------
        ValueError
            Raised if the box does not overlap the grid.
        """
        clipped = bbox.clippedTo(grid.bbox_with_padding)
        if clipped.isEmpty():
            raise ValueError(f"The box {bbox} does not overlap the grid's box {grid.bbox_with_padding}.")
        first, last = grid.index(clipped.getMin()), grid.index(clipped.getMax())
        result: GridContainer[T] = GridContainer(Index2D(last.x - first.x + 1, last.y - first.y + 1), first)
        result.update((index, self._cells[index]) for index in result.indices() if index in self._cells)
        return result

    def __getitem__(self, index: Index2D) -> T:
        return self._cells[index]

    def __setitem__(self, index: Index2D, value: T) -> None:
        key = Index2D(*index)
        if not all(0 <= key[i] - self._offset[i] < self._shape[i] for i in (0, 1)):
            raise IndexError(f"Cell {key} is outside of {self!r}.")
        self._cells[key] = value

    def __delitem__(self, index: Index2D) -> None:
        del self._cells[index]

    def __iter__(self) -> Iterator[Index2D]:
        return iter(self._cells)

    def __len__(self) -> int:
        return len(self._cells)

    def __repr__(self) -> str:
        return f"GridContainer(shape={self._shape!r}, offset={self._offset!r})"
