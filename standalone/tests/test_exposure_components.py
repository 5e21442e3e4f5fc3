# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Coadd inputs, aperture corrections, summary statistics, colors."""

import dataclasses
import math
import pickle

import numpy as np
import pytest
import yaml
from lsst.afw.geom import makeCdMatrix, makeSkyWcs
from lsst.afw.image import ApCorrMap, CoaddInputs, Color, ExposureF, ExposureSummaryStats, PhotoCalib
from lsst.afw.math import ChebyshevBoundedField
from lsst.afw.table import ExposureCatalog, ExposureTable
from lsst.geom import Box2I, Extent2I, Point2D, Point2I, SpherePoint, arcseconds, degrees
from lsst.pex.exceptions import NotFoundError

BOX = Box2I(Point2I(0, 0), Extent2I(10, 10))


def makeInputs() -> CoaddInputs:
    schema = ExposureTable.makeMinimalSchema()
    schema.addField("tract", type="I", doc="tract")
    schema.addField("weight", type="D", doc="weight")
    inputs = CoaddInputs(ExposureTable.makeMinimalSchema(), schema)
    for i in range(2):
        record = inputs.ccds.addNew()
        record.setId(2**40 + i)
        record["tract"] = i
        record["weight"] = 0.5 + i
        record.setBBox(Box2I(Point2I(10 * i, 0), Extent2I(10, 10)))
        record.setWcs(makeSkyWcs(Point2D(5, 5), SpherePoint(30, 0, degrees), makeCdMatrix(1 * arcseconds)))
        record.setPhotoCalib(PhotoCalib(2.0))
    return inputs


def test_coadd_inputs():
    empty = CoaddInputs()
    assert (len(empty.visits), len(empty.ccds)) == (0, 0)
    inputs = makeInputs()
    assert (len(inputs.visits), len(inputs.ccds)) == (0, 2)
    same = CoaddInputs(inputs.visits, inputs.ccds)
    assert same.ccds is inputs.ccds
    named = CoaddInputs(visitSchema=inputs.visits.schema, ccdSchema=inputs.ccds.schema)
    assert "weight" in named.ccds.schema
    assert isinstance(named.visits, ExposureCatalog)
    wcs = inputs.ccds[0].getWcs()
    assert [r.getId() for r in inputs.subset_containing_ccds(Point2D(12, 5), wcs)] == [2**40 + 1]
    assert len(inputs.subset_containing_visits(Point2D(12, 5), wcs)) == 0


def test_coadd_inputs_persistence(tmp_path):
    path = str(tmp_path / "inputs.fits")
    inputs = makeInputs()
    inputs.writeFits(path)
    copy = CoaddInputs.readFits(path)
    assert len(copy.visits) == 0
    assert [r.getId() for r in copy.ccds] == [2**40, 2**40 + 1]
    assert [r["weight"] for r in copy.ccds] == [0.5, 1.5]
    assert copy.ccds[1].getBBox() == inputs.ccds[1].getBBox()
    assert copy.ccds[1].getWcs() == inputs.ccds[1].getWcs()
    assert copy.ccds[1].getPhotoCalib() == PhotoCalib(2.0)
    assert copy.ccds[1].getPsf() is None


def makeCorrections() -> ApCorrMap:
    result = ApCorrMap()
    for name, value in (("b_instFlux", 2.0), ("a_instFlux", 3.0)):
        result[name] = ChebyshevBoundedField(BOX, np.array([[value]]))
    return result


def test_ap_corr_map():
    corrections = makeCorrections()
    assert list(corrections) == list(corrections.keys()) == ["a_instFlux", "b_instFlux"]
    assert [name for name, _ in corrections.items()] == ["a_instFlux", "b_instFlux"]
    assert [field.mean() for field in corrections.values()] == [3, 2]
    assert len(corrections) == 2
    assert "a_instFlux" in corrections
    assert corrections.get("c") is None
    with pytest.raises(NotFoundError):
        corrections["c"]
    with pytest.raises(LookupError):
        corrections["c"]
    with pytest.raises(ValueError):
        corrections["x" * 65] = corrections["a_instFlux"]
    corrections *= 4
    corrections /= 2
    assert [field.mean() for field in corrections.values()] == [6, 4]


def test_ap_corr_map_persistence(tmp_path):
    path = str(tmp_path / "map.fits")
    corrections = makeCorrections()
    corrections.writeFits(path)
    copy = ApCorrMap.readFits(path)
    assert list(copy) == list(corrections)
    assert all(copy[name] == corrections[name] for name in copy)


def test_summary_stats():
    stats = ExposureSummaryStats(psfSigma=2.5, nPsfStar=17, raCorners=[1.0, 2.0, 3.0, 4.0])
    assert math.isnan(stats.zeroPoint)
    assert len(stats.decCorners) == 4
    document = stats._write()
    assert b"\npsfArea: .nan\n" in document
    fields = yaml.safe_load(document)
    assert fields["version"] == 0
    assert (
        list(fields) == sorted(fields) == sorted(f.name for f in dataclasses.fields(stats) if not f.metadata)
    )
    assert repr(ExposureSummaryStats._read(document)) == repr(stats)
    assert repr(pickle.loads(pickle.dumps(stats))) == repr(stats)


def test_summary_stats_of_later_releases():
    later = {"nShapeletsStar": 12, "psfTE1e1": 0.0, "shapeletsCoeffs": [1.0, 2.0]}
    document = ExposureSummaryStats(**later)._write()
    read = ExposureSummaryStats._read(document)
    assert {name: getattr(read, name) for name in later} == later
    # Without values, nothing is written that earlier releases do not know.
    text = ExposureSummaryStats(psfSigma=2.5)._write()
    assert b"psfSigma" in text and not any(name.encode() in text for name in later)


def test_summary_stats_accepts_numpy():
    stats = ExposureSummaryStats(psfSigma=np.float32(2.5), nPsfStar=np.int64(3), raCorners=np.arange(4.0))
    copy = ExposureSummaryStats._read(stats._write())
    assert (copy.psfSigma, copy.nPsfStar, copy.raCorners) == (2.5, 3, [0, 1, 2, 3])


def test_summary_stats_of_other_versions():
    old = ExposureSummaryStats._read(b"version: 0\ndecl: 5.5\npsfSigma: 2.0\n")
    assert (old.dec, old.psfSigma) == (5.5, 2.0)
    assert math.isnan(old.ra)
    with pytest.warns(FutureWarning, match="invention"):
        ExposureSummaryStats._read(b"version: 0\ninvention: 5.5\n")


def test_components_in_file(tmp_path):
    path = str(tmp_path / "exposure.fits")
    exposure = ExposureF(BOX)
    exposure.info.setApCorrMap(makeCorrections())
    exposure.info.setCoaddInputs(makeInputs())
    exposure.info.setSummaryStats(ExposureSummaryStats(psfSigma=2.5))
    exposure.writeFits(path)
    copy = ExposureF.readFits(path)
    assert list(copy.apCorrMap) == ["a_instFlux", "b_instFlux"]
    assert len(copy.info.getCoaddInputs().ccds) == 2
    assert copy.info.getSummaryStats().psfSigma == 2.5


def test_color():
    assert Color().isIndeterminate()
    assert Color() == Color()
    color = Color(0.5, "g-i")
    assert not color.isIndeterminate()
    assert (color.getColorValue(), color.getColorType()) == (0.5, "g-i")
    assert color == Color(0.5, "g-i")
    assert color != Color(0.5, "g-r")
    assert color != Color()
