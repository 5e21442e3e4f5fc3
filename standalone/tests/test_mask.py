# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Masks and their planes."""

import gc
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsst.afw.image import LOCAL, Mask, MaskPixel, MaskX, makeMaskFromArray
from lsst.afw.image import _mask as planes
from lsst.daf.base import PropertyList
from lsst.geom import Box2I, Extent2I, Point2I
from lsst.pex.exceptions import InvalidParameterError, LengthError

DEFAULT = {
    "BAD": 0,
    "SAT": 1,
    "INTRP": 2,
    "CR": 3,
    "EDGE": 4,
    "DETECTED": 5,
    "DETECTED_NEGATIVE": 6,
    "SUSPECT": 7,
    "NO_DATA": 8,
    "VIGNETTED": 9,
    "STREAK": 10,
}


def test_initial_planes():
    assert {name: bit for bit, name in enumerate(planes.INITIAL)} == DEFAULT


def test_template():
    assert Mask[MaskPixel] is Mask["X"] is MaskX
    mask = Mask(3, 2)
    assert type(mask) is MaskX
    assert isinstance(mask, Mask)
    assert mask.array.dtype == np.int32
    assert not mask.array.any()


def test_constructors():
    box = Box2I(Point2I(4, 5), Extent2I(3, 2))
    assert Mask(box, 6).array.tolist() == [[6] * 3] * 2
    assert Mask(box, initialValue=6).getXY0() == Point2I(4, 5)
    assert Mask(Extent2I(3, 2)).getDimensions() == Extent2I(3, 2)
    own = Mask(box, {"FOO": 3})
    assert own.getMaskPlaneDict() == {"FOO": 3}
    assert Mask(3, 2, 1, {"FOO": 3}).getAsString(0, 0) == ""
    assert Mask(3, 2, 8, planeDefs={"FOO": 3}).getAsString(0, 0) == "FOO"
    assert Mask(own).getMaskPlaneDict() == {"FOO": 3}
    assert np.shares_memory(Mask(own).array, own.array)
    assert not np.shares_memory(own.clone().array, own.array)
    with pytest.raises(RuntimeError):
        Mask(box, {"FOO": 3, "BAR": 3})
    with pytest.raises(RuntimeError):
        Mask(box, {"FOO": 32})


def test_static_methods():
    for owner in (Mask, MaskX, Mask(1, 1)):
        assert owner.getMaskPlane("NO_DATA") == 8
        assert owner.getPlaneBitMask("NO_DATA") == 256
        assert owner.getPlaneBitMask(["BAD", "CR"]) == 9
        assert owner.getPlaneBitMask([]) == 0
        assert owner.getNumPlanesMax() == 32
        assert owner.getNumPlanesUsed() == 11
        assert owner.interpret(1 << 8 | 1 << 0 | 1 << 20) == "BAD,NO_DATA"
        with pytest.raises(InvalidParameterError):
            owner.getMaskPlane("FOO")
        with pytest.raises(InvalidParameterError):
            owner.getPlaneBitMask(["BAD", "FOO"])


def test_add():
    mask = Mask(1, 1)
    assert Mask.addMaskPlane("SAT") == 1
    assert Mask.addMaskPlane("FOO") == 11
    assert Mask.addMaskPlane("FOO") == 11
    assert mask.getMaskPlaneDict() == DEFAULT | {"FOO": 11}
    for i in range(12, 32):
        assert Mask.addMaskPlane(f"P{i}") == i
    with pytest.raises(RuntimeError):
        Mask.addMaskPlane("TOO_MANY")


def test_add_reaches_other_dictionaries():
    free = Mask(1, 1, {"OTHER": 3})
    taken = Mask(1, 1, {"OTHER": 11})
    named = Mask(1, 1, {"FOO": 2})
    Mask.addMaskPlane("FOO")
    assert free.getMaskPlaneDict() == {"OTHER": 3, "FOO": 11}
    assert taken.getMaskPlaneDict() == {"OTHER": 11}
    assert named.getMaskPlaneDict() == {"FOO": 2}


def test_dictionaries_are_tracked_weakly():
    mask = Mask(1, 1, {"OTHER": 3})
    assert any(each.bits == {"OTHER": 3} for each in planes._live)
    del mask
    gc.collect()
    assert not any(each.bits == {"OTHER": 3} for each in planes._live)


def test_remove():
    mask = Mask(1, 1)
    Mask.removeMaskPlane("CR")
    assert "CR" in mask.getMaskPlaneDict()
    assert "CR" not in Mask(1, 1).getMaskPlaneDict()
    assert Mask.addMaskPlane("FOO") == 3
    assert mask.getMaskPlaneDict() == DEFAULT
    with pytest.raises(InvalidParameterError):
        Mask.removeMaskPlane("CR")


def test_clear_dictionary():
    mask = Mask(1, 1)
    Mask.clearMaskPlaneDict()
    assert Mask.getNumPlanesUsed() == 0
    assert mask.getMaskPlaneDict() == {}


def test_remove_and_clear():
    mask = Mask(2, 1, 0b1011)
    mask.removeAndClearMaskPlane("SAT")
    assert mask.array.tolist() == [[0b1001] * 2]
    assert "SAT" not in mask.getMaskPlaneDict()
    assert Mask.getMaskPlane("SAT") == 1
    mask.removeAndClearMaskPlane("BAD", removeFromDefault=True)
    assert mask.array.tolist() == [[0b1000] * 2]
    with pytest.raises(InvalidParameterError):
        Mask.getMaskPlane("BAD")
    with pytest.raises(InvalidParameterError):
        mask.removeAndClearMaskPlane("BAD")


def test_print(capsys):
    Mask(1, 1, planeDefs={"FOO": 3, "BAR": 0}).printMaskPlanes()
    assert capsys.readouterr().out == "Plane 0 -> BAR\nPlane 3 -> FOO\n"


def test_clear_pixels():
    mask = Mask(2, 1, 0b111)
    mask.clearMaskPlane(1)
    assert mask.array.tolist() == [[0b101] * 2]
    with pytest.raises(InvalidParameterError):
        mask.clearMaskPlane(20)
    mask.clearAllMaskPlanes()
    assert not mask.array.any()


def test_set_values():
    mask = Mask(Box2I(Point2I(10, 10), Extent2I(5, 2)))
    mask.setMaskPlaneValues(3, 1, 3, 1)
    assert mask.array.tolist() == [[0] * 5, [0, 8, 8, 8, 0]]
    for columns in ((-1, 3), (3, 5)):
        with pytest.raises(IndexError):
            mask.setMaskPlaneValues(3, *columns, 0)
    with pytest.raises(InvalidParameterError):
        mask.setMaskPlaneValues(20, 1, 3, 1)
    assert mask.getAsString(1, 1) == "CR"


def test_operators():
    a, b = Mask(2, 1, 0b1100), Mask(2, 1, 0b1010)
    a |= b
    assert a.array.tolist() == [[0b1110] * 2]
    a &= b
    assert a.array.tolist() == [[0b1010] * 2]
    a ^= 0b0011
    assert a.array.tolist() == [[0b1001] * 2]
    a |= 1 << 31
    a &= ~1
    assert a.array.tolist() == [[0b1000 - (1 << 31)] * 2]
    a &= a.getPlaneBitMask("CR")
    assert a.array.tolist() == [[8] * 2]
    with pytest.raises(RuntimeError):
        a |= Mask(2, 1, {"FOO": 3})
    with pytest.raises(LengthError):
        a |= Mask(1, 2)
    with pytest.raises(TypeError):
        a |= 1.0
    with pytest.raises(OverflowError):
        a |= 1 << 32
    for operate in (lambda: a | b, lambda: a & b, lambda: a ^ b):
        with pytest.raises(NotImplementedError):
            operate()


def test_subset():
    mask = Mask(Box2I(Point2I(10, 20), Extent2I(5, 4)))
    mask[11:13, 21:22] = 5
    assert mask.array[1].tolist() == [0, 5, 5, 0, 0]
    assert mask[11, 21] == mask[1, 1, LOCAL] == 5
    view = mask[11:13, 21:23]
    view |= 2
    assert mask.array[1].tolist() == [0, 7, 7, 0, 0]
    Mask.addMaskPlane("FOO")
    assert view.getMaskPlaneDict() == mask.getMaskPlaneDict()


def test_conform():
    mask = Mask(4, 1)
    mask.array[0] = (1 << 0, 1 << 1, 1 << 5, 1 << 4)
    old = {"NEW": 0, "SAT": 1, "BAD": 5}
    mask.conformMaskPlanes(old)
    # NEW goes to the free bit 11, SAT stays, BAD goes to 0, bit 4 is unknown.
    assert mask.array.tolist() == [[1 << 11, 1 << 1, 1 << 0, 0]]
    assert mask.getMaskPlaneDict() == DEFAULT | {"NEW": 11}


def test_conform_without_moves_keeps_unknown_bits():
    mask = Mask(1, 1, 1 << 20 | 1, {"SAT": 0})
    mask.conformMaskPlanes({"BAD": 0})
    assert mask.array.tolist() == [[1 << 20 | 1]]
    assert mask.getMaskPlaneDict() == DEFAULT


def test_conform_to_own_dictionary_does_nothing():
    own = {"SAT": 0, "CURIOUS": 7}
    mask = Mask(1, 1, 1 << 20 | 1, own)
    before = Mask(1, 1).getMaskPlaneDict()
    mask.conformMaskPlanes(own)
    assert mask.array.tolist() == [[1 << 20 | 1]]
    assert mask.getMaskPlaneDict() == own
    assert Mask(1, 1).getMaskPlaneDict() == before


@given(
    st.permutations(range(32)),
    st.lists(st.integers(-(2**31), 2**31 - 1), min_size=1, max_size=20),
)
def test_conform_keeps_meaning(bits, values):
    names = [f"P{i}" for i in range(32)]
    planes.replaceDefault({name: bit for bit, name in enumerate(names)})
    old = dict(zip(names, bits, strict=True))
    mask = Mask(len(values), 1, old)
    mask.array[0] = values
    before = [mask.getAsString(i, 0) for i in range(len(values))]
    mask = Mask(mask.array)
    mask.conformMaskPlanes(old)
    assert [mask.getAsString(i, 0) for i in range(len(values))] == before


def test_metadata():
    metadata = PropertyList()
    Mask.addMaskPlanesToMetadata(metadata)
    assert metadata.getScalar("MP_NO_DATA") == 8
    metadata.set("OTHER", 1)
    assert Mask.parseMaskPlaneMetadata(metadata) == DEFAULT
    metadata.set("MP_FOO", 8)
    with pytest.raises(RuntimeError):
        MaskX.parseMaskPlaneMetadata(metadata)


def test_from_array():
    array = np.zeros((2, 3), dtype=np.int32)
    mask = makeMaskFromArray(array)
    mask |= 4
    assert (array == 4).all()
    assert mask.getMaskPlaneDict() == DEFAULT
    assert makeMaskFromArray(None) is None
    with pytest.raises(TypeError):
        makeMaskFromArray(array.astype(np.int64))


def test_pickle_follows_planes():
    Mask.addMaskPlane("FOO")
    mask = Mask(Box2I(Point2I(1, 2), Extent2I(2, 1)), 1 << 11)
    stored = pickle.dumps(mask)
    planes.replaceDefault({"FOO": 4})
    copy = pickle.loads(stored)
    assert copy.getAsString(0, 0) == "FOO"
    assert copy.array.tolist() == [[1 << 4] * 2]
    assert copy.getBBox() == mask.getBBox()


def test_files(tmp_path):
    path = str(tmp_path / "mask.fits")
    mask = Mask(Box2I(Point2I(1, 2), Extent2I(2, 1)), Mask.getPlaneBitMask("SAT"))
    mask.writeFits(path)
    planes.replaceDefault({"SAT": 6})
    copy = Mask.readFits(path)
    assert copy.getBBox() == mask.getBBox()
    assert copy.array.tolist() == [[1 << 6] * 2]
