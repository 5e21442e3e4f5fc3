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

"""Draw what the demo did with the detector that saw the transient."""

from __future__ import annotations

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
from matplotlib.patches import Circle, Patch
from PIL import Image

from .check import difference
from .survey import Survey, Visit

__all__ = ("draw",)

TRACT_COLOURS = ("#4477aa", "#228833", "#aa3377")
TRANSIENT_COLOUR = "#ee6677"
# From the bottom to the top.
MASK_COLOURS = {
    "DETECTED": "#c9d8ea",
    "HIGH_VARIANCE": "#e9a23b",
    "SAT": "#222222",
    "NO_DATA": "#8c8c8c",
}
ZOOM = 30
"""Half the side of the magnified part (pixels)."""


def draw(
    survey: Survey, visit: Visit, detector: int, science: ExposureF, template: ExposureF, path: pathlib.Path
) -> None:
    """Write a picture of one detector.

    Parameters
    ----------
    survey
        What was simulated.
    visit, detector
        Which image it is.
    science, template
        The image and its template.
    path
        PNG file to write.
    """
    figure = Figure(figsize=(13.2, 7.6), dpi=100, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplot_mosaic(
        [["map", "science", "template"], ["map", "difference", "mask"]], width_ratios=[1.16, 1, 1]
    )
    figure.suptitle(
        f"A template across {len(survey.skymap)} tracts: visit {visit.id}, detector {detector}",
        fontsize=14,
        fontweight="bold",
    )
    _draw_map(axes["map"], survey, visit, detector)

    wcs = science.getWcs()
    inside = science.getBBox().shiftedBy(lsst.geom.Point2I(0, 0) - template.getBBox().getMin()).getSlices()
    stretch = matplotlib.colors.AsinhNorm(linear_width=4 * survey.visit_noise, vmin=-100, vmax=8000)
    linear = matplotlib.colors.Normalize(-5 * survey.visit_noise, 5 * survey.visit_noise)
    missing = template.mask.array & template.mask.getPlaneBitMask("NO_DATA") != 0
    for name, title, values, norm in (
        ("science", "science image", science.image.array, stretch),
        ("template", "template", np.where(missing, np.nan, template.image.array)[inside], stretch),
        ("difference", "difference", difference(survey, science, template), linear),
    ):
        _draw_image(axes[name], survey, wcs, title, values, norm)
    _draw_mask(axes["mask"], survey, wcs, template.mask, inside)

    figure.savefig(path)
    # 96 colours are as good to the eye, at a third of the size.
    Image.open(path).convert("RGB").quantize(96, dither=Image.Dither.NONE).save(path, optimize=True)


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
    for tract, colour in zip(survey.skymap, TRACT_COLOURS, strict=True):
        for patch in tract:
            axes.plot(*_outline(patch.getInnerBBox(), tract.getWcs(), survey.plane), color=colour, lw=0.6)
        x, y = _outline(tract.getBBox(), tract.getWcs(), survey.plane)
        axes.fill(x, y, color=colour, alpha=0.10, lw=0)
        axes.plot(x, y, color=colour, lw=1.6)
        axes.annotate(
            f"tract {tract.getId()}",
            (x.max(), y.max()),
            (-6, -6),
            textcoords="offset points",
            ha="right",
            va="top",
            color=colour,
        )
    for each in survey.visits:
        for number in range(survey.detectors):
            this = each == visit and number == detector
            x, y = _outline(survey.camera.bbox, survey.wcs(each, number), survey.plane)
            axes.plot(
                x,
                y,
                color="k" if each == visit else "0.55",
                lw=2.4 if this else 0.9,
                ls="-" if each == visit else "--",
            )
    axes.plot(
        *survey.plane.skyToPixel(survey.transient), "*", color=TRANSIENT_COLOUR, ms=13, mec="w", mew=0.6
    )
    axes.set(aspect="equal", xlabel="east  ←  arcsec  →  west", ylabel="arcsec north")
    axes.set_title("tracts, patches and detectors", fontsize=11)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(
        handles=[
            *(
                Line2D(
                    [],
                    [],
                    color="k" if v == visit else "0.55",
                    ls="-" if v == visit else "--",
                    label=f"visit {v.id}",
                )
                for v in survey.visits
            ),
            Line2D([], [], color=TRANSIENT_COLOUR, marker="*", ms=11, ls="", label="transient"),
        ],
        loc="upper center",
        bbox_to_anchor=(0.5, -0.12),
        ncols=3,
        frameon=False,
    )


def _draw_image(
    axes: Axes, survey: Survey, wcs: SkyWcs, title: str, values: np.ndarray, norm: matplotlib.colors.Normalize
) -> None:
    """Draw pixels, the transient, and the part around it magnified."""
    colours = matplotlib.colormaps["gray_r"].with_extremes(bad="#d9c7b8")
    height, width = values.shape
    axes.imshow(values, norm=norm, cmap=colours, origin="lower")
    axes.set_title(title, fontsize=11)
    axes.set(xticks=[], yticks=[])
    x, y = wcs.skyToPixel(survey.transient)
    # The corner that is farthest from the transient.
    corner = (0.02 if x > width / 2 else 0.66, 0.02 if y > height / 2 else 0.66)
    zoom = axes.inset_axes(
        (*corner, 0.32, 0.32), xlim=(x - ZOOM, x + ZOOM), ylim=(y - ZOOM, y + ZOOM), xticks=[], yticks=[]
    )
    zoom.imshow(values, norm=norm, cmap=colours, origin="lower", interpolation="nearest")
    zoom.add_patch(Circle((x, y), 9, fill=False, color=TRANSIENT_COLOUR, lw=1.4))
    zoom.spines[:].set_color(TRANSIENT_COLOUR)
    axes.indicate_inset_zoom(zoom, edgecolor=TRANSIENT_COLOUR, alpha=1.0)


def _draw_mask(axes: Axes, survey: Survey, wcs: SkyWcs, mask: Mask, inside: tuple[slice, slice]) -> None:
    """Draw mask planes, and the patches that cover the detector."""
    planes = mask.array[inside]
    height, width = planes.shape
    image = np.ones((height, width, 3))
    for plane, colour in MASK_COLOURS.items():
        image[planes & mask.getPlaneBitMask(plane) != 0] = matplotlib.colors.to_rgb(colour)
    axes.imshow(image, origin="lower")
    for tract, colour in zip(survey.skymap, TRACT_COLOURS, strict=True):
        for patch in tract:
            axes.plot(*_outline(patch.getOuterBBox(), tract.getWcs(), wcs), color=colour, lw=1.1)
    axes.set(xlim=(-0.5, width - 0.5), ylim=(-0.5, height - 0.5), xticks=[], yticks=[])
    axes.set_title("mask, with patch outlines", fontsize=11)
    axes.legend(
        handles=[Patch(color=colour, label=plane) for plane, colour in MASK_COLOURS.items()],
        loc="upper center",
        bbox_to_anchor=(0.5, 0.0),
        ncols=4,
        fontsize=8,
        frameon=False,
        handlelength=1,
        columnspacing=1,
    )
