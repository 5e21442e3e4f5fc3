# This file is part of ip_diffim_template.
#
# Developed for the LSST Data Management System.
# This product includes software developed by the LSST Project
# (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution
# for the terms of the licence.
#
# This program is free software: you can redistribute it and/or modify
# it under the terms of the GNU General Public License as published by
# the Free Software Foundation, either version 3 of the License, or
# (at your option) any later version.
#
# This program is distributed in the hope that it will be useful,
# but WITHOUT ANY WARRANTY; without even the implied warranty of
# MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the
# GNU General Public License for more details.
#
# You should have received a copy of the GNU General Public License
# along with this program.  If not, see <https://www.gnu.org/licenses/>.

"""Geometry of images: sky WCSs, transforms, polygons and sets of pixels."""

__all__ = [
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
    "computePixelToDistortedPixel",
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
    "makeRadialTransform",
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
]

from . import _oldWcs  # noqa: F401  (registers the classes)
from ._endpoint import GenericEndpoint, Point2Endpoint, SpherePointEndpoint
from ._polygon import Polygon, SinglePolygonException
from ._skyWcs import SkyWcs
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
    computePixelToDistortedPixel,
    linearizeTransform,
    makeIdentityTransform,
    makeRadialTransform,
    makeTransform,
)
from ._wcsCompare import wcsAlmostEqualOverBBox
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
