# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Let the FITS reader read hostile files.

``python fuzz_reader.py --seed S --only N`` repeats the file N of a run.
"""

import sys

from fuzz.run import main

if __name__ == "__main__":
    sys.exit(main())
