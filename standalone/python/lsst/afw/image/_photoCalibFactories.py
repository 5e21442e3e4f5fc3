# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

from ._photoCalib import PhotoCalib, photoCalibFromZeroPoint

__all__ = ["makePhotoCalibFromCalibZeroPoint", "makePhotoCalibFromMetadata"]


def makePhotoCalibFromCalibZeroPoint(instFluxMag0: float, instFluxMag0Err: float = 0.0) -> PhotoCalib:
    """Constant calibration from the counts of a source of magnitude 0.

    Parameters
    ----------
    instFluxMag0
        Counts at AB magnitude 0.
    instFluxMag0Err
        Their error.

    Returns
    -------
    photoCalib
        Calibration in nJy per count.
    """
    return photoCalibFromZeroPoint(instFluxMag0, instFluxMag0Err)


def makePhotoCalibFromMetadata(metadata: Any, strip: bool = False) -> PhotoCalib | None:
    """Constant calibration from the header of an old file.

    Parameters
    ----------
    metadata
        Header with ``FLUXMAG0`` and perhaps ``FLUXMAG0ERR``.
    strip
        Whether to remove these.

    Returns
    -------
    photoCalib
        Calibration in nJy per count, or `None` if the header has none.
    """
    if not metadata.exists("FLUXMAG0"):
        return None
    fluxMag0 = metadata.getAsDouble("FLUXMAG0")
    fluxMag0Err = metadata.getAsDouble("FLUXMAG0ERR") if metadata.exists("FLUXMAG0ERR") else 0.0
    if strip:
        for name in ("FLUXMAG0", "FLUXMAG0ERR"):
            metadata.remove(name)
    return photoCalibFromZeroPoint(fluxMag0, fluxMag0Err)
