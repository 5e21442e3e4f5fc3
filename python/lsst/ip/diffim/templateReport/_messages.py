# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Messages for users: what went wrong, and what is available instead."""

from __future__ import annotations

__all__ = ("UsageError", "describe_folder", "listing", "nearest", "root_cause", "sentence")

import difflib
import itertools
import pathlib
import re
from collections.abc import Iterable, Sequence

_MOST = 8
"""Maximum number of names in a list; the others are only counted."""


class UsageError(LookupError):
    """Error in a request, with a message for the user."""


def sentence(text: str) -> str:
    """Return text on one line, with a full stop at the end."""
    text = " ".join(text.split()).rstrip(".")
    return text if text.endswith(("!", "?")) or not text else f"{text}."


def listing(values: Iterable[str | int]) -> str:
    """Return values as a list for a sentence.

    Parameters
    ----------
    values
        Items of the list. Runs of successive integers are joined.

    Returns
    -------
    text
        At most eight entries and the number of the others; "none" if there are
        no values.
    """
    entries = _join_runs(list(values))
    if not entries:
        return "none"
    rest = len(entries) - _MOST
    return ", ".join(entries[:_MOST]) + (f" and {rest} more" if rest > 0 else "")


def _join_runs(values: Sequence[str | int]) -> list[str]:
    """Write 3 or more successive integers as a range."""
    if not all(isinstance(value, int) for value in values):
        return [str(value) for value in values]
    entries = []
    numbers = sorted({int(value) for value in values})
    for _, group in itertools.groupby(enumerate(numbers), lambda pair: pair[1] - pair[0]):
        run = [number for _, number in group]
        entries += [f"{run[0]}-{run[-1]}"] if len(run) > 2 else [str(number) for number in run]
    return entries


def nearest(name: str, names: Iterable[str]) -> list[str]:
    """Return names, those most similar to a given name first."""
    ordered = sorted(names)
    close = difflib.get_close_matches(name, ordered, n=_MOST)
    return close + [each for each in ordered if each not in close]


def describe_folder(path: pathlib.Path) -> str:
    """Describe the contents of a folder, or of its closest existing
    parent.
    """
    folder = path
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent
    try:
        names = [each.name + ("/" if each.is_dir() else "") for each in sorted(folder.iterdir())]
    except OSError as err:
        return sentence(f"{folder} cannot be listed: {err}")
    return f"{folder} has {listing(nearest(path.name, names))}." if names else f"{folder} is empty."


# Messages in which the middleware and the task wrap other errors.
_WRAPPERS = (
    re.compile(
        r"(?P<context>(?:\w+: )?Failure from formatter '[^']*' for dataset \S+ \(.*? from \S+?\)): "
        r"(?P<cause>.+)",
        re.DOTALL,
    ),
    re.compile(
        r"(?P<context>(?:\w+: )?Cannot read .*? of the coadd of .*?, band \w+): (?P<cause>.+)", re.DOTALL
    ),
)
_TRACEBACK = re.compile(r"Traceback \(most recent call last\):\n(?:[ \t].*\n|\n)*(?P<cause>\S.*)")


def root_cause(message: str) -> str:
    """Return an error message that starts with the root cause.

    Parameters
    ----------
    message
        Message of an exception; it may end with those of its causes, or with
        a traceback.

    Returns
    -------
    text
        The root cause, followed by what failed because of it in parentheses.
    """
    traceback = _TRACEBACK.search(message)
    if traceback is not None:
        context = message[: traceback.start()].strip().rstrip(":")
        return _join(traceback["cause"], [context] if context else [])
    contexts = []
    cause = message.strip()
    while match := next((found for each in _WRAPPERS if (found := each.match(cause))), None):
        contexts.append(match["context"])
        cause = match["cause"].strip()
    return _join(cause, contexts)


def _join(cause: str, contexts: Sequence[str]) -> str:
    text = sentence(cause)
    return f"{text} ({'; '.join(reversed(contexts))}.)" if contexts else text
