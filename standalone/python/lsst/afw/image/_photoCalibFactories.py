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
