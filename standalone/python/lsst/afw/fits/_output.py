# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing whole files, so that none is ever left half-written."""

from __future__ import annotations

import contextlib
import os
import uuid
from collections.abc import Iterable

from ._cards import CardValue
from ._errors import FitsError
from ._memFile import MemFileManager

__all__ = ["PRIMARY_COMMENTS", "writeFile"]

PRIMARY_COMMENTS: tuple[tuple[str, CardValue, str], ...] = (
    ("COMMENT", "  FITS (Flexible Image Transport System) format is defined in 'Astronomy", ""),
    ("COMMENT", "  and Astrophysics', volume 376, page 359; bibcode: 2001A&A...376..359H", ""),
)


def writeFile(target: str | os.PathLike[str] | MemFileManager, parts: Iterable[bytes | memoryview]) -> None:
    """Write a file from its parts, replacing an existing one at the end.

    Parameters
    ----------
    target
        Path, or an in-memory file.
    parts
        Contents in order.

    Raises
    ------
    FitsError
        Raised if the file cannot be written. What was there before is kept.
    """
    if isinstance(target, MemFileManager):
        data = b"".join(parts)
        target.setData(data, len(data))
        return
    path = os.fspath(target)
    folder, name = os.path.split(path)
    temporary = os.path.join(folder, f".{name}.{uuid.uuid4().hex}.part")
    try:
        with open(temporary, "xb") as stream:
            for part in parts:
                stream.write(part)
        os.replace(temporary, path)
    except OSError as err:
        raise FitsError(f"Cannot write {path}: {err}") from err
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
