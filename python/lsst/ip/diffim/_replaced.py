# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ``getTemplate`` module that this package replaces."""

from __future__ import annotations

__all__ = ("load_replaced", "replaced_default")

import functools
import importlib.util
import pathlib
import sys
import types
from typing import Any

# The replaced module is loaded as part of the package, so that its relative
# imports work, but under another name.
_NAME = "lsst.ip.diffim._replacedGetTemplate"


@functools.cache
def load_replaced() -> types.ModuleType | None:
    """Load the ``getTemplate`` module that is hidden by this package.

    Returns
    -------
    module
        First one behind this package on the path of ``lsst.ip.diffim``, or
        None if there is none.
    """
    path = next(filter(pathlib.Path.is_file, _candidates()), None)
    if path is None:
        return None
    spec = importlib.util.spec_from_file_location(_NAME, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[_NAME] = module
    try:
        spec.loader.exec_module(module)
    except BaseException as err:
        del sys.modules[_NAME]
        err.add_note(f"This occurred in {path}, which lsst.ip.diffim.getTemplate replaces.")
        raise
    return module


def replaced_default(name: str, default: Any) -> Any:
    """Return the default of a field in the replaced configuration.

    Parameters
    ----------
    name
        Name of a field of ``GetTemplateConfig``.
    default
        Value to return if nothing is replaced or the field does not exist.
    """
    config = getattr(load_replaced(), "GetTemplateConfig", None)
    return default if config is None else getattr(config(), name, default)


def _candidates() -> list[pathlib.Path]:
    """List possible paths of the module, except in copies of this package."""
    import lsst.ip.diffim

    own = pathlib.Path(__file__).name
    folders = map(pathlib.Path, lsst.ip.diffim.__path__)
    return [folder / "getTemplate.py" for folder in folders if not (folder / own).is_file()]
