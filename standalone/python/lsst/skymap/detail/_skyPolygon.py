# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

__all__ = ["makeSkyPolygonFromBBox"]

from lsst.afw.geom import SkyWcs
from lsst.geom import Box2D, Box2I
from lsst.sphgeom import ConvexPolygon


def makeSkyPolygonFromBBox(bbox: Box2I, wcs: SkyWcs) -> ConvexPolygon:
    """Return the region of sky covered by the pixels of a box.

    Parameters
    ----------
    bbox
        Pixels; the region reaches to their outer edges.
    wcs
        Relation of pixels to sky.
    """
    return ConvexPolygon([coord.getVector() for coord in wcs.pixelToSky(Box2D(bbox).getCorners())])
