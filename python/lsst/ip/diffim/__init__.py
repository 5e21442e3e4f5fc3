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

"""Difference imaging: templates.

Where another ``lsst.ip.diffim`` lies behind this one on the path, as in the
Science Pipelines, this package joins it: all of the other is there as it
was, but for `getTemplate`, of which this one is found first.
"""

import pathlib
import pkgutil

__path__ = pkgutil.extend_path(__path__, __name__)

# A second copy of this package may lie on the path. Its __init__ runs in here
# as well, and leaves the rest to the first.
if "_others" not in globals():
    _others = [pathlib.Path(_folder) / "__init__.py" for _folder in __path__[1:]]
    for _init in _others:
        if _init.is_file():
            exec(compile(_init.read_bytes(), _init, "exec"))

from .getTemplate import *  # noqa: F403
