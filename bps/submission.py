# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Submission of the demo's survey with ``bps submit``."""

from __future__ import annotations

import dataclasses
import os
import pathlib
import subprocess
import sys
from collections.abc import Mapping

from demo.simulate import INPUTS
from demo.survey import Survey

__all__ = ("OUTPUT", "ROOT", "SubmissionError", "Submitter")

ROOT = pathlib.Path(__file__).resolve().parents[1]
OUTPUT = "demo/bps"
BIN_FOLDER = pathlib.Path(sys.executable).parent


class SubmissionError(RuntimeError):
    """Raised if ``bps submit`` fails."""


@dataclasses.dataclass(frozen=True)
class Submitter:
    """Submits the templates of a survey.

    Parameters
    ----------
    survey
        What was simulated.
    folder
        Folder that has the repository in ``repo``; logs and ``submit`` go
        there, too.
    variables
        Further variables of the environment.
    """

    survey: Survey
    folder: pathlib.Path
    variables: Mapping[str, str] = dataclasses.field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """Environment in which ``bps`` runs."""
        # PWD is where bps puts its files; the others, `setup` sets in a stack.
        return {
            **os.environ,
            "PWD": str(self.folder),
            "PATH": os.pathsep.join([str(BIN_FOLDER), os.environ["PATH"]]),
            "IP_DIFFIM_TEMPLATE_DIR": str(ROOT),
            "CTRL_MPEXEC_DIR": sys.prefix,
            "DAF_BUTLER_DIR": sys.prefix,
            **self.variables,
        }

    def command(
        self, subcommand: str, config: pathlib.Path, *arguments: str, output: str = OUTPUT
    ) -> list[str]:
        """Return the command to ``submit`` or to ``prepare``.

        Parameters
        ----------
        subcommand
            Which of these two.
        config
            Submission file.
        *arguments
            Further arguments of the command.
        output
            Output collection.
        """
        query = f"instrument='{self.survey.camera.getName()}' AND skymap='{self.survey.skymap_name}'"
        return [
            str(BIN_FOLDER / "bps"),
            *("--long-log", "--log-level", "INFO", subcommand, str(config)),
            *("-b", str(self.folder / "repo"), "-i", INPUTS, "-o", output),
            *("-p", str(ROOT / "pipelines" / "GetTemplate.yaml"), "-d", query, *arguments),
        ]

    def run(self, config: pathlib.Path, *arguments: str, output: str = OUTPUT) -> pathlib.Path:
        """Run ``bps submit``, which with parsl returns when all is done.

        Returns
        -------
        submit_folder
            Folder with the logs of all jobs.

        Raises
        ------
        SubmissionError
            Raised if the command fails.
        """
        command = self.command("submit", config, *arguments, output=output)
        log = self.folder / "bps.log"
        with log.open("w") as file:
            status = subprocess.run(
                command,
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                check=False,
            ).returncode
        if status:
            tail = "\n".join(log.read_text().splitlines()[-30:])
            raise SubmissionError(f"bps submit ended with status {status}; the end of {log}:\n{tail}")
        return max((self.folder / "submit" / output).iterdir())
