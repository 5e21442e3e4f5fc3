# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Objects of the Starlink AST library: mappings, frames, frame sets and
channels.

Other packages use these classes to pass coordinate systems to `lsst.afw.geom`
and back. AST itself does the calculations, through ``starlink-pyast``;
features not wrapped here are accessible through its attributes and text.
"""

from __future__ import annotations

__all__ = (
    "Channel",
    "CmpFrame",
    "CmpMap",
    "FitsChan",
    "Frame",
    "FrameDict",
    "FrameSet",
    "Mapping",
    "MatrixMap",
    "Object",
    "ObjectMaker",
    "PolyMap",
    "ShiftMap",
    "SkyFrame",
    "StringStream",
    "UnitMap",
    "ZoomMap",
)

from ._frameSet import CmpFrame, Frame, FrameDict, FrameSet, SkyFrame
from ._mapping import CmpMap, Mapping, MatrixMap, PolyMap, ShiftMap, UnitMap, ZoomMap
from ._object import Channel, FitsChan, Object, ObjectMaker, StringStream

# The public name is what pickles and messages show.
for _name in __all__:
    globals()[_name].__module__ = "astshim"
del _name
