# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of detectors read from files."""

import lsst.afw.image as afwImage
import numpy as np
import pytest
from detector_testing import BBOX, CROSSTALK, make_detector
from lsst.afw.cameraGeom import (
    Detector,
    DetectorType,
    DetectorTypeNameValDict,
    DetectorTypeValNameDict,
)
from lsst.geom import Box2I, Extent2D, Extent2I
from lsst.pex.exceptions import NotFoundError


def test_properties():
    detector = make_detector()
    assert isinstance(detector, Detector)
    assert detector.getName() == "R22 S11"
    assert detector.getId() == 94
    assert detector.getSerial() == "E2V-CCD250-9"
    assert detector.getPhysicalType() == "E2V"
    assert detector.getType() is DetectorType.WAVEFRONT
    assert detector.getBBox() == BBOX
    assert detector.getPixelSize() == Extent2D(0.01, 0.0125)
    assert detector.hasCrosstalk()
    np.testing.assert_array_equal(detector.getCrosstalk(), CROSSTALK, strict=True)
    assert detector.isPersistable()


def test_own_copies():
    detector = make_detector()
    detector.getBBox().grow(3)
    detector.getCrosstalk()[:] = 0
    assert detector.getBBox() == BBOX
    assert detector.getCrosstalk().any()


def test_without_crosstalk():
    detector = make_detector(crosstalk=np.zeros(0, np.float32))
    assert not detector.hasCrosstalk()
    assert detector.getCrosstalk().shape == (0, 0)


def test_empty_box():
    detector = make_detector(bbox_min_x=0, bbox_min_y=0, bbox_max_x=-1, bbox_max_y=-1)
    assert detector.getBBox() == Box2I()


def test_missing_column():
    detector = make_detector(without=("physicalType",))
    assert detector.getSerial() == "E2V-CCD250-9"
    with pytest.raises(NotFoundError, match="physicalType"):
        detector.getPhysicalType()


def test_unknown_type():
    with pytest.raises(ValueError, match="17"):
        make_detector(type=17).getType()


def test_types():
    assert [kind.value for kind in DetectorType] == [0, 1, 2, 3]
    assert DetectorType(1) is DetectorType.FOCUS
    assert DetectorTypeNameValDict["GUIDER"] is DetectorType.GUIDER
    assert DetectorTypeValNameDict[DetectorType.SCIENCE] == "SCIENCE"
    assert DetectorType.SCIENCE != 0


def test_what_stays_out():
    detector = make_detector()
    for name in ("getAmplifiers", "getTransform", "transform", "getCorners", "rebuild", "__len__"):
        assert not hasattr(detector, name)
    with pytest.raises(TypeError):
        Detector()


def test_exposure(tmp_path):
    exposure = afwImage.ExposureF(Extent2I(8, 9))
    exposure.setDetector(make_detector())
    paths = [str(tmp_path / f"{i}.fits") for i in range(3)]
    for path in paths:
        exposure.writeFits(path)
        exposure = afwImage.ExposureF(path)
        assert exposure.getDetector().getBBox() == BBOX
    # Reading gives the exposure metadata that it did not have at first.
    assert (tmp_path / "1.fits").read_bytes() == (tmp_path / "2.fits").read_bytes()
    detector = afwImage.ExposureFitsReader(path).readDetector()
    np.testing.assert_array_equal(detector.getCrosstalk(), CROSSTALK)
    exposure.setDetector(None)
    assert exposure.getDetector() is None
    with pytest.raises(TypeError, match="ImageF"):
        exposure.setDetector(afwImage.ImageF(2, 2))


def test_own_file(tmp_path):
    path, copy = str(tmp_path / "detector.fits"), str(tmp_path / "copy.fits")
    make_detector().writeFits(path)
    detector = Detector.readFits(path)
    assert detector.getBBox() == BBOX
    detector.writeFits(copy)
    assert (tmp_path / "copy.fits").read_bytes() == (tmp_path / "detector.fits").read_bytes()
