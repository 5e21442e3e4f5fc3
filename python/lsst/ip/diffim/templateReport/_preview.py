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

"""The command ``template-preview``."""

from __future__ import annotations

import argparse
import logging
import os
import pathlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.colors import AsinhNorm, LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from lsst.afw.image import ExposureF
from lsst.daf.butler import Butler
from lsst.pex.exceptions import Exception as StackException

from ._planes import CLEAR, block_mean, classify, image_limits, shrink, usable
from ._run import Names

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.image import AxesImage

__all__ = ["drawTemplate", "previewMain"]

_LOG = logging.getLogger(__name__)

_LONGEST = 1000
"""Pixels along the longer side of a plane; larger ones are averaged."""


def drawTemplate(exposure: ExposureF, title: str) -> Figure:
    """Draw the planes of a template side by side.

    Parameters
    ----------
    exposure
        Template.
    title
        Heading.

    Returns
    -------
    figure
        Image and variance in the units of the template, with colour bars,
        and the mask with its planes and the percentage of pixels they have.
    """
    good = usable(exposure)
    shape = shrink(good.shape, _LONGEST)
    covered = block_mean(good, shape)
    image, variance = (_average(plane.array, good, covered) for plane in (exposure.image, exposure.variance))
    figure = Figure(figsize=(16, 5.7), layout="constrained", dpi=110)
    figure.suptitle(title, fontsize=12)
    axes = figure.subplots(1, 3, sharex=True, sharey=True)

    low, high = image_limits(image[covered > 0])
    norm: Normalize = AsinhNorm(linear_width=(high - low) / 10, vmin=low, vmax=high)
    _add_bar(_show(axes[0], exposure, image, "Image", cmap="gray", norm=norm), "units of the coadds")

    scale = float(np.median(exposure.variance.array[good])) if good.any() else 1.0
    ends = np.nanpercentile(variance, (0.5, 99.5)) if good.any() else (scale, scale)
    norm = LogNorm(min(ends[0], scale / 1.5), max(ends[1], scale * 1.5))
    _add_bar(_show(axes[1], exposure, variance, "Variance", cmap="viridis", norm=norm), "their square")

    classes = classify(exposure.mask)
    _show(axes[2], exposure, classes.picture(shape), "Mask")
    keys = [
        Patch(color=colour, label=f"{name} {100 * fraction:.2g} %")
        for name, colour, fraction in zip(classes.names, classes.colours, classes.fractions, strict=True)
    ]
    keys.append(Patch(facecolor=CLEAR, edgecolor="0.7", label="none"))
    figure.legend(handles=keys, loc="outside lower center", ncols=7, fontsize=9, frameon=False)
    return figure


def _average(array: np.ndarray, good: np.ndarray, covered: np.ndarray) -> np.ndarray:
    """Return the mean of the good pixels of each block, NaN without any."""
    total = block_mean(np.where(good, array, 0), covered.shape)
    return np.divide(total, covered, out=np.full_like(total, np.nan), where=covered > 0)


def _show(axes: Axes, exposure: ExposureF, pixels: np.ndarray, title: str, **kwargs: object) -> AxesImage:
    bbox = exposure.getBBox()
    extent = (bbox.getMinX() - 0.5, bbox.getMaxX() + 0.5, bbox.getMinY() - 0.5, bbox.getMaxY() + 0.5)
    axes.set_title(title, fontsize=11)
    axes.set_xlabel("x (pixels)")
    axes.set_facecolor("0.75")
    axes.set_ylabel("y (pixels)")
    axes.label_outer()
    return axes.imshow(pixels, origin="lower", extent=extent, interpolation="nearest", **kwargs)


def _add_bar(image: AxesImage, label: str) -> None:
    """Add a colour bar, with ticks at equal steps of colour."""
    ticks = image.norm.inverse(np.linspace(0, 1, 7))
    bar = image.figure.colorbar(image, ax=image.axes, fraction=0.046, pad=0.02, extend="both", ticks=ticks)
    bar.minorticks_off()
    bar.ax.set_yticks(ticks, [f"{tick:.3g}" for tick in ticks], fontsize=8)
    bar.set_label(label, fontsize=9)


def previewMain(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status."""
    args = _parse(arguments)
    try:
        exposure, title = _read(args)
    except (LookupError, OSError, StackException) as err:
        _LOG.error("template-preview: %s", err)
        return 1
    drawTemplate(exposure, title).savefig(args.output)
    print(args.output)
    return 0


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="template-preview",
        description="Draw image, variance and mask of one template.",
        epilog="Examples: template-preview template.fits out.png; "
        "template-preview repo out.png -c my/templates visit=101 detector=3",
    )
    parser.add_argument("source", metavar="FILE|REPO", help="FITS file, or butler repository")
    parser.add_argument("output", metavar="OUT.png", type=pathlib.Path, help="picture to write")
    parser.add_argument("id", nargs="*", metavar="KEY=VALUE", help="data ID in the repository")
    parser.add_argument("-c", "--collection", help="output collection of the run, in a repository")
    parser.add_argument(
        "--task", metavar="LABEL", default="buildTemplate", help="label of the task (default: %(default)s)"
    )
    args = parser.parse_intermixed_args(arguments)
    wrong = [each for each in args.id if "=" not in each]
    if wrong:
        parser.error(f"A data ID consists of KEY=VALUE, not {', '.join(wrong)}.")
    if bool(args.id) != bool(args.collection):
        parser.error("A template of a repository needs both a data ID and --collection.")
    return args


def _read(args: argparse.Namespace) -> tuple[ExposureF, str]:
    """Return the template that was asked for, and its name."""
    if not args.id:
        return ExposureF.readFits(args.source), os.path.basename(args.source)
    data_id: dict[str, str | int] = {}
    for each in args.id:
        key, _, value = each.partition("=")
        data_id[key] = int(value) if value.isdecimal() else value
    with Butler.from_config(args.source) as butler:
        data_id = {**_only_instrument(butler), **data_id}
        names = Names.of(butler, args.collection, args.task)
        return butler.get(names.template, data_id, collections=args.collection), (
            f"{names.template} " + ", ".join(f"{key} {value}" for key, value in data_id.items())
        )


def _only_instrument(butler: Butler) -> Mapping[str, str]:
    """Return the data ID of the instrument, if there is but one."""
    records = butler.query_dimension_records("instrument", explain=False)
    return {"instrument": records[0].name} if len(records) == 1 else {}
