# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report as a self-contained HTML page."""

from __future__ import annotations

__all__ = ("render",)

import html
import importlib.resources
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ._focalPlane import FocalPlane
from ._measure import ReportRow
from ._outcome import STATUSES
from ._planes import legend

_MAP_SIZE = 1000
"""Longer side of a map, in the units of its coordinates."""


def render(rows: Sequence[ReportRow], title: str, about: Mapping[str, str]) -> str:
    """Render the page.

    Parameters
    ----------
    rows
        Rows of the table.
    title
        Heading of the page.
    about
        Additional information about the run: text by caption.

    Returns
    -------
    page
        Text of the HTML file. Pictures are decoded when they are shown.
    """
    data = {
        "about": about,
        "statuses": STATUSES,
        "legend": legend(),
        "visits": _describe_visits(rows),
        "rows": [_describe_row(row) for row in rows],
    }
    parts = {
        "title": html.escape(title),
        "style": _read("page.css"),
        "script": _read("page.js"),
        "data": _json(data),
        "pictures": "\n".join(_pictures(row) for row in rows if row.pictures),
    }
    # Inserted text may contain {{...}} itself, so fill everything in one pass.
    pieces = _read("page.html").split("{{")
    filled = [pieces[0]]
    for piece in pieces[1:]:
        name, _, rest = piece.partition("}}")
        filled += [parts[name], rest]
    return "".join(filled)


def _read(name: str) -> str:
    return importlib.resources.files(__package__).joinpath(name).read_text("utf-8")


def _json(data: Any) -> str:
    """Return JSON that cannot close the HTML element around it."""
    return json.dumps(data, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")


def _pictures(row: ReportRow) -> str:
    text = _json(row.pictures)
    return f'<script type="application/json" id="pictures-{row.visit}-{row.detector}">{text}</script>'


def _describe_row(row: ReportRow) -> dict[str, Any]:
    """Return the data of a row, without numbers that JSON cannot represent."""
    numbers = {
        "tracts": row.tracts,
        "patches": row.patches,
        "covered": row.covered,
        "highVariance": row.high_variance,
        "variance": row.variance,
        "fwhm": row.fwhm,
        "seconds": row.seconds,
        "processMemory": row.process_memory,
    }
    limits = row.limits if row.limits is not None and np.all(np.isfinite(row.limits)) else None
    return {
        "visit": row.visit,
        "detector": row.detector,
        "name": row.name,
        "run": row.run,
        "status": row.status,
        "reason": row.reason,
        "details": row.details,
        "notes": row.notes,
        "unit": row.unit,
        "limits": limits,
        "stages": _finite(row.stages),
        "factors": _finite(row.factors),
        **dict.fromkeys(numbers),
        **_finite({name: value for name, value in numbers.items() if value is not None}),
    }


def _finite(numbers: Mapping[str, float]) -> dict[str, float]:
    """Return the finite numbers, as JSON cannot represent others."""
    return {name: value for name, value in numbers.items() if np.isfinite(value)}


def _describe_visits(rows: Sequence[ReportRow]) -> list[dict[str, Any]]:
    """Return the maps of all visits."""
    outlines: dict[int, dict[int, Any]] = defaultdict(dict)
    for row in rows:
        detectors = outlines[row.visit]
        if row.outline is not None:
            detectors[row.detector] = row.outline
    return [{"id": visit, "map": _describe_map(detectors)} for visit, detectors in outlines.items()]


def _describe_map(outlines: Mapping[int, Any]) -> dict[str, Any] | None:
    """Return a map, with the origin at the lower left."""
    if not outlines:
        return None
    plane = FocalPlane.project(outlines)
    corners = np.concatenate(list(plane.polygons.values()))
    low, size = corners.min(axis=0), np.ptp(corners, axis=0)
    scale = _MAP_SIZE / size.max()
    return {
        "size": np.round(scale * size, 1).tolist(),
        "polygons": {
            detector: np.round(scale * (polygon - low), 1).tolist()
            for detector, polygon in plane.polygons.items()
        },
        "north": np.round(plane.north, 4).tolist(),
        "east": np.round(plane.east, 4).tolist(),
    }
