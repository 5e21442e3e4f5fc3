# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Entries of allow-lists for the classes of numpy and of `lsst.geom`."""

from __future__ import annotations

__all__ = (
    "GEOMETRY",
    "NUMPY",
    "PickleTable",
)

import functools
import math
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from lsst.geom import Box2I, Extent2I, Point2I

from ._unpickler import Allowed, PickleError

PickleTable = dict[tuple[str, str], Allowed]

_DTYPE = re.compile(r"(b1|i[1248]|u[1248]|f[248]|c8|c16|[SUV][0-9]{1,4})\Z")
_MAX_LENGTH = 1 << 31
_INT_LIMIT = 1 << 31


def _dtype(code: Any, align: Any = False, copy: Any = True) -> np.dtype:
    if type(code) is not str or _DTYPE.match(code) is None:
        raise PickleError(f"Elements of type {str(code)[:40]!r} are not allowed.")
    return np.dtype(code, copy=True)


def _setDtype(dtype: np.dtype, state: Any) -> None:
    if type(state) is not tuple or len(state) != 8 or type(state[7]) is not int:
        raise PickleError("The state of a dtype is not one of numbers or text.")
    version, order, subarray, names, fields, size, alignment, _ = state
    isFlexible = dtype.kind in "SUV"
    if (
        version != 3
        or order not in ("<", ">", "|", "=")
        or subarray is not None
        or size != (dtype.itemsize if isFlexible else -1)
        or type(alignment) is not int
        or not -1 <= alignment <= 16
    ):
        raise PickleError("The state of a dtype is not one of numbers or text.")
    if dtype.kind == "V":
        _checkFields(names, fields, dtype.itemsize)
    elif names is not None or fields is not None:
        raise PickleError("The state of a dtype has fields, but the type has not.")
    dtype.__setstate__((*state[:7], 0))  # type: ignore[attr-defined]


def _checkFields(names: Any, fields: Any, size: int) -> None:
    """Check that the fields of a record are numbers within it."""
    if type(names) is not tuple or type(fields) is not dict or set(names) != set(fields):
        raise PickleError("A record has no fields.")
    for value in fields.values():
        if (
            type(value) is not tuple
            or len(value) != 2
            or not isinstance(value[0], np.dtype)
            or value[0].kind not in "biufc"
            or type(value[1]) is not int
            or not 0 <= value[1] <= size - value[0].itemsize
        ):
            raise PickleError("A record has a field that is not a number within it.")


def _reconstruct(cls: Any, shape: Any, code: Any) -> np.ndarray:
    if cls != "numpy.ndarray" or shape != (0,) or code != b"b":
        raise PickleError("It is not called as arrays call it.")
    return np.ndarray((0,), "b")


def _checkedShape(shape: Any, dtype: Any, size: int) -> tuple[int, ...]:
    """Return the shape of an array, if it has that many elements."""
    if not isinstance(dtype, np.dtype) or dtype.hasobject:
        raise PickleError("An array has no plain type.")
    if type(shape) is not tuple or len(shape) > 16:
        raise PickleError("An array has no shape.")
    if any(type(n) is not int or not 0 <= n < _MAX_LENGTH for n in shape):
        raise PickleError(f"An array has the shape {str(shape)[:100]}.")
    if math.prod(shape) * dtype.itemsize != size:
        raise PickleError(f"An array of shape {shape} and type {dtype} has {size} bytes.")
    return shape


def _setArray(array: np.ndarray, state: Any) -> None:
    if type(state) is not tuple or len(state) != 5 or state[0] != 1 or type(state[4]) is not bytes:
        raise PickleError("The state of an array is not one of plain numbers or text.")
    _, shape, dtype, isFortran, data = state
    _checkedShape(shape, dtype, len(data))
    array.__setstate__((1, shape, dtype, bool(isFortran), data))  # type: ignore[arg-type]


def _fromBuffer(data: Any, dtype: Any, shape: Any, order: Any) -> np.ndarray:
    if type(data) not in (bytes, bytearray) or order not in ("C", "F"):
        raise PickleError("It is not called as arrays call it.")
    shape = _checkedShape(shape, dtype, len(data))
    return np.frombuffer(data, dtype).reshape(shape, order=order).copy(order)


def _scalar(dtype: Any, data: Any) -> Any:
    if type(data) is not bytes:
        raise PickleError("The value of a number is not given as bytes.")
    _checkedShape((), dtype, len(data))
    return np.frombuffer(data, dtype)[0]


def _multiarray() -> PickleTable:
    names = {}
    # numpy.core was renamed in numpy 2.
    for package in ("numpy.core", "numpy._core"):
        names[f"{package}.multiarray", "_reconstruct"] = Allowed(call=_reconstruct, build=_setArray)
        names[f"{package}.multiarray", "scalar"] = Allowed(call=_scalar)
        names[f"{package}.numeric", "_frombuffer"] = Allowed(call=_fromBuffer)
    return names


_SCALARS = (
    *("bool_", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
    *("float16", "float32", "float64", "complex64", "complex128"),
)

NUMPY: Mapping[tuple[str, str], Allowed] = {
    ("numpy", "ndarray"): Allowed(),
    ("numpy", "dtype"): Allowed(call=_dtype, build=_setDtype),
    **{("numpy", name): Allowed(value=functools.partial(getattr, np, name)) for name in _SCALARS},
    **_multiarray(),
}
"""Arrays, scalars and types of numbers and text."""


def _integers(*values: Any) -> None:
    if len(values) != 2 or any(type(v) is not int or abs(v) >= _INT_LIMIT for v in values):
        raise PickleError(f"It has the coordinates {str(values)[:100]}.")


def _point(*values: Any) -> Point2I:
    _integers(*values)
    return Point2I(*values)


def _extent(*values: Any) -> Extent2I:
    _integers(*values)
    return Extent2I(*values)


def _box(*corners: Any) -> Box2I:
    if corners and (len(corners) != 2 or any(type(c) is not Point2I for c in corners)):
        raise PickleError("A box is not given by two corners.")
    return Box2I(*corners)


GEOMETRY: Mapping[tuple[str, str], Allowed] = {
    ("lsst.geom", "Point2I"): Allowed(call=_point),
    ("lsst.geom", "Extent2I"): Allowed(call=_extent),
    ("lsst.geom", "Box2I"): Allowed(call=_box),
}
"""Points, extents and boxes of pixels."""
