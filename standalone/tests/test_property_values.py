# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values of property containers, and their types."""

import math
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsst.daf.base import DateTime, PropertyList, PropertySet
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
    values = getattr(made, f"getArray{kind}")("x")
    # A nested set stands for itself.
    assert made.getArray("x") == (values[-1] if kind == "PropertySet" else values)


@pytest.mark.parametrize("value", [object(), 1j, b"bytes", [1, "a"], ["a", 1]])
def test_values_that_do_not_fit(value):
    made = PropertySet()
    with pytest.raises(TypeError):
        made.set("x", value)
    assert not made.exists("x")


@pytest.mark.parametrize("value", [2**64, -(2**63) - 1, [1, 2**64]])
@pytest.mark.parametrize("cls", [PropertySet, PropertyList])
def test_integers_that_do_not_fit(cls, value):
    made = cls()
    for method in (made.set, made.add, made.__setitem__):
        with pytest.raises(RuntimeError, match="64 bits"):
            method("x", value)
    assert not made.exists("x")


@pytest.mark.parametrize("none", [[], (), np.zeros(0, int)])
@pytest.mark.parametrize("cls", [PropertySet, PropertyList])
def test_no_values(cls, none):
    """Nothing changes, whether the name exists or not."""
    made = cls()
    made.set("ints", [42, 13])
    for name in ("ints", "others"):
        for method in ("set", "add", "setInt", "addInt", "setString", "__setitem__"):
            getattr(made, method)(name, none)
    assert made.toDict() == {"ints": [42, 13]}
    assert made.typeOf("ints") == PropertySet.TYPE_Int


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


def test_values_of_several_types():
    made = PropertyList()
    made.set("A", [1.5, 2])
    assert made.getArray("A") == [1.5, 2.0]
    for values in (["a", 2**40], [True, "x"]):
        with pytest.raises(LsstTypeError, match="'B'"):
            made.set("B", values)
    assert "B" not in made


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
    for pop in (lambda: made.pop("x"), lambda: made.pop("x", None)):
        with pytest.raises(KeyError, match="x not found"):
            pop()
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
