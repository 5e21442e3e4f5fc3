# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tables of figures, as Markdown text."""

from __future__ import annotations

__all__ = ("Goal", "Part", "format_goals", "format_table", "machine", "replace_section")


import dataclasses
import importlib.metadata
import os
import pathlib
import platform
from collections.abc import Sequence

_PACKAGES = ("numpy", "numba", "astropy", "fitsio", "lsst-ip-diffim-template", "lsst-standalone")
_BEGIN = "<!-- begin figures -->"
_END = "<!-- end figures -->"


@dataclasses.dataclass(frozen=True)
class Goal:
    """A figure with a limit.

    Parameters
    ----------
    name
        Name of the figure.
    figure, limit
        Measured value, and the limit.
    at_least
        Whether the limit is a minimum, not a maximum.
    """

    name: str
    figure: float
    limit: float
    at_least: bool = False

    def met(self) -> bool:
        """Return whether the figure meets the limit."""
        return self.figure >= self.limit if self.at_least else self.figure <= self.limit


@dataclasses.dataclass(frozen=True)
class Part:
    """Results of one part of the benchmark.

    Parameters
    ----------
    title
        Heading.
    text
        Tables and sentences.
    goals
        Figures with a limit.
    """

    title: str
    text: str
    goals: Sequence[Goal] = ()

    def __str__(self) -> str:
        return f"### {self.title}\n\n{self.text}\n"


def format_goals(goals: Sequence[Goal]) -> Part:
    """Format figures next to their limits."""
    rows = [
        [
            goal.name,
            f"{goal.figure:.2f}",
            f"{'at least' if goal.at_least else 'at most'} {goal.limit:g}",
            "yes" if goal.met() else "NO",
        ]
        for goal in goals
    ]
    return Part("Goals", format_table(["figure", "measured", "goal", "met"], rows))


def format_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Format a table with columns of equal width.

    Parameters
    ----------
    header
        Names of the columns.
    rows
        Cells; the first of each row is its name, the others are figures.
    """
    lines = [list(header), *map(list, rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(header))]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    aligned = [
        [
            line[0].ljust(widths[0]),
            *(cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True)),
        ]
        for line in lines
    ]
    return "\n".join("| " + " | ".join(line) + " |" for line in [aligned[0], rule, *aligned[1:]])


def machine() -> str:
    """Describe the machine and the installed software."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    versions = ", ".join(map(_version, _PACKAGES))
    return (
        f"{_processor()}, {os.cpu_count()} cores, {memory / 2**30:.0f} GiB of memory; "
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}, {versions}."
    )


def _version(package: str) -> str:
    """Return a package and its version; it may be used from its sources."""
    try:
        return f"{package} {importlib.metadata.version(package)}"
    except importlib.metadata.PackageNotFoundError:
        return f"{package} not installed"


def _processor() -> str:
    """Return the model of the processor."""
    info = pathlib.Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def replace_section(path: pathlib.Path, text: str) -> None:
    """Replace the text between the two markers of a document.

    Parameters
    ----------
    path
        Path of the document.
    text
        New text.

    Raises
    ------
    ValueError
        Raised if the markers are not there once each, in order.
    """
    before, begin, rest = path.read_text().partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not (begin and end) or _BEGIN in rest or _END in before + after:
        raise ValueError(f"{path} must have the lines {_BEGIN} and {_END} once each.")
    path.write_text(f"{before}{_BEGIN}\n\n{text.strip()}\n\n{_END}{after}")
