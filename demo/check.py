# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Comparison of templates with the noiseless truth."""

from __future__ import annotations

__all__ = ("LIMITS", "TemplateCheck", "check_templates", "difference", "format_table", "transient_flux")


import dataclasses
import datetime

import lsst.geom
import numpy as np
from lsst.afw.image import ExposureF
from lsst.daf.butler import Butler
from lsst.pipe.base import TaskMetadata
from scipy.ndimage import gaussian_filter

from .sky import Sky
from .survey import Survey, Visit

LIMITS = {
    # Noise is independent between tracts here, so their mean is less noisy
    # than the variance plane of the mosaic says.
    "rms": (0.7, 1.1),
    # The lanczos3 kernel raises the peak of a Gaussian with a sigma of 1.5
    # pixels by 0.2%.
    "flux": (1.0, 1.002),
    "uncovered": (-0.003, 0.003),
}
"""Range of each quantity within which a template agrees with the truth; for
the flux, without the effect of noise."""

SIGNIFICANT = 4
"""Number of sigmas by which noise may change the flux."""

MASK_REACH = 0.5
IMAGE_REACH = 2.5
"""Pixels by which resampling spreads missing pixels (bilinear) and good ones
(lanczos3); those in between have a value, but are marked as NO_DATA."""


@dataclasses.dataclass
class TemplateCheck:
    """Comparison of one template with the truth.

    Parameters
    ----------
    visit, detector
        Science image that the template was made for.
    tracts, patches
        Numbers of tracts and patches used.
    covered, expected
        Fraction of pixels with data, and its expected value.
    rms
        RMS of the difference from the truth in units of the template's sigma.
    flux, flux_sigma
        Factor on the truth that fits the template best, and its error.
    seconds
        Wall time that the template took.
    """

    visit: int
    detector: int
    tracts: int
    patches: int
    covered: float
    expected: float
    rms: float
    flux: float
    flux_sigma: float
    seconds: float

    def faults(self) -> list[str]:
        """Return the figures that are outside `LIMITS`."""
        found = {"rms": self.rms, "flux": self.flux, "uncovered": self.expected - self.covered}
        noise = {"flux": SIGNIFICANT * self.flux_sigma}
        limits = {
            name: (low - noise.get(name, 0.0), high + noise.get(name, 0.0))
            for name, (low, high) in LIMITS.items()
        }
        # The comparison is written so that NaN is a fault.
        return [
            f"{name} {found[name]:.4f} is not in {low:.4f} to {high:.4f}"
            for name, (low, high) in limits.items()
            if not low <= found[name] <= high
        ]


def check_templates(survey: Survey, butler: Butler) -> list[TemplateCheck]:
    """Compare all templates with the truth.

    Parameters
    ----------
    survey
        Simulated survey.
    butler
        Butler with the templates in its default collections.

    Returns
    -------
    rows
        One for each detector of each visit.
    """
    return [
        _check(survey, butler, visit, detector)
        for visit in survey.visits
        for detector in range(survey.detectors)
    ]


def _check(survey: Survey, butler: Butler, visit: Visit, detector: int) -> TemplateCheck:
    data_id = {"instrument": survey.camera.getName(), "visit": visit.id, "detector": detector}
    template = butler.get("goodSeeingDiff_templateExp", data_id)
    good = template.mask.array & template.mask.getPlaneBitMask("NO_DATA") == 0
    truth = survey.sky.render(template.getWcs(), template.getBBox(), survey.psf)[good]
    image = template.image.array[good].astype(float)
    variance = template.variance.array[good].astype(float)
    used = template.getInfo().getCoaddInputs().ccds
    weight = np.sum(truth**2 / variance)
    return TemplateCheck(
        visit=visit.id,
        detector=detector,
        tracts=len({record["tract"] for record in used}),
        patches=len(used),
        covered=float(good.mean()),
        expected=_expected_coverage(survey, template),
        rms=float(np.sqrt(np.mean((image - truth) ** 2 / variance))),
        flux=float(np.sum(truth * image / variance) / weight),
        flux_sigma=float(weight**-0.5),
        seconds=_seconds(butler.get("buildTemplate_metadata", data_id)),
    )


def _seconds(metadata: TaskMetadata) -> float:
    """Return the wall time of a quantum, including reading and writing."""
    quantum = metadata["quantum"]
    begin, end = (datetime.datetime.fromisoformat(quantum[f"{name}Utc"]) for name in ("start", "end"))
    return (end - begin).total_seconds()


def _expected_coverage(survey: Survey, template: ExposureF) -> float:
    """Return the fraction of pixels that some tract covers, from geometry."""
    bbox = template.getBBox()
    step = 4
    x, y = np.meshgrid(
        np.arange(bbox.getBeginX(), bbox.getEndX(), step, dtype=float),
        np.arange(bbox.getBeginY(), bbox.getEndY(), step, dtype=float),
    )
    sky = template.getWcs().pixelToSkyArray(x.ravel(), y.ravel())
    covered = np.zeros(x.size, dtype=bool)
    spoiled = np.zeros(x.size, dtype=bool)
    for tract in survey.skymap:
        u, v = tract.getWcs().skyToPixelArray(*sky)
        rim = lsst.geom.Box2D(tract.getBBox()).erodedBy(IMAGE_REACH)
        inside = rim.contains(u, v)
        whole = inside & np.all(_has_data_around(survey, tract.getId(), u, v, MASK_REACH), axis=0)
        touched = inside & np.any(_has_data_around(survey, tract.getId(), u, v, IMAGE_REACH), axis=0)
        covered |= whole
        # At a gap, a tract marks even pixels that other tracts cover.
        spoiled |= touched & ~whole
    return float(np.mean(covered & ~spoiled))


def _has_data_around(
    survey: Survey, tract: int, x: np.ndarray, y: np.ndarray, reach: float
) -> list[np.ndarray]:
    """Return whether the coadds have data at nine points around positions."""
    steps = (-reach, 0.0, reach)
    return [np.isfinite(survey.noise_factor(tract, x + dx, y + dy)) for dx in steps for dy in steps]


def difference(survey: Survey, science: ExposureF, template: ExposureF) -> np.ndarray:
    """Subtract a template from its science image.

    The template is matched to the science image's seeing with the Gaussian
    used in the simulation; image subtraction would fit a kernel instead.

    Parameters
    ----------
    survey
        Simulated survey.
    science, template
        Image and template of one detector.

    Returns
    -------
    difference
        Flux per pixel (nJy), NaN where the template has no data, shape of
        ``science``.
    """
    missing = template.mask.array & template.mask.getPlaneBitMask("NO_DATA") != 0
    matched = gaussian_filter(template.image.array.astype(float), survey.visit_blur / survey.scale)
    matched[missing] = np.nan
    inside = science.getBBox().shiftedBy(lsst.geom.Point2I(0, 0) - template.getBBox().getMin())
    return science.image.array - matched[inside.getSlices()]


def transient_flux(survey: Survey, science: ExposureF, template: ExposureF) -> tuple[float, float]:
    """Measure the transient in the difference of an image and its template.

    Parameters
    ----------
    survey
        Simulated survey.
    science, template
        Image and template of one detector.

    Returns
    -------
    flux, sigma
        Best fit of the PSF at the known position (nJy).
    """
    position = science.getWcs().skyToPixel(survey.transient)
    box = lsst.geom.Box2I.makeCenteredBox(position, lsst.geom.Extent2I(25, 25))
    psf = Sky.star(survey.transient, 1.0).render(science.getWcs(), box, survey.visit_psf)
    values = difference(survey, science, template)[box.getSlices()]
    variance = science.variance.array[box.getSlices()]
    weight = np.sum(psf**2 / variance)
    return float(np.sum(psf * values / variance) / weight), float(weight**-0.5)


def format_table(rows: list[TemplateCheck]) -> str:
    """Format the rows as a table, followed by the faults."""
    lines = [
        "  visit  detector  tracts  patches   covered  expected  rms/sigma     flux  seconds",
        "  -----  --------  ------  -------  --------  --------  ---------  -------  -------",
    ]
    for row in rows:
        lines.append(
            f"  {row.visit:5d}  {row.detector:8d}  {row.tracts:6d}  {row.patches:7d}"
            f"  {row.covered:8.2%}  {row.expected:8.2%}  {row.rms:9.3f}  {row.flux:7.4f}  {row.seconds:7.2f}"
            f"{'  WRONG' if row.faults() else ''}"
        )
    for row in rows:
        lines += [f"  visit {row.visit} detector {row.detector}: {fault}" for fault in row.faults()]
    return "\n".join(lines)
