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

import builtins
import pickle

import lsst.pex.exceptions as pexExceptions
import pytest

NAMES = [n for n in pexExceptions.__all__ if isinstance(getattr(pexExceptions, n), type)]


@pytest.mark.parametrize("name", NAMES)
def testCarriesItsMessage(name):
    error = getattr(pexExceptions, name)("radius -3 is negative")
    assert str(error) == "radius -3 is negative"
    assert isinstance(error, pexExceptions.Exception)
    assert isinstance(error, builtins.Exception)


@pytest.mark.parametrize("name", NAMES)
def testSurvivesPickling(name):
    kind = getattr(pexExceptions, name)
    assert kind.__module__ == "lsst.pex.exceptions"
    again = pickle.loads(pickle.dumps(kind("message")))
    assert type(again) is kind
    assert str(again) == "message"


@pytest.mark.parametrize(
    ("name", "base"),
    [
        ("DomainError", pexExceptions.LogicError),
        ("InvalidParameterError", pexExceptions.LogicError),
        ("LengthError", pexExceptions.LogicError),
        ("OutOfRangeError", pexExceptions.LogicError),
        ("TypeError", pexExceptions.LogicError),
        ("TypeError", builtins.TypeError),
        ("RuntimeError", builtins.RuntimeError),
        ("RangeError", pexExceptions.RuntimeError),
        ("OverflowError", pexExceptions.RuntimeError),
        ("OverflowError", builtins.OverflowError),
        ("UnderflowError", builtins.ArithmeticError),
        ("IoError", pexExceptions.RuntimeError),
        ("IoError", builtins.OSError),
        ("NotFoundError", builtins.LookupError),
    ],
)
def testDerivesFrom(name, base):
    assert issubclass(getattr(pexExceptions, name), base)


def testKindsAreApart():
    assert not issubclass(pexExceptions.LogicError, builtins.RuntimeError)
    assert not issubclass(pexExceptions.NotFoundError, builtins.KeyError)
    assert not issubclass(pexExceptions.InvalidParameterError, pexExceptions.RuntimeError)
