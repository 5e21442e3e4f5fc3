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

"""Resampling of pixels by a grid of positions."""

from __future__ import annotations

import dataclasses

import numpy as np

from ._jit import compiled
from ._kernel import TABLE_SIZE, Kernel
from ._planes import Planes
from ._positions import PositionGrid
from ._window import combine_bits, kernel_weights, weighted_sum, weighted_variance

__all__ = ["Resampling", "resample", "resample_image"]


@dataclasses.dataclass(frozen=True)
class Resampling:
    """How planes are resampled.

    Parameters
    ----------
    kernel
        Kernel for image and variance.
    mask_kernel
        Kernel whose taps tell which mask bits a pixel gets; that for the
        image if None.
    cache_size
        If positive, fractions t of a pixel are rounded to
        (trunc(t C) + 1/2) / C, as a table of C kernels would do.
    grow_full_mask
        Mask bits that spread over all taps of the image kernel although
        there is a mask kernel.

    Raises
    ------
    ValueError
        The mask kernel reaches beyond the image kernel.
    """

    kernel: Kernel
    mask_kernel: Kernel | None = None
    cache_size: int = 0
    grow_full_mask: int = 0

    def __post_init__(self) -> None:
        if self.mask_kernel is not None and self.mask_kernel.size > self.kernel.size:
            raise ValueError(
                f"Mask kernel {self.mask_kernel.name!r} is larger than image kernel {self.kernel.name!r}."
            )


def resample(
    source: Planes,
    grid: PositionGrid,
    out: Planes,
    how: Resampling,
    *,
    first_row: int = 0,
    owned_rows: tuple[float, float] = (-np.inf, np.inf),
    pad: tuple[float, int, float] = (np.nan, 0, np.inf),
) -> int:
    """Resample image, mask and variance in one sweep.

    Parameters
    ----------
    source
        Planes to resample; C-contiguous.
    grid
        Positions in ``source`` (first pixel at (0, 0)) of the destination
        pixels.
    out
        Where to write: rows ``first_row`` onwards of the destination, all
        its columns.
    how
        Kernels and their use.
    first_row
        Destination row of the first row of ``out``.
    owned_rows
        Source rows [from, to) in which a position must lie; others count
        as not reached.
    pad
        Image, mask and variance of pixels that are not reached by a full
        kernel.

    Returns
    -------
    reached : `int`
        Number of pixels that were reached.

    Notes
    -----
    With weights w_x, w_y that sum to 1 and the relative area A,

        image = A sum_jk w_y[j] w_x[k] I[j, k]
        variance = A^2 sum_jk w_y[j]^2 w_x[k]^2 V[j, k]
    """
    mask_kernel = how.mask_kernel or how.kernel
    # Looking at all taps for bits that are nowhere would be in vain.
    grow = how.grow_full_mask
    if how.mask_kernel is not None and grow:
        grow &= int(np.bitwise_or.reduce(source.mask, axis=None))
    return _resample_rows(
        *(out.image, out.mask, out.variance),
        *(source.image, source.mask, source.variance),
        *(grid.columns, grid.rows, grid.x, grid.y, first_row),
        _limits(source.shape, how.kernel, owned_rows),
        how.kernel.table(out.image.dtype),
        _taps(how.kernel, out.image.dtype),
        how.cache_size,
        how.kernel.name == "nearest",
        _taps(mask_kernel, out.image.dtype),
        mask_kernel.name == "nearest",
        how.mask_kernel is not None,
        how.mask_kernel is None or grow != 0,
        grow,
        pad,
    )


def resample_image(
    source: np.ndarray, grid: PositionGrid, out: np.ndarray, how: Resampling, pad: float = np.nan
) -> int:
    """Resample an image without mask and variance.

    Parameters
    ----------
    source
        Image to resample, floating point, C-contiguous.
    grid
        Positions in ``source`` of all destination pixels.
    out
        Destination, of the same type as ``source``.
    how
        Kernels; those for the mask are not used.
    pad
        Value of pixels that are not reached by a full kernel.

    Returns
    -------
    reached : `int`
        Number of pixels that were reached.
    """
    return _resample_image_rows(
        *(out, source, grid.columns, grid.rows, grid.x, grid.y),
        _limits(source.shape, how.kernel, (-np.inf, np.inf)),
        how.kernel.table(out.dtype),
        _taps(how.kernel, out.dtype),
        how.cache_size,
        how.kernel.name == "nearest",
        pad,
    )


def _taps(kernel: Kernel, dtype: np.dtype) -> tuple[np.number, ...]:
    """Tell the compiler the number of taps by the length of a tuple."""
    return (dtype.type(0),) * kernel.size


def _limits(
    shape: tuple[int, ...], kernel: Kernel, owned_rows: tuple[float, float]
) -> tuple[float, float, float, float]:
    """Least x, end of x, least y, end of y at which all taps are inside."""
    beyond = kernel.size - kernel.center - 1
    return (
        float(kernel.center),
        float(shape[1] - beyond),
        max(float(kernel.center), float(owned_rows[0])),
        min(float(shape[0] - beyond), float(owned_rows[1])),
    )


@compiled
def _row_positions(row, columns, rows, grid_x, grid_y, x, y, area):  # type: ignore[no-untyped-def]
    """Interpolate positions and relative areas of a destination row."""
    band = 0
    while rows[band + 1] < row:
        band += 1
    per_row = 1.0 / (rows[band + 1] - rows[band])
    up = (row - rows[band]) * per_row
    for cell in range(len(columns) - 1):
        start, stop = columns[cell], columns[cell + 1]
        per_column = 1.0 / (stop - start)
        # Steps from row to row at the left and right nodes of the cell.
        left_x = (grid_x[band + 1, cell] - grid_x[band, cell]) * per_row
        left_y = (grid_y[band + 1, cell] - grid_y[band, cell]) * per_row
        right_x = (grid_x[band + 1, cell + 1] - grid_x[band, cell + 1]) * per_row
        right_y = (grid_y[band + 1, cell + 1] - grid_y[band, cell + 1]) * per_row
        x0 = grid_x[band, cell] + up * (grid_x[band + 1, cell] - grid_x[band, cell])
        y0 = grid_y[band, cell] + up * (grid_y[band + 1, cell] - grid_y[band, cell])
        x1 = grid_x[band, cell + 1] + up * (grid_x[band + 1, cell + 1] - grid_x[band, cell + 1])
        y1 = grid_y[band, cell + 1] + up * (grid_y[band + 1, cell + 1] - grid_y[band, cell + 1])
        step_x = (x1 - x0) * per_column
        step_y = (y1 - y0) * per_column
        # The cross product of the two steps is linear along the row.
        area0 = step_x * left_y - step_y * left_x
        area_step = (step_x * (right_y - left_y) - step_y * (right_x - left_x)) * per_column
        for k in range(1, stop - start + 1):
            x[start + k] = x0 + k * step_x
            y[start + k] = y0 + k * step_y
            area[start + k] = abs(area0 + k * area_step)


@compiled
def _resample_rows(  # type: ignore[no-untyped-def]
    image,
    mask,
    variance,
    source_image,
    source_mask,
    source_variance,
    columns,
    rows,
    grid_x,
    grid_y,
    first_row,
    limits,
    table,
    taps,
    cache_size,
    nearest,
    mask_taps,
    mask_nearest,
    separate_mask,
    all_taps,
    grow_full_mask,
    pad,
):
    height, width = image.shape
    x = np.empty(width)
    y = np.empty(width)
    area = np.empty(width, image.dtype)
    center = (len(taps) - 1) // 2
    mask_center = (len(mask_taps) - 1) // 2
    reached = 0
    for r in range(height):
        _row_positions(first_row + r, columns, rows, grid_x, grid_y, x, y, area)
        for c in range(width):
            if not (limits[0] <= x[c] < limits[1] and limits[2] <= y[c] < limits[3]):
                image[r, c], mask[r, c], variance[r, c] = pad
                continue
            reached += 1
            bits = mask.dtype.type(0)
            column, row = int(x[c]), int(y[c])
            tx, ty = _rounded(x[c] - column, cache_size), _rounded(y[c] - row, cache_size)
            if len(taps) == 2:
                value, spread = _pair_values(
                    source_image, source_variance, row, column, tx, ty, nearest, taps
                )
                if all_taps:
                    bits = _pair_bits(source_mask, row, column, tx, ty, nearest)
            else:
                wx = _weights(table, tx, taps)
                wy = _weights(table, ty, taps)
                value = weighted_sum(source_image, row - center, column - center, wx, wy)
                spread = weighted_variance(source_variance, row - center, column - center, wx, wy)
                if all_taps:
                    bits = combine_bits(source_mask, row - center, column - center, taps)
            if separate_mask:
                if len(mask_taps) == 2:
                    own = _pair_bits(source_mask, row, column, tx, ty, mask_nearest)
                else:
                    own = combine_bits(source_mask, row - mask_center, column - mask_center, mask_taps)
                bits = (bits & grow_full_mask) | own
            image[r, c] = value * area[c]
            mask[r, c] = bits
            variance[r, c] = spread * area[c] * area[c]
    return reached


@compiled
def _resample_image_rows(  # type: ignore[no-untyped-def]
    image, source, columns, rows, grid_x, grid_y, limits, table, taps, cache_size, nearest, pad
):
    height, width = image.shape
    x = np.empty(width)
    y = np.empty(width)
    area = np.empty(width, image.dtype)
    center = (len(taps) - 1) // 2
    reached = 0
    for r in range(height):
        _row_positions(r, columns, rows, grid_x, grid_y, x, y, area)
        for c in range(width):
            if not (limits[0] <= x[c] < limits[1] and limits[2] <= y[c] < limits[3]):
                image[r, c] = pad
                continue
            reached += 1
            column, row = int(x[c]), int(y[c])
            tx, ty = _rounded(x[c] - column, cache_size), _rounded(y[c] - row, cache_size)
            if len(taps) == 2:
                value, _ = _pair_values(source, source, row, column, tx, ty, nearest, taps)
            else:
                wx = _weights(table, tx, taps)
                wy = _weights(table, ty, taps)
                value = weighted_sum(source, row - center, column - center, wx, wy)
            image[r, c] = value * area[c]
    return reached


@compiled
def _rounded(t, cache_size):  # type: ignore[no-untyped-def]
    """Fraction of a pixel, to the middle of its bin if there are bins."""
    if cache_size <= 0:
        return t
    return (int(t * cache_size) + 0.5) / cache_size


@compiled
def _weights(table, t, taps):  # type: ignore[no-untyped-def]
    index = int(t * TABLE_SIZE)
    return kernel_weights(table, index, table.dtype.type(t * TABLE_SIZE - index), taps)


@compiled
def _pair_values(image, variance, row, column, tx, ty, nearest, taps):  # type: ignore[no-untyped-def]
    """Image and variance under a 2 x 2 kernel.

    Taps of weight zero are left out, since NaN times zero is not zero.
    """
    if nearest:
        row, column = row + (ty >= 0.5), column + (tx >= 0.5)
        return image[row, column], variance[row, column]
    value, spread = 0.0, 0.0
    for j in range(2):
        wy = ty if j else 1.0 - ty
        for k in range(2):
            weight = wy * (tx if k else 1.0 - tx)
            if weight > 0.0:
                value += weight * image[row + j, column + k]
                spread += weight * weight * variance[row + j, column + k]
    kind = type(taps[0])
    return kind(value), kind(spread)


@compiled
def _pair_bits(mask, row, column, tx, ty, nearest):  # type: ignore[no-untyped-def]
    """Mask bits under the taps of a 2 x 2 kernel that have a weight."""
    if nearest:
        return mask[row + (ty >= 0.5), column + (tx >= 0.5)]
    bits = mask[row, column]
    if tx > 0.0:
        bits |= mask[row, column + 1]
    if ty > 0.0:
        bits |= mask[row + 1, column]
        if tx > 0.0:
            bits |= mask[row + 1, column + 1]
    return bits
