# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Mappings: transformations of coordinates."""

from __future__ import annotations

__all__ = ("CmpMap", "Mapping", "MatrixMap", "PolyMap", "ShiftMap", "UnitMap", "ZoomMap")

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import starlink.Ast as Ast

from ._object import Object, applyMapping, callingAst, native, simplified, wrap


class Mapping(Object):
    """Transformation of points with ``nIn`` coordinates to points with
    ``nOut``, and back.
    """

    _Native = Ast.Mapping

    @property
    def nIn(self) -> int:
        """Number of coordinates of a point before the transformation."""
        return self._get("Nin")

    @property
    def nOut(self) -> int:
        """Number of coordinates of a point after the transformation."""
        return self._get("Nout")

    @property
    def hasForward(self) -> bool:
        """Whether the transformation is defined."""
        return bool(self._get("TranForward"))

    @property
    def hasInverse(self) -> bool:
        """Whether the inverse transformation is defined."""
        return bool(self._get("TranInverse"))

    @property
    def isInverted(self) -> bool:
        """Whether this is the inverse of the mapping originally made."""
        return bool(self._get("Invert"))

    @property
    def isLinear(self) -> bool:
        """Whether the transformation is linear."""
        return bool(self._get("IsLinear"))

    @property
    def isSimple(self) -> bool:
        """Whether the mapping has been simplified."""
        return bool(self._get("IsSimple"))

    def applyForward(self, data: npt.ArrayLike) -> np.ndarray:
        """Transform points.

        Parameters
        ----------
        data
            Array of shape (nIn, N), or the nIn coordinates of one point.

        Returns
        -------
        result
            Array of shape (nOut, N), or the nOut coordinates of one point;
            NaN where the mapping is not defined.
        """
        return self._apply(data, True)

    def applyInverse(self, data: npt.ArrayLike) -> np.ndarray:
        """Transform points from nOut coordinates back to nIn.

        See `applyForward`.
        """
        return self._apply(data, False)

    def _apply(self, data: npt.ArrayLike, forward: bool) -> np.ndarray:
        points = np.array(data, dtype=np.float64)
        axes = self.nIn if forward else self.nOut
        if points.ndim not in (1, 2) or len(points) != axes:
            raise ValueError(f"Coordinates have shape {points.shape}: a point has {axes}.")
        result = applyMapping(self._native, points.reshape(axes, -1), forward)
        return result if points.ndim == 2 else result[:, 0]

    def linearApprox(self, lbnd: Sequence[float], ubnd: Sequence[float], tol: float) -> np.ndarray:
        """Return the linear approximation of the mapping within a box.

        Parameters
        ----------
        lbnd, ubnd
            Lower and upper limits of the inputs.
        tol
            Greatest deviation allowed, as a distance between outputs.

        Returns
        -------
        coeff
            Array of shape (1 + nOut, nIn): the outputs at the origin, then a
            row of derivatives for each output.

        Raises
        ------
        RuntimeError
            Raised if no linear approximation is within ``tol``.
        """
        with callingAst("approximate a mapping"):
            found, coefficients = self._native.linearapprox(list(lbnd), list(ubnd), tol)
        if not found:
            raise RuntimeError(f"Mapping is not linear within {tol} between {list(lbnd)} and {list(ubnd)}.")
        return np.asarray(coefficients, dtype=np.float64).reshape(1 + self.nOut, self.nIn)

    def inverted(self) -> Any:
        """Return the inverse mapping."""
        with callingAst("invert a mapping"):
            result = self._native.copy()
            result.invert()
        return wrap(result)

    def simplified(self) -> Any:
        """Return an equivalent mapping with as few steps as AST can find."""
        return wrap(simplified(self._native))

    def then(self, next: Mapping) -> CmpMap:
        """Return the mapping that applies this one, then another."""
        return CmpMap(self, next, True)

    def under(self, next: Mapping) -> CmpMap:
        """Return the mapping that applies this one to the first coordinates
        and another to those that follow.
        """
        return CmpMap(self, next, False)


class CmpMap(Mapping):
    """Two mappings, one after or beside the other.

    Parameters
    ----------
    map1, map2
        Mappings to combine.
    series
        Apply one after the other, rather than each to its own coordinates.
    options
        Attributes to set.
    """

    _Native = Ast.CmpMap

    def __init__(self, map1: Mapping, map2: Mapping, series: bool, options: str = "") -> None:
        first, second = native(map1, Mapping, "first mapping"), native(map2, Mapping, "second mapping")
        if series and first.Nout != second.Nin:
            raise ValueError(f"A mapping to {first.Nout} coordinates cannot precede one from {second.Nin}.")
        self._make(first, second, bool(series), options)


class MatrixMap(Mapping):
    """Multiplication by a matrix.

    Parameters
    ----------
    matrix
        Array of shape (nOut, nIn), or the elements on the diagonal.
    options
        Attributes to set.
    """

    _Native = Ast.MatrixMap

    def __init__(self, matrix: npt.ArrayLike, options: str = "") -> None:
        self._make(np.array(matrix, dtype=np.float64), options)


class PolyMap(Mapping):
    """Polynomials of the inputs.

    Parameters
    ----------
    coeff_f
        One row for each term: coefficient, number (from 1) of the output that
        it is added to, and the power of each input.
    coeff_i
        Likewise for the inverse, or just the number of outputs if there is no
        inverse.
    options
        Attributes to set, such as ``IterInverse=1``.
    """

    _Native = Ast.PolyMap

    def __init__(self, coeff_f: npt.ArrayLike, coeff_i: npt.ArrayLike | int, options: str = "") -> None:
        forward = np.array(coeff_f, dtype=np.float64)
        if isinstance(coeff_i, int):
            last = int(forward[:, 1].max())
            if last != coeff_i:
                raise ValueError(f"The last output with a term is {last}, but there are {coeff_i} outputs.")
            inverse = np.zeros((0, 2 + coeff_i))
        else:
            inverse = np.array(coeff_i, dtype=np.float64)
        self._make(forward, inverse, options)


class ShiftMap(Mapping):
    """Addition of a constant to each coordinate.

    Parameters
    ----------
    shift
        Value to add to each coordinate.
    options
        Attributes to set.
    """

    _Native = Ast.ShiftMap

    def __init__(self, shift: Sequence[float], options: str = "") -> None:
        self._make([float(each) for each in shift], options)


class UnitMap(Mapping):
    """Identity mapping.

    Parameters
    ----------
    ncoord
        Number of coordinates.
    options
        Attributes to set.
    """

    _Native = Ast.UnitMap

    def __init__(self, ncoord: int, options: str = "") -> None:
        self._make(ncoord, options)


class ZoomMap(Mapping):
    """Multiplication of all coordinates by a number.

    Parameters
    ----------
    ncoord
        Number of coordinates.
    zoom
        Factor to multiply them by.
    options
        Attributes to set.
    """

    _Native = Ast.ZoomMap

    def __init__(self, ncoord: int, zoom: float, options: str = "") -> None:
        self._make(ncoord, zoom, options)
