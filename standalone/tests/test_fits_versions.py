# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files of earlier releases, and of other makers."""

import pytest
from fits_testing import assertSamePixels, makeExposure, patch, write
from lsst.afw.image import ExposureFitsReader, FilterLabel, PhotoCalib
from lsst.geom import Point2D
from lsst.pex.exceptions import TypeError as PexTypeError


def test_header_wcs(tmp_path):
    path = tmp_path / "a.fits"
    exposure = makeExposure()
    write(exposure, path)
    for key in (b"HIERARCH SKYWCS_ID", b"HIERARCH ARCHIVE_ID_SKYWCS"):
        patch(path, key, b"HIERARCH X" + key[-3:])
    reader = ExposureFitsReader(str(path))
    point = Point2D(3, 25)
    separation = reader.readWcs().pixelToSky(point).separation(exposure.getWcs().pixelToSky(point))
    assert separation.asArcseconds() < 1e-6
    assert not [name for name in reader.readMetadata().names() if name.startswith(("CRPIX", "CD", "CTYPE"))]


def test_without_inherit_there_are_no_components(tmp_path):
    path = tmp_path / "a.fits"
    exposure = makeExposure()
    exposure.getInfo().setId(3)
    exposure.setPhotoCalib(PhotoCalib(2.0))
    write(exposure, path)
    patch(path, b"INHERIT =                    T", b"INHERIT =                    F")
    reader = ExposureFitsReader(str(path))
    assert reader.readPhotoCalib() is None and reader.readExposureId() is None
    assert reader.readWcs() is not None
    assertSamePixels(reader.read(), exposure)


def test_versions(tmp_path):
    path = tmp_path / "a.fits"
    exposure = makeExposure()
    metadata = exposure.getMetadata()
    metadata["FILTER"], metadata["FLUXMAG0"], metadata["FLUXMAG0ERR"] = "r2", 1e12, 1e9
    exposure.setPhotoCalib(PhotoCalib(2.0))
    write(exposure, path)
    version = b"HIERARCH EXPINFO_V =         2"
    patch(path, version, version[:-1] + b"1")
    reader = ExposureFitsReader(str(path))
    assert reader.readFilter() == FilterLabel.fromBandPhysical("r", "HSC-R2")
    assert reader.readPhotoCalib() == PhotoCalib(2.0) and "FILTER" not in reader.readMetadata()
    patch(path, version[:-1] + b"1", version[:-1] + b"0")
    reader = ExposureFitsReader(str(path))
    assert reader.readPhotoCalib().getCalibrationMean() == pytest.approx(3630.7805477 * 1e9 / 1e12, rel=1e-6)
    assert "FLUXMAG0" not in reader.readMetadata()
    patch(path, version[:-1] + b"0", version[:-1] + b"3")
    with pytest.raises(PexTypeError, match="EXPINFO_V 3"):
        ExposureFitsReader(str(path)).readMetadata()


@pytest.mark.parametrize(
    ("name", "band", "physical"),
    [
        ("g", "g", None),
        ("N921", "N921", None),
        ("I945", "I945", None),
        ("SOLID", None, "solid plate 0.0 0.0"),
        ("HSC-Z", None, "HSC-Z"),
        ("_unknown_", None, None),
    ],
)
def test_old_filters(tmp_path, name, band, physical):
    path = tmp_path / "a.fits"
    exposure = makeExposure()
    exposure.getMetadata()["FILTER"] = name
    write(exposure, path)
    patch(path, b"HIERARCH EXPINFO_V =         2", b"HIERARCH EXPINFO_V =         1")
    label = ExposureFitsReader(str(path)).readFilter()
    if band is None and physical is None:
        assert label is None
    else:
        assert (label.hasBandLabel(), label.hasPhysicalLabel()) == (band is not None, physical is not None)
        assert (label.bandLabel if band else label.physicalLabel) == (band or physical)
