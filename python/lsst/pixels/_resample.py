# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Resampling of pixels to a grid of positions."""

from __future__ import annotations

__all__ = ("Resampler", "Resampling", "resample_image")

import dataclasses

import numpy as np

from ._jit import compiled
from ._kernel import TABLE_SIZE, ResamplingKernel
from ._pixelPlanes import PixelPlanes
from ._positions import PositionGrid
from ._window import (
    combine_all_bits,
    combine_bits,
    prefetch,
    store_weights,
    weighted_sum,
    weighted_variance,
)

# Size in pixels of the pieces in which cells are resampled, such that the part
# of the source under a piece fits the caches.
_PIECE_COLUMNS = 50
_PIECE_ROWS = 16
_CACHE_LINE = 64


@dataclasses.dataclass(frozen=True)
class Resampling:
    """Kernels for resampling, and their options.

    Parameters
    ----------
    kernel
        Kernel for image and variance.
    mask_kernel
        Kernel that spreads mask bits; by default, the image kernel.
    cache_size
        If C > 0, fractions t of a pixel are rounded to (trunc(t C) + 1/2) / C,
        as if kernels came from a table of C of them.
    grow_full_mask
        Mask bits that spread to all taps of the image kernel, even if there
        is a mask kernel.

    Raises
    ------
    ValueError
        Raised if the mask kernel is larger than the image kernel.
    """

    kernel: ResamplingKernel
    mask_kernel: ResamplingKernel | None = None
    cache_size: int = 0
    grow_full_mask: int = 0

    def __post_init__(self) -> None:
        if self.mask_kernel is not None and self.mask_kernel.size > self.kernel.size:
            raise ValueError(
                f"Mask kernel {self.mask_kernel.name!r} is larger than image kernel {self.kernel.name!r}."
            )


class Resampler:
    """Resampler of a source to the pixels of a grid of positions.

    A resampler is immutable, so threads may share it.

    Parameters
    ----------
    source
        Planes to resample, each of them C-contiguous.
    grid
        Positions of the destination pixels in ``source``, whose first pixel
        is at (0, 0).
    resampling
        Kernels and their options.
    owned_rows
        Source rows [begin, end). Destination pixels whose position is on any
        other row are treated as not reached.
    pad
        Image, mask and variance of pixels for which the source does not have
        all pixels under the kernel.

    Raises
    ------
    ValueError
        Raised if a plane is not contiguous, or if ``owned_rows`` ends before
        it begins.

    Notes
    -----
    With weights w_x, w_y that sum to 1 and the relative area A,

        image = A sum_jk w_y[j] w_x[k] I[j, k]
        variance = A^2 sum_jk w_y[j]^2 w_x[k]^2 V[j, k]
    """

    def __init__(
        self,
        source: PixelPlanes,
        grid: PositionGrid,
        resampling: Resampling,
        *,
        owned_rows: tuple[float, float] = (-np.inf, np.inf),
        pad: tuple[float, int, float] = (np.nan, 0, np.inf),
    ):
        planes = (source.image, source.mask, source.variance)
        for plane in planes:
            _check_contiguous(plane)
        if not owned_rows[0] <= owned_rows[1]:
            raise ValueError(f"The source rows {owned_rows[0]} to {owned_rows[1]} are not a range.")
        self._planes = planes
        self._grid = grid
        self._dtype = source.image.dtype
        self._limits = _limits(source.shape, resampling.kernel, owned_rows)
        self._weighting = _weighting(resampling, self._dtype)
        self._mask_weighting = _mask_weighting(_skip_absent_bits(resampling, source.mask))
        self._pad = pad

    def resample_rows(self, out: PixelPlanes, first_row: int = 0) -> int:
        """Resample image, mask and variance in one pass.

        Parameters
        ----------
        out
            Planes to fill, with all columns of the destination.
        first_row
            Destination row of the first row of ``out``.

        Returns
        -------
        reached : `int`
            Number of pixels that the source reaches.

        Raises
        ------
        ValueError
            Raised if ``out`` does not fit the grid, or its image is of
            another type than that of the source.
        """
        _check_rows(out.shape, self._grid, first_row)
        if out.image.dtype != self._dtype:
            raise ValueError(f"Pixels of type {self._dtype} cannot be resampled to {out.image.dtype}.")
        grid = self._grid
        return _resample(
            *(out.image, out.mask, out.variance, *self._planes),
            *(grid.columns, grid.rows, grid.x, grid.y, first_row),
            *(self._limits, self._weighting, self._mask_weighting, self._pad),
        )


def resample_image(
    source: np.ndarray, grid: PositionGrid, out: np.ndarray, resampling: Resampling, pad: float = np.nan
) -> int:
    """Resample an image that has no mask and variance.

    Parameters
    ----------
    source
        Image to resample, floating point and C-contiguous.
    grid
        Positions in ``source`` of all destination pixels.
    out
        Image to fill, of the same type as ``source``.
    resampling
        Kernels and their options; those for the mask are ignored.
    pad
        Value of pixels for which the source does not have all pixels under
        the kernel.

    Returns
    -------
    reached : `int`
        Number of pixels that the source reaches.

    Raises
    ------
    ValueError
        Raised if ``source`` is not contiguous, or ``out`` is of another type
        or not of the shape of the grid.
    """
    _check_contiguous(source)
    if source.dtype != out.dtype or out.shape != grid.shape:
        raise ValueError(
            f"Pixels of type {source.dtype} and a grid of shape {grid.shape} do not fit an output of type "
            f"{out.dtype} and shape {out.shape}."
        )
    return _resample(
        *(out, None, None, source, None, None),
        *(grid.columns, grid.rows, grid.x, grid.y, 0),
        _limits(source.shape, resampling.kernel, (-np.inf, np.inf)),
        _weighting(resampling, out.dtype),
        _mask_weighting(resampling),
        (pad, 0, 0.0),
    )


def _check_contiguous(source: np.ndarray) -> None:
    """Check the assumptions of the compiled code about a source."""
    if not source.flags.c_contiguous:
        raise ValueError(f"The source must be contiguous; its strides are {source.strides} bytes.")


def _check_rows(shape: tuple[int, int], grid: PositionGrid, first_row: int) -> None:
    """Check the assumptions of the compiled code about an output."""
    if shape[1] != grid.shape[1] or not 0 <= first_row <= grid.shape[0] - shape[0]:
        raise ValueError(
            f"Output of shape {shape} starting at row {first_row} does not fit a grid of shape {grid.shape}."
        )


def _skip_absent_bits(resampling: Resampling, mask: np.ndarray) -> Resampling:
    """Copy that skips growing bits that are absent from ``mask``.

    Looking for them under all taps takes time.
    """
    grow = resampling.grow_full_mask
    if grow and resampling.mask_kernel is not None:
        grow &= int(np.bitwise_or.reduce(mask, axis=None))
    return dataclasses.replace(resampling, grow_full_mask=grow)


_Taps = tuple[np.number, ...]


def _weighting(resampling: Resampling, dtype: np.dtype) -> tuple[np.ndarray, _Taps, int]:
    """Return the table of weights for image and variance, the taps, and the
    size of the cache.
    """
    return resampling.kernel.table(dtype), _taps(resampling.kernel), resampling.cache_size


def _mask_weighting(resampling: Resampling) -> tuple[np.ndarray, _Taps, bool, bool, int, bool, bool]:
    """Return the parameters of the compiled code for masks.

    These are the table of weights of the kernel for the mask and its taps;
    whether that kernel is separate; whether the taps of the image kernel
    spread bits, too, and which ones if there is a separate kernel; and for
    the image and the mask kernel, whether all taps always have a weight.
    """
    kernel = resampling.mask_kernel or resampling.kernel
    separate = resampling.mask_kernel is not None
    every = not separate or resampling.grow_full_mask != 0
    return (
        *(kernel.table(np.dtype(np.float32)), _taps(kernel), separate, every, resampling.grow_full_mask),
        *(_has_all_taps(resampling.kernel, resampling), _has_all_taps(kernel, resampling)),
    )


def _has_all_taps(kernel: ResamplingKernel, resampling: Resampling) -> bool:
    """Return whether no tap of a kernel ever has weight 0."""
    # With a cache, no position is exactly at a pixel.
    return kernel.size > 2 or (kernel.name == "bilinear" and resampling.cache_size > 0)


def _taps(kernel: ResamplingKernel) -> _Taps:
    """Encode the number of taps as a tuple type, for the compiler."""
    return (np.int8(0),) * kernel.size


def _limits(
    shape: tuple[int, ...], kernel: ResamplingKernel, owned_rows: tuple[float, float]
) -> tuple[float, float, float, float]:
    """Return the lower and upper limits in x, then in y, of positions where
    all taps are inside.
    """
    beyond = kernel.size - kernel.center - 1
    return (
        float(kernel.center),
        float(shape[1] - beyond),
        max(float(kernel.center), float(owned_rows[0])),
        min(float(shape[0] - beyond), float(owned_rows[1])),
    )


@compiled
def _resample(  # type: ignore[no-untyped-def]
    image,
    mask,
    variance,
    source_image,
    source_mask,
    source_variance,
    columns,
    rows,
    x,
    y,
    first_row,
    limits,
    weighting,
    mask_weighting,
    pad,
):
    """Resample all planes, or only the image if mask and variance are None.

    The cells between the nodes are resampled one after the other, in pieces,
    so that the pixels read from the source stay in the cache at any rotation.
    """
    margin = len(weighting[1]) // 2
    scratch = (
        np.empty(_PIECE_COLUMNS, np.bool_),
        np.empty((2, _PIECE_COLUMNS), np.int32),
        np.empty((2, _PIECE_COLUMNS), np.int32),
        np.empty((2, _PIECE_COLUMNS), image.dtype),
        np.empty((2, _PIECE_COLUMNS), image.dtype),
        np.empty((2, _PIECE_COLUMNS, weighting[0].shape[1] // 2), image.dtype),
        np.empty((2, _PIECE_COLUMNS, mask_weighting[0].shape[1] // 2), np.float32),
    )
    pieces = _divide(columns, rows - first_row, image.shape[0])
    reached = 0
    for number in range(len(pieces)):
        if number + 1 < len(pieces):
            following = pieces[number + 1]
            nodes, corners_x, corners_y = _cell(columns, rows, x, y, first_row, following)
            _prefetch(
                source_image, source_mask, source_variance, nodes, corners_x, corners_y, following, margin
            )
        piece = pieces[number]
        nodes, corners_x, corners_y = _cell(columns, rows, x, y, first_row, piece)
        reached += _resample_piece(
            *(image, mask, variance, source_image, source_mask, source_variance),
            *(nodes, corners_x, corners_y, piece[2:4], piece[4:6]),
            *(limits, weighting, mask_weighting, pad, scratch),
        )
    return reached


@compiled
def _divide(columns, rows, height):  # type: ignore[no-untyped-def]
    """Divide the parts of cells that are in the output into pieces.

    A piece is given by row and column of its cell, first and end column of
    its pixels, and first and end row.
    """
    pieces = []
    for row in range(len(rows) - 1):
        first, last = max(rows[row] + 1, 0), min(rows[row + 1] + 1, height)
        if first >= last:
            continue
        layers = -(-(last - first) // _PIECE_ROWS)
        for column in range(len(columns) - 1):
            left, across = columns[column] + 1, columns[column + 1] - columns[column]
            parts = -(-across // _PIECE_COLUMNS)
            for part in range(parts):
                for layer in range(layers):
                    pieces.append(
                        (
                            row,
                            column,
                            left + across * part // parts,
                            left + across * (part + 1) // parts,
                            first + (last - first) * layer // layers,
                            first + (last - first) * (layer + 1) // layers,
                        )
                    )
    return pieces


@compiled
def _cell(columns, rows, x, y, first_row, piece):  # type: ignore[no-untyped-def]
    """Return the nodes of the cell of a piece (left, right, lower, upper), and
    x and y at its corners (lower left, lower right, upper left, upper right).
    """
    row, column = piece[0], piece[1]
    nodes = (columns[column], columns[column + 1], rows[row] - first_row, rows[row + 1] - first_row)
    corners_x = (x[row, column], x[row, column + 1], x[row + 1, column], x[row + 1, column + 1])
    corners_y = (y[row, column], y[row, column + 1], y[row + 1, column], y[row + 1, column + 1])
    return nodes, corners_x, corners_y


@compiled
def _prefetch(image, mask, variance, nodes, corners_x, corners_y, piece, margin):  # type: ignore[no-untyped-def]
    """Load the source pixels of a piece into the cache.

    On their own, processors prefetch only along rows.
    """
    left, top, right, bottom = np.inf, np.inf, -np.inf, -np.inf
    for r in (piece[4], piece[5] - 1):
        start, step, _, _ = _line(nodes, corners_x, corners_y, r)
        for c in (piece[2], piece[3] - 1):
            k = c - nodes[0]
            x, y = start[0] + k * step[0], start[1] + k * step[1]
            left, right = min(left, x), max(right, x)
            top, bottom = min(top, y), max(bottom, y)
    left, right = max(left - margin, 0.0), min(right + margin, image.shape[1] - 1.0)
    top, bottom = max(top - margin, 0.0), min(bottom + margin, image.shape[0] - 1.0)
    if not (left <= right and top <= bottom):
        return
    pixels = _CACHE_LINE // image.itemsize
    for row in range(int(top), int(bottom) + 1):
        for column in range(int(left), int(right) + pixels, pixels):
            column = min(column, image.shape[1] - 1)
            prefetch(image, row, column)
            if mask is not None:
                prefetch(mask, row, column)
            if variance is not None:
                prefetch(variance, row, column)


@compiled
def _resample_piece(  # type: ignore[no-untyped-def]
    image,
    mask,
    variance,
    source_image,
    source_mask,
    source_variance,
    nodes,
    corners_x,
    corners_y,
    columns,
    rows,
    limits,
    weighting,
    mask_weighting,
    pad,
    scratch,
):
    """Resample the piece of a cell between two columns and two rows.

    For each row, all positions are computed first, then all weights of source
    rows, then all sums: each of these loops is simple enough for the compiler
    to vectorize. They are in one function because passing arrays costs time.
    """
    table, taps, cache_size = weighting
    mask_table, mask_taps, separate, every, grow, all_taps, all_mask_taps = mask_weighting
    inside, pixels, indices, fractions, sums, weights, mask_weights = scratch
    wy, wy_squares = weights[0], weights[1]
    mask_wy, mask_wy_squares = mask_weights[0], mask_weights[1]
    inverse_size = 1.0 / max(cache_size, 1)
    width = source_image.shape[1]
    # Steps back from the pixel left of and below a position to the first
    # pixel of the window.
    offset = (len(taps) - 1) // 2 * (width + 1)
    mask_offset = (len(mask_taps) - 1) // 2 * (width + 1)
    begin, end = columns
    count = end - begin
    first = begin - nodes[0]
    image_pad = image.dtype.type(pad[0])
    total = 0
    for r in range(rows[0], rows[1]):
        start, step, first_area, area_step = _line(nodes, corners_x, corners_y, r)
        reached = 0
        for i in range(count):
            x, y = start[0] + (first + i) * step[0], start[1] + (first + i) * step[1]
            good = (limits[0] <= x) & (x < limits[1]) & (limits[2] <= y) & (y < limits[3])
            inside[i] = good
            reached += good
        total += reached
        if reached == 0:
            image[r, begin:end] = image_pad
            if mask is not None:
                mask[r, begin:end] = pad[1]
            if variance is not None:
                variance[r, begin:end] = pad[2]
            continue
        for axis in range(2):
            lowest, limit = limits[2 * axis], limits[2 * axis + 1]
            for i in range(count):
                position = start[axis] + (first + i) * step[axis]
                # Positions outside are replaced by one inside; the results are
                # not used.
                position = position if lowest <= position < limit else lowest
                pixel = np.floor(position)
                t = position - pixel
                if cache_size > 0:
                    t = (np.floor(t * cache_size) + 0.5) * inverse_size
                index = np.floor(t * TABLE_SIZE)
                pixels[axis, i] = np.int32(pixel)
                indices[axis, i] = np.int32(index)
                fractions[axis, i] = t * TABLE_SIZE - index
        for i in range(count):
            store_weights(table, np.int64(indices[1, i]), fractions[1, i], taps, wy, wy_squares, i)
        for i in range(count):
            origin = np.int64(pixels[1, i]) * width + pixels[0, i] - offset
            index, fraction = np.int64(indices[0, i]), fractions[0, i]
            value = weighted_sum(source_image, origin, table, index, fraction, taps, wy, i)
            if variance is not None:
                sums[1, i] = weighted_variance(
                    source_variance, origin, table, index, fraction, taps, wy_squares, i
                )
            sums[0, i] = value
        if mask is not None:
            if separate and not all_mask_taps:
                for i in range(count):
                    index, fraction = np.int64(indices[1, i]), np.float32(fractions[1, i])
                    store_weights(mask_table, index, fraction, mask_taps, mask_wy, mask_wy_squares, i)
            out_mask = mask[r, begin:end]
            for i in range(count):
                origin = np.int64(pixels[1, i]) * width + pixels[0, i]
                index, fraction = np.int64(indices[0, i]), fractions[0, i]
                bits = mask.dtype.type(0)
                if every:
                    if all_taps:
                        bits = combine_all_bits(source_mask, origin - offset, taps)
                    else:
                        bits = combine_bits(source_mask, origin - offset, table, index, fraction, taps, wy, i)
                if separate:
                    own = origin - mask_offset
                    if all_mask_taps:
                        own_bits = combine_all_bits(source_mask, own, mask_taps)
                    else:
                        own_bits = combine_bits(
                            source_mask, own, mask_table, index, np.float32(fraction), mask_taps, mask_wy, i
                        )
                    bits = (bits & grow) | own_bits
                out_mask[i] = bits if inside[i] else pad[1]
        areas = fractions[0]
        for i in range(count):
            areas[i] = abs(first_area + (first + i) * area_step)
        out = image[r, begin:end]
        for i in range(count):
            out[i] = areas[i] * sums[0, i] if inside[i] else image_pad
        if variance is not None:
            out = variance[r, begin:end]
            for i in range(count):
                out[i] = areas[i] * areas[i] * sums[1, i] if inside[i] else image.dtype.type(pad[2])
    return total


@compiled
def _line(nodes, corners_x, corners_y, row):  # type: ignore[no-untyped-def]
    """Compute positions and relative areas along a row of a cell.

    Returns the position (x, y) at the left node, its step (x, y) from pixel
    to pixel, the area at the left node, and its step.
    """
    per_column, per_row = 1.0 / (nodes[1] - nodes[0]), 1.0 / (nodes[3] - nodes[2])
    # Steps from row to row at the left and right nodes of the cell.
    left_x, right_x = (corners_x[2] - corners_x[0]) * per_row, (corners_x[3] - corners_x[1]) * per_row
    left_y, right_y = (corners_y[2] - corners_y[0]) * per_row, (corners_y[3] - corners_y[1]) * per_row
    up = row - nodes[2]
    x, y = corners_x[0] + up * left_x, corners_y[0] + up * left_y
    step_x = (corners_x[1] + up * right_x - x) * per_column
    step_y = (corners_y[1] + up * right_y - y) * per_column
    # The cross product of the two steps is linear along the row.
    area = step_x * left_y - step_y * left_x
    area_step = (step_x * (right_y - left_y) - step_y * (right_x - left_x)) * per_column
    return (x, y), (step_x, step_y), area, area_step
