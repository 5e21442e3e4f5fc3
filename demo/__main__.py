# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Entry point of the demo: ``python -m demo``."""

from __future__ import annotations

import argparse
import pathlib
import shutil
import sys
import time

import lsst.geom
from lsst.daf.butler import Butler

from .arguments import SurveyParser
from .check import check_templates, format_table, transient_flux
from .picture import draw
from .run import make_templates
from .simulate import INPUTS, write_survey
from .survey import Survey

HERE = pathlib.Path(__file__).parent
PIPELINE = HERE.parent / "pipelines" / "GetTemplate.yaml"
OUTPUT = "demo/templates"


def main() -> int:
    """Simulate, make templates, check and draw; return the exit status."""
    args = _parse_arguments()
    survey = Survey(args.detectors)
    repo = args.output / "repo"
    if repo.exists():
        shutil.rmtree(repo)
    args.output.mkdir(parents=True, exist_ok=True)

    begin = time.monotonic()
    images = write_survey(survey, repo)
    print(f"Simulated {images} images into {repo} ({time.monotonic() - begin:.1f} s).", flush=True)
    if args.simulate_only:
        return 0

    begin = time.monotonic()
    make_templates(
        survey, repo, args.output / "pipetask.log", args.jobs, pipeline=PIPELINE, inputs=INPUTS, output=OUTPUT
    )
    print(
        f"Made the templates ({time.monotonic() - begin:.1f} s). Comparison with the noiseless truth:\n",
        flush=True,
    )

    with Butler.from_config(str(repo), collections=[OUTPUT, INPUTS]) as butler:
        rows = check_templates(survey, butler)
        print(format_table(rows))
        transient_found = _show_transient(survey, butler, args.output / "demo.png")
    wrong = sum(bool(row.faults()) for row in rows)
    print(f"{len(rows) - wrong} of {len(rows)} templates agree with the truth.")
    return 0 if wrong == 0 and transient_found else 1


def _parse_arguments() -> argparse.Namespace:
    parser = SurveyParser(
        "python -m demo",
        "Simulate a small survey, make its templates with pipetask, and compare them with the truth.",
        """
        python -m demo
        python -m demo --detectors 16 --jobs 2
        python -m demo --output sky --simulate-only
        """,
        detectors=4,
    )
    parser.add_output(HERE / "output", "a repository in it is replaced")
    parser.add_jobs()
    parser.add_argument("--simulate-only", action="store_true", help="stop after writing the images")
    return parser.parse()


def _show_transient(survey: Survey, butler: Butler, path: pathlib.Path) -> bool:
    """Measure the transient, draw its detector, and return whether it was
    found with the right flux.
    """
    found = False
    for visit in (visit for visit in survey.visits if visit.transient):
        for detector in range(survey.detectors):
            data_id = {"instrument": survey.camera.getName(), "visit": visit.id, "detector": detector}
            science = butler.get("calexp", data_id)
            position = lsst.geom.Point2I(science.getWcs().skyToPixel(survey.transient))
            if not science.getBBox().erodedBy(50).contains(position):
                continue
            template = butler.get("goodSeeingDiff_templateExp", data_id)
            flux, sigma = transient_flux(survey, science, template)
            found = abs(flux - visit.transient) < 5 * sigma < flux
            print(
                f"\nThe transient of visit {visit.id}, detector {detector}: {flux:.0f} +- {sigma:.0f} nJy"
                f" in the difference, {visit.transient:.0f} nJy in truth."
            )
            draw(survey, visit, detector, science, template, path)
            print(f"Picture: {path}")
    return found


if __name__ == "__main__":
    sys.exit(main())
