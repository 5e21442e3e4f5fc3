# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Detectors, as far as the files of exposures describe them.

There are no cameras, amplifiers or coordinate systems.
"""

__all__ = (
    "Detector",
    "DetectorBase",
    "DetectorType",
    "DetectorTypeNameValDict",
    "DetectorTypeValNameDict",
)

from ._detector import (
    Detector,
    DetectorBase,
    DetectorType,
    DetectorTypeNameValDict,
    DetectorTypeValNameDict,
)
