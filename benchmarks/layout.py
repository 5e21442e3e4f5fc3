# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Layout of the patches and detectors of the scenes."""

from __future__ import annotations

__all__ = ("BIG", "DETECTOR", "GRID", "SINGLE", "TINY", "Detector", "Layout")


import dataclasses
import json
import pathlib

RA, DEC = 150.0, 0.0
"""Center of all scenes (degrees)."""
SCALE = 0.2
"""Size of the pixels of coadds and detectors (arcsec)."""


@dataclasses.dataclass(frozen=True)
class Layout:
    """Tracts in a row along right ascension, and their square patches.

    Parameters
    ----------
    name
        Name of the folder of the scene.
    tracts
        Number of tracts. Neighbors overlap by about a third.
    side
        Patches along a side of a tract.
    inner, border
        Side of the inner box of a patch, and by how much the outer box
        exceeds it where there is a neighbor (pixels).
    """

    name: str
    tracts: int
    side: int
    inner: int
    border: int

    @property
    def radius(self) -> float:
        """Half the side of a tract (degrees), a few pixels less than whole
        patches so that rounding adds no patch.
        """
        return 0.5 * (self.side * self.inner - 10) * SCALE / 3600

    @property
    def centers(self) -> list[float]:
        """Right ascensions of the tracts (degrees)."""
        step = 0.65 * self.side * self.inner * SCALE / 3600
        return [RA + (i - 0.5 * (self.tracts - 1)) * step for i in range(self.tracts)]

    def shrunk(self, divisor: int) -> Layout:
        """Return the same layout with smaller patches, under another name."""
        if divisor == 1:
            return self
        return Layout(
            f"{self.name}-{divisor}", self.tracts, self.side, self.inner // divisor, self.border // divisor
        )

    def save(self, path: pathlib.Path) -> None:
        """Write the layout to a file."""
        path.write_text(json.dumps(dataclasses.asdict(self)) + "\n")

    @classmethod
    def load(cls, path: pathlib.Path) -> Layout:
        """Read the layout from a file."""
        return cls(**json.loads(path.read_text()))


@dataclasses.dataclass(frozen=True)
class Detector:
    """A detector at the center of a scene.

    Parameters
    ----------
    width, height
        Size (pixels).
    """

    width: int
    height: int

    rotation = 3.0
    """Position angle of its rows (degrees)."""


DETECTOR = Detector(4072, 4000)
"""A science detector of LSSTCam."""

BIG = Layout("big", tracts=2, side=2, inner=4000, border=100)
"""Two tracts of production size, straddled by the detector."""
SINGLE = Layout("single", tracts=1, side=1, inner=4800, border=0)
"""One patch, larger than the detector."""
GRID = Layout("grid", tracts=1, side=4, inner=1000, border=100)
"""Small patches that all overlap the detector."""
TINY = Layout("tiny", tracts=2, side=2, inner=250, border=25)
"""Like `BIG`, but with very few pixels."""
