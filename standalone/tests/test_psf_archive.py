# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""PSFs in files: those of the reference stack, and round trips."""

from __future__ import annotations

import json
import pathlib

import numpy as np
import pytest
from lsst.afw.detection import GaussianPsf, InvalidPsfError, Psf
from lsst.afw.geom import Polygon, makeCdMatrix, makeSkyWcs, makeTransform
from lsst.afw.image import ExposureF, ImageD
from lsst.afw.math import (
    ChebyshevBoundedField,
    FixedKernel,
    LinearCombinationKernel,
    PolynomialFunction2D,
    WarpingControl,
)
from lsst.afw.table import ExposureCatalog, ExposureTable
from lsst.afw.table.io._persistable import Fields
from lsst.geom import (
    AffineTransform,
    Box2D,
    Box2I,
    Extent2D,
    Extent2I,
    LinearTransform,
    Point2D,
    Point2I,
    SpherePoint,
    arcseconds,
    degrees,
)
from lsst.meas.algorithms import (
    CoaddBoundedField,
    CoaddBoundedFieldElement,
    CoaddPsf,
    DoubleGaussianPsf,
    KernelPsf,
    PcaPsf,
    SingleGaussianPsf,
    WarpedPsf,
)
from lsst.pex.exceptions import DomainError

DATA = pathlib.Path(__file__).parent / "data" / "psf"
CASES = json.loads((DATA / "psf.json").read_text())
POSITION = Point2D(20.3, 30.6)


def makeKernel(sigma):
    array = SingleGaussianPsf(15, 13, sigma).computeKernelImage(POSITION).array
    return FixedKernel(ImageD(array, False, Point2I(0, 0)))


def makeWcs(x=0.0, y=0.0):
    sky = SpherePoint(30.0 * degrees, 10.0 * degrees)
    return makeSkyWcs(Point2D(x, y), sky, makeCdMatrix(0.2 * arcseconds))


def makeCoadd(psf, polygon=None):
    schema = ExposureTable.makeMinimalSchema()
    schema.addField("tract", type="I", doc="tract")
    schema.addField("patch", type="I", doc="patch")
    schema.addField("weight", type="D", doc="weight")
    catalog = ExposureCatalog(schema)
    for i in range(2):
        record = catalog.addNew()
        record.setId(2**40 + i)
        record.setPsf(psf)
        record.setWcs(makeWcs(0.5 * i, 0.25))
        record.setBBox(Box2I(Point2I(-5, -5), Extent2I(100, 100)))
        record.setValidPolygon(polygon)
        record["tract"], record["patch"], record["weight"] = 3, i, 1.0 + i
    return CoaddPsf(catalog, makeWcs(), POSITION, "lanczos4", 0)


def makeExamples():
    affine = AffineTransform(LinearTransform(np.array([[1.1, 0.1], [-0.1, 0.95]])), Extent2D(3.0, 4.0))
    slopes = [PolynomialFunction2D([1.0, 0.0, 0.0]), PolynomialFunction2D([0.0, 0.01, 0.02])]
    control = WarpingControl("lanczos5", "bilinear", 0)
    polygon = Polygon(Box2D(Point2D(0.0, 0.0), Point2D(90.0, 80.0)))
    return [
        GaussianPsf(11, 13, 1.5),
        SingleGaussianPsf(12, 13, 1.5),
        DoubleGaussianPsf(21, 23, 1.5, 3.0, 0.2),
        KernelPsf(makeKernel(1.5), Point2D(3.5, 4.5)),
        PcaPsf(LinearCombinationKernel([makeKernel(1.5), makeKernel(2.0)], slopes), Point2D(3.5, 4.5)),
        WarpedPsf(GaussianPsf(11, 13, 1.5), makeTransform(affine), control),
        makeCoadd(SingleGaussianPsf(21, 21, 1.5)),
        makeCoadd(makeCoadd(GaussianPsf(21, 21, 1.7)), polygon),
    ]


def roundTrip(psf, path):
    psf.writeFits(str(path))
    return Psf.readFits(str(path))


@pytest.mark.parametrize("case", CASES, ids=[c["name"] for c in CASES])
def test_psfs_of_the_reference_stack(case, tmp_path):
    psf = ExposureF.readFits(str(DATA / case["file"])).getPsf()
    want = np.load(DATA / case["arrays"])
    tolerance = 1e-4 if case["name"] in ("warped", "coadd") else 1e-9
    for read in (psf, roundTrip(psf, tmp_path / "psf.fits")):
        assert list(read.getAveragePosition()) == pytest.approx(case["averagePosition"], abs=1e-6)
        for i, q in enumerate(case["positions"]):
            position = Point2D(*q["position"])
            if "error" in q:
                assert q["error"] == "InvalidPsfError"
                with pytest.raises(InvalidPsfError):
                    read.computeKernelImage(position)
                continue
            kernel, image = read.computeKernelImage(position), read.computeImage(position)
            assert np.allclose(kernel.array, want[f"kernel{i}"], rtol=0, atol=tolerance * q["peak"])
            assert np.allclose(image.array, want[f"image{i}"], rtol=0, atol=max(tolerance, 1e-7) * q["peak"])
            assert list(kernel.getXY0()) == q["kernelXY0"]
            assert list(image.getXY0()) == q["imageXY0"]
            shape = read.computeShape(position)
            assert [shape.getIxx(), shape.getIyy(), shape.getIxy()] == pytest.approx(q["shape"], abs=1e-3)
            assert read.computePeak(position) == pytest.approx(q["peak"], rel=tolerance)
            assert read.computeApertureFlux(3.0, position) == pytest.approx(q["ap3"], rel=10 * tolerance)


@pytest.mark.parametrize("index", range(8))
def test_round_trip(index, tmp_path):
    psf = makeExamples()[index]
    assert psf.isPersistable()
    read = roundTrip(psf, tmp_path / "psf.fits")
    assert type(read) is type(psf)
    assert read.getAveragePosition() == psf.getAveragePosition()
    want, got = psf.computeKernelImage(POSITION), read.computeKernelImage(POSITION)
    assert got.getBBox() == want.getBBox()
    assert np.array_equal(got.array, want.array)


def test_round_trip_of_a_coadd_keeps_its_inputs(tmp_path):
    psf = makeExamples()[-1]
    read = roundTrip(psf, tmp_path / "psf.fits")
    assert read.getComponentCount() == 2
    assert read.getId(1) == 2**40 + 1
    assert (read.getTract(1), read.getPatch(1), read.getWeight(1)) == (3, 1, 2.0)
    assert read.getBBox(0) == psf.getBBox(0)
    assert read.getCoaddWcs() == psf.getCoaddWcs()
    assert [read.getWcs(i) == psf.getWcs(i) for i in range(2)] == [True, True]
    assert read.getValidPolygon(0) == psf.getValidPolygon(0)
    # What was one object is one again.
    assert read.getPsf(0) is read.getPsf(1)


class ForeignPsf(GaussianPsf):
    """Writes itself as a class that is not provided."""

    _archiveName = "OtherPsf"
    _archiveModule = "lsst.meas.extensions.piff.piffPsf"
    BYTES = np.arange(200, dtype=np.uint8)

    def _writeArchive(self, out):
        out.addCatalog(Fields("bytes:QB"), [{"bytes": self.BYTES}])


def test_psfs_of_unknown_classes_are_passed_through(tmp_path):
    first, second = tmp_path / "first.fits", tmp_path / "second.fits"
    psf = roundTrip(makeCoadd(ForeignPsf(11, 11, 1.5)), first)
    again = roundTrip(psf, second)
    assert first.read_bytes() == second.read_bytes()
    assert isinstance(again.getPsf(0), Psf)
    assert again.getPsf(0).clone().isPersistable()
    for read in (psf, again, psf.getPsf(0)):
        with pytest.raises(InvalidPsfError, match="OtherPsf"):
            read.computeKernelImage(POSITION)


def test_a_psf_without_a_place_in_archives_cannot_be_saved(tmp_path):
    class OwnPsf(Psf):
        pass

    assert not OwnPsf().isPersistable()
    assert not WarpedPsf(OwnPsf(), makeTransform(AffineTransform())).isPersistable()
    with pytest.raises(Exception, match="OwnPsf"):
        makeCoadd(OwnPsf()).writeFits(str(tmp_path / "psf.fits"))


def makeCoaddField(default=None):
    box = Box2I(Point2I(0, 0), Extent2I(50, 40))
    fields = [ChebyshevBoundedField(box, np.array([[c, 0.5], [0.25, 0.0]])) for c in (2.0, 6.0)]
    triangle = Polygon([Point2D(-1.0, -1.0), Point2D(60.0, -1.0), Point2D(-1.0, 60.0)])
    elements = [
        CoaddBoundedFieldElement(fields[0], makeWcs(), None, 1.0),
        CoaddBoundedFieldElement(fields[1], makeWcs(-20.0, 0.0), triangle, 3.0),
    ]
    args = (Box2I(Point2I(0, 0), Extent2I(80, 40)), makeWcs(), elements)
    return CoaddBoundedField(*args) if default is None else CoaddBoundedField(*args, default)


def test_coadd_field_is_the_mean_over_the_inputs(tmp_path):
    field = makeCoaddField(default=-1.0)
    field.writeFits(str(tmp_path / "field.fits"))
    read = CoaddBoundedField.readFits(str(tmp_path / "field.fits"))
    first, second = (element.field for element in field.getElements())
    x, y = np.array([5.0, 30.0, 60.0, 48.0, 500.0]), np.array([7.0, 7.0, 9.0, 39.0, 7.0])
    want = [
        first.evaluate(5.0, 7.0),
        (first.evaluate(30.0, 7.0) + 3.0 * second.evaluate(10.0, 7.0)) / 4.0,
        second.evaluate(40.0, 9.0),
        first.evaluate(48.0, 39.0),
        -1.0,
    ]
    for f in (field, read):
        assert f.evaluate(x, y) == pytest.approx(want, abs=1e-8)
        assert f.evaluate(Point2D(30.0, 7.0)) == pytest.approx(want[1], abs=1e-8)
    assert (read.getDefault(), read.getThrowOnMissing()) == (-1.0, False)
    assert read.getBBox() == field.getBBox()
    assert read.getCoaddWcs() == makeWcs()
    assert read == field
    assert read != makeCoaddField(default=-2.0)


def test_coadd_field_without_default():
    field = makeCoaddField()
    assert field.getThrowOnMissing()
    with pytest.raises(DomainError, match="2 coadd inputs"):
        field.evaluate(500.0, 7.0)
