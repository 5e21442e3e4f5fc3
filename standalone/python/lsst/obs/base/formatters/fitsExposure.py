# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Formatters that read and write images, masks and exposures as FITS files."""

from __future__ import annotations

__all__ = (
    "FitsExposureFormatter",
    "FitsImageFormatter",
    "FitsMaskFormatter",
    "FitsMaskedImageFormatter",
    "StandardFitsImageFormatterBase",
)

import hashlib
import json
import logging
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from lsst.afw.fits import CompressionOptions
from lsst.afw.image import (
    ExposureFitsReader,
    ExposureInfo,
    FilterLabel,
    ImageFitsReader,
    MaskedImageFitsReader,
    MaskFitsReader,
)
from lsst.daf.butler import DataCoordinate, DatasetRef
from lsst.resources import ResourcePath

from .fitsGeneric import LocalFitsFormatter

_PLANES = ("image", "mask", "variance")


def _validateRecipe(name: str, recipe: Mapping[str, Any]) -> dict[str, Any]:
    if unknown := set(recipe) - set(_PLANES):
        raise RuntimeError(
            f"Write recipe {name!r} has unknown planes {sorted(unknown)}; known are {_PLANES}."
        )
    validated = {}
    for plane in _PLANES:
        options = recipe.get(plane)
        try:
            validated[plane] = None if options is None else CompressionOptions.from_mapping(options).to_dict()
        except Exception as err:
            raise RuntimeError(f"Write recipe {name!r} has bad options for the {plane} plane: {err}") from err
    return validated


def seedFromDataId(dataId: DataCoordinate) -> int:
    """Return a dither seed, 1 to 9999, that depends only on a data ID.

    Parameters
    ----------
    dataId
        Data ID of the dataset to write.

    Notes
    -----
    Formula: 1 plus the remainder by 9999 of the MD5 sum, as a big-endian
    integer, of the required values in JSON.
    """
    text = json.dumps(list(dataId.required_values))
    digest = hashlib.md5(text.encode(), usedforsecurity=False).digest()
    return 1 + int.from_bytes(digest, "big") % 9999


def withSeed(recipe: Mapping[str, Any], seed: int) -> dict[str, Any]:
    """Return a recipe with a seed wherever none is given.

    Parameters
    ----------
    recipe
        Validated recipe.
    seed
        Seed to use in place of 0.
    """
    seeded: dict[str, Any] = {}
    for plane, options in recipe.items():
        quantization = options and options.get("quantization")
        if quantization and not quantization["seed"]:
            options = {**options, "quantization": {**quantization, "seed": seed}}
        seeded[plane] = options
    return seeded


_LOG = logging.getLogger("lsst.obs.base.formatters.fitsExposure")

_FIRST_VERSION_WITH_LABELS = 2


def fixFilterLabel(label: FilterLabel | None, ref: DatasetRef, version: int) -> FilterLabel | None:
    """Return the filter label that the data ID implies.

    Parameters
    ----------
    label
        Label in the file.
    ref
        The dataset.
    version
        Serialization version of the file; before version 2, a file has only
        the name of a filter, from which ``label`` was guessed.

    Returns
    -------
    label
        Label made of the data ID's band and physical filter, `None` if it has
        neither. The label in the file if values implied by the data ID are
        unknown.
    """
    names = [name for name in ("band", "physical_filter") if name in ref.dataId.dimensions.names]
    values: dict[str, Any] = {name: ref.dataId.get(name) for name in names}
    if None in values.values():
        if version < _FIRST_VERSION_WITH_LABELS:
            _LOG.warning(
                "Data ID %s is without values of %s; the filter %s of %s is a guess.",
                ref.dataId,
                [name for name, value in values.items() if value is None],
                label,
                ref.datasetType.name,
            )
        return label
    band, physical = (values.get(name) for name in ("band", "physical_filter"))
    expected = None if band is None and physical is None else FilterLabel(band=band, physical=physical)
    if version >= _FIRST_VERSION_WITH_LABELS and label != expected:
        _LOG.warning(
            "File of %s@%s has filter %s where its data ID has %s, which is used.",
            ref.datasetType.name,
            ref.dataId,
            label,
            expected,
        )
    return expected


_SUBIMAGE_PARAMETERS = frozenset({"bbox", "origin"})


class StandardFitsImageFormatterBase(LocalFitsFormatter):
    """Base of formatters that read and write images with afw's classes.

    The parameters ``bbox`` and ``origin`` restrict what is read. The write
    parameter ``recipe`` names the write recipe, by default ``default``.
    """

    supported_write_parameters = frozenset({"recipe"})

    ReaderClass: ClassVar[type]

    _reader: Any = None

    @property
    def reader(self) -> Any:
        """Reader of the file (instance of ``ReaderClass``).

        Only available during a read.
        """
        if self._reader is None:
            raise RuntimeError(f"{self} is not reading a file.")
        return self._reader

    @property
    def checked_parameters(self) -> dict[str, Any]:
        """Parameters of the read for ``reader``.

        Raises
        ------
        NotImplementedError
            Raised if there is a parameter that this runtime cannot honor.
        """
        given = {k: v for k, v in (self.file_descriptor.parameters or {}).items() if v is not None}
        if unknown := set(given) - _SUBIMAGE_PARAMETERS:
            raise NotImplementedError(
                f"{self.name()} cannot honor parameters {sorted(unknown)} of {self.dataset_ref}; "
                f"it knows {sorted(_SUBIMAGE_PARAMETERS)}."
            )
        return given

    @property
    def storageClass_dtype(self) -> np.dtype | None:
        """Pixel type of the storage class; `None` if it leaves it open."""
        dtype = getattr(self.file_descriptor.storageClass.pytype, "dtype", None)
        return None if dtype is None else np.dtype(dtype)

    def readComponent(self, component: str) -> Any:
        """Read a component of the dataset.

        Parameters
        ----------
        component
            Name of the component.

        Raises
        ------
        KeyError
            Raised if there is no such component; by default there are none.
        """
        raise KeyError(f"Dataset type {self.dataset_ref.datasetType.name} has no component {component!r}.")

    def readFull(self) -> Any:
        """Read the dataset, or the part that the parameters select."""
        return self.reader.read(dtype=self.storageClass_dtype, **self.checked_parameters)

    def read_from_local_file(self, path: str, component: str | None = None, expected_size: int = -1) -> Any:
        """Read a dataset or one of its components.

        Parameters
        ----------
        path
            File.
        component
            Name of the component; `None` for the whole dataset.
        expected_size
            Not used.
        """
        self._reader = self.ReaderClass(path)
        try:
            return self.readFull() if component is None else self.readComponent(component)
        finally:
            self._reader = None

    def write_local_file(self, in_memory_dataset: Any, uri: ResourcePath) -> None:
        """Write a dataset.

        Parameters
        ----------
        in_memory_dataset
            Exposure, masked image, image or mask.
        uri
            Local file.
        """
        recipe = self.write_parameters.get("recipe")
        in_memory_dataset.writeFitsWithOptions(
            uri.ospath, options=self.get_image_compression_settings(recipe)
        )

    @classmethod
    def validate_write_recipes(cls, recipes: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
        """Check write recipes and fill in the defaults of their options.

        Parameters
        ----------
        recipes
            Compression options (mappings) by plane by recipe name. `None` in
            place of a plane's options, or a missing plane, means no
            compression; `None` in place of a recipe means no compression of
            any plane.

        Returns
        -------
        validated
            The recipes, each with all planes and all options.

        Raises
        ------
        RuntimeError
            Raised if a recipe has an unknown plane or option.
        """
        if not recipes:
            return recipes
        return {name: _validateRecipe(name, recipe or {}) for name, recipe in recipes.items()}

    def get_image_compression_settings(self, recipeName: str | None) -> dict:
        """Return compression options for the dataset.

        Parameters
        ----------
        recipeName
            Name of the recipe; by default ``default``.

        Returns
        -------
        settings
            Compression options by plane. Empty, which means no compression, if
            no name is given and there are no recipes at all.

        Raises
        ------
        RuntimeError
            Raised if there is no such recipe.
        """
        if recipeName is None and not self.write_recipes:
            return {}
        name = "default" if recipeName is None else recipeName
        if name not in self.write_recipes:
            raise RuntimeError(f"Unknown write recipe {name!r}; known are {sorted(self.write_recipes)}.")
        return withSeed(self.write_recipes[name], seedFromDataId(self.data_id))


class FitsImageFormatter(StandardFitsImageFormatterBase):
    """Formatter of images."""

    ReaderClass = ImageFitsReader


class FitsMaskFormatter(StandardFitsImageFormatterBase):
    """Formatter of masks."""

    ReaderClass = MaskFitsReader


class FitsMaskedImageFormatter(StandardFitsImageFormatterBase):
    """Formatter of masked images."""

    ReaderClass: ClassVar[type] = MaskedImageFitsReader

    def readComponent(self, component: str) -> Any:
        """Read a plane, or the part that the parameters select.

        Parameters
        ----------
        component
            ``image``, ``mask`` or ``variance``.

        Raises
        ------
        KeyError
            Raised if there is no such component.
        """
        match component:
            case "image":
                return self.reader.readImage(dtype=self.storageClass_dtype, **self.checked_parameters)
            case "mask":
                return self.reader.readMask(**self.checked_parameters)
            case "variance":
                return self.reader.readVariance(**self.checked_parameters)
        return super().readComponent(component)


class FitsExposureFormatter(FitsMaskedImageFormatter):
    """Formatter of exposures.

    Components other than the planes are read without touching pixels. The
    filter label follows the data ID.
    """

    ReaderClass = ExposureFitsReader

    def can_accept(self, in_memory_dataset: Any) -> bool:
        """Return whether a dataset has the storage class's own type."""
        return isinstance(in_memory_dataset, self.file_descriptor.storageClass.pytype)

    def readComponent(self, component: str) -> Any:
        """Read a component; see `StandardFitsImageFormatterBase`."""
        reader = self.reader
        match component:
            case "bbox":
                return reader.readBBox()
            case "dimensions":
                return reader.readBBox().getDimensions()
            case "xy0":
                return reader.readBBox().getMin()
            case "id":
                return reader.readExposureId()
            case "filter":
                return self._fixFilter(reader.readFilter())
            case "summaryStats":
                return reader.readComponent(ExposureInfo.KEY_SUMMARY_STATS)
        if component in _READ_METHODS:
            return getattr(reader, _READ_METHODS[component])()
        return super().readComponent(component)

    def readFull(self) -> Any:
        """Read the exposure, or the part that the parameters select."""
        exposure = super().readFull()
        exposure.getInfo().setFilter(self._fixFilter(exposure.getInfo().getFilter()))
        return exposure

    def _fixFilter(self, label: Any) -> Any:
        return fixFilterLabel(label, self.dataset_ref, self.reader.readSerializationVersion())


_READ_METHODS = {
    "apCorrMap": "readApCorrMap",
    "coaddInputs": "readCoaddInputs",
    "detector": "readDetector",
    "exposureInfo": "readExposureInfo",
    "metadata": "readMetadata",
    "photoCalib": "readPhotoCalib",
    "psf": "readPsf",
    "transmissionCurve": "readTransmissionCurve",
    "validPolygon": "readValidPolygon",
    "visitInfo": "readVisitInfo",
    "wcs": "readWcs",
}
