# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

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
