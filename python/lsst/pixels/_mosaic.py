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

"""Weighted mosaics of overlapping planes."""

from __future__ import annotations

import numpy as np

from ._jit import compiled
from ._planes import Planes
from ._threads import parallel_map, row_blocks

__all__ = ["Mosaic"]


class Mosaic:
    """Weighted mean of planes that are added one after the other.

    Parameters
    ----------
    out
        Planes that become the mosaic. What they hold is of no account; they
        serve as accumulators, and hold the mosaic after `finish`.
    weight
        Array of their shape, float32, for the sums of the weights; by default
        a new one.

    Notes
    -----
    A pixel is good where its variance V is finite and positive and its
    image I is not NaN (nor infinite). With w = V^(-1/2) and sums over the
    good inputs,

        image = sum w I / sum w,  variance = sum w V / sum w,
        mask = bitwise OR of the masks.

    Variances are averaged rather than added in quadrature, since coadds
    that overlap are made of the same visits.
    """

    def __init__(self, out: Planes, weight: np.ndarray | None = None):
        self._out = out
        # The other planes count only where there is a weight.
        if weight is None:
            self._weight = np.zeros(out.shape, np.float32)
        else:
            self._weight = weight
            weight[...] = 0

    def add(self, planes: Planes, x: int, y: int) -> int:
        """Add planes whose first pixel falls on pixel (x, y).

        Parts beyond the mosaic are left out. Calls for parts that do not
        share a pixel may run at the same time.

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
        here, weight = self._out[rows, columns], self._weight[rows, columns]
        there = planes[rows.start - y : rows.stop - y, columns.start - x : columns.stop - x]

        def add_rows(block: slice) -> int:
            return _add(
                *(here.image[block], here.mask[block], here.variance[block], weight[block]),
                *(there.image[block], there.mask[block], there.variance[block]),
            )

        return sum(parallel_map(add_rows, row_blocks(here.shape[0])))

    def finish(self, no_data: int) -> int:
        """Divide by the sum of the weights.

        Parameters
        ----------
        no_data
            Mask of pixels to which nothing contributed, or whose sums
            overflowed; their image and variance are 0.

        Returns
        -------
        covered : `int`
            Number of pixels to which something contributed.
        """
        out = self._out

        def finish_rows(block: slice) -> int:
            return _finish(
                out.image[block], out.mask[block], out.variance[block], self._weight[block], no_data
            )

        return sum(parallel_map(finish_rows, row_blocks(out.shape[0])))


@compiled
def _add(image, mask, variance, weight, new_image, new_mask, new_variance):  # type: ignore[no-untyped-def]
    added = 0
    for r in range(image.shape[0]):
        for c in range(image.shape[1]):
            value, spread = new_image[r, c], new_variance[r, c]
            if spread > 0.0 and np.isfinite(spread) and np.isfinite(value):
                w = np.float32(1.0) / np.sqrt(spread)
                if weight[r, c] > 0.0:
                    image[r, c] += w * value
                    variance[r, c] += w * spread
                    mask[r, c] |= new_mask[r, c]
                else:
                    image[r, c] = w * value
                    variance[r, c] = w * spread
                    mask[r, c] = new_mask[r, c]
                weight[r, c] += w
                added += 1
    return added


@compiled
def _finish(image, mask, variance, weight, no_data):  # type: ignore[no-untyped-def]
    covered = 0
    for r in range(image.shape[0]):
        for c in range(image.shape[1]):
            # Sums of huge values may be beyond single precision.
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
