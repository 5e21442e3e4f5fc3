# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Command lines of the programs that simulate a survey."""

from __future__ import annotations

__all__ = ("SurveyParser",)

import argparse
import pathlib

from lsst.ip.diffim.commandLine import CommandParser

from .instrument import DemoCam


class SurveyParser(CommandParser):
    """Argument parser of a program that simulates a survey.

    Parameters
    ----------
    prog, description, examples
        As for `CommandParser`.
    detectors
        Default number of detectors per visit.
    """

    def __init__(self, prog: str, description: str, examples: str, *, detectors: int) -> None:
        super().__init__(prog, description, examples)
        self._most = len(DemoCam().places)
        self.add_argument(
            "-n",
            "--detectors",
            type=int,
            default=detectors,
            help=f"detectors per visit, 1 to {self._most} (default: %(default)s)",
        )

    def add_output(self, default: pathlib.Path, effect: str) -> None:
        """Add the option for the output folder.

        Parameters
        ----------
        default
            Folder in the checkout.
        effect
            What happens to files that are already there.
        """
        self.add_argument(
            "-o", "--output", type=pathlib.Path, default=default, help=f"output folder; {effect}"
        )

    def add_jobs(self) -> None:
        """Add the option for the number of processes."""
        # A template takes one second, and starting a process takes three.
        self.add_argument(
            "-j", "--jobs", type=int, default=1, help="processes that make templates (default: 1)"
        )

    def parse(self) -> argparse.Namespace:
        """Parse the command line of the process, and check its numbers."""
        args = self.parse_args()
        if not 1 <= args.detectors <= self._most:
            self.error(f"--detectors must be 1 to {self._most}, not {args.detectors}.")
        for name in ("jobs", "job_size"):
            number = getattr(args, name, 1)
            if number < 1:
                self.error(f"--{name.replace('_', '-')} must be 1 or more, not {number}.")
        return args
