# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Build backend: setuptools, or a sentence where Python is too old."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036
    sys.exit(
        "lsst-ip-diffim-template needs Python 3.11 or newer, and this is Python {}.{}. "
        "Make the virtual environment with a newer one.".format(*sys.version_info[:2])
    )

from setuptools.build_meta import *  # noqa: F403
