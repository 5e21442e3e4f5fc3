# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lookup of the classes of archived objects."""

from __future__ import annotations

__all__ = (
    "REGISTRY",
    "findClass",
    "findOpaque",
    "locate",
    "registerOpaque",
)

import importlib
from typing import Any

REGISTRY: dict[str, type] = {}
"""Classes by persistence name."""
_OPAQUE: dict[str, type] = {}

# Where the archive classes of this runtime live. Only these modules are ever
# imported when a file names a class: a module named by a file is not trusted.
_HOMES = {
    "lsst.afw.cameraGeom": "Detector",
    "lsst.afw.geom": """
        SkyWcs Wcs TanWcs Polygon
        TransformGenericToGeneric TransformGenericToPoint2 TransformGenericToSpherePoint
        TransformPoint2ToGeneric TransformPoint2ToPoint2 TransformPoint2ToSpherePoint
        TransformSpherePointToGeneric TransformSpherePointToPoint2 TransformSpherePointToSpherePoint
        """,
    "lsst.afw.image": """
        PhotoCalib Calib FilterLabel VisitInfo CoaddInputs ApCorrMap ExposureSummaryStats
        """,
    "lsst.afw.math": """
        ChebyshevBoundedField ProductBoundedField TransformBoundedField PixelAreaBoundedField
        WarpingControl LanczosWarpingKernel BilinearWarpingKernel BillinearWarpingKernel NearestWarpingKernel
        FixedKernel LinearCombinationKernel AnalyticKernel DeltaFunctionKernel
        GaussianFunction2D GaussianFunction2F DoubleGaussianFunction2D DoubleGaussianFunction2F
        PolynomialFunction2D PolynomialFunction2F Chebyshev1Function2D Chebyshev1Function2F
        """,
    "lsst.afw.detection": "GaussianPsf",
    "lsst.meas.algorithms": """
        CoaddPsf CoaddBoundedField WarpedPsf SingleGaussianPsf DoubleGaussianPsf KernelPsf PcaPsf
        """,
    "lsst.cell_coadds": "StitchedPsf",
    "lsst.meas.extensions.piff": "PiffPsf",
    "lsst.meas.extensions.psfex": "PsfexPsf",
}

_HOME_OF = {name: module for module, names in _HOMES.items() for name in names.split()}
_HOME_OF_BASE = {"BoundedField": "lsst.afw.math", "Psf": "lsst.afw.detection"}
_HOME_OF_OPAQUE = {"Psf": "lsst.afw.detection", "": "lsst.afw.table.io._opaque"}


def findClass(name: str) -> type | None:
    """Return the class registered for a persistence name.

    Parameters
    ----------
    name
        Persistence name in an archive index.

    Returns
    -------
    cls
        The class, or `None` if the runtime does not provide it.
    """
    if name not in REGISTRY and name in _HOME_OF:
        importlib.import_module(_HOME_OF[name])
    return REGISTRY.get(name)


def locate(name: str) -> Any:
    """Return a public class, for modules below the one that defines it.

    Parameters
    ----------
    name
        Name of a persistable class, or of the base of several.
    """
    return getattr(importlib.import_module(_HOME_OF_BASE.get(name) or _HOME_OF[name]), name)


def registerOpaque(suffix: str, cls: type) -> None:
    """Register the class of objects that are passed through.

    Parameters
    ----------
    suffix
        End of the persistence names of such objects.
    cls
        Class that passes them through.
    """
    _OPAQUE[suffix] = cls


def findOpaque(name: str) -> type:
    """Return the class that passes objects of an unknown class through.

    Parameters
    ----------
    name
        Persistence name of the unknown class.
    """
    suffix = next(suffix for suffix in _HOME_OF_OPAQUE if name.endswith(suffix))
    importlib.import_module(_HOME_OF_OPAQUE[suffix])
    return _OPAQUE[suffix]
