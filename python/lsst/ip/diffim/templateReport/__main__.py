# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Entry point of ``template-report`` for packages set up, not installed."""

import sys

from ._commands import reportMain

sys.exit(reportMain())
