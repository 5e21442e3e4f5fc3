# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import NoReturn

from lsst.afw.detection import InvalidPsfError, Psf
from lsst.afw.image import Color
from lsst.geom import Point2D

from ._opaque import OpaquePersistable

__all__ = ["OpaquePsf"]


class OpaquePsf(OpaquePersistable, Psf):
    """A PSF of a class that the runtime does not have.

    It can be carried along and written again, but has no images.
    """

    def clone(self) -> OpaquePsf:
        return self

    def resized(self, width: int, height: int) -> NoReturn:
        self._refuse()

    def getAveragePosition(self) -> Point2D:
        """Average position of the stars, if the archive tells (pixels)."""
        rows = self._catalogs[0][1] if self._catalogs else []
        if not rows or "averagePosition_x" not in rows[0]:
            self._refuse()
        return Point2D(rows[0]["averagePosition_x"], rows[0]["averagePosition_y"])

    def _refuse(self) -> NoReturn:
        raise InvalidPsfError(
            f"A PSF of class {self._archiveName} ({self._archiveModule}) can only be passed through here; "
            f"it has no images without the package that provides the class."
        )

    def _doComputeKernelImage(self, position: Point2D, color: Color) -> NoReturn:
        self._refuse()

    def _doComputeImage(self, position: Point2D, color: Color) -> NoReturn:
        self._refuse()

    def _doComputeBBox(self, position: Point2D, color: Color) -> NoReturn:
        self._refuse()

    def _doComputeShape(self, position: Point2D, color: Color) -> NoReturn:
        self._refuse()

    def _doComputeApertureFlux(self, radius: float, position: Point2D, color: Color) -> NoReturn:
        self._refuse()
