# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files that are not whole, and writing that fails."""

import astropy.io.fits
import lsst.afw.image as afwImage
import numpy as np
import pytest
from fits_testing import BOX, DATA, OPTIONS, assertSamePixels, makeExposure, patch, write
from hypothesis import given, settings
from hypothesis import strategies as st
from lsst.afw.fits import FitsError, MemFileManager
from lsst.afw.fits._file import FitsFile
from lsst.afw.image import (
    ExposureF,
    ExposureFitsReader,
    ImageFitsReader,
    MaskedImageF,
    MaskedImageFitsReader,
    MaskFitsReader,
    MaskX,
)
from lsst.geom import Box2I, Extent2I
from lsst.pex.exceptions import Exception as PexException
from lsst.pex.exceptions import InvalidParameterError, LengthError


def test_missing_and_broken_planes(tmp_path):
    path = tmp_path / "a.fits"
    exposure = makeExposure()
    write(exposure, path)
    end = FitsFile(str(path)).hdu(2).end
    raw = path.read_bytes()
    path.write_bytes(raw[:end].replace(b"AR_HDU  =", b"AR_XDU  ="))
    back = ExposureF(str(path))
    np.testing.assert_array_equal(back.mask.array, exposure.mask.array)
    assert (back.variance.array == 0).all()
    path.write_bytes(raw.replace(b"EXTTYPE = 'IMAGE   '", b"EXTTYPE = 'MASK    '"))
    with pytest.raises(PexException, match="MASK"):
        ExposureF(str(path))


INNER = Box2I(BOX.getMin() + Extent2I(3, 4), Extent2I(5, 6))
READERS = {
    "exposure": ExposureF,
    "part of an exposure": lambda path: ExposureF(path, INNER),
    "masked image": MaskedImageF,
    "part of a masked image": lambda path: MaskedImageFitsReader(path).read(INNER),
}


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
@pytest.mark.parametrize("hdu, kind", [(2, "MASK"), (3, "VARIANCE")])
@pytest.mark.parametrize("label", ["IMAGE", "NONSENSE"])
def test_mislabeled_plane(tmp_path, read, hdu, kind, label):
    path = tmp_path / "a.fits"
    write(makeExposure(), path)
    with astropy.io.fits.open(path, mode="update") as hdus:
        hdus[hdu].header["EXTTYPE"] = label
    with pytest.raises(InvalidParameterError, match=f"HDU {hdu} .*a.fits is labeled '{label}'.* {kind}"):
        read(str(path))


@pytest.mark.parametrize("label", [None, "", "mask", "MASK    "])
def test_plane_labels_that_are_right(tmp_path, label):
    path = tmp_path / "a.fits"
    exposure = makeExposure()
    write(exposure, path)
    with astropy.io.fits.open(path, mode="update") as hdus:
        hdus[2].header["EXTTYPE"] = label
        if label is None:
            del hdus[2].header["EXTTYPE"]
    assertSamePixels(ExposureF(str(path)), exposure)


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
@pytest.mark.parametrize("hdu, kind", [(2, "MASK"), (3, "VARIANCE")])
@pytest.mark.parametrize("change", ["larger", "smaller", "shifted"])
def test_plane_of_another_box(tmp_path, read, hdu, kind, change):
    path = tmp_path / "a.fits"
    write(makeExposure(), path)
    with astropy.io.fits.open(path, mode="update") as hdus:
        if change == "larger":
            hdus[hdu].data = np.pad(hdus[hdu].data, ((0, 1), (0, 2)))
        elif change == "smaller":
            hdus[hdu].data = hdus[hdu].data[:-1]
        else:
            hdus[hdu].header["CRVAL1A"] += 1
    with pytest.raises(LengthError, match=f"{kind} in HDU {hdu} of .*a.fits has box"):
        read(str(path))


def test_table_in_place_of_plane(tmp_path, caplog):
    """An image that has no mask and variance, but tables behind it."""
    path = tmp_path / "a.fits"
    write(makeExposure(), path)
    with astropy.io.fits.open(path) as hdus:
        table = astropy.io.fits.BinTableHDU.from_columns([astropy.io.fits.Column("a", "J", array=[1])])
        astropy.io.fits.HDUList([hdus[0], hdus[1], table]).writeto(tmp_path / "b.fits")
    read = MaskedImageFitsReader(str(tmp_path / "b.fits"), 1).read
    assert not read().mask.array.any()
    assert "HDU 2 of" in caplog.text
    with pytest.raises(PexException):
        read(needAllHdus=True)


@pytest.mark.parametrize("stored", ["u1", "i2", "u2", "i4"])
@pytest.mark.parametrize("compressed", [False, True])
def test_blank_in_mask(tmp_path, stored, compressed):
    """Pixels of a mask keep the value that BLANK has; those of images not."""
    path = str(tmp_path / "a.fits")
    pixels = np.array([[0, 1, 2, 3]] * 4, stored)
    hdu = astropy.io.fits.CompImageHDU(pixels) if compressed else astropy.io.fits.ImageHDU(pixels)
    hdu.header["BLANK"] = 2 - (32768 if stored == "u2" else 0)
    astropy.io.fits.HDUList([astropy.io.fits.PrimaryHDU(), hdu]).writeto(path)
    mask = MaskFitsReader(path).read(dtype=np.dtype("i4"))
    np.testing.assert_array_equal(mask.array, pixels)
    np.testing.assert_array_equal(MaskX(path).array, pixels)
    image = ImageFitsReader(path).read(dtype=np.dtype("f4"))
    np.testing.assert_array_equal(image.array, np.where(pixels == 2, np.nan, pixels))


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
