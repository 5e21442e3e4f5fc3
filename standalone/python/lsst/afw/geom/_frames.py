# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Frame sets of a sky WCS: pixels, intermediate world coordinates, sky."""

from __future__ import annotations

__all__ = (
    "baseToIwc",
    "checkWcsFrames",
    "frameByDomain",
    "makeWcsFrames",
    "mappingBetween",
    "modifyPixels",
    "skyFrame",
)

import itertools

import starlink.Ast as Ast

from lsst.pex.exceptions import TypeError as LsstTypeError

from ._ast import AST_LOCK, concatenate, simplified

_REQUIRED = ("PIXELS", "IWC", "SKY")
_OPTIONAL = "ACTUAL_PIXELS"


def frameByDomain(frameSet: Ast.FrameSet, domain: str) -> int | None:
    """Index (from 1) of the frame of a domain, `None` if there is none."""
    with AST_LOCK:
        for index in range(1, frameSet.Nframe + 1):
            if frameSet.getframe(index).Domain == domain:
                return index
    return None


def _index(frameSet: Ast.FrameSet, domain: str) -> int:
    index = frameByDomain(frameSet, domain)
    if index is None:
        raise LsstTypeError(f"Frame set has no frame {domain}.")
    return index


def checkWcsFrames(frameSet: Ast.FrameSet) -> None:
    """Check that a frame set can be that of a sky WCS.

    Raises
    ------
    lsst.pex.exceptions.TypeError
        Raised if a frame is missing or is not what it should be.
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


def makeWcsFrames(frames: list[Ast.Frame], mappings: list[Ast.Mapping]) -> Ast.FrameSet:
    """Frame set of a chain of frames; ``mappings[i]`` leads to i + 1."""
    with AST_LOCK:
        frameSet = Ast.FrameSet(frames[0])
        for index, (mapping, frame) in enumerate(zip(mappings, frames[1:], strict=True), start=1):
            frameSet.addframe(index, mapping, frame)
    return frameSet


def mappingBetween(frameSet: Ast.FrameSet, source: str, target: str) -> Ast.Mapping:
    """Mapping from one domain to another, as stored (not simplified)."""
    first, last = _index(frameSet, source), _index(frameSet, target)
    with AST_LOCK:
        return frameSet.getmapping(first, last)


def baseToIwc(frameSet: Ast.FrameSet) -> Ast.Mapping:
    """Mapping from the base frame to intermediate world coordinates."""
    last = _index(frameSet, "IWC")
    with AST_LOCK:
        return frameSet.getmapping(frameSet.Base, last)


def skyFrame(frameSet: Ast.FrameSet) -> Ast.SkyFrame:
    """The sky frame itself: setting its attributes changes no mapping."""
    index = _index(frameSet, "SKY")
    with AST_LOCK:
        return frameSet.getframe(index)


def modifyPixels(
    frameSet: Ast.FrameSet, mapping: Ast.Mapping, modifyActualPixels: bool = False
) -> Ast.FrameSet:
    """Frame set in which a mapping of pixels comes before the old mapping.

    Parameters
    ----------
    frameSet
        Frame set of a sky WCS.
    mapping
        Mapping from new to old pixel positions.
    modifyActualPixels
        Put it after ``ACTUAL_PIXELS``, if there is such a frame, rather than
        after ``PIXELS``.
    """
    domains = list(_REQUIRED)
    hasActual = frameByDomain(frameSet, _OPTIONAL) is not None
    if hasActual:
        domains.insert(0, _OPTIONAL)
    mappings = [mappingBetween(frameSet, *pair) for pair in itertools.pairwise(domains)]
    place = 0 if modifyActualPixels else domains.index("PIXELS")
    mappings[place] = simplified(concatenate(mapping, mappings[place]))
    with AST_LOCK:
        frames = [frameSet.getframe(_index(frameSet, domain)).copy() for domain in domains]
    return makeWcsFrames(frames, mappings)
