# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hostile pickles in the place of PSFs: refused by name, never executed."""

from __future__ import annotations

import contextlib
import io
import pathlib
import pickle
import pickletools
import struct
import subprocess
import sys
import textwrap
import tracemalloc

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings
from lsst.afw.detection import InvalidPsfError
from lsst.afw.image import ExposureF
from lsst.afw.table.io import _unpickler
from lsst.afw.table.io._pickledNames import NUMPY
from lsst.afw.table.io._unpickler import PickleError, readPickle
from lsst.cell_coadds import StitchedPsf
from lsst.cell_coadds._stitched_psf import ALLOWED as CELLS
from lsst.geom import Point2D
from lsst.meas.extensions.piff import PiffPsf

DATA = pathlib.Path(__file__).parent / "data" / "released"
POINT = Point2D(250.0, 250.0)


def text(value):
    data = value.encode()
    return b"X" + struct.pack("<I", len(data)) + data


def name(module, attribute):
    return text(module) + text(attribute) + b"\x93"


def program(*steps):
    return b"\x80\x04" + b"".join(steps) + b"."


def dump(obj, protocol=4):
    return pickle.dumps(obj, protocol=protocol)


def read(*steps):
    return readPickle(program(*steps), NUMPY | CELLS)


def psfWith(cls, data):
    """Return a PSF that was read from a file with a pickle."""
    psf = cls.__new__(cls)
    cls.__mro__[1].__init__(psf)
    psf._pickle, psf._isUnpacked = np.frombuffer(data, np.uint8), False
    return psf


NDARRAY = name("numpy", "ndarray")
DTYPE = name("numpy", "dtype")
PLAIN = b"\x89\x88\x87R"
EIGHT = b"C\x08" + b"0" * 8
REDUCE_IMAGE = name("lsst.afw.fits._pickleFits", "unreduceFromFits")
CONTAINER = name("lsst.cell_coadds._grid_container", "GridContainer")
UNIFORM_GRID = name("lsst.cell_coadds._uniform_grid", "UniformGrid")
SCALAR = name("numpy.core.multiarray", "scalar")
RECONSTRUCT = name("numpy._core.multiarray", "_reconstruct")
EMPTY_ARRAY = RECONSTRUCT + NDARRAY + b"K\x00\x85C\x01b\x87R"
FLOATS = DTYPE + text("f8") + PLAIN
INDEX = name("lsst.skymap.detail.utils", "Index2D")

REFUSED = {
    "a function of the system": [name("os", "system") + text("touch hacked") + b"\x85R"],
    "a function of the system by the old instruction": [
        b"cposix\nsystem\n" + text("touch hacked") + b"\x85R"
    ],
    "eval": [name("builtins", "eval") + text("1") + b"\x85R"],
    "getattr": [name("builtins", "getattr") + NDARRAY + text("__class__") + b"\x86R"],
    "a module in the place of a class": [name("numpy", "os")],
    "a path of names": [name("numpy", "ndarray.__class__")],
    "a path of modules": [name("numpy.core.multiarray.os", "system")],
    "a public function of numpy": [name("numpy", "load") + text("file.npy") + b"\x85R"],
    "numpy's loader of code": [name("numpy.testing._private.utils", "runstring") + b")R"],
    "a name that is no text": [b"K\x01K\x02\x93"],
    "a class of Piff among cells": [name("piff.pixelgrid", "PixelGrid") + b")\x81"],
    "INST": [b"(ios\ngetcwd\n"],
    "OBJ": [b"(" + NDARRAY + b"o"],
    "NEWOBJ_EX": [NDARRAY + b")}\x92"],
    "EXT1": [b"\x82\x01"],
    "EXT2": [b"\x83\x01\x00"],
    "EXT4": [b"\x84\x01\x00\x00\x00"],
    "PERSID": [b"Pfile\n"],
    "BINPERSID": [text("file") + b"Q"],
    "NEXT_BUFFER": [b"\x97"],
    "READONLY_BUFFER": [b"C\x01a\x98"],
    "text integers of protocol 0": [b"I99\n"],
    "a call of an array": [EMPTY_ARRAY + b")R"],
    "a call of text": [text("os.system") + b")R"],
    "a call with a list of arguments": [DTYPE + b"]R"],
    "an array by its class": [NDARRAY + b"J\xff\xff\xff\x7f\x85R"],
    "a new array by its class": [NDARRAY + b"J\xff\xff\xff\x7f\x85\x81"],
    "an array of another class": [RECONSTRUCT + DTYPE + b"K\x00\x85C\x01b\x87R"],
    "an array that is not empty": [RECONSTRUCT + NDARRAY + b"J\xff\xff\xff\x7f\x85C\x01b\x87R"],
    "an array of objects": [DTYPE + text("O") + PLAIN],
    "an array of objects by another code": [DTYPE + text("O8") + PLAIN],
    "a dtype by an object": [DTYPE + b"}\x89\x88\x87R"],
    "a dtype with objects in a record": [
        DTYPE
        + text("V8")
        + PLAIN
        + b"(K\x03"
        + text("|")
        + b"N("
        + text("a")
        + b"t}"
        + text("a")
        + DTYPE
        + text("O")
        + PLAIN
        + b"K\x00\x86sK\x08K\x01K\x00tb"
    ],
    "a dtype with a field outside": [
        DTYPE
        + text("V8")
        + PLAIN
        + b"(K\x03"
        + text("|")
        + b"N("
        + text("a")
        + b"t}"
        + text("a")
        + FLOATS
        + b"K\x04\x86sK\x08K\x01K\x00tb"
    ],
    "a dtype with another size": [
        DTYPE + text("S8") + PLAIN + b"(K\x03" + text("<") + b"NNNK\x09K\x01K\x00tb"
    ],
    "too few bytes for an array": [EMPTY_ARRAY + b"(K\x01K\x64\x85" + FLOATS + b"\x89" + EIGHT + b"tb"],
    "a list of objects for an array": [EMPTY_ARRAY + b"(K\x01K\x01\x85" + FLOATS + b"\x89]tb"],
    "a negative shape": [
        EMPTY_ARRAY
        + b"(K\x01J\xff\xff\xff\xffJ\xff\xff\xff\xff\x86"
        + FLOATS
        + b"\x89C\x08"
        + b"0" * 8
        + b"tb"
    ],
    "the state of an array twice": [
        EMPTY_ARRAY + b"\x940(h\x00(K\x01K\x01\x85" + FLOATS + b"\x89" + EIGHT + b"tb"
        b"(K\x01K\x01\x85" + FLOATS + b"\x89" + EIGHT + b"tb"
    ],
    "the state of a class": [NDARRAY + b"}" + text("__doc__") + b"Nsb"],
    "the state of a function": [RECONSTRUCT + b"}" + text("__code__") + b"Nsb"],
    "the state of a type of pixels": [name("numpy", "float64") + b"}" + text("__doc__") + b"Nsb"],
    "the state of a dictionary": [b"}}" + text("__class__") + b"Nsb"],
    "the state of an index": [INDEX + b"K\x00K\x00\x86\x81}" + text("x") + b"K\x01sb"],
    "a scalar of objects": [
        name("numpy.core.multiarray", "scalar")
        + DTYPE
        + text("O")
        + b"\x89\x88\x87RC\x08"
        + b"0" * 8
        + b"\x86R"
    ],
    "a scalar that is too short": [SCALAR + FLOATS + b"C\x040000\x86R"],
    "an index that is no number": [INDEX + text("a") + text("b") + b"\x86\x81"],
    "an index of three": [INDEX + b"K\x00K\x00K\x00\x87\x81"],
    "a nested key": [b"}K\x01\x85\x85\x85Ns"],
    "a key that is a list": [b"}]Ns"],
    "an item of a set that is a list": [b"\x8f(]\x90"],
    "items for what is no list": [b"}(K\x01e"],
    "an item of an array": [EMPTY_ARRAY + b"(K\x01K\x02u"],
    "an empty stack": [b"0"],
    "a mark for a tuple": [b"(\x85"],
    "an unknown place": [b"h\x07"],
    "two objects": [b"NN"],
    "only a class": [NDARRAY],
    "protocol 0": [b"\x80\x00N"],
    "protocol 2": [b"\x80\x02N"],
    "protocol 9": [b"\x80\x09N"],
    "a container that is not one": [CONTAINER + b")\x81]b"],
    "a container without cells": [CONTAINER + b")\x81}b"],
    "a container with arguments": [CONTAINER + b"K\x01\x85\x81"],
    "a grid of text": [
        name("lsst.cell_coadds._uniform_grid", "UniformGrid")
        + b")\x81}"
        + text("_padding")
        + text("5")
        + b"sb"
    ],
    "an image that is no file": [
        name("lsst.afw.fits._pickleFits", "unreduceFromFits")
        + name("lsst.afw.image._image", "ImageD")
        + b"C\x03abcK\x03\x87R"
    ],
    "an image of another class": [
        name("lsst.afw.fits._pickleFits", "unreduceFromFits") + NDARRAY + b"C\x03abcK\x03\x87R"
    ],
    "a box of text": [name("lsst.geom", "Box2I") + text("a") + text("b") + b"\x86R"],
    "an extent that is too large": [
        name("lsst.geom", "Extent2I") + b"K\x01\x8a\x08" + b"\x7f" * 8 + b"\x86R"
    ],
}


@pytest.mark.parametrize("steps", REFUSED.values(), ids=REFUSED)
def test_hostile_pickles_are_refused(steps):
    before = set(sys.modules)
    with pytest.raises(PickleError) as caught:
        read(*steps)
    assert str(caught.value).startswith(("The pickle", "numpy", "lsst"))
    assert set(sys.modules) == before


def test_refusals_name_the_class_and_what_to_do():
    psf = psfWith(StitchedPsf, program(name("os", "system") + text("touch hacked") + b"\x85R"))
    for ask in (psf.computeKernelImage, psf.computeImage, psf.computeShape, psf.computeBBox):
        with pytest.raises(InvalidPsfError, match=r"os\.system, which is not allowed.*written again"):
            ask(POINT)
    assert psf.isPersistable()


def test_a_truncated_pickle_is_refused():
    whole = dump({"a": [1, 2.5, "b", b"c", (True, None)]})
    assert readPickle(whole, NUMPY) == {"a": [1, 2.5, "b", b"c", (True, None)]}
    for size in range(len(whole)):
        with pytest.raises(PickleError):
            readPickle(whole[:size], NUMPY)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner),
    max_leaves=20,
)


@given(VALUES, st.integers(3, 5))
def test_plain_values_are_read_as_by_the_library(value, protocol):
    assert readPickle(dump(value, protocol), {}) == value


@given(st.sampled_from(["f8", ">f4", "i2", "u1", "c16", "?", "S5", "U3", ">U2"]), st.data())
def test_arrays_are_read_as_by_the_library(dtype, data):
    shape = tuple(data.draw(st.lists(st.integers(0, 4), max_size=3)))
    array = (np.arange(int(np.prod(shape)), dtype=int) % 2).reshape(shape).astype(dtype)
    if data.draw(st.booleans()):
        array = np.asfortranarray(array)
    for protocol in (3, 4, 5):
        again = readPickle(dump([array, array], protocol), NUMPY)
        assert again[0] is again[1]
        assert again[0].dtype == pickle.loads(dump(array, protocol)).dtype
        assert np.array_equal(again[0], array)
    if array.size:
        number = array.ravel()[0]
        assert readPickle(dump(number), NUMPY) == number


def test_records_are_read_as_by_the_library():
    array = np.zeros(3, [("a", "<f8"), ("b", "<i4")])
    array["a"], array["b"] = [1, 2, 3], [4, 5, 6]
    assert np.array_equal(readPickle(dump(array), NUMPY), array)


@settings(max_examples=200)
@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(data):
    with contextlib.suppress(PickleError):
        readPickle(b"\x80\x04" + data + b".", NUMPY | CELLS)


def peak(action):
    tracemalloc.start()
    try:
        action()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_shapes_cannot_claim_memory():
    claim = EMPTY_ARRAY + b"(K\x01J\xff\xff\xff\x7f\x85" + FLOATS + b"\x89" + EIGHT + b"tb"

    def attempt():
        with pytest.raises(PickleError):
            read(claim)

    assert peak(attempt) < 1 << 20


def test_the_number_of_instructions_is_bounded(monkeypatch):
    monkeypatch.setattr(_unpickler, "MAX_PICKLE_SIZE", 1000)
    with pytest.raises(PickleError, match="limit is 1000"):
        readPickle(b"\x80\x04" + b"N" * 2000 + b".", {})
    with pytest.raises(PickleError, match="more than 50 instructions"):
        readPickle(b"\x80\x04" + b"}" * 500 + b".", {}, maxOperations=50)


def test_deep_nesting_is_no_recursion():
    depth = 100_000
    value = read(b"]" * depth + b"a" * (depth - 1))
    for _ in range(depth - 1):
        (value,) = value
    assert value == []


def test_repeated_tuples_take_no_exponential_time():
    """A key of nested pairs would be hashed 2**60 times."""
    nested = b"K\x00" + b"".join(b"q" + bytes([i]) + b"h" + bytes([i]) + b"\x86" for i in range(60))
    with pytest.raises(PickleError, match="key"):
        read(b"}" + nested + b"Ns")


def test_deep_chains_of_objects_are_refused_when_drawn():
    galsim = pytest.importorskip("galsim", reason="GalSim comes with Piff.")
    piff = pytest.importorskip("piff", reason="Piff is the extra lsst-standalone[piff].")
    psf = ExposureF.readFits(str(DATA / "psf_piff.fits")).getPsf()
    result = psf._piffResult
    profile = galsim.Gaussian(sigma=1)
    transformation = profile.shear(g1=0.1)
    transformation._original = transformation
    result.model = piff.Gaussian()
    result.model.gsobj = transformation
    result.interp = piff.Mean()
    result.interp.mean = np.array([1.0, 0.0, 0.0])
    with pytest.raises(InvalidPsfError):
        psfWith(PiffPsf, dump((21, 21, result))).computeKernelImage(POINT)


def changed(file, change):
    """Return the PSF of Piff in a file after a change of its attributes."""
    pytest.importorskip("piff", reason="Piff is the extra lsst-standalone[piff].")
    psf = ExposureF.readFits(str(DATA / file)).getPsf()
    result = psf._piffResult
    change(result)
    return psfWith(PiffPsf, dump((psf.width, psf.width, result)))


class Stranger:
    """A class that no allow-list names."""


def setBounds(image, **edges):
    import galsim

    image._bounds = galsim.BoundsI(**({"xmin": 1, "xmax": 1, "ymin": 1, "ymax": 1} | edges))


CHANGES = {
    "a stranger": lambda r: setattr(r, "chisq", Stranger()),
    "text in the place of an interpolant": lambda r: setattr(r.model, "interp", "__import__('os')"),
    "a method": lambda r: vars(r).update(draw=1),
    "a method of a star": lambda r: vars(r.stars[0]).update(is_flagged=False),
    "a special name": lambda r: vars(r).update(__class__=1),
    "a large grid": lambda r: setattr(r.model, "size", 1 << 20),
    "a text size": lambda r: setattr(r.model, "size", "21"),
    "a box larger than the pixels": lambda r: setBounds(r.stars[0].data.image, xmax=4000, ymax=4000),
    "a box that is undefined": lambda r: setattr(r.stars[0].data.image._bounds, "_isdefined", False),
    "pixels of another type": lambda r: setattr(r.stars[0].data.image, "_dtype", np.float32),
    "pixels in one row": lambda r: setattr(r.stars[0].data.image, "_array", np.zeros(441)),
    "a vast kernel": lambda r: setattr(r.model.interp, "_n", 1 << 30),
    "a vast transform": lambda r: setattr(r.model.interp._gsparams, "_maximum_fft_size", 1 << 30),
    "no accuracy": lambda r: setattr(r.model.interp._gsparams, "_folding_threshold", 1e-300),
    "NaN for an accuracy": lambda r: setattr(r.model.interp._gsparams, "_xvalue_accuracy", float("nan")),
    "coefficients that do not fit": lambda r: setattr(r.interp, "q", np.zeros((3, 3))),
    "no coefficients": lambda r: delattr(r.interp, "q"),
    "no coordinates": lambda r: setattr(r, "wcs", {}),
    "a scale of text": lambda r: setattr(r.wcs[0], "_scale", "1"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_hostile_models_are_refused(change):
    import copyreg

    psf = changed("psf_piff.fits", change)
    with pytest.raises(InvalidPsfError) as caught:
        psf.computeKernelImage(POINT)
    assert str(caught.value).startswith(("The PiffPsf of the file", "Piff cannot compute"))
    assert copyreg._extension_registry == {}


@pytest.mark.parametrize("size", [(21, 23), (0, 0), (-3, -3), (1 << 30, 1 << 30), ("21", "21"), (21.0, 21.0)])
def test_hostile_sizes_are_refused(size):
    pytest.importorskip("piff", reason="Piff is the extra lsst-standalone[piff].")
    result = ExposureF.readFits(str(DATA / "psf_piff.fits")).getPsf()._piffResult
    with pytest.raises(InvalidPsfError, match="not square"):
        psfWith(PiffPsf, dump((*size, result))).computeKernelImage(POINT)


@pytest.mark.parametrize("contents", [None, (), (21, 21), (21, 21, None), {"a": 1}], ids=str)
def test_other_contents_are_refused(contents):
    pytest.importorskip("piff", reason="Piff is the extra lsst-standalone[piff].")
    for cls in (PiffPsf, StitchedPsf):
        with pytest.raises(InvalidPsfError, match="does not hold"):
            psfWith(cls, dump(contents)).computeKernelImage(POINT)


def test_constructors_are_not_called():
    """Piff's own would evaluate the text."""
    pytest.importorskip("piff", reason="Piff is the extra lsst-standalone[piff].")
    call = name("piff.pixelgrid", "PixelGrid") + b"K\x01K\x05" + text("print('executed')") + b"\x87"
    for how in (b"R", b"\x81"):
        psf = psfWith(PiffPsf, program(b"K\x15K\x15" + call + how + b"\x87"))
        with pytest.raises(InvalidPsfError, match=r"piff\.pixelgrid\.PixelGrid"):
            psf.computeKernelImage(POINT)


def test_only_modules_of_the_list_are_imported():
    """Evaluating a PSF imports what Piff itself does, and nothing more."""
    pytest.importorskip("piff", reason="Piff is the extra lsst-standalone[piff].")
    code = f"""
        import sys
        import piff, galsim, coord, sklearn.neighbors, lsst.meas.extensions.piff.wcs_wrapper
        from lsst.afw.detection import InvalidPsfError
        from lsst.afw.image import ExposureF
        from lsst.geom import Point2D
        from lsst.meas.extensions.piff import PiffPsf
        from lsst.cell_coadds import StitchedPsf
        import lsst.meas.extensions.piff._pickles
        psf = ExposureF.readFits({str(DATA / "psf_piff.fits")!r}).getPsf()
        psf.computeKernelImage(Point2D(9, 9))
        before = set(sys.modules)
        for file in ("psf_piff_field.fits", "psf_piff_sky.fits", "psf_stitched.fits"):
            psf = ExposureF.readFits({str(DATA)!r} + "/" + file).getPsf()
            psf.computeKernelImage(psf.getAveragePosition())
        psf._isUnpacked = False
        psf._pickle = __import__("numpy").frombuffer({HOSTILE_IMPORT!r}, "u1")
        psf._kernelImageCache.clear() if hasattr(psf._kernelImageCache, "clear") else None
        try:
            psf.computeKernelImage(Point2D(3, 3))
        except InvalidPsfError as err:
            assert "antigravity.geohash" in str(err), err
        else:
            raise AssertionError("The pickle was read.")
        # Numba imports parts of itself when it compiles.
        print(sorted(n for n in set(sys.modules) - before if not n.startswith("numba.")))
        """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "[]\n"


HOSTILE_IMPORT = program(name("antigravity", "geohash") + b")R")


def test_names_of_the_intact_files_are_all_listed():
    """The list has no name in vain for a file of the stack."""
    from lsst.meas.extensions.piff._pickles import allowedNames

    for file in ("psf_piff.fits", "psf_piff_field.fits", "psf_piff_sky.fits"):
        data = ExposureF.readFits(str(DATA / file)).getPsf()._pickle.tobytes()
        strings = [a for op, a, _ in pickletools.genops(data) if isinstance(a, str)]
        assert {module for module, _ in allowedNames()} & set(strings)
    for entry in allowedNames().values():
        assert entry.call is None or not isinstance(entry.call, type)
    assert io.BytesIO(data).read(2) == b"\x80\x04"
