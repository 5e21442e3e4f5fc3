# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pixels of templates: mosaics of tracts, resampled to a detector."""

from __future__ import annotations

__all__ = ("TemplateBuilder",)

import itertools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from lsst.afw.image import ExposureF, MaskedImageF
from lsst.afw.math import computeWarpedBBox
from lsst.geom import Box2I, Extent2I, Point2I
from lsst.pixels import (
    Mosaic,
    PixelPlanes,
    PositionGrid,
    Resampling,
    ResamplingKernel,
    count_clear,
    move_bits,
)

from ._coaddPatch import CoaddReader
from ._tractResampler import MosaicBuffers, TractResampler, TractRows

if TYPE_CHECKING:
    from lsst.afw.geom import SkyWcs
    from lsst.afw.image import Mask
    from lsst.afw.math import Warper, WarperConfig

    from ._coaddPatch import CoaddPatch
    from ._stopwatch import Stopwatch

# Number of pixels by which the mosaicked region of a tract exceeds the
# resampled box, so that all taps of the kernel are available at the border.
_MARGIN = 5

# A tract is mosaicked about this many pixels (of 16 bytes) at a time. This
# limits memory, and does not affect the results.
_PIXELS_AT_A_TIME = 2_000_000


class TemplateBuilder:
    """Builder for the pixels of a template, tract by tract.

    Parameters
    ----------
    template
        Exposure to fill; its box and WCS define the pixels.
    config
        Configuration of the resampling.
    stopwatch
        Stopwatch that records the time spent in each stage.
    warper
        If given, it resamples instead of the kernels of `lsst.pixels`, and
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
        self._mask = template.mask
        self._no_data = template.mask.getPlaneBitMask("NO_DATA")
        self._mosaic = Mosaic(_get_planes(template.maskedImage))
        self._resampling = Resampling(
            ResamplingKernel(config.warpingKernelName),
            ResamplingKernel(config.maskWarpingKernelName) if config.maskWarpingKernelName else None,
            config.cacheSize,
            config.growFullMask,
        )
        self._interp_length = config.interpLength
        self._stopwatch = stopwatch
        self._warper = warper
        self._buffers = MosaicBuffers()
        self._first: CoaddReader | None = None

    def add_tract(self, patches: Sequence[CoaddPatch]) -> list[CoaddReader]:
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
            wcs = patches[0].read_wcs()
            readers = self._open_patches(patches, wcs)
        if not readers:
            return []
        is_used = (
            self._resample_tract(readers, wcs) if self._warper is None else self._warp_tract(readers, wcs)
        )
        for reader in readers:
            reader.close()
        return readers if is_used else []

    def finish(self) -> int:
        """Complete the pixels; return how many of them have data."""
        with self._stopwatch("mosaic"):
            return self._mosaic.finish(self._no_data)

    def _open_patches(self, patches: Sequence[CoaddPatch], wcs: SkyWcs) -> list[CoaddReader]:
        """Make readers of the patches that overlap the template."""
        region = computeWarpedBBox(wcs, self._bbox, self._wcs).dilatedBy(_MARGIN)
        return [
            CoaddReader(patch, patch.bbox.clippedTo(region), wcs)
            for patch in patches
            if patch.bbox.overlaps(region)
        ]

    def _resample_tract(self, readers: Sequence[CoaddReader], wcs: SkyWcs) -> bool:
        """Add a tract, a few rows at a time; return whether it has data."""
        with self._stopwatch("resample"):
            resampler = TractResampler(self._map_to_tract(wcs), self._resampling, self._mosaic, self._no_data)
        for rows in self._divide_rows(readers):
            # Meanwhile, other threads resample the previous rows.
            source = self._mosaic_patches(readers, rows.bbox)
            with self._stopwatch("resample"):
                resampler.wait()
                if source is not None and resampler.start(source, rows):
                    self._buffers.keep()
            for reader in readers:
                if reader.bbox.getEndY() <= rows.end - self._resampling.kernel.size:
                    reader.close()
        with self._stopwatch("resample"):
            return resampler.finish()

    def _warp_tract(self, readers: Sequence[CoaddReader], wcs: SkyWcs) -> bool:
        """Add a tract with the warper; return whether it has any data."""
        assert self._warper is not None
        bbox = _find_extent(readers)
        source = self._mosaic_patches(readers, bbox)
        if source is None:
            return False
        exposure = ExposureF(bbox, wcs)
        exposure.image.array[...] = source.image
        exposure.mask.array[...] = source.mask
        exposure.variance.array[...] = source.variance
        # Pixels without data must not make their neighbors fainter.
        is_missing = (source.mask & self._no_data) != 0
        exposure.image.array[is_missing] = np.nan
        exposure.variance.array[is_missing] = np.inf
        with self._stopwatch("resample"):
            warped = self._warper.warpExposure(self._wcs, exposure, destBBox=self._bbox)
            planes = _get_planes(warped.maskedImage, self._mask)
            if not count_clear(planes.mask, self._no_data):
                return False
            self._mosaic.add(planes, *(warped.getXY0() - self._bbox.getMin()))
            return True

    def _map_to_tract(self, wcs: SkyWcs) -> PositionGrid:
        """Map the pixels of the template to positions in a tract."""

        def to_tract(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            return wcs.skyToPixelArray(*self._wcs.pixelToSkyArray(x, y))

        shape = (self._bbox.getHeight(), self._bbox.getWidth())
        return PositionGrid.sample(to_tract, tuple(self._bbox.getMin()), shape, self._interp_length)

    def _divide_rows(self, readers: Sequence[CoaddReader]) -> Iterator[TractRows]:
        """Divide the part of a tract that is read into rows, bottom to top."""
        extent = _find_extent(readers)
        number = -(-extent.getArea() // _PIXELS_AT_A_TIME)
        edges = np.linspace(extent.getBeginY(), extent.getEndY(), number + 1).round().astype(int).tolist()
        for begin, end in itertools.pairwise(edges):
            bbox = Box2I(Point2I(extent.getMinX(), begin), Extent2I(extent.getWidth(), end - begin))
            taps = Extent2I(0, self._resampling.kernel.size)
            yield TractRows(begin, end, bbox.dilatedBy(taps).clippedTo(extent))

    def _mosaic_patches(self, readers: Sequence[CoaddReader], bbox: Box2I) -> PixelPlanes | None:
        """Mosaic patches in a box; return None if no pixel is usable."""
        with self._stopwatch("mosaic"):
            planes, mosaic = self._buffers.make_mosaic((bbox.getHeight(), bbox.getWidth()))
        usable = 0
        for reader in readers:
            part = reader.bbox.clippedTo(bbox)
            if part.isEmpty():
                continue
            with self._stopwatch("read"):
                pixels = self._read(reader, part)
            with self._stopwatch("mosaic"):
                usable += mosaic.add(self._conform(pixels, reader), *(pixels.getXY0() - bbox.getMin()))
        with self._stopwatch("mosaic"):
            mosaic.finish(self._no_data)
        return planes if usable else None

    def _read(self, reader: CoaddReader, bbox: Box2I) -> MaskedImageF:
        """Read pixels of a coadd, which must match the first coadd read."""
        pixels = reader.read(bbox)
        first = self._first = self._first or reader
        if reader.photo_calib != first.photo_calib:
            raise RuntimeError(
                f"The coadds of a template must have one photoCalib: that of {first.patch} is "
                f"{first.photo_calib}, that of {reader.patch} is {reader.photo_calib}."
            )
        return pixels

    def _conform(self, pixels: MaskedImageF, reader: CoaddReader) -> PixelPlanes:
        """Return the arrays of pixels, with the mask bits of the template."""
        try:
            return _get_planes(pixels, self._mask)
        except RuntimeError as err:
            raise RuntimeError(
                f"The mask planes of the coadd of {reader.patch} and of the coadds before do not fit into "
                f"the mask of the template: {err}"
            ) from err


def _find_extent(readers: Sequence[CoaddReader]) -> Box2I:
    """Return the smallest box that contains everything read from a tract."""
    extent = Box2I()
    for reader in readers:
        extent.include(reader.bbox)
    return extent


def _get_planes(pixels: MaskedImageF, like: Mask | None = None) -> PixelPlanes:
    """Return the arrays of pixels.

    If another mask is given, mask bits are mapped to its planes of the same
    names. Planes that it lacks are added to it, and bits without a name are
    cleared where they would be mistaken for a plane.
    """
    mask = pixels.mask.array
    if like is not None:
        own = pixels.mask.getMaskPlaneDict()
        for name in sorted(own.keys() - like.getMaskPlaneDict().keys()):
            like.addMaskPlane(name)
        bits = like.getMaskPlaneDict()
        moves = {bit: bits[name] for name, bit in own.items()}
        nameless = sum(1 << bit for bit in bits.values() if bit not in moves)
        is_moved = any(old != new for old, new in moves.items())
        if is_moved or (nameless and count_clear(mask, nameless) < mask.size):
            mask = move_bits(mask, moves)
    return PixelPlanes(pixels.image.array, mask, pixels.variance.array)
