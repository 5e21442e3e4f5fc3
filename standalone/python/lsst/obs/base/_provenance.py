# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

__all__ = ("add_provenance_to_fits_header", "strip_provenance_from_fits_header")


from collections.abc import MutableMapping
from typing import Any

from lsst.daf.base import PropertySet
from lsst.daf.butler import DatasetProvenance, DatasetRef

_PREFIX = "LSST BUTLER"
_MAX_INPUTS = 3000


def add_provenance_to_fits_header(
    hdr: PropertySet | MutableMapping[str, Any] | None,
    ref: DatasetRef,
    provenance: DatasetProvenance | None = None,
) -> None:
    """Write into a FITS header what a dataset is and was made from.

    Parameters
    ----------
    hdr
        Header to change in place; nothing is done if `None`. Provenance it
        already has is replaced.
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
    """Remove what `add_provenance_to_fits_header` wrote.

    Parameters
    ----------
    hdr
        Header to change in place.
    """
    remove = hdr.remove if isinstance(hdr, PropertySet) else hdr.pop
    for key in [key for key in hdr.keys() if key.startswith(_PREFIX)]:  # noqa: SIM118
        remove(key)
