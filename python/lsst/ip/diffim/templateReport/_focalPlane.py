# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Detectors of a visit on a plane, upright as in the camera."""

from __future__ import annotations

__all__ = ("FocalPlane",)

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from lsst.afw.geom import makeCdMatrix, makeSkyWcs
from lsst.geom import Point2D, SpherePoint, arcseconds, degrees
from lsst.sphgeom import UnitVector3d, Vector3d

from ._measure import Outline


@dataclasses.dataclass(frozen=True)
class FocalPlane:
    """Detectors of a visit, oriented like the most central one.

    Parameters
    ----------
    polygons
        Corners of each detector, shape (number, 2), in arcsec from the
        center, to the right and up on the page.
    north, east
        Directions on the page, as unit vectors, shape (2,).
    """

    polygons: Mapping[int, np.ndarray]
    north: np.ndarray
    east: np.ndarray

    @classmethod
    def project(cls, outlines: Mapping[int, Outline]) -> FocalPlane:
        """Project detectors to the tangent plane at their center.

        Parameters
        ----------
        outlines
            Outline of each detector; at least one.

        Returns
        -------
        plane
            Oriented like the pixels of the oriented detector that is
            closest to the center, or with north up and east left if there
            is none.
        """
        points = {
            detector: [SpherePoint(*corner, degrees) for corner in outline.corners]
            for detector, outline in outlines.items()
        }
        flat = _tangent_plane([point for corners in points.values() for point in corners])
        ends = np.cumsum([len(corners) for corners in points.values()])[:-1]
        polygons = dict(zip(points, np.split(flat, ends), strict=True))
        oriented = [polygon for detector, polygon in polygons.items() if outlines[detector].oriented]
        turn = (
            _upright(min(oriented, key=lambda polygon: np.hypot(*polygon.mean(axis=0))))
            if oriented
            else np.eye(2)
        )
        return cls(
            {detector: polygon @ turn.T for detector, polygon in polygons.items()},
            north=turn @ (0.0, 1.0),
            east=turn @ (-1.0, 0.0),
        )


def _tangent_plane(points: Sequence[SpherePoint]) -> np.ndarray:
    """Return offsets (arcsec) west and north of the mean of points."""
    vectors = np.array([point.getVector() for point in points])
    center = SpherePoint(UnitVector3d(Vector3d(*(float(each) for each in vectors.mean(axis=0)))))
    plane = makeSkyWcs(Point2D(0, 0), center, makeCdMatrix(1 * arcseconds))
    return np.array(plane.skyToPixel(list(points)))


def _upright(corners: np.ndarray) -> np.ndarray:
    """Return the rotation or reflection that aligns the first side of a
    polygon with the x axis, and puts the polygon above it.
    """
    along = (corners[1] - corners[0]) / np.hypot(*(corners[1] - corners[0]))
    across = np.array([-along[1], along[0]])
    return np.array([along, across if across @ (corners[-1] - corners[0]) > 0 else -across])
