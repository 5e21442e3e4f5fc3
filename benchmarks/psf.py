# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""PSFs of coadds whose inputs have models of Piff.

Run as ``python -m benchmarks.psf FOLDER COADDS INPUTS``; prints the figures,
as JSON. The files are made by Piff in another process, so that this one can
tell whether reading and writing import it.
"""

from __future__ import annotations

__all__ = ("COVERING", "make", "measure")


import argparse
import json
import pathlib
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from lsst.afw.detection import GaussianPsf
from lsst.afw.geom import SkyWcs, makeCdMatrix, makeSkyWcs
from lsst.afw.image import ExposureF, ExposureFitsReader
from lsst.afw.table import ExposureCatalog, ExposureTable
from lsst.geom import Box2D, Box2I, Extent2I, Point2D, Point2I, SpherePoint, arcseconds, degrees
from lsst.meas.algorithms import CoaddPsf

from .process import run_module

COVERING = 20
"""Number of inputs of a coadd that cover a position."""

_SIDE = 4000
_SCALE = 0.2
_STAMP = 25
_STARS = 8
_PIFF = frozenset({"piff", "galsim"})


def _wcs() -> SkyWcs:
    center = Point2D(_SIDE / 2, _SIDE / 2)
    return makeSkyWcs(center, SpherePoint(150.0, 2.0, degrees), makeCdMatrix(_SCALE * arcseconds))


def _boxes(number: int) -> list[Box2I]:
    """Make boxes such that about `COVERING` of them cover each position."""
    width = max(1, min(_SIDE, _SIDE * COVERING // number))
    starts = np.linspace(0, _SIDE - width, number).round().astype(int)
    return [Box2I(Point2I(int(x), 0), Extent2I(width, _SIDE)) for x in starts]


def make(path: pathlib.Path, inputs: int, seed: int) -> None:
    """Write a coadd with very few pixels, whose inputs have models.

    Parameters
    ----------
    path
        File to write.
    inputs
        Number of inputs.
    seed
        Seed of the models.
    """
    rng = np.random.default_rng(seed)
    rows = [(_model(rng, box), box) for box in _boxes(inputs)]
    _write(path, rows)


def _model(rng: np.random.Generator, box: Box2I) -> Any:
    """Make a model that varies with the position; nothing is fitted."""
    import galsim
    import piff
    from lsst.meas.extensions.piff import PiffPsf

    wcs = galsim.PixelScale(_SCALE)
    solution = piff.SimplePSF(piff.PixelGrid(_SCALE, _STAMP), piff.BasisPolynomial(2))
    solution.wcs, solution.pointing = {0: wcs}, None
    shape = GaussianPsf(_STAMP, _STAMP, rng.uniform(1.5, 2.5)).computeKernelImage(Point2D(0, 0)).array
    terms = np.zeros((_STAMP**2, 6))
    terms[:, 0] = shape.ravel() / _SCALE**2
    terms[:, 1:] = 1e-7 * rng.standard_normal((_STAMP**2, 5))
    solution.interp.q = terms
    positions = rng.uniform(list(box.getMin()), list(box.getMax()), (_STARS, 2))
    solution.stars = [_star(x, y, shape, wcs) for x, y in positions]
    return PiffPsf(_STAMP, _STAMP, solution)


def _star(x: float, y: float, shape: np.ndarray, wcs: Any) -> Any:
    import galsim
    import piff

    corner = {"xmin": int(x) - _STAMP // 2, "ymin": int(y) - _STAMP // 2}
    image = galsim.Image(1e4 * shape, wcs=wcs, **corner)
    weight = galsim.Image(np.ones_like(shape), wcs=wcs, **corner)
    return piff.Star(piff.StarData(image, galsim.PositionD(x, y), weight=weight), None)


def _write(path: pathlib.Path, rows: list[tuple[Any, Box2I]]) -> None:
    """Write an exposure whose PSF is the mean of others."""
    schema = ExposureTable.makeMinimalSchema()
    schema.addField("weight", type="D", doc="Weight.")
    catalog, wcs = ExposureCatalog(schema), _wcs()
    for number, (psf, box) in enumerate(rows):
        record = catalog.addNew()
        record.setId(number)
        record.setBBox(box)
        record.setWcs(wcs)
        record.setPsf(psf)
        record["weight"] = 1.0
    exposure = ExposureF(Box2I(Point2I(0, 0), Extent2I(16, 16)), wcs)
    exposure.setPsf(CoaddPsf(catalog, wcs, Point2D(_SIDE / 2, _SIDE / 2)))
    exposure.writeFits(str(path))


def measure(folder: pathlib.Path, coadds: int, inputs: int) -> dict[str, float]:
    """Read coadds, write a template of them, and compute one image.

    Parameters
    ----------
    folder
        Folder for the files.
    coadds, inputs
        Number of coadds, and of the inputs of each.

    Returns
    -------
    figures
        Times in seconds, or sizes in bytes if the name says so.

    Raises
    ------
    RuntimeError
        Raised if reading or writing imports Piff.
    """
    paths = [folder / f"coadd_{number}.fits" for number in range(coadds)]
    for number, path in enumerate(paths):
        run_module("psf", path, "--make", number, inputs)
    ExposureFitsReader(str(paths[0])).readBBox()
    before = _resident()
    figures: dict[str, float] = {}
    psfs = [_timed(figures, "read", lambda: ExposureFitsReader(str(paths[0])).readPsf())]
    figures["read_bytes"] = _resident() - before
    psfs += [ExposureFitsReader(str(path)).readPsf() for path in paths[1:]]
    box = Box2I(Point2I(0, 0), Extent2I(_SIDE, _SIDE))
    template = folder / "template.fits"
    _timed(figures, "write", lambda: _write(template, [(psf, box) for psf in psfs]))
    figures["template_bytes"] = template.stat().st_size
    if _PIFF & set(sys.modules):
        raise RuntimeError("A model of Piff was read unnecessarily.")
    center = Box2D(box).getCenter()
    import piff  # noqa: F401

    _timed(figures, "first", lambda: psfs[0].computeKernelImage(center))
    _timed(figures, "again", lambda: psfs[0].computeKernelImage(Point2D(center.x + 0.25, center.y)))
    return figures


def _timed(figures: dict[str, float], name: str, action: Callable[[], Any]) -> Any:
    start = time.perf_counter()
    result = action()
    figures[name] = time.perf_counter() - start
    return result


def _resident() -> int:
    """Return the memory of this process (bytes)."""
    pages = int(pathlib.Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.psf", description=__doc__)
    parser.add_argument("path", type=pathlib.Path, help="folder, or file to make")
    parser.add_argument("--make", action="store_true", help="make one coadd from a seed")
    parser.add_argument("number", type=int, help="number of coadds, or seed")
    parser.add_argument("inputs", type=int, help="number of inputs of each")
    args = parser.parse_args()
    if args.make:
        make(args.path, args.inputs, args.number)
        print("null")
    else:
        print(json.dumps(measure(args.path, args.number, args.inputs)))


if __name__ == "__main__":
    main()
