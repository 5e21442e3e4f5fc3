# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pixels of a region."""

from __future__ import annotations

import numpy as np
import shapely

from lsst.geom import Box2I

# Tiles are judged whole at first, and divided only where the outline runs.
_TILE_SIZES = (64, 8, 1)


def coverage(region: shapely.Geometry, bbox: Box2I) -> np.ndarray:
    """Return the fraction of each pixel that a region covers.

    Parameters
    ----------
    region
        Region in pixel coordinates.
    bbox
        Pixels to return.

    Returns
    -------
    fraction : `numpy.ndarray`, shape (height, width)
        Between 0 and 1, float32.
    """
    width, height = bbox.getWidth(), bbox.getHeight()
    fraction = np.zeros((height, width), np.float32)
    shapely.prepare(region)
    x = y = np.zeros(1, int)
    divided = max(width, height)
    for size in _TILE_SIZES:
        dy, dx = np.mgrid[0:divided:size, 0:divided:size].reshape(2, -1)
        x, y = np.add.outer(x, dx).ravel(), np.add.outer(y, dy).ravel()
        within = (x < width) & (y < height)
        x, y = x[within], y[within]
        left, bottom = x + bbox.getBeginX() - 0.5, y + bbox.getBeginY() - 0.5
        tiles = shapely.box(left, bottom, left + size, bottom + size)
        full = shapely.contains(region, tiles)
        for column, row in zip(x[full].tolist(), y[full].tolist(), strict=True):
            fraction[row : row + size, column : column + size] = 1.0
        part = shapely.intersects(region, tiles) & ~full
        x, y, tiles = x[part], y[part], tiles[part]
        divided = size
    fraction[y, x] = shapely.area(shapely.intersection(region, tiles))
    return fraction
