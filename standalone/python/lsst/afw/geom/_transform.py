# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Transforms between spaces of points, one class for each pair of kinds."""

from __future__ import annotations

__all__ = (
    "GenericEndpoint",
    "Point2Endpoint",
    "SpherePointEndpoint",
    "TransformGenericToGeneric",
    "TransformGenericToPoint2",
    "TransformGenericToSpherePoint",
    "TransformPoint2ToGeneric",
    "TransformPoint2ToPoint2",
    "TransformPoint2ToSpherePoint",
    "TransformSpherePointToGeneric",
    "TransformSpherePointToPoint2",
    "TransformSpherePointToSpherePoint",
    "transformFromString",
)

import re
from collections.abc import Sequence
from typing import Any, ClassVar, Self

import astshim
import numpy as np
import starlink.Ast as Ast
from astshim._object import (
    AST_ERRORS,
    AST_LOCK,
    BAD,
    applyMapping,
    concatenate,
    readAst,
    simplified,
    unwrapped,
    wrap,
    writeAst,
)

from lsst.afw.table.io import Persistable
from lsst.afw.table.io._persistable import Fields, register
from lsst.geom import Point2D, SpherePoint, radians
from lsst.pex.exceptions import InvalidParameterError
from lsst.pex.exceptions import TypeError as LsstTypeError
from lsst.sphgeom import LonLat

from ._python._transform import unpickleTransform


class _Endpoint:
    """Base of the endpoints, which convert points to columns of numbers."""

    __module__ = "lsst.afw.geom"

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

    def __repr__(self) -> str:
        return f"lsst.afw.geom.{self}"


class GenericEndpoint(_Endpoint):
    """Endpoint whose points are sequences of floats, or a 2-D array of them.

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

    pointFromData = dataFromPoint
    arrayFromData = dataFromArray

    def normalizeFrame(self, frame: astshim.Frame) -> None:
        """Adapt an AST frame to this endpoint; any frame is acceptable."""

    def _isPoint(self, value: Any) -> bool:
        return np.ndim(value) == 1

    def __str__(self) -> str:
        return f"GenericEndpoint({self.nAxes})"


class _VectorEndpoint(_Endpoint):
    """Endpoint with two axes, whose points form lists."""

    __module__ = "lsst.afw.geom"

    _Point: ClassVar[Any]

    def __init__(self) -> None:
        super().__init__(2)

    def dataFromArray(self, array: Sequence[Any]) -> np.ndarray:
        """Return a sequence of points as data of shape (2, N)."""
        data = np.array([self.dataFromPoint(point) for point in array], dtype=np.float64)
        return np.ascontiguousarray(data.reshape(-1, 2).T)

    def arrayFromData(self, data: np.ndarray) -> list[Any]:
        """Return data of shape (2, N) as a list of points."""
        return [self.pointFromData(column) for column in data.T.tolist()]

    def dataFromPoint(self, point: Any) -> list[float]:
        """Return the two coordinates of a point, angles in radians."""
        raise NotImplementedError

    def pointFromData(self, data: Sequence[float]) -> Any:
        """Return the point with these coordinates, angles in radians."""
        raise NotImplementedError

    def _isPoint(self, value: Any) -> bool:
        return isinstance(value, self._Point)

    def __str__(self) -> str:
        return f"{type(self).__name__}()"


def _currentFrame(frame: Ast.Frame) -> Ast.Frame:
    """Return the current frame of a frame set, or a plain frame itself."""
    frame = unwrapped(frame)
    with AST_LOCK:
        return frame.getframe(frame.Current) if isinstance(frame, Ast.FrameSet) else frame


class Point2Endpoint(_VectorEndpoint):
    """Endpoint whose points are `lsst.geom.Point2D`."""

    __module__ = "lsst.afw.geom"

    _Point = Point2D

    def dataFromPoint(self, point: Point2D) -> list[float]:
        """Return x and y of a point."""
        if not isinstance(point, Point2D):
            raise TypeError(f"{point!r} is not a Point2D.")
        return [point.getX(), point.getY()]

    def pointFromData(self, data: Sequence[float]) -> Point2D:
        """Return the point at x, y."""
        x, y = data
        return Point2D(x, y)

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


class SpherePointEndpoint(_VectorEndpoint):
    """Endpoint whose points are `lsst.geom.SpherePoint`.

    Data are longitude and latitude in radians.
    """

    __module__ = "lsst.afw.geom"

    _Point = SpherePoint | LonLat

    def dataFromPoint(self, point: SpherePoint | LonLat) -> list[float]:
        """Return longitude and latitude of a point, in radians."""
        if isinstance(point, LonLat):
            point = SpherePoint(point)
        if not isinstance(point, SpherePoint):
            raise TypeError(f"{point!r} is not a SpherePoint.")
        return [point.getLongitude().asRadians(), point.getLatitude().asRadians()]

    def pointFromData(self, data: Sequence[float]) -> SpherePoint:
        """Return the point at longitude, latitude in radians."""
        longitude, latitude = data
        return SpherePoint(longitude, latitude, radians)

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


def columnFromText(text: str) -> np.ndarray:
    """Return the bytes of ASCII text as an array of uint8."""
    return np.frombuffer(text.encode("ascii"), dtype=np.uint8)


def textFromColumn(column: np.ndarray) -> str:
    """Return the text in an array of uint8; replace non-ASCII bytes."""
    return bytes(column).decode("ascii", errors="replace")


_VERSION = "1"
_FIELDS = Fields("bytes:QB")
_ENDPOINTS = {"Generic": GenericEndpoint, "Point2": Point2Endpoint, "SpherePoint": SpherePointEndpoint}


def _makeEndpoint(prefix: str, nAxes: int) -> Any:
    if prefix == "Generic":
        return GenericEndpoint(nAxes)
    endpoint = _ENDPOINTS[prefix]()
    if endpoint.nAxes != nAxes:
        raise InvalidParameterError(f"A mapping of {nAxes} axes does not fit {endpoint!r}.")
    return endpoint


def _mappingOfFrameSet(frameSet: Ast.FrameSet, fromEndpoint: Any, toEndpoint: Any) -> Ast.Mapping:
    """Return the mapping of a frame set, with axes as endpoints need them."""
    with AST_LOCK:
        frameSet = frameSet.copy()
        toEndpoint.normalizeFrame(frameSet)
        current, frameSet.Current = frameSet.Current, frameSet.Base
        fromEndpoint.normalizeFrame(frameSet)
        frameSet.Current = current
        return frameSet.getmapping(frameSet.Base, frameSet.Current)


class _Transform(Persistable):
    """Immutable transform of points, based on an AST mapping.

    Parameters
    ----------
    mapping
        Mapping, or frame set whose base and current frame are the ends:
        objects of `astshim` or of ``starlink.Ast``.
    simplify
        Whether to simplify the mapping.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if the axes of the mapping do not fit the kinds of points.
    """

    __module__ = "lsst.afw.geom"

    _prefixes: ClassVar[tuple[str, str]]

    def __init_subclass__(cls) -> None:
        source, _, target = cls.__name__.removeprefix("Transform").partition("To")
        cls.__module__, cls._prefixes = "lsst.afw.geom", (source, target)
        register(cls.__name__, module=cls.__module__)(cls)

    def __init__(self, mapping: Any = None, simplify: bool = True, *, frameSet: Any = None):
        source = unwrapped(mapping if frameSet is None else frameSet)
        if not isinstance(source, Ast.Mapping):
            raise TypeError(f"{source!r} is not an AST mapping or frame set.")
        with AST_LOCK:
            nIn, nOut = source.Nin, source.Nout
        self._from = _makeEndpoint(self._prefixes[0], nIn)
        self._to = _makeEndpoint(self._prefixes[1], nOut)
        if isinstance(source, Ast.FrameSet):
            source = _mappingOfFrameSet(source, self._from, self._to)
        self._mapping = simplified(source) if simplify else source

    @property
    def hasForward(self) -> bool:
        """Whether the forward transform is defined."""
        with AST_LOCK:
            return bool(self._mapping.TranForward)

    @property
    def hasInverse(self) -> bool:
        """Whether the inverse transform is defined."""
        with AST_LOCK:
            return bool(self._mapping.TranInverse)

    @property
    def fromEndpoint(self) -> Any:
        """Endpoint that describes the input points."""
        return self._from

    @property
    def toEndpoint(self) -> Any:
        """Endpoint that describes the output points."""
        return self._to

    def getMapping(self) -> astshim.Mapping:
        """Return a copy of the AST mapping."""
        return wrap(self._mapping).copy()

    def applyForward(self, point: Any) -> Any:
        """Transform a point, or a sequence of points.

        Returns
        -------
        result
            A point for a point, a list for a sequence; for generic points a
            list of floats or an array of shape (nAxes, N). Coordinates are
            NaN where the transform is not defined.

        Raises
        ------
        lsst.pex.exceptions.RuntimeError
            Raised if there is no transform in this direction.
        """
        return self._apply(point, self._from, self._to, True)

    def applyInverse(self, point: Any) -> Any:
        """Transform a point, or a sequence of points, back.

        Returns and raises as `applyForward` does.
        """
        return self._apply(point, self._to, self._from, False)

    def _apply(self, value: Any, source: Any, target: Any, forward: bool) -> Any:
        if source._isPoint(value):
            data = np.array(source.dataFromPoint(value)).reshape(-1, 1)
            return target.pointFromData(applyMapping(self._mapping, data, forward)[:, 0].tolist())
        return target.arrayFromData(applyMapping(self._mapping, source.dataFromArray(value), forward))

    def _applyArray(self, data: np.ndarray) -> np.ndarray:
        """Transform float64 data of shape (nIn, N) to shape (nOut, N)."""
        return applyMapping(self._mapping, data, True)

    def _applyInverseArray(self, data: np.ndarray) -> np.ndarray:
        """Transform float64 data of shape (nOut, N) to shape (nIn, N)."""
        return applyMapping(self._mapping, data, False)

    def getJacobian(self, x: Any) -> np.ndarray:
        """Return the matrix of partial derivatives at a point.

        Returns
        -------
        jacobian
            Array of shape (nOut, nIn); NaN where not defined.
        """
        return jacobian(self._mapping, self._from.dataFromPoint(x))

    def inverted(self) -> Any:
        """Return the inverse transform."""
        with AST_LOCK:
            mapping = self._mapping.copy()
            mapping.invert()
        return _CLASSES[self._prefixes[::-1]](mapping, simplify=False)

    def then(self, next: Any, simplify: bool = True) -> Any:
        """Return the transform that applies this one, then another.

        Parameters
        ----------
        next
            Transform from points of the kind that this one returns.
        simplify
            Whether to simplify the result.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if the endpoints do not match.
        """
        if not isinstance(next, _Transform) or self._to != next._from:
            raise InvalidParameterError(f"Cannot apply {next!r} to the result of {self!r}: endpoints differ.")
        mapping = concatenate(self._mapping, next._mapping)
        return _CLASSES[self._prefixes[0], next._prefixes[1]](mapping, simplify=simplify)

    def writeString(self) -> str:
        """Return the transform as text."""
        return f"{_VERSION} {type(self).__name__}{writeAst(self._mapping)}"

    @classmethod
    def readString(cls, string: str) -> Self:
        """Make a transform from the text that `writeString` returned.

        Raises
        ------
        lsst.pex.exceptions.TypeError
            Raised if the text is malformed or describes another class.
        """
        name, dump = _splitString(string)
        if name != cls.__name__:
            raise LsstTypeError(f"Text describes a {name}, not a {cls.__name__}.")
        mapping = readAst(dump)
        if not isinstance(mapping, Ast.Mapping):
            raise LsstTypeError(f"Text of a {name} holds a {type(mapping).__name__}, not a mapping.")
        try:
            return cls(mapping, simplify=False)
        except InvalidParameterError as err:
            raise LsstTypeError(f"Text of a {name} holds an unsuitable mapping: {err}") from err

    def __reduce__(self) -> tuple:
        return unpickleTransform, (type(self), self.writeString())

    def _writeArchive(self, out: Any) -> None:
        out.addCatalog(_FIELDS, [{"bytes": columnFromText(self.writeString())}])

    @classmethod
    def _readArchive(cls, archive: Any, catalogs: Any) -> Self:
        return cls.readString(textFromColumn(catalogs[0][0]["bytes"]))

    def __str__(self) -> str:
        return f"{type(self).__name__}[{self._from.nAxes}->{self._to.nAxes}]"

    def __repr__(self) -> str:
        return f"lsst.afw.geom.{self}"


def _splitString(string: str) -> tuple[str, str]:
    """Split the text of a transform into class name and dump."""
    match = re.match(r"(\S+) (\w+)(?= )", string)
    if match is None:
        raise LsstTypeError(f"Text {string[:40]!r} does not begin with a version and a class name.")
    version, name = match.groups()
    if version != _VERSION:
        raise LsstTypeError(f"Version {version!r} of {name} is not supported.")
    return name, string[match.end() :]


def jacobian(mapping: Ast.Mapping, at: list[float]) -> np.ndarray:
    """Return the matrix of partial derivatives of a mapping at a point.

    Returns
    -------
    jacobian
        Array of shape (nOut, nIn); NaN where not defined.
    """
    try:
        with AST_LOCK:
            rates = [
                [mapping.rate(at, out, axis) for axis in range(1, mapping.Nin + 1)]
                for out in range(1, mapping.Nout + 1)
            ]
    except AST_ERRORS as err:
        raise InvalidParameterError(f"No derivative at {at}: {err}") from err
    result = np.array(rates, dtype=np.float64)
    result[result == BAD] = np.nan
    return result


def transformFromString(data: str) -> _Transform:
    """Make a transform of the class that its text names.

    Raises
    ------
    lsst.pex.exceptions.TypeError
        Raised if the text does not describe a transform.
    """
    name, _ = _splitString(data)
    for cls in _CLASSES.values():
        if cls.__name__ == name:
            return cls.readString(data)
    raise LsstTypeError(f"{name!r} is not a transform class.")


class TransformGenericToGeneric(_Transform):
    """Transform from sequences of floats to sequences of floats."""


class TransformGenericToPoint2(_Transform):
    """Transform from sequences of floats to `lsst.geom.Point2D`."""


class TransformGenericToSpherePoint(_Transform):
    """Transform from sequences of floats to `lsst.geom.SpherePoint`."""


class TransformPoint2ToGeneric(_Transform):
    """Transform from `lsst.geom.Point2D` to sequences of floats."""


class TransformPoint2ToPoint2(_Transform):
    """Transform from `lsst.geom.Point2D` to `lsst.geom.Point2D`."""


class TransformPoint2ToSpherePoint(_Transform):
    """Transform from `lsst.geom.Point2D` to `lsst.geom.SpherePoint`."""


class TransformSpherePointToGeneric(_Transform):
    """Transform from `lsst.geom.SpherePoint` to sequences of floats."""


class TransformSpherePointToPoint2(_Transform):
    """Transform from `lsst.geom.SpherePoint` to `lsst.geom.Point2D`."""


class TransformSpherePointToSpherePoint(_Transform):
    """Transform from `lsst.geom.SpherePoint` to `lsst.geom.SpherePoint`."""


_CLASSES: dict[tuple[str, str], type[_Transform]] = {
    cls._prefixes: cls for cls in _Transform.__subclasses__()
}
