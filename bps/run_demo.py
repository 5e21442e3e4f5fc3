# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Submission of the demo's survey to a batch system on this machine, with
``bps submit``, and check of the templates against the truth:
``make bps-demo``.
"""

from __future__ import annotations

import argparse
import shutil
import sys

import numpy as np
from lsst.daf.butler import Butler

from demo.arguments import SurveyParser
from demo.check import check_templates, format_table
from demo.simulate import INPUTS, write_survey
from demo.survey import Survey

from .submission import OUTPUT, ROOT, SubmissionError, Submitter


def main() -> int:
    """Simulate, submit, and check; return the exit status."""
    args = _parse_arguments()
    survey = Survey(args.detectors)
    folder = args.output.resolve()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    images = write_survey(survey, folder / "repo")
    print(f"Simulated {images} images into {folder / 'repo'}.", flush=True)

    try:
        Submitter.of_survey(survey, folder).run(ROOT / "bps" / "local.yaml")
    except SubmissionError as err:
        sys.exit(str(err))
    print(f"Ran {len(list(folder.glob('submit/**/templates_*.stderr')))} jobs under {folder / 'submit'}.")
    with Butler.from_config(str(folder / "repo"), collections=[OUTPUT, INPUTS]) as butler:
        rows = check_templates(survey, butler)
        print(format_table(rows))
        print(_summary(butler))
    wrong = sum(bool(row.faults()) for row in rows)
    print(f"{len(rows) - wrong} of {len(rows)} templates agree with the truth.")
    return 0 if wrong == 0 else 1


def _parse_arguments() -> argparse.Namespace:
    parser = SurveyParser(
        "python -m bps.run_demo",
        "Simulate a survey, submit its templates to a batch system on this machine, and compare them with "
        "the truth.",
        """
        python -m bps.run_demo
        python -m bps.run_demo --detectors 2 --output night
        """,
        detectors=16,
    )
    parser.add_output(ROOT / "demo" / "output" / "bps", "existing contents are deleted")
    return parser.parse()


def _summary(butler: Butler) -> str:
    """Return the cost of the templates according to their metadata."""
    quanta = [butler.get(ref)["quantum"] for ref in butler.query_datasets("buildTemplate_metadata")]
    seconds = [quantum["endCpuTime"] - quantum["prepCpuTime"] for quantum in quanta]
    # Only the start-up precedes the first template of a job.
    start = min(quantum["prepCpuTime"] for quantum in quanta)
    memory = max(quantum["endMaxResidentSetSize"] for quantum in quanta) / 2**20
    return (
        f"CPU time per template: median {np.median(seconds):.2f} s, at most {max(seconds):.2f} s."
        f" Start of a process: {start:.2f} s. Memory: at most {memory:.0f} MiB."
    )


if __name__ == "__main__":
    sys.exit(main())
