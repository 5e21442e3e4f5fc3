# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Data ID and dataset type in the header of a file."""

from __future__ import annotations

__all__ = ("DataIdCards",)

from collections.abc import Mapping
from typing import Any

_BUTLER = "LSST BUTLER DATAID "
_DATASET_TYPE = "LSST BUTLER DATASETTYPE"


class DataIdCards:
    """Data ID in a header, which may be incomplete.

    The butler writes cards such as ``LSST BUTLER DATAID TRACT``. If
    there are none, a plain ``TRACT`` is used.

    Parameters
    ----------
    metadata
        Header of a file.
    """

    def __init__(self, metadata: Mapping[str, Any]) -> None:
        self._metadata = metadata

    def integer(self, key: str) -> int | None:
        """Return an integer value of the data ID; `None` if there is none."""
        value = self._get(key)
        if isinstance(value, str) and value.strip().isdecimal():
            return int(value)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        return None

    def text(self, key: str) -> str | None:
        """Return a string value of the data ID; `None` if there is none."""
        value = self._get(key)
        return value.strip() or None if isinstance(value, str) else None

    @property
    def dataset_type(self) -> str | None:
        """Dataset type that the file had in a butler repository."""
        value = self._metadata.get(_DATASET_TYPE)
        return value if isinstance(value, str) else None

    def _get(self, key: str) -> Any:
        for name in (_BUTLER + key.upper(), key.upper()):
            if name in self._metadata:
                return self._metadata[name]
        return None
