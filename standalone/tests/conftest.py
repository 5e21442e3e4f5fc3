# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all tests of the runtime share."""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Iterator

import pytest
from lsst.afw.image import _mask as planes

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
