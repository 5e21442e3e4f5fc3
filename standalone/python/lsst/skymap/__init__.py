# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sky maps: divisions of the sky into tracts and patches."""

__all__ = (
    "BaseSkyMap",
    "BaseSkyMapConfig",
    "BaseTractBuilder",
    "BaseTractBuilderConfig",
    "CellInfo",
    "CellTractBuilder",
    "CellTractBuilderConfig",
    "DiscreteSkyMap",
    "DiscreteSkyMapConfig",
    "Index2D",
    "LegacyTractBuilder",
    "LegacyTractBuilderConfig",
    "PatchInfo",
    "TractInfo",
    "makeSkyPolygonFromBBox",
    "skyMapRegistry",
    "tractBuilderRegistry",
)

from . import ringsSkyMap as ringsSkyMap  # registers itself
from .baseSkyMap import BaseSkyMap, BaseSkyMapConfig, skyMapRegistry
from .cellInfo import CellInfo
from .detail import Index2D, makeSkyPolygonFromBBox
from .discreteSkyMap import DiscreteSkyMap, DiscreteSkyMapConfig
from .patchInfo import PatchInfo
from .tractBuilder import (
    BaseTractBuilder,
    BaseTractBuilderConfig,
    CellTractBuilder,
    CellTractBuilderConfig,
    LegacyTractBuilder,
    LegacyTractBuilderConfig,
    tractBuilderRegistry,
)
from .tractInfo import TractInfo
