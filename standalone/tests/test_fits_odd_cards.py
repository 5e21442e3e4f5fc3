# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of header cards that the FITS standard allows but few files have."""

import itertools

import pytest
from fits_testing import makeExposure, write
from lsst.afw.fits import readMetadata
from lsst.afw.image import ExposureF

END = b"END" + b" " * 77


def add_cards(path, cards):
    """Add cards at the end of the primary header of a file."""
    raw = path.read_bytes()
    end = raw.index(END)
    head = raw[:end] + "".join(f"{card:<80}" for card in cards).encode() + b"END"
    path.write_bytes(head + b" " * (-len(head) % 2880) + raw[-(-(end + 80) // 2880) * 2880 :])


@pytest.fixture(params=["readMetadata", "ExposureF"])
def read(request, tmp_path):
    """Metadata of an exposure whose primary header has some more cards."""

    def read(*cards):
        path = tmp_path / "a.fits"
        write(makeExposure(), path)
        add_cards(path, cards)
        if request.param == "readMetadata":
            return readMetadata(str(path), hdu=0)
        return ExposureF(str(path)).getMetadata()

    return read


TEXTS = {"22.01": 22.01, "T": True, "'text'": "text", "12": 12, "-3000000000": -3000000000}


@pytest.mark.parametrize("text", TEXTS)
def test_keyword_with_and_without_value(read, text):
    cards = (f"KEY-STR = {text} / with", "KEY-STR = / without", "KEY-STR =")
    for order in itertools.permutations(cards):
        found = read(*order)
        assert found.getArray("KEY-STR") == [TEXTS[text]]
        assert found.getComment("KEY-STR") == "with"


def test_values_among_undefined(tmp_path):
    path = tmp_path / "a.fits"
    write(makeExposure(), path)
    add_cards(path, ["KEY     =", "KEY     = 1", "KEY     =", "KEY     = 2", "HIERARCH a long key ="])
    found = readMetadata(str(path), hdu=0)
    assert found.getArray("KEY") == [1, 2]
    assert found.isUndefined("A LONG KEY")


def test_only_undefined(read):
    found = read("KEY     = / first", "KEY     = / second")
    assert found.isUndefined("KEY")
    assert found.getComment("KEY") == "first"


def test_without_value_indicator(read):
    found = read("STRANGE text without an equals sign", "STRANGE = 5")
    assert found["STRANGE"] == 5


def test_without_keyword(read):
    blank = " " * 8
    found = read(
        "COMMENT one", f"{blank}---- Checksums ----", " " * 80, f"{blank}= 5 / no value", "NUMBER  = 1"
    )
    assert found.getArray("COMMENT")[-3:] == [" one"[1:], "---- Checksums ----", "= 5 / no value"]
    assert found["NUMBER"] == 1
    assert not found.exists("")


def test_integers_beyond_64_bits(read):
    found = read("MANY    = 99999999999999999999", "FEW     = -99999999999999999999")
    assert (found["MANY"], found["FEW"]) == (2**63 - 1, -(2**63))
