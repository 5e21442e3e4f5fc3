# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Templates made from files, without a butler.

The command ``template-make``, and `ExposureFile`, the file handle that it
passes to the task. Nothing here deals with repositories, which are made by
`lsst.ip.diffim.templateRepo`.
"""

__all__ = ("ExposureFile", "main")


from ._command import main
from ._exposureFile import ExposureFile
