# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Angles, positions on the sphere and in the plane, boxes, linear maps."""

from __future__ import annotations

__all__ = (
    "AffineTransform",
    "Angle",
    "AngleUnit",
    "Box2D",
    "Box2I",
    "BoxD",
    "BoxI",
    "CoordinateExpr",
    "CoordinateExpr2",
    "Extent",
    "Extent2D",
    "Extent2I",
    "ExtentD",
    "ExtentI",
    "HALFPI",
    "INVSQRTPI",
    "IntervalD",
    "IntervalI",
    "LinearTransform",
    "ONE_OVER_PI",
    "PI",
    "Point",
    "Point2D",
    "Point2I",
    "PointD",
    "PointI",
    "ROOT2",
    "SQRTPI",
    "SpherePoint",
    "TWOPI",
    "all",
    "any",
    "arcminutes",
    "arcsecToRad",
    "arcseconds",
    "averageSpherePoint",
    "ceil",
    "degToRad",
    "degrees",
    "floor",
    "hours",
    "isAngle",
    "makeAffineTransformFromTriple",
    "masToRad",
    "milliarcseconds",
    "radToArcsec",
    "radToDeg",
    "radToMas",
    "radians",
    "truncate",
)


from ._angle import (
    HALFPI,
    INVSQRTPI,
    ONE_OVER_PI,
    PI,
    ROOT2,
    SQRTPI,
    TWOPI,
    Angle,
    AngleUnit,
    arcminutes,
    arcseconds,
    arcsecToRad,
    degrees,
    degToRad,
    hours,
    isAngle,
    masToRad,
    milliarcseconds,
    radians,
    radToArcsec,
    radToDeg,
    radToMas,
)
from ._boxD import Box2D
from ._boxI import Box2I
from ._coordinates import (
    CoordinateExpr,
    CoordinateExpr2,
    Extent,
    Extent2D,
    Extent2I,
    ExtentD,
    ExtentI,
    Point,
    Point2D,
    Point2I,
    PointD,
    PointI,
    all,
    any,
    ceil,
    floor,
    truncate,
)
from ._interval import IntervalD, IntervalI
from ._spherePoint import SpherePoint, averageSpherePoint
from ._transforms import AffineTransform, LinearTransform, makeAffineTransformFromTriple

BoxI = Box2I
BoxD = Box2D
