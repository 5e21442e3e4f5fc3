# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Boxes cut out of an exposure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lsst.geom import Box2D, Box2I, Extent2I, Point2D, SpherePoint
from lsst.pex.exceptions import InvalidParameterError, LogicError

from ._exposureInfo import ExposureInfo
from ._mask import MaskX

if TYPE_CHECKING:
    from ._exposure import ExposureBase

__all__ = ["cutOut"]


def cutOut(exposure: ExposureBase, center: Any, size: Extent2I | None) -> Any:
    """Copy of a box, which may extend beyond the exposure."""
    bbox = center if isinstance(center, Box2I) else _boxAround(exposure, center, size)
    fill = np.nan if issubclass(exposure.dtype, np.floating) else 0
    maskedImage = type(exposure.maskedImage)(bbox)
    maskedImage.set(fill, MaskX.getPlaneBitMask("NO_DATA"), np.inf)
    overlap = bbox.clippedTo(exposure.getBBox())
    if not overlap.isEmpty():
        maskedImage.assign(exposure.maskedImage[overlap], overlap)
    return type(exposure)(maskedImage, ExposureInfo(exposure.info, copyMetadata=True))


def _boxAround(exposure: ExposureBase, center: Any, size: Extent2I | None) -> Box2I:
    if not isinstance(size, Extent2I) or size.getX() <= 0 or size.getY() <= 0:
        raise InvalidParameterError(f"The size of a cutout must be positive, not {size}.")
    if isinstance(center, SpherePoint):
        wcs = exposure.getWcs()
        if wcs is None:
            raise LogicError(f"A cutout around {center} needs a WCS.")
        center = wcs.skyToPixel(center)
    position = Point2D(center)
    if not Box2D(exposure.getBBox()).contains(position):
        raise InvalidParameterError(f"Cutout centre {position} is not inside {exposure.getBBox()}.")
    return Box2I.makeCenteredBox(position, size)
