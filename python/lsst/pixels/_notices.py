# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Log messages about the compilation of kernels, each once per process."""

from __future__ import annotations

__all__ = ("announce_compilation", "warn_without_folder")

import logging
import os
from collections.abc import Callable
from typing import Any

from numba.core import event
from numba.misc.appdirs import AppDirs

_LOG = logging.getLogger(__name__)


def announce_compilation() -> None:
    """Arrange for a message when the first kernel is compiled, to explain why
    the first template takes longer.
    """
    event.register("numba:compile", _Announcer())


class _Announcer(event.Listener):
    """Listener that logs the first compilation of an ``lsst`` function.

    Kernels that are loaded from the cache are not announced.
    """

    def on_start(self, event: event.Event) -> None:
        dispatcher = event.data["dispatcher"]
        if str(dispatcher.py_func.__module__).startswith("lsst."):
            _announce(dispatcher.stats.cache_path)

    def on_end(self, event: event.Event) -> None:
        pass


_said: set[str] = set()


def _announce(folder: str | None) -> None:
    if "compiling" in _said:
        return
    _said.add("compiling")
    if folder is None:
        _LOG.info("Compiling kernels, which takes some seconds in each process.")
    else:
        _LOG.info(
            "Compiling kernels, which takes some seconds once per machine; they are kept in %s.", folder
        )


def warn_without_folder(function: Callable[..., Any]) -> None:
    """Warn, on the first call, that compiled kernels cannot be cached.

    Parameters
    ----------
    function
        Function for which numba found no writable folder.
    """
    if "folder" in _said:
        return
    _said.add("folder")
    tried = [
        os.path.join(os.path.dirname(function.__code__.co_filename), "__pycache__"),
        AppDirs(appname="numba", appauthor=False).user_cache_dir,
    ]
    if folder := os.environ.get("NUMBA_CACHE_DIR"):
        tried.insert(0, f"{folder} (NUMBA_CACHE_DIR)")
    _LOG.warning(
        "Compiled kernels cannot be cached, since neither %s can be written: they are compiled again in each "
        "process. Set NUMBA_CACHE_DIR to a writable folder.",
        " nor ".join(tried),
    )
