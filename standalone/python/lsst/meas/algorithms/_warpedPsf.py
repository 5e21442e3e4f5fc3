# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""A point spread function seen through a distortion."""

from __future__ import annotations

__all__ = ("WarpedPsf",)


from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lsst.afw.detection import Psf
from lsst.afw.geom import TransformPoint2ToPoint2
from lsst.afw.image import Color, ImageD
from lsst.afw.math import WarpingControl
from lsst.afw.table.io._persistable import Fields, register
from lsst.geom import Box2I, Point2D
from lsst.pex.exceptions import LogicError

from ._imagePsf import ImagePsf
from ._localWarp import LocalWarp, makeCenteredImage, makeStencil

if TYPE_CHECKING:
    from lsst.afw.table.io._inputArchive import InputArchive
    from lsst.afw.table.io._outputArchive import ArchiveHandle


FIELDS = Fields("psfIndex:J transformIndex:J controlIndex:J")


@register("WarpedPsf", module="lsst.meas.algorithms")
class WarpedPsf(ImagePsf):
    """A PSF warped by the local affine part of a transform.

    ``WarpedPsf(undistortedPsf, distortion, control)`` or
    ``WarpedPsf(undistortedPsf, distortion, kernelName="lanczos3",
    cache=10000)``.

    Parameters
    ----------
    undistortedPsf
        PSF of the source image.
    distortion
        Transform from pixels of the source to pixels of this PSF's image.
    control
        How to warp, an `lsst.afw.math.WarpingControl`.
    kernelName
        Name of the warping kernel.
    cache
        Number of kernels tabulated.

    Raises
    ------
    lsst.pex.exceptions.LogicError
        Raised if an argument is `None`.
    """

    def __init__(
        self, undistortedPsf: Psf, distortion: TransformPoint2ToPoint2, *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(isFixed=False)
        if (args and isinstance(args[0], str)) or not (args or "control" in kwargs):
            control = _makeControl(*args, **kwargs)
        else:
            control = _useControl(*args, **kwargs)
        if undistortedPsf is None or distortion is None or control is None:
            raise LogicError(
                "WarpedPsf needs a PSF, a transform and a warping control, got"
                f" {undistortedPsf!r}, {distortion!r}, {control!r}."
            )
        self._undistortedPsf = undistortedPsf
        self._distortion = distortion
        self._control = control

    def clone(self) -> WarpedPsf:
        """Copy with empty caches, of a copy of the PSF."""
        result = self._copyWithEmptyCaches()
        result._undistortedPsf = self._undistortedPsf.clone()
        return result

    def resized(self, width: int, height: int) -> Psf:
        """Refuse, since the distortion gives the dimensions.

        Raises
        ------
        lsst.pex.exceptions.LogicError
            Raised always.
        """
        raise LogicError("A WarpedPsf cannot be resized.")

    def getAveragePosition(self) -> Point2D:
        """Position where the PSF is typical (pixels)."""
        return self._distortion.applyForward(self._undistortedPsf.getAveragePosition())

    def isPersistable(self) -> bool:
        """Whether the PSF, the transform and the control can be saved."""
        return (
            self._undistortedPsf.isPersistable()
            and self._distortion.isPersistable()
            and self._control.isPersistable()
        )

    def _localWarp(self, position: Point2D) -> LocalWarp:
        mapped = self._distortion._applyInverseArray(makeStencil(position))
        return LocalWarp.fromStencil(position, mapped)

    def _doComputeBBox(self, position: Point2D, color: Color) -> Box2I:
        warp = self._localWarp(position)
        return warp.warpBox(self._undistortedPsf.computeImageBBox(warp.sourcePosition, color))

    def _doComputeKernelImage(self, position: Point2D, color: Color) -> ImageD:
        warp = self._localWarp(position)
        image = self._undistortedPsf.computeImage(warp.sourcePosition, color, Psf.INTERNAL)
        return makeCenteredImage(warp.warpImage(image, self._control._resampling()))

    def _writeArchive(self, out: ArchiveHandle) -> None:
        row = {
            "psfIndex": out.put(self._undistortedPsf),
            "transformIndex": out.put(self._distortion),
            "controlIndex": out.put(self._control),
        }
        out.addCatalog(FIELDS, [row])

    @classmethod
    def _readArchive(cls, archive: InputArchive, catalogs: Sequence[Sequence[Any]]) -> WarpedPsf:
        row = catalogs[0][0]
        return cls(
            archive.require(row["psfIndex"], Psf),
            archive.require(row["transformIndex"], TransformPoint2ToPoint2),
            archive.require(row["controlIndex"], WarpingControl),
        )


def _makeControl(kernelName: str = "lanczos3", cache: int = 10000) -> WarpingControl:
    return WarpingControl(kernelName, "", cache)


def _useControl(control: WarpingControl) -> WarpingControl:
    return control


WarpedPsf.__module__ = "lsst.meas.algorithms"
