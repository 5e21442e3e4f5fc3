# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

__all__ = ["Index2D", "coordFromVec"]

import math
from collections.abc import Sequence
from typing import NamedTuple

from lsst.geom import Angle, SpherePoint, radians
from lsst.sphgeom import Vector3d


class Index2D(NamedTuple):
    """Column and row of a patch in its tract, or of a cell in its patch."""

    x: int
    y: int


def coordFromVec(vec: Sequence[float], defRA: Angle | None = None) -> SpherePoint:
    """Return the sky position a vector points to.

    Parameters
    ----------
    vec
        Components x, y, z; the length does not matter.
    defRA
        Right ascension to return when ``vec`` points to a pole, where it
        has none of its own (0 if `None`).
    """
    x, y, z = (float(v) for v in vec)
    if abs(x) < 1e-14 and abs(y) < 1e-14:
        ra = 0.0 * radians if defRA is None else defRA
        return SpherePoint(ra, Angle(math.copysign(math.pi / 2, z)))
    return SpherePoint(Vector3d(x, y, z))
