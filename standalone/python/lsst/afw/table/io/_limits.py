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
"""Limits of what is read from archives, against files whose sizes lie."""

from __future__ import annotations

from typing import Any

from ._errors import MalformedArchiveError

__all__ = ["MAX_LANCZOS_ORDER", "MAX_PSF_PIXELS", "checkedDimensions", "checkedOrder"]

MAX_PSF_PIXELS = 1 << 22
"""Largest image of a PSF or kernel: 2048 by 2048 pixels."""

MAX_LANCZOS_ORDER = 20
"""Largest order of a warping kernel; 3 to 5 are usual."""


def checkedOrder(order: int) -> int:
    """Order of a Lanczos kernel.

    Raises
    ------
    MalformedArchiveError
        Raised if there is no such kernel, or it exceeds all reason.
    """
    if not 1 <= order <= MAX_LANCZOS_ORDER:
        raise MalformedArchiveError(f"A Lanczos kernel of order {order} is not of 1 to {MAX_LANCZOS_ORDER}.")
    return order


def checkedDimensions(row: Any) -> tuple[int, int]:
    """Width and height in the row of a PSF or kernel (pixels).

    Raises
    ------
    MalformedArchiveError
        Raised if there is no such image, or it exceeds all reason.
    """
    width, height = row["dimensions_x"], row["dimensions_y"]
    if min(width, height) < 1 or width * height > MAX_PSF_PIXELS:
        raise MalformedArchiveError(
            f"A PSF or kernel of {width} x {height} pixels is not within 1 to {MAX_PSF_PIXELS} pixels."
        )
    return width, height
