# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Parse AST text into a tree, so that it can be checked before AST sees it.

AST was written for text that it wrote itself. It allocates the sizes found
there, recurses as deep as objects are nested, and may crash when an item is
missing or has the wrong type. Text of unknown origin (files, pickles) is
therefore parsed here first.

A dump consists of lines ``Begin <class>``, ``IsA <parent class>`` and ``End
<class>``, and of items ``name = value`` between them. A value is a number, a
string in quotes, or a nested object on the following lines. ``IsA`` ends the
items that belong to that parent. Outside quotes, ``#`` begins a comment.
"""

from __future__ import annotations

__all__ = ["AstNode", "malformed", "parseAst"]

import re
from dataclasses import dataclass, field

from lsst.pex.exceptions import TypeError as LsstTypeError

_MAX_LENGTH = 64_000_000
"""Longest text accepted, in characters."""

_MAX_LINE = 2000
"""Longest line accepted, in characters."""

_MAX_DEPTH = 100
"""Deepest nesting of objects accepted."""

_STRANGE = re.compile(r"[^\t\n\x20-\x7e]")
_LINE = re.compile(
    r"\s*(?:(?P<key>Begin|End|IsA) (?P<cls>\w+)\s*"
    r"|(?P<name>\w+) =\s*(?P<value>\"(?:[^\"]|\"\")*\"\s*|[^#\"]*))(?:#.*)?\Z"
)


@dataclass(slots=True)
class AstNode:
    """One object of a dump."""

    cls: str
    """Class of the object."""

    line: int
    """Number of the line that begins it."""

    sections: dict[str, dict[str, str | AstNode]] = field(default_factory=dict)
    """Items by the class that they belong to and their name, lower case."""

    items: dict[str, str | AstNode] = field(default_factory=dict)
    """Items read since the last ``IsA``."""

    pending: str | None = None
    """Name of an item whose value begins on the next line."""


def malformed(node: AstNode, what: str) -> LsstTypeError:
    """Error that names an object of a dump and what is wrong with it."""
    return LsstTypeError(f"Malformed AST text: {node.cls} at line {node.line} {what}")


def parseAst(text: str) -> AstNode:
    """Parse a dump that describes one object.

    Parameters
    ----------
    text
        Text of the dump.

    Raises
    ------
    lsst.pex.exceptions.TypeError
        Raised if the text does not have the grammar of a dump, or is too
        large.
    """
    if len(text) > _MAX_LENGTH:
        raise LsstTypeError(f"AST text of {len(text)} characters exceeds the limit of {_MAX_LENGTH}")
    if strange := _STRANGE.search(text):
        raise LsstTypeError(f"AST text has a character {strange[0]!r}, which is not printable ASCII")
    root: AstNode | None = None
    stack: list[AstNode] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if line.startswith("#") or not line.strip():
            continue
        match = _LINE.match(line) if len(line) <= _MAX_LINE else None
        if match is None or not (stack or (root is None and match["key"] == "Begin")):
            raise LsstTypeError(f"Malformed AST text at line {number}: {line[:80]!r}")
        if match["key"] == "Begin":
            node = AstNode(match["cls"], number)
            root = root or node
            if stack:
                _addObject(stack[-1], node)
            stack.append(node)
            if len(stack) > _MAX_DEPTH:
                raise malformed(node, f"is nested deeper than {_MAX_DEPTH} objects")
        elif match["key"]:
            _endSection(stack[-1], match["key"], match["cls"])
            if match["key"] == "End":
                stack.pop()
        else:
            _addItem(stack[-1], match["name"], match["value"].strip())
    if root is None or stack:
        raise LsstTypeError(f"AST text ends within {stack[-1].cls if stack else 'nothing'}")
    return root


def _addItem(node: AstNode, name: str, value: str) -> None:
    """Add an item; without a value it announces an object."""
    name = name.lower()
    if node.pending is not None or name in node.items:
        raise malformed(node, f"has no value, or two, for item {node.pending or name}")
    if value:
        node.items[name] = value
    else:
        node.pending = name


def _addObject(node: AstNode, value: AstNode) -> None:
    """Add an object as the value of the item announced before."""
    if node.pending is None or node.pending in node.items:
        raise malformed(value, "is not the value of an item")
    node.items[node.pending] = value
    node.pending = None


def _endSection(node: AstNode, key: str, cls: str) -> None:
    """Assign the items read so far to the class that a line names."""
    if (key == "End") != (cls == node.cls) or cls in node.sections or node.pending is not None:
        raise malformed(node, f"is interrupted by {key} {cls}")
    node.sections[cls] = node.items
    node.items = {}
