# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""The true sky: stars and galaxies made of Gaussians, so that the image of
any of them through any of the demo's PSFs is known in closed form.
"""

from __future__ import annotations

__all__ = ("Mixture", "Sky", "make_sky")


import dataclasses

import lsst.geom
import numpy as np
from lsst.afw.geom import SkyWcs, makeCdMatrix, makeSkyWcs

# Fraction of the light, and variance in units of the nominal one, of the two
# Gaussians that make up a galaxy; a star has no extent.
GALAXY_PARTS = ((0.5, 0.3), (0.5, 1.7))

# Radius of a source, in standard deviations of its widest Gaussian.
REACH = 6.0

ARCSEC = np.pi / (180 * 3600)


@dataclasses.dataclass(frozen=True)
class Mixture:
    """A round point spread function: concentric Gaussians of unit total flux.

    Parameters
    ----------
    parts
        Fraction of the flux and variance (arcsec^2) of each Gaussian.
    """

    parts: tuple[tuple[float, float], ...]

    def blurred(self, sigma: float) -> Mixture:
        """Return a copy convolved with a Gaussian of ``sigma`` arcsec."""
        return Mixture(tuple((fraction, variance + sigma**2) for fraction, variance in self.parts))

    def image(self, scale: float, half: int) -> np.ndarray:
        """Return the kernel image of ``2*half + 1`` pixels on a side, sum 1,
        for pixels of ``scale`` arcsec.
        """
        offset = np.arange(-half, half + 1) * scale
        square = offset[:, np.newaxis] ** 2 + offset**2
        image = np.sum([f / v * np.exp(-0.5 * square / v) for f, v in self.parts], axis=0)
        return image / image.sum()

    @classmethod
    def mean(cls, mixtures: list[Mixture]) -> Mixture:
        """Return the average of several mixtures, as in a coadd."""
        n = len(mixtures)
        return cls(tuple((fraction / n, variance) for m in mixtures for fraction, variance in m.parts))


@dataclasses.dataclass(frozen=True)
class Sky:
    """Sources with position, flux and shape.

    Parameters
    ----------
    ra, dec
        ICRS positions (radians), shape ``(n,)``.
    flux
        Total fluxes (nJy), shape ``(n,)``.
    shape
        Covariance of the light in directions east and north (arcsec^2), shape
        ``(n, 2, 2)``; zero for a star.
    """

    ra: np.ndarray
    dec: np.ndarray
    flux: np.ndarray
    shape: np.ndarray

    @classmethod
    def star(cls, position: lsst.geom.SpherePoint, flux: float) -> Sky:
        """Return a sky with one star, of a flux in nJy."""
        ra, dec = position.getRa().asRadians(), position.getDec().asRadians()
        return cls(np.array([ra]), np.array([dec]), np.array([flux]), np.zeros((1, 2, 2)))

    def __add__(self, other: Sky) -> Sky:
        return Sky(
            np.concatenate([self.ra, other.ra]),
            np.concatenate([self.dec, other.dec]),
            np.concatenate([self.flux, other.flux]),
            np.concatenate([self.shape, other.shape]),
        )

    def render(self, wcs: SkyWcs, bbox: lsst.geom.Box2I, psf: Mixture) -> np.ndarray:
        """Draw the noiseless image.

        Each source is drawn with the WCS linearized at its own position,
        which over a few arcsec is exact to 1e-4 of the surface brightness.

        Parameters
        ----------
        wcs
            WCS of the image.
        bbox
            Pixels to draw.
        psf
            Point spread function on the sky.

        Returns
        -------
        image
            Flux per pixel (nJy), float64, shape (height, width) of ``bbox``.
        """
        image = np.zeros((bbox.getHeight(), bbox.getWidth()))
        x, y = wcs.skyToPixelArray(self.ra, self.dec)
        x -= bbox.getMinX()
        y -= bbox.getMinY()
        near = (np.abs(x - image.shape[1] / 2) < image.shape[1]) & (
            np.abs(y - image.shape[0] / 2) < image.shape[0]
        )
        jacobian = _sky_to_pixel_jacobian(wcs, self.ra[near], self.dec[near])
        shape = self.shape[near]
        is_star = np.all(shape == 0, axis=(1, 2))
        for number, (share, factor) in enumerate(GALAXY_PARTS):
            # A star has only the first component.
            light = np.where(is_star, number == 0, share)
            for fraction, variance in psf.parts:
                covariance = jacobian @ (factor * shape + variance * np.eye(2)) @ jacobian.transpose(0, 2, 1)
                _add_gaussians(image, x[near], y[near], self.flux[near] * light * fraction, covariance)
        return image


def _sky_to_pixel_jacobian(wcs: SkyWcs, ra: np.ndarray, dec: np.ndarray) -> np.ndarray:
    """Return pixels per arcsec east and north, shape ``(n, 2, 2)``."""
    east = ARCSEC / np.cos(dec)
    columns = [
        np.subtract(wcs.skyToPixelArray(ra + dr, dec + dd), wcs.skyToPixelArray(ra - dr, dec - dd)) / 2
        for dr, dd in ((east, 0.0), (0.0, ARCSEC))
    ]
    return np.array(columns).transpose(2, 1, 0)


def _add_gaussians(
    image: np.ndarray, x: np.ndarray, y: np.ndarray, flux: np.ndarray, covariance: np.ndarray
) -> None:
    """Add Gaussians at positions in an image, with covariances in pixels^2,
    shape ``(n, 2, 2)``.
    """
    height, width = image.shape
    rx, ry = REACH * np.sqrt(np.diagonal(covariance, axis1=1, axis2=2)).T
    seen = (flux > 0) & (x > -rx) & (x < width + rx) & (y > -ry) & (y < height + ry)
    peak = flux / (2 * np.pi * np.sqrt(np.linalg.det(covariance)))
    inverse = -0.5 * np.linalg.inv(covariance)
    for i in np.flatnonzero(seen):
        x0, x1 = max(0, int(x[i] - rx[i]) + 1), min(width, int(x[i] + rx[i]) + 1)
        y0, y1 = max(0, int(y[i] - ry[i]) + 1), min(height, int(y[i] + ry[i]) + 1)
        dx = np.arange(x0, x1) - x[i]
        dy = (np.arange(y0, y1) - y[i])[:, np.newaxis]
        (a, b), (_, d) = inverse[i]
        image[y0:y1, x0:x1] += peak[i] * np.exp(a * dx**2 + 2 * b * dx * dy + d * dy**2)


def make_sky(center: lsst.geom.SpherePoint, half_width: float, noise: float, seed: int = 7) -> Sky:
    """Scatter stars and galaxies over a square of the sky.

    Parameters
    ----------
    center
        Center of the square.
    half_width
        Half the side of the square (arcsec).
    noise
        Noise of a coadd pixel (nJy), which sets the range of fluxes.
    seed
        Seed of the random numbers.

    Returns
    -------
    sky
        Sky with 15 stars and 15 galaxies per square arcmin.
    """
    rng = np.random.default_rng(seed)
    stars = galaxies = int(15 * (half_width / 30) ** 2)
    n = stars + galaxies
    plane = makeSkyWcs(lsst.geom.Point2D(0, 0), center, makeCdMatrix(1 * lsst.geom.arcseconds))
    ra, dec = plane.pixelToSkyArray(*rng.uniform(-half_width, half_width, (2, n)))

    flux = noise * np.concatenate(
        [100 * (1 - rng.uniform(size=stars)) ** -0.9, 200 * (1 - rng.uniform(size=galaxies)) ** -0.9]
    )
    flux = np.minimum(flux, 2e4 * noise)

    size = rng.uniform(0.2, 0.8, galaxies) * (flux[stars:] / (200 * noise)) ** 0.25
    ratio = rng.uniform(0.3, 1.0, galaxies)
    angle = rng.uniform(0, np.pi, galaxies)
    axes = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]).transpose(2, 0, 1)
    shape = np.zeros((n, 2, 2))
    spread = np.stack([size**2, (ratio * size) ** 2], axis=-1)
    shape[stars:] = axes @ (spread[:, :, np.newaxis] * axes.transpose(0, 2, 1))
    return Sky(ra, dec, flux, shape)
