# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

__all__ = ["LocalFitsFormatter"]

from typing import Any

from lsst.daf.butler import FormatterV2


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
            Raised if the file does not exist; names file and dataset.
        """
        try:
            return super().read_from_possibly_cached_local_file(
                component, expected_size, cache_manager=cache_manager
            )
        except FileNotFoundError as err:
            raise FileNotFoundError(
                f"No file {self.file_descriptor.location.uri} for dataset {self.dataset_ref}: {err}"
            ) from err
