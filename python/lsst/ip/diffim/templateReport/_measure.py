# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rows of the report: measurements and pictures of templates."""

from __future__ import annotations

__all__ = ("Measurer", "Outline", "ReportRow")

import base64
import contextlib
import dataclasses
import io
import logging
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from lsst.geom import Box2D, SpherePoint
from lsst.pipe.base.resource_usage import QuantumResourceUsage
from lsst.sphgeom import ConvexPolygon

from ._inputs import Inputs
from ._messages import root_cause
from ._outcome import describe_filter, is_filter_mismatch, judge
from ._planes import block_mean, classify, color, image_limits, pixel_unit, shrink, usable
from ._run import DatasetTypeNames, TemplateRecord

if TYPE_CHECKING:
    from lsst.afw.image import ExposureF
    from lsst.daf.butler import Butler, DatasetRef
    from lsst.pipe.base import TaskMetadata

_FWHM = 2 * np.sqrt(2 * np.log(2))
"""Full width at half maximum of a Gaussian of unit sigma."""

_QUALITY = 55
"""Quality of the compressed pictures, out of 100."""

_VARIANCE_RANGE = 4.0
"""Variance is shown from the median over this factor to the median times it.
"""


_STAGES = ("Read", "Mosaic", "Resample", "VarianceScale", "VarianceModel", "Metadata")
"""Stages of the task in order, as named in the metadata."""


@dataclasses.dataclass(frozen=True)
class Outline:
    """Outline of a detector on the sky.

    Parameters
    ----------
    corners
        Right ascension and declination (degrees) of the corners, in order
        around the detector.
    oriented
        Whether the first corner is at the origin of the pixels, and the
        second along the x axis from there.
    """

    corners: tuple[tuple[float, float], ...]
    oriented: bool

    @classmethod
    def of(cls, points: Iterable[SpherePoint], oriented: bool) -> Outline:
        """Return the outline through points."""
        return cls(
            tuple((point.getRa().asDegrees(), point.getDec().asDegrees()) for point in points), oriented
        )


@dataclasses.dataclass(frozen=True)
class ReportRow:
    """Entry of one template in the report.

    Parameters
    ----------
    visit, detector, name, run
        See `TemplateRecord`.
    status, reason, details, notes
        See `Outcome`.
    tracts, patches
        Number of tracts and patches used.
    covered, high_variance
        Fractions of pixels with data, and flagged HIGH_VARIANCE.
    variance
        Median variance of the pixels with data, in ``unit`` squared.
    unit
        Unit of the pixels: nJy, if the template is calibrated.
    fwhm
        FWHM of the PSF (arcsec), at the mean position of the pixels with
        data.
    seconds
        Wall-clock time of the quantum.
    stages
        Wall-clock times (s) of the stages that the task recorded.
    factors
        Factors applied to the variance that the task recorded.
    process_memory
        Peak resident set (bytes) of the process until then; it may have run
        other quanta before.
    pictures
        Compressed picture of each plane, as base64.
    limits
        Values shown as black and white in the picture of the image, in
        ``unit``.
    outline
        Outline of the detector on the sky.
    """

    visit: int
    detector: int
    name: str
    run: str
    status: str
    reason: str
    details: str = ""
    notes: tuple[str, ...] = ()
    tracts: int | None = None
    patches: int | None = None
    covered: float | None = None
    high_variance: float | None = None
    variance: float | None = None
    unit: str = "nJy"
    fwhm: float | None = None
    seconds: float | None = None
    stages: Mapping[str, float] = dataclasses.field(default_factory=dict)
    factors: Mapping[str, float] = dataclasses.field(default_factory=dict)
    process_memory: float | None = None
    pictures: dict[str, str] = dataclasses.field(default_factory=dict)
    limits: tuple[float, float] | None = None
    outline: Outline | None = None


class Measurer:
    """Maker of the rows of a report.

    If something cannot be read, a note is added to the row and no error is
    raised.

    Parameters
    ----------
    butler
        Butler of the repository.
    collection
        Output of the run.
    names
        Dataset types of the run.
    longest
        Longer side of the pictures (pixels). With 0, there are
        none, and no templates are read: their variance and PSF remain
        unknown.
    """

    def __init__(self, butler: Butler, collection: str, names: DatasetTypeNames, longest: int):
        self._butler = butler
        self._names = names
        self._longest = longest
        self._inputs = Inputs(butler, collection, names)

    def measure(self, record: TemplateRecord) -> ReportRow:
        """Measure a template, or find out why there is none."""
        notes: list[str] = []
        metadata = self._read(record.metadata, "task metadata", notes)
        log = self._read(record.log, "log", notes)
        outcome = judge(self._butler, self._names, self._inputs, record, metadata, log)
        values: dict[str, Any] = {}
        if metadata is not None:
            with _noting("The task metadata are incomplete", notes):
                values |= _read_metadata(metadata, self._names.task)
        if self._longest > 0:
            template = self._read(record.template, "template", notes)
            if template is not None:
                with _noting("The template cannot be measured", notes):
                    values |= _measure_exposure(template, self._longest)
        values["outline"] = self._find_outline(record, notes)
        return ReportRow(
            record.visit,
            record.detector,
            record.name,
            record.run,
            outcome.status,
            outcome.reason,
            outcome.details,
            tuple(
                dict.fromkeys((*outcome.notes, *(each for each in notes if not _said(each, outcome.reason))))
            ),
            **values,
        )

    def _read(self, ref: DatasetRef | None, what: str, notes: list[str]) -> Any:
        """Return a dataset, or note why it cannot be read."""
        if ref is None:
            return None
        with _noting(f"The {what} cannot be read", notes):
            return self._butler.get(ref)
        return None

    def _find_outline(self, record: TemplateRecord, notes: list[str]) -> Outline | None:
        """Return the outline of a detector, from its WCS or the registry."""
        outline = None
        if record.science is not None:
            with _noting("The science image cannot be read", notes):
                if self._butler.stored(record.science):
                    outline = self._read_outline(record.science, notes)
                elif record.template is not None:
                    notes.append("The science image has disappeared since.")
        if outline is None and isinstance(record.region, ConvexPolygon):
            vertices = record.region.getVertices()
            return Outline.of((SpherePoint(vertex) for vertex in vertices), oriented=False)
        return outline

    def _read_outline(self, science: DatasetRef, notes: list[str]) -> Outline | None:
        with _warnings() as messages:
            self._butler.get(science.makeComponentRef("filter"))
        notes += (text for each in messages if is_filter_mismatch(each) and (text := describe_filter(each)))
        wcs = self._butler.get(science.makeComponentRef("wcs"))
        if wcs is None:
            return None
        bbox = self._butler.get(science.makeComponentRef("bbox"))
        return Outline.of(wcs.pixelToSky(Box2D(bbox).getCorners()), oriented=True)


def _said(note: str, reason: str) -> bool:
    """Return whether a reason already includes the root cause of a note."""
    return note.partition(": ")[2].partition(". (")[0] in reason if reason else False


@contextlib.contextmanager
def _noting(what: str, notes: list[str]) -> Iterator[None]:
    """Turn an error into a note."""
    try:
        yield
    except MemoryError:
        raise
    except Exception as err:
        notes.append(f"{what}: {root_cause(str(err) or type(err).__name__)}")


@contextlib.contextmanager
def _warnings() -> Iterator[list[str]]:
    """Collect warnings that formatters log."""
    messages: list[str] = []
    logger = logging.getLogger("lsst.obs.base")
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: messages.append(record.getMessage())  # type: ignore[method-assign]
    propagate = logger.propagate
    logger.addHandler(handler)
    logger.propagate = False
    try:
        yield messages
    finally:
        logger.removeHandler(handler)
        logger.propagate = propagate


def _read_metadata(metadata: TaskMetadata, task: str) -> dict[str, Any]:
    """Return the values found in the task metadata."""
    recorded = metadata.get(task, {})
    usage = QuantumResourceUsage.from_task_metadata(metadata)
    names = list(recorded.names()) if hasattr(recorded, "names") else list(recorded)
    return {
        "tracts": recorded.get("nTracts"),
        "patches": recorded.get("nPatches"),
        "covered": recorded.get("fractionWithData"),
        "high_variance": recorded.get("fractionHighVariance"),
        "seconds": usage.total_time if usage is not None else None,
        "stages": {
            name.removeprefix("seconds"): recorded[name]
            for name in sorted(names, key=_place_of_stage)
            if name.startswith("seconds")
        },
        "factors": {name: recorded[name] for name in names if name.endswith("Factor")},
        "process_memory": usage.memory if usage is not None else None,
    }


def _place_of_stage(name: str) -> tuple[int, str]:
    """Return the position of a stage in the task; unknown stages come last."""
    stage = name.removeprefix("seconds")
    return _STAGES.index(stage) if stage in _STAGES else len(_STAGES), stage


def _measure_exposure(exposure: ExposureF, longest: int) -> dict[str, Any]:
    """Return the values measured on the template itself."""
    good = usable(exposure)
    image, variance = exposure.image.array, exposure.variance.array
    median = float(np.median(variance[good])) if good.any() else None
    factor, unit = pixel_unit(exposure)
    shape = shrink(image.shape, longest)
    covered = block_mean(good, shape)
    means = _mean(image, good, covered)
    low, high = image_limits(means[covered > 0])
    pictures = {
        "image": color(_asinh((means - low) / (high - low)), "gray"),
        "mask": classify(exposure.mask).picture(shape),
    }
    if median is not None and median > 0:
        ratio = np.maximum(_mean(variance, good, covered) / median, 1e-6)
        pictures["variance"] = color(0.5 + 0.5 * np.log(ratio) / np.log(_VARIANCE_RANGE), "viridis")
    return {
        "variance": median * factor**2 if median is not None else None,
        "unit": unit,
        "fwhm": _find_fwhm(exposure),
        "limits": (low * factor, high * factor),
        "pictures": {
            name: _encode(rgb, None if name == "mask" else covered) for name, rgb in pictures.items()
        },
    }


def _mean(array: np.ndarray, good: np.ndarray, covered: np.ndarray) -> np.ndarray:
    """Return the mean of the good pixels of each block; 0 if none."""
    total = block_mean(np.where(good, array, 0), covered.shape)
    return np.divide(total, covered, out=np.zeros_like(total), where=covered > 0)


def _asinh(values: np.ndarray) -> np.ndarray:
    """Stretch values from 0 to 1, faint ones more than bright ones."""
    return np.arcsinh(10 * np.clip(values, 0, 1)) / np.arcsinh(10)


def _encode(rgb: np.ndarray, alpha: np.ndarray | None) -> str:
    """Return a picture, top row first, as base64 of a WebP file."""
    planes = rgb if alpha is None else np.dstack([rgb, alpha])
    pixels = np.round(255 * np.clip(planes[::-1], 0, 1)).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "WEBP", quality=_QUALITY, method=4)
    return base64.b64encode(file.getvalue()).decode("ascii")


def _find_fwhm(exposure: ExposureF) -> float | None:
    """Return the FWHM of the PSF (arcsec); None without a PSF."""
    psf, wcs = exposure.getPsf(), exposure.getWcs()
    if psf is None or wcs is None:
        return None
    position = psf.getAveragePosition()
    scale = wcs.getPixelScale(position).asArcseconds()
    return float(_FWHM * psf.computeShape(position).getDeterminantRadius() * scale)
