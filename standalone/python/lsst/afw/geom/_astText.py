# This file is part of ip_diffim_template.
#
# Developed for the LSST Data Management System.
# This product includes software developed by the LSST Project
# (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution
# for the terms of the licence.
#
# This program is free software: you can redistribute it and/or modify
# it under the terms of the GNU General Public License as published by
# the Free Software Foundation, either version 3 of the License, or
# (at your option) any later version.
#
# This program is distributed in the hope that it will be useful,
# but WITHOUT ANY WARRANTY; without even the implied warranty of
# MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the
# GNU General Public License for more details.
#
# You should have received a copy of the GNU General Public License
# along with this program.  If not, see <https://www.gnu.org/licenses/>.

"""Check AST text before AST sees it.

AST was written for text that it wrote itself: sizes found in the text are
allocated and nested objects recurse on the C stack. Text of unknown origin
(files, pickles) is therefore held against the grammar of a dump first.
"""

from __future__ import annotations

__all__ = ["checkAstText"]

import re

from lsst.pex.exceptions import TypeError as LsstTypeError

MAX_LENGTH = 64_000_000
"""Longest text accepted, in characters."""

MAX_LINE = 2000
"""Longest line accepted, in characters."""

MAX_DEPTH = 200
"""Deepest nesting of objects accepted."""

CLASSES = frozenset(
    """
    Axis ChebyMap CmpFrame CmpMap Frame FrameSet LutMap MathMap MatrixMap NormMap Object Mapping PcdMap PermMap
    PolyMap RateMap ShiftMap SkyAxis SkyFrame SlaMap SphMap TimeFrame TimeMap TranMap UnitMap UnitNormMap WcsMap
    WinMap ZoomMap
    """.split()  # noqa: SIM905
)
"""Classes that a celestial WCS or a transform may consist of."""

_COUNTS = {"Nin": 64, "Nout": 64, "Naxes": 64, "Nframe": 64, "Base": 64, "Currnt": 64, "NiterInv": 1000}
"""Largest absolute value of items that AST uses as a size or index."""

_MAX_COUNT = 1_000_000
"""The same for all other integer items that count something."""

_COUNT_NAME = re.compile(
    r"(N[A-Za-z]+|MP[FI]\d+|NC[FI]\d+|P[FI]\d+|Lnk\d+|In\d+|Out\d+|Fax\d+|Axp\d+|W\d+)\Z"
)
_LINE = re.compile(
    r"#?[ \t]*(?:(?P<key>Begin|End|IsA) (?P<cls>\w+)|(?P<name>\w+) =(?: (?P<value>\S.*|))?)[ \t]*\Z"
)


def checkAstText(text: str) -> None:
    """Check that text has the grammar of an AST dump of bounded size.

    Parameters
    ----------
    text
        Text to check: lines ``Begin``, ``IsA`` and ``End`` with a class name,
        or ``name = value``, where a nested object stands for a value.

    Raises
    ------
    lsst.pex.exceptions.TypeError
        Raised if it has not.
    """
    if len(text) > MAX_LENGTH:
        raise LsstTypeError(f"AST text of {len(text)} characters exceeds the limit of {MAX_LENGTH}")
    if not text.isascii():
        raise LsstTypeError("AST text has characters outside ASCII")
    open_: list[str] = []
    closed = False
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        match = _LINE.match(line) if len(line) <= MAX_LINE else None
        if match is None or closed or not (open_ or match["key"] == "Begin"):
            raise LsstTypeError(f"Malformed AST text at line {number}: {line[:80]!r}")
        if match["key"]:
            closed = _checkClass(match["key"], match["cls"], open_, number)
        else:
            _checkItem(match["name"], match["value"] or "", number)
    if not closed:
        raise LsstTypeError(f"AST text ends within {open_[-1] if open_ else 'nothing'}")


def _checkClass(key: str, name: str, open_: list[str], number: int) -> bool:
    """Check a line that opens or closes an object; is it the last one?"""
    if name not in CLASSES:
        raise LsstTypeError(f"Unsupported AST class {name!r} at line {number}")
    if key == "Begin":
        open_.append(name)
        if len(open_) > MAX_DEPTH:
            raise LsstTypeError(f"AST objects nested deeper than {MAX_DEPTH} at line {number}")
    elif key == "End" and open_.pop() != name:
        raise LsstTypeError(f"AST text ends a {name} that is not open at line {number}")
    return not open_


def _checkItem(name: str, value: str, number: int) -> None:
    """Check the value of an item that AST uses as a size or an index."""
    if not _COUNT_NAME.match(name) and name not in _COUNTS:
        return
    try:
        count = abs(int(value))
    except ValueError:
        return
    if count > _COUNTS.get(name, _MAX_COUNT):
        raise LsstTypeError(f"AST item {name} = {value} at line {number} is out of range")
