# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Resource usage of this process, as counted by Linux."""

from __future__ import annotations

__all__ = ("bytes_read", "memory", "reset_peak_memory")


import pathlib

_PROC = pathlib.Path("/proc/self")


def bytes_read() -> int:
    """Return how many bytes read calls returned, from cache or disk."""
    return _number("io", "rchar")


def memory(*, peak: bool = False) -> int:
    """Return the memory in use, or its peak (bytes)."""
    return 1024 * _number("status", "VmHWM" if peak else "VmRSS")


def reset_peak_memory() -> None:
    """Reset the peak to the memory currently in use."""
    (_PROC / "clear_refs").write_text("5")


def _number(name: str, key: str) -> int:
    """Return the first number after a key in a file about this process."""
    for line in (_PROC / name).read_text().splitlines():
        if line.startswith(f"{key}:"):
            return int(line.split()[1])
    raise RuntimeError(f"No {key} in {_PROC / name}.")
