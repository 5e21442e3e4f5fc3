# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Conversions of `lsst.images`, to classes of this runtime and back."""

from __future__ import annotations

import astropy.units as u
import lsst.afw.geom
import lsst.geom
import numpy as np
import pytest
import starlink.Ast as Ast
from astropy.coordinates import AltAz, Angle, EarthLocation, SkyCoord
from astropy.time import Time
from lsst.afw.image import ApCorrMap, ExposureF, Mask, MaskedImageF, PhotoCalib, RotType
from lsst.afw.math import (
    REDUCE_INTERP_ORDER,
    ApproximateControl,
    BackgroundControl,
    BackgroundList,
    Interpolate,
    makeBackground,
)
from lsst.daf.base import DateTime, PropertyList
from lsst.geom import Point2D
from lsst.meas.algorithms import DoubleGaussianPsf
from lsst.obs.base import MakeRawVisitInfoViaObsInfo

images = pytest.importorskip("lsst.images", reason="lsst-images, which needs Python 3.12, is not installed")

import lsst.images.tests as checks  # noqa: E402
from lsst.images import Box, Image, MaskedImage, MaskSchema, ObservationSummaryStats  # noqa: E402
from lsst.images.aperture_corrections import (  # noqa: E402
    aperture_corrections_from_legacy,
    aperture_corrections_to_legacy,
)
from lsst.images.cells import (  # noqa: E402
    CellGrid,
    CellGridBounds,
    CellIJ,
    CellPointSpreadFunction,
)
from lsst.images.convolution_kernels import ImageBasisConvolutionKernel  # noqa: E402
from lsst.images.fields import (  # noqa: E402
    ChebyshevField,
    ProductField,
    SplineField,
    SumField,
    field_from_legacy,
    field_from_legacy_background,
    field_from_legacy_photo_calib,
)
from lsst.images.psfs import (  # noqa: E402
    GaussianPointSpreadFunction,
    LegacyPointSpreadFunction,
    PointSpreadFunction,
)

BOX = Box.factory[10:60, 20:90]
SMALL = Box.factory[12:14, 23:30]
FRAME = images.DetectorFrame(instrument="Cam", visit=1, detector=2, bbox=BOX)
PLANE_MAPS = [
    name.removeprefix("get_legacy_").removesuffix("_mask_planes")
    for name in sorted(vars(images))
    if name.startswith("get_legacy_")
]


@pytest.fixture
def rng():
    return np.random.default_rng(42)


@pytest.fixture
def projection(rng):
    return checks.make_random_sky_projection(rng, FRAME, BOX)


def planeMap(name):
    return getattr(images, f"get_legacy_{name}_mask_planes")()


def chebyshev(rng, shape=(3, 4), unit=None):
    return ChebyshevField(BOX, rng.normal(size=shape), unit=unit)


def testBoxes():
    legacy = BOX.to_legacy()
    assert legacy == lsst.geom.Box2I(lsst.geom.Point2I(20, 10), lsst.geom.Extent2I(70, 50))
    assert Box.from_legacy(legacy) == BOX
    assert images.Interval.from_legacy(BOX.x.to_legacy()) == BOX.x
    pair = images.YX(y=3, x=4)
    assert pair.to_legacy_int_point() == lsst.geom.Point2I(4, 3)
    assert pair.to_legacy_float_extent() == lsst.geom.Extent2D(4, 3)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int32, np.uint16, np.uint64])
def testImages(rng, dtype):
    image = Image(rng.integers(0, 50, size=BOX.shape).astype(dtype), bbox=BOX)
    legacy = image.to_legacy()
    checks.compare_image_to_legacy(image, legacy, expect_view=True)
    checks.compare_image_to_legacy(Image.from_legacy(legacy), legacy, expect_view=True)
    checks.compare_image_to_legacy(image, image.to_legacy(copy=True), expect_view=False)


@pytest.mark.parametrize("name", PLANE_MAPS)
def testMasks(rng, name):
    planes = planeMap(name)
    mask = images.Mask(0, schema=MaskSchema(list(planes.values())), bbox=BOX)
    for plane in planes.values():
        mask.set(plane.name, rng.random(size=BOX.shape) < 0.1)
    legacy = mask.to_legacy(planes)
    checks.compare_mask_to_legacy(mask, legacy, plane_map=planes)
    assert set(planes) <= legacy.getMaskPlaneDict().keys()
    checks.assert_masks_equal(images.Mask.from_legacy(legacy, planes), mask)


def testMaskedImages(rng, projection):
    planes = planeMap("visit_image")
    image = Image(rng.normal(size=BOX.shape).astype(np.float32), bbox=BOX, unit=u.nJy)
    masked = MaskedImage(image, mask_schema=MaskSchema(list(planes.values())), sky_projection=projection)
    masked.mask.set("SATURATED", rng.random(size=BOX.shape) < 0.1)
    legacy = masked.to_legacy(plane_map=planes)
    assert isinstance(legacy, MaskedImageF)
    checks.compare_masked_image_to_legacy(masked, legacy, plane_map=planes, expect_view=True)
    back = MaskedImage.from_legacy(legacy, plane_map=planes, unit=u.nJy)
    checks.compare_masked_image_to_legacy(back, legacy, plane_map=planes, expect_view=True)


def testSkyProjections(projection):
    legacy = projection.to_legacy()
    checks.compare_sky_projection_to_legacy_wcs(projection, legacy, FRAME, BOX, is_fits=True)
    back = images.SkyProjection.from_legacy(legacy, FRAME, BOX)
    checks.compare_sky_projection_to_legacy_wcs(back, legacy, FRAME, BOX, is_fits=True)
    assert back.to_legacy() == legacy


def makeDistortion(cubic):
    """Transform that adds a cubic term to each coordinate."""
    terms = [[1.0, 1, 1, 0], [cubic, 1, 3, 0], [1.0, 2, 0, 1], [cubic, 2, 0, 3]]
    return lsst.afw.geom.TransformPoint2ToPoint2(
        Ast.PolyMap(terms, None, "IterInverse=1, TolInverse=1e-12, NIterInverse=20")
    )


def testSkyProjectionWithApproximation(projection):
    exact = lsst.afw.geom.makeModifiedWcs(makeDistortion(1e-7), projection.to_legacy(), False)
    legacy = exact.copyWithFitsApproximation(projection.to_legacy())
    back = images.SkyProjection.from_legacy(legacy, FRAME, BOX)
    checks.compare_sky_projection_to_legacy_wcs(back, legacy, FRAME, BOX)
    assert back.to_legacy() == legacy
    assert back.to_legacy().getFitsApproximation() == legacy.getFitsApproximation()


def testTransforms():
    matrix = np.array([[1.0, 2.0, 3.0], [0.0, 4.0, 5.0], [0.0, 0.0, 1.0]])
    pixels, millimeters = images.GeneralFrame(unit=u.pix), images.GeneralFrame(unit=u.mm)
    transform = images.Transform.affine(pixels, millimeters, matrix)
    legacy = transform.to_legacy()
    assert legacy.applyForward(Point2D(1, 2)) == Point2D(8, 13)
    back = images.Transform.from_legacy(legacy, pixels, millimeters)
    assert back.apply_forward(x=1.0, y=2.0) == transform.apply_forward(x=1.0, y=2.0)
    there_and_back = back.then(back.inverted()).apply_forward(x=1.0, y=2.0)
    assert there_and_back == pytest.approx((1.0, 2.0))


def testPolygons():
    polygon = images.Polygon(x_vertices=[20.0, 80.0, 70.0, 25.0], y_vertices=[11.0, 15.0, 50.0, 55.0])
    legacy = polygon.to_legacy()
    assert legacy.calculateArea() == pytest.approx(polygon.area)
    assert images.Polygon.from_legacy(legacy) == polygon


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"psfSigma": 3.0, "nPsfStar": 7, "raCorners": (1.0, 2.0, 3.0, 4.0)},
        {"nShapeletsStar": 5, "shapeletsCoeffs": (1.0, 2.0), "psfTE1e1": 0.5},
    ],
)
def testSummaryStatistics(values):
    stats = ObservationSummaryStats(**values)
    legacy = stats.to_legacy()
    checks.compare_observation_summary_stats_to_legacy(stats, legacy)
    back = ObservationSummaryStats.from_legacy(legacy)
    checks.compare_observation_summary_stats_to_legacy(back, legacy)
    assert {name: getattr(back, name) for name in values} == values


def testChebyshevFields(rng):
    field = chebyshev(rng, unit=u.nJy)
    legacy = field.to_legacy()
    checks.compare_field_to_legacy(field, legacy, SMALL)
    assert field_from_legacy(legacy, unit=u.nJy) == field
    square = chebyshev(rng, shape=(3, 3))
    function = square.to_legacy_function2()
    back = ChebyshevField.from_legacy_function2(function)
    assert function(30.0, 40.0) == pytest.approx(back(x=30.0, y=40.0))


def testProductFields(rng):
    field = ProductField([chebyshev(rng, unit=u.nJy), chebyshev(rng, shape=(2, 2))])
    legacy = field.to_legacy()
    checks.compare_field_to_legacy(field, legacy, SMALL)
    checks.compare_field_to_legacy(field_from_legacy(legacy, unit=u.nJy), legacy, SMALL)


@pytest.mark.parametrize("coefficients", [[[3.0]], [[2.0, 0.1], [0.2, 0.05]]])
def testPhotometricScalings(coefficients):
    field = ChebyshevField(BOX, np.array(coefficients), unit=u.nJy / u.electron)
    legacy = field.to_legacy_photo_calib(u.electron)
    assert isinstance(legacy, PhotoCalib)
    back = field_from_legacy_photo_calib(legacy, bounds=BOX)
    checks.compare_photo_calib_to_legacy(back, legacy, subimage_bbox=SMALL)
    assert field.to_legacy_photo_calib(u.nJy) == PhotoCalib(1.0)


def testBackgrounds(rng):
    masked = MaskedImageF(lsst.geom.Box2I(lsst.geom.Point2I(20, 10), lsst.geom.Extent2I(700, 500)))
    masked.image.array[:] = 100 + rng.normal(size=masked.image.array.shape)
    masked.variance.array[:] = 1.0
    control = BackgroundControl(10, 10)
    background = makeBackground(masked, control)
    spline = field_from_legacy_background(background)
    assert isinstance(spline, SplineField)
    inner = Box.factory[200:210, 300:320]
    rendered = spline.render(inner).array
    np.testing.assert_allclose(rendered, background.getImageF()[inner.to_legacy()].array, rtol=1e-4)
    several = BackgroundList()
    how = Interpolate.AKIMA_SPLINE, REDUCE_INTERP_ORDER, ApproximateControl.UNKNOWN, 0, 0, False
    for _ in range(2):
        several.append((background, *how))
    total = field_from_legacy_background(several)
    assert isinstance(total, SumField)
    np.testing.assert_allclose(total.render(inner).array, 2 * rendered, rtol=1e-6)
    control.setApproximateControl(ApproximateControl(ApproximateControl.CHEBYSHEV, 2, 2, True))
    assert isinstance(field_from_legacy_background(makeBackground(masked, control)), ChebyshevField)


def testApertureCorrections(rng):
    corrections = {
        "simple": chebyshev(rng),
        "product": ProductField([chebyshev(rng), chebyshev(rng)]),
    }
    legacy = aperture_corrections_to_legacy(corrections)
    assert isinstance(legacy, ApCorrMap)
    checks.compare_aperture_corrections_to_legacy(corrections, legacy, SMALL)
    back = aperture_corrections_from_legacy(legacy)
    checks.compare_aperture_corrections_to_legacy(back, legacy, SMALL)


def testGaussianPsfs():
    psf = GaussianPointSpreadFunction(2.3, stamp_size=25, bounds=BOX)
    legacy = psf.to_legacy()
    # Off the center of a pixel, one is computed and the other resampled.
    for image, other, tolerance in (
        (psf.compute_kernel_image(x=30, y=40), legacy.computeKernelImage(Point2D(30, 40)), 1e-14),
        (psf.compute_stellar_image(x=30.5, y=40), legacy.computeImage(Point2D(30.5, 40)), 1e-4),
    ):
        assert image.bbox == Box.from_legacy(other.getBBox())
        np.testing.assert_allclose(image.array, other.array, rtol=0, atol=tolerance)
    if "template" not in PLANE_MAPS:
        pytest.skip("This release of lsst-images cannot convert a GaussianPsf.")
    back = PointSpreadFunction.from_legacy(legacy, bounds=BOX)
    assert back.to_legacy().getSigma() == legacy.getSigma()


def testOtherPsfs():
    legacy = DoubleGaussianPsf(25, 25, 2.0, 4.0, 0.1)
    psf = PointSpreadFunction.from_legacy(legacy, bounds=BOX)
    assert isinstance(psf, LegacyPointSpreadFunction) and psf.to_legacy() is legacy
    assert checks.compare_psf_to_legacy(psf, legacy) == 9


@pytest.mark.parametrize("missing", [(), (CellIJ(i=0, j=1),), (CellIJ(i=0, j=0), CellIJ(i=1, j=2))])
def testCellPsfs(rng, missing):
    grid = CellGrid(bbox=Box.factory[0:200, 100:300], cell_shape=images.YX(y=50, x=40))
    assert CellGrid.from_legacy(grid.to_legacy()) == grid
    kernels = rng.random(size=(4, 5, 21, 21))
    kernels /= kernels.sum(axis=(2, 3), keepdims=True)
    for cell in missing:
        kernels[cell.i, cell.j] = np.nan
    psf = CellPointSpreadFunction(
        kernels, CellGridBounds(grid=grid, bbox=grid.bbox, missing=frozenset(missing))
    )
    points = images.YX(y=rng.uniform(0, 199, size=20), x=rng.uniform(100, 299, size=20))
    for part in (psf, psf[Box.factory[60:90, 150:170]]):
        legacy = part.to_legacy()
        checks.compare_psf_to_legacy(part, legacy, points=points, expect_legacy_raise_on_out_of_bounds=True)
        checks.assert_psfs_equal(CellPointSpreadFunction.from_legacy(legacy), part)
    assert type(PointSpreadFunction.from_legacy(psf.to_legacy(), bounds=grid.bbox)) is CellPointSpreadFunction


def testKernels(rng):
    spatial = [ChebyshevField(BOX, np.fliplr(np.triu(rng.random(size=(3, 3))))) for _ in range(2)]
    kernel = ImageBasisConvolutionKernel(rng.random(size=(2, 7, 9)), spatial, center_y=3, center_x=4)
    legacy = kernel.to_legacy()
    back = ImageBasisConvolutionKernel.from_legacy(legacy)
    for (image, field), (other, other_field) in zip(kernel, back, strict=True):
        assert image == other
        np.testing.assert_allclose(field.coefficients, other_field.coefficients)


@pytest.fixture
def observation():
    from astro_metadata_translator import makeObservationInfo

    location = EarthLocation.from_geodetic(-70.7, -30.2, 2650.0)
    begin = Time("2025-05-01T03:00:00.123456789", scale="tai", format="isot")
    return makeObservationInfo(
        instrument="LSSTCam",
        exposure_id=123,
        visit_id=123,
        physical_filter="r_57",
        exposure_time=30.0 * u.s,
        dark_time=31.0 * u.s,
        datetime_begin=begin,
        datetime_end=begin + 30.0 * u.s,
        location=location,
        tracking_radec=SkyCoord(40.0, -30.0, unit="deg"),
        altaz_begin=AltAz(az=100.0 * u.deg, alt=60.0 * u.deg, obstime=begin, location=location),
        boresight_airmass=1.15,
        boresight_rotation_angle=Angle(33.0 * u.deg),
        boresight_rotation_coord="sky",
        temperature=283.15 * u.K,
        pressure=750 * u.hPa,
        relative_humidity=40.0,
        focus_z=1.5 * u.mm,
        object="M31",
        science_program="BLOCK-1",
        observation_type="science",
        observation_reason="deep",
        has_simulated_content=True,
    )


def testVisitInfo(observation):
    info = MakeRawVisitInfoViaObsInfo.observationInfo2visitInfo(observation)
    assert (info.id, info.instrumentLabel, info.object, info.scienceProgram) == (
        123,
        "LSSTCam",
        "M31",
        "BLOCK-1",
    )
    assert (info.exposureTime, info.darkTime, info.focusZ, info.boresightAirmass) == (30.0, 31.0, 1.5, 1.15)
    assert info.date.nsecs() == DateTime("2025-05-01T03:00:15.123456789", DateTime.TAI).nsecs()
    assert info.boresightRaDec.getRa().asDegrees() == pytest.approx(40.0)
    assert info.boresightAzAlt.getLatitude().asDegrees() == pytest.approx(60.0)
    assert (info.rotType, info.boresightRotAngle.asDegrees()) == (RotType.SKY, pytest.approx(33.0))
    assert info.observatory.getElevation() == pytest.approx(2650.0)
    assert info.weather.getAirTemperature() == pytest.approx(10.0)
    assert info.weather.getAirPressure() == pytest.approx(75000)
    assert info.weather.getHumidity() == 40.0 and info.hasSimulatedContent
    # The sidereal time that day, at that time and longitude.
    sidereal = observation.datetime_begin.utc.sidereal_time("mean", longitude=-70.7).degree
    assert info.localEra.asDegrees() % 360 == pytest.approx(sidereal, abs=0.5)


def testVisitInfoOfLittle():
    from astro_metadata_translator import makeObservationInfo

    info = MakeRawVisitInfoViaObsInfo.observationInfo2visitInfo(makeObservationInfo(exposure_id=5))
    assert info.id == 5 and np.isnan(info.exposureTime) and not info.date.isValid()
    assert info.rotType == RotType.UNKNOWN


def testHeaders():
    """What later releases of the stack have for property lists."""
    properties = PropertyList()
    properties.set("EXPTIME", 30.0, "exposure time (s)")
    properties.set("LSST BUTLER DATAID TRACT", 9813)
    properties.add("HISTORY", "one")
    properties.add("HISTORY", "two")
    properties.set("BADVALUE", float("nan"))
    header = properties.to_astropy_header()
    assert header["EXPTIME"] == 30.0 and header.comments["EXPTIME"] == "exposure time (s)"
    assert header["LSST BUTLER DATAID TRACT"] == 9813 and list(header["HISTORY"]) == ["one", "two"]
    back = properties.from_astropy_header(header)
    assert back["EXPTIME"] == 30.0 and back.getComment("EXPTIME") == "exposure time (s)"
    assert back.getArray("HISTORY") == ["one", "two"] and back["BADVALUE"] is None
    assert not hasattr(properties, "to_astropy")


def testExposuresOfCells(rng):
    """The conversion that the butler does for an ExposureF of a CellCoadd."""
    from lsst.images.cells import CellCoadd

    planes = planeMap("deep_coadd")
    grid = CellGrid(bbox=Box.factory[100:200, 40:120], cell_shape=images.YX(y=50, x=40))
    frame = images.TractFrame(skymap="cells", tract=3, bbox=grid.bbox)
    kernels = np.zeros((2, 2, 5, 5))
    kernels[:, :, 2, 2] = 1.0
    coadd = CellCoadd(
        Image(rng.normal(size=(100, 80)).astype(np.float32), bbox=grid.bbox, unit=u.nJy),
        mask_schema=MaskSchema(list(planes.values())),
        sky_projection=checks.make_random_sky_projection(rng, frame, grid.bbox),
        band="r",
        psf=CellPointSpreadFunction(kernels, CellGridBounds(grid=grid, bbox=grid.bbox)),
    )
    coadd.mask.set("DETECTED", rng.random(size=(100, 80)) < 0.5)
    exposure = coadd.to_legacy()
    assert isinstance(exposure, ExposureF)
    checks.compare_masked_image_to_legacy(coadd, exposure.maskedImage, plane_map=planes)
    checks.compare_sky_projection_to_legacy_wcs(
        coadd.sky_projection, exposure.getWcs(), frame, grid.bbox, is_fits=True
    )
    assert (
        checks.compare_psf_to_legacy(coadd.psf, exposure.getPsf(), points=images.YX(y=[107.0], x=[49.0])) == 1
    )
    assert exposure.getPhotoCalib() == PhotoCalib(1.0)
    assert (exposure.getFilter().bandLabel, exposure.getMetadata()["BUNIT"]) == ("r", "nJy")


def testMaskPlanesAreReset(reset_afw_mask_planes):
    assert "DETECTED" in Mask(1, 1).getMaskPlaneDict()


if hasattr(checks, "reset_afw_mask_planes"):
    reset_afw_mask_planes = checks.reset_afw_mask_planes
else:
    del testMaskPlanesAreReset
