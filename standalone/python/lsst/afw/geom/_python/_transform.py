# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rebuild transforms and WCSs from the strings in their pickles."""

from __future__ import annotations

__all__ = ("unpickleTransform",)

from typing import Any


def unpickleTransform(cls: Any, string: str) -> Any:
    """Make an object from the string that its ``writeString`` returned.

    Parameters
    ----------
    cls
        `lsst.afw.geom.SkyWcs` or a transform class.
    string
        Serialized form.
    """
    return cls.readString(string)


def _unpickleWithApproximation(cls: Any, string: str, approximation: str) -> Any:
    """Make a WCS with an attached FITS approximation from their strings."""
    return cls.readString(string).copyWithFitsApproximation(cls.readString(approximation))
