# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command ``template-make``."""

from __future__ import annotations

__all__ = ("main",)

import argparse
import dataclasses
import logging
import os
import pathlib
from collections.abc import Callable, Sequence
from typing import Any

from lsst.ip.diffim import GetTemplateTask
from lsst.pipe.base import NoWorkFound

from ..commandLine import describe_missing_extra
from ._compression import COMPRESSIONS, write_exposure
from ._files import check_target, expand, new_file
from ._inputs import CoaddFile, ScienceFile, read_coadd, read_science
from ._make import Made, by_band, choose_band, make_template
from ._settings import add_config_options, make_config
from ._terminal import (
    Failure,
    SentenceParser,
    Status,
    add_common_options,
    make_bar,
    plural,
    progress,
    report_error,
    run_command,
)
from ._tracts import TractGroup, arrange_coadds, same_wcs

NAME = "template-make"
_LOG = logging.getLogger(__name__)

_EXAMPLES = """
template-make calexp.fits coadd_*.fits -o template.fits
template-make calexp.fits coadds/ -o template.fits --preview template.png
template-make calexp_*.fits --coadds coadd_*.fits -o templates/
template-make calexp.fits coadd_*.fits -o template.fits -c warp.warpingKernelName=lanczos5
"""
_NOTES = """
exit status:
  0  all templates were made
  1  an error, which is explained in one sentence
  3  no coadd has a usable pixel on a science image
"""


@dataclasses.dataclass
class _Target:
    """A science image and the files to write for it."""

    science: pathlib.Path
    template: pathlib.Path
    picture: pathlib.Path | None


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status."""
    args = _parse(arguments)
    return run_command(NAME, lambda: _run(args), verbose=args.verbose)


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = SentenceParser(
        NAME,
        "Make templates of one or more science images from coadds in files.",
        _EXAMPLES,
        _NOTES,
    )
    parser.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="science image, followed by coadds; with --coadds, any number of science images. "
        "A folder stands for the FITS files in it",
    )
    parser.add_argument(
        "-o",
        "--output",
        required=True,
        metavar="TEMPLATE.fits|DIR/",
        help="file to write, or folder for several files",
    )
    parser.add_argument(
        "--coadds", nargs="+", metavar="FILE", help="coadds, if there are several science images"
    )
    add_config_options(parser)
    parser.add_argument(
        "--border", type=int, metavar="PIXELS", help="border around the science image (default: 20)"
    )
    parser.add_argument("--band", help="band of the coadds (default: that of the science image)")
    parser.add_argument(
        "--count",
        action="store_true",
        help="number tracts and patches in the order of the files, not as in their headers",
    )
    parser.add_argument(
        "-j",
        "--threads",
        type=int,
        default=min(4, os.cpu_count() or 1),
        metavar="N",
        help="number of threads (default: %(default)s)",
    )
    parser.add_argument(
        "--compression",
        choices=COMPRESSIONS,
        default="lossless",
        help="compression of the template (default: %(default)s)",
    )
    parser.add_argument("--preview", metavar="PNG|DIR/", help="also draw a picture of the template")
    parser.add_argument("--overwrite", action="store_true", help="replace files that exist")
    parser.add_argument(
        "--skip-existing", action="store_true", help="skip science images that already have a template"
    )
    add_common_options(parser)
    args = parser.parse_args(arguments)
    if args.threads < 1:
        parser.error(f"--threads must be at least 1, not {args.threads}")
    if args.border is not None and args.border < 0:
        parser.error(f"--border must not be negative, but is {args.border}")
    return args


def _run(args: argparse.Namespace) -> Status:
    config = make_config(args.overrides, args.border)
    sciences, coadds = _sort_files(args)
    targets = _plan(args, sciences, coadds)
    draw = _drawing() if args.preview else None
    if not targets:
        print("All templates exist already.")
        return Status.MADE
    first = read_science(targets[0].science) if len(sciences) == 1 else None
    if first is not None and args.coadds is None and first.is_coadd:
        raise Failure(
            f"The first file, {first.path}, is a coadd and not the science image; "
            "if it is meant to be that, give the others with --coadds."
        )
    described = [read_coadd(path) for path in progress(coadds, "Opening coadds", "coadd")]
    if first is not None and args.coadds is None:
        _check_order(first, described)
    tracts = {
        band: arrange_coadds(group, count=args.count) for band, group in by_band(described, args.band).items()
    }
    task = GetTemplateTask(config=config)
    if len(sciences) == 1 and first is not None:
        with _bar(len(coadds)) as advance:
            return _make_one(args, task, first, targets[0], tracts, draw, advance)
    return _make_many(args, task, targets, tracts, draw)


def _sort_files(args: argparse.Namespace) -> tuple[list[pathlib.Path], list[pathlib.Path]]:
    """Return science images and coadds."""
    if args.coadds is not None:
        return expand(args.files, "science image"), expand(args.coadds, "coadd")
    science, *coadds = args.files
    sciences = expand([science], "science image")
    if len(sciences) > 1:
        raise Failure(
            f"The first name, {science}, stands for {len(sciences)} science images: "
            "give the coadds with --coadds."
        )
    if not coadds:
        raise Failure("No coadds were given: they follow the science image, or --coadds.")
    return sciences, [path for path in expand(coadds, "coadd") if path.resolve() != sciences[0].resolve()]


def _plan(
    args: argparse.Namespace, sciences: Sequence[pathlib.Path], coadds: Sequence[pathlib.Path]
) -> list[_Target]:
    """Choose the names of all files, and check that they can be written."""
    output = pathlib.Path(args.output)
    to_folder = args.output.endswith(("/", os.sep)) or output.is_dir()
    if len(sciences) > 1 and not to_folder:
        raise Failure(
            f"{len(sciences)} science images need a folder for their templates: "
            f"end {args.output} with / if it is one."
        )
    folder = output if to_folder else None
    targets = []
    for science in sciences:
        template = output if folder is None else folder / f"{_stem(science)}_template.fits"
        targets.append(_Target(science, template, _picture(args.preview, template, len(sciences))))
    names = [target.template for target in targets]
    for index, name in enumerate(names):
        if name in names[:index]:
            raise Failure(f"Two science images would have the template {name}: make them one by one.")
    if output.suffix in (".gz", ".fz"):
        raise Failure(
            f"Templates are compressed by --compression, not by the name {output}: end it with .fits."
        )
    for each in {folder, pathlib.Path(args.preview) if _is_folder(args.preview) else None} - {None}:
        if each is not None:
            each.mkdir(parents=True, exist_ok=True)
    if args.skip_existing:
        targets = [target for target in targets if not target.template.exists()]
    for target in targets:
        for path in filter(None, (target.template, target.picture)):
            check_target(path, [*sciences, *coadds], overwrite=args.overwrite)
    return targets


def _is_folder(name: str | None) -> bool:
    return name is not None and (name.endswith(("/", os.sep)) or pathlib.Path(name).is_dir())


def _picture(preview: str | None, template: pathlib.Path, number: int) -> pathlib.Path | None:
    if preview is None:
        return None
    if _is_folder(preview):
        return pathlib.Path(preview) / f"{template.stem}.png"
    if number > 1:
        raise Failure(f"{number} pictures need a folder: end {preview} with / if it is one.")
    return pathlib.Path(preview)


def _stem(path: pathlib.Path) -> str:
    name = path.name
    while pathlib.Path(name).suffix in (".fits", ".fit", ".gz", ".fz", ".bz2"):
        name = pathlib.Path(name).stem
    return name


def _check_order(science: ScienceFile, coadds: Sequence[CoaddFile]) -> None:
    """Check that the science image was not mistaken for a coadd."""
    for coadd in coadds:
        if same_wcs(coadd.wcs, science.wcs, science.bbox):
            raise Failure(
                f"The science image {science.path} and the coadd {coadd.path} have the same WCS: one of "
                "the two is not what it was given as; if both are, give the coadds with --coadds."
            )


def _drawing() -> Callable[..., Any]:
    try:
        from lsst.ip.diffim.templateReport import drawTemplate
    except ModuleNotFoundError as err:
        missing = describe_missing_extra(err)
        if missing is None:
            raise
        raise Failure(f"Cannot draw a preview: {missing}") from err
    return drawTemplate


class _bar:
    """Progress bar for one template, which counts the coadds read."""

    def __init__(self, total: int) -> None:
        self._bar = make_bar(None, "Reading coadds", "coadd", total)

    def __enter__(self) -> Callable[[], object] | None:
        return None if self._bar is None else self._bar.update

    def __exit__(self, *args: object) -> None:
        if self._bar is not None:
            self._bar.close()


def _make_one(
    args: argparse.Namespace,
    task: GetTemplateTask,
    science: ScienceFile,
    target: _Target,
    tracts: dict[str, list[TractGroup]],
    draw: Callable[..., Any] | None,
    advance: Callable[[], object] | None = None,
) -> Status:
    band = choose_band(science, list(tracts), args.band)
    made = make_template(task, science, tracts[band], band, num_threads=args.threads, watch=advance)
    with new_file(target.template, overwrite=args.overwrite) as path:
        write_exposure(made.template, path, args.compression)
    if target.picture is not None and draw is not None:
        with new_file(target.picture, overwrite=args.overwrite) as path:
            draw(made.template, target.template.name).savefig(path, format="png")
    print(_figures(target.template, made, band))
    return Status.MADE


def _figures(path: pathlib.Path, made: Made, band: str) -> str:
    return (
        f"{path}: {plural(made.tracts, 'tract')}, {plural(made.patches, 'patch')} of band {band}, "
        f"{100 * made.covered:.1f} % covered, {made.seconds:.1f} s"
    )


def _make_many(
    args: argparse.Namespace,
    task: GetTemplateTask,
    targets: Sequence[_Target],
    tracts: dict[str, list[TractGroup]],
    draw: Callable[..., Any] | None,
) -> Status:
    """Make one template after the other; continue after failures."""
    failed = without = 0
    for target in progress(targets, "Making templates", "template"):
        try:
            _make_one(args, task, read_science(target.science), target, tracts, draw)
        except NoWorkFound as err:
            print(f"{target.template}: not made: {err}")
            without += 1
        except Exception as err:
            report_error(NAME, err, verbose=args.verbose)
            failed += 1
    print(f"{len(targets) - failed - without} of {plural(len(targets), 'template')} made.")
    if failed:
        return Status.FAILED
    return Status.NO_WORK if without == len(targets) else Status.MADE
