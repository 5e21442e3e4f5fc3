# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pixel planes, plain and compressed, against astropy."""

import io
import subprocess
import sys

import fitsio
import numpy as np
import pytest
from astropy.io import fits
from hypothesis import given, settings
from hypothesis import strategies as st
from lsst.afw.fits import CompressionOptions, FitsError, MemFileManager
from lsst.afw.fits._cards import FitsTypeError, formatCard
from lsst.afw.fits._file import FitsFile
from lsst.afw.fits._fitsImage import FitsImage
from lsst.afw.fits._planeWriter import planeHdu
from lsst.afw.fits._rice import decodeRice, encodeRice
from lsst.geom import Box2I, Extent2I, Point2I
from lsst.pex.exceptions import LengthError

PRIMARY = (
    formatCard("SIMPLE", True) + formatCard("BITPIX", 8) + formatCard("NAXIS", 0) + b"END".ljust(80)
).ljust(2880)


def openPlane(raw):
    manager = MemFileManager()
    manager.setData(raw, len(raw))
    return FitsImage(FitsFile(manager).hdu(1))


def ours(array, options=None, masked=None):
    """Bytes of a file that our writer makes."""
    chosen = None if options is None else CompressionOptions.from_mapping(options)
    return PRIMARY + b"".join(planeHdu(array, [], chosen, masked))


def theirs(*args, **kwargs):
    """Bytes of a file that astropy makes."""
    stream = io.BytesIO()
    cls = fits.CompImageHDU if "compression_type" in kwargs else fits.ImageHDU
    fits.HDUList([fits.PrimaryHDU(), cls(*args, **kwargs)]).writeto(stream)
    return stream.getvalue()


def readAll(raw, dtype):
    plane = openPlane(raw)
    return plane.read(Box2I(Point2I(0, 0), Extent2I(plane.shape[1], plane.shape[0])), np.dtype(dtype))


def box(x, y, width, height):
    return Box2I(Point2I(x, y), Extent2I(width, height))


def noise(shape=(60, 70), seed=1):
    return np.random.default_rng(seed).normal(100, 5, shape).astype("f4")


QUANTIZED = {
    "dither": "SUBTRACTIVE_DITHER_2",
    "scaling": "STDEV_MASKED",
    "mask_planes": [],
    "level": 16,
    "seed": 7,
}


@settings(deadline=None)
@given(st.lists(st.integers(-(2**31), 2**31 - 1), min_size=1, max_size=200), st.sampled_from([16, 32]))
def test_rice_round_trip(values, block):
    pixels = np.array(values, np.int32)
    code = np.frombuffer(encodeRice(pixels, block), np.uint8)
    out = np.empty((1, pixels.size), np.int32)
    assert decodeRice(code, np.array([0]), np.array([code.size]), 4, block, 0, out) == -1
    np.testing.assert_array_equal(out[0], pixels)


@settings(deadline=None)
@given(st.binary(max_size=300), st.integers(1, 100))
def test_rice_survives_garbage(code, n):
    out = np.zeros((1, n), np.int32)
    data = np.frombuffer(code + b"\0" * 8, np.uint8)
    assert decodeRice(data, np.array([0]), np.array([len(code)]), 4, 32, 0, out) in (0, -1)


@pytest.mark.parametrize("tile", [(1, 70), (16, 16), (60, 70), (7, 33)])
@pytest.mark.parametrize("method", [-1, 1, 2])
def test_quantized_planes_of_astropy(tile, method):
    array = noise()
    array[5, 6:9] = np.nan
    array[7] = 0
    raw = theirs(
        array,
        compression_type="RICE_1",
        tile_shape=tile,
        quantize_level=-0.1,
        quantize_method=method,
        dither_seed=9,
    )
    with fits.open(io.BytesIO(raw)) as hdus:
        expected = hdus[1].data
    np.testing.assert_array_equal(readAll(raw, "f4"), expected)
    part = openPlane(raw).read(box(11, 3, 40, 29), np.dtype("f4"))
    np.testing.assert_array_equal(part, expected[3:32, 11:51])


@pytest.mark.parametrize("x", [0, 9_700, 15_000, 20_900])
@pytest.mark.parametrize("algorithm", ["RICE_1", "GZIP_1"])
def test_parts_of_wide_quantized_planes(algorithm, x):
    """The numbers for the dither are used up within a row, and start anew."""
    array = noise((3, 21_000))
    raw = theirs(array, compression_type=algorithm, quantize_level=4, quantize_method=1, dither_seed=4_999)
    with fits.open(io.BytesIO(raw)) as hdus:
        expected = hdus[1].data
    part = openPlane(raw).read(box(x, 1, 100, 2), np.dtype("f4"))
    np.testing.assert_array_equal(part, expected[1:, x : x + 100])
    np.testing.assert_array_equal(readAll(raw, "f4"), expected)


@pytest.mark.parametrize("tile", [(1, 70), (20, 30)])
@pytest.mark.parametrize("method", [-1, 1, 2])
@pytest.mark.parametrize("algorithm", ["RICE_1", "GZIP_1", "GZIP_2"])
def test_quantized_doubles(algorithm, method, tile):
    """Numbers that single precision cannot tell from each other."""
    array = 1e9 + noise().astype(np.float64)
    array[5, 6:9] = np.nan
    array[7] = 0
    raw = theirs(
        array,
        compression_type=algorithm,
        tile_shape=tile,
        quantize_level=-0.25,
        quantize_method=method,
        dither_seed=9,
    )
    with fits.open(io.BytesIO(raw)) as hdus:
        expected = hdus[1].data
        assert expected.dtype.itemsize == 8
    got = readAll(raw, "f8")
    np.testing.assert_array_equal(got, expected, strict=True)
    np.testing.assert_array_equal(readAll(raw, "f4"), expected.astype(np.float32), strict=True)
    part = openPlane(raw).read(box(3, 2, 40, 30), np.dtype("f8"))
    np.testing.assert_array_equal(part, expected[2:32, 3:43])


@pytest.mark.parametrize("tile", [(1, 70), (20, 30)])
@pytest.mark.parametrize("algorithm", ["RICE_1", "GZIP_2"])
def test_quantized_singles_as_doubles(algorithm, tile):
    """Scaled integers are rounded only once, to the type asked for."""
    array = noise()
    array[5, 6:9] = np.nan
    raw = theirs(array, compression_type=algorithm, tile_shape=tile, quantize_level=-0.1, quantize_method=-1)
    singles, doubles = readAll(raw, "f4"), readAll(raw, "f8")
    np.testing.assert_array_equal(doubles.astype(np.float32), singles)
    with fits.open(io.BytesIO(raw), disable_image_compression=True) as hdus:
        zeros = hdus[1].data["ZZERO"]
    steps = (doubles[0, :30] - zeros[0]) / 0.1
    np.testing.assert_allclose(steps, np.round(steps), atol=1e-9)
    assert (doubles != singles)[np.isfinite(array)].any()


@pytest.mark.parametrize("algorithm", ["GZIP_1", "GZIP_2", "RICE_1", "HCOMPRESS_1", "PLIO_1"])
@pytest.mark.parametrize("dtype", ["u1", "i2", "u2", "i4"])
def test_integer_planes_of_astropy(algorithm, dtype):
    rng = np.random.default_rng(2)
    array = rng.integers(0, 200, (40, 50)).astype(dtype)
    if algorithm == "PLIO_1" and dtype == "u2":
        pytest.skip("astropy does not write these")
    tile = (20, 50) if algorithm == "HCOMPRESS_1" else (1, 50)
    raw = theirs(array, compression_type=algorithm, tile_shape=tile)
    assert openPlane(raw).isCompressed
    np.testing.assert_array_equal(readAll(raw, "f4"), array.astype("f4"))
    np.testing.assert_array_equal(readAll(raw, "i4"), array)


@pytest.mark.parametrize("options", [
    None,
    {"algorithm": "GZIP_1"},
    {"algorithm": "GZIP_2", "tile_width": 20, "tile_height": 9},
    {"algorithm": "GZIP_2", "tile_height": 0},
])  # fmt: skip
def test_lossless_round_trip(options):
    array = noise()
    array[2, 3], array[3, 3] = np.nan, 1e-42
    raw = ours(array, options)
    np.testing.assert_array_equal(readAll(raw, "f4"), array)
    with fits.open(io.BytesIO(raw)) as hdus:
        np.testing.assert_array_equal(hdus[1].data, array)


@pytest.mark.parametrize("dither", ["NO_DITHER", "SUBTRACTIVE_DITHER_1", "SUBTRACTIVE_DITHER_2"])
@pytest.mark.parametrize("algorithm", ["GZIP_1", "GZIP_2", "RICE_1"])
def test_lossy_round_trip(dither, algorithm):
    array = noise()
    array[4, 5], array[6, 7] = np.nan, 0
    raw = ours(array, {"algorithm": algorithm, "quantization": {**QUANTIZED, "dither": dither}})
    got = readAll(raw, "f4")
    with fits.open(io.BytesIO(raw)) as hdus:
        np.testing.assert_allclose(got, hdus[1].data, rtol=1e-6)
        scale = hdus[1].header["UZSCALE"]
    assert scale == pytest.approx(5 / 16, rel=0.1)
    good = np.isfinite(array)
    np.testing.assert_array_equal(np.isfinite(got), good)
    assert np.abs(got - array)[good].max() <= 0.501 * scale
    if dither == "SUBTRACTIVE_DITHER_2":
        assert got[6, 7] == 0


def test_pixels_that_cannot_be_quantized_are_kept():
    array = noise()
    array[3, 4], array[9, 9] = np.inf, 1e30
    got = readAll(ours(array, {"algorithm": "RICE_1", "quantization": QUANTIZED}), "f4")
    array[3, 4] = np.nan
    np.testing.assert_array_equal(got[[3, 9]], array[[3, 9]])


def test_constant_plane_is_lossless():
    raw = ours(np.full((20, 30), 2.5, "f4"), {"algorithm": "RICE_1", "quantization": QUANTIZED})
    assert b"ZQUANTIZ= 'NONE" in raw and b"UZSCALE" not in raw
    assert (readAll(raw, "f4") == 2.5).all()


def test_masked_pixels_do_not_count():
    array = noise((50, 400))
    masked = np.zeros(array.shape, bool)
    masked[:, ::2] = True
    array[masked] *= 1000
    quantization = {"algorithm": "RICE_1", "quantization": QUANTIZED}
    with fits.open(io.BytesIO(ours(array, quantization, masked))) as hdus:
        assert hdus[1].header["UZSCALE"] == pytest.approx(5 / 16, rel=0.05)


def test_scale_of_each_tile_like_cfitsio(tmp_path):
    array = noise((20, 3000))
    with fitsio.FITS(str(tmp_path / "a.fits"), "rw") as file:
        file.write(array, compress="RICE", tile_dims=[1, 3000], qlevel=8.0, qmethod=None)
    with fits.open(tmp_path / "a.fits", disable_image_compression=True) as hdus:
        expected = np.array(hdus[1].data["ZSCALE"])
    quantization = {"scaling": "STDEV_CFITSIO", "level": 8.0}
    raw = ours(array, {"algorithm": "RICE_1", "quantization": quantization})
    with fits.open(io.BytesIO(raw), disable_image_compression=True) as hdus:
        np.testing.assert_allclose(hdus[1].data["ZSCALE"], expected, rtol=5e-3)


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_parts_equal_the_whole(data):
    array = noise((30, 40))
    options = data.draw(st.sampled_from([None, {"tile_width": 9, "tile_height": 4}, {}]))
    x, y = data.draw(st.integers(0, 39)), data.draw(st.integers(0, 29))
    width, height = data.draw(st.integers(1, 40 - x)), data.draw(st.integers(1, 30 - y))
    part = openPlane(ours(array, options)).read(box(x, y, width, height), np.dtype("f4"))
    np.testing.assert_array_equal(part, array[y : y + height, x : x + width])
    assert part.flags.c_contiguous and part.flags.writeable


def test_infinite_pixels():
    array = np.array([[1, np.inf, -np.inf]], "f4")
    np.testing.assert_array_equal(readAll(ours(array), "f4"), [[1, np.nan, np.nan]])
    np.testing.assert_array_equal(readAll(ours(array, {}), "f4"), array)


@pytest.mark.parametrize("code", ["u1", "i2", "u2", "i4", "u8", "f8"])
def test_pixel_types(code):
    array = np.array([[0, 1, 100]], code)
    raw = ours(array)
    assert openPlane(raw).dtype == array.dtype
    np.testing.assert_array_equal(readAll(raw, "f8"), array)
    with fits.open(io.BytesIO(raw)) as hdus:
        np.testing.assert_array_equal(hdus[1].data, array)


def test_types_that_do_not_fit():
    for source, target in (("f4", "i4"), ("u4", "i4"), ("i4", "u2"), ("i4", "u8"), ("f4", "u2")):
        with pytest.raises(FitsTypeError):
            readAll(theirs(np.zeros((3, 4), source)), target)
    assert readAll(theirs(np.zeros((3, 4), "u2")), "i4").dtype == np.int32
    plane = openPlane(ours(np.array([[np.nan, 2.7]], "f4")))
    np.testing.assert_array_equal(plane.read(box(0, 0, 2, 1), np.dtype("i4"), True), [[0, 2]])
    with pytest.raises(FitsTypeError):
        readAll(theirs(np.zeros((3, 4), "u1"), compression_type="GZIP_1"), "u8")


def test_scaled_and_blank_pixels():
    hdu = fits.ImageHDU(np.array([[1, 2, 3]], "i2"))
    hdu.header["BLANK"] = 2
    hdu.header["BSCALE"], hdu.header["BZERO"] = 0.5, 10.0
    stream = io.BytesIO()
    fits.HDUList([fits.PrimaryHDU(), hdu]).writeto(stream)
    raw = stream.getvalue()
    plane = openPlane(raw)
    got = plane.read(box(0, 0, 3, 1), np.dtype("f4"))
    with fits.open(io.BytesIO(raw)) as hdus:
        np.testing.assert_array_equal(got, hdus[1].data)


def test_box_outside():
    for bad in (box(-1, 0, 3, 3), box(0, 0, 71, 60)):
        with pytest.raises(LengthError):
            openPlane(ours(noise())).read(bad, np.dtype("f4"))


@pytest.mark.parametrize("options", [None, {}, {"algorithm": "RICE_1", "quantization": QUANTIZED}])
def test_truncated_planes(options):
    raw = ours(noise(), options)
    with pytest.raises(FitsError, match="truncated"):
        readAll(raw[:-2880], "f4")


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_corrupt_tiles(data):
    options = data.draw(st.sampled_from([{}, {"algorithm": "RICE_1", "quantization": QUANTIZED}]))
    raw = bytearray(ours(noise((10, 20)), options))
    for _ in range(5):
        position = data.draw(st.integers(2880, len(raw) - 1))
        raw[position] = data.draw(st.integers(0, 255))
    try:
        assert readAll(bytes(raw), "f4").shape[0] > 0
    except FitsError as err:
        assert str(err)


def test_options_that_do_not_suit():
    with pytest.raises(FitsError, match="RICE_1"):
        ours(noise(), {"algorithm": "RICE_1"})
    with pytest.raises(FitsError, match="quantized"):
        ours(np.zeros((3, 4), "i4"), {"algorithm": "RICE_1", "quantization": QUANTIZED})
    with pytest.raises(ValueError, match="level"):
        ours(noise(), {"quantization": {"level": 0.0}})
    with pytest.raises(ValueError, match="unknwon"):
        CompressionOptions.from_mapping({"unknwon": 1})


def test_options_round_trip():
    mapping = {"algorithm": "RICE_1", "tile_width": 3, "tile_height": 4, "quantization": QUANTIZED}
    assert CompressionOptions.from_mapping(mapping).to_dict() == mapping
    assert CompressionOptions.from_mapping({}).to_dict() == CompressionOptions().to_dict()


def test_rice_without_folder_for_machine_code():
    """Rice codes are decoded where compiled code cannot be kept."""
    code = """
import logging
import numba
import numpy as np

njit = numba.njit

def refuse(*args, cache=False, **options):
    if cache:
        raise RuntimeError("cannot cache function: no locator available")
    return njit(*args, **options)

numba.njit = refuse
logging.disable()
from lsst.afw.fits._rice import decodeRice, encodeRice

pixels = np.arange(100, dtype=np.int32) ** 2
code = np.frombuffer(encodeRice(pixels, 32), np.uint8)
out = np.empty((1, 100), np.int32)
assert decodeRice(code, np.array([0]), np.array([code.size]), 4, 32, 0, out) == -1
assert (out == pixels).all()
"""
    subprocess.run([sys.executable, "-c", code], check=True)
