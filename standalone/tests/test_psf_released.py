# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""PSFs of released coadds, checked against images of the reference stack."""

from __future__ import annotations

import copy
import json
import pathlib
import subprocess
import sys
import textwrap

import lsst.afw.detection
import numpy as np
import pytest
from lsst.afw.image import Color, ExposureF, ImageD
from lsst.afw.table.io._errors import MalformedArchiveError
from lsst.geom import Box2I, Extent2I, Point2D, Point2I
from lsst.meas.algorithms import CoaddPsf
from lsst.meas.extensions.piff import PiffPsf
from lsst.meas.extensions.psfex import PsfexPsf
from lsst.pex.exceptions import LogicError

DATA = pathlib.Path(__file__).parent / "data" / "released"
CASES = json.loads((DATA / "psfs.json").read_text())
PIFF = ("piff", "piff_field", "piff_sky")


def readPsf(name):
    return ExposureF.readFits(str(DATA / CASES[name]["file"])).getPsf()


def needPiff(name):
    if "piff" in name:
        pytest.importorskip("piff", reason="Piff is the extra lsst-standalone[piff].")


@pytest.mark.parametrize("name", CASES)
def test_images_are_those_of_the_stack(name):
    needPiff(name)
    psf, arrays = readPsf(name), np.load(DATA / CASES[name]["samples"])
    tolerance = 1e-4 if isinstance(psf, CoaddPsf) else 1e-5
    assert type(psf).__name__ == CASES[name]["type"]
    assert list(psf.getAveragePosition()) == pytest.approx(list(arrays["average"]), abs=1e-6)
    for i, (x, y) in enumerate(arrays["points"]):
        position = Point2D(x, y)
        kernel, image = psf.computeKernelImage(position), psf.computeImage(position)
        peak = arrays[f"kernel{i}"].max()
        np.testing.assert_allclose(kernel.array / peak, arrays[f"kernel{i}"] / peak, rtol=0, atol=tolerance)
        np.testing.assert_allclose(image.array / peak, arrays[f"image{i}"] / peak, rtol=0, atol=1e-4)
        assert list(kernel.getXY0()) == list(arrays[f"kernel_xy0_{i}"])
        assert list(image.getXY0()) == list(arrays[f"image_xy0_{i}"])
        assert psf.computeBBox(position) == kernel.getBBox()
        shape, expected = psf.computeShape(position), arrays["shapes"][i]
        assert [shape.getIxx(), shape.getIyy(), shape.getIxy()] == pytest.approx(
            list(expected), abs=1e-3 * max(expected)
        )


@pytest.mark.parametrize("name", [name for name in CASES if "errors" in CASES[name]])
def test_positions_without_psf(name):
    for x, y, error in CASES[name]["errors"]:
        with pytest.raises(getattr(lsst.afw.detection, error)):
            readPsf(name).computeKernelImage(Point2D(x, y))


@pytest.mark.parametrize("name", ["piff_sky", "coadd_piff", "stitched", "psfex0"])
@pytest.mark.parametrize("evaluated", [False, True])
def test_psfs_are_written_as_they_were_read(name, evaluated, tmp_path):
    needPiff(name if evaluated else "")
    import astropy.io.fits

    first, second = DATA / CASES[name]["file"], tmp_path / "again.fits"
    exposure = ExposureF.readFits(str(first))
    if evaluated:
        exposure.getPsf().computeKernelImage(Point2D(*np.load(DATA / CASES[name]["samples"])["points"][0]))
    exposure.writeFits(str(second))

    def tables(path):
        with astropy.io.fits.open(path) as hdus:
            return sorted(
                bytes(row["bytes"])
                for hdu in hdus
                if "bytes" in getattr(hdu, "columns", astropy.io.fits.ColDefs([])).names
                for row in hdu.data
            )

    assert tables(first) == tables(second)
    assert len(tables(first)) == {"coadd_piff": 6}.get(name, 0 if "psfex" in name else 1)
    if name == "psfex0":
        psf, again = exposure.getPsf(), ExposureF.readFits(str(second)).getPsf()
        assert psf._sizes == again._sizes
        assert all(np.array_equal(psf._arrays[key], again._arrays[key]) for key in psf._arrays)


def runAlone(code):
    """Run code in a new process; its output."""
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], check=True, capture_output=True, text=True
    ).stdout


def test_reading_and_writing_imports_no_piff(tmp_path):
    output = runAlone(
        f"""
        import sys
        from lsst.afw.image import ExposureF
        exposure = ExposureF.readFits({str(DATA / CASES["coadd_piff"]["file"])!r})
        exposure.writeFits({str(tmp_path / "again.fits")!r})
        print(sorted({{"piff", "galsim", "sklearn", "treegp"}} & set(sys.modules)))
        """
    )
    assert output == "[]\n"


def test_without_piff_the_error_says_what_to_install(tmp_path):
    output = runAlone(
        f"""
        import sys
        sys.modules["piff"] = None
        from lsst.afw.detection import InvalidPsfError
        from lsst.afw.image import ExposureF
        from lsst.geom import Point2D
        exposure = ExposureF.readFits({str(DATA / CASES["piff"]["file"])!r})
        for ask in ("computeImage", "computeKernelImage", "computeShape", "computeBBox"):
            try:
                getattr(exposure.getPsf(), ask)(Point2D(10, 10))
            except InvalidPsfError as err:
                assert "pip install lsst-standalone[piff]" in str(err), err
            else:
                raise AssertionError(ask)
        exposure.writeFits({str(tmp_path / "again.fits")!r})
        print(exposure.image.array.size, exposure.getPsf().clone() is not None)
        """
    )
    assert output.endswith("True\n")


@pytest.mark.parametrize("name", PIFF)
def test_piff_images_have_the_size_asked_for(name):
    needPiff(name)
    psf = readPsf(name)
    larger = psf.resized(31, 31)
    assert isinstance(larger, PiffPsf)
    assert larger.dimensions == Extent2I(31, 31)
    kernel = larger.computeKernelImage(Point2D(100, 100))
    assert kernel.getBBox() == larger.computeBBox(Point2D(100, 100))
    assert kernel.getBBox() == Box2I(Point2I(-15, -15), Extent2I(31, 31))
    assert kernel.array.sum() == pytest.approx(1)
    with pytest.raises(ValueError, match="square"):
        psf.resized(31, 21)


def test_piff_draws_in_the_color_of_the_star():
    piff = pytest.importorskip("piff", reason="Piff is the extra lsst-standalone[piff].")

    class Recorder(piff.PSF):
        interp_property_names = ("x", "y", "colorValue")
        asked = []

        def draw(self, x, y, **kwargs):
            self.asked.append(kwargs["colorValue"])
            return self._image

    import galsim

    result = Recorder.__new__(Recorder)
    result._image = galsim.Image(np.ones((3, 3)))
    result.stars = readPsf("piff")._piffResult.stars
    psf = PiffPsf(3, 3, result)
    mean = np.mean([s.data.properties["colorValue"] for s in result.stars if not s.is_flagged])
    psf.computeImage(Point2D(1, 1))
    psf.computeImage(Point2D(1, 1), Color(0.25, "g-i"))
    psf.computeImage(Point2D(1, 1), Color(0.75, "g-i"))
    psf.computeImage(Point2D(1, 1), Color(0.25, "g-i"))
    assert result.asked == [mean, 0.25, 0.75]


def test_psfex_models_keep_their_size():
    psf = readPsf("psfex1")
    with pytest.raises(LogicError, match="resized"):
        psf.resized(11, 11)
    with pytest.raises(TypeError, match="only read from files"):
        PsfexPsf()
    assert copy.deepcopy(psf).computePeak(Point2D(1, 2)) == psf.computePeak(Point2D(1, 2))


def damagedPsfex(sizes=(), arrays=()):
    psf = readPsf("psfex0")
    psf._sizes = psf._sizes | dict(sizes)
    psf._arrays = psf._arrays | {key: np.array(value) for key, value in dict(arrays).items()}
    return psf


@pytest.mark.parametrize(
    "damage",
    [
        {"sizes": {"ndim": 1}},
        {"sizes": {"ngroup": 2}},
        {"sizes": {"_pixstep": 0.0}},
        {"sizes": {"_pixstep": np.nan}},
        {"sizes": {"_pixstep": 1e9}},
        {"arrays": {"degree": [3]}},
        {"arrays": {"degree": [-1]}},
        {"arrays": {"degree": [1 << 30]}},
        {"arrays": {"_size": [31]}},
        {"arrays": {"_size": [-31, -31, 6]}},
        {"arrays": {"_size": [1 << 30, 1 << 30, 6]}},
        {"arrays": {"_comp": np.zeros(5766, np.float32)}},
        {"arrays": {"_comp": np.full(5766, np.nan, np.float32)}},
        {"arrays": {"_context_second": [0.0, 1.0]}},
        {"arrays": {"_context_first": [0.0]}},
    ],
    ids=str,
)
def test_damaged_psfex_models_are_refused(damage):
    with pytest.raises(lsst.afw.detection.InvalidPsfError):
        damagedPsfex(**damage).computeKernelImage(Point2D(3, 4))
    assert isinstance(damagedPsfex(**damage).isPersistable(), bool)


@pytest.mark.parametrize("size", ["ndim", "ngroup", "ncoeff", "_comp_size", "_context_size"])
def test_psfex_arrays_have_the_size_in_the_file(size):
    psf = readPsf("psfex0")
    sizes = psf._sizes | {size: psf._sizes[size] + 1}
    with pytest.raises(MalformedArchiveError, match=f"'{size}' is {sizes[size]}"):
        PsfexPsf._readArchive(None, ([sizes], [psf._arrays]))


def test_psfex_positions_follow_the_nearest_pixel():
    psf = readPsf("psfex1")
    for x, corner in ((7.5, 7), (7.51, 8), (7.49, 7)):
        image = psf.computeImage(Point2D(x, 9.0))
        assert image.getX0() == corner - image.getWidth() // 2
        assert isinstance(image, ImageD)
