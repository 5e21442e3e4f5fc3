# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Exposures and their components."""

import pickle

import astropy.units as u
import numpy as np
import pytest
from lsst.afw.detection import GaussianPsf
from lsst.afw.geom import Polygon, makeCdMatrix, makeSkyWcs
from lsst.afw.image import (
    LOCAL,
    ApCorrMap,
    CoaddInputs,
    Exposure,
    ExposureD,
    ExposureF,
    ExposureI,
    ExposureInfo,
    ExposureSummaryStats,
    FilterLabel,
    MaskedImageD,
    MaskedImageF,
    MaskX,
    PhotoCalib,
    VisitInfo,
    makeExposure,
)
from lsst.daf.base import PropertyList
from lsst.geom import Box2D, Box2I, Extent2I, Point2D, Point2I, SpherePoint, arcseconds, degrees
from lsst.pex.exceptions import InvalidParameterError, LengthError, LogicError

BOX = Box2I(Point2I(100, 200), Extent2I(20, 10))
WCS = makeSkyWcs(Point2D(110, 205), SpherePoint(30, -20, degrees), makeCdMatrix(0.2 * arcseconds))
COMPONENTS = {
    "Wcs": WCS,
    "Psf": GaussianPsf(11, 11, 1.5),
    "PhotoCalib": PhotoCalib(2.0),
    "ValidPolygon": Polygon(Box2D(BOX)),
    "CoaddInputs": CoaddInputs(),
    "ApCorrMap": ApCorrMap(),
    "Filter": FilterLabel("r", "r_57"),
    "SummaryStats": ExposureSummaryStats(psfSigma=2.5),
    "VisitInfo": VisitInfo(id=42),
}


@pytest.fixture
def exposure() -> ExposureF:
    result = ExposureF(BOX, WCS)
    result.image.array[:] = np.arange(200).reshape(10, 20)
    result.mask.array[:] = 1
    result.variance.array[:] = 2
    for name, component in COMPONENTS.items():
        getattr(result.info, f"set{name}")(component)
    result.info.id = 7
    result.metadata.set("FOO", 1)
    return result


def test_constructors(exposure):
    assert Exposure[np.float32] is Exposure["F"] is ExposureF
    assert type(Exposure(BOX, dtype=np.float64)) is ExposureD
    assert ExposureF().getBBox().isEmpty()
    assert ExposureF(3, 2).getDimensions() == ExposureF(Extent2I(3, 2)).getDimensions() == Extent2I(3, 2)
    assert ExposureF(3, 2, WCS).wcs is WCS
    assert ExposureF(bbox=BOX, wcs=WCS).wcs is WCS
    masked = exposure.maskedImage
    made = makeExposure(masked, WCS)
    assert type(made) is ExposureF
    assert made.image is masked.image
    assert made.wcs is WCS
    assert type(makeExposure(MaskedImageD(BOX))) is ExposureD
    assert ExposureF(masked, exposure.info).psf is COMPONENTS["Psf"]
    for bad in (1.5, None, [1, 2]):
        with pytest.raises(TypeError):
            ExposureF(bad)


def test_bare_exposure():
    bare = ExposureF(BOX)
    for name in COMPONENTS:
        assert getattr(bare.info, f"get{name}")() is None
        assert not getattr(bare.info, f"has{name}")()
    assert (bare.wcs, bare.psf, bare.photoCalib, bare.filter, bare.detector) == (None,) * 5
    assert (bare.visitInfo, bare.apCorrMap, bare.info.id) == (None,) * 3
    assert not bare.hasWcs()
    assert not bare.hasPsf()
    assert len(bare.metadata) == 0


@pytest.mark.parametrize("name", COMPONENTS)
def test_components(exposure, name):
    component = COMPONENTS[name]
    info = exposure.info
    assert getattr(info, f"has{name}")()
    assert getattr(info, f"get{name}")() is component
    if hasattr(exposure, f"get{name}"):
        assert getattr(exposure, f"get{name}")() is component
        assert getattr(exposure, name[0].lower() + name[1:]) is component
    getattr(info, f"set{name}")(None)
    assert not getattr(info, f"has{name}")()
    assert getattr(info, f"get{name}")() is None


def test_component_keys(exposure):
    info = exposure.info
    assert info.getComponent("PSF") is info.getComponent(ExposureInfo.KEY_PSF) is COMPONENTS["Psf"]
    assert info.getComponent(ExposureInfo.KEY_SUMMARY_STATS) is COMPONENTS["SummaryStats"]
    info.setComponent("EXTRA", FilterLabel("g"))
    assert info.hasComponent("EXTRA")
    info.removeComponent("EXTRA")
    info.removeComponent("EXTRA")
    assert info.getComponent("EXTRA") is None
    with pytest.raises(TypeError):
        info.setComponent("EXTRA", 5)
    with pytest.raises(TypeError):
        info.setPsf("Gaussian")


def test_keyword_setters():
    exposure, label = ExposureF(2, 2), FilterLabel.fromBand("r")
    exposure.setFilter(filterLabel=label)
    assert exposure.getInfo().getFilter() == label
    exposure.getInfo().setFilter(filterLabel=None)
    assert exposure.filter is None
    with pytest.raises(TypeError, match="filterLabel"):
        exposure.setFilter(value=label)


def test_info_constructor():
    metadata = PropertyList()
    info = ExposureInfo(WCS, COMPONENTS["Psf"], photoCalib=COMPONENTS["PhotoCalib"], metadata=metadata)
    assert info.getWcs() is WCS
    assert info.getMetadata() is metadata
    for copy in (ExposureInfo(info), ExposureInfo(other=info)):
        assert copy.getPsf() is info.getPsf()
        assert copy.getMetadata() is metadata
        copy.setPsf(None)
        assert info.hasPsf()
    assert ExposureInfo(info, True).getMetadata() is not metadata
    assert ExposureInfo(info, copyMetadata=True).getMetadata() == metadata


def test_id():
    info = ExposureInfo()
    assert not info.hasId()
    info.setId(2**40)
    assert info.id == info.getId() == 2**40
    assert info.hasId()
    info.clearId()
    assert info.id is None
    with pytest.raises(TypeError):
        info.id = 1.5


def test_subset_shares(exposure):
    box = Box2I(Point2I(105, 203), Extent2I(4, 3))
    for view in (exposure[box], exposure.subset(box), exposure[5:9, 3:6, LOCAL], exposure[105:109, 203:206]):
        assert type(view) is ExposureF
        assert view.getBBox() == box
        assert np.shares_memory(view.image.array, exposure.image.array)
        assert view.info is not exposure.info
        assert view.info.id == 7
        assert view.metadata is exposure.metadata
        for name, component in COMPONENTS.items():
            assert getattr(view.info, f"get{name}")() is component
    view.setPsf(None)
    assert exposure.hasPsf()
    with pytest.raises(LengthError):
        exposure[Box2I(Point2I(99, 200), Extent2I(2, 2))]


def test_copies(exposure):
    box = Box2I(Point2I(105, 203), Extent2I(4, 3))
    for deep in (
        exposure.clone(),
        ExposureF(exposure, deep=True),
        ExposureF(exposure, box, LOCAL.PARENT, True),
    ):
        assert not np.shares_memory(deep.image.array, exposure.image.array)
        assert deep.metadata is not exposure.metadata
        assert deep.metadata.getScalar("FOO") == 1
        assert deep.wcs is WCS
    assert deep.getBBox() == box
    shallow = ExposureF(exposure)
    assert np.shares_memory(shallow.image.array, exposure.image.array)
    assert shallow.metadata is exposure.metadata


def test_pixels(exposure):
    assert exposure[101, 201] == exposure[1, 1, LOCAL] == (21, 1, 2)
    exposure[101, 201] = (5, 6, 7)
    assert exposure.maskedImage[101, 201] == (5, 6, 7)
    box = Box2I(Point2I(105, 203), Extent2I(4, 3))
    with pytest.raises(AttributeError):
        exposure[box] = ExposureF(4, 3)
    exposure.maskedImage[box] = MaskedImageF(4, 3)
    assert exposure[105, 203] == (0, 0, 0)
    for operate in (lambda: exposure + 1, lambda: exposure - 1, lambda: exposure * 1, lambda: exposure / 1):
        with pytest.raises(NotImplementedError):
            operate()


def test_masked_image_is_shared(exposure):
    exposure.maskedImage *= 2
    assert exposure[101, 201] == (42, 1, 8)
    other = MaskedImageF(BOX)
    exposure.maskedImage = other
    other.image.array[:] = 9
    assert exposure[101, 201] == (9, 0, 0)
    image = exposure.image
    exposure.image = image.clone()
    assert exposure.image is image


def test_set_xy0(exposure):
    point = Point2D(110, 205)
    sky = exposure.wcs.pixelToSky(point)
    exposure.setXY0(Point2I(0, 0))
    assert exposure.getBBox() == exposure.mask.getBBox() == Box2I(Point2I(0, 0), Extent2I(20, 10))
    assert exposure.wcs.pixelToSky(Point2D(10, 5)).separation(sky) < 1e-6 * arcseconds
    assert WCS.pixelToSky(point) == sky


def test_conversion(exposure):
    double = exposure.convertD()
    assert type(double) is ExposureD
    assert double.wcs is WCS
    assert double[101, 201] == (21, 1, 2)
    assert type(double.convertF()) is ExposureF
    assert double.metadata is not exposure.metadata


def test_cutout(exposure):
    cutout = exposure.getCutout(Point2D(101, 201), Extent2I(5, 5))
    assert cutout.getBBox() == Box2I(Point2I(99, 199), Extent2I(5, 5))
    assert np.isnan(cutout.image.array[0]).all()
    assert np.isnan(cutout.image.array[:, 0]).all()
    assert (cutout.mask.array[0] == MaskX.getPlaneBitMask("NO_DATA")).all()
    assert np.isposinf(cutout.variance.array[0]).all()
    np.testing.assert_array_equal(cutout.image.array[1:, 1:], exposure.image.array[:4, :4])
    assert cutout.psf is exposure.psf
    assert not np.shares_memory(cutout.image.array, exposure.image.array)
    onSky = exposure.getCutout(WCS.pixelToSky(Point2D(101.2, 201.2)), Extent2I(5, 5))
    assert onSky.getBBox() == cutout.getBBox()
    away = exposure.getCutout(Box2I(Point2I(0, 0), Extent2I(2, 2)))
    assert np.isnan(away.image.array).all()
    assert (ExposureI(BOX).getCutout(Box2I(Point2I(0, 0), Extent2I(2, 2))).image.array == 0).all()
    with pytest.raises(InvalidParameterError):
        exposure.getCutout(Point2D(0, 0), Extent2I(5, 5))
    with pytest.raises(InvalidParameterError):
        exposure.getCutout(Point2D(101, 201), Extent2I(0, 5))
    with pytest.raises(LogicError):
        ExposureF(BOX).getCutout(SpherePoint(0, 0, degrees), Extent2I(5, 5))


def test_outline(exposure):
    inside = WCS.pixelToSky(Point2D(110, 205))
    near = WCS.pixelToSky(Point2D(95, 205))
    ra, dec = (
        [p.getRa().asDegrees() for p in (inside, near)],
        [p.getDec().asDegrees() for p in (inside, near)],
    )
    assert exposure.containsSkyCoords(ra * u.deg, dec * u.deg).tolist() == [True, True]
    assert exposure.containsSkyCoords(ra * u.deg, dec * u.deg, padding=0).tolist() == [True, False]
    assert exposure.convex_polygon.contains(inside.getVector())
    assert ExposureF(BOX).getConvexPolygon() is None
    with pytest.raises(ValueError):
        ExposureF(BOX).containsSkyCoords(ra * u.deg, dec * u.deg)


def checkSame(copy: ExposureF, exposure: ExposureF) -> None:
    assert type(copy) is type(exposure)
    assert copy.getBBox() == exposure.getBBox()
    for plane in ("image", "mask", "variance"):
        np.testing.assert_array_equal(getattr(copy, plane).array, getattr(exposure, plane).array)
    for name in ("Wcs", "PhotoCalib", "ValidPolygon", "Filter", "SummaryStats", "VisitInfo"):
        mine, theirs = (getattr(each.info, f"get{name}")() for each in (copy, exposure))
        if name == "SummaryStats":
            mine, theirs = repr(mine), repr(theirs)
        assert mine == theirs, name
    assert copy.psf.getSigma() == 1.5
    assert len(copy.info.getCoaddInputs().ccds) == 0
    assert len(copy.apCorrMap) == 0
    assert copy.info.id == 7
    assert copy.metadata.getScalar("FOO") == 1


def test_files(exposure, tmp_path):
    path = str(tmp_path / "exposure.fits")
    exposure.writeFits(path)
    checkSame(ExposureF.readFits(path), exposure)
    checkSame(ExposureF(path), exposure)
    part = ExposureF(path, bbox=Box2I(Point2I(105, 203), Extent2I(4, 3)))
    np.testing.assert_array_equal(part.image.array, exposure.image.array[3:6, 5:9])
    assert type(ExposureD.readFits(path)) is ExposureD
    lossless = {"algorithm": "GZIP_2", "tile_height": 1}
    exposure.writeFitsWithOptions(path, {"image": lossless, "mask": lossless, "variance": lossless})
    checkSame(ExposureF.readFits(path), exposure)


def test_pickle(exposure):
    checkSame(pickle.loads(pickle.dumps(exposure)), exposure)
