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

"""PSFs of single images and of coadds, and models of the background."""

__all__ = [
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
]

from ._coaddBoundedField import CoaddBoundedField, CoaddBoundedFieldElement
from ._gaussianPsfs import DoubleGaussianPsf, SingleGaussianPsf
from ._imagePsf import ImagePsf
from ._kernelPsf import KernelPsf, PcaPsf
from ._warpedPsf import WarpedPsf
from .coaddPsf import CoaddPsf, CoaddPsfConfig, CoaddPsfControl
from .scaleVariance import ExceedsMaxVarianceScaleError, ScaleVarianceConfig, ScaleVarianceTask
from .subtractBackground import (
    SubtractBackgroundConfig,
    SubtractBackgroundTask,
    TooManyMaskedPixelsError,
    backgroundFlatContext,
)
