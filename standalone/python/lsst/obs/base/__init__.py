# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading and writing of astronomical datasets through a butler."""

__all__ = ("MakeRawVisitInfoViaObsInfo", "add_provenance_to_fits_header", "strip_provenance_from_fits_header")

from .formatters.fitsGeneric import add_provenance_to_fits_header, strip_provenance_from_fits_header
from .makeRawVisitInfoViaObsInfo import MakeRawVisitInfoViaObsInfo
