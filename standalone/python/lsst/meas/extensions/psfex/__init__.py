# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""PSFs modeled by PSFEx, as files hold them; fitting them is not here."""

__all__ = ("PsfexPsf",)


from ._psfexPsf import PsfexPsf
