# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""A scene in a form that SWarp can read.

Run as ``python -m benchmarks.swarp_scene SCENE FOLDER WIDTH HEIGHT`` to write
it, with ``--compare TEMPLATE`` to compare SWarp's result with a template; the
latter prints the figures, as JSON.
"""

from __future__ import annotations

__all__ = ("compare", "write")


import argparse
import json
import pathlib

import astropy.io.fits
import numpy as np
from lsst.afw.geom import SkyWcs, makeSkyWcs
from lsst.afw.image import ExposureF, ImageF
from lsst.geom import Extent2D

from .layout import Detector
from .scene import BenchmarkScene, detector_box, detector_wcs
from .swarp import COADD, VARIANCE


def write(scene: BenchmarkScene, folder: pathlib.Path, detector: Detector) -> None:
    """Write image and variance of all coadds without compression, and the
    header that defines the pixels of the detector for SWarp.

    The distortion of the detector, less than a pixel, is left out.
    """
    for handle in scene.handles():
        coadd = handle.get()
        header = _header(coadd.getWcs().copyAtShiftedPixelOrigin(Extent2D(-coadd.getX0(), -coadd.getY0())))
        path = folder / handle.path.name
        for name, plane in ((path, coadd.image), (path.with_suffix(VARIANCE), coadd.variance)):
            astropy.io.fits.PrimaryHDU(plane.array, header).writeto(name)

    wcs = detector_wcs(detector)
    cards = {
        "NAXIS": 2,
        "NAXIS1": detector.width,
        "NAXIS2": detector.height,
        **_header(makeSkyWcs(wcs.getPixelOrigin(), wcs.getSkyOrigin(), wcs.getCdMatrix())),
    }
    lines = [f"{key:<8}= {value!r}" for key, value in cards.items()]
    (folder / COADD).with_suffix(".head").write_text("\n".join([*lines, "END", ""]))


def _header(wcs: SkyWcs) -> astropy.io.fits.Header:
    """Return the FITS cards of a WCS without distortion."""
    return astropy.io.fits.Header(wcs.getFitsMetadata(True).toDict())


def compare(template: pathlib.Path, folder: pathlib.Path, detector: Detector) -> dict[str, float]:
    """Compare SWarp's result with a template.

    Parameters
    ----------
    template
        File of the template.
    folder
        Folder of SWarp's result.
    detector
        Detector; the template may be larger.

    Returns
    -------
    figures
        ``covered``, the fraction of the pixels of the detector that have
        data in both, and ``median``, that of their absolute differences in
        units of the template's sigma.
    """
    ours = ExposureF(str(template))[detector_box(detector)]
    theirs = ImageF(str(folder / COADD)).array
    good = ours.mask.array & ours.mask.getPlaneBitMask("NO_DATA") == 0
    good &= theirs != 0
    sigma = np.sqrt(ours.variance.array[good])
    return {
        "covered": float(good.mean()),
        "median": float(np.median(np.abs(ours.image.array[good] - theirs[good]) / sigma)),
    }


def main() -> None:
    """Write or compare, depending on the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.swarp_scene", description=__doc__)
    parser.add_argument("scene", type=pathlib.Path, help="folder of the scene")
    parser.add_argument("folder", type=pathlib.Path, help="folder for SWarp")
    parser.add_argument("width", type=int, help="width of the detector (pixels)")
    parser.add_argument("height", type=int, help="height of the detector (pixels)")
    parser.add_argument("--compare", type=pathlib.Path, metavar="TEMPLATE", help="compare with a template")
    args = parser.parse_args()
    detector = Detector(args.width, args.height)
    if args.compare:
        print(json.dumps(compare(args.compare, args.folder, detector)))
    else:
        write(BenchmarkScene.open(args.scene), args.folder, detector)


if __name__ == "__main__":
    main()
