# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sets of properties, one in the other."""

import copy
import dataclasses
import math

import pytest
from lsst.daf.base import DateTime, PropertyList, PropertySet, getPropertySetState, setPropertySetState
from lsst.pex.exceptions import InvalidParameterError


def nested():
    """Metadata like that of a task."""
    made = PropertySet()
    made.set("task.sub.seconds", 1.5)
    made.set("task.names", ["a", "b"])
    made.set("count", 3)
    return made


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
    assert made.isPropertySetPtr("task.sub") and not made.isPropertySetPtr("count")
    assert made.getAsPropertySetPtr("task")["sub.seconds"] == 1.5
    assert made["task.sub"].toDict() == made.get_dict("task.sub") == {"seconds": 1.5}
    assert made.getPropertySet("task")["sub.seconds"] == 1.5
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


def test_text():
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


@dataclasses.dataclass
class Record:
    text: str
    number: int
    more: dict


def make_attrs_record(**fields):
    attrs = pytest.importorskip("attrs")
    return attrs.make_class("AttrsRecord", list(fields))(**fields)


@pytest.mark.parametrize("cls", [PropertySet, PropertyList])
@pytest.mark.parametrize("make", [dict, Record, make_attrs_record])
def test_from_mapping(cls, make):
    made = cls.from_mapping(make(text="a", number=42, more={"x": 1.5, "y": {"z": None}}))
    assert type(made) is cls
    assert (made["text"], made["number"], made["more.x"]) == ("a", 42, 1.5)
    assert made.get_dict("more") == {"x": 1.5, "y": {"z": None}}


@pytest.mark.parametrize("source", [3, "text", ["a"], Record, None])
def test_from_something_else(source):
    with pytest.raises(ValueError, match="neither a mapping"):
        PropertySet.from_mapping(source)


@pytest.mark.parametrize("cls", [PropertySet, PropertyList])
def test_dictionaries(cls):
    made = cls()
    nested = {"one": 1, "two": [2.5, 3.5], "three": {"a": True, "b": {"c": "text"}}}
    made.set_dict("base", nested)
    made.set("basement", 1)
    made.set("base2.x", 1)
    assert made.get_dict("base") == nested
    assert made.get_dict("absent") == {}


def test_several_sets_of_a_name():
    inner = [PropertySet.from_mapping({"a": i}) for i in range(3)]
    made = PropertySet()
    made.set("b", inner)
    assert made.getArrayPropertySet("b") == inner
    assert made.getArray("b") == made["b"] == inner[-1]
    assert made.toDict() == {"b": {"a": 2}}


def test_dates_as_text():
    made = PropertySet()
    dates = [
        DateTime("2009-04-02T07:26:39.25Z", DateTime.UTC),
        DateTime("2010-01-01T00:00:00Z", DateTime.UTC),
    ]
    made.set("one", dates[0])
    made.set("two", dates)
    first, second = "2009-04-02T07:26:39.250000000Z", "2010-01-01T00:00:00.000000000Z"
    assert made.toString() == f"one = {first}\ntwo = [ {first}, {second} ]\n"
