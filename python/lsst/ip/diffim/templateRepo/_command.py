# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command ``template-repo``."""

from __future__ import annotations

__all__ = ("main",)

import argparse
import os
import pathlib
import shlex
import sysconfig
from collections.abc import Iterable, Sequence

from lsst.daf.butler import Butler
from lsst.skymap import BaseSkyMap

from ..templateMake._files import expand
from ..templateMake._inputs import CoaddFile, ScienceFile, read_coadd, read_science
from ..templateMake._terminal import (
    Failure,
    SentenceParser,
    Status,
    add_common_options,
    plural,
    progress,
    run_command,
)
from ._geometry import Placed, load_sky_map, place_by_coadds, place_by_sky_map
from ._identify import NamePattern, identify
from ._repository import Repository, RepositoryNames
from .coaddSkyMap import CoaddSkyMap

NAME = "template-repo"

_NO_DAY = 19700101
_PIPELINES = {
    ("calexp", "goodSeeingCoadd"): "GetTemplate.yaml",
    ("preliminary_visit_image", "template_coadd"): "AlertTemplate.yaml",
    ("visit_image", "template_coadd"): "DataReleaseTemplate.yaml",
}
_EXAMPLES = """
template-repo repo --science calexp_*.fits --coadds coadd_*.fits --skymap skyMap.pickle
template-repo repo --science calexps/ --coadds coadds/ --names 'calexp_{visit}_{detector}.fits'
template-repo repo --science visit_images/ --coadds coadds/ \\
    --science-type visit_image --coadd-type template_coadd
"""
_NOTES = """
Run it again to add more files. It prints the command that makes the
templates.

exit status:
  0  the repository has all files
  1  an error, which is explained in one sentence
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status."""
    args = _parse(arguments)
    return run_command(NAME, lambda: _run(args), verbose=args.verbose)


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = SentenceParser(
        NAME,
        "Make a butler repository from files of science images and coadds, or add files to one.",
        _EXAMPLES,
        _NOTES,
    )
    parser.add_argument(
        "repo", metavar="REPO", help="folder of the repository, which is created if it does not exist"
    )
    parser.add_argument(
        "--science", nargs="+", required=True, metavar="FILE", help="science images, or folders of them"
    )
    parser.add_argument(
        "--coadds", nargs="+", required=True, metavar="FILE", help="coadds, or folders of them"
    )
    parser.add_argument(
        "--skymap",
        metavar="PICKLE",
        type=pathlib.Path,
        help="sky map that the coadds were made with; loading it runs code, so do not use one from an "
        "untrusted source (default: the one in the repository, or one made from the coadds)",
    )
    parser.add_argument(
        "--skymap-name",
        default="my_skymap",
        metavar="NAME",
        help="name of the sky map (default: %(default)s)",
    )
    parser.add_argument(
        "--instrument", metavar="NAME", help="name of the instrument (default: that in the files, or MyCam)"
    )
    parser.add_argument(
        "--names",
        metavar="PATTERN",
        help="place of visit and detector in names of science images, e.g. 'calexp_{visit}_{detector}.fits'",
    )
    parser.add_argument("--visit", type=int, help="visit of science images without one")
    parser.add_argument("--band", help="band of files without one")
    parser.add_argument(
        "--day-obs", type=int, default=_NO_DAY, metavar="YYYYMMDD", help="night of images without one"
    )
    parser.add_argument(
        "--science-type",
        metavar="TYPE",
        help="dataset type of science images (default: that in the files, or calexp)",
    )
    parser.add_argument(
        "--coadd-type",
        metavar="TYPE",
        help="dataset type of coadds (default: that in the files, or goodSeeingCoadd)",
    )
    parser.add_argument(
        "--collection",
        default="inputs",
        metavar="NAME",
        help="collection of all inputs (default: %(default)s)",
    )
    parser.add_argument(
        "--count",
        action="store_true",
        help="number tracts and patches in the order of the files, not as in their headers",
    )
    parser.add_argument(
        "-t",
        "--transfer",
        default="direct",
        choices=("direct", "copy", "symlink", "hardlink"),
        help="how files are ingested; with the default (direct), they stay where they are",
    )
    add_common_options(parser)
    return parser.parse_args(arguments)


def _run(args: argparse.Namespace) -> Status:
    pattern = None if args.names is None else NamePattern(args.names)
    skymap = None if args.skymap is None else load_sky_map(args.skymap)
    science_paths, coadd_paths = expand(args.science, "science image"), expand(args.coadds, "coadd")
    sciences = [read_science(path) for path in progress(science_paths, "Opening images", "image")]
    coadds = [read_coadd(path) for path in progress(coadd_paths, "Opening coadds", "coadd")]
    for science in sciences:
        _complete(science, args)
    names = _names(args, sciences, coadds)
    bands = [_band(coadd, args.band) for coadd in coadds]

    science_class = _common(science.storage_class for science in sciences)
    coadd_class = _common(coadd.storage_class for coadd in coadds)
    with _open(args.repo) as butler:
        repository = Repository(butler, names)
        placed, skymap = _place(coadds, bands, skymap, repository.sky_map(), count=args.count)
        images = identify(sciences, pattern=pattern, visit=args.visit, known=repository.science_files())
        repository.register_types(science_class, coadd_class)
        with butler.transaction():
            repository.enter_sky_map(skymap, placed)
            repository.enter_visits(
                images, {str(each.physical_filter): str(each.band) for each in sciences}, args.day_obs
            )
            new_images = repository.ingest_science(images, args.transfer)
            new_coadds = repository.ingest_coadds(placed, args.transfer)
    tracts, visits = {each.tract for each in placed}, {each.visit for each in images}
    print(
        f"{args.repo}: {plural(len(coadds), 'coadd')} of {plural(len(tracts), 'tract')} ({new_coadds} new), "
        f"{plural(len(sciences), 'science image')} of {plural(len(visits), 'visit')} ({new_images} new)."
    )
    print("Make the templates with")
    print(f"  {_next_command(args.repo, names, science_class)}")
    return Status.MADE


def _complete(science: ScienceFile, args: argparse.Namespace) -> None:
    """Fill in missing attributes of a science image."""
    if science.storage_class is None:
        raise Failure(
            f"The science image {science.path} is not an exposure of the Science Pipelines, which a "
            "repository needs; use template-make for it."
        )
    science.band = science.band or args.band
    if science.band is None:
        raise Failure(f"The science image {science.path} names no band: add --band.")


def _band(coadd: CoaddFile, default: str | None) -> str:
    band = coadd.band or default
    if band is None:
        raise Failure(f"The coadd {coadd.path} names no band: add --band.")
    return band


def _common(values: Iterable[str | None]) -> str:
    """Return the value that is the same for all files."""
    found = dict.fromkeys(values)
    if len(found) > 1:
        raise Failure(f"Files of one repository must be of one kind, not of {', '.join(map(str, found))}.")
    return str(next(iter(found)))


def _names(
    args: argparse.Namespace, sciences: Sequence[ScienceFile], coadds: Sequence[CoaddFile]
) -> RepositoryNames:
    """Choose names, and fill in missing filters of science images."""
    instruments = {science.instrument for science in sciences if science.instrument}
    if args.instrument is None and len(instruments) > 1:
        raise Failure(
            f"The science images are of instruments {sorted(instruments)}: choose one with --instrument."
        )
    instrument = args.instrument or next(iter(instruments), "MyCam")
    for science in sciences:
        science.physical_filter = science.physical_filter or f"{instrument}-{science.band}"
    return RepositoryNames(
        instrument=instrument,
        skymap=args.skymap_name,
        science=args.science_type or _stated_type((each.dataset_type for each in sciences), "calexp"),
        coadd=args.coadd_type or _stated_type((each.dataset_type for each in coadds), "goodSeeingCoadd"),
        chain=args.collection,
    )


def _stated_type(values: Iterable[str | None], default: str) -> str:
    """Return the dataset type that all files state."""
    stated = set(values)
    only = stated.pop() if len(stated) == 1 else None
    return only or default


def _place(
    coadds: Sequence[CoaddFile],
    bands: Sequence[str],
    given: BaseSkyMap | None,
    known: BaseSkyMap | None,
    *,
    count: bool,
) -> tuple[list[Placed], BaseSkyMap]:
    skymap = given if given is not None else known
    if skymap is None or isinstance(skymap, CoaddSkyMap):
        return place_by_coadds(coadds, bands, skymap, count=count)
    return place_by_sky_map(coadds, bands, skymap), skymap


def _open(repo: str) -> Butler:
    """Open a repository, which is created if it does not exist."""
    folder = pathlib.Path(repo)
    if folder.is_file():
        raise Failure(f"{repo} is a file, not the folder of a repository.")
    if not (folder / "butler.yaml").exists():
        if folder.is_dir() and any(folder.iterdir()):
            raise Failure(f"The folder {repo} has files, but no repository: choose an empty or new one.")
        Butler.makeRepo(repo)
    return Butler.from_config(repo, writeable=True)


def _next_command(repo: str, names: RepositoryNames, storage_class: str) -> str:
    """Return the command that makes the templates."""
    pipeline = _PIPELINES.get((names.science, names.coadd))
    settings = []
    if pipeline is None or storage_class != "ExposureF":
        pipeline = "GetTemplate.yaml"
        wcs = "wcs" if storage_class == "ExposureF" else "sky_projection"
        settings = [
            f"connections.bbox={names.science}.bbox",
            f"connections.wcs={names.science}.{wcs}",
            f"connections.coaddExposures={names.coadd}",
        ]
    command = [
        *("pipetask", "run", "-b", repo, "-i", names.chain, "-o", "templates"),
        *("-p", _find_pipeline(pipeline)),
        *(part for setting in settings for part in ("-c", f"buildTemplate:{setting}")),
        *("-d", f"instrument='{names.instrument}' AND skymap='{names.skymap}'", "--register-dataset-types"),
    ]
    return " ".join(f'"{part}"' if " AND " in part else shlex.quote(part) for part in command)


def _find_pipeline(name: str) -> str:
    """Return the path of a pipeline of this package."""
    roots = [
        pathlib.Path(os.environ.get("IP_DIFFIM_TEMPLATE_DIR", "/nonexistent")),
        pathlib.Path(__file__).resolve().parents[5],
        pathlib.Path(sysconfig.get_path("data")) / "share" / "ip_diffim_template",
    ]
    for root in roots:
        path = root / "pipelines" / name
        if path.is_file():
            return str(path)
    return f"$IP_DIFFIM_TEMPLATE_DIR/pipelines/{name}"
