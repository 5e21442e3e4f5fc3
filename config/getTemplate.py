# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

# What GetTemplateTask does when nothing is overridden, spelled out: a file to
# copy from, or to load with `-C buildTemplate:config/getTemplate.py` so that
# later changes of the defaults change nothing.

config.templateBorderSize = 20

config.warp.warpingKernelName = "lanczos3"
config.warp.maskWarpingKernelName = "bilinear"
config.warp.cacheSize = 100000
config.warp.interpLength = 100

# PSFs are resampled as the pixels are.
config.coaddPsf.warpingKernelName = config.warp.warpingKernelName
config.coaddPsf.cacheSize = config.warp.cacheSize

# Medians of 32 by 32 pixels of the variance plane, sources left out.
config.varianceBackground.algorithm = "LINEAR"
config.varianceBackground.statisticsProperty = "MEDIAN"
config.varianceBackground.binSize = 32
config.varianceBackground.useApprox = False
config.varianceBackground.doFilterSuperPixels = True
config.varianceBackground.ignoredPixelMask = ["BAD", "EDGE", "DETECTED", "DETECTED_NEGATIVE", "NO_DATA"]
config.highVarianceThreshold = 4
config.highVarianceMaskFraction = 0.1
