# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sky maps that the real stack pickled, and what it says of them."""

from __future__ import annotations

import json
import pathlib
import pickle

import numpy as np
import pytest
from lsst.geom import Box2I, Extent2I, Point2D, Point2I, SpherePoint, degrees

DATA = pathlib.Path(__file__).parent / "data" / "skymap"
CASES = json.loads((DATA / "skymap.json").read_text())
TRACTS = [
    pytest.param(case, tract, id=f"{case['file'][7:-7]}-{tract['tract']}")
    for case in CASES
    for tract in case["tracts"]
]
_LOADED = {}


def load(name):
    if name not in _LOADED:
        _LOADED[name] = pickle.loads((DATA / name).read_bytes())
    return _LOADED[name]


def box(x, y, width, height):
    return Box2I(Point2I(x, y), Extent2I(width, height))


def inDegrees(coord):
    return [coord.getRa().asDegrees(), coord.getDec().asDegrees()]


@pytest.mark.parametrize("case", CASES, ids=[case["file"] for case in CASES])
def test_skyMap(case):
    skyMap = load(case["file"])
    assert f"{type(skyMap).__module__}.{type(skyMap).__name__}" == case["type"]
    assert len(skyMap) == case["nTracts"]
    assert skyMap.getSha1().hex() == case["sha1"]
    copy = pickle.loads(pickle.dumps(skyMap))
    assert copy == skyMap
    assert copy._version == skyMap._version
    assert copy.config == skyMap.config


@pytest.mark.parametrize("scene", ["corner", "hsc", "rings"])
def test_sceneReload(scene):
    skyMap = load(f"scene_{scene}.pickle")
    assert pickle.loads(pickle.dumps(skyMap)) == skyMap


@pytest.mark.parametrize("case, want", TRACTS)
def test_tract(case, want):
    tract = load(case["file"])[want["tract"]]
    wcs = tract.getWcs()
    assert tract.getId() == want["tract"]
    assert tract.getBBox() == box(*want["bbox"])
    assert list(tract.getNumPatches()) == want["numPatches"]
    np.testing.assert_allclose(list(wcs.getPixelOrigin()), want["pixelOrigin"], rtol=0, atol=1e-9)
    np.testing.assert_allclose(inDegrees(tract.getCtrCoord()), want["ctr_deg"], rtol=0, atol=1e-12)
    sky = [inDegrees(coord) for coord in wcs.pixelToSky([Point2D(*p) for p in want["pixels"]])]
    np.testing.assert_allclose(sky, want["sky_deg"], rtol=0, atol=1e-11)


@pytest.mark.parametrize("case, want", TRACTS)
def test_patches(case, want):
    tract = load(case["file"])[want["tract"]]
    for expected in want["patches"]:
        patch = tract[expected["patch"]]
        assert list(patch.getIndex()) == expected["index"]
        assert patch.getInnerBBox() == box(*expected["inner"])
        assert patch.getOuterBBox() == box(*expected["outer"])
        vertices = [list(v) for v in patch.getOuterSkyPolygon().getVertices()]
        np.testing.assert_allclose(vertices, expected["outerVertices"], rtol=0, atol=1e-13)


@pytest.mark.parametrize("case", CASES, ids=[case["file"] for case in CASES])
def test_findTract(case):
    skyMap = load(case["file"])
    ra, dec, expected = zip(*case["findTract"], strict=True)
    found = [skyMap.findTract(SpherePoint(r, d, degrees)).getId() for r, d in zip(ra, dec, strict=True)]
    assert found == list(expected)
    assert list(skyMap.findTractIdArray(np.array(ra), np.array(dec), degrees=True)) == found
