# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Entries of the allow-list for classes whose state is a dictionary, and those
of the packages GalSim and Coord.

An object gets the attributes listed in its pickle, without a call to its
class. Attributes that would replace a method are refused. GalSim objects pass
their attributes to compiled code when they are drawn, some as the address of
an array, so everything that has a size is checked here.
"""

from __future__ import annotations

__all__ = ("GALSIM", "attributes", "classOf", "entries", "isNumber", "plain", "special", "within")

import importlib
import inspect
import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from lsst.afw.table.io._errors import MAX_PSF_PIXELS
from lsst.afw.table.io._unpickler import Allowed, PickleError

Check = Callable[[dict[str, Any]], None]

_MAX_NUMBER = 1e12
_MAX_COORDINATE = 1 << 24
_MAX_FFT_SIZE = 8192
_PIXELS = (np.int16, np.int32, np.uint16, np.uint32, np.float32, np.float64, np.complex64, np.complex128)
_PARAMETERS = (128, 8192, 5e-3, 5.0, 1e-3, 1e-5, 1e-5, 1, 1e-4, 1e-6, 1e-6, 1e-8, 1e-5)


def classOf(module: str, name: str) -> Any:
    """Return a class of the allow-list.

    Parameters
    ----------
    module, name
        Module and name of the class; only names in the allow-list are passed.

    Raises
    ------
    PickleError
        Raised if the installed package does not have the class.
    """
    try:
        return getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as err:
        package = module.partition(".")[0]
        raise PickleError(
            f"The installed version of {package} has no {module}.{name}; install another one."
        ) from err


def special(module: str, name: str, build: Callable[[Any, Any], None]) -> Allowed:
    """Make the entry of a class with a function that sets up a new object."""

    def new() -> Any:
        cls = classOf(module, name)
        return cls.__new__(cls)

    return Allowed(new=new, build=build)


def plain(module: str, name: str, check: Check | None = None, *, drop: tuple[str, ...] = ()) -> Allowed:
    """Make the entry of a class whose pickles list its attributes.

    Parameters
    ----------
    module, name
        The class.
    check
        Function that raises an error for attributes that do not suit the
        class.
    drop
        Attributes to leave out.
    """

    def build(obj: Any, state: Any) -> None:
        values = attributes(type(obj), state)
        for key in drop:
            values.pop(key, None)
        if check is not None:
            check(values)
        vars(obj).update(values)

    return special(module, name, build)


def attributes(cls: type, state: Any) -> dict[str, Any]:
    """Return a copy of the attributes in a state.

    Parameters
    ----------
    cls
        Class of the object.
    state
        State of the object in the pickle.

    Raises
    ------
    PickleError
        Raised if the state is not a dictionary, or an attribute replaces a
        method or a special name.
    """
    if type(state) is not dict:
        raise PickleError(f"Its state is a {type(state).__name__}, not a list of attributes.")
    for key in state:
        if type(key) is not str or not key.isidentifier() or key.startswith("__"):
            raise PickleError(f"It has an attribute {str(key)[:40]!r}.")
        static = inspect.getattr_static(cls, key, None)
        if callable(static) or isinstance(static, property | classmethod | staticmethod):
            raise PickleError(f"Its attribute {key!r} would replace a method.")
    return dict(state)


def isNumber(value: Any) -> bool:
    """Return whether a value is a finite number of ordinary size."""
    if type(value) not in (int, float, bool) and not isinstance(value, np.number | np.bool_):
        return False
    if isinstance(value, complex | np.complexfloating):
        return False
    return math.isfinite(value) and abs(value) <= _MAX_NUMBER


def numbersOnly(values: dict[str, Any], *others: type) -> None:
    """Check that attributes are finite numbers or `None`.

    Parameters
    ----------
    values
        The attributes.
    *others
        Other classes allowed.

    Raises
    ------
    PickleError
        Raised if an attribute is anything else.
    """
    for key, value in values.items():
        if value is not None and not isNumber(value) and not isinstance(value, others):
            raise PickleError(f"Its attribute {key!r} is a {type(value).__name__} or out of range.")


def within(values: dict[str, Any], low: float, high: float, *keys: str) -> None:
    """Check that attributes, if present, are in a range.

    Parameters
    ----------
    values
        The attributes.
    low, high
        Limits of the range, inclusive.
    *keys
        Names of the attributes.

    Raises
    ------
    PickleError
        Raised if an attribute is not a number, or is out of range.
    """
    for key in keys:
        if key in values and not (isNumber(values[key]) and low <= values[key] <= high):
            raise PickleError(f"Its attribute {key!r} is {str(values[key])[:40]}, not {low:g} to {high:g}.")


def _setParameters(parameters: Any, state: Any) -> None:
    """Set the numerical parameters, if they are near the usual ones."""
    if type(state) is not tuple or len(state) != len(_PARAMETERS) or not all(map(isNumber, state)):
        raise PickleError("The parameters of GalSim are not numbers.")
    for value, usual in zip(state[2:], _PARAMETERS[2:], strict=True):
        if not usual / 1000 <= value <= usual * 1000:
            raise PickleError(f"A parameter of GalSim is {value:g}; {usual:g} is usual.")
    if not 1 <= state[0] <= state[1] <= _MAX_FFT_SIZE:
        raise PickleError(f"Fourier transforms of {state[0]} to {state[1]} pixels are not allowed.")
    parameters.__init__(*state)


def _checkBounds(values: dict[str, Any]) -> None:
    numbersOnly(values)
    within(values, -_MAX_COORDINATE, _MAX_COORDINATE, "xmin", "xmax", "ymin", "ymax")
    if type(values.get("_isdefined")) is not bool:
        raise PickleError("It does not say whether it is defined.")
    if values["_isdefined"] and not {"xmin", "xmax", "ymin", "ymax"} <= values.keys():
        raise PickleError("It lacks an edge.")
    if any(type(values[key]) is not int for key in values if key != "_isdefined"):
        raise PickleError("It has an edge that is not an integer.")


def _checkInterpolant(values: dict[str, Any]) -> None:
    numbersOnly(values, classOf("galsim.gsparams", "GSParams"))
    within(values, 1, 50, "_n")
    _requireParameters(values)


def _requireParameters(values: dict[str, Any]) -> None:
    if type(values.get("_gsparams")) is not classOf("galsim.gsparams", "GSParams"):
        raise PickleError("It has no parameters of GalSim.")


def _setImage(image: Any, state: Any) -> None:
    """Set an image, if its box is that of its pixels."""
    if type(state) is not tuple or len(state) != 2 or type(state[1]) is not bool:
        raise PickleError("Its state is not that of an image.")
    values = attributes(type(image), state[0])
    array, bounds = values.get("_array"), values.get("_bounds")
    if (
        type(array) is not np.ndarray
        or array.ndim != 2
        or not array.dtype.isnative
        or array.dtype.type not in _PIXELS
        or values.get("_dtype") is not array.dtype.type
        or array.size > MAX_PSF_PIXELS
    ):
        raise PickleError("Its pixels are not an array of numbers.")
    _checkBox(bounds, array.shape)
    values.pop("_image", None)
    image.__setstate__((values, state[1]))


def _checkBox(bounds: Any, shape: tuple[int, ...]) -> None:
    if type(bounds) is not classOf("galsim.bounds", "BoundsI") or "_isdefined" not in vars(bounds):
        raise PickleError("Its box is not a box of pixels.")
    size = (0, 0)
    if bounds._isdefined:
        size = (bounds.ymax - bounds.ymin + 1, bounds.xmax - bounds.xmin + 1)
    if size != shape:
        raise PickleError(f"Its box of {size} rows and columns does not fit {shape} pixels.")


def _setInterpolatedImage(profile: Any, state: Any) -> None:
    """Set an interpolated image, if its boxes are nested."""
    values = attributes(type(profile), state)
    image: Any = values.get("_pad_image")
    outer: Any = values.get("_xim_bounds")
    inner: Any = values.get("_image_bounds")
    bounds = classOf("galsim.bounds", "BoundsI")
    if type(image) is not classOf("galsim.image", "Image") or "_array" not in vars(image):
        raise PickleError("It has no image.")
    if image._dtype is not np.float64:
        raise PickleError("Its image is not one of float64.")
    if any(type(b) is not bounds or not vars(b).get("_isdefined") for b in (outer, inner, image._bounds)):
        raise PickleError("It has no boxes of pixels.")
    if not (_includes(outer, image._bounds) and _includes(image._bounds, inner)):
        raise PickleError("Its boxes do not lie in each other.")
    if (outer.xmax - outer.xmin + 1) * (outer.ymax - outer.ymin + 1) > MAX_PSF_PIXELS:
        raise PickleError(f"Its image has more than {MAX_PSF_PIXELS} pixels.")
    interpolants = classOf("galsim.interpolant", "Interpolant")
    if not all(isinstance(values.get(key), interpolants) for key in ("_x_interpolant", "_k_interpolant")):
        raise PickleError("It has no interpolants.")
    _requireParameters(values)
    within(values, 0, 1e6, "_stepk", "_maxk", "_pad_factor")
    profile.__setstate__(values)


def _includes(outer: Any, inner: Any) -> bool:
    return bool(
        outer.xmin <= inner.xmin <= inner.xmax <= outer.xmax
        and outer.ymin <= inner.ymin <= inner.ymax <= outer.ymax
    )


def _checkProfile(values: dict[str, Any], *, positive: tuple[str, ...] = ()) -> None:
    numbersOnly(values, *_known())
    _requireParameters(values)
    for key in positive:
        if key not in values:
            raise PickleError(f"It has no attribute {key!r}.")
    within(values, 1e-6, 1e6, *positive)


def _checkMoffat(values: dict[str, Any]) -> None:
    _checkProfile(values, positive=("_r0",))
    within(values, 0.1, 1000, "_beta")
    within(values, 0, 1e6, "_trunc")


def _checkTransformation(values: dict[str, Any]) -> None:
    profile = classOf("galsim.gsobject", "GSObject")
    _requireParameters(values)
    jacobian = values.get("_jac")
    if not isinstance(values.get("_original"), profile):
        raise PickleError("It transforms something that is not a profile.")
    if jacobian is not None and (
        type(jacobian) is not np.ndarray
        or jacobian.shape != (2, 2)
        or jacobian.dtype != np.float64
        or not jacobian.dtype.isnative
        or not jacobian.flags.c_contiguous
        or not np.all(np.isfinite(jacobian))
    ):
        raise PickleError("Its Jacobian is not a matrix of 2 x 2 numbers.")
    others = {key: value for key, value in values.items() if key != "_jac"}
    numbersOnly(others, profile, *_known())


def _checkCompound(values: dict[str, Any]) -> None:
    profile = classOf("galsim.gsobject", "GSObject")
    parts = values.get("_obj_list")
    if type(parts) is not list or not all(isinstance(part, profile) for part in parts):
        raise PickleError("It has no list of profiles.")
    _requireParameters(values)
    others = {key: value for key, value in values.items() if key != "_obj_list"}
    numbersOnly(others, *_known())


def _known() -> tuple[type, ...]:
    """Return the classes of attributes that a profile may have besides
    numbers.
    """
    return classOf("galsim.gsparams", "GSParams"), classOf("galsim.position", "PositionD")


def _checkTable(values: dict[str, Any]) -> None:
    x: Any = values.get("x")
    y: Any = values.get("y")
    derivatives = (values.get(key) for key in ("dfdx", "dfdy", "d2fdxdy"))
    arrays = [x, y, values.get("f"), *(a for a in derivatives if a is not None)]
    if any(
        type(a) is not np.ndarray or a.dtype != np.float64 or not a.dtype.isnative or not a.flags.c_contiguous
        for a in arrays
    ):
        raise PickleError("Its values are not arrays of float64.")
    if x.ndim != 1 or y.ndim != 1:
        raise PickleError("It has no arguments.")
    if any(a.shape != (y.size, x.size) for a in arrays[2:]) or min(x.size, y.size) < 2:
        raise PickleError("It has not one value for each argument.")
    if not (np.all(np.diff(x) > 0) and np.all(np.diff(y) > 0)):
        raise PickleError("Its arguments do not increase.")
    if values.get("_interp2d") is not None or values.get("interpolant") not in ("linear", "floor", "ceil"):
        raise PickleError("Its interpolation is not linear, floor or ceil.")


def _checkAperture(values: dict[str, Any]) -> None:
    number = values.get("_npix")
    if type(number) is not int or not 1 <= number <= 4096:
        raise PickleError(f"It has {str(number)[:40]} pixels across.")
    illuminated = values.get("_illuminated")
    if type(illuminated) is not np.ndarray or illuminated.dtype != np.bool_:
        raise PickleError("It has no pupil.")
    if illuminated.shape != (number, number):
        raise PickleError(f"Its pupil of {illuminated.shape} pixels is not {number} across.")
    image = classOf("galsim.image", "Image")
    if values.get("_pupil_plane_im") is not None and type(values["_pupil_plane_im"]) is not image:
        raise PickleError("The image of its pupil is not an image.")
    if values.get("_screen_list") is not None:
        raise PickleError("It has phase screens.")
    within(values, 0, 100, "_oversampling", "_pad_factor")


def _checkScreen(values: dict[str, Any]) -> None:
    if type(values.get("table")) is not classOf("galsim.table", "LookupTable2D"):
        raise PickleError("It has no table.")
    numbersOnly(values, type(values["table"]))


def _checkAngle(values: dict[str, Any]) -> None:
    if values.keys() != {"_rad"} or not isNumber(values["_rad"]):
        raise PickleError("It has no value.")


def _checkCoordinates(values: dict[str, Any]) -> None:
    numbersOnly(values, classOf("coord.angle", "Angle"))


def entries(module: str, names: str, check: Check | None = None) -> dict[tuple[str, str], Allowed]:
    """Make the entries of classes of a module; see `plain`."""
    return {(module, name): plain(module, name, check) for name in names.split()}


def _checkWcs(values: dict[str, Any]) -> None:
    positions = [classOf("galsim.position", name) for name in ("PositionD", "PositionI")]
    numbersOnly(values, *positions, classOf("galsim.wcs", "BaseWCS"))


GALSIM: Mapping[tuple[str, str], Allowed] = {
    ("galsim.gsparams", "GSParams"): special("galsim.gsparams", "GSParams", _setParameters),
    ("galsim.image", "Image"): special("galsim.image", "Image", _setImage),
    ("galsim.interpolatedimage", "InterpolatedImage"): special(
        "galsim.interpolatedimage", "InterpolatedImage", _setInterpolatedImage
    ),
    **entries("galsim.bounds", "BoundsI", _checkBounds),
    **entries("galsim.position", "PositionD PositionI", numbersOnly),
    **entries(
        "galsim.wcs",
        "PixelScale JacobianWCS ShearWCS OffsetWCS OffsetShearWCS AffineTransform",
        _checkWcs,
    ),
    **entries(
        "galsim.interpolant",
        "Lanczos Quintic Cubic Linear Nearest Delta SincInterpolant",
        _checkInterpolant,
    ),
    **entries("galsim.gaussian", "Gaussian", partial(_checkProfile, positive=("_sigma",))),
    **entries("galsim.moffat", "Moffat", _checkMoffat),
    **entries("galsim.kolmogorov", "Kolmogorov", partial(_checkProfile, positive=("_lor0",))),
    **entries("galsim.exponential", "Exponential", partial(_checkProfile, positive=("_r0",))),
    **entries("galsim.deltafunction", "DeltaFunction", _checkProfile),
    **entries("galsim.transform", "Transformation", _checkTransformation),
    **entries("galsim.sum", "Sum", _checkCompound),
    **entries("galsim.convolve", "Convolution", _checkCompound),
    **entries("galsim.table", "LookupTable2D", _checkTable),
    **entries("galsim.phase_screens", "UserScreen", _checkScreen),
    **entries("galsim.phase_psf", "Aperture", _checkAperture),
    **entries("coord.angle", "Angle", _checkAngle),
    **entries("coord.celestial", "CelestialCoord", _checkCoordinates),
}
"""Allowed classes, by module and name."""
