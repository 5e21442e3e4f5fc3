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
    """Error in the calling code."""


class DomainError(LogicError):
    """Error for an argument outside the domain of a function."""


class InvalidParameterError(LogicError):
    """Error for an argument with an invalid value."""


class LengthError(LogicError):
    """Error for a sequence with the wrong number of elements."""


class OutOfRangeError(LogicError):
    """Error for an index or a box outside the valid range."""


class TypeError(LogicError, builtins.TypeError):
    """Error for a value of the wrong type."""


class RuntimeError(Exception, builtins.RuntimeError):
    """Error that can only be detected at run time."""


class RangeError(RuntimeError):
    """Error for a result that cannot be represented or is out of range."""


class OverflowError(RuntimeError, builtins.OverflowError):
    """Error for a result that is too large for its type."""


class UnderflowError(RuntimeError, builtins.ArithmeticError):
    """Error for a result that is too small for its type."""


class IoError(RuntimeError, builtins.OSError):
    """Error in reading or writing."""


class NotFoundError(Exception, builtins.LookupError):
    """Error for something that was not found."""
