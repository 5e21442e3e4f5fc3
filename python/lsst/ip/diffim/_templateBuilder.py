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

"""Mosaics of coadd patches, resampled to a detector."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from lsst.afw.math import computeWarpedBBox
from lsst.geom import Box2I, Extent2I, Point2I
from lsst.pixels import (
    Job,
    Kernel,
    Mosaic,
    Planes,
    PositionGrid,
    Resampling,
    count_clear,
    resample,
    start,
)

if TYPE_CHECKING:
    from lsst.afw.geom import SkyWcs
    from lsst.afw.image import ExposureF, Mask, MaskedImageF
    from lsst.afw.math import WarperConfig

    from ._coaddPatch import CoaddPatch
    from ._stopwatch import Stopwatch

__all__ = ["TemplateBuilder"]

# Pixels by which the region of a tract that is mosaicked exceeds the box that
# is resampled, so that the kernel has all its taps at the border.
_MARGIN = 5

# A tract is mosaicked in bands of about this many pixels (16 bytes each), and
# resampled in strips of this many rows: bounds on memory, not on results.
_BAND_PIXELS = 3_000_000
_STRIP_ROWS = 32


@dataclasses.dataclass(frozen=True)
class _Band:
    """Rows of a tract that are mosaicked and resampled in one go.

    A position in the tract belongs to the band that owns the row it falls
    on; the box of the band also holds the taps around its rows.
    """

    rows: tuple[int, int]
    box: Box2I


# Rows of the template, and where their first pixel falls: column and row.
_Strip = tuple[Planes, int, int]


class TemplateBuilder:
    """Builds the pixels of a template, tract by tract.

    Parameters
    ----------
    template
        Exposure to fill; its box and WCS say where the pixels are.
    config
        How to resample.
    stopwatch
        Counts the time spent.
    """

    def __init__(self, template: ExposureF, config: WarperConfig, stopwatch: Stopwatch):
        self._bbox = template.getBBox()
        self._wcs = template.getWcs()
        self._planes = _planes(template)
        self._mask = template.mask
        self._mosaic = Mosaic(self._planes)
        self._noData = template.mask.getPlaneBitMask("NO_DATA")
        self._resampling = Resampling(
            Kernel(config.warpingKernelName),
            Kernel(config.maskWarpingKernelName) if config.maskWarpingKernelName else None,
            config.cacheSize,
            config.growFullMask,
        )
        self._interpLength = config.interpLength
        self._stopwatch = stopwatch
        self._memory = self._otherMemory = np.empty((4, 0), np.float32)
        self._resampled: Job[int, int] | None = None

    def addTract(self, patches: Sequence[CoaddPatch]) -> list[CoaddPatch]:
        """Mosaic patches of a tract and add what the template sees of it.

        Parameters
        ----------
        patches
            Patches of one tract.

        Returns
        -------
        used : `list` [`CoaddPatch`]
            Patches that reach the template; empty if none has a usable
            pixel there.
        """
        wcs = patches[0].wcs
        region = computeWarpedBBox(wcs, self._bbox, self._wcs).dilatedBy(_MARGIN)
        reaching = [patch for patch in patches if patch.bbox.overlaps(region)]
        grid = self._positions(wcs)
        clear = 0
        doubtful: list[_Strip] = []
        for band in self._bands(reaching, region):
            # Other threads are still at work on the band before.
            source = self._mosaicPatches(reaching, band.box)
            clear += self._waitForBand()
            if source is not None:
                self._startBand(source, band, grid, doubtful)
        clear += self._waitForBand()
        if not clear:
            return []
        for strip, x, y in doubtful:
            self._mosaic.add(strip, x, y)
        return reaching

    def finish(self) -> int:
        """Complete the pixels; returns how many of them have data."""
        with self._stopwatch("mosaic"):
            return self._mosaic.finish(self._noData)

    def _positions(self, wcs: SkyWcs) -> PositionGrid:
        """Positions in a tract of the pixels of the template."""

        def toTract(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            return wcs.skyToPixelArray(*self._wcs.pixelToSkyArray(x, y))

        with self._stopwatch("resample"):
            return PositionGrid.sample(
                toTract, tuple(self._bbox.getMin()), self._planes.shape, self._interpLength
            )

    def _bands(self, patches: Sequence[CoaddPatch], region: Box2I) -> Iterator[_Band]:
        """Divide what patches cover of a region into bands."""
        kernel = self._resampling.kernel
        covered = Box2I()
        for patch in patches:
            covered.include(patch.bbox.clippedTo(region))
        if covered.isEmpty():
            return
        number = -(-covered.getArea() // _BAND_PIXELS)
        edges = np.linspace(covered.getBeginY(), covered.getEndY(), number + 1).round().astype(int).tolist()
        for first, end in itertools.pairwise(edges):
            box = Box2I(Point2I(covered.getMinX(), first), Extent2I(covered.getWidth(), end - first))
            yield _Band((first, end), box.dilatedBy(Extent2I(0, kernel.size)).clippedTo(covered))

    def _startBand(self, source: Planes, band: _Band, grid: PositionGrid, doubtful: list[_Strip]) -> None:
        """Begin to resample a band of a tract and to add it to the template.

        Strips without a pixel that is free of NO_DATA are not added but
        appended to ``doubtful``, with their positions: a tract that has
        nothing else is to be left out.
        """
        corner = band.box.getMin()
        owned = (band.rows[0] - corner.y, band.rows[1] - corner.y)
        seen = grid.shifted(-corner.x, -corner.y).within((0, band.box.getWidth() - 1), owned)
        if seen is None:
            return
        positions, (x, y) = seen
        how = self._resampling.for_mask(source.mask)
        pad = (np.nan, self._noData, np.inf)

        def addStrip(first: int) -> int:
            strip = Planes.empty((min(_STRIP_ROWS, positions.shape[0] - first), positions.shape[1]))
            reached = resample(source, positions, strip, how, first_row=first, owned_rows=owned, pad=pad)
            clear = count_clear(strip.mask, self._noData) if reached else 0
            if clear:
                self._mosaic.add(strip, x, y + first)
            elif reached:
                doubtful.append((strip, x, y + first))
            return clear

        with self._stopwatch("resample"):
            self._resampled = start(addStrip, range(0, positions.shape[0], _STRIP_ROWS))
        if not self._resampled.finished:
            self._memory, self._otherMemory = self._otherMemory, self._memory

    def _waitForBand(self) -> int:
        """Complete the band that was begun, if there is one.

        Returns
        -------
        clear : `int`
            Number of its pixels without NO_DATA.
        """
        if self._resampled is None:
            return 0
        with self._stopwatch("resample"):
            clear = sum(self._resampled.result())
        self._resampled = None
        return clear

    def _mosaicPatches(self, patches: Sequence[CoaddPatch], box: Box2I) -> Planes | None:
        """Mosaic of patches in a box; None if no pixel is usable."""
        with self._stopwatch("mosaic"):
            source, weight = self._allocate(box.getHeight(), box.getWidth())
            mosaic = Mosaic(source, weight)
        good = 0
        for patch in patches:
            part = patch.bbox.clippedTo(box)
            if part.isEmpty():
                continue
            with self._stopwatch("read"):
                pixels = patch.read(part)
            with self._stopwatch("mosaic"):
                offset = pixels.getXY0() - box.getMin()
                good += mosaic.add(_planes(pixels, self._mask), offset.x, offset.y)
        with self._stopwatch("mosaic"):
            mosaic.finish(self._noData)
        return source if good else None

    def _allocate(self, height: int, width: int) -> tuple[Planes, np.ndarray]:
        """Planes and weights for a band, in the memory of one that is done:
        new memory costs more than all that happens in it.
        """
        size = height * width
        if self._memory.shape[1] < size:
            self._memory = np.empty((4, size), np.float32)
        image, mask, variance, weight = self._memory[:, :size].reshape(4, height, width)
        return Planes(image, mask.view(np.int32), variance), weight


def _planes(pixels: ExposureF | MaskedImageF, like: Mask | None = None) -> Planes:
    """Arrays of pixels, with bits of the mask as in another mask."""
    mask = pixels.mask
    if like is not None and mask.getMaskPlaneDict() != like.getMaskPlaneDict():
        mask = mask.clone()
        mask.conformMaskPlanes(pixels.mask.getMaskPlaneDict())
    return Planes(pixels.image.array, mask.array, pixels.variance.array)
