# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from lsst.afw.table.io import Persistable

__all__ = ["Storable"]


class Storable(Persistable):
    """Base of the objects that an exposure can hold as a component."""


Storable.__module__ = "lsst.afw.typehandling"
