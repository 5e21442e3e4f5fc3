# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sky WCSs in FITS headers: read with, and write for, FITS-WCS keywords."""

from __future__ import annotations

__all__ = (
    "frameSetFromMetadata",
    "metadataFromFrameSet",
)

import logging
import math
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import starlink.Ast as Ast

from lsst.daf.base import PropertyList, PropertySet
from lsst.geom import Box2I
from lsst.pex.exceptions import RuntimeError as LsstRuntimeError
from lsst.pex.exceptions import TypeError as LsstTypeError

from ._ast import AST_ERRORS, AST_LOCK, applyMapping, concatenate, simplified
from ._frames import frameByDomain, makeWcsFrames
from ._sip import isNegligible, linearTerms, withAllTerms
from ._wcsMetadata import BASIC_WCS_KEYS, getImageXY0FromMetadata

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
"""Ranges of values on which AST's time or memory depends."""
_DATES = ("DATE-OBS", "MJD-OBS")


def frameSetFromMetadata(metadata: PropertySet, strip: bool) -> Ast.FrameSet:
    """Make the frame set of a sky WCS from FITS keywords.

    Parameters
    ----------
    metadata
        Header cards. ``RADECSYS`` becomes ``RADESYS``.
    strip
        Remove the cards that describe the WCS and XY0.

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
    """Let AST read cards; also return the names of those that it used."""
    try:
        with AST_LOCK:
            chan = Ast.FitsChan(None, None, _READ_OPTIONS)
            names = [name for name in metadata.names() if _putCard(chan, name, metadata.getScalar(name))]
            for name in linearTerms(names):
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
    grid, iwc = _gridFrame(header), frameByDomain(header, "IWC")
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
    result = makeWcsFrames(
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
    """Index of the frame of 1-based pixels, which must have two axes."""
    grid = frameByDomain(header, "GRID")
    if grid is None and not header.getframe(header.Base).Domain:
        grid = header.Base
    if grid is None or header.getframe(grid).Naxes != 2:
        raise LsstTypeError("The WCS in the metadata does not have two pixel axes.")
    return grid


def metadataFromFrameSet(frameSet: Ast.FrameSet, bbox: Box2I) -> PropertyList:
    """FITS keywords of a sky WCS, for an image with a given box.

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
        if name not in ("NAXIS1", "NAXIS2", *_DATES) and not isNegligible(name, value):
            result.set(name, value, comment)
    cd = ["CD1_1", "CD1_2", "CD2_1", "CD2_2"]
    if any(result.exists(name) for name in cd):
        for name in cd:
            if not result.exists(name):
                result.set(name, 0.0, "Transformation matrix element")
    return result


def _writeHeader(frameSet: Ast.FrameSet, bbox: Box2I) -> list[tuple[str, Any, str]]:
    """Let AST write cards for a box of pixels."""
    with AST_LOCK:
        toPixels = Ast.ShiftMap([bbox.getBeginX() - 1.0, bbox.getBeginY() - 1.0])
        toSky = concatenate(toPixels, withAllTerms(frameSet.getmapping(frameSet.Base, frameSet.Current)))
        grid = Ast.Frame(2, "Domain=GRID")
        chan = Ast.FitsChan(None, None, _WRITE_OPTIONS)
        chan.setfitsI("NAXIS1", bbox.getWidth(), "", True)
        chan.setfitsI("NAXIS2", bbox.getHeight(), "", True)
        try:
            written = chan.write(makeWcsFrames([grid, frameSet.getframe(frameSet.Current)], [toSky]))
        except AST_ERRORS as err:
            raise LsstRuntimeError(f"AST cannot write the WCS as FITS keywords: {err}") from err
        if written == 0:
            raise LsstRuntimeError("The WCS cannot be represented by FITS keywords.")
        return list(_cards(chan))


def _cards(chan: Ast.FitsChan) -> Iterator[tuple[str, Any, str]]:
    """Name, value and comment of the cards in an AST FITS channel."""
    getters = {Ast.INT: chan.getfitsI, Ast.FLOAT: chan.getfitsF, Ast.STRING: chan.getfitsS}
    for index in range(1, chan.Ncard + 1):
        chan.Card = index
        name, kind = chan.get("CardName"), int(chan.get("CardType"))
        value = getters[kind](name)[1] if kind in getters else None
        chan.Card = index
        yield name, value, chan.get("CardComm")
