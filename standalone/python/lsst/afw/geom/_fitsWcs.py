# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Frame sets of sky WCSs, and the FITS keywords that they are read from and
written as.

AST 9.5 has two bugs with SIP distortion that lacks terms. When it
reads keywords none of which has a power of the pixel coordinate that a linear
term has, it loses the linear term. When it writes keywords for a polynomial
that lacks terms, it may write out of bounds. Both are avoided by adding terms
that have no effect.
"""

from __future__ import annotations

__all__ = (
    "baseToIwc",
    "checkWcsFrames",
    "frameSetFromMetadata",
    "metadataFromFrameSet",
    "modifyPixels",
    "skyFrame",
)

import itertools
import logging
import math
import re
from collections.abc import Collection, Iterator
from typing import Any

import numpy as np
import starlink.Ast as Ast
from astshim._object import AST_ERRORS, AST_LOCK, applyMapping, concatenate, simplified, writeAst
from astshim._text import AstNode, parseAst

from lsst.afw.fits._metadata import BASIC_WCS_KEYS
from lsst.daf.base import PropertyList, PropertySet
from lsst.geom import Box2I
from lsst.pex.exceptions import RuntimeError as LsstRuntimeError
from lsst.pex.exceptions import TypeError as LsstTypeError

from ._wcsMetadata import getImageXY0FromMetadata

_LOG = logging.getLogger("lsst.afw.geom")
_READ_OPTIONS = "Encoding=FITS-WCS, IWC=1, SipReplace=0, ReportLevel=3"
_WRITE_OPTIONS = "Encoding=FITS-WCS, CDMatrix=1, FitsAxisOrder=<copy>, FitsTol=0.0001"
_KEYWORD = re.compile(r"[A-Za-z0-9_-]{1,8}\Z")
_NOT_WCS = frozenset(
    [key + "A" for key in BASIC_WCS_KEYS] + ["NAXIS1", "NAXIS2", "LTV1", "LTV2", "COMMENT", "HISTORY"]
)
_MAX_STRING = 68
_MAX_INT = 2**31 - 1
_MAX_FLOAT = 1e100
_RANGES = {
    re.compile(r"(NAXIS|WCSAXES[A-Z]?)\Z"): (0, 9),
    re.compile(r"[AB]P?_ORDER\Z"): (0, 99),
    re.compile(r"(EQUINOX[A-Z]?|EPOCH)\Z"): (0, 1e5),
    re.compile(r"(M?JD|DATE|TAI)"): (-1e8, 1e8),
}
"""Limits of values on which the time or memory that AST needs depends."""
_DATES = ("DATE-OBS", "MJD-OBS")

_REQUIRED = ("PIXELS", "IWC", "SKY")
_OPTIONAL = "ACTUAL_PIXELS"

_MAX_DEGREE = 20
_NEGLIGIBLE = 1e-100
_SIP_TERM = re.compile(r"([AB]P?)_(\d+)_(\d+)\Z")
_OPTIONS = {"iterinv": "IterInverse", "niterinv": "NiterInverse", "tolinv": "TolInverse"}


def _frameByDomain(frameSet: Ast.FrameSet, domain: str) -> int | None:
    """Return the index (from 1) of the frame of a domain, if there is one."""
    with AST_LOCK:
        for index in range(1, frameSet.Nframe + 1):
            if frameSet.getframe(index).Domain == domain:
                return index
    return None


def _index(frameSet: Ast.FrameSet, domain: str) -> int:
    index = _frameByDomain(frameSet, domain)
    if index is None:
        raise LsstTypeError(f"Frame set has no frame {domain}.")
    return index


def checkWcsFrames(frameSet: Ast.FrameSet) -> None:
    """Check that a frame set describes a sky WCS.

    Raises
    ------
    lsst.pex.exceptions.TypeError
        Raised if a frame is missing or of the wrong kind.
    """
    with AST_LOCK:
        frames = [frameSet.getframe(index) for index in range(1, frameSet.Nframe + 1)]
        domains = [frame.Domain for frame in frames]
        axes = [frame.Naxes for frame in frames]
        base, current = domains[frameSet.Base - 1], domains[frameSet.Current - 1]
    for domain in _REQUIRED:
        if domains.count(domain) != 1:
            raise LsstTypeError(f"Frame set has frames {domains}: not exactly one {domain}.")
    for domain, frame, nAxes in zip(domains, frames, axes, strict=True):
        if domain in (*_REQUIRED, _OPTIONAL) and nAxes != 2:
            raise LsstTypeError(f"Frame {domain} has {nAxes} axes, not 2.")
        if domain == "SKY" and not isinstance(frame, Ast.SkyFrame):
            raise LsstTypeError(f"Frame SKY is a {type(frame).__name__}, not a SkyFrame.")
    if base not in ("PIXELS", _OPTIONAL) or current != "SKY":
        raise LsstTypeError(f"Frame set leads from {base} to {current}, not from PIXELS to SKY.")


def _makeWcsFrames(frames: list[Ast.Frame], mappings: list[Ast.Mapping]) -> Ast.FrameSet:
    """Make the frame set of a chain; ``mappings[i]`` leads to frame i + 1."""
    with AST_LOCK:
        frameSet = Ast.FrameSet(frames[0])
        for index, (mapping, frame) in enumerate(zip(mappings, frames[1:], strict=True), start=1):
            frameSet.addframe(index, mapping, frame)
    return frameSet


def _mappingBetween(frameSet: Ast.FrameSet, source: str, target: str) -> Ast.Mapping:
    """Return the mapping from one domain to another, not simplified."""
    first, last = _index(frameSet, source), _index(frameSet, target)
    with AST_LOCK:
        return frameSet.getmapping(first, last)


def baseToIwc(frameSet: Ast.FrameSet) -> Ast.Mapping:
    """Return the mapping from base to intermediate world coordinates."""
    last = _index(frameSet, "IWC")
    with AST_LOCK:
        return frameSet.getmapping(frameSet.Base, last)


def skyFrame(frameSet: Ast.FrameSet) -> Ast.SkyFrame:
    """Return the sky frame itself; its attributes change no mapping."""
    index = _index(frameSet, "SKY")
    with AST_LOCK:
        return frameSet.getframe(index)


def modifyPixels(
    frameSet: Ast.FrameSet, mapping: Ast.Mapping, modifyActualPixels: bool = False
) -> Ast.FrameSet:
    """Make a frame set with a mapping of pixels prepended.

    Parameters
    ----------
    frameSet
        Frame set of a sky WCS.
    mapping
        Mapping from new to old pixel positions.
    modifyActualPixels
        Whether to put it after ``ACTUAL_PIXELS``, if there is one, rather than
        after ``PIXELS``.
    """
    domains = list(_REQUIRED)
    hasActual = _frameByDomain(frameSet, _OPTIONAL) is not None
    if hasActual:
        domains.insert(0, _OPTIONAL)
    mappings = [_mappingBetween(frameSet, *pair) for pair in itertools.pairwise(domains)]
    place = 0 if modifyActualPixels else domains.index("PIXELS")
    mappings[place] = simplified(concatenate(mapping, mappings[place]))
    with AST_LOCK:
        frames = [frameSet.getframe(_index(frameSet, domain)).copy() for domain in domains]
    return _makeWcsFrames(frames, mappings)


def frameSetFromMetadata(metadata: PropertySet, strip: bool) -> Ast.FrameSet:
    """Make the frame set of a sky WCS from FITS keywords.

    Parameters
    ----------
    metadata
        Header cards. ``RADECSYS`` becomes ``RADESYS``.
    strip
        Whether to remove the cards that describe the WCS and XY0.

    Raises
    ------
    lsst.pex.exceptions.TypeError
        Raised if the cards do not describe a celestial WCS.
    """
    crpix = [_getFloat(metadata, key) for key in ("CRPIX1", "CRPIX2")]
    if metadata.exists("RADECSYS") and not metadata.exists("RADESYS"):
        metadata.set("RADESYS", metadata.getScalar("RADECSYS"))
        metadata.remove("RADECSYS")
    header, consumed = _readHeader(metadata)
    try:
        with AST_LOCK:
            frameSet = _celestialFrames(header, getImageXY0FromMetadata(metadata, "A"), crpix)
    except (*AST_ERRORS, LsstRuntimeError) as err:
        raise LsstTypeError(f"The WCS in the metadata is not usable: {err}") from err
    if strip:
        getImageXY0FromMetadata(metadata, "A", strip=True)
        for name in consumed:
            metadata.remove(name)
    return frameSet


def _getFloat(metadata: PropertySet, key: str) -> float:
    value = metadata.getScalar(key) if metadata.exists(key) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise LsstTypeError(f"{key} is {value!r}, not a number: no WCS in the metadata.")
    return float(value)


def _readHeader(metadata: PropertySet) -> tuple[Ast.FrameSet, list[str]]:
    """Read cards with AST; also return the names of those it used."""
    try:
        with AST_LOCK:
            chan = Ast.FitsChan(None, None, _READ_OPTIONS)
            names = [name for name in metadata.names() if _putCard(chan, name, metadata.getScalar(name))]
            for name in _linearTerms(names):
                _putCard(chan, name, 0.0)
            chan.clear("Card")
            header = chan.read()
            left = {name for name, _, _ in _cards(chan)}
    except AST_ERRORS as err:
        raise LsstTypeError(f"AST cannot read a WCS from the metadata: {err}") from err
    if not isinstance(header, Ast.FrameSet):
        raise LsstTypeError("The metadata describe no WCS.")
    return header, [name for name in names if name not in left and name not in _DATES]


def _putCard(chan: Ast.FitsChan, name: str, value: Any) -> bool:
    """Add a card that may be part of a WCS; return whether it is."""
    if name in _NOT_WCS or not _KEYWORD.match(name):
        return False
    if isinstance(value, int | float):
        _checkRange(name, value)
        if name.startswith("WAT"):
            raise LsstTypeError(f"{name} = {value} in the metadata is not a string.")
    if isinstance(value, bool):
        chan.setfitsL(name, value, "", True)
    elif isinstance(value, int) and abs(value) <= _MAX_INT:
        chan.setfitsI(name, value, "", True)
    elif isinstance(value, int | float):
        if not math.isfinite(value):
            _LOG.warning("Ignoring %s = %s while reading a WCS", name, value)
            return False
        chan.setfitsF(name, float(value), "", True)
    elif isinstance(value, str) and len(value) <= _MAX_STRING and value.isascii() and value.isprintable():
        chan.setfitsS(name, value, "", True)
    else:
        return False
    return True


def _checkRange(name: str, value: float) -> None:
    """Raise if a number would make AST hang or crash."""
    general = (-_MAX_FLOAT, _MAX_FLOAT)
    low, high = next((bounds for pattern, bounds in _RANGES.items() if pattern.match(name)), general)
    if math.isfinite(value) and not low <= value <= high:
        raise LsstTypeError(f"{name} = {value} in the metadata is not between {low} and {high}.")


def _celestialFrames(header: Ast.FrameSet, xy0: Any, crpix: list[float]) -> Ast.FrameSet:
    """Reduce what AST read to parent pixels, IWC and ICRS sky."""
    grid, iwc = _gridFrame(header), _frameByDomain(header, "IWC")
    template = Ast.SkyFrame("System=ICRS")
    if iwc is None or header.findframe(template) is None:
        raise LsstTypeError("The WCS in the metadata is not celestial.")
    original = header.Current
    header.Base = original
    found = header.findframe(template)
    toIcrs = simplified(found.getmapping(found.Base, found.Current))
    sky = found.getframe(found.Current)
    header.addframe(original, toIcrs, sky)
    toGrid = Ast.ShiftMap([1.0 - xy0.getX(), 1.0 - xy0.getY()])
    toIwc = simplified(concatenate(toGrid, simplified(header.getmapping(grid, iwc))))
    result = _makeWcsFrames(
        [Ast.Frame(2, "Domain=PIXELS"), header.getframe(iwc), sky],
        [toIwc, header.getmapping(iwc, header.Nframe)],
    )
    pixel = np.array([[crpix[0] - 1.0 + xy0.getX()], [crpix[1] - 1.0 + xy0.getY()]])
    origin = applyMapping(result, pixel)[:, 0]
    if not np.isfinite(origin).all():
        raise LsstTypeError(f"The reference pixel {crpix} of the WCS in the metadata has no sky position.")
    reference = result.getframe(result.Current)
    # Alignment system: part of the text of the stack's sky frames.
    reference.set(
        f"AlignSystem=ICRS, SkyRefIs=Ignored, SkyRef(1)={origin[0]:.17g}, SkyRef(2)={origin[1]:.17g}"
    )
    return result


def _gridFrame(header: Ast.FrameSet) -> int:
    """Return the index of the frame of 1-based pixels, of two axes."""
    grid = _frameByDomain(header, "GRID")
    if grid is None and not header.getframe(header.Base).Domain:
        grid = header.Base
    if grid is None or header.getframe(grid).Naxes != 2:
        raise LsstTypeError("The WCS in the metadata does not have two pixel axes.")
    return grid


def metadataFromFrameSet(frameSet: Ast.FrameSet, bbox: Box2I) -> PropertyList:
    """Make the FITS keywords of a sky WCS, for an image with a given box.

    Parameters
    ----------
    frameSet
        Frame set of a sky WCS.
    bbox
        Box of the image, in parent pixel coordinates.

    Raises
    ------
    lsst.pex.exceptions.RuntimeError
        Raised if FITS cannot represent the WCS.
    """
    result = PropertyList()
    for name, value, comment in _writeHeader(frameSet, bbox):
        if name not in ("NAXIS1", "NAXIS2", *_DATES) and not _isNegligible(name, value):
            result.set(name, value, comment)
    cd = ["CD1_1", "CD1_2", "CD2_1", "CD2_2"]
    if any(result.exists(name) for name in cd):
        for name in cd:
            if not result.exists(name):
                result.set(name, 0.0, "Transformation matrix element")
    return result


def _writeHeader(frameSet: Ast.FrameSet, bbox: Box2I) -> list[tuple[str, Any, str]]:
    """Write cards for a box of pixels with AST."""
    with AST_LOCK:
        toPixels = Ast.ShiftMap([bbox.getBeginX() - 1.0, bbox.getBeginY() - 1.0])
        toSky = concatenate(toPixels, _withAllTerms(frameSet.getmapping(frameSet.Base, frameSet.Current)))
        grid = Ast.Frame(2, "Domain=GRID")
        chan = Ast.FitsChan(None, None, _WRITE_OPTIONS)
        chan.setfitsI("NAXIS1", bbox.getWidth(), "", True)
        chan.setfitsI("NAXIS2", bbox.getHeight(), "", True)
        try:
            written = chan.write(_makeWcsFrames([grid, frameSet.getframe(frameSet.Current)], [toSky]))
        except AST_ERRORS as err:
            raise LsstRuntimeError(f"AST cannot write the WCS as FITS keywords: {err}") from err
        if written == 0:
            raise LsstRuntimeError("The WCS cannot be represented by FITS keywords.")
        return list(_cards(chan))


def _cards(chan: Ast.FitsChan) -> Iterator[tuple[str, Any, str]]:
    """Iterate over name, value and comment of the cards in a channel."""
    getters = {Ast.INT: chan.getfitsI, Ast.FLOAT: chan.getfitsF, Ast.STRING: chan.getfitsS}
    for index in range(1, chan.Ncard + 1):
        chan.Card = index
        name, kind = chan.get("CardName"), int(chan.get("CardType"))
        value = getters[kind](name)[1] if kind in getters else None
        chan.Card = index
        yield name, value, chan.get("CardComm")


def _linearTerms(names: Collection[str]) -> list[str]:
    """Return the keywords of linear SIP terms to add with value 0.

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


def _isNegligible(name: str, value: Any) -> bool:
    """Return whether a keyword is a term that `_withAllTerms` added."""
    return _SIP_TERM.match(name) is not None and abs(value) < _NEGLIGIBLE**0.5


def _withAllTerms(mapping: Ast.Mapping) -> Ast.Mapping:
    """Return an equal mapping whose 2-d polynomials lack no term.

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
        parts.append(_withAllTerms(part))
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
    """Return rows (coefficient, output, power, power) of all terms."""
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
