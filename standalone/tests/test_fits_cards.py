# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

import math
import re

import pytest
from astropy.io import fits
from hypothesis import given
from hypothesis import strategies as st
from lsst.afw.fits import FitsError
from lsst.afw.fits._cards import formatCard, parseCards

KEYS = st.sampled_from(
    ["A", "ABCDEFGH", "DATE-OBS", "LONGER-THAN-8", "WITH BLANKS IN IT", "LSST BUTLER INPUT 0 ID"]
)
TEXTS = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=300)


def parse(records):
    return parseCards(records + b"END".ljust(80))


@given(KEYS, st.integers(-(2**63), 2**63 - 1) | st.booleans() | st.floats(allow_nan=False) | st.none())
def test_values_survive(key, value):
    (card,) = parse(formatCard(key, value, "comment"))
    assert (card.key, card.value, type(card.value)) == (key, value, type(value))


@given(KEYS, TEXTS)
def test_strings_survive(key, value):
    records = formatCard(key, value)
    assert len(records) % 80 == 0
    (card,) = parse(records)
    # Doubled quotes are not collapsed, and trailing blanks mean nothing.
    assert card.value == value.replace("'", "''").rstrip()


# Astropy takes a slash after a quote for the start of the comment.
@given(TEXTS.filter(lambda text: not re.search(r"&|' */", text)))
def test_astropy_reads_strings(value):
    for key in ("KEY", "LONG KEYWORD"):
        assert fits.Header.fromstring(formatCard(key, value))[key] == value.rstrip()


def test_not_a_number_is_a_string():
    record = formatCard("X", math.nan)
    assert record.startswith(b"X       = 'NAN     '")
    assert math.isnan(parse(record)[0].value)
    assert parse(formatCard("X", -math.inf))[0].value == -math.inf


def test_layout_of_the_real_stack():
    assert formatCard("EXPTIME", 30.0).decode().rstrip() == "EXPTIME =                  30."
    assert formatCard("EXPINFO_V", 2).decode().rstrip() == "HIERARCH EXPINFO_V =         2"
    expected = "CD1_1   = -5.47115418340116E-05 / Transformation matrix element"
    assert (
        formatCard("CD1_1", -5.47115418340116e-05, "Transformation matrix element").decode().rstrip()
        == expected
    )


def test_repeated_comments():
    cards = parse(formatCard("COMMENT", "x" * 100) + formatCard("HISTORY", "y"))
    assert [(c.key, len(c.value)) for c in cards] == [("COMMENT", 72), ("COMMENT", 28), ("HISTORY", 1)]


@pytest.mark.parametrize("text", ["1.5D3", "'no end", "word", "(1, 2)", "0x10"])
def test_malformed_values(text):
    with pytest.raises(FitsError, match="header card"):
        parse(f"KEY     = {text}".ljust(80).encode())


@pytest.mark.parametrize(("key", "value"), [("KEY", "µ"), ("KEY", "two\nlines"), ("A=B", 1), ("K" * 75, 1)])
def test_what_a_header_cannot_hold(key, value):
    with pytest.raises(FitsError):
        formatCard(key, value)


def test_lower_case_is_raised():
    (card,) = parse(b"hierarch long.keyword name = 7".ljust(80))
    assert (card.key, card.value) == ("LONG.KEYWORD NAME", 7)
