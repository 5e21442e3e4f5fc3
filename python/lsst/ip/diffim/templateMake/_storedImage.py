# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Images written by ``lsst.images``, read as exposures."""

from __future__ import annotations

__all__ = ("StoredImage", "is_stored_image", "read_identity")

import dataclasses
import pathlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import astropy.io.fits

from lsst.geom import Box2I, Extent2I

if TYPE_CHECKING:
    from lsst.afw.image import ExposureF

_SCHEMA_CARD = "DATAMODL"


def is_stored_image(path: pathlib.Path) -> bool:
    """Return whether a file was written by ``lsst.images``."""
    try:
        with astropy.io.fits.open(path, lazy_load_hdus=True) as hdus:
            return _SCHEMA_CARD in hdus[0].header
    except OSError:
        # The next reader reports what is wrong with the file.
        return False


class StoredImage:
    """A cell-based coadd or visit image in a file of ``lsst.images``.

    Parameters
    ----------
    path
        FITS file.
    """

    def __init__(self, path: pathlib.Path) -> None:
        self._path = path

    def get(self, component: str | None, *, bbox: Box2I | None = None, origin: Any = None) -> Any:
        """Read the image as an exposure, or a component of it.

        Parameters
        ----------
        component
            Name that the component has in an exposure.
        bbox
            Part of the image to read.
        origin
            Not supported.

        Raises
        ------
        NotImplementedError
            Raised if an origin is given.
        ModuleNotFoundError
            Raised if ``lsst.images`` is not installed.
        """
        if origin is not None:
            raise NotImplementedError(f"{self._path} was written by lsst.images: boxes have no origin there.")
        with self.opened() as reader:
            match component:
                case "bbox":
                    return reader.get_component("bbox").to_legacy()
                case "dimensions":
                    return reader.get_component("bbox").to_legacy().getDimensions()
                case "xy0":
                    return reader.get_component("bbox").to_legacy().getMin()
                case "wcs":
                    return reader.get_component("sky_projection").to_legacy()
                case None | "image" | "mask" | "variance":
                    exposure = self._read(reader, bbox)
                    return exposure if component is None else getattr(exposure, component)
            # Other components come with any pixel, but a PSF needs all cells.
            whole = reader.get_component("bbox").to_legacy()
            part = None if component in ("psf", "validPolygon") else Box2I(whole.getMin(), Extent2I(1, 1))
            return getattr(self._read(reader, part).info, f"get{component[:1].upper()}{component[1:]}")()

    @contextmanager
    def opened(self) -> Iterator[Any]:
        """Open the file with the reader of ``lsst.images``."""
        try:
            from lsst.images.serialization import open_archive
        except ModuleNotFoundError as err:
            raise ModuleNotFoundError(
                f"{self._path} was written by lsst.images, which is not installed: "
                "pip install lsst-images (Python 3.12 or newer)."
            ) from err
        with open_archive(str(self._path)) as reader:
            yield reader

    @staticmethod
    def _read(reader: Any, bbox: Box2I | None) -> ExposureF:
        from lsst.images import Box

        parameters: dict[str, Any] = {} if bbox is None else {"bbox": Box.from_legacy(bbox)}
        if reader.info.schema_name == "cell_coadd":
            # An exposure does not include the inputs of the cells.
            parameters["provenance"] = False
        return reader.read(**parameters).to_legacy()


@dataclasses.dataclass
class Identity:
    """Data ID and types in a file of ``lsst.images``, as far as known."""

    name: str
    """Name of the class, and of the butler's storage class."""
    dataset_type: str | None = None
    band: str | None = None
    tract: int | None = None
    patch: int | None = None
    physical_filter: str | None = None
    instrument: str | None = None
    visit: int | None = None
    detector: int | None = None
    day_obs: int | None = None


def read_identity(path: pathlib.Path) -> Identity:
    """Read the data ID and types in a file of ``lsst.images``.

    Raises
    ------
    ModuleNotFoundError
        Raised if ``lsst.images`` is not installed.
    """
    with StoredImage(path).opened() as reader:
        tree = reader.get_tree()
        info = reader.butler_info
        identity = Identity(
            tree.PUBLIC_TYPE.__name__,
            dataset_type=info.dataset.datasetType.name if info and info.dataset.datasetType else None,
            band=getattr(tree, "band", None),
        )
        data_id = info.dataset.dataId.dataId if info and info.dataset.dataId else {}
        if getattr(tree, "patch", None) is not None:
            frame = reader.get_component("sky_projection").pixel_frame
            identity.tract, identity.patch = getattr(frame, "tract", None), tree.patch.id
        elif hasattr(tree, "obs_info"):
            observation = reader.get_component("obs_info")
            identity.physical_filter = observation.physical_filter
            identity.instrument = observation.instrument
            identity.visit = observation.visit_id
            identity.detector = observation.detector_num
            identity.day_obs = observation.observing_day
        for key in ("tract", "patch", "band", "instrument", "visit", "detector"):
            if key in data_id:
                setattr(identity, key, data_id[key])
        return identity
