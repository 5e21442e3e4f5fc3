# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Discrete sky maps, tracts and patches of the legacy builder."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lsst.afw.geom import makeCdMatrix
from lsst.geom import Box2D, Box2I, Extent2I, Point2D, Point2I, SpherePoint, arcseconds, degrees
from lsst.pex.config import FieldValidationError
from lsst.skymap import BaseSkyMapConfig, DiscreteSkyMap, Index2D, skyMapRegistry
from lsst.skymap.detail import WcsFactory, coordFromVec


def makeConfig(
    ra=(53.0,), dec=(-27.0,), radius=(0.1,), overlap=0.0, scale=0.2, inner=(2000, 2000), border=100
):
    config = DiscreteSkyMap.ConfigClass()
    config.raList, config.decList, config.radiusList = list(ra), list(dec), list(radius)
    config.projection, config.pixelScale, config.tractOverlap = "TAN", scale, overlap
    config.tractBuilder["legacy"].patchInnerDimensions = list(inner)
    config.tractBuilder["legacy"].patchBorder = border
    return config


def box(x, y, width, height):
    return Box2I(Point2I(x, y), Extent2I(width, height))


def inDegrees(coords):
    return [[c.getRa().asDegrees(), c.getDec().asDegrees()] for c in coords]


@pytest.fixture(scope="module")
def tract():
    return DiscreteSkyMap(makeConfig())[0]


def test_workedExample(tract):
    assert DiscreteSkyMap(makeConfig()).getSha1().hex() == "85e6f6e80544e7924c5cfb16bbfdc03e6a74a4b5"
    assert tract.getBBox() == tract.bbox == box(0, 0, 4000, 4000)
    assert tract.getNumPatches() == tract.num_patches == Index2D(2, 2)
    assert list(tract.wcs.getPixelOrigin()) == pytest.approx([1999.0, 1999.0], abs=1e-9)
    assert tract[0].inner_bbox == box(0, 0, 2000, 2000)
    assert tract[0].outer_bbox == box(0, 0, 2100, 2100)
    assert tract[1].index == Index2D(1, 0)
    assert tract[1].inner_bbox == box(2000, 0, 2000, 2000)
    assert tract[1].outer_bbox == box(1900, 0, 2100, 2100)
    assert tract[3].index == Index2D(1, 1)
    assert tract[3].outer_bbox == box(1900, 1900, 2100, 2100)
    vertices = [
        [53.124794758830234, -27.111028008816177],
        [52.875142828353425, -27.111027953658972],
        [52.875389326477254, -26.888806647715786],
        [53.124548383923575, -26.888806702346653],
    ]
    np.testing.assert_allclose(inDegrees(tract.vertex_list), vertices, rtol=0, atol=1e-12)
    corners = [
        [53.006204275001046, -27.00552764186109],
        [52.87525997408817, -27.00547284295489],
        [52.875389264249144, -26.888806592105908],
        [53.006197844392815, -26.88886111528507],
    ]
    sky = tract.wcs.pixelToSky(Box2D(tract[3].outer_bbox).getCorners())
    np.testing.assert_allclose(inDegrees(sky), corners, rtol=0, atol=1e-12)


def test_rotatedExample():
    config = makeConfig((150.0,), (2.0,), (0.05,), overlap=0.01, inner=(500, 700), border=20)
    config.rotation = 30.0
    skyMap = DiscreteSkyMap(config)
    assert skyMap.getSha1().hex() == "274790d205245d9b2a87c5fb48f7c34501088843"
    tract = skyMap[0]
    assert tract.num_patches == Index2D(4, 3)
    assert tract.bbox == box(0, 0, 2000, 2100)
    assert list(tract.wcs.getPixelOrigin()) == pytest.approx([999.0, 1049.0], abs=1e-9)
    patch = tract[1, 1]
    assert patch.sequential_index == 5
    assert patch.inner_bbox == box(500, 700, 500, 700)
    assert patch.outer_bbox == box(480, 680, 540, 740)
    corners = [
        [150.01433233426766, 1.9693096147805433],
        [149.9902617778978, 1.9831985341581255],
        [150.00971807464876, 2.0168772985261656],
        [150.0337889569769, 2.0029880910941698],
    ]
    sky = tract.wcs.pixelToSky(Box2D(patch.inner_bbox).getCorners())
    np.testing.assert_allclose(inDegrees(sky), corners, rtol=0, atol=1e-12)


@given(
    inner=st.tuples(st.integers(50, 900), st.integers(50, 900)),
    border=st.integers(0, 60),
    radius=st.floats(0.005, 0.05),
    dec=st.floats(-80, 80),
)
@settings(max_examples=25, deadline=None)
def test_patchesTileTract(inner, border, radius, dec):
    tract = DiscreteSkyMap(makeConfig((1.0,), (dec,), (radius,), inner=inner, border=border))[0]
    nx, ny = tract.num_patches
    assert tract.bbox == box(0, 0, nx * inner[0], ny * inner[1])
    assert sum(patch.inner_bbox.getArea() for patch in tract) == tract.bbox.getArea()
    for i, patch in enumerate(tract):
        assert patch.sequential_index == tract.getSequentialPatchIndex(patch) == i
        assert tract.getPatchIndexPair(i) == patch.index == Index2D(i % nx, i // nx)
        assert tract[patch.index] == patch
        assert patch.outer_bbox == patch.inner_bbox.dilatedBy(border).clippedTo(tract.bbox)
    # The center lies at most half a pixel from the middle.
    middle = Box2D(tract.bbox).getCenter()
    assert abs(tract.wcs.getPixelOrigin().getX() - middle.getX()) < 0.75
    assert abs(tract.wcs.getPixelOrigin().getY() - middle.getY()) < 0.75
    # The tract reaches to the radius and less than a patch further.
    halfSide = math.tan(math.radians(radius)) / math.radians(0.2 / 3600)
    assert tract.bbox.getWidth() >= 2 * halfSide > tract.bbox.getWidth() - inner[0] - 3


def test_tractsOfDifferentSize():
    skyMap = DiscreteSkyMap(makeConfig((10.0, 20.0), (0.0, 0.0), (0.1, 0.3)))
    small, large = skyMap
    assert (len(small), len(large)) == (4, 36)
    assert small[3].index == Index2D(1, 1)
    with pytest.raises(IndexError, match="range 0 to 3"):
        small[4]


@pytest.mark.parametrize("index", [-1, 4, (2, 0), (0, -1), Index2D(0, 2)])
def test_badPatchIndex(tract, index):
    with pytest.raises(IndexError):
        tract[index]


def test_badTractIndex():
    skyMap = DiscreteSkyMap(makeConfig())
    for index in (-1, 1):
        with pytest.raises(IndexError, match=str(index)):
            skyMap[index]


def test_caching():
    skyMap = DiscreteSkyMap(makeConfig())
    assert skyMap[0] is skyMap[0]
    assert skyMap.generateTract(0) is not skyMap[0]


def test_tractProperties(tract):
    assert tract.tract_id == tract.getId() == 0
    assert tract.ctr_coord == SpherePoint(53.0, -27.0, degrees)
    assert tract.patch_border == 100
    assert tract.patch_inner_dimensions == Extent2I(2000, 2000)
    assert tract.tract_overlap == 0 * degrees
    assert str(tract) == "TractInfo(id=0)"
    assert str(tract[3]) == "PatchInfo(index=Index2D(x=1, y=1))"
    bbox = tract.getBBox()
    bbox.grow(1)
    assert tract.bbox != bbox
    hull = tract.getInnerSkyRegion()
    assert hull.contains(tract.ctr_coord.getVector())
    assert tract.outer_sky_polygon.contains(hull)
    with pytest.warns(FutureWarning):
        assert tract.getInnerSkyPolygon() == hull
    with pytest.warns(FutureWarning):
        assert tract.inner_sky_polygon == hull


def test_legacyPatchesHaveNoCells(tract):
    assert tract[0].num_cells == Index2D(0, 0)
    assert not tract[0]
    with pytest.raises(IndexError, match="not made of cells"):
        tract[0].getCellInfo(0)


def test_contains(tract):
    def at(x, y):
        return tract.wcs.pixelToSky(Point2D(x, y))

    assert tract.contains(at(-0.49, 3999.49))
    assert not tract.contains(at(-0.51, 100.0))
    assert not tract.contains(at(100.0, 3999.51))
    assert not tract.contains(SpherePoint(233.0, 27.0, degrees)), "behind the tangent plane"
    assert not tract.contains(SpherePoint(53.0, 62.9999999, degrees)), "near the horizon"
    assert tract.findPatch(at(1999.49, 0.0)).index == Index2D(0, 0)
    assert tract.findPatch(at(1999.51, 2000.0)).index == Index2D(1, 1)
    with pytest.raises(LookupError, match="not on tract 0"):
        tract.findPatch(at(-1.0, 5.0))


def test_findPatchList(tract):
    def found(*pixels):
        coords = tract.wcs.pixelToSky([Point2D(*p) for p in pixels])
        return [tuple(patch.index) for patch in tract.findPatchList(coords)]

    assert found((500, 500)) == [(0, 0)]
    assert found((1950, 500)) == [(0, 0), (1, 0)]
    assert found((500, 500), (3000, 3000)) == [(0, 0), (0, 1), (1, 0), (1, 1)], "x varies slowest"
    assert found((-90, 500)) == [(0, 0)], "within the border"
    assert found((-110, 500)) == []
    assert found((-1e6, -1e6), (1e6, 1e6)) == [(0, 0), (0, 1), (1, 0), (1, 1)]
    behind = SpherePoint(233.0, 27.0, degrees)
    horizon = SpherePoint(53.0, 62.9999999, degrees)
    assert tract.findPatchList([behind]) == ()
    assert tract.findPatchList([]) == ()
    inside = tract.wcs.pixelToSky(Point2D(500, 500))
    assert [tuple(p.index) for p in tract.findPatchList([inside, behind])] == [(0, 0)]
    assert tract.findPatchList([inside, horizon]) != ()


def test_findTract():
    skyMap = DiscreteSkyMap(makeConfig((10.0, 20.0, 20.0), (0.0, 0.0, 0.0), (0.1, 0.1, 0.1)))
    coords = [
        SpherePoint(14.9, 0.1, degrees),
        SpherePoint(15.1, 0.1, degrees),
        SpherePoint(20.0, 0.0, degrees),
    ]
    assert [skyMap.findTract(c).getId() for c in coords] == [0, 1, 1], "of equally near tracts the first"
    ra, dec = (
        np.array([c.getRa().asRadians() for c in coords]),
        np.array([c.getDec().asRadians() for c in coords]),
    )
    assert list(skyMap.findTractIdArray(ra, dec)) == [0, 1, 1]
    assert list(skyMap.findTractIdArray(np.degrees(ra), np.degrees(dec), degrees=True)) == [0, 1, 1]
    assert list(skyMap.findTractIdArray(ra[0], dec[0])) == [0]
    both = [SpherePoint(10.0, 0.0, degrees), SpherePoint(20.0, 0.0, degrees)]
    lists = skyMap.findTractPatchList([both[0]])
    assert [(t.getId(), [p.sequential_index for p in patches]) for t, patches in lists] == [(0, [0, 2, 1, 3])]
    closest = skyMap.findClosestTractPatchList([both[0], both[1], both[0]])
    assert [t.getId() for t, _ in closest] == [0, 1]


def test_configIsFrozen():
    config = makeConfig()
    DiscreteSkyMap(config)
    with pytest.raises(FieldValidationError):
        config.pixelScale = 1.0
    with pytest.raises(FieldValidationError):
        config.tractBuilder["legacy"].patchBorder = 1


def test_badConfig():
    with pytest.raises(ValueError, match=r"\(2, 1, 1\)"):
        DiscreteSkyMap(makeConfig(ra=(1.0, 2.0)))
    config = makeConfig()
    config.projection = "TA"
    with pytest.raises(RuntimeError, match="'TA'"):
        DiscreteSkyMap(config)


def test_oldConfigFields():
    config = BaseSkyMapConfig()
    config.loadFromString("config.patchInnerDimensions=[300, 400]\nconfig.patchBorder=7\n")
    assert list(config.tractBuilder["legacy"].patchInnerDimensions) == [300, 400]
    assert config.patchBorder == config.tractBuilder["legacy"].patchBorder == 7


def test_hashAndEquality():
    one, same, other = (
        DiscreteSkyMap(makeConfig()),
        DiscreteSkyMap(makeConfig()),
        DiscreteSkyMap(makeConfig(scale=0.3)),
    )
    assert one == same != other
    assert {one: 1}[same] == 1
    assert one != "a string"


def test_registry():
    skyMap = skyMapRegistry["discrete"](makeConfig())
    assert isinstance(skyMap, DiscreteSkyMap)
    assert "rings" in skyMapRegistry


def test_logSkyMapInfo(caplog):
    import logging

    with caplog.at_level(logging.INFO, "test.skymap"):
        DiscreteSkyMap(makeConfig()).logSkyMapInfo(logging.getLogger("test.skymap"))
    assert "sky map has 1 tracts" in caplog.text
    assert "2 x 2 patches" in caplog.text


def test_wcsFactory():
    wcs = WcsFactory(0.2 * arcseconds, "TAN", 30 * degrees).makeWcs(Point2D(1, 2), SpherePoint(5, 6, degrees))
    assert list(wcs.getPixelOrigin()) == pytest.approx([1, 2], abs=1e-9)
    np.testing.assert_allclose(wcs.getCdMatrix(), makeCdMatrix(0.2 * arcseconds, 30 * degrees), atol=1e-15)


def test_coordFromVec():
    assert coordFromVec((0, 0, -2)).getDec() == -90 * degrees
    assert coordFromVec((0, 0, 1), defRA=3 * degrees).getRa() == 3 * degrees
    coord = coordFromVec((0, 2, 2))
    assert coord.getRa().asDegrees() == pytest.approx(90)
    assert coord.getDec().asDegrees() == pytest.approx(45)
