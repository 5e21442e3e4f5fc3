# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of WCSs in archives from before February 2018."""

import numpy as np
import pytest
from astropy.io import fits
from lsst.afw.geom import SkyWcs, makeSkyWcs, makeTanSipWcs
from lsst.afw.image import CoaddInputs, ExposureF
from lsst.afw.table import ExposureTable
from lsst.afw.table.io._fields import Fields
from lsst.afw.table.io._opaque import OpaquePersistable
from lsst.daf.base import PropertyList
from lsst.geom import Point2D, SpherePoint, degrees
from lsst.pex.exceptions import Exception as PexException

CRVAL, CRPIX = (43.0, 44.25), (1530.0, 1420.0)
CD = np.array([[2.7e-4, -3.2e-6], [4.1e-6, 2.6e-4]])
POINTS = [Point2D(x, y) for x in (0, 1500.5, 3000) for y in (-10, 1420, 2900)]
COLUMNS = (
    "crval_x:D crval_y:D crpix_x:D crpix_y:D cd:4D ctype1:72A ctype2:72A equinox:D radesys:72A "
    "cunit1:72A cunit2:72A"
)


def make_row(projection="TAN", **changes):
    return {
        "crval_x": CRVAL[0],
        "crval_y": CRVAL[1],
        "crpix_x": CRPIX[0],
        "crpix_y": CRPIX[1],
        # Column by column.
        "cd": CD.T.ravel(),
        "ctype1": f"RA---{projection}",
        "ctype2": f"DEC--{projection}",
        "cunit1": "deg",
        "cunit2": "deg",
        "equinox": 2000.0,
        "radesys": "ICRS",
    } | changes


def make_sip(seed=1, size=4):
    """Coefficients by keyword; ``[i, j]`` is of power i of x and j of y."""
    rng = np.random.default_rng(seed)
    matrices = {}
    for number, name in enumerate(("A", "B", "Ap", "Bp")):
        matrix = rng.normal(0, 1e-9 if number < 2 else 1e-10, (size, size))
        matrix[np.add.outer(range(size), range(size)) >= size] = 0
        matrix[np.add.outer(range(size), range(size)) < 2] = 0
        matrices[name] = matrix
    return matrices


def make_old(name="TanWcs", sip=None, **changes):
    catalogs = [(Fields(COLUMNS), [make_row(**changes)])]
    if sip is not None:
        fields = Fields(" ".join(f"{key}:{matrix.size}D" for key, matrix in sip.items()))
        catalogs.append((fields, [{key: matrix.ravel() for key, matrix in sip.items()}]))
    return OpaquePersistable(name, "lsst.afw.image", catalogs, ())


def make_new(sip=None):
    args = Point2D(*CRPIX), SpherePoint(*CRVAL, degrees), CD
    return makeSkyWcs(*args) if sip is None else makeTanSipWcs(*args, *sip.values())


def assert_same(wcs, expected):
    assert type(wcs) is SkyWcs
    for point in POINTS:
        assert wcs.pixelToSky(point).separation(expected.pixelToSky(point)).asArcseconds() < 1e-8
        back = wcs.skyToPixel(expected.pixelToSky(point))
        wanted = expected.skyToPixel(expected.pixelToSky(point))
        np.testing.assert_allclose([back.x, back.y], [wanted.x, wanted.y], atol=1e-6)


@pytest.mark.parametrize("name", ["TanWcs", "Wcs"])
def test_without_distortion(name, tmp_path):
    path = str(tmp_path / "wcs.fits")
    make_old(name).writeFits(path)
    assert_same(SkyWcs.readFits(path), make_new())


@pytest.mark.parametrize("size", [3, 4, 6])
@pytest.mark.parametrize("projection", ["TAN", "TAN-SIP"])
def test_distortion(size, projection, tmp_path):
    path = str(tmp_path / "wcs.fits")
    sip = make_sip(size=size)
    make_old(sip=sip, projection=projection).writeFits(path)
    wcs = SkyWcs.readFits(path)
    assert_same(wcs, make_new(sip))
    # The distortion is one at all.
    assert wcs.pixelToSky(POINTS[0]).separation(make_new().pixelToSky(POINTS[0])).asArcseconds() > 1e-4


def test_other_projection_and_system(tmp_path):
    path = str(tmp_path / "wcs.fits")
    make_old("Wcs", projection="ZEA", radesys="FK5", equinox=2000.0).writeFits(path)
    header = PropertyList()
    for number in range(2):
        header.set(f"CTYPE{number + 1}", ("RA---ZEA", "DEC--ZEA")[number])
        header.set(f"CRVAL{number + 1}", CRVAL[number])
        header.set(f"CRPIX{number + 1}", CRPIX[number] + 1)
        for other in (0, 1):
            header.set(f"CD{number + 1}_{other + 1}", CD[number, other])
    header.set("RADESYS", "FK5")
    header.set("EQUINOX", 2000.0)
    assert_same(SkyWcs.readFits(path), makeSkyWcs(header))


def test_points_in_one_column(tmp_path):
    """Tables of before 2014 have columns of two elements for points."""
    path = str(tmp_path / "wcs.fits")
    make_old().writeFits(path)
    with fits.open(path) as hdus:
        table = next(hdu for hdu in hdus if hdu.header.get("AR_NAME") == "TanWcs")
        old = table.data
        columns = [
            fits.Column("crval", "2D", array=[[old["crval_x"][0], old["crval_y"][0]]]),
            fits.Column("crpix", "2D", array=[[old["crpix_x"][0], old["crpix_y"][0]]]),
            *(c for c in table.columns if c.name[:2] != "cr"),
        ]
        header = fits.Header({key: table.header[key] for key in ("EXTTYPE", "AR_CATN", "AR_NAME")})
        new = fits.BinTableHDU.from_columns(columns, header)
        new.header["TCCLS1"] = new.header["TCCLS2"] = "Point"
        for number in range(3, len(columns) + 1):
            new.header[f"TCCLS{number}"] = "Array" if columns[number - 1].name == "cd" else "Scalar"
        fits.HDUList([hdus[0], hdus[1], new]).writeto(path, overwrite=True)
    assert_same(SkyWcs.readFits(path), make_new())


def test_inputs_of_coadd(tmp_path):
    """The WCSs of a coadd's inputs, with which the whole coadd opens."""
    sip = make_sip()
    inputs = CoaddInputs(ExposureTable.makeMinimalSchema(), ExposureTable.makeMinimalSchema())
    for old in (make_old(), make_old(sip=sip)):
        record = inputs.ccds.addNew()
        record._components["wcs"] = old
    exposure = ExposureF(5, 6)
    exposure.getInfo().setCoaddInputs(inputs)
    path, copy = str(tmp_path / "a.fits"), str(tmp_path / "b.fits")
    exposure.writeFits(path)
    exposure = ExposureF(path)
    exposure.writeFits(copy)
    for each in (exposure, ExposureF(copy)):
        first, second = each.getInfo().getCoaddInputs().ccds
        assert_same(first.getWcs(), make_new())
        assert_same(second.getWcs(), make_new(sip))


@pytest.mark.parametrize(
    "bad",
    [
        make_old(cd=np.zeros(4)),
        make_old(ctype1="NONSENSE"),
        make_old(crval_x=np.nan),
        make_old(sip=dict.fromkeys(("A", "B", "Ap", "Bp"), np.zeros(5))),
        make_old(sip={"A": np.zeros((3, 3))}),
    ],
)
def test_damaged(bad, tmp_path):
    path = str(tmp_path / "wcs.fits")
    bad.writeFits(path)
    with pytest.raises(PexException, match="TanWcs"):
        SkyWcs.readFits(path)
