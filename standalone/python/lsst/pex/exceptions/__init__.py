# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Exceptions of the LSST stack, as seen from Python.

Several classes shadow builtins on purpose, because the names are part of the
interface; each such class also derives from the builtin it shadows.
"""

from __future__ import annotations

__all__ = (
    "DomainError",
    "Exception",
    "InvalidParameterError",
    "IoError",
    "LengthError",
    "LogicError",
    "NotFoundError",
    "OutOfRangeError",
    "OverflowError",
    "RangeError",
    "RuntimeError",
    "TypeError",
    "UnderflowError",
)

import builtins


class Exception(builtins.Exception):
    """Base of all exceptions raised by the stack.

    Parameters
    ----------
    arg
        Message.
    """

    def __init__(self, arg: object, *args: object, **kwds: object) -> None:
        super().__init__(arg, *args, **kwds)

    def __str__(self) -> str:
        return str(self.args[0])

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"


class LogicError(Exception):
    """A fault of the calling code."""


class DomainError(LogicError):
    """An argument lies outside the domain of a function."""


class InvalidParameterError(LogicError):
    """An argument has a value that makes no sense."""


class LengthError(LogicError):
    """A sequence has the wrong number of elements."""


class OutOfRangeError(LogicError):
    """An index or a box lies outside the valid range."""


class TypeError(LogicError, builtins.TypeError):
    """A value has the wrong type."""


class RuntimeError(Exception, builtins.RuntimeError):
    """A condition that could only be found out at run time."""


class RangeError(RuntimeError):
    """A result cannot be represented, or lies outside its range."""


class OverflowError(RuntimeError, builtins.OverflowError):
    """A result is too large for its type."""


class UnderflowError(RuntimeError, builtins.ArithmeticError):
    """A result is too small for its type."""


class IoError(RuntimeError, builtins.OSError):
    """Reading or writing failed."""


class NotFoundError(Exception, builtins.LookupError):
    """Something that was looked for does not exist."""
