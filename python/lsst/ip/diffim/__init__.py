# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Difference imaging: templates.

If another ``lsst.ip.diffim`` lies behind this one on the path, as in the
Science Pipelines, the two are merged: everything comes from the other
package except for `getTemplate`, which is found here first.
"""

import pathlib
import pkgutil

__path__ = pkgutil.extend_path(__path__, __name__)

# A second copy of this package may be on the path. Its __init__ is also run
# here, but then skips this block.
if "_others" not in globals():
    _others = [pathlib.Path(_folder) / "__init__.py" for _folder in __path__[1:]]
    for _init in _others:
        if _init.is_file():
            exec(compile(_init.read_bytes(), _init, "exec"))

from .getTemplate import *  # noqa: F403
