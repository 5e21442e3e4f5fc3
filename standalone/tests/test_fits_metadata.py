# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Metadata in the headers of exposures."""

import numpy as np
import pytest
from fits_testing import DATA, makeExposure, write
from hypothesis import given, settings
from hypothesis import strategies as st
from lsst.afw.fits import FitsError, MemFileManager, combineMetadata, readMetadata
from lsst.afw.fits._file import FitsFile
from lsst.afw.image import ExposureF, ExposureFitsReader
from lsst.daf.base import PropertyList
from lsst.geom import Extent2I

NAMES = st.text("ABCDEFGHIJ", min_size=4, max_size=20).map(lambda text: "X " + text)
VALUES = st.one_of(
    st.integers(-(2**63), 2**63 - 1),
    st.booleans(),
    st.floats(allow_nan=False),
    st.none(),
    st.text(st.characters(min_codepoint=32, max_codepoint=126, exclude_characters="'"), max_size=200),
)


def test_metadata_of_the_real_stack():
    reader = ExposureFitsReader(str(DATA / "fits_plain.fits"))
    metadata = reader.readMetadata()
    names = metadata.getOrderedNames()
    assert names == ["GOLDEN", "ALONGKEYWORD", "NOTFIN", "EXPINFO_V", "BUNIT", "EXTNAME"]
    assert metadata["BUNIT"] == "nJy" and np.isnan(metadata["NOTFIN"])
    assert reader.readExposureId() == 987654321 and reader.readSerializationVersion() == 2
    assert reader.readVisitInfo().getId() == 2026112200042


def test_units(tmp_path):
    exposure = makeExposure()
    exposure.getMetadata()["BUNIT"] = "nJy"
    path = write(exposure, tmp_path / "a.fits")
    file = FitsFile(path)
    assert [file.hdu(i).header.get("BUNIT", "absent") for i in range(4)] == ["absent", "nJy", None, "nJy**2"]
    assert ExposureF(path).getMetadata()["BUNIT"] == "nJy"


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(NAMES, VALUES, max_size=6))
def test_metadata_survive(entries):
    exposure = ExposureF(Extent2I(3, 2))
    metadata = PropertyList()
    for name, value in entries.items():
        metadata.set(name, value)
    exposure.getInfo().setMetadata(metadata)
    manager = MemFileManager()
    exposure.writeFits(manager)
    back = ExposureF(manager).getMetadata()
    for name, value in entries.items():
        expected = value.rstrip() if isinstance(value, str) else value
        assert back.getScalar(name) == expected and type(back.getScalar(name)) is type(expected)


def test_metadata_that_cannot_be_written(caplog):
    exposure = ExposureF(Extent2I(3, 2))
    exposure.getMetadata()["LABEL"] = "µ"
    exposure.getMetadata()["COMMENT"] = ["one", "two"]
    exposure.getMetadata()["NAXIS"] = 5
    manager = MemFileManager()
    exposure.writeFits(manager)
    assert "LABEL" in caplog.text
    back = ExposureF(manager).getMetadata()
    assert list(back.getArray("COMMENT")) == ["one", "two"] and not back.exists("LABEL")
    assert not back.exists("NAXIS")


def test_combining_headers():
    first, second = PropertyList(), PropertyList()
    first.set("A", 1, "kept")
    first.set("B", [1, 2])
    second.set("B", 3.5, "new")
    second.set("C", ["x", "y"])
    for metadata, text in ((first, "one"), (second, "two")):
        metadata.set("COMMENT", text)
    combined = combineMetadata(first, second)
    assert combined.toOrderedDict() == {"A": 1, "B": 3.5, "COMMENT": ["one", "two"], "C": "y"}
    assert (combined.getComment("A"), combined.getComment("B")) == ("kept", "new")
    assert first.getArray("B") == [1, 2]


def test_header_of_a_file(tmp_path):
    exposure = makeExposure()
    exposure.getMetadata()["TEST"] = 1
    path = write(exposure, tmp_path / "a.fits")
    assert readMetadata(path)["TEST"] == 1 and readMetadata(path)["EXTNAME"] == "IMAGE"
    assert readMetadata(path, 0, strip=True).names() == readMetadata(path, hdu=0, strip=True).names()
    assert readMetadata(path, hduName="VARIANCE")["EXTTYPE"] == "VARIANCE"
    assert readMetadata(path, 1)["NAXIS1"] == 40 and "NAXIS1" not in readMetadata(path, 1, strip=True)
    with pytest.raises(FitsError, match="NOTHING"):
        readMetadata(path, "NOTHING")
