# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Models and interpolations of Piff, of its oldest and newest versions."""

from __future__ import annotations

import pathlib
import pickle
import warnings

import numpy as np
import pytest
from lsst.geom import Point2D
from lsst.meas.extensions.piff import PiffPsf

galsim = pytest.importorskip("galsim", reason="GalSim comes with Piff.")
piff = pytest.importorskip("piff", reason="Piff is the extra lsst-standalone[piff].")

DATA = pathlib.Path(__file__).parent / "data" / "released"
POINT = Point2D(203.3, 107.8)
WCS = galsim.PixelScale(0.2)
OLD = {"1.2.0": ("pixelgrid", "gauss_mean", "moffat_poly")}
OLD["1.4.0"] = (*OLD["1.2.0"], "kolm_knn", "sum")

MEAN = {"type": "Mean"}
GAUSSIAN = {"type": "Gaussian", "fastfit": True}
GRID = {
    "model": {"type": "PixelGrid", "scale": 0.2, "size": 7, "interp": "Lanczos(5)"},
    "interp": {"type": "BasisPolynomial", "order": 1},
}
COMPONENTS = [{"model": GAUSSIAN, "interp": MEAN}, GRID]
SOLUTIONS = {
    "PixelGrid": GRID,
    "Gaussian": {"model": GAUSSIAN, "interp": MEAN},
    "Moffat": {
        "model": {"type": "Moffat", "beta": 3.0, "fastfit": True},
        "interp": {"type": "Polynomial", "order": 1},
    },
    "Chebyshev": {
        "model": GAUSSIAN,
        "interp": {"type": "Polynomial", "order": 1, "poly_type": "chebyshev"},
    },
    "neighbors": {
        "model": {"type": "Kolmogorov", "fastfit": True},
        "interp": {"type": "KNN", "n_neighbors": 3},
    },
    "profile": {
        "model": {"type": "GSObject", "gsobj": "galsim.Exponential(scale_radius=0.3)", "fastfit": True},
        "interp": MEAN,
    },
    "Gaussian process": {"model": GAUSSIAN, "interp": {"type": "GP", "kernel": "1*RBF(100.)"}},
    "sum": {"type": "Sum", "components": COMPONENTS, "max_iter": 2},
    "convolution": {"type": "Convolve", "components": COMPONENTS, "max_iter": 2},
    "outliers": {"model": GAUSSIAN, "interp": MEAN, "outliers": {"type": "Chisq", "nsigma": 5.0}},
}


def psfOf(data):
    """Return the PSF of a pickle in a file."""
    psf = PiffPsf.__new__(PiffPsf)
    PiffPsf.__mro__[1].__init__(psf)
    psf._pickle, psf._isUnpacked = np.frombuffer(data, np.uint8), False
    return psf


@pytest.fixture(scope="module")
def stars():
    rng = np.random.default_rng(5)
    found = []
    for x, y in rng.uniform(30, 470, (15, 2)):
        image = galsim.Image(19, 19, dtype=float, xmin=int(x) - 9, ymin=int(y) - 9, wcs=WCS)
        profile = galsim.Moffat(beta=3, fwhm=0.8 + 0.0002 * x).shear(g1=0.02, g2=-0.00002 * y)
        profile.withFlux(1e5).drawImage(image, center=(x, y))
        image.array[:] += rng.normal(0, 3, image.array.shape)
        weight = galsim.Image(np.full_like(image.array, 1 / 9), xmin=image.xmin, ymin=image.ymin)
        found.append(piff.Star(piff.StarData(image, galsim.PositionD(x, y), weight=weight), None))
    return found


@pytest.mark.parametrize("name", SOLUTIONS)
def test_solutions_are_drawn_as_by_piff(name, stars):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        solution = piff.PSF.process({"max_iter": 2, **SOLUTIONS[name]})
        solution.fit(stars, {0: WCS}, None)
    data = pickle.dumps((15, 15, solution), protocol=4)
    expected = solution.draw(POINT.x, POINT.y, stamp_size=15).array
    psf = psfOf(data)
    image = psf.computeImage(POINT)
    np.testing.assert_allclose(image.array, expected / expected.sum(), rtol=0, atol=1e-9)
    used = [s.image_pos for s in solution.stars if not s.is_flagged and not s.is_reserve]
    assert psf.getAveragePosition().x == pytest.approx(np.mean([p.x for p in used]))
    # The bytes for the archive stay those of the file.
    assert psf._pickle.tobytes() == data


@pytest.mark.parametrize(("version", "name"), [(v, n) for v, names in OLD.items() for n in names])
def test_solutions_of_old_versions(version, name):
    arrays = np.load(DATA / f"piff_{version}.npz")
    psf = psfOf(arrays[f"pickle_{name}"].tobytes())
    image = psf.computeImage(POINT)
    expected = arrays[f"image_{name}"]
    np.testing.assert_allclose(image.array, expected, rtol=0, atol=1e-6 * expected.max())


def test_a_new_solution_is_written_and_read(tmp_path):
    psf = psfOf(np.load(DATA / "piff_1.2.0.npz")["pickle_gauss_mean"].tobytes())
    path = str(tmp_path / "psf.fits")
    new = PiffPsf(15, 15, psf._piffResult)
    new.writeFits(path)
    again = PiffPsf.readFits(path)
    assert np.array_equal(again.computeImage(POINT).array, new.computeImage(POINT).array)


@pytest.mark.parametrize("name", ["psf_piff", "psf_piff_field", "psf_piff_sky"])
def test_a_resized_solution_is_written_and_read(name, tmp_path):
    from lsst.afw.image import ExposureF

    path = str(tmp_path / "psf.fits")
    psf = ExposureF.readFits(str(DATA / f"{name}.fits")).getPsf().resized(31, 31)
    psf.writeFits(path)
    again = PiffPsf.readFits(path)
    np.testing.assert_allclose(
        again.computeImage(POINT).array, psf.computeImage(POINT).array, rtol=0, atol=1e-12
    )
    assert b"starlink" not in again._pickle.tobytes()
    assert (b"astshim" in again._pickle.tobytes()) == (name == "psf_piff_field")


def test_coordinates_of_a_field_go_both_ways():
    from lsst.afw.image import ExposureF

    for name in ("field", "sky"):
        psf = ExposureF.readFits(str(DATA / f"psf_piff_{name}.fits")).getPsf()
        wcs = psf._piffResult.wcs[0]
        pixel = galsim.PositionD(120.5, 340.25)
        back = wcs.toImage(wcs.toWorld(pixel))
        assert (back.x, back.y) == pytest.approx((pixel.x, pixel.y), abs=1e-6)
        moved = wcs.shiftOrigin(galsim.PositionD(10.0, 20.0))
        shifted = moved.toImage(wcs.toWorld(pixel))
        assert (shifted.x, shifted.y) == pytest.approx((pixel.x + 10, pixel.y + 20), abs=1e-6)
        local, step = wcs.local(pixel), 0.01
        if name == "field":
            u0, v0 = wcs.xyTouv(pixel.x, pixel.y)
            u1, v1 = wcs.xyTouv(np.array([pixel.x + step, pixel.x]), np.array([pixel.y, pixel.y + step]))
            slopes = [(u1[0] - u0) / step, (u1[1] - u0) / step, (v1[0] - v0) / step, (v1[1] - v0) / step]
            assert slopes == pytest.approx(
                [local.dudx, local.dudy, local.dvdx, local.dvdy], rel=1e-4, abs=1e-6
            )
        assert wcs == wcs.shiftOrigin(galsim.PositionD(0.0, 0.0))
        assert wcs != moved
