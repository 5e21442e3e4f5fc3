# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Frames, and sets of them connected by mappings."""

from __future__ import annotations

__all__ = ("CmpFrame", "Frame", "FrameDict", "FrameSet", "SkyFrame")

from typing import Any, ClassVar

import starlink.Ast as Ast

from ._mapping import Mapping
from ._object import callingAst, native, wrap


def _attribute(name: str, doc: str) -> property:
    """Return a property for an attribute of the whole frame."""

    def get(self: Frame) -> str:
        return self._get(name)

    def put(self: Frame, value: str) -> None:
        self._set(name, value)

    return property(get, put, doc=doc)


class Frame(Mapping):
    """Coordinate system.

    As a mapping, it is the identity.

    Parameters
    ----------
    naxes
        Number of axes.
    options
        Attributes to set, such as ``Domain=PIXELS``.
    """

    _Native = Ast.Frame

    def __init__(self, naxes: int, options: str = "") -> None:
        self._make(naxes, options)

    domain = _attribute("Domain", "Name of the coordinate system, in upper case.")
    system = _attribute("System", "Kind of coordinates, as ``ICRS``.")
    title = _attribute("Title", "Title for plots.")

    @property
    def nAxes(self) -> int:
        """Number of axes."""
        return self._get("Naxes")

    def getBottom(self, axis: int) -> float:
        """Return the lowest value to plot on an axis (from 1)."""
        return self._get(f"Bottom_{axis}")

    def setBottom(self, axis: int, bottom: float) -> None:
        """Set the lowest value to plot on an axis (from 1)."""
        self._set(f"Bottom_{axis}", bottom)

    def getTop(self, axis: int) -> float:
        """Return the highest value to plot on an axis (from 1)."""
        return self._get(f"Top_{axis}")

    def setTop(self, axis: int, top: float) -> None:
        """Set the highest value to plot on an axis (from 1)."""
        self._set(f"Top_{axis}", top)

    def getLabel(self, axis: int) -> str:
        """Return the label of an axis (from 1)."""
        return self._get(f"Label_{axis}")

    def setLabel(self, axis: int, label: str) -> None:
        """Set the label of an axis (from 1)."""
        self._set(f"Label_{axis}", label)

    def getUnit(self, axis: int) -> str:
        """Return the unit of an axis (from 1)."""
        return self._get(f"Unit_{axis}")

    def setUnit(self, axis: int, unit: str) -> None:
        """Set the unit of an axis (from 1)."""
        self._set(f"Unit_{axis}", unit)


class SkyFrame(Frame):
    """Longitude and latitude on the sky, in radians.

    Parameters
    ----------
    options
        Attributes to set, such as ``System=ICRS``.
    """

    _Native = Ast.SkyFrame

    def __init__(self, options: str = "") -> None:
        self._make(options)

    @property
    def latAxis(self) -> int:
        """Number (from 1) of the latitude axis."""
        return self._get("LatAxis")

    @property
    def lonAxis(self) -> int:
        """Number (from 1) of the longitude axis."""
        return self._get("LonAxis")


class CmpFrame(Frame):
    """Frame with the axes of two other frames.

    Parameters
    ----------
    frame1, frame2
        Frames to combine.
    options
        Attributes to set.
    """

    _Native = Ast.CmpFrame

    def __init__(self, frame1: Frame, frame2: Frame, options: str = "") -> None:
        first, second = native(frame1, Frame, "first frame"), native(frame2, Frame, "second frame")
        self._make(first, second, options)


class FrameSet(Frame):
    """Frames, numbered from 1, and the mappings between them.

    It is a mapping from the base frame to the current one; other attributes
    are those of the current frame.

    Parameters
    ----------
    baseFrame
        First frame.
    mapping
        Mapping from it to another frame.
    currentFrame
        The other frame.
    options
        Attributes to set.
    """

    _Native = Ast.FrameSet

    BASE: ClassVar[int] = Ast.BASE
    CURRENT: ClassVar[int] = Ast.CURRENT
    NOFRAME: ClassVar[int] = Ast.NOFRAME

    def __init__(
        self,
        baseFrame: Frame,
        mapping: Mapping | None = None,
        currentFrame: Frame | None = None,
        options: str = "",
    ) -> None:
        base = native(baseFrame, Frame, "base frame")
        self._make(base, options)
        if mapping is not None or currentFrame is not None:
            self.addFrame(self.BASE, mapping, currentFrame)  # type: ignore[arg-type]

    @property
    def nFrame(self) -> int:
        """Number of frames."""
        return self._get("Nframe")

    @property
    def base(self) -> int:
        """Number of the base frame."""
        return self._get("Base")

    @base.setter
    def base(self, iframe: int) -> None:
        self._set("Base", iframe)

    @property
    def current(self) -> int:
        """Number of the current frame."""
        return self._get("Current")

    @current.setter
    def current(self, iframe: int) -> None:
        self._set("Current", iframe)

    def addFrame(self, iframe: int, mapping: Mapping, frame: Frame) -> None:
        """Add a frame, or a frame set, and make it current.

        Parameters
        ----------
        iframe
            Number of the frame that the mapping starts from.
        mapping
            Mapping from there to the new frame.
        frame
            The new frame.
        """
        added, link = native(frame, Frame, "frame"), native(mapping, Mapping, "mapping")
        with callingAst(f"add a frame to frame {iframe}"):
            self._native.addframe(iframe, link, added)

    def getFrame(self, iframe: int, copy: bool = True) -> Any:
        """Return a frame.

        Parameters
        ----------
        iframe
            Number of the frame.
        copy
            Return a copy, rather than the frame itself.
        """
        with callingAst(f"get frame {iframe}"):
            frame = self._native.getframe(iframe)
            return wrap(frame.copy() if copy else frame)

    def getMapping(self, iframe1: int = Ast.BASE, iframe2: int = Ast.CURRENT) -> Any:
        """Return the mapping from one frame to another."""
        with callingAst(f"get the mapping from frame {iframe1} to {iframe2}"):
            return wrap(self._native.getmapping(iframe1, iframe2))

    def remapFrame(self, iframe: int, mapping: Mapping) -> None:
        """Change the relation of a frame to all others.

        Parameters
        ----------
        iframe
            Number of the frame.
        mapping
            Mapping from the present frame to the one that replaces it.
        """
        link = native(mapping, Mapping, "mapping")
        with callingAst(f"remap frame {iframe}"):
            self._native.remapframe(iframe, link)

    def removeFrame(self, iframe: int) -> None:
        """Remove a frame."""
        with callingAst(f"remove frame {iframe}"):
            self._native.removeframe(iframe)


class FrameDict(FrameSet):
    """Frame set whose frames can also be looked up by domain.

    Parameters
    ----------
    frame
        First frame, or a frame set to copy.
    mapping
        Mapping from the first frame to another.
    currentFrame
        The other frame.
    options
        Attributes to set.

    Raises
    ------
    ValueError
        Raised if two frames have the same domain.
    """

    def __init__(
        self,
        frame: Frame,
        mapping: Mapping | None = None,
        currentFrame: Frame | None = None,
        options: str = "",
    ) -> None:
        if isinstance(frame, FrameSet) and mapping is None:
            with callingAst("copy a FrameSet"):
                self._native = frame._native.copy()
        else:
            super().__init__(frame, mapping, currentFrame, options)
        self._checkDomains(self)

    @staticmethod
    def _checkDomains(*sources: Frame) -> None:
        """Check that no domain occurs twice in frames or frame sets."""
        domains: list[str] = []
        for source in sources:
            if isinstance(source, FrameSet):
                domains += (source.getFrame(i, False).domain for i in range(1, source.nFrame + 1))
            else:
                domains.append(source.domain)
        named = [domain for domain in domains if domain]
        if len(set(named)) != len(named):
            raise ValueError(f"A FrameDict cannot have two frames of one domain, but these have {named}.")

    def _number(self, frame: int | str) -> int:
        return self.getIndex(frame) if isinstance(frame, str) else frame

    def getAllDomains(self) -> set[str]:
        """Return the domains of all frames that have one."""
        domains = {self.getFrame(i, False).domain for i in range(1, self.nFrame + 1)}
        return domains - {""}

    def getIndex(self, domain: str) -> int:
        """Return the number of the frame with a given domain.

        Raises
        ------
        IndexError
            Raised if there is no such frame.
        """
        for index in range(1, self.nFrame + 1):
            if self.getFrame(index, False).domain == domain.upper():
                return index
        raise IndexError(f"No frame of domain {domain!r}: there are {sorted(self.getAllDomains())}.")

    def hasDomain(self, domain: str) -> bool:
        """Return whether there is a frame with a given domain."""
        return domain.upper() in self.getAllDomains()

    def addFrame(self, iframe: int | str, mapping: Mapping, frame: Frame) -> None:
        """Add a frame, or a frame set, and make it current.

        Parameters
        ----------
        iframe
            Number or domain of the frame that the mapping starts from.
        mapping
            Mapping from there to the new frame.
        frame
            The new frame.
        """
        native(frame, Frame, "frame")
        self._checkDomains(self, frame)
        super().addFrame(self._number(iframe), mapping, frame)

    def getFrame(self, iframe: int | str, copy: bool = True) -> Any:
        """Return a frame by its number or domain.

        Parameters
        ----------
        iframe
            Number or domain of the frame.
        copy
            Return a copy, rather than the frame itself.
        """
        return super().getFrame(self._number(iframe), copy)

    def getMapping(self, iframe1: int | str = Ast.BASE, iframe2: int | str = Ast.CURRENT) -> Any:
        """Return the mapping from one frame to another."""
        return super().getMapping(self._number(iframe1), self._number(iframe2))

    def remapFrame(self, iframe: int | str, mapping: Mapping) -> None:
        """Change the relation of a frame to all others.

        Parameters
        ----------
        iframe
            Number or domain of the frame.
        mapping
            Mapping from the present frame to the one that replaces it.
        """
        super().remapFrame(self._number(iframe), mapping)

    def removeFrame(self, iframe: int | str) -> None:
        """Remove a frame, given its number or domain."""
        super().removeFrame(self._number(iframe))

    def setBase(self, domain: str) -> None:
        """Make the frame with a given domain the base frame."""
        self.base = self.getIndex(domain)

    def setCurrent(self, domain: str) -> None:
        """Make the frame with a given domain the current frame."""
        self.current = self.getIndex(domain)

    def setDomain(self, domain: str) -> None:
        """Set the domain of the current frame.

        Raises
        ------
        ValueError
            Raised if another frame has that domain.
        """
        if self.hasDomain(domain) and self.getIndex(domain) != self.current:
            raise ValueError(f"Another frame than the current one has the domain {domain!r}.")
        self.domain = domain
