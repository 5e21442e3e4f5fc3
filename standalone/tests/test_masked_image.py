# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Masked images: planes, views, arithmetic."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from lsst.afw.image import (
    LOCAL,
    ImageD,
    ImageF,
    Mask,
    MaskedImage,
    MaskedImageD,
    MaskedImageF,
    MaskedImageFitsReader,
    MaskedImageI,
    makeMaskedImage,
    makeMaskedImageFromArrays,
)
from lsst.geom import Box2I, Extent2I, Point2I
from lsst.pex.exceptions import LengthError

BOX = Box2I(Point2I(10, 20), Extent2I(5, 4))


@pytest.fixture
def masked() -> MaskedImageF:
    return make(1)


def make(seed: int, cls: type = MaskedImageF) -> MaskedImageF:
    rng = np.random.default_rng(seed)
    result = cls(BOX)
    result.image.array[:] = rng.normal(10, 3, (4, 5))
    result.mask.array[:] = rng.integers(0, 1 << 10, (4, 5))
    result.variance.array[:] = rng.uniform(1, 2, (4, 5))
    return result


def planes(masked: MaskedImageF) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return masked.image.array.copy(), masked.mask.array.copy(), masked.variance.array.copy()


def check(masked: MaskedImageF, image, mask, variance) -> None:
    np.testing.assert_array_equal(masked.image.array, image)
    np.testing.assert_array_equal(masked.mask.array, mask)
    np.testing.assert_array_equal(masked.variance.array, variance)


def test_constructors():
    assert MaskedImage[np.float32] is MaskedImage["F"] is MaskedImageF
    assert type(MaskedImage(BOX, dtype=np.float64)) is MaskedImageD
    for made in (MaskedImageF(BOX), MaskedImageF(bbox=BOX, planeDict={"FOO": 1})):
        for plane in (made.image, made.mask, made.variance):
            assert plane.getBBox() == BOX
            assert not plane.array.any()
    assert made.mask.getMaskPlaneDict() == {"FOO": 1}
    assert (
        MaskedImageF(5, 4).getDimensions() == MaskedImageF(Extent2I(5, 4)).getDimensions() == Extent2I(5, 4)
    )
    assert type(MaskedImageI(BOX).variance) is ImageF
    with pytest.raises(TypeError):
        MaskedImageF(3.5)


def test_from_planes():
    image, mask, variance = ImageF(BOX), Mask(BOX), ImageF(BOX)
    made = makeMaskedImage(image, mask, variance)
    assert made.image is image
    assert made.mask is mask
    assert made.variance is variance
    assert type(makeMaskedImage(ImageD(BOX))) is MaskedImageD
    bare = MaskedImageF(image)
    assert bare.mask.getBBox() == bare.variance.getBBox() == BOX
    assert not bare.variance.array.any()
    assert MaskedImageF(image, Mask(), ImageF()).mask.getBBox() == BOX
    with pytest.raises(LengthError):
        MaskedImageF(image, Mask(4, 5))
    with pytest.raises(TypeError):
        MaskedImageF(image, None, ImageD(BOX))
    with pytest.raises(TypeError):
        MaskedImageD(image)


def test_from_arrays():
    image, mask, variance = (np.zeros((4, 5), dtype=t) for t in (np.float32, np.int32, np.float32))
    made = makeMaskedImageFromArrays(image, mask, variance)
    made.set(1, 2, 3)
    assert (image == 1).all()
    assert (mask == 2).all()
    assert (variance == 3).all()
    assert type(makeMaskedImageFromArrays(image.astype(float))) is MaskedImageD
    with pytest.raises(TypeError):
        makeMaskedImageFromArrays(image, mask, variance.astype(float))


def test_views(masked):
    box = Box2I(Point2I(11, 21), Extent2I(2, 3))
    view = masked[box]
    assert view.getBBox() == view.mask.getBBox() == view.variance.getBBox() == box
    view.set((1, 2, 3))
    assert masked[11, 21] == masked[1, 1, LOCAL] == masked[Point2I(11, 21)] == (1, 2, 3)
    assert masked.image.array[1:4, 1:3].tolist() == [[1, 1]] * 3
    assert MaskedImageF(masked).image is masked.image
    deep = masked.clone()
    deep.set(0)
    assert masked[11, 21] == (1, 2, 3)
    with pytest.raises(LengthError):
        masked[Box2I(Point2I(9, 20), Extent2I(2, 2))]


def test_set(masked):
    masked.set(7)
    check(masked, np.full((4, 5), 7), np.zeros((4, 5)), np.zeros((4, 5)))
    masked.set(7, 1, 2.5)
    check(masked, np.full((4, 5), 7), np.ones((4, 5)), np.full((4, 5), 2.5))
    masked[10, 20] = (1, 2, 3)
    assert masked[10, 20] == (1, 2, 3)
    masked[10, 20] = 5
    assert masked[10, 20] == (5, 0, 0)
    masked[10:12, 20:21] = (1, 2, 3)
    assert masked[11, 20] == (1, 2, 3)
    with pytest.raises(TypeError):
        masked.set((1, 2, 3), 4)
    with pytest.raises(TypeError):
        masked.set((1, 2, 3, 4))


def test_assign(masked):
    other = MaskedImageF(2, 2)
    other.set(1, 2, 3)
    masked[12:14, 20:22] = other
    assert masked[13, 21] == (1, 2, 3)
    masked.assign(other, Box2I(Point2I(0, 0), Extent2I(2, 2)), LOCAL)
    assert masked[10, 20] == (1, 2, 3)
    with pytest.raises(LengthError):
        masked.assign(other)


def test_plane_assignment_copies(masked):
    image, mask, variance = masked.image, masked.mask, masked.variance
    masked.image = ImageF(5, 4, 1)
    masked.mask = Mask(5, 4, 2)
    masked.variance = ImageF(5, 4, 3)
    assert (masked.image, masked.mask, masked.variance) == (image, mask, variance)
    assert masked[10, 20] == (1, 2, 3)
    with pytest.raises(LengthError):
        masked.image = ImageF(4, 5)


def test_set_xy0(masked):
    masked.setXY0(1, 2)
    masked.setXY0(origin=Point2I(3, 4))
    for each in (masked, masked.image, masked.mask, masked.variance):
        assert each.getXY0() == Point2I(3, 4)


def test_scalars(masked):
    image, mask, variance = planes(masked)
    masked += 1.5
    masked -= 0.25
    check(masked, (image + np.float32(1.5)) - np.float32(0.25), mask, variance)
    image, mask, variance = planes(masked)
    factor = np.float32(1.1)
    masked *= 1.1
    check(masked, image * factor, mask, variance * (factor * factor))
    image, mask, variance = planes(masked)
    divisor = np.float32(0.7)
    masked /= 0.7
    check(masked, image * (1 / divisor), mask, variance * (1 / (divisor * divisor)))


def test_images(masked):
    right = make(2).image
    image, mask, variance = planes(masked)
    masked += right
    check(masked, image + right.array, mask, variance)
    masked -= right
    image, mask, variance = planes(masked)
    masked *= right
    check(masked, image * right.array, mask, variance * right.array * right.array)
    image, mask, variance = planes(masked)
    masked /= right
    check(masked, image / right.array, mask, variance / right.array / right.array)


def test_masked_images(masked):
    right = make(2)
    i, m, v = planes(masked)
    ri, rm, rv = planes(right)
    masked += right
    check(masked, i + ri, m | rm, v + rv)
    masked = make(1)
    masked -= right
    check(masked, i - ri, m | rm, v + rv)
    masked = make(1)
    masked *= right
    check(masked, i * ri, m | rm, i * i * rv + ri * ri * v)
    masked = make(1)
    masked /= right
    check(masked, i / ri, m | rm, (i * i * rv + ri * ri * v) / ((ri * ri) * (ri * ri)))
    masked = make(1)
    c = np.float32(0.3)
    masked.scaledPlus(0.3, right)
    check(masked, i + c * ri, m | rm, v + c * c * rv)
    masked.scaledMinus(0.3, right)
    assert (masked.variance.array > v).all()
    with pytest.raises(LengthError):
        masked += MaskedImageF(2, 2)
    with pytest.raises(TypeError):
        masked += make(1, MaskedImageD)


def test_failed_operation_changes_nothing(masked):
    before = planes(masked)
    other = MaskedImageF(BOX, {"FOO": 3})
    for operate in (masked.__iadd__, masked.__isub__, masked.__imul__, masked.__itruediv__):
        with pytest.raises(RuntimeError):
            operate(other)
    check(masked, *before)


@given(arrays(np.float32, (2, 3), elements=st.floats(1, 100, width=32)))
def test_double_precision_agrees(values):
    left, right = MaskedImageD(3, 2), MaskedImageD(3, 2)
    for each, scale in ((left, 1), (right, 2)):
        each.image.array[:] = values * scale
        each.variance.array[:] = values
    left *= right
    np.testing.assert_allclose(left.image.array, 2.0 * values.astype(float) ** 2)
    np.testing.assert_allclose(left.variance.array, 5.0 * values.astype(float) ** 3, rtol=1e-6)


def test_operators_are_in_place_only(masked):
    for operate in (lambda: masked + 1, lambda: masked - 1, lambda: masked * 1, lambda: masked / 1):
        with pytest.raises(NotImplementedError):
            operate()


def test_conversion(masked):
    double = masked.convertD()
    assert type(double) is MaskedImageD
    check(double, *planes(masked))
    assert double.getBBox() == BOX
    double.set(0)
    assert masked.image.array.any()
    assert type(double.convertF()) is MaskedImageF


def test_pickle(masked):
    copy = pickle.loads(pickle.dumps(masked))
    check(copy, *planes(masked))
    assert copy.getBBox() == BOX


def test_files(masked, tmp_path):
    path = str(tmp_path / "masked.fits")
    masked.writeFits(path)
    copy = MaskedImageF.readFits(path)
    check(copy, *planes(masked))
    assert copy.getBBox() == BOX
    reader = MaskedImageFitsReader(path)
    assert reader.readImageMetadata()["EXTNAME"] == "IMAGE"
    assert reader.readMaskMetadata()["MP_SAT"] == 1
    assert reader.readVarianceMetadata()["EXTNAME"] == "VARIANCE"
    assert "EXTNAME" not in reader.readPrimaryMetadata()
    part = MaskedImageF(path, bbox=Box2I(Point2I(1, 1), Extent2I(2, 1)), origin=LOCAL)
    assert part[11, 21] == masked[11, 21]
