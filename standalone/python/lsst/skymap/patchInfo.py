# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

__all__ = ("PatchInfo",)

import numbers
from collections.abc import Iterator, Sequence
from typing import cast

from lsst.afw.geom import SkyWcs
from lsst.geom import Box2I, Extent2I

from .cellInfo import CellInfo, RegionInfo
from .detail import Index2D


class PatchInfo(RegionInfo):
    """One patch of a tract.

    Parameters
    ----------
    index
        Column and row of the patch in its tract.
    innerBBox
        Pixels, in the tract's frame, that belong to this patch alone.
    outerBBox
        ``innerBBox`` with the border that overlaps other patches.
    sequentialIndex
        Number of the patch in its tract.
    tractWcs
        WCS of the tract.
    cellInnerDimensions
        Width and height of the inner box of a cell (pixels).
    cellBorder
        Width of the border of a cell (pixels).
    numCellsPerPatchInner
        Number of cells along either axis of the inner box; 0 if the patch
        is not made of cells.
    numCellsInPatchBorder
        Number of cells along either axis in the border on one side.

    Raises
    ------
    RuntimeError
        Raised if ``outerBBox`` does not contain ``innerBBox``.

    Notes
    -----
    The length of a patch is its number of cells, so a patch without cells
    is false in a condition.
    """

    def __init__(
        self,
        index: Index2D,
        innerBBox: Box2I,
        outerBBox: Box2I,
        sequentialIndex: int,
        tractWcs: SkyWcs,
        cellInnerDimensions: Sequence[int] | Extent2I = (0, 0),
        cellBorder: int = 0,
        numCellsPerPatchInner: int = 0,
        numCellsInPatchBorder: int = 0,
    ) -> None:
        super().__init__(index, innerBBox, outerBBox, sequentialIndex, tractWcs)
        self._cellInnerDimensions = Extent2I(*cellInnerDimensions)
        self._cellBorder = cellBorder
        self._numCellsInPatchBorder = numCellsInPatchBorder
        numCells = numCellsPerPatchInner + 2 * numCellsInPatchBorder if numCellsPerPatchInner else 0
        self._numCells = Index2D(numCells, numCells)

    def getNumCells(self) -> Index2D:
        """Return the number of cells along x and y, border included."""
        return self._numCells

    num_cells = property(getNumCells)

    def getCellBorder(self) -> int:
        """Return the width of the border of a cell (pixels)."""
        return self._cellBorder

    cell_border = property(getCellBorder)

    def getCellInnerDimensions(self) -> Extent2I:
        """Return the size of the inner box of a cell (pixels)."""
        return self._cellInnerDimensions

    cell_inner_dimensions = property(getCellInnerDimensions)

    def getCellInfo(self, index: Index2D | Sequence[int] | int) -> CellInfo:
        """Return a cell of this patch.

        Parameters
        ----------
        index
            Column and row of the cell, or its number.

        Raises
        ------
        IndexError
            Raised if the patch is not made of cells or has no such cell.
        """
        x, y = self._toCellIndexPair(index)
        inner = Box2I(
            self._innerBBox.getBegin()
            + Extent2I(
                (x - self._numCellsInPatchBorder) * self._cellInnerDimensions.getX(),
                (y - self._numCellsInPatchBorder) * self._cellInnerDimensions.getY(),
            ),
            self._cellInnerDimensions,
        )
        return CellInfo(
            index=Index2D(x, y),
            innerBBox=inner,
            outerBBox=inner.dilatedBy(self._cellBorder),
            sequentialIndex=self.getSequentialCellIndexFromPair((x, y)),
            tractWcs=self._wcs,
        )

    def _toCellIndexPair(self, index: Index2D | Sequence[int] | int) -> Index2D:
        if not len(self):
            raise IndexError(f"{self} is not made of cells, so has no cell {index}.")
        if isinstance(index, numbers.Number):
            return self.getCellIndexPair(cast(int, index))
        pair = Index2D(*cast(Sequence[int], index))
        self._checkCellIndex(pair)
        return pair

    def _checkCellIndex(self, index: Sequence[int]) -> None:
        if not all(0 <= i < n for i, n in zip(index, self._numCells, strict=True)):
            raise IndexError(f"Cell index {tuple(index)} is not in range [0, 0] to {list(self._numCells)}.")

    def getSequentialCellIndex(self, cellInfo: CellInfo) -> int:
        """Return the number of a cell in this patch.

        Raises
        ------
        IndexError
            Raised if the patch has no such cell.
        """
        return self.getSequentialCellIndexFromPair(cellInfo.getIndex())

    def getSequentialCellIndexFromPair(self, index: Index2D | Sequence[int]) -> int:
        """Return the number of the cell with a column and row.

        Raises
        ------
        IndexError
            Raised if the patch has no such cell.
        """
        self._checkCellIndex(index)
        x, y = index
        return self._numCells.x * y + x

    def getCellIndexPair(self, sequentialIndex: int) -> Index2D:
        """Return the column and row of a cell from its number.

        Raises
        ------
        IndexError
            Raised if the patch has no such cell.
        """
        if not 0 <= sequentialIndex < len(self):
            raise IndexError(f"Cell {sequentialIndex} is not in range 0 to {len(self) - 1} of {self}.")
        y, x = divmod(int(sequentialIndex), self._numCells.x)
        return Index2D(x, y)

    def __iter__(self) -> Iterator[CellInfo]:
        return (self.getCellInfo(i) for i in range(len(self)))

    def __len__(self) -> int:
        return self._numCells.x * self._numCells.y

    def __getitem__(self, index: Index2D | Sequence[int] | int) -> CellInfo:
        return self.getCellInfo(index)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PatchInfo):
            return NotImplemented
        return (
            self._index == other._index
            and self._innerBBox == other._innerBBox
            and self._outerBBox == other._outerBBox
            and self._numCells == other._numCells
            and self._cellBorder == other._cellBorder
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return (
            f"PatchInfo(index={self._index}, innerBBox={self._innerBBox}, outerBBox={self._outerBBox}, "
            f"sequentialIndex={self._sequentialIndex}, cellInnerDimensions={self._cellInnerDimensions}, "
            f"cellBorder={self._cellBorder}, numCells={self._numCells})"
        )
