# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Endpoints: how points of each kind become columns of numbers."""

from __future__ import annotations

__all__ = (
    "GenericEndpoint",
    "Point2Endpoint",
    "SpherePointEndpoint",
)

from collections.abc import Sequence
from typing import Any

import astshim
import numpy as np
import starlink.Ast as Ast

from lsst.geom import Point2D, SpherePoint, radians
from lsst.pex.exceptions import InvalidParameterError
from lsst.sphgeom import LonLat

from ._ast import AST_LOCK, unwrapped


def _currentFrame(frame: Ast.Frame) -> Ast.Frame:
    """Return the current frame of a frame set; a plain frame is its own."""
    frame = unwrapped(frame)
    with AST_LOCK:
        return frame.getframe(frame.Current) if isinstance(frame, Ast.FrameSet) else frame


class _Endpoint:
    """What endpoints have in common: the number of axes, and equality."""

    def __init__(self, nAxes: int):
        self._nAxes = nAxes

    @property
    def nAxes(self) -> int:
        """Number of axes of a point."""
        return self._nAxes

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Endpoint):
            return NotImplemented
        return type(self) is type(other) and self.nAxes == other.nAxes

    __hash__ = None  # type: ignore[assignment]

    def _isPoint(self, value: Any) -> bool:
        """Whether a value is one point rather than many."""
        raise NotImplementedError


class GenericEndpoint(_Endpoint):
    """Points are sequences of floats, many points a 2-D array.

    Parameters
    ----------
    nAxes
        Number of axes of a point, at least 1.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if ``nAxes`` is not positive.
    """

    __module__ = "lsst.afw.geom"

    def __init__(self, nAxes: int):
        if nAxes <= 0:
            raise InvalidParameterError(f"nAxes = {nAxes} is not positive.")
        super().__init__(nAxes)

    @staticmethod
    def getClassPrefix() -> str:
        """Return the part of a transform's class name for this endpoint."""
        return "Generic"

    def getNPoints(self, array: np.ndarray) -> int:
        """Return the number of points in an array of shape (nAxes, N)."""
        return self.dataFromArray(array).shape[1]

    def dataFromPoint(self, point: Sequence[float]) -> list[float]:
        """Return the coordinates of a point as a list."""
        data = [float(value) for value in point]
        if len(data) != self.nAxes:
            raise InvalidParameterError(f"Point has {len(data)} axes, not {self.nAxes}.")
        return data

    def dataFromArray(self, array: np.ndarray) -> np.ndarray:
        """Return an array of points as float64 data of shape (nAxes, N)."""
        data = np.ascontiguousarray(array, dtype=np.float64)
        if data.ndim != 2 or data.shape[0] != self.nAxes:
            raise InvalidParameterError(
                f"Array of shape {data.shape} does not hold points of {self.nAxes} axes."
            )
        return data

    def pointFromData(self, data: Sequence[float]) -> list[float]:
        """Return the point with these coordinates."""
        return self.dataFromPoint(data)

    def arrayFromData(self, data: np.ndarray) -> np.ndarray:
        """Return data of shape (nAxes, N) as an array of points."""
        return self.dataFromArray(data)

    def makeFrame(self) -> astshim.Frame:
        """Return an AST frame with this number of axes."""
        return astshim.Frame(self.nAxes)

    def normalizeFrame(self, frame: astshim.Frame) -> None:
        """Adapt an AST frame to this endpoint; any frame is acceptable."""

    def _isPoint(self, value: Any) -> bool:
        return np.ndim(value) == 1

    def __str__(self) -> str:
        return f"GenericEndpoint({self.nAxes})"

    def __repr__(self) -> str:
        return f"lsst.afw.geom.GenericEndpoint({self.nAxes})"


class _VectorEndpoint(_Endpoint):
    """Endpoint with two axes, whose many points are a list of points."""

    def __init__(self) -> None:
        super().__init__(2)

    def getNPoints(self, array: Sequence[Any]) -> int:
        """Return the number of points in a sequence."""
        return len(array)

    def dataFromPoint(self, point: Any) -> list[float]:
        """Return the coordinates of a point as a list."""
        raise NotImplementedError

    def pointFromData(self, data: Sequence[float]) -> Any:
        """Return the point with these coordinates."""
        raise NotImplementedError

    def dataFromArray(self, array: Sequence[Any]) -> np.ndarray:
        """Return a sequence of points as data of shape (2, N)."""
        data = np.array([self.dataFromPoint(point) for point in array], dtype=np.float64)
        return np.ascontiguousarray(data.reshape(-1, 2).T)

    def arrayFromData(self, data: np.ndarray) -> list[Any]:
        """Return data of shape (2, N) as a list of points."""
        return [self.pointFromData(column) for column in data.T.tolist()]

    def __str__(self) -> str:
        return f"{type(self).__name__}()"

    def __repr__(self) -> str:
        return f"lsst.afw.geom.{self}"


class Point2Endpoint(_VectorEndpoint):
    """Points are `lsst.geom.Point2D`, many points a list of them."""

    __module__ = "lsst.afw.geom"

    @staticmethod
    def getClassPrefix() -> str:
        """Return the part of a transform's class name for this endpoint."""
        return "Point2"

    def dataFromPoint(self, point: Point2D) -> list[float]:
        """Return x, y of a point."""
        if not isinstance(point, Point2D):
            raise TypeError(f"{point!r} is not a Point2D.")
        return [point.getX(), point.getY()]

    def pointFromData(self, data: Sequence[float]) -> Point2D:
        """Return the point at x, y."""
        x, y = data
        return Point2D(x, y)

    def makeFrame(self) -> astshim.Frame:
        """Return a plain AST frame with two axes."""
        return astshim.Frame(2)

    def normalizeFrame(self, frame: astshim.Frame) -> None:
        """Check that an AST frame is Cartesian.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if the frame has curved axes.
        """
        plain = _currentFrame(frame)
        if type(plain) not in (Ast.Frame, Ast.CmpFrame):
            raise InvalidParameterError(f"A {type(plain).__name__} is not a Cartesian frame.")

    def _isPoint(self, value: Any) -> bool:
        return isinstance(value, Point2D)


class SpherePointEndpoint(_VectorEndpoint):
    """Points are `lsst.geom.SpherePoint`, many points a list of them.

    Data are longitude and latitude in radians.
    """

    __module__ = "lsst.afw.geom"

    @staticmethod
    def getClassPrefix() -> str:
        """Return the part of a transform's class name for this endpoint."""
        return "SpherePoint"

    def dataFromPoint(self, point: SpherePoint | LonLat) -> list[float]:
        """Return longitude, latitude of a point, in radians."""
        if isinstance(point, LonLat):
            point = SpherePoint(point)
        if not isinstance(point, SpherePoint):
            raise TypeError(f"{point!r} is not a SpherePoint.")
        return [point.getLongitude().asRadians(), point.getLatitude().asRadians()]

    def pointFromData(self, data: Sequence[float]) -> SpherePoint:
        """Return the point at longitude, latitude in radians."""
        longitude, latitude = data
        return SpherePoint(longitude, latitude, radians)

    def makeFrame(self) -> astshim.SkyFrame:
        """Return an AST sky frame (ICRS)."""
        return astshim.SkyFrame()

    def normalizeFrame(self, frame: astshim.Frame) -> None:
        """Put the axes of an AST sky frame in the order longitude, latitude.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if the frame is not a sky frame.
        """
        sky = _currentFrame(frame)
        if not isinstance(sky, Ast.SkyFrame):
            raise InvalidParameterError(f"A {type(sky).__name__} is not a SkyFrame.")
        with AST_LOCK:
            if sky.LonAxis != 1:
                unwrapped(frame).permaxes((2, 1))

    def _isPoint(self, value: Any) -> bool:
        return isinstance(value, SpherePoint | LonLat)
