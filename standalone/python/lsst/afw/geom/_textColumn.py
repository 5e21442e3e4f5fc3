# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text in byte array columns of archives."""

from __future__ import annotations

__all__ = ["columnFromText", "textFromColumn"]

import numpy as np


def columnFromText(text: str) -> np.ndarray:
    """Bytes of ASCII text as an array of uint8."""
    return np.frombuffer(text.encode("ascii"), dtype=np.uint8)


def textFromColumn(column: np.ndarray) -> str:
    """Text in an array of uint8; other than ASCII comes back marked."""
    return bytes(column).decode("ascii", errors="replace")
