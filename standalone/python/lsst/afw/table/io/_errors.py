# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Errors and limits for reading archives."""

from __future__ import annotations

__all__ = (
    "MAX_LANCZOS_ORDER",
    "MAX_PSF_PIXELS",
    "MalformedArchiveError",
    "checkedDimensions",
    "checkedOrder",
)

from typing import Any

from lsst.pex.exceptions import IoError


class MalformedArchiveError(IoError):
    """Error for an archive whose objects do not fit together."""


MAX_PSF_PIXELS = 1 << 22
"""Largest image of a PSF or kernel: 2048 by 2048 pixels."""

MAX_LANCZOS_ORDER = 20
"""Largest order of a warping kernel; 3 to 5 are usual."""


def checkedOrder(order: int) -> int:
    """Return the order of a Lanczos kernel if it is valid.

    Raises
    ------
    MalformedArchiveError
        Raised if the order is not positive or exceeds `MAX_LANCZOS_ORDER`.
    """
    if not 1 <= order <= MAX_LANCZOS_ORDER:
        raise MalformedArchiveError(
            f"The order {order} of a Lanczos kernel is not within 1 to {MAX_LANCZOS_ORDER}."
        )
    return order


def checkedDimensions(row: Any) -> tuple[int, int]:
    """Return width and height in the row of a PSF or kernel (pixels).

    Raises
    ------
    MalformedArchiveError
        Raised if a side is not positive or the area exceeds `MAX_PSF_PIXELS`.
    """
    width, height = row["dimensions_x"], row["dimensions_y"]
    if min(width, height) < 1 or width * height > MAX_PSF_PIXELS:
        raise MalformedArchiveError(
            f"A PSF or kernel of {width} x {height} pixels is not within 1 to {MAX_PSF_PIXELS} pixels."
        )
    return width, height
