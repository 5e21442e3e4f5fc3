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

"""What all tests of the runtime share."""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Iterator

import pytest
from lsst.afw.image import _maskPlanes as planes

# Of modules that several tests import.
sys.path.insert(0, str(pathlib.Path(__file__).parent))


@pytest.fixture(autouse=True)
def fresh_planes() -> Iterator[None]:
    """Give each test default mask planes of its own, for reading a file may
    add to those of the process.
    """
    before = dict(planes.defaultPlanes().bits)
    planes.replaceDefault({name: bit for bit, name in enumerate(planes.INITIAL)})
    yield
    planes.replaceDefault(before)
