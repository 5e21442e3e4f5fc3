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

"""Properties of templates that hold for any sky."""

from __future__ import annotations

import unittest

import lsst.utils.tests
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from lsst.geom import Box2D, Box2I, Extent2D, Extent2I
from template_testing import Scene, TemplateTestCase, makeSkyMap, makeTask, makeWcs, wave

FLUX = 1e4


def star(x0, y0, sigma):
    """Image of a round Gaussian star (flux `FLUX`)."""

    def image(x, y):
        r2 = (x - x0) ** 2 + (y - y0) ** 2
        return FLUX / (2 * np.pi * sigma**2) * np.exp(-0.5 * r2 / sigma**2)

    return image


class FluxTestCase(TemplateTestCase):
    """Isolated stars keep their flux."""

    @settings(max_examples=10, deadline=None)
    @given(st.floats(-25, 25), st.floats(-20, 20), st.floats(1.5, 3.0), st.floats(0, 360))
    def testStars(self, dx, dy, sigma, angle):
        """The star may be in an overlap of patches and tracts.

        Lanczos kernels of third order move centroids by up to 0.01 pixel.
        """
        wcs = makeWcs(angle=angle)
        scene = Scene(wcs=wcs)
        place = Box2D(scene.bbox).getCenter() + Extent2D(dx, dy)
        sky = wcs.pixelToSky(place)
        images = [star(*info.getWcs().skyToPixel(sky), sigma) for info in makeSkyMap()]
        template = Scene(image=images, wcs=wcs).run()
        total = template.image.array.sum(dtype=float)
        self.assertFloatsAlmostEqual(total, FLUX, rtol=1e-3)
        x, y = template.getBBox().grid()
        for values, expected in ((x, place.x), (y, place.y)):
            centroid = np.sum(template.image.array * values, dtype=float) / total
            self.assertFloatsAlmostEqual(centroid, expected, atol=0.02)


class TilesTestCase(TemplateTestCase):
    """A template in parts is the template in one piece."""

    @settings(max_examples=4, deadline=None)
    @given(st.integers(20, 110), st.integers(20, 80), st.floats(0, 360))
    def testTiles(self, column, row, angle):
        scene = Scene(image=[wave, wave], wcs=makeWcs(angle=angle))
        task = makeTask(templateBorderSize=0)
        whole = scene.run(task)
        corner = whole.getXY0()
        size = whole.getDimensions()
        for x0, x1 in ((0, column), (column, size.x)):
            for y0, y1 in ((0, row), (row, size.y)):
                scene.bbox = Box2I(corner + Extent2I(x0, y0), Extent2I(x1 - x0, y1 - y0))
                tile = scene.run(task)
                part = whole[tile.getBBox()]
                # The positions are interpolated between other nodes.
                self.assertFloatsAlmostEqual(tile.image.array, part.image.array, atol=2e-3)
                self.assertFloatsAlmostEqual(tile.variance.array, part.variance.array, rtol=2e-3)
                noData = tile.mask.getPlaneBitMask("NO_DATA")
                self.assertFloatsEqual(tile.mask.array & noData, part.mask.array & noData)


def setup_module(module: object) -> None:
    """Prepare the memory test."""
    lsst.utils.tests.init()


class MemoryTester(lsst.utils.tests.MemoryTestCase):
    """Check for leaks of file descriptors."""


if __name__ == "__main__":
    lsst.utils.tests.init()
    unittest.main()
