# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

__all__ = ("ExposureAssembler",)

from collections.abc import Iterable, Mapping
from typing import Any

from lsst.afw.image import Exposure, makeExposure, makeMaskedImage
from lsst.daf.butler import DatasetComponent, DatasetProvenance, DatasetRef, StorageClassDelegate

from .formatters.fitsGeneric import add_provenance_to_fits_header


class ExposureAssembler(StorageClassDelegate):
    """Delegate that disassembles and reassembles exposures, masked images and
    images.

    Parameters
    ----------
    storageClass
        Storage class of the datasets.
    """

    EXPOSURE_COMPONENTS = frozenset({"image", "variance", "mask", "wcs", "psf"})
    EXPOSURE_INFO_COMPONENTS = frozenset(
        {
            "apCorrMap",
            "coaddInputs",
            "detector",
            "filter",
            "id",
            "metadata",
            "photoCalib",
            "summaryStats",
            "transmissionCurve",
            "validPolygon",
            "visitInfo",
        }
    )
    EXPOSURE_READ_COMPONENTS = frozenset({"bbox", "dimensions", "xy0"})

    COMPONENT_MAP = {"bbox": "BBox", "xy0": "XY0"}
    """Names of components whose accessor is spelled differently."""

    def can_accept(self, inMemoryDataset: Any) -> bool:
        """Return whether an object has the storage class's own type."""
        return isinstance(inMemoryDataset, self.storageClass.pytype)

    def getComponent(self, composite: Any, componentName: str) -> Any:
        """Return a component of an exposure or masked image.

        Parameters
        ----------
        composite
            Exposure or masked image.
        componentName
            Name of the component.

        Raises
        ------
        AttributeError
            Raised if there is no such component.
        """
        if componentName in self.EXPOSURE_COMPONENTS | self.EXPOSURE_READ_COMPONENTS:
            return super().getComponent(composite, self.COMPONENT_MAP.get(componentName, componentName))
        if componentName in self.EXPOSURE_INFO_COMPONENTS and _isExposure(composite):
            return super().getComponent(composite.getInfo(), componentName)
        raise AttributeError(f"{type(composite).__name__} has no component {componentName!r}.")

    def disassemble(
        self, composite: Any, subset: Iterable | None = None, override: Any | None = None
    ) -> dict[str, DatasetComponent]:
        """Return the components of an exposure or masked image.

        Parameters
        ----------
        composite
            Exposure or masked image.
        subset
            Names of components to return; by default all.
        override
            Not supported.

        Raises
        ------
        NotImplementedError
            Raised if ``override`` is given.
        """
        if override is not None:
            raise NotImplementedError("ExposureAssembler cannot disassemble one object in place of another.")
        return super().disassemble(composite, subset)

    def assemble(self, components: dict[str, Any], pytype: type | None = None) -> Any:
        """Join the components of an exposure or masked image.

        Parameters
        ----------
        components
            Components by name; an image at least.
        pytype
            Type to make; by default that of the storage class.

        Raises
        ------
        ValueError
            Raised if a component is unknown or the image is missing.
        TypeError
            Raised if the components form an object of another type.
        """
        if unknown := set(components) - set(self.storageClass.components):
            raise ValueError(f"Storage class {self.storageClass.name} has no components {sorted(unknown)}.")
        if components.get("image") is None:
            raise ValueError(f"No image among the components {sorted(components)}.")
        result = makeMaskedImage(components["image"], components.get("mask"), components.get("variance"))
        pytype = self.storageClass.pytype if pytype is None else pytype
        if issubclass(pytype, Exposure):
            result = self._makeExposure(result, components)
        if not isinstance(result, pytype):
            raise TypeError(f"Components make a {type(result).__name__}, not a {pytype.__name__}.")
        return result

    def _makeExposure(self, maskedImage: Any, components: Mapping[str, Any]) -> Exposure:
        exposure: Any = makeExposure(maskedImage)
        info = exposure.getInfo()
        for name, component in components.items():
            if component is not None and name not in ("image", "mask", "variance"):
                getattr(info, f"set{name[0].upper()}{name[1:]}")(component)
        return exposure

    def handleParameters(self, inMemoryDataset: Any, parameters: Mapping[str, Any] | None = None) -> Any:
        """Return the part of a dataset that parameters select.

        Parameters
        ----------
        inMemoryDataset
            Exposure, masked image, image or mask.
        parameters
            ``bbox`` and ``origin`` of the part.

        Raises
        ------
        NotImplementedError
            Raised if there is a parameter that this runtime cannot honor.
        """
        given = {k: v for k, v in (parameters or {}).items() if v is not None}
        if unknown := set(given) - {"bbox", "origin"}:
            raise NotImplementedError(
                f"Cannot honor parameters {sorted(unknown)} on a {type(inMemoryDataset).__name__}."
            )
        return inMemoryDataset.subset(**given) if "bbox" in given else inMemoryDataset

    def copy(self, inMemoryDataset: Any) -> Any:
        """Return a deep copy of a dataset.

        Parameters
        ----------
        inMemoryDataset
            Exposure, masked image, image or mask.
        """
        return inMemoryDataset.clone()

    def add_provenance(
        self, inMemoryDataset: Any, ref: DatasetRef, provenance: DatasetProvenance | None = None
    ) -> Any:
        """Add provenance to the metadata of an exposure.

        Parameters
        ----------
        inMemoryDataset
            Exposure, changed in place.
        ref
            The dataset.
        provenance
            Quantum and inputs of the dataset.
        """
        if _isExposure(inMemoryDataset):
            add_provenance_to_fits_header(inMemoryDataset.metadata, ref, provenance)
        return inMemoryDataset

    @classmethod
    def selectResponsibleComponent(cls, readComponent: str, fromComponents: set[str | None]) -> str:
        """Return the component from which a derived one can be read.

        Parameters
        ----------
        readComponent
            Derived component: ``bbox``, ``dimensions`` or ``xy0``.
        fromComponents
            Available components.

        Raises
        ------
        ValueError
            Raised if none of them contains it.
        """
        if readComponent in cls.EXPOSURE_READ_COMPONENTS:
            for component in ("image", "variance", "mask"):
                if component in fromComponents:
                    return component
        raise ValueError(f"Cannot read component {readComponent!r} from {fromComponents}.")


def _isExposure(dataset: Any) -> bool:
    return isinstance(dataset, Exposure)
