# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Exceptions of the LSST stack, as seen from Python."""

from __future__ import annotations

__all__ = (
    "DomainError",
    "Exception",
    "InvalidParameterError",
    "IoError",
    "LengthError",
    "LogicError",
    "NotFoundError",
    "OutOfRangeError",
    "OverflowError",
    "RangeError",
    "RuntimeError",
    "TypeError",
    "UnderflowError",
)


from ._exceptions import (
    DomainError,
    Exception,
    InvalidParameterError,
    IoError,
    LengthError,
    LogicError,
    NotFoundError,
    OutOfRangeError,
    OverflowError,
    RangeError,
    RuntimeError,
    TypeError,
    UnderflowError,
)
