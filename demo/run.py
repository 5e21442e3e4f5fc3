# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pipelines run on the command line, as a user would run them."""

from __future__ import annotations

__all__ = ("make_templates",)


import os
import pathlib
import subprocess
import sys

from .survey import Survey


def make_templates(
    survey: Survey,
    repo: pathlib.Path,
    log: pathlib.Path,
    jobs: int,
    *,
    pipeline: pathlib.Path,
    inputs: str,
    output: str,
    config: tuple[str, ...] = (),
) -> None:
    """Make the templates of all images of a survey; exit if that fails.

    Parameters
    ----------
    survey
        Survey to make templates for.
    repo
        Folder of the repository.
    log
        File for the logs of the processes.
    jobs
        Number of processes.
    pipeline
        File of the pipeline.
    inputs, output
        Collections to read from and to write to.
    config
        Settings, as ``label:field=value``.
    """
    arguments = [
        "run",
        *("-b", os.path.relpath(repo), "-i", inputs, "-o", output),
        *("-p", os.path.relpath(pipeline)),
        *(word for setting in config for word in ("-c", setting)),
        *("-d", f"instrument='{survey.camera.getName()}' AND skymap='{survey.skymap_name}'"),
        *("-j", str(jobs), "--register-dataset-types"),
    ]
    print("pipetask", *(f'"{each}"' if " " in each else each for each in arguments), flush=True)
    command = [
        str(pathlib.Path(sys.executable).with_name("pipetask")),
        "--log-file",
        str(log),
        "--no-log-tty",
        *arguments,
    ]
    log.unlink(missing_ok=True)
    status = subprocess.run(command, check=False).returncode
    if status:
        tail = "\n".join(log.read_text().splitlines()[-30:]) if log.exists() else "(no log)"
        sys.exit(f"pipetask ended with status {status}; the end of {log}:\n{tail}")
