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

"""A line of the report: one template, measured and pictured."""

from __future__ import annotations

import base64
import dataclasses
import io
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from lsst.geom import Box2D, SpherePoint
from lsst.pipe.base.resource_usage import QuantumResourceUsage
from lsst.sphgeom import ConvexPolygon

from ._planes import block_mean, classify, colour, image_limits, shrink, usable
from ._run import Quantum, outcome

if TYPE_CHECKING:
    from lsst.afw.image import ExposureF
    from lsst.daf.butler import Butler
    from lsst.pipe.base import TaskMetadata

__all__ = ["Outline", "Row", "measure"]

_FWHM = 2 * np.sqrt(2 * np.log(2))
"""Full width at half maximum of a Gaussian of unit sigma."""

_QUALITY = 55
"""Of the compressed pictures, of 100."""

_VARIANCE_RANGE = 4.0
"""Variance is shown from the median over this to the median times this."""


@dataclasses.dataclass(frozen=True)
class Outline:
    """Where a detector is on the sky.

    Parameters
    ----------
    corners
        Right ascension and declination (degrees) of each, in order around
        the detector.
    oriented
        Whether the first lies at the origin of the pixels, and the second
        along their x axis from there.
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
class Row:
    """What the report says of one template.

    Parameters
    ----------
    visit, detector, name, run
        See `Quantum`.
    status, reason
        See `outcome`.
    tracts, patches
        Number of those used.
    covered, high_variance
        Fractions of pixels with data, and flagged HIGH_VARIANCE.
    variance
        Median over the pixels with data, in the square of the unit of the
        coadds.
    fwhm
        Of the PSF (arcsec), at the mean position of the pixels with data.
    seconds
        Wall-clock time of the quantum.
    memory
        Largest resident set of its process (bytes).
    pictures
        Name of a plane to a compressed picture of it, as base64.
    limits
        What is black and white in the picture of the image.
    outline
        Of the detector on the sky.
    """

    visit: int
    detector: int
    name: str
    run: str
    status: str
    reason: str
    tracts: int | None = None
    patches: int | None = None
    covered: float | None = None
    high_variance: float | None = None
    variance: float | None = None
    fwhm: float | None = None
    seconds: float | None = None
    memory: float | None = None
    pictures: dict[str, str] = dataclasses.field(default_factory=dict)
    limits: tuple[float, float] | None = None
    outline: Outline | None = None


def measure(butler: Butler, task: str, quantum: Quantum, longest: int) -> Row:
    """Measure a template.

    Parameters
    ----------
    butler
        Butler of the repository.
    task
        Label of the task.
    quantum
        What to measure.
    longest
        Longer side of the pictures (pixels). 0 makes none and leaves the
        template unread: its variance and PSF then remain unknown.

    Returns
    -------
    row
        Line of the report.
    """
    metadata = butler.get(quantum.metadata) if quantum.metadata is not None else None
    status, reason = outcome(butler, quantum, metadata)
    values: dict[str, Any] = _read_metadata(metadata, task) if metadata is not None else {}
    if quantum.template is not None and longest > 0:
        exposure = butler.get(quantum.template)
        values |= _measure_exposure(exposure, longest)
    values["outline"] = _find_outline(butler, quantum)
    return Row(quantum.visit, quantum.detector, quantum.name, quantum.run, status, reason, **values)


def _read_metadata(metadata: TaskMetadata, task: str) -> dict[str, Any]:
    """Return what task metadata tell."""
    recorded = metadata.get(task, {})
    usage = QuantumResourceUsage.from_task_metadata(metadata)
    return {
        "tracts": recorded.get("nTracts"),
        "patches": recorded.get("nPatches"),
        "covered": recorded.get("fractionWithData"),
        "high_variance": recorded.get("fractionHighVariance"),
        "seconds": usage.total_time if usage is not None else None,
        "memory": usage.memory if usage is not None else None,
    }


def _measure_exposure(exposure: ExposureF, longest: int) -> dict[str, Any]:
    """Return what the template itself tells."""
    good = usable(exposure)
    image, variance = exposure.image.array, exposure.variance.array
    median = float(np.median(variance[good])) if good.any() else None
    shape = shrink(image.shape, longest)
    covered = block_mean(good, shape)
    means = _mean(image, good, covered)
    low, high = limits = image_limits(means[covered > 0])
    pictures = {
        "image": colour(_asinh((means - low) / (high - low)), "gray"),
        "mask": classify(exposure.mask).picture(shape),
    }
    if median:
        ratio = np.maximum(_mean(variance, good, covered) / median, 1e-6)
        pictures["variance"] = colour(0.5 + 0.5 * np.log(ratio) / np.log(_VARIANCE_RANGE), "viridis")
    return {
        "variance": median,
        "fwhm": _find_fwhm(exposure),
        "limits": limits,
        "pictures": {
            name: _encode(rgb, None if name == "mask" else covered) for name, rgb in pictures.items()
        },
    }


def _mean(array: np.ndarray, good: np.ndarray, covered: np.ndarray) -> np.ndarray:
    """Return the mean of the good pixels of each block, 0 without any."""
    total = block_mean(np.where(good, array, 0), covered.shape)
    return np.divide(total, covered, out=np.zeros_like(total), where=covered > 0)


def _asinh(values: np.ndarray) -> np.ndarray:
    """Stretch values from 0 to 1, the faint more than the bright."""
    return np.arcsinh(10 * np.clip(values, 0, 1)) / np.arcsinh(10)


def _encode(rgb: np.ndarray, alpha: np.ndarray | None) -> str:
    """Return a picture, top row first, as base64 of a WebP file."""
    planes = rgb if alpha is None else np.dstack([rgb, alpha])
    pixels = np.round(255 * np.clip(planes[::-1], 0, 1)).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "WEBP", quality=_QUALITY, method=4)
    return base64.b64encode(file.getvalue()).decode("ascii")


def _find_fwhm(exposure: ExposureF) -> float | None:
    """Return the width of the PSF (arcsec), None for want of a PSF."""
    psf, wcs = exposure.getPsf(), exposure.getWcs()
    if psf is None or wcs is None:
        return None
    position = psf.getAveragePosition()
    scale = wcs.getPixelScale(position).asArcseconds()
    return float(_FWHM * psf.computeShape(position).getDeterminantRadius() * scale)


def _find_outline(butler: Butler, quantum: Quantum) -> Outline | None:
    """Return where a detector is, by its WCS or else by the registry."""
    if quantum.science is not None and butler.stored(quantum.science):
        wcs = butler.get(quantum.science.makeComponentRef("wcs"))
        if wcs is not None:
            bbox = butler.get(quantum.science.makeComponentRef("bbox"))
            return Outline.of(wcs.pixelToSky(Box2D(bbox).getCorners()), oriented=True)
    if isinstance(quantum.region, ConvexPolygon):
        return Outline.of((SpherePoint(vertex) for vertex in quantum.region.getVertices()), oriented=False)
    return None
