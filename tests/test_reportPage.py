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

"""The report's page of two visits of a camera with 189 detectors."""

from __future__ import annotations

import json
import re
import unittest
from typing import ClassVar

import lsst.utils.tests
import numpy as np
from browser import browse, needsChromium, notes, shownRows
from lsst.ip.diffim.templateReport._measure import Outline, ReportRow
from lsst.ip.diffim.templateReport._outcome import FAILED, NO_WORK, NOT_RUN
from lsst.ip.diffim.templateReport._page import render

VISITS = (2025120100123, 2025120100124)
SIDE = 15
EDGE = {*range(3), *range(SIDE - 3, SIDE)}
PLACES = [(x, y) for y in range(SIDE) for x in range(SIDE) if not {x, y} <= EDGE]
REASON = "RuntimeError: Cannot read the mask of tract 9813, patch 42, band r."
BROKEN = {5: FAILED, 40: NO_WORK, 77: FAILED, 188: NOT_RUN}
"""Detectors of the first visit without a template."""


def makeOutline(place: tuple[int, int], turn: float) -> Outline:
    """Return where the detector at a place of the focal plane looks."""
    corners = (np.array([(0, 0), (1, 0), (1, 1), (0, 1)]) * 0.97 + place - SIDE / 2) * 0.23
    x, y = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) @ corners.T
    return Outline(tuple(zip((56 + x).tolist(), y.tolist(), strict=True)), oriented=True)


def makeRows() -> list[ReportRow]:
    """Return rows of all statuses, with the names and figures of a camera."""
    rng = np.random.default_rng(7)
    rows = []
    for visit in VISITS:
        turn = rng.uniform(0, 2 * np.pi)
        for detector, (x, y) in enumerate(PLACES):
            common = {
                "visit": visit,
                "detector": detector,
                "name": f"R{y // 3}{x // 3}_S{y % 3}{x % 3}",
                "run": "u/someone/templates/20261125T101112Z",
                "outline": makeOutline((x, y), turn),
            }
            if visit == VISITS[0] and detector in BROKEN:
                rows.append(ReportRow(**common, status=BROKEN[detector], reason=REASON))
                continue
            figures = {
                "tracts": int(rng.integers(1, 4)),
                "patches": int(rng.integers(1, 9)),
                "covered": rng.uniform(),
                "high_variance": rng.uniform(),
                "variance": rng.uniform(50, 900),
                "fwhm": rng.uniform(0.6, 1.2),
                "seconds": rng.uniform(2, 9),
                "process_memory": rng.uniform(6e8, 1.2e9),
            }
            rows.append(ReportRow(**common, status="done", reason="", **figures))
    return rows


@needsChromium
class PageTestCase(lsst.utils.tests.TestCase):
    """What is seen of hundreds of detectors."""

    rows: ClassVar[list[ReportRow]]
    page: ClassVar[str]

    @classmethod
    def setUpClass(cls) -> None:
        cls.rows = makeRows()
        cls.page = render(cls.rows, "u/someone/templates", {"Repository": "/repo/main"})

    def order(self, rows: list[ReportRow]) -> list[str]:
        """Return the rows as the page names them."""
        return [f"{row.visit}-{row.detector}" for row in rows]

    def testOneVisit(self) -> None:
        dom = browse(self.page, f"visit={VISITS[1]}&sort=-seconds")
        rows = [row for row in self.rows if row.visit == VISITS[1]]
        self.assertEqual(shownRows(dom), self.order(sorted(rows, key=lambda row: -row.seconds)))
        self.assertEqual(dom.count("<polygon"), 2 * len(PLACES))

    def testAllVisits(self) -> None:
        dom = browse(self.page, "visit=all")
        self.assertEqual(shownRows(dom), self.order(self.rows))
        self.assertEqual(dom.count("<polygon"), len(self.rows))

    def testStatus(self) -> None:
        dom = browse(self.page, f"status={FAILED}")
        failed = [row for row in self.rows if row.status == FAILED]
        self.assertEqual(shownRows(dom), self.order(failed))

    def testWidths(self) -> None:
        """Nothing is cut off, on a desk as on a phone."""
        script = """
        const cut = (element) => element.scrollWidth > element.clientWidth + 1;
        const watched = "h1, .tile, .bar, #maps figcaption, td, th, .badge, .why";
        const tell = (element) => `${element.className || element.tagName}: ${element.textContent}`;
        const found = [...document.querySelectorAll(watched)].filter(cut).map(tell);
        document.body.dataset.cut = JSON.stringify(found);
        const root = document.documentElement;
        document.body.dataset.widths = `${innerWidth} ${root.scrollWidth - root.clientWidth}`;
        """
        for width in (1280, 1000, 800, 390):
            for fragment in ("", "visit=all"):
                with self.subTest(width=width, fragment=fragment):
                    noted = notes(browse(self.page, fragment, script, width=width))
                    self.assertEqual(noted["widths"], f"{width} 0")
                    self.assertEqual(json.loads(noted["cut"].replace("&quot;", '"')), [])

    def testReasons(self) -> None:
        """A reason takes the place of the figures that are missing."""
        dom = browse(self.page)
        for detector in BROKEN:
            (line,) = re.findall(rf'<tr [^>]*id="row-{VISITS[0]}-{detector}".*?</tr>', dom)
            self.assertEqual(line.count("<td"), 2)
            self.assertIn('colspan="8"', line)


class MemoryTester(lsst.utils.tests.MemoryTestCase):
    """Check for leaks of file descriptors."""


def setup_module(module: object) -> None:
    """Prepare the memory test."""
    lsst.utils.tests.init()


if __name__ == "__main__":
    lsst.utils.tests.init()
    unittest.main()
