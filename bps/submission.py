# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Submission of templates with ``bps submit``."""

from __future__ import annotations

__all__ = (
    "CORES",
    "MEMORY",
    "OUTPUT",
    "ROOT",
    "SubmissionError",
    "Submitter",
    "end_session",
    "write_slurm_site",
)


import contextlib
import dataclasses
import os
import pathlib
import signal
import subprocess
import sys
from collections.abc import Mapping

import yaml

from demo.simulate import INPUTS
from demo.survey import Survey

from .costs import CLOCK

ROOT = pathlib.Path(__file__).resolve().parents[1]
OUTPUT = "demo/bps"
CORES = 2
MEMORY = 2
"""Cores and memory (GiB) of the private node: 1 GiB per core, as in
``slurm.yaml``."""
BIN_FOLDER = pathlib.Path(sys.executable).parent


class SubmissionError(RuntimeError):
    """Exception raised if ``bps submit`` fails."""


@dataclasses.dataclass(frozen=True)
class Submitter:
    """Submitter of the templates of a repository.

    Parameters
    ----------
    folder
        Folder whose subfolder ``repo`` is the repository; the logs and the
        folder ``submit`` are written there, too.
    inputs
        Input collections.
    query
        Query on data IDs that selects the templates to build.
    variables
        Additional environment variables.
    """

    folder: pathlib.Path
    inputs: str
    query: str
    variables: Mapping[str, str] = dataclasses.field(default_factory=dict)

    @classmethod
    def of_survey(
        cls, survey: Survey, folder: pathlib.Path, variables: Mapping[str, str] | None = None
    ) -> Submitter:
        """Make a submitter for all templates of a survey."""
        query = f"instrument='{survey.camera.getName()}' AND skymap='{survey.skymap_name}'"
        return cls(folder, INPUTS, query, variables or {})

    @property
    def environment(self) -> dict[str, str]:
        """Environment in which ``bps`` runs."""
        # bps puts its files in PWD; in a stack, `setup` sets the other
        # variables.
        return {
            **os.environ,
            "PWD": str(self.folder),
            "PATH": os.pathsep.join([str(BIN_FOLDER), os.environ["PATH"]]),
            "IP_DIFFIM_TEMPLATE_DIR": str(ROOT),
            "CTRL_MPEXEC_DIR": sys.prefix,
            "DAF_BUTLER_DIR": sys.prefix,
            **self.variables,
        }

    def start(self, *arguments: str) -> subprocess.Popen:
        """Start ``bps`` with any arguments, in a session of its own."""
        with self.log_path.open("a") as file:
            return subprocess.Popen(
                [str(BIN_FOLDER / "bps"), "--long-log", "--log-level", "INFO", *arguments],
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def log_path(self) -> pathlib.Path:
        """File for the output of ``bps``."""
        return self.folder / "bps.log"

    def submit(self, config: pathlib.Path, *arguments: str, output: str = OUTPUT) -> subprocess.Popen:
        """Start ``bps submit``, which with parsl ends when all jobs have
        ended.

        Parameters
        ----------
        config
            Submission file.
        *arguments
            Further arguments of the command.
        output
            Output collection.
        """
        return self.start(
            *("submit", str(config), "-b", str(self.folder / "repo"), "-i", self.inputs, "-o", output),
            *("-p", str(ROOT / "pipelines" / "GetTemplate.yaml"), "-d", self.query, *arguments),
        )

    def run(self, config: pathlib.Path, *arguments: str, output: str = OUTPUT) -> pathlib.Path:
        """Run ``bps submit`` to completion.

        Returns
        -------
        submit_folder
            Folder with the logs of all jobs.

        Raises
        ------
        SubmissionError
            Raised if the command fails.
        """
        process = self.submit(config, *arguments, output=output)
        try:
            status = process.wait()
        finally:
            end_session(process)
        if status:
            tail = "\n".join(self.log_path.read_text().splitlines()[-30:])
            raise SubmissionError(
                f"bps submit ended with status {status}; the end of {self.log_path}:\n{tail}"
            )
        return self.submit_folder(output)

    def submit_folder(self, output: str = OUTPUT) -> pathlib.Path:
        """Return the folder of the latest submission."""
        return max((self.folder / "submit" / output).iterdir())


def end_session(process: subprocess.Popen) -> None:
    """Kill a session leader and all other processes of its group."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def write_slurm_site(path: pathlib.Path, job_size: int, **site: object) -> pathlib.Path:
    """Write a submission file that adapts ``slurm.yaml`` to the private node.

    Parameters
    ----------
    path
        File to write.
    job_size
        Largest number of detectors in a job.
    **site
        Additional settings of the site.

    Returns
    -------
    path
        The file.
    """
    config = {
        "includeConfigs": str(ROOT / "bps" / "slurm.yaml"),
        "cluster": {"templates": {"partitionMaxSize": job_size}},
        "site": {
            "slurm": {
                "cores_per_node": CORES,
                "mem_per_node": MEMORY,
                "walltime": "00:30:00",
                # Each job notes when it starts and ends, and its CPU time.
                "commandPrefix": CLOCK,
                **site,
            }
        },
    }
    path.write_text(yaml.safe_dump(config))
    return path
