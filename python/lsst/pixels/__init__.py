# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kernels on arrays: resampling of image, variance and mask planes, and
weighted mosaics.

The ground floor of the template task. Nothing here knows of files, sky
coordinates or any other ``lsst`` package: a picture is a set of numpy
arrays, indexed ``[y, x]``, and a mapping between two pictures is a grid of
positions.
"""

from ._bits import centroid_clear, count_clear, flag_above, move_bits
from ._jit import compiled
from ._kernel import ResamplingKernel
from ._median import nanmedian
from ._model import BinnedModel, ImageModel, Model
from ._mosaic import Mosaic
from ._pixelPlanes import PixelPlanes
from ._positions import PositionGrid
from ._quantiles import PixelQuantity, good_quantiles
from ._resample import Resampler, Resampling, resample_image
from ._threads import Pending, parallel_map, start_parallel, threads

__all__ = [
    "BinnedModel",
    "ImageModel",
    "ResamplingKernel",
    "Model",
    "Mosaic",
    "Pending",
    "PixelQuantity",
    "PixelPlanes",
    "PositionGrid",
    "Resampler",
    "Resampling",
    "centroid_clear",
    "compiled",
    "count_clear",
    "flag_above",
    "move_bits",
    "good_quantiles",
    "nanmedian",
    "parallel_map",
    "resample_image",
    "start_parallel",
    "threads",
]
