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

"""Pages and pictures that show what templates came out of a run.

The commands ``template-report`` and ``template-preview``. They need the
extra ``report`` of this package: matplotlib, pillow and tqdm.
"""

from __future__ import annotations

__all__ = ("drawTemplate", "previewMain", "reportMain", "writeReport")

from typing import TYPE_CHECKING, Any

from ._commands import previewMain, reportMain

if TYPE_CHECKING:
    from ._preview import drawTemplate
    from ._report import writeReport


# The commands must be able to say what to install, so nothing that needs the
# extra is imported before it is used.
def __getattr__(name: str) -> Any:
    if name == "drawTemplate":
        from ._preview import drawTemplate

        return drawTemplate
    if name == "writeReport":
        from ._report import writeReport

        return writeReport
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
