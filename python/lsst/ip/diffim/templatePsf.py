# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command ``template-psf``: the PSF of an exposure file at a position."""

from __future__ import annotations

__all__ = ("PsfAtPosition", "templatePsfMain")

import argparse
import contextlib
import dataclasses
import math
import os
import pathlib
import sys
import tempfile
from collections.abc import Iterator, Sequence
from typing import Any

import lsst.pex.exceptions
from lsst.afw.image import ExposureFitsReader, ImageD
from lsst.daf.base import PropertyList
from lsst.geom import Box2D, Box2I, Point2D, SpherePoint, degrees
from lsst.meas.algorithms import CoaddPsf

from .commandLine import CommandParser, describe_missing_extra

_EXAMPLES = """
template-psf template.fits 1020.5 733
    print box, size and coadds of the PSF at that pixel
template-psf template.fits 1020.5 733 -o psf.fits
    write its image, whose header says the same
template-psf coadd.fits --ra 150.1192 --dec 2.2058 -o psf.png
    draw the PSF at a position on the sky (degrees)
"""

_LINES = 6
"""Maximum number of lines above a picture, where not all inputs may fit."""


class _CommandError(Exception):
    """Error that the command reports without a traceback."""


@dataclasses.dataclass(frozen=True)
class _Input:
    """An image that contributes to the PSF of a coadd or a template."""

    name: str
    weight: float
    """Share of the weight, between 0 and 1."""


@dataclasses.dataclass(frozen=True)
class PsfAtPosition:
    """The PSF of an exposure at a position."""

    file: str
    """Name of the exposure file."""

    kind: str
    """Class of the PSF."""

    position: Point2D
    """Position in pixels of the exposure."""

    sky: SpherePoint | None
    """Position on the sky; `None` if the exposure has no WCS."""

    image: ImageD
    """Image of a star of flux 1 at the position."""

    radius: float
    """Determinant radius (pixels)."""

    scale: float | None
    """Size of a pixel there (arcseconds); `None` without a WCS."""

    inputs: tuple[_Input, ...]
    """Images that contribute; empty if the PSF is not that of a coadd."""

    @classmethod
    def read(
        cls, path: str, position: tuple[float, float] | None = None, sky: SpherePoint | None = None
    ) -> PsfAtPosition:
        """Read the PSF of an exposure file.

        Parameters
        ----------
        path
            FITS file of an exposure. Its pixels are not read.
        position
            Position in pixels of the exposure; `None` if ``sky`` is given.
        sky
            Position on the sky.

        Raises
        ------
        lsst.pex.exceptions.Exception
            Raised if the file cannot be read, has no PSF or WCS, or the PSF
            is not defined there.
        """
        reader = ExposureFitsReader(path)
        bbox, wcs, psf = reader.readBBox(), reader.readWcs(), reader.readPsf()
        if psf is None:
            raise _CommandError(f"The exposure in {path} has no PSF.")
        if position is None:
            if wcs is None:
                raise _CommandError(f"The exposure in {path} has no WCS; give the position in pixels.")
            point = wcs.skyToPixel(sky)
        else:
            point = Point2D(*position)
        if not Box2D(bbox).contains(point):
            raise _CommandError(
                f"Position x {point.x:.2f}, y {point.y:.2f} is outside of the exposure in {path}, which has "
                f"x {bbox.getMinX()} to {bbox.getMaxX()} and y {bbox.getMinY()} to {bbox.getMaxY()}."
            )
        return cls(
            file=os.path.basename(path),
            kind=type(psf).__name__,
            position=point,
            sky=None if wcs is None else wcs.pixelToSky(point),
            image=psf.computeImage(point),
            radius=psf.computeShape(point).getDeterminantRadius(),
            scale=None if wcs is None else wcs.getPixelScale(point).asArcseconds(),
            inputs=tuple(_inputs(psf, point, reader.readCoaddInputs())),
        )

    @property
    def bbox(self) -> Box2I:
        """Box of the image (pixels of the exposure)."""
        return self.image.getBBox()

    def describe(self) -> str:
        """Return what the command prints."""
        lines = [f"{self.kind} of {self.file} at x {self.position.x:.2f}, y {self.position.y:.2f}"]
        if self.sky is not None:
            ra, dec = (angle.asDegrees() for angle in self.sky)
            lines[0] += f" (RA {ra:.6f}, Dec {dec:+.6f} degrees)"
        bbox = self.bbox
        lines.append(
            f"box     {bbox.getWidth()} x {bbox.getHeight()} pixels, x {bbox.getMinX()} to {bbox.getMaxX()}, "
            f"y {bbox.getMinY()} to {bbox.getMaxY()}"
        )
        arcseconds = "" if self.scale is None else f" = {self.radius * self.scale:.4f} arcsec"
        lines.append(f"size    {self.radius:.4f} pixels{arcseconds} (determinant radius)")
        if self.inputs:
            lines.append("inputs  " + f"\n{'':8}".join(_describe_input(each) for each in self.inputs))
        return "\n".join(lines)

    def metadata(self) -> PropertyList:
        """Return the header of the image file."""
        cards = PropertyList()
        cards.set("PSFCLASS", self.kind, "Class of the PSF")
        cards.set("PSFFILE", self.file, "Exposure that the PSF is of")
        cards.set("PSFX", self.position.x, "[pixel] Position in the exposure")
        cards.set("PSFY", self.position.y, "[pixel] Position in the exposure")
        if self.sky is not None:
            cards.set("PSFRA", self.sky.getRa().asDegrees(), "[deg] Position on the sky")
            cards.set("PSFDEC", self.sky.getDec().asDegrees(), "[deg] Position on the sky")
        cards.set("PSFSIZE", self.radius, "[pixel] Determinant radius")
        if self.scale is not None:
            cards.set("PIXSCALE", self.scale, "[arcsec] Size of a pixel there")
        for number, each in enumerate(self.inputs):
            cards.set(f"PSFIN{number}", each.name, "Image that contributes")
            cards.set(f"PSFWT{number}", each.weight, "Share of its weight")
        return cards

    def draw(self, path: str) -> None:
        """Draw the image.

        Parameters
        ----------
        path
            PNG file to write.
        """
        # Only needed for pictures.
        from matplotlib.colors import SymLogNorm
        from matplotlib.figure import Figure

        array, bbox = self.image.array, self.bbox
        extent = (bbox.getMinX() - 0.5, bbox.getMaxX() + 0.5, bbox.getMinY() - 0.5, bbox.getMaxY() + 0.5)
        figure = Figure(figsize=(6.4, 5.8), layout="constrained", dpi=110)
        axes = figure.subplots()
        norm = SymLogNorm(linthresh=array.max() / 1000, vmin=-array.max() / 1000, vmax=array.max())
        shown = axes.imshow(
            array, origin="lower", extent=extent, norm=norm, cmap="viridis", interpolation="nearest"
        )
        axes.plot(self.position.x, self.position.y, "+", color="white", markersize=9)
        axes.set_xlabel("x (pixels)")
        axes.set_ylabel("y (pixels)")
        figure.colorbar(shown, ax=axes, fraction=0.046, pad=0.02, label="share of the flux in a pixel")
        first, *rest = self.describe().splitlines()
        if len(rest) > _LINES:
            rest[_LINES:] = [f"{'':8}and {len(rest) - _LINES} more"]
        figure.suptitle(first.partition(" (")[0], fontsize=11)
        axes.set_title("\n".join(rest), fontsize=8, loc="left", family="monospace")
        figure.savefig(path, format="png")


def _describe_input(each: _Input) -> str:
    return f"{each.name}, {100 * each.weight:.1f} % of the weight"


def _inputs(psf: Any, point: Point2D, coadd_inputs: Any) -> Iterator[_Input]:
    """Yield the components of a coadd's PSF that cover a position."""
    if not isinstance(psf, CoaddPsf):
        return
    sky = psf.getCoaddWcs().pixelToSky(point)
    covering = []
    for index in range(psf.getComponentCount()):
        pixel = psf.getWcs(index).skyToPixel(sky)
        polygon = psf.getValidPolygon(index)
        if Box2D(psf.getBBox(index)).contains(pixel) and (polygon is None or polygon.contains(pixel)):
            covering.append(index)
    total = math.fsum(psf.getWeight(index) for index in covering)
    names = _input_names(coadd_inputs)
    for index in covering:
        name = names.get(psf.getId(index), f"input {psf.getId(index)}")
        with contextlib.suppress(lsst.pex.exceptions.NotFoundError):
            # Only the PSF of a template has these columns.
            name = f"tract {psf.getTract(index)}, patch {psf.getPatch(index)}"
        yield _Input(name, psf.getWeight(index) / total)


def _input_names(coadd_inputs: Any) -> dict[int, str]:
    """Return the names of a coadd's input detectors, by ID."""
    if coadd_inputs is None or not {"visit", "ccd"} <= set(coadd_inputs.ccds.schema.getNames()):
        return {}
    return {
        record.getId(): f"visit {record['visit']}, detector {record['ccd']}" for record in coadd_inputs.ccds
    }


def templatePsfMain(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Parameters
    ----------
    arguments
        Arguments of the command; those of the process if `None`.

    Returns
    -------
    status
        0 if the PSF was found, 1 after an error.
    """
    args = _parse(arguments)
    sky = None if args.ra is None else SpherePoint(args.ra, args.dec, degrees)
    try:
        if args.output is not None and args.output.exists() and not args.overwrite:
            raise _CommandError(f"{args.output} exists; give --overwrite to replace it.")
        found = PsfAtPosition.read(args.file, None if args.x is None else (args.x, args.y), sky)
        if args.output is not None:
            _write(found, args.output)
    except (_CommandError, OSError, lsst.pex.exceptions.Exception) as err:
        print(f"template-psf: {err}", file=sys.stderr)
        return 1
    except ModuleNotFoundError as err:
        missing = describe_missing_extra(err)
        if missing is None:
            raise
        print(f"template-psf: {missing}", file=sys.stderr)
        return 1
    print(found.describe())
    return 0


def _write(found: PsfAtPosition, path: pathlib.Path) -> None:
    """Write a file under a temporary name, and rename it when complete."""
    if not path.parent.is_dir():
        raise _CommandError(f"There is no folder {path.parent} for {path.name}.")
    with tempfile.TemporaryDirectory(prefix=".template-psf-", dir=path.parent) as folder:
        complete = os.path.join(folder, path.name)
        if path.suffix == ".png":
            found.draw(complete)
        else:
            found.image.writeFits(complete, found.metadata())
        os.replace(complete, path)


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = CommandParser(
        "template-psf",
        "Show the PSF of a template, coadd or other exposure file at a position: its image, box and size, "
        "and the coadds that contribute.",
        _EXAMPLES,
    )
    parser.add_argument("file", metavar="TEMPLATE.fits", help="FITS file of an exposure")
    parser.add_argument("x", metavar="X", type=float, nargs="?", help="x of the position (pixels)")
    parser.add_argument("y", metavar="Y", type=float, nargs="?", help="y of the position (pixels)")
    parser.add_argument("--ra", type=float, help="right ascension of the position (degrees)")
    parser.add_argument("--dec", type=float, help="declination of the position (degrees)")
    parser.add_argument(
        "-o",
        "--output",
        type=pathlib.Path,
        metavar="psf.fits|png",
        help="write the image, or a picture of it",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace the output file if it exists")
    args = parser.parse_args(arguments)
    pixels, sky = (args.x, args.y), (args.ra, args.dec)
    if (None in pixels) == (None in sky) or any(
        pair.count(None) == 1 or not all(math.isfinite(value) for value in pair if value is not None)
        for pair in (pixels, sky)
    ):
        parser.error("Give a position either as X Y (pixels) or as --ra and --dec (degrees).")
    if args.dec is not None and abs(args.dec) > 90:
        parser.error(f"The declination {args.dec} is not within -90 to 90 degrees.")
    if args.output is not None and args.output.suffix not in (".fits", ".png"):
        parser.error(f"The output {args.output} ends neither in .fits nor in .png.")
    return args


if __name__ == "__main__":
    sys.exit(templatePsfMain())
