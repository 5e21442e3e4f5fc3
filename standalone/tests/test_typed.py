# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Type checkers use the annotations of every module."""

import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[1] / "python"


def test_markers():
    modules = [path for path in ROOT.rglob("*.py") if path.name != "__init__.py"]
    assert len(modules) > 50
    untyped = [path for path in modules if not any((folder / "py.typed").exists() for folder in path.parents)]
    assert untyped == []
