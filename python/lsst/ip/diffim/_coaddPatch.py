# This file is part of ip_diffim_template.
#
# Developed for the LSST Data Management System.
# This product includes software developed by the LSST Project
# (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution
# for the terms of the licence.
#
# This program is free software: you can redistribute it and/or modify
# it under the terms of the GNU General Public License as published by
# the Free Software Foundation, either version 3 of the License, or
# (at your option) any later version.
#
# This program is distributed in the hope that it will be useful,
# but WITHOUT ANY WARRANTY; without even the implied warranty of
# MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the
# GNU General Public License for more details.
#
# You should have received a copy of the GNU General Public License
# along with this program.  If not, see <https://www.gnu.org/licenses/>.

"""The coadd patches that a template is made of."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lsst.afw.image import MaskedImageF
from lsst.geom import Box2I, Extent2I

if TYPE_CHECKING:
    from lsst.afw.detection import Psf
    from lsst.afw.geom import SkyWcs
    from lsst.afw.image import ExposureF, PhotoCalib
    from lsst.daf.butler import DataCoordinate, DeferredDatasetHandle

__all__ = ["CoaddPatch", "checkCoadds", "matchHandles"]


@dataclasses.dataclass
class CoaddPatch:
    """A coadd patch, of which no more is read than is asked for.

    Parameters
    ----------
    handle
        Handle that gives the coadd, its components, or a part of it.
    dataId
        Data ID of the coadd, with tract, patch and band.
    """

    handle: DeferredDatasetHandle
    dataId: DataCoordinate
    psf: Psf | None = dataclasses.field(default=None, init=False)
    """PSF of the coadd; known once pixels were read."""

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
    def bbox(self) -> Box2I:
        """Box of the coadd in pixels of its tract."""
        return self._component("bbox")

    @functools.cached_property
    def wcs(self) -> SkyWcs:
        """WCS of the coadd, which is that of its tract."""
        wcs = self._component("wcs")
        if wcs is None:
            raise RuntimeError(f"The coadd of {self} has no WCS.")
        return wcs

    @functools.cached_property
    def photoCalib(self) -> PhotoCalib:
        """Photometric calibration of the coadd."""
        photoCalib = self._component("photoCalib")
        if photoCalib is None:
            # A handle need not know this component for the coadd to have it.
            photoCalib = self._readExposure(Box2I(self.bbox.getMin(), Extent2I(1, 1))).getPhotoCalib()
        if photoCalib is None:
            raise RuntimeError(f"The coadd of {self} has no photoCalib.")
        return photoCalib

    def read(self, bbox: Box2I) -> MaskedImageF:
        """Read the pixels of the coadd in a box.

        Parameters
        ----------
        bbox
            Box in pixels of the tract, within that of the coadd.

        Returns
        -------
        maskedImage : `lsst.afw.image.MaskedImageF`
            The pixels in the box.

        Raises
        ------
        RuntimeError
            The coadd cannot be read or has no PSF.
        """
        if self.psf is not None:
            # The PSF of a deep coadd takes longer to read than pixels do.
            planes = [self._component(name, bbox) for name in ("image", "mask", "variance")]
            if all(plane is not None for plane in planes):
                return MaskedImageF(*planes)
        exposure = self._readExposure(bbox)
        self.psf = exposure.getPsf()
        if self.psf is None:
            raise RuntimeError(f"The coadd of {self} has no PSF.")
        return exposure.maskedImage

    def _readExposure(self, bbox: Box2I) -> ExposureF:
        with self._reading(f"pixels {bbox}"):
            return self.handle.get(parameters={"bbox": bbox})

    def _component(self, name: str, bbox: Box2I | None = None) -> Any:
        with self._reading(name if bbox is None else f"{name} {bbox}"):
            return self.handle.get(component=name, parameters=None if bbox is None else {"bbox": bbox})

    @contextlib.contextmanager
    def _reading(self, what: str) -> Iterator[None]:
        """Name the patch in errors that come from reading its file."""
        try:
            yield
        except MemoryError:
            raise
        except Exception as err:
            raise RuntimeError(f"Cannot read {what} of the coadd of {self}: {err}") from err


def matchHandles(
    handles: Mapping[int, Sequence[DeferredDatasetHandle]], dataIds: Mapping[int, Sequence[DataCoordinate]]
) -> dict[int, list[CoaddPatch]]:
    """Pair the handles of each tract with their data IDs."""
    if not any(handles.values()):
        raise ValueError("No coadds were given to build a template from.")
    if handles.keys() != dataIds.keys():
        raise ValueError(f"Coadds are of tracts {sorted(handles)}, data IDs of tracts {sorted(dataIds)}.")
    tracts = {}
    for tract, group in handles.items():
        if len(group) != len(dataIds[tract]) or not group:
            raise ValueError(f"Tract {tract} has {len(group)} coadds and {len(dataIds[tract])} data IDs.")
        tracts[tract] = [CoaddPatch(*pair) for pair in zip(group, dataIds[tract], strict=True)]
    return tracts


def checkCoadds(tracts: Mapping[int, Sequence[CoaddPatch]]) -> tuple[str, PhotoCalib]:
    """Check that coadds go together; returns their band and photoCalib."""
    patches = [patch for group in tracts.values() for patch in group]
    bands = {patch.band for patch in patches}
    if len(bands) > 1:
        raise RuntimeError(f"The coadds of a template must be of one band, not of {sorted(bands)}.")
    for tract, group in tracts.items():
        for patch in group:
            if patch.tract != tract:
                raise ValueError(f"The coadd of {patch} is listed with tract {tract}.")
            if patch.photoCalib != patches[0].photoCalib:
                raise RuntimeError(
                    f"The coadds of a template must have one photoCalib: that of {patches[0]} is "
                    f"{patches[0].photoCalib}, that of {patch} is {patch.photoCalib}."
                )
            if patch.wcs != group[0].wcs:
                raise RuntimeError(f"The coadds of {group[0]} and of {patch} have different WCSs.")
    return bands.pop(), patches[0].photoCalib
