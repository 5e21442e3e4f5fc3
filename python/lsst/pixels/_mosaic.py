# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Weighted mosaics of overlapping images."""

from __future__ import annotations

__all__ = ("Mosaic",)

import numpy as np

from ._jit import compiled
from ._pixelPlanes import PixelPlanes
from ._threads import parallel_map, row_blocks

# Pixels of a row that are added at a time; all their planes fit the cache.
_PART = 1024


class Mosaic:
    """Weighted mean of overlapping planes.

    Parameters
    ----------
    out
        Planes to accumulate in; `finish` turns them into the mosaic. Their
        initial contents are ignored.
    weight
        Array of the same shape, float32, for the sums of weights; by default,
        a new one is allocated.

    Notes
    -----
    A pixel is good if its variance V is positive and finite and its value I
    is finite. With weights w = V^(-1/2) and sums over the good inputs,

        image = sum w I / sum w,  variance = sum w V / sum w,
        mask = bitwise OR of the masks.

    Variances are averaged rather than added in quadrature, since overlapping
    coadds are made from the same visits and their noise is correlated.
    """

    def __init__(self, out: PixelPlanes, weight: np.ndarray | None = None):
        self._out = out
        # The other planes are read only where the weight is positive.
        if weight is None:
            self._weight = np.zeros(out.shape, np.float32)
        else:
            self._weight = weight
            parallel_map(lambda rows: weight[rows].fill(0), row_blocks(len(weight)))

    def add(self, planes: PixelPlanes, x: int, y: int) -> int:
        """Add planes to the mosaic.

        Threads may add planes at the same time if these do not overlap.

        Parameters
        ----------
        planes
            Planes to add. Parts outside the mosaic are ignored.
        x, y
            Pixel of the mosaic where the first pixel of ``planes`` is.

        Returns
        -------
        added : `int`
            Number of good pixels.
        """
        height, width = self._out.shape
        rows = slice(max(y, 0), min(y + planes.shape[0], height))
        columns = slice(max(x, 0), min(x + planes.shape[1], width))
        if rows.start >= rows.stop or columns.start >= columns.stop:
            return 0
        out, weight = self._out, self._weight

        def add_rows(block: slice) -> int:
            return _add(
                *(out.image, out.mask, out.variance, weight, planes.image, planes.mask, planes.variance),
                *(rows.start + block.start, rows.start + block.stop, columns.start, columns.stop, y, x),
            )

        return sum(parallel_map(add_rows, row_blocks(rows.stop - rows.start)))

    def finish(self, no_data: int) -> int:
        """Divide by the sums of weights.

        Parameters
        ----------
        no_data
            Mask value of pixels without a good input, or whose sums
            overflowed. Their image and variance are set to 0.

        Returns
        -------
        covered : `int`
            Number of other pixels.
        """
        out = self._out

        def finish_rows(block: slice) -> int:
            return _finish(
                out.image[block], out.mask[block], out.variance[block], self._weight[block], no_data
            )

        return sum(parallel_map(finish_rows, row_blocks(out.shape[0])))


@compiled
def _add(  # type: ignore[no-untyped-def]
    image, mask, variance, weight, new_image, new_mask, new_variance, top, bottom, left, right, y, x
):
    """Add planes whose first pixel is at (x, y) to the sums in a box; return
    the number of good pixels.

    The arrays are passed whole, so that the compiler knows that their rows
    are contiguous.
    """
    weights = np.empty(_PART, np.float32)
    none, one = np.float32(0.0), np.float32(1.0)
    added = 0
    for r in range(top, bottom):
        # Each loop uses few enough arrays for the compiler to vectorize it.
        for first in range(left, right, _PART):
            last = min(first + _PART, right)
            values = new_image[r - y, first - x : last - x]
            spreads = new_variance[r - y, first - x : last - x]
            bits = new_mask[r - y, first - x : last - x]
            old = weight[r, first:last]
            for c in range(values.size):
                good = (spreads[c] > none) & np.isfinite(spreads[c]) & np.isfinite(values[c])
                weights[c] = one / np.sqrt(spreads[c] if good else one) if good else none
                added += good
            out = image[r, first:last]
            for c in range(values.size):
                new = weights[c] * values[c] if weights[c] > none else none
                out[c] = (out[c] if old[c] > none else none) + new
            out = variance[r, first:last]
            for c in range(values.size):
                new = weights[c] * spreads[c] if weights[c] > none else none
                out[c] = (out[c] if old[c] > none else none) + new
            out_bits = mask[r, first:last]
            for c in range(values.size):
                new_bits = bits[c] if weights[c] > none else 0
                out_bits[c] = (out_bits[c] if old[c] > none else 0) | new_bits
            for c in range(values.size):
                old[c] += weights[c]
    return added


@compiled
def _finish(image, mask, variance, weight, no_data):  # type: ignore[no-untyped-def]
    covered = 0
    for r in range(image.shape[0]):
        for c in range(image.shape[1]):
            # Sums of huge values may overflow single precision.
            if weight[r, c] > 0.0 and np.isfinite(image[r, c]) and np.isfinite(variance[r, c]):
                scale = np.float32(1.0) / weight[r, c]
                image[r, c] *= scale
                variance[r, c] *= scale
                covered += 1
            else:
                image[r, c] = 0.0
                variance[r, c] = 0.0
                mask[r, c] = no_data
    return covered
