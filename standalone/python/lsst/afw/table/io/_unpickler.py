# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading of pickles from files that are not trusted.

A pickle is a program for a stack machine. The standard library's machine
calls whatever the program names; this one runs the same programs with a
smaller set of instructions. A global name is looked up in an allow-list of
exact (module, name) pairs and stands for an `Allowed` entry, never for the
class or function itself, so that it cannot be called, changed or kept by the
program. An entry says which of the three ways to make an object it permits
(``NEWOBJ``, ``REDUCE``, ``BUILD``) and checks the arguments and the state.
"""

from __future__ import annotations

__all__ = (
    "MAX_PICKLE_OPERATIONS",
    "MAX_PICKLE_SIZE",
    "Allowed",
    "AllowedName",
    "PickleError",
    "readPickle",
)

import pickletools
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

MAX_PICKLE_SIZE = 1 << 28
"""Largest pickle that is read (bytes)."""

MAX_PICKLE_OPERATIONS = 2_000_000
"""Largest number of instructions in a pickle."""


class PickleError(ValueError):
    """Error for a pickle that is damaged or needs something not allowed."""


class Allowed:
    """An entry of the allow-list.

    The callables raise `PickleError`, or any other exception, for arguments
    that they do not expect.

    Parameters
    ----------
    new
        Makes an object for ``NEWOBJ`` from the arguments.
    call
        Makes an object for ``REDUCE`` from the arguments; an `AllowedName`
        that it returns may be called in turn.
    build
        Sets the state of an object that the entry made.
    value
        Makes the value that the name stands for, such as a type of pixels.
    """

    def __init__(
        self,
        *,
        new: Callable[..., Any] | None = None,
        call: Callable[..., Any] | None = None,
        build: Callable[[Any, Any], None] | None = None,
        value: Callable[[], Any] | None = None,
    ) -> None:
        self.new, self.call, self.build, self.value = new, call, build, value


class AllowedName:
    """Stand-in for an allowed name while a pickle is read.

    It does nothing by itself, and compares equal to its own text.

    Parameters
    ----------
    module, name
        The name.
    entry
        Allow-list entry of the name.
    """

    def __init__(self, module: str, name: str, entry: Allowed) -> None:
        self.module, self.name, self.entry = module, name, entry

    def __repr__(self) -> str:
        return f"{self.module}.{self.name}"

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, str) and repr(self) == other)

    __hash__ = None  # type: ignore[assignment]


class _Mark:
    """Start of a group of items on the stack."""


_MARK = _Mark()
_KEYS = (str, bytes, int, float, bool, type(None))
_CONSTANTS: dict[str, Any] = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_ARGUMENTS = {
    *("BININT", "BININT1", "BININT2", "LONG1", "LONG4", "BINFLOAT"),
    *("BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8", "BINBYTES", "SHORT_BINBYTES", "BINBYTES8"),
}
_EMPTY: dict[str, type] = {"EMPTY_TUPLE": tuple, "EMPTY_LIST": list, "EMPTY_DICT": dict, "EMPTY_SET": set}
_TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}


def readPickle(
    data: bytes,
    allowed: Mapping[tuple[str, str], Allowed],
    *,
    maxOperations: int = MAX_PICKLE_OPERATIONS,
) -> Any:
    """Make the object that a pickle describes.

    Parameters
    ----------
    data
        The pickle, of protocol 3 to 5.
    allowed
        Entries of the allow-list, by module and name.
    maxOperations
        Largest number of instructions.

    Returns
    -------
    obj
        The object.

    Raises
    ------
    PickleError
        Raised if the pickle is damaged or too large, names something that
        is not allowed, or uses an allowed name in another way than pickles
        of that class do.
    """
    if len(data) > MAX_PICKLE_SIZE:
        raise PickleError(f"The pickle has {len(data)} bytes; the limit is {MAX_PICKLE_SIZE}.")
    machine = _Machine(allowed)
    try:
        for count, (opcode, argument, _) in enumerate(pickletools.genops(data)):
            if count >= maxOperations:
                raise PickleError(f"The pickle has more than {maxOperations} instructions.")
            if opcode.name == "STOP":
                return machine.result()
            machine.run(opcode.name, argument)
    except PickleError:
        raise
    except (ValueError, TypeError, LookupError, OverflowError, AttributeError) as err:
        raise PickleError(f"The pickle is damaged: {err}") from err
    raise PickleError("The pickle is truncated.")


class _Machine:
    """The stack and the memo of a pickle that is being read.

    Parameters
    ----------
    allowed
        Entries of the allow-list, by module and name.
    """

    def __init__(self, allowed: Mapping[tuple[str, str], Allowed]) -> None:
        self._allowed = allowed
        self._names: dict[tuple[str, str], AllowedName] = {}
        self._stack: list[Any] = []
        self._memo: dict[int, Any] = {}
        # Objects whose state may be set: by id, with a reference that keeps
        # the id from being used again.
        self._made: dict[int, tuple[Any, Allowed, AllowedName]] = {}

    def run(self, name: str, argument: Any) -> None:
        """Carry out an instruction.

        Parameters
        ----------
        name
            Name of the instruction in `pickletools`.
        argument
            Its decoded argument.
        """
        if name in _ARGUMENTS:
            self._stack.append(argument)
        elif name == "MEMOIZE":
            self._memo[len(self._memo)] = self._top()
        elif name in ("BINGET", "LONG_BINGET"):
            self._stack.append(self._memo[argument])
        elif name in ("BINPUT", "LONG_BINPUT"):
            self._memo[argument] = self._top()
        elif name in _TUPLES:
            self._stack.append(tuple(self._popMany(_TUPLES[name])))
        elif name in _EMPTY:
            self._stack.append(_EMPTY[name]())
        elif name in _CONSTANTS:
            self._stack.append(_CONSTANTS[name])
        elif name == "MARK":
            self._stack.append(_MARK)
        elif name in ("PROTO", "FRAME"):
            if name == "PROTO" and not 3 <= argument <= 5:
                raise PickleError(f"The pickle has protocol {argument}; 3 to 5 can be read.")
        else:
            method = getattr(self, f"_do_{name}", None)
            if method is None:
                raise PickleError(f"The pickle uses the instruction {name}, which is not allowed.")
            method(*(() if argument is None else (argument,)))

    def result(self) -> Any:
        """Return the object that is left on the stack."""
        (obj,) = self._popMany(1)
        if self._stack:
            raise PickleError("The pickle leaves more than one object.")
        if isinstance(obj, AllowedName):
            self._refuse(obj, "on its own")
        return obj

    def _top(self) -> Any:
        if not self._stack or self._stack[-1] is _MARK:
            raise PickleError("The pickle takes from an empty stack.")
        return self._stack[-1]

    def _popMany(self, count: int) -> list[Any]:
        items = self._stack[-count:]
        if len(items) < count or any(item is _MARK for item in items):
            raise PickleError("The pickle takes from an empty stack.")
        del self._stack[-count:]
        return items

    def _popMarked(self) -> list[Any]:
        for start in range(len(self._stack) - 1, -1, -1):
            if self._stack[start] is _MARK:
                items = self._stack[start + 1 :]
                del self._stack[start:]
                return items
        raise PickleError("The pickle closes a group that it has not opened.")

    def _container(self, kind: type) -> Any:
        container = self._top()
        if type(container) is not kind:
            raise PickleError(f"The pickle adds items of a {kind.__name__} to a {type(container).__name__}.")
        return container

    def _setItems(self, items: list[Any]) -> None:
        target = self._container(dict)
        if len(items) % 2:
            raise PickleError("The pickle has a key without a value.")
        for key, value in zip(items[::2], items[1::2], strict=True):
            target[_checkedKey(key)] = value

    @staticmethod
    def _refuse(name: AllowedName, how: str) -> NoReturn:
        raise PickleError(f"The pickle uses {name!r} {how}, which is not allowed.")

    def _register(self, obj: Any, name: AllowedName) -> None:
        if name.entry.build is not None:
            self._made[id(obj)] = (obj, name.entry, name)
        self._stack.append(obj)

    def _do_TUPLE(self) -> None:
        self._stack.append(tuple(self._popMarked()))

    def _do_FROZENSET(self) -> None:
        self._stack.append(frozenset(map(_checkedKey, self._popMarked())))

    def _do_APPEND(self) -> None:
        (item,) = self._popMany(1)
        self._container(list).append(item)

    def _do_APPENDS(self) -> None:
        items = self._popMarked()
        self._container(list).extend(items)

    def _do_SETITEM(self) -> None:
        self._setItems(self._popMany(2))

    def _do_SETITEMS(self) -> None:
        self._setItems(self._popMarked())

    def _do_ADDITEMS(self) -> None:
        items = self._popMarked()
        self._container(set).update(map(_checkedKey, items))

    def _do_BYTEARRAY8(self, argument: bytearray) -> None:
        self._stack.append(argument)

    def _do_POP(self) -> None:
        if not self._stack:
            raise PickleError("The pickle takes from an empty stack.")
        self._stack.pop()

    def _do_POP_MARK(self) -> None:
        self._popMarked()

    def _do_DUP(self) -> None:
        self._stack.append(self._top())

    def _do_GLOBAL(self, argument: str) -> None:
        module, _, name = argument.partition(" ")
        self._find(module, name)

    def _do_STACK_GLOBAL(self) -> None:
        self._find(*self._popMany(2))

    def _find(self, module: Any, name: Any) -> None:
        if type(module) is not str or type(name) is not str:
            raise PickleError("The pickle names a class by something that is not text.")
        entry = self._allowed.get((module, name))
        if entry is None:
            raise PickleError(f"The pickle names {module[:100]}.{name[:100]}, which is not allowed.")
        if entry.value is not None:
            self._stack.append(entry.value())
            return
        self._stack.append(self._names.setdefault((module, name), AllowedName(module, name, entry)))

    def _do_NEWOBJ(self) -> None:
        name, arguments = self._popMany(2)
        self._make(name, arguments, "NEWOBJ")

    def _do_REDUCE(self) -> None:
        name, arguments = self._popMany(2)
        self._make(name, arguments, "REDUCE")

    def _make(self, name: Any, arguments: Any, how: str) -> None:
        if not isinstance(name, AllowedName) or type(arguments) is not tuple:
            raise PickleError(f"The pickle calls an object of type {type(name).__name__}.")
        maker = name.entry.new if how == "NEWOBJ" else name.entry.call
        if maker is None:
            self._refuse(name, f"by {how}")
        self._register(self._checked(name, maker, *arguments), name)

    def _do_BUILD(self) -> None:
        obj, state = self._popMany(2)
        made = self._made.pop(id(obj), None)
        if made is None:
            what = repr(obj) if isinstance(obj, AllowedName) else f"an object of type {type(obj).__name__}"
            raise PickleError(f"The pickle sets the state of {what}, which is not allowed.")
        _, entry, name = made
        assert entry.build is not None
        self._checked(name, entry.build, obj, state)
        self._stack.append(obj)

    def _checked(self, name: AllowedName, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call a function of the allow-list; errors name the class."""
        try:
            return function(*arguments)
        except PickleError as err:
            raise PickleError(f"{name!r}: {err}") from err
        except Exception as err:
            raise PickleError(f"The pickle has an object {name!r} that cannot be made: {err}") from err


def _checkedKey(key: Any) -> Any:
    """Return a key or item of a set, if it is cheap to hash."""
    if type(key) in _KEYS:
        return key
    if isinstance(key, tuple) and all(type(item) in _KEYS for item in key):
        return key
    raise PickleError(f"The pickle has a key of type {type(key).__name__}, which is not allowed.")
