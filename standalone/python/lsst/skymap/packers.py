# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

__all__ = ("SkyMapDimensionPacker", "SkyMapDimensionPackerConfig")

from collections.abc import Mapping
from typing import Any

from lsst.daf.butler import DataCoordinate, DimensionGroup, DimensionPacker
from lsst.pex.config import Config, ConfigurableField, DictField, Field


class SkyMapDimensionPackerConfig(Config):
    """Configuration of `SkyMapDimensionPacker`."""

    bands = DictField[str, int](
        doc="Number of each band; by default a fixed list of filters.",
        default=None,
        optional=True,
    )
    n_bands = Field[int](
        doc="Number of bands to leave room for; 0 leaves bands out, None counts `bands`.",
        optional=True,
        default=0,
    )
    n_tracts = Field[int](
        doc="Number of tracts to leave room for; by default that of the sky map.",
        optional=True,
        default=None,
    )
    n_patches = Field[int](
        doc="Number of patches in a tract to leave room for; by default that of the sky map.",
        optional=True,
        default=None,
    )


class SkyMapDimensionPacker(DimensionPacker):
    """Packer of tract, patch and optionally band into one integer.

    Parameters
    ----------
    fixed
        Data ID with the sky map; with records unless ``n_tracts`` and
        ``n_patches`` are given.
    dimensions
        Dimensions to pack: tract and patch, and optionally band. By default,
        ``n_bands`` determines whether band is included.
    bands
        Number of each band; by default its place in `SUPPORTED_FILTERS`.
    n_bands
        Number of bands to leave room for; 0 leaves bands out. By default
        the number of ``bands``.
    n_tracts, n_patches
        Numbers of tracts and patches to leave room for; by default those of
        the sky map.

    Raises
    ------
    ValueError
        Raised if ``dimensions`` lacks tract or patch, or has dimensions other
        than these and band; or if ``n_bands`` contradicts it.
    """

    SUPPORTED_FILTERS = (
        None,
        *"ugrizyUBGVRIZYJHK",
        *("N387", "N515", "N656", "N816", "N921", "N1010"),
        *("N419", "N540", "N708", "N964"),
    )

    ConfigClass = SkyMapDimensionPackerConfig

    def __init__(
        self,
        fixed: DataCoordinate,
        dimensions: DimensionGroup | None = None,
        bands: Mapping[str, int] | None = None,
        n_bands: int | None = None,
        n_tracts: int | None = None,
        n_patches: int | None = None,
    ) -> None:
        if bands is None:
            bands = {band: i for i, band in enumerate(self.SUPPORTED_FILTERS)}
        if dimensions is None:
            n_bands = len(bands) if n_bands is None else n_bands
            names = ["tract", "patch"] + (["band"] if n_bands else [])
            dimensions = fixed.universe.conform(names)
        elif not {"tract", "patch"} <= set(dimensions.names) <= {"skymap", "tract", "patch", "band"}:
            raise ValueError(
                f"A packer of sky map dimensions packs tract, patch and perhaps band, not {dimensions}."
            )
        elif "band" not in dimensions.names:
            if n_bands:
                raise ValueError(f"n_bands={n_bands}, but band is not among the dimensions {dimensions}.")
            n_bands = 0
        elif n_bands is None:
            n_bands = len(bands)
        elif n_bands == 0:
            raise ValueError(f"n_bands is 0, but band is among the dimensions {dimensions}.")
        super().__init__(fixed, dimensions)
        self._bands = bands
        self._bandNames = {number: band for band, number in bands.items()}
        self._nBands = n_bands
        if n_tracts is None or n_patches is None:
            record: Any = fixed.records["skymap"]
            n_tracts = record.tract_max if n_tracts is None else n_tracts
            n_patches = record.patch_nx_max * record.patch_ny_max if n_patches is None else n_patches
        self._nTracts: int = n_tracts
        self._nPatches: int = n_patches

    @classmethod
    def make_config_field(
        cls, doc: str = "How to pack tract, patch, and possibly band into an integer."
    ) -> ConfigurableField:
        """Return a config field whose ``apply`` makes a packer.

        Parameters
        ----------
        doc
            Documentation of the field.
        """
        return ConfigurableField(doc, target=cls.from_config, ConfigClass=cls.ConfigClass)

    @classmethod
    def from_config(
        cls, data_id: DataCoordinate, config: SkyMapDimensionPackerConfig
    ) -> SkyMapDimensionPacker:
        """Make a packer.

        Parameters
        ----------
        data_id
            Data ID with the sky map; any other dimensions in it are not held
            fixed.
        config
            Configuration.
        """
        return cls(
            data_id.subset(data_id.universe.conform(["skymap"])),
            bands=config.bands,
            n_bands=config.n_bands,
            n_tracts=config.n_tracts,
            n_patches=config.n_patches,
        )

    @property
    def maxBits(self) -> int:
        """Number of bits that hold any packed ID."""
        count = self._nTracts * self._nPatches * (self._nBands or 1)
        return (count - 1).bit_length()

    def _pack(self, dataId: DataCoordinate) -> int:
        tract = self._checked("tract", dataId["tract"], self._nTracts)
        patch = self._checked("patch", dataId["patch"], self._nPatches)
        packed = patch + self._nPatches * tract
        if self._nBands:
            packed += self._bandNumber(dataId["band"]) * self._nPatches * self._nTracts
        return packed

    @staticmethod
    def _checked(name: str, value: int | str, limit: int) -> int:
        value = int(value)
        if not 0 <= value < limit:
            raise ValueError(f"{name} {value} is not in range 0 to {limit - 1}.")
        return value

    def _bandNumber(self, band: int | str) -> int:
        if (number := self._bands.get(str(band))) is None:
            raise ValueError(f"Unknown band {band!r}; the packer knows {list(self._bands)}.")
        return self._checked(f"number of band {band!r}", number, self._nBands)

    def unpack(self, packedId: int) -> DataCoordinate:
        """Return the data ID that was packed.

        Parameters
        ----------
        packedId
            Result of `pack`.

        Raises
        ------
        ValueError
            Raised if no data ID packs to this.
        """
        values: dict[str, int | str] = {}
        rest = packedId
        if self._nBands:
            number, rest = divmod(rest, self._nTracts * self._nPatches)
            if (band := self._bandNames.get(number)) is None:
                raise ValueError(f"Packed ID {packedId} has unknown band number {number}.")
            values["band"] = band
        tract, patch = divmod(rest, self._nPatches)
        values["tract"], values["patch"] = self._checked("tract", tract, self._nTracts), patch
        return DataCoordinate.standardize(values, dimensions=self.dimensions, defaults=self.fixed)
