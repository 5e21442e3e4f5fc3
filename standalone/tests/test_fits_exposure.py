# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Exposures in files: pixels, parts and components."""

import gzip

import lsst.afw.image as afwImage
import numpy as np
import pytest
from detector_testing import make_detector
from fits_testing import BOX, DATA, LOSSLESS, LOSSY, OPTIONS, assertSamePixels, makeExposure, write
from hypothesis import given, settings
from hypothesis import strategies as st
from lsst.afw.detection import GaussianPsf
from lsst.afw.fits import FitsError, MemFileManager
from lsst.afw.fits._file import FitsFile
from lsst.afw.geom import Polygon
from lsst.afw.image import LOCAL, ExposureF, ExposureFitsReader, FilterLabel, PhotoCalib
from lsst.afw.table import ExposureCatalog, ExposureTable
from lsst.geom import Box2D, Box2I, Extent2I, Point2D, Point2I
from lsst.meas.algorithms import CoaddPsf
from lsst.pex.exceptions import Exception as PexException
from lsst.pex.exceptions import LengthError


def schema(path):
    """For each table, what its header mentions, in order; names in it."""
    file = FitsFile(path)
    tables = {}
    for index in range(4, file.count()):
        header = file.hdu(index).header
        order = tuple(
            (
                card.value,
                header.get("TFORM" + card.key[5:], "").split("(")[0],
                header.get("TCCLS" + card.key[5:]),
            )
            for card in header.cards
            if card.key[:5] in ("TTYPE", "TFLAG")
        )
        names = {card.value for card in header.cards if card.key == "AR_NAME"}
        tables.setdefault(order, set()).update(names)
    return tables


@pytest.mark.parametrize("kind", list(OPTIONS))
def test_pixels_of_the_real_stack(kind):
    expected = np.load(DATA / f"fits_{kind}.npz")
    exposure = ExposureF(str(DATA / f"fits_{kind}.fits"))
    tolerance = 1e-5 if kind == "lossy16" else 0
    for plane in ("image", "variance"):
        got = getattr(exposure, plane).array
        scale = np.nanmax(np.abs(expected[plane][np.isfinite(expected[plane])]))
        np.testing.assert_allclose(got, expected[plane], rtol=0, atol=tolerance * scale)
    np.testing.assert_array_equal(exposure.mask.array, expected["mask"])


def test_scale_and_integers_of_the_real_stack(tmp_path):
    """The scene is the same in all files, so its quantization must be, too."""
    path = write(ExposureF(str(DATA / "fits_gzip.fits")), tmp_path / "a.fits", LOSSY)
    for index in (1, 3):
        got, expected = (FitsFile(p).hdu(index).header for p in (path, str(DATA / "fits_lossy16.fits")))
        assert got.get("UZSCALE") == pytest.approx(expected.get("UZSCALE"), rel=1e-7)
    ours, theirs = ExposureF(path), ExposureF(str(DATA / "fits_lossy16.fits"))
    np.testing.assert_allclose(ours.image.array, theirs.image.array, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("kind", list(OPTIONS))
def test_file_written_again_has_the_same_layout(kind, tmp_path):
    source = str(DATA / f"fits_{kind}.fits")
    path = write(ExposureF(source), tmp_path / "a.fits", OPTIONS[kind])
    assert schema(path) == schema(source)
    ours, theirs = FitsFile(path), FitsFile(source)
    for index in range(4):
        keys = [[card.key for card in file.hdu(index).header.cards] for file in (ours, theirs)]
        ignored = {"GZIP_COMPRESSED_DATA", "COMMENT"}
        if index == 0:
            # What the planes say about the scale is metadata when read.
            assert set(keys[0]) - {"UZSCALE"} == set(keys[1])
        else:
            own = [[k for k in each if k[:5] not in ("TTYPE", "TFORM") and k not in ignored] for each in keys]
            assert own[0] == own[1]
            for key in set(own[0]) - {"PCOUNT", "NAXIS1", "ZCMPTYPE", "TFIELDS", "UZSCALE"}:
                got, expected = (file.hdu(index).header.get(key) for file in (ours, theirs))
                assert got == (pytest.approx(expected, rel=1e-13) if type(got) is float else expected), key


@pytest.mark.parametrize("options", [None, LOSSLESS, LOSSY])
def test_components_survive(tmp_path, options):
    exposure = makeExposure()
    info = exposure.getInfo()
    info.setId(2**40)
    info.setFilter(FilterLabel.fromBandPhysical("r", "r_57"))
    info.setPhotoCalib(PhotoCalib(57.5, 0.1))
    info.setVisitInfo(afwImage.VisitInfo(id=17, exposureTime=30.0, instrumentLabel="Cam"))
    info.setValidPolygon(Polygon(Box2D(BOX)))
    schema = ExposureTable.makeMinimalSchema()
    schema.addField("weight", type="D")
    catalog = ExposureCatalog(schema)
    for i in range(3):
        record = catalog.addNew()
        record.setId(i)
        record["weight"] = 1.0 + i
        record.setWcs(exposure.getWcs())
        record.setBBox(BOX)
        record.setPsf(GaussianPsf(11, 11, 1.5 + i))
    exposure.setPsf(CoaddPsf(catalog, exposure.getWcs(), Point2D(BOX.getCenter())))
    info.setCoaddInputs(afwImage.CoaddInputs(ExposureTable.makeMinimalSchema(), schema))
    info.getCoaddInputs().ccds.extend(catalog)
    info.setSummaryStats(afwImage.ExposureSummaryStats(psfSigma=1.5))
    path = write(exposure, tmp_path / "a.fits", options)
    back = ExposureF(path)
    if options is LOSSY:
        np.testing.assert_allclose(back.image.array, exposure.image.array, atol=0.05)
        np.testing.assert_array_equal(back.mask.array, exposure.mask.array)
    else:
        assertSamePixels(back, exposure)
    got = back.getInfo()
    assert got.getId() == 2**40 and got.getFilter() == info.getFilter()
    assert got.getPhotoCalib() == info.getPhotoCalib() and got.getWcs() == info.getWcs()
    assert got.getVisitInfo() == info.getVisitInfo()
    assert got.getSummaryStats().psfSigma == 1.5
    vertices = [list(v) for v in got.getValidPolygon().getVertices()]
    np.testing.assert_allclose(
        sorted(vertices), sorted(list(v) for v in info.getValidPolygon().getVertices())
    )
    assert [r["weight"] for r in got.getCoaddInputs().ccds] == [1, 2, 3]
    assert len(got.getCoaddInputs().visits) == 0
    position = Point2D(BOX.getCenter())
    new, old = (psf.computeKernelImage(position).array for psf in (got.getPsf(), exposure.getPsf()))
    np.testing.assert_allclose(new, old, atol=1e-12)
    # What was one object is one object again.
    assert got.getCoaddInputs().ccds[0].getWcs() is got.getCoaddInputs().ccds[2].getWcs() is got.getWcs()


@pytest.mark.parametrize("kind", list(OPTIONS))
def test_parts(kind):
    path = str(DATA / f"fits_{kind}.fits")
    whole = ExposureF(path)
    box = Box2I(Point2I(10, 30), Extent2I(25, 14))
    local = Box2I(Point2I(17, 17), Extent2I(25, 14))
    for part in (ExposureF(path, box), ExposureFitsReader(path).read(bbox=local, origin=LOCAL)):
        assertSamePixels(part, whole[box])
        assert part.getWcs() == whole.getWcs()
    reader = ExposureFitsReader(path)
    assert reader.readXY0() == Point2I(-7, 13) and reader.readXY0(local, LOCAL) == Point2I(10, 30)
    assert reader.readBBox(LOCAL) == Box2I(Point2I(0, 0), Extent2I(140, 120))
    assertSamePixels(reader.read(Box2I()), whole)
    assert reader.readImage(box).getBBox() == box
    np.testing.assert_array_equal(reader.readMaskArray(box), whole[box].mask.array)
    np.testing.assert_array_equal(reader.readVariance(box).array, whole[box].variance.array)
    with pytest.raises(LengthError):
        reader.read(Box2I(Point2I(-8, 13), Extent2I(5, 5)))


def test_components_do_not_touch_pixels(tmp_path):
    raw = bytearray((DATA / "fits_gzip.fits").read_bytes())
    source = tmp_path / "a.fits"
    file = FitsFile(str(DATA / "fits_gzip.fits"))
    for index in (1, 2, 3):
        hdu = file.hdu(index)
        raw[hdu.dataStart : hdu.dataStart + hdu.dataSize] = b"\xaa" * hdu.dataSize
    source.write_bytes(raw)
    reader = ExposureFitsReader(str(source))
    assert reader.readPhotoCalib() is not None and reader.readWcs() is not None
    assert reader.readBBox() == Box2I(Point2I(-7, 13), Extent2I(140, 120))
    assert reader.readExposureInfo().getPsf() is not None
    with pytest.raises(FitsError):
        reader.readImage()


def test_types():
    reader = ExposureFitsReader(str(DATA / "fits_plain.fits"))
    assert reader.readImageDType() == np.float32 and reader.readMaskDType() == np.int32
    assert type(reader.read(dtype=np.dtype(np.float64))).__name__ == "ExposureD"
    assert reader.readImage(dtype=np.dtype(np.float64)).array.dtype == np.float64
    with pytest.raises(TypeError):
        reader.readImage(dtype=np.dtype(np.int8))
    with pytest.raises(TypeError):
        reader.readMask(dtype=np.dtype(np.uint8))
    with pytest.raises(PexException):
        reader.readImage(dtype=np.dtype(np.int32))
    assert reader.readImage(dtype=np.dtype(np.int32), allowUnsafe=True).array.dtype == np.int32


@settings(max_examples=30, deadline=None)
@given(
    st.integers(-1000, 1000),
    st.integers(1, 12),
    st.integers(1, 9),
    st.sampled_from([None, LOSSLESS]),
    st.randoms(use_true_random=False),
)
def test_any_pixels_survive(x0, width, height, options, random):
    exposure = ExposureF(Box2I(Point2I(x0, 7), Extent2I(width, height)))
    rng = np.random.default_rng(random.randrange(2**31))
    bits = rng.integers(0, 2**32, (height, width), dtype=np.uint32)
    values = bits.view(np.float32)
    exposure.image.array[:] = np.where(np.isfinite(values), values, np.nan)
    exposure.variance.array[:] = np.abs(exposure.image.array)
    exposure.mask.array[:] = bits.view(np.int32)
    manager = MemFileManager()
    afwImage.Exposure["F"].writeFitsWithOptions(exposure, manager, options=options or {})
    assertSamePixels(ExposureF(manager), exposure)


def test_compressed_as_a_whole(tmp_path):
    exposure = makeExposure()
    write(exposure, tmp_path / "a.fits")
    path = tmp_path / "a.fits.gz"
    path.write_bytes(gzip.compress((tmp_path / "a.fits").read_bytes()))
    assertSamePixels(ExposureF(str(path)), exposure)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(FitsError):
        ExposureF(str(path))


def test_opaque_components_survive(tmp_path):
    """A detector and a PSF of classes that only the real stack has."""
    from lsst.afw.detection._psf import OpaquePsf
    from lsst.afw.table.io._fields import Fields

    detector = make_detector()
    pickled = [(Fields("bytes:QB"), [{"bytes": np.frombuffer(b"\x80pickle", np.uint8)}])]
    psf = OpaquePsf("OtherPsf", "lsst.meas.extensions.other.otherPsf", pickled, ())
    exposure = makeExposure()
    exposure.getInfo().setDetector(detector)
    exposure.setPsf(psf)
    path = write(exposure, tmp_path / "a.fits")
    again = write(ExposureF(path), tmp_path / "b.fits")
    assert schema(path) == schema(again)
    write(ExposureF(again), tmp_path / "c.fits")
    assert (tmp_path / "b.fits").read_bytes() == (tmp_path / "c.fits").read_bytes()
    header = FitsFile(again).hdu(0).header
    assert (header.get("DETNAME"), header.get("DETSER")) == ("R22 S11", "E2V-CCD250-9")
    reader = ExposureFitsReader(again)
    assert reader.readDetector().getName() == "R22 S11" and "OtherPsf" in repr(reader.readPsf())
    assert "DETNAME" not in reader.readMetadata()


def test_images_and_masks(tmp_path):
    exposure = makeExposure()
    path = str(tmp_path / "a.fits")
    exposure.maskedImage.writeFits(path)
    assertSamePixels(afwImage.MaskedImageF(path), exposure.maskedImage)
    box = Box2I(Point2I(0, 20), Extent2I(5, 6))
    reader = afwImage.MaskedImageFitsReader(path)
    assertSamePixels(reader.read(box), exposure.maskedImage[box])
    for image in (exposure.image, exposure.mask):
        image.writeFits(path)
        back = type(image)(path)
        np.testing.assert_array_equal(back.array, image.array)
        assert back.getBBox() == BOX
    exposure.image.writeFits(path, mode="a")
    assert afwImage.ImageF(path, 2).getBBox() == BOX
    for cls in (afwImage.ImageD, afwImage.ImageI, afwImage.ImageU, afwImage.ImageL):
        image = cls(BOX, 7)
        image.writeFits(path)
        assert (cls(path).array == 7).all()
