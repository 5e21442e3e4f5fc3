# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""A simulated survey: coadds and science images in a butler, templates made
with `pipetask run`, checked against the noiseless truth, and a picture.
"""
