# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""PSFs of cell-based coadds.

This package only reads, writes and evaluates the PSF of a stitched coadd; it
does not include the cells themselves.
"""

__all__ = ("GridContainer", "StitchedPsf", "UniformGrid")

from ._grid_container import GridContainer
from ._stitched_psf import StitchedPsf
from ._uniform_grid import UniformGrid
