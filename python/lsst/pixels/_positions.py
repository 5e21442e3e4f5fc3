# This file is part of ip_diffim_template.
#
# Developed for the LSST Data Management System.
# This product includes software developed by the LSST Project
# (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution
# for the terms of the licence.
#
# This program is free software: you can redistribute it and/or modify
# it under the terms of the GNU General Public License as published by
# the Free Software Foundation, either version 3 of the License, or
# (at your option) any later version.
#
# This program is distributed in the hope that it will be useful,
# but WITHOUT ANY WARRANTY; without even the implied warranty of
# MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the
# GNU General Public License for more details.
#
# You should have received a copy of the GNU General Public License
# along with this program.  If not, see <https://www.gnu.org/licenses/>.

"""Where the pixels of a destination lie in a source."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np

__all__ = ["PositionGrid"]


@dataclasses.dataclass(frozen=True)
class PositionGrid:
    """Source positions of destination pixels, on a sparse grid.

    Between the nodes positions are interpolated bilinearly. The first node
    lies one pixel before the first destination pixel on each axis, so that
    each pixel has a neighbour to the left and one below, from which the
    area that a destination pixel covers in the source is had.

    Parameters
    ----------
    columns, rows
        Destination columns and rows of the nodes: -1 first, the last pixel
        last, strictly increasing.
    x, y
        Source positions at the nodes, shape (len(rows), len(columns));
        pixel centres are at integers. NaN where there is none.

    Notes
    -----
    The relative area at pixel (c, r) is |a x b| with a the step of the
    position from (c - 1, r) and b that from (c, r - 1); with it, resampling
    conserves flux.
    """

    columns: np.ndarray
    rows: np.ndarray
    x: np.ndarray
    y: np.ndarray

    def __post_init__(self) -> None:
        shape = (len(self.rows), len(self.columns))
        if self.x.shape != shape or self.y.shape != shape:
            raise ValueError(
                f"Positions of shape {self.x.shape} and {self.y.shape} do not fit {shape[0]} rows "
                f"and {shape[1]} columns of nodes."
            )

    @classmethod
    def sample(
        cls,
        to_source: Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]],
        origin: tuple[int, int],
        shape: tuple[int, int],
        spacing: int,
        rows: tuple[int, int] | None = None,
    ) -> PositionGrid:
        """Evaluate a mapping at the nodes of a grid.

        Parameters
        ----------
        to_source
            Maps destination coordinates (x, y), as 1-d arrays, to source
            positions.
        origin
            Coordinates (x, y) of the first destination pixel.
        shape
            Number of rows and columns of the destination.
        spacing
            Distance of the nodes in pixels; 0 or less stands for a node at
            each pixel.
        rows
            First row and the row past the last that are wanted, if not
            all. The nodes are those of the whole grid.
        """
        step = max(int(spacing), 1)
        first, last = (0, shape[0]) if rows is None else rows
        node_rows = _nodes(shape[0], step)
        lower = int(np.searchsorted(node_rows, first)) - 1
        upper = int(np.searchsorted(node_rows, last - 1)) + 1
        node_rows = node_rows[lower:upper]
        columns = _nodes(shape[1], step)
        grid_x, grid_y = np.meshgrid(columns + float(origin[0]), node_rows + float(origin[1]))
        x, y = to_source(grid_x.ravel(), grid_y.ravel())
        return cls(columns, node_rows, np.reshape(x, grid_x.shape), np.reshape(y, grid_y.shape))


def _nodes(length: int, step: int) -> np.ndarray:
    return np.append(np.arange(-1, length - 1, step), length - 1)
