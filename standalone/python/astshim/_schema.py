# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Consistency checks of the objects in an AST dump.

Only the classes that make up celestial WCSs and transforms are known.
"""

from __future__ import annotations

__all__ = ("checkAst",)

import functools
import re
from collections.abc import Callable

from ._text import MAX_AXES, AstNode, checkItems, integer, malformed, parseAst, string

_SKY_SYSTEMS = (
    "ICRS FK4 FK4-NO-E FK4_NO_E FK5 J2000 EQUATORIAL GALACTIC SUPERGALACTIC ECLIPTIC HELIOECLIPTIC UNKNOWN"
)
_PROJECTIONS = (
    "AZP SZP TAN STG SIN ARC ZPN ZEA AIR CYP CEA CAR MER SFL GLS PAR MOL AIT COP COE COD COO BON PCO TSC CSC"
    " QSC HPX XPH TPN TPV"
)
_SLA_STEPS = (
    "ADDET SUBET PREBN PREC FK45Z FK54Z FK5HZ HFK5Z EQGAL GALEQ GALSUP SUPGAL J2000H HJ2000 AMP MAP ECLEQ"
    " EQECL"
)
_FRAMES = ("Frame", "SkyFrame", "CmpFrame")
_OF_COMPONENTS = re.compile(r"naxes|ax\d+|prm\d+|system|alsys")
_MAX_COEFFICIENTS = 100_000
_COMMON_DOUBLE = re.compile(r" = -?(?=[0.]*[1-9])\d{1,5}(?:\.\d{1,20}(?:e-\d\d)?|e-\d\d)$", re.MULTILINE)
"""Numbers that are certainly doubles, nonzero, and in range for any item."""

_Shape = tuple[int, int]


def checkAst(text: str) -> None:
    """Check that text is a sound AST dump of a frame set or a mapping.

    Parameters
    ----------
    text
        Text to check.

    Raises
    ------
    lsst.pex.exceptions.TypeError
        Raised if the text is not such a dump.
    """
    # Most WCSs of a file differ only in numbers whose values do not matter.
    _checkStructure(_COMMON_DOUBLE.sub(" = 0.5", text))


@functools.lru_cache(maxsize=100)
def _checkStructure(text: str) -> None:
    """Check text in which all doubles of the common form are the same."""
    root = parseAst(text)
    checkItems(root)
    _mappingShape(root)


def _require(node: AstNode, condition: bool, what: str) -> None:
    if not condition:
        raise malformed(node, what)


def _child(node: AstNode, name: str) -> AstNode:
    """Return an object that is an item of a node's own class."""
    value = node.sections.get(node.cls, {}).get(name)
    if not isinstance(value, AstNode):
        raise malformed(node, f"has no object {name}")
    return value


def _own(node: AstNode, name: str, default: int | None = None) -> int:
    """Return an integer that is an item of a node's own class."""
    return integer(node, node.cls, name, default)


def _mappingShape(node: AstNode) -> _Shape:
    """Return the numbers of inputs and outputs of a mapping, if it is sound.

    A frame is the identity mapping, and a frame set a mapping from its base to
    its current frame.
    """
    if node.cls == "FrameSet":
        return _frameSetShape(node)
    if node.cls in _FRAMES:
        return (_frameAxes(node),) * 2
    rule = _RULES.get(node.cls)
    if rule is None:
        raise malformed(node, "is not a mapping")
    nIn = integer(node, "Mapping", "nin")
    nOut = integer(node, "Mapping", "nout", nIn)
    _require(node, nIn >= 1 and nOut >= 1, f"has {nIn} inputs and {nOut} outputs")
    _require(node, rule(node, nIn, nOut), f"of {nIn} inputs and {nOut} outputs is inconsistent")
    return nIn, nOut


def _checkZoom(node: AstNode, nIn: int, nOut: int) -> bool:
    zoom = node.sections["ZoomMap"].get("zoom")
    return nIn == nOut and zoom is not None and zoom != "<bad>" and float(str(zoom)) != 0.0


def _checkCompound(node: AstNode, nIn: int, nOut: int) -> bool:
    first = _component(node, "mapa", "inva")
    second = _component(node, "mapb", "invb")
    if _own(node, "series", 1):
        return first[1] == second[0] and (first[0], second[1]) == (nIn, nOut)
    return (first[0] + second[0], first[1] + second[1]) == (nIn, nOut)


def _checkTran(node: AstNode, nIn: int, nOut: int) -> bool:
    return _component(node, "mapa", "inva") == _component(node, "mapb", "invb") == (nIn, nOut)


def _component(node: AstNode, name: str, inverted: str) -> _Shape:
    """Return the shape of a component in the direction in which it is used."""
    shape = _mappingShape(_child(node, name))
    return shape[::-1] if _own(node, inverted, 0) else shape


def _checkPolynomial(node: AstNode, nIn: int, nOut: int) -> bool:
    forward = _polynomial(node, "f", nIn, nOut)
    inverse = _polynomial(node, "i", nOut, nIn)
    return forward or inverse


def _polynomial(node: AstNode, direction: str, nIn: int, nOut: int) -> bool:
    """Check one direction of a polynomial; return whether it exists."""
    powers = [integer(node, "PolyMap", f"mp{direction}{k}", 0) for k in range(1, nIn + 1)]
    counts = [integer(node, "PolyMap", f"nc{direction}{k}", 0) for k in range(1, nOut + 1)]
    total = sum(counts)
    _require(
        node, min(powers + counts) >= 0 and total <= _MAX_COEFFICIENTS, "has impossible coefficient counts"
    )
    values = node.sections["PolyMap"]
    for k in range(1, total + 1):
        _require(node, values.get(f"c{direction}{k}", "<bad>") != "<bad>", f"has no coefficient {k}")
    for k in range(1, total * nIn + 1):
        power = integer(node, "PolyMap", f"p{direction}{k}", 0)
        _require(node, 0 <= power <= powers[(k - 1) % nIn], f"has power {power} in term {k}")
    return total > 0


def _checkChebyshev(node: AstNode, nIn: int, nOut: int) -> bool:
    scales = node.sections["ChebyMap"]
    for direction, count in (("f", nIn), ("i", nOut)):
        if _polynomial(node, direction, count, nIn + nOut - count):
            names = [f"{direction}{what}{k}" for what in ("scl", "off") for k in range(1, count + 1)]
            _require(node, all(name in scales for name in names), f"lacks some of {names}")
    return _checkPolynomial(node, nIn, nOut)


def _checkProjection(node: AstNode, nIn: int, nOut: int) -> bool:
    axes = [_own(node, f"wcsax{k}", k) for k in (1, 2)]
    for name in node.sections["WcsMap"]:
        if name.startswith("pv"):
            axis, parameter = (int(number) for number in name[2:].split("_"))
            _require(node, 1 <= axis <= nIn and parameter < 100, f"has parameter {name}")
    known = string(node, "WcsMap", "type") in _PROJECTIONS.split()
    return nIn == nOut and known and axes[0] != axes[1] and all(1 <= axis <= nIn for axis in axes)


def _checkPermutation(node: AstNode, nIn: int, nOut: int) -> bool:
    nConst = _own(node, "nconst", 0)
    outputs = [_own(node, f"out{k}", 0) for k in range(1, nOut + 1)]
    inputs = [_own(node, f"in{k}", 0) for k in range(1, nIn + 1)]
    return (
        0 <= nConst <= 2 * MAX_AXES
        and all(-nConst <= value <= nIn for value in outputs)
        and all(-nConst <= value <= nOut for value in inputs)
    )


def _checkLookup(node: AstNode, nIn: int, nOut: int) -> bool:
    items = node.sections["LutMap"]
    count = _own(node, "nlut")
    filled = count >= 2 and all(f"l{k}" in items for k in range(1, count + 1))
    step = items.get("incr", "1")
    return nIn == nOut == 1 and filled and step != "<bad>" and float(str(step)) != 0.0


def _checkSlalib(node: AstNode, nIn: int, nOut: int) -> bool:
    count = _own(node, "nsla")
    steps = [string(node, "SlaMap", f"sla{k}") for k in range(1, min(count, MAX_AXES) + 1)]
    return nIn == nOut == 2 and 0 <= count <= MAX_AXES and set(steps) <= set(_SLA_STEPS.split())


_RULES: dict[str, Callable[[AstNode, int, int], bool]] = {
    "ChebyMap": _checkChebyshev,
    "CmpMap": _checkCompound,
    "LutMap": _checkLookup,
    "MatrixMap": lambda node, nIn, nOut: (
        string(node, "MatrixMap", "form") in ("Full", "Diagonal", "Unit", "")
    ),
    "PcdMap": lambda node, nIn, nOut: nIn == nOut == 2,
    "PermMap": _checkPermutation,
    "PolyMap": _checkPolynomial,
    "ShiftMap": lambda node, nIn, nOut: nIn == nOut,
    "SlaMap": _checkSlalib,
    "SphMap": lambda node, nIn, nOut: (nIn, nOut) == (3, 2),
    "TranMap": _checkTran,
    "UnitMap": lambda node, nIn, nOut: nIn == nOut,
    "UnitNormMap": lambda node, nIn, nOut: nOut == nIn + 1,
    "WcsMap": _checkProjection,
    "WinMap": lambda node, nIn, nOut: nIn == nOut,
    "ZoomMap": _checkZoom,
}
"""For each class of mapping, a check that a node is consistent with its
numbers of inputs and outputs.
"""


def _frameAxes(node: AstNode) -> int:
    """Return the number of axes of a frame that is consistent."""
    _require(node, node.cls in _FRAMES, "is not a frame")
    if node.cls == "CmpFrame":
        return _compoundAxes(node)
    nAxes = integer(node, "Frame", "naxes")
    axisClass, systems = "Axis", ["CARTESIAN", ""]
    if node.cls == "SkyFrame":
        _require(node, nAxes == 2, f"has {nAxes} axes")
        axisClass, systems = "SkyAxis", [*_SKY_SYSTEMS.split(), ""]
        _require(
            node,
            string(node, "SkyFrame", "srefis").upper() in ("", "IGNORED", "POLE", "ORIGIN"),
            "has SRefIs",
        )
    items = node.sections["Frame"]
    axes = range(1, nAxes + 1)
    _require(
        node, sorted(integer(node, "Frame", f"prm{k}", k) for k in axes) == list(axes), "permutes its axes"
    )
    for k in axes:
        axis = items.get(f"ax{k}")
        _require(node, isinstance(axis, AstNode) and axis.cls == axisClass, f"has no {axisClass} ax{k}")
    for name in ("system", "alsys"):
        system = string(node, "Frame", name)
        _require(node, system.upper() in systems, f"has {name} {system}")
    return nAxes


def _compoundAxes(node: AstNode) -> int:
    """Return the number of axes of two frames that are consistent."""
    items = node.sections["Frame"]
    _require(
        node, not any(map(_OF_COMPONENTS.fullmatch, items)), f"has items of a component in {sorted(items)}"
    )
    nAxes = _frameAxes(_child(node, "framea")) + _frameAxes(_child(node, "frameb"))
    places = [_own(node, f"axp{k}", k) for k in range(1, nAxes + 1)]
    _require(node, sorted(places) == list(range(1, nAxes + 1)), f"permutes its axes as {places}")
    return nAxes


def _frameSetShape(node: AstNode) -> _Shape:
    """Check frames, and the mappings between their nodes.

    Returns the numbers of axes of the base and of the current frame.
    """
    _require(node, not node.sections["Frame"], "has attributes, which belong to its current frame")
    nFrame = _own(node, "nframe")
    nNode = _own(node, "nnode", nFrame)
    _require(node, nFrame >= 1 and nNode >= 1, f"has {nFrame} frames at {nNode} nodes")
    for name in ("base", "currnt"):
        default = 1 if name == "base" else nFrame
        _require(node, 1 <= _own(node, name, default) <= nFrame, f"has no frame {name}")
    axes: dict[int, int] = {}
    frameAxes: list[int] = []
    for k in range(1, nFrame + 1):
        place = _own(node, f"nod{k}", k)
        _require(node, 1 <= place <= nNode, f"has frame {k} at node {place}")
        frameAxes.append(_frameAxes(_child(node, f"frm{k}")))
        _setAxes(node, axes, place, frameAxes[-1])
    links = {k: _own(node, f"lnk{k}", 0) for k in range(2, nNode + 1)}
    for k, parent in links.items():
        shape = _mappingShape(_child(node, f"map{k}"))
        if _own(node, f"inv{k}", 0):
            shape = shape[::-1]
        _setAxes(node, axes, parent, shape[0])
        _setAxes(node, axes, k, shape[1])
        _require(node, _reachesRoot(k, links), f"does not link node {k} to the first")
    return frameAxes[_own(node, "base", 1) - 1], frameAxes[_own(node, "currnt", nFrame) - 1]


def _setAxes(node: AstNode, axes: dict[int, int], place: int, count: int) -> None:
    _require(
        node, axes.setdefault(place, count) == count, f"has {count} or {axes[place]} axes at node {place}"
    )


def _reachesRoot(start: int, links: dict[int, int]) -> bool:
    for _ in range(len(links) + 1):
        if start == 1:
            return True
        start = links.get(start, 0)
    return False
