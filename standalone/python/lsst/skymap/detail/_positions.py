# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

__all__ = ["positionsInRadians"]

import numpy as np
import numpy.typing as npt


def positionsInRadians(
    ra: npt.ArrayLike, dec: npt.ArrayLike, degrees: bool
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return sky positions as arrays of radians.

    Parameters
    ----------
    ra, dec
        Positions, shape ``(n,)`` or scalar.
    degrees
        Whether they are in degrees rather than radians.
    """
    raArray, decArray = np.atleast_1d(np.asarray(ra, float)), np.atleast_1d(np.asarray(dec, float))
    return (np.deg2rad(raArray), np.deg2rad(decArray)) if degrees else (raArray, decArray)
