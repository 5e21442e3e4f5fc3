# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Building blocks shared by the sky maps."""

__all__ = ("Index2D", "WcsFactory", "coordFromVec", "makeSkyPolygonFromBBox")

from .utils import Index2D, WcsFactory, coordFromVec, makeSkyPolygonFromBBox
