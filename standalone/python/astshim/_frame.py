# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Frames: what coordinates mean."""

from __future__ import annotations

__all__ = ("CmpFrame", "Frame", "SkyFrame")


import starlink.Ast as Ast

from ._mapping import Mapping
from ._native import callingAst
from ._object import native


def _attribute(name: str, doc: str) -> property:
    """Property for an attribute of the whole frame."""

    def get(self: Frame) -> str:
        return self._get(name)

    def put(self: Frame, value: str) -> None:
        self._set(name, value)

    return property(get, put, doc=doc)


class Frame(Mapping):
    """Coordinate system.

    As a mapping, it changes nothing.

    Parameters
    ----------
    naxes
        Number of axes.
    options
        Attributes to set, as ``Domain=PIXELS``.
    """

    _Native = Ast.Frame

    def __init__(self, naxes: int, options: str = "") -> None:
        with callingAst("make a Frame"):
            self._native = Ast.Frame(naxes, options)

    domain = _attribute("Domain", "Name of the coordinate system, in upper case.")
    system = _attribute("System", "Kind of coordinates, as ``ICRS``.")
    title = _attribute("Title", "Title for plots.")

    @property
    def nAxes(self) -> int:
        """Number of axes."""
        return self._get("Naxes")

    def getBottom(self, axis: int) -> float:
        """Return the lowest value to plot of an axis (from 1)."""
        return self._get(f"Bottom_{axis}")

    def setBottom(self, axis: int, bottom: float) -> None:
        """Set the lowest value to plot of an axis (from 1)."""
        self._set(f"Bottom_{axis}", bottom)

    def getTop(self, axis: int) -> float:
        """Return the highest value to plot of an axis (from 1)."""
        return self._get(f"Top_{axis}")

    def setTop(self, axis: int, top: float) -> None:
        """Set the highest value to plot of an axis (from 1)."""
        self._set(f"Top_{axis}", top)

    def getLabel(self, axis: int) -> str:
        """Return the label of an axis (from 1)."""
        return self._get(f"Label_{axis}")

    def setLabel(self, axis: int, label: str) -> None:
        """Set the label of an axis (from 1)."""
        self._set(f"Label_{axis}", label)

    def getSymbol(self, axis: int) -> str:
        """Return the symbol of an axis (from 1)."""
        return self._get(f"Symbol_{axis}")

    def setSymbol(self, axis: int, symbol: str) -> None:
        """Set the symbol of an axis (from 1)."""
        self._set(f"Symbol_{axis}", symbol)

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
        Attributes to set, as ``System=ICRS``.
    """

    _Native = Ast.SkyFrame

    def __init__(self, options: str = "") -> None:
        with callingAst("make a SkyFrame"):
            self._native = Ast.SkyFrame(options)

    @property
    def latAxis(self) -> int:
        """Number (from 1) of the axis of latitude."""
        return self._get("LatAxis")

    @property
    def lonAxis(self) -> int:
        """Number (from 1) of the axis of longitude."""
        return self._get("LonAxis")


class CmpFrame(Frame):
    """The axes of two frames.

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
        with callingAst("combine frames"):
            self._native = Ast.CmpFrame(first, second, options)
