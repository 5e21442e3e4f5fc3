# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Geometry of images: sky WCSs, transforms, polygons and sets of pixels."""

__all__ = (
    "GenericEndpoint",
    "Point2Endpoint",
    "Polygon",
    "Quadrupole",
    "SinglePolygonException",
    "SkyWcs",
    "Span",
    "SpanSet",
    "SpherePointEndpoint",
    "Stencil",
    "TransformGenericToGeneric",
    "TransformGenericToPoint2",
    "TransformGenericToSpherePoint",
    "TransformPoint2ToGeneric",
    "TransformPoint2ToPoint2",
    "TransformPoint2ToSpherePoint",
    "TransformSpherePointToGeneric",
    "TransformSpherePointToPoint2",
    "TransformSpherePointToSpherePoint",
    "createTrivialWcsMetadata",
    "deleteBasicWcsMetadata",
    "getCdMatrixFromMetadata",
    "getImageXY0FromMetadata",
    "getIntermediateWorldCoordsToSky",
    "getPixelToIntermediateWorldCoords",
    "getSipMatrixFromMetadata",
    "hasSipMatrix",
    "linearizeTransform",
    "makeCdMatrix",
    "makeFlippedWcs",
    "makeIdentityTransform",
    "makeModifiedWcs",
    "makeSimpleWcsMetadata",
    "makeSipMatrixMetadata",
    "makeSkyWcs",
    "makeTanSipMetadata",
    "makeTanSipWcs",
    "makeTransform",
    "makeWcsPairTransform",
    "stripWcsMetadata",
    "transformFromString",
    "wcsAlmostEqualOverBBox",
)

from . import _oldWcs  # noqa: F401  (registers the classes)
from ._endpoint import GenericEndpoint, Point2Endpoint, SpherePointEndpoint
from ._polygon import Polygon, SinglePolygonException
from ._skyWcs import SkyWcs, wcsAlmostEqualOverBBox
from ._span import Span, Stencil
from ._spanSet import SpanSet
from ._transform import (
    TransformGenericToGeneric,
    TransformGenericToPoint2,
    TransformGenericToSpherePoint,
    TransformPoint2ToGeneric,
    TransformPoint2ToPoint2,
    TransformPoint2ToSpherePoint,
    TransformSpherePointToGeneric,
    TransformSpherePointToPoint2,
    TransformSpherePointToSpherePoint,
    transformFromString,
)
from ._transformFactory import (
    linearizeTransform,
    makeIdentityTransform,
    makeTransform,
)
from ._wcsFactory import (
    getIntermediateWorldCoordsToSky,
    getPixelToIntermediateWorldCoords,
    makeCdMatrix,
    makeFlippedWcs,
    makeModifiedWcs,
    makeSkyWcs,
    makeTanSipWcs,
    makeWcsPairTransform,
    stripWcsMetadata,
)
from ._wcsMetadata import (
    createTrivialWcsMetadata,
    deleteBasicWcsMetadata,
    getCdMatrixFromMetadata,
    getImageXY0FromMetadata,
    getSipMatrixFromMetadata,
    hasSipMatrix,
    makeSimpleWcsMetadata,
    makeSipMatrixMetadata,
    makeTanSipMetadata,
)
from .ellipses import Quadrupole
