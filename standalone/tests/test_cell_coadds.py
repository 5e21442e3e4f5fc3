# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Grids of cells and the PSFs on them."""

from __future__ import annotations

import copy
import pickle

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given
from lsst.afw.detection import InvalidPsfError
from lsst.afw.image import ImageD
from lsst.afw.table.io._unpickler import PickleError, readPickle
from lsst.cell_coadds import GridContainer, StitchedPsf, UniformGrid
from lsst.cell_coadds._stitched_psf import ALLOWED
from lsst.geom import Box2I, Extent2I, Point2D, Point2I
from lsst.pex.exceptions import LengthError
from lsst.skymap import Index2D

GRID = UniformGrid(Extent2I(10, 20), Index2D(4, 3), padding=5, min=Point2I(100, -50))


def makeImage(value, size=5):
    image = ImageD(Box2I(Point2I(-(size // 2), -(size // 2)), Extent2I(size, size)), 0.0)
    image.array[:] = np.arange(size * size).reshape(size, size) + value
    return image


def makePsf(missing=()):
    images = GridContainer(GRID.shape)
    for number, index in enumerate(images.indices()):
        if index not in missing:
            images[index] = makeImage(number)
    return StitchedPsf(images, GRID)


def test_grid_boxes():
    assert GRID.bbox == Box2I(Point2I(100, -50), Extent2I(40, 60))
    assert GRID.bbox_with_padding == Box2I(Point2I(95, -55), Extent2I(50, 70))
    assert GRID.bbox_of(Index2D(0, 0)) == Box2I(Point2I(95, -55), Extent2I(15, 25))
    assert GRID.bbox_of(Index2D(1, 1)) == Box2I(Point2I(110, -30), Extent2I(10, 20))
    assert GRID.bbox_of(Index2D(3, 2)) == Box2I(Point2I(130, -10), Extent2I(15, 25))
    assert GRID.min_of(Index2D(0, 1)) == Point2I(95, -30)


@given(st.integers(1, 9), st.integers(1, 9), st.integers(2, 5), st.integers(2, 5), st.integers(0, 3))
def test_each_pixel_has_one_cell(width, height, nx, ny, padding):
    grid = UniformGrid(Extent2I(width, height), Index2D(nx, ny), padding=padding, min=Point2I(-3, 7))
    boxes = {index: grid.bbox_of(index) for index in GridContainer(grid.shape).indices()}
    assert sum(box.getArea() for box in boxes.values()) == grid.bbox_with_padding.getArea()
    for index, box in boxes.items():
        assert grid.index(box.getMin()) == index
        assert grid.index(box.getMax()) == index


def test_pixels_outside_of_the_grid_are_refused():
    for pixel in (Point2I(94, 0), Point2I(145, 0), Point2I(100, -56), Point2I(100, 15)):
        with pytest.raises(ValueError, match="outside"):
            GRID.index(pixel)


def test_grids_from_boxes():
    assert UniformGrid.from_bbox_shape(GRID.bbox, GRID.shape, padding=5) == GRID
    assert UniformGrid.from_bbox_cell_size(GRID.bbox, GRID.cell_size, padding=5) == GRID
    assert UniformGrid.from_bbox_shape(GRID.bbox, GRID.shape) != GRID
    with pytest.raises(LengthError, match="3 x 3"):
        UniformGrid.from_bbox_shape(GRID.bbox, Index2D(3, 3))
    with pytest.raises(LengthError, match="cells of"):
        UniformGrid.from_bbox_cell_size(GRID.bbox, Extent2I(11, 20))


def test_empty_grids_are_refused():
    with pytest.raises(ValueError, match="padding"):
        UniformGrid(Extent2I(10, 10), Index2D(1, 1), padding=-1)
    with pytest.raises(ValueError, match="empty"):
        UniformGrid(Extent2I(10, 10), Index2D(0, 1))


def test_container_is_a_mapping():
    container = GridContainer[int](Index2D(3, 2), Index2D(1, 4))
    assert container.size == 6 and len(container) == 0
    assert list(container.indices())[:4] == [(1, 4), (2, 4), (3, 4), (1, 5)]
    with pytest.raises(LookupError):
        print(container.arbitrary)
    container[Index2D(3, 5)] = 7
    container[Index2D(1, 4)] = 8
    assert list(container) == [(3, 5), (1, 4)]
    assert (container.first, container.last, container.arbitrary) == (8, 7, 7)
    assert dict(container.rebuild_transformed(str)) == {(3, 5): "7", (1, 4): "8"}
    assert container.rebuild_transformed(str).offset == (1, 4)
    with pytest.raises(KeyError):
        container[Index2D(2, 4)]
    for outside in (Index2D(0, 4), Index2D(4, 4), Index2D(1, 6)):
        with pytest.raises(IndexError, match="outside"):
            container[outside] = 1
    del container[Index2D(3, 5)]
    assert Index2D(3, 5) not in container


def test_container_of_the_cells_of_a_box():
    images = makePsf([Index2D(2, 1)]).images
    part = images.subset_overlapping(GRID, Box2I(Point2I(115, -200), Point2I(129, -20)))
    assert (part.offset, part.shape) == ((1, 0), (2, 2))
    assert set(part) == {(1, 0), (2, 0), (1, 1)}
    assert part[Index2D(1, 1)] is images[Index2D(1, 1)]
    with pytest.raises(ValueError, match="overlap"):
        images.subset_overlapping(GRID, Box2I(Point2I(0, 0), Point2I(5, 5)))


def test_psf_is_the_image_of_its_cell():
    psf = makePsf([Index2D(1, 1)])
    assert psf.computeKernelImage(Point2D(99.6, -30.6)).array[0, 0] == 0
    assert psf.computeKernelImage(Point2D(109.5, -30.6)).array[0, 0] == 1
    assert psf.computeBBox(Point2D(120, 0)) == makeImage(0).getBBox()
    for x, y in ((115, -20), (94.4, 0), (144.5, 0)):
        with pytest.raises(InvalidPsfError, match="not defined"):
            psf.computeKernelImage(Point2D(x, y))


def test_kernel_images_are_copies():
    psf = makePsf()
    psf.computeKernelImage(Point2D(120, 0)).array[:] = 0
    assert psf.computeKernelImage(Point2D(120, 0)).array.any()


def test_average_position():
    assert makePsf().getAveragePosition() == Point2D(119.5, -20.5)
    lone = makePsf([i for i in GridContainer(GRID.shape).indices() if i != (3, 0)])
    assert lone.getAveragePosition() == Point2D(137, -43)


def test_resized_images_are_cropped_or_padded():
    psf = makePsf()
    smaller, wider = psf.resized(3, 3), psf.resized(7, 3)
    kernel = psf.images[Index2D(2, 1)].array
    assert np.array_equal(smaller.images[Index2D(2, 1)].array, kernel[1:-1, 1:-1])
    assert np.array_equal(wider.images[Index2D(2, 1)].array, np.pad(kernel[1:-1], ((0, 0), (1, 1))))
    with pytest.raises(ValueError, match="central pixel"):
        psf.resized(4, 3)


def test_unfit_images_are_refused():
    images = GridContainer(Index2D(5, 3))
    images[Index2D(4, 0)] = makeImage(0)
    with pytest.raises(ValueError, match="outside"):
        StitchedPsf(images, GRID)
    images = GridContainer(GRID.shape)
    images[Index2D(0, 0)], images[Index2D(1, 0)] = makeImage(0), makeImage(0, 7)
    with pytest.raises(ValueError, match="box"):
        StitchedPsf(images, GRID)


def test_psf_without_images(tmp_path):
    """A part of a coadd may consist of cells without data."""
    psf = StitchedPsf(GridContainer(GRID.shape), GRID)
    psf.writeFits(str(tmp_path / "psf.fits"))
    for each in (psf, psf.resized(3, 3), StitchedPsf.readFits(str(tmp_path / "psf.fits"))):
        assert each.getAveragePosition() == Point2D(119.5, -20.5) and len(each.images) == 0
        with pytest.raises(InvalidPsfError, match="has no image"):
            each.computeKernelImage(Point2D(110, -40))


def test_clones_compare_equal():
    psf = makePsf()
    assert psf.clone() == psf == copy.deepcopy(psf)
    assert psf != makePsf([Index2D(0, 0)])


def test_file_round_trip(tmp_path):
    psf = makePsf([Index2D(1, 1)])
    path = str(tmp_path / "psf.fits")
    psf.writeFits(path)
    again = StitchedPsf.readFits(path)
    assert again == psf
    assert again.images.keys() == psf.images.keys()


def test_pickle_names_what_the_stack_has():
    psf = makePsf()
    images, grid = readPickle(pickle.dumps((psf.images, psf.grid), protocol=4), ALLOWED)
    assert StitchedPsf(images, grid) == psf
    assert vars(grid).keys() == {"_cell_size", "_shape", "_padding", "_bbox"}
    assert ImageD.__module__ == "lsst.afw.image._image"
    assert Index2D.__module__ == "lsst.skymap.detail.utils"


def test_container_of_a_subscripted_class(tmp_path):
    """Such containers remember what they were subscripted with."""
    images = GridContainer[ImageD](GRID.shape)
    for index in images.indices():
        images[index] = makeImage(3.0)
    psf = StitchedPsf(images, GRID)
    assert b"GenericAlias" in pickle.dumps(images)
    psf.writeFits(str(tmp_path / "psf.fits"))
    read = StitchedPsf.readFits(str(tmp_path / "psf.fits"))
    assert read.computeKernelImage(Point2D(105, -45)).array[0, 0] == 3.0
    assert pickle.dumps(read.images) == pickle.dumps(images)
    for old, new in ((b"_grid_container", b"_grid_containes"), (b"ImageD", b"ImageF")):
        with pytest.raises(PickleError):
            readPickle(pickle.dumps((images, GRID)).replace(old, new), ALLOWED)


def test_other_aliases_are_refused():
    for alias in (list[int], GridContainer[int], GridContainer[GridContainer]):
        images = GridContainer(GRID.shape)
        images.__orig_class__ = alias
        with pytest.raises(PickleError, match=r"not allowed|does not name a grid"):
            readPickle(pickle.dumps((images, GRID)), ALLOWED)
