# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compiled kernels on arrays of pixels: resampling, mosaics, medians, models
and mask bits.

Nothing here depends on files, sky coordinates or any other ``lsst`` package.
The pixels of an exposure are numpy arrays, indexed ``[y, x]``, and a mapping
from one set of pixels to another is a `PositionGrid`.
"""

from __future__ import annotations

__all__ = (
    "BinnedModel",
    "ImageModel",
    "Model",
    "Mosaic",
    "Pending",
    "PixelPlanes",
    "PixelQuantity",
    "PositionGrid",
    "Resampler",
    "Resampling",
    "ResamplingKernel",
    "centroid_clear",
    "compiled",
    "count_clear",
    "crude_moments",
    "flag_above",
    "good_quantiles",
    "move_bits",
    "nanmedian",
    "parallel_map",
    "resample_image",
    "seek_pair",
    "select_pair",
    "start_parallel",
    "threads",
)

from ._bits import centroid_clear, count_clear, flag_above, move_bits
from ._jit import compiled
from ._kernel import ResamplingKernel
from ._model import BinnedModel, ImageModel, Model
from ._mosaic import Mosaic
from ._pixelPlanes import PixelPlanes
from ._positions import PositionGrid
from ._quantiles import PixelQuantity, good_quantiles, nanmedian
from ._resample import Resampler, Resampling, resample_image
from ._select import crude_moments, seek_pair, select_pair
from ._threads import Pending, parallel_map, start_parallel, threads
