# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""The commands, with their arguments and error messages."""

from __future__ import annotations

__all__ = ("previewMain", "reportMain")

import argparse
import logging
import pathlib
from collections.abc import Callable, Sequence

from ..commandLine import CommandParser, describe_missing_extra
from ._messages import UsageError, sentence

_LOG = logging.getLogger(__name__)


def reportMain(arguments: Sequence[str] | None = None) -> int:
    """Run ``template-report``; return its exit status."""
    args = _parse_report(arguments)

    def run() -> pathlib.Path:
        from ._report import writeReport

        return writeReport(
            args.repo,
            args.collection,
            args.output,
            task=args.task,
            where=args.where,
            longest=args.pictures,
            jobs=args.jobs,
        )

    return _run("template-report", run)


def previewMain(arguments: Sequence[str] | None = None) -> int:
    """Run ``template-preview``; return its exit status."""
    args = _parse_preview(arguments)

    def run() -> pathlib.Path:
        from ._preview import drawTemplate, read_template, save

        data_id = dict(each.split("=", 1) for each in args.id)
        exposure, title = read_template(args.source, data_id, args.collection, args.task)
        save(drawTemplate(exposure, title), args.output)
        return args.output

    return _run("template-preview", run)


def _run(name: str, command: Callable[[], pathlib.Path]) -> int:
    """Run a command; print what it wrote, or log why it failed."""
    try:
        print(command())
    except ModuleNotFoundError as err:
        missing = describe_missing_extra(err)
        if missing is None:
            raise
        _LOG.error("%s: %s", name, missing)
        return 1
    except (UsageError, OSError) as err:
        _LOG.error("%s: %s", name, sentence(str(err)))
        return 1
    return 0


def _make_parser(name: str, description: str, examples: str) -> CommandParser:
    """Make a parser with the option common to both commands."""
    parser = CommandParser(name, description, examples)
    parser.add_argument(
        "--task", metavar="LABEL", default="buildTemplate", help="label of the task (default: %(default)s)"
    )
    return parser


def _parse_report(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = _make_parser(
        "template-report",
        "Write a web page about all templates of a run, as a single file that works offline.",
        """
        template-report repo my/templates -o report
        template-report repo my/templates -d 'visit IN (100..120)' -j 8
        template-report repo my/templates --task buildQuickLook --pictures 0
        """,
    )
    parser.add_argument("repo", metavar="REPO", help="butler repository")
    parser.add_argument("collection", metavar="COLLECTION", help="output collection of the run")
    parser.add_argument(
        "-o",
        "--output",
        metavar="DIR",
        type=pathlib.Path,
        default=pathlib.Path(),
        help="folder for the page, which is named after the collection (default: current folder)",
    )
    parser.add_argument(
        "-d",
        "--where",
        metavar="QUERY",
        default="",
        help="report only on these data IDs, as in pipetask -d; the instrument may be omitted",
    )
    parser.add_argument(
        "--pictures",
        metavar="PIXELS",
        type=int,
        default=192,
        help="longer side of the pictures (default: %(default)s); 0 for none, without reading templates",
    )
    parser.add_argument(
        "-j", "--jobs", type=int, default=1, help="number of processes (default: %(default)s)"
    )
    args = parser.parse_args(arguments)
    if args.pictures < 0:
        parser.error(f"--pictures must be 0 or more, not {args.pictures}.")
    if args.jobs < 1:
        parser.error(f"--jobs must be 1 or more, not {args.jobs}.")
    return args


def _parse_preview(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = _make_parser(
        "template-preview",
        "Draw image, variance and mask of one template.",
        """
        template-preview template.fits template.png
        template-preview repo template.png -c my/templates visit=42 detector=0
        """,
    )
    parser.add_argument("source", metavar="FILE|REPO", help="FITS file, or butler repository")
    parser.add_argument("output", metavar="OUT.png", type=pathlib.Path, help="picture to write")
    parser.add_argument("id", nargs="*", metavar="KEY=VALUE", help="data ID in the repository")
    parser.add_argument("-c", "--collection", help="output collection of the run, in a repository")
    args = parser.parse_intermixed_args(arguments)
    wrong = [each for each in args.id if not all(each.partition("="))]
    if wrong:
        parser.error(f"A data ID consists of KEY=VALUE such as visit=42, not {', '.join(wrong)}.")
    if bool(args.id) != bool(args.collection) or (not args.id and pathlib.Path(args.source).is_dir()):
        parser.error(
            "A template of a repository needs both a data ID such as visit=42 detector=0 and --collection."
        )
    return args
