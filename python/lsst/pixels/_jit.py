# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Decorator for compiled code."""

from __future__ import annotations

__all__ = ("compiled",)

import functools
from collections.abc import Callable
from typing import Any, TypeVar, overload

import numba
from numba.core.registry import cpu_target

from ._notices import announce_compilation, warn_without_folder

# numba defers a third of its imports until something is compiled or loaded.
# Importing them now saves that time in every forked process, and in the first
# template.
cpu_target.typing_context.refresh()
cpu_target.target_context.refresh()
announce_compilation()

# Sums may be reordered and multiply-adds fused, but NaN ("no value") and
# infinity ("no weight") must be preserved.
_FASTMATH = {"arcp", "contract", "nsz", "reassoc"}

_Function = TypeVar("_Function", bound=Callable[..., Any])


@overload
def compiled(function: _Function) -> _Function: ...


@overload
def compiled(*, exact: bool = False, inline: bool = False) -> Callable[[_Function], _Function]: ...


def compiled(function: Any = None, *, exact: bool = False, inline: bool = False) -> Any:
    """Compile a function on its first call, and cache the machine code.

    The cache is the folder ``NUMBA_CACHE_DIR`` if that is set, else the
    ``__pycache__`` folder beside the source, else the user's cache folder, so
    a function is compiled once per machine. If none of these is writable, it
    is compiled once per process, and a warning is logged.

    Compiled code releases Python's global interpreter lock.

    Parameters
    ----------
    function
        Function to compile; if omitted, a decorator is returned.
    exact
        Evaluate floating-point operations in the order written, each rounded
        as IEEE 754 prescribes, as codecs of file formats require. By default
        sums may be reordered and multiply-adds fused.
    inline
        Inline the function into the compiled functions that call it.
    """
    if function is None:
        return functools.partial(compiled, exact=exact, inline=inline)
    # Division by zero gives infinity. Checking for it takes longer than the
    # division, and prevents vectorization.
    options: dict[str, Any] = {
        "nogil": True,
        "fastmath": False if exact else _FASTMATH,
        "error_model": "numpy",
    }
    if inline:
        options["inline"] = "always"
    try:
        return numba.njit(cache=True, **options)(function)
    except RuntimeError:
        warn_without_folder(function)
        return numba.njit(**options)(function)
