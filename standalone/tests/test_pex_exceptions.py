# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

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
