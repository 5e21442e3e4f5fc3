# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Handles of exposures in files, which read only what is requested."""

from __future__ import annotations

__all__ = ("ExposureFile",)

import os
import pathlib
import types
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from lsst.afw.image import ExposureFitsReader, ExposureInfo

from ._storedImage import StoredImage, is_stored_image

_READ: dict[str, Callable[[ExposureFitsReader], Any]] = {
    "apCorrMap": lambda reader: reader.readApCorrMap(),
    "bbox": lambda reader: reader.readBBox(),
    "coaddInputs": lambda reader: reader.readCoaddInputs(),
    "detector": lambda reader: reader.readDetector(),
    "dimensions": lambda reader: reader.readBBox().getDimensions(),
    "filter": lambda reader: reader.readFilter(),
    "id": lambda reader: reader.readExposureId(),
    "metadata": lambda reader: reader.readMetadata(),
    "photoCalib": lambda reader: reader.readPhotoCalib(),
    "psf": lambda reader: reader.readPsf(),
    "summaryStats": lambda reader: reader.readComponent(ExposureInfo.KEY_SUMMARY_STATS),
    "transmissionCurve": lambda reader: reader.readTransmissionCurve(),
    "validPolygon": lambda reader: reader.readValidPolygon(),
    "visitInfo": lambda reader: reader.readVisitInfo(),
    "wcs": lambda reader: reader.readWcs(),
    "xy0": lambda reader: reader.readBBox().getMin(),
}
_PLANES: dict[str, Callable[..., Any]] = {
    "image": lambda reader, **parameters: reader.readImage(dtype=np.float32, **parameters),
    "mask": lambda reader, **parameters: reader.readMask(**parameters),
    "variance": lambda reader, **parameters: reader.readVariance(**parameters),
}
_PARAMETERS = ("bbox", "origin")


class ExposureFile:
    """Handle for an exposure in a file, which can be read in parts.

    `get` works like that of `lsst.daf.butler.DeferredDatasetHandle`, so a
    file can be passed wherever a task takes the handle of an ``ExposureF``.
    Nothing is read until `get` is called, and then only what is requested: a
    component, or the tiles of a compressed file that overlap a box.

    Parameters
    ----------
    path
        FITS file written by the Science Pipelines, or by ``lsst.images`` if
        that package is installed.
    dataId
        Data ID of the exposure. `lsst.ip.diffim.GetTemplateTask` needs
        ``tract``, ``patch`` and ``band`` of a coadd.
    **kwargs
        Additional values of the data ID, or all of them.

    Raises
    ------
    TypeError
        Raised if ``path`` is not a path.

    Examples
    --------
    A corner of a coadd, and its PSF:

    >>> coadd = ExposureFile("coadd_0_1.fits", tract=0, patch=1, band="r")
    >>> xy0 = coadd.get(component="xy0")
    >>> corner = Box2I(xy0, Extent2I(100, 100))
    >>> exposure = coadd.get(parameters={"bbox": corner})
    >>> psf = coadd.get(component="psf")
    """

    def __init__(
        self, path: str | os.PathLike[str], dataId: Mapping[str, Any] | None = None, **kwargs: Any
    ) -> None:
        self._path = pathlib.Path(path)
        self._dataId = types.MappingProxyType({**(dataId or {}), **kwargs})

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self._path)!r}, {dict(self._dataId)})"

    @property
    def path(self) -> pathlib.Path:
        """Path of the file."""
        return self._path

    @property
    def dataId(self) -> Mapping[str, Any]:
        """Data ID of the exposure; read-only."""
        return self._dataId

    def get(
        self,
        *,
        component: str | None = None,
        parameters: Mapping[str, Any] | None = None,
        storageClass: str | None = None,
    ) -> Any:
        """Read the exposure, or a part of it.

        Parameters
        ----------
        component
            Name of the component to read, e.g. ``wcs``; the whole exposure
            by default.
        parameters
            ``bbox`` and ``origin`` restrict the pixels that are read.
        storageClass
            Must be ``ExposureF`` if it is given without a component.

        Returns
        -------
        result
            An `lsst.afw.image.ExposureF`, or the component; `None` if the
            exposure does not have that component.

        Raises
        ------
        KeyError
            Raised if there is no component of that name.
        ValueError
            Raised if a parameter is unknown, or the component takes none.
        NotImplementedError
            Raised if another storage class is requested.
        lsst.afw.fits.FitsError
            Raised if the file cannot be read.
        """
        given = {key: value for key, value in (parameters or {}).items() if value is not None}
        if unknown := sorted(set(given) - set(_PARAMETERS)):
            raise ValueError(f"Cannot read {self._path} with parameters {unknown}; known are {_PARAMETERS}.")
        if storageClass not in (None, "ExposureF") and component is None:
            raise NotImplementedError(f"Cannot read {self._path} as {storageClass!r}, only as 'ExposureF'.")
        if component is not None and component not in _READ and component not in _PLANES:
            raise KeyError(
                f"An exposure has no component {component!r}; known are {sorted(_READ | _PLANES)}."
            )
        if given and component in _READ:
            raise ValueError(f"Component {component!r} of {self._path} has no parameters {sorted(given)}.")
        if is_stored_image(self._path):
            return StoredImage(self._path).get(component, **given)
        reader = ExposureFitsReader(str(self._path))
        if component is None:
            return reader.read(dtype=np.float32, **given)
        if component in _PLANES:
            return _PLANES[component](reader, **given)
        return _READ[component](reader)
