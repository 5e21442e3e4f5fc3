# This file is part of ip_diffim_template.
#
# Developed for the LSST Data Management System.
# This product includes software developed by the LSST Project
# (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution
# for the terms of the licence.
#
# This program is free software: you can redistribute it and/or modify
# it under the terms of the GNU General Public License as published by
# the Free Software Foundation, either version 3 of the License, or
# (at your option) any later version.
#
# This program is distributed in the hope that it will be useful,
# but WITHOUT ANY WARRANTY; without even the implied warranty of
# MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the
# GNU General Public License for more details.
#
# You should have received a copy of the GNU General Public License
# along with this program.  If not, see <https://www.gnu.org/licenses/>.
"""Exposure files: what the real stack wrote, and round trips."""

import gzip
import pathlib

import lsst.afw.image as afwImage
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lsst.afw.detection import GaussianPsf
from lsst.afw.fits import FitsError, MemFileManager, readMetadata
from lsst.afw.fits._file import FitsFile
from lsst.afw.geom import Polygon, makeCdMatrix, makeSkyWcs
from lsst.afw.image import LOCAL, ExposureF, ExposureFitsReader, FilterLabel, PhotoCalib
from lsst.afw.table import ExposureCatalog, ExposureTable
from lsst.afw.table.io._opaque import OpaquePersistable
from lsst.daf.base import PropertyList
from lsst.geom import Box2D, Box2I, Extent2I, Point2D, Point2I, SpherePoint, arcseconds, degrees
from lsst.meas.algorithms import CoaddPsf
from lsst.pex.exceptions import Exception as PexException
from lsst.pex.exceptions import LengthError
from lsst.pex.exceptions import TypeError as PexTypeError

DATA = pathlib.Path(__file__).parent / "data" / "fits"
QUANTIZED = {
    "algorithm": "RICE_1",
    "quantization": {
        "dither": "SUBTRACTIVE_DITHER_2",
        "scaling": "STDEV_MASKED",
        "mask_planes": ["NO_DATA", "INTRP"],
        "level": 16,
        "seed": 77,
    },
}
LOSSY = {"image": QUANTIZED, "variance": QUANTIZED, "mask": {"algorithm": "GZIP_2"}}
LOSSLESS = {plane: {"algorithm": "GZIP_2"} for plane in ("image", "mask", "variance")}
OPTIONS = {"plain": None, "gzip": LOSSLESS, "lossy16": LOSSY}
BOX = Box2I(Point2I(-7, 13), Extent2I(40, 30))


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


def makeWcs():
    cd = makeCdMatrix(0.2 * arcseconds, 3 * degrees)
    return makeSkyWcs(Point2D(10, 20), SpherePoint(30, -12, degrees), cd)


def makeExposure(box=BOX, seed=0):
    rng = np.random.default_rng(seed)
    exposure = ExposureF(box, makeWcs())
    shape = exposure.image.array.shape
    exposure.image.array[:] = rng.normal(0, 1, shape)
    exposure.variance.array[:] = rng.uniform(1, 2, shape)
    exposure.mask.array[:] = rng.integers(0, 2**11, shape)
    return exposure


def write(exposure, path, options=None):
    afwImage.Exposure["F"].writeFitsWithOptions(exposure, str(path), options=options or {})
    return str(path)


def patch(path, old, new, count=1):
    raw = path.read_bytes()
    assert old in raw
    path.write_bytes(raw.replace(old, new.ljust(len(old)), count))


def assertSamePixels(got, expected):
    np.testing.assert_array_equal(got.image.array, expected.image.array)
    np.testing.assert_array_equal(got.variance.array, expected.variance.array)
    np.testing.assert_array_equal(got.mask.array, expected.mask.array)
    assert got.getBBox() == expected.getBBox()


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


def test_metadata_of_the_real_stack():
    reader = ExposureFitsReader(str(DATA / "fits_plain.fits"))
    metadata = reader.readMetadata()
    names = metadata.getOrderedNames()
    assert names == ["GOLDEN", "ALONGKEYWORD", "NOTFIN", "EXPINFO_V", "BUNIT", "EXTNAME"]
    assert metadata["BUNIT"] == "nJy" and np.isnan(metadata["NOTFIN"])
    assert reader.readExposureId() == 987654321 and reader.readSerializationVersion() == 2
    assert reader.readVisitInfo().getId() == 2026112200042


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


def test_header_wcs(tmp_path):
    path = tmp_path / "a.fits"
    exposure = makeExposure()
    write(exposure, path)
    for key in (b"HIERARCH SKYWCS_ID", b"HIERARCH ARCHIVE_ID_SKYWCS"):
        patch(path, key, b"HIERARCH X" + key[-3:])
    reader = ExposureFitsReader(str(path))
    point = Point2D(3, 25)
    separation = reader.readWcs().pixelToSky(point).separation(exposure.getWcs().pixelToSky(point))
    assert separation.asArcseconds() < 1e-6
    assert not [name for name in reader.readMetadata().names() if name.startswith(("CRPIX", "CD", "CTYPE"))]


def test_without_inherit_there_are_no_components(tmp_path):
    path = tmp_path / "a.fits"
    exposure = makeExposure()
    exposure.getInfo().setId(3)
    exposure.setPhotoCalib(PhotoCalib(2.0))
    write(exposure, path)
    patch(path, b"INHERIT =                    T", b"INHERIT =                    F")
    reader = ExposureFitsReader(str(path))
    assert reader.readPhotoCalib() is None and reader.readExposureId() is None
    assert reader.readWcs() is not None
    assertSamePixels(reader.read(), exposure)


def test_versions(tmp_path):
    path = tmp_path / "a.fits"
    exposure = makeExposure()
    metadata = exposure.getMetadata()
    metadata["FILTER"], metadata["FLUXMAG0"], metadata["FLUXMAG0ERR"] = "r2", 1e12, 1e9
    exposure.setPhotoCalib(PhotoCalib(2.0))
    write(exposure, path)
    version = b"HIERARCH EXPINFO_V =         2"
    patch(path, version, version[:-1] + b"1")
    reader = ExposureFitsReader(str(path))
    assert reader.readFilter() == FilterLabel.fromBandPhysical("r", "HSC-R2")
    assert reader.readPhotoCalib() == PhotoCalib(2.0) and "FILTER" not in reader.readMetadata()
    patch(path, version[:-1] + b"1", version[:-1] + b"0")
    reader = ExposureFitsReader(str(path))
    assert reader.readPhotoCalib().getCalibrationMean() == pytest.approx(3630.7805477 * 1e9 / 1e12, rel=1e-6)
    assert "FLUXMAG0" not in reader.readMetadata()
    patch(path, version[:-1] + b"0", version[:-1] + b"3")
    with pytest.raises(PexTypeError, match="EXPINFO_V 3"):
        ExposureFitsReader(str(path)).readMetadata()


@pytest.mark.parametrize(
    ("name", "band", "physical"),
    [
        ("g", "g", None),
        ("N921", "N921", None),
        ("I945", "I945", None),
        ("SOLID", None, "solid plate 0.0 0.0"),
        ("HSC-Z", None, "HSC-Z"),
        ("_unknown_", None, None),
    ],
)
def test_old_filters(tmp_path, name, band, physical):
    path = tmp_path / "a.fits"
    exposure = makeExposure()
    exposure.getMetadata()["FILTER"] = name
    write(exposure, path)
    patch(path, b"HIERARCH EXPINFO_V =         2", b"HIERARCH EXPINFO_V =         1")
    label = ExposureFitsReader(str(path)).readFilter()
    if band is None and physical is None:
        assert label is None
    else:
        assert (label.hasBandLabel(), label.hasPhysicalLabel()) == (band is not None, physical is not None)
        assert (label.bandLabel if band else label.physicalLabel) == (band or physical)


def test_missing_and_broken_planes(tmp_path, caplog):
    path = tmp_path / "a.fits"
    exposure = makeExposure()
    write(exposure, path)
    end = FitsFile(str(path)).hdu(2).end
    raw = path.read_bytes()
    path.write_bytes(raw[:end].replace(b"AR_HDU  =", b"AR_XDU  ="))
    back = ExposureF(str(path))
    np.testing.assert_array_equal(back.mask.array, exposure.mask.array)
    assert (back.variance.array == 0).all()
    path.write_bytes(raw.replace(b"'VARIANCE'", b"'NONSENSE'"))
    assert (ExposureF(str(path)).variance.array == 0).all()
    assert "NONSENSE" in caplog.text
    path.write_bytes(raw.replace(b"EXTTYPE = 'IMAGE   '", b"EXTTYPE = 'MASK    '"))
    with pytest.raises(PexException, match="MASK"):
        ExposureF(str(path))


def test_bad_archive_position(tmp_path):
    path = tmp_path / "a.fits"
    write(makeExposure(), path)
    card = b"AR_HDU  =                    5"
    for number in (b"4", b"9", b"0"):
        patch(path, card, card[:-1] + number)
        card = card[:-1] + number
        reader = ExposureFitsReader(str(path))
        assert reader.readImage().getBBox() == BOX
        with pytest.raises(FitsError):
            reader.readWcs()


def test_bad_archive_position_of_an_exposure_without_components(tmp_path):
    path = tmp_path / "a.fits"
    write(ExposureF(BOX), path)
    assert ExposureFitsReader(str(path)).readWcs() is None
    card = b"AR_HDU  =                    5"
    patch(path, card, card[:-1] + b"9")
    reader = ExposureFitsReader(str(path))
    for read in (reader.readWcs, reader.readPsf, reader.readExposureInfo, reader.read):
        with pytest.raises(FitsError):
            read()
    with pytest.raises(FitsError):
        reader.readComponent("SUMMARY_STATS")


@pytest.mark.parametrize("kind", list(OPTIONS))
def test_truncated_files(kind, tmp_path):
    raw = (DATA / f"fits_{kind}.fits").read_bytes()
    path = tmp_path / "a.fits"
    for size in (0, 100, 2880, 5000, 20000, len(raw) // 2, len(raw) - 9000):
        path.write_bytes(raw[:size])
        with pytest.raises(PexException):
            ExposureF(str(path))
    with pytest.raises(FitsError, match="none"):
        ExposureF(str(tmp_path / "none.fits"))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_corrupt_files_raise_documented_errors(data):
    """Bytes changed anywhere give other values or an error, no crash."""
    raw = bytearray((DATA / "fits_lossy16.fits").read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    manager = MemFileManager()
    manager.setData(bytes(raw), len(raw))
    before = dict(afwImage.Mask().getMaskPlaneDict())
    try:
        assert ExposureF(manager).getBBox().getArea() > 0
    except (PexException, TypeError) as err:
        assert str(err)
    for plane in set(afwImage.Mask().getMaskPlaneDict()) - set(before):
        afwImage.Mask.removeMaskPlane(plane)


def test_failed_writing_leaves_nothing(tmp_path):
    path = tmp_path / "a.fits"
    path.write_bytes(b"precious")
    exposure = makeExposure()
    with pytest.raises(ValueError, match="level"):
        write(exposure, path, {"image": {"quantization": {"level": -1.0}}})
    assert path.read_bytes() == b"precious"
    assert [p.name for p in tmp_path.iterdir()] == ["a.fits"]
    with pytest.raises(FitsError):
        write(exposure, tmp_path / "no folder" / "a.fits")


def test_units(tmp_path):
    exposure = makeExposure()
    exposure.getMetadata()["BUNIT"] = "nJy"
    path = write(exposure, tmp_path / "a.fits")
    file = FitsFile(path)
    assert [file.hdu(i).header.get("BUNIT", "absent") for i in range(4)] == ["absent", "nJy", None, "nJy**2"]
    assert ExposureF(path).getMetadata()["BUNIT"] == "nJy"


NAMES = st.text("ABCDEFGHIJ", min_size=4, max_size=20).map(lambda text: "X " + text)
VALUES = st.one_of(
    st.integers(-(2**63), 2**63 - 1),
    st.booleans(),
    st.floats(allow_nan=False),
    st.none(),
    st.text(st.characters(min_codepoint=32, max_codepoint=126, exclude_characters="'"), max_size=200),
)


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(NAMES, VALUES, max_size=6))
def test_metadata_survive(entries):
    exposure = ExposureF(Extent2I(3, 2))
    metadata = PropertyList()
    for name, value in entries.items():
        metadata.set(name, value)
    exposure.getInfo().setMetadata(metadata)
    manager = MemFileManager()
    exposure.writeFits(manager)
    back = ExposureF(manager).getMetadata()
    for name, value in entries.items():
        expected = value.rstrip() if isinstance(value, str) else value
        assert back.getScalar(name) == expected and type(back.getScalar(name)) is type(expected)


def test_metadata_that_cannot_be_written(caplog):
    exposure = ExposureF(Extent2I(3, 2))
    exposure.getMetadata()["LABEL"] = "µ"
    exposure.getMetadata()["COMMENT"] = ["one", "two"]
    exposure.getMetadata()["NAXIS"] = 5
    manager = MemFileManager()
    exposure.writeFits(manager)
    assert "LABEL" in caplog.text
    back = ExposureF(manager).getMetadata()
    assert list(back.getArray("COMMENT")) == ["one", "two"] and not back.exists("LABEL")
    assert not back.exists("NAXIS")


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


class TestMaskPlanes:
    """Bits of mask planes when they differ between file and process."""

    def makeFile(self, path, planes):
        exposure = ExposureF(Extent2I(8, 4))
        exposure.mask.array[:] = np.arange(32).reshape(4, 8)
        write(exposure, path)
        raw = path.read_bytes()
        hdu = FitsFile(str(path)).hdu(2)
        header = raw[hdu._start : hdu.dataStart]
        records = [header[i : i + 80] for i in range(0, len(header), 80)]
        records = [r for r in records if b"MP_" not in r and r.strip() and not r.startswith(b"END")]
        records += [f"HIERARCH MP_{name} = {bit}".ljust(80).encode() for name, bit in planes.items()]
        new = b"".join([*records, b"END".ljust(80)])
        new += b" " * (-len(new) % 2880)
        path.write_bytes(raw[: hdu._start] + new + raw[hdu.dataStart :])
        return str(path)

    def test_planes_move(self, tmp_path):
        path = self.makeFile(tmp_path / "a.fits", {"BAD": 0, "SAT": 2, "NEW": 3})
        mask = ExposureF(path).mask
        assert mask.getMaskPlaneDict()["NEW"] == 11
        stored = np.arange(32).reshape(4, 8)
        expected = (stored & 1) | (stored >> 2 & 1) << 1 | (stored >> 3 & 1) << 11
        np.testing.assert_array_equal(mask.array, expected)

    def test_nothing_moves(self, tmp_path):
        path = self.makeFile(tmp_path / "a.fits", {"BAD": 0, "CR": 3})
        np.testing.assert_array_equal(ExposureF(path).mask.array, np.arange(32).reshape(4, 8))

    def test_no_planes(self, tmp_path):
        path = self.makeFile(tmp_path / "a.fits", {})
        np.testing.assert_array_equal(ExposureF(path).mask.array, np.arange(32).reshape(4, 8))

    def test_conform(self, tmp_path):
        path = self.makeFile(tmp_path / "a.fits", {"BAD": 1, "SAT": 0})
        mask = ExposureFitsReader(path).read(conformMasks=True).mask
        np.testing.assert_array_equal(mask.array, np.arange(32).reshape(4, 8))
        assert afwImage.Mask().getMaskPlaneDict() == {"BAD": 1, "SAT": 0}

    def test_two_planes_on_one_bit(self, tmp_path):
        path = self.makeFile(tmp_path / "a.fits", {"BAD": 1, "SAT": 1})
        with pytest.raises(RuntimeError, match="SAT"):
            ExposureFitsReader(path).readMask()


def test_opaque_components_survive(tmp_path):
    """A detector and a PSF of classes that only the real stack has."""
    from lsst.afw.table.io._fields import Fields
    from lsst.afw.table.io._opaquePsf import OpaquePsf

    fields = Fields("name:QA id:J serial:QA")
    row = {"name": "R22 S11", "id": 4, "serial": "E2V 9"}
    detector = OpaquePersistable("Detector", "lsst.afw.cameraGeom", [(fields, [row])], ("transformMap",))
    pickled = [(Fields("bytes:QB"), [{"bytes": np.frombuffer(b"\x80pickle", np.uint8)}])]
    psf = OpaquePsf("PiffPsf", "lsst.meas.extensions.piff.piffPsf", pickled, ())
    exposure = makeExposure()
    exposure.getInfo().setDetector(detector)
    exposure.setPsf(psf)
    path = write(exposure, tmp_path / "a.fits")
    again = write(ExposureF(path), tmp_path / "b.fits")
    assert schema(path) == schema(again)
    write(ExposureF(again), tmp_path / "c.fits")
    assert (tmp_path / "b.fits").read_bytes() == (tmp_path / "c.fits").read_bytes()
    header = FitsFile(again).hdu(0).header
    assert (header.get("DETNAME"), header.get("DETSER")) == ("R22 S11", "E2V 9")
    reader = ExposureFitsReader(again)
    assert "Detector" in repr(reader.readDetector()) and "PiffPsf" in repr(reader.readPsf())
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


def test_header_of_a_file(tmp_path):
    exposure = makeExposure()
    exposure.getMetadata()["TEST"] = 1
    path = write(exposure, tmp_path / "a.fits")
    assert readMetadata(path)["TEST"] == 1 and readMetadata(path)["EXTNAME"] == "IMAGE"
    assert readMetadata(path, 0, strip=True).names() == readMetadata(path, hdu=0, strip=True).names()
    assert readMetadata(path, hduName="VARIANCE")["EXTTYPE"] == "VARIANCE"
    assert readMetadata(path, 1)["NAXIS1"] == 40 and "NAXIS1" not in readMetadata(path, 1, strip=True)
    with pytest.raises(FitsError, match="NOTHING"):
        readMetadata(path, "NOTHING")


def test_scale_and_integers_of_the_real_stack(tmp_path):
    """The scene is the same in all files, so its quantization must be, too."""
    path = write(ExposureF(str(DATA / "fits_gzip.fits")), tmp_path / "a.fits", LOSSY)
    for index in (1, 3):
        got, expected = (FitsFile(p).hdu(index).header for p in (path, str(DATA / "fits_lossy16.fits")))
        assert got.get("UZSCALE") == pytest.approx(expected.get("UZSCALE"), rel=1e-7)
    ours, theirs = ExposureF(path), ExposureF(str(DATA / "fits_lossy16.fits"))
    np.testing.assert_allclose(ours.image.array, theirs.image.array, rtol=1e-5, atol=1e-5)
