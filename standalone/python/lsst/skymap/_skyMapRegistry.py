# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

__all__ = ["skyMapRegistry"]

import lsst.pex.config as pexConfig

skyMapRegistry = pexConfig.makeRegistry("Sky maps, each a way to divide the sky into tracts.")
