# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run of the benchmark is to do, and the scenes it needs."""

from __future__ import annotations

__all__ = ("Settings",)


import dataclasses
import pathlib
import shutil

from .layout import BIG, DETECTOR, Detector, Layout
from .process import run_module

_COMPLETE = "complete"


@dataclasses.dataclass(frozen=True)
class Settings:
    """Sizes, and where files go.

    Parameters
    ----------
    folder
        For scenes, which are kept, and what is made of them.
    repeat
        How many times each figure is measured; the median counts.
    scene, detector
        What the main part builds templates of.
    shrink
        Divisor of the sizes of the other parts.
    """

    folder: pathlib.Path
    repeat: int
    scene: Layout = BIG
    detector: Detector = DETECTOR
    shrink: int = 1

    def scene_folder(self, layout: Layout) -> pathlib.Path:
        """Folder of a scene, which is made if it is not there."""
        folder = self.folder / layout.name
        described, complete = folder / "layout.json", folder / _COMPLETE
        if not (complete.exists() and Layout.load(described) == layout):
            _empty(folder)
            layout.save(described)
            run_module("scene", folder)
            complete.touch()
        return folder

    def swarp_folder(self) -> pathlib.Path:
        """Folder of the main scene for SWarp; made if it is not there."""
        folder = self.folder / f"{self.scene.name}-swarp"
        described, complete = folder / "layout.json", folder / _COMPLETE
        if not (complete.exists() and Layout.load(described) == self.scene):
            scene = self.scene_folder(self.scene)
            _empty(folder)
            self.scene.save(described)
            run_module("swarp_scene", scene, folder, self.detector.width, self.detector.height)
            complete.touch()
        return folder


def _empty(folder: pathlib.Path) -> None:
    """Make a folder with nothing in it."""
    print(f"Writing {folder} ...", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
