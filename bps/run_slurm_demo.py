# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Submission of the demo's survey to a private Slurm cluster of one node, with
``bps submit``, and check of the templates against the truth:
``make slurm-demo``.
"""

from __future__ import annotations

import argparse
import pathlib
import shutil
import signal
import sys

from lsst.daf.butler import Butler

from demo.arguments import SurveyParser
from demo.check import check_templates, format_table
from demo.simulate import INPUTS, write_survey
from demo.survey import Survey

from .costs import Costs, measure_jobs
from .private_slurm import PrivateSlurm, SlurmMissingError, check_slurm
from .submission import CORES, MEMORY, OUTPUT, ROOT, SubmissionError, Submitter, write_slurm_site


def main() -> int:
    """Simulate, submit, and check; return the exit status."""
    args = _parse_arguments()
    # Stop everything that was started after this signal, too.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    try:
        check_slurm()
    except SlurmMissingError as err:
        print(err, file=sys.stderr)
        return 2
    survey = Survey(args.detectors)
    folder = args.output.resolve()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    images = write_survey(survey, folder / "repo")
    print(f"Simulated {images} images into {folder / 'repo'}.", flush=True)
    try:
        costs = run_on_slurm(survey, folder, args.job_size)
    except SubmissionError as err:
        print(err, file=sys.stderr)
        return 1
    with Butler.from_config(str(folder / "repo"), collections=[OUTPUT, INPUTS]) as butler:
        rows = check_templates(survey, butler)
    print(format_table(rows))
    print(costs.format())
    wrong = sum(bool(row.faults()) for row in rows)
    print(f"{len(rows) - wrong} of {len(rows)} templates agree with the truth.")
    return 0 if wrong == 0 else 1


def run_on_slurm(survey: Survey, folder: pathlib.Path, job_size: int) -> Costs:
    """Start a cluster, and build the templates of a survey on it.

    Parameters
    ----------
    survey
        Simulated survey.
    folder
        Folder whose subfolder ``repo`` is the repository.
    job_size
        Largest number of detectors in a job.

    Returns
    -------
    costs
        Costs of the jobs.
    """
    with PrivateSlurm(folder / "slurm", cpus=CORES, memory=1024 * MEMORY) as slurm:
        config = write_slurm_site(folder / "slurm.yaml", job_size)
        submit_folder = Submitter.of_survey(survey, folder, slurm.environment).run(config)
        slurm.wait_for_jobs()
        node_jobs = slurm.ended()
    with Butler.from_config(str(folder / "repo"), collections=[OUTPUT]) as butler:
        return measure_jobs(submit_folder, butler, node_jobs)


def _parse_arguments() -> argparse.Namespace:
    parser = SurveyParser(
        "python -m bps.run_slurm_demo",
        "Simulate a survey, submit its templates to a private Slurm cluster of one node, and compare them "
        "with the truth.",
        """
        python -m bps.run_slurm_demo
        python -m bps.run_slurm_demo --detectors 4 --job-size 2
        """,
        detectors=16,
    )
    parser.add_output(ROOT / "build" / "slurm-demo", "existing contents are deleted")
    parser.add_argument("-j", "--job-size", type=int, default=8, help="detectors per job (default: 8)")
    return parser.parse()


if __name__ == "__main__":
    sys.exit(main())
