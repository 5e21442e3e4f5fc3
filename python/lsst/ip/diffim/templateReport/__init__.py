# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pages and pictures that show the templates of a run.

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


# The commands must be able to say what to install, so modules that need the
# extra are imported only when they are used.
def __getattr__(name: str) -> Any:
    if name == "drawTemplate":
        from ._preview import drawTemplate

        return drawTemplate
    if name == "writeReport":
        from ._report import writeReport

        return writeReport
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
