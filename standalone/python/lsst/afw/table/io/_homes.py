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

from __future__ import annotations

__all__ = ["HOME_OF"]

# Where the archive classes of this runtime live. Only these modules are ever
# imported when a file names a class: a module named by a file is not trusted.
_HOMES = {
    "lsst.afw.cameraGeom": "Detector",
    "lsst.afw.geom": """
        SkyWcs Wcs TanWcs Polygon
        TransformGenericToGeneric TransformGenericToPoint2 TransformGenericToSpherePoint
        TransformPoint2ToGeneric TransformPoint2ToPoint2 TransformPoint2ToSpherePoint
        TransformSpherePointToGeneric TransformSpherePointToPoint2 TransformSpherePointToSpherePoint
        """,
    "lsst.afw.image": """
        PhotoCalib Calib FilterLabel VisitInfo CoaddInputs ApCorrMap ExposureSummaryStats
        """,
    "lsst.afw.math": """
        ChebyshevBoundedField ProductBoundedField TransformBoundedField PixelAreaBoundedField
        WarpingControl LanczosWarpingKernel BilinearWarpingKernel BillinearWarpingKernel NearestWarpingKernel
        FixedKernel LinearCombinationKernel AnalyticKernel DeltaFunctionKernel
        GaussianFunction2D GaussianFunction2F DoubleGaussianFunction2D DoubleGaussianFunction2F
        PolynomialFunction2D PolynomialFunction2F Chebyshev1Function2D Chebyshev1Function2F
        """,
    "lsst.afw.detection": "GaussianPsf",
    "lsst.meas.algorithms": """
        CoaddPsf CoaddBoundedField WarpedPsf SingleGaussianPsf DoubleGaussianPsf KernelPsf PcaPsf
        """,
    "lsst.cell_coadds": "StitchedPsf",
    "lsst.meas.extensions.piff": "PiffPsf",
    "lsst.meas.extensions.psfex": "PsfexPsf",
}

HOME_OF = {name: module for module, names in _HOMES.items() for name in names.split()}
