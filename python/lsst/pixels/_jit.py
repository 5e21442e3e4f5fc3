# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the kernels are compiled."""

from __future__ import annotations

__all__ = ("compiled",)

import functools
from collections.abc import Callable
from typing import Any, TypeVar, overload

import numba
from numba.core.registry import cpu_target

from ._notices import announce_compilation, warn_without_folder

# numba puts off a third of its own imports until something is compiled or
# loaded. A process that builds one template after the other, or forks others
# that do, is better served by having them behind it.
cpu_target.typing_context.refresh()
cpu_target.target_context.refresh()
announce_compilation()

# Sums may be reordered and multiply-adds fused, but NaN and infinity mean
# something here ("no value", "no weight") and must survive.
_FASTMATH = {"arcp", "contract", "nsz", "reassoc"}

_Function = TypeVar("_Function", bound=Callable[..., Any])


@overload
def compiled(function: _Function) -> _Function: ...


@overload
def compiled(*, exact: bool = False, inline: bool = False) -> Callable[[_Function], _Function]: ...


def compiled(function: Any = None, *, exact: bool = False, inline: bool = False) -> Any:
    """Compile a function to machine code on first use, and keep the code.

    The code is kept on disk, in ``NUMBA_CACHE_DIR`` if that is set, else in
    the ``__pycache__`` folder beside the source, else in the user's cache
    folder, so that it is compiled once per machine. Where none of these can
    be written, it is compiled once per process, and a warning says so.

    The compiled code does not hold Python's global lock.

    Parameters
    ----------
    function
        Function to compile; without it, a decorator is returned.
    exact
        Round every floating-point operation as IEEE 754 prescribes, in the
        order written, as the definition of a file format requires. By
        default sums may be reordered and multiply-adds fused.
    inline
        Insert the function's code where it is called from other compiled
        code.
    """
    if function is None:
        return functools.partial(compiled, exact=exact, inline=inline)
    # Divisions by zero give infinity: a test for them takes longer than the
    # division, and keeps the compiler from using vectors.
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
