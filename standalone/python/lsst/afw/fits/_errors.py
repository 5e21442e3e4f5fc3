# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

__all__ = (
    "FitsError",
    "FitsTypeError",
)

from lsst.pex.exceptions import IoError


class FitsError(IoError):
    """A FITS file is missing, broken, or not what it should be."""


class FitsTypeError(FitsError):
    """Pixels on disk do not fit the requested type."""


FitsError.__module__ = "lsst.afw.fits"
