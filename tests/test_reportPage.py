# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report's page of two visits of a camera with 189 detectors."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import pathlib
import re
import tempfile
import unittest
from typing import ClassVar
from urllib.parse import unquote

import lsst.utils.tests
import numpy as np
from browser import browse, needsChromium, notes, shownRows
from lsst.ip.diffim.templateReport._measure import Outline, ReportRow
from lsst.ip.diffim.templateReport._outcome import FAILED, NO_WORK, NOT_RUN
from lsst.ip.diffim.templateReport._page import render
from matplotlib.colors import to_rgb
from PIL import Image

VISITS = (2025120100123, 2025120100124)
SIDE = 15
EDGE = {*range(3), *range(SIDE - 3, SIDE)}
PLACES = [(x, y) for y in range(SIDE) for x in range(SIDE) if not {x, y} <= EDGE]
NOTE = "Made of fewer coadds than the graph had: 1 of 3 coadd files missing: (tract 9813, patch 7)."
NOTED = (12, 60)
"""Detectors of the first visit with a note."""
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
                details = f"Execution failed. Exception {REASON}" if BROKEN[detector] == FAILED else ""
                rows.append(ReportRow(**common, status=BROKEN[detector], reason=REASON, details=details))
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
            notes = (NOTE,) if visit == VISITS[0] and detector in NOTED else ()
            rows.append(ReportRow(**common, status="done", reason="", notes=notes, **figures))
    return rows


# Notes the least contrast of all text with what is behind it, and where.
CONTRAST = """
const probe = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
const rgba = (color) => {
  probe.clearRect(0, 0, 1, 1); probe.fillStyle = color; probe.fillRect(0, 0, 1, 1);
  return [...probe.getImageData(0, 0, 1, 1).data];
};
const part = (each) => each / 255 <= 0.04045 ? each / 255 / 12.92 : ((each / 255 + 0.055) / 1.055) ** 2.4;
const light = ([r, g, b]) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
const behind = (element) => {
  for (let each = element; each; each = each.parentElement) {
    const color = rgba(getComputedStyle(each).backgroundColor);
    if (color[3] === 255) return color;
  }
  return [255, 255, 255, 255];
};
const ratio = (one, other) => {
  const [low, high] = [light(one), light(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
};
let least = [99, ""], texts = 0;
for (const change of CHANGES) {
  go(change);
  for (const element of document.querySelectorAll("body *")) {
    const style = getComputedStyle(element);
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!own || style.visibility === "hidden" || !element.getClientRects().length) continue;
    if (element.closest(":disabled, script, option, noscript")) continue;
    let against = behind(element), ink = style.color;
    if (element instanceof SVGElement) {
      ink = style.fill;
      const fill = element.previousElementSibling?.getAttribute("fill");
      if (fill && fill.startsWith("rgb")) against = rgba(fill);
    }
    texts += 1;
    const found = ratio(rgba(ink), against);
    if (found < least[0]) least = [found, `${element.tagName} ${element.className} ${element.textContent}`];
  }
}
document.body.dataset.least = least[0].toFixed(2);
document.body.dataset.where = least[1].slice(0, 80).replace(/["<>&]/g, "");
document.body.dataset.texts = texts;
"""

# What the scripts of the tests have in common.
TOOLS = """
const find = (selector) => document.querySelector(selector);
const all = (selector) => [...document.querySelectorAll(selector)];
const note = (name, value) => document.body.setAttribute(`data-${name}`, value);
const rows = () => all(".row").map((row) => row.id.slice(4)).join(" ");
const active = () => document.activeElement;
const press = (key) => active().dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true}));
const focused = () => active().dataset.row || active().dataset.key || active().id;
"""

# Keeps what would be downloaded.
CATCH = """
window.Blob = class { constructor(parts) { note("csv", encodeURIComponent(parts[0])); } };
URL.createObjectURL = () => "#";
HTMLAnchorElement.prototype.click = function () { note("file", this.download); };
find("#csv").click();
"""


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
        changes = [{}, {"visit": "all", "where": "covered<90", "open": f"{VISITS[0]}-5"}, {"where": ""}]
        script = f"""
        const watched = "h1, .tile, .bar, .filter, .chip, #maps figcaption, td, th, .badge, .number";
        const cut = (element) => element.scrollWidth > element.clientWidth + 1;
        const tell = (element) => `${{element.className || element.tagName}}: ${{element.textContent}}`;
        const found = [];
        for (const change of {json.dumps(changes)}) {{
            go(change);
            found.push(...all(watched).filter(cut).map(tell));
            const root = document.documentElement;
            if (root.scrollWidth > root.clientWidth) found.push(`page: ${{root.scrollWidth}}`);
        }}
        note("cut", encodeURIComponent(JSON.stringify(found))); note("width", innerWidth);
        """
        for width in (1440, 1000, 800, 390):
            with self.subTest(width=width):
                noted = notes(browse(self.page, "", TOOLS + script, width=width))
                self.assertEqual(noted["width"], str(width))
                self.assertEqual(json.loads(unquote(noted["cut"])), [])

    def testReasons(self) -> None:
        """A reason takes the place of the figures that are missing."""
        dom = browse(self.page)
        for detector in BROKEN:
            (line,) = re.findall(rf'<tr [^>]*id="row-{VISITS[0]}-{detector}".*?</tr>', dom)
            self.assertEqual(line.count("<td"), 2)
            self.assertIn('colspan="8"', line)

    def testNumbers(self) -> None:
        """Filters by numbers hold for the table, the map, and the count."""
        dom = browse(self.page, "where=covered<90,fwhm>0.9")
        chosen = [
            row
            for row in self.rows
            if row.visit == VISITS[0] and row.covered is not None and row.covered < 0.9 < row.fwhm
        ]
        self.assertEqual(shownRows(dom), self.order(chosen))
        self.assertTrue(20 < len(chosen) < 170)
        faint = re.findall(r'<polygon [^>]*class="off"[^>]*data-row="([\d-]+)"', dom)
        self.assertEqual(len(faint), 2 * (len(PLACES) - len(chosen)))
        self.assertTrue(set(faint).isdisjoint(self.order(chosen)))
        self.assertIn(f"{len(chosen)} of {len(PLACES)} detectors", dom)

    def testFilters(self) -> None:
        """Filters are added by the form, and removed by their chips."""
        script = (
            TOOLS
            + """
        find("#value").value = "50";
        find("#condition button").click(); note("added", location.hash); note("rows", rows());
        find("#value").value = "many";
        find("#condition button").click(); note("wrong", find("#value").getAttribute("aria-invalid"));
        find("#text").value = "R22 done";
        find("#text").dispatchEvent(new Event("input")); note("words", rows());
        for (const chip of all(".chip").map((each) => each.dataset.key)) find(`[data-key="${chip}"]`).click();
        note("all", rows().split(" ").length); note("chips", all(".chip").length);
        find("[data-status=notes]").click(); note("noted", rows());
        find("#map-left polygon.off").dispatchEvent(new MouseEvent("click", {bubbles: true}));
        note("opened", find("tr.open").id.slice(4)); note("after", rows().split(" ").length);
        """
        )
        noted = notes(browse(self.page, "", script))
        first = [row for row in self.rows if row.visit == VISITS[0]]
        half = [row for row in first if row.covered is not None and row.covered < 0.5]
        self.assertEqual(noted["added"], "#where=covered%3C50")
        self.assertEqual(noted["rows"].split(), self.order(half))
        self.assertEqual(noted["wrong"], "true")
        middle = [row for row in half if row.name.startswith("R22")]
        self.assertEqual(noted["words"].split(), self.order(middle))
        self.assertTrue(middle)
        self.assertEqual((noted["all"], noted["chips"]), (str(len(PLACES)), "0"))
        self.assertEqual(noted["noted"].split(), [f"{VISITS[0]}-{detector}" for detector in NOTED])
        self.assertEqual((noted["opened"], noted["after"]), (f"{VISITS[0]}-0", str(len(PLACES))))

    def testDownload(self) -> None:
        """The table that is shown can be downloaded, units in its head."""
        noted = notes(browse(self.page, "where=covered<90&sort=-seconds", TOOLS + CATCH))
        table = list(csv.DictReader(io.StringIO(unquote(noted["csv"]))))
        rows = [row for row in self.rows if row.visit == VISITS[0] and row.covered and row.covered < 0.9]
        rows.sort(key=lambda row: -row.seconds)
        self.assertEqual([line["detector"] for line in table], [str(row.detector) for row in rows])
        for line, row in zip(table, rows, strict=True):
            self.assertAlmostEqual(float(line["covered_percent"]), 100 * row.covered, places=4)
            self.assertAlmostEqual(float(line["variance_nJy2"]), row.variance, places=3)
            self.assertEqual(line["notes"], " ".join(row.notes))
        self.assertEqual(noted["file"], f"u_someone_templates_{VISITS[0]}.csv")

    def testFormulas(self) -> None:
        """Text from a log is no formula in a spreadsheet."""
        row = dataclasses.replace(self.rows[5], reason='=1+1, "quoted"')
        text = unquote(notes(browse(render([row], "x", {}), "", TOOLS + CATCH))["csv"])
        (line,) = csv.DictReader(io.StringIO(text))
        self.assertEqual(line["reason"], '\'=1+1, "quoted"')

    def testKeyboard(self) -> None:
        """Arrow keys lead through the map, Enter opens, Escape closes."""
        script = (
            TOOLS
            + """
        note("stops", all('#map-left polygon[tabindex="0"]').length);
        find('#map-left polygon[tabindex="0"]').focus(); note("first", focused());
        for (const key of ["ArrowRight", "ArrowUp", "ArrowLeft", "ArrowDown", "End", "ArrowDown", "Home"]) {
            press(key); note(key.toLowerCase(), focused());
        }
        press("ArrowRight"); press("Enter");
        note("open", find("tr.open").id.slice(4)); note("kept", focused());
        press("Escape"); note("closed", all("tr.open").length);
        find("#skip").focus(); note("skip", find("#skip").getBoundingClientRect().top >= 0);
        find("#skip").click(); note("skipped", focused()); note("hash", location.hash);
        find(".toggle").focus(); press("ArrowDown"); note("table", focused());
        active().click(); note("expanded", find("tr.open .toggle").ariaExpanded);
        note("still", focused());
        """
        )
        noted = notes(browse(self.page, "", script))

        def at(place: tuple[int, int]) -> str:
            return f"{VISITS[0]}-{PLACES.index(place)}"

        x, y = PLACES[0]
        self.assertEqual((noted["stops"], noted["first"]), ("1", at((x, y))))
        self.assertEqual(noted["arrowright"], at((x + 1, y)))
        self.assertEqual(noted["arrowup"], at((x + 1, y + 1)))
        self.assertEqual(noted["arrowleft"], at((x, y + 1)))
        self.assertEqual(noted["end"], at(PLACES[-1]))
        # Twice downwards: first back to the start, then from the end.
        self.assertEqual(noted["arrowdown"], at((PLACES[-1][0], PLACES[-1][1] - 1)))
        self.assertEqual(noted["home"], at(PLACES[0]))
        self.assertEqual((noted["open"], noted["kept"]), (at((x + 1, y)), at((x + 1, y))))
        self.assertEqual((noted["closed"], noted["skip"], noted["skipped"]), ("0", "true", "table"))
        self.assertEqual(noted["hash"], "")
        self.assertEqual((noted["table"], noted["still"]), (f"row-{VISITS[0]}-1",) * 2)
        self.assertEqual(noted["expanded"], "true")

    def testUnknown(self) -> None:
        """An address that cannot be followed is answered."""
        script = "document.body.dataset.said = document.getElementById('alert').textContent;"
        dom = browse(self.page, "visit=17&where=covers<90", script)
        said = notes(dom)["said"]
        self.assertIn(f"There is no visit 17 in this report, which has {VISITS[0]}, {VISITS[1]}.", said)
        self.assertIn("is not understood", said)
        self.assertEqual(shownRows(dom), [])
        self.assertEqual(notes(browse(self.page, "", script))["said"], "")

    def testColumns(self) -> None:
        """Columns and bars stay where they are, whatever the table shows."""
        changes = [
            {},
            {"where": "covered<2"},
            {"where": "", "status": FAILED},
            {"status": "", "sort": "-variance"},
        ]
        changes.append({"sort": "", "open": f"{VISITS[0]}-5"})
        script = f"""
        const left = (element) => Math.round(element.getBoundingClientRect().left);
        const columns = new Set(), bars = new Set();
        for (const change of {json.dumps(changes)}) {{
            go(change);
            columns.add(all("th").map(left).join());
            for (const bar of all("td.covered .bar-cell")) bars.add(left(bar));
        }}
        note("columns", columns.size); note("bars", bars.size);
        """
        noted = notes(browse(self.page, "", TOOLS + script, width=1440))
        self.assertEqual((noted["columns"], noted["bars"]), ("1", "1"))

    def testTicks(self) -> None:
        """Ticks of the scales are round, and at equal steps."""
        metrics = ("covered", "highVariance", "variance", "fwhm", "seconds")
        script = f"""
        for (const metric of {json.dumps(metrics)}) {{
            go({{left: metric}});
            const tell = (tick) => [tick.textContent, tick.style.left].map(parseFloat);
            note(metric, all("#map-left .tick").map(tell).join(" "));
        }}
        """
        noted = notes(browse(self.page, "", TOOLS + script))
        for metric in metrics:
            with self.subTest(metric=metric):
                text = noted[metric.lower()]
                values, places = np.array([list(map(float, each.split(","))) for each in text.split()]).T
                self.assertTrue(3 <= len(values) <= 7)
                steps = np.diff(values)
                self.assertFloatsAlmostEqual(steps, steps[0], rtol=1e-6)
                self.assertFloatsAlmostEqual(places, np.linspace(0, 100, len(places)), atol=0.01)
                mantissa = steps[0] / 10 ** np.floor(np.log10(steps[0]) + 1e-9)
                self.assertIn(round(mantissa, 3), (1, 2, 2.5, 5))

    def testContrast(self) -> None:
        """All text has the contrast that WCAG asks for at level AA."""
        first = f"{VISITS[0]}-5"
        changes = [
            {},
            {"where": "covered<99,bad", "notes": "1", "text": "R"},
            {"where": "", "notes": "", "text": "", "open": first, "sort": "variance", "left": "variance"},
            {"visit": "9"},
            {"visit": "all", "open": f"{VISITS[0]}-{NOTED[0]}"},
        ]
        for dark in (False, True):
            with self.subTest(dark=dark):
                script = CONTRAST.replace("CHANGES", json.dumps(changes))
                noted = notes(browse(self.page, "", script, dark=dark))
                self.assertGreaterEqual(float(noted["least"]), 4.5, noted["where"])
                self.assertGreater(int(noted["texts"]), 3 * len(PLACES))

    def testScreenshots(self) -> None:
        """Both themes, at the widths of a desk and of a phone, have the map's
        colors on a background of their own.
        """
        with tempfile.TemporaryDirectory() as folder:
            for width in (1440, 390):
                backgrounds = []
                for dark in (False, True):
                    target = pathlib.Path(folder, f"{width}-{dark}.png")
                    browse(self.page, "", width=width, dark=dark, screenshot=target)
                    with Image.open(target) as image:
                        pixels = np.array(image.convert("RGB"))
                    self.assertEqual(pixels.shape, (1600, width, 3))
                    backgrounds.append(pixels[2, 2].mean())
                    for color in ("#7fcdbb", "#225ea8", "#feb24c", "#e31a1c"):
                        distance = np.abs(pixels - 255 * np.array(to_rgb(color))).max(axis=2)
                        self.assertGreater(np.count_nonzero(distance < 24), 300, (width, dark, color))
                self.assertGreater(backgrounds[0], 235)
                self.assertLess(backgrounds[1], 30)


class MemoryTester(lsst.utils.tests.MemoryTestCase):
    """Check for leaks of file descriptors."""


def setup_module(module: object) -> None:
    """Prepare the memory test."""
    lsst.utils.tests.init()


if __name__ == "__main__":
    lsst.utils.tests.init()
    unittest.main()
