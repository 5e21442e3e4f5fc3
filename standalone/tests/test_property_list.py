# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lists of properties with comments, as headers are."""

import math

import pytest
from lsst.afw.fits import MemFileManager, readMetadata
from lsst.afw.image import ImageF
from lsst.daf.base import (
    DateTime,
    PropertyList,
    PropertySet,
    getPropertyListState,
    setPropertyListState,
)
from lsst.pex.exceptions import NotFoundError


def header():
    """Metadata like that of an exposure."""
    made = PropertyList()
    made.set("TELESCOP", "Simonyi", "where")
    made.set("EXPTIME", 30.0, "seconds")
    made.set("NSNAPS", 2)
    made.set("BLANK", None, "nothing")
    made.set("FLAT", True)
    made.add("COMMENT", "first")
    made.add("COMMENT", "second")
    made.add("HISTORY", "made")
    return made


def test_order_and_comments():
    made = header()
    names = ["TELESCOP", "EXPTIME", "NSNAPS", "BLANK", "FLAT", "COMMENT", "HISTORY"]
    assert made.getOrderedNames() == list(made) == list(made.toOrderedDict()) == names
    assert made.toOrderedDict() == {
        "TELESCOP": "Simonyi",
        "EXPTIME": 30.0,
        "NSNAPS": 2,
        "BLANK": None,
        "FLAT": True,
        "COMMENT": ["first", "second"],
        "HISTORY": "made",
    }
    assert made.toList()[4:] == [
        ("FLAT", True, ""),
        ("COMMENT", "first", ""),
        ("COMMENT", "second", ""),
        ("HISTORY", "made", ""),
    ]
    assert (made.getComment("EXPTIME"), made.getComment("NSNAPS")) == ("seconds", "")
    made.set("EXPTIME", 15.0)
    assert made.getComment("EXPTIME") == "seconds"
    made.set("EXPTIME", 15.0, "s")
    assert made["EXPTIME#COMMENT"] == "s"
    made["EXPTIME#COMMENT"] = "again"
    assert (made.getComment("EXPTIME"), made["EXPTIME"]) == ("again", 15.0)
    assert list(made) == names
    made.remove("EXPTIME")
    made.set("EXPTIME", 1.0)
    assert list(made) == ["TELESCOP", *names[2:], "EXPTIME"]
    assert made.getComment("EXPTIME") == ""
    for name in ("ABSENT", "EXPTIME.X"):
        with pytest.raises(NotFoundError):
            made.getComment(name)
        with pytest.raises(NotFoundError):
            made.setComment(name, "x")


def test_comments_count_in_equality():
    made = header()
    assert made == header()
    made.setComment("EXPTIME", "other")
    assert made != header()


def test_lists_are_flat():
    made = PropertyList()
    made.set("A.B", 1, "dotted")
    assert made.names() == ["A.B"]
    assert "A.B" in made
    assert made.get("A") is None
    nested = PropertySet.from_mapping({"task": {"sub": {"seconds": 1.5}, "names": ["a", "b"]}, "count": 3})
    made.set("SET", nested)
    assert made.names() == ["A.B", "SET.task.sub.seconds", "SET.task.names", "SET.count"]
    made.update(nested)
    assert made["task.sub.seconds"] == 1.5
    assert made.getArray("task.names") == ["a", "b"]


def test_comments_are_combined():
    made = PropertyList()
    made.set("EXPTIME", 1.0, "old")
    made.combine(header())
    assert made.getArray("EXPTIME") == [1.0, 30.0]
    assert made.getComment("EXPTIME") == "seconds"
    assert list(made)[:2] == ["EXPTIME", "TELESCOP"]
    copied = header().deepCopy()
    assert copied == header()
    assert isinstance(copied, PropertyList)


def test_text():
    assert str(header()).splitlines() == [
        'TELESCOP = "Simonyi"',
        "// where",
        "EXPTIME = 30.000000000000",
        "// seconds",
        "NSNAPS = 2",
        "BLANK = None",
        "// nothing",
        "FLAT = 1",
        'COMMENT = [ "first", "second" ]',
        'HISTORY = "made"',
    ]


def test_state():
    state = getPropertyListState(header(), asLists=True)
    assert state[:2] == [["TELESCOP", "String", "Simonyi", "where"], ["EXPTIME", "Double", 30.0, "seconds"]]
    assert state[5] == ["COMMENT", "String", ["first", "second"], ""]
    made = PropertyList()
    setPropertyListState(made, state)
    assert made == header()


def test_headers_keep_order_comments_and_repetition():
    made = header()
    made.set("LONG KEYWORD", math.inf, "of two words")
    image = ImageF(2, 2)
    manager = MemFileManager()
    image.writeFits(manager, metadata=made)
    found = readMetadata(manager, strip=True)
    assert list(found)[: len(made)] == list(made)
    assert made.toOrderedDict().items() <= found.toOrderedDict().items()
    assert [found.getComment(name) for name in made] == [made.getComment(name) for name in made]
    assert found.typeOf("NSNAPS") == PropertySet.TYPE_Int
    assert found.getAsDouble("NSNAPS") == 2.0
    assert math.isnan(found.getAsDouble("BLANK"))


def test_headers_hold_no_other_types(caplog):
    made = PropertyList()
    made.set("KEPT", 1)
    made.setLong("LONG", 2)
    made.setFloat("SINGLE", 1.5)
    made.set("UNSIGNED", 2**63)
    made.set("DATE", DateTime(5))
    manager = MemFileManager()
    ImageF(2, 2).writeFits(manager, metadata=made)
    found = readMetadata(manager, strip=True)
    assert (found["KEPT"], found["LONG"]) == (1, 2)
    for name in ("SINGLE", "UNSIGNED", "DATE"):
        assert name not in found
        assert f"Metadata {name} of type" in caplog.text
