# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

# ruff: noqa: F403
"""Geometry of images: sky WCSs, transforms, polygons and sets of pixels."""

from ._polygon import *
from ._spanSet import *
from ._transform import *
from ._wcsFactory import *
from ._wcsMetadata import *
from .ellipses import Quadrupole as Quadrupole
from .skyWcs import *
