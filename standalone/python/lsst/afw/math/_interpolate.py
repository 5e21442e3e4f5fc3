# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Interpolation in one dimension.

The formulas are those of the GNU Scientific Library, with extrapolation by
the Taylor series (to second order) about the first and last point.
"""

from __future__ import annotations

__all__ = (
    "Interpolate",
    "UndersampleStyle",
    "lookupMaxInterpStyle",
    "lookupMinInterpPoints",
    "makeInterpolate",
    "stringToInterpStyle",
    "stringToUndersampleStyle",
)

import enum
from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from scipy.interpolate import CubicSpline

from lsst.pex.exceptions import InvalidParameterError, OutOfRangeError
from lsst.pixels import compiled

from ._functions import FloatArray


class UndersampleStyle(enum.IntEnum):
    """Choices of what to do if there are too few points for a style."""

    THROW_EXCEPTION = 0
    REDUCE_INTERP_ORDER = 1
    INCREASE_NXNYSAMPLE = 2


class InterpStyle(enum.IntEnum):
    """Ways to interpolate."""

    UNKNOWN = -1
    CONSTANT = 0
    LINEAR = 1
    NATURAL_SPLINE = 2
    CUBIC_SPLINE = 3
    CUBIC_SPLINE_PERIODIC = 4
    AKIMA_SPLINE = 5
    AKIMA_SPLINE_PERIODIC = 6
    NUM_STYLES = 7


_MIN_POINTS = {
    InterpStyle.CONSTANT: 1,
    InterpStyle.LINEAR: 2,
    InterpStyle.NATURAL_SPLINE: 3,
    InterpStyle.CUBIC_SPLINE: 3,
    InterpStyle.CUBIC_SPLINE_PERIODIC: 3,
    InterpStyle.AKIMA_SPLINE: 5,
    InterpStyle.AKIMA_SPLINE_PERIODIC: 5,
}


def stringToInterpStyle(style: str) -> InterpStyle:
    """Return the style with a given name.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if the name is unknown.
    """
    if InterpStyle.__members__.get(style) not in _MIN_POINTS:
        raise InvalidParameterError(f"Unknown interpolation style: {style!r}.")
    return InterpStyle[style]


def stringToUndersampleStyle(style: str) -> UndersampleStyle:
    """Return the style with a given name.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if the name is unknown.
    """
    if style not in UndersampleStyle.__members__:
        raise InvalidParameterError(f"Unknown undersample style: {style!r}.")
    return UndersampleStyle[style]


def lookupMinInterpPoints(style: InterpStyle) -> int:
    """Return the smallest number of points that a style needs.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if the style cannot be used.
    """
    if style not in _MIN_POINTS:
        raise InvalidParameterError(f"Interpolation style {style!r} cannot be used.")
    return _MIN_POINTS[InterpStyle(style)]


def lookupMaxInterpStyle(n: int) -> InterpStyle:
    """Return the best style for a number of points.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if there are no points.
    """
    if n < 1:
        raise InvalidParameterError(f"Cannot interpolate between {n} points.")
    if n == 1:
        return InterpStyle.CONSTANT
    if n == 2:
        return InterpStyle.LINEAR
    return InterpStyle.CUBIC_SPLINE if n < 5 else InterpStyle.AKIMA_SPLINE


def _column(values: FloatArray, like: FloatArray) -> FloatArray:
    """Give a 1-d array as many (trailing) axes as another array."""
    return values.reshape(values.shape + (1,) * (like.ndim - 1))


def _constant(x: FloatArray, y: FloatArray, at: FloatArray) -> FloatArray:
    """Return the steps halfway between points; see `Interpolate`."""
    if len(x) == 1:
        return np.broadcast_to(y, at.shape + y.shape[1:])
    middle = 0.5 * (x[:-1] + x[1:])
    breaks = np.concatenate(([2 * x[0] - middle[0]], middle, [2 * x[-1] - middle[-1]]))
    steps = np.concatenate((y[:1], y[:1], 0.5 * (y[:-1] + y[1:]), y[-1:]))
    return steps[np.searchsorted(breaks, at, side="right")]


def _cubicPieces(
    x: FloatArray, y: FloatArray, style: InterpStyle
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return b, c, d of ``y_i + δ(b + δ(c + δd))`` in each interval."""
    h = _column(np.diff(x), y)
    slope = np.diff(y, axis=0) / h
    if style == InterpStyle.LINEAR:
        zero = np.zeros_like(slope)
        return slope, zero, zero
    if style in (InterpStyle.NATURAL_SPLINE, InterpStyle.CUBIC_SPLINE):
        d, c, b, _ = CubicSpline(x, y, bc_type="natural").c
        return b, c, d
    if style == InterpStyle.AKIMA_SPLINE:
        return _akimaPieces(h, slope)
    raise NotImplementedError(f"Interpolation style {style.name} is not supported.")


def _akimaPieces(h: FloatArray, slope: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return b, c, d of Akima's spline (J. ACM 17, 589, 1970).

    Where slopes repeat on both sides of a point, scipy takes a mean of slopes;
    the stack continues the interval's own slope.
    """
    before = [3.0 * slope[:1] - 2.0 * slope[1:2], 2.0 * slope[:1] - slope[1:2]]
    after = [2.0 * slope[-1:] - slope[-2:-1], 3.0 * slope[-1:] - 2.0 * slope[-2:-1]]
    m = np.concatenate((*before, slope, *after))
    pieces = np.empty((3, *slope.shape))
    _akima(
        *(np.ascontiguousarray(a).reshape(len(a), -1) for a in (h, m)),
        *(a.reshape(len(a), -1) for a in pieces),
    )
    return cast(tuple[FloatArray, FloatArray, FloatArray], tuple(pieces))


@compiled(exact=True)
def _akima(h, m, b, c, d):  # type: ignore[no-untyped-def]
    """Set the coefficients of Akima's spline.

    Slope i is ``m[i + 2]``; two have been added at both ends.
    """
    for i in range(len(b)):
        for k in range(b.shape[1]):
            # For each knot, the changes between the two slopes before it and
            # between the two after it.
            before, after = abs(m[i + 1, k] - m[i, k]), abs(m[i + 3, k] - m[i + 2, k])
            flat = after + before == 0.0
            alpha = before / (1.0 if flat else after + before)
            slope = m[i + 2, k]
            left = slope if flat else (1.0 - alpha) * m[i + 1, k] + alpha * slope
            before, after = abs(m[i + 2, k] - m[i + 1, k]), abs(m[i + 4, k] - m[i + 3, k])
            isFlatNext = after + before == 0.0
            alpha = before / (1.0 if isFlatNext else after + before)
            right = slope if isFlatNext else (1.0 - alpha) * slope + alpha * m[i + 3, k]
            b[i, k] = left
            c[i, k] = 0.0 if flat else (3.0 * slope - 2.0 * left - right) / h[i, 0]
            d[i, k] = 0.0 if flat else (left + right - 2.0 * slope) / (h[i, 0] * h[i, 0])


class Interpolator:
    """Interpolation along the first axis of an array.

    Parameters
    ----------
    x : `numpy.ndarray`, shape (n,)
        Positions of the points, increasing.
    y : `numpy.ndarray`, shape (n, ...)
        Values at the points.
    style
        How to interpolate.

    Attributes
    ----------
    pieces : `numpy.ndarray`, shape (4, n + 1, ...)
        Coefficients, from the constant up, of the polynomials before the
        first point, between points and after the last; not for CONSTANT.
    origins : `numpy.ndarray`, shape (n + 1,)
        Positions from which each polynomial's variable is measured.
    """

    def __init__(self, x: FloatArray, y: FloatArray, style: InterpStyle) -> None:
        self._x, self._y, self._style = x, y, style
        if style == InterpStyle.CONSTANT:
            return
        b, c, d = _cubicPieces(x, y, style)
        h = x[-1] - x[-2]
        zero = np.zeros_like(y[0])
        self.pieces = np.empty((4, len(x) + 1, *y.shape[1:]))
        self.pieces[:, 0] = y[0], b[0], c[0], zero
        self.pieces[:, 1:-1] = y[:-1], b, c, d
        curvature = c[-1] + 3.0 * h * d[-1]
        self.pieces[:, -1] = y[-1], b[-1] + h * (c[-1] + curvature), curvature, zero
        self.origins = np.concatenate((x[:1], x))

    def __call__(self, at: FloatArray) -> FloatArray:
        """Return the values at positions, as an array of shape (m, ...)."""
        if self._style == InterpStyle.CONSTANT:
            return _constant(self._x, self._y, at)
        i = np.searchsorted(self._x, at, side="right")
        # The last point itself belongs to the last interval.
        i[at == self._x[-1]] = len(self._x) - 1
        out = np.empty((len(at), *self._y.shape[1:]))
        _cubics(
            self.pieces.reshape(*self.pieces.shape[:2], -1), i, at - self.origins[i], out.reshape(len(at), -1)
        )
        return out


class Interpolate(Interpolator):
    """A function given by points; made by `makeInterpolate`.

    CONSTANT is a staircase: its breakpoints are halfway between points (with
    one more beyond each end); between the breakpoints about point j it has the
    mean of the values at j − 1 and j (at the first point its own value), and
    beyond the last breakpoint the last value.
    """

    Style = InterpStyle
    UNKNOWN, CONSTANT, LINEAR, NATURAL_SPLINE, CUBIC_SPLINE = list(InterpStyle)[:5]
    CUBIC_SPLINE_PERIODIC, AKIMA_SPLINE, AKIMA_SPLINE_PERIODIC, NUM_STYLES = list(InterpStyle)[5:]

    def interpolate(self, x: Any) -> Any:
        """Evaluate at a position, a list of them or an array."""
        at = np.atleast_1d(np.asarray(x, dtype=float))
        values = np.where(np.isnan(at), np.nan, self(at))
        if isinstance(x, np.ndarray) and x.ndim:
            return values
        return values.tolist() if isinstance(x, Sequence) else float(values[0])


def makeInterpolate(
    x: Sequence[float] | FloatArray,
    y: Sequence[float] | FloatArray,
    style: InterpStyle = InterpStyle.AKIMA_SPLINE,
) -> Interpolate:
    """Return the function through points.

    Parameters
    ----------
    x, y
        Points, by increasing x.
    style
        How to interpolate.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if the numbers of x and y differ or are 0.
    lsst.pex.exceptions.OutOfRangeError
        Raised if there are too few points for the style.
    NotImplementedError
        Raised if the style is a periodic one.
    """
    xs, ys = np.array(x, dtype=float), np.array(y, dtype=float)
    if xs.shape != ys.shape or xs.ndim != 1 or xs.size == 0:
        raise InvalidParameterError(
            f"x of shape {xs.shape} and y of shape {ys.shape} do not match as lists of points."
        )
    if xs.size < lookupMinInterpPoints(style):
        raise OutOfRangeError(f"{xs.size} points are too few for {InterpStyle(style).name}.")
    return Interpolate(xs, ys, InterpStyle(style))


@compiled(exact=True)
def _cubics(pieces, numbers, offsets, out):  # type: ignore[no-untyped-def]
    """Evaluate cubic polynomials, one for each row.

    In row r, those with coefficients ``pieces[:, numbers[r]]``, from the
    constant up, are evaluated at ``offsets[r]``.
    """
    for r in range(out.shape[0]):
        row = out[r]
        offset = offsets[r]
        p0 = pieces[0, numbers[r]]
        p1 = pieces[1, numbers[r]]
        p2 = pieces[2, numbers[r]]
        p3 = pieces[3, numbers[r]]
        for k in range(len(row)):
            row[k] = p0[k] + offset * (p1[k] + offset * (p2[k] + offset * p3[k]))


@compiled
def _cubicRows(pieces, starts, offsets, out):  # type: ignore[no-untyped-def]
    """Evaluate one cubic polynomial for each run of columns.

    Run i has columns ``starts[i]`` up to ``starts[i + 1]``, and there
    ``out[r, k]`` is set to the polynomial with coefficients
    ``pieces[:, i, r]``, from the constant up, at ``offsets[k]``.
    """
    for r in range(out.shape[0]):
        row = out[r]
        for i in range(len(starts) - 1):
            p0 = pieces[0, i, r]
            p1 = pieces[1, i, r]
            p2 = pieces[2, i, r]
            p3 = pieces[3, i, r]
            # Whole vectors are faster than a remainder of single columns. What
            # is written beyond the run is overwritten by the next ones.
            length = (starts[i + 1] - starts[i] + 15) // 16 * 16
            run = row[starts[i] : starts[i] + length]
            offset = offsets[starts[i] : starts[i] + length]
            for k in range(len(run)):
                run[k] = p0 + offset[k] * (p1 + offset[k] * (p2 + offset[k] * p3))


class GridModel:
    """Values on a grid, interpolated in y and then in x.

    Grid points that are NaN are left out, separately for each column in y and
    for each row in x.

    Parameters
    ----------
    x, y
        Positions of the columns and rows of the grid, in pixels.
    grid : `numpy.ndarray`, shape (ny, nx)
        Values.
    interpStyle
        How to interpolate; reduced as allowed. See `style`.
    undersampleStyle
        Whether to fall back to a simpler style if there are too few points.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if the grid has too few columns or rows for a style that may
        not be reduced.
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
                    f"{len(x)} x {len(y)} bins are too few for {interpStyle.name}, which needs {needed}."
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
        """Return the style for a number of points; `None` if that is 0.

        Raises
        ------
        lsst.pex.exceptions.OutOfRangeError
            Raised if the points are too few for a style that may not
            be reduced.
        """
        needed = lookupMinInterpPoints(self._style)
        if nGood >= needed:
            return self._style
        if not self._canReduce:
            raise OutOfRangeError(f"{nGood} finite bins are too few for {self._style.name} (needs {needed}).")
        return lookupMaxInterpStyle(nGood) if nGood else None

    def _knots(self, y0: int, y1: int) -> FloatArray:
        """Return the values at the grid's columns for rows y0 … y1 − 1."""
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
                knots[:, i] = Interpolator(self._y[rows], self._grid[rows, i], style)(at)
        return knots

    def _evaluateRows(self, y0: int, y1: int, x0: int, x1: int, out: npt.NDArray[np.float32]) -> None:
        """Evaluate at rows y0 … y1 − 1 and columns x0 … x1 − 1.

        Parameters
        ----------
        y0, y1, x0, x1
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
        _cubicRows(model.pieces, starts, offsets, out)
