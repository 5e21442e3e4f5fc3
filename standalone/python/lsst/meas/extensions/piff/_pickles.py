# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Globals allowed in the pickle of a `PiffPsf`.

These are the classes of Piff's own solutions and of their components, listed
one by one. No class is called, since some constructors of Piff evaluate text.
"""

from __future__ import annotations

__all__ = ("allowedNames",)

import functools
from collections.abc import Mapping
from typing import Any

import numpy as np
from astshim._object import readAst

from lsst.afw.geom import SkyWcs, TransformPoint2ToPoint2
from lsst.afw.table.io._pickledNames import NUMPY
from lsst.afw.table.io._unpickler import Allowed, AllowedName, PickleError

from ._galsimPickles import GALSIM, attributes, classOf, entries, plain, special, within

_MAX_GRID = 1024
_MAX_NEIGHBORS = 10_000


def _checkGrid(values: dict[str, Any]) -> None:
    size = values.get("size")
    if type(size) is not int or not 1 <= size <= _MAX_GRID:
        raise PickleError(f"It has {str(size)[:40]} pixels on a side.")
    if not isinstance(values.get("interp"), classOf("galsim.interpolant", "Interpolant")):
        raise PickleError("It has no interpolant.")
    within(values, 1e-6, 1e6, "scale")
    within(values, 0, 1e6, "_stepk", "_maxk")
    # Piff before 1.6 lacks these; 0 lets GalSim determine them.
    values.setdefault("_stepk", 0.0)
    values.setdefault("_maxk", 0.0)


def _checkProfileModel(values: dict[str, Any]) -> None:
    if not isinstance(values.get("gsobj"), classOf("galsim.gsobject", "GSObject")):
        raise PickleError("It has no profile.")


def _checkOptical(values: dict[str, Any]) -> None:
    # A new logger takes the place of the one in the file.
    values["logger"] = classOf("piff.config", "LoggerWrapper")(None)
    for key, module, name in (
        ("aperture", "galsim.phase_psf", "Aperture"),
        ("mirror_figure_screen", "galsim.phase_screens", "UserScreen"),
    ):
        if values.get(key) is not None and type(values[key]) is not classOf(module, name):
            raise PickleError(f"Its attribute {key!r} is a {type(values[key]).__name__}.")
    if values.get("aperture") is None:
        raise PickleError("It has no aperture.")
    within(values, 1e-3, 1e4, "diam")
    within(values, 1, 1e6, "lam")


def _checkPolynomial(values: dict[str, Any]) -> None:
    """Take the function from Piff itself; the file only names it."""
    types = classOf("piff.polynomial_interp", "polynomial_types")
    kind = values.get("poly_type")
    if type(kind) is not str or kind not in types:
        raise PickleError(f"Its polynomials are of the type {str(kind)[:40]!r}.")
    values["function"] = types[kind]


def _setNeighbors(regressor: Any, state: Any) -> None:
    """Fit the neighbors again; the search tree in the file is not read."""
    values = attributes(type(regressor), state)
    names = ("n_neighbors", "weights", "algorithm", "leaf_size", "p", "metric")
    parameters = {name: values[name] for name in names if name in values}
    for name, value in parameters.items():
        if type(value) not in (int, float, str):
            raise PickleError(f"Its parameter {name!r} is a {type(value).__name__}.")
    within(parameters, 1, _MAX_NEIGHBORS, "n_neighbors", "leaf_size")
    points, targets = values.get("_fit_X"), values.get("_y")
    if not (type(points) is np.ndarray and type(targets) is np.ndarray):
        raise PickleError("It has no points and values.")
    regressor.__init__(**parameters)
    regressor.fit(points, targets)


def _ignored() -> Allowed:
    """Return an entry for a part that is rebuilt; its content is ignored."""
    return Allowed(new=lambda *_: _Ignored(), call=lambda *_: _Ignored(), build=lambda *_: None)


class _Ignored:
    """A part of the pickle that is not used."""


def _unpickleTransform(cls: Any, text: Any) -> Any:
    if type(text) is not str:
        raise PickleError("Its text is not text.")
    for known in (SkyWcs, TransformPoint2ToPoint2):
        if cls == f"lsst.afw.geom.{known.__name__}":
            return known.readString(text)
    raise PickleError("It is neither a SkyWcs nor a transform between points.")


def _makeAst(text: Any) -> Any:
    if type(text) is not str:
        raise PickleError("Its text is not text.")
    return readAst(text)


def _makeObjectMaker() -> AllowedName:
    return AllowedName("astshim", "ObjectMaker()", Allowed(call=_makeAst))


_PositionsOf = ("_origin", "_world_origin")


def _checkWrapper(values: dict[str, Any], transform: str, kind: type) -> None:
    if type(values.get(transform)) is not kind:
        raise PickleError(f"It has no {kind.__name__}.")
    position = classOf("galsim.position", "PositionD")
    for key in _PositionsOf:
        if key in values and type(values[key]) is not position:
            raise PickleError(f"Its attribute {key!r} is a {type(values[key]).__name__}.")
    if "_mapping" in values:
        values["_mapping"] = values[transform].getMapping()


_PIFF = {
    "piff.simplepsf": "SimplePSF",
    "piff.singlechip": "SingleChipPSF",
    "piff.sumpsf": "SumPSF",
    "piff.convolvepsf": "ConvolvePSF",
    "piff.star": "Star StarData StarFit",
    "piff.mean_interp": "Mean",
    "piff.basis_interp": "BasisPolynomial",
    "piff.knn_interp": "KNNInterp KNearestNeighbors kNNInterp",
    "piff.gp_interp": "GPInterp GaussianProcess GPInterpDepr",
    "piff.outliers": "ChisqOutliers MADOutliers",
}

_PROFILE_MODELS = "GSObjectModel Gaussian Kolmogorov Moffat GSObjectModelDepr"

_POLYNOMIALS = {
    "polynomial": "polyval2d",
    "chebyshev": "chebval2d",
    "legendre": "legval2d",
    "laguerre": "lagval2d",
    "hermite": "hermval2d",
}

_KERNELS = {
    "sklearn.gaussian_process.kernels": """ConstantKernel WhiteKernel RBF Matern RationalQuadratic Sum
        Product Exponentiation""",
    "treegp.kernels": "AnisotropicRBF VonKarman AnisotropicVonKarman",
}


@functools.cache
def allowedNames() -> Mapping[tuple[str, str], Allowed]:
    """Return the allow-list, by module and name."""
    names = {**NUMPY, **GALSIM}
    for module, classes in (_PIFF | _KERNELS).items():
        names |= entries(module, classes)
    names |= entries("piff.gsobject_model", _PROFILE_MODELS, _checkProfileModel)
    for name, transform, kind in (
        ("UVWcsWrapper", "_pix_to_field", TransformPoint2ToPoint2),
        ("CelestialWcsWrapper", "_pix_to_sky", SkyWcs),
    ):
        check = functools.partial(_checkWrapper, transform=transform, kind=kind)
        names |= entries("lsst.meas.extensions.piff.wcs_wrapper", name, check)
    names |= entries("piff.pixelgrid", "PixelGrid", _checkGrid)
    names |= entries("piff.optical_model", "Optical", _checkOptical)
    names |= entries("piff.polynomial_interp", "Polynomial", _checkPolynomial)
    for module, name in _POLYNOMIALS.items():
        # The interpolation looks up the function by its type.
        names[f"numpy.polynomial.{module}", name] = Allowed()
    for name in ["KDTree", "KDTree64", "BallTree", "BallTree64", "newObj"]:
        for module in ("_kd_tree", "_ball_tree"):
            names[f"sklearn.neighbors.{module}", name] = _ignored()
    for name in ["EuclideanDistance", "MinkowskiDistance"]:
        for number in ("", "64"):
            names["sklearn.metrics._dist_metrics", name + number] = _ignored()
    names |= {
        ("piff.config", "LoggerWrapper"): _ignored(),
        ("sklearn.neighbors._regression", "KNeighborsRegressor"): special(
            "sklearn.neighbors", "KNeighborsRegressor", _setNeighbors
        ),
        ("treegp.gp_interp", "GPInterpolation"): plain(
            "treegp.gp_interp", "GPInterpolation", drop=("_optimizer",)
        ),
        ("sklearn.metrics._dist_metrics", "newObj"): _ignored(),
        ("treegp.two_pcf", "two_pcf"): _ignored(),
        ("treegp.log_likelihood", "log_likelihood"): _ignored(),
        ("lsst.afw.geom", "SkyWcs"): Allowed(),
        ("lsst.afw.geom", "TransformPoint2ToPoint2"): Allowed(),
        ("lsst.afw.geom._python._transform", "unpickleTransform"): Allowed(call=_unpickleTransform),
        ("astshim", "ObjectMaker"): Allowed(call=_makeObjectMaker),
    }
    return names
