# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Common parts of the command lines of this package."""

from __future__ import annotations

__all__ = ("CommandParser", "describe_missing_extra")

import argparse
import importlib.metadata
import textwrap

_DISTRIBUTION = "lsst-ip-diffim-template"
_EXTRA = {"PIL": "pillow", "matplotlib": "matplotlib", "tqdm": "tqdm"}
"""Modules of the extra ``report``, and their packages."""


class CommandParser(argparse.ArgumentParser):
    """Argument parser whose help has examples, with an option ``--version``.

    Parameters
    ----------
    prog
        Name of the command as typed.
    description
        What the command does, in a sentence.
    examples
        Command lines, each on a line of its own. Lines that are indented
        explain or continue the one above.
    notes
        Text below the examples, such as the meaning of the exit status.
    """

    def __init__(self, prog: str, description: str, examples: str, notes: str = "") -> None:
        commands = textwrap.indent(textwrap.dedent(examples).strip("\n"), "  ")
        super().__init__(
            prog=prog,
            description=textwrap.fill(description, 79),
            epilog=f"examples:\n{commands}\n\n{textwrap.dedent(notes).strip()}".rstrip(),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        name = prog.removeprefix("python -m ")
        self.add_argument("--version", action="version", version=f"{name} of {_DISTRIBUTION} {_version()}")


def describe_missing_extra(err: ModuleNotFoundError) -> str | None:
    """Return a sentence that says what to install for a command.

    Parameters
    ----------
    err
        Error that was raised by an import.

    Returns
    -------
    sentence
        `None` if the module does not belong to the extra ``report``.
    """
    package = _EXTRA.get((err.name or "").partition(".")[0])
    if package is None:
        return None
    return f"{package} is not installed. Install the extra with pip install '{_DISTRIBUTION}[report]'."


def _version() -> str:
    try:
        return importlib.metadata.version(_DISTRIBUTION)
    except importlib.metadata.PackageNotFoundError:
        # In a stack or a checkout, the package is set up instead.
        return "(not installed)"
