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

from typing import TYPE_CHECKING, Any

from ._bounds import Bounds

if TYPE_CHECKING:
    from ._image import ImageF
    from ._mask import MaskX
    from ._maskedImage import MaskedImageBase
    from ._pixelBlock import PixelBlock

__all__ = ["Planes"]


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
