# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Comparison of two templates."""

from __future__ import annotations

__all__ = ("Comparison", "compare_templates")


import dataclasses

import lsst.geom
import numpy as np
from lsst.afw.detection import InvalidPsfError
from lsst.afw.image import ExposureF, MaskX

STEP = 100
"""Pixels between the positions at which PSFs are compared."""


@dataclasses.dataclass(frozen=True)
class Comparison:
    """Result of a comparison of two templates.

    Parameters
    ----------
    name
        Data ID of the templates.
    pixels, psfs
        Number of pixels with data, and of positions at which both PSFs have
        an image.
    differences
        Names of what differs.
    """

    name: str
    pixels: int
    psfs: int
    differences: tuple[str, ...]

    def __str__(self) -> str:
        outcome = "equal" if not self.differences else "different " + ", ".join(self.differences)
        return f"{self.name}: {outcome}; {self.pixels} pixels with data, the PSF at {self.psfs} positions."


def compare_templates(template: ExposureF, other: ExposureF, name: str) -> Comparison:
    """Compare pixels, mask planes by name, calibration, WCS and PSF.

    Parameters
    ----------
    template, other
        Templates to compare.
    name
        Data ID of the templates.
    """
    differences = [
        plane
        for plane in ("image", "variance")
        if not np.array_equal(getattr(template, plane).array, getattr(other, plane).array, equal_nan=True)
    ]
    if template.getBBox() != other.getBBox():
        differences.insert(0, "box")
    differences += [f"mask plane {plane}" for plane in _different_planes(template.mask, other.mask)]
    differences += [
        component
        for component in ("wcs", "photoCalib", "filter")
        if getattr(template, component) != getattr(other, component)
    ]
    same, checked = _compare_psfs(template, other)
    if same < checked:
        differences.append(f"PSF at {checked - same} of {checked} positions")
    if not checked:
        differences.append("PSF, which has no image")
    return Comparison(name, int(np.isfinite(template.image.array).sum()), checked, tuple(differences))


def _different_planes(mask: MaskX, other: MaskX) -> list[str]:
    """Return the mask planes that differ; a plane that one mask lacks must be
    empty in the other.
    """
    planes = [found.getMaskPlaneDict() for found in (mask, other)]
    result = []
    for plane in sorted(planes[0].keys() | planes[1].keys()):
        first, second = (
            (found.array & (1 << numbers[plane])) != 0 if plane in numbers else np.False_
            for found, numbers in zip((mask, other), planes, strict=True)
        )
        if np.any(first != second):
            result.append(plane)
    return result


def _compare_psfs(template: ExposureF, other: ExposureF) -> tuple[int, int]:
    """Count the positions at which PSFs are equal, and at which they exist."""
    same = checked = 0
    box = template.getBBox()
    for y in range(box.getMinY(), box.getMaxY() + 1, STEP):
        for x in range(box.getMinX(), box.getMaxX() + 1, STEP):
            first, second = (_psf_image(found, lsst.geom.Point2D(x, y)) for found in (template, other))
            checked += not (first is None and second is None)
            same += first is not None and second is not None and np.array_equal(first, second)
    return same, checked


def _psf_image(exposure: ExposureF, position: lsst.geom.Point2D) -> np.ndarray | None:
    """Return the PSF at a position; `None` if there is none."""
    try:
        return exposure.psf.computeKernelImage(position).array
    except InvalidPsfError:
        return None
