# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Mosaics of coadd patches, resampled to a detector."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from lsst.afw.image import ExposureF
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
    move_bits,
    resample,
    start,
)

from ._coaddPatch import CoaddReader

if TYPE_CHECKING:
    from lsst.afw.geom import SkyWcs
    from lsst.afw.image import Mask, MaskedImageF
    from lsst.afw.math import Warper, WarperConfig

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
    warper
        Resamples instead of the kernels of `lsst.pixels` if given; then
        ``config`` is ignored.
    """

    def __init__(
        self,
        template: ExposureF,
        config: WarperConfig,
        stopwatch: Stopwatch,
        warper: Warper | None = None,
    ):
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
        self._warper = warper
        self._memory = self._otherMemory = np.empty((4, 0), np.float32)
        self._resampled: Job[int, int] | None = None
        self._first: CoaddReader | None = None

    def addTract(self, patches: Sequence[CoaddPatch]) -> list[CoaddReader]:
        """Mosaic the patches of a tract and add the result to the template.

        Parameters
        ----------
        patches
            Patches of one tract.

        Returns
        -------
        used
            Readers of the patches that overlap the template; empty if none
            has a usable pixel there.

        Raises
        ------
        RuntimeError
            Raised if a coadd cannot be read or does not match the others.
        """
        with self._stopwatch("read"):
            wcs = patches[0].readWcs()
            boxes = [patch.bbox for patch in patches]
        region = computeWarpedBBox(wcs, self._bbox, self._wcs).dilatedBy(_MARGIN)
        readers = [
            CoaddReader(patch, box.clippedTo(region), wcs)
            for patch, box in zip(patches, boxes, strict=True)
            if box.overlaps(region)
        ]
        if not readers:
            return []
        added = self._resampleTract(readers, wcs) if self._warper is None else self._warpTract(readers, wcs)
        for reader in readers:
            reader.close()
        return readers if added else []

    def _resampleTract(self, readers: Sequence[CoaddReader], wcs: SkyWcs) -> bool:
        """Add a tract, band by band; tell whether it has usable pixels."""
        grid = self._positions(wcs)
        clear = 0
        doubtful: list[_Strip] = []
        for band in self._bands(readers):
            # Other threads are still at work on the band before.
            source = self._mosaicPatches(readers, band.box)
            clear += self._waitForBand()
            if source is not None:
                self._startBand(source, band, grid, doubtful)
            for reader in readers:
                if reader.bbox.getEndY() <= band.rows[1] - self._resampling.kernel.size:
                    reader.close()
        clear += self._waitForBand()
        if clear:
            for strip, x, y in doubtful:
                self._mosaic.add(strip, x, y)
        return clear > 0

    def _warpTract(self, readers: Sequence[CoaddReader], wcs: SkyWcs) -> bool:
        """Add a tract, all at once, as the warper resamples it."""
        assert self._warper is not None
        box = _cover(readers)
        source = self._mosaicPatches(readers, box)
        if source is None:
            return False
        exposure = ExposureF(box, wcs)
        for plane, values in zip(_arrays(exposure.maskedImage), _arrays(source), strict=True):
            plane[...] = values
        # Pixels without data must not dim their neighbors.
        noData = (source.mask & self._noData) != 0
        exposure.image.array[noData] = np.nan
        exposure.variance.array[noData] = np.inf
        with self._stopwatch("resample"):
            warped = self._warper.warpExposure(self._wcs, exposure, destBBox=self._bbox)
        planes = _planes(warped, self._mask)
        if count_clear(planes.mask, self._noData):
            with self._stopwatch("mosaic"):
                offset = warped.getXY0() - self._bbox.getMin()
                self._mosaic.add(planes, offset.x, offset.y)
            return True
        return False

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

    def _bands(self, readers: Sequence[CoaddReader]) -> Iterator[_Band]:
        """Divide what is read of a tract into bands, bottom to top."""
        kernel = self._resampling.kernel
        covered = _cover(readers)
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

    def _mosaicPatches(self, readers: Sequence[CoaddReader], box: Box2I) -> Planes | None:
        """Mosaic of patches in a box; None if no pixel is usable."""
        with self._stopwatch("mosaic"):
            source, weight = self._allocate(box.getHeight(), box.getWidth())
            mosaic = Mosaic(source, weight)
        good = 0
        for reader in readers:
            part = reader.bbox.clippedTo(box)
            if part.isEmpty():
                continue
            with self._stopwatch("read"):
                pixels = self._read(reader, part)
            with self._stopwatch("mosaic"):
                offset = pixels.getXY0() - box.getMin()
                good += mosaic.add(self._conform(pixels, reader), offset.x, offset.y)
        with self._stopwatch("mosaic"):
            mosaic.finish(self._noData)
        return source if good else None

    def _read(self, reader: CoaddReader, box: Box2I) -> MaskedImageF:
        """Read pixels of a coadd, which has to match the coadds before."""
        pixels = reader.read(box)
        first = self._first = self._first or reader
        if reader.photoCalib != first.photoCalib:
            raise RuntimeError(
                f"The coadds of a template must have one photoCalib: that of {first.patch} is "
                f"{first.photoCalib}, that of {reader.patch} is {reader.photoCalib}."
            )
        return pixels

    def _conform(self, pixels: MaskedImageF, reader: CoaddReader) -> Planes:
        """Return the arrays of pixels of a coadd, with the mask bits of the
        template.
        """
        try:
            return _planes(pixels, self._mask)
        except RuntimeError as err:
            raise RuntimeError(
                f"The mask planes of the coadd of {reader.patch} and of the coadds before do not fit into "
                f"the mask of the template: {err}"
            ) from err

    def _allocate(self, height: int, width: int) -> tuple[Planes, np.ndarray]:
        """Planes and weights for a band, in the memory of one that is done:
        new memory costs more than all that happens in it.
        """
        size = height * width
        if self._memory.shape[1] < size:
            self._memory = np.empty((4, size), np.float32)
        image, mask, variance, weight = self._memory[:, :size].reshape(4, height, width)
        return Planes(image, mask.view(np.int32), variance), weight


def _cover(readers: Sequence[CoaddReader]) -> Box2I:
    """Return the smallest box that holds all that is read of a tract."""
    covered = Box2I()
    for reader in readers:
        covered.include(reader.bbox)
    return covered


def _planes(pixels: ExposureF | MaskedImageF, like: Mask | None = None) -> Planes:
    """Return the arrays of pixels.

    If another mask is given, bits of the mask are moved to where that has
    the planes of the same names. Planes that it lacks are added to it, and
    bits without a name do not become those of a plane.
    """
    mask = pixels.mask.array
    if like is not None:
        own = pixels.mask.getMaskPlaneDict()
        for name in sorted(own.keys() - like.getMaskPlaneDict().keys()):
            like.addMaskPlane(name)
        bits = like.getMaskPlaneDict()
        moves = {bit: bits[name] for name, bit in own.items()}
        nameless = sum(1 << bit for bit in bits.values() if bit not in moves)
        isMoved = any(old != new for old, new in moves.items())
        if isMoved or (nameless and count_clear(mask, nameless) < mask.size):
            mask = move_bits(mask, moves)
    return Planes(pixels.image.array, mask, pixels.variance.array)


def _arrays(pixels: MaskedImageF | Planes) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return image, mask and variance arrays."""
    planes = pixels if isinstance(pixels, Planes) else _planes(pixels)
    return planes.image, planes.mask, planes.variance
