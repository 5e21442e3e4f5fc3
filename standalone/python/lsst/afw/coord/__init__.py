# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where and under what conditions an exposure was taken."""

__all__ = ("Observatory", "Weather")


from ._conditions import Observatory, Weather
