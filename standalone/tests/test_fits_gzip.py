# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Codes of the gzip family, and what else reads and writes them."""

import gzip
import zlib

import fitsio
import numpy as np
import pytest
from astropy.io import fits
from hypothesis import given, settings
from hypothesis import strategies as st
from lsst.afw.fits import _gzip
from lsst.afw.fits._gzip import deflate, inflate, shuffle, unshuffle
from lsst.afw.image import ExposureF, MaskedImageF
from lsst.geom import Box2I, Extent2I, Point2I
from lsst.pixels import threads

LOSSLESS = {plane: {"algorithm": "GZIP_2"} for plane in ("image", "mask", "variance")}
PLANES = ("image", "mask", "variance")


@pytest.fixture(params=["isal", "zlib"])
def library(request, monkeypatch):
    """Each of the libraries that may do the work."""
    module = pytest.importorskip("isal.isal_zlib") if request.param == "isal" else zlib
    monkeypatch.setattr(_gzip, "_LIBRARY", module)
    return module


def makePixels(shape=(60, 4000)):
    """Planes as a template has them."""
    pixels = MaskedImageF(Box2I(Point2I(-3, 8), Extent2I(shape[1], shape[0])))
    rng = np.random.default_rng(3)
    pixels.image.array[:] = rng.normal(5, 1, shape)
    pixels.variance.array[:] = rng.uniform(1, 2, shape)
    pixels.mask.array[:] = np.where(rng.random(shape) < 0.01, rng.integers(-5, 1 << 20, shape), 0)
    pixels.image.array[7] = 0
    pixels.image.array[8, :5] = [np.nan, np.inf, -np.inf, -0.0, 1e-42]
    return pixels


@pytest.mark.parametrize("data", [b"", b"a", bytes(50_000), np.random.default_rng(1).bytes(50_000)])
def test_files_of_gzip(library, data):
    code = deflate(data)
    assert gzip.decompress(code) == data
    assert inflate(code, len(data)) == data
    assert inflate(gzip.compress(data), len(data)) == data


def test_broken_files_of_gzip(library):
    code = deflate(bytes(range(256)) * 20)
    with pytest.raises(ValueError, match="holds more than 5119 bytes"):
        inflate(code, 5119)
    with pytest.raises(ValueError, match="truncated"):
        inflate(code[:-20], 5120)
    with pytest.raises(ValueError):
        inflate(b"none at all", 5120)
    for position in (-8, -1):
        wrong = bytearray(code)
        wrong[position] ^= 1
        with pytest.raises(ValueError):
            inflate(bytes(wrong), 5120)


@settings(deadline=None, max_examples=40)
@given(st.data())
def test_bytes_by_significance(data):
    dtype = np.dtype(data.draw(st.sampled_from(["u1", "i2", "i4", "f4", "i8", "f8"])))
    tiles, n = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 60))
    raw = np.random.default_rng(data.draw(st.integers(0, 99))).bytes(tiles * n * dtype.itemsize)
    pixels = np.frombuffer(raw, dtype).reshape(tiles, n)
    shuffled = shuffle(pixels)
    first = pixels[0].astype(dtype.newbyteorder(">")).tobytes()
    assert shuffled[0].tobytes() == b"".join(first[i :: dtype.itemsize] for i in range(dtype.itemsize))
    start = data.draw(st.integers(0, n - 1))
    stop = data.draw(st.integers(start + 1, n))
    out = np.empty((tiles, stop - start), dtype)
    unshuffle(shuffled, start, out)
    assert out.tobytes() == pixels[:, start:stop].tobytes()


@pytest.mark.parametrize("number", [1, 3])
def test_others_read_lossless_exposures(library, number, tmp_path):
    """Also those that are written by several threads."""
    path = str(tmp_path / "a.fits")
    pixels = makePixels()
    with threads(number):
        ExposureF(pixels).writeFitsWithOptions(path, options=LOSSLESS)
    again = ExposureF.readFits(path).maskedImage
    with fits.open(path) as hdus:
        for plane in PLANES:
            array = getattr(pixels, plane).array
            np.testing.assert_array_equal(getattr(again, plane).array, array)
            np.testing.assert_array_equal(hdus[plane.upper()].data, array)
            np.testing.assert_array_equal(fitsio.read(path, ext=plane.upper()), array)


def test_files_do_not_depend_on_threads(tmp_path):
    exposure = ExposureF(makePixels((200, 3000)))
    files = []
    for number in (1, 2):
        path = tmp_path / f"{number}.fits"
        with threads(number):
            exposure.writeFitsWithOptions(str(path), options=LOSSLESS)
        files.append(path.read_bytes())
    assert files[0] == files[1]
