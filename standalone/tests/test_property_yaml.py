# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of dates and property containers in YAML."""

import lsst.daf.base  # noqa: F401  (registers the tags)
import pytest
import yaml
from lsst.daf.base import DateTime, PropertyList, PropertySet

LOADERS = [
    getattr(yaml, name)
    for name in ("Loader", "FullLoader", "SafeLoader", "UnsafeLoader", "CLoader", "CSafeLoader")
    if hasattr(yaml, name)
]


def fill(container):
    container.set("text", "a: b")
    container.set("whole", 3)
    container.set("large", 2**40)
    container.set("huge", 2**63)
    container.set("real", [1.5, float("-inf")])
    container.set("flag", True)
    container.set("nothing", None)
    container.setShort("short", 5)
    container.setFloat("single", 0.1)
    container.set("date", DateTime("2009-04-02T07:26:39.314159265Z", DateTime.UTC))
    return container


def make_set():
    inner = fill(PropertySet())
    made = fill(PropertySet())
    made.set("inner", inner)
    made.set("inner.dotted", 1)
    return made


def make_list():
    made = fill(PropertyList())
    made.setComment("text", "with a comment")
    return made


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize(
    "make", [make_set, make_list, PropertySet, PropertyList, lambda: DateTime(1238657233314159265)]
)
def test_round_trip(make, loader):
    value = make()
    restored = yaml.load(yaml.dump({"value": value, "same": value}), Loader=loader)
    assert type(restored["value"]) is type(value)
    assert restored["value"] == value
    assert restored["same"] is restored["value"]


def test_types_and_comments():
    restored = yaml.safe_load(yaml.dump(make_list()))
    for name in make_list():
        assert restored.typeOf(name) == make_list().typeOf(name)
        assert restored.getComment(name) == make_list().getComment(name)


def test_text():
    made = PropertyList()
    made.set("answer", 42, "of six by nine")
    assert yaml.dump(made) == (
        "!<lsst.daf.base.PropertyList>\n- - answer\n  - Int\n  - 42\n  - of six by nine\n"
    )
    made = PropertySet()
    made.set("answer", [42, 43])
    assert yaml.dump(made) == ("!<lsst.daf.base.PropertySet>\n- - answer\n  - Int\n  - - 42\n    - 43\n")
    date = DateTime("2009-04-02T07:26:39.314159265", DateTime.TAI)
    assert yaml.dump(date) == "!<lsst.daf.base.DateTime> '2009-04-02T07:26:39.314159265'\n"
