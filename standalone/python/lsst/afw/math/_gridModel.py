# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Interpolation of values on a rectangular grid, row by row."""

from __future__ import annotations

__all__: list[str] = []

import numpy as np
import numpy.typing as npt

from lsst.pex.exceptions import InvalidParameterError, OutOfRangeError
from lsst.pixels._jit import compiled

from ._function import FloatArray
from ._interpolate import (
    Interpolate,
    Interpolator,
    InterpStyle,
    UndersampleStyle,
    interpolateArray,
    lookupMaxInterpStyle,
    lookupMinInterpPoints,
)


@compiled
def _cubicRows(pieces, starts, offsets, out):  # type: ignore[no-untyped-def]
    """Evaluate one polynomial of third degree for each run of columns.

    Run i has columns ``starts[i]`` up to ``starts[i + 1]``, and there
    ``out[r, k]`` is set to the polynomial with coefficients
    ``pieces[:, r, i]``, from the constant up, at ``offsets[k]``.
    """
    for r in range(out.shape[0]):
        row = out[r]
        for i in range(len(starts) - 1):
            p0 = pieces[0, r, i]
            p1 = pieces[1, r, i]
            p2 = pieces[2, r, i]
            p3 = pieces[3, r, i]
            for k in range(starts[i], starts[i + 1]):
                offset = offsets[k]
                row[k] = p0 + offset * (p1 + offset * (p2 + offset * p3))


class GridModel:
    """Values on a grid, interpolated in y and then in x.

    Grid points that are NaN are left out, separately for each column in y and
    for each row in x.

    Parameters
    ----------
    x, y : `numpy.ndarray` of `float`
        Positions of the columns and rows of the grid, in pixels.
    grid : `numpy.ndarray`, shape (ny, nx)
        Values.
    interpStyle : `Interpolate.Style`
        How to interpolate; reduced as allowed. See `style`.
    undersampleStyle : `UndersampleStyle`
        Whether to do with a simpler style if there are too few points.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        If the grid has too few columns or rows, and that is not allowed.
    """

    def __init__(
        self,
        x: FloatArray,
        y: FloatArray,
        grid: npt.NDArray[np.floating],
        interpStyle: InterpStyle,
        undersampleStyle: UndersampleStyle,
    ) -> None:
        self._x, self._y = x, y
        self._grid = grid.astype(np.float64)
        self._canReduce = undersampleStyle == UndersampleStyle.REDUCE_INTERP_ORDER
        needed = lookupMinInterpPoints(interpStyle)
        if min(len(x), len(y)) < needed:
            if not self._canReduce:
                raise InvalidParameterError(
                    f"{len(x)} x {len(y)} bins are too few for {interpStyle.name}, which needs {needed}"
                )
            interpStyle = lookupMaxInterpStyle(min(len(x), len(y)))
        self._style = interpStyle
        self._good = ~np.isnan(self._grid)
        complete = self._good.all(axis=0)
        self._complete = Interpolator(y, self._grid[:, complete], interpStyle) if complete.any() else None

    @property
    def style(self) -> InterpStyle:
        """Interpolation style in use."""
        return self._style

    def _styleFor(self, nGood: int) -> InterpStyle | None:
        """Style for a number of points; None if there are none.

        OutOfRangeError if they are too few and that is not allowed.
        """
        needed = lookupMinInterpPoints(self._style)
        if nGood >= needed:
            return self._style
        if not self._canReduce:
            raise OutOfRangeError(f"{nGood} finite bins are too few for {self._style.name} (needs {needed})")
        return lookupMaxInterpStyle(nGood) if nGood else None

    def _knots(self, y0: int, y1: int) -> FloatArray:
        """Values at the columns of the grid for rows y0 … y1 − 1."""
        at = np.arange(y0, y1, dtype=float)
        good = self._good
        complete = good.all(axis=0)
        knots = np.full((y1 - y0, len(self._x)), np.nan)
        if self._complete is not None:
            knots[:, complete] = self._complete(at)
        for i in np.flatnonzero(~complete):
            rows = good[:, i]
            style = self._styleFor(int(np.count_nonzero(rows)))
            if style is not None:
                knots[:, i] = interpolateArray(self._y[rows], self._grid[rows, i], style, at)
        return knots

    def _evaluateRows(self, y0: int, y1: int, x0: int, x1: int, out: npt.NDArray[np.float32]) -> None:
        """Evaluate at rows y0 … y1 − 1 and columns x0 … x1 − 1.

        Parameters
        ----------
        y0, y1, x0, x1 : `int`
            Limits in pixels from the first one of the image.
        out : `numpy.ndarray` of `float32`, shape (y1 − y0, x1 − x0)
            Result.
        """
        knots = self._knots(y0, y1)
        good = ~np.isnan(knots)
        at = np.arange(x0, x1, dtype=float)
        if (good == good[0]).all():
            self._interpolateRows(knots, good[0], at, out)
        else:
            for row in range(len(knots)):
                self._interpolateRows(knots[row : row + 1], good[row], at, out[row : row + 1])

    def _interpolateRows(
        self,
        knots: FloatArray,
        good: npt.NDArray[np.bool_],
        at: FloatArray,
        out: npt.NDArray[np.float32],
    ) -> None:
        """Interpolate rows in x; all have the same good columns."""
        style = self._styleFor(int(np.count_nonzero(good)))
        if style is None:
            out[:, :] = np.nan
            return
        x, knots = self._x[good], np.ascontiguousarray(knots[:, good].T)
        model = Interpolator(x, knots, style)
        if style == Interpolate.CONSTANT:
            out[:, :] = model(at).T
            return
        starts = np.concatenate(([0], np.searchsorted(at, x), [len(at)]))
        # The last point itself belongs to the last interval.
        starts[-2] = np.searchsorted(at, x[-1], side="right")
        offsets = at - np.repeat(model.origins, np.diff(starts))
        _cubicRows(np.ascontiguousarray(np.swapaxes(model.pieces, 1, 2)), starts, offsets, out)
