# This file is part of ip_diffim_template.
#
# Developed for the LSST Data Management System.
# This product includes software developed by the LSST Project
# (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution
# for the terms of the licence.
#
# This program is free software: you can redistribute it and/or modify
# it under the terms of the GNU General Public License as published by
# the Free Software Foundation, either version 3 of the License, or
# (at your option) any later version.
#
# This program is distributed in the hope that it will be useful,
# but WITHOUT ANY WARRANTY; without even the implied warranty of
# MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the
# GNU General Public License for more details.
#
# You should have received a copy of the GNU General Public License
# along with this program.  If not, see <https://www.gnu.org/licenses/>.

"""An exposure that was written and read is the same exposure."""

from __future__ import annotations

import dataclasses
import pathlib
import sys

import numpy as np
import pytest
from lsst.afw.fits import CompressionOptions, MemFileManager
from lsst.afw.image import ExposureF
from lsst.geom import Box2D, Point2D

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from fuzz.samples import make_science, make_template

PLANES = ("image", "mask", "variance")


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
    centre = Box2D(exposure.getBBox()).getCenter()
    return [Point2D(centre.x + dx, centre.y + dy) for dx, dy in ((0, 0), (-4.3, 3.1), (5.5, -2.7))]


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
