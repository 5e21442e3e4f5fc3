# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""PSFs of single images and of coadds, and models of the background."""

__all__ = (
    "CoaddBoundedField",
    "CoaddBoundedFieldElement",
    "CoaddPsf",
    "CoaddPsfConfig",
    "CoaddPsfControl",
    "DoubleGaussianPsf",
    "ExceedsMaxVarianceScaleError",
    "ImagePsf",
    "KernelPsf",
    "PcaPsf",
    "ScaleVarianceConfig",
    "ScaleVarianceTask",
    "SingleGaussianPsf",
    "SubtractBackgroundConfig",
    "SubtractBackgroundTask",
    "TooManyMaskedPixelsError",
    "WarpedPsf",
    "backgroundFlatContext",
)

from ._coaddBoundedField import CoaddBoundedField, CoaddBoundedFieldElement
from ._imagePsf import ImagePsf
from ._kernelPsf import DoubleGaussianPsf, KernelPsf, PcaPsf, SingleGaussianPsf
from ._warpedPsf import WarpedPsf
from .coaddPsf import CoaddPsf, CoaddPsfConfig, CoaddPsfControl
from .scaleVariance import ExceedsMaxVarianceScaleError, ScaleVarianceConfig, ScaleVarianceTask
from .subtractBackground import (
    SubtractBackgroundConfig,
    SubtractBackgroundTask,
    TooManyMaskedPixelsError,
    backgroundFlatContext,
)
