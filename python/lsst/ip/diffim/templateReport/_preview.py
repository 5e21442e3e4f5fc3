# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Picture of one template: ``template-preview``."""

from __future__ import annotations

__all__ = ("drawTemplate", "read_template", "round_ticks", "save")

import math
import os
import pathlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from astropy.io import fits
from matplotlib.colors import AsinhNorm, LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from lsst.afw.image import ExposureF
from lsst.daf.butler import Butler, DatasetNotFoundError

from ._messages import UsageError, describe_folder, listing, nearest, sentence
from ._planes import CLEAR, block_mean, classify, image_limits, pixel_unit, shrink, usable
from ._run import DatasetTypeNames, open_repository

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.image import AxesImage

_LONGEST = 1000
"""Pixels along the longer side of a plane; larger planes are averaged."""


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
        Figure of image and variance in the units of the template, with color
        bars, and of the mask with the percentage of pixels in each plane.
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
    unit = _unit(exposure)
    _add_bar(_show(axes[0], exposure, image, "Image", cmap="gray", norm=norm), unit)

    positive = variance[variance > 0]
    scale = float(np.median(positive)) if positive.size else 1.0
    ends = np.percentile(positive, (0.5, 99.5)) if positive.size else (scale, scale)
    norm = LogNorm(min(ends[0], scale / 1.5), max(ends[1], scale * 1.5))
    squared = f"({unit})²" if " " in unit else f"{unit}²"
    _add_bar(_show(axes[1], exposure, variance, "Variance", cmap="viridis", norm=norm), squared)

    classes = classify(exposure.mask)
    _show(axes[2], exposure, classes.picture(shape), "Mask")
    keys = [
        Patch(color=color, label=f"{name} {100 * fraction:.2g} %")
        for name, color, fraction in zip(classes.names, classes.colors, classes.fractions, strict=True)
    ]
    keys.append(Patch(facecolor=CLEAR, edgecolor="0.7", label="none"))
    figure.legend(handles=keys, loc="outside lower center", ncols=7, fontsize=9, frameon=False)
    return figure


def _average(array: np.ndarray, good: np.ndarray, covered: np.ndarray) -> np.ndarray:
    """Return the mean of the good pixels of each block; NaN if none."""
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


def _unit(exposure: ExposureF) -> str:
    """Return the unit of the pixels in the file."""
    factor, unit = pixel_unit(exposure)
    return unit if factor == 1 else f"{factor:.4g} {unit}"


def _add_bar(image: AxesImage, label: str) -> None:
    """Add a color bar with ticks at round values."""
    bar = image.figure.colorbar(image, ax=image.axes, fraction=0.046, pad=0.02, extend="both")
    ticks = round_ticks(image.norm)
    bar.set_ticks(ticks, labels=[f"{tick:.6g}" for tick in ticks], fontsize=8)
    bar.minorticks_off()
    bar.set_label(label, fontsize=9)


def round_ticks(norm: Normalize) -> list[float]:
    """Return round values that are about evenly spaced in color.

    Parameters
    ----------
    norm
        Mapping of values to colors, from 0 to 1.

    Returns
    -------
    ticks
        Values within the limits, with one or two significant digits.
    """
    low, high = float(norm.vmin), float(norm.vmax)
    ticks: list[float] = []
    # Minimum distance, as a fraction of the bar.
    step = 0.11
    for value in _round_values(low, high):
        place = float(norm(value))
        if all(abs(place - float(norm(tick))) >= step for tick in ticks):
            ticks.append(value)
    return sorted(ticks)


def _round_values(low: float, high: float) -> list[float]:
    """Return candidates for ticks in a range, roundest first."""
    largest = max(abs(low), abs(high))
    smallest = (high - low) * 1e-3
    candidates = [0.0]
    for factors in ((1.0,), (5.0, 2.0), (3.0, 7.0, 1.5), (1.2, 2.5, 4.0, 6.0, 8.0)):
        for power in range(math.floor(math.log10(largest)), math.floor(math.log10(smallest)) - 1, -1):
            candidates += [sign * factor * 10.0**power for factor in factors for sign in (1, -1)]
    return [value for value in candidates if low <= value <= high]


def save(figure: Figure, path: pathlib.Path) -> None:
    """Write a figure, in the format given by the suffix of the file name.

    Raises
    ------
    UsageError
        Raised if the folder is missing or the format unknown.
    """
    formats = figure.canvas.get_supported_filetypes()
    if path.suffix.removeprefix(".").lower() not in formats:
        raise UsageError(
            f"Cannot draw {path}: {path.suffix or 'a name without suffix'} is not one of the formats "
            f"{', '.join(sorted(formats))}."
        )
    if not path.parent.is_dir():
        raise UsageError(f"There is no folder {path.parent} for {path.name}. {describe_folder(path.parent)}")
    partial = path.with_name(f".{path.name}.part")
    try:
        figure.savefig(partial, format=path.suffix.removeprefix(".").lower())
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def read_template(
    source: str, data_id: Mapping[str, str], collection: str, task: str
) -> tuple[ExposureF, str]:
    """Return a template and its name.

    Parameters
    ----------
    source
        FITS file, or repository.
    data_id
        Data ID in a repository, with values as strings; empty for a file.
    collection
        Output of the run, in a repository.
    task
        Label of the task, in a repository.

    Raises
    ------
    UsageError
        Raised if there is no such template, or if it has no variance.
    """
    if data_id:
        exposure, title = _read_dataset(source, data_id, collection, task)
    else:
        exposure, title = _read_file(source), os.path.basename(source)
    if not (exposure.variance.array > 0).any() and usable(exposure).any():
        planes = f" Its HDUs: {_describe_hdus(source)}." if not data_id else ""
        raise UsageError(f"{title} has no variance, so it is not a template.{planes}")
    return exposure, title


def _read_file(path: str) -> ExposureF:
    if "://" not in path and not os.path.isfile(path):
        raise UsageError(f"There is no file {path}. {describe_folder(pathlib.Path(path).resolve().parent)}")
    try:
        return ExposureF.readFits(path)
    except Exception as err:
        raise UsageError(
            f"{sentence(f'Cannot read {path}: {err}')} Its HDUs: {_describe_hdus(path)}."
        ) from err


def _describe_hdus(path: str) -> str:
    try:
        with fits.open(path) as hdus:
            return listing(
                f"{hdu.name or 'unnamed'} {hdu.shape}" if hdu.is_image else hdu.name for hdu in hdus
            )
    except (OSError, ValueError):
        return "none, it is not a FITS file"


def _read_dataset(repo: str, given: Mapping[str, str], collection: str, task: str) -> tuple[ExposureF, str]:
    with open_repository(repo) as butler:
        names = DatasetTypeNames.of(butler, collection, task)
        data_id = {**_only_instrument(butler), **_typed_data_id(butler, names.template, given)}
        title = ", ".join(f"{key} {value}" for key, value in data_id.items())
        missing = [
            key for key in butler.get_dataset_type(names.template).dimensions.required if key not in data_id
        ]
        if missing:
            raise UsageError(
                f"The data ID lacks {' and '.join(missing)}. "
                f"{_describe_templates(butler, names, collection, data_id)}"
            )
        try:
            return butler.get(names.template, data_id, collections=collection), f"{names.template} {title}"
        except DatasetNotFoundError as err:
            raise UsageError(
                f"{collection} has no {names.template} for {title}. "
                f"{_describe_templates(butler, names, collection, data_id)}"
            ) from err
        except Exception as err:
            raise UsageError(sentence(f"Cannot read {names.template} of {title}: {err}")) from err


def _typed_data_id(butler: Butler, name: str, given: Mapping[str, str]) -> dict[str, str | int]:
    """Check the keys of a data ID and give its values their types."""
    dimensions = butler.get_dataset_type(name).dimensions
    data_id: dict[str, str | int] = {}
    for key, value in given.items():
        if key not in dimensions:
            keys = listing(nearest(key, dimensions.required))
            raise UsageError(f"A data ID of {name} has no {key}, as in {key}={value}. Its keys: {keys}.")
        if butler.dimensions.dimensions[key].primaryKey.getPythonType() is int:
            if not value.isdecimal():
                raise UsageError(f"The value of {key} must be an integer, not {value!r} as in {key}={value}.")
            data_id[key] = int(value)
        else:
            data_id[key] = value
    return data_id


def _describe_templates(
    butler: Butler, names: DatasetTypeNames, collection: str, data_id: Mapping[str, str | int]
) -> str:
    """Describe the existing templates of the visit, or of all visits."""
    refs = butler.query_datasets(names.template, collection, explain=False, limit=None)
    detectors = [int(ref.dataId["detector"]) for ref in refs if ref.dataId["visit"] == data_id.get("visit")]
    if detectors:
        return f"There are templates of visit {data_id['visit']}, detectors {listing(detectors)}."
    return f"There are templates of visits {listing(int(ref.dataId['visit']) for ref in refs)}."


def _only_instrument(butler: Butler) -> Mapping[str, str]:
    """Return the data ID of the instrument, if there is only one."""
    records = butler.query_dimension_records("instrument", explain=False)
    return {"instrument": records[0].name} if len(records) == 1 else {}
