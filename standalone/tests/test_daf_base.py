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

"""Metadata in property containers."""

import copy
import math
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsst.afw.fits import MemFileManager, readMetadata
from lsst.afw.image import ImageF
from lsst.daf.base import (
    DateTime,
    PropertyList,
    PropertySet,
    getPropertyListState,
    getPropertySetState,
    setPropertyListState,
    setPropertySetState,
)
from lsst.pex.exceptions import InvalidParameterError, NotFoundError
from lsst.pex.exceptions import TypeError as LsstTypeError

NAMES = st.text("ABCDEFGH-_0123456789", min_size=1, max_size=10)
TEXTS = st.text("aB .\u00e9", max_size=5)
SCALARS = (
    st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | TEXTS
    | st.none()
    | st.builds(DateTime, st.integers(0, 2**62))
)
VALUES = SCALARS | st.lists(st.floats(), min_size=2) | st.lists(TEXTS, min_size=2)
ITEMS = st.dictionaries(NAMES, VALUES, max_size=6)


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


def nested():
    """Metadata like that of a task."""
    made = PropertySet()
    made.set("task.sub.seconds", 1.5)
    made.set("task.names", ["a", "b"])
    made.set("count", 3)
    return made


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (True, "Bool"),
        (np.bool_(False), "Bool"),
        (2**31 - 1, "Int"),
        (-(2**31), "Int"),
        (np.int16(4), "Int"),
        (2**31, "LongLong"),
        (-(2**63), "LongLong"),
        (2**63, "UnsignedLongLong"),
        (1.0, "Double"),
        (np.float64(1.0), "Double"),
        (np.float32(1.0), "Double"),
        ("text", "String"),
        (None, "Undef"),
        (DateTime(5), "DateTime"),
        (PropertySet(), "PropertySet"),
        ({"a": 1}, "PropertySet"),
        ([1, 2**40], "LongLong"),
        ((1.0, 2), "Double"),
        (np.arange(3), "Int"),
    ],
)
def test_types_are_guessed(value, kind):
    made = PropertySet()
    made.set("x", value)
    assert made.typeOf("x") == getattr(PropertySet, f"TYPE_{kind}")
    assert made.typeOf("x") != PropertySet.TYPE_Short
    getter = getattr(made, f"get{kind}")
    assert getter("x") == made["x"]
    assert getattr(made, f"getArray{kind}")("x") == made.getArray("x")


@pytest.mark.parametrize("value", [2**64, -(2**63) - 1, object(), 1j, b"bytes", [], [1, "a"], ["a", 1]])
def test_values_that_do_not_fit(value):
    made = PropertySet()
    with pytest.raises(TypeError):
        made.set("x", value)
    assert not made.exists("x")


def test_integers_follow_what_is_there():
    made = PropertySet()
    made.set("x", 2**40)
    made.add("x", 1)
    assert made.typeOf("x") == PropertySet.TYPE_LongLong
    assert made.getArray("x") == [2**40, 1]
    made.set("x", 2)
    assert made.typeOf("x") == PropertySet.TYPE_LongLong
    made.set("x", 2.0)
    assert made.typeOf("x") == PropertySet.TYPE_Double


def test_values_of_a_name_have_one_type():
    made = PropertySet()
    made.add("x", 1)
    with pytest.raises(LsstTypeError, match="'x' has values of type int; one of type double"):
        made.add("x", 1.0)
    with pytest.raises(LsstTypeError, match="int"):
        made.getDouble("x")
    with pytest.raises(TypeError):
        made.getAsString("x")
    assert made.getArray("x") == [1]


def test_scalars_are_the_last_of_several():
    made = PropertySet()
    made.set("x", [1, 2, 3])
    assert made.isArray("x")
    assert (made.get("x"), made.getScalar("x"), made["x"], made.getInt("x")) == (3, 3, 3, 3)
    assert made.getArray("x") == [1, 2, 3]
    assert made.items() == [("x", 3)]
    assert made.values() == [3]
    assert made.toDict() == {"x": [1, 2, 3]}
    assert (made.valueCount(), made.valueCount("x"), made.valueCount("y"), made.nameCount()) == (3, 3, 0, 1)


def test_arrays_are_copies():
    values = [1, 2]
    made = PropertySet()
    made.set("x", values)
    values.append(3)
    made.getArray("x").append(4)
    made.toDict()["x"].append(5)
    made.getArrayInt("x").append(6)
    assert made.getArray("x") == [1, 2]


def test_absent_names():
    made = PropertySet()
    assert made.get("x") is None
    assert made.get("x", 3) == 3
    assert made.getDouble("x", 2.5) == 2.5
    assert made.pop("x", 4) == 4
    made.remove("x")
    for look in (made.getScalar, made.getArray, made.__getitem__, made.__delitem__):
        with pytest.raises(KeyError, match="x not found"):
            look("x")
    for look in (made.getDouble, made.getArrayInt, made.getAsDouble, made.typeOf):
        with pytest.raises(NotFoundError, match="'x'"):
            look("x")
    with pytest.raises(InvalidParameterError, match="'x'"):
        made.copy("y", PropertySet(), "x")


def test_conversions():
    made = PropertySet()
    made.set("b", True)
    made.setShort("s", 3)
    made.set("i", 4)
    made.set("l", 2**40)
    made.set("u", 2**63)
    made.setFloat("f", 0.1)
    made.set("d", 2.5)
    made.set("n", None)
    assert made.getAsBool("b") is True
    assert [made.getAsInt(name) for name in "bsi"] == [1, 3, 4]
    assert [made.getAsInt64(name) for name in "bsil"] == [1, 3, 4, 2**40]
    assert [made.getAsUInt64(name) for name in "bu"] == [1, 2**63]
    assert [made.getAsDouble(name) for name in "bsilud"] == [1.0, 3.0, 4.0, 2.0**40, 2.0**63, 2.5]
    assert made.getAsDouble("f") == made["f"] == float(np.float32(0.1))
    assert math.isnan(made.getAsDouble("n"))
    assert made.isUndefined("n")
    assert not made.isUndefined("d")
    for look, name in (
        (made.getAsBool, "i"),
        (made.getAsInt, "l"),
        (made.getAsInt, "d"),
        (made.getAsInt64, "u"),
        (made.getAsUInt64, "i"),
        (made.getAsString, "n"),
    ):
        with pytest.raises(LsstTypeError, match=f"'{name}' is of type"):
            look(name)


def test_typed_setters_convert():
    made = PropertySet()
    made.setDouble("x", 3)
    assert isinstance(made["x"], float)
    made.addDouble("x", [1, 2.5])
    assert made.getArrayDouble("x") == [3.0, 1.0, 2.5]
    for kind, value in (
        ("Int", 2**31),
        ("Int", 1.0),
        ("UnsignedLongLong", -1),
        ("String", 1),
        ("Double", "1"),
    ):
        with pytest.raises(TypeError):
            getattr(made, f"set{kind}")("y", value)
    assert "y" not in made


def test_nested_sets():
    made = nested()
    assert sorted(made.names()) == ["count", "task"]
    assert sorted(made.names(topLevelOnly=False)) == [
        "count",
        "task",
        "task.names",
        "task.sub",
        "task.sub.seconds",
    ]
    assert sorted(made.paramNames(topLevelOnly=False)) == ["count", "task.names", "task.sub.seconds"]
    assert sorted(made.propertySetNames(topLevelOnly=False)) == ["task", "task.sub"]
    assert (made.paramNames(), made.propertySetNames()) == (["count"], ["task"])
    assert made.exists("task.sub.seconds")
    assert "task" in made
    assert "task.names" not in made
    assert made.isPropertySetPtr("task.sub")
    assert made["task.sub"].toDict() == made.get_dict("task.sub") == {"seconds": 1.5}
    assert made.getAsPropertySetPtr("task")["sub.seconds"] == 1.5
    assert made.toDict() == {"task": {"sub": {"seconds": 1.5}, "names": ["a", "b"]}, "count": 3}
    assert len(made) == 2
    assert sorted(made) == sorted(made.keys()) == ["count", "task"]
    made["task"]["added"] = 1
    assert made["task.added"] == 1
    made.remove("task.sub.seconds")
    assert not made.exists("task.sub.seconds")
    assert made.get_dict("absent") == {}
    with pytest.raises(InvalidParameterError, match="'count' is not a set"):
        made.set("count.x", 1)


def test_no_set_contains_itself():
    made = nested()
    with pytest.raises(InvalidParameterError, match="contain itself"):
        made.set("x", made)
    with pytest.raises(InvalidParameterError, match="contain itself"):
        made["task"].set("x", made)


def test_mappings_become_sets():
    made = PropertySet.from_mapping({"a": 1, "b": {"c": [1.0, 2.0]}})
    assert made.getArray("b.c") == [1.0, 2.0]
    made["d"] = {"e": "f"}
    assert made["d.e"] == "f"
    made.set_dict("g", {"h": 1})
    assert made.get_dict("g") == {"h": 1}


def test_update_replaces_and_combine_appends():
    for source in (PropertySet.from_mapping({"a": [3, 4], "b": 1}), {"a": [3, 4], "b": 1}):
        made = PropertySet.from_mapping({"a": 1, "c": 2})
        made.update(source)
        assert made.toDict() == {"a": [3, 4], "b": 1, "c": 2}
    made = PropertySet.from_mapping({"a": 1, "n": {"x": 1, "y": 2}})
    made.combine(PropertySet.from_mapping({"a": [3, 4], "b": 1, "n": {"x": 5}}))
    assert made.toDict() == {"a": [1, 3, 4], "b": 1, "n": {"x": [1, 5], "y": 2}}
    made.update(PropertySet.from_mapping({"n": {"x": 6}}))
    assert made.toDict()["n"] == {"x": 6}


def test_copy_of_a_name():
    source = PropertySet.from_mapping({"a": [1, 2]})
    made = PropertySet()
    made.copy("b", source, "a")
    made.copy("c", source, "a", asScalar=True)
    assert made.toDict() == {"b": [1, 2], "c": 2}


def test_deep_copies_are_separate():
    for copied in (nested().deepCopy(), copy.deepcopy(nested())):
        assert copied == nested()
    made = nested()
    copied = made.deepCopy()
    shallow = copy.copy(made)
    copied["task"]["names"] = "x"
    assert made == nested()
    assert copied != made
    shallow["task"]["names"] = "x"
    shallow["count"] = 5
    assert made["task.names"] == "x"
    assert made["count"] == 3


def test_equality():
    assert nested() == nested()
    assert nested() != PropertyList()
    assert nested() != nested().toDict()
    first, second = PropertySet(), PropertySet()
    first.set("x", [1.0, math.nan])
    second.set("x", [1.0, math.nan])
    assert first == second
    second.set("x", [math.nan, 1.0])
    assert first != second
    second.setFloat("x", [1.0, math.nan])
    assert first != second
    with pytest.raises(TypeError):
        hash(first)


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
    made.set("SET", nested())
    assert made.names() == ["A.B", "SET.task.sub.seconds", "SET.task.names", "SET.count"]
    made.update(nested())
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
    assert nested().toString().splitlines() == [
        "count = 3",
        "task = {",
        '..names = [ "a", "b" ]',
        "..sub = {",
        "....seconds = 1.5000000000000",
        "}",
        "}",
    ]
    assert nested().toString(topLevelOnly=True) == "count = 3\ntask = { ... }\n"


def test_state():
    state = getPropertySetState(nested()["task"])
    assert state[1] == ("names", "String", ["a", "b"])
    made = PropertySet()
    setPropertySetState(made, state)
    assert made == nested()["task"]
    state = getPropertyListState(header(), asLists=True)
    assert state[:2] == [["TELESCOP", "String", "Simonyi", "where"], ["EXPTIME", "Double", 30.0, "seconds"]]
    assert state[5] == ["COMMENT", "String", ["first", "second"], ""]
    made = PropertyList()
    setPropertyListState(made, state)
    assert made == header()


@given(ITEMS, st.booleans())
def test_sets_survive_pickling(items, flat):
    made = PropertySet(flat)
    made.update({"inner": dict(items), **items})
    restored = pickle.loads(pickle.dumps(made))
    assert restored == made
    assert restored.toDict().keys() == made.toDict().keys()


@given(st.lists(st.tuples(NAMES, VALUES, TEXTS | st.none())))
def test_lists_survive_pickling(entries):
    made = PropertyList()
    for name, value, comment in entries:
        made.set(name, value, comment)
    restored = pickle.loads(pickle.dumps(made))
    assert restored == made
    assert list(restored) == list(made) == list(dict.fromkeys(name for name, _, _ in entries))
    assert [made.getComment(name) for name in made] == [restored.getComment(name) for name in made]


@given(ITEMS)
def test_sets_are_mappings(items):
    made = PropertySet.from_mapping(items)
    assert len(made) == len(items)
    for name, value in items.items():
        expected = value if isinstance(value, list) else [value]
        np.testing.assert_array_equal(made.getArray(name), expected)
        assert name in made
        del made[name]
        assert name not in made


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


def test_values_of_several_types():
    made = PropertyList()
    made.set("A", [1.5, 2])
    assert made.getArray("A") == [1.5, 2.0]
    for values in (["a", 2**40], [True, "x"]):
        with pytest.raises(LsstTypeError, match="'B'"):
            made.set("B", values)
    assert "B" not in made
