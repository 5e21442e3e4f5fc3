# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import enum

__all__ = ["LOCAL", "PARENT", "ImageOrigin"]


class ImageOrigin(enum.Enum):
    """Frame of a pixel index.

    ``PARENT`` indices count from the origin of the parent image, ``LOCAL``
    indices from the first stored pixel; they differ by the ``XY0`` of the
    image.
    """

    PARENT = 0
    LOCAL = 1


ImageOrigin.__module__ = "lsst.afw.image"
PARENT = ImageOrigin.PARENT
LOCAL = ImageOrigin.LOCAL
