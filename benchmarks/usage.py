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

"""What this process has used, as Linux counts it."""

from __future__ import annotations

import pathlib

__all__ = ["bytes_read", "memory", "reset_peak_memory"]

_PROC = pathlib.Path("/proc/self")


def bytes_read() -> int:
    """Bytes that read calls have returned, from cache or disk."""
    return _number("io", "rchar")


def memory(*, peak: bool = False) -> int:
    """Bytes of memory in use, or the most that there were."""
    return 1024 * _number("status", "VmHWM" if peak else "VmRSS")


def reset_peak_memory() -> None:
    """Let the peak be what is in use now."""
    (_PROC / "clear_refs").write_text("5")


def _number(name: str, key: str) -> int:
    """First number after a key in a file on this process."""
    for line in (_PROC / name).read_text().splitlines():
        if line.startswith(f"{key}:"):
            return int(line.split()[1])
    raise RuntimeError(f"No {key} in {_PROC / name}.")
