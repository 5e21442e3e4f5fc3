# This file is part of ip_diffim_template.
#
# Developed for the LSST Data Management System.
# This product includes software developed by the LSST Project
# (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution
# for the terms of the licence.
#
# This program is free software: you can redistribute it and/or modify
# it under the terms of the GNU General Public License as published by
# the Free Software Foundation, either version 3 of the License, or
# (at your option) any later version.
#
# This program is distributed in the hope that it will be useful,
# but WITHOUT ANY WARRANTY; without even the implied warranty of
# MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the
# GNU General Public License for more details.
#
# You should have received a copy of the GNU General Public License
# along with this program.  If not, see <https://www.gnu.org/licenses/>.

"""Kernels on arrays: resampling of image, variance and mask planes, and
weighted mosaics.

The ground floor of the template task. Nothing here knows of files, sky
coordinates or any other ``lsst`` package: a picture is a set of numpy
arrays, indexed ``[y, x]``, and a mapping between two pictures is a grid of
positions.
"""

from ._bits import centroid_clear, count_clear, flag_above, move_bits
from ._jit import compiled
from ._kernel import Kernel
from ._median import nanmedian
from ._model import BinnedModel, ImageModel, Model
from ._mosaic import Mosaic
from ._planes import Planes
from ._positions import PositionGrid
from ._quantiles import PixelQuantity, good_quantiles
from ._resample import Resampling, resample, resample_image
from ._threads import Job, parallel_map, start, threads

__all__ = [
    "BinnedModel",
    "ImageModel",
    "Job",
    "Kernel",
    "Model",
    "Mosaic",
    "PixelQuantity",
    "Planes",
    "PositionGrid",
    "Resampling",
    "centroid_clear",
    "compiled",
    "count_clear",
    "flag_above",
    "move_bits",
    "good_quantiles",
    "nanmedian",
    "parallel_map",
    "resample",
    "resample_image",
    "start",
    "threads",
]
