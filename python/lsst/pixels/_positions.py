# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Source positions of destination pixels."""

from __future__ import annotations

__all__ = ("PositionGrid",)

import dataclasses
from collections.abc import Callable

import numpy as np

# Number of nodes that are mapped in one call.
_CHUNK = 1 << 18


@dataclasses.dataclass(frozen=True)
class PositionGrid:
    """Source positions of destination pixels, on a sparse grid.

    Between the nodes, positions are interpolated bilinearly. The first node
    on each axis is one pixel before the first destination pixel, so that
    every pixel has a left and a lower neighbor, from which the area that it
    covers in the source is computed.

    Parameters
    ----------
    columns, rows
        Destination columns and rows of the nodes, strictly increasing from
        -1 to the last pixel.
    x, y
        Source positions of the nodes, of shape (len(rows), len(columns));
        pixel centers are at integers. NaN where a node has no position.

    Raises
    ------
    ValueError
        Raised if the nodes are not as described, or the positions do not fit
        them.

    Notes
    -----
    The relative area of pixel (c, r) is abs(a x b), where a is the step of
    the position from (c - 1, r) to it, and b that from (c, r - 1). Resampling
    multiplies by it to conserve flux.
    """

    columns: np.ndarray
    rows: np.ndarray
    x: np.ndarray
    y: np.ndarray

    def __post_init__(self) -> None:
        _check_nodes("columns", self.columns)
        _check_nodes("rows", self.rows)
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
    ) -> PositionGrid:
        """Evaluate a mapping at the nodes of a grid.

        Parameters
        ----------
        to_source
            Function that maps destination coordinates x and y, as
            one-dimensional arrays, to source positions.
        origin
            Coordinates (x, y) of the first destination pixel.
        shape
            Number of rows and columns of the destination.
        spacing
            Distance between nodes, in pixels; 0 or less means a node at every
            pixel.

        Returns
        -------
        grid : `PositionGrid`
            Grid that spans all destination pixels.
        """
        step = max(int(spacing), 1)
        rows, columns = _nodes(shape[0], step), _nodes(shape[1], step)
        x = np.empty((len(rows), len(columns)))
        y = np.empty_like(x)
        # A mapping may allocate many temporaries of the size of its input.
        chunk = max(_CHUNK // len(columns), 1)
        for start in range(0, len(rows), chunk):
            part = slice(start, start + chunk)
            grid_x, grid_y = np.meshgrid(columns + float(origin[0]), rows[part] + float(origin[1]))
            source_x, source_y = to_source(grid_x.ravel(), grid_y.ravel())
            x[part] = np.reshape(source_x, grid_x.shape)
            y[part] = np.reshape(source_y, grid_y.shape)
        return cls(columns, rows, x, y)

    def shifted(self, x: float, y: float) -> PositionGrid:
        """Return a copy with (x, y) added to all source positions."""
        return PositionGrid(self.columns, self.rows, self.x + x, self.y + y)

    def within(
        self, x: tuple[float, float], y: tuple[float, float]
    ) -> tuple[PositionGrid, tuple[int, int]] | None:
        """Return the part of the grid that may reach a region of the source.

        Parameters
        ----------
        x, y
            Lowest and highest source position of the region on each axis.

        Returns
        -------
        part : `PositionGrid`
            Smallest rectangle of cells that contains all cells whose
            positions overlap the region.
        corner : `tuple` [`int`, `int`]
            Destination column and row of the first pixel of ``part``.

        Notes
        -----
        If no cell overlaps the region, `None` is returned instead.
        """
        overlaps = _overlaps(self.x, *x) & _overlaps(self.y, *y)
        rows, columns = np.nonzero(overlaps.any(axis=1))[0], np.nonzero(overlaps.any(axis=0))[0]
        if not len(rows):
            return None
        across, up = slice(columns[0], columns[-1] + 2), slice(rows[0], rows[-1] + 2)
        corner = (int(self.columns[columns[0]]) + 1, int(self.rows[rows[0]]) + 1)
        part = PositionGrid(
            self.columns[across] - corner[0],
            self.rows[up] - corner[1],
            self.x[up, across],
            self.y[up, across],
        )
        return part, corner

    @property
    def shape(self) -> tuple[int, int]:
        """Number of rows and columns of destination pixels."""
        return int(self.rows[-1]) + 1, int(self.columns[-1]) + 1


def _nodes(length: int, step: int) -> np.ndarray:
    return np.append(np.arange(-1, length - 1, step), length - 1)


def _check_nodes(axis: str, nodes: np.ndarray) -> None:
    if nodes.ndim != 1 or nodes.dtype.kind != "i" or not len(nodes) or nodes[0] != -1:
        raise ValueError(f"The {axis} of nodes must be integers from -1 onward, not {nodes}.")
    if (nodes[1:] <= nodes[:-1]).any():
        raise ValueError(f"The {axis} of nodes must increase strictly, not as {nodes}.")


def _overlaps(nodes: np.ndarray, lower: float, upper: float) -> np.ndarray:
    """Return whether each cell between four nodes overlaps a range."""
    corners = np.stack([nodes[:-1, :-1], nodes[:-1, 1:], nodes[1:, :-1], nodes[1:, 1:]])
    with np.errstate(invalid="ignore"):
        return (corners.max(axis=0) >= lower) & (corners.min(axis=0) <= upper)
