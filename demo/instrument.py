# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""The demo's camera: square detectors around the optical axis of a telescope
with radial distortion.
"""

from __future__ import annotations

__all__ = ("DemoCam",)


import lsst.geom
import numpy as np
from lsst.afw.geom import SkyWcs, makeCdMatrix, makeTanSipWcs
from lsst.daf.butler import Registry
from lsst.pipe.base import Instrument


class DemoCam(Instrument):
    """A camera of 6 by 6 detectors, numbered from the center outwards."""

    SIDE = 6
    SIZE = 1000
    """Pixels along one side of a detector."""
    GAP = 40
    """Pixels between two detectors."""
    SCALE = 0.2
    """Arcseconds per pixel on the optical axis."""
    DISTORTION = 2e-9
    """Relative growth of radius with its square (pixels^-2)."""

    def __init__(self, collection_prefix: str | None = None):
        super().__init__(collection_prefix)
        steps = np.arange(self.SIDE) - (self.SIDE - 1) / 2
        self.places: list[tuple[float, float]] = sorted(
            ((float(x), float(y)) for x in steps for y in steps),
            key=lambda place: (max(abs(place[0]), abs(place[1])), place[1], place[0]),
        )

    @classmethod
    def getName(cls) -> str:
        """Return the name used in data IDs."""
        return "DemoCam"

    @property
    def bbox(self) -> lsst.geom.Box2I:
        """Pixels of one detector."""
        return lsst.geom.Box2I(lsst.geom.Point2I(0, 0), lsst.geom.Extent2I(self.SIZE, self.SIZE))

    def register(self, registry: Registry, *, update: bool = False) -> None:
        """Insert the instrument, its filter and its detectors.

        Parameters
        ----------
        registry
            Registry of a writeable butler.
        update
            Replace records that differ.
        """
        name = self.getName()
        with registry.transaction():
            registry.syncDimensionData(
                "instrument",
                {
                    "name": name,
                    "class_name": f"{type(self).__module__}.{type(self).__qualname__}",
                    "detector_max": len(self.places),
                    "visit_max": 1_000_000,
                    "exposure_max": 1_000_000,
                },
                update=update,
            )
            registry.syncDimensionData(
                "physical_filter", {"instrument": name, "name": "demo_r", "band": "r"}, update=update
            )
            for detector, (x, y) in enumerate(self.places):
                registry.syncDimensionData(
                    "detector",
                    {
                        "instrument": name,
                        "id": detector,
                        "full_name": f"D{detector:02d}",
                        "name_in_raft": f"{x:+.1f},{y:+.1f}",
                        "raft": "R0",
                        "purpose": "SCIENCE",
                    },
                    update=update,
                )

    def getRawFormatter(self, dataId: object) -> type:
        """Raise `NotImplementedError`; the demo has no raw images."""
        raise NotImplementedError(f"{self.getName()} has no raw images: {dataId}")

    def reach(self, detectors: int) -> int:
        """Return the distance from the optical axis to the outermost edge of
        the first ``detectors`` detectors, in detectors.
        """
        if not 1 <= detectors <= len(self.places):
            raise ValueError(f"{self.getName()} has 1 to {len(self.places)} detectors, not {detectors}.")
        return max(int(max(abs(x), abs(y)) + 0.5) for x, y in self.places[:detectors])

    def wcs(self, detector: int, boresight: lsst.geom.SpherePoint, rotation: lsst.geom.Angle) -> SkyWcs:
        """Return the WCS of a detector: TAN-SIP about the optical axis.

        Parameters
        ----------
        detector
            Number of the detector.
        boresight
            Direction of the optical axis.
        rotation
            Position angle of the detectors' y axis, north through east.
        """
        x, y = self.places[detector]
        pitch = self.SIZE + self.GAP
        center = (self.SIZE - 1) / 2
        axis = lsst.geom.Point2D(center - x * pitch, center - y * pitch)
        cubic = np.zeros((4, 4))
        cubic[3, 0] = cubic[1, 2] = self.DISTORTION
        return makeTanSipWcs(
            axis, boresight, makeCdMatrix(self.SCALE * lsst.geom.arcseconds, rotation), cubic, cubic.T
        )
