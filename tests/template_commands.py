# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Commands and code blocks of documents, run as a reader would."""

from __future__ import annotations

__all__ = ("ROOT", "STAND_INS", "Block", "Shell", "code_blocks")

import contextlib
import dataclasses
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator

ROOT = pathlib.Path(__file__).resolve().parents[1]

_MODULES = {
    "butler": "from lsst.daf.butler.cli.butler import main; main()",
    "pipetask": "from lsst.ctrl.mpexec.cli.pipetask import main; main()",
    "template-make": "from lsst.ip.diffim.templateMake import main; sys.exit(main())",
    "template-preview": "from lsst.ip.diffim.templateReport import previewMain; sys.exit(previewMain())",
    "template-psf": "from lsst.ip.diffim.templatePsf import templatePsfMain; sys.exit(templatePsfMain())",
    "template-repo": "from lsst.ip.diffim.templateRepo import main; sys.exit(main())",
    "template-report": "from lsst.ip.diffim.templateReport import reportMain; sys.exit(reportMain())",
}
"""Program of each command, for where nothing is installed by pip."""

STAND_INS = {
    "apt-get": ("It installs packages of the system.", '[ "$1" = install ]'),
    "bps": (
        "Submitted jobs run elsewhere, and need a site; tests/test_bps.py and `make soak` submit some. The "
        "graph and the files of a submission are made here, and options of other subcommands are checked.",
        'case $1 in submit) shift; exec {python} -c {bps} prepare "$@" ;; '
        '*) exec {python} -c {bps} "$@" --help > /dev/null ;; esac',
    ),
    "make": (
        "Each target takes minutes; what it runs has tests of its own.",
        'exec {make} --dry-run --directory {root} "$@" > /dev/null',
    ),
    "pip": (
        "It downloads packages; .ci/wheels.py installs what it would.",
        'shift; for each in "$@"; do case $each in ./standalone|./standalone\\[*\\]|.|.\\[*\\]) ;; '
        '*) echo "pip cannot install $each" >&2; exit 1;; esac; done',
    ),
    "python3": (
        "A new environment would have no packages.",
        '[ "$*" = "-m venv venv" ] && mkdir -p venv/bin && touch venv/bin/activate',
    ),
    "setup": ("EUPS belongs to a stack.", '[ "$*" = "-k -r ." ]'),
    "sudo": ("It needs a password.", 'exec "$@"'),
}
"""Commands that reach beyond a test: why, and what is run instead."""

_BPS = "from lsst.ctrl.bps.cli.bps import main; main()"


@dataclasses.dataclass(frozen=True)
class Block:
    """A code block of a document."""

    heading: str
    """Heading that it stands under."""
    language: str
    text: str

    def commands(self) -> list[tuple[str, str]]:
        """Return the commands of a console, each with what it prints."""
        found: list[tuple[str, str]] = []
        going_on = False
        for line in self.text.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], ""))
            elif going_on:
                found[-1] = (f"{found[-1][0]}\n{line}", "")
            else:
                found[-1] = (found[-1][0], f"{found[-1][1]}{line}\n")
            going_on = not found[-1][1] and line.endswith("\\")
        return found


def code_blocks(path: pathlib.Path) -> list[Block]:
    """Return the code blocks of a document, but not its directives."""
    blocks = []
    heading, language, indent = "", None, 0
    lines: list[str] = []
    for line in path.read_text().splitlines():
        fence = re.match(r"( *)```(.*)", line)
        if language is not None:
            if fence and not fence[2]:
                if not language.startswith("{"):
                    blocks.append(Block(heading, language, "".join(f"{each[indent:]}\n" for each in lines)))
                language = None
            else:
                lines.append(line)
        elif fence:
            language, indent, lines = fence[2], len(fence[1]), []
        elif line.startswith("#"):
            heading = line.lstrip("# ")
    return blocks


class Shell:
    """A shell in which the commands of this package are found.

    Parameters
    ----------
    folder
        Folder to work in.
    stand_ins
        Whether to replace commands that reach beyond the test.
    """

    def __init__(self, folder: pathlib.Path, *, stand_ins: bool = False) -> None:
        self._folder = folder
        self._bin = folder / ".bin"
        self._bin.mkdir()
        installed = pathlib.Path(sys.executable).parent
        python = shlex.quote(sys.executable)
        for name, program in _MODULES.items():
            if not (installed / name).exists() and shutil.which(name) is None:
                self._write(name, f'exec {python} -c {shlex.quote("import sys; " + program)} "$@"')
        self._write("python", f'exec {python} "$@"')
        if stand_ins:
            values = {"make": shutil.which("make") or "make", "root": str(ROOT), "bps": _BPS}
            values["python"] = sys.executable
            for name, (_, program) in STAND_INS.items():
                for key, value in values.items():
                    program = program.replace(f"{{{key}}}", shlex.quote(value))
                self._write(name, program)
        path = os.pathsep.join([str(self._bin), str(installed), os.environ["PATH"]])
        self.environment = {**os.environ, "PATH": path, "COLUMNS": "100", "VIRTUAL_ENV": sys.prefix}

    def _write(self, name: str, program: str) -> None:
        path = self._bin / name
        path.write_text(f"#!/bin/sh\n{program}\n")
        path.chmod(0o755)

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        """Run commands; variables that they export stay set."""
        kept = self._bin / "environment"
        done = subprocess.run(
            ["bash", "-euc", f"{command}\nenv -0 > {shlex.quote(str(kept))}"],
            cwd=self._folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if kept.exists():
            pairs = (each.partition("=") for each in kept.read_text().split("\0") if each)
            self.environment = {name: value for name, _, value in pairs}
            kept.unlink()
        return done

    @contextlib.contextmanager
    def inside(self) -> Iterator[None]:
        """Let Python work in the folder of the shell."""
        with contextlib.chdir(self._folder):
            yield
