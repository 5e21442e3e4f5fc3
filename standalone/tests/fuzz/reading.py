# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read a hostile file in all ways, and judge what becomes of it."""

from __future__ import annotations

import dataclasses
import pathlib
import traceback
import warnings
from collections.abc import Callable
from typing import Any

import lsst.pex.exceptions
import numpy as np
from lsst.afw.fits import MemFileManager, readMetadata
from lsst.afw.geom import SkyWcs
from lsst.afw.image import ExposureF, ExposureFitsReader, MaskX
from lsst.afw.table import ExposureCatalog
from lsst.geom import Box2D, Box2I, Extent2I, Point2I

__all__ = ("Findings", "examine")

# What the documentation of the readers allows to be raised: everything of
# lsst.pex.exceptions, of which FitsError and MalformedArchiveError are.
DOCUMENTED = (lsst.pex.exceptions.Exception,)

COMPONENTS = (
    "Wcs",
    "Psf",
    "PhotoCalib",
    "Filter",
    "ValidPolygon",
    "ApCorrMap",
    "CoaddInputs",
    "VisitInfo",
    "TransmissionCurve",
    "Detector",
    "Metadata",
    "ExposureId",
)
PLANES = {"image": 1, "mask": 2, "variance": 3}
PLANE_READERS = {
    "image": lambda reader: reader.readImage(dtype=np.dtype("f4")).array,
    "mask": lambda reader: reader.readMask(dtype=np.dtype("i4")).array,
    "variance": lambda reader: reader.readVariance().array,
}


@dataclasses.dataclass
class Findings:
    """What reading a file led to.

    Parameters
    ----------
    raised
        Names of the documented exceptions.
    faults
        Descriptions of all else that went wrong.
    """

    raised: list[str] = dataclasses.field(default_factory=list)
    faults: list[str] = dataclasses.field(default_factory=list)
    values: dict[str, Any] = dataclasses.field(default_factory=dict)

    def attempt(self, name: str, action: Callable[[], Any]) -> Any:
        """Do something that may raise documented exceptions."""
        try:
            result = action()
        except DOCUMENTED as err:
            self.raised.append(type(err).__name__)
            self.values[name] = err
            return None
        except Exception:
            self.faults.append(f"{name}: {traceback.format_exc(limit=-4)}")
            return None
        self.values[name] = result
        return result


def examine(path: pathlib.Path, touched: set[tuple[int, str]] | None, intact: Findings | None) -> Findings:
    """Read a file in all ways.

    Parameters
    ----------
    path
        The file.
    touched
        HDUs that are not as in the intact file, with "header" or "data";
        `None` if that is not known.
    intact
        What was found in the intact file.

    Returns
    -------
    findings
        Exceptions and faults.
    """
    # Masks of one file would otherwise show in the next.
    MaskX.clearMaskPlaneDict()
    for plane in ("BAD", "SAT", "INTRP", "CR", "EDGE", "DETECTED", "DETECTED_NEGATIVE", "SUSPECT", "NO_DATA"):
        MaskX.addMaskPlane(plane)
    findings = Findings()
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        _read_exposure(path, findings)
        findings.attempt("catalog", lambda: len(ExposureCatalog.readFits(str(path))))
        wcs = findings.attempt("wcs file", lambda: SkyWcs.readFits(str(path)))
        if wcs is not None:
            findings.attempt("wcs file use", lambda: _use_wcs(wcs, Box2I(Point2I(0, 0), Extent2I(9, 9))))
        for hdu in range(3):
            findings.attempt(f"metadata {hdu}", lambda hdu=hdu: readMetadata(str(path), hdu).toDict())
    if intact is not None and touched is not None:
        _compare(findings, intact, touched)
    return findings


def _read_exposure(path: pathlib.Path, findings: Findings) -> None:
    reader = findings.attempt("open", lambda: ExposureFitsReader(str(path)))
    if reader is None:
        return
    bbox = findings.attempt("bbox", reader.readBBox)
    for name, read in PLANE_READERS.items():
        findings.attempt(name, lambda read=read: read(reader))
    for name in COMPONENTS:
        findings.attempt(name, getattr(reader, f"read{name}"))
    findings.attempt("SummaryStats", lambda: reader.readComponent("SUMMARY_STATS"))
    if bbox is not None:
        part = Box2I(bbox.getMin() + Extent2I(1, 2), Extent2I(4, 3))
        findings.attempt("part", lambda: reader.read(bbox=part, dtype=np.dtype("f4")).image.array)
        for name, use in USES.items():
            component = findings.values.get(name)
            if component is not None and not isinstance(component, Exception):
                findings.attempt(f"use of {name}", lambda use=use, c=component: use(c, bbox))
    exposure = findings.attempt("exposure", lambda: ExposureF.readFits(str(path)))
    if exposure is not None:
        findings.attempt("writing", lambda: exposure.writeFits(MemFileManager()))


def _use_wcs(wcs: Any, bbox: Box2I) -> Any:
    corners = wcs.pixelToSky(Box2D(bbox).getCorners())
    finite = [corner for corner in corners if np.isfinite(corner.getRa().asRadians())]
    return wcs.getPixelScale(Box2D(bbox).getCenter()), wcs.skyToPixel(finite) if finite else []


def _use_psf(psf: Any, bbox: Box2I) -> Any:
    position = psf.getAveragePosition()
    return psf.computeKernelImage(position).array, psf.computeBBox(position)


def _use_inputs(inputs: Any, bbox: Box2I) -> Any:
    return [(r.getId(), r.getBBox(), r.getWcs(), r.getPsf(), r.getPhotoCalib()) for r in inputs.ccds]


USES: dict[str, Callable[[Any, Box2I], Any]] = {
    "Wcs": _use_wcs,
    "Psf": _use_psf,
    "PhotoCalib": lambda calib, bbox: calib.instFluxToNanojansky(1.0, Box2D(bbox).getCenter()),
    "ValidPolygon": lambda polygon, bbox: (
        polygon.calculateArea(),
        polygon.contains(polygon.calculateCenter()),
    ),
    "ApCorrMap": lambda corrections, bbox: [
        corrections[name].evaluate(Box2D(bbox).getCenter()) for name in corrections
    ],
    "CoaddInputs": _use_inputs,
}


def _compare(findings: Findings, intact: Findings, touched: set[tuple[int, str]]) -> None:
    """Check that what was not touched is read as from the intact file."""
    headers = {hdu for hdu, part in touched if part == "header"}
    for name, hdu in PLANES.items():
        if name in intact.values and not any(h <= hdu for h in headers) and (hdu, "data") not in touched:
            _check_same(findings, name, intact.values[name])
    if touched and not headers and all(hdu in PLANES.values() for hdu, _ in touched):
        for name in ("Wcs", "PhotoCalib", "Filter", "ValidPolygon", "SummaryStats", "ExposureId"):
            _check_same(findings, name, intact.values.get(name))
        _check_same(findings, "use of Psf", intact.values.get("use of Psf"))


def _check_same(findings: Findings, name: str, expected: Any) -> None:
    found = findings.values.get(name)
    if isinstance(expected, Exception):
        same = type(found) is type(expected)
    elif isinstance(expected, np.ndarray):
        same = isinstance(found, np.ndarray) and np.array_equal(found, expected, equal_nan=True)
    elif isinstance(expected, tuple):
        same = isinstance(found, tuple) and np.array_equal(found[0], expected[0]) and found[1] == expected[1]
    else:
        same = repr(found) == repr(expected)
    if not same:
        findings.faults.append(f"{name} is not that of the intact file: {found!r} for {expected!r}")
