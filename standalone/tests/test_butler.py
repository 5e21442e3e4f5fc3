# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Datasets in a real butler repository."""

from __future__ import annotations

import pathlib
import pickle
import re
import shutil

import astropy.io.fits
import lsst.afw.image as afwImage
import lsst.afw.table as afwTable
import numpy as np
import pytest
from detector_testing import make_detector
from lsst.afw.cameraGeom import Detector
from lsst.afw.detection import GaussianPsf
from lsst.afw.geom import Polygon, SkyWcs, makeCdMatrix, makeSkyWcs
from lsst.daf.butler import Butler, Config, DatasetProvenance, DatasetRef, DatasetType, FileDataset
from lsst.daf.butler.registry import ConflictingDefinitionError
from lsst.geom import Box2D, Box2I, Extent2I, Point2D, Point2I, SpherePoint, arcseconds, degrees
from lsst.pipe.base import Instrument
from lsst.utils.introspection import get_full_type_name

DATA = pathlib.Path(__file__).parent / "data"
RUN = "someone/run"
BBOX = Box2I(Point2I(-7, 12), Extent2I(60, 50))
PATCH = {"skymap": "corner", "tract": 0, "patch": 0, "band": "r"}
CCD = {"instrument": "DummyCam", "visit": 42, "detector": 1}


class DummyCam(Instrument):
    @classmethod
    def getName(cls):
        return "DummyCam"

    def getRawFormatter(self, dataId):
        raise NotImplementedError("DummyCam takes no raw images")

    def register(self, registry, *, update=False):
        name = self.getName()
        with registry.transaction():
            record = {"instrument": name, "visit_max": 1000, "exposure_max": 1000, "detector_max": 4}
            registry.syncDimensionData(
                "instrument", {**record, "class_name": get_full_type_name(self)}, update=update
            )
            for i in range(2):
                registry.syncDimensionData(
                    "detector", {"instrument": name, "id": i, "full_name": f"CCD{i}"}, update=update
                )
            registry.syncDimensionData(
                "physical_filter", {"instrument": name, "name": "r_dummy", "band": "r"}, update=update
            )


DATASET_TYPES = {
    "calexp": (("instrument", "visit", "detector"), "ExposureF"),
    "coadd": (("skymap", "tract", "patch", "band"), "ExposureF"),
    "lossy_coadd": (("skymap", "tract", "patch", "band"), "ExposureF"),
    "ccd_wcs": (("instrument", "visit", "detector"), "Wcs"),
    "ccd_psf": (("instrument", "visit", "detector"), "Psf"),
    "ccd_polygon": (("instrument", "visit", "detector"), "Polygon"),
    "ccd_photoCalib": (("instrument", "visit", "detector"), "PhotoCalib"),
    "ccd_filter": (("instrument", "visit", "detector"), "FilterLabel"),
    "ccd_visitInfo": (("instrument", "visit", "detector"), "VisitInfo"),
    "ccd_detector": (("instrument", "visit", "detector"), "Detector"),
    "ccd_image": (("instrument", "visit", "detector"), "ImageF"),
    "ccd_mask": (("instrument", "visit", "detector"), "MaskX"),
    "ccd_maskedImage": (("instrument", "visit", "detector"), "MaskedImageF"),
    "ccd_camera": (("instrument", "visit", "detector"), "Camera"),
    "summary": (("instrument", "visit"), "ExposureCatalog"),
}


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    root = tmp_path_factory.mktemp("repository")
    config = Config()
    config["datastore", "formatters", "lossy_coadd"] = {
        "formatter": "lsst.obs.base.formatters.fitsExposure.FitsExposureFormatter",
        "parameters": {"recipe": "lossy16"},
    }
    Butler.makeRepo(str(root), config=config)
    butler = Butler.from_config(str(root), run=RUN, writeable=True)
    DummyCam().register(butler.registry)
    butler.registry.insertDimensionData("day_obs", {"instrument": "DummyCam", "id": 20260101})
    visit = {"id": 42, "name": "42", "physical_filter": "r_dummy", "day_obs": 20260101}
    butler.registry.insertDimensionData("visit", {"instrument": "DummyCam", **visit})
    pickle.loads((DATA / "skymap" / "scene_corner.pickle").read_bytes()).register("corner", butler)
    for name, (dimensions, storageClass) in DATASET_TYPES.items():
        butler.registry.registerDatasetType(
            DatasetType(name, dimensions, storageClass, universe=butler.dimensions)
        )
    return root


@pytest.fixture
def butler(repository, tmp_path):
    shutil.copytree(repository, tmp_path, dirs_exist_ok=True)
    return Butler.from_config(str(tmp_path), run=RUN, writeable=True)


def makeWcs():
    return makeSkyWcs(Point2D(20, 30), SpherePoint(10, -5, degrees), makeCdMatrix(0.2 * arcseconds))


def makeVisitInfo():
    return afwImage.VisitInfo(id=42, exposureTime=30.0, darkTime=31.0, instrumentLabel="DummyCam")


def makePolygon():
    return Polygon(Box2D(BBOX.erodedBy(3)))


def makeExposure():
    rng = np.random.default_rng(3)
    exposure = afwImage.ExposureF(BBOX)
    exposure.image.array[:] = rng.normal(0, 10, exposure.image.array.shape)
    exposure.variance.array[:] = rng.uniform(90, 110, exposure.image.array.shape)
    exposure.mask.array[5, 6:9] = exposure.mask.getPlaneBitMask("SAT")
    exposure.setWcs(makeWcs())
    exposure.setPsf(GaussianPsf(15, 15, 2.0))
    exposure.setPhotoCalib(afwImage.PhotoCalib(3.0, 0.1))
    exposure.setFilter(afwImage.FilterLabel(band="r", physical="r_dummy"))
    info = exposure.getInfo()
    info.setVisitInfo(makeVisitInfo())
    info.setValidPolygon(makePolygon())
    info.setId(1234)
    info.setDetector(make_detector())
    exposure.metadata["BUNIT"] = "nJy"
    exposure.metadata["SEEING"] = 0.75
    return exposure


def assertSamePixels(got, want):
    assert got.getBBox() == want.getBBox()
    np.testing.assert_array_equal(got.image.array, want.image.array)
    np.testing.assert_array_equal(got.mask.array, want.mask.array)
    np.testing.assert_array_equal(got.variance.array, want.variance.array)


def pathOf(butler, name, dataId):
    return pathlib.Path(butler.getURI(name, dataId).ospath)


def spoilPixels(path):
    """Overwrite the data of all image planes, keeping headers and tables."""
    with astropy.io.fits.open(path, disable_image_compression=True) as hdus:
        spans = [(hdus[i].fileinfo()["datLoc"], hdus[i].fileinfo()["datSpan"]) for i in (1, 2, 3)]
    with open(path, "r+b") as file:
        for start, length in spans:
            file.seek(start)
            file.write(b"\xa5" * length)


def test_exposure(butler):
    exposure = makeExposure()
    butler.put(exposure, "calexp", CCD)
    got = butler.get("calexp", CCD)
    assert type(got) is afwImage.ExposureF
    assertSamePixels(got, exposure)
    assert got.wcs == exposure.wcs
    assert got.psf.getSigma() == 2.0
    assert got.photoCalib == exposure.photoCalib
    assert got.filter == exposure.filter
    assert got.info.id == 1234
    assert got.metadata["SEEING"] == 0.75
    assert got.metadata["BUNIT"] == "nJy"
    assert got.visitInfo.getId() == 42


def test_componentsWithoutPixels(butler):
    exposure = makeExposure()
    ref = butler.put(exposure, "calexp", CCD)
    spoilPixels(pathOf(butler, "calexp", CCD))
    with pytest.raises(ValueError):
        butler.get("calexp", CCD)

    def get(component):
        return butler.get(f"calexp.{component}", CCD)

    assert get("bbox") == BBOX
    assert get("dimensions") == BBOX.getDimensions()
    assert get("xy0") == BBOX.getMin()
    assert isinstance(get("wcs"), SkyWcs)
    assert get("wcs") == exposure.wcs
    assert get("photoCalib") == exposure.photoCalib
    assert get("filter") == exposure.filter
    assert get("visitInfo") == exposure.visitInfo
    assert get("id") == 1234
    assert type(get("detector")) is Detector
    assert get("detector").getBBox() == make_detector().getBBox()
    assert get("metadata")["SEEING"] == 0.75
    assert get("metadata")["LSST BUTLER ID"] == str(ref.id)
    assert get("validPolygon") == makePolygon()
    image = get("psf").computeKernelImage(Point2D(0, 0)).array
    np.testing.assert_allclose(image, exposure.psf.computeKernelImage(Point2D(0, 0)).array)
    for absent in ("coaddInputs", "apCorrMap", "summaryStats"):
        assert get(absent) is None


@pytest.mark.parametrize("plane", ["image", "mask", "variance"])
def test_planes(butler, plane):
    exposure = makeExposure()
    butler.put(exposure, "calexp", CCD)
    want = getattr(exposure, plane)
    got = butler.get(f"calexp.{plane}", CCD)
    assert type(got) is type(want)
    assert got.getBBox() == BBOX
    np.testing.assert_array_equal(got.array, want.array)
    part = Box2I(Point2I(0, 20), Extent2I(5, 4))
    got = butler.get(f"calexp.{plane}", CCD, parameters={"bbox": part})
    assert got.getBBox() == part
    np.testing.assert_array_equal(got.array, want[part].array)


def test_subimage(butler):
    exposure = makeExposure()
    butler.put(exposure, "calexp", CCD)
    part = Box2I(Point2I(-7, 20), Extent2I(30, 11))
    got = butler.get("calexp", CCD, parameters={"bbox": part})
    assertSamePixels(got, exposure[part])
    assert got.wcs == exposure.wcs
    local = Box2I(Point2I(0, 8), Extent2I(30, 11))
    got = butler.get("calexp", CCD, parameters={"bbox": local, "origin": afwImage.LOCAL})
    assertSamePixels(got, exposure[part])
    deferred = butler.getDeferred("calexp", CCD)
    assert deferred.get(component="bbox") == BBOX
    assertSamePixels(deferred.get(parameters={"bbox": part}), exposure[part])
    with pytest.raises(ValueError, match=r"FitsExposureFormatter.*calexp"):
        butler.get("calexp", CCD, parameters={"bbox": BBOX.dilatedBy(1)})
    with pytest.raises(ValueError, match="amp"):
        butler.get("calexp", CCD, parameters={"amp": 3})


def test_losslessByDefault(butler):
    butler.put(makeExposure(), "calexp", CCD)
    with astropy.io.fits.open(pathOf(butler, "calexp", CCD), disable_image_compression=True) as hdus:
        for hdu in hdus[1:4]:
            assert hdu.header["ZCMPTYPE"] == "GZIP_2"
            assert (hdu.header["ZTILE1"], hdu.header["ZTILE2"]) == (60, 1)


def test_lossyRecipe(butler):
    exposure = makeExposure()
    exposure.image.array[7, 7] = np.nan
    butler.put(exposure, "lossy_coadd", PATCH)
    path = pathOf(butler, "lossy_coadd", PATCH)
    with astropy.io.fits.open(path, disable_image_compression=True) as hdus:
        assert hdus[1].header["ZCMPTYPE"].startswith("RICE")
        assert hdus[1].header["ZQUANTIZ"] == "SUBTRACTIVE_DITHER_2"
        assert hdus[2].header["ZCMPTYPE"] == "GZIP_2"
        scale = hdus[1].header["UZSCALE"]
        seeds = {hdu.header["ZDITHER0"] for hdu in (hdus[1], hdus[3])}
    # MD5 of ["r", "corner", 0, 0] modulo 9999 is 7607.
    assert seeds == {7608}
    got = butler.get("lossy_coadd", PATCH)
    assert np.nanmax(np.abs(got.image.array - exposure.image.array)) <= 0.51 * scale
    assert 0 < scale < 1
    assert np.isnan(got.image.array[7, 7])
    np.testing.assert_array_equal(got.mask.array, exposure.mask.array)


def test_unknownRecipe(butler, tmp_path):
    path = tmp_path / "butler.yaml"
    path.write_text(path.read_text().replace("lossy16", "lossy17"))
    other = Butler.from_config(str(tmp_path), run=RUN, writeable=True)
    with pytest.raises(RuntimeError, match="lossy_coadd") as caught:
        other.put(makeExposure(), "lossy_coadd", PATCH)
    assert re.search("lossy17.*lossy16", str(caught.value.__cause__))


def test_provenance(butler):
    exposure = makeExposure()
    exposure.metadata["LSST BUTLER INPUT 7 ID"] = "stale"
    visitInfo = butler.put(makeVisitInfo(), "ccd_visitInfo", CCD)
    provenance = DatasetProvenance()
    provenance.add_input(visitInfo)
    ref = butler.put(exposure, "calexp", CCD, provenance=provenance)
    header = astropy.io.fits.getheader(pathOf(butler, "calexp", CCD))
    found = {key: header[key] for key in header if key.startswith("LSST BUTLER")}
    assert found == {
        "LSST BUTLER ID": str(ref.id),
        "LSST BUTLER RUN": RUN,
        "LSST BUTLER DATASETTYPE": "calexp",
        "LSST BUTLER DATAID INSTRUMENT": "DummyCam",
        "LSST BUTLER DATAID VISIT": 42,
        "LSST BUTLER DATAID DETECTOR": 1,
        "LSST BUTLER N_INPUTS": 1,
        "LSST BUTLER INPUT 0 ID": str(visitInfo.id),
        "LSST BUTLER INPUT 0 RUN": RUN,
        "LSST BUTLER INPUT 0 DATASETTYPE": "ccd_visitInfo",
    }


def test_filterFollowsDataId(butler):
    exposure = makeExposure()
    butler.put(exposure, "coadd", PATCH)
    band = afwImage.FilterLabel(band="r")
    assert butler.get("coadd", PATCH).filter == band
    assert butler.get("coadd.filter", PATCH) == band
    exposure.setFilter(afwImage.FilterLabel(band="g", physical="g_other"))
    butler.put(exposure, "calexp", CCD)
    # Band and physical filter are implied by the visit.
    expanded = butler.registry.expandDataId(CCD)
    assert butler.get("calexp.filter", expanded) == afwImage.FilterLabel(band="r", physical="r_dummy")


@pytest.mark.parametrize(
    "name, make",
    [
        ("ccd_wcs", makeWcs),
        ("ccd_polygon", makePolygon),
        ("ccd_photoCalib", lambda: afwImage.PhotoCalib(3.0, 0.1)),
        ("ccd_filter", lambda: afwImage.FilterLabel(band="r", physical="r_dummy")),
        ("ccd_visitInfo", makeVisitInfo),
    ],
)
def test_singleObjects(butler, name, make):
    butler.put(make(), name, CCD)
    got = butler.get(name, CCD)
    assert type(got) is type(make())
    assert got == make()
    assert pathOf(butler, name, CCD).suffix == ".fits"


def test_psf(butler):
    butler.put(GaussianPsf(15, 15, 2.0), "ccd_psf", CCD)
    got = butler.get("ccd_psf", CCD)
    assert type(got) is GaussianPsf
    assert got.getSigma() == 2.0


def test_detector(butler):
    butler.put(make_detector(), "ccd_detector", CCD)
    got = butler.get("ccd_detector", CCD)
    assert type(got) is Detector
    assert got.getName() == make_detector().getName()


def test_imageTypes(butler):
    maskedImage = makeExposure().maskedImage
    butler.put(maskedImage, "ccd_maskedImage", CCD)
    butler.put(maskedImage.image, "ccd_image", CCD)
    butler.put(maskedImage.mask, "ccd_mask", CCD)
    assertSamePixels(butler.get("ccd_maskedImage", CCD), maskedImage)
    np.testing.assert_array_equal(butler.get("ccd_image", CCD).array, maskedImage.image.array)
    np.testing.assert_array_equal(butler.get("ccd_mask", CCD).array, maskedImage.mask.array)
    part = Box2I(Point2I(0, 20), Extent2I(5, 4))
    got = butler.get("ccd_maskedImage.mask", CCD, parameters={"bbox": part})
    assert got.getBBox() == part
    np.testing.assert_array_equal(got.array, maskedImage.mask[part].array)
    got = butler.get("ccd_image", CCD, parameters={"bbox": part})
    np.testing.assert_array_equal(got.array, maskedImage.image[part].array)


def test_exposureCatalog(butler):
    catalog = afwTable.ExposureCatalog(afwTable.ExposureTable.makeMinimalSchema())
    for i in range(2):
        record = catalog.addNew()
        record.setId(i)
        record.setBBox(BBOX)
        record.setWcs(makeWcs())
        record.setPhotoCalib(afwImage.PhotoCalib(1.0 + i))
    butler.put(catalog, "summary", CCD)
    got = butler.get("summary", CCD)
    assert type(got) is afwTable.ExposureCatalog
    assert [record.getId() for record in got] == [0, 1]
    assert got[1].getBBox() == BBOX
    assert got[1].getWcs() == makeWcs()
    assert got[1].getPhotoCalib() == afwImage.PhotoCalib(2.0)


def test_ingest(butler, tmp_path):
    source = tmp_path / "elsewhere.fits"
    shutil.copy(DATA / "butler" / "coadd_0_0.fits", source)
    datasetType = butler.get_dataset_type("coadd")
    ref = DatasetRef(datasetType, butler.registry.expandDataId(PATCH), run=RUN)
    butler.ingest(FileDataset(path=str(source), refs=[ref]), transfer="copy")
    coadd = butler.get("coadd", PATCH)
    skyMap = butler.get("skyMap", skymap="corner", collections="skymaps")
    patch = skyMap[0][0]
    assert coadd.getBBox() == butler.get("coadd.bbox", PATCH)
    assert patch.getOuterBBox().contains(coadd.getBBox())
    assert coadd.wcs.getPixelOrigin() == pytest.approx(list(skyMap[0].wcs.getPixelOrigin()))
    assert coadd.filter == afwImage.FilterLabel(band="r")
    assert len(butler.get("coadd.coaddInputs", PATCH).ccds) == len(coadd.info.getCoaddInputs().ccds) > 0
    part = Box2I(coadd.getBBox().getMin() + Extent2I(5, 6), Extent2I(20, 30))
    assertSamePixels(butler.get("coadd", PATCH, parameters={"bbox": part}), coadd[part])


def test_skyMapRecords(butler):
    skyMap = butler.get("skyMap", skymap="corner", collections="skymaps")
    (record,) = butler.query_dimension_records("skymap")
    assert record.hash == skyMap.getSha1()
    assert (record.tract_max, record.patch_nx_max, record.patch_ny_max) == (4, 2, 2)
    patches = butler.query_dimension_records("patch", skymap="corner")
    assert len(patches) == sum(len(tract) for tract in skyMap)
    for patch in patches:
        info = skyMap[patch.tract][patch.id]
        assert (patch.cell_x, patch.cell_y) == tuple(info.index)
        assert patch.region == info.outer_sky_polygon
    for tract in butler.query_dimension_records("tract", skymap="corner"):
        assert tract.region == skyMap[tract.id].outer_sky_polygon
    skyMap.register("corner", butler)
    with pytest.raises(ConflictingDefinitionError, match=skyMap.getSha1().hex()):
        skyMap.register("another name", butler)


def test_errorsNameFileAndDataset(butler):
    butler.put(makeExposure(), "calexp", CCD)
    butler.put(makeWcs(), "ccd_wcs", CCD)
    for name, component in (("calexp", ".bbox"), ("calexp", ""), ("ccd_wcs", "")):
        path = pathOf(butler, name, CCD)
        size = path.stat().st_size
        path.write_bytes(b"\0" * size)
        with pytest.raises(ValueError) as caught:
            butler.get(f"{name}{component}", CCD)
        assert path.name in str(caught.value)
        assert name in str(caught.value)
        path.unlink()
        with pytest.raises(FileNotFoundError) as caught:
            butler.get(f"{name}{component}", CCD)
        assert path.name in str(caught.value)
        assert f"dataset {name}@" in str(caught.value)
        path.write_bytes(b"\0" * size)


@pytest.mark.parametrize(
    "cls, name, method",
    [
        (afwImage.ExposureF, "calexp", "writeFitsWithOptions"),
        (SkyWcs, "ccd_wcs", "writeFits"),
    ],
)
def test_failedWriteLeavesNothing(butler, tmp_path, monkeypatch, cls, name, method):
    dataset = makeExposure() if name == "calexp" else makeWcs()

    def fail(self, path, *args, **kwargs):
        pathlib.Path(path).write_bytes(b"SIMPLE  =")
        raise OSError("the disk is full")

    monkeypatch.setattr(cls, method, fail)
    with pytest.raises(RuntimeError, match=name) as caught:
        butler.put(dataset, name, CCD)
    assert "disk is full" in str(caught.value.__cause__)
    assert not butler.exists(name, CCD)
    assert not list(tmp_path.rglob("*.fits*"))
    monkeypatch.undo()
    butler.put(dataset, name, CCD)
    assert butler.get(f"{name}", CCD) is not None


def test_missingPythonType(butler):
    with pytest.raises((ImportError, TypeError), match="Camera"):
        butler.put(object(), "ccd_camera", CCD)
    assert not butler.exists("ccd_camera", CCD)
