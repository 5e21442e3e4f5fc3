# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""An exposure that was written and read is the same exposure."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from fuzz.samples import make_science, make_template
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from lsst.afw.detection import GaussianPsf
from lsst.afw.fits import CompressionOptions, MemFileManager
from lsst.afw.geom import Polygon, makeCdMatrix, makeTanSipWcs
from lsst.afw.image import ApCorrMap, ExposureF, ExposureSummaryStats, FilterLabel, PhotoCalib, VisitInfo
from lsst.afw.math import ChebyshevBoundedField
from lsst.geom import Box2D, Box2I, Extent2I, Point2D, Point2I, SpherePoint, arcseconds, degrees

PLANES = ("image", "mask", "variance")
NUMBERS = st.floats(-1e300, 1e300)
ANY_NUMBERS = st.floats()
POSITIVE = st.floats(1e-6, 1e6)
ANGLES = st.floats(0, 359).map(lambda angle: angle * degrees)
# In headers, quotes are doubled, and NAN and INFINITY are numbers, as in the
# stack.
TEXTS = st.text(
    st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="'NI"), min_size=1, max_size=30
)
IDS = st.integers(0, 2**63 - 1)
SKY = st.builds(SpherePoint, st.floats(0, 359.9), st.floats(-89, 89), st.just(degrees))
COEFFICIENTS = st.lists(st.floats(-1e-7, 1e-7), min_size=4, max_size=4).map(
    lambda values: np.array([[0, 0, values[0]], [0, values[1], values[2]], [values[3], 0, 0]])
)
WCSS = st.builds(
    makeTanSipWcs,
    st.builds(Point2D, st.floats(-1e4, 1e4), st.floats(-1e4, 1e4)),
    SKY,
    st.builds(makeCdMatrix, st.floats(0.05, 5).map(lambda scale: scale * arcseconds), ANGLES, st.booleans()),
    COEFFICIENTS,
    COEFFICIENTS,
)
FILTERS = (
    st.builds(FilterLabel.fromBand, TEXTS)
    | st.builds(FilterLabel.fromPhysical, TEXTS)
    | st.builds(FilterLabel.fromBandPhysical, TEXTS, TEXTS)
)
# Infinities of a visit are not written.
VISITS = st.builds(
    VisitInfo,
    exposureTime=st.floats(allow_infinity=False),
    boresightRaDec=SKY,
    boresightRotAngle=ANGLES,
    boresightAirmass=st.floats(allow_infinity=False),
    instrumentLabel=TEXTS,
    id=IDS,
    object=TEXTS,
    hasSimulatedContent=st.booleans(),
)
STATISTICS = st.builds(
    ExposureSummaryStats,
    psfSigma=ANY_NUMBERS,
    skyBg=ANY_NUMBERS,
    raCorners=st.lists(ANY_NUMBERS, min_size=4, max_size=4),
)
BOXES = st.builds(
    lambda x, y, width, height: Box2I(Point2I(x, y), Extent2I(width, height)),
    *(st.integers(-(2**20), 2**20), st.integers(-(2**20), 2**20), st.integers(2, 12), st.integers(2, 9)),
)
FIELDS = st.builds(
    ChebyshevBoundedField,
    BOXES,
    st.lists(NUMBERS, min_size=6, max_size=6).map(lambda values: np.reshape(values, (2, 3))),
)


def writeBytes(exposure, lossless):
    file = MemFileManager()
    if lossless:
        exposure.writeFitsWithOptions(file, dict.fromkeys(PLANES, CompressionOptions()))
    else:
        exposure.writeFits(file)
    return file.getData()


def reread(exposure, path, lossless):
    path.write_bytes(writeBytes(exposure, lossless))
    return ExposureF.readFits(str(path))


def positions(exposure):
    center = Box2D(exposure.getBBox()).getCenter()
    return [Point2D(center.x + dx, center.y + dy) for dx, dy in ((0, 0), (-4.3, 3.1), (5.5, -2.7))]


def records(catalog):
    names = [name for name in catalog.schema.getNames() if name.partition("_")[0] not in ("coord",)]
    return [
        (
            r.getId(),
            r.getBBox(),
            r.getWcs(),
            r.getPhotoCalib(),
            r.getValidPolygon() and r.getValidPolygon().getVertices(),
            r.getVisitInfo(),
            [r[name] for name in names if r[name] == r[name]],
        )
        for r in catalog
    ]


@pytest.mark.parametrize("lossless", [False, True], ids=["plain", "lossless"])
def test_every_component(tmp_path, lossless):
    exposure = make_template()
    copy = reread(exposure, tmp_path / "exposure.fits", lossless)
    assert copy.getBBox() == exposure.getBBox()
    for plane in PLANES:
        mine, theirs = getattr(exposure, plane).array, getattr(copy, plane).array
        assert mine.dtype == theirs.dtype
        assert np.array_equal(mine, theirs, equal_nan=mine.dtype.kind == "f")
    assert copy.mask.getMaskPlaneDict() == exposure.mask.getMaskPlaneDict()
    assert copy.wcs == exposure.wcs
    assert copy.photoCalib == exposure.photoCalib
    assert copy.filter == exposure.filter
    assert copy.visitInfo == exposure.visitInfo
    info, other = exposure.info, copy.info
    assert other.id == info.id
    assert other.getValidPolygon().getVertices() == info.getValidPolygon().getVertices()
    assert (
        dataclasses.asdict(other.getSummaryStats()).keys()
        == dataclasses.asdict(info.getSummaryStats()).keys()
    )
    assert repr(other.getSummaryStats()) == repr(info.getSummaryStats())
    assert dict(other.getApCorrMap().items()) == dict(info.getApCorrMap().items())
    for name in ("visits", "ccds"):
        mine, theirs = getattr(info.getCoaddInputs(), name), getattr(other.getCoaddInputs(), name)
        assert theirs.schema == mine.schema
        assert records(theirs) == records(mine)
    assert {name: copy.metadata[name] for name in ("FOO", "A LONG NAME")} == exposure.metadata.toDict()


def test_psf(tmp_path):
    exposure = make_template()
    copy = reread(exposure, tmp_path / "exposure.fits", False)
    assert copy.psf.getAveragePosition() == exposure.psf.getAveragePosition()
    for position in positions(exposure):
        for method in ("computeKernelImage", "computeImage"):
            mine, theirs = (getattr(each.psf, method)(position) for each in (exposure, copy))
            assert theirs.getBBox() == mine.getBBox()
            assert np.array_equal(theirs.array, mine.array)
    for mine, theirs in zip(
        exposure.info.getCoaddInputs().ccds, copy.info.getCoaddInputs().ccds, strict=True
    ):
        assert type(theirs.getPsf()) is type(mine.getPsf())


@pytest.mark.parametrize("make", [make_template, make_science])
@pytest.mark.parametrize("lossless", [False, True], ids=["plain", "lossless"])
def test_second_copy_is_the_first(tmp_path, make, lossless):
    """What is read and written again is the same to the last byte."""
    first = writeBytes(reread(make(), tmp_path / "a.fits", lossless), lossless)
    second = writeBytes(
        reread(ExposureF.readFits(str(tmp_path / "a.fits")), tmp_path / "b.fits", lossless), lossless
    )
    assert first == second


# Finding a simpler example would take minutes.
@settings(max_examples=60, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(
    box=BOXES,
    seed=st.integers(0, 2**32 - 1),
    number=IDS,
    wcs=WCSS,
    calib=st.builds(PhotoCalib, POSITIVE, POSITIVE),
    label=FILTERS,
    visit=VISITS,
    statistics=STATISTICS,
    field=FIELDS,
    sigma=st.floats(0.5, 5),
    corners=st.lists(st.tuples(st.floats(0, 9), st.floats(0, 9)), min_size=3, max_size=3, unique=True),
    lossless=st.booleans(),
)
def test_any_values(box, seed, number, wcs, calib, label, visit, statistics, field, sigma, corners, lossless):
    exposure = ExposureF(box, wcs)
    bits = np.random.default_rng(seed).integers(0, 2**32, (3, box.getHeight(), box.getWidth()), np.uint32)
    for plane, values in zip(PLANES, bits, strict=True):
        array = getattr(exposure, plane).array
        array[:] = values.view(array.dtype)
    exposure.setPhotoCalib(calib)
    exposure.setFilter(label)
    exposure.setPsf(GaussianPsf(9, 9, sigma))
    info = exposure.info
    info.id = number
    info.setVisitInfo(visit)
    info.setSummaryStats(statistics)
    info.setValidPolygon(Polygon([Point2D(*corner) for corner in corners]))
    info.setApCorrMap(ApCorrMap())
    info.getApCorrMap()["a"] = field
    file = MemFileManager()
    data = writeBytes(exposure, lossless)
    file.setData(data, len(data))
    copy = ExposureF(file)
    assert copy.getBBox() == box
    for plane in PLANES:
        mine, theirs = getattr(exposure, plane).array, getattr(copy, plane).array
        assert np.array_equal(theirs, mine, equal_nan=mine.dtype.kind == "f")
    assert copy.wcs == wcs
    assert (copy.photoCalib, copy.filter) == (calib, label)
    assert copy.psf.getSigma() == sigma
    assert copy.info.id == number
    assert repr(copy.visitInfo) == repr(visit)
    assert repr(copy.info.getSummaryStats()) == repr(statistics)
    assert copy.info.getValidPolygon().getVertices() == info.getValidPolygon().getVertices()
    assert copy.info.getApCorrMap()["a"] == field
