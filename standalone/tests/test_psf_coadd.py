# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""PSFs of coadds."""

from __future__ import annotations

import math

import numpy as np
import pytest
from lsst.afw.detection import GaussianPsf, InvalidPsfError
from lsst.afw.geom import Polygon, makeCdMatrix, makeSkyWcs, makeWcsPairTransform
from lsst.afw.table import ExposureCatalog, ExposureTable
from lsst.geom import Box2D, Box2I, Extent2I, Point2D, Point2I, SpherePoint, arcseconds, degrees
from lsst.meas.algorithms import CoaddPsf, CoaddPsfConfig, CoaddPsfControl, SingleGaussianPsf, WarpedPsf
from lsst.pex.exceptions import InvalidParameterError, LogicError, NotFoundError, RangeError
from lsst.pex.exceptions import RuntimeError as LsstRuntimeError

CRVAL = SpherePoint(30.0 * degrees, 10.0 * degrees)


def makeWcs(crpix=(0.0, 0.0), scale=0.2, rotation=0.0):
    return makeSkyWcs(Point2D(*crpix), CRVAL, makeCdMatrix(scale * arcseconds, rotation * degrees))


def makeCatalog(**columns):
    schema = ExposureTable.makeMinimalSchema()
    for name, kind in columns.items():
        schema.addField(name, type=kind, doc=name)
    return ExposureCatalog(schema)


def addRecord(catalog, id, wcs, psf, bbox, polygon=None, **columns):
    record = catalog.addNew()
    record.setId(id)
    record.setWcs(wcs)
    record.setPsf(psf)
    record.setBBox(bbox)
    record.setValidPolygon(polygon)
    for name, value in columns.items():
        record[name] = value
    return record


class OffsetPsf(SingleGaussianPsf):
    """A Gaussian with an average position."""

    def __init__(self, x, y):
        super().__init__(21, 21, 1.5)
        self._averagePosition = Point2D(x, y)


def makeThree():
    """Two inputs on the left, one on the right, and one without overlap."""
    catalog = makeCatalog(weight="D", tract="I", patch="I")
    box = Box2I(Point2I(0, 0), Extent2I(100, 80))
    records = [
        (7, (0.0, 0.0), 0.0, 1.4, 1.0),
        (5, (3.3, 2.2), 30.0, 2.0, 3.0),
        (6, (-80.0, 0.0), 0.0, 1.7, 2.0),
    ]
    for id, crpix, rotation, sigma, weight in records:
        psf = SingleGaussianPsf(25, 25, sigma)
        addRecord(catalog, id, makeWcs(crpix, 0.2, rotation), psf, box, weight=weight, tract=9, patch=id + 10)
    return catalog


def makePsf(catalog=None, **kwargs):
    catalog = makeThree() if catalog is None else catalog
    return CoaddPsf(catalog, makeWcs(), Point2D(40.0, 30.0), **kwargs)


def test_accessors():
    catalog = makeThree()
    psf = makePsf(catalog)
    assert psf.getComponentCount() == 3
    assert [psf.getId(i) for i in range(3)] == [7, 5, 6]
    assert [psf.getWeight(i) for i in range(3)] == [1.0, 3.0, 2.0]
    assert [psf.getPatch(i) for i in range(3)] == [17, 15, 16]
    assert psf.getTract(1) == 9
    assert psf.getPsf(2) is catalog[2].getPsf()
    assert psf.getWcs(2) is catalog[2].getWcs()
    assert psf.getBBox(0) == catalog[0].getBBox()
    assert psf.getValidPolygon(0) is None
    assert psf.getAveragePosition() == Point2D(40.0, 30.0)
    assert psf.isPersistable()
    assert psf.clone().getPsf(1) is psf.getPsf(1)
    with pytest.raises(LogicError, match="resized"):
        psf.resized(5, 5)


@pytest.mark.parametrize(
    "getter", ["getPsf", "getWcs", "getWeight", "getId", "getBBox", "getValidPolygon", "getTract", "getPatch"]
)
@pytest.mark.parametrize("index", [-1, 3])
def test_index_out_of_range(getter, index):
    with pytest.raises(RangeError, match=f"Index {index} "):
        getattr(makePsf(), getter)(index)


def test_image_is_the_weighted_mean_of_the_inputs_that_cover_it():
    catalog = makeThree()
    # Without bins, in which an exact position may fall on either side.
    psf = makePsf(catalog, cacheSize=0)
    position = Point2D(30.2, 20.7)
    total = 0.0
    for record in (catalog[0], catalog[1]):
        distortion = makeWcsPairTransform(record.getWcs(), makeWcs())
        image = WarpedPsf(record.getPsf(), distortion, cache=0).computeKernelImage(position)
        assert psf.computeBBox(position).contains(image.getBBox())
        half = 24
        array = np.zeros((2 * half + 1, 2 * half + 1))
        ny, nx = image.array.shape
        array[half - ny // 2 : half + ny // 2 + 1, half - nx // 2 : half + nx // 2 + 1] = image.array
        total = total + record["weight"] * array
    image = psf.computeKernelImage(position)
    assert image.getBBox() == psf.clone().computeBBox(position)
    hy, hx = image.array.shape[0] // 2, image.array.shape[1] // 2
    want = total[24 - hy : 25 + hy, 24 - hx : 25 + hx] / 4.0
    assert np.allclose(image.array, want, atol=1e-9)
    assert image.array.sum() == pytest.approx(1.0, abs=1e-12)


def test_where_no_input_covers_it():
    with pytest.raises(InvalidPsfError, match="3 coadd inputs"):
        makePsf().computeKernelImage(Point2D(4000.0, 4000.0))
    with pytest.raises(InvalidPsfError):
        makePsf().computeBBox(Point2D(4000.0, 4000.0))


@pytest.mark.parametrize(
    ("x", "y", "covered"),
    [(-0.4999, 10.0, True), (-0.5001, 10.0, False), (49.4999, 10.0, True), (49.5001, 10.0, False)],
)
def test_edges_of_pixels_bound_an_input(x, y, covered):
    catalog = makeCatalog(weight="D")
    box = Box2I(Point2I(0, 0), Extent2I(50, 80))
    addRecord(catalog, 1, makeWcs(), GaussianPsf(11, 11, 1.5), box, weight=1.0)
    psf = makePsf(catalog)
    if covered:
        assert psf.computeKernelImage(Point2D(x, y)).array.sum() == pytest.approx(1.0)
    else:
        with pytest.raises(InvalidPsfError):
            psf.computeKernelImage(Point2D(x, y))


def test_polygons_bound_an_input():
    catalog = makeThree()
    catalog[0].setValidPolygon(Polygon(Box2D(Point2D(0.0, 0.0), Point2D(20.0, 60.0))))
    psf = makePsf(catalog)
    wide, mixed = psf.computeShape(Point2D(30.0, 20.0)), psf.computeShape(Point2D(15.0, 20.0))
    assert wide.getIxx() == pytest.approx(4.0, rel=0.02)
    assert mixed.getIxx() < 3.7


def test_weights_of_zero_give_nan():
    catalog = makeThree()
    for record in catalog:
        record["weight"] = 0.0
    assert np.isnan(makePsf(catalog).computeKernelImage(Point2D(30.0, 20.0)).array).all()


def test_average_position_leaves_out_what_weighs_least():
    catalog = makeCatalog(w="D", goodpix="I")
    for i, (x, weight, goodpix) in enumerate([(50.0, 1.0, 10), (250.0, 0.5, 40), (450.0, 1.5, 30)]):
        box = Box2I(Point2I(int(x) - 50, -50), Point2I(int(x) + 50, 50))
        addRecord(catalog, i, makeWcs(), OffsetPsf(x, 0.0), box, w=weight, goodpix=goodpix)
    psf = CoaddPsf(catalog, makeWcs(), "w")
    assert list(psf.getAveragePosition()) == pytest.approx([450.0, 0.0], abs=1e-6)
    assert psf.getWeight(1) == 0.5
    with pytest.raises(NotFoundError, match="tract"):
        psf.getTract(0)
    catalog[1].setBBox(Box2I(Point2I(340, -50), Point2I(350, 50)))
    psf = CoaddPsf(catalog, makeWcs(), CoaddPsfControl("bilinear", 0), weightFieldName="w")
    want = (50 * 10 + 250 * 20 + 450 * 45) / 75
    assert list(psf.getAveragePosition()) == pytest.approx([want, 0.0], abs=1e-6)


def test_without_average_position_there_must_be_one():
    with pytest.raises(LsstRuntimeError, match="0 coadd inputs"):
        CoaddPsf(makeCatalog(weight="D"), makeWcs())
    with pytest.raises(NotFoundError, match="'weight'"):
        CoaddPsf(makeCatalog(w="D"), makeWcs())
    with pytest.raises(NotFoundError):
        CoaddPsf(makeCatalog(w="D"), makeWcs(), Point2D(0.0, 0.0))


def test_an_input_needs_a_wcs():
    catalog = makeThree()
    catalog[1].setWcs(None)
    with pytest.raises(LogicError, match="input 5 has no WCS"):
        makePsf(catalog).computeKernelImage(Point2D(30.0, 20.0))


def test_too_strong_a_magnification_names_the_input():
    catalog = makeCatalog(weight="D")
    box = Box2I(Point2I(0, 0), Extent2I(50, 80))
    addRecord(catalog, 42, makeWcs(), GaussianPsf(11, 11, 1.5), box, weight=1.0)
    psf = CoaddPsf(catalog, makeWcs(scale=0.0009), Point2D(0.0, 0.0))
    with pytest.raises(RangeError, match="input 42"):
        psf.computeKernelImage(Point2D(20.0, 20.0))


def test_construction_computes_no_image():
    class LazyPsf(GaussianPsf):
        def _doComputeKernelImage(self, position, color):
            raise AssertionError("An image was computed.")

    catalog = makeThree()
    for record in catalog:
        record.setPsf(LazyPsf(11, 11, 1.5))
    assert makePsf(catalog).getComponentCount() == 3


def test_coadds_nest():
    outer = makeCatalog(weight="D", tract="I", patch="I")
    box = Box2I(Point2I(-20, -20), Extent2I(100, 100))
    addRecord(outer, 0, makeWcs(), makePsf(), box, weight=1.0, tract=1, patch=2)
    position = Point2D(40.0, 30.0)
    psf = CoaddPsf(outer, makeWcs(), position, "lanczos3", 100000)
    inner = makePsf().computeShape(position)
    assert psf.computeShape(position).getIxx() == pytest.approx(inner.getIxx(), rel=1e-3)
    assert psf.computeImage(position).getBBox().contains(Point2I(position))


def test_config_and_control():
    config = CoaddPsfConfig()
    assert (config.warpingKernelName, config.cacheSize) == ("lanczos3", 10000)
    config.warpingKernelName = "bilinear"
    control = config.makeControl()
    assert isinstance(control, CoaddPsfControl)
    assert (control.warpingKernelName, control.cacheSize) == ("bilinear", 10000)
    config.readControl(CoaddPsfControl("lanczos4", 7))
    assert (config.warpingKernelName, config.cacheSize) == ("lanczos4", 7)
    assert CoaddPsfControl.ConfigClass is CoaddPsfConfig is CoaddPsfControl().ConfigClass
    config.loadFromString("import lsst.meas.algorithms.coaddPsf\nconfig.cacheSize = 100000")
    assert config.cacheSize == 100000
    assert "import lsst.meas.algorithms.coaddPsf" in config.saveToString()
    with pytest.raises(InvalidParameterError, match="spline"):
        makePsf(warpingKernelName="spline")


def test_nan_position_is_the_average_one():
    psf = makePsf()
    nowhere = Point2D(math.nan, math.nan)
    want = psf.computeKernelImage(psf.getAveragePosition())
    assert np.array_equal(psf.computeKernelImage(nowhere).array, want.array)
