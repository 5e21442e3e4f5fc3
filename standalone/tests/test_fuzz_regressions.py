# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hostile files that once led to crashes, hangs or undocumented exceptions."""

from __future__ import annotations

import os

import numpy as np
import pytest
from fuzz.mutations import Victim, replace_value, set_card
from fuzz.samples import load
from lsst.afw.fits import FitsError, MemFileManager
from lsst.afw.image import ExposureFitsReader
from lsst.afw.table import ExposureCatalog
from lsst.afw.table.io._errors import MalformedArchiveError
from lsst.afw.table.io._inputArchive import TableReader
from lsst.geom import Box2I, Extent2I, Point2I
from lsst.meas.algorithms._warpedPsf import LocalWarp
from lsst.pex.exceptions import LogicError, RangeError


class Patient:
    """A file of which single values are changed."""

    def __init__(self, sample, folder):
        self.victim = Victim(bytearray(load(sample, folder)))

    def setCard(self, hdu, key, value):
        start, end = self.victim.hdus()[hdu]._start, self.victim.hdus()[hdu].dataStart
        for position in range(start, end, 80):
            if self.victim.data[position : position + 8].decode().strip() == key:
                return set_card(self.victim, position, value)
        raise AssertionError(f"HDU {hdu} has no card {key}.")

    def tableOf(self, *columns):
        """Find the table with these columns and the fewest others."""
        tables = [
            TableReader(hdu) for hdu in self.victim.hdus() if hdu.header.get("EXTTYPE") == "ARCHIVE_DATA"
        ]
        found = [table for table in tables if set(columns) <= set(table.fields.names)]
        return min(found, key=lambda table: len(table.fields.names))

    def setNumber(self, column, value, *others):
        """Set an integer in all rows of the table with some columns."""
        table = self.tableOf(*(others or [column]))
        offset = table._dtype.fields[table._columns[column].name][1]
        for row in range(table.nRows):
            position = table.hdu.dataStart + row * table._dtype.itemsize + offset
            self.victim.overwrite(position, np.array(value, ">i4").tobytes())

    def idOf(self, name):
        index = next(h for h in self.victim.hdus() if h.header.get("EXTTYPE") == "ARCHIVE_INDEX")
        table = TableReader(index)
        names = [raw.rstrip(b"\0 ").decode() for raw in table.column("name")]
        return int(table.column("id")[names.index(name)])

    def open(self):
        file = MemFileManager()
        file.setData(bytes(self.victim.data), len(self.victim.data))
        return ExposureFitsReader(file)


@pytest.fixture
def template(tmp_path):
    return Patient("template", tmp_path)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("NAXIS2", "1000"),
        ("NAXIS2", "-1"),
        ("NAXIS2", str(2**62)),
        ("TFORM1", "'999999999J'"),
        ("TFORM1", "'1QB(99999)'"),
        ("TFIELDS", str(2**63 - 1)),
        ("TFIELDS", "-1"),
        ("THEAP", "-5000"),
    ],
)
def test_tables_whose_sizes_lie(template, key, value):
    table = template.tableOf("calibrationMean")
    if key == "THEAP":
        key, value = "PCOUNT", str(-(2**40))
    template.setCard(table.hdu.index, key, value)
    with pytest.raises(FitsError):
        template.open().readPhotoCalib()


def test_column_without_a_name(tmp_path):
    data = bytearray(load("catalog", tmp_path))
    position = data.index(b"TTYPE3  = ")
    set_card(Victim(data), position, "''")
    path = tmp_path / "hostile.fits"
    path.write_bytes(data)
    with pytest.raises(FitsError, match="without a name"):
        ExposureCatalog.readFits(str(path))


@pytest.mark.parametrize(
    ("column", "others", "read"),
    [
        ("psf", ["psf", "weight"], "readPsf"),
        ("wcs", ["psf", "weight"], "readPsf"),
        ("coaddwcs", [], "readPsf"),
        ("psfIndex", [], "readPsf"),
        ("transformIndex", [], "readPsf"),
        ("controlIndex", [], "readPsf"),
        ("warpingKernelIndex", [], "readPsf"),
        ("kernel", [], "readPsf"),
        ("field", ["name", "field"], "readApCorrMap"),
        ("coaddWcs", [], "readApCorrMap"),
        ("id", ["id"], "readApCorrMap"),
    ],
)
@pytest.mark.parametrize("wrong", ["PhotoCalib", "FilterLabel", None])
def test_references_to_the_wrong_class(template, column, others, read, wrong):
    """The last case is a reference to nothing."""
    template.setNumber(column, template.idOf(wrong) if wrong else 0, *others)
    if wrong is None and column in ("psf", "wcs"):
        # Found out when it is needed.
        psf = template.open().readPsf()
        with pytest.raises(LogicError, match=f"has no {column.upper()}"):
            psf.computeKernelImage(psf.getAveragePosition())
        return
    with pytest.raises(MalformedArchiveError):
        getattr(template.open(), read)()


@pytest.mark.parametrize(
    "text", [b"\xff\xfe\xfd", b"a: [1, 2", b"- 1", b"[" * 60000, b"psfSigma: 1\n" * 10000, b"1: 2\na: 3"]
)
def test_malformed_statistics(template, text):
    number = template.idOf("ExposureSummaryStats")
    index = next(h for h in template.victim.hdus() if h.header.get("EXTTYPE") == "ARCHIVE_INDEX")
    rows = TableReader(index)
    entry = rows.column("id").tolist().index(number)
    table = TableReader(template.victim.hdus()[index.index + int(rows.column("cat.archive")[entry])])
    replace_value(template.victim, table, int(rows.column("row0")[entry]), "bytes", text)
    with pytest.raises(MalformedArchiveError):
        template.open().readComponent("SUMMARY_STATS")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("TFORM1", "'1D'"),
        ("ZDITHER0", str(10**30)),
        ("ZVAL1", str(10**30)),
        ("ZVAL1", "'x'"),
        ("TFIELDS", str(2**63 - 1)),
        ("TTYPE2", "'COMPRESSED_DATA'"),
        ("THEAP", "-100000"),
        ("ZBLANK", str(10**30)),
    ],
)
def test_tiles_whose_headers_lie(tmp_path, key, value):
    patient = Patient("lossy", tmp_path)
    if key not in patient.victim.hdus()[1].header:
        # Put it in the place of a card that nothing depends on.
        position = patient.victim.data.index(b"INHERIT ")
        patient.victim.overwrite(position, f"{key:<8}= {value}".encode().ljust(80))
    else:
        patient.setCard(1, key, value)
    with pytest.raises(FitsError):
        patient.open().readImage()


@pytest.mark.parametrize("key", ["BZERO", "BSCALE"])
@pytest.mark.parametrize("value", ["'x'", "", "T", "'NAN'"])
def test_scales_that_are_no_numbers(template, key, value):
    position = template.victim.data.index(b"INHERIT ")
    template.victim.overwrite(position, f"{key:<8}= {value}".encode().ljust(80))
    with pytest.raises(FitsError):
        template.open().readImage()


@pytest.mark.parametrize(
    ("column", "others"),
    [
        ("dimensions_x", ["dimensions_x", "sigma"]),
        ("dimensions_y", ["dimensions_y", "sigma1"]),
        ("order", []),
    ],
)
@pytest.mark.parametrize("value", [2**31 - 1, 2550001, 0, -3])
def test_psfs_beyond_all_reason(template, column, others, value):
    template.setNumber(column, value, *others)
    with pytest.raises(MalformedArchiveError):
        template.open().readPsf()


def test_kernel_beyond_all_reason(template):
    table = template.tableOf("warpingkernelname")
    position = template.victim.data.index(b"lanczos3", table.hdu.dataStart)
    template.victim.overwrite(position, b"lanczos255")
    with pytest.raises(MalformedArchiveError):
        template.open().readPsf()


MATRICES = [[[1e-3, 0], [0, 1e-3]], [[0, 0], [0, 0]], [[1e300, 0], [0, 1e300]], [[1e-2, 0], [0, 1]]]


@pytest.mark.parametrize("matrix", MATRICES)
def test_warps_beyond_all_reason(matrix):
    warp = LocalWarp((0.0, 0.0), np.array(matrix))
    size = 41 if matrix[1][1] != 1 else 2001
    with pytest.raises(RangeError):
        warp.warpBox(Box2I(Point2I(-size // 2, -size // 2), Extent2I(size, size)))


@pytest.mark.parametrize("sample", ["template", "lossless"])
@pytest.mark.parametrize("size", [0, 3000, 9000])
def test_file_that_is_cut_while_it_is_open(tmp_path, sample, size):
    """If it were mapped, this would end the process."""
    path = tmp_path / "coadd.fits"
    path.write_bytes(load(sample, tmp_path))
    reader = ExposureFitsReader(str(path))
    assert reader.readBBox().getWidth() == 40
    os.truncate(path, size)
    for read in (reader.readVariance, reader.readPsf, reader.readExposureInfo):
        with pytest.raises(FitsError):
            read()


@pytest.mark.parametrize("hdu", [1, 2, 3])
def test_corrupt_planes_are_not_taken_for_zeros(tmp_path, hdu):
    patient = Patient("lossless", tmp_path)
    found = patient.victim.hdus()[hdu]
    patient.victim.data[found.dataStart + found.dataSize - 100] ^= 1
    with pytest.raises(FitsError, match="corrupt"):
        patient.open().read()
