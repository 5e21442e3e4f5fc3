# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Resampling of the mosaic of a tract, a block of rows at a time."""

from __future__ import annotations

__all__ = ("MosaicBuffers", "TractResampler", "TractRows")

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from lsst.pixels import (
    Mosaic,
    Pending,
    PixelPlanes,
    PositionGrid,
    Resampler,
    Resampling,
    count_clear,
    start_parallel,
)

if TYPE_CHECKING:
    from lsst.geom import Box2I

# Number of template rows that a thread resamples at once.
_STRIP_ROWS = 32


@dataclasses.dataclass(frozen=True)
class TractRows:
    """Rows of a tract that are mosaicked and resampled together.

    A pixel of the template is resampled from these rows if its position in
    the tract is on one of them.

    Parameters
    ----------
    begin, end
        First row, and one past the last.
    bbox
        Box of these rows and of the rows around them that the taps of the
        kernel reach.

    Raises
    ------
    ValueError
        Raised if there are no rows, or the box does not contain them.
    """

    begin: int
    end: int
    bbox: Box2I

    def __post_init__(self) -> None:
        if not self.bbox.getBeginY() <= self.begin < self.end <= self.bbox.getEndY():
            raise ValueError(f"Rows {self.begin} to {self.end} of a tract are not a range in {self.bbox}.")


class MosaicBuffers:
    """Memory for the mosaics of successive rows of a tract.

    There are two buffers, so that one can be filled while the mosaic in the
    other is being resampled. They are reused, since faulting in new pages
    costs more than the work.
    """

    def __init__(self) -> None:
        self._free = self._kept = np.empty((4, 0), np.float32)

    def make_mosaic(self, shape: tuple[int, int]) -> tuple[PixelPlanes, Mosaic]:
        """Make an empty mosaic of a shape (ny, nx).

        The buffer of the previous mosaic is reused, unless it was kept.
        """
        size = shape[0] * shape[1]
        if self._free.shape[1] < size:
            self._free = np.empty((4, size), np.float32)
        image, mask, variance, weight = self._free[:, :size].reshape(4, *shape)
        planes = PixelPlanes(image, mask.view(np.int32), variance)
        return planes, Mosaic(planes, weight)

    def keep(self) -> None:
        """Keep the last mosaic instead of the one kept before."""
        self._free, self._kept = self._kept, self._free


class TractResampler:
    """Resampler that adds the mosaic of a tract to that of the template.

    Parameters
    ----------
    grid
        Positions of the template's pixels in the tract.
    resampling
        Kernels and how to apply them.
    mosaic
        Mosaic of the template.
    no_data
        Value of the mask bit for pixels without data.
    """

    def __init__(self, grid: PositionGrid, resampling: Resampling, mosaic: Mosaic, no_data: int):
        self._grid = grid
        self._resampling = resampling
        self._mosaic = mosaic
        self._no_data = no_data
        self._pending: Pending[int, int] | None = None
        self._usable = 0
        # Strips in which all pixels are NO_DATA, and their positions. They are
        # added only if the tract has any data.
        self._masked_strips: list[tuple[PixelPlanes, int, int]] = []

    def start(self, source: PixelPlanes, rows: TractRows) -> bool:
        """Start resampling rows of the tract and adding them to the template.

        Parameters
        ----------
        source
            Mosaic of ``rows.bbox``. It must not change before `wait`
            returns.
        rows
            Rows to resample.

        Returns
        -------
        is_pending
            Whether other threads still use ``source``.
        """
        corner = rows.bbox.getMin()
        owned_rows = (rows.begin - corner.y, rows.end - corner.y)
        grid = self._grid.shifted(-corner.x, -corner.y)
        visible = grid.within((0, rows.bbox.getWidth() - 1), owned_rows)
        if visible is None:
            return False
        positions, (x, y) = visible
        resampler = Resampler(
            *(source, positions, self._resampling),
            owned_rows=owned_rows,
            pad=(np.nan, self._no_data, np.inf),
        )

        def add_strip(first: int) -> int:
            strip = PixelPlanes.empty((min(_STRIP_ROWS, positions.shape[0] - first), positions.shape[1]))
            reached = resampler.resample_rows(strip, first)
            usable = count_clear(strip.mask, self._no_data) if reached else 0
            if usable:
                self._mosaic.add(strip, x, y + first)
            elif reached:
                self._masked_strips.append((strip, x, y + first))
            return usable

        self._pending = start_parallel(add_strip, range(0, positions.shape[0], _STRIP_ROWS))
        return not self._pending.finished

    def wait(self) -> None:
        """Wait until the last rows started have been added."""
        if self._pending is not None:
            self._usable += sum(self._pending.result())
            self._pending = None

    def finish(self) -> bool:
        """Complete the tract; return whether it has any data."""
        self.wait()
        if self._usable:
            for strip, x, y in self._masked_strips:
                self._mosaic.add(strip, x, y)
        return self._usable > 0
