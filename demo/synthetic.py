# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sky maps and dimension records of synthetic surveys, for the demo, the
benchmarks and the tests.
"""

from __future__ import annotations

__all__ = ("DAY_OBS", "insert_camera", "insert_visit", "make_sky_map", "region_of")

from collections.abc import Iterable, Mapping, Sequence

import lsst.geom
from lsst.afw.geom import SkyWcs
from lsst.daf.butler import Butler, Timespan
from lsst.skymap import DiscreteSkyMap
from lsst.sphgeom import ConvexPolygon

DAY_OBS = 20301004
"""Observing day of all visits."""


def make_sky_map(
    centers: Iterable[lsst.geom.SpherePoint],
    radius: lsst.geom.Angle,
    *,
    scale: lsst.geom.Angle,
    patch: Sequence[int],
    border: int,
) -> DiscreteSkyMap:
    """Make a sky map of tracts in the tangent plane of their centers.

    Parameters
    ----------
    centers
        Center of each tract.
    radius
        Radius of the circle inscribed in a tract. If it is a few pixels less
        than that of whole patches, rounding adds no further patch.
    scale
        Size of a pixel.
    patch
        Width and height of the inner region of a patch, in pixels.
    border
        Width of the border around it, in pixels.
    """
    centers = list(centers)
    config = DiscreteSkyMap.ConfigClass()
    config.raList = [center.getRa().asDegrees() for center in centers]
    config.decList = [center.getDec().asDegrees() for center in centers]
    config.radiusList = [radius.asDegrees()] * len(centers)
    config.tractOverlap = 0.0
    config.pixelScale = scale.asArcseconds()
    config.projection = "TAN"
    config.tractBuilder = "legacy"
    config.tractBuilder["legacy"].patchInnerDimensions = list(patch)
    config.tractBuilder["legacy"].patchBorder = border
    return DiscreteSkyMap(config)


def region_of(wcs: SkyWcs, bbox: lsst.geom.Box2I | lsst.geom.Box2D) -> ConvexPolygon:
    """Return the region of the sky that a box of pixels covers."""
    corners = wcs.pixelToSky(lsst.geom.Box2D(bbox).getCorners())
    return ConvexPolygon([corner.getVector() for corner in corners])


def insert_camera(
    butler: Butler, instrument: str, bands: Mapping[str, str], detectors: Mapping[int, str]
) -> None:
    """Insert the records of an instrument without a class of its own.

    Parameters
    ----------
    butler
        Writeable butler.
    instrument
        Name of the instrument.
    bands
        Band of each physical filter.
    detectors
        Name of each detector.
    """
    insert = butler.registry.insertDimensionData
    camera = {"instrument": instrument}
    insert(
        "instrument",
        {
            "name": instrument,
            "class_name": "lsst.pipe.base.Instrument",
            "visit_max": 10**6,
            "exposure_max": 10**6,
            "detector_max": 1000,
        },
    )
    insert("physical_filter", *({**camera, "name": name, "band": band} for name, band in bands.items()))
    insert("detector", *({**camera, "id": number, "full_name": name} for number, name in detectors.items()))


def insert_visit(
    butler: Butler,
    instrument: str,
    visit: int,
    physical_filter: str,
    regions: Mapping[int, ConvexPolygon],
    timespan: Timespan | None = None,
) -> None:
    """Insert the records of a visit and of its detectors.

    Parameters
    ----------
    butler
        Writeable butler.
    instrument, visit
        Data ID of the visit, which is also its name.
    physical_filter
        Filter of the visit.
    regions
        Region of each detector.
    timespan
        Time of the visit, if it is known.
    """
    registry = butler.registry
    camera = {"instrument": instrument}
    vertices = [vertex for region in regions.values() for vertex in region.getVertices()]
    record = {"id": visit, "name": str(visit), "physical_filter": physical_filter, "day_obs": DAY_OBS}
    with registry.transaction():
        registry.syncDimensionData("day_obs", {**camera, "id": DAY_OBS})
        registry.insertDimensionData(
            "visit",
            {**camera, **record, "region": ConvexPolygon.convexHull(vertices), "timespan": timespan},
        )
        registry.insertDimensionData(
            "visit_detector_region",
            *(
                {**camera, "visit": visit, "detector": detector, "region": region}
                for detector, region in regions.items()
            ),
        )
