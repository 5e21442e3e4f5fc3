# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Comparison of this package with the ``lsst.ip.diffim`` that it replaces.

``python -m lsst.ip.diffim.checkOverlay`` prints every difference in classes,
configuration fields, defaults, connections and public methods. Its exit
status is 1 if this package lacks anything that the replaced one has.
"""

from __future__ import annotations

__all__ = ("Difference", "find_differences", "main")

import dataclasses
import inspect
import sys
import types
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lsst.pex.config import Config
from lsst.pipe.base import PipelineTaskConfig
from lsst.pipe.base.connectionTypes import BaseConnection

from . import getTemplate
from ._replaced import load_replaced
from .commandLine import CommandParser


@dataclasses.dataclass(frozen=True)
class Difference:
    """One difference between this package and the replaced one.

    Parameters
    ----------
    name
        What differs, such as ``GetTemplateConfig.warp.cacheSize``.
    ours, theirs
        Descriptions of it here and there; None where it does not exist.
    is_lack
        Whether the replaced package has it, but this one does not.
    """

    name: str
    ours: str | None
    theirs: str | None
    is_lack: bool

    def __str__(self) -> str:
        ours, theirs = ("missing" if text is None else text for text in (self.ours, self.theirs))
        return f"{'LACKING' if self.is_lack else 'differs'}  {self.name}: here {ours}; replaced {theirs}"


def find_differences(ours: types.ModuleType, theirs: types.ModuleType) -> list[Difference]:
    """Find the differences between two ``getTemplate`` modules.

    Parameters
    ----------
    ours
        Module of this package.
    theirs
        Module that it replaces.

    Returns
    -------
    differences
        All differences, in the order of their names.
    """
    names = [set(_public_classes(module)) for module in (ours, theirs)]
    found = list(_compare("", dict.fromkeys(names[0], "a class"), dict.fromkeys(names[1], "a class")))
    for name in sorted(names[0] & names[1]):
        first, second = getattr(ours, name), getattr(theirs, name)
        for describe in (_methods, _fields, _connections):
            found += _compare(f"{name}.", describe(first), describe(second))
    return sorted(found, key=lambda difference: difference.name)


def _public_classes(module: types.ModuleType) -> Iterator[str]:
    """Yield the names of the public classes that a module defines."""
    exported = getattr(module, "__all__", ())
    for name, value in vars(module).items():
        is_own = inspect.isclass(value) and (name in exported or value.__module__ == module.__name__)
        if is_own and not name.startswith("_"):
            yield name


def _compare(prefix: str, ours: Mapping[str, str], theirs: Mapping[str, str]) -> Iterator[Difference]:
    """Yield the differences between two sets of descriptions by name."""
    for name in ours.keys() | theirs.keys():
        first, second = ours.get(name), theirs.get(name)
        if first != second:
            yield Difference(prefix + name, first, second, first is None)


def _methods(cls: type) -> dict[str, str]:
    """Return the signatures of the public methods added by a class.

    Each parameter is a separate member, so that a missing one is reported as
    lacking.
    """
    members = {}
    for base in cls.__mro__:
        if base.__module__ != cls.__module__:
            continue
        for name, value in vars(base).items():
            function = getattr(value, "__func__", value)
            if name.startswith("_") or not inspect.isfunction(function) or f"{name}()" in members:
                continue
            parameters = inspect.signature(function).parameters.values()
            members[f"{name}()"] = "a method"
            for parameter in parameters:
                if parameter.name != "self":
                    plain = parameter.replace(annotation=parameter.empty)
                    members[f"{name}({parameter.name})"] = f"{plain} ({plain.kind.description})"
    return members


def _fields(cls: type) -> dict[str, str]:
    """Return the defaults of the fields of a configuration, by dotted name."""
    return dict(_defaults(cls())) if issubclass(cls, Config) else {}


def _defaults(config: Config, prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in config.items():
        if name == "connections":
            continue
        target = getattr(value, "target", None)
        if target is not None:
            yield prefix + name, f"{target.__module__}.{target.__qualname__}"
            value = value.value
        if isinstance(value, Config):
            yield from _defaults(value, f"{prefix}{name}.")
        else:
            yield prefix + name, repr(value)


def _connections(cls: type) -> dict[str, str]:
    """Return the properties of the connections of a configuration, by name.

    They include the variable parts of dataset type names.
    """
    if not issubclass(cls, PipelineTaskConfig):
        return {}
    connections = cls.ConnectionsClass
    members = {
        f"connections.{name}": _describe(connection)
        for name, connection in connections.allConnections.items()
    }
    # These are fields of the configuration as well.
    members |= {
        f"connections.{name}": f"{value!r}, a part of dataset type names"
        for name, value in getattr(connections, "defaultTemplates", {}).items()
    }
    return members | {"connections.dimensions": str(sorted(connections.dimensions))}


def _describe(connection: BaseConnection) -> str:
    """Describe a connection by its kind and all properties except for docs."""
    properties: dict[str, Any] = {
        field.name: getattr(connection, field.name)
        for field in dataclasses.fields(connection)
        if not field.name.startswith("_") and field.name not in ("doc", "lookupFunction", "varName")
    }
    properties["dimensions"] = sorted(properties.get("dimensions", ()))
    text = ", ".join(f"{name}={value!r}" for name, value in properties.items())
    return f"{type(connection).__name__}({text})"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print every difference; return the exit status of the process.

    Parameters
    ----------
    arguments
        Command-line arguments, by default those of the process.
    """
    parser = CommandParser(
        "python -m lsst.ip.diffim.checkOverlay",
        "Compare GetTemplateTask with that of the lsst.ip.diffim behind this package.",
        "python -m lsst.ip.diffim.checkOverlay",
        """
        The exit status is 1 if this package lacks a class, method, parameter,
        config field or connection that the other has.
        """,
    )
    parser.parse_args(arguments)
    replaced = load_replaced()
    if replaced is None:
        print("No other lsst.ip.diffim lies behind this package: there is nothing to compare.")
        return 0
    differences = find_differences(getTemplate, replaced)
    for difference in differences:
        print(difference)
    lacking = sum(difference.is_lack for difference in differences)
    print(f"{len(differences)} differences from {replaced.__file__}; {lacking} of them are lacking here.")
    return 1 if lacking else 0


if __name__ == "__main__":
    sys.exit(main())
