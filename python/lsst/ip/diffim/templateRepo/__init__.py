# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Butler repositories made from files.

The command ``template-repo``, and `CoaddSkyMap`, for coadds whose sky map is
not available. ``pipetask`` makes templates from these repositories;
`lsst.ip.diffim.templateMake` makes them without a repository.
"""

__all__ = ("CoaddSkyMap", "main")


from ._command import main
from .coaddSkyMap import CoaddSkyMap
