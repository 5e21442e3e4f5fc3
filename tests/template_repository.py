# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Butler repositories with the coadds and science images of a scene."""

from __future__ import annotations

import csv
import json
import os
import pathlib
import pickle
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import lsst.sphgeom
from lsst.afw.image import ExposureF
from lsst.daf.butler import Butler, Config, Registry
from lsst.daf.butler.cli.butler import cli
from lsst.daf.butler.cli.utils import LogCliRunner, clickResultMsg
from lsst.geom import Box2D
from lsst.pipe.base import Instrument

__all__ = ["DATA", "PIPELINE", "ROOT", "SceneCam", "SceneRepository"]

ROOT = pathlib.Path(__file__).resolve().parents[1]
DATA = pathlib.Path(__file__).resolve().parent / "data"
PIPELINE = ROOT / "pipelines" / "GetTemplate.yaml"
DAY_OBS = 20260101


class SceneCam(Instrument):
    """The least of an instrument that a repository needs."""

    detectors = 10

    @classmethod
    def getName(cls) -> str:
        return "SceneCam"

    def getRawFormatter(self, dataId: object) -> type:
        raise NotImplementedError(f"{self.getName()} has no raw images: {dataId}")

    def register(self, registry: Registry, *, update: bool = False) -> None:
        name = self.getName()
        with registry.transaction():
            registry.syncDimensionData(
                "instrument",
                {
                    "name": name,
                    "class_name": f"template_repository.{type(self).__qualname__}",
                    "detector_max": self.detectors,
                    "visit_max": 1000,
                    "exposure_max": 1000,
                },
                update=update,
            )
            registry.syncDimensionData(
                "physical_filter", {"instrument": name, "name": "r_scene", "band": "r"}, update=update
            )
            for detector in range(self.detectors):
                registry.syncDimensionData(
                    "detector",
                    {"instrument": name, "id": detector, "full_name": f"D{detector}"},
                    update=update,
                )


class SceneRepository:
    """A new repository into which the files of a scene are ingested.

    Parameters
    ----------
    scene
        Folder with ``index.json``, which lists the files.
    root
        Folder to make the repository in.
    datastore
        Root of the datastore; by default, it is a part of the repository.
    """

    visit = 42
    inputs = "scene/inputs"

    def __init__(self, scene: pathlib.Path, root: pathlib.Path, datastore: str | None = None):
        self.scene = scene
        self.root = root
        self.index = json.loads((scene / "index.json").read_text())
        self.name: str = self.index["scene"]
        self.detectors = {name: number for number, name in enumerate(self.index["detectors"])}
        config = Config({} if datastore is None else {"datastore": {"root": datastore}})
        Butler.makeRepo(str(root / "repo"), config, forceConfigRoot=datastore is None)
        self._insertDimensions()
        self._ingestFiles()

    @property
    def repo(self) -> str:
        """Folder of the repository."""
        return str(self.root / "repo")

    def dataId(self, detector: str) -> dict[str, Any]:
        """Return the data ID of a detector."""
        return {
            "instrument": SceneCam.getName(),
            "visit": self.visit,
            "detector": self.detectors[detector],
            "skymap": self.name,
        }

    def pipetask(self, *arguments: str, output: str = "templates") -> subprocess.CompletedProcess[str]:
        """Run the pipeline on all detectors, in a process of its own."""
        command = [
            *(sys.executable, "-c", "from lsst.ctrl.mpexec.cli.pipetask import main; main()"),
            *("run", "-b", self.repo, "-i", self.inputs, "--output-run", output),
            *("-p", str(PIPELINE), "--register-dataset-types"),
            *("-d", f"instrument='{SceneCam.getName()}' AND skymap='{self.name}'"),
            # Whatever the default of the package behind this one.
            *("-c", "buildTemplate:doScaleVariance=False"),
            *arguments,
        ]
        path = os.pathsep.join([str(pathlib.Path(__file__).parent), *sys.path])
        return subprocess.run(
            command, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False
        )

    def _insertDimensions(self) -> None:
        skymap = pickle.loads((self.scene / "skyMap.pickle").read_bytes())
        instrument = SceneCam.getName()
        used: dict[int, list[int]] = {}
        for entry in self.index["patches"]:
            used.setdefault(entry["tract"], []).append(entry["patch"])
        counts = [skymap[tract].getNumPatches() for tract in used]
        with Butler.from_config(self.repo, writeable=True) as butler:
            registry = butler.registry
            SceneCam().register(registry)
            registry.insertDimensionData("day_obs", {"instrument": instrument, "id": DAY_OBS})
            registry.insertDimensionData(
                "visit",
                {
                    "instrument": instrument,
                    "id": self.visit,
                    "name": str(self.visit),
                    "physical_filter": "r_scene",
                    "day_obs": DAY_OBS,
                },
            )
            registry.insertDimensionData("visit_detector_region", *self._detectorRegions())
            registry.insertDimensionData(
                "skymap",
                {
                    "name": self.name,
                    "hash": skymap.getSha1(),
                    "tract_max": len(skymap),
                    "patch_nx_max": max(count.x for count in counts),
                    "patch_ny_max": max(count.y for count in counts),
                },
            )
            for tract, patches in used.items():
                info = skymap[tract]
                registry.insertDimensionData(
                    "tract", {"skymap": self.name, "id": tract, "region": info.getOuterSkyPolygon()}
                )
                registry.insertDimensionData(
                    "patch",
                    *(
                        {
                            "skymap": self.name,
                            "tract": tract,
                            "id": patch,
                            "cell_x": info[patch].getIndex().x,
                            "cell_y": info[patch].getIndex().y,
                            "region": info[patch].getOuterSkyPolygon(info.getWcs()),
                        }
                        for patch in patches
                    ),
                )

    def _detectorRegions(self) -> Iterable[dict[str, Any]]:
        for name, entry in self.index["detectors"].items():
            calexp = ExposureF.readFits(str(self.scene / entry["calexp"]))
            corners = calexp.getWcs().pixelToSky(Box2D(calexp.getBBox()).getCorners())
            yield {
                "instrument": SceneCam.getName(),
                "visit": self.visit,
                "detector": self.detectors[name],
                "region": lsst.sphgeom.ConvexPolygon([corner.getVector() for corner in corners]),
            }

    def _ingestFiles(self) -> None:
        coadds = [{"file": entry["file"], **entry, "band": "r"} for entry in self.index["patches"]]
        calexps = [
            {"file": entry["calexp"], "visit": self.visit, "detector": self.detectors[name]}
            for name, entry in self.index["detectors"].items()
        ]
        skymaps = [{"file": "skyMap.pickle", "skymap": self.name}]
        for datasetType, storageClass, dimensions, rows, dataId in (
            ("goodSeeingCoadd", "ExposureF", ("tract", "patch", "band"), coadds, f"skymap={self.name}"),
            (
                "calexp",
                "ExposureF",
                ("instrument", "visit", "detector"),
                calexps,
                f"instrument={SceneCam.getName()}",
            ),
            ("skyMap", "SkyMap", ("skymap",), skymaps, f"skymap={self.name}"),
        ):
            self.butler("register-dataset-type", self.repo, datasetType, storageClass, *dimensions)
            self.butler(
                *("ingest-files", self.repo, datasetType, self.inputs, self._writeTable(datasetType, rows)),
                *("--data-id", dataId, "--prefix", str(self.scene), "--transfer", "copy"),
            )

    def _writeTable(self, name: str, rows: Sequence[Mapping[str, Any]]) -> str:
        """Write the table of files to ingest; returns its path."""
        path = self.root / f"{name}.csv"
        with path.open("w", newline="") as stream:
            writer = csv.DictWriter(stream, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        return str(path)

    @staticmethod
    def butler(*arguments: str) -> None:
        """Run a ``butler`` command."""
        result = LogCliRunner().invoke(cli, arguments)
        if result.exit_code:
            raise RuntimeError(clickResultMsg(result))
