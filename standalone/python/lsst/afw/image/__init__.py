# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Images, masks and exposures, with the information attached to them."""

__all__ = (
    "ApCorrMap",
    "CoaddInputs",
    "Color",
    "Exposure",
    "ExposureD",
    "ExposureF",
    "ExposureFitsReader",
    "ExposureI",
    "ExposureInfo",
    "ExposureL",
    "ExposureSummaryStats",
    "ExposureU",
    "FilterLabel",
    "HORIZON",
    "Image",
    "ImageD",
    "ImageF",
    "ImageFitsReader",
    "ImageI",
    "ImageL",
    "ImageOrigin",
    "ImageU",
    "LOCAL",
    "MOUNT",
    "Mask",
    "MaskFitsReader",
    "MaskPixel",
    "MaskX",
    "MaskedImage",
    "MaskedImageD",
    "MaskedImageF",
    "MaskedImageFitsReader",
    "MaskedImageI",
    "MaskedImageL",
    "MaskedImageU",
    "Measurement",
    "PARENT",
    "PhotoCalib",
    "RotType",
    "SKY",
    "UNKNOWN",
    "VariancePixel",
    "VisitInfo",
    "assertImagesAlmostEqual",
    "assertImagesEqual",
    "assertMaskedImagesAlmostEqual",
    "assertMaskedImagesEqual",
    "assertMasksEqual",
    "makeExposure",
    "makeImageFromArray",
    "makeMaskFromArray",
    "makeMaskedImage",
    "makeMaskedImageFromArrays",
    "makePhotoCalibFromCalibZeroPoint",
    "makePhotoCalibFromMetadata",
    "setVisitInfoMetadata",
    "stripVisitInfoKeywords",
)

from ._components import ApCorrMap, CoaddInputs, Color, FilterLabel
from ._exposure import Exposure, ExposureD, ExposureF, ExposureI, ExposureL, ExposureU, makeExposure
from ._exposureFitsReader import ExposureFitsReader, MaskedImageFitsReader
from ._exposureInfo import ExposureInfo
from ._exposureSummaryStats import ExposureSummaryStats
from ._image import Image, ImageD, ImageF, ImageFitsReader, ImageI, ImageL, ImageU, makeImageFromArray
from ._mask import Mask, MaskFitsReader, MaskPixel, MaskX, makeMaskFromArray
from ._maskedImage import (
    MaskedImage,
    MaskedImageD,
    MaskedImageF,
    MaskedImageI,
    MaskedImageL,
    MaskedImageU,
    VariancePixel,
    makeMaskedImage,
    makeMaskedImageFromArrays,
)
from ._photoCalib import (
    Measurement,
    PhotoCalib,
    makePhotoCalibFromCalibZeroPoint,
    makePhotoCalibFromMetadata,
)
from ._pixelBlock import LOCAL, PARENT, ImageOrigin
from ._testUtils import (
    assertImagesAlmostEqual,
    assertImagesEqual,
    assertMaskedImagesAlmostEqual,
    assertMaskedImagesEqual,
    assertMasksEqual,
)
from ._visitInfo import (
    HORIZON,
    MOUNT,
    SKY,
    UNKNOWN,
    RotType,
    VisitInfo,
    setVisitInfoMetadata,
    stripVisitInfoKeywords,
)
