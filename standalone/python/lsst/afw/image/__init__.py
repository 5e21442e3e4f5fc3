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

"""Images, masks and exposures, with the information attached to them."""

__all__ = [
    "Color",
    "Exposure",
    "ExposureD",
    "ExposureF",
    "ExposureI",
    "ExposureInfo",
    "ExposureL",
    "ExposureU",
    "FilterLabel",
    "Image",
    "ImageD",
    "ImageF",
    "ImageI",
    "ImageL",
    "ImageOrigin",
    "ImageU",
    "LOCAL",
    "Mask",
    "MaskPixel",
    "MaskX",
    "MaskedImage",
    "MaskedImageD",
    "MaskedImageF",
    "MaskedImageI",
    "MaskedImageL",
    "MaskedImageU",
    "Measurement",
    "PARENT",
    "PhotoCalib",
    "VariancePixel",
    "makeExposure",
    "makeImageFromArray",
    "makeMaskFromArray",
    "makeMaskedImage",
    "makeMaskedImageFromArrays",
    "makePhotoCalibFromCalibZeroPoint",
    "makePhotoCalibFromMetadata",
]

from ._color import Color
from ._exposure import Exposure, ExposureD, ExposureF, ExposureI, ExposureL, ExposureU
from ._exposureInfo import ExposureInfo
from ._factories import (
    makeExposure,
    makeImageFromArray,
    makeMaskedImage,
    makeMaskedImageFromArrays,
    makeMaskFromArray,
)
from ._filterLabel import FilterLabel
from ._image import Image, ImageD, ImageF, ImageI, ImageL, ImageU
from ._mask import Mask, MaskPixel, MaskX
from ._maskedImage import (
    MaskedImage,
    MaskedImageD,
    MaskedImageF,
    MaskedImageI,
    MaskedImageL,
    MaskedImageU,
    VariancePixel,
)
from ._origin import LOCAL, PARENT, ImageOrigin
from ._photoCalib import Measurement, PhotoCalib
from ._photoCalibFactories import makePhotoCalibFromCalibZeroPoint, makePhotoCalibFromMetadata
