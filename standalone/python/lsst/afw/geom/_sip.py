# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Polynomials in the form that AST can write as SIP keywords.

AST 9.5 has two faults with SIP distortion in which terms are absent. When it
reads keywords none of which has a power of the pixel coordinate that a linear
term has, it loses the linear term. When it writes keywords for a polynomial
that lacks terms, it may write outside its memory. Both are avoided by terms
that have no effect.
"""

from __future__ import annotations

__all__ = (
    "isNegligible",
    "linearTerms",
    "withAllTerms",
)

import itertools
import re
from collections.abc import Collection
from typing import Any

import starlink.Ast as Ast
from astshim._text import AstNode, parseAst

from ._ast import AST_LOCK, writeAst

_MAX_DEGREE = 20
_NEGLIGIBLE = 1e-100
_SIP_TERM = re.compile(r"([AB]P?)_(\d+)_(\d+)\Z")
_OPTIONS = {"iterinv": "IterInverse", "niterinv": "NiterInverse", "tolinv": "TolInverse"}


def linearTerms(names: Collection[str]) -> list[str]:
    """Keywords of linear SIP terms that have to be added with value 0.

    Parameters
    ----------
    names
        Names of the keywords of a header.
    """
    terms = [match.groups() for match in map(_SIP_TERM.match, names) if match]
    matrices = {matrix for matrix, _, _ in terms}
    result = []
    for pair in (("A", "B"), ("AP", "BP")):
        for matrix, linear, axis in ((pair[0], "1_0", 1), (pair[1], "0_1", 2)):
            powers = [int(term[axis]) for term in terms if term[0] == matrix]
            if matrices.intersection(pair) and max(powers, default=0) == 0:
                result.append(f"{matrix}_{linear}")
    return result


def isNegligible(name: str, value: Any) -> bool:
    """Whether a keyword is a term that only `withAllTerms` added."""
    return _SIP_TERM.match(name) is not None and abs(value) < _NEGLIGIBLE**0.5


def withAllTerms(mapping: Ast.Mapping) -> Ast.Mapping:
    """Equal mapping in which polynomials of two variables lack no term.

    Parameters
    ----------
    mapping
        Any mapping; components other than polynomials are kept as they are.
    """
    with AST_LOCK:
        if isinstance(mapping, Ast.CmpMap):
            return _completeCompound(mapping)
        if type(mapping) is Ast.PolyMap and mapping.Nin == mapping.Nout == 2:
            return _completePolynomial(mapping)
        return mapping


def _completeCompound(mapping: Ast.CmpMap) -> Ast.Mapping:
    first, second, series, inverted1, inverted2 = mapping.decompose()
    parts = []
    for part, inverted in ((first, inverted1), (second, inverted2)):
        part = part.copy()
        part.Invert = inverted
        parts.append(withAllTerms(part))
    return Ast.CmpMap(*parts, series)


def _completePolynomial(mapping: Ast.PolyMap) -> Ast.PolyMap:
    inverted = mapping.Invert
    direct = mapping.copy()
    direct.Invert = False
    node = parseAst(writeAst(direct))
    items = node.sections["PolyMap"]
    options = ",".join(f"{name}={items[key]}" for key, name in _OPTIONS.items() if key in items)
    result = Ast.PolyMap(_terms(node, "f"), _terms(node, "i"), options)
    result.Invert = inverted
    return result


def _terms(node: AstNode, direction: str) -> list[list[float]] | None:
    """Rows (coefficient, output, power, power), those absent with 0."""
    items = node.sections["PolyMap"]
    terms: dict[tuple[int, int, int], float] = {}
    index = 0
    for output in (1, 2):
        for _ in range(int(str(items.get(f"nc{direction}{output}", 0)))):
            index += 1
            powers = [int(str(items.get(f"p{direction}{2 * index - k}", 0))) for k in (1, 0)]
            terms[output, powers[0], powers[1]] = float(str(items[f"c{direction}{index}"]))
    degree = max((p + q for _, p, q in terms), default=0)
    if not terms:
        return None
    if degree <= _MAX_DEGREE:
        for output, p, q in itertools.product((1, 2), range(degree + 1), range(degree + 1)):
            if p + q <= degree:
                terms.setdefault((output, p, q), _NEGLIGIBLE)
    return [[value, output, p, q] for (output, p, q), value in sorted(terms.items())]
