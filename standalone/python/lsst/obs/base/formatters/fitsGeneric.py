# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

__all__ = ("FitsGenericFormatter",)

from collections.abc import MutableMapping
from typing import Any

from lsst.daf.base import PropertySet
from lsst.daf.butler import DatasetProvenance, DatasetRef, FormatterV2
from lsst.resources import ResourcePath

_PREFIX = "LSST BUTLER"
_MAX_INPUTS = 3000


def add_provenance_to_fits_header(
    hdr: PropertySet | MutableMapping[str, Any] | None,
    ref: DatasetRef,
    provenance: DatasetProvenance | None = None,
) -> None:
    """Write the provenance of a dataset into a FITS header.

    Parameters
    ----------
    hdr
        Header to change in place; nothing is done if `None`. Existing
        provenance is replaced.
    ref
        The dataset.
    provenance
        Quantum and inputs of the dataset. More than 3000 inputs are only
        counted.
    """
    if hdr is None:
        return
    strip_provenance_from_fits_header(hdr)
    if provenance is None:
        provenance = DatasetProvenance()
    cards = provenance.to_flat_dict(
        ref, prefix=_PREFIX, sep=" ", simple_types=True, use_upper=True, max_inputs=_MAX_INPUTS
    )
    for key, value in cards.items():
        hdr[key] = value


def strip_provenance_from_fits_header(hdr: MutableMapping[str, Any] | PropertySet) -> None:
    """Remove the cards written by `add_provenance_to_fits_header`.

    Parameters
    ----------
    hdr
        Header to change in place.
    """
    remove = hdr.remove if isinstance(hdr, PropertySet) else hdr.pop
    for key in [key for key in hdr.keys() if key.startswith(_PREFIX)]:  # noqa: SIM118
        remove(key)


class LocalFitsFormatter(FormatterV2):
    """Base of formatters that read whole FITS files from a local disk.

    Files elsewhere are copied, and cached if the butler is configured so.
    """

    can_read_from_local_file = True
    default_extension = ".fits"
    supported_extensions = frozenset({".fits", ".fits.gz", ".fits.fz", ".fz", ".fit"})

    def read_from_possibly_cached_local_file(
        self, component: str | None = None, expected_size: int = -1, *, cache_manager: Any = None
    ) -> Any:
        """Read the dataset, or one of its components, from a local file.

        Raises
        ------
        FileNotFoundError
            Raised if the file does not exist; the message names file and
            dataset.
        """
        try:
            return super().read_from_possibly_cached_local_file(
                component, expected_size, cache_manager=cache_manager
            )
        except FileNotFoundError as err:
            raise FileNotFoundError(
                f"No file {self.file_descriptor.location.uri} for dataset {self.dataset_ref}: {err}"
            ) from err

    def add_provenance(
        self, in_memory_dataset: Any, /, *, provenance: DatasetProvenance | None = None
    ) -> Any:
        """Add provenance to the metadata of a dataset, if it has any.

        Parameters
        ----------
        in_memory_dataset
            Dataset, changed in place.
        provenance
            Quantum and inputs of the dataset.
        """
        metadata = getattr(in_memory_dataset, "metadata", None)
        if isinstance(metadata, PropertySet):
            add_provenance_to_fits_header(metadata, self.dataset_ref, provenance)
        return in_memory_dataset


class FitsGenericFormatter(LocalFitsFormatter):
    """Formatter of classes with ``readFits`` and ``writeFits`` methods."""

    unsupported_parameters = None

    def read_from_local_file(self, path: str, component: str | None = None, expected_size: int = -1) -> Any:
        """Read a dataset.

        Parameters
        ----------
        path
            File.
        component
            Must be `None`: these files have no components.
        expected_size
            Not used.

        Raises
        ------
        NotImplementedError
            Raised if a component is requested, or the class cannot be read
            from FITS.
        """
        if component is not None:
            raise NotImplementedError(f"{self.name()} cannot read component {component!r} of {path}.")
        pytype = self.file_descriptor.storageClass.pytype
        if not hasattr(pytype, "readFits"):
            raise NotImplementedError(
                f"{pytype.__module__}.{pytype.__qualname__} cannot be read from {path}."
            )
        return pytype.readFits(path)

    def write_local_file(self, in_memory_dataset: Any, uri: ResourcePath) -> None:
        """Write a dataset.

        Parameters
        ----------
        in_memory_dataset
            Dataset.
        uri
            Local file.
        """
        in_memory_dataset.writeFits(uri.ospath)
