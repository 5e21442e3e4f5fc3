# This file is part of ip_diffim_template.
#
# Developed for the LSST Data Management System.
# This product includes software developed by the LSST Project
# (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution
# for the terms of the licence.
#
# This program is free software: you can redistribute it and/or modify
# it under the terms of the GNU General Public License as published by
# the Free Software Foundation, either version 3 of the License, or
# (at your option) any later version.
#
# This program is distributed in the hope that it will be useful,
# but WITHOUT ANY WARRANTY; without even the implied warranty of
# MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the
# GNU General Public License for more details.
#
# You should have received a copy of the GNU General Public License
# along with this program.  If not, see <https://www.gnu.org/licenses/>.

"""Sky maps: how the sky is divided into tracts and patches."""

__all__ = [
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
]

from . import ringsSkyMap as ringsSkyMap  # enters itself into the registry
from ._skyMapRegistry import skyMapRegistry
from .baseSkyMap import BaseSkyMap, BaseSkyMapConfig
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
