# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Picture of a detector, its template and their difference."""

from __future__ import annotations

__all__ = ("draw",)


import itertools
import pathlib

import lsst.geom
import matplotlib.colors
import numpy as np
from lsst.afw.geom import SkyWcs
from lsst.afw.image import ExposureF, Mask
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from PIL import Image

from .check import difference
from .survey import Survey, Visit

TRACT_COLORS = ("#4477aa", "#228833", "#aa3377")
TRANSIENT_COLOR = "#dd3344"
MISSING_COLOR = "#d9c3ae"
# In drawing order, the topmost plane last.
MASK_COLORS = {
    "DETECTED": "#c9d8ea",
    "HIGH_VARIANCE": "#e9a23b",
    "NO_DATA": MISSING_COLOR,
}
COLORS = 64
ZOOM = 30
"""Half the side of the magnified part (pixels)."""


def draw(
    survey: Survey, visit: Visit, detector: int, science: ExposureF, template: ExposureF, path: pathlib.Path
) -> None:
    """Write a picture of one detector.

    Parameters
    ----------
    survey
        Simulated survey.
    visit, detector
        Image to draw.
    science, template
        The image and its template.
    path
        PNG file to write.
    """
    figure = Figure(figsize=(13.2, 7.8), dpi=100, layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subfigures(1, 2, width_ratios=[0.62, 1])
    overview = left.subplot_mosaic(
        [["map"] * 3, ["science", "template", "difference"]], height_ratios=[2.9, 1]
    )
    panels = right.subplot_mosaic([["science", "template"], ["difference", "mask"]])
    used = template.getInfo().getCoaddInputs().ccds
    tracts = len({record["tract"] for record in used})
    figure.suptitle(
        f"Visit {visit.id}, detector {detector}: a template from {len(used)} patches of {tracts} tracts",
        fontsize=14,
        fontweight="bold",
    )
    _draw_map(overview["map"], survey, visit, detector)

    wcs = science.getWcs()
    inside = science.getBBox().shiftedBy(lsst.geom.Point2I(0, 0) - template.getBBox().getMin()).getSlices()
    sigma = survey.visit_noise
    stretch = matplotlib.colors.AsinhNorm(linear_width=3 * sigma, vmin=-3 * sigma, vmax=40 * sigma)
    linear = matplotlib.colors.Normalize(-6 * sigma, 6 * sigma)
    missing = template.mask.array & template.mask.getPlaneBitMask("NO_DATA") != 0
    for name, values, norm in (
        ("science", science.image.array, stretch),
        ("template", np.where(missing, np.nan, template.image.array)[inside], stretch),
        ("difference", difference(survey, science, template), linear),
    ):
        _draw_image(panels[name], overview[name], wcs.skyToPixel(survey.transient), name, values, norm)
    _draw_mask(panels["mask"], survey, wcs, template.mask, inside)

    figure.savefig(path)
    # A palette looks the same at a third of the size.
    Image.open(path).convert("RGB").quantize(COLORS, kmeans=2, dither=Image.Dither.NONE).save(
        path, optimize=True
    )


def _outline(bbox: lsst.geom.Box2I, source: SkyWcs, target: SkyWcs) -> tuple[np.ndarray, np.ndarray]:
    """Return the outline of a box in the pixels of another WCS."""
    corners = [*lsst.geom.Box2D(bbox).getCorners(), lsst.geom.Box2D(bbox).getMin()]
    step = np.linspace(0, 1, 20)
    x, y = (
        np.concatenate([a + (b - a) * step for a, b in itertools.pairwise(values)])
        for values in ([c.getX() for c in corners], [c.getY() for c in corners])
    )
    return target.skyToPixelArray(*source.pixelToSkyArray(x, y))


def _draw_map(axes: Axes, survey: Survey, visit: Visit, detector: int) -> None:
    """Draw tracts, patches and detectors on the sky."""
    for tract, color in zip(survey.skymap, TRACT_COLORS, strict=True):
        for patch in tract:
            axes.plot(*_outline(patch.getInnerBBox(), tract.getWcs(), survey.plane), color=color, lw=0.6)
        x, y = _outline(tract.getBBox(), tract.getWcs(), survey.plane)
        axes.fill(x, y, color=color, alpha=0.10, lw=0)
        axes.plot(x, y, color=color, lw=1.6)
        center = survey.plane.skyToPixel(tract.getCtrCoord())
        axes.text(
            *(1.5 * np.array(center)),
            f"tract {tract.getId()}",
            color=color,
            ha="center",
            va="center",
            fontsize=11,
        )
    looks = {
        v: {"color": "k", "ls": "-"} if v == visit else {"color": "0.55", "ls": "--"} for v in survey.visits
    }
    for each, look in looks.items():
        for number in range(survey.detectors):
            chosen = each == visit and number == detector
            x, y = _outline(survey.camera.bbox, survey.wcs(each, number), survey.plane)
            axes.plot(x, y, lw=2.4 if chosen else 0.9, **look)
    axes.plot(*survey.plane.skyToPixel(survey.transient), "*", color=TRANSIENT_COLOR, ms=13, mec="w", mew=0.6)
    axes.set(aspect="equal", xlabel="east  ←  arcsec  →  west", ylabel="arcsec north")
    axes.set_title("tracts, patches and detectors", fontsize=11)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(
        handles=[
            *(Line2D([], [], label=f"visit {v.id}", **look) for v, look in looks.items()),
            Line2D([], [], color=TRANSIENT_COLOR, marker="*", ms=11, ls="", label="transient"),
        ],
        loc="upper center",
        bbox_to_anchor=(0.5, -0.12),
        ncols=3,
        frameon=False,
    )


def _draw_image(
    axes: Axes,
    zoom: Axes,
    position: lsst.geom.Point2D,
    title: str,
    values: np.ndarray,
    norm: matplotlib.colors.Normalize,
) -> None:
    """Draw pixels, and in a second panel the part around a position."""
    colors = matplotlib.colormaps["gray_r"].with_extremes(bad=MISSING_COLOR)
    x, y = position
    for panel in (axes, zoom):
        panel.imshow(values, norm=norm, cmap=colors, origin="lower")
        panel.set_title(title, fontsize=11 if panel is axes else 9)
        panel.set(xticks=[], yticks=[])
    axes.add_patch(
        Rectangle((x - ZOOM, y - ZOOM), 2 * ZOOM, 2 * ZOOM, fill=False, color=TRANSIENT_COLOR, lw=1.6)
    )
    zoom.set(xlim=(x - ZOOM, x + ZOOM), ylim=(y - ZOOM, y + ZOOM))
    zoom.spines[:].set(color=TRANSIENT_COLOR, linewidth=1.6)


def _draw_mask(axes: Axes, survey: Survey, wcs: SkyWcs, mask: Mask, inside: tuple[slice, slice]) -> None:
    """Draw mask planes, and the patches that cover the detector."""
    planes = mask.array[inside]
    height, width = planes.shape
    image = np.ones((height, width, 3))
    shown = {plane: planes & mask.getPlaneBitMask(plane) != 0 for plane in MASK_COLORS}
    for plane, pixels in shown.items():
        image[pixels] = matplotlib.colors.to_rgb(MASK_COLORS[plane])
    axes.imshow(image, origin="lower")
    for tract, color in zip(survey.skymap, TRACT_COLORS, strict=True):
        for patch in tract:
            axes.plot(*_outline(patch.getOuterBBox(), tract.getWcs(), wcs), color=color, lw=1.1)
    axes.set(xlim=(-0.5, width - 0.5), ylim=(-0.5, height - 0.5), xticks=[], yticks=[])
    axes.set_title("mask, with patch outlines", fontsize=11)
    axes.legend(
        handles=[
            Patch(color=MASK_COLORS[plane], label=plane) for plane, pixels in shown.items() if pixels.any()
        ],
        loc="upper center",
        bbox_to_anchor=(0.5, 0.0),
        ncols=4,
        fontsize=8,
        frameon=False,
        handlelength=1,
        columnspacing=1,
    )
