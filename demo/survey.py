# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Layout of the survey: its tracts, gaps and visits."""

from __future__ import annotations

__all__ = ("Band", "CoaddVisit", "Survey", "Visit")


import dataclasses
import functools

import lsst.geom
import numpy as np
from lsst.afw.geom import SkyWcs, makeCdMatrix, makeSkyWcs
from lsst.skymap import DiscreteSkyMap

from .instrument import DemoCam
from .sky import Mixture, Sky, make_sky
from .synthetic import make_sky_map


@dataclasses.dataclass(frozen=True)
class CoaddVisit:
    """One of the images that nominally make up a coadd.

    Parameters
    ----------
    rotation
        Position angle of its pixels (degrees).
    sigma1, sigma2, ratio
        Widths (pixels) of its PSF's two Gaussians, and the ratio of their
        peaks; a ``ratio`` of 0 is a single Gaussian.
    """

    rotation: float
    sigma1: float
    sigma2: float = 1.0
    ratio: float = 0.0

    def mixture(self, scale: float) -> Mixture:
        """Return the PSF on the sky, for pixels of ``scale`` arcsec."""
        core, wing = self.sigma1**2, self.sigma2**2
        total = core + self.ratio * wing
        parts = ((core / total, core * scale**2), (self.ratio * wing / total, wing * scale**2))
        return Mixture(tuple(part for part in parts if part[0] > 0))


@dataclasses.dataclass(frozen=True)
class Visit:
    """A visit of the camera.

    Parameters
    ----------
    id
        Number of the visit.
    offset
        Offset of the boresight from the survey's center, east and north
        (arcsec).
    rotation
        Position angle of the camera (degrees).
    transient
        Flux (nJy) of the transient at the time of the visit.
    """

    id: int
    offset: tuple[float, float]
    rotation: float
    transient: float = 0.0


@dataclasses.dataclass(frozen=True)
class Band:
    """A band across a tract, in which the coadds differ.

    Parameters
    ----------
    tract
        Number of the tract.
    angle
        Angle of its normal to the x axis (degrees).
    distance
        Distance from the survey's center; like ``half_width``, as a fraction
        of a patch.
    noise
        Factor on the noise; infinity if there are no data.
    """

    tract: int
    angle: float
    distance: float
    half_width: float
    noise: float

    def contains(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return whether positions, in patches from the center, are inside."""
        angle = np.radians(self.angle)
        return np.abs(np.cos(angle) * x + np.sin(angle) * y - self.distance) <= self.half_width


@dataclasses.dataclass(frozen=True)
class Survey:
    """Three tracts that meet at a point, and visits of the camera near it.

    Parameters
    ----------
    detectors
        Number of the camera's detectors in use. The tracts grow with
        them.
    """

    detectors: int = 4

    seed = 7

    skymap_name = "demo_skymap"
    band = "r"
    physical_filter = "demo_r"
    center = lsst.geom.SpherePoint(56.0, -65.0, lsst.geom.degrees)
    patch_size = 1000
    patch_border = 50
    scale = 0.2

    coadd_noise = 10.0
    """Noise of a coadd pixel (nJy)."""
    visit_noise = 25.0
    """Noise of a science pixel (nJy)."""
    visit_blur = 0.25
    """Sigma (arcsec) of the Gaussian that degrades the science images."""

    coadd_visits = (
        CoaddVisit(rotation=10.0, sigma1=1.50, sigma2=3.0, ratio=0.10),
        CoaddVisit(rotation=100.0, sigma1=1.60, sigma2=3.4, ratio=0.08),
        CoaddVisit(rotation=205.0, sigma1=1.70),
    )
    visits = (
        Visit(101, offset=(-15.0, 12.0), rotation=8.0),
        Visit(102, offset=(20.0, -6.0), rotation=-33.0, transient=8000.0),
    )
    transient_offset = (160.0, -35.0)
    """Offset of the transient from the center, east and north (arcsec)."""
    bands = (
        Band(tract=0, angle=20.0, distance=-0.63, half_width=0.02, noise=np.inf),
        Band(tract=0, angle=100.0, distance=-0.44, half_width=0.08, noise=3.0),
    )

    @functools.cached_property
    def camera(self) -> DemoCam:
        """The instrument."""
        return DemoCam()

    @functools.cached_property
    def patches(self) -> int:
        """Patches along one side of a tract."""
        return 2 * self.camera.reach(self.detectors)

    @functools.cached_property
    def psf(self) -> Mixture:
        """Point spread function of the coadds."""
        return Mixture.mean([visit.mixture(self.scale) for visit in self.coadd_visits])

    @functools.cached_property
    def visit_psf(self) -> Mixture:
        """Point spread function of the science images."""
        return self.psf.blurred(self.visit_blur)

    @functools.cached_property
    def plane(self) -> SkyWcs:
        """WCS from arcsec west and north of the survey's center, to sky."""
        return makeSkyWcs(lsst.geom.Point2D(0, 0), self.center, makeCdMatrix(1 * lsst.geom.arcseconds))

    @functools.cached_property
    def skymap(self) -> DiscreteSkyMap:
        """Two tracts side by side, and one on top in the middle."""
        # A few pixels less than full patches, so that rounding adds no row.
        half = 0.5 * (self.patches * self.patch_size - 10) * self.scale
        step = half - 0.5 * 2 * self.patch_border * self.scale
        return make_sky_map(
            [self.at(east, north) for east, north in ((step, -step), (-step, -step), (0, step))],
            half * lsst.geom.arcseconds,
            scale=self.scale * lsst.geom.arcseconds,
            patch=[self.patch_size] * 2,
            border=self.patch_border,
        )

    @functools.cached_property
    def sky(self) -> Sky:
        """All sources except the transient."""
        return make_sky(self.center, 1.05 * self.patches * self.patch_size * self.scale, self.coadd_noise)

    @property
    def transient(self) -> lsst.geom.SpherePoint:
        """Position of the transient."""
        return self.at(*self.transient_offset)

    def at(self, east: float, north: float) -> lsst.geom.SpherePoint:
        """Return the position at an offset (arcsec) from the center."""
        return self.plane.pixelToSky(lsst.geom.Point2D(-east, north))

    def wcs(self, visit: Visit, detector: int) -> SkyWcs:
        """Return the WCS of a science image."""
        return self.camera.wcs(detector, self.at(*visit.offset), visit.rotation * lsst.geom.degrees)

    def noise_factor(self, tract: int, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the noise of a tract's coadds relative to the nominal noise.

        Parameters
        ----------
        tract
            Number of the tract.
        x, y
            Pixel positions in the tract, of any shape.

        Returns
        -------
        factor
            1 in most places, infinity where there are no data.
        """
        bbox = self.skymap[tract].getBBox()
        factor = np.where(
            (x > -0.5) & (y > -0.5) & (x < bbox.getWidth() - 0.5) & (y < bbox.getHeight() - 0.5),
            1.0,
            np.inf,
        )
        center = self.skymap[tract].getWcs().skyToPixel(self.center)
        u, v = (x - center.getX()) / self.patch_size, (y - center.getY()) / self.patch_size
        for band in self.bands:
            if band.tract == tract:
                factor = np.where(band.contains(u, v), np.maximum(factor, band.noise), factor)
        return factor
