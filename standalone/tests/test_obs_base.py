# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Taking exposures apart in memory, write recipes, provenance, filters."""

from __future__ import annotations

import logging
import uuid

import lsst.afw.image as afwImage
import numpy as np
import pytest
from lsst.afw.detection import GaussianPsf
from lsst.afw.geom import Polygon, makeCdMatrix, makeSkyWcs
from lsst.daf.base import PropertyList
from lsst.daf.butler import (
    DataCoordinate,
    DatasetProvenance,
    DatasetRef,
    DatasetType,
    DimensionUniverse,
    StorageClassFactory,
)
from lsst.geom import Box2D, Box2I, Extent2I, Point2D, Point2I, SpherePoint, arcseconds, degrees
from lsst.obs.base import add_provenance_to_fits_header, strip_provenance_from_fits_header
from lsst.obs.base.exposureAssembler import ExposureAssembler
from lsst.obs.base.formatters.fitsExposure import (
    FitsExposureFormatter,
    fixFilterLabel,
    seedFromDataId,
    withSeed,
)
from lsst.pipe.base import InMemoryDatasetHandle

UNIVERSE = DimensionUniverse()
BBOX = Box2I(Point2I(-7, 12), Extent2I(20, 10))
PART = Box2I(Point2I(-5, 13), Extent2I(4, 6))


def storageClass(name):
    return StorageClassFactory().getStorageClass(name)


@pytest.fixture(scope="module", autouse=True)
def storageClasses():
    from lsst.daf.butler import StorageClassConfig

    StorageClassFactory().addFromConfig(StorageClassConfig())


@pytest.fixture
def exposure():
    exposure = afwImage.ExposureF(BBOX)
    exposure.image.array[:] = np.arange(200).reshape(10, 20)
    exposure.mask.array[2, 3] = 1
    exposure.variance.array[:] = 4.0
    exposure.setWcs(makeSkyWcs(Point2D(2, 3), SpherePoint(10, -5, degrees), makeCdMatrix(0.2 * arcseconds)))
    exposure.setPsf(GaussianPsf(15, 15, 2.0))
    exposure.setPhotoCalib(afwImage.PhotoCalib(3.0))
    exposure.setFilter(afwImage.FilterLabel(band="r"))
    exposure.info.setVisitInfo(afwImage.VisitInfo(id=42))
    exposure.info.setValidPolygon(Polygon(Box2D(BBOX)))
    exposure.info.setId(5)
    exposure.metadata["KEY"] = 1
    return exposure


def assertSame(got, want):
    assert got.getBBox() == want.getBBox()
    np.testing.assert_array_equal(got.image.array, want.image.array)
    np.testing.assert_array_equal(got.mask.array, want.mask.array)
    np.testing.assert_array_equal(got.variance.array, want.variance.array)


def makeRef(name, storage, **dataId):
    coordinate = DataCoordinate.standardize(universe=UNIVERSE, **dataId)
    return DatasetRef(DatasetType(name, coordinate.dimensions, storage), coordinate, run="a/run")


def test_handleInMemory(exposure):
    handle = InMemoryDatasetHandle(exposure, storageClass="ExposureF", copy=True)
    copy = handle.get()
    assert copy is not exposure
    assertSame(copy, exposure)
    copy.image.array[:] = 0
    assert exposure.image.array.any()
    assertSame(handle.get(parameters={"bbox": PART}), exposure[PART])
    local = Box2I(Point2I(2, 1), PART.getDimensions())
    assertSame(handle.get(parameters={"bbox": local, "origin": afwImage.LOCAL}), exposure[PART])
    assert handle.get(component="bbox") == BBOX
    assert handle.get(component="dimensions") == BBOX.getDimensions()
    assert handle.get(component="xy0") == BBOX.getMin()
    assert handle.get(component="wcs") == exposure.wcs
    assert handle.get(component="photoCalib") == exposure.photoCalib
    assert handle.get(component="visitInfo") == exposure.visitInfo
    assert handle.get(component="id") == 5
    with pytest.raises(NotImplementedError, match="amp"):
        handle.get(parameters={"amp": 1})


def test_disassembly(exposure):
    assembler = ExposureAssembler(storageClass("ExposureF"))
    parts = assembler.disassemble(exposure)
    assert {"image", "mask", "variance", "wcs", "psf", "photoCalib", "visitInfo", "filter", "id"} <= set(
        parts
    )
    assert "coaddInputs" not in parts, "the exposure has none"
    again = assembler.assemble({name: part.component for name, part in parts.items()})
    assert type(again) is afwImage.ExposureF
    assertSame(again, exposure)
    assert again.wcs == exposure.wcs
    assert again.psf.getSigma() == 2.0
    assert again.photoCalib == exposure.photoCalib
    assert again.filter == exposure.filter
    assert again.visitInfo == exposure.visitInfo
    assert again.info.getValidPolygon() == exposure.info.getValidPolygon()
    assert again.info.id == 5
    assert again.metadata["KEY"] == 1
    assert set(assembler.disassemble(exposure, subset=["wcs"])) == {"wcs"}


def test_maskedImageDisassembly(exposure):
    assembler = ExposureAssembler(storageClass("MaskedImageF"))
    parts = assembler.disassemble(exposure.maskedImage)
    assert set(parts) == {"image", "mask", "variance"}
    again = assembler.assemble({name: part.component for name, part in parts.items()})
    assert type(again) is afwImage.MaskedImageF
    assertSame(again, exposure.maskedImage)
    with pytest.raises(AttributeError, match="wcs"):
        assembler.getComponent(exposure.maskedImage, "wcs")


def test_badAssembly(exposure):
    assembler = ExposureAssembler(storageClass("ExposureF"))
    with pytest.raises(ValueError, match="nonsense"):
        assembler.assemble({"image": exposure.image, "nonsense": 1})
    with pytest.raises(ValueError, match="No image"):
        assembler.assemble({"wcs": exposure.wcs})
    with pytest.raises(TypeError, match=r"ExposureI.*ExposureF"):
        assembler.assemble({"image": afwImage.ImageI(BBOX)})
    with pytest.raises(AttributeError, match="nonsense"):
        assembler.getComponent(exposure, "nonsense")


def test_selectResponsibleComponent():
    select = ExposureAssembler.selectResponsibleComponent
    assert select("bbox", {"wcs", "mask", "variance"}) == "variance"
    with pytest.raises(ValueError, match="xy0"):
        select("xy0", {"wcs", None})


def test_recipes():
    recipes = {
        "none": None,
        "partial": {"image": {"algorithm": "GZIP_2"}, "mask": None},
        "lossy": {"image": {"algorithm": "RICE_1", "quantization": {"level": 16.0, "seed": 0}}},
        "seeded": {"image": {"algorithm": "RICE_1", "quantization": {"level": 16.0, "seed": 7}}},
    }
    validated = FitsExposureFormatter.validate_write_recipes(recipes)
    assert validated["none"] == {"image": None, "mask": None, "variance": None}
    assert validated["partial"]["image"]["tile_height"] == 1
    assert validated["partial"]["mask"] is validated["partial"]["variance"] is None
    lossy = withSeed(validated["lossy"], 1234)
    assert lossy["image"]["quantization"]["seed"] == 1234
    assert validated["lossy"]["image"]["quantization"]["seed"] == 0, "recipes are not changed"
    assert withSeed(validated["seeded"], 1234)["image"]["quantization"]["seed"] == 7
    assert withSeed(validated["none"], 1234) == validated["none"]


@pytest.mark.parametrize(
    "recipe, message",
    [
        ({"picture": {}}, "picture"),
        ({"image": {"algorithm": "LZW"}}, "LZW"),
        ({"mask": {"tile": 3}}, "tile"),
        ({"image": {"quantization": {"depth": 3}}}, "depth"),
    ],
)
def test_badRecipe(recipe, message):
    with pytest.raises(RuntimeError, match=f"'mine'.*{message}"):
        FitsExposureFormatter.validate_write_recipes({"mine": recipe})


def test_seed():
    dataId = DataCoordinate.standardize(skymap="corner", tract=0, patch=0, band="r", universe=UNIVERSE)
    assert seedFromDataId(dataId) == 7608
    seeds = {seedFromDataId(DataCoordinate.standardize(dataId, patch=patch)) for patch in range(200)}
    assert len(seeds) > 190
    assert 1 <= min(seeds) <= max(seeds) <= 9999


@pytest.mark.parametrize("makeHeader", [dict, PropertyList])
def test_provenance(makeHeader):
    header = makeHeader()
    header["OBJECT"] = "M31"
    header["LSST BUTLER INPUT 9 ID"] = "stale"
    provenance = DatasetProvenance(quantum_id=uuid.UUID(int=3))
    inputs = [makeRef(f"in{i}", "Wcs", instrument="Cam", detector=i) for i in range(2)]
    for ref in inputs:
        provenance.add_input(ref)
    ref = makeRef("out", "ExposureF", instrument="Cam", detector=1)
    add_provenance_to_fits_header(header, ref, provenance)
    assert {key: header[key] for key in header.keys()} == {  # noqa: SIM118
        "OBJECT": "M31",
        "LSST BUTLER ID": str(ref.id),
        "LSST BUTLER RUN": "a/run",
        "LSST BUTLER DATASETTYPE": "out",
        "LSST BUTLER DATAID DETECTOR": 1,
        "LSST BUTLER DATAID INSTRUMENT": "Cam",
        "LSST BUTLER QUANTUM": str(uuid.UUID(int=3)),
        "LSST BUTLER N_INPUTS": 2,
        "LSST BUTLER INPUT 0 ID": str(inputs[0].id),
        "LSST BUTLER INPUT 0 RUN": "a/run",
        "LSST BUTLER INPUT 0 DATASETTYPE": "in0",
        "LSST BUTLER INPUT 1 ID": str(inputs[1].id),
        "LSST BUTLER INPUT 1 RUN": "a/run",
        "LSST BUTLER INPUT 1 DATASETTYPE": "in1",
    }
    strip_provenance_from_fits_header(header)
    assert list(header.keys()) == ["OBJECT"]


def test_tooManyInputs():
    provenance = DatasetProvenance()
    for i in range(3001):
        provenance.add_input(makeRef("in", "Wcs", instrument="Cam", detector=i))
    header = {}
    add_provenance_to_fits_header(header, makeRef("out", "Wcs", instrument="Cam", detector=1), provenance)
    assert header["LSST BUTLER N_INPUTS"] == 3001
    assert "LSST BUTLER INPUT 0 ID" not in header
    add_provenance_to_fits_header(None, makeRef("out", "Wcs", instrument="Cam", detector=1))


def label(band=None, physical=None):
    return afwImage.FilterLabel(band=band, physical=physical)


def test_filterOfDataId(caplog):
    coadd = makeRef("coadd", "ExposureF", skymap="s", tract=1, patch=2, band="r")
    with caplog.at_level(logging.WARNING):
        assert fixFilterLabel(label("r"), coadd, 2) == label("r")
        assert fixFilterLabel(label("r", "r2"), coadd, 1) == label("r")
    assert not caplog.records
    with caplog.at_level(logging.WARNING):
        assert fixFilterLabel(label("g"), coadd, 2) == label("r"), "the data ID wins"
    assert "coadd" in caplog.text
    none = makeRef("chi2", "ExposureF", skymap="s", tract=1, patch=2)
    assert fixFilterLabel(label("g"), none, 2) is None


def test_filterOfUnknownDataId(caplog):
    visit = makeRef("calexp", "ExposureF", instrument="Cam", visit=1, detector=2)
    with caplog.at_level(logging.WARNING):
        assert fixFilterLabel(label("g"), visit, 2) == label("g")
    assert not caplog.records
    with caplog.at_level(logging.WARNING):
        assert fixFilterLabel(label("g"), visit, 0) == label("g")
    assert "guess" in caplog.text
