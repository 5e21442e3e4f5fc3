# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""The coadds of a template: their data IDs, attributes and pixels."""

from __future__ import annotations

__all__ = ("CoaddPatch", "CoaddReader", "match_handles", "sky_map_name")

import contextlib
import dataclasses
import functools
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from lsst.afw.fits import readMetadata
from lsst.afw.image import MaskedImageF
from lsst.daf.butler import DeferredDatasetHandle
from lsst.geom import Box2D, Box2I, Extent2I, Point2I

if TYPE_CHECKING:
    from lsst.afw.detection import Psf
    from lsst.afw.geom import SkyWcs
    from lsst.afw.image import CoaddInputs, ExposureF, PhotoCalib
    from lsst.daf.butler import DataCoordinate
    from lsst.skymap import BaseSkyMap

# Two WCSs are considered equal if they agree to this many pixels at the
# corners of a box and their pixel scales to this fraction: a WCS read from
# FITS cards has rounding errors.
_WCS_PIXELS = 1e-6
_WCS_SCALE = 1e-9


@dataclasses.dataclass(eq=False)
class CoaddPatch:
    """A coadd that may contribute to a template.

    Parameters
    ----------
    handle
        Handle that reads the coadd or a part of it.
    dataId
        Data ID of the coadd, with tract, patch and band.
    sky_map
        Sky map that the box and the WCS of the coadd must match; if None,
        they are not checked.
    """

    handle: DeferredDatasetHandle
    dataId: DataCoordinate
    sky_map: BaseSkyMap | None = None

    def __str__(self) -> str:
        return f"tract {self.tract}, patch {self.patch}, band {self.band}"

    @property
    def tract(self) -> int:
        """Tract of the patch."""
        return int(self.dataId["tract"])

    @property
    def patch(self) -> int:
        """Sequential index of the patch in its tract."""
        return int(self.dataId["patch"])

    @property
    def band(self) -> str:
        """Band of the coadd."""
        return str(self.dataId["band"])

    @functools.cached_property
    def is_local(self) -> bool:
        """Whether small parts of the coadd can be read cheaply.

        This holds for exposures in local files. Reading any part of a coadd
        that is stored otherwise may download, copy or convert all of it.
        """
        with self._reading("location"):
            if isinstance(self.handle, DeferredDatasetHandle):
                uri, components = self.handle.butler.getURIs(self.handle.ref)
                if uri is None:
                    return all(component.isLocal for component in components.values())
                path = uri.ospath if uri.isLocal and not uri.fragment else None
            else:
                path = getattr(self.handle, "path", None)
            if not isinstance(path, str | os.PathLike) or not os.path.isfile(path):
                return False
            # Files of other formats lack the archive of an exposure.
            return "AR_HDU" in readMetadata(os.fspath(path), 0)

    @functools.cached_property
    def bbox(self) -> Box2I:
        """Bounding box of the coadd in pixels of its tract."""
        bbox = self.component("bbox")
        if self.sky_map is not None:
            outer = self.sky_map[self.tract][self.patch].getOuterBBox()
            if not outer.contains(bbox):
                raise RuntimeError(
                    f"The coadd of {self} is not of this patch: its box is {bbox}, but the patch is {outer} "
                    f"in the sky map. Was the file registered with another data ID than {self.dataId}?"
                )
        return bbox

    def read_wcs(self) -> SkyWcs:
        """Read the WCS of the coadd, which is that of its tract."""
        if self.is_local or not isinstance(self.handle, DeferredDatasetHandle):
            wcs = self.component("wcs")
        else:
            # A coadd in another format may have no WCS until it is converted.
            center = Point2I(Box2D(self.bbox).getCenter())
            wcs = self.read_exposure(Box2I(center, Extent2I(1, 1))).getWcs()
        self._check_wcs(wcs, self.bbox)
        return wcs

    def read_coadd_inputs(self) -> CoaddInputs | None:
        """Read the list of the images that the coadd was made from."""
        return self.component("coaddInputs")

    def read_exposure(self, bbox: Box2I) -> ExposureF:
        """Read a part of the coadd with all components."""
        with self._reading(f"pixels {bbox}"):
            return self.handle.get(parameters={"bbox": bbox})

    def component(self, name: str, bbox: Box2I | None = None) -> Any:
        """Read a component of the coadd, or a part of an image component."""
        with self._reading(name if bbox is None else f"{name} {bbox}"):
            return self.handle.get(component=name, parameters=None if bbox is None else {"bbox": bbox})

    def _check_wcs(self, wcs: SkyWcs | None, bbox: Box2I) -> None:
        """Check the WCS that was read with a part of the coadd."""
        if wcs is None:
            raise RuntimeError(f"The coadd of {self} has no WCS.")
        if self.sky_map is not None:
            expected = self.sky_map[self.tract].getWcs()
            if not _agree(wcs, expected, bbox):
                raise RuntimeError(
                    f"The coadd of {self} is not of this tract: its WCS is {_describe(wcs)}, but that of the "
                    f"tract is {_describe(expected)} in the sky map. Was the file registered with another "
                    f"data ID than {self.dataId}?"
                )

    @contextlib.contextmanager
    def _reading(self, what: str) -> Iterator[None]:
        """Name the patch in errors that occur while its coadd is read."""
        try:
            yield
        except MemoryError:
            raise
        except Exception as err:
            raise RuntimeError(f"Cannot read {what} of the coadd of {self}: {err}") from err


class CoaddReader:
    """Reader for the part of a coadd that a template needs.

    Rows of a coadd in a local file are read on request, to save memory. Any
    other coadd is read once, and its pixels are kept until the reader is
    closed.

    Parameters
    ----------
    patch
        Coadd to read.
    bbox
        Part of the coadd that the template needs, in pixels of the tract.
    tract_wcs
        WCS that the coadd must have.
    """

    psf: Psf
    """PSF of the coadd; like the attributes below, set by the first `read`."""

    wcs: SkyWcs
    """WCS of the coadd."""

    photo_calib: PhotoCalib
    """Photometric calibration of the coadd."""

    def __init__(self, patch: CoaddPatch, bbox: Box2I, tract_wcs: SkyWcs):
        self.patch = patch
        self.bbox = bbox
        self._tract_wcs = tract_wcs
        self._is_open = False
        self._kept: MaskedImageF | None = None

    def read(self, rows: Box2I) -> MaskedImageF:
        """Read rows of pixels.

        Parameters
        ----------
        rows
            Box within ``bbox``.

        Raises
        ------
        RuntimeError
            Raised if the coadd cannot be read, lacks an attribute, or does not
            match the tract and patch of its data ID.
        """
        if self._kept is not None:
            return self._kept[rows]
        if not self._is_open:
            return self._open(rows)
        # The PSF of a deep coadd takes longer to read than the pixels.
        planes = [self.patch.component(name, rows) for name in ("image", "mask", "variance")]
        return MaskedImageF(*planes)

    def close(self) -> None:
        """Free the pixels that were kept; the attributes remain."""
        self._kept = None

    def _open(self, rows: Box2I) -> MaskedImageF:
        """Read the first rows, and the attributes of the coadd."""
        exposure = self.patch.read_exposure(rows if self.patch.is_local else self.bbox)
        with self.patch._reading("attributes"):
            wcs, psf, photo_calib = exposure.getWcs(), exposure.getPsf(), exposure.getPhotoCalib()
        self.patch._check_wcs(wcs, self.bbox)
        if not _agree(wcs, self._tract_wcs, self.bbox):
            raise RuntimeError(
                f"The coadd of {self.patch} has another WCS than the first of its tract: "
                f"{_describe(wcs)} instead of {_describe(self._tract_wcs)}."
            )
        for name, value in (("PSF", psf), ("photoCalib", photo_calib)):
            if value is None:
                raise RuntimeError(f"The coadd of {self.patch} has no {name}.")
        self.wcs, self.psf, self.photo_calib = wcs, psf, photo_calib
        self._is_open = True
        if self.patch.is_local:
            return exposure.maskedImage
        self._kept = exposure.maskedImage
        return self._kept[rows]


def match_handles(
    handles: Mapping[int, Sequence[DeferredDatasetHandle]],
    dataIds: Mapping[int, Sequence[DataCoordinate]],
    sky_maps: Mapping[str, BaseSkyMap],
) -> dict[int, list[CoaddPatch]]:
    """Match handles with data IDs, and check that they are consistent.

    A handle's own data ID takes precedence. Only handles without one are
    paired by position with the given data IDs.

    Parameters
    ----------
    handles
        Handles of coadds by tract.
    dataIds
        Data IDs by tract, for handles that have none.
    sky_maps
        Sky maps by name, which the coadds must match.

    Returns
    -------
    tracts
        The coadds by tract.

    Raises
    ------
    RuntimeError
        Raised if the coadds have different bands.
    TypeError
        Raised if anything other than a handle is given.
    ValueError
        Raised if there are no handles, or they do not match the data IDs.
    """
    if not any(handles.values()):
        raise ValueError("No coadds were given to build a template from.")
    tracts = {
        tract: [_make_patch(tract, *pair, sky_maps) for pair in _pair(tract, group, dataIds.get(tract, ()))]
        for tract, group in handles.items()
        if group
    }
    bands = {patch.band for group in tracts.values() for patch in group}
    if len(bands) > 1:
        raise RuntimeError(f"The coadds of a template must be of one band, not of {sorted(bands)}.")
    return tracts


def _pair(
    tract: int, handles: Sequence[DeferredDatasetHandle], dataIds: Sequence[DataCoordinate]
) -> list[tuple[DeferredDatasetHandle, DataCoordinate]]:
    """Pair the handles of a tract with data IDs."""
    for handle in handles:
        if not callable(getattr(handle, "get", None)):
            raise TypeError(
                f"The coadds of tract {tract} must be given as handles, such as "
                f"lsst.pipe.base.InMemoryDatasetHandle, not as {type(handle).__name__}."
            )
    own = [_own_data_id(handle) for handle in handles]
    if all(dataId is not None for dataId in own):
        own = [_completed(dataId, dataIds) for dataId in own]
        return list(zip(handles, cast("list[DataCoordinate]", own), strict=True))
    if len(handles) != len(dataIds):
        raise ValueError(
            f"Tract {tract} has {len(handles)} coadds, not all of which have a data ID, "
            f"and {len(dataIds)} data IDs."
        )
    return [
        (handle, given if dataId is None else dataId)
        for handle, dataId, given in zip(handles, own, dataIds, strict=True)
    ]


def _own_data_id(handle: DeferredDatasetHandle) -> DataCoordinate | None:
    """Return the data ID of a handle; None if it does not name a patch."""
    dataId = getattr(handle, "dataId", None)
    return dataId if _has(dataId, "tract") and _has(dataId, "patch") else None


def _completed(dataId: Any, dataIds: Sequence[Any]) -> Any:
    """Replace a data ID without a band by the given one for its patch."""
    if _has(dataId, "band"):
        return dataId
    keys = ("tract", "patch", "band")
    same = (given for given in dataIds if all(_has(given, key) for key in keys))
    return next((given for given in same if all(given[key] == dataId[key] for key in keys[:2])), dataId)


def _has(dataId: Any, key: str) -> bool:
    """Return whether a data ID has a value for a dimension."""
    try:
        return dataId[key] is not None
    except (KeyError, TypeError):
        return False


def _make_patch(
    tract: int, handle: DeferredDatasetHandle, dataId: DataCoordinate, sky_maps: Mapping[str, BaseSkyMap]
) -> CoaddPatch:
    for key in ("tract", "patch", "band"):
        if not _has(dataId, key):
            raise ValueError(f"The data ID {dataId} of a coadd of tract {tract} lacks {key!r}.")
    patch = CoaddPatch(handle, dataId)
    if patch.tract != tract:
        raise ValueError(f"The coadd of {patch} is listed with tract {tract}.")
    return dataclasses.replace(patch, sky_map=sky_maps.get(sky_map_name(dataId)))


def sky_map_name(dataId: DataCoordinate) -> str:
    """Return the name of the sky map in a data ID; empty if it has none."""
    try:
        return str(dataId["skymap"])
    except KeyError:
        return ""


def _agree(first: SkyWcs, second: SkyWcs, bbox: Box2I) -> bool:
    """Return whether two WCSs agree in a box, apart from rounding."""
    if first == second:
        return True
    box = Box2D(bbox)
    corners = box.getCorners()
    for corner, mapped in zip(corners, second.skyToPixel(first.pixelToSky(corners)), strict=True):
        # Written so that a distance of NaN is too large.
        if not (mapped - corner).computeNorm() <= _WCS_PIXELS:
            return False
    scales = [wcs.getPixelScale(box.getCenter()).asRadians() for wcs in (first, second)]
    return abs(scales[0] / scales[1] - 1) <= _WCS_SCALE


def _describe(wcs: SkyWcs) -> str:
    """Describe a WCS by its reference point."""
    sky, pixel = wcs.getSkyOrigin(), wcs.getPixelOrigin()
    return (
        f"centered on RA {sky.getRa().asDegrees():.6f}, Dec {sky.getDec().asDegrees():.6f} "
        f"at pixel ({pixel.x:.1f}, {pixel.y:.1f}) with {wcs.getPixelScale().asArcseconds():.9g} arcsec "
        "per pixel"
    )
