# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Change of pixel area between the inputs of a coadd and a template."""

from __future__ import annotations

__all__ = ("find_plate_scale_factor",)

import math
from typing import TYPE_CHECKING

from lsst.geom import Box2D

if TYPE_CHECKING:
    from lsst.afw.geom import SkyWcs
    from lsst.geom import Box2I

    from ._coaddPatch import CoaddPatch


def find_plate_scale_factor(coadd: CoaddPatch, wcs: SkyWcs, bbox: Box2I) -> float:
    """Compute the factor by which variances change with the pixel area.

    Parameters
    ----------
    coadd
        Coadd whose inputs are considered.
    wcs
        WCS of the template.
    bbox
        Box of the template.

    Returns
    -------
    factor
        Pixel area of the first usable input of the coadd, at the center of
        that input, divided by that of the template at its center.

    Raises
    ------
    RuntimeError
        Raised if no input of the coadd has a usable pixel scale.
    """
    scale = _pixel_scale(wcs, bbox)
    inputs = coadd.read_coadd_inputs()
    for record in () if inputs is None else inputs.ccds:
        input_wcs = record.getWcs()
        if input_wcs is None:
            continue
        factor = (_pixel_scale(input_wcs, record.getBBox()) / scale) ** 2
        if math.isfinite(factor) and factor > 0:
            return factor
    raise RuntimeError(
        f"doCorrectVariancePlateScale needs the pixel scale of an image that went into the coadd of {coadd}, "
        "but its coaddInputs list none with a usable WCS."
    )


def _pixel_scale(wcs: SkyWcs, bbox: Box2I) -> float:
    """Return the pixel scale (radians) at the center of a box."""
    return wcs.getPixelScale(Box2D(bbox).getCenter()).asRadians()
