# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sky maps of rings, and patches made of cells."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lsst.geom import Box2I, Extent2I, Point2I, SpherePoint, degrees, radians
from lsst.skymap import Index2D
from lsst.skymap.ringsSkyMap import RingsSkyMap
from lsst.sphgeom import Angle as SphgeomAngle


def makeRings(numRings=120, version=1, cells=False, **fields):
    config = RingsSkyMap.ConfigClass()
    config.numRings, config.projection, config.tractOverlap = numRings, "TAN", 1 / 60
    for name, value in fields.items():
        setattr(config, name, value)
    if cells:
        config.tractBuilder.name = "cells"
    return RingsSkyMap(config, version)


def box(x, y, width, height):
    return Box2I(Point2I(x, y), Extent2I(width, height))


def at(ra, dec):
    return SpherePoint(ra, dec, degrees)


@pytest.fixture(scope="module", params=[0, 1])
def rings(request):
    return makeRings(version=request.param)


@pytest.fixture(scope="module")
def cellMap():
    return makeRings(cells=True, pixelScale=0.2)


def test_layout(rings):
    assert len(rings) == 18938
    assert rings._ringSize == 0.025963575649502423
    assert rings._ringNums[:3] == [10, 16, 22]
    tract = rings[9813]
    assert list(tract.ctr_coord.getPosition(degrees)) == [150.2479338842975, 2.2314049586776834]
    region = tract.inner_sky_region
    assert region.getLon().getA().asRadians() == pytest.approx(2.6093393527749935, abs=1e-15)
    assert region.getLon().getB().asRadians() == pytest.approx(2.6353029284244958, abs=1e-15)
    assert region.getLat().getA().asRadians() == pytest.approx(0.02596357564950247, abs=1e-16)
    assert region.getLat().getB().asRadians() == pytest.approx(0.05192715129900494, abs=1e-16)
    assert rings[1].ctr_coord.getPosition(degrees).getX() == 0
    assert rings[1].ctr_coord.getDec().asDegrees() == pytest.approx(-88.51239669421487, abs=1e-12)
    assert rings[10].ctr_coord.getRa().asDegrees() == pytest.approx(324, abs=1e-12)


def test_versions():
    old, new = makeRings(version=0), makeRings(version=1)
    assert old == new, "the version is no part of equality"
    assert new[11].ctr_coord.getDec().asDegrees() == pytest.approx(-87.0248, abs=1e-4)
    assert old[11].ctr_coord.getDec() == old[1].ctr_coord.getDec()
    assert old[11].ctr_coord.separation(old[1].ctr_coord).asDegrees() == pytest.approx(0, abs=1e-12)
    assert old[27].ctr_coord.getDec() == new[11].ctr_coord.getDec()
    assert old.getRingIndices(27) == (1, 16)
    assert new.getRingIndices(27) == (2, 0)
    with pytest.raises(AssertionError, match="2"):
        makeRings(version=2)


def test_caps(rings):
    last = len(rings) - 1
    assert rings.getRingIndices(0) == (-1, 0)
    assert rings.getRingIndices(last) == (120, 0)
    assert rings[0].ctr_coord.getDec() == -90 * degrees
    assert rings[last].ctr_coord.getDec() == 90 * degrees
    raMin, raMax, decMin, decMax = rings.getRaDecRange(last)
    assert (raMin.asRadians(), raMax.asRadians()) == (0, 2 * math.pi)
    assert decMax == 90 * degrees
    assert decMin.asRadians() == pytest.approx(math.pi / 2 - rings._ringSize / 2)
    assert rings.getRaDecRange(0)[2] == -90 * degrees
    assert rings[last].inner_sky_region.contains(at(200, 89.9).getVector())
    for index in (-1, last + 1):
        with pytest.raises(IndexError, match=str(index)):
            rings.getRingIndices(index)


def test_hscExample():
    skyMap = makeRings(pixelScale=0.168)
    assert skyMap.getSha1().hex() == "e29fe9f1008e359f36a3677e7d69cc439376d1e6"
    for index in (0, 1, 5000, 9813, 18937):
        tract = skyMap[index]
        assert tract.num_patches == Index2D(9, 9)
        assert tract.bbox == box(0, 0, 36000, 36000)
        assert list(tract.wcs.getPixelOrigin()) == pytest.approx([17999, 17999], abs=1e-9)
    vertices = [list(v.getPosition(degrees)) for v in skyMap[9813].vertex_list]
    np.testing.assert_allclose(vertices[0], [151.08800779731268, 1.3913390017890288], rtol=0, atol=1e-12)
    np.testing.assert_allclose(vertices[2], [149.40685304449818, 3.0710377779576334], rtol=0, atol=1e-12)


def test_cellsExample(cellMap):
    assert cellMap.getSha1().hex() == "e2736e41244df00bbdb93aecac0ae4b2d19dda91"
    tract = cellMap[9813]
    assert tract.num_patches == Index2D(10, 10)
    assert tract.bbox == box(0, 0, 30000, 30000)
    assert list(tract.wcs.getPixelOrigin()) == pytest.approx([14999, 14999], abs=1e-9)
    assert tract[0].inner_bbox == box(0, 0, 3000, 3000)
    assert tract[0].outer_bbox == box(-200, -200, 3400, 3400)
    assert tract[99].outer_bbox == box(26800, 26800, 3400, 3400)
    patch = tract[43]
    assert patch.index == Index2D(3, 4)
    assert patch.num_cells == Index2D(22, 22)
    assert patch.cell_border == 50
    assert patch.cell_inner_dimensions == Extent2I(150, 150)
    assert patch[0].inner_bbox == box(8850, 11850, 150, 150)
    assert patch[0].outer_bbox == box(8800, 11800, 250, 250)
    assert patch[21, 21].sequential_index == 483
    assert patch[21, 21].inner_bbox == box(12000, 15000, 150, 150)
    assert tract.findPatch(at(150.25, 2.23)).index == Index2D(4, 4)
    found = tract.findPatchList([at(150.25, 2.23), at(150.3, 2.5)])
    assert [p.sequential_index for p in found] == [44, 54, 64, 45, 55, 65]
    lists = cellMap.findTractPatchList([at(149.5, 2.23)])
    assert [(t.tract_id, [p.sequential_index for p in patches]) for t, patches in lists] == [
        (9812, [40, 50]),
        (9813, [49, 59]),
    ]


def test_cells(cellMap):
    patch = cellMap[0][11]
    cells = list(patch)
    assert len(patch) == len(cells) == 22 * 22
    for i, cell in enumerate(cells):
        assert cell.sequential_index == patch.getSequentialCellIndex(cell) == i
        assert patch.getCellIndexPair(i) == cell.index
        assert cell.outer_bbox == cell.inner_bbox.dilatedBy(50)
    assert sum(cell.inner_bbox.getArea() for cell in cells) == (22 * 150) ** 2
    assert patch[22 * 3 + 5] == patch[5, 3] != patch[3, 5]
    assert patch[0].wcs is patch.wcs
    assert cells[0].outer_sky_polygon.contains(cells[0].inner_sky_polygon)
    for index in (-1, 22 * 22, (22, 0), (0, -1)):
        with pytest.raises(IndexError):
            patch[index]


def test_cellsMustBeSquare():
    config = RingsSkyMap.ConfigClass()
    config.numRings = 3
    config.tractBuilder.name = "cells"
    config.tractBuilder["cells"].cellInnerDimensions = [100, 150]
    with pytest.raises(ValueError, match="100 x 150"):
        RingsSkyMap(config)


def test_defaultsExample():
    config = RingsSkyMap.ConfigClass()
    config.numRings = 3
    skyMap = RingsSkyMap(config)
    assert skyMap.getSha1().hex() == "4cb6c37e6f95d699e896f28648a04cf53ddc753b"
    assert len(skyMap) == 26
    assert skyMap._ringNums == [8, 8, 8]
    tract = skyMap[13]
    assert list(tract.ctr_coord.getPosition(degrees)) == pytest.approx([180.0, 0.0], abs=1e-12)
    assert tract.bbox == box(0, 0, 516000, 516000)
    assert tract.num_patches == Index2D(129, 129)
    assert list(tract.wcs.getPixelOrigin()) == pytest.approx([257999, 257999], abs=1e-8)


def test_findAllTracts():
    assert [t.tract_id for t in makeRings().findAllTracts(at(149.5, 1.49))] == [9570, 9812, 9813]


@given(lon=st.floats(0, 360), z=st.floats(-1, 1), start=st.floats(0, 359), version=st.sampled_from([0, 1]))
@settings(max_examples=60, deadline=None)
def test_findTractInsideRegion(lon, z, start, version):
    skyMap = makeRings(numRings=5, version=version, raStart=start)
    coord = SpherePoint(lon * degrees, math.asin(z) * radians)
    tract = skyMap.findTract(coord)
    ids = skyMap.findTractIdArray([coord.getRa().asRadians()], [coord.getDec().asRadians()])
    assert ids.dtype == np.int32
    assert list(ids) == [tract.tract_id]
    # The quirk of version 0 affects the first tracts of all rings but one.
    inLastRing = skyMap.getRingIndices(tract.tract_id)[0] >= skyMap.config.numRings - 1
    if version == 1 or not inLastRing:
        assert tract.inner_sky_region.dilatedBy(SphgeomAngle(1e-12)).contains(coord.getVector())
        # Tracts this large are square, and miss parts of their curved region.
        if coord.separation(tract.ctr_coord) < 0.45 * 180 / skyMap.config.numRings * degrees:
            assert tract.contains(coord)
            assert tract.tract_id in [t.tract_id for t in skyMap.findAllTracts(coord)]


def test_regionsCoverSky():
    """Every tract is found from its center, and regions do not overlap."""
    skyMap = makeRings(numRings=7, version=1)
    for tract in skyMap:
        assert skyMap.findTract(tract.ctr_coord) is tract
    area = sum(tract.inner_sky_region.getArea() for tract in skyMap)
    assert area == pytest.approx(4 * math.pi, rel=1e-12)


def test_notFinite():
    skyMap = makeRings(numRings=3)
    nowhere = SpherePoint(math.nan, math.nan, degrees)
    with pytest.raises(ValueError, match="not finite"):
        skyMap.findTract(nowhere)
    with pytest.raises(ValueError, match="not finite"):
        skyMap.findAllTracts(nowhere)
    with pytest.raises(ValueError, match="finite"):
        skyMap.findTractIdArray([0.0, math.nan], [0.0, 0.0])
