# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measurement of quantum graphs for visits of a camera like Rubin's, with a
registry of coadds without pixels: ``python -m bps.measure_graph``.
"""

from __future__ import annotations

import itertools
import pathlib
import resource
import subprocess
import sys
import tempfile

import lsst.geom
import numpy as np
from lsst.afw.geom import SkyWcs, makeCdMatrix, makeSkyWcs
from lsst.daf.butler import Butler, DatasetRef, DatasetType, FileDataset
from lsst.ip.diffim.commandLine import CommandParser
from lsst.pipe.base.quantum_graph import PredictedQuantumGraph
from lsst.skymap import DiscreteSkyMap

from demo.synthetic import insert_camera, insert_visit, make_sky_map, region_of

ROOT = pathlib.Path(__file__).resolve().parents[1]
CENTER = lsst.geom.SpherePoint(56.0, -30.0, lsst.geom.degrees)
SCALE = 0.2 * lsst.geom.arcseconds
DETECTOR = (4072, 4000)
PITCH = 4210
"""Size of the detectors (pixels)."""
SIDE = 15
"""Detectors along each side of the focal plane, which lacks its four corners
of nine detectors each."""
DITHER = 1.5
"""Spread of the visits' boresights (degrees)."""


def main() -> None:
    """Create a registry, and build graphs for increasing numbers of visits."""
    parser = CommandParser(
        "python -m bps.measure_graph",
        "Build quantum graphs of visits of 189 detectors on a registry without pixels, and measure them.",
        """
        python -m bps.measure_graph
        python -m bps.measure_graph 1 4 16 64
        """,
    )
    parser.add_argument(
        "visits",
        metavar="VISITS",
        type=int,
        nargs="*",
        default=[1, 4, 16],
        help="visits per graph (default: 1 4 16)",
    )
    counts = parser.parse_args().visits
    if min(counts) < 1:
        parser.error(f"A graph must have 1 visit or more, not {min(counts)}.")
    with tempfile.TemporaryDirectory() as folder:
        _make_registry(pathlib.Path(folder), max(counts))
        print("visits  quanta  coadds/quantum  CPU s  memory MiB  graph MB")
        for count in counts:
            print(_measure(pathlib.Path(folder), count), flush=True)


def _detectors() -> list[tuple[int, int]]:
    """Return the grid positions of the 189 detectors."""
    edge = {*range(3), *range(SIDE - 3, SIDE)}
    return [(x, y) for y in range(SIDE) for x in range(SIDE) if not {x, y} <= edge]


def _make_skymap() -> DiscreteSkyMap:
    """Return tracts of 9 by 9 patches of 4000 pixels for all visits."""
    size = 9 * 4000 * SCALE
    step = 0.98 * size.asDegrees()
    grid = itertools.product(range(-2, 3), repeat=2)
    centers = [_plane().pixelToSky(lsst.geom.Point2D(column * step, row * step)) for row, column in grid]
    return make_sky_map(centers, 0.4995 * size, scale=SCALE, patch=(4000, 4000), border=100)


def _plane() -> SkyWcs:
    """Return a WCS from degrees around the center to the sky."""
    return makeSkyWcs(lsst.geom.Point2D(0, 0), CENTER, makeCdMatrix(1 * lsst.geom.degrees))


def _make_registry(folder: pathlib.Path, visits: int) -> None:
    """Register coadds and science images, all backed by one empty file."""
    file = folder / "empty.fits"
    file.touch()
    root = str(folder / "repo")
    Butler.makeRepo(root)
    with Butler.from_config(root, writeable=True, run="inputs") as butler:
        skymap = _make_skymap()
        skymap.register("big", butler)
        science = DatasetType("visit_image", ("visit", "detector"), "ExposureF", universe=butler.dimensions)
        coadd = DatasetType(
            "template_coadd", ("tract", "patch", "band"), "ExposureF", universe=butler.dimensions
        )
        coadds = [
            {"skymap": "big", "tract": tract.getId(), "patch": patch.getSequentialIndex(), "band": "r"}
            for tract in skymap
            for patch in tract
        ]
        for dataset_type, data_ids in (
            (science, _insert_visits(butler, visits)),
            (coadd, coadds),
        ):
            butler.registry.registerDatasetType(dataset_type)
            refs = [
                DatasetRef(dataset_type, butler.registry.expandDataId(data_id), run="inputs")
                for data_id in data_ids
            ]
            butler.ingest(*(FileDataset(str(file), [ref]) for ref in refs), transfer="direct")


def _insert_visits(butler: Butler, visits: int) -> list[dict[str, str | int]]:
    """Insert the camera and its visits; return the images' data IDs."""
    places = _detectors()
    insert_camera(
        butler, "BigCam", {"BigCam-r": "r"}, {number: f"D{number}" for number in range(len(places))}
    )
    rng = np.random.default_rng(1)
    for visit in range(visits):
        boresight = _plane().pixelToSky(lsst.geom.Point2D(*rng.uniform(-DITHER / 2, DITHER / 2, 2)))
        wcs = makeSkyWcs(
            lsst.geom.Point2D(0, 0), boresight, makeCdMatrix(SCALE, rng.uniform(0, 360) * lsst.geom.degrees)
        )
        regions = {number: region_of(wcs, _box(place)) for number, place in enumerate(places)}
        insert_visit(butler, "BigCam", visit, "BigCam-r", regions)
    return [
        {"instrument": "BigCam", "visit": visit, "detector": number}
        for visit in range(visits)
        for number in range(len(places))
    ]


def _box(place: tuple[int, int]) -> lsst.geom.Box2D:
    """Return the box of the detector at a position in the focal plane."""
    corner = lsst.geom.Point2D(*((each - SIDE / 2) * PITCH for each in place))
    return lsst.geom.Box2D(corner, lsst.geom.Extent2D(*DETECTOR))


def _measure(folder: pathlib.Path, count: int) -> str:
    """Build the graph of the first visits; return a line of the table."""
    graph = folder / f"{count}.qg"
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [
            str(pathlib.Path(sys.executable).with_name("pipetask")),
            *("--log-level", "WARNING", "qgraph", "--qgraph-datastore-records"),
            *("-b", str(folder / "repo"), "-i", "inputs,skymaps", "-o", f"out/{count}", "-q", str(graph)),
            *("-p", str(ROOT / "pipelines" / "DataReleaseTemplate.yaml")),
            *("-d", f"instrument='BigCam' AND skymap='big' AND visit < {count}"),
        ],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    quanta, inputs = _count(graph)
    return (
        f"{count:6} {quanta:7} {inputs / quanta:15.1f} {seconds:6.1f} {after.ru_maxrss / 1024:11.0f}"
        f" {graph.stat().st_size / 1e6:9.2f}"
    )


def _count(path: pathlib.Path) -> tuple[int, int]:
    """Return the number of quanta in a graph, and of the coadds they read."""
    with PredictedQuantumGraph.open(path) as reader:
        reader.read_quantum_datasets()
        graph = reader.finish()
    coadds = graph.datasets_by_type["template_coadd"].values()
    return (
        len(graph.quanta_by_task["buildTemplate"]),
        sum(graph.bipartite_xgraph.out_degree(each) for each in coadds),
    )


if __name__ == "__main__":
    main()
