# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Angles, positions on the sphere and in the plane, boxes, linear maps."""

from __future__ import annotations

# ruff: noqa: F403
from ._angle import *
from ._boxes import *
from ._coordinates import *
from ._interval import *
from ._spherePoint import *
from ._transforms import *
