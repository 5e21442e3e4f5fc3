# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

# ruff: noqa: F403, F405
"""Kernels, functions, fields, statistics, backgrounds and warping."""

from ._background import *
from ._backgroundControl import *
from ._boundedField import *
from ._functions import *
from ._interpolate import *
from ._kernel import *
from ._statistics import *
from ._warper import *
from ._warpingKernels import *

NOTHING = Property.NOTHING
ERRORS, NPOINT, MEAN, STDEV, VARIANCE, MEDIAN, IQRANGE, MEANCLIP, STDEVCLIP = list(Property)[:9]
VARIANCECLIP, MIN, MAX, SUM, MEANSQUARE, ORMASK, NCLIPPED, NMASKED = list(Property)[9:]
THROW_EXCEPTION, REDUCE_INTERP_ORDER, INCREASE_NXNYSAMPLE = UndersampleStyle
