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
