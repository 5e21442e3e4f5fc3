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
