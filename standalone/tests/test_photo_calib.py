# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Photometric calibrations."""

import math
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsst.afw.image import (
    MaskedImageF,
    Measurement,
    PhotoCalib,
    makePhotoCalibFromCalibZeroPoint,
    makePhotoCalibFromMetadata,
)
from lsst.afw.math import ChebyshevBoundedField
from lsst.daf.base import PropertyList
from lsst.geom import Box2I, Extent2I, Point2D, Point2I
from lsst.pex.exceptions import InvalidParameterError

BOX = Box2I(Point2I(0, 0), Extent2I(10, 10))
FIELD = ChebyshevBoundedField(BOX, np.array([[2, 0.1, 0.01], [0.2, 0, 0]]))
AB_ZERO = 3.6307805477010e12
POSITIVE = st.floats(1e-6, 1e9)


def test_constant():
    calib = PhotoCalib(31.5, 0.1)
    assert calib.getCalibrationMean() == 31.5
    assert calib.getCalibrationErr() == 0.1
    assert calib.getLocalCalibration(Point2D(5, 6)) == 31.5
    assert calib.getLocalCalibrationArray([1, 2], [3, 4]).tolist() == [31.5, 31.5]
    assert calib.instFluxToNanojansky(2.0) == calib.instFluxToNanojansky(2.0, Point2D(1, 2)) == 63
    assert calib.nanojanskyToInstFlux(63.0) == calib.nanojanskyToInstFlux(63.0, Point2D(1, 2)) == 2
    assert PhotoCalib().getCalibrationMean() == 0
    for bad in ((-1.0,), (1.0, -0.1)):
        with pytest.raises(InvalidParameterError):
            PhotoCalib(*bad)


def test_magnitudes():
    calib = PhotoCalib(1.0)
    # An AB magnitude of 31.4 is 1 nJy to within 0.1 mmag.
    assert calib.instFluxToMagnitude(1.0) == pytest.approx(31.4, abs=1e-4)
    assert calib.instFluxToMagnitude(AB_ZERO) == pytest.approx(0, abs=1e-10)
    assert calib.getInstFluxAtZeroMagnitude() == pytest.approx(AB_ZERO, rel=1e-10)
    assert PhotoCalib(2.0).getInstFluxAtZeroMagnitude() == pytest.approx(AB_ZERO / 2, rel=1e-10)
    assert math.isnan(calib.instFluxToMagnitude(-1.0))
    assert calib.instFluxToMagnitude(0.0) == math.inf


@given(POSITIVE, POSITIVE, st.floats(-0.5, 9.5), st.floats(-0.5, 9.5))
def test_round_trip(mean, flux, x, y):
    point = Point2D(x, y)
    for calib in (PhotoCalib(mean), PhotoCalib(FIELD * mean)):
        for where in ((), (point,)):
            magnitude = calib.instFluxToMagnitude(flux, *where)
            assert calib.magnitudeToInstFlux(magnitude, *where) == pytest.approx(flux, rel=1e-10)
            nanojansky = calib.instFluxToNanojansky(flux, *where)
            assert calib.nanojanskyToInstFlux(nanojansky, *where) == pytest.approx(flux, rel=1e-12)
            assert magnitude == pytest.approx(-2.5 * math.log10(nanojansky / AB_ZERO), abs=1e-9)


def test_errors():
    calib = PhotoCalib(10.0, 0.5)
    flux = calib.instFluxToNanojansky(100.0, 10.0)
    assert type(flux) is Measurement
    assert flux.value == 1000
    assert flux.error == pytest.approx(1000 * math.hypot(0.1, 0.05))
    assert calib.instFluxToNanojansky(-100.0, 10.0).error == pytest.approx(flux.error)
    magnitude = calib.instFluxToMagnitude(100.0, 10.0, Point2D(0, 0))
    assert magnitude.value == calib.instFluxToMagnitude(100.0)
    assert magnitude.error == pytest.approx(2.5 / math.log(10) * math.hypot(0.1, 0.05))


def test_variable():
    calib = PhotoCalib(FIELD, 0.2)
    assert calib.getCalibrationMean() == pytest.approx(1.99667, abs=1e-5)
    assert calib.getLocalCalibration(Point2D(-0.5, -0.5)) == pytest.approx(1.71)
    assert calib.getLocalCalibration(Point2D(9.5, 9.5)) == pytest.approx(2.31)
    assert calib.instFluxToNanojansky(10.0, Point2D(9.5, 9.5)) == pytest.approx(23.1)
    assert calib.instFluxToNanojansky(10.0) == 10 * calib.getCalibrationMean()
    x, y = np.array([[-0.5, 9.5]]), np.array([[-0.5, 9.5]])
    np.testing.assert_allclose(calib.getLocalCalibrationArray(x, y), [[1.71, 2.31]])
    magnitudes = calib.instFluxToMagnitudeArray(np.array([[10.0, 20.0]]), x, y)
    assert magnitudes[0, 1] == pytest.approx(calib.instFluxToMagnitude(20.0, Point2D(9.5, 9.5)))
    np.testing.assert_allclose(calib.magnitudeToInstFluxArray(magnitudes, x, y), [[10, 20]])
    scaled = calib.computeScaledCalibration()
    assert scaled.evaluate(9.5, 9.5) == pytest.approx(2.31 / calib.getCalibrationMean())


def test_forced_constant():
    calib = PhotoCalib(5.0, 0.1, FIELD, True)
    assert calib.getLocalCalibration(Point2D(9.5, 9.5)) == 5
    calib = PhotoCalib(5.0, 0.1, FIELD, False)
    assert calib.getLocalCalibration(Point2D(9.5, 9.5)) == pytest.approx(2.31)
    assert calib.getCalibrationMean() == 5


@pytest.mark.parametrize("calib", [PhotoCalib(3.0, 0.5), PhotoCalib(FIELD, 0.5)])
@pytest.mark.parametrize("uncertain", [False, True])
def test_images(calib, uncertain):
    image = MaskedImageF(BOX)
    image.image.array[:] = np.arange(100).reshape(10, 10)
    image.mask.array[:] = 5
    image.variance.array[:] = 2
    result = calib.calibrateImage(image, uncertain)
    x, y = np.meshgrid(np.arange(10.0), np.arange(10.0))
    scale = calib.getLocalCalibrationArray(x, y)
    np.testing.assert_allclose(result.image.array, image.image.array * scale, rtol=1e-6)
    extra = (image.image.array * 0.5) ** 2 if uncertain else 0
    np.testing.assert_allclose(result.variance.array, 2 * scale**2 + extra, rtol=1e-6)
    assert (result.mask.array == 5).all()
    assert (image.variance.array == 2).all()
    back = calib.uncalibrateImage(result, uncertain)
    np.testing.assert_allclose(back.image.array, image.image.array, rtol=1e-6)
    np.testing.assert_allclose(back.variance.array, 2, rtol=1e-3)


def test_equality():
    assert PhotoCalib(2.0) == PhotoCalib(2.0)
    assert PhotoCalib(2.0) != PhotoCalib(2.5)
    assert PhotoCalib(2.0) != PhotoCalib(2.0, 0.1)
    assert PhotoCalib(FIELD) == PhotoCalib(FIELD)
    assert PhotoCalib(FIELD) != PhotoCalib(FIELD.mean())
    assert PhotoCalib(2.0) != 2.0


def test_factories():
    calib = makePhotoCalibFromCalibZeroPoint(1e10, 1e8)
    assert calib.getCalibrationMean() == pytest.approx(AB_ZERO / 1e10)
    assert calib.getCalibrationErr() == pytest.approx(AB_ZERO / 1e12)
    metadata = PropertyList()
    assert makePhotoCalibFromMetadata(metadata) is None
    metadata.set("FLUXMAG0", 1e10)
    metadata.set("FLUXMAG0ERR", 1e8)
    assert makePhotoCalibFromMetadata(metadata) == calib
    assert metadata.exists("FLUXMAG0")
    assert makePhotoCalibFromMetadata(metadata, strip=True) == calib
    assert not metadata.exists("FLUXMAG0")
    assert not metadata.exists("FLUXMAG0ERR")


@pytest.mark.parametrize("calib", [PhotoCalib(3.0, 0.5), PhotoCalib(3.0, 0.5, BOX), PhotoCalib(FIELD, 0.5)])
def test_persistence(calib, tmp_path):
    path = str(tmp_path / "calib.fits")
    calib.writeFits(path)
    for copy in (PhotoCalib.readFits(path), pickle.loads(pickle.dumps(calib))):
        assert copy == calib
        assert copy.getLocalCalibration(Point2D(1, 2)) == calib.getLocalCalibration(Point2D(1, 2))


@pytest.mark.parametrize(
    "zeroPoint, mean, err",
    [
        ((0.0, 0.0), math.inf, math.nan),
        ((0.0, 1.0), math.inf, math.inf),
        ((math.inf, 0.0), 0.0, 0.0),
        ((math.nan, 0.0), math.nan, math.nan),
        ((1e300, 1e200), AB_ZERO / 1e300, 0.0),
    ],
)
@pytest.mark.filterwarnings("error")
def test_zero_point_without_calibration(zeroPoint, mean, err, tmp_path):
    """Old files that nobody calibrated say that magnitude 0 has 0 counts."""
    metadata = PropertyList()
    metadata.set("FLUXMAG0", zeroPoint[0])
    metadata.set("FLUXMAG0ERR", zeroPoint[1])
    path = str(tmp_path / "a.fits")
    for calib in (makePhotoCalibFromCalibZeroPoint(*zeroPoint), makePhotoCalibFromMetadata(metadata)):
        calib.writeFits(path)
        for each in (calib, PhotoCalib.readFits(path)):
            np.testing.assert_allclose([each.getCalibrationMean(), each.getCalibrationErr()], [mean, err])
        np.testing.assert_allclose(calib.getInstFluxAtZeroMagnitude(), zeroPoint[0])
        # Conversions give infinities and NaN, but no errors.
        image = MaskedImageF(2, 2)
        image.image.array[0] = 1
        for value in (
            calib.instFluxToNanojansky(1.0),
            calib.instFluxToMagnitude(1.0),
            calib.magnitudeToInstFlux(20.0),
            calib.magnitudeToInstFluxArray([20.0], [0], [0])[0],
            calib.nanojanskyToInstFlux(1.0),
            calib.calibrateImage(image, True).image.array[0, 0],
            calib.uncalibrateImage(image, True).image.array[0, 0],
        ):
            assert mean > 0 or value in (0, math.inf, -math.inf) or math.isnan(value)
        calib.instFluxToNanojansky(0.0, 1.0)
        calib.instFluxToMagnitude(0.0, 1.0)
        calib.computeScaledCalibration()
