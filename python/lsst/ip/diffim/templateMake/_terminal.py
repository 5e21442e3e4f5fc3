# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Terminal output and exit status of the commands."""

from __future__ import annotations

__all__ = (
    "Failure",
    "SentenceParser",
    "Status",
    "add_common_options",
    "make_bar",
    "one_sentence",
    "plural",
    "progress",
    "report_error",
    "run_command",
)

import argparse
import enum
import importlib.util
import logging
import sys
from collections.abc import Callable, Iterable
from typing import Any, NoReturn, TypeVar

from lsst.pipe.base import NoWorkFound

from ..commandLine import CommandParser

_T = TypeVar("_T")
_LOG = logging.getLogger("lsst.ip.diffim")


class Failure(Exception):
    """Error whose message is reported without a traceback."""


class Status(enum.IntEnum):
    """Exit status of a command."""

    MADE = 0
    FAILED = 1
    NO_WORK = 3
    INTERRUPTED = 130


class SentenceParser(CommandParser):
    """Argument parser that reports errors in a sentence and exits with 1."""

    def error(self, message: str) -> NoReturn:
        """Print a message and exit."""
        sentence = one_sentence(message[:1].upper() + message[1:])
        self.exit(Status.FAILED, f"{self.prog}: {sentence} See {self.prog} --help.\n")


def add_common_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that all commands have."""
    parser.add_argument(
        "-v", "--verbose", action="store_true", help="log each step, and errors with their traceback"
    )


def make_bar(items: Iterable[_T] | None, label: str, unit: str, total: int | None = None) -> Any | None:
    """Return a progress bar; `None` if stderr is not a terminal, or tqdm is
    not installed.
    """
    if not sys.stderr.isatty() or importlib.util.find_spec("tqdm") is None:
        return None
    from tqdm import tqdm

    return tqdm(items, desc=label, unit=f" {unit}", total=total, leave=False)


def progress(items: Iterable[_T], label: str, unit: str, total: int | None = None) -> Iterable[_T]:
    """Iterate, with a progress bar if there can be one."""
    bar = make_bar(items, label, unit, total)
    return items if bar is None else bar


def one_sentence(message: str) -> str:
    """Return a message as one line with a full stop."""
    text = " ".join(message.split())
    return text if text.endswith((".", "!", "?")) else f"{text}."


def plural(number: int, noun: str) -> str:
    """Return a number with a noun in the singular or plural."""
    ending = "" if number == 1 else "es" if noun.endswith("ch") else "s"
    return f"{number} {noun}{ending}"


def _describe(err: BaseException) -> str:
    if isinstance(err, MemoryError):
        return "Not enough memory."
    if isinstance(err, OSError) and err.strerror and err.filename:
        return one_sentence(f"Cannot use {err.filename}: {err.strerror}")
    return one_sentence(str(err) or type(err).__name__)


def run_command(name: str, command: Callable[[], Status], *, verbose: bool) -> int:
    """Run a command; report how it failed in one sentence.

    Parameters
    ----------
    name
        Name of the command, with which the sentence starts.
    command
        Function to run.
    verbose
        Whether to log progress, and the traceback of an error.

    Returns
    -------
    status
        Exit status of the process.
    """
    logging.basicConfig(format="%(levelname)s %(message)s", level=logging.WARNING)
    _LOG.setLevel(logging.INFO if verbose else logging.WARNING)
    try:
        return command()
    except NoWorkFound as err:
        print(f"{name}: {_describe(err)}", file=sys.stderr)
        return Status.NO_WORK
    except KeyboardInterrupt:
        print(f"{name}: Interrupted.", file=sys.stderr)
        return Status.INTERRUPTED
    except Exception as err:
        report_error(name, err, verbose=verbose)
        return Status.FAILED


def report_error(name: str, err: Exception, *, verbose: bool) -> None:
    """Print an error as one sentence, with its traceback if requested."""
    if verbose:
        _LOG.error("%s failed:", name, exc_info=err)
    print(f"{name}: {_describe(err)}", file=sys.stderr)
