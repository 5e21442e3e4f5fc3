# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Science images and coadds, as described by their headers."""

from __future__ import annotations

__all__ = ("CoaddFile", "ScienceFile", "read_coadd", "read_science")

import dataclasses
import pathlib
from typing import Any

import astropy.io.fits
import astropy.time

from lsst.afw.fits import readMetadata
from lsst.afw.geom import SkyWcs, makeSkyWcs
from lsst.afw.image import CoaddInputs
from lsst.geom import Box2I, Extent2I, Point2I
from lsst.pex.exceptions import Exception as StackException

from ._cards import DataIdCards
from ._exposureFile import ExposureFile
from ._storedImage import is_stored_image, read_identity
from ._terminal import Failure

_EXPOSURE_CARDS = ("AR_HDU", "EXPINFO_V")
"""Cards of which each exposure of the Science Pipelines has at least one."""


@dataclasses.dataclass
class CoaddFile:
    """A coadd in a file."""

    path: pathlib.Path
    bbox: Box2I
    wcs: SkyWcs
    band: str | None
    """Band; `None` if it is not in the file."""
    tract: int | None
    """Tract; `None` if it is not in the file."""
    patch: int | None
    """Patch; `None` if it is not in the file."""
    dataset_type: str | None
    """Dataset type that the file had in a repository, if known."""
    storage_class: str
    """Storage class of the butler for files like this."""


@dataclasses.dataclass
class ScienceFile:
    """A science image in a file; unknown attributes are `None`."""

    path: pathlib.Path
    bbox: Box2I
    wcs: SkyWcs
    band: str | None = None
    physical_filter: str | None = None
    instrument: str | None = None
    visit: int | None = None
    detector: int | None = None
    day_obs: int | None = None
    dataset_type: str | None = None
    is_coadd: bool = False
    """Whether the file is a coadd of other images."""
    storage_class: str | None = "ExposureF"
    """Storage class of the butler for files like this, if there is one."""


def read_coadd(path: pathlib.Path) -> CoaddFile:
    """Read the header of a coadd.

    Raises
    ------
    Failure
        Raised if the file is not a coadd with a WCS.
    """
    handle = ExposureFile(path)
    stored = is_stored_image(path)
    if not stored and not _is_exposure(path):
        raise Failure(
            f"The coadd {path} is not an exposure of the Science Pipelines: "
            "it lacks the PSF and the calibration that a template needs."
        )
    bbox, wcs = _get(handle, "bbox"), _get(handle, "wcs")
    if wcs is None:
        raise Failure(f"The coadd {path} has no WCS.")
    if stored:
        identity = read_identity(path)
        return CoaddFile(
            path,
            bbox,
            wcs,
            identity.band,
            identity.tract,
            identity.patch,
            identity.dataset_type,
            identity.name,
        )
    cards = DataIdCards(_get(handle, "metadata"))
    label = _get(handle, "filter")
    band = label.bandLabel if label is not None and label.hasBandLabel() else cards.text("band")
    tract, patch = cards.integer("tract"), cards.integer("patch")
    visit = _get(handle, "visitInfo").getId()
    if visit and tract is None and (kind := _kind_of_visit(_get(handle, "coaddInputs"))) is not None:
        raise Failure(f"The file {path} was given as a coadd, but is the {kind} of visit {visit}.")
    return CoaddFile(path, bbox, wcs, band, tract, patch, cards.dataset_type, "ExposureF")


def _kind_of_visit(inputs: CoaddInputs | None) -> str | None:
    """Return the kind of a visit's exposure; `None` if it may be a coadd."""
    if inputs is None:
        return "science image"
    # Coadds are made from visits, templates from patches.
    return "template" if {"tract", "patch"} <= set(inputs.ccds.schema.getNames()) else None


def read_science(path: pathlib.Path) -> ScienceFile:
    """Read the header of a science image.

    Raises
    ------
    Failure
        Raised if the file is not an image with a celestial WCS.
    """
    if is_stored_image(path):
        return _read_stored(path)
    return _read_exposure(path) if _is_exposure(path) else _read_image(path)


def _is_exposure(path: pathlib.Path) -> bool:
    header = _read_header(path, 0)
    return any(card in header for card in _EXPOSURE_CARDS)


def _read_header(path: pathlib.Path, hdu: int) -> astropy.io.fits.Header:
    try:
        with astropy.io.fits.open(path) as hdus:
            return hdus[hdu].header
    except OSError as err:
        if not path.exists() or isinstance(err, PermissionError):
            raise
        raise Failure(f"The file {path} is not a FITS file.") from err


def _get(handle: ExposureFile, component: str) -> Any:
    try:
        return handle.get(component=component)
    except (OSError, RuntimeError, StackException) as err:
        raise Failure(f"Cannot read the {component} of {handle.path}: {err}") from err


def _read_stored(path: pathlib.Path) -> ScienceFile:
    handle, identity = ExposureFile(path), read_identity(path)
    return ScienceFile(
        path,
        _get(handle, "bbox"),
        _get(handle, "wcs"),
        band=identity.band,
        physical_filter=identity.physical_filter,
        instrument=identity.instrument,
        visit=identity.visit,
        detector=identity.detector,
        day_obs=identity.day_obs,
        dataset_type=identity.dataset_type,
        is_coadd=identity.name == "CellCoadd",
        storage_class=identity.name,
    )


def _read_exposure(path: pathlib.Path) -> ScienceFile:
    handle = ExposureFile(path)
    bbox, wcs = _get(handle, "bbox"), _get(handle, "wcs")
    if wcs is None:
        raise Failure(f"The science image {path} has no WCS, which its template needs.")
    metadata = _get(handle, "metadata")
    cards, visit_info = DataIdCards(metadata), _get(handle, "visitInfo")
    label = _get(handle, "filter")
    band = label.bandLabel if label is not None and label.hasBandLabel() else cards.text("band")
    physical = label.physicalLabel if label is not None and label.hasPhysicalLabel() else None
    detector = cards.integer("detector")
    if detector is None and (camera_detector := _get(handle, "detector")) is not None:
        detector = _detector_id(camera_detector)
    return ScienceFile(
        path,
        bbox,
        wcs,
        band=band,
        physical_filter=physical or cards.text("physical_filter"),
        instrument=cards.text("instrument") or visit_info.getInstrumentLabel() or cards.text("instrume"),
        visit=_first(cards.integer("visit"), visit_info.getId() or None),
        detector=detector,
        day_obs=_first(cards.integer("day_obs"), _day_obs(visit_info)),
        dataset_type=cards.dataset_type,
        is_coadd=_get(handle, "coaddInputs") is not None or cards.integer("tract") is not None,
    )


def _first(*values: int | None) -> int | None:
    return next((value for value in values if value is not None), None)


def _detector_id(detector: Any) -> int | None:
    # A runtime without camera geometry keeps a detector as bytes.
    return int(detector.getId()) if hasattr(detector, "getId") else None


def _day_obs(visit_info: Any) -> int | None:
    """Return the observing day as YYYYMMDD; days end at noon UTC."""
    date = visit_info.getDate()
    if not date.isValid():
        return None
    noon = astropy.time.Time(date.get(date.MJD, date.UTC) - 0.5, format="mjd", scale="utc")
    return int(noon.strftime("%Y%m%d"))


def _read_image(path: pathlib.Path) -> ScienceFile:
    """Read the first image of any FITS file that has a celestial WCS."""
    try:
        with astropy.io.fits.open(path) as hdus:
            found = next(
                (
                    (index, hdu.header["NAXIS1"], hdu.header["NAXIS2"], hdu.header.get("FILTER"))
                    for index, hdu in enumerate(hdus)
                    if hdu.is_image and _is_celestial(hdu.header)
                ),
                None,
            )
    except (OSError, ValueError) as err:
        if isinstance(err, FileNotFoundError | PermissionError):
            raise
        raise Failure(f"The file {path} is not a FITS file that can be read: {err}") from err
    if found is None:
        raise Failure(f"No image in {path} has a celestial WCS, which its template needs.")
    index, width, height, name = found
    metadata = readMetadata(str(path), index)
    try:
        wcs = makeSkyWcs(metadata)
    except (RuntimeError, TypeError, ValueError, StackException) as err:
        raise Failure(f"Cannot use the WCS of {path}: {err}") from err
    physical = name.strip() if isinstance(name, str) and name.strip() else None
    bbox = Box2I(Point2I(0, 0), Extent2I(width, height))
    return ScienceFile(path, bbox, wcs, physical_filter=physical, storage_class=None)


def _is_celestial(header: astropy.io.fits.Header) -> bool:
    axes = [str(header.get(f"CTYPE{axis}", "")) for axis in (1, 2)]
    names = {axis.split("-")[0] for axis in axes}
    return header.get("NAXIS", 0) >= 2 and names in ({"RA", "DEC"}, {"GLON", "GLAT"}, {"ELON", "ELAT"})
