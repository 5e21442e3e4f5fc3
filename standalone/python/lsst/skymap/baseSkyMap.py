# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sky maps: the base class, its configuration and the registry."""

from __future__ import annotations

__all__ = ("BaseSkyMap", "BaseSkyMapConfig")

import abc
import hashlib
import logging
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

import lsst.pex.config as pexConfig
from lsst.geom import Angle, SpherePoint, arcseconds, degrees

from .detail import Index2D, WcsFactory
from .detail.utils import positionsInRadians
from .tractBuilder import tractBuilderRegistry

if TYPE_CHECKING:
    from lsst.daf.butler import Butler

    from .patchInfo import PatchInfo
    from .tractInfo import TractInfo

_LOG = logging.getLogger("lsst.skymap")


def _skyMapRecord(skyMap: BaseSkyMap, name: str) -> dict[str, Any]:
    counts = [tract.getNumPatches() for tract in skyMap]
    largest = Index2D(max(n.x for n in counts), max(n.y for n in counts))
    return {
        "skymap": name,
        "hash": skyMap.getSha1(),
        "tract_max": len(skyMap),
        "patch_nx_max": largest.x,
        "patch_ny_max": largest.y,
    }


def _patchRecords(tract: TractInfo, name: str) -> Iterator[dict[str, Any]]:
    for patch in tract:
        index = patch.getIndex()
        yield {
            "skymap": name,
            "tract": tract.getId(),
            "patch": patch.getSequentialIndex(),
            "cell_x": index.x,
            "cell_y": index.y,
            "region": patch.getOuterSkyPolygon(tract.getWcs()),
        }


skyMapRegistry = pexConfig.makeRegistry("Sky maps, each a way to divide the sky into tracts.")


class BaseSkyMapConfig(pexConfig.Config):
    """Configuration common to all sky maps."""

    tractBuilder = tractBuilderRegistry.makeField(doc="How to divide a tract into patches.", default="legacy")
    tractOverlap = pexConfig.Field[float](
        doc="Least overlap between neighboring tracts (degrees).", default=1.0
    )
    pixelScale = pexConfig.Field[float](
        doc="Size of a pixel at the center of a tract (arcsec).", default=0.333
    )
    projection = pexConfig.Field[str](
        doc="Three-letter code of a FITS projection, e.g. STG (stereographic) or TAN (gnomonic).",
        default="STG",
    )
    rotation = pexConfig.Field[float](doc="Rotation of the pixel axes (degrees).", default=0)

    # Two fields of older releases, which saved configurations still set.

    def setPatchInnerDimensions(self, value: Sequence[int]) -> None:
        """Set the inner size of patches of the "legacy" builder."""
        self.tractBuilder["legacy"].patchInnerDimensions = value

    def getPatchInnerDimensions(self) -> Sequence[int]:
        """Return the inner size of patches of the "legacy" builder."""
        return self.tractBuilder["legacy"].patchInnerDimensions

    patchInnerDimensions = property(getPatchInnerDimensions, setPatchInnerDimensions)

    def setPatchBorder(self, value: int) -> None:
        """Set the border of patches of the "legacy" builder."""
        self.tractBuilder["legacy"].patchBorder = value

    def getPatchBorder(self) -> int:
        """Return the border of patches of the "legacy" builder."""
        return self.tractBuilder["legacy"].patchBorder

    patchBorder = property(getPatchBorder, setPatchBorder)


class BaseSkyMap(metaclass=abc.ABCMeta):
    """A division of the sky, or part of it, into tracts and patches.

    Parameters
    ----------
    config
        Instance of the subclass's ``ConfigClass``, which is validated and
        frozen; the defaults if `None`.

    Raises
    ------
    ValueError
        Raised if the configuration is not valid.
    """

    ConfigClass: ClassVar[type[BaseSkyMapConfig]] = BaseSkyMapConfig

    SKYMAP_RUN_COLLECTION_NAME = "skymaps"
    SKYMAP_DATASET_TYPE_NAME = "skyMap"

    def __init__(self, config: BaseSkyMapConfig | None = None) -> None:
        if config is None:
            config = self.ConfigClass()
        config.validate()
        config.freeze()
        self.config: Any = config
        self._wcsFactory = WcsFactory(
            pixelScale=Angle(config.pixelScale, arcseconds),
            projection=config.projection,
            rotation=Angle(config.rotation, degrees),
        )
        self._sha1: bytes | None = None
        self._tractBuilder = config.tractBuilder.apply()

    def findTract(self, coord: SpherePoint) -> TractInfo:
        """Return the tract whose inner region contains a sky position.

        Parameters
        ----------
        coord
            Position. If the sky map has no inner regions, the tract with the
            nearest center is returned; of equally near tracts, the first.
        """
        return min(self, key=lambda tract: coord.separation(tract.getCtrCoord()).asRadians())

    def findTractIdArray(
        self, ra: npt.ArrayLike, dec: npt.ArrayLike, degrees: bool = False
    ) -> npt.NDArray[np.integer[Any]]:
        """Return the numbers of the tracts of many sky positions.

        Parameters
        ----------
        ra, dec
            Positions, shape ``(n,)`` or scalar (radians).
        degrees
            Whether the positions are in degrees instead.

        Returns
        -------
        ids
            Numbers of the tracts `findTract` would return, shape ``(n,)``.
        """
        lon, lat = positionsInRadians(ra, dec, degrees)
        ids = np.full(lon.shape, -1)
        nearest = np.full(lon.shape, np.inf)
        for tract in self:
            center = tract.getCtrCoord()
            lon0, lat0 = center.getRa().asRadians(), center.getDec().asRadians()
            haversine = (
                np.sin((lat - lat0) / 2) ** 2 + np.cos(lat) * np.cos(lat0) * np.sin((lon - lon0) / 2) ** 2
            )
            closer = haversine < nearest
            ids[closer] = tract.getId()
            nearest[closer] = haversine[closer]
        return ids

    def findTractPatchList(
        self, coordList: Iterable[SpherePoint]
    ) -> list[tuple[TractInfo, Sequence[PatchInfo]]]:
        """Return all tracts and patches around a set of sky positions.

        Parameters
        ----------
        coordList
            Positions, e.g. the corners of an image.

        Returns
        -------
        found
            Each tract with such patches, and the patches that may overlap.
        """
        coordList = list(coordList)
        return self._withPatches(self, coordList)

    def findClosestTractPatchList(
        self, coordList: Iterable[SpherePoint]
    ) -> list[tuple[TractInfo, Sequence[PatchInfo]]]:
        """Return the tracts of sky positions, with their patches.

        Parameters
        ----------
        coordList
            Positions, e.g. the corners of an image.

        Returns
        -------
        found
            Tract that `findTract` returns for each position, each tract once,
            with the patches that may overlap any of the positions.
        """
        coordList = list(coordList)
        tracts = {tract.getId(): tract for tract in map(self.findTract, coordList)}
        return [(tract, tract.findPatchList(coordList)) for tract in tracts.values()]

    @staticmethod
    def _withPatches(
        tracts: Iterable[TractInfo], coordList: list[SpherePoint]
    ) -> list[tuple[TractInfo, Sequence[PatchInfo]]]:
        found = ((tract, tract.findPatchList(coordList)) for tract in tracts)
        return [(tract, patches) for tract, patches in found if patches]

    @abc.abstractmethod
    def __getitem__(self, ind: int) -> TractInfo:
        raise NotImplementedError()

    @abc.abstractmethod
    def __len__(self) -> int:
        raise NotImplementedError()

    def __iter__(self) -> Iterator[TractInfo]:
        return (self[i] for i in range(len(self)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, BaseSkyMap):
            return NotImplemented
        return self.getSha1() == other.getSha1()

    def __hash__(self) -> int:
        return hash(self.getSha1())

    def logSkyMapInfo(self, log: logging.Logger) -> None:
        """Write a description of every tract to a log.

        Parameters
        ----------
        log
            Logger; messages have level INFO.
        """
        log.info("sky map has %d tracts", len(self))
        for tract in self:
            center = tract.getCtrCoord().getPosition(degrees)
            corners = [
                f"({coord.getRa().asDegrees():.3f}, {coord.getDec().asDegrees():.3f})"
                for coord in tract.getVertexList()
            ]
            log.info(
                "tract %d has center %.3f, %.3f (RA, Dec degrees) and corners %s and is %d x %d patches",
                tract.getId(),
                center.getX(),
                center.getY(),
                ", ".join(corners),
                *tract.getNumPatches(),
            )

    def getSha1(self) -> bytes:
        """Return the SHA-1 digest (20 bytes) of the configuration."""
        if self._sha1 is None:
            sha1 = hashlib.sha1()
            sha1.update(type(self).__name__.encode("utf-8"))
            sha1.update(self._tractBuilder.getPackedConfig(self.config))
            self.updateSha1(sha1)
            self._sha1 = sha1.digest()
        return self._sha1

    @abc.abstractmethod
    def updateSha1(self, sha1: Any) -> None:
        """Add the data specific to the subclass to a digest.

        Parameters
        ----------
        sha1
            Object of `hashlib`.
        """
        raise NotImplementedError()

    def register(self, name: str, butler: Butler) -> None:
        """Add this sky map to a butler repository.

        Parameters
        ----------
        name
            Name of the sky map in the repository.
        butler
            Writeable butler.

        Raises
        ------
        lsst.daf.butler.registry.ConflictingDefinitionError
            Raised if the name belongs to another sky map, or this sky map is
            registered under another name.

        Notes
        -----
        Registering the same sky map again changes nothing.
        """
        from lsst.daf.butler import CollectionType, DatasetType
        from lsst.daf.butler.registry import ConflictingDefinitionError

        butler.collections.register(self.SKYMAP_RUN_COLLECTION_NAME, CollectionType.RUN)
        datasetType = DatasetType(
            name=self.SKYMAP_DATASET_TYPE_NAME,
            dimensions=["skymap"],
            storageClass="SkyMap",
            universe=butler.dimensions,
        )
        butler.registry.registerDatasetType(datasetType)
        with butler.transaction():
            try:
                inserted = butler.registry.syncDimensionData("skymap", _skyMapRecord(self, name))
            except ConflictingDefinitionError as err:
                raise ConflictingDefinitionError(
                    f"Sky map {name!r} with hash {self.getSha1().hex()} conflicts with one that is already "
                    f"registered under that name or with that hash: {err}"
                ) from err
            if not inserted:
                _LOG.info("Sky map %r is already registered.", name)
                return
            for tract in self:
                record = {"skymap": name, "tract": tract.getId(), "region": tract.getOuterSkyPolygon()}
                butler.registry.insertDimensionData("tract", record)
                butler.registry.insertDimensionData("patch", *_patchRecords(tract, name))
            butler.put(self, datasetType, {"skymap": name}, run=self.SKYMAP_RUN_COLLECTION_NAME)
