# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Small pictures of the planes of an exposure, averaged over blocks."""

from __future__ import annotations

__all__ = (
    "CLEAR",
    "MaskClasses",
    "block_mean",
    "classify",
    "color",
    "image_limits",
    "legend",
    "pixel_unit",
    "shrink",
    "usable",
)

import dataclasses
from typing import TYPE_CHECKING

import matplotlib
import numpy as np
from matplotlib.colors import to_rgb

if TYPE_CHECKING:
    from lsst.afw.image import ExposureF, Mask


# In drawing order, the topmost plane last.
_MASK_COLORS = {
    "HIGH_VARIANCE": "#f08c2e",
    "DETECTED": "#5b9bd5",
    "DETECTED_NEGATIVE": "#27418c",
    "INTRP": "#3fa66b",
    "CROSSTALK": "#8d6e63",
    "EDGE": "#c9b458",
    "CR": "#b04ac2",
    "SUSPECT": "#d98cb3",
    "SAT": "#f4d03f",
    "BAD": "#d9364c",
    "NO_DATA": "#3b3f4a",
}
_OTHER_PLANES = "#9aa0a8"
CLEAR = "#eef1f4"
"""Color of a pixel without mask bits."""


def block_mean(array: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Average over the blocks of a grid.

    Parameters
    ----------
    array
        Shape (height, width).
    shape
        Shape of the result, at most that of the array.

    Returns
    -------
    means
        Means of the blocks, float64. Sizes of blocks differ by at most one
        pixel.
    """
    edges = [
        np.linspace(0, size, count, endpoint=False).astype(int)
        for size, count in zip(array.shape, shape, strict=True)
    ]
    sums = np.add.reduceat(np.add.reduceat(array, edges[0], axis=0, dtype=np.float64), edges[1], axis=1)
    heights, widths = (np.diff(edge, append=size) for edge, size in zip(edges, array.shape, strict=True))
    return sums / (heights[:, None] * widths)


def shrink(shape: tuple[int, int], longest: int) -> tuple[int, int]:
    """Return a shape of the same proportions with no side longer than
    ``longest``.
    """
    factor = min(1.0, longest / max(shape))
    return max(1, round(shape[0] * factor)), max(1, round(shape[1] * factor))


def usable(exposure: ExposureF) -> np.ndarray:
    """Return a boolean array, true where pixels have data and are finite."""
    marked = exposure.mask.array & exposure.mask.getPlaneBitMask("NO_DATA")
    return (marked == 0) & np.isfinite(exposure.image.array) & np.isfinite(exposure.variance.array)


def pixel_unit(exposure: ExposureF) -> tuple[float, str]:
    """Return the factor that converts pixels of an exposure to a unit, and the
    unit, which is nJy if the exposure is calibrated.
    """
    calibration = exposure.getPhotoCalib()
    if calibration is None:
        return 1.0, "counts"
    return float(calibration.getCalibrationMean()), "nJy"


def image_limits(values: np.ndarray) -> tuple[float, float]:
    """Return the values shown as black and white.

    The limits are 2 standard deviations of the noise below and 30 above the
    median, with the deviation estimated from the quartiles (0.741 of their
    distance). A constant image gets a range of 1 around its value.
    """
    if values.size == 0:
        return 0.0, 1.0
    low, median, high = (float(each) for each in np.percentile(values, (25, 50, 75)))
    sigma = 0.741 * (high - low)
    return (median - 2 * sigma, median + 30 * sigma) if sigma > 0 else (median - 0.5, median + 0.5)


@dataclasses.dataclass(frozen=True)
class MaskClasses:
    """The topmost mask plane of each pixel.

    Parameters
    ----------
    index
        Index in `names`, or their number for a pixel without mask bits;
        shape (height, width).
    names
        Mask planes that are set anywhere, in drawing order.
    fractions
        Fraction of pixels that have each plane, whether topmost or not.
    """

    index: np.ndarray
    names: tuple[str, ...]
    fractions: tuple[float, ...]

    @property
    def colors(self) -> tuple[str, ...]:
        """Colors of the planes."""
        return tuple(_MASK_COLORS.get(name, _OTHER_PLANES) for name in self.names)

    def picture(self, shape: tuple[int, int]) -> np.ndarray:
        """Return a picture in the colors of the planes, averaged over blocks.

        Parameters
        ----------
        shape
            Shape of the picture, at most that of the mask.

        Returns
        -------
        rgb
            Shape (height, width, 3), from 0 to 1.
        """
        rgb = np.zeros((*shape, 3))
        for number, color in enumerate((*self.colors, CLEAR)):
            rgb += block_mean(self.index == number, shape)[..., None] * np.array(to_rgb(color))
        return np.clip(rgb, 0, 1)


def classify(mask: Mask) -> MaskClasses:
    """Find the topmost mask plane of each pixel."""
    order = list(_MASK_COLORS)
    planes = sorted(
        mask.getMaskPlaneDict(), key=lambda name: (order.index(name) if name in order else -1, name)
    )
    fractions = {}
    layers = []
    for name in planes:
        pixels = (mask.array & mask.getPlaneBitMask(name)) != 0
        if pixels.any():
            fractions[name] = float(pixels.mean())
            layers.append(pixels)
    index = np.full(mask.array.shape, len(layers), dtype=np.uint8)
    for number, pixels in enumerate(layers):
        index[pixels] = number
    return MaskClasses(index, tuple(fractions), tuple(fractions.values()))


def color(values: np.ndarray, name: str) -> np.ndarray:
    """Return the colors that a matplotlib color map gives to values from 0
    to 1; shape (..., 3).
    """
    return matplotlib.colormaps[name](values)[..., :3]


def legend() -> dict[str, str]:
    """Return the names and colors of mask planes, topmost first."""
    named = {name: _MASK_COLORS[name] for name in reversed(_MASK_COLORS)}
    return {**named, "other planes": _OTHER_PLANES, "none": CLEAR}
