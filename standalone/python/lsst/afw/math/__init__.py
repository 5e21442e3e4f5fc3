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
"""Kernels, functions, fields, statistics and backgrounds."""

from ._analyticKernel import AnalyticKernel
from ._fixedKernels import DeltaFunctionKernel, FixedKernel
from ._function import Function1D, Function2D, FunctionD
from ._functions1d import Chebyshev1Function1D, GaussianFunction1D, LanczosFunction1D, PolynomialFunction1D
from ._functions2d import (
    BasePolynomialFunction2D,
    Chebyshev1Function2D,
    DoubleGaussianFunction2D,
    GaussianFunction2D,
    LanczosFunction2D,
    PolynomialFunction2D,
)
from ._kernel import Kernel
from ._linearCombinationKernel import LinearCombinationKernel
from ._offsetImage import offsetImage
from ._separableKernel import SeparableKernel
from ._warpingKernels import BilinearWarpingKernel, LanczosWarpingKernel, NearestWarpingKernel

__all__ = [
    "AnalyticKernel",
    "BasePolynomialFunction2D",
    "BilinearWarpingKernel",
    "Chebyshev1Function1D",
    "Chebyshev1Function2D",
    "DeltaFunctionKernel",
    "DoubleGaussianFunction2D",
    "FixedKernel",
    "Function1D",
    "Function2D",
    "FunctionD",
    "GaussianFunction1D",
    "GaussianFunction2D",
    "Kernel",
    "LanczosFunction1D",
    "LanczosFunction2D",
    "LanczosWarpingKernel",
    "LinearCombinationKernel",
    "NearestWarpingKernel",
    "PolynomialFunction1D",
    "PolynomialFunction2D",
    "SeparableKernel",
    "offsetImage",
]
