# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings of a benchmark run, and the scenes that it needs."""

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
    """Sizes and folders of a benchmark run.

    Parameters
    ----------
    folder
        Folder for scenes, which are kept, and derived files.
    repeat
        Number of repetitions; the median is reported.
    scene, detector
        Detector for which the main part builds templates.
    shrink
        Divisor of the sizes of the other parts.
    """

    folder: pathlib.Path
    repeat: int
    scene: Layout = BIG
    detector: Detector = DETECTOR
    shrink: int = 1

    def scene_folder(self, layout: Layout) -> pathlib.Path:
        """Return the folder of a scene, which is created if needed."""
        folder = self.folder / layout.name
        described, complete = folder / "layout.json", folder / _COMPLETE
        if not (complete.exists() and Layout.load(described) == layout):
            _empty(folder)
            layout.save(described)
            run_module("scene", folder)
            complete.touch()
        return folder

    def swarp_folder(self) -> pathlib.Path:
        """Folder of the main scene for SWarp; created if needed."""
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
    """Make an empty folder."""
    print(f"Writing {folder} ...", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
