# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Point spread functions measured on their kernel image."""

from __future__ import annotations

from lsst.afw.detection import Psf
from lsst.afw.geom.ellipses import Quadrupole
from lsst.afw.image import Color
from lsst.geom import Point2D

from ._aperture import apertureFlux
from ._moments import adaptiveMoments

__all__ = ["ImagePsf"]


class ImagePsf(Psf):
    """Base of PSFs whose shape and fluxes are measured on an image.

    A subclass provides ``_doComputeKernelImage(position, color)`` and
    ``_doComputeBBox(position, color)``.

    Parameters
    ----------
    isFixed
        Whether the kernel image is the same everywhere.
    """

    def __init__(self, isFixed: bool = False) -> None:
        super().__init__(isFixed)

    def _doComputeShape(self, position: Point2D, color: Color) -> Quadrupole:
        image = self.computeKernelImage(position, color, Psf.INTERNAL)
        return Quadrupole(*adaptiveMoments(image.array, image.getX0(), image.getY0()))

    def _doComputeApertureFlux(self, radius: float, position: Point2D, color: Color) -> float:
        image = self.computeKernelImage(position, color, Psf.INTERNAL)
        return apertureFlux(image.array, image.getX0(), image.getY0(), radius)


ImagePsf.__module__ = "lsst.meas.algorithms"
