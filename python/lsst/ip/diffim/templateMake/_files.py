# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files named on the command line, and safe creation of new files."""

from __future__ import annotations

__all__ = ("check_target", "expand", "new_file")

import contextlib
import glob
import os
import pathlib
import shutil
import tempfile
from collections.abc import Iterable, Iterator

from ._terminal import Failure

_ENDINGS = (".fits", ".fit", ".fits.gz", ".fits.fz", ".fits.bz2")


def expand(names: Iterable[str], what: str) -> list[pathlib.Path]:
    """Expand names on a command line to files.

    Parameters
    ----------
    names
        Files, folders (which stand for the FITS files in them) and patterns
        that the shell did not expand.
    what
        Kind of file, for messages.

    Returns
    -------
    paths
        Files in the order of their names, each once.

    Raises
    ------
    Failure
        Raised if there is no such file.
    """
    paths: dict[pathlib.Path, pathlib.Path] = {}
    for name in names:
        path = pathlib.Path(name)
        if path.is_dir():
            found = sorted(each for each in path.iterdir() if each.name.lower().endswith(_ENDINGS))
            if not found:
                raise Failure(f"The folder {name} has no FITS files.")
        elif path.exists():
            found = [path]
        elif glob.has_magic(name):
            found = [pathlib.Path(each) for each in sorted(glob.glob(name))]
            if not found:
                raise Failure(f"No file matches {name!r}.")
        else:
            raise Failure(f"There is no {what} {name}.")
        for each in found:
            paths.setdefault(each.resolve(), each)
    return list(paths.values())


def check_target(target: pathlib.Path, inputs: Iterable[pathlib.Path], *, overwrite: bool) -> None:
    """Check that a file can be written, before any work is done.

    Raises
    ------
    Failure
        Raised if the target is an input, exists, or cannot be created.
    """
    if target.is_dir():
        raise Failure(f"The output {target} is a folder.")
    resolved = target.resolve()
    if any(resolved == path.resolve() for path in inputs):
        raise Failure(f"The output {target} is one of the inputs.")
    if target.exists() and not overwrite:
        raise Failure(f"The file {target} exists already: choose another name, or add --overwrite.")
    if not target.parent.is_dir():
        raise Failure(f"The folder {target.parent} for {target.name} does not exist.")
    if not os.access(target.parent, os.W_OK):
        raise Failure(f"The folder {target.parent} cannot be written to.")


@contextlib.contextmanager
def new_file(target: pathlib.Path, *, overwrite: bool) -> Iterator[pathlib.Path]:
    """Write a file that gets its name when it is complete.

    Parameters
    ----------
    target
        Final name of the file.
    overwrite
        Whether to replace an existing file.

    Yields
    ------
    path
        Path to write to, in a hidden folder next to the target.

    Raises
    ------
    Failure
        Raised if the target has been created in the meantime.
    """
    try:
        folder = pathlib.Path(tempfile.mkdtemp(prefix=".unfinished-", dir=target.parent))
    except OSError as err:
        raise Failure(f"The folder {target.parent} cannot be written to: {err.strerror}.") from err
    try:
        path = folder / target.name
        yield path
        if overwrite:
            path.replace(target)
            return
        try:
            # Unlike a rename, a link never replaces a file.
            os.link(path, target)
        except FileExistsError:
            raise Failure(
                f"The file {target} exists already: choose another name, or add --overwrite."
            ) from None
        except OSError:
            # The file system does not support links.
            if target.exists():
                raise Failure(
                    f"The file {target} exists already: choose another name, or add --overwrite."
                ) from None
            path.rename(target)
    finally:
        shutil.rmtree(folder)
