# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""FITS files: headers, metadata, compression."""

__all__ = (
    "CompressionAlgorithm",
    "CompressionOptions",
    "DEFAULT_HDU",
    "DitherAlgorithm",
    "FitsError",
    "MemFileManager",
    "QuantizationOptions",
    "ScalingAlgorithm",
    "combineMetadata",
    "readMetadata",
    "reduceToFits",
    "unreduceFromFits",
)

from ._cards import FitsError
from ._compression import (
    CompressionAlgorithm,
    CompressionOptions,
    DitherAlgorithm,
    QuantizationOptions,
    ScalingAlgorithm,
)
from ._metadata import DEFAULT_HDU, combineMetadata, readMetadata
from ._pickleFits import MemFileManager, reduceToFits, unreduceFromFits
