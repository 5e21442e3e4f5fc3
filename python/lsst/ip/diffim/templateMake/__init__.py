# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Templates made from files, without a butler.

The command ``template-make``, and `ExposureFile`, the handle on a file that
it gives to the task. Nothing here knows of repositories; those are made by
`lsst.ip.diffim.templateRepo`.
"""

from ._command import main
from ._exposureFile import ExposureFile

__all__ = ["ExposureFile", "main"]
