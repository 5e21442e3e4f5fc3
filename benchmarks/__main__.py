# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Entry point of the benchmark: ``python -m benchmarks [PART ...]``."""

from __future__ import annotations

import argparse
import dataclasses
import pathlib
import time

from lsst.ip.diffim.commandLine import CommandParser

from .growth import growth
from .layout import BIG, DETECTOR, TINY, Detector
from .parts import decoding, kernels, psfs, quantum, startup
from .process import ROOT
from .report import format_goals, machine, replace_section
from .settings import Settings
from .templates import templates

PARTS = {
    "templates": templates,
    "quantum": quantum,
    "kernels": kernels,
    "decoding": decoding,
    "startup": startup,
    "psfs": psfs,
    "growth": growth,
}
# Growth takes as long as all other parts together.
DEFAULT = ("templates", "quantum", "kernels", "decoding", "startup", "psfs")
DOCUMENT = ROOT / "doc" / "performance.md"


def main() -> None:
    """Measure the parts given on the command line, and print the results."""
    args = _parse_arguments()
    settings = Settings(args.folder.resolve(), args.repeat, BIG, DETECTOR)
    if args.quick:
        settings = dataclasses.replace(settings, scene=TINY, detector=Detector(256, 250), shrink=10)
    begin = time.monotonic()
    sections = [f"Medians of {args.repeat}. {machine()}\n"]
    print(sections[0], flush=True)
    goals = []
    for name in PARTS if args.document else args.parts or DEFAULT:
        part = PARTS[name](settings)
        goals += part.goals
        sections.append(str(part))
        print(part, flush=True)
    if goals:
        part = format_goals(goals)
        sections.insert(1, str(part))
        print(part, flush=True)
    if args.document:
        replace_section(args.document, "\n".join(sections))
    print(f"({time.monotonic() - begin:.0f} s)")


def _parse_arguments() -> argparse.Namespace:
    parser = CommandParser(
        "python -m benchmarks",
        "Measure time, memory and I/O of templates and of their parts, beside SWarp if that is installed.",
        """
        python -m benchmarks
        python -m benchmarks kernels decoding --repeat 5
        python -m benchmarks --document
            measure all parts, and rewrite the figures in doc/performance.md
        """,
    )
    parser.add_argument(
        "parts",
        nargs="*",
        metavar="PART",
        help=f"parts to measure, from {', '.join(PARTS)} (default: {', '.join(DEFAULT)})",
    )
    parser.add_argument("-r", "--repeat", type=int, default=3, help="repetitions (default: 3)")
    parser.add_argument(
        "-f",
        "--folder",
        type=pathlib.Path,
        default=ROOT / "build" / "bench",
        help="folder for the scenes, about 2 GB (default: build/bench)",
    )
    parser.add_argument("--quick", action="store_true", help="small sizes, to test the benchmark itself")
    parser.add_argument(
        "--document",
        type=pathlib.Path,
        nargs="?",
        const=DOCUMENT,
        help="measure all parts, and write the results to a file (default: doc/performance.md)",
    )
    args = parser.parse_args()
    unknown = set(args.parts) - set(PARTS)
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    return args


if __name__ == "__main__":
    main()
