# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kernels, functions, fields, statistics, backgrounds and warping."""

__all__ = (
    "computeWarpedBBox",
    "AnalyticKernel",
    "ApproximateControl",
    "ApproximateF",
    "Background",
    "BackgroundControl",
    "BackgroundList",
    "BackgroundMI",
    "BasePolynomialFunction2D",
    "BilinearWarpingKernel",
    "BoundedField",
    "Chebyshev1Function2D",
    "ChebyshevBoundedField",
    "ChebyshevBoundedFieldControl",
    "DeltaFunctionKernel",
    "DoubleGaussianFunction2D",
    "ERRORS",
    "FixedKernel",
    "Function1D",
    "Function2D",
    "FunctionD",
    "GaussianFunction1D",
    "GaussianFunction2D",
    "INCREASE_NXNYSAMPLE",
    "IQRANGE",
    "Interpolate",
    "Kernel",
    "LanczosFunction1D",
    "LanczosWarpingKernel",
    "LinearCombinationKernel",
    "MAX",
    "MEAN",
    "MEANCLIP",
    "MEANSQUARE",
    "MEDIAN",
    "MIN",
    "NCLIPPED",
    "NMASKED",
    "NOTHING",
    "NPOINT",
    "NearestWarpingKernel",
    "ORMASK",
    "PixelAreaBoundedField",
    "PolynomialFunction2D",
    "ProductBoundedField",
    "Property",
    "REDUCE_INTERP_ORDER",
    "STDEV",
    "STDEVCLIP",
    "SUM",
    "SeparableKernel",
    "Statistics",
    "StatisticsControl",
    "THROW_EXCEPTION",
    "TransformBoundedField",
    "UndersampleStyle",
    "VARIANCE",
    "VARIANCECLIP",
    "Warper",
    "WarperConfig",
    "WarpingControl",
    "lookupMaxInterpStyle",
    "lookupMinInterpPoints",
    "makeApproximate",
    "makeBackground",
    "makeInterpolate",
    "makeStatistics",
    "offsetImage",
    "stringToInterpStyle",
    "stringToStatisticsProperty",
    "stringToUndersampleStyle",
    "warpCenteredImage",
    "warpExposure",
    "warpImage",
)


from ._background import Background, BackgroundList, BackgroundMI, makeBackground
from ._backgroundControl import ApproximateControl, ApproximateF, BackgroundControl, makeApproximate
from ._boundedField import (
    BoundedField,
    ChebyshevBoundedField,
    ChebyshevBoundedFieldControl,
    PixelAreaBoundedField,
    ProductBoundedField,
    TransformBoundedField,
)
from ._functions import (
    BasePolynomialFunction2D,
    Chebyshev1Function2D,
    DoubleGaussianFunction2D,
    Function1D,
    Function2D,
    FunctionD,
    GaussianFunction1D,
    GaussianFunction2D,
    LanczosFunction1D,
    PolynomialFunction2D,
)
from ._interpolate import (
    Interpolate,
    UndersampleStyle,
    lookupMaxInterpStyle,
    lookupMinInterpPoints,
    makeInterpolate,
    stringToInterpStyle,
    stringToUndersampleStyle,
)
from ._kernel import Kernel
from ._kernels import AnalyticKernel, DeltaFunctionKernel, FixedKernel, LinearCombinationKernel
from ._statistics import Property, Statistics, StatisticsControl, makeStatistics, stringToStatisticsProperty
from ._warper import Warper, WarperConfig, computeWarpedBBox
from ._warping import WarpingControl, offsetImage, warpCenteredImage, warpExposure, warpImage
from ._warpingKernels import (
    BilinearWarpingKernel,
    LanczosWarpingKernel,
    NearestWarpingKernel,
    SeparableKernel,
)

ERRORS = Property.ERRORS
IQRANGE = Property.IQRANGE
MAX = Property.MAX
MEAN = Property.MEAN
MEANCLIP = Property.MEANCLIP
MEANSQUARE = Property.MEANSQUARE
MEDIAN = Property.MEDIAN
MIN = Property.MIN
NCLIPPED = Property.NCLIPPED
NMASKED = Property.NMASKED
NOTHING = Property.NOTHING
NPOINT = Property.NPOINT
ORMASK = Property.ORMASK
STDEV = Property.STDEV
STDEVCLIP = Property.STDEVCLIP
SUM = Property.SUM
VARIANCE = Property.VARIANCE
VARIANCECLIP = Property.VARIANCECLIP
THROW_EXCEPTION = UndersampleStyle.THROW_EXCEPTION
REDUCE_INTERP_ORDER = UndersampleStyle.REDUCE_INTERP_ORDER
INCREASE_NXNYSAMPLE = UndersampleStyle.INCREASE_NXNYSAMPLE
