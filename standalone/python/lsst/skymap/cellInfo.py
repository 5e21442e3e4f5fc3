# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

__all__ = ["CellInfo"]

from ._regionInfo import RegionInfo


class CellInfo(RegionInfo):
    """One cell of a patch.

    Parameters
    ----------
    index
        Column and row of the cell in its patch.
    innerBBox
        Pixels, in the tract's frame, that belong to this cell alone.
    outerBBox
        ``innerBBox`` with the border that overlaps other cells.
    sequentialIndex
        Number of the cell in its patch.
    tractWcs
        WCS of the tract.

    Raises
    ------
    RuntimeError
        Raised if ``outerBBox`` does not contain ``innerBBox``.
    """

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, CellInfo):
            return NotImplemented
        return (
            self._index == other._index
            and self._innerBBox == other._innerBBox
            and self._outerBBox == other._outerBBox
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return (
            f"CellInfo(index={self._index}, innerBBox={self._innerBBox}, outerBBox={self._outerBBox}, "
            f"sequentialIndex={self._sequentialIndex})"
        )
