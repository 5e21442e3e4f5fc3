# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measurement extensions: the PSF models in released images."""

import pkgutil

__path__ = pkgutil.extend_path(__path__, __name__)
