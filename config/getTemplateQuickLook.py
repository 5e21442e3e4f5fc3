# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

# Templates for a quick look, at the telescope or while a pipeline is put
# together: `-C buildTemplate:config/getTemplateQuickLook.py`. Bilinear
# interpolation is several times faster than the default lanczos3, but blurs
# and correlates the noise: do not search such differences for transients.

config.warp.warpingKernelName = "bilinear"
config.coaddPsf.warpingKernelName = "bilinear"

# A coarser model of the variance plane.
config.varianceBackground.binSize = 128
