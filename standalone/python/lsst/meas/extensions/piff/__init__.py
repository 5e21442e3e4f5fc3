# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""PSFs modeled by Piff.

Reading and writing them needs no further package; computing their images needs
``piff``, from the extra ``lsst-standalone[piff]``.
"""

__all__ = ("PiffPsf",)

from .piffPsf import PiffPsf
