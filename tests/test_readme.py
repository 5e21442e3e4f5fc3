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

"""The README's recipe for one's own coadds, run as it stands there."""

from __future__ import annotations

import os
import pathlib
import pickle
import re
import subprocess
import sys
import tempfile
import unittest

import lsst.utils.tests
import numpy as np
from lsst.afw.detection import GaussianPsf
from lsst.afw.geom import SkyWcs
from lsst.afw.image import ExposureF, FilterLabel, PhotoCalib
from lsst.afw.table import ExposureCatalog, ExposureTable
from lsst.geom import Box2D, Box2I, Extent2D, Extent2I, Point2I
from lsst.meas.algorithms import CoaddPsf
from lsst.skymap import DiscreteSkyMap

ROOT = pathlib.Path(__file__).resolve().parents[1]
LEVEL = 5.0


def section(title: str) -> list[tuple[str, str]]:
    """Return language and text of the code blocks under a heading."""
    text = (ROOT / "README.md").read_text().split(f"## {title}\n")[1].split("\n## ")[0]
    return re.findall(r"```(\w+)\n(.*?)```", text, flags=re.DOTALL)


def makeSkyMap() -> DiscreteSkyMap:
    """Return a sky map of one tract of 2 by 1 patches, 300 pixels each."""
    config = DiscreteSkyMap.ConfigClass()
    config.raList, config.decList, config.radiusList = [10.0], [-30.0], [0.015]
    config.tractOverlap = 0.0
    config.pixelScale = 0.2
    config.projection = "TAN"
    config.tractBuilder["legacy"].patchInnerDimensions = [300, 600]
    config.tractBuilder["legacy"].patchBorder = 50
    return DiscreteSkyMap(config)


def makeExposure(bbox: Box2I, wcs: SkyWcs, value: float) -> ExposureF:
    """Return an exposure of constant value, variance 1."""
    exposure = ExposureF(bbox, wcs)
    exposure.image.array[:] = value
    exposure.variance.array[:] = 1.0
    exposure.setFilter(FilterLabel.fromBand("r"))
    exposure.setPhotoCalib(PhotoCalib(1.0))
    schema = ExposureTable.makeMinimalSchema()
    schema.addField("weight", type="D", doc="weight")
    catalog = ExposureCatalog(schema)
    record = catalog.addNew()
    record["weight"] = 1.0
    record.setBBox(bbox)
    record.setWcs(wcs)
    record.setPsf(GaussianPsf(21, 21, 2.0))
    exposure.setPsf(CoaddPsf(catalog, wcs, Box2D(bbox).getCenter()))
    return exposure


class ReadmeTestCase(lsst.utils.tests.TestCase):
    """Files under the README's names, and its commands on them."""

    def setUp(self) -> None:
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        (self.folder / "pipelines").symlink_to(ROOT / "pipelines")
        skymap = makeSkyMap()
        (self.folder / "skyMap.pickle").write_bytes(pickle.dumps(skymap))
        tract = skymap[0]
        for patch in (0, 1):
            coadd = makeExposure(tract[patch].getOuterBBox(), tract.getWcs(), LEVEL)
            coadd.writeFits(str(self.folder / f"coadd_0_{patch}.fits"))
        wcs = tract.getWcs().copyAtShiftedPixelOrigin(Extent2D(-200.3, -170.6))
        calexp = makeExposure(Box2I(Point2I(0, 0), Extent2I(220, 190)), wcs, 0.0)
        calexp.writeFits(str(self.folder / "calexp_42_0.fits"))

    def run_block(self, language: str, text: str) -> None:
        """Run the commands or the program of a code block."""
        if language == "console":
            text = "\n".join(line.removeprefix("$ ") for line in text.splitlines())
            command = ["bash", "-euc", text]
        else:
            command = [sys.executable, "-c", text]
        path = f"{pathlib.Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            command,
            cwd=self.folder,
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual(done.returncode, 0, f"{text}\n{done.stdout}{done.stderr}")

    def checkTemplate(self, path: pathlib.Path) -> None:
        template = ExposureF(str(path))
        self.assertEqual(template.getBBox(), Box2I(Point2I(-20, -20), Extent2I(260, 230)))
        self.assertFalse(np.any(template.mask.array & template.mask.getPlaneBitMask("NO_DATA")))
        self.assertFloatsAlmostEqual(template.image.array, LEVEL, rtol=1e-5)
        self.assertEqual(template.getPsf().getComponentCount(), 2)

    def testOwnCoadds(self) -> None:
        blocks = section("Your own coadds, without a stack")
        # The first block installs what runs this test.
        tables = iter(("coadds.csv", "calexps.csv"))
        python = ""
        for language, text in blocks[1:]:
            if language == "text":
                (self.folder / next(tables)).write_text(text)
            elif language == "python":
                # Later blocks go on with the names of the earlier.
                python += text
                if "insertDimensionData" in text:
                    self.run_block("python", python)
            else:
                self.run_block(language, text)
        (path,) = (self.folder / "templates").rglob("*.fits")
        self.checkTemplate(path)
        self.checkViews(path)

    def checkViews(self, template: pathlib.Path) -> None:
        """Look at the template, as the README says."""
        template.rename(self.folder / "template.fits")
        ((language, text),) = section("Seeing a run")
        self.run_block(language, text)
        page = (self.folder / "report" / "my_templates.html").read_text()
        self.assertIn('id="pictures-42-0"', page)
        for name in ("detector.png", "template.png"):
            self.assertTrue((self.folder / name).read_bytes().startswith(b"\x89PNG"))

    def testDirectCall(self) -> None:
        ((_, text),) = section("From Python")
        load = "import pickle\nskymap = pickle.load(open('skyMap.pickle', 'rb'))\n"
        self.run_block("python", load + text)
        self.checkTemplate(self.folder / "template_42_0.fits")


class MemoryTester(lsst.utils.tests.MemoryTestCase):
    """Check for leaks of file descriptors."""


def setup_module(module: object) -> None:
    """Prepare the memory test."""
    lsst.utils.tests.init()


if __name__ == "__main__":
    lsst.utils.tests.init()
    unittest.main()
