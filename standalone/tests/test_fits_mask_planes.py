# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bits of mask planes when they differ between file and process."""

import lsst.afw.image as afwImage
import numpy as np
import pytest
from fits_testing import write
from lsst.afw.fits._file import FitsFile
from lsst.afw.image import ExposureF, ExposureFitsReader
from lsst.geom import Extent2I


def makeFile(path, planes):
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


def test_planes_move(tmp_path):
    path = makeFile(tmp_path / "a.fits", {"BAD": 0, "SAT": 2, "NEW": 3})
    mask = ExposureF(path).mask
    assert mask.getMaskPlaneDict()["NEW"] == 11
    stored = np.arange(32).reshape(4, 8)
    expected = (stored & 1) | (stored >> 2 & 1) << 1 | (stored >> 3 & 1) << 11
    np.testing.assert_array_equal(mask.array, expected)


def test_nothing_moves(tmp_path):
    path = makeFile(tmp_path / "a.fits", {"BAD": 0, "CR": 3})
    np.testing.assert_array_equal(ExposureF(path).mask.array, np.arange(32).reshape(4, 8))


def test_no_planes(tmp_path):
    path = makeFile(tmp_path / "a.fits", {})
    np.testing.assert_array_equal(ExposureF(path).mask.array, np.arange(32).reshape(4, 8))


def test_conform(tmp_path):
    path = makeFile(tmp_path / "a.fits", {"BAD": 1, "SAT": 0})
    mask = ExposureFitsReader(path).read(conformMasks=True).mask
    np.testing.assert_array_equal(mask.array, np.arange(32).reshape(4, 8))
    assert afwImage.Mask().getMaskPlaneDict() == {"BAD": 1, "SAT": 0}


def test_two_planes_on_one_bit(tmp_path):
    path = makeFile(tmp_path / "a.fits", {"BAD": 1, "SAT": 1})
    with pytest.raises(RuntimeError, match="SAT"):
        ExposureFitsReader(path).readMask()
