# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

__all__ = ("Planes",)

from typing import TYPE_CHECKING, Any

from ._bounds import Bounds

if TYPE_CHECKING:
    from ._image import ImageF
    from ._mask import MaskX
    from ._maskedImage import MaskedImageBase
    from ._pixelBlock import PixelBlock


class Planes(Bounds):
    """The planes of a masked image, for it and what holds one."""

    def _masked(self) -> MaskedImageBase:
        """Masked image that holds the planes."""
        raise NotImplementedError(f"{type(self).__name__} has no pixels.")

    def _plane(self) -> PixelBlock:
        return self._masked()._image

    def getImage(self) -> Any:
        return self._masked()._image

    def setImage(self, image: Any) -> None:
        """Copy the pixel values of an image into the image plane."""
        self._masked()._image.assign(image)

    def getMask(self) -> MaskX:
        return self._masked()._mask

    def setMask(self, mask: MaskX) -> None:
        """Copy the pixel values of a mask into the mask plane."""
        self._masked()._mask.assign(mask)

    def getVariance(self) -> ImageF:
        return self._masked()._variance

    def setVariance(self, variance: ImageF) -> None:
        """Copy the pixel values of an image into the variance plane."""
        self._masked()._variance.assign(variance)

    @property
    def image(self) -> Any:
        """The image plane; assigning to it copies pixel values."""
        return self.getImage()

    @image.setter
    def image(self, image: Any) -> None:
        self.setImage(image)

    @property
    def mask(self) -> MaskX:
        """The mask plane; assigning to it copies pixel values."""
        return self.getMask()

    @mask.setter
    def mask(self, mask: MaskX) -> None:
        self.setMask(mask)

    @property
    def variance(self) -> ImageF:
        """The variance plane; assigning to it copies pixel values."""
        return self.getVariance()

    @variance.setter
    def variance(self, variance: ImageF) -> None:
        self.setVariance(variance)
