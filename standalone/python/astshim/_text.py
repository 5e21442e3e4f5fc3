# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Parser of AST text into a tree, to be checked before AST sees the text.

AST was written for text that it wrote itself. It allocates the sizes found
there, recurses as deeply as objects are nested, and may crash when an item is
missing or has the wrong type. Text of unknown origin (files, pickles) is
therefore parsed here first.

A dump consists of lines ``Begin <class>``, ``IsA <parent class>`` and ``End
<class>``, and of items ``name = value`` between them. A value is a number, a
string in quotes, or a nested object on the following lines. ``IsA`` ends the
items that belong to that parent. Outside quotes, ``#`` begins a comment.
"""

from __future__ import annotations

__all__ = ("AstNode", "MAX_AXES", "checkItems", "integer", "malformed", "parseAst", "string")

import re
import sys
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
    """Items by the class that they belong to and their lower-case name."""

    items: dict[str, str | AstNode] = field(default_factory=dict)
    """Items read since the last ``IsA``."""

    pending: str | None = None
    """Name of an item whose value begins on the next line."""


def malformed(node: AstNode, what: str) -> LsstTypeError:
    """Make an error that names an object of a dump and what is wrong."""
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
        raise LsstTypeError(f"AST text of {len(text)} characters exceeds the limit of {_MAX_LENGTH}.")
    if strange := _STRANGE.search(text):
        raise LsstTypeError(f"AST text has a character {strange[0]!r}, which is not printable ASCII.")
    root: AstNode | None = None
    stack: list[AstNode] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if line.startswith("#") or not line.strip():
            continue
        match = _LINE.match(line) if len(line) <= _MAX_LINE else None
        if match is None or not (stack or (root is None and match["key"] == "Begin")):
            raise LsstTypeError(f"Malformed AST text at line {number}: {line[:80]!r}.")
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
        raise LsstTypeError(f"AST text ends within {stack[-1].cls if stack else 'nothing'}.")
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


MAX_AXES = 64
"""Largest number of axes or frames accepted."""

_MAX_INTEGER = 2_000_000
_MAX_COUNT = 1_000_000
_MAX_POWER = 500
_MAX_ITERATIONS = 1000

_ITEMS = {
    "Object": "id:s ident:s usedfs:i refcnt:i nobj:i",
    "Mapping": "nin:i nout:i issimp:i resimp:i alsimp:i invert:i fwd:i inv:i report:i",
    "Axis": "label:s symbol:s unit:s digits:i format:s dirn:i top:d bottom:d",
    "SkyAxis": "format:s islat:i cnzer:i astime:i",
    "Frame": "title:s naxes:i domain:s epoch:d lbl#:s sym#:s system:s alsys:s uni#:s dig#:i digits:i fmt#:s"
    " dir#:i bot#:d top#:d presrv:i permut:i minax:i maxax:i mchend:i obslat:d obslon:d obsalt:d dtai:d"
    " dut1:d actunt:i prm#:i ax#:o",
    "SkyFrame": "proj:s neglon:i skytol:d eqnox:d srefis:s sref#:d srefp#:d aloff:i",
    "CmpFrame": "axp#:i framea:o frameb:o",
    "FrameSet": "nframe:i base:i currnt:i nnode:i nod#:i lnk#:i inv#:i frm#:o map#:o",
    "CmpMap": "series:i inva:i invb:i mapa:o mapb:o",
    "TranMap": "inva:i invb:i mapa:o mapb:o",
    "UnitMap": "",
    "ShiftMap": "sft#:d",
    "ZoomMap": "zoom:d",
    "WinMap": "sft#:d scl#:d",
    "MatrixMap": "m#:d im#:d form:s",
    "PolyMap": "mpf#:i ncf#:i cf#:d pf#:i mpi#:i nci#:i ci#:d pi#:i iterinv:i niterinv:i tolinv:d",
    "ChebyMap": "fscl#:d foff#:d iscl#:d ioff#:d",
    "SphMap": "untrd:i plrlg:d",
    "WcsMap": "type:s fitsprj:i lonchk:i tpntan:i pv#_#:d projp#:d wcsax#:i",
    "PermMap": "pmsplt:i outcpy:i out#:i incpy:i in#:i nconst:i con#:d",
    "UnitNormMap": "ctr#:d",
    "LutMap": "nlut:i start:d incr:d lutint:i luteps:d l#:d",
    "PcdMap": "pcdcn#:d disco:d",
    "SlaMap": "nsla:i sla#:s sla#@:d",
}
"""Items of each class: ``#`` stands for a number, ``@`` for a letter; they
are integers, doubles, strings or objects.
"""

_KINDS = {cls: dict(item.split(":") for item in items.split()) for cls, items in _ITEMS.items()}
_LIMITS = {"nin": MAX_AXES, "nout": MAX_AXES, "naxes": MAX_AXES, "nframe": MAX_AXES, "nnode": MAX_AXES} | {
    "mpf#": _MAX_POWER,
    "mpi#": _MAX_POWER,
    "niterinv": _MAX_ITERATIONS,
    "digits": 17,
    "dig#": 17,
}
_MAX_DOUBLE = 1e100
_DOUBLE_LIMITS = dict.fromkeys(("top", "bottom", "top#", "bot#"), sys.float_info.max) | {
    "epoch": 1e5,
    "eqnox": 1e5,
}
_PARENTS = {
    "Axis": ("Object",),
    "SkyAxis": ("Object", "Axis"),
    "Frame": ("Object", "Mapping"),
    "SkyFrame": ("Object", "Mapping", "Frame"),
    "CmpFrame": ("Object", "Mapping", "Frame"),
    "FrameSet": ("Object", "Mapping", "Frame"),
    "ChebyMap": ("Object", "Mapping", "PolyMap"),
}
_MAPPING_PARENTS = ("Object", "Mapping")
_INTEGER = re.compile(r"-?\d{1,9}\Z")
_DOUBLE = re.compile(r"(-?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?|<bad>)\Z")
_STRING = re.compile(r'"([^"]|"")*"\Z')


def checkItems(node: AstNode) -> None:
    """Check classes, names and types, of an object and those within it.

    Raises
    ------
    lsst.pex.exceptions.TypeError
        Raised if the text has anything that AST would not have written.
    """
    if node.cls not in _KINDS or node.cls in ("Object", "Mapping"):
        raise malformed(node, "is of an unsupported class")
    parents = _PARENTS.get(node.cls, _MAPPING_PARENTS)
    order = [*parents, node.cls]
    present = list(node.sections)
    if present != [cls for cls in order if cls in node.sections]:
        raise malformed(node, f"has parents {present}, not {order}")
    if parents[-1] in ("Frame", "PolyMap") or node.cls not in _PARENTS:
        required = parents[-1]
        if required not in node.sections:
            raise malformed(node, f"has no items of its parent {required}")
    for cls, items in node.sections.items():
        for name, value in items.items():
            _checkItem(node, cls, name, value)


def _checkItem(node: AstNode, cls: str, name: str, value: str | AstNode) -> None:
    pattern = re.sub(r"(?<=\w)\d+", "#", name)
    if pattern not in _KINDS[cls]:
        pattern = re.sub(r"#[a-z]\Z", "#@", pattern)
    kind = _KINDS[cls].get(pattern)
    if isinstance(value, AstNode):
        if kind != "o":
            raise malformed(node, f"has an object as {name}")
        checkItems(value)
    elif kind == "i":
        limit = _LIMITS.get(pattern, _MAX_INTEGER)
        if not _INTEGER.match(value) or abs(int(value)) > limit:
            raise malformed(node, f"has {name} = {value}, not an integer of at most {limit}")
    elif kind == "d":
        bound = _DOUBLE_LIMITS.get(pattern, _MAX_DOUBLE)
        if not _DOUBLE.match(value) or (value != "<bad>" and abs(float(value)) > bound):
            raise malformed(node, f"has {name} = {value}, not a number of at most {bound}")
    elif kind != "s" or not _STRING.match(value):
        raise malformed(node, f"has an unexpected item or value {name} = {value}")


def integer(node: AstNode, section: str, name: str, default: int | None = None) -> int:
    """Return an integer item of a checked object; raise without default."""
    value = node.sections.get(section, {}).get(name, default)
    if value is None:
        raise malformed(node, f"has no {name}")
    return int(value)  # type: ignore[arg-type]


def string(node: AstNode, section: str, name: str) -> str:
    """Return a string item of a checked object; empty if absent."""
    return str(node.sections.get(section, {}).get(name, '""'))[1:-1].strip()
