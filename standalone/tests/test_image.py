# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Images: constructors, views, arithmetic."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsst.afw.image import (
    LOCAL,
    PARENT,
    ExposureF,
    Image,
    ImageD,
    ImageF,
    ImageI,
    ImageL,
    ImageU,
    MaskedImageF,
    MaskX,
    makeImageFromArray,
)
from lsst.afw.math import PolynomialFunction2D
from lsst.geom import Box2I, Extent2I, Point2I
from lsst.pex.exceptions import LengthError

BOX = Box2I(Point2I(-3, 20), Extent2I(5, 4))


@pytest.fixture
def image() -> ImageF:
    result = ImageF(BOX)
    result.array[:] = np.arange(20).reshape(4, 5)
    return result


@pytest.mark.parametrize(
    "key, cls, dtype",
    [("F", ImageF, "f4"), ("D", ImageD, "f8"), ("I", ImageI, "i4"), ("U", ImageU, "u2"), ("L", ImageL, "u8")],
)
def test_template(key, cls, dtype):
    dtype = np.dtype(dtype)
    assert Image[key] is cls
    assert Image[dtype.type] is cls
    made = Image(BOX, dtype=dtype)
    assert type(made) is cls
    assert isinstance(made, Image)
    assert made.array.dtype == dtype
    assert made.dtype is dtype.type


def test_template_needs_dtype():
    with pytest.raises(TypeError):
        Image(BOX)
    with pytest.raises(TypeError):
        Image(BOX, dtype=np.int8)


def test_constructors():
    assert ImageF().getBBox().isEmpty()
    assert ImageF(3, 2).array.tolist() == [[0, 0, 0], [0, 0, 0]]
    assert ImageF(width=3, height=2, initialValue=7).array.tolist() == [[7, 7, 7], [7, 7, 7]]
    assert ImageF(Extent2I(3, 2), 1.5).array.tolist() == [[1.5] * 3] * 2
    assert ImageF(bbox=BOX).getBBox() == BOX
    assert ImageF(np.zeros((2, 3), dtype=np.float32), xy0=Point2I(4, 5)).getXY0() == Point2I(4, 5)
    for bad in ("a", None, [1, 2]):
        with pytest.raises((TypeError, OSError)):
            ImageF(bad)


def test_box_getters(image):
    assert (image.getWidth(), image.getHeight()) == (image.width, image.height) == (5, 4)
    assert (image.getX0(), image.getY0()) == (image.x0, image.y0) == (-3, 20)
    assert image.getDimensions() == Extent2I(5, 4)
    assert image.getBBox(LOCAL) == Box2I(Point2I(0, 0), Extent2I(5, 4))
    image.setXY0(1, 2)
    assert image.getXY0() == Point2I(1, 2)
    image.setXY0(Point2I(3, 4))
    assert image.getBBox(PARENT).getMin() == Point2I(3, 4)


def test_subset_is_view(image):
    box = Box2I(Point2I(-2, 21), Extent2I(3, 2))
    view = image[box]
    assert view.getBBox() == box
    assert view.array.tolist() == [[6, 7, 8], [11, 12, 13]]
    view.array[:] = -1
    assert image.array[1:3, 1:4].tolist() == [[-1] * 3] * 2
    local = image[Box2I(Point2I(1, 1), Extent2I(3, 2)), LOCAL]
    assert local.getBBox() == box
    assert np.shares_memory(local.array, image.array)
    assert np.shares_memory(ImageF(image).array, image.array)
    assert not np.shares_memory(ImageF(image, True).array, image.array)
    assert not np.shares_memory(image.clone().array, image.array)
    assert not np.shares_memory(ImageF(image, box, PARENT, True).array, image.array)


def test_slices(image):
    assert image[0:2, 21:22].array.tolist() == [[8, 9]]
    assert image[0:2, 21:22].getXY0() == Point2I(0, 21)
    assert image[1:-1, -1:, LOCAL].array.tolist() == [[16, 17, 18]]
    assert image[:, :22].getBBox() == Box2I(Point2I(-3, 20), Extent2I(5, 2))
    for args in (slice(None), ..., (slice(None), slice(None))):
        assert image[args].getBBox() == BOX
    with pytest.raises(IndexError):
        image[-2:0, 20:21]
    with pytest.raises(ValueError):
        image[0:2:2, 20:21]
    with pytest.raises(TypeError):
        image[0, 20:21]
    with pytest.raises(TypeError):
        image["x"]
    with pytest.raises(LengthError):
        image[0:3, 20:21]
    with pytest.raises(LengthError):
        image[Box2I(Point2I(-4, 20), Extent2I(2, 2))]


def test_pixels(image):
    assert image[Point2I(-2, 21)] == 6
    assert image[0, 20] == image[3, 0, LOCAL] == image[-2, 0, LOCAL] == 3
    image[-1, -1, LOCAL] = 100
    assert image.array[3, 4] == 100
    image[Point2I(-3, 20)] = 50.5
    assert image.array[0, 0] == 50.5
    with pytest.raises(IndexError):
        image[2, 20]
    with pytest.raises(IndexError):
        image[-1, 20]
    assert type(image[0, 20]) is float


def test_assign(image):
    patch = ImageF(2, 2, 9)
    box = Box2I(Point2I(0, 22), Extent2I(2, 2))
    image.assign(patch, box)
    assert image.array[2:, 3:].tolist() == [[9, 9], [9, 9]]
    image[box] = 4.0
    assert image.array[2:, 3:].tolist() == [[4, 4], [4, 4]]
    image[0:2, 0:2, LOCAL] = patch
    assert image.array[:2, :2].tolist() == [[9, 9], [9, 9]]
    whole = ImageF(5, 4, 1)
    image.assign(whole)
    assert (image.array == 1).all()
    assert image.getBBox() == BOX
    with pytest.raises(LengthError):
        image.assign(patch)
    with pytest.raises(TypeError):
        image.assign(ImageD(5, 4))
    with pytest.raises(TypeError):
        image[box] = np.zeros((2, 2))


def test_array_assignment_copies(image):
    before = image.array
    image.array = np.ones((4, 5))
    assert (before == 1).all()
    image.array += 1
    assert (before == 2).all()
    with pytest.raises(ValueError):
        image.array = np.ones((3, 5))


def test_from_array_shares():
    array = np.zeros((3, 4), dtype=np.float32)
    image = makeImageFromArray(array)
    assert type(image) is ImageF
    image[1, 2] = 5
    assert array[2, 1] == 5
    assert makeImageFromArray(None) is None
    with pytest.raises(TypeError):
        makeImageFromArray(array.astype(np.float16))
    with pytest.raises(TypeError):
        ImageF(array.astype(float))
    with pytest.raises(TypeError):
        ImageF(array.T)
    with pytest.raises(TypeError):
        ImageF(array[0])
    array.flags.writeable = False
    with pytest.raises(TypeError):
        ImageF(array)
    assert ImageF(array, deep=True).array.tolist() == array.tolist()


def test_scalar_arithmetic(image):
    start = image.array.copy()
    image += 0.1
    image -= 2
    image *= np.float64(1.7)
    image /= 3
    expected = ((start + np.float32(0.1)) - np.float32(2)) * np.float32(1.7) * (np.float32(1) / np.float32(3))
    assert image.array.dtype == np.float32
    np.testing.assert_array_equal(image.array, expected)


@given(st.floats(width=32, min_value=2.0**-10, max_value=2.0**10))
def test_division_uses_reciprocal(divisor):
    image = ImageF(7, 1)
    image.array[0] = np.arange(7)
    image /= divisor
    reciprocal = np.float32(1) / np.float32(divisor)
    np.testing.assert_array_equal(image.array[0], np.arange(7, dtype=np.float32) * reciprocal)


def test_image_arithmetic(image):
    other = ImageF(5, 4, 3)
    start = image.array.copy()
    image += other
    image *= other
    image -= other
    image /= other
    np.testing.assert_array_equal(image.array, ((start + 3) * 3 - 3) / np.float32(3))
    image.set(10)
    image.scaledPlus(0.5, other)
    assert (image.array == 11.5).all()
    image.scaledMinus(2, other)
    assert (image.array == 5.5).all()
    image.scaledMultiplies(2, other)
    assert (image.array == 33).all()
    image.scaledDivides(1, other)
    assert (image.array == 11).all()
    with pytest.raises(LengthError):
        image += ImageF(4, 5)
    with pytest.raises(TypeError):
        image += ImageD(5, 4)
    with pytest.raises(TypeError):
        image += "1"


def test_function(image):
    start = image.array.copy()
    image += PolynomialFunction2D([1.0, 10.0, 100.0])
    x, y = np.meshgrid(np.arange(-3, 2), np.arange(20, 24))
    np.testing.assert_array_equal(image.array - start, 1 + 10 * x + 100 * y)


def test_operators_are_in_place_only(image):
    for operate in (
        lambda: image + 1,
        lambda: image - image,
        lambda: image * 2,
        lambda: image / 2,
    ):
        with pytest.raises(NotImplementedError):
            operate()


def test_integers():
    image = ImageI(2, 1)
    image.array[0] = (-7, 7)
    image /= 2
    assert image.array.tolist() == [[-3, 3]]
    image += 1
    assert image.array.tolist() == [[-2, 4]]
    divisor = ImageI(2, 1)
    divisor.array[0] = (3, -3)
    image /= divisor
    assert image.array.tolist() == [[0, -1]]
    with pytest.raises(TypeError):
        image += 1.5
    with pytest.raises(ZeroDivisionError):
        image /= 0


def test_conversion(image):
    double = ImageD(image, deep=True)
    assert double.getXY0() == image.getXY0()
    np.testing.assert_array_equal(double.array, image.array)
    assert type(image.convertD()) is ImageD
    assert type(double.convertF()) is ImageF
    double.array[0, 0] = 2.9
    assert ImageI(double).array[0, 0] == double.convertI().array[0, 0] == 2
    assert type(double.convertFloat()) is ImageF
    assert type(double.convertU()) is ImageU


def test_sqrt(image):
    image.sqrt()
    np.testing.assert_array_equal(image.array, np.sqrt(np.arange(20, dtype=np.float32)).reshape(4, 5))


def test_pickle(image):
    copy = pickle.loads(pickle.dumps(image[0:2, 21:23]))
    assert type(copy) is ImageF
    assert copy.getBBox() == Box2I(Point2I(0, 21), Extent2I(2, 2))
    assert copy.array.tolist() == [[8, 9], [13, 14]]
    copy += 1


def test_files(image, tmp_path):
    path = str(tmp_path / "image.fits")
    image.writeFits(path)
    copy = ImageF.readFits(path)
    assert copy.getBBox() == BOX
    np.testing.assert_array_equal(copy.array, image.array)
    part = ImageD(path, bbox=Box2I(Point2I(0, 21), Extent2I(2, 1)))
    assert part.array.tolist() == [[8, 9]]
    assert part.getXY0() == Point2I(0, 21)


@pytest.mark.parametrize("cls", [*(Image[kind] for kind in "FDIUL"), MaskX])
@pytest.mark.parametrize("values", [None, "text", [[None] * 3] * 2, np.full((2, 3), "a"), 1j, object()])
def test_array_is_not_set_to_what_is_no_number(cls, values):
    image = cls(3, 2, 1)
    with pytest.raises(TypeError, match="cannot be set"):
        image.array = values
    assert (image.array == 1).all()


def test_array_is_set():
    image = Image["F"](3, 2)
    array = image.array
    image.array = np.arange(6, dtype=np.float32).reshape(2, 3)
    image.array += 1
    assert array.tolist() == [[1, 2, 3], [4, 5, 6]]
    with pytest.raises(ValueError):
        image.array = np.zeros((3, 2), np.float32)


@pytest.mark.parametrize("options", [None, {}, {"image": None, "mask": None, "variance": None}])
@pytest.mark.parametrize(
    "make",
    [lambda: ImageF(3, 2, 1), lambda: MaskX(3, 2, 1), lambda: MaskedImageF(3, 2), lambda: ExposureF(3, 2)],
)
def test_write_without_options(options, make, tmp_path):
    plain, path = tmp_path / "plain.fits", tmp_path / "a.fits"
    written = make()
    written.writeFits(str(plain))
    written.writeFitsWithOptions(str(path), options)
    assert path.read_bytes() == plain.read_bytes()
